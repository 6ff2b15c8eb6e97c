"""Trends over an agent's calls, and which calls to listen to first: known truth and fairness."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callcoach.config.reports import SamplingConfig, TrendsConfig
from callcoach.model.coaching import Verdict
from callcoach.reports.site.habits import focus_areas, repeated_strengths
from callcoach.reports.site.sampling import Pick, Reason, listen_first
from callcoach.reports.site.trends import (
    Direction,
    Series,
    TrendPoint,
    compare_periods,
    find_trends,
    mean_difference,
    median_interval,
    running_spread,
)
from callcoach.reports.trust import TrustLevel
from digests import digest, many, told

CONFIG = TrendsConfig()
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
NAMED = (Direction.HIGHER, Direction.LOWER)


def series(values: list[float], name: str = "attend") -> Series:
    return Series(
        name,
        tuple(TrendPoint(f"c{i:03d}", START + timedelta(days=i), v) for i, v in enumerate(values)),
    )


# --------------------------------------------------------------------------- changes


@pytest.mark.parametrize("sign", [1, -1])
def test_a_planted_change_is_found_with_its_size(sign: int) -> None:
    rng = np.random.default_rng(1)
    usual = rng.normal(50, 10, 40)
    usual[20:] += sign * 25
    others = [series(list(rng.normal(50, 10, 40)), f"m{i}") for i in range(15)]
    trend, *rest = find_trends([series(list(usual)), *others], CONFIG)
    change = trend.change
    assert change.direction is (Direction.HIGHER if sign > 0 else Direction.LOWER)
    assert change.low is not None and change.high is not None
    assert change.low < sign * 25 < change.high and change.low * change.high > 0
    assert (change.before.calls, change.after.calls, trend.newest) == (20, 20, 20)  # type: ignore[union-attr]
    assert sum(one.change.direction in NAMED for one in rest) <= 1


def _unchanged(rng: np.random.Generator, calls: int, measures: int, steps: bool) -> list[Any]:
    """Two periods of the same agent; scores go together and pile up at 0 and 100."""
    shared = rng.normal(size=calls)
    values = 60 + 25 * (0.6 * shared + 0.8 * rng.normal(size=(measures, calls)))
    if steps:
        values = np.clip(25 * np.round(values / 25), 0, 100)
    return [(row[: calls // 2], row[calls // 2 :]) for row in values]


@pytest.mark.parametrize(("calls", "steps"), [(16, True), (40, False), (40, True)])
def test_an_agent_without_a_change_is_told_one_no_more_often_than_promised(
    calls: int, steps: bool
) -> None:
    rng = np.random.default_rng(7)
    agents = 150
    named = sum(
        any(
            c.direction in NAMED for c in compare_periods(_unchanged(rng, calls, 12, steps), CONFIG)
        )
        for _ in range(agents)
    )
    promised = CONFIG.false_changes
    assert named / agents <= promised + 3 * math.sqrt(promised * (1 - promised) / agents)


def test_without_the_correction_far_more_agents_would_be_told_a_change() -> None:
    rng = np.random.default_rng(7)
    agents = 60
    alone = sum(
        any(
            compare_periods([periods], CONFIG)[0].direction in NAMED
            for periods in _unchanged(rng, 40, 12, False)
        )
        for _ in range(agents)
    )
    assert alone / agents > 0.3


def test_the_false_share_holds_where_some_measures_did_change() -> None:
    rng = np.random.default_rng(3)
    shares = []
    for _ in range(120):
        periods = _unchanged(rng, 40, 12, False)
        for place in range(4):
            periods[place] = (periods[place][0], periods[place][1] + 30)
        found = [c.direction in NAMED for c in compare_periods(periods, CONFIG)]
        shares.append(sum(found[4:]) / max(1, sum(found)))
    assert np.mean(shares) <= CONFIG.false_changes


def test_too_few_calls_compare_nothing_and_equal_calls_change_nothing() -> None:
    few, none, same = find_trends(
        [series([10.0] * 7 + [90.0] * 7), series([]), series([100.0] * 40)], CONFIG
    )
    assert few.change.direction is none.change.direction is Direction.TOO_FEW
    assert few.change.shift is None and none.change.before is None
    assert same.change.direction is Direction.SAME and same.change.shift == 0.0
    (sure,) = find_trends([series([0.0] * 8 + [100.0] * 8)], CONFIG)
    assert sure.change.direction is Direction.HIGHER and sure.change.shift == 100.0


@given(
    st.lists(st.floats(-100, 100).map(lambda v: round(v, 2)), min_size=8, max_size=25),
    st.lists(st.floats(-100, 100).map(lambda v: round(v, 2)), min_size=8, max_size=25),
    st.floats(-50, 50).map(lambda v: round(v, 1)),
)
@settings(max_examples=60, deadline=None)
def test_a_change_turns_with_the_order_and_moves_with_the_values(
    before: list[float], after: list[float], more: float
) -> None:
    (one,), (turned,) = (compare_periods([p], CONFIG) for p in ((before, after), (after, before)))
    opposite = {Direction.HIGHER: Direction.LOWER, Direction.LOWER: Direction.HIGHER}
    assert turned.direction is opposite.get(one.direction, one.direction)
    assert one.shift is not None and one.low is not None and one.high is not None
    assert one.low <= one.shift <= one.high
    if one.direction in NAMED:
        assert one.low > 0 or one.high < 0
    moved = mean_difference(before, [value + more for value in after], 0.9)
    assert moved == pytest.approx([v + more for v in mean_difference(before, after, 0.9)], abs=1e-6)


def test_the_interval_of_the_difference_is_welchs() -> None:
    from scipy.stats import ttest_ind

    rng = np.random.default_rng(2)
    before, after = rng.normal(50, 5, 12), rng.normal(55, 20, 30)
    known = ttest_ind(after, before, equal_var=False).confidence_interval(0.9)
    assert mean_difference(list(before), list(after), 0.9)[1:] == pytest.approx(
        (known.low, known.high)
    )


def test_calendar_periods_compare_the_newest_with_the_one_just_before() -> None:
    # Mondays to Sundays from 2 March 2026; the last value opens a third week.
    values = [0.0] * 7 + [50.0] * 7 + [100.0] * 7
    weeks = TrendsConfig(period="week", min_period_calls=5)
    (trend,) = find_trends([series(values)], weeks)
    assert trend.change.before is not None and trend.change.before.median == 50.0
    assert trend.change.shift == 50.0 and trend.newest == 14
    (alone,) = find_trends([series([1.0] * 7)], weeks)
    assert alone.change.direction is Direction.TOO_FEW
    months = TrendsConfig(period="month", min_period_calls=5)
    (both,) = find_trends([series([10.0] * 30 + [20.0] * 10)], months)
    assert both.newest == 30 and both.change.before is not None
    assert both.change.before.calls == 30


@given(st.lists(st.floats(0, 100), max_size=40))
@settings(max_examples=50, deadline=None)
def test_the_running_median_is_that_of_the_last_calls(values: list[float]) -> None:
    running = running_spread(values, CONFIG)
    assert len(running) == len(values)
    for end, spread in enumerate(running, start=1):
        last = values[max(0, end - CONFIG.window_calls) : end]
        if len(last) < CONFIG.min_window_calls:
            assert spread is None
            continue
        assert spread is not None and spread.calls == len(last)
        expected = np.quantile(last, [0.25, 0.5, 0.75])
        assert (spread.low, spread.median, spread.high) == pytest.approx(list(expected))


def test_the_interval_of_a_median_is_the_table_of_binomial_ranks() -> None:
    # Ranks (from 1) of the 95 % interval as printed in tables of the sign test.
    for calls, rank in ((6, 1), (8, 1), (9, 2), (20, 6), (30, 10), (50, 18)):
        values = [float(v) for v in range(1, calls + 1)]
        assert median_interval(values) == (float(rank), float(calls + 1 - rank))
    assert median_interval([1.0] * 5) is None and median_interval([]) is None


def test_the_interval_of_a_median_holds_it_as_often_as_it_says() -> None:
    rng = np.random.default_rng(5)
    held = 0
    for _ in range(400):
        ends = median_interval(list(rng.exponential(1.0, 15)))
        assert ends is not None
        held += ends[0] <= math.log(2) <= ends[1]
    assert held / 400 >= 0.93


# --------------------------------------------------------------------------- habits


def test_focus_areas_are_one_or_two_of_different_practices_and_come_back() -> None:
    often = [told("cut_concern", "attend", impact=0.5), told("cut_in", "attend", impact=0.45)]
    calls = [
        digest(
            f"c{i}",
            day=i,
            scores={"attend": 40.0, "gentle_voice": 50.0, "respect": 50.0},
            findings=[
                *(often if i % 2 else ()),
                *([told("hurried", "gentle_voice", impact=0.3)] if i % 3 == 0 else ()),
                *([told("blamed", "respect", impact=1.0)] if i == 5 else ()),
                told("validated", "validate", Verdict.STRENGTH, impact=0.2),
            ],
        )
        for i in range(20)
    ]
    areas = focus_areas(calls, CONFIG)
    assert [(h.code, h.calls, h.of) for h in areas] == [
        ("cut_concern", 10, 20),
        ("hurried", 7, 20),
    ]
    assert areas[0].weight == pytest.approx(0.25) and areas[0].share == 0.5
    assert len({heard.call.call_id for heard in areas[0].moments}) == CONFIG.moments
    (strength,) = repeated_strengths(calls, CONFIG)
    assert strength.code == "validated" and strength.calls == 20


def test_what_is_rare_unsure_or_long_ago_is_no_habit() -> None:
    old = [digest(f"a{i}", day=i, findings=[told()]) for i in range(10)]
    new = [
        digest(f"b{i}", day=50 + i, findings=[told(confidence=0.4)] + [told("hurried")] * (i < 2))
        for i in range(20)
    ]
    assert focus_areas(old + new, CONFIG) == ()
    assert len(focus_areas(old, CONFIG)) == 1


def test_a_call_that_gave_no_occasion_counts_neither_way() -> None:
    heard = [digest(f"h{i}", day=i, scores={"attend": 10.0}, findings=[told()]) for i in range(4)]
    silent = [digest(f"s{i}", day=20 + i, scores={"attend": None}) for i in range(16)]
    (habit,) = focus_areas(heard + silent, CONFIG)
    assert (habit.calls, habit.of) == (4, 4)
    fine = [digest(f"f{i}", day=20 + i, scores={"attend": 90.0}) for i in range(16)]
    assert focus_areas(heard + fine, CONFIG) == ()


# --------------------------------------------------------------------------- listening

SAMPLING = SamplingConfig(days=400)
EDGES = (50.0, 75.0)


def picks_of(calls: list[Any], config: SamplingConfig = SAMPLING) -> tuple[Pick, ...]:
    return listen_first(calls, config, EDGES, {"attend": "Attentive listening"})


@given(
    st.lists(st.tuples(st.integers(0, 12), st.floats(0, 100)), min_size=1, max_size=5),
    st.integers(1, 6),
    st.integers(0, 5),
)
@settings(max_examples=25, deadline=None)
def test_every_agent_gets_the_same_number_of_calls_whatever_the_scores(
    agents: list[tuple[int, float]], room: int, seed: int
) -> None:
    config = SamplingConfig(days=400, per_agent=room, by_chance=min(2, room), seed=seed)
    calls = [
        call
        for place, (size, middle) in enumerate(agents)
        for call in many(f"agent-{place}", size, seed=place, middle=middle)
    ]
    picks = picks_of(calls, config)
    counts = Counter(pick.call.agent_id for pick in picks)
    for place, (size, _) in enumerate(agents):
        assert counts[f"agent-{place}"] == min(size, room)
    assert len({pick.call.call_id for pick in picks}) == len(picks)
    chance = Counter(pick.call.agent_id for pick in picks if pick.reason is Reason.CHANCE)
    for place, (size, _) in enumerate(agents):
        assert chance[f"agent-{place}"] == min(size, config.by_chance)
    assert picks_of(calls[::-1], config) == picks


def test_the_draw_does_not_look_at_the_scores_and_gives_every_call_its_chance() -> None:
    plain = [digest(f"c{i}", day=i) for i in range(10)]
    loud = [replace(c, findings=(told(impact=1.0),), overall=0.0) for c in plain]

    def chance(calls: list[Any], seed: int) -> set[str]:
        picks = picks_of(calls, SamplingConfig(days=400, seed=seed))
        return {p.call.call_id for p in picks if p.reason is Reason.CHANCE}

    assert all(chance(plain, seed) == chance(loud[:5] + plain[5:], seed) for seed in range(20))
    drawn = Counter(name for seed in range(600) for name in chance(plain, seed))
    expected = 600 * 2 / 10
    # Chi-squared with 9 degrees of freedom is over 27.9 once in a thousand times.
    assert sum((drawn[c.call_id] - expected) ** 2 / expected for c in plain) < 27.9


def test_reasons_are_true() -> None:
    calls = [call for i in range(6) for call in many(f"a{i}", 30, seed=i, middle=40 + 8 * i)]
    picks = picks_of(calls)
    assert set(Reason) - {Reason.FILL} <= {pick.reason for pick in picks}
    for pick in picks:
        call, finding = pick.call, pick.finding
        critical = [name for name in SAMPLING.categories if name in call.categories]
        if finding is not None:
            wanted = Verdict.OPPORTUNITY if pick.reason is Reason.WORK else Verdict.STRENGTH
            assert finding in call.findings and finding.verdict is wanted
            assert finding.impact >= SAMPLING.min_impact
            assert finding.confidence >= SAMPLING.min_confidence
            assert call.trust.level is not TrustLevel.POOR
        if pick.reason is Reason.WORK:
            assert all(f"“{name}”" in pick.why for name in critical)
            assert critical or (finding is not None and finding.title in pick.why)
        if pick.reason is Reason.SHARE:
            assert finding is not None and finding.title in pick.why
        if pick.reason is Reason.UNSURE:
            near = [
                p
                for p in call.practices
                if p.score is not None
                and p.confidence < SAMPLING.unsure_below
                and min(abs(edge - p.score) for edge in EDGES) <= SAMPLING.edge_points
            ]
            assert near and "not sure" in pick.why


def test_calls_before_the_last_days_are_left_out() -> None:
    calls = [digest("old", day=0.0), digest("new", day=40.0), digest("undated", day=None)]
    picks = picks_of(calls, SamplingConfig(days=30))
    assert {pick.call.call_id for pick in picks} == {"new", "undated"}
    assert picks_of([]) == ()
    assert len(picks_of([digest("undated", day=None)])) == 1
