"""How the reports say things: plain words, readable numbers, safe text.

Numbers always carry their unit. Nothing here judges a person.
"""

from __future__ import annotations

from callcoach.model.interaction import OverlapKind, SilenceKind
from callcoach.model.party import Party, Role, Side
from callcoach.model.recording import CallWarning, Severity
from callcoach.model.voice import StretchKind
from callcoach.speech.languages import language_name
from callcoach.text.formatting import NBSP, clean, number, percent

OVERLAP_WORDS = {
    OverlapKind.INTERRUPTION: "Came in and took over",
    OverlapKind.ATTEMPTED: "Tried to come in, then let the other go on",
    OverlapKind.TERMINAL: "Came in as the other was finishing",
    OverlapKind.EARLY_ANSWER: "Answered or went on a little early; the other had said it all",
    OverlapKind.BACKCHANNEL: "Short sound of listening, such as “mm-hm”",
    OverlapKind.DUAL_START: "Both started at the same time",
    OverlapKind.UNCLEAR: "Not clear what happened",
}

UNSURE_OVERLAP = 0.5
"""Under this confidence the page tells to listen first: on a limit by its times and with words
that do not speak for the kind, or in noise."""

SILENCE_WORDS = {
    SilenceKind.GAP: "Silence between two speakers",
    SilenceKind.PAUSE: "Pause of one speaker",
    SilenceKind.DEAD_AIR: "Long silence",
    SilenceKind.HOLD: "On hold",
}

STRETCH_WORDS = {
    StretchKind.RAISED: "Louder than usual",
    StretchKind.HURRIED: "Faster than usual",
    StretchKind.SLOW: "Slower than usual",
    StretchKind.PRESSED: "More pressed than usual",
    StretchKind.PITCH_UP: "Higher than usual",
    StretchKind.UNSTEADY: "Pitch moved faster than usual",
    StretchKind.FLAT: "Little melody in the voice",
}

# Unit and decimals of the voice measures that appear in sentences.
_UNITS = {
    "pitch_median_st": ("st", 1),
    "pitch_sd_st": ("st", 1),
    "pitch_movement_st_s": ("st/s", 1),
    "level_dbov": ("dB", 1),
    "rate_syll_s": ("syll/s", 1),
    "effort_db": ("dB", 1),
    "calmness": ("points", 0),
}

_MEASURE_WORDS = {
    "overlaps": "Both speaking at once",
    "listening": "Room to speak",
    "phrase_book": "What rules about words find",
    "voice": "Voice measures",
    "concerns": "What troubled the customer",
    "responses": "Answers to what troubled the customer",
    "paraphrases": "Saying back what the customer said",
    "questions": "Questions",
    "acts": "What the agent's turns do",
    "closing": "How the call ended",
    "arc": "How the customer's tension went",
    "findings": "Findings",
    "gist": "What the call was about",
    "scorecard": "Scores of the guide's chapters",
    "tension": "Tense moments of the customer",
    "composure": "The agent's voice after tense moments",
}

NO_AGENT = "agent not given"
"""Instead of an agent's name, where a call has none."""


def measured(measure: str, value: float) -> str:
    """A voice measure with its unit, such as ``-25.0 dB``."""
    unit, digits = _UNITS.get(measure, ("", 1))
    return f"{number(value, digits)}{NBSP}{unit}".rstrip()


def tones(parties: int) -> tuple[str, ...]:
    """Names of the parties' colours; a channel that everyone shares has a colour of its own."""
    return ("everyone",) if parties == 1 else ("a", "b", *("b",) * (parties - 2))[:parties]


def party_name(party: Party) -> str:
    """What a party is called on a page."""
    if party.role is not Role.UNKNOWN:
        return party.role.value.capitalize()
    return clean(party.id.replace("_", " ").capitalize())


def spoken_language(parties: tuple[Party, ...]) -> str:
    """What is spoken, with its probability: ``German (97 %)``; nothing where nobody speaks."""
    spoken = {
        party: language_name(party.language)
        + (
            f" ({percent(party.language_probability)})"
            if party.language_probability is not None
            else ""
        )
        for party in parties
        if party.language is not None
    }
    if len({party.language for party in spoken}) < 2:
        return next(iter(spoken.values()), "")
    return ", ".join(f"{party_name(party)}: {text}" for party, text in spoken.items())


def measure_name(measure: str) -> str:
    """A part of the analysis in plain words."""
    return _MEASURE_WORDS.get(measure) or clean(measure.replace("_", " ").capitalize())


def warning_texts(
    warnings: tuple[CallWarning, ...], severity: Severity, parties: tuple[Party, ...]
) -> tuple[str, ...]:
    """The texts of the warnings of one severity."""
    return tuple(warning_text(w, parties) for w in warnings if w.severity is severity)


def warning_text(warning: CallWarning, parties: tuple[Party, ...]) -> str:
    """A warning with the channel it is about, where its text does not name the channel itself."""
    if warning.channel is None or f"{warning.channel} channel" in warning.text.lower():
        return clean(warning.text)
    return f"{channel_name(warning.channel, parties)}: {clean(warning.text)}"


def channel_name(side: Side, parties: tuple[Party, ...]) -> str:
    """``Left channel (agent)``."""
    names = [party_name(p).lower() for p in parties if p.channel is side]
    return f"{side.value.capitalize()} channel" + (f" ({names[0]})" if names else "")
