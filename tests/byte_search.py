"""A search of ours for what is left of a call in a folder, that shares no code with the purge."""

from __future__ import annotations

import contextlib
import hashlib
import html
import json
import re
import sqlite3
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote, unquote_plus

import pyarrow as pa
import pyarrow.parquet as pq

from callcoach.model.analysis import CallAnalysis

LEAST_WORDS = 3
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_TOLD = re.compile(r'"(?:text|word)":\s*"((?:[^"\\]|\\.)*)"')


def sequences(text: str) -> frozenset[tuple[str, ...]]:
    """Every three words in a row."""
    words = _WORD.findall(text.lower().replace("’", "'"))
    return frozenset(zip(*(words[start:] for start in range(LEAST_WORDS)), strict=False))


def said(analysis: CallAnalysis) -> frozenset[tuple[str, ...]]:
    """Every three words that somebody said in a row."""
    return frozenset().union(*(sequences(turn.text) for turn in analysis.turns))


def names_left(root: Path, names: Iterable[str], unless: str = "") -> dict[str, set[str]]:
    """Where a name stands, in any spelling; inside of ``unless`` it does not count."""
    found: dict[str, set[str]] = {}
    for path, content in _contents(root):
        for name in names:
            for data in _spellings(name):
                for other in _spellings(unless) if unless else ():
                    content = content.replace(other, b"\0")
                if data in content:
                    found.setdefault(path, set()).add(name)
    return found


def words_left(root: Path, wanted: frozenset[tuple[str, ...]]) -> dict[str, set[str]]:
    """Where one of these sequences stands."""
    found: dict[str, set[str]] = {}
    for path, content in _contents(root):
        for text in _readings(content):
            for hit in sequences(text) & wanted:
                found.setdefault(path, set()).add(" ".join(hit))
    return found


def _spellings(name: str) -> list[bytes]:
    digest = hashlib.sha256(name.encode()).hexdigest()
    forms = (name, quote(name, safe=""), json.dumps(name)[1:-1], html.escape(name), digest[:16])
    return [f.encode(e) for f in forms for e in ("utf-8", "utf-16-le", "utf-16-be")]


def _contents(root: Path) -> Iterator[tuple[str, bytes]]:
    """Every file's name, its bytes, and all that is packed in it."""
    for path in sorted(root.rglob("*")):
        place = str(path.relative_to(root))
        yield place, path.name.encode()
        if not path.is_file():
            continue
        data = path.read_bytes()
        yield place, data
        if data.startswith(b"PK"):
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    yield place, archive.read(name)
        elif data.startswith(b"PAR1"):
            table = pq.read_table(path)
            yield place, str(table.schema.metadata).encode()
            for column in table.columns:
                if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
                    # A word a row, or a text of its own in every row.
                    between = " " if path.stem == "words" else " nextcell "
                    yield place, between.join(v or "" for v in column.to_pylist()).encode()
        elif data.startswith(b"SQLite format 3"):
            with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
                db.text_factory = bytes
                for (table,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'"):
                    for row in db.execute(f'SELECT * FROM "{table.decode()}"'):
                        for cell in row:
                            yield place, cell if isinstance(cell, bytes) else str(cell).encode()


def _readings(content: bytes) -> Iterator[str]:
    """The ways in which bytes may be text."""
    plain = content.decode("utf-8", "replace")
    yield plain
    if "<" in plain:
        yield html.unescape(re.sub(r"<[^>]*>", " ", plain))
        yield html.unescape(re.sub(r"</?(?:mark|b|i|em|strong|a|span)\b[^>]*>", "", plain))
    if "%20" in plain or "+" in plain:
        yield unquote_plus(plain)
    told = _TOLD.findall(plain)
    if told:
        yield " ".join(told)
    if "\\u" in plain or "\\n" in plain:
        yield re.sub(r"\\u([0-9a-f]{4})|\\n", lambda m: chr(int(m[1], 16)) if m[1] else " ", plain)
    if b"\0" in content:
        for start in (0, 1):
            for encoding in ("utf-16-le", "utf-16-be"):
                yield content[start:].decode(encoding, "replace")
