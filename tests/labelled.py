"""Turns labelled one by one: what the measures of words are held against.

The labels are in ``tests/labels``, their rules in ``docs/labelling.md``. What is measured while a
measure is being made reads the half ``dev``; ``test`` is for the figures that are reported.

Turns of the source ``written`` have their text beside them. Turns of ``shared`` are named by the
call's ``ConversationId`` and the place of the turn in it; their text is read from
``../shared/data/dialogue/synthetic_calls.json`` and they are left out where that is missing.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from callcoach.model.language import (
    ConcernKind,
    ParaphraseKind,
    QuestionKind,
    ResponseKind,
    Utterance,
)
from callcoach.model.party import Role

LABELS = Path(__file__).parent / "labels"
SHARED = Path(__file__).parents[2] / "shared" / "data" / "dialogue" / "synthetic_calls.json"
HASH_LENGTH = 12


class Half(StrEnum):
    """Which part of the labels: whole dialogues, none in two of them.

    ``CHECK`` was written after the first lines of the phrase book and without a look at them: it
    tells how well the lines carry over while they are worked on. ``FRESH`` was written the same
    way after ``CHECK`` had been looked at many times.
    """

    DEV = "dev"
    TEST = "test"
    CHECK = "check"
    FRESH = "fresh"


class Source(StrEnum):
    """Where the words come from."""

    WRITTEN = "written"
    SHARED = "shared"


@dataclass(frozen=True)
class LabelledTurn:
    """A turn, the whole dialogue it stands in, and what was heard in it.

    ``utterance`` is ``call[turn]``. Customer turns have only ``concerns``, agent turns never have.
    ``paraphrase`` is ``None`` where nothing is given back; a ``confirm_detail`` is not among
    ``responses``, the other kinds are there as ``paraphrase``.
    """

    half: Half
    source: Source
    dialogue: str
    turn: int
    call: tuple[Utterance, ...]
    concerns: tuple[ConcernKind, ...]
    responses: tuple[ResponseKind, ...]
    questions: tuple[QuestionKind, ...]
    paraphrase: ParaphraseKind | None

    @property
    def utterance(self) -> Utterance:
        return self.call[self.turn]

    @property
    def before(self) -> tuple[Utterance, ...]:
        return self.call[: self.turn]


def labelled(half: Half) -> tuple[LabelledTurn, ...]:
    """All labelled turns of a half, in the order of the file."""
    calls = dict(written_calls(half)) | (dict(shared_calls()) if SHARED.is_file() else {})
    return tuple(
        _turn(row, calls[row["dialogue"]]) for row in rows(half) if row["dialogue"] in calls
    )


def rows(half: Half) -> tuple[dict[str, Any], ...]:
    """The lines of labels of a half as they are written, also where the words are missing."""
    return tuple(_lines(LABELS / f"turns{_ending(half)}.jsonl"))


def written_calls(half: Half) -> Iterator[tuple[str, tuple[Utterance, ...]]]:
    """The dialogues written for the labels: id and turns."""
    for row in _lines(LABELS / f"dialogues{_ending(half)}.jsonl"):
        yield row["id"], _call(row["id"], [(t["speaker"], t["text"]) for t in row["turns"]])


def shared_calls() -> Iterator[tuple[str, tuple[Utterance, ...]]]:
    """The shared calls: ConversationId and turns."""
    for row in json.loads(SHARED.read_text(encoding="utf-8")):
        yield row["ConversationId"], _call(row["ConversationId"], split_turns(row["Content"]))


def split_turns(content: str) -> list[tuple[str, str]]:
    """Split a call's text into (speaker, words).

    A turn starts at each ``**Agent:**`` or ``**Customer:**`` and ends at the next one; what comes
    before the first is the title. Turns count from 0; the words have no space around them.
    """
    parts = re.split(r"\*\*(Agent|Customer):\*\*", content)
    return [
        (who.lower(), words.strip()) for who, words in zip(parts[1::2], parts[2::2], strict=True)
    ]


def text_hash(text: str) -> str:
    """The start of a text's SHA-256, to notice that a text is not the labelled one."""
    return hashlib.sha256(text.encode()).hexdigest()[:HASH_LENGTH]


def _turn(row: dict[str, Any], call: tuple[Utterance, ...]) -> LabelledTurn:
    said = call[row["turn"]]
    if said.role != row["speaker"] or row.get("sha256", text_hash(said.text)) != text_hash(
        said.text
    ):
        raise ValueError(f"{said.id}: the labels are for another text")
    return LabelledTurn(
        half=Half(row["half"]),
        source=Source(row["source"]),
        dialogue=row["dialogue"],
        turn=row["turn"],
        call=call,
        concerns=tuple(ConcernKind(kind) for kind in row["concern"]),
        responses=tuple(ResponseKind(kind) for kind in row["response"]),
        questions=tuple(QuestionKind(kind) for kind in row["question"]),
        paraphrase=None if row["paraphrase"] is None else ParaphraseKind(row["paraphrase"]),
    )


def _call(name: str, turns: list[tuple[str, str]]) -> tuple[Utterance, ...]:
    return tuple(
        Utterance(id=f"{name}-{place:02d}", role=Role(who), text=words)
        for place, (who, words) in enumerate(turns)
    )


def _ending(half: Half) -> str:
    return "" if half is Half.DEV else f"_{half}"


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        yield json.loads(line)
