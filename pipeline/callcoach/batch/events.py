"""What happens in a run, told to whoever listens: the terminal, logs, summaries.

Every event is told after the ledger has it, so that a listener never knows of something that a
killed run would not remember. Times of day are seconds since 1970 (UTC), durations are seconds.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from callcoach.dialogue.role_check import RoleCheck

log = logging.getLogger("callcoach")


class LeftReason(StrEnum):
    """Why a run did not take a call that was to be done."""

    TIME = "time"  # it would not have been finished by the end that --until sets
    SPACE = "space"  # too little free space for its results
    ELSEWHERE = "elsewhere"  # another run that shares the folder has it
    RECORDING = "recording"  # its recording has not come yet
    ROW = "row"  # its row in the manifest has not come yet
    WRITTEN = "written"  # its recording is still being written
    PURGED = "purged"  # it was purged before


@dataclass(frozen=True)
class RunStarted:
    """A run begins.

    ``total`` calls are to be done, ``unchanged`` ones are finished already. ``audio_s`` is the
    length of the calls to do as their headers or sizes tell. ``until`` is the time of day at which
    the run stops taking calls.
    """

    run_id: str
    at: float
    total: int
    unchanged: int
    jobs: int
    audio_s: float
    until: float | None = None
    shared: bool = False


@dataclass(frozen=True)
class DuplicateFound:
    """Two calls of the source have the same recording, byte for byte; both are analysed."""

    call_id: str
    same_as: str


@dataclass(frozen=True)
class SourceOverlooked:
    """Something of the source is not used: see
    :class:`callcoach.batch.sources.overlooked.Overlooked`.
    """

    not_looked_at: dict[str, int]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class CallStarted:
    """A worker took a call up. ``attempt`` counts from 1, ``audio_s`` is as expected."""

    call_id: str
    at: float
    attempt: int
    audio_s: float


@dataclass(frozen=True)
class StageDone:
    """A stage of a call is finished. ``cached``: it was taken from an earlier analysis."""

    call_id: str
    stage: str
    seconds: float
    cached: bool = False


@dataclass(frozen=True)
class CallDone:
    """A call is finished. ``audio_s`` is its measured length.

    ``roles`` says how its words agree with the given channel map.
    """

    call_id: str
    at: float
    seconds: float
    audio_s: float
    attempts: int
    roles: RoleCheck = RoleCheck.NONE


@dataclass(frozen=True)
class CallFailed:
    """An attempt at a call failed.

    ``error`` names files, ``error_class`` does not. ``retry_s`` is the wait before the next attempt
    of this run, ``None`` after the last one; ``quarantined`` calls are left alone by later runs.
    """

    call_id: str
    at: float
    seconds: float
    error_class: str
    error: str
    attempts: int
    quarantined: bool
    retry_s: float | None


@dataclass(frozen=True)
class CallLeft:
    """A call that was to be done is left for a later run."""

    call_id: str
    reason: LeftReason


@dataclass(frozen=True)
class RunEnded:
    """A run ends.

    ``failed`` and ``quarantined`` are calls of the source without a report, ``left`` those that
    were not taken. ``exit_code`` is that of the command; ``error_class`` says why a run broke off.
    """

    run_id: str
    at: float
    seconds: float
    done: int
    unchanged: int
    failed: int
    quarantined: int
    left: int
    exit_code: int
    error_class: str | None = None


Event = (
    RunStarted
    | DuplicateFound
    | SourceOverlooked
    | CallStarted
    | StageDone
    | CallDone
    | CallFailed
    | CallLeft
    | RunEnded
)


class EventListener(Protocol):
    """Somebody who is told what happens in a run."""

    def on(self, event: Event) -> None:
        """Take an event. It is called in the run's own thread: be quick."""
        ...


class Listeners:
    """Tells several listeners. One that fails is logged and costs nothing else."""

    def __init__(self, listeners: Iterable[EventListener]) -> None:
        self._listeners = tuple(listeners)

    def on(self, event: Event) -> None:
        """See :class:`EventListener`."""
        for listener in self._listeners:
            try:
                listener.on(event)
            except Exception as error:  # a log that cannot be written must not stop the calls
                log.error("%s failed: %s", type(listener).__name__, error)
