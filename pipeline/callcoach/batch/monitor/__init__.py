"""Watching a run: logs, progress, status, summary, notifications."""
