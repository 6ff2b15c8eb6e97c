"""The SQLite files of an output folder: opening them, telling their errors, finding and removing
what they hold of calls.

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
from typing import Any

from callcoach.errors import StoreError

_OF_CALL = ("call_id",)

_OF_AGENT = ("agent_id",)

_OF_CONTENT = ("content", "content_sha256", "source_sha256")

_WAIT_S = 30.0  # until a file that another program has locked is given up

_WAIT_READ_S = 5.0  # for what can do without

_MOST_PASSES = 20  # rows that refer to rows that refer to removed rows


@dataclass(frozen=True)
class Keys:
    """Whose rows are meant: calls by id, agents by id, recordings by SHA-256."""

    calls: Collection[str]
    agents: Collection[str] = ()
    contents: Collection[str] = ()


def open_database(path: Path, wait_s: float = _WAIT_S) -> sqlite3.Connection:
    """A connection that commits each statement, unless a transaction is begun, to the disk itself.

    Parameters
    ----------
    path
        The file; it is made, for its owner alone, where there is none.
    wait_s
        How long to wait while another program has it locked, in seconds.
    """
    if not path.exists():
        path.touch(mode=0o600)
    db = sqlite3.connect(path, timeout=wait_s, isolation_level=None)
    try:
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA foreign_keys = ON")
    except BaseException:
        db.close()
        raise
    return db


@contextlib.contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All that is done inside, or nothing of it. Nobody else writes meanwhile."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        # The disk may have been too full even for the way back; SQLite then went it by itself.
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def rows_of(path: Path, query: str) -> list[tuple[Any, ...]]:
    """What a query finds in a file that is only read; nothing where it cannot be read."""
    with contextlib.suppress(sqlite3.Error):
        uri = f"{path.absolute().as_uri()}?mode=ro"
        with contextlib.closing(sqlite3.connect(uri, uri=True, timeout=_WAIT_READ_S)) as db:
            return db.execute(query).fetchall()
    return []


@contextlib.contextmanager
def errors_told(what: str, broken: str, then: str) -> Iterator[None]:
    """Tell what goes wrong inside as a ``StoreError``.

    Parameters
    ----------
    what
        The file as people call it, with its path.
    broken
        What to do where the file is damaged.
    then
        What to do after that.
    """
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise StoreError(
            f"{what} cannot be used: {error}; {_remedy(error, broken)}, then {then}"
        ) from error


def _remedy(error: Exception, broken: str) -> str:
    """What to do about a database that cannot be used."""
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
    with (
        errors_told(str(path), "bring it back from a backup", "give the command again"),
        contextlib.closing(open_database(path, _WAIT_S)) as db,
    ):
        yield db


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
