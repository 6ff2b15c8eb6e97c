"""Machine scores beside people's scores, and the same measures beside each other by group."""
