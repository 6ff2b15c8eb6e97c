"""Two made talkers whose words, times and mixes are known to the sample."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sounds import RATE_HZ, Floats, noise, voice

Spans = Sequence[tuple[float, float]]


def talker(spans: Spans, seconds: float, pitch_hz: float, seed: int) -> Floats:
    """Syllables of changing pitch and colour in each span at -23 dBov, a quiet line elsewhere."""
    draw = np.random.default_rng(seed)
    result = noise(seconds, -75, seed=seed + 1000)
    for start_s, end_s in spans:
        at = round(start_s * RATE_HZ)
        while at < round(end_s * RATE_HZ) - 1600:
            length = min(int(draw.uniform(0.12, 0.25) * RATE_HZ), round(end_s * RATE_HZ) - at)
            glide = np.linspace(*draw.uniform(0.85, 1.2, 2), length)
            level = -23 + draw.uniform(-6, 3)
            syllable = voice(pitch_hz * glide, level)
            if draw.random() < 0.4:
                syllable = syllable * 0.2 + noise(length / RATE_HZ, level - 8, seed=at)[:length]
            taps = draw.standard_normal(12) * np.exp(-np.arange(12) / 4)
            coloured = np.convolve(syllable, taps / np.linalg.norm(taps), "same")
            shape = np.sin(np.linspace(0, np.pi, length)) ** 0.5
            result[at : at + length] += (coloured * shape).astype(np.float32)
            at += length + int(draw.uniform(0.0, 0.05) * RATE_HZ)
    return result


def late(sound: Floats, seconds: float) -> Floats:
    """The same length, with the sound that much later."""
    count = round(seconds * RATE_HZ)
    return np.concatenate((np.zeros(count, dtype=np.float32), sound))[: len(sound)]


def gain(db: float) -> np.float32:
    """Factor of a level difference."""
    return np.float32(10 ** (db / 20))
