"""Recordings inside one file, by their places: files are joined, cut and wrongly measured.

A recorder that is started again appends to its file, a script joins two files with ``cat``, a
transfer stops half way. What the header promises is then wrong, the bytes are not.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

BLOCK_BYTES = 1 << 20
PATTERN_BYTES = 16
MOST_PIECES = 1000
"""A file with more recordings than this is not taken apart: it is made to keep us busy."""


@dataclass(frozen=True)
class FilePiece:
    """One recording in a file: the bytes ``start`` to ``end``, behind a ``prefix`` of our own.

    The prefix is a header in place of a wrong one, else empty. ``length_s`` is the length that its
    container promises where it is known to hold less, else ``None``.
    """

    start: int
    end: int
    prefix: bytes = b""
    length_s: float | None = None


@dataclass(frozen=True)
class PieceSurvey:
    """What a file holds, by its structure.

    ``format`` is FFmpeg's name for it. ``breaks_off`` says that the last piece ends inside
    something, ``gaps`` how often bytes that are none of the format's stand between its parts,
    ``wrong_length`` that a header told another length than there is. ``tells_length`` is false
    where what decoders take for the length grows with the file. ``tracks`` are the sound tracks.
    """

    format: str
    pieces: tuple[FilePiece, ...]
    breaks_off: bool = False
    gaps: int = 0
    wrong_length: bool = False
    tells_length: bool = True
    tracks: int = 1


class FileSlice(io.RawIOBase):
    """A piece of a file as a file of its own, for decoders."""

    def __init__(self, path: Path, piece: FilePiece) -> None:
        self._file: BinaryIO = path.open("rb")
        self._prefix = piece.prefix
        self._start = piece.start
        self._size = len(piece.prefix) + piece.end - piece.start
        self._at = 0

    def readable(self) -> bool:
        """Whether it can be read."""
        return True

    def seekable(self) -> bool:
        """Whether one can go to a place in it."""
        return True

    def tell(self) -> int:
        """The place."""
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place, never before the start."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: Any, /) -> int:
        """Fill a buffer as far as the piece goes."""
        view = memoryview(buffer).cast("B")
        wanted = min(len(view), self._size - self._at)
        if wanted <= 0:
            return 0
        if self._at < len(self._prefix):
            part = self._prefix[self._at : self._at + wanted]
        else:
            self._file.seek(self._start + self._at - len(self._prefix))
            part = self._file.read(wanted)
        view[: len(part)] = part
        self._at += len(part)
        return len(part)

    def close(self) -> None:
        """Close the file beneath."""
        self._file.close()
        super().close()


def opened(path: Path, piece: FilePiece) -> BinaryIO:
    """A piece as a buffered file, its prefix first."""
    return io.BufferedReader(FileSlice(path, piece), BLOCK_BYTES)


def bytes_at(file: BinaryIO, at: int, count: int) -> bytes:
    """Bytes at a place; fewer at the end of the file."""
    file.seek(at)
    return file.read(count)


def found_at(file: BinaryIO, pattern: re.Pattern[bytes], start: int, end: int) -> Iterator[int]:
    """Where a pattern of at most ``PATTERN_BYTES`` stands in the bytes ``start`` to ``end``."""
    tail, at = b"", start
    while at < end:
        block = bytes_at(file, at, min(BLOCK_BYTES, end - at))
        if not block:
            return
        joined = tail + block
        for match in pattern.finditer(joined):
            if match.end() > len(tail):  # else it was found before
                yield at - len(tail) + match.start()
        at += len(block)
        tail = joined[-PATTERN_BYTES:]
