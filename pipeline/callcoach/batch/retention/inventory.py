"""The calls an output folder knows of, however little it has of them."""

from __future__ import annotations

import dataclasses
import json
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from callcoach.batch.sources.arrivals import waiting_since
from callcoach.model.analysis import CallInfo
from callcoach.model.timeline import moment_of
from callcoach.storage.ledger import CallRecord, Ledger, State
from callcoach.storage.output_folder import Store

_SHA256 = re.compile(r"[0-9a-f]{64}")  # the ledger has words where a file cannot be read

_OWN = {field.name for field in dataclasses.fields(CallInfo)}


@dataclass(frozen=True)
class StoredCall:
    """What is known of a call: whose it is, when it was, which recording it was made from.

    ``at`` is when the call began, or where that is not known, when it was analysed or first seen.
    ``content`` is the recording's SHA-256. ``state`` is ``None`` for a call that the ledger does
    not have.
    """

    call_id: str
    state: State | None = None
    source_name: str | None = None
    at: datetime | None = None
    agent_id: str | None = None
    content: str | None = None
    metadata: tuple[tuple[str, str], ...] = ()


def holdings(store: Store) -> tuple[StoredCall, ...]:
    """All calls that the folder has something of, in order of their ids.

    Raises
    ------
    StoreError
        If the ledger cannot be read.
    """
    ledger = Ledger(store.ledger)
    try:
        known = {entry.call_id: _of_ledger(entry) for entry in ledger.entries()}
    finally:
        ledger.close()
    known |= {
        c: StoredCall(c, at=at) for c, at in waiting_since(store.root).items() if c not in known
    }
    for folder in store.calls.iterdir():
        known.setdefault(folder.name, StoredCall(folder.name))
    for folder in store.cache.iterdir():
        if folder.is_dir():
            known.setdefault(folder.name, StoredCall(folder.name))
    for path in (*store.failed.glob("*.json"), *store.finished.glob("*.json")):
        known.setdefault(path.stem, StoredCall(path.stem))
    return tuple(_read(store, known[call_id]) for call_id in sorted(known))


def _of_ledger(entry: CallRecord) -> StoredCall:
    at = entry.ended_at or entry.started_at
    return StoredCall(
        entry.call_id,
        entry.state,
        entry.source_name,
        None if at is None else datetime.fromtimestamp(at, UTC),
        content=entry.content if _SHA256.fullmatch(entry.content or "") else None,
    )


def _read(store: Store, known: StoredCall) -> StoredCall:
    """What the call's analysis adds; one that cannot be read adds when it was written."""
    path = store.analysis_path(known.call_id)
    try:
        call = json.loads(path.read_bytes())["call"]
        return replace(
            known,
            source_name=known.source_name or call["source_name"],
            at=moment_of(str(call["started_at"] or "")) or known.at or _written(path),
            agent_id=call["agent_id"],
            content=call["source_sha256"],
            metadata=tuple((name, str(call[name])) for name in call if name not in _OWN),
        )
    except (OSError, ValueError, KeyError, TypeError):
        failed = store.failed / f"{known.call_id}.json"
        at = known.at or _written(path) or _written(failed)
        return replace(known, at=at or _written(store.call_folder(known.call_id)))


def _written(path: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError:
        return None
