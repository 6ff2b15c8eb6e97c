"""DC and hum go, voices stay."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from callcoach.audio.decode import decode
from callcoach.audio.highpass import _low_pass, take_out_hum
from callcoach.config.config import Config
from callcoach.config.voice import PitchConfig
from callcoach.model.recording import FloatArray
from callcoach.model.timeline import Span
from callcoach.voice.pitch import summarise_pitch, track_pitch
from callcoach.voice.trackers import PitchTracker, load_tracker
from resynthesis import Samples, telephone_band, utterances
from sounds import RATE_HZ, noise, tone, voice


def filtered(sound: FloatArray, rate_hz: int = RATE_HZ) -> FloatArray:
    """Filtered with an offset, so that there is something to take out."""
    samples = np.array(sound + np.float32(0.1), dtype=np.float32)[np.newaxis]
    take_out_hum(samples, rate_hz)
    return samples[0]


def level_db(sound: FloatArray) -> float:
    return float(10 * np.log10(np.mean(np.square(sound, dtype=np.float64)) + 1e-20))


@pytest.mark.parametrize("offset", [0.02, -0.3])
def test_an_offset_is_gone_from_the_first_sample_on(offset: float) -> None:
    assert np.abs(filtered(np.full(RATE_HZ, offset, dtype=np.float32))).max() < 1e-4


@pytest.mark.parametrize("hz", [49.8, 50, 60, 60.2])
def test_hum_ends_under_the_idle_noise_of_a_telephone_line(hz: float) -> None:
    assert level_db(filtered(tone(hz, 4, -30))[RATE_HZ : 3 * RATE_HZ]) < -70


@pytest.mark.parametrize("hz", [80, 85, 100, 300, 3400])
def test_what_voices_have_stays(hz: float) -> None:
    assert level_db(filtered(tone(hz, 3, -30))[RATE_HZ:]) == pytest.approx(-30, abs=0.3)


def test_a_low_voice_rings_no_longer_than_the_edges_are_good_for() -> None:
    sound = np.concatenate([voice(np.full(RATE_HZ, 85.0)), np.zeros(RATE_HZ, dtype=np.float32)])
    after = filtered(sound)[RATE_HZ + RATE_HZ // 100 :]
    assert level_db(after[: RATE_HZ // 100]) < -20 - 18


@pytest.mark.parametrize("seconds", [0.02, 1, 31, 65])
def test_blocks_leave_no_seam(seconds: float) -> None:
    rate_hz = 2000
    sound = noise(seconds, -30, rate_hz) + np.float32(0.1)
    low_pass = np.flip(_low_pass(rate_hz))
    reach = len(low_pass) // 2
    padded = np.pad(sound.astype(np.float64), reach, "edge")
    slow = np.lib.stride_tricks.sliding_window_view(padded, len(low_pass)) @ low_pass
    assert filtered(sound, rate_hz) == pytest.approx(sound - slow, abs=1e-5)


def test_what_has_no_hum_keeps_every_sample() -> None:
    pause = np.zeros(RATE_HZ, dtype=np.float32)
    clean = np.concatenate((voice(np.full(2 * RATE_HZ, 85.0), -20), pause)) + noise(3, -60)
    hummed = clean + tone(50, 3, -30)
    samples = np.stack((clean, hummed))
    take_out_hum(samples, RATE_HZ)
    assert np.array_equal(samples[0], clean)
    assert level_db(samples[1, RATE_HZ:] - clean[RATE_HZ:]) < -40


@pytest.fixture(scope="module")
def tracker() -> PitchTracker:
    return load_tracker(PitchConfig())


def median_st(sound: Samples, rate_hz: int, tracker: PitchTracker) -> float:
    whole = (Span(0.0, len(sound) / rate_hz),)
    summary = summarise_pitch(track_pitch(sound, rate_hz, whole, tracker, PitchConfig()), 0.5)
    assert summary is not None
    return summary.median_st


def test_the_pitch_of_no_voice_changes(tracker: PitchTracker) -> None:
    """The three lowest and the highest of the voices, wide band and telephone."""
    made = sorted(utterances(), key=lambda utterance: utterance.median_st)
    for utterance in (*made[:3], made[-1]):
        narrow = telephone_band(utterance.samples, utterance.rate_hz)
        for sound, rate_hz, most_st in (
            (utterance.samples, utterance.rate_hz, 0.05),
            (narrow, 8000, 0.04),
        ):
            before = median_st(sound.astype(np.float32), rate_hz, tracker)
            after = median_st(filtered(sound.astype(np.float32), rate_hz), rate_hz, tracker)
            assert after == pytest.approx(before, abs=most_st)


def test_decoded_sound_has_no_offset_but_its_peaks(tmp_path: Path) -> None:
    sound = tone(440, 2, -20, 8000) + np.float32(0.1)
    soundfile.write(tmp_path / "a.wav", sound, 8000)
    audio = decode(tmp_path / "a.wav", Config().audio)
    assert abs(float(audio.samples.mean())) < 1e-3
    assert audio.peaks[0] == pytest.approx(float(sound.max()), abs=1e-3)
