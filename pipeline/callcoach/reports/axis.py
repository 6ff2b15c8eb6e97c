"""The time axis of every picture of a call: places, bars and ticks in percent of its width."""

from __future__ import annotations

from dataclasses import dataclass

from callcoach.model.timeline import Span
from callcoach.text import formatting

_STEPS_S = (5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800)

_LONGEST_STEP_S = 3600

_MOST_TICKS = 7  # on a phone a label has about 50 px

_EDGE = 0.96  # share of the width from which on a label reaches over the right end


@dataclass(frozen=True)
class AxisTick:
    """A place on an axis in percent, with its label; ``edge`` where it would reach over the end."""

    at: float
    label: str
    edge: bool = False


def settled(value: float) -> float:
    """A place in percent as it is written: two decimals, and no -0."""
    return round(value, 2) + 0.0


def percent(at_s: float, window: Span) -> float:
    """Where a time is in the time that a picture shows, 0 to 100."""
    return settled(min(100.0, max(0.0, 100 * (at_s - window.start_s) / window.duration_s)))


def bar(span: Span, window: Span, thinnest: float) -> tuple[float, float]:
    """Left edge and width of a span, within 0 to 100.

    Parameters
    ----------
    span
        What is drawn, as far as it lies in the window.
    window
        The time that the picture shows.
    thinnest
        Least width in percent: thinner bars vanish on a phone.
    """
    x = settled(min(percent(span.start_s, window), 100 - thinnest))
    width = max(thinnest, percent(span.end_s, window) - x)
    return x, settled(min(width, 100 - x))


def time_step(length_s: float) -> int:
    """Seconds between the ticks of an axis that a phone can show."""
    return next((s for s in _STEPS_S if length_s / s < _MOST_TICKS), _LONGEST_STEP_S)


def time_ticks(window: Span, step_s: int) -> tuple[AxisTick, ...]:
    """The ticks of the time axis, one each ``step_s`` seconds."""
    return tuple(
        AxisTick(
            percent(at_s, window),
            formatting.clock(at_s),
            (at_s - window.start_s) / window.duration_s > _EDGE,
        )
        for at_s in range(int(window.start_s), int(window.end_s) + 1, step_s)
    )
