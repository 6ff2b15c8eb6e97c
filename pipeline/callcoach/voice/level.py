"""Level of a voice: RMS over the speaker's own speech, and ITU-T P.56 active speech level.

Only comparable within one channel: the recorder's gain, the line and the codec all move it.
0 dBov is the level of a full-scale square wave, a mean square of 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from callcoach.audio.level import FRAME_S, mean_level_db
from callcoach.model.recording import FloatArray
from callcoach.model.timeline import Span, total_s

_BLOCK_S = 60.0

# ITU-T P.56 (12/2011), method B: time constant of the envelope, hangover, and how far the active
# level lies above the threshold that counts as activity.
_ENVELOPE_S = 0.03
_HANGOVER_S = 0.2
_MARGIN_DB = 15.9
# Thresholds are spaced by a factor of two, as in the recommendation; its 16-bit scale of 15 steps
# is carried on to 24 bits, so that the level of a very quiet recording is still found.
_THRESHOLD_EXPONENTS = np.arange(-23.0, 1.0)


@dataclass(frozen=True)
class ActiveLevel:
    """Result of ITU-T P.56: active speech level in dBov and activity factor, 0..1.

    ``level_dbov`` is ``None`` where nothing is active, or where the margin is never met, as with
    single clicks; ``factor`` is then 0. ``threshold`` is the
    envelope (linear, full scale 1.0) above which the signal counts as active.
    """

    level_dbov: float | None
    factor: float
    threshold: float


def active_level(samples: FloatArray, rate_hz: int) -> ActiveLevel:
    """Active speech level and activity factor after ITU-T P.56, method B.

    Departures: the envelope's maxima over 1 ms are counted in place of single samples, and the
    threshold scale reaches lower (see above). Against the recommendation's own counting both stay
    far below its tolerance.

    Parameters
    ----------
    samples
        Signal, shape ``(n,)``, full scale 1.0.
    rate_hz
        Its rate.

    >>> hiss = np.random.default_rng(0).standard_normal(16000) * 0.1
    >>> found = active_level(np.concatenate([hiss, np.zeros(16000)]).astype(np.float32), 16000)
    >>> round(found.level_dbov, 1), round(found.factor, 1)
    (-21.1, 0.6)
    """
    square_sum = float(sum(np.dot(b, b) for b in _blocks(samples, rate_hz)))
    if square_sum == 0.0:
        return ActiveLevel(None, 0.0, 0.0)
    step = max(1, rate_hz // 1000)
    envelope = _envelope(samples, rate_hz, step)
    held = _held(envelope, round(_HANGOVER_S * rate_hz / step))
    thresholds: npt.NDArray[np.float64] = np.exp2(_THRESHOLD_EXPONENTS)
    # Number of samples whose held envelope reaches each threshold.
    counts = (len(held) - np.searchsorted(np.sort(held), thresholds)) * step
    counts = np.minimum(counts, len(samples))
    found = _crossing(square_sum, counts, thresholds)
    if found is None:
        return ActiveLevel(None, 0.0, 0.0)
    level_db, threshold_db = found
    mean_db = 10 * np.log10(square_sum / len(samples))
    factor = min(1.0, float(10 ** ((mean_db - level_db) / 10)))
    return ActiveLevel(level_db, factor, float(10 ** (threshold_db / 20)))


def active_spans(samples: FloatArray, rate_hz: int, threshold: float) -> tuple[Span, ...]:
    """When the signal is active: its envelope, hangover included, reaches ``threshold``.

    Parameters
    ----------
    samples
        Signal, shape ``(n,)``.
    rate_hz
        Its rate.
    threshold
        From :func:`active_level`.

    >>> sound = np.zeros(16000, dtype=np.float32)
    >>> sound[4000:8000] = 0.5
    >>> [(round(s.start_s, 1), round(s.end_s, 1)) for s in active_spans(sound, 16000, 0.1)]
    [(0.3, 0.8)]
    """
    step = max(1, rate_hz // 1000)
    held = _held(_envelope(samples, rate_hz, step), round(_HANGOVER_S * rate_hz / step))
    active = np.concatenate(([False], held >= threshold, [False]))
    edges = np.flatnonzero(np.diff(active.astype(np.int8))) * step / rate_hz
    end_s = len(samples) / rate_hz
    return tuple(
        Span(float(start), min(float(end), end_s))
        for start, end in zip(edges[::2], edges[1::2], strict=True)
    )


def speech_level_dbov(
    frame_levels_db: npt.NDArray[np.float64], speech: Sequence[Span], min_speech_s: float
) -> float | None:
    """Level of the mean power over the frames that are own speech, in dBov.

    Parameters
    ----------
    frame_levels_db
        Level of each 10 ms frame of the channel (:mod:`callcoach.audio.level`).
    speech
        The speaker's own speech.
    min_speech_s
        With less speech than this the result is ``None``.

    >>> frames = np.full(300, -60.0)  # 3 s of 10 ms
    >>> frames[100:200] = -20.0
    >>> speech_level_dbov(frames, [Span(1.0, 2.0)], min_speech_s=0.5)
    -20.0
    >>> speech_level_dbov(frames, [Span(1.0, 1.2)], min_speech_s=0.5) is None
    True
    """
    if total_s(speech) < min_speech_s:
        return None
    inside = np.zeros(len(frame_levels_db), dtype=bool)
    for span in speech:
        inside[round(span.start_s / FRAME_S) : round(span.end_s / FRAME_S)] = True
    return mean_level_db(frame_levels_db[inside])


def only(samples: FloatArray, rate_hz: int, speech: Sequence[Span]) -> FloatArray:
    """The signal, shape ``(n,)``, with everything but the given speech (seconds) set to zero."""
    result = np.zeros_like(samples)
    for span in speech:
        part = slice(round(span.start_s * rate_hz), round(span.end_s * rate_hz))
        result[part] = samples[part]
    return result


def _blocks(samples: FloatArray, rate_hz: int) -> Iterator[npt.NDArray[np.float64]]:
    """The signal in blocks, as float64: a long call would not fit in memory several times over."""
    size = round(_BLOCK_S * rate_hz)
    for start in range(0, len(samples), size):
        yield samples[start : start + size].astype(np.float64)


def _envelope(samples: FloatArray, rate_hz: int, step: int) -> npt.NDArray[np.float64]:
    """Two exponential averages in a row of the rectified signal, its maximum over ``step``."""
    from scipy.signal import lfilter

    keep = np.exp(-1.0 / (_ENVELOPE_S * rate_hz))
    state = [np.zeros(1), np.zeros(1)]
    parts = []
    rest = np.zeros(0)
    for block in _blocks(samples, rate_hz):
        smooth = np.abs(block)
        for stage in (0, 1):
            smooth, state[stage] = lfilter([1 - keep], [1, -keep], smooth, zi=state[stage])
        smooth = np.concatenate((rest, smooth))
        whole = len(smooth) // step * step
        parts.append(smooth[:whole].reshape(-1, step).max(axis=1))
        rest = smooth[whole:]
    if len(rest):
        parts.append(rest.max(keepdims=True))
    return np.concatenate(parts)


def _held(envelope: npt.NDArray[np.float64], hangover: int) -> npt.NDArray[np.float64]:
    """The largest envelope of the last ``hangover`` steps and of the present one."""
    from scipy.ndimage import maximum_filter1d

    size = hangover + 1
    # The filter is centred; its origin moves it into the past.
    held: npt.NDArray[np.float64] = maximum_filter1d(
        envelope, size, mode="constant", cval=0.0, origin=(size - 1) // 2
    )
    return held


def _crossing(
    square_sum: float,
    counts: npt.NDArray[Any],
    thresholds: npt.NDArray[np.float64],
) -> tuple[float, float] | None:
    """Active level and threshold (dB) where the one lies the margin above the other."""
    usable = counts > 0
    levels_db = 10 * np.log10(square_sum / counts[usable])
    steps_db = 20 * np.log10(thresholds[usable])
    above_db = levels_db - steps_db
    under = np.flatnonzero(above_db <= _MARGIN_DB)
    if len(under) == 0:  # clicks between silences: nothing like speech
        return None
    at = int(under[0])
    if at == 0:
        return float(levels_db[0]), float(steps_db[0])
    share = (above_db[at - 1] - _MARGIN_DB) / (above_db[at - 1] - above_db[at])
    return (
        float(levels_db[at - 1] + share * (levels_db[at] - levels_db[at - 1])),
        float(steps_db[at - 1] + share * (steps_db[at] - steps_db[at - 1])),
    )
