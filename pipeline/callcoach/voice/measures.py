"""Voice measures of one party: the call, its turns and its windows."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from callcoach.audio.level import frame_levels_db
from callcoach.config.config import Config
from callcoach.model.recording import FloatArray
from callcoach.model.speech import Activity, Turn, Word
from callcoach.model.timeline import Span, intersections, total_s
from callcoach.model.unmeasured import Unmeasured
from callcoach.model.voice import VoiceMeasures, VoiceStretch, VoiceSupport
from callcoach.speech.languages import PartyLanguage
from callcoach.voice.comparison import compare, too_few_windows
from callcoach.voice.effort import track_effort
from callcoach.voice.level import ActiveLevel, active_level, only, speech_level_dbov
from callcoach.voice.pitch import PitchTrack, cleaned, summarise_pitch, voiced_frames
from callcoach.voice.rate import ENGLISH_ONLY, speaking_rate
from callcoach.voice.stretches import (
    VoiceSignal,
    measure_parts,
    measure_turn,
    measure_windows,
    too_little,
    uncounted,
)
from callcoach.voice.trackers import PitchTracker

SOFTER_DB = 6.0
"""Stretches softer than the voice as a whole by more than this are raised for the tracker: one step
of vocal effort (ISO 9921)."""

_GROUPS = ("pitch", "level", "rate", "pauses", "effort", "calmness")


@dataclass(frozen=True)
class CallVoice:
    """Whose voice is measured, in which call.

    ``turns`` and ``words`` are those of the call, other parties' included. ``language`` is the
    party's, ``None`` for English.
    """

    activity: Activity
    turns: tuple[Turn, ...]
    words: tuple[Word, ...]
    language: PartyLanguage | None = None


def measure_voice(
    samples: FloatArray, rate_hz: int, call: CallVoice, tracker: PitchTracker, config: Config
) -> VoiceMeasures:
    """Measure the voice of the party on one channel.

    Parameters
    ----------
    samples
        The party's channel, shape ``(n,)``, float32.
    rate_hz
        Its rate.
    call
        When the party speaks and what was said.
    tracker
        Pitch tracker.
    config
        Thresholds and least support of each measure.
    """
    speaker = call.activity.speaker
    turns = [t for t in call.turns if t.speaker == speaker]
    words = tuple(w for w in call.words if w.speaker == speaker)
    languages = call.language.codes if call.language else ENGLISH_ONLY
    speech = tuple(region.span for region in call.activity.regions)
    active = active_level(only(samples, rate_hz, speech), rate_hz)
    raw = voiced_at_home(samples, rate_hz, speech, active, tracker, config)
    track = cleaned(raw, config.pitch)
    signal = VoiceSignal(
        speech=speech,
        # Listener sounds that Whisper leaves out would count as slow speech.
        rated=intersections(speech, [t.span for t in turns if t.text]),
        words=words,
        frame_levels_db=frame_levels_db(samples, rate_hz),
        pitch=track,
        effort=track_effort(samples, rate_hz, track.times_s, config.effort),
        languages=languages,
    )
    windows = measure_windows(signal, len(samples) / rate_hz, config)
    timeline = tuple(measure_turn(turn, signal, config) for turn in turns)
    pitch = summarise_pitch(track, config.pitch.min_voiced_s)
    level = speech_level_dbov(signal.frame_levels_db, speech, config.level.min_speech_s)
    rated_s = total_s(signal.rated)
    rate = speaking_rate((w.text for w in words), rated_s, config.rate, languages)
    trend_windows = config.baseline.min_windows
    measures = VoiceMeasures(
        speaker=speaker,
        pitch_median_st=pitch.median_st if pitch else None,
        pitch_sd_st=pitch.sd_st if pitch else None,
        pitch_variance_st2=pitch.variance_st2 if pitch else None,
        pitch_range_st=pitch.range_st if pitch else None,
        pitch_movement_st_s=pitch.movement_st_s if pitch else None,
        pitch_trend_st_min=_trend_per_min(windows, "pitch_median_st", trend_windows),
        level_dbov=level,
        active_level_dbov=None if level is None else active.level_dbov,
        active_factor=None if level is None or active.level_dbov is None else active.factor,
        level_trend_db_min=_trend_per_min(windows, "level_dbov", trend_windows),
        rate_syll_s=rate.syllables_per_s if rate else None,
        rate_wpm=rate.words_per_min if rate else None,
        pauses=sum(t.pauses or 0 for t in timeline) if timeline else None,
        pause_s=sum(t.pause_s or 0.0 for t in timeline) if timeline else None,
        effort_db=signal.effort.median_db(speech) if pitch else None,
        calmness=None,
        contributions=(),
        support_s=call.activity.speech_s,
        support=VoiceSupport(
            call.activity.speech_s, track.voiced_s, rated_s, len(words), len(windows)
        ),
        baseline=None,
        usual=(),
        timeline=timeline,
        windows=windows,
        stretches=(),
        parts=measure_parts(turns, signal, config),
    )
    missing = _missing(measures, config)
    missing += uncounted(rate, len(words), rated_s, languages, config)
    measures = dataclasses.replace(measures, unmeasured=missing)
    return compare(measures, None, config)


def voiced_at_home(
    samples: FloatArray,
    rate_hz: int,
    speech: Sequence[Span],
    active: ActiveLevel,
    tracker: PitchTracker,
    config: Config,
) -> PitchTrack:
    """Voiced frames of a voice that is first brought to the level at which trackers are at home.

    Parameters
    ----------
    samples, rate_hz
        The speaker's channel, shape ``(n,)``, full scale 1.0, and its rate.
    speech
        The speaker's own speech, disjoint and in order of time.
    active
        The active level of the channel (:func:`callcoach.voice.level.active_level`); without one
        the voice is tracked as loud as it is.
    tracker, config
        Where f0 comes from, and the level that it likes.
    """
    gain_db = 0.0 if active.level_dbov is None else config.pitch.level_dbov - active.level_dbov
    least_dbov = config.pitch.level_dbov - SOFTER_DB
    return voiced_frames(samples, rate_hz, speech, tracker, 10 ** (gain_db / 20), least_dbov)


def unmeasured_voice(activity: Activity, reason: str) -> VoiceMeasures:
    """The measures of a party whose voice cannot be measured, all ``None``."""
    return VoiceMeasures(
        speaker=activity.speaker,
        pitch_median_st=None,
        pitch_sd_st=None,
        pitch_variance_st2=None,
        pitch_range_st=None,
        pitch_movement_st_s=None,
        pitch_trend_st_min=None,
        level_dbov=None,
        active_level_dbov=None,
        active_factor=None,
        level_trend_db_min=None,
        rate_syll_s=None,
        rate_wpm=None,
        pauses=None,
        pause_s=None,
        effort_db=None,
        calmness=None,
        contributions=(),
        support_s=activity.speech_s,
        support=VoiceSupport(activity.speech_s, 0.0, 0.0, 0, 0),
        baseline=None,
        usual=(),
        timeline=(),
        windows=(),
        stretches=(),
        unmeasured=tuple(Unmeasured(name, reason) for name in _GROUPS),
    )


def _trend_per_min(windows: Sequence[VoiceStretch], measure: str, least: int) -> float | None:
    """Drift of a measure over the call per minute (Theil-Sen: outliers do not tilt it)."""
    points = [(w.middle_s / 60, getattr(w, measure)) for w in windows]
    known = [(at, value) for at, value in points if value is not None]
    if len(known) < least:
        return None
    from scipy.stats import theilslopes

    times, values = zip(*known, strict=True)
    return float(theilslopes(values, times).slope)


def _missing(measures: VoiceMeasures, config: Config) -> tuple[Unmeasured, ...]:
    """A reason for each measure that is ``None``."""
    support = measures.support
    voiced = too_little("voiced speech", support.voiced_s, config.pitch.min_voiced_s)
    spoken = too_little("speech", support.speech_s, config.level.min_speech_s)
    windows = too_few_windows(support.windows, config)
    groups = (
        ("pitch", measures.pitch_median_st, voiced),
        ("pitch_trend_st_min", measures.pitch_trend_st_min, windows),
        ("level", measures.level_dbov, spoken),
        *(
            (name, measures.active_level_dbov, "the sound is too unlike speech for ITU-T P.56")
            for name in ("active_level_dbov", "active_factor")
            if measures.level_dbov is not None
        ),
        ("level_trend_db_min", measures.level_trend_db_min, windows),
        ("pauses", measures.pauses, "this person has no turn in the call"),
        ("effort", measures.effort_db, voiced),
    )
    return tuple(Unmeasured(name, reason) for name, value, reason in groups if value is None)
