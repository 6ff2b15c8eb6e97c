"""The exit codes of the command."""

from __future__ import annotations

EXIT_COULD_NOT_RUN = 1
EXIT_USAGE = 2
EXIT_FAILURES = 3
EXIT_TIME = 4
EXIT_SIGNAL = 128
"""With the number of the signal that stopped the command: 130 for Ctrl-C, 143 for SIGTERM."""
