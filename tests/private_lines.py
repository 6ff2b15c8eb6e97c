"""Lines with marks of what is private, and how much of it is found.

``{card:4242 4242}`` marks private words; ``|`` begins a new turn, of the agent (``A:``) or the
customer (``C:``).
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from callcoach.config.privacy import RedactionConfig
from callcoach.model.private import PrivateKind
from callcoach.privacy.conversation import ConversationLine
from callcoach.privacy.detectors import find_private
from callcoach.privacy.secrets import stretches

FOLDER = Path(__file__).parent / "privacy"
BATCHES = ("dev", "test", "fresh", "unseen", "last", "check", "seventh", "ninth")
UNMENDED = {"eighth": 0.86, "tenth": 0.95}
"""Lines that were measured and then left, hard ones and ordinary ones: the least share found."""
KINDS = {
    "card": PrivateKind.CARD_NUMBER,
    "account": PrivateKind.ACCOUNT_NUMBER,
    "phone": PrivateKind.PHONE_NUMBER,
    "email": PrivateKind.EMAIL,
    "address": PrivateKind.ADDRESS,
    "birth": PrivateKind.DATE_OF_BIRTH,
    "id": PrivateKind.GOVERNMENT_ID,
    "name": PrivateKind.NAME,
}
_MARK = re.compile(r"\{(\w+):([^{}]*)\}(\S*)")
Place = tuple[int, int]


@dataclass
class Tally:
    """Counts of marked stretches and of found ones."""

    marked: Counter[PrivateKind] = field(default_factory=Counter)
    hidden: Counter[PrivateKind] = field(default_factory=Counter)
    found: int = 0
    wrong: int = 0

    def recall(self, kind: PrivateKind) -> float:
        """Share of the marked stretches of a kind of which no word is left visible."""
        return self.hidden[kind] / self.marked[kind]

    @property
    def precision(self) -> float:
        """Share of the found stretches that hold private words alone."""
        return 1 - self.wrong / self.found


def batch(name: str) -> list[str]:
    """The lines of a file, with their marks."""
    lines: list[str] = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))["lines"]
    return lines


def parsed(text: str) -> tuple[tuple[ConversationLine, ...], dict[Place, PrivateKind]]:
    """The turns of a marked text, and which of their words are private."""
    lines: list[ConversationLine] = []
    marks: dict[Place, PrivateKind] = {}
    for turn, part in enumerate(text.split("|")):
        who, said = part.strip().split(":", 1)
        words: list[str] = []
        at = 0
        for mark in _MARK.finditer(said):
            words += said[at : mark.start()].split()
            inner = (mark[2] + mark[3]).split()
            marks |= {(turn, len(words) + step): KINDS[mark[1]] for step in range(len(inner))}
            words += inner
            at = mark.end()
        words += said[at:].split()
        lines.append(ConversationLine(who, {"A": True, "C": False}.get(who), " ".join(words)))
    return tuple(lines), marks


def visible(lines: Sequence[ConversationLine]) -> list[Place]:
    """The words that are left, by turn and place."""
    hidden = {p for private in find_private(lines, RedactionConfig()) for p in private.places}
    return [
        (turn, place)
        for turn, line in enumerate(lines)
        for place in range(len(line.text.split()))
        if (turn, place) not in hidden
    ]


def tally(texts: Sequence[str]) -> Tally:
    """How much of what is marked is found, and how much that is not."""
    result = Tally()
    for text in texts:
        lines, marks = parsed(text)
        found = find_private(lines, RedactionConfig())
        hidden = {place for private in found for place in private.places}
        for kind in set(marks.values()):
            for stretch in stretches(place for place, k in marks.items() if k is kind):
                result.marked[kind] += 1
                result.hidden[kind] += all(place in hidden for place in stretch)
        for private in found:
            for stretch in stretches(private.places):
                result.found += 1
                result.wrong += any(place not in marks for place in stretch)
    return result


if __name__ == "__main__":  # the table of docs/redaction.md
    for name in (*BATCHES, *UNMENDED):
        counts = tally(batch(name))
        print(name)
        for kind in PrivateKind:
            print(f"  {kind.value}: {counts.hidden[kind]} of {counts.marked[kind]}")
        print(f"  right: {counts.found - counts.wrong} of {counts.found} ({counts.precision:.3f})")
