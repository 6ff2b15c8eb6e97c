"""The calls of a run: given to workers, recorded as they end, tried again where that may help."""

from __future__ import annotations

import logging
import shutil
from collections import Counter
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from callcoach.batch.events import (
    CallDone,
    CallFailed,
    CallStarted,
    EventListener,
    LeftReason,
    StageDone,
)
from callcoach.batch.process_pool import Death, OnDemandExecutor, PoolCallbacks
from callcoach.batch.run.baselines import voice_key
from callcoach.batch.run.estimate import TimeEstimate
from callcoach.batch.run.failures import death_words, fault_of
from callcoach.batch.run.queue import CallQueue, Clock, QueuedCall
from callcoach.batch.run.signals import Interrupts
from callcoach.batch.run.worker import Outcome, Task, forget_finished, read_finished
from callcoach.config.config import Config
from callcoach.dialogue.role_check import RoleCheck
from callcoach.errors import StoreError
from callcoach.model.failed_call import FailedCall
from callcoach.model.voice import PastCall
from callcoach.storage.ledger import BEATS_A_LEASE, CallRecord, Ledger, State
from callcoach.storage.output_folder import Store

log = logging.getLogger("callcoach")

_STAGE_EVERY_S = 1.0  # how often the ledger is told what the calls are at

_LEARN_EVERY = 20  # calls after which speeds are foretold anew


@dataclass(frozen=True)
class RunContext:
    """What a run works with.

    ``alive`` tells which other runs are at work now; ``until`` is when calls must be finished,
    ``closing_s`` what is to be left for the work after them.
    """

    run_id: str
    code: str
    store: Store
    ledger: Ledger
    config: Config
    listener: EventListener
    clock: Clock
    interrupts: Interrupts
    alive: Callable[[], Collection[str]]
    until: float | None = None
    closing_s: float = 0.0


class Dispatcher(PoolCallbacks[Task, Outcome]):
    """Does the calls of a run."""

    def __init__(self, desk: RunContext) -> None:
        self._desk = desk
        self._batch = desk.config.batch
        self._measured_as = voice_key(desk.config)
        self._running: dict[str, QueuedCall] = {}
        self._tries: Counter[str] = Counter()
        self._stages: dict[str, str] = {}
        self._seen_at = self._staged_at = desk.clock.now()
        self._agenda: CallQueue | None = None
        self.estimate = TimeEstimate(desk.ledger.past_work(), self._batch)
        self.done = 0
        self.roles: Counter[RoleCheck] = Counter()

    @property
    def left(self) -> tuple[tuple[str, LeftReason], ...]:
        """The calls that were not taken, with why."""
        if self._agenda is None:
            return ()
        return tuple((job.call_id, reason) for job, reason in self._agenda.left)

    def adopt(self, jobs: Sequence[QueuedCall]) -> list[QueuedCall]:
        """Take over what workers had finished when a run was killed; returns what is to be done."""
        rest = []
        for job in jobs:
            outcome = read_finished(self._desk.store, job.call_id, job.entry.key)
            claimed = None if outcome is None else self._claim(job)
            if outcome is None or claimed is None:
                rest.append(job)
            else:
                self._record(claimed, outcome)
        return rest

    def do(self, jobs: Sequence[QueuedCall], executor: OnDemandExecutor[Task, Outcome]) -> None:
        """Do calls in the given order."""
        self._agenda = CallQueue(jobs, self._refuse, self._start, self._desk.clock)
        results = executor.run(self._tasks(self._agenda))
        try:
            for task, outcome in results:
                assert outcome is not None  # a worker's death has its outcome, see died()
                with self._desk.interrupts.held():
                    job = self._running.pop(task.recording.call_id)
                    self._stages.pop(job.call_id, None)
                    self._agenda.task_done()
                    self._record(job, outcome)
        finally:
            if isinstance(results, Generator):
                results.close()  # ends the workers, however we got here
            for call_id in self._running:
                self._desk.store.clear_call(call_id)

    # ---------------------------------------------------------------- what the executor asks

    def longest_s(self, task: Task) -> float | None:
        """See :class:`callcoach.batch.process_pool.PoolCallbacks`."""
        audio_s = self._running[task.recording.call_id].audio_s
        return max(self._batch.hang_min_s, self._batch.hang_factor * audio_s)

    def died(self, task: Task, death: Death) -> Outcome | None:
        """See :class:`callcoach.batch.process_pool.PoolCallbacks`."""
        self._desk.store.clear_call(task.recording.call_id)
        return Outcome(death.seconds, *death_words(death, task.recording.source_name))

    def told(self, task: Task, message: Any) -> None:
        """See :class:`callcoach.batch.process_pool.PoolCallbacks`: the stage that a call is at."""
        self._stages[task.recording.call_id] = str(message)

    def tick(self) -> None:
        """See :class:`callcoach.batch.process_pool.PoolCallbacks`: others see that this run is
        alive.
        """
        now = self._desk.clock.now()
        if self._stages and now - self._staged_at >= _STAGE_EVERY_S:
            self._desk.ledger.set_stages(self._stages.items(), self._desk.run_id)
            self._stages.clear()
            self._staged_at = now
        if now - self._seen_at >= self._batch.lease_s / BEATS_A_LEASE:
            self._desk.ledger.seen(self._desk.run_id, now)
            self._seen_at = now

    # ---------------------------------------------------------------- what the agenda asks

    def _tasks(self, agenda: CallQueue) -> Iterator[Task | None]:
        desk = self._desk
        for job in agenda:
            if job is None:
                yield None
            else:
                yield Task(job.recording, desk.config, desk.store.root, job.entry.key, desk.code)

    def _refuse(self, job: QueuedCall) -> LeftReason | None:
        desk = self._desk
        if desk.until is not None:
            needed_s = self.estimate.seconds(job.audio_s) + desk.closing_s
            if desk.clock.now() + needed_s > desk.until:
                return LeftReason.TIME
        free = free_bytes(desk.store)
        if free - self.estimate.result_bytes(job.audio_s) < self._batch.min_free_mb * 1e6:
            return LeftReason.SPACE
        return None

    def _claim(self, job: QueuedCall) -> QueuedCall | None:
        desk = self._desk
        entry = desk.ledger.claim(job.entry, desk.run_id, desk.clock.now(), desk.alive())
        return None if entry is None else replace(job, entry=entry)

    def _start(self, job: QueuedCall) -> QueuedCall | None:
        claimed = self._claim(job)
        if claimed is not None:
            self._running[job.call_id] = claimed
            self._desk.listener.on(
                CallStarted(
                    job.call_id, self._desk.clock.now(), claimed.entry.attempts + 1, job.audio_s
                )
            )
        return claimed

    # ---------------------------------------------------------------- what became of a call

    def _record(self, job: QueuedCall, outcome: Outcome) -> None:
        if outcome.error is None:
            self._record_done(job, outcome)
        else:
            self._record_failed(job, outcome, outcome.error_class or "", outcome.error)

    def _record_done(self, job: QueuedCall, outcome: Outcome) -> None:
        desk, recording = self._desk, job.recording
        entry = replace(
            self._ended(job, outcome, State.DONE),
            audio_s=outcome.audio_s,
            result_bytes=outcome.result_bytes,
            error_class=None,
            error=None,
            interrupted=0,
        )
        voice = None
        if recording.agent_id is not None and outcome.usual:
            past = PastCall(recording.call_id, recording.started_at, outcome.usual)
            voice = (recording.agent_id, self._measured_as, past)
        if not desk.ledger.finish(entry, outcome.stages, voice):
            log.warning("%s was taken by another run meanwhile", job.call_id)
            return
        forget_finished(desk.store, job.call_id)
        desk.store.clear_failed(job.call_id)
        self.done += 1
        self.roles[outcome.roles] += 1
        for stage in outcome.stages:
            desk.listener.on(StageDone(job.call_id, stage.stage, stage.seconds, stage.cached))
        desk.listener.on(
            CallDone(
                job.call_id,
                desk.clock.now(),
                outcome.seconds,
                outcome.audio_s or 0.0,
                entry.attempts,
                outcome.roles,
            )
        )
        if self.done % _LEARN_EVERY == 0:
            self.estimate = TimeEstimate(desk.ledger.past_work(), self._batch)

    def _record_failed(
        self, job: QueuedCall, outcome: Outcome, error_class: str, error: str
    ) -> None:
        desk = self._desk
        fault = fault_of(error_class)
        self._tries[job.call_id] += 1
        again = self._agenda is not None and self._tries[job.call_id] < self._batch.attempts
        state = State.NEW if again else State.QUARANTINED if fault.quarantines else State.FAILED
        entry = replace(
            self._ended(job, outcome, state),
            error_class=error_class,
            error=error,
        )
        if not desk.ledger.finish(entry):
            log.warning("%s was taken by another run meanwhile", job.call_id)
            return
        wait_s = None
        if again and self._agenda is not None:
            if fault.waits:
                doubled = self._batch.retry_wait_s * 2 ** (self._tries[job.call_id] - 1)
                wait_s = min(doubled, self._batch.retry_wait_most_s)
            self._agenda.requeue(replace(job, entry=entry), wait_s)
        else:
            write_failed(
                desk.store,
                FailedCall(
                    job.call_id,
                    entry.source_name,
                    error_class,
                    error,
                    entry.attempts,
                    state is State.QUARANTINED,
                ),
            )
        desk.listener.on(
            CallFailed(
                job.call_id,
                desk.clock.now(),
                outcome.seconds,
                error_class,
                error,
                entry.attempts,
                state is State.QUARANTINED,
                (wait_s or 0.0) if again else None,
            )
        )

    def _ended(self, job: QueuedCall, outcome: Outcome, state: State) -> CallRecord:
        return replace(
            job.entry,
            state=state,
            attempts=job.entry.attempts + 1,
            seconds=outcome.seconds,
            stage=None,
            ended_at=self._desk.clock.now(),
        )


def free_bytes(store: Store) -> int:
    """Free space on the disk of an output folder."""
    try:
        return shutil.disk_usage(store.root).free
    except OSError as error:
        raise StoreError(
            f"cannot tell the free space at {store.root}: {error.strerror}; is the disk there?"
        ) from error


def write_failed(store: Store, failed: FailedCall) -> None:
    """The ledger already has the failure: a disk too full for this file stops nothing."""
    with suppress(StoreError):
        store.write_failed(failed)
