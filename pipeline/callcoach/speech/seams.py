"""Words that lie across the seam of two clips and are heard in both ("Oakes. Oakes").

Speech that is longer than a clip is cut where it is quietest, which may be within a word; where
voices change without a pause, each voice's clip holds a little of the other's; a second try hears
what lies around it. Two copies that stand closer together than anybody can say them are one word.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise

from callcoach.model.speech import DroppedWord, Word

TWICE = "heard a second time in the next clip"

APART_S = 0.1
"""Copies of one word touch at the seam: what lies further apart was said twice."""

LETTER_S = 0.06
"""Least time of a letter of a word that is said twice in a row: usual speech has 12 to 15 letters
in a second, and nobody hurries over what they repeat."""

WORD_S = 0.15
"""Least time of a word that is said twice in a row, as "no, no"."""

Heard = tuple[int, Word]
"""A word with the number of the clip that it was heard in."""


def without_doubles(heard: Sequence[Heard], shared: bool) -> tuple[list[Word], list[DroppedWord]]:
    """The words in order of time, with one of each that was heard in two clips.

    Parameters
    ----------
    heard
        The words of all parties, in any order; those of one clip in the order they were said in.
    shared
        Whether all parties are on one channel: then a word may be heard as two people's.

    Returns
    -------
    tuple
        The words to keep, and the less probable copies. A word that one party is heard to say in
        two clips lasts over both.
    """
    # Stable: words of one speaker that start together stay in order.
    ordered = sorted(heard, key=lambda item: item[1].start_s)
    words: list[Word | None] = [word for _, word in ordered]
    dropped: list[DroppedWord] = []
    for first, second in _beside(ordered, shared):
        one, other = words[first], words[second]
        if one is None or other is None or ordered[first][0] == ordered[second][0]:
            continue
        if not _is_double(one, other):
            continue
        kept, lost = (first, second) if one.probability >= other.probability else (second, first)
        copy, word = words[lost], words[kept]
        assert copy is not None and word is not None
        if copy.speaker == word.speaker:
            both = one.span.union(other.span)
            words[kept] = dataclasses.replace(word, start_s=both.start_s, end_s=both.end_s)
        words[lost] = None
        dropped.append(DroppedWord(copy.start_s, copy.end_s, copy.speaker, copy.text, TWICE))
    return sorted((w for w in words if w is not None), key=lambda w: w.start_s), dropped


def really_lost(dropped: Sequence[DroppedWord], words: Sequence[Word]) -> list[DroppedWord]:
    """The dropped words in order of time, without those that another try found in their place."""
    kept: dict[tuple[str, str], list[Word]] = {}
    for word in words:
        kept.setdefault((word.speaker, word.text), []).append(word)
    lost = [
        item
        for item in dropped
        if not any(word.overlaps(item) for word in kept.get((item.speaker, item.text), ()))
    ]
    return sorted(lost, key=lambda w: w.start_s)


def _beside(ordered: Sequence[Heard], shared: bool) -> Iterator[tuple[int, int]]:
    """Places of words that follow each other on a channel."""
    places = range(len(ordered))
    if shared:
        yield from pairwise(places)
        return
    by_speaker = sorted(places, key=lambda i: ordered[i][1].speaker)  # stable
    for _, own in groupby(by_speaker, key=lambda i: ordered[i][1].speaker):
        yield from pairwise(own)


def _is_double(one: Word, other: Word) -> bool:
    text = _bare(one.text)
    if not text or text != _bare(other.text) or other.start_s - one.end_s > APART_S:
        return False
    together_s = max(one.end_s, other.end_s) - one.start_s
    return together_s < 2 * max(WORD_S, LETTER_S * len(text))


def _bare(text: str) -> str:
    """A word without case and punctuation; empty for a number, whose length tells nothing."""
    return "" if any(c.isdigit() for c in text) else "".join(c for c in text.lower() if c.isalpha())
