"""Named stretches, drawn as rows of windows."""

from __future__ import annotations

import pytest

from callcoach.model.voice import StretchKind
from callcoach.voice.departures import FLAT_ST
from callcoach.voice.named_stretches import (
    HURRIED_PERCENT,
    PITCH_UP_ST,
    PRESSED_DB,
    RAISED_DB,
    SLOW_PERCENT,
    UNSTEADY_ST_S,
    name_stretches,
)
from stretches import USUAL, stretch, usual


def row(measure: str, *values: float | None) -> list:
    """Windows of five seconds in which one measure takes these values; None: no window there."""
    return [
        stretch(5.0 * i, 5.0 * (i + 1), **{**USUAL, measure: value})
        for i, value in enumerate(values)
        if value is not None
    ]


@pytest.mark.parametrize(
    ("kind", "measure", "beyond"),
    [
        (StretchKind.RAISED, "level_dbov", RAISED_DB),
        (StretchKind.PRESSED, "effort_db", PRESSED_DB),
        (StretchKind.PITCH_UP, "pitch_median_st", PITCH_UP_ST),
        (StretchKind.UNSTEADY, "pitch_movement_st_s", UNSTEADY_ST_S),
        (StretchKind.HURRIED, "rate_syll_s", 5.0 * HURRIED_PERCENT / 100),
        (StretchKind.SLOW, "rate_syll_s", -5.0 * SLOW_PERCENT / 100),
    ],
)
def test_each_kind_is_named_from_its_threshold_on(
    kind: StretchKind, measure: str, beyond: float
) -> None:
    middle = USUAL[measure]
    windows = row(measure, middle, middle + 0.99 * beyond, middle + beyond, middle + 2 * beyond)
    (found,) = name_stretches(windows, usual())
    assert (found.kind, found.start_s, found.end_s) == (kind, 10.0, 20.0)
    assert found.measure == measure
    assert found.value == pytest.approx(middle + 1.5 * beyond)
    assert found.usual == middle
    assert found.threshold == pytest.approx(middle + beyond)


def test_a_lively_speaker_has_a_wider_band() -> None:
    windows = row("level_dbov", -25.0, -25.0 + RAISED_DB + 1)
    assert name_stretches(windows, usual())
    assert not name_stretches(windows, usual(spread=RAISED_DB))


def test_a_pause_or_a_usual_window_ends_a_stretch() -> None:
    loud = -25.0 + RAISED_DB
    windows = row("level_dbov", loud, loud, None, loud, -25.0, loud)
    found = name_stretches(windows, usual())
    assert [(s.start_s, s.end_s) for s in found] == [(0, 10), (15, 20), (25, 30)]


def test_flat_needs_time_and_no_baseline() -> None:
    low = FLAT_ST - 0.1
    assert not name_stretches(row("pitch_sd_st", low, 3.0, low), ())
    (found,) = name_stretches(row("pitch_sd_st", 3.0, low, low), ())
    assert (found.kind, found.start_s, found.end_s) == (StretchKind.FLAT, 5.0, 15.0)
    assert found.usual is None
    assert found.threshold == FLAT_ST


def test_what_was_not_measured_names_nothing() -> None:
    assert name_stretches([stretch(0, 5), stretch(5, 10)], usual()) == ()
    assert name_stretches(row("level_dbov", 0.0), ()) == ()
