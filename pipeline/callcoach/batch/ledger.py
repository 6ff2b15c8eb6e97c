"""The ledger: what became of every call, in SQLite.

One process writes (the one that holds the output folder's lock); ``callcoach status`` may read at
the same time.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from callcoach.errors import StoreError


class State(StrEnum):
    """Where a call stands."""

    WAITING = "waiting"  # taken up by a run that has not finished it
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True)
class Entry:
    """A call in the ledger.

    ``key`` stands for everything the result depends on: the recording's bytes, what the manifest
    says of it, the configuration, the code and the models. ``passing`` marks a failure that may go
    away by itself (a full disk, a worker that died). ``seconds`` is the time the analysis took.
    """

    call_id: str
    source_name: str
    key: str
    state: State
    attempts: int
    seconds: float | None = None
    error_class: str | None = None
    error: str | None = None
    passing: bool = False


_SCHEMA = """
CREATE TABLE IF NOT EXISTS calls (
    call_id TEXT PRIMARY KEY,
    source_name TEXT NOT NULL,
    key TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'done', 'failed')),
    attempts INTEGER NOT NULL,
    seconds REAL,
    error_class TEXT,
    error TEXT,
    passing INTEGER NOT NULL DEFAULT 0,
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
) STRICT
"""
_COLUMNS = "call_id, source_name, key, state, attempts, seconds, error_class, error, passing"


class Ledger:
    """An open ledger.

    Raises
    ------
    StoreError
        From every method, if the file cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._said():
            if not path.exists():
                path.touch(mode=0o600)
            self._db = sqlite3.connect(path, timeout=30, isolation_level=None)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.execute(_SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def get(self, call_id: str) -> Entry | None:
        """The call's entry, or ``None`` for a new call."""
        with self._said():
            row = self._db.execute(
                f"SELECT {_COLUMNS} FROM calls WHERE call_id = ?", (call_id,)
            ).fetchone()
        return _entry(row) if row else None

    def put(self, entry: Entry) -> None:
        """Write an entry, replacing the call's older one."""
        values = (
            entry.call_id,
            entry.source_name,
            entry.key,
            entry.state.value,
            entry.attempts,
            entry.seconds,
            entry.error_class,
            entry.error,
            int(entry.passing),
        )
        with self._said():
            self._db.execute(
                f"INSERT OR REPLACE INTO calls ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                values,
            )

    def entries(self) -> tuple[Entry, ...]:
        """All entries in order of call id."""
        with self._said():
            rows = self._db.execute(f"SELECT {_COLUMNS} FROM calls ORDER BY call_id").fetchall()
        return tuple(_entry(row) for row in rows)

    @contextlib.contextmanager
    def _said(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise StoreError(
                f"the ledger {self._path} cannot be used: {error}; free some space or check its "
                "permissions, then run again"
            ) from error


def _entry(row: tuple[object, ...]) -> Entry:
    call_id, source_name, key, state, attempts, seconds, error_class, error, passing = row
    return Entry(
        call_id=str(call_id),
        source_name=str(source_name),
        key=str(key),
        state=State(str(state)),
        attempts=int(str(attempts)),
        seconds=None if seconds is None else float(str(seconds)),
        error_class=None if error_class is None else str(error_class),
        error=None if error is None else str(error),
        passing=bool(passing),
    )
