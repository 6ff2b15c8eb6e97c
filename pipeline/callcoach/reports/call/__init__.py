"""The page of one call."""
