"""Parts of turns: the unit in which a voice is compared with itself.

A turn is what a listener takes in as one; windows cut from the start of a call mix the end of one
turn with the beginning of another. Long turns are cut at pauses, so that a voice that leaves its
usual in the middle of one is not averaged away.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from callcoach.model.speech import Turn
from callcoach.model.timeline import Span, intersections

LONG_S = 8.0
"""Shorter turns stay whole: half of one would be too short for a rate."""

PART_S = 8.0
"""Usual length of a part. Turns from 12 s on give parts of 6 to 10 s, shorter ones halves: about a
sentence or two, long enough for a rate (5 s) and short enough to show a change."""

_REACH = 0.3  # a pause is looked for this far from the even cut, in parts


def turn_parts(turn: Turn, speech: Sequence[Span]) -> tuple[Span, ...]:
    """The parts of a turn, in order; together they are the turn.

    Parameters
    ----------
    turn
        A turn.
    speech
        The same speaker's own speech, disjoint and in order of time. Cuts lie in the longest pause
        near where the turn would be cut evenly, and at the even cut where there is none.

    >>> turn = Turn(0.0, 18.0, "t1", "agent", "")
    >>> [part.end_s for part in turn_parts(turn, [Span(0.0, 8.0), Span(8.5, 18.0)])]
    [8.25, 18.0]
    """
    if turn.duration_s < LONG_S:
        return (turn.span,)
    count = max(2, round(turn.duration_s / PART_S))
    each_s = turn.duration_s / count
    pauses = [
        Span(left.end_s, right.start_s)
        for left, right in pairwise(intersections(speech, [turn.span]))
        if right.start_s > left.end_s
    ]
    edges = [turn.start_s]
    for index in range(1, count):
        even_s = turn.start_s + index * each_s
        near = [p for p in pauses if abs(p.middle_s - even_s) <= _REACH * each_s]
        longest = max(near, key=lambda p: (p.duration_s, -p.start_s), default=None)
        edges.append(even_s if longest is None else longest.middle_s)
    return tuple(Span(start_s, end_s) for start_s, end_s in pairwise([*edges, turn.end_s]))
