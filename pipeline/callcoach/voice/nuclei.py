"""Syllable nuclei in the sound itself, for speech without a transcript.

After de Jong & Wempe (2009), "Praat script to detect syllable nuclei and measure speech rate
automatically", Behavior Research Methods 41: a nucleus is a peak of the intensity that is loud
enough, has a dip before and after it, and is voiced. We depart from them in band-limiting the
sound first, so that it counts the same with and without what a telephone cuts off, and in counting
the edges of the speaker's own speech as dips.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from callcoach.config.voice import RateConfig
from callcoach.model.recording import FloatArray
from callcoach.model.timeline import Span, merged, total_s
from callcoach.voice.rate import Rate

Floats = npt.NDArray[np.float64]

_HOP_S = 0.005
_PAD_S = 0.1
_FILTER_ORDER = 2
_FLOOR_DB = -80.0
_LOUD_QUANTILE = 0.95
"""The level of the loud part: fewer frames are clicks, more are already quiet syllables."""


def acoustic_rate(
    samples: FloatArray,
    rate_hz: int,
    speech: Sequence[Span],
    voiced_times_s: Floats,
    config: RateConfig,
) -> Rate | None:
    """Syllables per second of own speech by nuclei, ``None`` with too little speech.

    Parameters are those of :func:`count_nuclei`. There are no words in it: ``words_per_min`` is
    ``None``.
    """
    speech_s = total_s(speech)
    if speech_s < config.min_speech_s:
        return None
    nuclei = count_nuclei(samples, rate_hz, speech, voiced_times_s, config)
    return Rate(nuclei / speech_s, None)


def count_nuclei(
    samples: FloatArray,
    rate_hz: int,
    speech: Sequence[Span],
    voiced_times_s: Floats,
    config: RateConfig,
) -> int:
    """Syllable nuclei in a speaker's own speech.

    Gain, later silence and the place in the recording do not change the count.

    Parameters
    ----------
    samples
        The speaker's channel, shape ``(n,)``.
    rate_hz
        Its rate, at least 8000 Hz.
    speech
        The speaker's own speech.
    voiced_times_s
        Seconds from the start of the recording of the voiced frames, shape ``(m,)``, in order: all
        that the tracker finds (:func:`callcoach.voice.pitch.voiced_frames`). The cleaned track
        lacks runs under 50 ms, and many a weak syllable is no longer than that.
    config
        Band, smoothing, and what makes a nucleus.
    """
    from scipy.signal import find_peaks

    regions = [
        (span.start_s, _powers(samples, rate_hz, span, config))
        for span in merged(speech)
        if span.duration_s >= _HOP_S
    ]
    if not regions or len(voiced_times_s) == 0:
        return 0
    loud = np.quantile(np.concatenate([power for _, power in regions]), _LOUD_QUANTILE)
    if loud == 0:
        return 0
    count = 0
    for start_s, power in regions:
        levels_db = 10 * np.log10(np.maximum(power / loud, 10 ** (_FLOOR_DB / 10)))
        # Outside the speech lies silence: a vowel at the edge is a peak as well.
        bordered = np.concatenate(([_FLOOR_DB - 1], levels_db, [_FLOOR_DB - 1]))
        peaks, _ = find_peaks(
            bordered, height=-config.nucleus_range_db, prominence=config.nucleus_dip_db
        )
        count += _near(start_s + (peaks - 1) * _HOP_S, voiced_times_s, config.nucleus_voiced_s)
    return count


def _powers(samples: FloatArray, rate_hz: int, span: Span, config: RateConfig) -> Floats:
    """Smoothed power of the band at steps of ``_HOP_S`` from the start of the span.

    The steps are counted from the span, not from the recording, so that speech counts the same
    wherever it stands.
    """
    from scipy.signal import butter, sosfiltfilt

    pad = round(_PAD_S * rate_hz)
    first = round(span.start_s * rate_hz)
    length = round(span.duration_s * rate_hz)
    cut = np.zeros(length + 2 * pad)
    source = samples[max(0, first - pad) : first + length + pad]
    at = max(0, pad - first)
    cut[at : at + len(source)] = source
    band = butter(
        _FILTER_ORDER,
        (config.nucleus_low_hz, config.nucleus_high_hz),
        "bandpass",
        fs=rate_hz,
        output="sos",
    )
    power = sosfiltfilt(band, cut, padtype=None) ** 2
    window = np.hanning(round(config.nucleus_smooth_s * rate_hz) + 2)
    smooth = np.convolve(power, window / window.sum(), mode="same")
    steps = pad + np.round(np.arange(0, length / rate_hz, _HOP_S) * rate_hz).astype(int)
    result: Floats = np.maximum(smooth[steps], 0)
    return result


def _near(times_s: Floats, voiced_times_s: Floats, reach_s: float) -> int:
    """How many of the times have a voiced frame at most ``reach_s`` away."""
    after = np.searchsorted(voiced_times_s, times_s)
    bordered = np.concatenate(([-np.inf], voiced_times_s, [np.inf]))
    nearest = np.minimum(times_s - bordered[after], bordered[after + 1] - times_s)
    return int(np.count_nonzero(nearest <= reach_s))
