"""Output folders of stored analyses, as a run leaves them, without a run."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from callcoach.coaching.setup import coached, load_standard
from callcoach.config.config import Config
from callcoach.model.analysis import CallAnalysis
from callcoach.model.recording import MetadataItem
from callcoach.model.voice import PastCall
from callcoach.reports.tables.columns import COLUMNS
from callcoach.reports.tables.spreadsheet import csv_text
from callcoach.reports.tables.tables import Tables, arrow, parquet
from callcoach.storage import locks
from callcoach.storage.ledger import CallRecord, Ledger, State
from callcoach.storage.output_folder import Store
from factory import two_channels
from shipped import write_analysis

PRACTICE = "attend"
"""The practice whose scores :func:`scored` sets."""


def named(analysis: CallAnalysis, call_id: str, **metadata: str) -> CallAnalysis:
    """The analysis as that of another call."""
    items = tuple(MetadataItem(name, value) for name, value in metadata.items())
    return replace(
        analysis, call=replace(analysis.call, id=call_id, metadata=items or analysis.call.metadata)
    )


def stored(out: Path, analyses: Iterable[CallAnalysis]) -> Store:
    """An output folder that holds these analyses as finished calls."""
    store = Store(out)
    ledger = Ledger(store.ledger)
    for analysis in analyses:
        write_analysis(store, analysis)
        ledger.put(CallRecord(analysis.call.id, "a.wav", "key", State.DONE, 1))
    ledger.close()
    return store


def keep_voice(ledger: Ledger, agent_id: str, key: str, past: PastCall) -> None:
    """Finish a call whose voice is kept."""
    entry = ledger.get(past.call_id) or CallRecord(past.call_id, "a.wav", "key", State.NEW, 1)
    running = replace(entry, state=State.RUNNING, run_id="run")
    ledger.put(running)
    assert ledger.finish(replace(running, state=State.DONE), voice=(agent_id, key, past))


def scored(out: Path, scores: Iterable[float], sites: Iterable[str]) -> Store:
    """Finished calls with these scores of one practice, and the site each is from."""
    analysis = coached(two_channels(), load_standard(Config()))
    card = analysis.scorecard
    assert card is not None
    analyses = []
    for number, (score, site) in enumerate(zip(scores, sites, strict=True)):
        practices = tuple(
            replace(p, score=score, reason=None) if p.id == PRACTICE else p for p in card.practices
        )
        call = replace(analysis, scorecard=replace(card, practices=practices))
        analyses.append(named(call, f"c{number:03d}", site=site))
    return stored(out, analyses)


def people(path: Path, *raters: Iterable[float], practice: str = PRACTICE) -> Path:
    """A file with the scores that each rater gave to the calls of :func:`scored`."""
    lines = [
        f"c{number:03d},rater {rater},{practice},{score:g}"
        for rater, scores in enumerate(raters, start=1)
        for number, score in enumerate(scores)
    ]
    path.write_text("\n".join(["call_id,rater,practice,score", *lines]) + "\n", encoding="utf-8")
    return path


@contextlib.contextmanager
def busy(store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """Somebody writes what is about all calls until he is waited for; gives those waits."""
    waits: list[float] = []
    with contextlib.ExitStack() as held:
        held.enter_context(store.closing())

        def wait(seconds: float) -> None:
            waits.append(seconds)
            held.close()

        monkeypatch.setattr(locks, "time", SimpleNamespace(sleep=wait, strftime=time.strftime))
        yield waits


def write_tables(tables: Tables, folder: Path, write: Callable[[Path, bytes], None]) -> None:
    """Hand the files of tables that were built at once to ``write``: what a site must come to."""
    for name in COLUMNS:
        write(folder / "tables" / f"{name}.parquet", parquet(arrow(getattr(tables, name))))
    write(folder / "calls.csv", csv_text(tables.calls).encode("utf-8"))
