"""The transcript as a page shows it: one line a turn, unsure words marked."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from callcoach.model.analysis import CallAnalysis
from callcoach.model.interaction import OverlapKind
from callcoach.model.language import QuestionKind, ResponseKind
from callcoach.model.private import PrivateKind
from callcoach.model.speech import Turn, Word
from callcoach.model.timeline import Span
from callcoach.reports import labels
from callcoach.reports.call.language_words import CONCERN_WORDS, PARAPHRASE_WORDS, RESPONSE_WORDS
from callcoach.reports.facts import parties_of
from callcoach.text import formatting

# A word under this probability is marked as unsure: display only, no measure depends on it.
UNSURE_PROBABILITY = 0.5

QUESTION_TAGS = {
    QuestionKind.OPEN: "open question",
    QuestionKind.CLOSED: "closed question",
    QuestionKind.CLARIFYING: "asks to be sure",
    QuestionKind.REPEATED: "asked again",
}

_PRIVATE = re.compile(rf"(\[(?:{'|'.join(re.escape(kind.value) for kind in PrivateKind)})\])")

_CLOSING = re.compile(r"[.,;:!?]|['’]s\b")

# Longest speech without words that is called a short sound.
SHORT_SOUND_S = 1.5


@dataclass(frozen=True)
class TranscriptPiece:
    """A part of a turn's text; ``unsure`` is how sure the transcript is, where that is little.

    ``private`` is true for what stands in place of something private, such as ``[card number]``.
    """

    text: str
    unsure: str | None
    private: bool = False

    @property
    def closes(self) -> bool:
        """Whether it begins with a sign that stands right behind the word before it."""
        return _CLOSING.match(self.text) is not None


@dataclass(frozen=True)
class Tag:
    """A short label of what was heard in a line. ``family`` is its group, for its style."""

    family: str
    text: str


# Turns of one speaker with shorter silences between them are one line: people pause while they
# think, and a line per breath cannot be read. Display only.
LINE_JOIN_S = 3.0


@dataclass(frozen=True)
class TranscriptLine:
    """One speaker's part of the transcript; ``pieces`` is empty where it has no words.

    ``turns`` are the ids of the turns it holds, ``anchor`` is where a link to any of them leads.
    ``start_s`` and ``end_s`` are seconds in the call, ``tags`` say what was heard in it.
    """

    anchor: str
    turns: tuple[str, ...]
    time: str
    speaker: str
    tone: str
    pieces: tuple[TranscriptPiece, ...]
    no_words: str
    start_s: float
    end_s: float
    tags: tuple[Tag, ...]


def transcript_lines(analysis: CallAnalysis, names: dict[str, str]) -> tuple[TranscriptLine, ...]:
    """All turns in order, those of one speaker in a row as one line.

    ``names`` gives the parties' names on the page by their ids.
    """
    parties = parties_of(analysis)
    tones = {p.id: tone for p, tone in zip(parties, labels.tones(len(parties)), strict=True)}
    words: dict[str, list[Word]] = {}
    for word in analysis.words:
        words.setdefault(word.speaker, []).append(word)
    for spoken in words.values():
        spoken.sort(key=_middle_s)
    tags = _tags(analysis)
    result = []
    for i, turns in _lines(analysis.turns):
        speaker = turns[0].speaker
        spoken_s = sum(turn.duration_s for turn in turns)
        result.append(
            TranscriptLine(
                anchor=f"turn-{i}",
                turns=tuple(turn.id for turn in turns),
                time=formatting.clock(turns[0].start_s),
                speaker=names.get(speaker, speaker),
                tone=tones.get(speaker, "b"),
                pieces=_hidden(
                    _joined(p for turn in turns for p in _pieces(turn, words.get(speaker, [])))
                ),
                no_words=(
                    "(short sound, no words)"
                    if spoken_s <= SHORT_SOUND_S
                    else f"({formatting.seconds(spoken_s)} of speech, no words understood)"
                ),
                start_s=turns[0].start_s,
                end_s=max(turn.end_s for turn in turns),
                tags=tuple(dict.fromkeys(t for turn in turns for t in tags.get(turn.id, ()))),
            )
        )
    return tuple(result)


def anchor_of(
    speaker: str, span: Span, turns: tuple[Turn, ...], lines: tuple[TranscriptLine, ...]
) -> str | None:
    """The anchor of the first line in which a party speaks within a span."""
    spoken = {turn.id for turn in turns if turn.speaker == speaker and turn.overlaps(span)}
    return next((line.anchor for line in lines if spoken.intersection(line.turns)), None)


def _lines(turns: tuple[Turn, ...]) -> list[tuple[int, list[Turn]]]:
    """Turns of one speaker in a row, with the number of the first one."""
    lines: list[tuple[int, list[Turn]]] = []
    for i, turn in enumerate(turns, start=1):
        before = lines[-1][1][-1] if lines else None
        if (
            before is not None
            and before.speaker == turn.speaker
            and turn.start_s - before.end_s < LINE_JOIN_S
        ):
            lines[-1][1].append(turn)
        else:
            lines.append((i, [turn]))
    return lines


def _pieces(turn: Turn, spoken: list[Word]) -> tuple[TranscriptPiece, ...]:
    """The turn's text with unsure words apart; in one piece where the words do not add up to it."""
    text = formatting.clean(turn.text)
    first = bisect_left(spoken, turn.start_s, key=_middle_s)
    words = spoken[first : bisect_right(spoken, turn.end_s, key=_middle_s)]
    if formatting.clean("".join(f" {word.text}" for word in words)) != text:
        return (TranscriptPiece(text, None),) if text else ()
    result = []
    for word in words:
        unsure = word.probability < UNSURE_PROBABILITY
        sure = f"{formatting.percent(word.probability)} sure" if unsure else None
        result.append(TranscriptPiece(formatting.clean(word.text), sure))
    return _joined(result)


def _joined(pieces: Iterable[TranscriptPiece]) -> tuple[TranscriptPiece, ...]:
    """Sure pieces in a row become one."""
    result: list[TranscriptPiece] = []
    for piece in pieces:
        if result and result[-1].unsure is None and piece.unsure is None:
            piece = TranscriptPiece(f"{result.pop().text} {piece.text}", None)
        result.append(piece)
    return tuple(result)


def _hidden(pieces: tuple[TranscriptPiece, ...]) -> tuple[TranscriptPiece, ...]:
    """What stands in place of something private in pieces of its own."""
    return tuple(
        TranscriptPiece(
            text.strip(), None if _PRIVATE.fullmatch(text) else piece.unsure, bool(place % 2)
        )
        for piece in pieces
        for place, text in enumerate(_PRIVATE.split(piece.text))
        if text.strip()
    )


def _answered(analysis: CallAnalysis) -> list[tuple[str, ResponseKind]]:
    """What answers concerns, each kind with the turn in which it was said, once."""
    said = {act.turn: act.kinds for act in analysis.acts or ()}
    found: dict[tuple[str, ResponseKind], None] = {}
    for response in analysis.responses or ():
        by_turn = [
            (turn, kind)
            for turn in response.answers
            for kind in said.get(turn, ())
            if kind in response.kinds
        ]
        if not by_turn and response.turn is not None:  # nothing is kept of the turns themselves
            by_turn = [(response.turn, kind) for kind in response.kinds]
        found |= dict.fromkeys(by_turn)
    return list(found)


def _tags(analysis: CallAnalysis) -> dict[str, list[Tag]]:
    """What was heard in each turn, by the turn's id: concerns first, simultaneous speech last."""
    tags: dict[str, list[Tag]] = {}

    def add(turn: str | None, family: str, text: str) -> None:
        if turn is not None:
            tags.setdefault(turn, []).append(Tag(family, text))

    for concern in analysis.concerns or ():
        for kind in concern.kinds:
            add(concern.turn, "concern", f"concern: {CONCERN_WORDS[kind]}")
    for place, act in _answered(analysis):
        add(place, "answer", f"answer: {RESPONSE_WORDS[act]}")
    for item in analysis.paraphrases or ():
        add(item.turn, "back", PARAPHRASE_WORDS[item.kind])
    for question in analysis.questions or ():
        add(question.turn, "question", QUESTION_TAGS[question.kind])
    for event in analysis.overlaps or ():
        if event.kind in (OverlapKind.INTERRUPTION, OverlapKind.ATTEMPTED):
            turn = next(
                (
                    turn.id
                    for turn in analysis.turns
                    if turn.speaker == event.incomer and turn.overlaps(event)
                ),
                None,
            )
            took = event.kind is OverlapKind.INTERRUPTION
            add(turn, "floor", "came in and took over" if took else "tried to come in")
    return tags


def _middle_s(word: Word) -> float:
    return word.middle_s
