"""The ledger: what became of every call, and what is usual for each agent's voice, in SQLite.

One process writes (the one that holds the output folder's lock); ``callcoach status`` may read at
the same time.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from callcoach.delivery import BaselineSource, Usual
from callcoach.errors import StoreError
from callcoach.voice.baseline import History, PastCall


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
# One row for a call in which an agent's voice was measured, and one for each of its measures.
# ``key`` stands for how the voice was measured; ``compared`` is set once the call was compared with
# the agent's earlier calls.
_VOICE_SCHEMA = """
CREATE TABLE IF NOT EXISTS voices (
    call_id TEXT PRIMARY KEY,
    agent_id TEXT NOT NULL,
    started_at TEXT,
    key TEXT NOT NULL,
    compared INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS voices_by_agent ON voices (agent_id, key);
CREATE TABLE IF NOT EXISTS voice_usual (
    call_id TEXT NOT NULL REFERENCES voices (call_id) ON DELETE CASCADE,
    measure TEXT NOT NULL,
    median REAL NOT NULL,
    spread REAL NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (call_id, measure)
) STRICT
"""
# By what a call was coached (a key), and the state of its analysis after that (a stamp).
_COACHED_SCHEMA = """
CREATE TABLE IF NOT EXISTS coached (
    call_id TEXT PRIMARY KEY,
    key TEXT NOT NULL,
    stamp TEXT NOT NULL
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
            self._db.execute("PRAGMA foreign_keys = ON")
            self._db.execute(_SCHEMA)
            self._db.executescript(_VOICE_SCHEMA)
            self._db.execute(_COACHED_SCHEMA)

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

    def put_voice(self, agent_id: str, key: str, call: PastCall) -> None:
        """Keep what was usual for an agent's voice in a call, replacing what was kept of it."""
        with self._said(), self._transaction():
            self._db.execute("DELETE FROM voices WHERE call_id = ?", (call.call_id,))
            self._db.execute(
                "INSERT INTO voices (call_id, agent_id, started_at, key) VALUES (?, ?, ?, ?)",
                (call.call_id, agent_id, call.started_at, key),
            )
            self._db.executemany(
                "INSERT INTO voice_usual VALUES (?, ?, ?, ?, ?)",
                [(call.call_id, u.measure, u.median, u.spread, u.count) for u in call.usual],
            )

    def drop_voice(self, call_id: str) -> None:
        """Forget what was kept of a call's voice."""
        with self._said():
            self._db.execute("DELETE FROM voices WHERE call_id = ?", (call_id,))

    def history(self, agent_id: str, key: str) -> History:
        """What is kept of an agent's calls that were measured in the way ``key`` stands for."""
        with self._said():
            rows = self._db.execute(
                "SELECT call_id, started_at, measure, median, spread, count "
                "FROM voices JOIN voice_usual USING (call_id) "
                "WHERE agent_id = ? AND key = ? ORDER BY call_id, measure",
                (agent_id, key),
            ).fetchall()
        calls: dict[tuple[str, str | None], list[Usual]] = {}
        for call_id, started_at, measure, median, spread, count in rows:
            usual = Usual(measure, median, spread, BaselineSource.OWN_CALL, count)
            calls.setdefault((call_id, started_at), []).append(usual)
        return History(
            agent_id, tuple(PastCall(*call, tuple(usual)) for call, usual in calls.items())
        )

    def uncompared(self, key: str) -> dict[str, tuple[str, ...]]:
        """Calls not yet compared with earlier ones, by agent."""
        with self._said():
            rows = self._db.execute(
                "SELECT agent_id, call_id FROM voices WHERE key = ? AND NOT compared "
                "ORDER BY agent_id, call_id",
                (key,),
            ).fetchall()
        result: dict[str, tuple[str, ...]] = {}
        for agent_id, call_id in rows:
            result[agent_id] = (*result.get(agent_id, ()), call_id)
        return result

    def set_compared(self, call_id: str) -> None:
        """Note that a call was compared with the agent's earlier calls."""
        with self._said():
            self._db.execute("UPDATE voices SET compared = 1 WHERE call_id = ?", (call_id,))

    def coached(self, key: str) -> dict[str, str]:
        """The calls that were coached by what ``key`` stands for, with the stamps kept of them."""
        with self._said():
            rows = self._db.execute(
                "SELECT call_id, stamp FROM coached WHERE key = ?", (key,)
            ).fetchall()
        return {str(call_id): str(stamp) for call_id, stamp in rows}

    def put_coached(self, key: str, stamps: Iterable[tuple[str, str]]) -> None:
        """Note that calls, given with their stamps, were coached by what ``key`` stands for."""
        with self._said(), self._transaction():
            self._db.executemany(
                "INSERT OR REPLACE INTO coached (call_id, key, stamp) VALUES (?, ?, ?)",
                [(call_id, key, stamp) for call_id, stamp in stamps],
            )

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

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
