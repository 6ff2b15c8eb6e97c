"""Phrases of the settings, looked for in what was said."""

from __future__ import annotations

import re
from collections.abc import Iterable

_WORD = re.compile(r"\w+(?:'\w+)*")


def plain(text: str) -> str:
    """Words in small letters with one space between; apostrophes inside words stay, in one form."""
    return " ".join(_WORD.findall(text.lower().replace("’", "'")))


def heard(text: str, phrases: Iterable[str]) -> tuple[str, ...]:
    """The phrases that a text holds as whole words, each once, in the order given."""
    padded = f" {plain(text)} "
    return tuple(phrase for phrase in phrases if f" {plain(phrase)} " in padded)
