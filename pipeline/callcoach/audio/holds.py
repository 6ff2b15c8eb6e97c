"""Hold music, ringing and tones in the stretches in which a channel has no speech.

Held notes tell music and tones from everything else that fills a line: a spectral peak of a note
stays where it is for a tenth of a second and longer, one of a voice glides away, one of noise is
gone. So the measure is the share of prominent peaks that were there one window earlier, and no
loudness. Lines that are always there (hum) are background. Voices in the background give few held
peaks and are not taken for music.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from callcoach.config.audio import HoldsConfig
from callcoach.model.recording import FloatArray
from callcoach.model.speech import Activity
from callcoach.model.timeline import Span, complement, merged

Values = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

# Windows of 128 ms tell 440 from 480 Hz apart; those for keys must fit into a tone of 65 ms.
_WINDOW_S, _HOP_S, _LAG = 0.128, 0.032, 4
_KEY_WINDOW_S, _KEY_HOP_S = 0.040, 0.010
_LOW_HZ, _HIGH_HZ = 150.0, 3400.0
_BASE_HZ = 150.0  # a peak is measured against the spectrum this far to each side
_CHUNK_S = 60.0  # bounds the memory
_SAMPLED_FRAMES = 4000

# ITU-T Q.23.
_ROWS_HZ, _COLUMNS_HZ = (697, 770, 852, 941), (1209, 1336, 1477, 1633)
# ITU-T E.180 supplement 2: North America, United Kingdom, most of Europe.
_RINGING_HZ, _BUSY_HZ = ((440, 480), (400, 450)), ((480, 620),)
_EITHER_HZ = ((425,), (400,), (450,))
"""Ringing in long bursts, busy in short ones."""


class HoldKind(StrEnum):
    """What fills the line while nobody speaks."""

    MUSIC = "music"
    RINGING = "ringing"
    BUSY = "busy"
    KEYS = "keys"
    TONE = "tone"


@dataclass(frozen=True)
class HoldSound(Span):
    """Music, ringing or tones on the channel of ``speaker``."""

    kind: HoldKind
    speaker: str


@dataclass(frozen=True)
class _Peaks:
    """Peaks of successive windows: how many, how many are held, and windows that are a tone."""

    found: Values
    held: Values
    tones: list[tuple[float, ...] | None]


def find_holds(
    samples: FloatArray, rate_hz: int, activities: Sequence[Activity], config: HoldsConfig
) -> tuple[HoldSound, ...]:
    """Find music, ringing and tones beside the speech.

    Parameters
    ----------
    samples
        Shape ``(channels, n)``, full scale 1.0.
    rate_hz
        Their rate, at least 8000.
    activities
        Speech on each channel; sounds are only looked for where there is none. More activities
        than channels mean that they share one.
    config
        Thresholds.

    Returns
    -------
    tuple of HoldSound
        In order of time.
    """
    shared = len(activities) != len(samples)
    found: list[HoldSound] = []
    for index, channel in enumerate(samples):
        own = list(activities) if shared else [activities[index]]
        speaker = own[0].speaker if len(own) == 1 else "everyone"
        duration_s = len(channel) / rate_hz
        speech = [
            Span(max(0.0, r.start_s - config.beside_speech_s), r.end_s + config.beside_speech_s)
            for activity in own
            for r in activity.regions
        ]
        quiet = [
            s
            for s in complement(speech, Span(0.0, duration_s))
            if s.duration_s >= config.min_stretch_s
        ]
        background = _background_db(channel, rate_hz, quiet)
        for stretch in quiet:
            found += _sounds(channel, rate_hz, stretch, speaker, background, config)
    return tuple(sorted(found, key=lambda s: (s.start_s, s.end_s, s.kind, s.speaker)))


def _sounds(
    channel: FloatArray,
    rate_hz: int,
    stretch: Span,
    speaker: str,
    background: Values,
    config: HoldsConfig,
) -> list[HoldSound]:
    peaks = _peaks(channel, rate_hz, stretch, background, config)
    at_s = stretch.start_s
    music = [_within(span, at_s, stretch) for span in _music(peaks, config)]
    tones = [(kind, _within(span, at_s, stretch)) for kind, span in _tones(peaks.tones, config)]
    # Single notes of music are no tones of the line.
    tones = [(kind, span) for kind, span in tones if not any(span.overlaps(m) for m in music)]
    keys = [k for k in _keys(channel, rate_hz, stretch, config) if not any(map(k.overlaps, music))]
    return [
        *(HoldSound(s.start_s, s.end_s, HoldKind.MUSIC, speaker) for s in music),
        *(HoldSound(s.start_s, s.end_s, kind, speaker) for kind, s in tones),
        *(HoldSound(s.start_s, s.end_s, HoldKind.KEYS, speaker) for s in keys),
    ]


def _within(span: Span, by_s: float, stretch: Span) -> Span:
    """A span counted from the stretch's start as a place in the call."""
    return Span(min(span.start_s + by_s, stretch.end_s), min(span.end_s + by_s, stretch.end_s))


# --------------------------------------------------------------------------- spectra


def _spectra(
    channel: FloatArray, rate_hz: int, span: Span, window_s: float, hop_s: float
) -> Iterator[Values]:
    """Power spectra of the windows inside a span, some at a time: shape (windows, bins)."""
    size, hop = round(window_s * rate_hz), round(hop_s * rate_hz)
    part = channel[round(span.start_s * rate_hz) : round(span.end_s * rate_hz)]
    if len(part) < size:
        return
    frames = np.lib.stride_tricks.sliding_window_view(part, size)[::hop]
    # Windows of power 1, so that a spectrum sums up to the mean power of its samples.
    window = np.hanning(size) / np.sqrt(np.sum(np.hanning(size) ** 2) * size / 2)
    low, high = _bins(rate_hz, size)
    many = round(_CHUNK_S / hop_s)
    for start in range(0, len(frames), many):
        spectrum = np.fft.rfft(frames[start : start + many] * window, axis=1)[:, low:high]
        yield np.abs(spectrum) ** 2 + 1e-14


def _bins(rate_hz: int, size: int) -> tuple[int, int]:
    return (
        round(_LOW_HZ * size / rate_hz),
        min(round(_HIGH_HZ * size / rate_hz), size // 2) + 1,
    )


def _background_db(channel: FloatArray, rate_hz: int, stretches: Sequence[Span]) -> Values:
    """What is there nearly always, per bin: the 20th percentile over the quiet stretches."""
    size = round(_WINDOW_S * rate_hz)
    low, high = _bins(rate_hz, size)
    total_s = sum(s.duration_s for s in stretches)
    hop_s = max(_HOP_S, total_s / _SAMPLED_FRAMES)
    rows = [
        block
        for stretch in stretches
        for block in _spectra(channel, rate_hz, stretch, _WINDOW_S, hop_s)
    ]
    if not rows:
        return np.full(high - low, -140.0)
    result: Values = 10 * np.log10(np.percentile(np.concatenate(rows), 20, axis=0))
    return result


def _peaks(
    channel: FloatArray, rate_hz: int, stretch: Span, background: Values, config: HoldsConfig
) -> _Peaks:
    from scipy.ndimage import uniform_filter1d

    size = round(_WINDOW_S * rate_hz)
    low, _ = _bins(rate_hz, size)
    step_hz = rate_hz / size
    reach = 2 * round(_BASE_HZ / step_hz) + 1
    found: list[Values] = []
    held: list[Values] = []
    tones: list[tuple[float, ...] | None] = []
    before: Mask = np.zeros((_LAG, len(background)), dtype=bool)
    for power in _spectra(channel, rate_hz, stretch, _WINDOW_S, _HOP_S):
        levels = 10 * np.log10(power)
        loud = 10 * np.log10(power.sum(axis=1)) >= config.min_level_dbov
        base = uniform_filter1d(levels, reach, axis=1, mode="nearest")
        peak = np.zeros(levels.shape, dtype=bool)
        peak[:, 1:-1] = (levels[:, 1:-1] > levels[:, :-2]) & (levels[:, 1:-1] >= levels[:, 2:])
        peak &= levels > base + config.prominence_db
        peak &= levels > background + config.prominence_db
        peak &= levels > levels.max(axis=1, keepdims=True) - config.peak_range_db
        peak &= loud[:, None]
        near = peak.copy()
        near[:, 1:] |= peak[:, :-1]
        near[:, :-1] |= peak[:, 1:]
        earlier = np.concatenate((before, near))
        held.append((peak & earlier[: len(peak)]).sum(axis=1).astype(float))
        found.append(peak.sum(axis=1).astype(float))
        before = earlier[len(peak) :]
        tones += [
            _tone(row, marks, low, step_hz, config) if marks.any() else None
            for row, marks in zip(power, peak, strict=True)
        ]
    if not found:
        return _Peaks(np.zeros(0), np.zeros(0), [])
    return _Peaks(np.concatenate(found), np.concatenate(held), tones)


# --------------------------------------------------------------------------- music


def _music(peaks: _Peaks, config: HoldsConfig) -> list[Span]:
    """Stretches of at least ``min_music_s`` in which most peaks are held notes."""
    length = round(config.min_music_s / _HOP_S)
    if len(peaks.found) < length:
        return []
    tone = np.array([t is not None for t in peaks.tones], dtype=float)

    def mean(values: Values) -> Values:
        sums = np.concatenate(([0.0], np.cumsum(values)))
        result: Values = (sums[length:] - sums[:-length]) / length
        return result

    found, held = mean(peaks.found), mean(peaks.held)
    sounding = mean((peaks.found > 0).astype(float))
    is_music = (
        (held >= config.held_share * found)
        & (held >= config.held_peaks)
        & (sounding >= config.sounding_share)
        & (mean(tone) < 0.5)
    )
    windows = [Span(i * _HOP_S, (i + length) * _HOP_S) for i in np.flatnonzero(is_music).tolist()]
    return list(merged(windows, join_gap_s=config.join_s))


# --------------------------------------------------------------------------- tones


def _tone(
    power: Values, peak: Mask, low: int, step_hz: float, config: HoldsConfig
) -> tuple[float, ...] | None:
    """The frequencies of a window that holds one or two steady tones and nothing else."""
    at = np.flatnonzero(peak)
    strongest = at[np.argsort(power[at])[::-1][:2]]
    if len(strongest) == 2 and power[strongest[1]] < 0.05 * power[strongest[0]]:
        strongest = strongest[:1]
    covered = np.zeros(len(power), dtype=bool)
    for bin_ in strongest:
        covered[max(0, bin_ - 2) : bin_ + 3] = True
    if power[covered].sum() < config.tone_share * power.sum():
        return None
    return tuple(sorted(float((low + bin_) * step_hz) for bin_ in strongest))


def _tones(
    tones: Sequence[tuple[float, ...] | None], config: HoldsConfig
) -> list[tuple[HoldKind, Span]]:
    """Bursts of one tone; ringing and busy are joined over the pauses of their cadence.

    A busy tone has at least two bursts; one may be a note or a beep.
    """
    bursts: list[tuple[HoldKind, Span]] = []
    start = 0
    for index in range(1, len(tones) + 1):
        same = index < len(tones) and _same(tones[start], tones[index])
        if same:
            continue
        tone = tones[start]
        span = Span(start * _HOP_S, (index - 1) * _HOP_S + _WINDOW_S)
        if tone is not None and (index - start) * _HOP_S >= config.min_tone_s:
            bursts.append((_kind(tone, span.duration_s, config), span))
        start = index
    result = []
    for kind in (HoldKind.RINGING, HoldKind.BUSY):
        spans = [span for known, span in bursts if known is kind]
        for span in merged(spans, join_gap_s=config.cadence_s):
            many = sum(span.overlaps(burst) for burst in spans)
            if many >= (2 if kind is HoldKind.BUSY else 1):
                result.append((kind, span))
    others = [span for kind, span in bursts if kind is HoldKind.TONE]
    return result + [
        (HoldKind.TONE, span) for span in others if span.duration_s >= config.min_other_tone_s
    ]


def _same(one: tuple[float, ...] | None, other: tuple[float, ...] | None) -> bool:
    if one is None or other is None:
        return one is other
    return len(one) == len(other) and all(
        abs(a - b) <= 12.0 for a, b in zip(one, other, strict=True)
    )


def _kind(tone: tuple[float, ...], burst_s: float, config: HoldsConfig) -> HoldKind:
    def is_one_of(pairs: Sequence[tuple[int, ...]]) -> bool:
        return any(_same(tone, tuple(float(hz) for hz in pair)) for pair in pairs)

    if is_one_of(_RINGING_HZ):
        return HoldKind.RINGING
    if is_one_of(_BUSY_HZ):
        return HoldKind.BUSY
    if is_one_of(_EITHER_HZ):
        return HoldKind.RINGING if burst_s >= config.ringing_burst_s else HoldKind.BUSY
    return HoldKind.TONE


def _keys(channel: FloatArray, rate_hz: int, stretch: Span, config: HoldsConfig) -> list[Span]:
    """Telephone keys: one low and one high tone of ITU-T Q.23, and little else."""
    size = round(_KEY_WINDOW_S * rate_hz)
    low, _ = _bins(rate_hz, size)
    step_hz = rate_hz / size
    is_key: list[bool] = []
    for power in _spectra(channel, rate_hz, stretch, _KEY_WINDOW_S, _KEY_HOP_S):
        total = power.sum(axis=1)
        row, column = (
            _strongest(power, [round(hz / step_hz) - low for hz in tones])
            for tones in (_ROWS_HZ, _COLUMNS_HZ)
        )
        twist_db = 10 * np.abs(np.log10(row / column))
        key = (
            (row + column >= config.tone_share * total)
            & (twist_db <= config.key_twist_db)
            & (10 * np.log10(total) >= config.min_level_dbov)
        )
        is_key += key.tolist()
    edges = np.flatnonzero(np.diff(np.array([False, *is_key, False]).astype(np.int8)))
    bursts = [
        Span(a * _KEY_HOP_S, (b - 1) * _KEY_HOP_S + _KEY_WINDOW_S)
        for a, b in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
        if (b - a) * _KEY_HOP_S >= config.min_key_s
    ]
    return [
        _within(span, stretch.start_s, stretch)
        for span in merged(bursts, join_gap_s=config.key_gap_s)
    ]


def _strongest(power: Values, bins: Sequence[int]) -> Values:
    """Power of the strongest of some tones in each window, with its neighbouring bins."""
    parts = np.stack([power[:, b - 1 : b + 2].sum(axis=1) for b in bins])
    result: Values = parts.max(axis=0)
    return result
