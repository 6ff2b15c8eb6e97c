"""The rows of the page's table of voice measures."""

from __future__ import annotations

from dataclasses import dataclass

from callcoach.call import CallAnalysis, Party, VoiceMeasures
from callcoach.reports import wording
from callcoach.reports.facts import parties_of, reason_for, voice_of
from callcoach.voice.pitch import REFERENCE_HZ


@dataclass(frozen=True)
class Measure:
    """How one field of :class:`VoiceMeasures` is shown.

    ``support`` says which seconds it stands on; an ``optional`` measure has no row where the
    analysis has neither a value nor a reason for it.
    """

    field: str
    name: str
    unit: str
    unit_meaning: str
    digits: int
    meaning: str
    support: str
    optional: bool = False


_SEMITONES = "semitones; twelve semitones are one octave"
MEASURES = (
    Measure(
        "pitch_median_st",
        "Pitch (middle)",
        "st",
        f"{_SEMITONES}; counted from {REFERENCE_HZ} Hz",
        1,
        "How high the voice lies: half of the time above, half below.",
        "voiced",
    ),
    Measure(
        "pitch_sd_st",
        "Pitch spread",
        "st",
        _SEMITONES,
        1,
        "How much the pitch moves around its middle. Small: even or flat. Large: lively.",
        "voiced",
    ),
    Measure(
        "pitch_variance_st2",
        "Pitch variance",
        "st²",
        "squared semitones",
        1,
        "The spread, squared: for comparing with other tools.",
        "voiced",
    ),
    Measure(
        "pitch_range_st",
        "Pitch range",
        "st",
        _SEMITONES,
        1,
        "From low to high, the lowest and the highest fifth of the time left out.",
        "voiced",
    ),
    Measure(
        "level_dbov",
        "Level",
        "dBov",
        "decibels under the loudest sound the recording can hold; nearer to 0 is louder",
        1,
        "How loud the voice is on its channel.",
        "speech",
    ),
    Measure(
        "rate_wpm",
        "Speaking rate",
        "words/min",
        "words in one minute of own speech, pauses left out",
        0,
        "How fast the words come while the person speaks.",
        "rated",
    ),
    Measure(
        "rate_syll_s",
        "Syllable rate",
        "syll/s",
        "syllables in one second of own speech, pauses left out",
        1,
        "The same in syllables: fair to long and short words.",
        "rated",
    ),
    Measure(
        "effort_db",
        "Voice effort",
        "dB",
        "decibels of high tones against low tones in the voice",
        1,
        "How pressed the voice sounds, apart from how loud it is.",
        "speech",
        optional=True,
    ),
    Measure(
        "calmness",
        "Evenness of delivery",
        "of 100",
        "100 is closest to the person's own usual delivery",
        0,
        "Pitch, level and rate together, against the person's own usual delivery.",
        "speech",
        optional=True,
    ),
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

    measure: Measure
    cells: tuple[VoiceCell, ...]


def voice_rows(analysis: CallAnalysis) -> tuple[VoiceRow, ...]:
    """The table; empty where nobody's voice was measured."""
    voices = [(party, voice_of(analysis, party.id)) for party in parties_of(analysis)]
    if not any(voice for _, voice in voices):
        return ()
    return tuple(
        VoiceRow(measure, tuple(_cell(analysis, measure, *pair) for pair in voices))
        for measure in MEASURES
        if not measure.optional or any(voice and _spoken_of(voice, measure) for _, voice in voices)
    )


def _spoken_of(voice: VoiceMeasures, measure: Measure) -> bool:
    return _value(voice, measure) is not None or _reason(voice, measure) is not None


def _cell(
    analysis: CallAnalysis, measure: Measure, party: Party, voice: VoiceMeasures | None
) -> VoiceCell:
    name = wording.party_name(party)
    if voice is None:
        return VoiceCell(name, None, "", reason_for(analysis, "voice"))
    value = _value(voice, measure)
    if value is None:
        return VoiceCell(name, None, "", _reason(voice, measure) or "the analysis gives no reason")
    also = ""
    if measure.field == "pitch_median_st":
        also = f"about {wording.number(REFERENCE_HZ * 2 ** (value / 12), 0)}{wording.NBSP}Hz"
    return VoiceCell(
        name, wording.number(value, measure.digits), also, f"measured on {_support(voice, measure)}"
    )


def _value(voice: VoiceMeasures, measure: Measure) -> float | None:
    value: float | None = getattr(voice, measure.field)
    return value


def _reason(voice: VoiceMeasures, measure: Measure) -> str | None:
    """The reason for this measure, or for its group (``pitch`` for ``pitch_sd_st``)."""
    for item in voice.unmeasured:
        if item.measure == measure.field or measure.field.startswith(f"{item.measure}_"):
            return wording.clean(item.reason)
    return None


def _support(voice: VoiceMeasures, measure: Measure) -> str:
    if measure.support == "voiced":
        return f"{wording.seconds(voice.support.voiced_s)} of voiced speech"
    if measure.support == "rated":
        words = wording.count(voice.support.rated_words, "word", "words")
        return f"{wording.seconds(voice.support.rated_s)} of speech, {words}"
    return f"{wording.seconds(voice.support.speech_s)} of speech"
