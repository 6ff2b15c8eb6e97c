"""The local app in which coaches and agents say what they think of a report."""
