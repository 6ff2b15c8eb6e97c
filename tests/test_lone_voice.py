"""A quiet copy is leak where one voice is heard, and a copy of the call where two are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from callcoach.audio.health import check_audio
from callcoach.audio.lone_voice import is_lone_voice
from callcoach.config.config import Config
from callcoach.model.recording import Audio, FloatArray
from callcoach.model.timeline import Span
from doubles import LevelDetector
from sounds import RATE_HZ, Floats
from talkers import gain, talker

CONFIG = Config()
SPANS = [(k * 4.0 + 0.5, k * 4.0 + 3.5) for k in range(8)]
LOW = talker(SPANS[::2], 32, 110, seed=1)
HIGH = talker(SPANS[1::2], 32, 220, seed=2)


class Brightness:
    """Vectors by where the spectrum's low half ends: two made voices lie far apart."""

    def __init__(self, voices: int) -> None:
        self.voices = voices

    def embed(self, speech: FloatArray, windows: Sequence[Span]) -> FloatArray:
        draw = np.random.default_rng(len(speech))
        rows = draw.normal(0, 0.05, (len(windows), 8))
        for row, window in zip(rows, windows, strict=True):
            heard = speech[round(window.start_s * RATE_HZ) : round(window.end_s * RATE_HZ)]
            power = np.abs(np.fft.rfft(heard, 4 * RATE_HZ)) ** 2
            low = power[4 * 150 : 4 * 190].sum() < power[4 * 90 : 4 * 135].sum()
            row[int(low) if self.voices == 2 else 0] += 1.0
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def lone(loud: Floats, copy_db: float, voices: int | None) -> bool:
    samples = np.stack((loud, loud * gain(copy_db))).astype(np.float32)
    audio = Audio(samples, RATE_HZ, RATE_HZ, "", "", (1.0, 1.0), (0.0, 0.0))
    health = check_audio(audio, CONFIG.audio)
    assert health.identical_channels
    encoder = None if voices is None else Brightness(voices)
    return is_lone_voice(audio, health, LevelDetector(), encoder, CONFIG)


def test_one_voice_and_its_leak_are_two_channels() -> None:
    assert lone(LOW, -25, voices=1)


def test_two_voices_are_a_copy_of_the_call() -> None:
    assert not lone(LOW + HIGH, -25, voices=2)


@pytest.mark.parametrize("copy_db, voices", [(-3, 1), (-25, None)])
def test_as_loud_a_copy_or_no_model_is_a_copy(copy_db: float, voices: int | None) -> None:
    assert not lone(LOW, copy_db, voices)
