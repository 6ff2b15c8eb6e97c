"""Quotes of a readable length: whole clauses, word for word."""

from __future__ import annotations

import re

from callcoach.dialogue.clauses import clauses


def readable(text: str, most_words: int) -> str:
    """The text, or as many of its first clauses as fit; a first clause that is longer stays."""
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
    for sentence in re.split(r"(?<=[.?!;…])\s+", " ".join(text.split())):
        if len(sentence.split()) <= most_words:
            result.append(sentence)
        else:
            result += clauses(sentence)
    return tuple(unit for unit in result if re.search(r"\w", unit))
