"""Stopping a run by Ctrl-C or SIGTERM, at a moment at which nothing is lost."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType

from callcoach.errors import EXIT_SIGNAL

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stopped(KeyboardInterrupt):
    """The run was told to stop; ``exit_code`` is 128 and the number of the signal."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.exit_code = EXIT_SIGNAL + number


class Interrupts:
    """Raises :class:`Stopped` at a signal, or as soon as what must be whole is."""

    def __init__(self) -> None:
        self._held = 0
        self._pending: int | None = None

    @contextlib.contextmanager
    def caught(self) -> Iterator[None]:
        """Take the signals meanwhile."""
        before = {number: signal.signal(number, self._take) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Put a signal off until the end of the block."""
        self._held += 1
        try:
            yield
        finally:
            self._held -= 1
        if self._pending is not None and not self._held:
            number, self._pending = self._pending, None
            raise Stopped(number)

    def _take(self, number: int, frame: FrameType | None) -> None:
        if self._held:
            self._pending = number
        else:
            raise Stopped(number)
