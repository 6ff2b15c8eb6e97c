"""When each party speaks.

Per channel: speech probability (Silero), hysteresis, a gate against the other side's leak, and
edges moved to where the level rises and falls. Everything works on 10 ms frames. Gate and edge
refinement are off where speech stands too little above the background, because they then eat
quiet speech.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from callcoach.audio.doubt import find_doubt
from callcoach.audio.leak import LeakPaths, leak_levels, leak_paths
from callcoach.audio.level import FLOOR_DB, FRAME_S, frame_levels_db, mean_level_db
from callcoach.audio.levelled import QUIETER_DB, levelled
from callcoach.audio.silero import FRAME_S as PROBABILITY_S
from callcoach.config.audio import ActivityConfig
from callcoach.model.recording import Audio, FloatArray
from callcoach.model.speech import Activity, SpeechRegion
from callcoach.model.timeline import Span, merged

_AROUND_S = 1.0  # the detector needs a while to get into a sound

LEVELLED_ONSET = 0.6
"""Speech probability that opens a region in levelled sound: between 0.5, which finds most, and 0.7,
which takes the least of what is no speech for it (benchmarks/hearing.py)."""

Levels = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


class Detector(Protocol):
    """Gives the speech probability of each 32 ms frame of one channel at 16 kHz."""

    def probabilities(self, samples: FloatArray) -> npt.NDArray[np.float32]:
        """Probabilities 0..1, one for each 512 samples."""
        ...


@dataclass(frozen=True)
class _Channel:
    """One channel on its way: levels in dBov, speech mask and probability per 10 ms frame."""

    levels: Levels
    speech: Mask
    likeness: npt.NDArray[np.float32]
    snr_db: float | None


def detect_activity(
    audio: Audio, speakers: Sequence[str], detector: Detector, config: ActivityConfig
) -> tuple[Activity, ...]:
    """Find the speech of each channel.

    Parameters
    ----------
    audio
        One or two channels at 16 kHz.
    speakers
        Name of the party on each channel, in order.
    detector
        Speech probabilities.
    config
        Thresholds.

    Returns
    -------
    tuple of Activity
        One per channel. Regions end within the recording.
    """
    shared = len(audio.samples) == 1
    channels = [
        _detect(samples, audio.sample_rate_hz, detector, config, shared)
        for samples in audio.samples
    ]
    own = [np.ones(len(c.levels), dtype=bool) for c in channels]
    quiet = ~np.logical_or.reduce([c.speech for c in channels])
    backgrounds_db = [_background_db(c.levels[quiet], config) for c in channels]
    gated = config.gate and len(channels) == 2 and all(_clear(c, config) for c in channels)
    if gated:
        paths = leak_paths(audio.samples, audio.sample_rate_hz, ~quiet, config)
        own = [
            _above_leak(channels[i], channels[1 - i], paths[i], backgrounds_db[i], config)
            for i in (0, 1)
        ]
    result = []
    for speaker, channel, above, background_db in zip(
        speakers, channels, own, backgrounds_db, strict=True
    ):
        mask = channel.speech & above
        spans = _without_remnants(_runs(_smoothed(mask, config)), channel.speech, config)
        if config.refine and _clear(channel, config):
            # A leak beside the own speech must not draw an edge to itself.
            levels = np.where(above, channel.levels, FLOOR_DB)
            spans = _refined(spans, levels, background_db, config, inward=not shared)
        regions = tuple(
            SpeechRegion(start * FRAME_S, min(end * FRAME_S, audio.duration_s), speaker)
            for start, end in spans
            if start * FRAME_S < audio.duration_s
        )
        leak_s = float((channel.speech & ~mask).sum()) * FRAME_S if gated else None
        found = channel.speech & above
        for start, end in spans:
            found[start:end] = True
        unsure = find_doubt(channel.levels, channel.likeness, found, ~above)
        result.append(Activity(speaker, regions, channel.snr_db, leak_s, unsure))
    return tuple(result)


def _clear(channel: _Channel, config: ActivityConfig) -> bool:
    """Whether speech, if any, stands far enough above the background."""
    return channel.snr_db is None or channel.snr_db >= config.refine_min_snr_db


def _detect(
    samples: FloatArray, rate_hz: int, detector: Detector, config: ActivityConfig, shared: bool
) -> _Channel:
    levels = frame_levels_db(samples, rate_hz)
    # The loudest twentieth of a channel is speech if there is any.
    loud_db = float(np.percentile(levels, 95))
    gain_db = min(config.level_dbov - loud_db, config.max_gain_db)
    heard = samples * np.float32(10 ** (gain_db / 20))
    likeness = _at_frames(detector.probabilities(heard), len(levels), 1.0)
    speech = _hysteresis(likeness, config.onset, config.offset)
    if shared:
        # Whatever lies far under the speech on a channel of its own is somebody else: the other
        # side's leak, or people in the same room.
        even = levelled(samples, rate_hz, config.level_dbov, gain_db + QUIETER_DB)
        found = _at_frames(detector.probabilities(even), len(levels), 1.0)
        offset = LEVELLED_ONSET - (config.onset - config.offset)
        speech |= _hysteresis(found, LEVELLED_ONSET, offset)
        likeness = np.maximum(likeness, found)
    if config.slowing > 1.0:
        loud = levels >= loud_db - config.slowing_range_db
        speech |= _heard_slowed(heard, rate_hz, loud & ~speech, detector, config)
    speech = _smoothed(speech, config)
    return _Channel(levels, speech, likeness, _snr_db(levels, speech, config))


def _heard_slowed(
    samples: FloatArray, rate_hz: int, doubtful: Mask, detector: Detector, config: ActivityConfig
) -> Mask:
    """The doubtful frames that are speech when the sound is slowed.

    Only stretches of some length are listened to again, with what is around them, so that a call
    without shouting costs nothing more.
    """
    import soxr

    result = np.zeros_like(doubtful)
    reach = round(_AROUND_S / FRAME_S)
    hop = round(FRAME_S * rate_hz)
    spans = [Span(a * FRAME_S, b * FRAME_S) for a, b in _runs(doubtful)]
    for span in merged(spans, config.min_silence_s):
        if span.duration_s < config.slowing_min_s:
            continue
        first = max(0, round(span.start_s / FRAME_S) - reach)
        last = min(len(doubtful), round(span.end_s / FRAME_S) + reach)
        slowed = soxr.resample(samples[first * hop : last * hop], rate_hz, rate_hz * config.slowing)
        found = _at_frames(detector.probabilities(slowed), last - first, config.slowing)
        offset = config.slowing_onset - (config.onset - config.offset)
        result[first:last] |= _hysteresis(found, config.slowing_onset, offset)
    result &= doubtful
    return result


def _at_frames(
    probabilities: npt.NDArray[np.float32], count: int, slowing: float
) -> npt.NDArray[np.float32]:
    """The probability at each of ``count`` level frames of a sound slowed by a factor."""
    at = ((np.arange(count) + 0.5) * FRAME_S * slowing / PROBABILITY_S).astype(int)
    result: npt.NDArray[np.float32] = probabilities[np.minimum(at, len(probabilities) - 1)]
    return result


def _hysteresis(probabilities: npt.NDArray[np.float32], onset: float, offset: float) -> Mask:
    """Open at ``onset``, stay open until under ``offset``."""
    mask = np.zeros(len(probabilities), dtype=bool)
    for start, end in _runs(probabilities >= offset):
        opened = np.flatnonzero(probabilities[start:end] >= onset)
        if len(opened):
            mask[start + opened[0] : end] = True
    return mask


def _smoothed(mask: Mask, config: ActivityConfig) -> Mask:
    """Close short pauses, then drop short bursts."""
    result = mask.copy()
    for start, end in _runs(~mask):
        if start > 0 and end < len(mask) and (end - start) * FRAME_S < config.min_silence_s:
            result[start:end] = True
    for start, end in _runs(result):
        if (end - start) * FRAME_S < config.min_speech_s:
            result[start:end] = False
    return result


def _snr_db(levels: Levels, speech: Mask, config: ActivityConfig) -> float | None:
    """Mean level of speech over the median level of the rest; ``None`` without enough of either."""
    if not speech.any() or (~speech).sum() * FRAME_S < config.background_min_s:
        return None
    speech_db = mean_level_db(levels[speech])
    assert speech_db is not None
    return speech_db - float(np.median(levels[~speech]))


def _background_db(levels: Levels, config: ActivityConfig) -> float | None:
    """Median level of the frames in which nobody speaks, ``None`` where there are too few."""
    if len(levels) * FRAME_S < config.background_min_s:
        return None
    return float(np.median(levels))


def _above_leak(
    own: _Channel,
    other: _Channel,
    paths: LeakPaths,
    background_db: float | None,
    config: ActivityConfig,
) -> Mask:
    """Frames whose level the other side, leaking in, does not explain."""
    leak_db = leak_levels(own.levels, other.levels, other.speech, paths, background_db, config)
    return _bridged(own.levels > leak_db + config.gate_margin_db, own.speech, config)


def _bridged(above: Mask, speech: Mask, config: ActivityConfig) -> Mask:
    """Keep the dips of own speech that the louder other side covers: it goes on after them."""
    result = above.copy()
    kept = above & speech
    for start, end in _runs(speech & ~above):
        between = start > 0 and end < len(kept) and kept[start - 1] and kept[end]
        if between and (end - start) * FRAME_S < config.gate_bridge_s:
            result[start:end] = True
    return result


def _without_remnants(
    spans: Sequence[tuple[int, int]], before: Mask, config: ActivityConfig
) -> list[tuple[int, int]]:
    """Drop what the gate left of a region that was leak: short bursts in the leak's dips."""
    kept = []
    for start, end in spans:
        first, last = max(0, start - 1), min(len(before), end + 1)
        cut = bool(before[first:start].any() or before[end:last].any())
        if not cut or (end - start) * FRAME_S >= config.gate_min_s:
            kept.append((start, end))
    return kept


def _refined(
    spans: Sequence[tuple[int, int]],
    levels: Levels,
    background_db: float | None,
    config: ActivityConfig,
    inward: bool,
) -> list[tuple[int, int]]:
    """Move each edge to the level, at most ``refine_reach_s`` and never into a neighbour.

    ``inward``: also to a later start and an earlier end. Where two people share a region, the edge
    of the louder one lies far above the quieter one's speech.
    """
    reach = round(config.refine_reach_s / FRAME_S)
    result: list[tuple[int, int]] = []
    for index, (start, end) in enumerate(spans):
        edge_db = float(np.percentile(levels[start:end], 90)) - config.refine_drop_db
        if background_db is not None:
            edge_db = max(edge_db, background_db + config.refine_above_db)
        loud = levels >= edge_db
        low = max(result[-1][1] if result else 0, start - reach)
        high = min(spans[index + 1][0] if index + 1 < len(spans) else len(levels), end + reach)
        new_start, new_end = start, end
        if loud[start]:
            while new_start > low and loud[new_start - 1]:
                new_start -= 1
        elif inward:
            while new_start < min(start + reach, end - 1) and not loud[new_start]:
                new_start += 1
        if loud[end - 1]:
            while new_end < high and loud[new_end]:
                new_end += 1
        elif inward:
            while new_end > max(end - reach, new_start + 1) and not loud[new_end - 1]:
                new_end -= 1
        if new_end > new_start:
            result.append((new_start, new_end))
    return result


def _runs(mask: Mask) -> list[tuple[int, int]]:
    """Start and end (exclusive) of each run of ``True``."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
