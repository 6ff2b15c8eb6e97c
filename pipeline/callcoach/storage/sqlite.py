"""The SQLite files of an output folder: finding and removing what they hold of calls.

Each part of callcoach keeps its own file (the ledger, the site's digests, reviews). What is known
here is only how they name things: a column ``call_id`` holds a call's id, ``agent_id`` an agent's
and ``content`` or ``source_sha256`` the SHA-256 of a recording.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from callcoach.errors import StoreError

_OF_CALL = ("call_id",)

_OF_AGENT = ("agent_id",)

_OF_CONTENT = ("content", "content_sha256", "source_sha256")

_WAIT_S = 30.0

_MOST_PASSES = 20  # rows that refer to rows that refer to removed rows


@dataclass(frozen=True)
class Keys:
    """Whose rows are meant: calls by id, agents by id, recordings by SHA-256."""

    calls: Collection[str]
    agents: Collection[str] = ()
    contents: Collection[str] = ()


def remedy(error: Exception, broken: str) -> str:
    """What to do about a database that cannot be used; ``broken`` where its file is damaged."""
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
        return broken
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return "close the program that has it open (a backup, a database browser)"
    return "free some space or check its permissions"


def databases(root: Path) -> tuple[Path, ...]:
    """The SQLite files of an output folder, by name."""
    return tuple(sorted(root.glob("*.sqlite")) + sorted(root.glob("cache/*.sqlite")))


def count_rows(path: Path, keys: Keys) -> int:
    """How many rows name the calls, agents or recordings.

    Raises
    ------
    StoreError
        If the file cannot be read.
    """
    with _opened(path) as db:
        return sum(
            _number(db, f"SELECT count(*) FROM {table} WHERE {column} IN (SELECT key FROM {of})")
            for table, column, of in _wanted(db, keys)
        )


def remove_rows(path: Path, keys: Keys) -> None:
    """Remove those rows, and their bytes from the file: freed pages are overwritten, the log of
    changes is emptied.

    Raises
    ------
    StoreError
        If another program holds the file, or it cannot be written.
    """
    with _opened(path) as db:
        db.execute("PRAGMA secure_delete = ON")
        db.execute("PRAGMA foreign_keys = ON")
        wanted = list(_wanted(db, keys))
        db.execute("BEGIN IMMEDIATE")
        db.execute("PRAGMA defer_foreign_keys = ON")  # the tables come in any order
        for table, column, of in wanted:
            db.execute(f"DELETE FROM {table} WHERE {column} IN (SELECT key FROM {of})")
        for _ in range(_MOST_PASSES):
            orphans = db.execute("PRAGMA foreign_key_check").fetchall()
            if not orphans:
                break
            for table, row, *_rest in orphans:
                db.execute(f"DELETE FROM {_quoted(table)} WHERE rowid = ?", (row,))
        db.execute("COMMIT")
        db.execute("VACUUM")
        busy = _number(db, "PRAGMA wal_checkpoint(TRUNCATE)")
    if busy:
        raise StoreError(
            f"another program reads {path}; close it (the review app?), then purge again: what is "
            "left is finished then"
        )


def fault_of(path: Path) -> str | None:
    """What is wrong with a file's structure, ``None`` where nothing is."""
    try:
        with _opened(path) as db:
            found = [str(row[0]) for row in db.execute("PRAGMA integrity_check(3)")]
    except StoreError as error:
        return str(error)
    return None if found == ["ok"] else "; ".join(found)


def calls_in(path: Path) -> Mapping[str, frozenset[str]]:
    """The calls that each table with a column ``call_id`` names.

    Raises
    ------
    StoreError
        If the file cannot be read.
    """
    with _opened(path) as db:
        return {
            table: frozenset(
                str(row[0]) for row in db.execute(f"SELECT DISTINCT call_id FROM {_quoted(table)}")
            )
            for table in _tables(db)
            if "call_id" in _columns(db, table)
        }


def cells_of(path: Path) -> list[bytes]:
    """All texts and blobs of a file; none where it is no database that can be read."""
    found: list[bytes] = []
    if path.suffix != ".sqlite":  # the log of its changes: read with the file itself
        return found
    with contextlib.suppress(StoreError), _opened(path) as db:
        db.text_factory = bytes
        for table in _tables(db):
            for row in db.execute(f"SELECT * FROM {_quoted(table)}"):
                found += [cell for cell in row if isinstance(cell, bytes)]
    return found


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Raises StoreError for everything that goes wrong."""
    try:
        db = sqlite3.connect(path, timeout=_WAIT_S, isolation_level=None)
        try:
            yield db
        finally:
            db.close()
    except sqlite3.Error as error:
        raise StoreError(
            f"cannot use {path}: {error}; close whatever has it open, or bring it back from a "
            "backup, then give the command again"
        ) from error


def _wanted(db: sqlite3.Connection, keys: Keys) -> Iterator[tuple[str, str, str]]:
    """Table, column and the temporary table with the keys that are looked for in it."""
    kinds = (
        ("temp.gone_calls", keys.calls, _OF_CALL),
        ("temp.gone_agents", keys.agents, _OF_AGENT),
        ("temp.gone_contents", keys.contents, _OF_CONTENT),
    )
    db.execute("PRAGMA temp_store = MEMORY")  # the keys are not written to a disk
    for name, values, _ in kinds:
        db.execute(f"CREATE TABLE {name} (key TEXT PRIMARY KEY)")
        db.executemany(f"INSERT OR IGNORE INTO {name} VALUES (?)", [(v,) for v in values])
    for table in _tables(db):
        columns = _columns(db, table)
        for name, values, known in kinds:
            for column in known:
                if values and column in columns:
                    yield _quoted(table), column, name


def _tables(db: sqlite3.Connection) -> list[str]:
    rows = db.execute(
        "SELECT name FROM main.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' "
        "ORDER BY name"
    )
    return [_text(row[0]) for row in rows.fetchall()]


def _columns(db: sqlite3.Connection, table: str) -> set[str]:
    return {str(row[1]) for row in db.execute(f"PRAGMA main.table_info({_quoted(table)})")}


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _number(db: sqlite3.Connection, query: str) -> int:
    return int(db.execute(query).fetchone()[0])
