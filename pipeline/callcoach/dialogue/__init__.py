"""Turns, simultaneous speech and silences."""
