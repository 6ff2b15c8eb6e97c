"""How loud each speaker is over the call, for the picture on the call's page."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from callcoach.audio.level import FRAME_S, frame_levels_db
from callcoach.config.audio import WaveformConfig
from callcoach.model.playback import Waveform
from callcoach.model.recording import Audio
from callcoach.model.speech import Activity
from callcoach.model.timeline import Span

_TOP = 100

Powers = npt.NDArray[np.float64]


def waveforms(
    audio: Audio, activities: Sequence[Activity], config: WaveformConfig, *, shared: bool = False
) -> tuple[Waveform, ...]:
    """The level of each speaker in equal steps over the call.

    A level is the RMS of a step in dB: 100 is the loudest step of the channel, 0 is
    ``waveform.range_db`` under it or less. A channel whose loudest step lies under
    ``waveform.quiet_dbov`` is drawn against that level, so that the hiss of an empty line stays
    small. Levels say when somebody is loud, not how loud: never compare two channels by them.

    Parameters
    ----------
    audio
        One row of samples for each speaker.
    activities
        When each speaker speaks, in the order of the rows.
    config
        Steps and range.
    shared
        The speakers share one channel: where there are several, each is drawn in their own speech
        alone.

    Returns
    -------
    tuple of Waveform
        One a speaker, whole numbers 0 to 100, all with as many steps as cover the recording.
    """
    step = _frames_per_step(audio.duration_s, config)
    result = []
    for samples, activity in zip(audio.samples, activities, strict=True):
        powers = 10 ** (frame_levels_db(samples, audio.sample_rate_hz) / 10)
        if shared and len(activities) > 1:
            powers = np.where(_spoken(activity.regions, len(powers)), powers, 0.0)
        levels = _levels(powers, step, config)
        result.append(Waveform(activity.speaker, step * FRAME_S, levels))
    return tuple(result)


def _frames_per_step(duration_s: float, config: WaveformConfig) -> int:
    shortest = math.ceil(round(config.min_step_s / FRAME_S, 6))
    return max(shortest, math.ceil(round(duration_s / FRAME_S / config.max_steps, 6)))


def _spoken(regions: Sequence[Span], count: int) -> npt.NDArray[np.bool_]:
    """The frames of some stretches of speech."""
    mask = np.zeros(count, dtype=bool)
    for region in regions:
        mask[round(region.start_s / FRAME_S) : round(region.end_s / FRAME_S)] = True
    return mask


def _levels(powers: Powers, step: int, config: WaveformConfig) -> tuple[int, ...]:
    padded = np.zeros(-(-len(powers) // step) * step)
    padded[: len(powers)] = powers
    mean = padded.reshape(-1, step).mean(axis=1)
    loudest = max(float(mean.max(initial=0.0)), 10 ** (config.quiet_dbov / 10))
    with np.errstate(divide="ignore"):
        under_db = 10 * np.log10(mean / loudest)
    levels = np.rint(_TOP * (1 + np.maximum(under_db, -config.range_db) / config.range_db))
    return tuple(int(level) for level in levels)
