"""Active speech level (ITU-T P.56) against the recommendation's own counting and known levels."""

from __future__ import annotations

import functools
import math
import tracemalloc

import librosa
import numba
import numpy as np
import numpy.typing as npt
import pytest

from callcoach.voice.level import active_level
from resynthesis import telephone_band, utterances, with_noise
from sounds import RATE_HZ, noise, silence, tone

# ITU-T P.56 (12/2011), method B. The unit of level there is any; here it is the full scale.
TIME_CONSTANT_S = 0.03
HANGOVER_S = 0.2
MARGIN_DB = 15.9
THRESHOLDS = 2.0 ** np.arange(-15, 0)

# How much longer than a burst of tone its activity is. The envelope of two equal averages is, in
# units of the time constant after the edge, (1 + u) exp(-u) of its height falling and the rest
# rising; it meets the threshold, 15.9 dB under the RMS or 0.178 of the mean size, 0.75 units after
# the start and 3.27 units after the end.
LONGER_S = HANGOVER_S + (3.27 - 0.75) * TIME_CONSTANT_S


@numba.njit
def count_activity(
    samples: npt.NDArray[np.float64],
    keep: float,
    hangover: int,
    thresholds: npt.NDArray[np.float64],
) -> npt.NDArray[np.int64]:
    """Samples active at each threshold, one sample after the other as the text has it."""
    activity = np.zeros(len(thresholds), dtype=np.int64)
    hanging = np.full(len(thresholds), hangover)
    p = q = 0.0
    for x in samples:
        p = keep * p + (1 - keep) * abs(x)
        q = keep * q + (1 - keep) * p
        for j in range(len(thresholds)):
            if q >= thresholds[j]:
                activity[j] += 1
                hanging[j] = 0
            elif hanging[j] < hangover:
                activity[j] += 1
                hanging[j] += 1
    return activity


def reference_level(samples: npt.ArrayLike, rate_hz: int) -> tuple[float, float] | None:
    """Active level in dBov and activity factor, ``None`` where the margin is never met."""
    signal = np.asarray(samples, dtype=np.float64)
    keep = math.exp(-1 / (rate_hz * TIME_CONSTANT_S))
    activity = count_activity(signal, keep, math.ceil(rate_hz * HANGOVER_S), THRESHOLDS)
    square_sum = float(np.sum(signal**2))
    below: tuple[float, float] | None = None
    for active, threshold in zip(activity, THRESHOLDS, strict=True):
        if active == 0:
            return None
        level_db = 10 * math.log10(square_sum / active)
        above_db = level_db - 20 * math.log10(threshold)
        if above_db <= MARGIN_DB:
            if below is None:
                return None
            # Between two thresholds the level is interpolated on the scale of decibels.
            share = (below[1] - MARGIN_DB) / (below[1] - above_db)
            level_db = below[0] + share * (level_db - below[0])
            return level_db, square_sum / len(signal) / 10 ** (level_db / 10)
        below = level_db, above_db
    return None


def gated(
    sound: npt.NDArray[np.float32], on_s: float, off_s: float, rate_hz: int = RATE_HZ
) -> npt.NDArray[np.float32]:
    """A sound switched on and off, on first."""
    at_s = np.arange(len(sound)) / rate_hz
    return (sound * (at_s % (on_s + off_s) < on_s)).astype(np.float32)


@functools.cache
def speech(rate_hz: int = 8000, pause_s: float = 1.0) -> npt.NDArray[np.float32]:
    """Telephone speech of eight voices, with pauses."""
    parts = [
        part
        for utterance in utterances()[::3]
        for part in (telephone_band(utterance.samples, 8000), silence(pause_s, 8000))
    ]
    sound = np.concatenate(parts)
    if rate_hz == 8000:
        return sound
    return librosa.resample(sound, orig_sr=8000, target_sr=rate_hz)


SIGNALS = {
    "tone": tone(1000, 10, -26),
    "low tone": tone(110, 10, -40),
    "loud tone": tone(700, 10, -4),
    "white noise": noise(10, -30),
    "long bursts": gated(tone(440, 40, -20), 4, 4),
    "short bursts": gated(tone(440, 20, -20), 0.3, 0.7),
    "noise bursts": gated(noise(20, -26), 0.5, 1.0),
    "bursts in noise": gated(tone(440, 20, -20), 2, 2) + noise(20, -55),
    "raps": gated(noise(20, -20), 0.03, 0.97),
    "two levels": np.concatenate([tone(300, 10, -20), tone(300, 10, -35)]),
}


@pytest.mark.parametrize("name", SIGNALS)
@pytest.mark.parametrize("rate_hz", [8000, 16000])
def test_agrees_with_the_recommendation(name: str, rate_hz: int) -> None:
    signal = SIGNALS[name]
    if rate_hz != RATE_HZ:
        signal = librosa.resample(signal, orig_sr=RATE_HZ, target_sr=rate_hz)
    expected = reference_level(signal, rate_hz)
    found = active_level(signal, rate_hz)
    assert expected is not None
    assert found.level_dbov == pytest.approx(expected[0], abs=0.02)
    assert found.factor == pytest.approx(expected[1], rel=0.005)


@pytest.mark.parametrize("snr_db", [None, 30, 20, 10])
@pytest.mark.parametrize("rate_hz", [8000, 16000])
def test_agrees_on_speech(snr_db: float | None, rate_hz: int) -> None:
    signal = speech(rate_hz)
    if snr_db is not None:
        signal = with_noise(signal, rate_hz, snr_db, "pink", seed=1)
    expected = reference_level(signal, rate_hz)
    found = active_level(signal, rate_hz)
    assert expected is not None
    assert found.level_dbov == pytest.approx(expected[0], abs=0.02)
    assert found.factor == pytest.approx(expected[1], rel=0.005)


@pytest.mark.parametrize("level_dbov", [-10.0, -26.0, -45.0])
def test_of_a_steady_sound_it_is_the_rms_level(level_dbov: float) -> None:
    for sound in (tone(1000, 10, level_dbov), noise(10, level_dbov)):
        found = active_level(sound, RATE_HZ)
        assert found.level_dbov == pytest.approx(level_dbov, abs=0.1)
        assert found.factor == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize(("on_s", "off_s"), [(8, 8), (8, 24), (4, 2), (20, 5)])
def test_of_long_bursts_it_is_their_level(on_s: float, off_s: float) -> None:
    found = active_level(gated(tone(500, 4 * (on_s + off_s), -23), on_s, off_s), RATE_HZ)
    assert found.level_dbov == pytest.approx(-23, abs=0.3)
    assert found.factor == pytest.approx((on_s + LONGER_S) / (on_s + off_s), rel=0.02)


@pytest.mark.parametrize(("on_s", "off_s"), [(0.5, 1.5), (1, 1), (2, 0.8), (8, 8)])
def test_hangover_counts_as_activity(on_s: float, off_s: float) -> None:
    found = active_level(gated(tone(500, 20 * (on_s + off_s), -23), on_s, off_s), RATE_HZ)
    active_s = on_s + LONGER_S
    assert found.factor == pytest.approx(active_s / (on_s + off_s), rel=0.02)
    assert found.level_dbov == pytest.approx(-23 + 10 * np.log10(on_s / active_s), abs=0.1)


def test_pauses_shorter_than_the_hangover_are_bridged() -> None:
    # As an RMS meter would have it: the mean over on and off.
    found = active_level(gated(tone(500, 20, -23), 0.15, 0.15), RATE_HZ)
    assert found.level_dbov == pytest.approx(-23 - 10 * np.log10(2), abs=0.1)
    assert found.factor == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("gain_db", [-30.0, -12.0, 12.0])
def test_gain_moves_the_level_by_just_that_much(gain_db: float) -> None:
    signal = speech()
    here = active_level(signal, 8000)
    there = active_level(signal * np.float32(10 ** (gain_db / 20)), 8000)
    assert here.level_dbov is not None and there.level_dbov is not None
    # What is left is the interpolation between thresholds 6 dB apart.
    assert there.level_dbov - here.level_dbov == pytest.approx(gain_db, abs=0.05)
    assert there.factor == pytest.approx(here.factor, rel=0.015)


def test_gain_by_whole_thresholds_is_exact() -> None:
    signal = speech()
    here = active_level(signal, 8000)
    for gain in (0.25, 4.0):
        there = active_level(signal * np.float32(gain), 8000)
        assert here.level_dbov is not None and there.level_dbov is not None
        moved_db = there.level_dbov - here.level_dbov
        assert moved_db == pytest.approx(20 * np.log10(gain), abs=1e-6)
        assert there.factor == pytest.approx(here.factor, rel=1e-6)


@pytest.mark.parametrize("silence_s", [5.0, 60.0, 600.0])
def test_silence_at_the_end_lowers_only_the_factor(silence_s: float) -> None:
    signal = speech()
    here = active_level(signal, 8000)
    there = active_level(np.concatenate([signal, silence(silence_s, 8000)]), 8000)
    assert there.level_dbov == pytest.approx(here.level_dbov, abs=0.01)
    length_s = len(signal) / 8000
    assert there.factor == pytest.approx(here.factor * length_s / (length_s + silence_s), rel=0.01)


def test_noise_under_the_speech_does_not_count() -> None:
    signal = speech(pause_s=3.0)
    clean = active_level(signal, 8000)
    there = active_level(with_noise(signal, 8000, 30, "white"), 8000)
    assert there.level_dbov == pytest.approx(clean.level_dbov, abs=0.1)
    assert there.factor == pytest.approx(clean.factor, rel=0.05)


def test_rate_does_not_matter() -> None:
    slow, fast = active_level(speech(8000), 8000), active_level(speech(16000), 16000)
    assert slow.level_dbov == pytest.approx(fast.level_dbov, abs=0.1)
    assert slow.factor == pytest.approx(fast.factor, rel=0.02)


def test_of_silence_there_is_no_level() -> None:
    found = active_level(silence(10), RATE_HZ)
    assert (found.level_dbov, found.factor) == (None, 0)


def test_of_no_samples_there_is_no_level() -> None:
    found = active_level(silence(0), RATE_HZ)
    assert (found.level_dbov, found.factor) == (None, 0)


@pytest.mark.parametrize("level_dbov", [-60.0, -75.0])
def test_very_quiet_speech_has_a_level(level_dbov: float) -> None:
    # Below what the recommendation's 16-bit scale of thresholds can hold.
    quiet = gated(tone(500, 20, level_dbov), 4, 1)
    assert active_level(quiet, RATE_HZ).level_dbov == pytest.approx(level_dbov, abs=0.4)


def test_ten_minutes_need_little_memory() -> None:
    signal = np.resize(speech(16000), 600 * 16000)
    once = active_level(signal[: len(signal) // 2], 16000)
    tracemalloc.start()
    found = active_level(signal, 16000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2 * signal.nbytes
    assert found.level_dbov == pytest.approx(once.level_dbov, abs=0.1)


def test_clicks_have_no_speech_level() -> None:
    clicks = np.zeros(10 * 16000, dtype=np.float32)
    for start in range(0, len(clicks), 16000):
        clicks[start : start + 4] = 0.5
    found = active_level(clicks, 16000)
    assert (found.level_dbov, found.factor) == (None, 0.0)
