"""Departures of a voice, drawn as rows of parts of turns."""

from __future__ import annotations

import numpy as np
import pytest

from callcoach.config.voice import StretchesConfig
from callcoach.model.speech import Turn
from callcoach.model.timeline import Span
from callcoach.model.voice import BaselineSource, StretchKind, VoiceDeparture, VoiceStretch
from callcoach.voice.baseline import usual_values
from callcoach.voice.departures import FLAT_ST, HEARD, LEAST_PARTS, find_departures, threshold
from callcoach.voice.turn_parts import turn_parts
from stretches import USUAL, stretch

CONFIG = StretchesConfig()
LOUD = {"level_dbov": 8.0, "pitch_median_st": 4.0, "effort_db": 5.0}


def calm(count: int, seed: int = 0) -> list[dict[str, float]]:
    """Parts of a calm speaker: each measure around its usual, as real talkers vary."""
    chance = np.random.default_rng(seed)
    spread = {"level_dbov": 2.0, "pitch_median_st": 1.2, "effort_db": 1.5, "rate_syll_s": 0.5}
    rows = []
    shared = 0.0
    for _ in range(count):
        shared = 0.5 * shared + chance.normal()  # successive parts are alike, and so are measures
        rows.append(
            {
                **USUAL,
                **{
                    name: USUAL[name] + sd * (0.6 * shared + 0.7 * chance.normal())
                    for name, sd in spread.items()
                },
            }
        )
    return rows


def parts(rows: list[dict[str, float]], each_s: float = 6.0) -> list[VoiceStretch]:
    return [
        stretch(2 * i * each_s, (2 * i + 1) * each_s, turn=f"t{i}", **row)
        for i, row in enumerate(rows)
    ]


def found_in(rows: list[dict[str, float]]) -> tuple[VoiceDeparture, ...]:
    row = parts(rows)
    usual = usual_values(row, BaselineSource.OWN_CALL, LEAST_PARTS)
    return find_departures(row, usual, CONFIG)


def with_bump(at: int, count: int, by: dict[str, float], of: int = 24) -> list[dict[str, float]]:
    rows = calm(of)
    for row in rows[at : at + count]:
        for name, change in by.items():
            row[name] = USUAL[name] + change
    return rows


def test_two_parts_in_a_row_by_all_measures_are_a_departure() -> None:
    (found,) = found_in(with_bump(10, 2, LOUD))
    assert (found.kind, found.start_s, found.end_s) == (StretchKind.RAISED, 120.0, 138.0)
    assert set(found.measures) == set(LOUD)
    assert len(found.parts) == 2
    assert found.score > found.threshold > 2.0


def test_one_part_alone_is_none() -> None:
    assert found_in(with_bump(10, 1, LOUD)) == ()


@pytest.mark.parametrize("measure", [*LOUD, "rate_syll_s"])
def test_one_measure_alone_is_none(measure: str) -> None:
    assert found_in(with_bump(10, 3, {measure: 20.0 if measure in LOUD else 4.0})) == ()


def test_what_nobody_hears_is_none() -> None:
    """A speaker who hardly moves departs by many spreads before anybody could hear it."""
    rows = [dict(USUAL) for _ in range(24)]
    for row in rows[10:13]:
        row |= {name: USUAL[name] + 0.9 * HEARD[name] for name in LOUD}
    assert found_in(rows) == ()


def test_a_voice_that_goes_down_is_none() -> None:
    assert found_in(with_bump(10, 3, {name: -change for name, change in LOUD.items()})) == ()


def test_faster_and_higher_is_hurried() -> None:
    (found,) = found_in(
        with_bump(10, 3, {"rate_syll_s": 4.0, "pitch_median_st": 4.0, "effort_db": 4.0})
    )
    assert found.kind is StretchKind.HURRIED
    assert "rate_syll_s" in found.measures


def test_too_few_parts_say_nothing() -> None:
    assert found_in(with_bump(3, 2, LOUD, of=LEAST_PARTS - 1)) == ()


def test_parts_far_apart_are_not_in_a_row() -> None:
    rows = parts(with_bump(10, 2, LOUD))
    far = [p if p.start_s < 130 else stretch(p.start_s + 90, p.end_s + 90, turn=p.turn, **row)
           for p, row in zip(rows, with_bump(10, 2, LOUD), strict=True)]  # fmt: skip
    usual = usual_values(far, BaselineSource.OWN_CALL, LEAST_PARTS)
    assert find_departures(far, usual, CONFIG) == ()


def test_calm_speakers_have_as_few_departures_as_was_asked_for() -> None:
    """Thirty hours of calm speech: no more than one departure in three hours."""
    calls, each = 450, 40  # 40 parts of 6 s: four minutes of own speech
    found = sum(len(found_in(calm(each, seed))) for seed in range(calls))
    assert found * 3 / (calls * each * 6 / 3600) <= 1.0


def test_more_false_alarms_put_up_with_lower_the_threshold() -> None:
    row = parts(calm(24))
    often = StretchesConfig(false_alarms_per_3_h=10.0)
    assert threshold(row, often) < threshold(row, CONFIG) < threshold(row[:10], CONFIG)


def test_flat_is_narrow_for_this_speaker_and_lasts() -> None:
    rows = with_bump(10, 2, {"pitch_sd_st": FLAT_ST - 0.2 - USUAL["pitch_sd_st"]})
    (found,) = found_in(rows)
    assert (found.kind, found.measures) == (StretchKind.FLAT, ("pitch_sd_st",))
    one = with_bump(10, 1, {"pitch_sd_st": -2.0})
    assert found_in(one) == ()
    narrow = [{**row, "pitch_sd_st": 1.0} for row in rows]
    assert found_in(narrow) == ()  # that is how this voice is


# --------------------------------------------------------------------------- parts


def test_short_turns_are_whole_and_long_ones_cut_at_pauses() -> None:
    speech = [Span(0, 7), Span(7.4, 9), Span(9.1, 17.5), Span(18.0, 24.0)]
    short = Turn(0.0, 7.0, "t1", "agent", "")
    assert turn_parts(short, speech) == (short.span,)
    long = Turn(0.0, 24.0, "t2", "agent", "")
    cut = turn_parts(long, speech)
    assert [part.end_s for part in cut] == [7.2, 17.75, 24.0]
    assert [part.start_s for part in cut] == [0.0, 7.2, 17.75]


@pytest.mark.parametrize("length_s", [12.0, 15.9, 20.0, 33.0, 61.0])
def test_parts_without_a_pause_are_even(length_s: float) -> None:
    turn = Turn(3.0, 3.0 + length_s, "t1", "agent", "")
    lengths = [part.duration_s for part in turn_parts(turn, [turn.span])]
    assert min(lengths) >= 6.0 - 1e-9 and max(lengths) <= 10.0 + 1e-9
    assert sum(lengths) == pytest.approx(length_s)
