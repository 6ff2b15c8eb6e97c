"""A copy of the call on the second channel, and what only looks like one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soxr

import line_codecs
from callcoach.audio.decode import decode
from callcoach.audio.level import clearest_channel
from callcoach.audio.same_sound import SameSound, same_sound
from callcoach.config.config import Config
from callcoach.model.recording import Audio
from sounds import RATE_HZ, Floats, noise
from talkers import gain, late, talker

CONFIG = Config().audio
CASES = Path(__file__).parent.parent.parent / "shared" / "cases" / "audio"
AGENT = talker([(0.5, 3.5), (7.0, 9.5), (13.0, 17.0), (20.5, 22.0)], 24, 110, seed=1)
CUSTOMER = talker([(4.0, 6.5), (10.0, 12.5), (17.5, 20.0)], 24, 210, seed=2)
BOTH = AGENT + CUSTOMER


def found(left: Floats, right: Floats) -> SameSound | None:
    return same_sound(np.stack((left, right)).astype(np.float32), RATE_HZ)


@pytest.mark.parametrize("delay_s", [0.0, 1 / 44100, 1 / 16000, 1 / 8000, 0.25, 0.5])
@pytest.mark.parametrize("gain_db", [0, -40])
def test_a_copy_is_told_with_its_delay_and_gain(delay_s: float, gain_db: float) -> None:
    spectrum = np.fft.rfft(BOTH, len(BOTH) + RATE_HZ)
    turned = np.exp(-2j * np.pi * np.fft.rfftfreq(len(BOTH) + RATE_HZ, 1 / RATE_HZ) * delay_s)
    copy = np.fft.irfft(spectrum * turned)[: len(BOTH)].astype(np.float32) * gain(gain_db)
    for left, right, sign in ((BOTH, copy, 1), (copy, BOTH, -1), (BOTH, -copy, 1)):
        same = found(left, right)
        assert same is not None
        assert same.delay_s == pytest.approx(sign * delay_s, abs=1 / RATE_HZ)
        assert same.gain_db == pytest.approx(sign * gain_db, abs=0.5)


def coded(name: str) -> Floats:
    line = soxr.resample(BOTH, RATE_HZ, 8000)
    sound = soxr.resample(getattr(line_codecs, name)(line, 8000), 8000, RATE_HZ)
    return np.pad(sound, (0, max(0, len(BOTH) - len(sound))))[: len(BOTH)].astype(np.float32)


@pytest.mark.parametrize("name", ["mu_law", "gsm", "opus"])
def test_another_codec_makes_no_second_person(name: str) -> None:
    assert found(BOTH, late(coded(name), 0.03) * gain(-6))


@pytest.mark.parametrize("snr_db", [20, 8])
def test_noise_makes_no_second_person(snr_db: float) -> None:
    level_db = 10 * np.log10(np.mean(BOTH**2)) - snr_db
    left, right = (BOTH + noise(24, level_db, seed=seed) for seed in (3, 4))
    assert found(BOTH, right)
    assert found(left, BOTH)
    assert found(left, late(right, 0.1))


def test_the_gain_of_a_copy_may_drift() -> None:
    slow = 10 ** (2 * np.sin(2 * np.pi * np.arange(len(BOTH)) / RATE_HZ / 15) / 20)
    assert found(BOTH, (BOTH * slow).astype(np.float32))


@pytest.mark.parametrize("leak_db", [-8, -10, -20, -30])
@pytest.mark.parametrize("delay_s", [0.0, 0.03, 0.4])
def test_two_people_who_leak_are_two(leak_db: float, delay_s: float) -> None:
    right = CUSTOMER + late(AGENT, delay_s) * gain(leak_db)
    assert not found(AGENT, right)
    assert not found(right, AGENT)
    assert not found(AGENT + late(CUSTOMER, delay_s) * gain(leak_db), right)


@pytest.mark.parametrize("leak_db", [-10, -20, -30])
def test_a_single_yes_tells_two_people(leak_db: float) -> None:
    yes = talker([(10.0, 10.5)], 24, 210, seed=5)
    assert not found(AGENT + yes * gain(leak_db), AGENT * gain(leak_db) + yes)


def test_shared_music_and_noise_are_no_copy() -> None:
    shared = noise(24, -30, seed=6)
    assert not found(AGENT + shared, CUSTOMER + shared)
    assert not found(noise(24, -30, seed=7), noise(24, -30, seed=8))


def test_people_in_a_part_of_a_long_call_are_found() -> None:
    """Nine minutes of one shared announcement, then two people: only the whole call tells."""
    shared = np.tile(AGENT, 24)
    left, right = np.concatenate((shared, AGENT)), np.concatenate((shared, CUSTOMER))
    assert found(shared, shared)
    assert not found(left, right)


def test_silence_and_short_sounds_are_no_copy() -> None:
    assert not found(AGENT, np.zeros_like(AGENT))
    assert not found(AGENT[:100], CUSTOMER[:100])


@pytest.mark.skipif(not CASES.is_dir(), reason="needs the shared recordings")
def test_the_same_sound_one_sample_apart() -> None:
    path = CASES / "both_sides_both_channels_1_sample_apart.flac"
    assert same_sound(decode(path, CONFIG).samples, RATE_HZ)
    for other in ("call.flac", "echo_250ms_20dB.flac"):
        assert not same_sound(decode(CASES / other, CONFIG).samples, RATE_HZ)


def test_the_clearest_channel_is_listened_to() -> None:
    def best(*channels: Floats, clipped: tuple[float, float] = (0.0, 0.0)) -> Floats:
        samples = np.stack(channels).astype(np.float32)
        audio = Audio(samples, RATE_HZ, RATE_HZ, "", "", (1.0, 1.0), clipped)
        return clearest_channel(audio, CONFIG)[0]

    noisy = BOTH + noise(24, -45, seed=9)
    assert np.array_equal(best(noisy * 2, BOTH), BOTH)
    assert np.array_equal(best(BOTH, BOTH * 2), BOTH * 2)
    assert np.array_equal(best(BOTH * gain(-45), BOTH), BOTH)
    assert np.array_equal(best(BOTH, BOTH * 4, clipped=(0.0, 0.02)), BOTH)
