"""The ledger's file: opening it, its tables, and bringing an older one up to date."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from callcoach.errors import StoreError
from callcoach.storage.sqlite import errors_told, open_database, transaction

VERSION = 3
"""Version of the tables, kept in the file's ``user_version``."""

LEASE_S = 120.0
"""The lease of runs from before it was kept (the default of ``batch.lease_s``)."""

# One row for a call; its columns are the fields of callcoach.storage.ledger.CallRecord.
_CALLS = """
CREATE TABLE IF NOT EXISTS calls (
    call_id TEXT PRIMARY KEY,
    source_name TEXT NOT NULL,
    key TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('new', 'running', 'done', 'failed', 'quarantined')),
    attempts INTEGER NOT NULL,
    seconds REAL,
    error_class TEXT,
    error TEXT,
    content TEXT,
    source_stamp TEXT,
    source_bytes INTEGER,
    audio_s REAL,
    result_bytes INTEGER,
    run_id TEXT,
    stage TEXT,
    started_at REAL,
    ended_at REAL,
    interrupted INTEGER NOT NULL DEFAULT 0
) STRICT
"""

_TABLES = (
    _CALLS,
    "CREATE INDEX IF NOT EXISTS calls_by_state ON calls (state)",
    # How long each stage of a call took, and whether it was taken from the cache.
    """
    CREATE TABLE IF NOT EXISTS stages (
        call_id TEXT NOT NULL,
        stage TEXT NOT NULL,
        seconds REAL NOT NULL,
        cached INTEGER NOT NULL,
        PRIMARY KEY (call_id, stage)
    ) STRICT
    """,
    # The runs: who, since when, when last heard of. Times are seconds since 1970.
    f"""
    CREATE TABLE IF NOT EXISTS runs (
        run_id TEXT PRIMARY KEY,
        host TEXT NOT NULL,
        pid INTEGER NOT NULL,
        process_start TEXT NOT NULL,
        shared INTEGER NOT NULL,
        identity TEXT NOT NULL,
        started_at REAL NOT NULL,
        seen_at REAL NOT NULL,
        ended_at REAL,
        exit_code INTEGER,
        closing_s REAL,
        lease_s REAL NOT NULL DEFAULT {LEASE_S}
    ) STRICT
    """,
    # One row for a call in which an agent's voice was measured, and one for each of its measures.
    # ``key`` stands for how the voice was measured; ``compared`` is set once the call was compared
    # with the agent's earlier calls.
    """
    CREATE TABLE IF NOT EXISTS voices (
        call_id TEXT PRIMARY KEY,
        agent_id TEXT NOT NULL,
        started_at TEXT,
        key TEXT NOT NULL,
        compared INTEGER NOT NULL DEFAULT 0
    ) STRICT
    """,
    "CREATE INDEX IF NOT EXISTS voices_by_agent ON voices (agent_id, key)",
    """
    CREATE TABLE IF NOT EXISTS voice_usual (
        call_id TEXT NOT NULL REFERENCES voices (call_id) ON DELETE CASCADE,
        measure TEXT NOT NULL,
        median REAL NOT NULL,
        spread REAL NOT NULL,
        count INTEGER NOT NULL,
        PRIMARY KEY (call_id, measure)
    ) STRICT
    """,
    # What a finished call's sound was made by (a hash), and the key that the call had then.
    """
    CREATE TABLE IF NOT EXISTS playback (
        call_id TEXT PRIMARY KEY,
        call_key TEXT NOT NULL,
        made_by TEXT NOT NULL,
        copied INTEGER NOT NULL
    ) STRICT
    """,
    # By what a call was coached (a key), and the state of its analysis after that (a stamp).
    """
    CREATE TABLE IF NOT EXISTS coached (
        call_id TEXT PRIMARY KEY,
        key TEXT NOT NULL,
        stamp TEXT NOT NULL
    ) STRICT
    """,
)


class LedgerFile:
    """An open ledger without its questions and answers.

    Parameters
    ----------
    path
        The file; it is made where it is not there yet, and an older one is brought up to date.
    wait_s
        How long to wait while another program has it locked.

    Raises
    ------
    StoreError
        From every method, if the file cannot be read or written.
    """

    def __init__(self, path: Path, wait_s: float = 30.0) -> None:
        self._path, self._wait_s = path, wait_s
        with self._said():
            self._db = open_database(path, wait_s)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._bring_up_to_date()

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _version(self) -> int:
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        return int(version)

    def _bring_up_to_date(self) -> None:
        if self._version() == VERSION:
            return
        with self._transaction():
            version = self._version()
            if version > VERSION:
                raise StoreError(
                    f"the ledger {self._path} was written by a newer callcoach; use that one, or "
                    "another --out"
                )
            if version == 0 and self._db.execute("PRAGMA table_info(calls)").fetchone():
                self._from_first_form()
            columns = [row[1] for row in self._db.execute("PRAGMA table_info(runs)")]
            if columns and "lease_s" not in columns:
                self._db.execute(
                    f"ALTER TABLE runs ADD COLUMN lease_s REAL NOT NULL DEFAULT {LEASE_S}"
                )
            for table in _TABLES:
                self._db.execute(table)
            self._db.execute(f"PRAGMA user_version = {VERSION}")

    def _from_first_form(self) -> None:
        """The first ledgers knew 'waiting' where there is 'new' now, and no versions."""
        self._db.execute("ALTER TABLE calls RENAME TO calls_before")
        self._db.execute(_CALLS)
        kept = "call_id, source_name, key, attempts, seconds, error_class, error"
        self._db.execute(
            f"INSERT INTO calls ({kept}, state) SELECT {kept}, "
            "CASE state WHEN 'waiting' THEN 'new' ELSE state END FROM calls_before"
        )
        self._db.execute("DROP TABLE calls_before")

    def _transaction(self) -> AbstractContextManager[None]:
        return transaction(self._db)

    @contextlib.contextmanager
    def _unless_locked(self) -> Iterator[None]:
        """For what need not be written: it neither waits for the file nor fails for want of it."""
        self._db.execute("PRAGMA busy_timeout = 0")
        try:
            with contextlib.suppress(sqlite3.Error):
                yield
        finally:
            self._db.execute(f"PRAGMA busy_timeout = {round(self._wait_s * 1000)}")

    def _said(self) -> AbstractContextManager[None]:
        return errors_told(
            f"the ledger {self._path}",
            "restore it from a backup, or move it away and have all calls analysed again",
            "run again: finished calls are kept",
        )
