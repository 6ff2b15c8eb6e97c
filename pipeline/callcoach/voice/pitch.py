"""Pitch: fundamental frequency in semitones.

Semitones above 27.5 Hz, ``12 * log2(f0 / 27.5)``: a spread in semitones is fair across high and
low voices, a spread in hertz is not. Frames outside the speaker's own speech are never used,
because no tracker ignores a second voice.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from callcoach.config.voice import PitchConfig
from callcoach.model.recording import FloatArray
from callcoach.model.timeline import Span, merged
from callcoach.voice.trackers import Floats, PitchTracker

REFERENCE_HZ = 27.5
"""Zero of the semitone scale: the lowest A of the piano, below any speaking voice."""

OCTAVE_ST = 12.0

MOST_RAISED_DB = 24.0
"""From soft speech to a shout: four steps of vocal effort of 6 dB (ISO 9921)."""

_PAD_S = 0.1


@dataclass(frozen=True)
class PitchTrack:
    """Voiced frames of one voice.

    ``times_s`` are seconds from the start of the recording (frame centres), ``semitones`` the
    pitch there, both of shape ``(n,)`` and in order; ``hop_s`` is the time one frame stands for.
    """

    times_s: Floats
    semitones: Floats
    hop_s: float

    @property
    def voiced_s(self) -> float:
        """Seconds of voiced speech."""
        return len(self.times_s) * self.hop_s

    def where(self, keep: npt.NDArray[np.bool_]) -> PitchTrack:
        """The frames at which ``keep``, shape ``(n,)``, is true."""
        return PitchTrack(self.times_s[keep], self.semitones[keep], self.hop_s)

    def within(self, spans: Sequence[Span]) -> PitchTrack:
        """The frames whose centre lies in one of the spans (disjoint, in order of time)."""
        keep = np.zeros(len(self.times_s), dtype=bool)
        for span in spans:
            first, last = np.searchsorted(self.times_s, (span.start_s, span.end_s))
            keep[first:last] = True
        return self.where(keep)


@dataclass(frozen=True)
class PitchSummary:
    """Pitch of a stretch, in semitones.

    Median, SD, variance (st**2), 20th to 80th percentile range, slope of the straight line
    through it (st/s) and ``movement_st_s``, the mean size of its change from frame to frame within
    voiced runs (st/s), ``None`` without two frames in a row.
    """

    median_st: float
    sd_st: float
    variance_st2: float
    range_st: float
    slope_st_s: float
    movement_st_s: float | None


def voiced_frames(
    samples: FloatArray,
    rate_hz: int,
    speech: Sequence[Span],
    tracker: PitchTracker,
    gain: float = 1.0,
    least_dbov: float | None = None,
) -> PitchTrack:
    """Every voiced frame of a voice, as the tracker finds it.

    Parameters
    ----------
    samples
        The speaker's channel, shape ``(n,)``.
    rate_hz
        Its rate.
    speech
        The speaker's own speech, disjoint and in order of time.
    tracker
        Where f0 comes from.
    gain
        Factor that brings the voice to the level at which trackers are at home: their confidence
        depends on it.
    least_dbov
        Stretches that are still softer than this are raised to it, by ``MOST_RAISED_DB`` at most:
        somebody who shouts once would else have no pitch anywhere else.
    """
    end_s = len(samples) / rate_hz
    times: list[Floats] = [np.zeros(0)]
    values: list[Floats] = [np.zeros(0)]
    # A little more than the speech itself, so that the tracker sees its edges whole.
    for part in merged(
        Span(max(0.0, s.start_s - _PAD_S), min(end_s, s.end_s + _PAD_S)) for s in speech
    ):
        start = round(part.start_s * rate_hz)
        sound = samples[start : round(part.end_s * rate_hz)] * np.float32(gain)
        if least_dbov is not None and len(sound):
            power = float(np.mean(sound.astype(np.float64) ** 2))
            softer_db = least_dbov - 10 * np.log10(max(power, 1e-12))
            sound = sound * np.float32(10 ** (min(max(softer_db, 0.0), MOST_RAISED_DB) / 20))
        at_s, f0_hz = tracker.track(sound, rate_hz)
        times.append(at_s + start / rate_hz)
        values.append(12 * np.log2(f0_hz / REFERENCE_HZ))
    return PitchTrack(np.concatenate(times), np.concatenate(values), tracker.hop_s).within(speech)


def cleaned(track: PitchTrack, config: PitchConfig) -> PitchTrack:
    """A track of one voice without the frames in which the tracker is wrong.

    What the tracker finds is cut into runs at pauses and at jumps no voice can make. Dropped are
    runs shorter than ``min_island_s``, short runs about an octave away from the pitch around them,
    and frames further than ``outlier_st`` from the median of the speech around them. The median is
    a local one, because a voice that is raised for a whole sentence may lie more than an octave
    above the rest of the call.
    """
    return _without_outliers(_without_octave_jumps(_without_islands(track, config), config), config)


def track_pitch(
    samples: FloatArray,
    rate_hz: int,
    speech: Sequence[Span],
    tracker: PitchTracker,
    config: PitchConfig,
    gain: float = 1.0,
) -> PitchTrack:
    """Pitch of one voice, cleaned: :func:`voiced_frames` and :func:`cleaned` in one."""
    return cleaned(voiced_frames(samples, rate_hz, speech, tracker, gain), config)


def summarise_pitch(track: PitchTrack, min_voiced_s: float) -> PitchSummary | None:
    """Summary of a track, ``None`` with less than ``min_voiced_s`` seconds voiced, or one frame.

    The range reaches from the 20th to the 80th percentile, so that single wrong frames do not
    make it; the slope is that of the least-squares line over all frames.

    >>> times = np.arange(100) * 0.01
    >>> rising = PitchTrack(times, 2.0 + 3.0 * times, hop_s=0.01)
    >>> found = summarise_pitch(rising, min_voiced_s=0.5)
    >>> round(found.slope_st_s, 3), round(found.movement_st_s, 3)
    (3.0, 3.0)
    """
    if track.voiced_s < min_voiced_s or len(track.semitones) < 2:
        return None
    low, high = np.percentile(track.semitones, (20, 80))
    variance = float(np.var(track.semitones))
    times = track.times_s - track.times_s.mean()
    slope = float(times @ (track.semitones - track.semitones.mean()) / (times @ times))
    return PitchSummary(
        median_st=float(np.median(track.semitones)),
        sd_st=variance**0.5,
        variance_st2=variance,
        range_st=float(high - low),
        slope_st_s=slope,
        movement_st_s=_movement_st_s(track),
    )


def _movement_st_s(track: PitchTrack) -> float | None:
    """Mean absolute change of pitch per second, over frames that follow each other."""
    gaps = np.diff(track.times_s)
    together = gaps < 1.5 * track.hop_s
    if not together.any():
        return None
    return float(np.mean(np.abs(np.diff(track.semitones)[together]) / gaps[together]))


def _runs(track: PitchTrack, max_speed_st_s: float) -> Iterator[slice]:
    """Runs of frames without a pause or a jump."""
    if len(track.times_s) == 0:
        return
    gaps = np.diff(track.times_s)
    jumps = np.abs(np.diff(track.semitones)) > max_speed_st_s * track.hop_s
    breaks = np.flatnonzero((gaps > 1.5 * track.hop_s) | jumps) + 1
    edges = [0, *breaks.tolist(), len(track.times_s)]
    yield from (slice(first, last) for first, last in itertools.pairwise(edges))


def _without_islands(track: PitchTrack, config: PitchConfig) -> PitchTrack:
    keep = np.zeros(len(track.times_s), dtype=bool)
    for run in _runs(track, config.max_speed_st_s):
        keep[run] = (run.stop - run.start) * track.hop_s >= config.min_island_s
    return track.where(keep)


def _without_octave_jumps(track: PitchTrack, config: PitchConfig) -> PitchTrack:
    keep = np.ones(len(track.times_s), dtype=bool)
    for run in _runs(track, config.max_speed_st_s):
        limit_s = config.octave_max_s * (2 if _adjoins_a_jump(track, run) else 1)
        if (run.stop - run.start) * track.hop_s > limit_s:
            continue
        first, last = np.searchsorted(
            track.times_s,
            (
                track.times_s[run.start] - config.outlier_reach_s,
                track.times_s[run.stop - 1] + config.outlier_reach_s,
            ),
        )
        around = np.concatenate(
            (track.semitones[first : run.start], track.semitones[run.stop : last])
        )
        if len(around) < run.stop - run.start:
            continue
        away = abs(float(np.median(track.semitones[run])) - float(np.median(around)))
        keep[run] = abs(away - OCTAVE_ST) > config.octave_st
    return track.where(keep)


def _adjoins_a_jump(track: PitchTrack, run: slice) -> bool:
    """Whether the run begins or ends in the middle of voicing: no voice does that."""
    longest = 1.5 * track.hop_s
    times = track.times_s
    before = run.start > 0 and times[run.start] - times[run.start - 1] < longest
    return bool(
        before or (run.stop < len(times) and times[run.stop] - times[run.stop - 1] < longest)
    )


def _without_outliers(track: PitchTrack, config: PitchConfig) -> PitchTrack:
    if len(track.times_s) == 0:
        return track
    firsts = np.searchsorted(track.times_s, track.times_s - config.outlier_reach_s)
    lasts = np.searchsorted(track.times_s, track.times_s + config.outlier_reach_s, side="right")
    local = np.array(
        [np.median(track.semitones[first:last]) for first, last in zip(firsts, lasts, strict=True)]
    )
    return track.where(np.abs(track.semitones - local) <= config.outlier_st)
