"""Speech activity into words."""
