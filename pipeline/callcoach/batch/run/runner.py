"""A batch: what is new is analysed, what is finished is left alone, what failed is told."""

from __future__ import annotations

import logging
import os
import secrets
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from callcoach.batch.events import (
    CallFailed,
    CallLeft,
    DuplicateFound,
    EventListener,
    LeftReason,
    Listeners,
    RunEnded,
    RunStarted,
    SourceOverlooked,
)
from callcoach.batch.process_pool import OnDemandExecutor, PoolCallbacks, ProcessExecutor
from callcoach.batch.publish.site import failures_of, write_site
from callcoach.batch.retention.tombstones import Tombstones
from callcoach.batch.run.baselines import compare_calls
from callcoach.batch.run.coaching import CoachingResult, rescore
from callcoach.batch.run.coaching import ExecutorFactory as CoachingExecutorFactory
from callcoach.batch.run.coaching import processes as coaching_processes
from callcoach.batch.run.dispatcher import Dispatcher, RunContext, free_bytes, write_failed
from callcoach.batch.run.estimate import closing_s
from callcoach.batch.run.planning import RunFingerprint, WorkPlan, identity_of, plan_work
from callcoach.batch.run.playback_copies import update_playback
from callcoach.batch.run.queue import Clock, QueuedCall, in_order
from callcoach.batch.run.signals import Interrupts
from callcoach.batch.run.worker import Outcome, Task, do_call
from callcoach.batch.sources.listing import LEFT_FOR, Rejected, Source
from callcoach.coaching.setup import CoachingSetup, load_standard
from callcoach.config.config import Config
from callcoach.dialogue.role_check import RoleCheck
from callcoach.errors import (
    EXIT_FAILURES,
    EXIT_TIME,
    BusyError,
    CallCoachError,
    StoreError,
    exit_code_of,
)
from callcoach.model.failed_call import FailedCall
from callcoach.reports.site.index_page import FailureRow
from callcoach.storage.heartbeat import beating
from callcoach.storage.ledger import CallRecord, Ledger, RunEntry, State
from callcoach.storage.locks import Holder
from callcoach.storage.output_folder import Store
from callcoach.storage.run_settings import keep_settings

log = logging.getLogger("callcoach")

_REFUSED = "SourceError"  # the class of a call that is out before any work


@dataclass(frozen=True)
class RunResult:
    """What a run did.

    ``failures`` are all calls of the source that were tried and have no report. ``unscored`` are
    calls with a report that could not be scored, or keep scores of before. ``unwritten`` are calls
    that the tables and pages do not have, or whose report is missing or old. ``unread`` says why
    what people said could not be read: reports are without it. ``left`` are calls
    that were not taken, with why. ``closed`` says whether tables and pages of the batch were
    written: of runs that share a folder, the last one does that. ``roles`` counts how the words of
    the calls done agree with their channel maps.
    """

    done: int
    unchanged: int
    failures: tuple[FailureRow, ...]
    unscored: tuple[CoachingResult, ...] = ()
    unwritten: tuple[FailureRow, ...] = ()
    left: tuple[tuple[str, LeftReason], ...] = ()
    closed: bool = True
    unread: str | None = None
    roles: Mapping[RoleCheck, int] = field(default_factory=dict)

    def left_for(self, reason: LeftReason) -> int:
        """How many calls were left for a reason."""
        return sum(why is reason for _, why in self.left)

    @property
    def exit_code(self) -> int:
        """0 all good, 3 finished with failures or without room, 4 the time was up before."""
        if self.left_for(LeftReason.TIME):
            return EXIT_TIME
        problems = (self.failures, self.unscored, self.unwritten, self.unread)
        if any(problems) or self.left_for(LeftReason.SPACE):
            return EXIT_FAILURES
        return 0


ExecutorFactory = Callable[
    [Config, int, PoolCallbacks[Task, Outcome]], OnDemandExecutor[Task, Outcome]
]


class SystemClock:
    """The clock of the machine."""

    def now(self) -> float:
        """Seconds since 1970."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


def processes(
    config: Config, jobs: int, care: PoolCallbacks[Task, Outcome]
) -> OnDemandExecutor[Task, Outcome]:
    """The usual executor: worker processes."""
    return ProcessExecutor(do_call, jobs, care, config.batch.worker_memory_mb)


def run_batch(
    source: Source,
    store: Store,
    config: Config,
    *,
    jobs: int,
    retry_failed: bool = False,
    share: bool = False,
    until: float | None = None,
    listener: EventListener | None = None,
    executor: ExecutorFactory = processes,
    coaching_executor: CoachingExecutorFactory = coaching_processes,
    clock: Clock | None = None,
    interrupts: Interrupts | None = None,
) -> RunResult:
    """Analyse what is new or changed, coach it, then write the tables and the index.

    Calls that were coached by another guide, scorecard or set of categories are coached again.

    Parameters
    ----------
    source
        The batch.
    store
        Output folder; the caller holds its lock.
    config
        Settings of the analysis.
    jobs
        Worker processes.
    retry_failed
        Try quarantined calls again although nothing changed.
    share
        Leave calls to other runs that hold the folder's lock with this one.
    until
        Take no call that would not be finished by then (seconds since 1970).
    listener
        Told what happens.
    executor, coaching_executor
        Make the executors for a number of jobs.
    clock
        The time of day.
    interrupts
        Puts signals off while something is written down.

    Raises
    ------
    CallCoachError
        If the run cannot start or go on (settings, weights, disk, ledger); a bad recording never
        raises.
    Stopped
        If the run was told to stop. Every call is finished or as if it had never been taken.
    """
    clock, listener = clock or SystemClock(), listener or Listeners(())
    standard = load_standard(config)
    identity = identity_of(config)
    _check_space(store, config)
    store.write_guide(standard.guide)
    keep_settings(store, config)
    ledger = Ledger(store.ledger, config.batch.ledger_wait_s)
    try:
        run = _begun(ledger, identity, share, clock, config.batch.lease_s)
        desk = RunContext(
            run.run_id,
            identity.code,
            store,
            ledger,
            config,
            listener,
            clock,
            interrupts or Interrupts(),
            # A run that is alone need not look for others.
            (lambda: _alive(ledger, run.run_id, clock)) if share else tuple,
            until,
            closing_s(past.closing_s for past in ledger.runs()[:4]),
        )
        return _Run(desk, source, identity, run).do(
            jobs, retry_failed, executor, standard, coaching_executor
        )
    finally:
        ledger.close()


class _Run:
    """A run that has begun."""

    def __init__(
        self, desk: RunContext, source: Source, identity: RunFingerprint, run: RunEntry
    ) -> None:
        self._desk, self._source, self._identity, self._run = desk, source, identity, run
        self._calls = Dispatcher(desk)
        self._began_at = desk.clock.now()
        self._unchanged = 0

    def do(
        self,
        jobs: int,
        retry_failed: bool,
        executor: ExecutorFactory,
        standard: CoachingSetup,
        coaching_executor: CoachingExecutorFactory,
    ) -> RunResult:
        desk = self._desk
        try:
            self._check_identity()
            desk.ledger.reclaim(desk.alive())
            tombstones = Tombstones(desk.store.root) if desk.config.retention.leave_purged else None
            refused = []
            for rejected in self._source.rejected:
                before = desk.ledger.get(rejected.call_id)
                if before is not None and before.state is State.DONE:
                    self._unchanged += 1  # it has its report
                elif tombstones is None or not tombstones.covers(rejected.call_id, None):
                    _record_rejected(rejected, self._identity, desk.ledger, desk.store)
                    refused.append(rejected)
            with self._beating():
                found = plan_work(
                    self._source.recordings,
                    self._identity,
                    desk.ledger,
                    desk.store,
                    retry_failed=retry_failed,
                    tombstones=tombstones,
                )
            self._unchanged += found.unchanged
            todo = self._begin(found, refused, jobs)
            self._calls.do(todo, executor(desk.config, jobs, self._calls))
            for waiting in self._source.waiting:
                desk.listener.on(CallLeft(waiting.call_id, LEFT_FOR[waiting.lack]))
            for call_id in found.purged:
                desk.listener.on(CallLeft(call_id, LeftReason.PURGED))
            for call_id, reason in self._calls.left:
                desk.listener.on(CallLeft(call_id, reason))
            with self._beating():
                return self._close(jobs, standard, coaching_executor)
        except (CallCoachError, KeyboardInterrupt) as error:
            self._give_up(error)
            raise

    def _beating(self) -> AbstractContextManager[None]:
        return beating(self._desk.store.ledger, self._run, self._desk.clock.now)

    def _check_identity(self) -> None:
        """Runs that share a folder do each other's calls: their results must be the same."""
        for other in self._desk.ledger.runs(open_only=True):
            if other.run_id in self._desk.alive() and other.identity != self._identity.whole:
                raise BusyError(
                    f"another run is writing to {self._desk.store.root} with other settings "
                    f"(process {other.pid} on {other.host}); share a folder with the same --config "
                    "and version, wait for it, or use another --out"
                )

    def _begin(self, found: WorkPlan, refused: Sequence[Rejected], jobs: int) -> list[QueuedCall]:
        desk = self._desk
        estimate = self._calls.estimate
        found_jobs = [
            QueuedCall(
                todo.recording,
                todo.entry,
                max(estimate.audio_s(path) for path in todo.recording.paths),
            )
            for todo in found.todo
        ]
        desk.ledger.enlist((todo.seen, todo.entry) for todo in found.todo)
        desk.listener.on(
            RunStarted(
                desk.run_id,
                self._began_at,
                len(found_jobs) + len(refused),
                self._unchanged,
                jobs,
                sum(job.audio_s for job in found_jobs),
                desk.until,
                self._run.shared,
            )
        )
        unused = self._source.overlooked
        if unused.lines:
            desk.listener.on(SourceOverlooked(dict(unused.endings), unused.notes))
        for rejected in refused:
            desk.listener.on(
                CallFailed(
                    rejected.call_id,
                    desk.clock.now(),
                    0.0,
                    _REFUSED,
                    rejected.reason,
                    attempts=1,
                    quarantined=False,
                    retry_s=None,
                )
            )
        for call_id, same_as in found.duplicates:
            desk.listener.on(DuplicateFound(call_id, same_as))
        needed = sum(estimate.result_bytes(job.audio_s) for job in found_jobs)
        free = free_bytes(desk.store) - desk.config.batch.min_free_mb * 1e6
        if needed > free:
            log.warning(
                "the results may take %.0f MB, and there is room for %.0f MB: free some space, or "
                "some calls will be left",
                needed / 1e6,
                free / 1e6,
            )
        return self._calls.adopt(in_order(found_jobs, desk.config.batch.order))

    def _close(
        self, jobs: int, standard: CoachingSetup, coaching_executor: CoachingExecutorFactory
    ) -> RunResult:
        """The work after the calls: of runs that share a folder, the last one does it."""
        desk, started = self._desk, self._desk.clock.now()
        coached: tuple[CoachingResult, ...] = ()
        unwritten: tuple[FailureRow, ...] = ()
        unread: str | None = None
        with desk.store.closing():
            last = not desk.alive()
            if last:
                update_playback(
                    desk.store,
                    desk.ledger,
                    self._source.recordings,
                    desk.config.reports,
                    jobs=jobs,
                    site=desk.config.site,
                    audio=desk.config.audio,
                )
                compare_calls(desk.store, desk.ledger, desk.config)
                coached = rescore(
                    desk.store, desk.ledger, standard, jobs=jobs, executor=coaching_executor
                )
                written = [one.call_id for one in coached if one.changed]
                unscored = {one.call_id for one in coached if one.error is not None}
                site = write_site(desk.store, desk.ledger, desk.config, written=written, jobs=jobs)
                # A call that cannot be read cannot be scored either: it is told once.
                unwritten = tuple(one for one in site.problems if one.call_id not in unscored)
                unread = site.unread
            ids = self._ids()
            result = RunResult(
                self._calls.done,
                self._unchanged,
                tuple(f for f in failures_of(desk.ledger) if f.call_id in ids),
                tuple(one for one in coached if one.error is not None),
                unwritten,
                self._calls.left,
                last,
                unread,
                self._calls.roles,
            )
            taken_s = desk.clock.now() - started if last else None
            self._end(result.exit_code, taken_s)
        return result

    def _end(
        self, exit_code: int, taken_s: float | None = None, error_class: str | None = None
    ) -> None:
        desk = self._desk
        now = desk.clock.now()
        ids = self._ids()
        states = [entry.state for entry in desk.ledger.entries() if entry.call_id in ids]
        desk.ledger.end_run(desk.run_id, now, exit_code, taken_s)
        desk.listener.on(
            RunEnded(
                desk.run_id,
                now,
                now - self._began_at,
                self._calls.done,
                self._unchanged,
                states.count(State.FAILED),
                states.count(State.QUARANTINED),
                states.count(State.NEW) + states.count(State.RUNNING) + len(self._source.waiting),
                exit_code,
                error_class,
            )
        )

    def _ids(self) -> set[str]:
        """The calls of the source."""
        ids = {recording.call_id for recording in self._source.recordings}
        return ids | {rejected.call_id for rejected in self._source.rejected}

    def _give_up(self, error: BaseException) -> None:
        """Give back what this run has; the next one goes on."""
        stopped = isinstance(error, KeyboardInterrupt)
        try:
            with self._desk.interrupts.held():
                self._desk.ledger.release(self._desk.run_id)
                self._end(
                    exit_code_of(error), error_class=None if stopped else type(error).__name__
                )
        except StoreError as second:  # what it could not do, the next run does
            log.error("%s", second)


def _begun(
    ledger: Ledger, identity: RunFingerprint, share: bool, clock: Clock, lease_s: float
) -> RunEntry:
    holder, now = Holder.this(), clock.now()
    stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime(now))
    run = RunEntry(
        f"{stamp}-{secrets.token_hex(4)}",
        holder.host,
        holder.pid,
        holder.start,
        share,
        identity.whole,
        now,
        now,
        lease_s=lease_s,
    )
    ledger.begin_run(run)
    return run


def _alive(ledger: Ledger, run_id: str, clock: Clock) -> Collection[str]:
    """Other runs that are at work."""
    now = clock.now()
    return {
        run.run_id
        for run in ledger.runs(open_only=True)
        if run.run_id != run_id and run.is_at_work(now)
    }


def _check_space(store: Store, config: Config) -> None:
    free_mb = free_bytes(store) / 1e6
    if free_mb < config.batch.min_free_mb:
        raise StoreError(
            f"only {free_mb:.0f} MB are free at {store.root}, {config.batch.min_free_mb:.0f} are "
            "needed (batch.min_free_mb); free some space, then run again: finished calls are kept"
        )


def available_cores() -> int:
    """Cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def default_jobs(config: Config) -> int:
    """Worker processes when nobody says: as many as the cores carry."""
    return max(1, available_cores() // config.speech.threads)


def _record_rejected(
    rejected: Rejected, identity: RunFingerprint, ledger: Ledger, store: Store
) -> None:
    call_id, name = rejected.call_id, rejected.source_name
    ledger.put(
        CallRecord(
            call_id,
            name,
            identity.whole,
            State.FAILED,
            1,
            error_class=_REFUSED,
            error=rejected.reason,
        )
    )
    write_failed(store, FailedCall(call_id, name, _REFUSED, rejected.reason, 1))
