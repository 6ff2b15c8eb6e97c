"""How loud the other side is heard on a channel: at once over the line, or late as an echo.

Electrical crosstalk arrives within a few milliseconds and every call has some. Echo of a mobile
phone's or a VoIP client's loudspeaker comes back through codecs and jitter buffers 0.1 to 0.5 s
later (ITU-T G.131 calls echo a fault from 25 ms on), in some calls only. Its delay is measured: a
gate that waits half a second after everything the other side says would cut the quick answers off.

The delay is where the cross-correlation of the channels peaks, whitened by the phase transform
(Knapp and Carter 1976, IEEE Trans. ASSP 24(4)). Speech that only answers speech leaves no peak;
an echo of -35 dB through GSM twice stands 35 times over the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from callcoach.audio.level import FRAME_S
from callcoach.config.audio import ActivityConfig
from callcoach.model.recording import FloatArray

LATEST_S = 0.6
"""No echo comes later: two mobile networks and a jitter buffer, there and back."""

SURE = 15.0
"""A peak counts this many times over the correlation at lags that no echo has. Between people
without echo the highest of all lags reaches 6, between made voices 13."""

ABOVE = 2.0
"""... and this many times over the highest there: sounds that repeat are no echo."""

IN_BLOCKS, IN_BLOCK = 2, 5.0
"""The peak must show in this many blocks of five seconds, this many times over what is usual in the
block: an echo is there whenever the other side speaks, a beep on both sides once."""

BESIDE = 0.25
"""Peaks of at least this share of the highest count too: a buffer that changed its length."""

MOST_DELAYS = 12
"""More peaks than this, 10 ms apart, are a tone or a tune that resembles itself."""

EARLY_S, AFTER_S = 0.02, 0.05
"""What is heard around a peak: the neighbours of a level frame, and a room's first echoes."""

_NO_ECHO_S = (0.8, 2.0)  # lags that show what the correlation is without echo
_BLOCK_S = 5.0
_MOST_BLOCKS = 60  # five minutes of talk are enough to be sure
_EMPTY_DB = -40.0  # under the spectrum's peak: bands without speech, such as above 4 kHz

Levels = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class LeakPaths:
    """How the other side arrives on a channel.

    ``late`` holds the delays of its echo, in frames of 10 ms; none where there is no echo.
    ``near`` says whether it arrives at once as well: not known for sure without an echo, then it is
    taken to.
    """

    near: bool = True
    late: tuple[int, ...] = ()


def leak_paths(
    samples: FloatArray, sample_rate_hz: int, speech: Mask, config: ActivityConfig
) -> tuple[LeakPaths, LeakPaths]:
    """Find the echoes between two channels.

    Parameters
    ----------
    samples
        Two channels, shape ``(2, n)``.
    sample_rate_hz
        Their rate.
    speech
        Frames of 10 ms in which anybody speaks: only there is something to be heard twice.
    config
        Leak up to ``leak_late_s`` late is near.

    Returns
    -------
    tuple of LeakPaths
        How the second channel's speech is heard on the first, and the first's on the second.
    """
    blocks = _correlations(samples, sample_rate_hz, speech)
    if len(blocks) < IN_BLOCKS:
        return LeakPaths(), LeakPaths()
    # Positive lags: the second channel is later. The first one's are the negative lags.
    backwards = np.concatenate((blocks[:, :1], blocks[:, :0:-1]), axis=1)
    return _paths(backwards, sample_rate_hz, config), _paths(blocks, sample_rate_hz, config)


def leak_levels(
    own: Levels,
    other: Levels,
    other_speech: Mask,
    paths: LeakPaths,
    background_db: float | None,
    config: ActivityConfig,
) -> Levels:
    """The level that the other side, leaking in, explains in each frame; -inf where it does not.

    The leak's attenuation is the median of own over other level where the other side is loud: most
    of that time the own side listens, so what is heard there is leak (or the background, which
    gates nothing that is speech).

    Parameters
    ----------
    own, other
        Levels of the channel and of the other one, in dBov, per frame of 10 ms.
    other_speech
        Frames in which the other side is heard to speak.
    paths
        How it arrives.
    background_db
        The channel's background, ``None`` where it is not known.
    config
        Thresholds.
    """
    loud = other_speech
    if loud.any():
        loud = loud & (other >= np.percentile(other[loud], 50))
    explained = np.full(len(own), -np.inf)
    if paths.near:
        near = range(round(config.leak_late_s / FRAME_S) + 1)
        explained = _explained(own, other, loud, near, 0, background_db, config)
    if paths.late:
        early, after = round(EARLY_S / FRAME_S), round(AFTER_S / FRAME_S)
        delays = sorted({d + k for d in paths.late for k in range(-early, after + 1)})
        middle = paths.late[len(paths.late) // 2]
        late = _explained(own, other, loud, delays, middle, background_db, config)
        explained = np.maximum(explained, late)
    return explained


def _explained(
    own: Levels,
    other: Levels,
    loud: Mask,
    delays: Sequence[int],
    middle: int,
    background_db: float | None,
    config: ActivityConfig,
) -> Levels:
    """The same for one way by which the other side arrives, ``delays`` frames late."""
    recent = np.full(len(own), other.min(initial=0.0))
    for delay in delays:
        moved = max(0, delay)
        np.maximum(recent[moved:], other[: len(other) - moved], out=recent[moved:])
    heard = np.zeros_like(loud)
    heard[middle:] = loud[: len(loud) - middle]
    leak_db = config.gate_default_db
    if heard.sum() * FRAME_S >= config.leak_min_s:
        measured = float(np.median(own[heard] - recent[heard]))
        leak_db = float(np.clip(measured, config.leak_least_db, config.leak_most_db))
        # An echo is looked for in little sound; much of that may be the own side, speaking at once.
        share = 25 if middle else 50
        risen_db = float(np.percentile(own[heard], share)) - (background_db or 0.0)
        if background_db is not None and risen_db < config.leak_heard_db:
            # What was measured is the background: a gate at that level only eats quiet speech.
            return np.full(len(own), -np.inf)
    result: Levels = recent + leak_db
    return result


def _correlations(samples: FloatArray, sample_rate_hz: int, speech: Mask) -> FloatArray:
    """Whitened cross-correlation of each block with speech, shape ``(blocks, lags)``.

    Lags go up to two seconds; the negative ones stand at the end.
    """
    from scipy import fft

    size = round(_BLOCK_S * sample_rate_hz)
    reach = round(_NO_ECHO_S[1] * sample_rate_hz)
    frames = round(_BLOCK_S / FRAME_S)
    spoken = [
        number
        for number in range(-(-samples.shape[1] // size))
        if speech[number * frames : (number + 1) * frames].any()
    ]
    if len(spoken) > _MOST_BLOCKS:
        spoken = [int(part[0]) for part in np.array_split(np.asarray(spoken), _MOST_BLOCKS)]
    length = fft.next_fast_len(size + reach, real=True)
    crosses = np.zeros((len(spoken), length // 2 + 1), dtype=np.complex64)
    powers = np.zeros((2, length // 2 + 1))
    for cross, number in zip(crosses, spoken, strict=True):
        block = samples[:, number * size : (number + 1) * size]
        spectra = fft.rfft(block, length, axis=1)
        product = np.conj(spectra[0]) * spectra[1]
        cross[:] = product / np.maximum(np.abs(product), np.finfo(np.float32).tiny)
        powers += np.abs(spectra) ** 2
    smooth = np.full(64, 1 / 64)
    for power in powers:
        even = np.convolve(power, smooth, "same")
        crosses[:, even < even.max() * 10 ** (_EMPTY_DB / 10)] = 0.0
    result = np.empty((len(spoken), 2 * reach + 1), dtype=np.float32)
    for row, cross in zip(result, crosses, strict=True):
        lags = fft.irfft(cross, length)
        row[: reach + 1], row[reach + 1 :] = lags[: reach + 1], lags[-reach:]
    return result


def _paths(blocks: FloatArray, sample_rate_hz: int, config: ActivityConfig) -> LeakPaths:
    """The peaks of the correlation at lags of 0 and more."""
    first, last = (round(s * sample_rate_hz) for s in _NO_ECHO_S)
    bare = np.concatenate((blocks[:, first:last], blocks[:, -last:-first]), axis=1)
    usual = np.sqrt(np.mean(np.square(bare.sum(axis=0), dtype=np.float64)))
    least = max(SURE * float(usual), ABOVE * float(np.abs(bare.sum(axis=0)).max()))
    border = round(config.leak_late_s * sample_rate_hz)
    sums = blocks[:, : round(LATEST_S * sample_rate_hz)].sum(axis=0)
    sizes = np.abs(sums)
    late = sizes[border:]
    highest = float(late.max())
    if highest <= 0.0 or highest < least:
        return LeakPaths()
    lag = border + int(np.argmax(late))
    # Recorders delay by whole samples; a resampler between them spreads that over three.
    around = blocks[:, lag - 1 : lag + 2] * np.sign(sums[lag])
    usual_here = np.sqrt(np.mean(np.square(bare, dtype=np.float64), axis=1))
    if int((around.max(axis=1) > IN_BLOCK * usual_here).sum()) < IN_BLOCKS:
        return LeakPaths()
    lags = border + np.flatnonzero(late >= max(least, BESIDE * highest))
    delays = np.unique(np.round(lags / sample_rate_hz / FRAME_S).astype(int))
    if len(delays) > MOST_DELAYS:
        return LeakPaths()
    return LeakPaths(bool(sizes[:border].max() >= least), tuple(int(d) for d in delays))
