"""Coaching stored analyses: findings, scores and tags by a guide, a scorecard and categories.

Nothing is transcribed. A call is written anew only where something in it changed; what is as it
would come out is left alone, and remembered in the ledger so that the next run need not look.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from callcoach import __version__
from callcoach.batch.executors import Executor, ProcessesIfMany
from callcoach.batch.ledger import Ledger, State
from callcoach.batch.store import Store, stamp_of, write_file
from callcoach.batch.worker import write_reports
from callcoach.call import CallAnalysis
from callcoach.coaching.categories import load_categories
from callcoach.coaching.coach import PARTS, coach
from callcoach.coaching.scorecard import check_against_guide, read_scorecard
from callcoach.config import Config
from callcoach.document import from_json, to_json
from callcoach.errors import CallCoachError
from callcoach.settings.categories import CategoryBook
from callcoach.settings.guide import Guide, read_guide
from callcoach.settings.measures import MeasuresConfig
from callcoach.settings.scorecard import ScorecardFile
from callcoach.settings.site import SiteConfig

log = logging.getLogger("callcoach")

CALLS_PER_TASK = 20  # few enough to share out evenly, many enough not to send the guide too often


@dataclass(frozen=True)
class Standard:
    """What calls are coached by, and how their pages tell it; picklable."""

    guide: Guide
    card: ScorecardFile
    categories: CategoryBook
    measures: MeasuresConfig
    site: SiteConfig

    @property
    def key(self) -> str:
        """Hash of all that coaching depends on, beside the analysis itself."""
        parts = [
            __version__,
            *PARTS,
            self.guide.sha256,
            self.card.sha256,
            *self.card.automatic,  # not in the card's hash, but in every result
            self.categories.sha256,
            self.measures.model_dump_json(),
        ]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


@dataclass(frozen=True)
class Batch:
    """Calls for one worker to coach, one after the other."""

    call_ids: tuple[str, ...]
    out: Path
    standard: Standard


@dataclass(frozen=True)
class Coached:
    """What became of a call: whether its files were written anew, or why it could not be coached.

    ``stamp`` names the state of its ``analysis.json`` afterwards.
    """

    call_id: str
    changed: bool
    stamp: str = ""
    error: str | None = None


ExecutorFactory = Callable[[int], Executor[Batch, tuple[Coached, ...]]]


def processes(jobs: int) -> Executor[Batch, tuple[Coached, ...]]:
    """The usual executor: worker processes, and none where there is work for one only."""
    return ProcessesIfMany(coach_calls, jobs)


def load_standard(
    config: Config,
    *,
    guide: Path | None = None,
    scorecard: Path | None = None,
    categories: Path | None = None,
) -> Standard:
    """Read what calls are coached by: the files given, else those of the settings, else ours.

    Raises
    ------
    ConfigError
        If a file cannot be read or is wrong; it names the file, the place and what is expected.
    """
    named = config.coaching
    book = read_guide(guide or _path(named.guide_file))
    card = read_scorecard(scorecard or _path(named.scorecard_file))
    tags = load_categories(categories or _path(named.categories_file))
    check_against_guide(card, book)
    return Standard(book, card, tags, config.measures, config.site)


def rescore(
    store: Store,
    ledger: Ledger,
    standard: Standard,
    *,
    jobs: int,
    executor: ExecutorFactory = processes,
) -> tuple[Coached, ...]:
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
        Batch(tuple(todo[at : at + CALLS_PER_TASK]), store.root, standard)
        for at in range(0, len(todo), CALLS_PER_TASK)
    ]
    result: list[Coached] = []
    for task, coached in executor(jobs).run(tasks):
        done = coached or _died(task)
        ledger.put_coached(
            standard.key, [(one.call_id, one.stamp) for one in done if not one.error]
        )
        for one in done:
            if one.error is not None:
                log.error("%s was not scored: %s", one.call_id, one.error)
        result += done
    return tuple(sorted(result, key=lambda one: one.call_id))


def coach_calls(task: Batch) -> tuple[Coached, ...]:
    """Coach some calls and write those that change; never raises for a bad one."""
    store = Store(task.out)
    return tuple(_coach_call(store, call_id, task.standard) for call_id in task.call_ids)


def _coach_call(store: Store, call_id: str, standard: Standard) -> Coached:
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
        return Coached(call_id, False, error=str(error))
    except Exception as error:  # a defect of ours must not cost the other calls
        return Coached(
            call_id,
            False,
            error=f"unexpected {type(error).__name__} while scoring: {error}; please report this",
        )
    return Coached(call_id, changed, stamp_of(path))


def coached(analysis: CallAnalysis, standard: Standard) -> CallAnalysis:
    """An analysis with its findings, scores and tags."""
    return coach(analysis, standard.guide, standard.card, standard.categories, standard.measures)


def _died(task: Batch) -> tuple[Coached, ...]:
    reason = "the process that scored it died (out of memory?); run again with fewer --jobs"
    return tuple(Coached(call_id, False, error=reason) for call_id in task.call_ids)


def _path(name: str) -> Path | None:
    return Path(name) if name else None
