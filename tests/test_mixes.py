"""The kinds of simultaneous speech on mixes of real speech whose truth is known (see mixes.py)."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

import mixes
from callcoach.audio.activity import detect_activity
from callcoach.audio.silero import SileroVad
from callcoach.config.config import Config
from callcoach.dialogue.overlaps import find_overlaps
from callcoach.dialogue.turns import build_turns, inter_pausal_units
from callcoach.model.interaction import OverlapKind
from callcoach.model.timeline import Span

pytestmark = pytest.mark.skipif(not mixes.CALL.is_file(), reason="needs the shared recordings")


@pytest.fixture(scope="module")
def pool() -> tuple[tuple[mixes.Clip, ...], int]:
    return mixes.clips()


def test_the_definitions_by_hand() -> None:
    held = Span(10.0, 16.0)
    for kind, start_s, end_s in (
        (OverlapKind.DUAL_START, 10.1, 12.0),
        (OverlapKind.BACKCHANNEL, 12.0, 12.5),
        (OverlapKind.TERMINAL, 15.6, 18.0),
        (OverlapKind.ATTEMPTED, 12.0, 13.5),
        (OverlapKind.INTERRUPTION, 14.5, 18.0),
        (OverlapKind.UNCLEAR, 12.0, 18.0),
        (None, 15.9, 18.0),
    ):
        assert mixes.defined_kind(held, Span(start_s, end_s)) is kind


def test_the_mixes_hold_what_they_promise(pool: tuple[tuple[mixes.Clip, ...], int]) -> None:
    mix = mixes.make_mix(*pool)
    again = mixes.make_mix(*pool, snr_db=20.0)
    assert len(mix.truth) >= 50
    assert Counter(t.kind for t in mix.truth) == {k: n for k, n in mixes.PLAN.items() if k}
    assert {t.incomer for t in mix.truth} == set(mixes.SIDES)
    assert mix.truth == again.truth and not np.array_equal(mix.samples, again.samples)


@pytest.mark.slow
@pytest.mark.parametrize("snr_db", [None, 20.0])
def test_interruptions_and_backchannels_are_found_in_time(
    pool: tuple[tuple[mixes.Clip, ...], int], snr_db: float | None
) -> None:
    scores, errors_s = scored(pool, (1, 2), snr_db, -25.0)
    assert min(scores) >= 0.90
    assert np.median(errors_s) <= 0.06


@pytest.mark.slow
def test_a_strong_leak_on_a_noisy_line_makes_no_interruptions(
    pool: tuple[tuple[mixes.Clip, ...], int],
) -> None:
    # Without the crosstalk gate both scores are under 0.4 here.
    scores, _ = scored(pool, (1,), 15.0, -15.0)
    assert min(scores) >= 0.60


def scored(
    pool: tuple[tuple[mixes.Clip, ...], int],
    seeds: tuple[int, ...],
    snr_db: float | None,
    crosstalk_db: float,
) -> tuple[tuple[float, float], list[float]]:
    """F1 of interruptions and of backchannels, and the errors of their onsets in s."""
    config = Config()
    detector = SileroVad()
    counts: Counter[tuple[OverlapKind, str]] = Counter()
    errors_s: list[float] = []
    kinds = (OverlapKind.INTERRUPTION, OverlapKind.BACKCHANNEL)
    for seed in seeds:
        mix = mixes.make_mix(*pool, seed=seed, snr_db=snr_db, crosstalk_db=crosstalk_db)
        activities = detect_activity(mix.audio(), mixes.SIDES, detector, config.activity)
        units = inter_pausal_units(activities, config.turns)
        turns = build_turns(units, (), config.turns)
        events = find_overlaps(units, turns, (), config.overlaps)
        for kind in kinds:
            found = mixes.match(mix, events, kind)
            counts[kind, "right"] += found.right
            counts[kind, "wrong"] += found.missed + found.false
            errors_s += found.errors_s
    one, two = (
        2 * counts[k, "right"] / (2 * counts[k, "right"] + counts[k, "wrong"]) for k in kinds
    )
    return (one, two), errors_s
