"""How the reports say things: plain words, readable numbers, safe text.

Numbers always carry their unit. Nothing here judges a person.
"""

from __future__ import annotations

import re
from datetime import date, datetime

from callcoach.call import CallWarning, OverlapKind, Party, Role, Severity, Side, SilenceKind
from callcoach.delivery import StretchKind
from callcoach.speech.languages import language_name

NBSP = "\u00a0"  # keeps a number and its unit on one line
MINUS = "\u2212"

OVERLAP_WORDS = {
    OverlapKind.INTERRUPTION: "Came in and took over",
    OverlapKind.ATTEMPTED: "Tried to come in, then let the other go on",
    OverlapKind.TERMINAL: "Came in as the other was finishing",
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

_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_MONTHS = (
    "January February March April May June July August September October November December"
).split()
# Controls, the direction overrides that would turn the rest of a line around, and halves of
# characters that UTF-8 cannot hold. Plain direction marks stay: right-to-left text needs them.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_MARKDOWN = re.compile(r"([\\`*_\[\]<>|~#@]|:(?=//)|(?<=www)\.)")


def clean(text: str) -> str:
    """Text on one line, without characters that break a page."""
    return " ".join(_UNSAFE.sub("", text).split())


def markdown(text: str) -> str:
    """Text that Markdown shows as it stands: no markup, no HTML, no links."""
    return _MARKDOWN.sub(r"\\\1", clean(text).replace("&", "&amp;"))


def number(value: float, digits: int) -> str:
    """A number with fixed decimals and a true minus sign; never ``-0``."""
    return f"{round(value, digits) + 0.0:.{digits}f}".replace("-", MINUS)


def signed(value: float, digits: int) -> str:
    """A difference with its sign, ``+1.2`` or ``−1.2``; 0 has none."""
    text = number(value, digits)
    return f"+{text}" if round(value, digits) > 0 else text


def measured(measure: str, value: float) -> str:
    """A voice measure with its unit, such as ``-25.0 dB``."""
    unit, digits = _UNITS.get(measure, ("", 1))
    return f"{number(value, digits)}{NBSP}{unit}".rstrip()


def seconds(value_s: float) -> str:
    """A short time such as ``3.2 s``."""
    return f"{number(value_s, 1)}{NBSP}s"


def percent(share: float) -> str:
    """A share (0..1) such as ``42 %``."""
    return f"{number(100 * share, 0)}{NBSP}%"


def count(many: int, one: str, more: str) -> str:
    """``1 turn``, ``2 turns``."""
    return f"{many}{NBSP}{one if many == 1 else more}"


def clock(at_s: float) -> str:
    """A place in the call: ``m:ss``, from one hour on ``h:mm:ss``."""
    minutes, second = divmod(int(at_s), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02d}:{second:02d}" if hours else f"{minute}:{second:02d}"


def length(value_s: float) -> str:
    """A long time such as ``4 min 32 s`` or ``1 h 5 min``."""
    if round(value_s, 1) < 60:
        return seconds(value_s)
    minutes, second = divmod(round(value_s), 60)
    hours, minute = divmod(minutes, 60)
    if hours:
        return f"{hours}{NBSP}h {minute}{NBSP}min"
    return f"{minute}{NBSP}min {second}{NBSP}s"


def moment(started_at: str | None) -> datetime | date | None:
    """The start of a call as date (with time), ``None`` where it is no ISO 8601 text."""
    try:
        if started_at and len(started_at.strip()) <= len("2025-03-04"):
            return date.fromisoformat(started_at.strip())
        return datetime.fromisoformat((started_at or "").strip())
    except ValueError:
        return None


def readable_date(started_at: str | None) -> str:
    """``Tuesday 4 March 2025, 14:05``; a text that is no ISO 8601 date stays as it is."""
    when = moment(started_at)
    if when is None:
        return clean(started_at or "") or "not given"
    day = f"{_DAYS[when.weekday()]} {when.day} {_MONTHS[when.month - 1]} {when.year}"
    if not isinstance(when, datetime):
        return day
    zone = f" ({when.tzname()})" if when.tzinfo else ""
    return f"{day}, {when:%H:%M}{zone}"


def short_date(started_at: str | None) -> str:
    """``4 Mar 2025, 14:05``, for tables."""
    when = moment(started_at)
    if when is None:
        return clean(started_at or "") or "not given"
    day = f"{when.day} {_MONTHS[when.month - 1][:3]} {when.year}"
    return f"{day}, {when:%H:%M}" if isinstance(when, datetime) else day


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
