"""Intervals of time and their algebra, and when a call was.

Everything callcoach says about a call has a place on the call's time line. The unit is seconds
from the start of the recording, everywhere, as float. Intervals are half open, ``[start, end)``:
two spans that only touch do not overlap.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True)
class Span:
    """A stretch of time in a recording.

    Parameters
    ----------
    start_s, end_s
        Seconds from the start of the recording, ``0 <= start_s <= end_s``.

    Raises
    ------
    ValueError
        If the end lies before the start, or either is negative or not a number.
    """

    start_s: float
    end_s: float

    def __post_init__(self) -> None:
        if not 0.0 <= self.start_s <= self.end_s < float("inf"):
            raise ValueError(f"a span needs 0 <= start <= end, got {self.start_s} to {self.end_s}")

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.end_s - self.start_s

    @property
    def middle_s(self) -> float:
        """Centre of the span in seconds."""
        return (self.start_s + self.end_s) / 2

    @property
    def span(self) -> Span:
        """The bare interval, without whatever a subclass adds to it."""
        return Span(self.start_s, self.end_s)

    def overlaps(self, other: Span) -> bool:
        """Whether the two share more than an edge."""
        return self.start_s < other.end_s and other.start_s < self.end_s

    def contains(self, time_s: float) -> bool:
        """Whether a moment lies within the span (the end is outside)."""
        return self.start_s <= time_s < self.end_s

    def intersection(self, other: Span) -> Span | None:
        """The shared stretch, or ``None`` when the two share no time."""
        if not self.overlaps(other):
            return None
        return Span(max(self.start_s, other.start_s), min(self.end_s, other.end_s))

    def overlap_s(self, other: Span) -> float:
        """Seconds shared with ``other``, 0 when they are apart."""
        return max(0.0, min(self.end_s, other.end_s) - max(self.start_s, other.start_s))

    def gap_s(self, other: Span) -> float:
        """Seconds of silence between the two, 0 when they touch or overlap.

        >>> Span(0.0, 2.0).gap_s(Span(3.5, 4.0))
        1.5
        """
        return max(0.0, max(self.start_s, other.start_s) - min(self.end_s, other.end_s))

    def union(self, other: Span) -> Span:
        """The smallest span that holds both (it includes the gap between them)."""
        return Span(min(self.start_s, other.start_s), max(self.end_s, other.end_s))

    def shifted(self, by_s: float) -> Span:
        """The same span later (positive) or earlier (negative), in seconds."""
        return Span(self.start_s + by_s, self.end_s + by_s)


def merged(spans: Iterable[Span], join_gap_s: float = 0.0) -> tuple[Span, ...]:
    """Join spans that overlap, touch or lie at most ``join_gap_s`` seconds apart.

    Returns disjoint spans in order of time.

    >>> merged([Span(3.0, 4.0), Span(0.0, 1.0), Span(1.2, 2.0)], join_gap_s=0.3)
    (Span(start_s=0.0, end_s=2.0), Span(start_s=3.0, end_s=4.0))
    """
    result: list[Span] = []
    for item in sorted(spans, key=lambda s: (s.start_s, s.end_s)):
        if result and item.start_s - result[-1].end_s <= join_gap_s:
            result[-1] = result[-1].union(item)
        else:
            result.append(item.span)
    return tuple(result)


def intersections(left: Sequence[Span], right: Sequence[Span]) -> tuple[Span, ...]:
    """Stretches that are in both sequences.

    Each sequence must be disjoint and in order of time, as :func:`merged` returns them.

    >>> intersections([Span(0.0, 2.0), Span(5.0, 9.0)], [Span(1.0, 6.0)])
    (Span(start_s=1.0, end_s=2.0), Span(start_s=5.0, end_s=6.0))
    """
    result: list[Span] = []
    i = j = 0
    while i < len(left) and j < len(right):
        shared = left[i].intersection(right[j])
        if shared is not None:
            result.append(shared)
        if left[i].end_s <= right[j].end_s:
            i += 1
        else:
            j += 1
    return tuple(result)


def complement(spans: Iterable[Span], within: Span) -> tuple[Span, ...]:
    """The parts of ``within`` that no span covers.

    >>> complement([Span(1.0, 2.0)], within=Span(0.0, 5.0))
    (Span(start_s=0.0, end_s=1.0), Span(start_s=2.0, end_s=5.0))
    """
    result: list[Span] = []
    at_s = within.start_s
    for item in merged(spans):
        if item.end_s <= at_s:
            continue
        if item.start_s >= within.end_s:
            break
        if item.start_s > at_s:
            result.append(Span(at_s, item.start_s))
        at_s = item.end_s
    if at_s < within.end_s:
        result.append(Span(at_s, within.end_s))
    return tuple(result)


def total_s(spans: Iterable[Span]) -> float:
    """Seconds covered by the spans, counting shared time once.

    >>> total_s([Span(0.0, 2.0), Span(1.0, 3.0)])
    3.0
    """
    return sum(s.duration_s for s in merged(spans))


def moment_of(started_at: str | None) -> datetime | None:
    """When something was, from ISO 8601 text; ``None`` where it is not known.

    A time without a zone is in UTC, a date is its first moment.
    """
    try:
        moment = datetime.fromisoformat((started_at or "").strip())
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
