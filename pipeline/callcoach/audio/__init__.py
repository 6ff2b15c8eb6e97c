"""Recordings into samples, and who makes a sound when."""
