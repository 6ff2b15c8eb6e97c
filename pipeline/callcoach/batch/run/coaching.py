"""Coaching stored analyses: findings, scores and tags by a guide, a scorecard and categories.

Nothing is transcribed. A call is written anew only where something in it changed; what is as it
would come out is left alone, and remembered in the ledger so that the next run need not look.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from callcoach.batch.process_pool import Executor, ProcessesIfMany
from callcoach.batch.publish.call_files import write_reports
from callcoach.coaching.setup import CoachingSetup, coached
from callcoach.errors import CallCoachError
from callcoach.storage.analysis_json import from_json, to_json
from callcoach.storage.ledger import Ledger, State
from callcoach.storage.output_folder import Store, stamp_of, write_file

log = logging.getLogger("callcoach")

CALLS_PER_TASK = 20  # few enough to share out evenly, many enough not to send the guide too often


@dataclass(frozen=True)
class CoachingTask:
    """Calls for one worker to coach, one after the other."""

    call_ids: tuple[str, ...]
    out: Path
    standard: CoachingSetup


@dataclass(frozen=True)
class CoachingResult:
    """What became of a call: whether its files were written anew, or why it could not be coached.

    ``stamp`` names the state of its ``analysis.json`` afterwards.
    """

    call_id: str
    changed: bool
    stamp: str = ""
    error: str | None = None


ExecutorFactory = Callable[[int], Executor[CoachingTask, tuple[CoachingResult, ...]]]


def processes(jobs: int) -> Executor[CoachingTask, tuple[CoachingResult, ...]]:
    """The usual executor: worker processes, and none where there is work for one only."""
    return ProcessesIfMany(coach_calls, jobs)


def rescore(
    store: Store,
    ledger: Ledger,
    standard: CoachingSetup,
    *,
    jobs: int,
    executor: ExecutorFactory = processes,
) -> tuple[CoachingResult, ...]:
    """Coach every finished call that was not coached by this standard yet.

    Parameters
    ----------
    store, ledger
        The output folder; the caller holds its lock.
    standard
        Guide, scorecard, categories and the settings of measures.
    jobs
        Worker processes.
    executor
        Makes the executor for a number of jobs.

    Returns
    -------
    tuple of Coached
        The calls that were looked at, in order of their ids. One that cannot be read is told and
        costs no other.
    """
    # Before the first page: pages that are written later, by another command, need its words.
    store.write_guide(standard.guide)
    known = ledger.coached(standard.key)
    todo = [
        entry.call_id
        for entry in ledger.entries()
        if entry.state is State.DONE
        and known.get(entry.call_id) != stamp_of(store.analysis_path(entry.call_id))
    ]
    tasks = [
        CoachingTask(tuple(todo[at : at + CALLS_PER_TASK]), store.root, standard)
        for at in range(0, len(todo), CALLS_PER_TASK)
    ]
    result: list[CoachingResult] = []
    for task, results in executor(jobs).run(tasks):
        done = results or _died(task)
        ledger.put_coached(
            standard.key, [(one.call_id, one.stamp) for one in done if not one.error]
        )
        for one in done:
            if one.error is not None:
                log.error("%s was not scored: %s", one.call_id, one.error)
        result += done
    return tuple(sorted(result, key=lambda one: one.call_id))


def coach_calls(task: CoachingTask) -> tuple[CoachingResult, ...]:
    """Coach some calls and write those that change; never raises for a bad one."""
    store = Store(task.out)
    return tuple(_coach_call(store, call_id, task.standard) for call_id in task.call_ids)


def _coach_call(store: Store, call_id: str, standard: CoachingSetup) -> CoachingResult:
    path = store.analysis_path(call_id)
    try:
        before = store.load(call_id)
        text = to_json(coached(before, standard))
        changed = text.encode() != path.read_bytes()
        if changed:
            # The pages are made from what is stored, rounded as it is; the analysis comes last.
            write_reports(store, from_json(text, call_id), standard.site, standard.guide)
            write_file(path, text.encode())
    except CallCoachError as error:
        return CoachingResult(call_id, False, error=str(error))
    except Exception as error:  # a defect of ours must not cost the other calls
        return CoachingResult(
            call_id,
            False,
            error=f"unexpected {type(error).__name__} while scoring: {error}; please report this",
        )
    return CoachingResult(call_id, changed, stamp_of(path))


def _died(task: CoachingTask) -> tuple[CoachingResult, ...]:
    reason = "the process that scored it died (out of memory?); run again with fewer --jobs"
    return tuple(CoachingResult(call_id, False, error=reason) for call_id in task.call_ids)
