"""The exit codes of the command."""

from __future__ import annotations

import signal

from callcoach.errors import BusyError, ConfigError, SourceError

EXIT_COULD_NOT_RUN = 1
EXIT_USAGE = 2
EXIT_FAILURES = 3
EXIT_TIME = 4
EXIT_SIGNAL = 128
"""With the number of the signal that stopped the command: 130 for Ctrl-C, 143 for SIGTERM."""


def exit_code_of(error: BaseException) -> int:
    """The exit code of a command that ends with this error."""
    if isinstance(error, KeyboardInterrupt):
        return getattr(error, "exit_code", EXIT_SIGNAL + signal.SIGINT)
    if isinstance(error, ConfigError | SourceError | BusyError):
        return EXIT_USAGE
    return EXIT_COULD_NOT_RUN
