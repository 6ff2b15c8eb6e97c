"""A transcript made elsewhere: turns of text, with times where the source has them.

The hand-over from the readers of foreign formats to the stages that work on dialogue. A call that
callcoach transcribed itself has :class:`callcoach.model.speech.Turn` instead, whose times are
measured.
"""

from __future__ import annotations

from dataclasses import dataclass

from callcoach.model.timeline import Span

UNKNOWN_SPEAKER = "unknown"
"""Speaker of a turn for which the source names nobody."""


@dataclass(frozen=True)
class SaidWord(Span):
    """A word with the times that the source gives, in seconds."""

    text: str


@dataclass(frozen=True)
class SaidTurn:
    """A turn as the source gives it.

    ``span`` is ``None`` where the turn has no times, ``words`` is empty where its words have none.
    """

    speaker: str
    text: str
    span: Span | None = None
    words: tuple[SaidWord, ...] = ()


@dataclass(frozen=True)
class Dialogue:
    """A transcript: its name and its turns in the source's order."""

    id: str
    turns: tuple[SaidTurn, ...]

    @property
    def speakers(self) -> tuple[str, ...]:
        """The speakers who are named, in order of their first turn."""
        named = (t.speaker for t in self.turns if t.speaker != UNKNOWN_SPEAKER)
        return tuple(dict.fromkeys(named))
