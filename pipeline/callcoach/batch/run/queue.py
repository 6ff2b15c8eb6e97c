"""Which call comes next: the order, second attempts, and what is left for a later run."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from callcoach.batch.events import LeftReason
from callcoach.model.recording import Recording
from callcoach.model.timeline import moment_of
from callcoach.storage.ledger import CallRecord

PRIORITY_COLUMN = "priority"
"""Column of the manifest by which ``batch.order = "priority"`` goes; 1 comes before 2."""

_TRIED_AND_INTERRUPTED = 2  # a run may be stopped over any call, but hardly over the same one


@dataclass(frozen=True)
class QueuedCall:
    """A call to do. ``entry`` is the ledger's as the run found it, ``audio_s`` as expected."""

    recording: Recording
    entry: CallRecord
    audio_s: float

    @property
    def call_id(self) -> str:
        """The call's id."""
        return self.entry.call_id


class Clock(Protocol):
    """The time of day in seconds since 1970, and waiting."""

    def now(self) -> float:
        """What time it is."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class CallQueue:
    """Gives calls one by one to whoever is free.

    Parameters
    ----------
    jobs
        The calls in the order in which they come.
    refuse
        Says why a call is not to be taken now, ``None`` where it may be.
    claim
        Takes a call for this run; ``None`` where another run has or had it meanwhile.
    clock
        Tells when a second attempt is due.
    """

    def __init__(
        self,
        jobs: Sequence[QueuedCall],
        refuse: Callable[[QueuedCall], LeftReason | None],
        claim: Callable[[QueuedCall], QueuedCall | None],
        clock: Clock,
    ) -> None:
        self._refuse, self._claim, self._clock = refuse, claim, clock
        self._numbers = itertools.count()
        self._due: list[tuple[float, int, QueuedCall]] = [
            (0.0, next(self._numbers), j) for j in jobs
        ]
        self._running = 0
        self.left: list[tuple[QueuedCall, LeftReason]] = []

    def __iter__(self) -> Iterator[QueuedCall | None]:
        """The calls; ``None`` where there is nothing to do until a running one has ended."""
        yield from self._give()
        # A run that had some of them may have died by now.
        elsewhere = [job for job, reason in self.left if reason is LeftReason.ELSEWHERE]
        self.left = [one for one in self.left if one[1] is not LeftReason.ELSEWHERE]
        self._due = [(0.0, next(self._numbers), job) for job in elsewhere]
        yield from self._give()

    def _give(self) -> Iterator[QueuedCall | None]:
        while self._due or self._running:
            wait_s = self._due[0][0] - self._clock.now() if self._due else 0.0
            if not self._due or (wait_s > 0 and self._running):
                yield None
                continue
            if wait_s > 0:
                self._clock.sleep(wait_s)
            job = heapq.heappop(self._due)[2]
            reason = self._refuse(job)
            if reason is not None:
                self.left.append((job, reason))
                continue
            claimed = self._claim(job)
            if claimed is None:
                self.left.append((job, LeftReason.ELSEWHERE))
                continue
            self._running += 1
            yield claimed

    def task_done(self) -> None:
        """A call that was given out has come back."""
        self._running -= 1

    def requeue(self, job: QueuedCall, wait_s: float | None) -> None:
        """Give a call out again: after a wait, or with ``None`` after all the others."""
        after_all = max((at for at, _, _ in self._due), default=0.0)
        at = after_all if wait_s is None else self._clock.now() + wait_s
        heapq.heappush(self._due, (at, next(self._numbers), job))


def in_order(
    jobs: Iterable[QueuedCall], order: Literal["listed", "newest", "oldest", "priority"]
) -> list[QueuedCall]:
    """Calls in the order in which they are to be done.

    Those over which runs ended again and again come last: one that takes the whole machine down
    must not keep the others from being done.
    """
    ordered = list(jobs)
    if order == "priority":
        ordered.sort(key=lambda job: _priority(job.recording))
    elif order != "listed":
        ordered.sort(key=lambda job: _began(job.recording), reverse=order == "newest")
    return sorted(ordered, key=lambda job: job.entry.interrupted >= _TRIED_AND_INTERRUPTED)


def _priority(recording: Recording) -> tuple[bool, float]:
    for item in recording.metadata:
        if item.name == PRIORITY_COLUMN:
            try:
                value = float(item.value)
            except ValueError:
                break
            return (value != value, value)
    return (True, 0.0)


def _began(recording: Recording) -> float:
    """When a call was, in seconds since 1970; times without a zone are taken as UTC."""
    began = moment_of(recording.started_at)
    if began is not None:
        return began.timestamp()
    try:
        return recording.path.stat().st_mtime
    except OSError:
        return 0.0
