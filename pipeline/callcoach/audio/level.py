"""Level of short frames, shared by the stages that look at loudness over time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from callcoach.config.audio import AudioConfig
from callcoach.model.recording import Audio, FloatArray

FRAME_S = 0.010
"""Frame and hop in seconds: fine enough for edges good to 10-20 ms."""

FLOOR_DB = -120.0
"""Level given to digital silence, below anything a telephone channel carries."""

_AS_CLEAR_DB = 1.0  # less is within the scatter of levels


def frame_levels_db(samples: FloatArray, sample_rate_hz: int) -> npt.NDArray[np.float64]:
    """RMS level of successive 10 ms frames in dBov (0 dBov: full-scale square wave).

    Parameters
    ----------
    samples
        One channel, shape ``(n,)``, full scale 1.0.
    sample_rate_hz
        Its rate.

    Returns
    -------
    ndarray, shape (ceil(n / hop),)
        dBov, never under -120. The last frame is padded with silence.
    """
    hop = round(FRAME_S * sample_rate_hz)
    count = -(-len(samples) // hop)
    padded = np.zeros(count * hop, dtype=np.float32)
    padded[: len(samples)] = samples
    frames = padded.reshape(count, hop)
    power = np.einsum("ij,ij->i", frames, frames, dtype=np.float64) / hop
    levels: npt.NDArray[np.float64] = 10 * np.log10(np.maximum(power, 10 ** (FLOOR_DB / 10)))
    return levels


def mean_level_db(levels_db: npt.NDArray[np.float64]) -> float | None:
    """Level of the mean power of frames, in dB; ``None`` for no frames.

    ``levels_db`` has shape ``(frames,)``. It is the power that is averaged, not the decibels.

    >>> round(mean_level_db(np.array([-20.0, -40.0])), 2)
    -22.97
    """
    if len(levels_db) == 0:
        return None
    return float(10 * np.log10(np.mean(10 ** (levels_db / 10))))


def loudest_channel(audio: Audio) -> FloatArray:
    """The channel with the larger mean square alone, shape ``(1, n)``; of equal ones the first."""
    powers = [float((channel**2).mean()) for channel in audio.samples]
    best = powers.index(max(powers))
    return audio.samples[best : best + 1]


def clearest_channel(audio: Audio, config: AudioConfig) -> FloatArray:
    """Of channels that carry the same sound the one to listen to, shape ``(1, n)``.

    One that is cut off too often only where all are; then the one whose speech stands highest above
    its background, or the louder one where that differs by less than 1 dB.
    """
    whole = [i for i, c in enumerate(audio.clipped_shares) if c <= config.clipping_share]
    best, best_db, best_gap_db = 0, -np.inf, -np.inf
    for index in whole or range(audio.channels):
        levels = frame_levels_db(audio.samples[index], audio.sample_rate_hz)
        loud_db, quiet_db = (float(v) for v in np.percentile(levels, (95, 10)))
        # Nothing is gained by a background below what counts as silence.
        gap_db = loud_db - max(quiet_db, config.silence_dbov)
        louder = abs(gap_db - best_gap_db) < _AS_CLEAR_DB and loud_db > best_db
        if gap_db >= best_gap_db + _AS_CLEAR_DB or louder:
            best, best_db, best_gap_db = index, loud_db, gap_db
    return audio.samples[best : best + 1]
