"""Speech without words: where somebody speaks and no word was found, whatever lost it.

A recogniser drops "mm-hm", breaths and half-said words; that is no loss worth telling. A sentence
without words is: the transcript shows a silence there, and whatever is said about the answer to a
concern would be made up.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from callcoach.call import Word
from callcoach.timeline import Span

MIN_STRETCH_S = 0.5
"""Shorter speech without words is a breath, a hesitation or "mm-hm"; the median length of listener
words in conversation is about 0.4 s."""

MIN_HOLE_S = 1.5
"""Longest time between two words of one stretch of speech that words explain. Whisper's word times
drift by 0.4 s on either side, and slow speech has a word every 0.6 s."""

DIGIT_S = 0.35
"""Whisper writes a spelled number as one word and places it by its end: each digit stands for at
least this much speech before it."""

MIN_WORD_S = 0.02
"""Length given to a word that has none."""


def wordless(regions: Sequence[Span], words: Sequence[Word]) -> tuple[Span, ...]:
    """The stretches of one party's speech without words.

    Parameters
    ----------
    regions
        Its speech, disjoint and in order of time.
    words
        Its words.

    Returns
    -------
    tuple of Span
        Whole regions of at least ``MIN_STRETCH_S`` that no word touches, and holes of at least
        ``MIN_HOLE_S`` in those that have words. In order of time.
    """
    spans = sorted((_spoken(word) for word in words), key=lambda s: s.start_s)
    return tuple(
        hole
        for region in regions
        for hole in _holes(region, [s for s in spans if s.overlaps(region)])
    )


def _holes(region: Span, words: Sequence[Span]) -> Iterator[Span]:
    if not words:
        if region.duration_s >= MIN_STRETCH_S:
            yield region.span
        return
    at_s = region.start_s
    for word in words:
        if word.start_s - at_s >= MIN_HOLE_S:
            yield Span(at_s, word.start_s)
        at_s = max(at_s, word.end_s)
    if region.end_s - at_s >= MIN_HOLE_S:
        yield Span(at_s, region.end_s)


def _spoken(word: Word) -> Span:
    """A word's place with the time that its digits need."""
    digits = sum(c.isdigit() for c in word.text)
    # Words moved to an edge may have no length.
    start_s = min(word.start_s, word.end_s - DIGIT_S * digits, word.end_s - MIN_WORD_S)
    return Span(max(0.0, start_s), max(word.end_s, word.start_s + MIN_WORD_S))
