"""Calmness: the formula, its parts, and what it must never do."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcoach.config.voice import CalmnessConfig
from callcoach.model.voice import CalmnessPart
from callcoach.voice.calmness import PART_MEASURES, call_calmness, with_calmness
from stretches import USUAL, stretch, usual

CONFIG = CalmnessConfig()
SCALES = {
    CalmnessPart.PITCH: CONFIG.pitch_scale_st,
    CalmnessPart.PITCH_SPREAD: CONFIG.pitch_spread_scale_st,
    CalmnessPart.PITCH_MOVEMENT: CONFIG.pitch_movement_scale_st_s,
    CalmnessPart.RATE: USUAL["rate_syll_s"] * CONFIG.rate_scale_percent / 100,
    CalmnessPart.LEVEL: CONFIG.level_scale_db,
    CalmnessPart.EFFORT: CONFIG.effort_scale_db,
}
WEIGHTS = {part: getattr(CONFIG, f"{part}_weight") for part in CalmnessPart}


def test_the_usual_delivery_has_the_usual_points() -> None:
    found = with_calmness(stretch(**USUAL), usual(), CONFIG)
    assert found.calmness == pytest.approx(80)
    assert [item.part for item in found.contributions] == list(CalmnessPart)
    assert all(item.points == pytest.approx(0) for item in found.contributions)


@pytest.mark.parametrize("part", CalmnessPart)
def test_one_scale_unit_takes_half_of_the_parts_points(part: CalmnessPart) -> None:
    measure = PART_MEASURES[part]
    raised = stretch(**{**USUAL, measure: USUAL[measure] + SCALES[part]})
    found = with_calmness(raised, usual(), CONFIG)
    share = WEIGHTS[part] / sum(WEIGHTS.values())
    assert found.calmness == pytest.approx(80 - 80 * share / 2)
    (item,) = [c for c in found.contributions if c.points != 0]
    assert item.part is part
    assert item.value - item.usual == pytest.approx(SCALES[part])


@pytest.mark.parametrize("part", CalmnessPart)
def test_going_down_gives_points_but_a_flat_voice_gives_none(part: CalmnessPart) -> None:
    measure = PART_MEASURES[part]
    lowered = stretch(**{**USUAL, measure: USUAL[measure] - SCALES[part]})
    found = with_calmness(lowered, usual(), CONFIG)
    share = WEIGHTS[part] / sum(WEIGHTS.values())
    gained = 0.0 if part is CalmnessPart.PITCH_SPREAD else 20 * share / 2
    assert found.calmness == pytest.approx(80 + gained)


@given(
    st.fixed_dictionaries(
        {
            "pitch_median_st": st.none() | st.floats(10, 60),
            "pitch_sd_st": st.none() | st.floats(0, 12),
            "pitch_movement_st_s": st.none() | st.floats(0, 100),
            "rate_syll_s": st.none() | st.floats(0.1, 12),
            "level_dbov": st.none() | st.floats(-90, 0),
            "effort_db": st.none() | st.floats(-50, 30),
        }
    )
)
def test_it_stays_within_0_and_100_and_its_parts_add_up(measures: dict[str, float | None]) -> None:
    found = with_calmness(stretch(**measures), usual(), CONFIG)
    known = sum(WEIGHTS[part] for part in CalmnessPart if measures[PART_MEASURES[part]] is not None)
    if known < CONFIG.min_weight * sum(WEIGHTS.values()):
        assert found.calmness is None
        assert [u.measure for u in found.unmeasured] == ["calmness"]
        return
    assert found.calmness is not None and 0 <= found.calmness <= 100
    assert found.calmness == pytest.approx(80 + sum(c.points for c in found.contributions))
    for item in found.contributions:
        assert (item.points < 0) == (item.value > item.usual) or abs(item.points) < 1e-9


@given(part=st.sampled_from(list(CalmnessPart)), low=st.floats(0, 30), more=st.floats(0.01, 30))
def test_more_of_a_part_is_never_calmer(part: CalmnessPart, low: float, more: float) -> None:
    measure = PART_MEASURES[part]
    one, other = (
        with_calmness(stretch(**{**USUAL, measure: USUAL[measure] + up}), usual(), CONFIG).calmness
        for up in (low, low + more)
    )
    assert one is not None and other is not None
    assert other <= one


def test_a_part_with_weight_0_has_no_say() -> None:
    config = CONFIG.model_copy(update={"level_weight": 0.0})
    quiet, loud = (
        with_calmness(stretch(**{**USUAL, "level_dbov": level}), usual(), config)
        for level in (-50.0, -5.0)
    )
    assert quiet.calmness == loud.calmness == pytest.approx(80)
    assert CalmnessPart.LEVEL not in [c.part for c in loud.contributions]


def test_what_is_missing_leaves_the_rest_its_full_weight() -> None:
    raised = stretch(**{**USUAL, "rate_syll_s": None, "level_dbov": -25 + CONFIG.level_scale_db})
    found = with_calmness(raised, usual(), CONFIG)
    share = WEIGHTS[CalmnessPart.LEVEL] / (sum(WEIGHTS.values()) - WEIGHTS[CalmnessPart.RATE])
    assert found.calmness == pytest.approx(80 - 80 * share / 2)


def test_the_spread_of_a_short_stretch_has_no_say() -> None:
    wide = {**USUAL, "pitch_sd_st": 9.0}
    long, short = (
        with_calmness(stretch(**wide, voiced_s=voiced_s), usual(), CONFIG)
        for voiced_s in (CONFIG.pitch_spread_min_voiced_s, CONFIG.pitch_spread_min_voiced_s - 0.1)
    )
    assert long.calmness is not None and long.calmness < 75
    assert short.calmness == pytest.approx(80)


def test_without_anything_usual_there_is_no_calmness() -> None:
    found = with_calmness(stretch(**USUAL), (), CONFIG)
    assert found.calmness is None
    assert found.contributions == ()
    assert "what is usual" in found.unmeasured[0].reason


def test_comparing_again_replaces_the_first_comparison() -> None:
    first = with_calmness(stretch(**USUAL), (), CONFIG)
    again = with_calmness(first, usual(), CONFIG)
    assert again == with_calmness(stretch(**USUAL), usual(), CONFIG)
    assert with_calmness(again, (), CONFIG) == first


def test_a_call_is_the_mean_of_its_windows_by_speech() -> None:
    windows = [
        dataclasses.replace(
            with_calmness(
                stretch(at, at + 5, **{**USUAL, "level_dbov": -25.0 + up}), usual(), CONFIG
            ),
            speech_s=speech_s,
        )
        for at, up, speech_s in ((0, 0.0, 4.0), (5, 12.0, 1.0))
    ]
    silent = stretch(10, 15)
    calmness, contributions = call_calmness([*windows, silent])
    first, second = (w.calmness for w in windows)
    assert first is not None and second is not None
    assert calmness == pytest.approx((4 * first + second) / 5)
    assert calmness == pytest.approx(80 + sum(c.points for c in contributions))
    level = next(c for c in contributions if c.part is CalmnessPart.LEVEL)
    assert level.value == pytest.approx(-25 + 12 / 5)


def test_a_call_without_windows_has_no_calmness() -> None:
    assert call_calmness([]) == (None, ())
