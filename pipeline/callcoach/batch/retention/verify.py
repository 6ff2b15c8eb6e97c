"""Checking that an output folder is whole and private, and nothing is left of purged calls."""

from __future__ import annotations

import csv
import stat
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from callcoach.audio.decode import decode
from callcoach.batch.publish.derived_files import export_leftovers
from callcoach.batch.publish.digest_store import KeptDigest, read_digests, read_files
from callcoach.batch.retention.inventory import StoredCall, holdings
from callcoach.batch.retention.purge import NOT_SEARCHED, PLAN_FILE, RECEIPTS, receipts_of, words_of
from callcoach.batch.retention.trace_search import Seeker
from callcoach.config.audio import AudioConfig
from callcoach.errors import CallCoachError
from callcoach.model.analysis import CallAnalysis
from callcoach.model.playback import PlaybackKind
from callcoach.model.timeline import Span
from callcoach.privacy.silencing import silent_stretches
from callcoach.storage.agent_statements import FILE as TOLD
from callcoach.storage.agent_statements import read_told
from callcoach.storage.ledger import WITHOUT_REPORT, State
from callcoach.storage.output_folder import COPY_NAME, Store, stamp_of
from callcoach.storage.pseudonyms import folder_salt
from callcoach.storage.sqlite import calls_in, databases, fault_of

_PAGES = ("report.html", "report.md")

_EDGE_S = 0.1
"""So near to the edge of a silent stretch the encoder may let something through, in seconds: an AAC
frame of 1024 samples at 16 kHz is 64 ms."""

_AUDIBLE = 10 ** (-60 / 20)
"""Louder than this, of full scale, is sound: 60 dB down is under the hiss of a telephone line."""

_OTHERS = 0o077  # what nobody but the owner may do


@dataclass(frozen=True)
class Mismatch:
    """Something that is wrong: where, what, and what to do. ``place`` is relative to the folder."""

    place: str
    what: str


def check_folder(store: Store) -> tuple[Mismatch, ...]:
    """Check that every finished call has its files, that tables, pages and ledger agree, that all
    of it is private and nothing is half written.

    The caller holds the folder's lock: a run at work leaves temporary files.

    Raises
    ------
    StoreError
        If the ledger cannot be read.
    """
    known = holdings(store)
    return (
        *_faults_of_files(store.root),
        *_faults_of_calls(store, known),
        *_faults_of_databases(store, known),
        *_faults_of_tables(store, known),
        *_faults_of_pages(store, known),
    )


def check_gone(store: Store, call_ids: Sequence[str]) -> tuple[Mismatch, ...]:
    """Check that nothing but a receipt is left of some calls.

    Raises
    ------
    StoreError
        If the ledger cannot be read.
    """
    salt = folder_salt(store.root)
    kept = [call for call in holdings(store) if call.call_id not in call_ids]
    others = [*(call.call_id for call in kept), *(call.source_name or "" for call in kept)]
    faults: list[Mismatch] = []
    for call_id in call_ids:
        if not receipts_of(store, call_id):
            faults.append(Mismatch(RECEIPTS, f"no receipt says that call {call_id} was purged"))
    for trace in Seeker(words_of(call_ids, salt), others).traces(store.root, NOT_SEARCHED):
        times = "once" if trace.times == 1 else f"{trace.times} times"
        faults.append(
            Mismatch(str(trace.path), f"still holds {trace.word} ({times}); purge that call again")
        )
    return tuple(faults)


def _faults_of_files(root: Path) -> Iterator[Mismatch]:
    if _open_to_others(root):
        yield Mismatch(".", "others may look into the folder; chmod 700 it")
    for path in sorted(root.rglob("*")):
        place = str(path.relative_to(root))
        if path.is_symlink():
            yield Mismatch(place, "is a link; callcoach makes none: remove it")
        elif _open_to_others(path):
            mode = "700" if path.is_dir() else "600"
            yield Mismatch(place, f"can be read by others; chmod {mode} it")
        if path.name.endswith(".tmp"):
            yield Mismatch(place, "was left by a run that was killed; the next run removes it")
    for folder in export_leftovers(root):
        yield Mismatch(
            str(folder.relative_to(root)), "was left by an export that was killed; remove it"
        )
    if (root / PLAN_FILE).exists():
        yield Mismatch(
            PLAN_FILE, "a purge was stopped in the middle; `callcoach purge` finishes it"
        )


def _open_to_others(path: Path) -> bool:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:  # SQLite's own files come and go while the review app is open
        return False
    return bool(stat.S_IMODE(mode) & _OTHERS) and not stat.S_ISLNK(mode)


def _faults_of_calls(store: Store, known: Sequence[StoredCall]) -> Iterator[Mismatch]:
    for call in known:
        folder, failed = store.call_folder(call.call_id), store.failed / f"{call.call_id}.json"
        place = str(folder.relative_to(store.root))
        own = (folder, store.cache / call.call_id, store.finished / f"{call.call_id}.json")
        for path in own if call.state is None else ():
            if path.exists():
                where = str(path.relative_to(store.root))
                yield Mismatch(where, "the ledger does not know this call; purge it, or run again")
        if call.state not in WITHOUT_REPORT and failed.exists():
            yield Mismatch(
                str(failed.relative_to(store.root)), "the call did not fail; the next run mends it"
            )
        if call.state is not State.DONE:
            continue
        try:
            analysis = store.load(call.call_id)
        except CallCoachError as error:
            yield Mismatch(
                place, f"the analysis cannot be read ({error}); run again with its source"
            )
            continue
        found = analysis.call
        if found.id != call.call_id:
            yield Mismatch(
                place, f"holds the analysis of call {found.id}; run again with its source"
            )
        if call.content and found.source_sha256 != call.content:
            yield Mismatch(place, "was made from another recording; run again with its source")
        for name in _PAGES:
            page = folder / name
            if not page.is_file() or not page.stat().st_size:
                yield Mismatch(f"{place}/{name}", "is missing; `callcoach report` writes it again")
        try:
            read_told(store, call.call_id)
        except CallCoachError as error:
            yield Mismatch(f"{place}/{TOLD}", str(error))
        yield from _faults_of_sound(place, folder, analysis)


def _faults_of_sound(place: str, folder: Path, analysis: CallAnalysis) -> Iterator[Mismatch]:
    """The copy that a page plays is there, and there is none that no page plays."""
    copy = folder / COPY_NAME
    playback = analysis.playback
    if playback is not None and playback.kind is PlaybackKind.COPY:
        if not copy.is_file() or not copy.stat().st_size:
            yield Mismatch(f"{place}/{COPY_NAME}", "is missing; run again with its source")
        else:
            yield from _faults_of_silence(f"{place}/{COPY_NAME}", copy, analysis)
    elif copy.exists():
        yield Mismatch(
            f"{place}/{COPY_NAME}", "no page plays it; remove it, or run again with its source"
        )


def _faults_of_silence(place: str, copy: Path, analysis: CallAnalysis) -> Iterator[Mismatch]:
    """The copy is listened to: it is silent wherever something private was said."""
    silent = [
        Span(span.start_s + _EDGE_S, span.end_s - _EDGE_S)
        for span in silent_stretches(analysis)
        if span.duration_s > 2 * _EDGE_S
    ]
    if not silent:
        return
    again = "remove it and run again with its source"
    try:
        sound = decode(copy, AudioConfig())
    except CallCoachError as error:
        yield Mismatch(place, f"cannot be heard ({error}); {again}")
        return
    rate_hz = sound.sample_rate_hz
    for span in silent:
        part = sound.samples[:, round(span.start_s * rate_hz) : round(span.end_s * rate_hz)]
        if part.size and abs(part).max() > _AUDIBLE:
            at_s = int(span.start_s)
            yield Mismatch(
                place,
                f"can be heard at {at_s // 60}:{at_s % 60:02d}, where something private was said; "
                f"{again}",
            )
            return


def _faults_of_databases(store: Store, known: Sequence[StoredCall]) -> Iterator[Mismatch]:
    ids = {call.call_id for call in known}
    for path in databases(store.root):
        place = str(path.relative_to(store.root))
        fault = fault_of(path)
        if fault is not None:
            yield Mismatch(place, f"is broken ({fault}); bring it back from a backup")
            continue
        for table, calls in calls_in(path).items():
            for call_id in sorted(calls - ids):
                yield Mismatch(place, f"its table {table} names call {call_id}, which is not here")


def _faults_of_tables(store: Store, known: Sequence[StoredCall]) -> Iterator[Mismatch]:
    import pandas as pd

    done = {call.call_id for call in known if call.state is State.DONE}
    for path in sorted(store.tables.glob("*.parquet")):
        place = str(path.relative_to(store.root))
        try:
            table = pd.read_parquet(path)
        except (OSError, ValueError) as error:
            yield Mismatch(place, f"cannot be read ({error}); `callcoach report` writes it again")
            continue
        if "call_id" in table:
            every = path.stem == "calls"
            yield from _differences(place, set(table["call_id"].astype(str)), done, every)
    try:
        with (store.root / "calls.csv").open(encoding="utf-8-sig", newline="") as file:
            rows = {row.get("call_id") or "" for row in csv.DictReader(file)}
    except (OSError, ValueError, csv.Error):
        if done:
            yield Mismatch("calls.csv", "cannot be read; `callcoach report` writes it again")
        return
    yield from _differences("calls.csv", rows, done, True)


def _faults_of_pages(store: Store, known: Sequence[StoredCall]) -> Iterator[Mismatch]:
    """The pages about all calls are there, as they were written, and tell the calls as they are."""
    place = str(store.site.relative_to(store.root))
    done = {call.call_id for call in known if call.state is State.DONE}
    files = read_files(store.site)
    if not files:
        if done:
            yield Mismatch(place, "is missing or empty; `callcoach report` writes it again")
        return
    digests = read_digests(store.site)
    old = sorted(digests.keys() - done)
    old += [c for c in sorted(done) if not _is_told(store, c, digests.get(c))]
    if old:
        yield Mismatch(
            place,
            f"the pages tell {len(old)} of the calls (such as {old[0]}) not as they are now; "
            "`callcoach report` writes them again",
        )
    for name, noted in files.items():
        now = stamp_of(store.root / name)
        if not now:
            yield Mismatch(name, "is missing; `callcoach report` writes it again")
        elif now.split()[0] not in noted.split():  # its size: a restored file has another time
            yield Mismatch(name, "is not as it was written; `callcoach report` writes it again")
    for path in sorted((store.root / "agents").glob("*.html")):
        name = str(path.relative_to(store.root))
        if name not in files:
            yield Mismatch(name, "is of no agent with calls; `callcoach report` removes it")
    if done and not any((store.root / "assets").glob("plotly-*.min.js")):
        yield Mismatch("assets", "lacks the script that draws; `callcoach report` writes it again")


def _is_told(store: Store, call_id: str, kept: KeptDigest | None) -> bool:
    """Whether the pages tell a call as it is; one that cannot be read is told of elsewhere."""
    if kept is not None and kept.stamp == stamp_of(store.analysis_path(call_id)):
        return True
    try:
        store.load(call_id)
    except CallCoachError:
        return True
    return False


def _differences(
    place: str, found: Collection[str], done: Collection[str], every: bool
) -> Iterator[Mismatch]:
    for call_id in sorted(set(found) - set(done)):
        yield Mismatch(
            place, f"has call {call_id}, which is not finished; `callcoach report` mends it"
        )
    for call_id in sorted(set(done) - set(found)) if every else ():
        yield Mismatch(place, f"lacks call {call_id}; `callcoach report` mends it")
