"""The rows of the page's table of voice measures."""

from __future__ import annotations

from dataclasses import dataclass

from callcoach.model.analysis import CallAnalysis
from callcoach.model.party import Party
from callcoach.model.voice import VoiceMeasures
from callcoach.reports import labels
from callcoach.reports.call.calmness import compared_with
from callcoach.reports.facts import NO_REASON, parties_of, reason_for, voice_of, voice_reason
from callcoach.text import formatting
from callcoach.voice.pitch import REFERENCE_HZ


@dataclass(frozen=True)
class VoiceMeasure:
    """How one field of :class:`VoiceMeasures` is shown.

    ``support`` says what it stands on, ``times`` is what a value is multiplied with, ``signed``
    measures are shown with their sign.
    """

    field: str
    name: str
    unit: str
    unit_meaning: str
    digits: int
    meaning: str
    support: str
    times: float = 1.0
    signed: bool = False


_SEMITONES = "semitones; twelve semitones are one octave"

_DBOV = "decibels under the loudest sound the recording can hold; nearer to 0 is louder"

MEASURES = (
    VoiceMeasure(
        "pitch_median_st",
        "Pitch (middle)",
        "st",
        f"{_SEMITONES}; counted from {REFERENCE_HZ} Hz",
        1,
        "How high the voice lies: half of the time above, half below.",
        "voiced",
    ),
    VoiceMeasure(
        "pitch_sd_st",
        "Pitch spread",
        "st",
        _SEMITONES,
        1,
        "How much the pitch moves around its middle. Small: even or flat. Large: lively.",
        "voiced",
    ),
    VoiceMeasure(
        "pitch_variance_st2",
        "Pitch variance",
        "st²",
        "squared semitones",
        1,
        "The spread, squared: for comparing with other tools.",
        "voiced",
    ),
    VoiceMeasure(
        "pitch_range_st",
        "Pitch range",
        "st",
        _SEMITONES,
        1,
        "From low to high, the lowest and the highest fifth of the time left out.",
        "voiced",
    ),
    VoiceMeasure(
        "pitch_movement_st_s",
        "Pitch movement",
        "st/s",
        "semitones in one second",
        1,
        "How fast the pitch goes up and down.",
        "voiced",
    ),
    VoiceMeasure(
        "pitch_trend_st_min",
        "Pitch trend",
        "st/min",
        "semitones in one minute",
        2,
        "Whether the voice goes up (+) or down (−) over the call.",
        "voiced",
        signed=True,
    ),
    VoiceMeasure(
        "level_dbov",
        "Level",
        "dBov",
        _DBOV,
        1,
        "How loud the voice is on its channel.",
        "speech",
    ),
    VoiceMeasure(
        "active_level_dbov",
        "Active level",
        "dBov",
        _DBOV,
        1,
        "The same after the telephone standard ITU-T P.56, which leaves out all pauses.",
        "speech",
    ),
    VoiceMeasure(
        "active_factor",
        "Active time",
        "%",
        "percent of the call's length",
        0,
        "Share of the call in which the voice is active, after ITU-T P.56.",
        "speech",
        times=100,
    ),
    VoiceMeasure(
        "level_trend_db_min",
        "Level trend",
        "dB/min",
        "decibels in one minute",
        2,
        "Whether the voice gets louder (+) or softer (−) over the call.",
        "speech",
        signed=True,
    ),
    VoiceMeasure(
        "rate_wpm",
        "Speaking rate",
        "words/min",
        "words in one minute of own speech, pauses left out",
        0,
        "How fast the words come while the person speaks.",
        "rated",
    ),
    VoiceMeasure(
        "rate_syll_s",
        "Syllable rate",
        "syll/s",
        "syllables in one second of own speech, pauses left out",
        1,
        "The same in syllables: fair to long and short words.",
        "rated",
    ),
    VoiceMeasure(
        "pauses",
        "Pauses within turns",
        "pauses",
        "silences inside the person's own turns",
        0,
        "How often the person pauses while speaking.",
        "turns",
    ),
    VoiceMeasure(
        "pause_s",
        "Length of these pauses",
        "s",
        "seconds, all pauses together",
        1,
        "All pauses within own turns together.",
        "turns",
    ),
    VoiceMeasure(
        "effort_db",
        "Voice effort",
        "dB",
        "decibels of high tones against low tones in the voice",
        1,
        "How pressed the voice sounds, apart from how loud it is.",
        "voiced",
    ),
    VoiceMeasure(
        "calmness",
        "Calmness",
        "of 100",
        "the person's own usual delivery is near 80",
        0,
        "How close the delivery stays to the person's own usual one.",
        "windows",
    ),
)

_BASELINE = VoiceMeasure(
    "baseline",
    "Compared with",
    "",
    "",
    0,
    "What calmness and the stretches above are compared with.",
    "windows",
)


@dataclass(frozen=True)
class VoiceCell:
    """One value with what it stands on; ``value`` is ``None`` where ``note`` is the reason."""

    party: str
    value: str | None
    also: str
    note: str


@dataclass(frozen=True)
class VoiceRow:
    """One measure for all parties."""

    measure: VoiceMeasure
    cells: tuple[VoiceCell, ...]


def voice_rows(analysis: CallAnalysis) -> tuple[VoiceRow, ...]:
    """The table; empty where nobody's voice was measured."""
    voices = [(party, voice_of(analysis, party.id)) for party in parties_of(analysis)]
    if not any(voice for _, voice in voices):
        return ()
    return tuple(
        VoiceRow(measure, tuple(_cell(analysis, measure, *pair) for pair in voices))
        for measure in (*MEASURES, _BASELINE)
    )


def _cell(
    analysis: CallAnalysis, measure: VoiceMeasure, party: Party, voice: VoiceMeasures | None
) -> VoiceCell:
    name = labels.party_name(party)
    if voice is None:
        return VoiceCell(name, None, "", formatting.clean(reason_for(analysis, "voice")))
    text = _text(voice, measure)
    if text is None:
        reason = voice_reason(voice.unmeasured, measure.field) or NO_REASON
        return VoiceCell(name, None, "", formatting.clean(reason))
    also = ""
    if measure.field == "pitch_median_st" and voice.pitch_median_st is not None:
        hertz = REFERENCE_HZ * 2 ** (voice.pitch_median_st / 12)
        also = f"about {formatting.number(hertz, 0)}{formatting.NBSP}Hz"
    note = f"measured on {_support(voice, measure)}"
    if measure is _BASELINE:
        note = "the level: always with the rest of this call"
    return VoiceCell(name, text, also, note)


def _text(voice: VoiceMeasures, measure: VoiceMeasure) -> str | None:
    if measure is _BASELINE:
        return compared_with(voice)
    value: float | None = getattr(voice, measure.field)
    if value is None:
        return None
    show = formatting.signed if measure.signed else formatting.number
    return show(value * measure.times, measure.digits)


def _support(voice: VoiceMeasures, measure: VoiceMeasure) -> str:
    support = voice.support
    if measure.support == "voiced":
        return f"{formatting.seconds(support.voiced_s)} of voiced speech"
    if measure.support == "rated":
        words = formatting.count(support.rated_words, "word", "words")
        return f"{formatting.seconds(support.rated_s)} of speech, {words}"
    if measure.support == "windows":
        return formatting.count(support.windows, "window", "windows")
    if measure.support == "turns":
        return formatting.count(len(voice.timeline), "turn", "turns")
    return f"{formatting.seconds(support.speech_s)} of speech"
