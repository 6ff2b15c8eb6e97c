"""Speech without words: where somebody speaks and no word was found, whatever lost it.

A recogniser drops "mm-hm", breaths and half-said words; that is no loss worth telling. A sentence
without words is: the transcript shows a silence there, and whatever is said about the answer to a
concern would be made up.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from callcoach.model.party import Party, Role
from callcoach.model.recording import CallWarning
from callcoach.model.speech import Activity, Word
from callcoach.model.timeline import Span, intersections

MIN_STRETCH_S = 0.5
"""Shorter speech without words is a breath, a hesitation or "mm-hm"; the median length of listener
words in conversation is about 0.4 s."""

RUN_PAUSE_S = 0.5
"""Short stretches that follow each other faster than this are one run: "no, no, no" said quickly
has pauses of 0.1 to 0.3 s, listener words are seconds apart."""

MIN_RUN_S = 1.0
"""Least speech in a run of short stretches that is more than a hesitation: twice
``MIN_STRETCH_S``."""

MIN_HOLE_S = 1.5
"""Longest time between two words of one stretch of speech that words explain. Whisper's word times
drift by 0.4 s on either side, and slow speech has a word every 0.6 s."""

SIGN_S = 0.35
"""Whisper writes a spelled number or name as one word and places it by its end: each digit or
letter stands for at least this much speech before it."""

_SIGNS = re.compile(r"[-.]+")

WORDS_MISSING = "words_missing"
"""Code of the warning."""

WARN_SHARE = 0.05
"""A party with more of its speech without words than this is warned of: about what a recogniser
loses of listener words in any call."""

WARN_S = 2.0
"""Less speech without words than this is no reason to warn, however little the party speaks."""

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
        Whole regions of at least ``MIN_STRETCH_S`` that no word touches, runs of shorter ones with
        at least ``MIN_RUN_S`` of speech, and holes of at least ``MIN_HOLE_S`` in regions that have
        words. In order of time.
    """
    spans = sorted((_spoken(word) for word in words), key=lambda s: s.start_s)
    found: list[Span] = []
    run: list[Span] = []
    for region in regions:
        within = [s for s in spans if s.overlaps(region)]
        is_short = not within and region.duration_s < MIN_STRETCH_S
        if run and (not is_short or region.start_s - run[-1].end_s > RUN_PAUSE_S):
            found.extend(_run(run))
            run = []
        if is_short:
            run.append(region)
        else:
            found.extend(_holes(region, within))
    return (*found, *_run(run))


def _run(regions: Sequence[Span]) -> Iterator[Span]:
    """Short regions without words that follow each other closely, where they are speech enough."""
    if sum(region.duration_s for region in regions) >= MIN_RUN_S:
        yield Span(regions[0].start_s, regions[-1].end_s)


def _holes(region: Span, words: Sequence[Span]) -> Iterator[Span]:
    if not words:
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
    """A word's place with the time that its digits or letters need."""
    signs = _SIGNS.split(word.text.strip(".,?! "))
    spelled = len(signs) if len(signs) > 1 and max(map(len, signs)) == 1 else 0
    said = max(spelled, sum(c.isdigit() for c in word.text))
    # Words moved to an edge may have no length.
    start_s = min(word.start_s, word.end_s - SIGN_S * said, word.end_s - MIN_WORD_S)
    return Span(max(0.0, start_s), max(word.end_s, word.start_s + MIN_WORD_S))


@dataclass(frozen=True)
class Missing:
    """The speech of one party that has no words, in order of time."""

    speaker: str
    stretches: tuple[Span, ...]

    @property
    def seconds(self) -> float:
        """Its length together."""
        return sum((stretch.duration_s for stretch in self.stretches), 0.0)


def missing_words(activities: Sequence[Activity], words: Sequence[Word]) -> tuple[Missing, ...]:
    """The speech without words of each party, in the order of the activities; pauses in a run of
    short stretches are none of it.
    """
    return tuple(
        Missing(
            a.speaker,
            intersections(
                wordless(a.regions, [w for w in words if w.speaker == a.speaker]), a.regions
            ),
        )
        for a in activities
    )


def with_wordless(parties: Sequence[Party], missing: Sequence[Missing]) -> tuple[Party, ...]:
    """The parties with how much of their speech has no words."""
    seconds = {item.speaker: item.seconds for item in missing}
    return tuple(dataclasses.replace(party, wordless_s=seconds[party.id]) for party in parties)


def missing_warnings(
    parties: Sequence[Party], missing: Sequence[Missing]
) -> tuple[CallWarning, ...]:
    """One warning for each party of whose speech more than a small part has no words."""
    stretches = {item.speaker: item.stretches for item in missing}
    warnings = []
    for party in parties:
        lost_s = party.wordless_s or 0.0
        if lost_s < WARN_S or lost_s <= WARN_SHARE * party.speech_s:
            continue
        longest = max(stretches[party.id], key=lambda span: span.duration_s)
        minutes, seconds = divmod(int(longest.start_s), 60)
        text = (
            f"{lost_s:.0f} of {party.speech_s:.0f} s of what {in_words(party)} said has no "
            f"words; the longest stretch is at {minutes}:{seconds:02d} ({longest.duration_s:.0f} "
            "s). Nothing is said about what was meant there: listen to it."
        )
        warnings.append(CallWarning(WORDS_MISSING, text, party.channel))
    return tuple(warnings)


def in_words(party: Party) -> str:
    """What a party is called within a sentence."""
    if party.role is not Role.UNKNOWN:
        return f"the {party.role}"
    return "everybody" if party.id == "everyone" else party.id.replace("_", " ")
