"""The errors callcoach raises.

Every message says what went wrong, in which call, file or row, and what to do next. The command
line prints the message and nothing else: a traceback is never shown for bad input.
"""

from __future__ import annotations

import signal


class CallCoachError(Exception):
    """Base of every error that callcoach raises on purpose."""


class ConfigError(CallCoachError):
    """A configuration file has an unknown key, a wrong type or a value out of range."""


class SourceError(CallCoachError):
    """The source folder or the manifest cannot be used; nothing was started."""


class AudioError(CallCoachError):
    """One recording cannot be read or holds nothing to measure."""


class WeightsError(CallCoachError):
    """Model weights are missing or are not the ones they should be."""


class EngineError(CallCoachError):
    """A speech engine cannot be loaded or failed on a recording."""


class StoreError(CallCoachError):
    """The output folder cannot be read or written."""


class BusyError(StoreError):
    """Another run holds the output folder."""


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
