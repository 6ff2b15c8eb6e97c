"""A batch: what is new is analysed, what is finished is left alone, what failed is told."""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from callcoach import __version__
from callcoach.analysis import package_versions
from callcoach.batch.executors import Executor, ProcessExecutor
from callcoach.batch.history import compare_calls, voice_key
from callcoach.batch.ledger import Entry, Ledger, State
from callcoach.batch.rescore import Coached, load_standard, rescore
from callcoach.batch.rescore import ExecutorFactory as CoachingExecutorFactory
from callcoach.batch.rescore import processes as coaching_processes
from callcoach.batch.resound import resound
from callcoach.batch.site import failures_of, write_site
from callcoach.batch.source import Rejected, Source
from callcoach.batch.store import FailedCall, Store
from callcoach.batch.worker import Outcome, Task, do_call
from callcoach.call import Recording
from callcoach.config import Config
from callcoach.errors import CallCoachError
from callcoach.reports.site import Failure
from callcoach.speech.catalogue import SPEAKERS
from callcoach.speech.weights import find_model, is_here, resolve
from callcoach.voice.baseline import PastCall

log = logging.getLogger("callcoach")


class Progress(Protocol):
    """Told about each call as it ends."""

    def begin(self, total: int) -> None:
        """``total`` calls will be analysed."""
        ...

    def ended(self, call_id: str, error: str | None, seconds: float) -> None:
        """A call is finished, or failed with ``error``."""
        ...


@dataclass(frozen=True)
class RunResult:
    """What a run did. ``failures`` are all calls of the source without a report.

    ``unscored`` are calls with a report that could not be scored, or keep scores of before.
    """

    done: int
    unchanged: int
    failures: tuple[Failure, ...]
    unscored: tuple[Coached, ...] = ()

    @property
    def exit_code(self) -> int:
        """0 all good, 3 finished with failures."""
        return 3 if self.failures or self.unscored else 0


ExecutorFactory = Callable[[int], Executor[Task, Outcome]]


def processes(jobs: int) -> Executor[Task, Outcome]:
    """The usual executor: worker processes."""
    return ProcessExecutor(do_call, jobs)


def run_batch(
    source: Source,
    store: Store,
    config: Config,
    *,
    jobs: int,
    retry_failed: bool,
    progress: Progress,
    executor: ExecutorFactory = processes,
    coaching_executor: CoachingExecutorFactory = coaching_processes,
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
        Try broken recordings again although nothing changed.
    progress
        Told about each call.
    executor, coaching_executor
        Make the executors for a number of jobs.

    Raises
    ------
    CallCoachError
        If the run cannot start (settings, weights, disk); a bad recording never raises.
    """
    standard = load_standard(config)
    store.write_guide(standard.guide)
    identity = _run_identity(config)
    ledger = Ledger(store.ledger)
    try:
        for rejected in source.rejected:
            _record_rejected(rejected, identity, ledger, store)
        todo, unchanged = _todo(source.recordings, identity, ledger, store, retry_failed)
        progress.begin(len(todo))
        tasks = [Task(recording, config, store.root) for recording, _ in todo]
        keys = {recording.call_id: key for recording, key in todo}
        for recording, key in todo:
            _set_waiting(recording, key, ledger)
        done = 0
        measured_as = voice_key(config)
        for task, outcome in executor(jobs).run(tasks):
            call_id = task.recording.call_id
            outcome = outcome or Outcome(
                0.0,
                "WorkerDied",
                f"the process that analysed {task.recording.path.name} died (out of memory, or a "
                "crash while decoding); the other calls are not affected",
                True,
            )
            _keep_voice(task.recording, outcome, measured_as, ledger)
            _record(task.recording, keys[call_id], outcome, ledger, store)
            progress.ended(call_id, outcome.error, outcome.seconds)
            done += outcome.error is None
        resound(store, ledger, source.recordings, config.reports, jobs=jobs)
        compare_calls(store, ledger, config)
        coached = rescore(store, ledger, standard, jobs=jobs, executor=coaching_executor)
        write_site(store, ledger, config, jobs=jobs)
        ids = {r.call_id for r in source.recordings} | {r.call_id for r in source.rejected}
        failures = [f for f in failures_of(ledger) if f.call_id in ids]
        unscored = tuple(one for one in coached if one.error is not None)
        return RunResult(done, unchanged, tuple(failures), unscored)
    finally:
        ledger.close()


def available_cores() -> int:
    """Cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _run_identity(config: Config) -> str:
    """Hash of everything but the recording that a result depends on: settings, code, models.

    Silero's and swift-f0's models are inside their packages, so their versions stand for them.
    """
    model = resolve(config.speech)
    parts = [__version__, config.sha256, *sorted(f.sha256 for f in model.files)]
    if config.diarize.on and is_here(SPEAKERS):
        parts.append(find_model(SPEAKERS).sha256)
    parts += [f"{package.name} {package.version}" for package in package_versions()]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _call_key(recording: Recording, identity: str) -> str:
    """Hash of everything a call's result depends on. A file that cannot be read has its own."""
    try:
        with recording.path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        content = "unreadable"
    described = json.dumps(
        [
            recording.path.name,
            recording.agent_id,
            recording.started_at,
            recording.agent_side,
            [[item.name, item.value] for item in recording.metadata],
        ]
    )
    return hashlib.sha256(f"{identity}\n{content}\n{described}".encode()).hexdigest()


def _todo(
    recordings: Sequence[Recording],
    identity: str,
    ledger: Ledger,
    store: Store,
    retry_failed: bool,
) -> tuple[list[tuple[Recording, str]], int]:
    """Calls to analyse with their keys, and how many finished ones stay as they are."""
    todo: list[tuple[Recording, str]] = []
    unchanged = 0
    for recording in recordings:
        key = _call_key(recording, identity)
        entry = ledger.get(recording.call_id)
        if entry is not None and entry.key == key:
            if entry.state is State.DONE and store.analysis_path(recording.call_id).is_file():
                unchanged += 1
                continue
            if entry.state is State.FAILED and not entry.passing and not retry_failed:
                continue
        todo.append((recording, key))
    return todo, unchanged


def _set_waiting(recording: Recording, key: str, ledger: Ledger) -> None:
    before = ledger.get(recording.call_id)
    attempts = before.attempts if before is not None and before.key == key else 0
    ledger.put(Entry(recording.call_id, recording.path.name, key, State.WAITING, attempts))


def _keep_voice(recording: Recording, outcome: Outcome, key: str, ledger: Ledger) -> None:
    """Keep what was usual for the agent before the call counts as done: else a kill loses it."""
    if recording.agent_id is not None and outcome.usual:
        past = PastCall(recording.call_id, recording.started_at, outcome.usual)
        ledger.put_voice(recording.agent_id, key, past)
    else:
        ledger.drop_voice(recording.call_id)


def _record(recording: Recording, key: str, outcome: Outcome, ledger: Ledger, store: Store) -> None:
    waiting = ledger.get(recording.call_id)
    attempts = (waiting.attempts if waiting is not None else 0) + 1
    state = State.DONE if outcome.error is None else State.FAILED
    ledger.put(
        Entry(
            recording.call_id,
            recording.path.name,
            key,
            state,
            attempts,
            outcome.seconds,
            outcome.error_class,
            outcome.error,
            outcome.passing,
        )
    )
    if outcome.error is None:
        store.clear_failed(recording.call_id)
        log.info("%s done in %.1f s", recording.call_id, outcome.seconds)
        return
    log.error("%s failed: %s", recording.call_id, outcome.error)
    _write_failed(
        store,
        FailedCall(
            recording.call_id,
            recording.path.name,
            outcome.error_class or "",
            outcome.error,
            attempts,
        ),
    )


def _record_rejected(rejected: Rejected, identity: str, ledger: Ledger, store: Store) -> None:
    ledger.put(
        Entry(
            rejected.call_id,
            rejected.source_name,
            identity,
            State.FAILED,
            1,
            None,
            "SourceError",
            rejected.reason,
        )
    )
    log.error("%s failed: %s", rejected.call_id, rejected.reason)
    _write_failed(
        store,
        FailedCall(rejected.call_id, rejected.source_name, "SourceError", rejected.reason, 1),
    )


def _write_failed(store: Store, failed: FailedCall) -> None:
    """The ledger already has the failure: a disk too full for this file stops nothing."""
    try:
        store.write_failed(failed)
    except CallCoachError as error:
        log.error("%s", error)


def default_jobs(config: Config) -> int:
    """Worker processes when nobody says: as many as the cores carry."""
    return max(1, available_cores() // config.speech.threads)
