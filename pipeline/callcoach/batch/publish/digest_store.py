"""Digests kept between runs, in SQLite: a new call costs reading one analysis, not all of them.

All in the file can be made again from the analyses. A file that cannot be read, or that other code
or other settings wrote, is begun anew, without a word. Deleted rows are overwritten: they quote
what was said in a call.
"""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from types import TracebackType
from typing import Any

from pydantic import TypeAdapter, ValidationError

from callcoach.reports.site.digest import CallDigest
from callcoach.storage.sqlite import errors_told, open_database, rows_of, transaction

_SCHEMA = """
CREATE TABLE IF NOT EXISTS kept (key TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS digests (
    call_id TEXT PRIMARY KEY,
    stamp TEXT NOT NULL,
    digest BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS files (name TEXT PRIMARY KEY, stamp TEXT NOT NULL) STRICT;
"""


@dataclass(frozen=True)
class KeptDigest:
    """A call's digest, and the stamp of the analysis that it was made from."""

    stamp: str
    digest: CallDigest


@cache
def code_key() -> str:
    """Hash of callcoach's own files: other code, templates included, may tell other things."""
    digest = hashlib.sha256()
    for name, content in _sources(files("callcoach"), ""):
        digest.update(name.encode() + b"\0" + hashlib.sha256(content).digest())
    return digest.hexdigest()


def _sources(folder: Traversable, where: str) -> Iterator[tuple[str, bytes]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        name = f"{where}/{entry.name}"
        if entry.is_dir():
            if entry.name != "__pycache__":
                yield from _sources(entry, name)
        else:
            yield name, entry.read_bytes()


def read_digests(path: Path) -> dict[str, KeptDigest]:
    """What is kept, by call id, whoever wrote it and while it may be written to; none where
    nothing can be read. A digest speaks for its call where its stamp is that of the analysis.
    """
    return _digests(rows_of(path, _ALL_DIGESTS))


def read_files(path: Path) -> dict[str, str]:
    """What is noted of the files about all calls, by name; nothing where nothing can be read."""
    return {str(name): str(stamp) for name, stamp in rows_of(path, _ALL_FILES)}


def _digests(rows: Iterable[tuple[Any, ...]]) -> dict[str, KeptDigest]:
    """Digests by call id, without those that cannot be read."""
    result = {}
    for call_id, stamp, text in rows:
        with contextlib.suppress(ValidationError):
            result[str(call_id)] = KeptDigest(str(stamp), _adapter().validate_json(text))
    return result


_ALL_DIGESTS = "SELECT call_id, stamp, digest FROM digests"

_ALL_FILES = "SELECT name, stamp FROM files"


class Digests:
    """An open file of digests; use it in a ``with`` statement.

    Parameters
    ----------
    path
        The file; it is made where there is none.
    key
        What digests depend on beside the analysis: code and settings.

    Raises
    ------
    StoreError
        From every method, if the disk is full or the file may not be read or written.
    """

    def __init__(self, path: Path, key: str) -> None:
        self._path = path
        self._key = key
        with self._said():
            try:
                self._open()
            except sqlite3.DatabaseError as error:
                if isinstance(error, sqlite3.OperationalError) and not _is_layout(error):
                    raise
                self._begin_anew()

    def __enter__(self) -> Digests:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._db.close()

    def load(self) -> dict[str, KeptDigest]:
        """All digests by call id; one that cannot be read is left out."""
        with self._said():
            try:
                rows = self._db.execute(_ALL_DIGESTS).fetchall()
            except sqlite3.OperationalError:
                raise
            except sqlite3.DatabaseError:  # found out late
                self._db.close()
                self._begin_anew()
                rows = []
        return _digests(rows)

    def files(self) -> dict[str, str]:
        """What is noted of the files about all calls, by name: a table's stamp, for instance."""
        with self._said():
            return dict(self._db.execute(_ALL_FILES).fetchall())

    def replace(
        self, new: Iterable[KeptDigest], gone: Iterable[str], files: Mapping[str, str]
    ) -> None:
        """Keep new digests, forget those of calls that are gone, and note the files anew."""
        rows = [(one.digest.call_id, one.stamp, _adapter().dump_json(one.digest)) for one in new]
        with self._said(), transaction(self._db):
            self._db.executemany(
                "DELETE FROM digests WHERE call_id = ?", [(call_id,) for call_id in gone]
            )
            self._db.executemany("INSERT OR REPLACE INTO digests VALUES (?, ?, ?)", rows)
            self._db.execute("DELETE FROM files")
            self._db.executemany("INSERT INTO files VALUES (?, ?)", list(files.items()))

    def _open(self) -> None:
        db = open_database(self._path)
        try:
            db.execute("PRAGMA secure_delete = ON")
            db.execute("PRAGMA journal_mode = WAL")
            db.executescript(_SCHEMA)
            with transaction(db):
                if db.execute("SELECT key FROM kept").fetchall() != [(self._key,)]:
                    for table in ("kept", "digests", "files"):
                        db.execute(f"DELETE FROM {table}")
                    db.execute("INSERT INTO kept VALUES (?)", (self._key,))
            # The columns are asked for now, so that a file of another layout is told here.
            db.execute(f"{_ALL_DIGESTS} LIMIT 1")
            db.execute(f"{_ALL_FILES} LIMIT 1")
        except BaseException:
            db.close()
            raise
        self._db = db

    def _begin_anew(self) -> None:
        for end in ("", "-wal", "-shm"):
            self._path.with_name(self._path.name + end).unlink(missing_ok=True)
        self._open()

    def _said(self) -> AbstractContextManager[None]:
        return errors_told(f"the index's memory {self._path}", "remove it", "run again")


def _is_layout(error: sqlite3.OperationalError) -> bool:
    return "no such column" in str(error) or "no such table" in str(error)


@cache
def _adapter() -> TypeAdapter[CallDigest]:
    return TypeAdapter(CallDigest)
