"""Why a measure is ``None``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Unmeasured:
    """A measure that is ``None``, and why, in words a coach can read."""

    measure: str
    reason: str


PHRASE_BOOK = "phrase_book"
"""Stands among what is not measured where the words are not English: no rule about words holds."""
