"""Searching an output folder for what is left of a call: in names of files and in their bytes.

Words are looked for as UTF-8 and UTF-16, percent-encoded, as JSON and HTML escape them, and as the
SHA-256 under which something may have been filed. Parquet tables and zip files (workbooks) are read
too, as their bytes are compressed, and the cells of SQLite files, whose texts stand without a gap.
"""

from __future__ import annotations

import contextlib
import hashlib
import html
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from callcoach.errors import StoreError
from callcoach.storage.sqlite import cells_of

_HASH_DIGITS = 16  # of a SHA-256 in a name; fewer meet by chance

_WORD = rb"[0-9A-Za-z_\x80-\xff]"

_WIDE_WORD = {"utf-16-le": rb"(?!%s\x00)" % _WORD, "utf-16-be": rb"(?!\x00%s)" % _WORD}

_SQLITE = (".sqlite", ".sqlite-wal", ".sqlite-journal")

_LONG = 6  # letters from which a word is found inside of others: shorter ones meet by chance

_ZIPPED = (".xlsx", ".npz", ".zip")

# No zip file, a broken one, a packing that is not known, one with a password.
_BAD_ZIP = (OSError, EOFError, zipfile.BadZipFile, RuntimeError, zlib.error)


@dataclass(frozen=True)
class Trace:
    """A file that still holds one of the words; ``word`` is that word, ``times`` how often.

    ``path`` is relative to the folder that was searched.
    """

    path: Path
    word: str
    times: int


class Seeker:
    """Finds words where they stand alone.

    ``c1`` is not found in ``c12``, nor in another call's id such as ``c1.wav``.

    Parameters
    ----------
    words
        What is looked for: call ids, names of recordings.
    others
        Longer words that are no hit although they hold one: the ids of calls that are kept.
    """

    def __init__(self, words: Iterable[str], others: Iterable[str] = ()) -> None:
        self._names: dict[bytes, str | None] = {}
        sought = {word for word in words if word}
        longer = [o for o in set(others) - sought if any(word in o for word in sought)]
        # Longer ones first, so that a hit inside of them is theirs.
        for word in sorted({*sought, *longer}, key=lambda w: (-len(w), w)):
            for spelling in _spellings(word):
                self._names.setdefault(spelling, word if word in sought else None)
        spelled = sorted(self._names, key=len, reverse=True)
        narrow = b"|".join(re.escape(spelling) for spelling in spelled)
        self._narrow = re.compile(rb"(?<!%s)(?:%s)(?!%s)" % (_WORD, narrow, _WORD))
        packed = b"|".join(re.escape(spelling) for spelling in spelled if len(spelling) >= _LONG)
        self._packed = re.compile(packed or rb"(?!)")
        self._wide = {
            encoding: re.compile(
                b"(?:%s)%s"
                % (b"|".join(re.escape(w.encode(encoding)) for w in sorted(sought)), after)
            )
            for encoding, after in _WIDE_WORD.items()
        }
        self._sought = sought

    def count(self, data: bytes, *, packed: bool = False) -> dict[str, int]:
        """How often each word stands in some bytes; words that do not are left out.

        With ``packed`` a word counts inside of others too, as texts may stand without a gap.
        """
        found: dict[str, int] = {}
        if not self._sought:
            return found
        for match in (self._packed if packed else self._narrow).finditer(data):
            word = self._names[match[0]]
            if word is not None:
                found[word] = found.get(word, 0) + 1
        for encoding, pattern in self._wide.items():
            for match in pattern.finditer(data):
                word = match[0].decode(encoding)
                found[word] = found.get(word, 0) + 1
        return found

    def traces(self, root: Path, skip: Iterable[Path] = ()) -> tuple[Trace, ...]:
        """What is left of the words under a folder, by path.

        Parameters
        ----------
        root
            The folder.
        skip
            Files and folders that are not searched, relative to it.
        """
        left_out = {root / path for path in skip}
        result = []
        for path in sorted(root.rglob("*")):
            if path in left_out or any(parent in left_out for parent in path.parents):
                continue
            found = self.count_in(path)
            relative = path.relative_to(root)
            result += [Trace(relative, word, times) for word, times in sorted(found.items())]
        return tuple(result)

    def count_in(self, path: Path) -> dict[str, int]:
        """How often each word stands in a file and its name, or in the name of a folder."""
        found = self.count(path.name.encode("utf-8", "surrogateescape"))
        if path.is_file() and not path.is_symlink():
            packed = path.suffix in _SQLITE
            for data in _contents(path):
                for word, times in self.count(data, packed=packed).items():
                    found[word] = found.get(word, 0) + times
            if packed:
                for word, times in self.count(b"\n".join(cells_of(path))).items():
                    found[word] = max(found.get(word, 0), times)
        return found


def _spellings(word: str) -> Iterator[bytes]:
    data = word.encode("utf-8", "surrogateescape")
    yield data
    yield quote(word, safe="", errors="replace").encode()
    yield json.dumps(word)[1:-1].encode()
    yield html.escape(word).encode("utf-8", "surrogateescape")
    digest = hashlib.sha256(data).hexdigest()
    yield digest.encode()
    yield digest[:_HASH_DIGITS].encode()


def _contents(path: Path) -> Iterator[bytes]:
    """A file's bytes, and what is compressed in it as plain bytes.

    Raises
    ------
    StoreError
        If it may not be read: what is in it cannot be told.
    """
    try:
        yield path.read_bytes()
    except FileNotFoundError:  # removed by another process in the meantime
        return
    except OSError as error:
        raise StoreError(
            f"cannot search {path}: {error.strerror}; make it readable, then give the command again"
        ) from error
    if path.suffix == ".parquet":
        yield from _cells(path)
    elif path.suffix in _ZIPPED:
        yield from _zipped(path)


def _zipped(path: Path) -> Iterator[bytes]:
    """The names of what is in a zip file, and as much of it as can be unpacked."""
    with contextlib.suppress(*_BAD_ZIP), zipfile.ZipFile(path) as archive:
        yield "\n".join(archive.namelist()).encode("utf-8", "surrogateescape")
        for name in archive.namelist():
            with contextlib.suppress(*_BAD_ZIP):
                yield archive.read(name)


def _cells(path: Path) -> Iterator[bytes]:
    """The texts of a table, one a line."""
    import pandas as pd
    import pyarrow as pa

    try:
        table = pd.read_parquet(path)
    except (OSError, ValueError, pa.ArrowException):  # no table: its bytes were looked at
        return
    for name in table.columns:
        if table[name].dtype.kind in "OSU" or pd.api.types.is_string_dtype(table[name]):
            text = io.StringIO()
            text.writelines(f"{value}\n" for value in table[name].dropna().unique())
            yield text.getvalue().encode("utf-8", "surrogateescape")
