"""What travels between stages: types only."""
