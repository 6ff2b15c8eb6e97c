"""Sounds with known truth."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
RATE_HZ = 16000


def tone(hz: float, seconds: float, level_dbov: float = -20.0, rate_hz: int = RATE_HZ) -> Floats:
    """A sine of known RMS level (a full-scale sine is at -3 dBov)."""
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    return (np.sqrt(2) * 10 ** (level_dbov / 20) * np.sin(2 * np.pi * hz * t)).astype(np.float32)


def voice(hz: npt.ArrayLike, level_dbov: float = -20.0, rate_hz: int = RATE_HZ) -> Floats:
    """A voiced sound of known pitch: harmonics falling by 12 dB per octave.

    ``hz`` is the fundamental at each sample, shape ``(n,)``.
    """
    f0 = np.asarray(hz, dtype=np.float64)
    phase = 2 * np.pi * np.cumsum(f0) / rate_hz
    total = np.zeros(len(f0))
    for k in range(1, int(rate_hz / 2 / f0.max())):
        total += np.sin(k * phase) / k**2
    return (total * 10 ** (level_dbov / 20) / np.sqrt(np.mean(total**2))).astype(np.float32)


def noise(seconds: float, level_dbov: float, rate_hz: int = RATE_HZ, seed: int = 0) -> Floats:
    """White noise of known RMS level."""
    values = np.random.default_rng(seed).standard_normal(round(seconds * rate_hz))
    return (values * 10 ** (level_dbov / 20)).astype(np.float32)


def silence(seconds: float, rate_hz: int = RATE_HZ) -> Floats:
    """Digital silence."""
    return np.zeros(round(seconds * rate_hz), dtype=np.float32)
