"""The spoken language of each party: what Whisper hears in a few clips, weighed for a call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from callcoach.call import FloatArray
from callcoach.timeline import Span

ENGLISH = "en"
"""Whisper's code for the one language that the phrase book is written in."""

AUTO = "auto"
"""The setting with which the language is heard."""


@dataclass(frozen=True)
class LanguageGuess:
    """How likely each language is in one clip.

    ``probabilities`` holds pairs of Whisper's code and a probability (0..1), the likeliest first;
    together they are 1.
    """

    probabilities: tuple[tuple[str, float], ...]

    @property
    def code(self) -> str:
        """The likeliest language."""
        return self.probabilities[0][0]

    @property
    def probability(self) -> float:
        """The probability of the likeliest language, 0..1."""
        return self.probabilities[0][1]


class Listener(Protocol):
    """The part of an engine that tells languages apart."""

    multilingual: bool

    def languages(self, clips: Sequence[FloatArray]) -> tuple[LanguageGuess, ...]:
        """The languages of clips, see :class:`callcoach.speech.transcribe.Engine`."""
        ...


@dataclass(frozen=True)
class Spoken(Span):
    """A stretch of the call in which a party speaks one language, by Whisper's code."""

    code: str


@dataclass(frozen=True)
class PartyLanguage:
    """The language of one party.

    ``probability`` (0..1) is that of ``code``, ``None`` where the language was given and not
    heard. ``stretches`` cover the whole call in order of time where the party changes its
    language, and are empty where it speaks one.
    """

    speaker: str
    code: str
    probability: float | None = None
    stretches: tuple[Spoken, ...] = ()

    def parts(self, regions: Sequence[Span]) -> Iterator[tuple[str, tuple[Span, ...]]]:
        """Regions of speech by language, in order of time; none is cut in two."""
        if not self.stretches:
            yield self.code, tuple(regions)
        for stretch in self.stretches:
            inside = (r for r in regions if stretch.start_s <= r.middle_s < stretch.end_s)
            yield stretch.code, tuple(inside)
