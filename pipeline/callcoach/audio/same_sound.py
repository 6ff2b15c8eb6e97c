"""Whether two channels carry the same sound.

A recorder that writes the sum of a call to both channels does so at any level, with a delay of its
buffers, inverted, through another codec, with another channel's noise. What tells such a copy from
a call in which one side leaks into the other is what it leaves unexplained: of a copy neither
channel has speech that the other, filtered, does not have too; of two people each has.

1. The delay is where the channels' cross-correlation peaks, whitened by both spectra (the smoothed
   coherence transform; Knapp and Carter 1976, IEEE Trans. ASSP 24(4)).
2. One linear filter for the whole call predicts each channel from the other: in each band the cross
   spectrum over the spectrum of the predicting one (Wiener). Its gain may drift a little over
   seconds, as a codec's may, but not turn over as it does between two people and their leaks.
3. Where a channel is loud and the prediction misses most of it for the time of a word, that is
   speech of its own.

Most calls fail the test on the loud blocks of a sample that is spread over the call; only what
passes is looked at whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from callcoach.model.recording import FloatArray

MOST_LATE_S = 0.5
"""Largest delay between the channels: a conference bridge's buffers on top of a codec's frames."""

OWN_DB = -5.0
"""Sound counts as unexplained where this share of its power and more is left: another voice leaves
nearly all of it, noise 8 dB under the speech and GSM's coder less for all but 0.1 s at a time."""

LOUDER_DB = 3.0
"""... and where it is this much louder than predicted: coders make "s" of noise of their own."""

OWN_MIN_S = 0.2
"""Shorter stretches are a codec's, a lost packet's or a click's: the shortest words take longer."""

OWN_MOST_S = 0.3
"""Two people are told by more unexplained speech than this on either channel: one "yes"."""

OWN_SHARE = 0.005
"""... or than this share of the channel's loud time, where that is more: a long call has faults."""

DRIFT_DB = 3.0
"""How far the gain may drift from the call's. A leak is at least 10 dB under its voice, so that
from one speaker to the other the gain between the channels turns by 20 dB."""

EXPLAINED = 0.5
"""Share of the power of the loud time that must be explained on each channel."""

_LOUD_DB = 20.0  # under the loudest twentieth of the frames: speech, not its background
_ABOVE_NOISE_DB = 6.0  # speech stands out of the background by more
_BLOCK_S = 4.0  # eight times the largest delay
_SAMPLE_BLOCKS = 20  # 80 s of the call tell most calls of two people from a copy
_FRAME = 512  # 32 ms at 16 kHz: filters that long are fitted
_SMOOTH = 5  # frames of 16 ms hop that are judged together
_FLOOR_DB = -60.0  # of the spectrum's peak: less is an empty band (telephone sound at 16 kHz)

Power = npt.NDArray[np.float64]


@dataclass(frozen=True)
class SameSound:
    """How one channel copies the other.

    ``delay_s`` is how much later the second channel has the sound (negative: earlier),
    ``gain_db`` how much louder.
    """

    delay_s: float
    gain_db: float


@dataclass(frozen=True)
class _Judged:
    """Power of each frame of a block: as heard, as predicted, and what the prediction leaves."""

    heard: Power
    predicted: Power
    left: Power


def same_sound(samples: FloatArray, sample_rate_hz: int) -> SameSound | None:
    """Tell how the second channel copies the first, ``None`` where it does not.

    Parameters
    ----------
    samples
        Two channels, shape ``(2, n)``.
    sample_rate_hz
        Their rate.
    """
    length = samples.shape[1]
    if len(samples) != 2:
        return None
    powers = [float(np.einsum("i,i->", c, c, dtype=np.float64)) for c in samples]
    if min(powers) == 0.0:
        return None
    size = round(_BLOCK_S * sample_rate_hz)
    starts = range(0, max(1, length - size // 2), size)
    chosen = _spread(samples, starts, size)
    late = _delay(samples, chosen, size, round(MOST_LATE_S * sample_rate_hz))
    first, second = samples[0][max(0, -late) :], samples[1][max(0, late) :]
    if not _alike(first, second, chosen, size, sample_rate_hz):
        return None
    if len(chosen) < len(starts) and not _alike(first, second, starts, size, sample_rate_hz):
        return None
    return SameSound(late / sample_rate_hz, float(10 * np.log10(powers[1] / powers[0])))


def _spread(samples: FloatArray, starts: Sequence[int], size: int) -> list[int]:
    """The louder blocks of the call, evenly dealt over it."""
    if len(starts) <= _SAMPLE_BLOCKS:
        return list(starts)
    chosen = []
    for part in np.array_split(np.asarray(starts), _SAMPLE_BLOCKS):
        loud = [float(np.square(samples[:, at : at + size]).sum()) for at in part]
        chosen.append(int(part[int(np.argmax(loud))]))
    return chosen


def _delay(samples: FloatArray, starts: Sequence[int], size: int, most: int) -> int:
    """Samples by which the second channel is late."""
    from scipy import fft

    bands = size // 2 + 1
    cross = np.zeros(bands, dtype=np.complex128)
    spectra = np.zeros((2, bands))
    for start in starts:
        block = samples[:, start : start + size]
        found = fft.rfft(block, size, axis=1)
        cross += np.conj(found[0]) * found[1]
        spectra += np.abs(found) ** 2
    floors = spectra.max(axis=1, keepdims=True) * 10 ** (_FLOOR_DB / 10)
    whitened = cross / np.sqrt(np.prod(spectra + floors, axis=0))
    correlation = np.abs(fft.irfft(whitened, size))
    most = min(most, size // 2 - 1)
    lags = np.concatenate((np.arange(most + 1), np.arange(-most, 0)))
    return int(lags[int(np.argmax(correlation[lags]))])


def _alike(
    first: FloatArray, second: FloatArray, starts: Sequence[int], size: int, rate_hz: int
) -> bool:
    """Whether neither channel, brought to the same time, has speech of its own."""
    cross = np.zeros(_FRAME // 2 + 1, dtype=np.complex128)
    spectra = np.zeros((2, _FRAME // 2 + 1))
    for a, b in _frames(first, second, starts, size):
        cross += (np.conj(a) * b).sum(axis=0)
        spectra[0] += (np.abs(a) ** 2).sum(axis=0)
        spectra[1] += (np.abs(b) ** 2).sum(axis=0)
    floors = spectra.max(axis=1, keepdims=True) * 10 ** (_FLOOR_DB / 10)
    # A telephone's copy of wide-band sound is judged in the telephone's band.
    bands = (spectra > floors).all(axis=0)
    forward, backward = cross[bands] / spectra[0, bands], np.conj(cross[bands]) / spectra[1, bands]
    judged: tuple[list[_Judged], list[_Judged]] = ([], [])
    for a, b in _frames(first, second, starts, size):
        a, b = a[:, bands], b[:, bands]
        judged[0].append(_judge(b * backward, a))
        judged[1].append(_judge(a * forward, b))
    hop_s = _FRAME / 2 / rate_hz
    return all(_nothing_own(blocks, hop_s) for blocks in judged)


def _frames(
    first: FloatArray, second: FloatArray, starts: Sequence[int], size: int
) -> Iterator[tuple[npt.NDArray[np.complex64], npt.NDArray[np.complex64]]]:
    """Spectra of overlapping frames of both channels, block by block."""
    from scipy import fft

    window = np.hanning(_FRAME + 1)[:-1].astype(np.float32)
    for start in starts:
        end = min(start + size, len(first), len(second))
        if end - start < _FRAME:
            continue
        pair = []
        for channel in (first, second):
            view = np.lib.stride_tricks.sliding_window_view(channel[start:end], _FRAME)
            pair.append(fft.rfft(view[:: _FRAME // 2] * window, axis=1))
        yield pair[0], pair[1]


def _judge(predicted: npt.NDArray[np.complex128], heard: npt.NDArray[np.complex64]) -> _Judged:
    """A block against its prediction, whose gain is fitted to it in bounds."""
    power = float((np.abs(predicted) ** 2).sum())
    gain = float((np.conj(predicted) * heard).real.sum()) / power if power > 0 else 1.0
    most = 10 ** (DRIFT_DB / 20)
    fitted = np.clip(gain, 1 / most, most) * predicted
    return _Judged(*(_frame_powers(part) for part in (heard, fitted, heard - fitted)))


def _frame_powers(spectra: npt.NDArray[np.complex128] | npt.NDArray[np.complex64]) -> Power:
    powers = (np.abs(spectra) ** 2).sum(axis=1, dtype=np.float64)
    return np.convolve(powers, np.full(_SMOOTH, 1 / _SMOOTH), "same")


def _nothing_own(blocks: Sequence[_Judged], hop_s: float) -> bool:
    """Whether what is left of a channel's loud frames is at most noise."""
    if not blocks:
        return False
    heard = np.concatenate([block.heard for block in blocks])
    left = np.concatenate([block.left for block in blocks])
    predicted = np.concatenate([block.predicted for block in blocks])
    loud_power = float(np.percentile(heard, 95))
    loud = heard >= loud_power * 10 ** (-_LOUD_DB / 10)
    background = float(np.percentile(heard, 10)) * 10 ** (_ABOVE_NOISE_DB / 10)
    if background < loud_power:
        loud &= heard >= background
    if left[loud].sum() > (1 - EXPLAINED) * heard[loud].sum():
        return False
    # The even noise of a channel is none of its speech.
    noise = float(np.percentile(left, 10))
    own = loud & (np.maximum(left - 2 * noise, 0.0) > 10 ** (OWN_DB / 10) * heard)
    own &= heard > 10 ** (LOUDER_DB / 10) * predicted
    edges = np.flatnonzero(np.diff(np.concatenate(([False], own, [False])).astype(np.int8)))
    lengths_s = (edges[1::2] - edges[::2]) * hop_s
    own_s = float(lengths_s[lengths_s >= OWN_MIN_S].sum())
    return own_s <= max(OWN_MOST_S, OWN_SHARE * hop_s * float(loud.sum()))
