"""Vocal effort: balance of high against low frequencies."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcoach.config.voice import EffortConfig
from callcoach.model.timeline import Span
from callcoach.voice.effort import track_effort
from sounds import RATE_HZ, silence, tone, voice

CONFIG = EffortConfig()
WHOLE = [Span(0, 10)]
TIMES = np.arange(0.1, 2.9, 0.016)


def effort(sound: np.ndarray, rate_hz: int = RATE_HZ, times: np.ndarray = TIMES) -> float | None:
    return track_effort(sound, rate_hz, times, CONFIG).median_db(WHOLE)


@pytest.mark.parametrize("balance_db", [-20.0, -6.0, 0.0, 5.0])
def test_two_tones_have_the_balance_they_are_given(balance_db: float) -> None:
    sound = tone(600, 3, -30) + tone(2000, 3, -30 + balance_db)
    assert effort(sound) == pytest.approx(balance_db, abs=0.1)


def test_what_lies_outside_the_telephone_band_does_not_count() -> None:
    inside = tone(600, 3, -30) + tone(2000, 3, -36)
    outside = tone(100, 3, -10) + tone(5000, 3, -10)
    assert effort(inside + outside) == pytest.approx(-6, abs=0.2)


@given(st.floats(-40, 12))
def test_gain_changes_nothing(gain_db: float) -> None:
    sound = voice(np.full(3 * RATE_HZ, 140.0), -30)
    raised = sound * np.float32(10 ** (gain_db / 20))
    assert effort(raised) == pytest.approx(effort(sound), abs=1e-3)


@pytest.mark.parametrize("steepness", [0.5, 1.0, 1.5, 2.0])
def test_a_voice_has_the_balance_of_its_harmonics(steepness: float) -> None:
    t = np.arange(3 * RATE_HZ) / RATE_HZ
    powers = {k * 180.0: k ** (-2 * steepness) for k in range(1, 25)}
    sound = sum(np.sqrt(p) * np.sin(2 * np.pi * hz * t) for hz, p in powers.items())
    high = sum(p for hz, p in powers.items() if 1000 <= hz < 3400)
    low = sum(p for hz, p in powers.items() if 300 <= hz < 1000)
    found = effort(np.asarray(sound, dtype=np.float32))
    assert found == pytest.approx(10 * np.log10(high / low), abs=0.2)


def test_frames_over_the_ends_and_silent_ones_are_left_out() -> None:
    assert effort(silence(3)) is None
    assert effort(tone(600, 0.5) + tone(2000, 0.5), times=np.array([0.0, 0.01, 0.499])) is None
    found = track_effort(tone(600, 1) + tone(2000, 1), RATE_HZ, np.array([0.0, 0.5]), CONFIG)
    assert found.times_s.tolist() == [0.5]


def test_only_the_frames_in_the_spans_count() -> None:
    sound = np.concatenate([tone(600, 2) + tone(2000, 2, -30), tone(600, 2) + tone(2000, 2, -10)])
    track = track_effort(sound, RATE_HZ, np.arange(0.1, 3.9, 0.016), CONFIG)
    assert track.median_db([Span(0, 1.9)]) == pytest.approx(-10, abs=0.2)
    assert track.median_db([Span(2.1, 4)]) == pytest.approx(10, abs=0.2)
    assert track.median_db([Span(5, 6)]) is None
