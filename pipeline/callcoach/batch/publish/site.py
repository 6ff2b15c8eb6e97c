"""What is written about a whole batch: tables, ``calls.csv``, the index and the pages beside it.

Only analyses that changed are read: of every other call a digest is kept, and its rows stand in the
tables of before. What comes out is, byte for byte, what all analyses together would give.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from callcoach.batch.publish.digest_store import Digests, KeptDigest, code_key
from callcoach.batch.publish.pages import write_pages
from callcoach.batch.publish.read_calls import read_calls
from callcoach.batch.publish.stale_reports import Reports
from callcoach.config.config import Config
from callcoach.errors import StoreError
from callcoach.reports.site.index_page import FailureRow
from callcoach.reports.tables.columns import COLUMNS
from callcoach.reports.tables.spreadsheet import csv_text
from callcoach.reports.tables.table_merge import merged, schemas
from callcoach.reports.tables.tables import frame_of, parquet
from callcoach.storage.ledger import WITHOUT_REPORT, CallRecord, Ledger, State
from callcoach.storage.output_folder import Store, stamp_of, write_file

if TYPE_CHECKING:
    import pyarrow as pa


log = logging.getLogger("callcoach")

_STEPS = {
    "SourceError": "finding the recording",
    "AudioError": "reading the sound",
    "WeightsError": "loading the models",
    "EngineError": "transcribing",
    "StoreError": "writing the results",
}

_TABLES = ("calls.csv", *(f"tables/{name}.parquet" for name in COLUMNS))


@dataclass(frozen=True)
class SiteResult:
    """What was written: so many ``calls`` are told on the pages.

    ``unreadable`` are calls that are not; of ``unwritten`` ones only the report is missing or old.
    ``written`` counts the reports that are other than at the last time. ``unread`` says why what
    people said could not be read, and so is not on the reports that were written.
    """

    calls: int
    unreadable: tuple[FailureRow, ...] = ()
    unwritten: tuple[FailureRow, ...] = ()
    written: int = 0
    unread: str | None = None

    @property
    def problems(self) -> tuple[FailureRow, ...]:
        """All that went wrong."""
        return self.unreadable + self.unwritten


def write_site(
    store: Store,
    ledger: Ledger,
    config: Config,
    *,
    pages: bool = False,
    written: Collection[str] = (),
    jobs: int = 1,
) -> SiteResult:
    """Write tables, ``calls.csv`` and the pages about all calls from the stored analyses.

    Parameters
    ----------
    store, ledger
        The output folder; the caller holds its lock.
    config
        Settings of the pages.
    pages
        Write every call's report again that is not known to be as it would come out. Otherwise
        only those of calls that somebody said something about since.
    written
        Calls whose report was written just now, by these settings, without reviews.
    jobs
        Worker processes for reading analyses.

    Raises
    ------
    StoreError
        If something cannot be written. A call whose analysis cannot be read is told and costs no
        other.
    """
    done = {e.call_id: e for e in ledger.entries() if e.state is State.DONE}
    stamps = {call_id: stamp_of(store.analysis_path(call_id)) for call_id in done}
    key = hashlib.sha256(f"{code_key()}\n{config.site.model_dump_json()}".encode()).hexdigest()
    with Digests(store.site, key) as kept:
        files = kept.files()
        everything = kept.load()
        known = everything if _stand(store, files) else {}
        fresh = {c for c in done if c in known and known[c].stamp == stamps[c]}
        reports = Reports(store, stamps, files, config.review.busy_s, written)
        old = reports.old(everything=pages)
        changed = done.keys() - fresh
        read = list(read_calls(store, changed, old, config.site, reports.reviews, jobs=jobs))
        errors = {call_id: text for part in read for call_id, text in part.unreadable.items()}
        new = {one.digest.call_id: one for part in read for one in part.digests}
        keep = fresh - errors.keys()
        calls = {c: known[c] for c in keep} | new
        if not known or known.keys() != keep or new:
            _write_tables(store, calls.values(), [part.tables for part in read], keep)
        unreadable = _failures(done, errors, "reading the analysis")
        pages_now = write_pages(
            store,
            [reports.judged(calls[c]) for c in sorted(calls)],
            (*failures_of(ledger), *unreadable),
            config,
            files,
        )
        unwritten = {call_id: text for part in read for call_id, text in part.unwritten.items()}
        made = old - errors.keys() - unwritten.keys()
        kept.replace(
            new.values(),
            everything.keys() - calls.keys(),
            pages_now
            | reports.made_from(made, calls.keys() - unwritten.keys())
            | {name: stamp_of(store.root / name) for name in _TABLES},
        )
    result = SiteResult(
        len(calls),
        unreadable,
        _failures(done, unwritten, "writing the report"),
        len(made | (calls.keys() & set(written))),
        reports.unread,
    )
    if result.unread is not None:
        log.error("reports have no reviews: %s", result.unread)
    for failure in result.problems:
        log.error("%s, %s: %s", failure.call_id, failure.stage, failure.error)
    return result


def _failures(
    done: Mapping[str, CallRecord], errors: Mapping[str, str], step: str
) -> tuple[FailureRow, ...]:
    return tuple(FailureRow(c, done[c].source_name, errors[c], step) for c in sorted(errors))


def failures_of(ledger: Ledger) -> list[FailureRow]:
    """The calls without a report, with why."""
    return [
        FailureRow(e.call_id, e.source_name, e.error or "", _step(e.error_class))
        for e in ledger.entries()
        if e.state in WITHOUT_REPORT
    ]


def _step(error_class: str | None) -> str:
    """Where a call got stuck, in words for the index page."""
    return _STEPS.get(error_class or "", "analysing the call")


# --------------------------------------------------------------------------- tables


def _stand(store: Store, files: Mapping[str, str]) -> bool:
    """Whether the tables are those that were written last."""
    return all(files.get(name) == stamp_of(store.root / name) != "" for name in _TABLES)


def _write_tables(
    store: Store,
    calls: Collection[KeptDigest],
    new: Sequence[Sequence[pa.Table]],
    keep: Collection[str],
) -> None:
    """Write the tables that change.

    Parameters
    ----------
    store
        The output folder.
    calls
        All calls that are in the tables afterwards.
    new
        The tables of the calls that were read, each list in the order of ``COLUMNS``.
    keep
        Calls whose rows stand in the tables of before.
    """
    layout = schemas(call.digest.metadata for call in calls)
    for place, (name, schema) in enumerate(layout.items()):
        path = store.tables / f"{name}.parquet"
        old = _read_table(path) if keep else None
        table = merged(old, keep, [tables[place] for tables in new if tables], schema)
        if old is not None and table.equals(old, check_metadata=True):
            continue
        write_file(path, parquet(table))
        if name == "calls":
            write_file(store.root / "calls.csv", csv_text(frame_of(table)).encode())


def _read_table(path: Path) -> pa.Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.read_table(path)
    except (OSError, pa.ArrowException) as error:
        raise StoreError(
            f"cannot read the table {path}: {error}; delete it and run again: it is made anew"
        ) from error
