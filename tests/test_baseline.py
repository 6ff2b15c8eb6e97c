"""What is usual for a speaker, in one call and across calls."""

from __future__ import annotations

import pytest

from callcoach.config.voice import BaselineConfig
from callcoach.model.voice import Baseline, BaselineSource, History, PastCall
from callcoach.voice.baseline import usual_values, with_history
from stretches import stretch, usual

CONFIG = BaselineConfig()


def past(
    call_id: str, median: float, spread: float = 1.0, started_at: str | None = None
) -> PastCall:
    measures = ("pitch_median_st", "level_dbov")
    values = tuple(Baseline(m, median, spread, BaselineSource.OWN_CALL, 10) for m in measures)
    return PastCall(call_id, started_at, values)


def test_median_and_spread() -> None:
    windows = [stretch(pitch_median_st=value) for value in (30.0, 31.0, 29.0, 30.0, 45.0)]
    (found,) = usual_values(windows, BaselineSource.OWN_CALL, 5)
    assert (found.measure, found.median, found.count) == ("pitch_median_st", 30.0, 5)
    # Deviations 0 0 1 1 15, their median 1: one outlier widens nothing.
    assert found.spread == pytest.approx(1.4826)


def test_too_few_values_are_no_baseline() -> None:
    windows = [stretch(pitch_median_st=30.0), stretch(pitch_median_st=None)]
    assert usual_values(windows, BaselineSource.OWN_CALL, 2) == ()
    assert usual_values([], BaselineSource.OWN_CALL, 1) == ()


def test_enough_earlier_calls_come_before_the_own_call() -> None:
    calls = tuple(past(f"c{i}", 25.0 + i) for i in range(CONFIG.min_calls))
    found = {u.measure: u for u in with_history(usual(), History("a", calls), CONFIG)}
    pitch = found["pitch_median_st"]
    assert pitch.source is BaselineSource.EARLIER_CALLS
    assert (pitch.median, pitch.count) == (27.0, 5)
    # Within calls 1.0, between them 1.4826 x 1.
    assert pitch.spread == pytest.approx((1.4826**2 + 1.0) ** 0.5)


def test_the_level_stays_within_the_call() -> None:
    calls = tuple(past(f"c{i}", -60.0) for i in range(20))
    found = {u.measure: u for u in with_history(usual(), History("a", calls), CONFIG)}
    assert found["level_dbov"].median == -25.0
    assert found["level_dbov"].source is BaselineSource.OWN_CALL


def test_too_few_earlier_calls_leave_the_own_call() -> None:
    calls = tuple(past(f"c{i}", 20.0) for i in range(CONFIG.min_calls - 1))
    assert with_history(usual(), History("a", calls), CONFIG) == usual()
    assert with_history(usual(), None, CONFIG) == usual()


def test_earlier_is_by_date_and_never_the_call_itself() -> None:
    history = History(
        "a",
        (
            past("before", 1, started_at="2026-03-01T10:00:00+00:00"),
            past("same-day", 1, started_at="2026-03-02"),
            past("after", 1, started_at="2026-03-09T10:00:00+00:00"),
            past("undated", 1),
            past("this", 1, started_at="2026-03-01"),
        ),
    )
    kept = history.before("this", "2026-03-03T09:00:00+00:00")
    assert [c.call_id for c in kept.calls] == ["before", "same-day", "undated"]
    undated = history.before("this", None)
    assert [c.call_id for c in undated.calls] == ["before", "same-day", "after", "undated"]


def test_a_text_that_is_no_date_counts_as_unknown() -> None:
    history = History("a", (past("x", 1, started_at="last Tuesday"),))
    assert history.before("this", "2026-03-03").calls == history.calls
