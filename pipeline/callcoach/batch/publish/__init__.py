"""What a run writes for people and other programs to read."""
