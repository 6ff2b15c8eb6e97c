"""Voice measures of one party, per call and per turn."""

from __future__ import annotations

from collections.abc import Sequence

from callcoach.audio.level import frame_levels_db
from callcoach.call import (
    Activity,
    FloatArray,
    Turn,
    Unmeasured,
    VoiceMeasures,
    VoiceStretch,
    VoiceSupport,
    Word,
)
from callcoach.config import Config
from callcoach.timeline import intersections, total_s
from callcoach.voice.level import speech_level_dbov
from callcoach.voice.pitch import PitchTracker, summarise_pitch, track_pitch
from callcoach.voice.rate import speaking_rate

NOT_YET = "this version of callcoach does not measure it"


def measure_voice(
    samples: FloatArray,
    rate_hz: int,
    activity: Activity,
    turns: Sequence[Turn],
    words: Sequence[Word],
    tracker: PitchTracker,
    config: Config,
) -> VoiceMeasures:
    """Measure pitch, level and rate of the party on one channel.

    Parameters
    ----------
    samples
        The party's channel, shape ``(n,)``, float32.
    rate_hz
        Its rate.
    activity
        The party's own speech.
    turns, words
        The call's turns and words; those of other parties are passed over.
    tracker
        Pitch tracker.
    config
        Least support of each measure.
    """
    speaker = activity.speaker
    own_turns = [t for t in turns if t.speaker == speaker]
    own_words = [w for w in words if w.speaker == speaker]
    speech = tuple(region.span for region in activity.regions)
    levels = frame_levels_db(samples, rate_hz)
    track = track_pitch(samples, rate_hz, speech, tracker, config.pitch)
    pitch = summarise_pitch(track, config.pitch.min_voiced_s)
    level = speech_level_dbov(levels, speech, config.level.min_speech_s)
    # Listener sounds that Whisper leaves out would count as slow speech.
    rated_s = total_s(intersections(speech, [t.span for t in own_turns if t.text]))
    rate = speaking_rate((w.text for w in own_words), rated_s, config.rate)
    timeline = []
    for turn in own_turns:
        spans = intersections(speech, [turn.span])
        part = track.within(spans)
        turn_pitch = summarise_pitch(part, config.pitch.min_turn_voiced_s)
        said = [w.text for w in own_words if turn.contains(w.middle_s)]
        turn_rate = speaking_rate(said, total_s(spans), config.rate)
        timeline.append(
            VoiceStretch(
                start_s=turn.start_s,
                end_s=turn.end_s,
                turn=turn.id,
                pitch_median_st=turn_pitch.median_st if turn_pitch else None,
                pitch_sd_st=turn_pitch.sd_st if turn_pitch else None,
                level_dbov=speech_level_dbov(levels, spans, config.level.min_speech_s),
                rate_syll_s=turn_rate.syllables_per_s if turn_rate else None,
                rate_wpm=turn_rate.words_per_min if turn_rate else None,
                voiced_s=part.voiced_s,
            )
        )
    unmeasured = [Unmeasured("effort_db", NOT_YET), Unmeasured("calmness", NOT_YET)]
    if pitch is None:
        reason = _too_little("voiced speech", track.voiced_s, config.pitch.min_voiced_s)
        unmeasured.append(Unmeasured("pitch", reason))
    if level is None:
        reason = _too_little("speech", activity.speech_s, config.level.min_speech_s)
        unmeasured.append(Unmeasured("level", reason))
    if rate is None:
        reason = (
            f"not enough evidence: {len(own_words)} words in {rated_s:.1f} s of speech, "
            f"{config.rate.min_words} words in {config.rate.min_speech_s:g} s needed"
        )
        unmeasured.append(Unmeasured("rate", reason))
    return VoiceMeasures(
        speaker=speaker,
        pitch_median_st=pitch.median_st if pitch else None,
        pitch_sd_st=pitch.sd_st if pitch else None,
        pitch_variance_st2=pitch.variance_st2 if pitch else None,
        pitch_range_st=pitch.range_st if pitch else None,
        level_dbov=level,
        rate_syll_s=rate.syllables_per_s if rate else None,
        rate_wpm=rate.words_per_min if rate else None,
        effort_db=None,
        calmness=None,
        support_s=activity.speech_s,
        support=VoiceSupport(activity.speech_s, track.voiced_s, rated_s, len(own_words)),
        baseline=None,
        timeline=tuple(timeline),
        unmeasured=tuple(unmeasured),
    )


def unmeasured_voice(activity: Activity, reason: str) -> VoiceMeasures:
    """The measures of a party whose voice cannot be measured, all ``None``."""
    names = ("pitch", "level", "rate", "effort_db", "calmness")
    return VoiceMeasures(
        speaker=activity.speaker,
        pitch_median_st=None,
        pitch_sd_st=None,
        pitch_variance_st2=None,
        pitch_range_st=None,
        level_dbov=None,
        rate_syll_s=None,
        rate_wpm=None,
        effort_db=None,
        calmness=None,
        support_s=activity.speech_s,
        support=VoiceSupport(activity.speech_s, 0.0, 0.0, 0),
        baseline=None,
        timeline=(),
        unmeasured=tuple(Unmeasured(name, reason) for name in names),
    )


def _too_little(what: str, found_s: float, needed_s: float) -> str:
    return f"not enough evidence: {found_s:.1f} s of {what}, {needed_s:g} s needed"
