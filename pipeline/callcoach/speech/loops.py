"""Repetition loops: words that Whisper says again and again although nobody does.

People repeat themselves too ("no, no, no", "I want my money back" seven times), so the text alone
says nothing. The time does: what is said takes time, each time. In a loop the alignment finds no
sound for most of the copies and piles them up on one another. A few copies piled up in an
otherwise speakable run are slips of the count: Whisper wrote eight where there were seven.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from callcoach.speech.heard import RecognizedWord

LONGEST_PERIOD = 20
"""Words of the longest phrase that is looked for; Whisper's loops seen were of 1 to 12."""

LEAST_COPIES = 3
"""A phrase said twice in a row is ordinary speech."""

PILED_SHARE = 0.25
"""With more than this share of its copies piled up, a run is a loop. On made calls real
repetitions had at most one copy in eight piled up, loops at least six in ten."""


@dataclass(frozen=True)
class Repetition:
    """A phrase of ``period`` words that comes ``copies`` times in a row, from word ``first`` on."""

    first: int
    period: int
    copies: int

    def copy(self, number: int) -> range:
        """Places of the words of one copy."""
        start = self.first + number * self.period
        return range(start, start + self.period)


@dataclass(frozen=True)
class Repeats:
    """What the repetitions of a clip come to.

    ``invented`` holds the places of the words that nobody said; ``loop`` tells whether a run was
    a loop, so that words of the speech under it may be missing.
    """

    invented: frozenset[int]
    loop: bool


def find_repeats(words: Sequence[RecognizedWord], max_words_per_s: float) -> Repeats:
    """Tell the invented repetitions from the real ones.

    Parameters
    ----------
    words
        The words of one clip in order, whole.
    max_words_per_s
        Faster than this nobody speaks.
    """
    invented: set[int] = set()
    loop = False
    for run in _runs([_bare(word.text) for word in words]):
        piled = [
            n for n in range(run.copies) if _takes_s(words, run, n) * max_words_per_s < run.period
        ]
        if len(piled) > max(1, PILED_SHARE * run.copies):
            loop = True
            piled = list(range(1, run.copies))
        for number in piled:
            invented.update(run.copy(number))
    return Repeats(frozenset(invented), loop)


def _takes_s(words: Sequence[RecognizedWord], run: Repetition, number: int) -> float:
    """Seconds until the next copy begins; for the last one, until it ends."""
    places = run.copy(number)
    end_s = words[places[-1]].end_s
    if number + 1 < run.copies:
        end_s = max(end_s, words[places[-1] + 1].start_s)
    return end_s - words[places[0]].start_s


def _runs(texts: Sequence[str]) -> Iterator[Repetition]:
    """The runs of a text from left to right, none within another; of the shortest period."""
    at = 0
    while at < len(texts):
        for period in range(1, min(LONGEST_PERIOD, (len(texts) - at) // LEAST_COPIES) + 1):
            same = 0
            while at + period + same < len(texts) and texts[at + same] == texts[at + period + same]:
                same += 1
            copies = 1 + same // period
            if copies >= LEAST_COPIES:
                yield Repetition(at, period, copies)
                at += period * copies - 1
                break
        at += 1


def _bare(text: str) -> str:
    """A word without case and punctuation."""
    return "".join(c for c in text.lower() if c.isalnum()) or text
