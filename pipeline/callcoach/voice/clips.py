"""Clips by speaker: voice measures of single utterances that have no call around them.

A clip is taken to be the speech of one person, so its activity is that of ITU-T P.56 and needs no
speech detector. There is no transcript: the syllable rate is counted from the sound. What is usual
for a speaker comes from the speaker's other clips; the clip itself has no say in it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from callcoach.audio.level import frame_levels_db
from callcoach.config.config import Config
from callcoach.model.recording import FloatArray
from callcoach.model.timeline import Span, total_s
from callcoach.model.unmeasured import Unmeasured
from callcoach.model.voice import BaselineSource, VoiceStretch
from callcoach.voice.baseline import usual_values
from callcoach.voice.calmness import with_calmness
from callcoach.voice.effort import track_effort
from callcoach.voice.level import ActiveLevel, active_level, active_spans, speech_level_dbov
from callcoach.voice.measures import voiced_at_home
from callcoach.voice.nuclei import acoustic_rate
from callcoach.voice.pitch import cleaned, summarise_pitch
from callcoach.voice.stretches import assembled, too_little
from callcoach.voice.trackers import PitchTracker


@dataclass(frozen=True)
class VoiceClip:
    """A measured clip: its speaker, the P.56 level of its sound and its voice measures.

    The P.56 level is that of whatever sounds in the clip, also where no voice was found.
    ``others`` is how many other clips of the speaker its calmness is judged by (0 until then).
    """

    speaker: str
    level: ActiveLevel
    measures: VoiceStretch
    others: int = 0


def measure_clip(
    samples: FloatArray,
    rate_hz: int,
    speaker: str,
    tracker: PitchTracker,
    config: Config,
    *,
    same_level: bool = False,
) -> VoiceClip:
    """Measure one clip; calmness comes later, from :func:`judge_clips`.

    Parameters
    ----------
    samples
        The clip, shape ``(n,)``.
    rate_hz
        Its rate.
    speaker
        Who speaks.
    tracker
        Pitch tracker.
    config
        All settings.
    same_level
        Bring the clip to the active level ``clips.level_dbov`` first.
    """
    level = active_level(samples, rate_hz)
    spans = active_spans(samples, rate_hz, level.threshold) if level.level_dbov is not None else ()
    if same_level and level.level_dbov is not None:
        gain_db = config.clips.level_dbov - level.level_dbov
        samples = samples * np.float32(10 ** (gain_db / 20))
        level = dataclasses.replace(level, level_dbov=config.clips.level_dbov)
    voiced = voiced_at_home(samples, rate_hz, spans, level, tracker, config)
    track = cleaned(voiced, config.pitch)
    effort = track_effort(samples, rate_hz, track.times_s, config.effort)
    pitch = summarise_pitch(track, config.clips.min_voiced_s)
    rate = acoustic_rate(samples, rate_hz, spans, voiced.times_s, config.rate)
    speech_s = total_s(spans)
    unmeasured = []
    if pitch is None:
        # Without a voice the level would be that of a noise.
        reason = too_little("voiced speech", track.voiced_s, config.clips.min_voiced_s)
        unmeasured += [Unmeasured(name, reason) for name in ("pitch", "level", "effort")]
    if rate is None:
        reason = too_little("speech", speech_s, config.rate.min_speech_s)
        unmeasured.append(Unmeasured("rate", reason))
    measures = assembled(
        Span(0.0, len(samples) / rate_hz),
        None,
        pitch,
        rate,
        level_dbov=(
            speech_level_dbov(frame_levels_db(samples, rate_hz), spans, 0.0) if pitch else None
        ),
        effort_db=effort.median_db(spans) if pitch else None,
        pauses=None,
        speech_s=speech_s,
        voiced_s=track.voiced_s,
        unmeasured=tuple(unmeasured),
    )
    return VoiceClip(speaker, level, measures)


def judge_clips(clips: Sequence[VoiceClip], config: Config) -> tuple[VoiceClip, ...]:
    """Each clip with its calmness against the speaker's other clips, in the same order."""
    by_speaker: dict[str, list[VoiceClip]] = {}
    for clip in clips:
        by_speaker.setdefault(clip.speaker, []).append(clip)
    result = []
    for clip in clips:
        others = [c.measures for c in by_speaker[clip.speaker] if c is not clip]
        usual = usual_values(others, BaselineSource.OTHER_CLIPS, config.baseline.min_clips)
        result.append(
            dataclasses.replace(
                clip,
                measures=with_calmness(clip.measures, usual, config.calmness),
                others=max((item.count for item in usual), default=0),
            )
        )
    return tuple(result)
