"""How a measure goes over an agent's calls: its spread, and what changed between two periods.

A single call says little, so nothing here compares one number with one number. A running median
with its quartiles shows the usual and how far calls lie around it. Two periods are compared twice:
by Mann and Whitney's rank test (1947; ties corrected), which needs no bell curve and which no
outlier moves much, and by the difference of their means with Welch's interval (1947). Scores pile
up at 0 and 100, where a difference of medians stays 0 or jumps to 100 and the Hodges-Lehmann
interval mostly ends at 0; the mean says how much of it changed.

With twenty measures something always seems to change. The p values of all measures of an agent go
through Benjamini and Hochberg's procedure (1995): for an agent without any change the page names
one in at most ``false_changes`` of the cases. The intervals of the named changes are widened to
match (Benjamini and Yekutieli 2005), and a change is only named when its interval leaves 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

import numpy as np

from callcoach.config.reports import TrendsConfig
from callcoach.reports.spread import Spread, spread_of


class Direction(StrEnum):
    """How the newest period lies to the one before; the value is how pages say it."""

    HIGHER = "higher than before"
    LOWER = "lower than before"
    SAME = "no clear change"
    TOO_FEW = "too few calls"


@dataclass(frozen=True)
class TrendPoint:
    """A measure's value in one call. ``at`` is when, with its time zone."""

    call_id: str
    at: datetime
    value: float


@dataclass(frozen=True)
class Change:
    """The newest period beside the one before.

    ``shift`` is how much higher the newest calls are on average, in the measure's unit, ``low``
    to ``high`` its interval; ``None`` with too few calls. ``before`` and ``after`` are the
    periods' spreads, ``None`` where a period has no call.
    """

    direction: Direction
    before: Spread | None
    after: Spread | None
    shift: float | None = None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None


@dataclass(frozen=True)
class Trend:
    """One measure over an agent's calls, in order of time.

    ``running`` has the spread of the calls up to each point, ``None`` where they are too few.
    ``newest`` is the place of the newest period's first point.
    """

    name: str
    points: tuple[TrendPoint, ...]
    running: tuple[Spread | None, ...]
    change: Change
    newest: int


@dataclass(frozen=True)
class Series:
    """The measured values of one measure, in any order; calls without a value are left out."""

    name: str
    points: tuple[TrendPoint, ...]


def find_trends(series: Sequence[Series], config: TrendsConfig) -> tuple[Trend, ...]:
    """Trends of all measures of one agent: a change is judged beside all the others."""
    ordered = [tuple(sorted(one.points, key=lambda p: (p.at, p.call_id))) for one in series]
    periods = [_periods(points, config) for points in ordered]
    changes = compare_periods(periods, config)
    return tuple(
        Trend(
            one.name,
            points,
            running_spread([p.value for p in points], config),
            change,
            len(points) - len(newest),
        )
        for one, points, change, (_, newest) in zip(series, ordered, changes, periods, strict=True)
    )


def running_spread(values: Sequence[float], config: TrendsConfig) -> tuple[Spread | None, ...]:
    """Median and quartiles of the last ``window_calls`` values up to each one."""
    data = np.asarray(values, dtype=np.float64)
    window = config.window_calls
    result: list[Spread | None] = [
        None if end < config.min_window_calls else spread_of(data[:end])
        for end in range(1, min(window, len(data) + 1))
    ]
    if len(data) >= window:
        views = np.lib.stride_tricks.sliding_window_view(data, window)
        quartiles = np.quantile(views, [0.25, 0.5, 0.75], axis=1)
        result += [Spread(low, middle, high, window) for low, middle, high in quartiles.T.tolist()]
    return tuple(result)


def compare_periods(
    periods: Sequence[tuple[Sequence[float], Sequence[float]]], config: TrendsConfig
) -> tuple[Change, ...]:
    """The change of each measure, from its values (before, after), judged together."""
    found = [_tested(before, after, config) for before, after in periods]
    level = _level([p for p in found if p is not None], config.false_changes)
    changes = []
    for (before, after), p_value in zip(periods, found, strict=True):
        spreads = spread_of(before), spread_of(after)
        if p_value is None:
            changes.append(Change(Direction.TOO_FEW, *spreads))
            continue
        named = p_value <= level
        miss = level if named else config.false_changes
        shift, low, high = mean_difference(before, after, 1.0 - miss)
        direction = Direction.SAME
        if named and (low > 0.0 or high < 0.0):
            direction = Direction.HIGHER if low > 0.0 else Direction.LOWER
        changes.append(Change(direction, *spreads, shift, low, high, p_value))
    return tuple(changes)


def mean_difference(
    before: Sequence[float], after: Sequence[float], confidence: float
) -> tuple[float, float, float]:
    """How much higher ``after`` is on average, with Welch's interval, in the values' unit."""
    from scipy.special import stdtrit  # ttest_ind warns where one side's values are all equal

    groups = [np.asarray(values, dtype=np.float64) for values in (before, after)]
    parts = [float(values.var(ddof=1)) / len(values) for values in groups]
    difference = float(groups[1].mean() - groups[0].mean())
    both = sum(parts)
    if both == 0.0:
        return difference, difference, difference
    freedom = both**2 / sum(
        part**2 / (len(values) - 1) for part, values in zip(parts, groups, strict=True)
    )
    half = float(stdtrit(freedom, 0.5 + confidence / 2)) * both**0.5
    return difference, difference - half, difference + half


def median_interval(
    values: Sequence[float], confidence: float = 0.95
) -> tuple[float, float] | None:
    """An interval for the median from the values' order alone; ``None`` with too few values.

    A value lies under the median with probability 1/2, so the count of those that do is binomial
    (Conover 1999, section 3.2): the ends are the innermost pair of ranks that holds the median
    at least so often.
    """
    if not values:
        return None
    from scipy.special import bdtr  # scipy.stats has it too, and takes a second to import

    ordered = sorted(values)
    # The chance that at most so many of them lie under the median.
    chances = bdtr(np.arange(len(ordered)), len(ordered), 0.5)
    rank = int(np.sum(chances <= (1 - confidence) / 2)) - 1
    return None if rank < 0 else (ordered[rank], ordered[-1 - rank])


def _periods(
    points: Sequence[TrendPoint], config: TrendsConfig
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The values of the period before and of the newest one."""
    if config.period == "calls":
        many = min(config.period_calls, len(points) // 2)
        values = [point.value for point in points[len(points) - 2 * many :]]
        return tuple(values[:many]), tuple(values[many:])
    if not points:
        return (), ()
    newest = _start(points[-1].at.date(), config.period)
    before = _start(newest - timedelta(days=1), config.period)
    starts = [(_start(point.at.date(), config.period), point.value) for point in points]
    return (
        tuple(value for start, value in starts if start == before),
        tuple(value for start, value in starts if start == newest),
    )


def _start(day: date, period: str) -> date:
    """First day of the week or month that a day lies in."""
    return day.replace(day=1) if period == "month" else day - timedelta(days=day.weekday())


def _tested(before: Sequence[float], after: Sequence[float], config: TrendsConfig) -> float | None:
    """Two-sided p value of Mann and Whitney's test, ``None`` with too few calls."""
    if min(len(before), len(after)) < config.min_period_calls:
        return None
    if len({*before, *after}) == 1:
        return 1.0  # all the same: the test has nothing to rank
    from scipy.stats import mannwhitneyu

    return float(mannwhitneyu(after, before, alternative="two-sided").pvalue)


def _level(p_values: Sequence[float], false_changes: float) -> float:
    """The level at which Benjamini and Hochberg's procedure names changes; 0 names none."""
    if not p_values:
        return 0.0
    from scipy.stats import false_discovery_control

    named = np.count_nonzero(false_discovery_control(p_values) <= false_changes)
    return false_changes * int(named) / len(p_values)
