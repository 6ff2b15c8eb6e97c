"""Reading stored analyses for the pages and tables of a batch, in worker processes where many."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from callcoach.batch.digests import KeptDigest
from callcoach.batch.executors import ProcessesIfMany
from callcoach.batch.store import Store, stamp_of
from callcoach.batch.worker import write_reports
from callcoach.call import CallAnalysis
from callcoach.errors import CallCoachError
from callcoach.reports.columns import COLUMNS
from callcoach.reports.digest import digest_of
from callcoach.reports.tables import arrow, build_tables
from callcoach.reviews import NO_REVIEWS, CallReviews
from callcoach.settings.guide import Guide
from callcoach.settings.site import SiteConfig

if TYPE_CHECKING:
    import pyarrow as pa

# A worker takes about as long to start as 100 analyses take to read, or 20 pages to write.
_CALLS_PER_TASK = 100
_PAGES_PER_TASK = 20


@dataclass(frozen=True)
class _Task:
    """Calls for one worker: ``changed`` ones to read, ``pages`` whose report is written again.

    ``reviews`` is what people said of the latter.
    """

    changed: tuple[str, ...]
    pages: tuple[str, ...]
    out: Path
    config: SiteConfig
    guide: Guide | None
    reviews: Mapping[str, CallReviews]


@dataclass(frozen=True)
class Reading:
    """What was read of some calls.

    ``digests`` has the changed calls that could be read, ``tables`` their rows, in the order of
    ``COLUMNS``. ``unreadable`` says of calls why they could not be read, ``unwritten`` why their
    report could not be written, by call id.
    """

    digests: tuple[KeptDigest, ...]
    tables: tuple[pa.Table, ...]
    unreadable: Mapping[str, str]
    unwritten: Mapping[str, str]


def read_calls(
    store: Store,
    changed: Collection[str],
    pages: Collection[str],
    config: SiteConfig,
    reviews: Mapping[str, CallReviews],
    *,
    jobs: int,
) -> Iterator[Reading]:
    """Read calls for the pages about all of them.

    Parameters
    ----------
    store
        The output folder.
    changed
        The calls whose digests and rows are wanted.
    pages
        The calls whose report is written again.
    config
        From where on a call is trusted.
    reviews
        What people said of calls, for their reports.
    jobs
        Worker processes.
    """
    guide = store.guide() if pages else None
    wanted = sorted({*changed, *pages})
    size = _PAGES_PER_TASK if pages else _CALLS_PER_TASK
    tasks = []
    for at in range(0, len(wanted), size):
        some = wanted[at : at + size]
        read, rewritten = (tuple(c for c in some if c in part) for part in (changed, pages))
        said = {c: reviews[c] for c in rewritten if c in reviews}
        tasks.append(_Task(read, rewritten, store.root, config, guide, said))
    for task, reading in ProcessesIfMany(_read, jobs).run(tasks):
        yield reading or Reading(
            (), (), dict.fromkeys(task.changed, _DIED), dict.fromkeys(task.pages, _DIED)
        )


_DIED = "the process that read its analysis died (out of memory?); run again with fewer --jobs"


def _read(task: _Task) -> Reading:
    store = Store(task.out)
    analyses: list[CallAnalysis] = []
    digests: list[KeptDigest] = []
    unreadable: dict[str, str] = {}
    unwritten: dict[str, str] = {}
    for call_id in sorted({*task.changed, *task.pages}):
        stamp = stamp_of(store.analysis_path(call_id))  # before reading: a later change is seen
        try:
            analysis = store.load(call_id)
            if call_id in task.changed:
                digests.append(KeptDigest(stamp, digest_of(analysis, task.config)))
                analyses.append(analysis)
        except Exception as error:  # a defect of ours must not cost the other calls
            unreadable[call_id] = _told(error, "reading its analysis")
            continue
        if call_id in task.pages:
            try:
                said = task.reviews.get(call_id, NO_REVIEWS)
                write_reports(store, analysis, task.config, task.guide, said)
            except Exception as error:
                unwritten[call_id] = _told(error, "writing its report")
    tables = build_tables(analyses)
    return Reading(
        tuple(digests),
        tuple(arrow(getattr(tables, name)) for name in COLUMNS),
        unreadable,
        unwritten,
    )


def _told(error: Exception, doing: str) -> str:
    if isinstance(error, CallCoachError):
        return str(error)
    return f"unexpected {type(error).__name__} while {doing}: {error}; please report this"
