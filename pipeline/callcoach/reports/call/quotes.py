"""What was said, with the time and the place in the transcript where it stands."""

from __future__ import annotations

from dataclasses import dataclass

from callcoach.model.analysis import CallAnalysis
from callcoach.reports.call.transcript import TranscriptLine
from callcoach.text import formatting

# Seconds that are played before a moment: the ear needs a word or two to find into it.
LEAD_IN_S = 1.0


@dataclass(frozen=True)
class Quote:
    """Words of a turn. ``turn`` is the anchor of its line in the transcript.

    ``time`` is empty and ``turn`` is ``None`` where the transcript does not have the turn.
    ``play`` is what a player plays to hear it, empty where that is not known (:func:`play_of`).
    """

    text: str
    time: str
    turn: str | None
    play: str = ""


def play_of(start_s: float, end_s: float) -> str:
    """What a player plays to hear a moment: ``start end`` in seconds, from a second before it."""
    return f"{max(0.0, start_s - LEAD_IN_S):.2f} {end_s:.2f}"


class QuotePlaces:
    """Where the turns of a call stand. ``lines`` are the transcript's."""

    def __init__(self, analysis: CallAnalysis, lines: tuple[TranscriptLine, ...]) -> None:
        self._turns = analysis.turns
        self._order = {turn.id: place for place, turn in enumerate(analysis.turns)}
        self._anchors = {turn: line.anchor for line in lines for turn in line.turns}

    def quote(self, text: str | None, turn: str, start_s: float | None = None) -> Quote:
        """Words of a turn; ``start_s`` is when they begin, else it is when the turn does."""
        at_s = self.start_s(turn) if start_s is None else start_s
        place = self._order.get(turn)
        end_s = at_s if place is None else self._turns[place].end_s
        return Quote(
            text=formatting.clean(text or ""),
            time="" if at_s is None else formatting.clock(at_s),
            turn=self._anchors.get(turn),
            play="" if at_s is None or end_s is None else play_of(at_s, max(at_s, end_s)),
        )

    def start_s(self, turn: str) -> float | None:
        """When a turn begins, ``None`` where the call has no such turn."""
        place = self._order.get(turn)
        return None if place is None else self._turns[place].start_s

    def turn_of(self, text: str, after: str, near: str) -> str:
        """The first turn after ``after`` in which the speaker of ``near`` says a text.

        It is ``near`` where there is none.
        """
        if after not in self._order or near not in self._order:
            return near
        words = " ".join(text.split())
        speaker = self._turns[self._order[near]].speaker
        for turn in self._turns[self._order[after] + 1 :]:
            if turn.speaker == speaker and words in " ".join(turn.text.split()):
                return turn.id
        return near
