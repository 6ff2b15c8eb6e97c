"""Voice measures of a stretch: one turn, or one window of fixed length."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from callcoach.config.config import Config
from callcoach.model.speech import Turn, Word
from callcoach.model.timeline import Span, intersections, total_s
from callcoach.model.unmeasured import Unmeasured
from callcoach.model.voice import VoiceStretch
from callcoach.speech.languages import WITHOUT_SPACES
from callcoach.voice.effort import EffortTrack
from callcoach.voice.level import speech_level_dbov
from callcoach.voice.pitch import PitchSummary, PitchTrack, summarise_pitch
from callcoach.voice.rate import (
    ENGLISH_ONLY,
    NO_SPACES,
    NOT_ENGLISH,
    Pauses,
    Rate,
    pauses_within,
    speaking_rate,
)
from callcoach.voice.trackers import Floats
from callcoach.voice.turn_parts import turn_parts


@dataclass(frozen=True)
class VoiceSignal:
    """What the stretches of one party are measured from.

    ``speech`` is the party's own speech, ``rated`` the part of it that has words, ``words`` the
    party's words; all in order of time. ``languages`` are Whisper's codes for the languages of the
    words. ``frame_levels_db`` is the level of each 10 ms frame.
    """

    speech: tuple[Span, ...]
    rated: tuple[Span, ...]
    words: tuple[Word, ...]
    frame_levels_db: Floats
    pitch: PitchTrack
    effort: EffortTrack
    languages: frozenset[str] = ENGLISH_ONLY


def measure_turn(turn: Turn, signal: VoiceSignal, config: Config) -> VoiceStretch:
    """Measures of one turn; calmness is added later (:mod:`callcoach.voice.calmness`)."""
    pauses = pauses_within(turn, signal.speech, config.rate.min_pause_s)
    return _measure(turn, turn.id, turn, signal, config, pauses)


def measure_windows(signal: VoiceSignal, end_s: float, config: Config) -> tuple[VoiceStretch, ...]:
    """Measures of successive windows of ``baseline.window_s`` from the start of the call.

    ``end_s`` is the call's end in seconds; the last window may be shorter. A window with less own
    speech than a level needs has no entry. A window's rate is taken over
    ``rate.reach_s`` more to each side: five seconds do not hold words enough.
    """
    window_s, reach_s = config.baseline.window_s, config.rate.reach_s
    result = []
    for index in range(math.ceil(end_s / window_s)):
        window = Span(index * window_s, min((index + 1) * window_s, end_s))
        if total_s(intersections(signal.speech, [window])) < config.level.min_speech_s:
            continue
        rated = Span(max(0.0, window.start_s - reach_s), window.end_s + reach_s)
        result.append(_measure(window, None, rated, signal, config, None))
    return tuple(result)


def measure_parts(
    turns: Sequence[Turn], signal: VoiceSignal, config: Config
) -> tuple[VoiceStretch, ...]:
    """Measures of the parts of a party's turns; those with too little own speech have no entry.

    Words decide whether there is a rate: a part that shares its speech with none has ``None``.
    """
    return tuple(
        _measure(part, turn.id, part, signal, config, None)
        for turn in turns
        for part in turn_parts(turn, signal.speech)
        if total_s(intersections(signal.speech, [part])) >= config.level.min_speech_s
    )


def _measure(
    span: Span,
    turn: str | None,
    rated_span: Span,
    signal: VoiceSignal,
    config: Config,
    pauses: Pauses | None,
) -> VoiceStretch:
    own = intersections(signal.speech, [span])
    speech_s = total_s(own)
    part = signal.pitch.within(own)
    needed_s = config.pitch.min_stretch_voiced_s
    pitch = summarise_pitch(part, needed_s)
    level = speech_level_dbov(signal.frame_levels_db, own, config.level.min_speech_s)
    effort = signal.effort.median_db(own) if pitch else None
    rated_s = total_s(intersections(signal.rated, [rated_span]))
    said = [word.text for word in signal.words if rated_span.contains(word.middle_s)]
    rate = speaking_rate(said, rated_s, config.rate, signal.languages)
    unmeasured = []
    if pitch is None:
        reason = too_little("voiced speech", part.voiced_s, needed_s)
        unmeasured.append(Unmeasured("pitch", reason))
    if effort is None:
        reason = too_little("voiced speech", part.voiced_s, needed_s)
        unmeasured.append(Unmeasured("effort", reason))
    if level is None:
        unmeasured.append(
            Unmeasured("level", too_little("speech", speech_s, config.level.min_speech_s))
        )
    unmeasured += uncounted(rate, len(said), rated_s, signal.languages, config)
    return assembled(
        span,
        turn,
        pitch,
        rate,
        level_dbov=level,
        effort_db=effort,
        pauses=pauses,
        speech_s=speech_s,
        voiced_s=part.voiced_s,
        unmeasured=tuple(unmeasured),
    )


def assembled(
    span: Span,
    turn: str | None,
    pitch: PitchSummary | None,
    rate: Rate | None,
    *,
    level_dbov: float | None,
    effort_db: float | None,
    pauses: Pauses | None,
    speech_s: float,
    voiced_s: float,
    unmeasured: tuple[Unmeasured, ...],
) -> VoiceStretch:
    """A stretch of what was measured of it; it is compared with what is usual later.

    Parameters
    ----------
    span, turn
        Where it is, and the id of the turn; ``None`` for a window.
    pitch, rate, pauses
        Their summaries (st, syllables per second and words per minute, seconds), ``None`` where
        there was too little of it.
    level_dbov, effort_db
        Level of own speech in dBov, and spectral effort in dB.
    speech_s, voiced_s
        Seconds of own speech, and of voiced speech, that the measures rest on.
    unmeasured
        A reason for every measure that is ``None``.
    """
    return VoiceStretch(
        start_s=span.start_s,
        end_s=span.end_s,
        turn=turn,
        pitch_median_st=pitch.median_st if pitch else None,
        pitch_sd_st=pitch.sd_st if pitch else None,
        pitch_range_st=pitch.range_st if pitch else None,
        pitch_slope_st_s=pitch.slope_st_s if pitch else None,
        pitch_movement_st_s=pitch.movement_st_s if pitch else None,
        level_dbov=level_dbov,
        rate_syll_s=rate.syllables_per_s if rate else None,
        rate_wpm=rate.words_per_min if rate else None,
        pauses=pauses.count if pauses else None,
        pause_s=pauses.total_s if pauses else None,
        effort_db=effort_db,
        calmness=None,
        contributions=(),
        speech_s=speech_s,
        voiced_s=voiced_s,
        unmeasured=unmeasured,
    )


def too_little(what: str, found_s: float, needed_s: float) -> str:
    """The reason for a measure that has too little to stand on."""
    return f"not enough evidence: {found_s:.1f} s of {what}, {needed_s:g} s needed"


def uncounted(
    rate: Rate | None, words: int, speech_s: float, languages: frozenset[str], config: Config
) -> tuple[Unmeasured, ...]:
    """Why a rate or a part of it was not measured."""
    if languages & WITHOUT_SPACES:
        return (Unmeasured("rate", NO_SPACES),)
    if rate is None:
        return (Unmeasured("rate", _too_few_words(words, speech_s, config)),)
    if rate.syllables_per_s is None:
        return (Unmeasured("rate_syll_s", NOT_ENGLISH),)
    return ()


def _too_few_words(words: int, speech_s: float, config: Config) -> str:
    return (
        f"not enough evidence: {words} words in {speech_s:.1f} s of speech, "
        f"{config.rate.min_words} words in {config.rate.min_speech_s:g} s needed"
    )


def mean_over_speech(stretches: Sequence[VoiceStretch], measure: str) -> float | None:
    """Mean of a measure, weighted by own speech, over the stretches that have it.

    In the unit of the measure; ``None`` where no stretch with speech has it.
    """
    pairs = [(getattr(s, measure), s.speech_s) for s in stretches]
    known = [(value, weight) for value, weight in pairs if value is not None]
    weights = sum(weight for _, weight in known)
    return sum(value * weight for value, weight in known) / weights if weights > 0 else None
