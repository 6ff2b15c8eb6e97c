"""Progress of a run on the terminal: a bar where there is one, else a line per call."""

from __future__ import annotations

from types import TracebackType
from typing import Protocol

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from callcoach.batch.events import CallDone, CallFailed, Event, RunStarted


class Progress(Protocol):
    """Told about each call as it ends."""

    def begin(self, total: int) -> None:
        """``total`` calls will be analysed."""
        ...

    def ended(self, call_id: str, error: str | None, seconds: float) -> None:
        """A call is finished, or failed with ``error``."""
        ...


class ConsoleProgress:
    """Shows each call as it ends, on standard error; listens to the events of a run."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        self._bar: Bar | None = None
        if console.is_terminal:
            self._bar = Bar(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
                console=console,
            )
        self._total = 0
        self._ended = 0

    def __enter__(self) -> ConsoleProgress:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def on(self, event: Event) -> None:
        """See :class:`callcoach.batch.events.EventListener`."""
        if isinstance(event, RunStarted):
            self.begin(event.total)
        elif isinstance(event, CallDone):
            self.ended(event.call_id, None, event.seconds)
        elif isinstance(event, CallFailed) and event.retry_s is None:
            self.ended(event.call_id, event.error, event.seconds)

    def begin(self, total: int) -> None:
        """``total`` calls will be analysed."""
        self._total = total
        if self._bar is not None:
            self._bar.add_task("Analysing calls", total=total)

    def ended(self, call_id: str, error: str | None, seconds: float) -> None:
        """A call is finished, or failed with ``error``."""
        self._ended += 1
        if self._bar is not None:
            self._bar.advance(self._bar.task_ids[0])
            return
        what = "failed" if error else f"done in {seconds:.1f} s"
        click.echo(f"[{self._ended}/{self._total}] {call_id} {what}", err=True)
