"""Groups of calls beside each other: their scores and measures, and how near these are to people's.

A difference between groups says nothing about why there is one. Where people's scores exist, the
machine's distance to them by group is the better question: it tells a group that is measured in
another way from one whose calls are different.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from callcoach.calibration.agreement import kappa_statistic, mean_statistic
from callcoach.calibration.bands import Bands, BoolArray, FloatArray
from callcoach.calibration.human import HumanScores
from callcoach.calibration.pairs import ScoredCall, pair, practices_of
from callcoach.calibration.resample import Statistic, percentiles, resampled, wilson
from callcoach.config.calibration import CalibrationConfig


class Quantity(StrEnum):
    """What is compared between groups."""

    SCORE = "score"  # the machine's mean score, points
    MEASURE = "measure"  # the mean of a measure, in its unit
    MEASURED = "measured"  # share of the calls that got a score or measure at all, 0..1
    BIAS = "bias"  # mean of machine minus people, points
    AGREEMENT = "agreement"  # share of the calls in the same band by machine and people, 0..1
    KAPPA = "kappa"  # Cohen's kappa of machine and people


StrArray = npt.NDArray[np.str_]
SHARES = (Quantity.MEASURED, Quantity.AGREEMENT)


@dataclass(frozen=True)
class GroupDifference:
    """A group beside all other calls, in one quantity of one practice or measure.

    ``value`` and ``rest`` are the quantity in the group's ``calls`` and in the ``rest_calls`` that
    are in another group; ``difference = value - rest`` with its interval. ``None`` where there is
    none, ``reason`` then says why.
    """

    name: str
    quantity: Quantity
    group: str
    calls: int
    value: float | None
    rest_calls: int
    rest: float | None
    difference: float | None
    low: float | None
    high: float | None
    reason: str | None = None

    @property
    def stands_out(self) -> bool:
        """Whether the interval of the difference does not hold 0."""
        return self.low is not None and self.high is not None and not self.low <= 0 <= self.high


@dataclass(frozen=True)
class Fairness:
    """All comparisons of the groups in ``column``.

    ``groups`` are the groups with how many calls each has. ``left_out`` calls have no group.
    ``comparisons`` counts the differences with an interval; with two groups the second one mirrors
    the first and is not counted. ``by_chance`` is how many of them would stand out about if the
    groups did not differ at all.
    """

    column: str
    groups: tuple[tuple[str, int], ...]
    left_out: int
    differences: tuple[GroupDifference, ...]
    comparisons: int
    by_chance: float
    confidence: float
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Compared:
    """One quantity over calls: its statistic, the calls' groups, and the values if it is a mean."""

    name: str
    quantity: Quantity
    groups: StrArray
    values: FloatArray | None
    statistic: Statistic


def check_fairness(
    machine: Sequence[ScoredCall],
    groups: Mapping[str, str],
    config: CalibrationConfig,
    column: str = "group",
    measures: Mapping[str, Mapping[str, float | None]] | None = None,
    human: HumanScores | None = None,
    bands: Bands | None = None,
    bands_of: Mapping[str, Bands] | None = None,
) -> Fairness:
    """Compare each group of calls with the rest.

    Intervals of means and of kappa are percentile bootstrap intervals, calls drawn in the group and
    in the rest by themselves; those of shares are Newcombe's (1998, method 10), which are sound at
    0 and 1.

    Parameters
    ----------
    machine
        The analysed calls with their scores.
    groups
        The group of each call; an empty text is no group.
    config
        Confidence, resamples, and the fewest calls of a group (``min_group_calls``).
    column
        What the groups are, for the texts.
    measures
        Values of further measures by name and call, ``None`` = not measured.
    human
        People's scores; with them machine and people are compared by group.
    bands, bands_of
        As in :func:`callcoach.calibration.compare.calibrate`.
    """
    calls = sorted(machine, key=lambda call: call.call_id)
    group_of = {
        call.call_id: name for call in calls if (name := groups.get(call.call_id, "").strip())
    }
    calls = [call for call in calls if call.call_id in group_of]
    names = sorted(set(group_of.values()))
    sizes = tuple((name, sum(g == name for g in group_of.values())) for name in names)
    compared = list(_of_machine(calls, measures or {}, group_of))
    if human is not None:
        usual = bands or Bands(config.band_edges, config.band_names)
        compared += _beside_people(calls, human, usual, bands_of or {}, group_of)
    differences = tuple(
        _difference(item, name, config) for item in compared for name in names if len(names) > 1
    )
    tested = sum(d.low is not None for d in differences) // (2 if len(names) == 2 else 1)
    return Fairness(
        column=column,
        groups=sizes,
        left_out=len({call.call_id for call in machine} - set(group_of)),
        differences=differences,
        comparisons=tested,
        by_chance=(1 - config.confidence) * tested,
        confidence=config.confidence,
        notes=tuple(_notes(sizes, config)),
    )


# ----------------------------------------------------------------- what is compared


def _of_machine(
    calls: Sequence[ScoredCall],
    measures: Mapping[str, Mapping[str, float | None]],
    group_of: Mapping[str, str],
) -> Iterator[_Compared]:
    practices = list({name: None for call in calls for name in call.scores})
    for name in practices:
        values = [call.scores.get(name) for call in calls]
        yield from _values(name, Quantity.SCORE, calls, values, group_of)
    for name, of_calls in measures.items():
        values = [of_calls.get(call.call_id) for call in calls]
        yield from _values(name, Quantity.MEASURE, calls, values, group_of)


def _values(
    name: str,
    quantity: Quantity,
    calls: Sequence[ScoredCall],
    values: Sequence[float | None],
    group_of: Mapping[str, str],
) -> Iterator[_Compared]:
    """The mean of the values there are, and how often there is one where that differs."""
    numbers = np.array([np.nan if v is None else v for v in values], dtype=float)
    there = ~np.isnan(numbers)
    groups = np.array([group_of[call.call_id] for call in calls])
    if there.any():
        yield _mean(name, quantity, groups[there], numbers[there])
        if not there.all():
            yield _mean(name, Quantity.MEASURED, groups, there.astype(float))


def _beside_people(
    calls: Sequence[ScoredCall],
    human: HumanScores,
    usual: Bands,
    bands_of: Mapping[str, Bands],
    group_of: Mapping[str, str],
) -> Iterator[_Compared]:
    for name in practices_of(calls, human):
        pairs = pair(calls, human, name)
        both = pairs.both
        if not both.any():
            continue
        bands = bands_of.get(name, usual)
        groups = np.array([group_of[call_id] for call_id in pairs.call_ids])[both]
        machine, people = pairs.machine[both], pairs.people[both]
        ours, theirs = bands.of(machine), bands.of(people)
        yield _mean(name, Quantity.BIAS, groups, machine - people)
        yield _mean(name, Quantity.AGREEMENT, groups, (ours == theirs).astype(float))
        kappa = kappa_statistic(ours, theirs, len(bands.names), quadratic=False)
        yield _Compared(name, Quantity.KAPPA, groups, None, kappa)


def _mean(name: str, quantity: Quantity, groups: StrArray, values: FloatArray) -> _Compared:
    return _Compared(name, quantity, groups, values, mean_statistic(values))


# ----------------------------------------------------------------- one group beside the rest


def _difference(item: _Compared, group: str, config: CalibrationConfig) -> GroupDifference:
    inside = item.groups == group
    sides = (inside, ~inside)
    calls, rest_calls = int(inside.sum()), int((~inside).sum())
    value, rest = (_value(item, side) for side in sides)
    difference = None if value is None or rest is None else value - rest
    low = high = reason = None
    if value is None or rest is None:
        reason = "it cannot be worked out for " + ("the group" if value is None else "the rest")
    elif min(calls, rest_calls) < config.min_group_calls:
        which = "the group" if calls <= rest_calls else "the rest"
        reason = (
            f"{which} has {min(calls, rest_calls)} of the {config.min_group_calls} calls needed"
        )
    elif item.quantity in SHARES:
        low, high = newcombe(value, calls, rest, rest_calls, config.confidence)
    elif any(_same(item, side, of) for side, of in zip(sides, (value, rest), strict=True)):
        reason = "all calls of the group or of the rest are alike: no spread for an interval"
    else:
        drawn = [
            resampled(_on(item.statistic, side), int(side.sum()), config, stream)
            for stream, side in enumerate(sides)
        ]
        low, high, reason = percentiles(drawn[0] - drawn[1], config)
    return GroupDifference(
        item.name, item.quantity, group, calls, value, rest_calls, rest, difference, low, high,
        reason,
    )  # fmt: skip


def _value(item: _Compared, side: BoolArray) -> float | None:
    if not side.any():
        return None
    value = float(item.statistic(side.astype(float)[None, :])[0])
    return None if np.isnan(value) else value


def _same(item: _Compared, side: BoolArray, value: float) -> bool:
    """Whether no resample of these calls can differ from them."""
    return value == 1.0 if item.values is None else bool(np.ptp(item.values[side]) == 0)


def _on(statistic: Statistic, side: BoolArray) -> Statistic:
    """The statistic as a function of the weights of some of the calls, the others counting 0."""

    def on_side(weights: FloatArray) -> FloatArray:
        full = np.zeros((len(weights), len(side)))
        full[:, side] = weights
        return statistic(full)

    return on_side


def newcombe(
    share: float, calls: int, rest: float, rest_calls: int, confidence: float
) -> tuple[float, float]:
    """Interval of the difference of two shares from their Wilson intervals (Newcombe 1998).

    >>> low, high = newcombe(0.8, 70, 0.6, 80, confidence=0.95)
    >>> round(low, 3), round(high, 3)
    (0.052, 0.334)
    """
    low, high = wilson(share, calls, confidence)
    rest_low, rest_high = wilson(rest, rest_calls, confidence)
    down = np.hypot(share - low, rest_high - rest)
    up = np.hypot(high - share, rest - rest_low)
    return share - rest - float(down), share - rest + float(up)


def _notes(sizes: Sequence[tuple[str, int]], config: CalibrationConfig) -> Iterator[str]:
    if len(sizes) < 2:
        yield "there is only one group: nothing to compare" if sizes else "no call has a group"
    small = [f"{name} ({calls})" for name, calls in sizes if calls < config.min_group_calls]
    if small and len(sizes) > 1:
        yield (f"under {config.min_group_calls} calls, so without intervals: {', '.join(small)}")
