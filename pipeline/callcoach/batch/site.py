"""What is written about a whole batch: index, tables and ``calls.csv``, from stored analyses."""

from __future__ import annotations

from callcoach.batch.ledger import WITHOUT_REPORT, Ledger, State
from callcoach.batch.store import Store, write_file
from callcoach.batch.worker import write_reports
from callcoach.reports.site import Failure, render_index, summarise
from callcoach.reports.tables import build_tables, write_tables

_STEPS = {
    "SourceError": "finding the recording",
    "AudioError": "reading the sound",
    "WeightsError": "loading the models",
    "EngineError": "transcribing",
    "StoreError": "writing the results",
}


def write_site(store: Store, ledger: Ledger, *, pages: bool = False) -> int:
    """Write index, tables and calls.csv from the stored analyses; returns their number.

    With ``pages`` every call's report is written again too.
    """
    entries = [entry for entry in ledger.entries() if entry.state is State.DONE]
    analyses = [store.load(entry.call_id) for entry in entries]
    if pages:
        guide = store.guide()
        for analysis in analyses:
            write_reports(store, analysis, guide)
    write_tables(build_tables(analyses), store.root, write_file)
    page = render_index([summarise(analysis) for analysis in analyses], failures_of(ledger))
    write_file(store.root / "index.html", page.encode())
    return len(analyses)


def failures_of(ledger: Ledger) -> list[Failure]:
    """The calls without a report, with why."""
    return [
        Failure(e.call_id, e.source_name, e.error or "", _step(e.error_class))
        for e in ledger.entries()
        if e.state in WITHOUT_REPORT
    ]


def _step(error_class: str | None) -> str:
    """Where a call got stuck, in words for the index page."""
    return _STEPS.get(error_class or "", "analysing the call")
