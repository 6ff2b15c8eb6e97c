"""Vocal effort: how pressed a voice sounds, apart from its gain.

With more effort the vocal folds close faster, and high frequencies gain more than low ones. The
balance of the two does not change with the recorder's gain, so it survives the automatic gain
control that hides shouting. The measure is the alpha ratio (Frokjaer-Jensen & Prytz 1976; one of
the parameters of eGeMAPS, Eyben et al. 2016) in the telephone band: energy from 1 kHz to 3.4 kHz
over energy from 300 Hz to 1 kHz, in dB, where the original has 1 to 5 kHz over 50 Hz to 1 kHz. It
is taken in each voiced frame, and a stretch has the median, so that a few loud vowels do not
decide. Lines and codecs have a balance of their own: compare it within one channel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from callcoach.config.voice import EffortConfig
from callcoach.model.recording import FloatArray
from callcoach.model.timeline import Span
from callcoach.voice.trackers import Floats

_FRAME_S = 0.032  # two periods and more of the lowest voice
_FRAMES_AT_ONCE = 4096


@dataclass(frozen=True)
class EffortTrack:
    """Balance of high against low frequencies of voiced frames.

    ``times_s`` are seconds from the start of the recording (frame centres) and ``balance_db`` the
    balance there, both of shape ``(n,)`` and in order of time.
    """

    times_s: Floats
    balance_db: Floats

    def median_db(self, spans: Sequence[Span], min_frames: int = 1) -> float | None:
        """Median over the frames in the spans (disjoint, in order of time)."""
        parts = [np.zeros(0)]
        for span in spans:
            first, last = np.searchsorted(self.times_s, (span.start_s, span.end_s))
            parts.append(self.balance_db[first:last])
        inside = np.concatenate(parts)
        return float(np.median(inside)) if len(inside) >= max(1, min_frames) else None


def track_effort(
    samples: FloatArray, rate_hz: int, voiced_times_s: Floats, config: EffortConfig
) -> EffortTrack:
    """Balance of high against low frequencies in each voiced frame.

    Parameters
    ----------
    samples
        The speaker's channel, shape ``(n,)``.
    rate_hz
        Its rate, at least twice ``config.high_hz``.
    voiced_times_s
        Centres of the voiced frames, shape ``(m,)``, in order (a pitch track's ``times_s``).
        Frames that reach over the ends of the recording, and frames without any energy in one of
        the bands, are left out.
    config
        The bands.
    """
    size = round(_FRAME_S * rate_hz)
    starts = np.round(voiced_times_s * rate_hz).astype(np.int64) - size // 2
    fits = (starts >= 0) & (starts + size <= len(samples))
    starts, times_s = starts[fits], voiced_times_s[fits]
    window = np.hanning(size).astype(np.float32)
    at_hz = np.fft.rfftfreq(size, 1 / rate_hz)
    low = (at_hz >= config.low_hz) & (at_hz < config.split_hz)
    high = (at_hz >= config.split_hz) & (at_hz < config.high_hz)
    energies = [np.zeros((0, 2))]
    for first in range(0, len(starts), _FRAMES_AT_ONCE):
        index = starts[first : first + _FRAMES_AT_ONCE, None] + np.arange(size)
        power = np.abs(np.fft.rfft(samples[index] * window)) ** 2
        energies.append(np.stack((power[:, low].sum(axis=1), power[:, high].sum(axis=1)), axis=1))
    both = np.concatenate(energies)
    sounding = (both > 0).all(axis=1)
    balance = 10 * np.log10(both[sounding, 1] / both[sounding, 0])
    return EffortTrack(times_s[sounding], balance)
