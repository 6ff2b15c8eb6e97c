"""Deleting calls, and showing that nothing of them is left."""
