"""Whether the two sides of a call seem to hold the same people.

A net under the checks of the sound: what they let through (a copy whose delay wanders, sides mixed
in unlike parts) shows in what is said. The same run of words at nearly the same time on both sides
is one sentence heard twice, and two sides that speak at once most of the time are no conversation.
Nothing is taken out: the reader is told, and the call is trusted less.
"""

from __future__ import annotations

from collections.abc import Sequence

from callcoach.dialogue.clause_ends import plain_word
from callcoach.model.recording import CallWarning
from callcoach.model.speech import Activity, Word
from callcoach.model.timeline import intersections, merged, total_s

NEAR_S = 0.6
"""Words of one sentence heard twice lie this close: the latest echo, as in ``audio.leak``."""

RUN_WORDS = 3
"""Shorter runs are said by both in any talk: "okay", "thank you"."""

PAUSE_S = 1.5
"""From the start of one word to that of the next: a longer pause ends a run."""

LEAST_WORDS = 15
"""Fewer words said twice are a read-back or chance."""

ALIKE_SHARE = 0.25
"""Share of the words of the side that says less. In 145 telephone conversations of two people
(Switchboard) it is 0.007 at most, 4 words."""

TOGETHER_SHARE = 0.5
"""Share of the time with speech in which both speak; in the same conversations 0.19 at most."""

LEAST_S = 20.0
"""Less speech tells nothing about most of a call."""


def alike_warnings(
    words: Sequence[Word], activities: Sequence[Activity]
) -> tuple[CallWarning, ...]:
    """Warn where the two sides of a call are suspiciously alike.

    Parameters
    ----------
    words
        What both sides say, in any order.
    activities
        When each side speaks; calls with another number of sides are never warned about.
    """
    if len(activities) != 2:
        return ()
    one, two = (
        sorted((w for w in words if w.speaker == a.speaker), key=lambda w: w.start_s)
        for a in activities
    )
    fewer = min(len(one), len(two))
    twice = said_twice(one, two)
    if twice >= max(LEAST_WORDS, ALIKE_SHARE * fewer):
        return (
            CallWarning(
                "sides_alike",
                f"{twice} words are heard on both channels at nearly the same time: the channels "
                "seem to share their sound. Who said what may be wrong. Check how the recorder "
                "connects its channels.",
            ),
        )
    first, second = (merged(a.regions) for a in activities)
    together_s = total_s(intersections(first, second))
    spoken_s = total_s(first) + total_s(second) - together_s
    if spoken_s >= LEAST_S and together_s > TOGETHER_SHARE * spoken_s:
        return (
            CallWarning(
                "sides_alike",
                f"Both channels have speech at once for {together_s / spoken_s:.0%} of the time "
                "with speech, which is no usual conversation. Who said what may be wrong. Check "
                "how the recorder connects its channels.",
            ),
        )
    return ()


def said_twice(one: Sequence[Word], two: Sequence[Word]) -> int:
    """How many words of one side the other says too, in runs, at nearly the same time.

    Both sequences are in order of time; runs are equal words in a row on both sides.
    """
    first, second = ([(plain_word(w.text), w.start_s) for w in words] for words in (one, two))
    runs: dict[int, int] = {}
    counted: set[int] = set()
    low = 0
    for at, (text, start_s) in enumerate(first):
        while low < len(second) and second[low][1] < start_s - NEAR_S:
            low += 1
        if at and start_s - first[at - 1][1] > PAUSE_S:
            runs = {}
        now: dict[int, int] = {}
        index = low
        while index < len(second) and second[index][1] <= start_s + NEAR_S:
            if second[index][0] == text:
                now[index] = runs.get(index - 1, 0) + 1
                if now[index] >= RUN_WORDS:
                    counted.update(range(at - now[index] + 1, at + 1))
            index += 1
        runs = now
    return len(counted)
