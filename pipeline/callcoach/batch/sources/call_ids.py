"""Ids of calls, made of file names: valid, short, and each its own."""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

CALL_ID = re.compile(r"\w[\w.@+=-]{0,127}")

MOST_BYTES = 200
"""Of a call id: with an ending it must still be a file name (255 bytes)."""


@dataclass(frozen=True)
class IdNaming:
    """What a call's id can be made of: a ``wish``, and its file, relative to the source."""

    wish: str
    file: Path


def safe_id(text: str) -> str:
    """A name that is a valid call id and file name.

    >>> safe_id("03/04 Müller, call #7")
    '03_04_Müller_call_7'
    """
    cleaned = re.sub(r"[^\w.@+=-]+", "_", text).lstrip(".@+=-")
    short = cleaned[:100].encode()[: MOST_BYTES - 9].decode(errors="ignore")
    return short or "call"


def folder_ids(namings: Sequence[IdNaming]) -> list[str]:
    """An id for each call: as wished, by its file's whole name where wishes repeat, else hashed."""
    wishes = [safe_id(one.wish) for one in namings]
    names = [safe_id("__".join(one.file.parts)) for one in namings]
    many = Counter(wish.casefold() for wish in wishes)
    first = [w if many[w.casefold()] == 1 else n for w, n in zip(wishes, names, strict=True)]
    taken = Counter(name.casefold() for name in first)
    return [
        name if taken[name.casefold()] == 1 else hashed_id(name, one.file)
        for name, one in zip(first, namings, strict=True)
    ]


def hashed_id(name: str, file: Path) -> str:
    """An id with a hash of the file's path behind it."""
    return f"{name}-{hashlib.sha256(os.fsencode(file)).hexdigest()[:8]}"
