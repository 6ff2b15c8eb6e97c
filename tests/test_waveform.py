"""The picture of how loud each speaker is: known levels at known times."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcoach.audio.waveform import waveforms
from callcoach.config.audio import WaveformConfig
from callcoach.model.recording import Audio
from callcoach.model.speech import Activity, SpeechRegion
from sounds import RATE_HZ, noise, silence, tone

CONFIG = WaveformConfig()


def audio(*channels: np.ndarray) -> Audio:
    peaks = tuple(float(np.abs(c).max()) for c in channels)
    return Audio(np.stack(channels), RATE_HZ, RATE_HZ, "", "", peaks, (0.0,) * len(channels))


def active(speaker: str, *regions: tuple[float, float]) -> Activity:
    return Activity(speaker, tuple(SpeechRegion(*r, speaker) for r in regions), None)


def test_a_level_is_how_far_a_step_is_under_the_loudest() -> None:
    steps = [tone(1000, 0.5, level) for level in (-20.0, -32.0, -44.0, -68.0)]
    samples = np.concatenate([*steps, silence(0.5)])
    (found,) = waveforms(audio(samples), [active("agent")], CONFIG)
    assert (found.speaker, found.step_s) == ("agent", pytest.approx(0.05))
    assert len(found.levels) == 50
    # 48 dB is the whole picture, so 12 dB are a quarter of it.
    assert [found.levels[i] for i in (5, 15, 25, 35, 45)] == [100, 75, 50, 0, 0]


def test_each_channel_is_measured_against_its_own_loudest_step() -> None:
    loud, soft = tone(1000, 2.0, -10.0), tone(1000, 2.0, -40.0)
    first, second = waveforms(audio(loud, soft), [active("agent"), active("customer")], CONFIG)
    assert set(first.levels) == set(second.levels) == {100}


@pytest.mark.parametrize("gain_db", [-20.0, 6.0])
def test_gain_changes_no_level(gain_db: float) -> None:
    samples = noise(3.0, -25) * np.repeat([1.0, 0.1, 0.5], RATE_HZ).astype(np.float32)
    (one,) = waveforms(audio(samples), [active("a")], CONFIG)
    louder = samples * np.float32(10 ** (gain_db / 20))
    (other,) = waveforms(audio(louder), [active("a")], CONFIG)
    assert np.abs(np.subtract(one.levels, other.levels)).max() <= 1  # rounding


def test_the_hiss_of_an_empty_line_stays_small() -> None:
    (hiss,) = waveforms(audio(noise(2.0, -80)), [active("a")], CONFIG)
    assert 0 < max(hiss.levels) < 50
    (nothing,) = waveforms(audio(silence(2.0)), [active("a")], CONFIG)
    assert set(nothing.levels) == {0}


def test_speakers_of_one_channel_are_drawn_in_their_own_speech() -> None:
    samples = tone(1000, 4.0, -20.0)
    people = [active("agent", (0.0, 1.0), (3.0, 3.5)), active("customer", (1.5, 2.5))]
    shared = audio(samples, samples)
    agent, customer = waveforms(shared, people, CONFIG, shared=True)
    at = np.arange(80) * 0.05 + 0.025
    expected = [100 if t < 1.0 or 3.0 <= t < 3.5 else 0 for t in at]
    assert list(agent.levels) == expected
    assert list(customer.levels) == [100 if 1.5 <= t < 2.5 else 0 for t in at]
    # Nobody is told apart: the channel is drawn as it is.
    (everyone,) = waveforms(audio(samples), [active("everyone", (1.0, 2.0))], CONFIG, shared=True)
    assert set(everyone.levels) == {100}


@given(st.floats(0.02, 400.0), st.floats(0.01, 3.0), st.integers(100, 3000))
def test_the_steps_cover_the_call_and_are_not_too_many(
    seconds: float, shortest_s: float, most: int
) -> None:
    rate_hz = 1000
    samples = np.full((1, max(1, round(seconds * rate_hz))), 0.1, dtype=np.float32)
    sound = Audio(samples, rate_hz, rate_hz, "", "", (0.1,), (0.0,))
    config = WaveformConfig(min_step_s=shortest_s, max_steps=most)
    (found,) = waveforms(sound, [active("a")], config)
    assert len(found.levels) <= most and found.step_s >= shortest_s - 1e-9
    covered_s = len(found.levels) * found.step_s
    assert sound.duration_s <= covered_s + 1e-6 < sound.duration_s + found.step_s + 0.0101
    assert all(0 <= level <= 100 for level in found.levels)


def test_time_moves_the_picture_along() -> None:
    samples = np.concatenate([tone(1000, 1.0, -20.0), silence(2.0)])
    moved = np.concatenate([silence(0.5), samples])[: len(samples)]
    (one,) = waveforms(audio(samples), [active("a")], CONFIG)
    (other,) = waveforms(audio(moved), [active("a")], CONFIG)
    assert other.levels == (0,) * 10 + one.levels[:-10]
