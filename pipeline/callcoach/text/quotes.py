"""Quotes of a readable length: whole clauses, word for word."""

from __future__ import annotations

import re

from callcoach.model.language import Utterance
from callcoach.text.clauses import clauses, sentences


def readable(text: str, most_words: int) -> str:
    """The text, or as many of its first clauses as fit; a first clause that is longer stays.

    >>> readable("Yes. I want it fixed today. And then I want my money back.", most_words=6)
    'Yes. I want it fixed today.'
    """
    text = " ".join(text.split())
    if len(text.split()) <= most_words:
        return text
    first, *rest = clauses(text)
    for clause in rest:
        if len(f"{first} {clause}".split()) > most_words:
            break
        first += f" {clause}"
    return first


def units(text: str, most_words: int) -> tuple[str, ...]:
    """What can be quoted from a text: its sentences, of longer ones the clauses."""
    result: list[str] = []
    for sentence in sentences(" ".join(text.split())):
        if len(sentence.split()) <= most_words:
            result.append(sentence)
        else:
            result += clauses(sentence)
    return tuple(unit for unit in result if re.search(r"\w", unit))


def start_of(said: Utterance, quote: str) -> float | None:
    """When a quote of a turn begins, in seconds.

    The turn's start where the words have no times of their own, ``None`` without any times.
    """
    words, wanted = said.text.split(), quote.split()
    if wanted and len(said.starts) == len(words):
        for at in range(len(words) - len(wanted) + 1):
            if words[at : at + len(wanted)] == wanted:
                return said.starts[at]
    return said.span.start_s if said.span else None
