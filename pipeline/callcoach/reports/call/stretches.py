"""The named stretches of a call, as the page numbers and lists them."""

from __future__ import annotations

from dataclasses import dataclass

from callcoach.model.analysis import CallAnalysis
from callcoach.model.speech import Turn
from callcoach.model.voice import NamedStretch, StretchKind
from callcoach.reports import labels
from callcoach.reports.call.quotes import play_of
from callcoach.reports.call.transcript import TranscriptLine, anchor_of
from callcoach.reports.facts import NO_REASON, voice_reason
from callcoach.text import formatting

# The sign tells the direction, so that nothing hangs on colour.
SIGNS = {
    StretchKind.RAISED: "▲",
    StretchKind.HURRIED: "▲",
    StretchKind.SLOW: "▼",
    StretchKind.PRESSED: "▲",
    StretchKind.PITCH_UP: "▲",
    StretchKind.UNSTEADY: "≈",
    StretchKind.FLAT: "▬",
}

_BELOW = frozenset({StretchKind.SLOW, StretchKind.FLAT})


@dataclass(frozen=True)
class NumberedStretch:
    """A stretch with whose voice it is and its number on the page, from 1."""

    number: int
    speaker: str
    stretch: NamedStretch

    @property
    def sign(self) -> str:
        """Sign of the kind with the number, such as ``▲3``."""
        return f"{SIGNS[self.stretch.kind]}{self.number}"


@dataclass(frozen=True)
class StretchLine:
    """A row of the list. ``turn`` is the anchor of the speaker's line in the transcript."""

    sign: str
    time: str
    length: str
    who: str
    what: str
    value: str
    limit: str
    turn: str | None
    play: str


def numbered_stretches(analysis: CallAnalysis) -> tuple[NumberedStretch, ...]:
    """Everyone's stretches in order of time."""
    found = [(voice.speaker, item) for voice in analysis.voice for item in voice.stretches]
    found.sort(key=lambda pair: (pair[1].start_s, pair[1].end_s, pair[0], pair[1].kind))
    return tuple(
        NumberedStretch(number, speaker, item)
        for number, (speaker, item) in enumerate(found, start=1)
    )


def stretch_lines(
    analysis: CallAnalysis, lines: tuple[TranscriptLine, ...], names: dict[str, str]
) -> tuple[StretchLine, ...]:
    """The list. ``names`` gives the parties' names by their ids."""
    return tuple(_line(item, analysis.turns, lines, names) for item in numbered_stretches(analysis))


def not_looked_for(analysis: CallAnalysis, names: dict[str, str]) -> tuple[str, ...]:
    """Why a party has no stretches, for each whose usual delivery is not known."""
    return tuple(
        f"{names.get(voice.speaker, formatting.clean(voice.speaker))}: not measured: "
        + formatting.clean(
            voice_reason(voice.unmeasured, "stretches")
            or voice_reason(voice.unmeasured, "baseline")
            or NO_REASON
        )
        for voice in analysis.voice
        if not voice.usual and not voice.stretches
    )


def stretch_value(stretch: NamedStretch) -> str:
    """The value against the usual one, such as ``-18.2 dB, usually -25.0 dB``."""
    value = labels.measured(stretch.measure, stretch.value)
    if stretch.kind is StretchKind.FLAT:  # flat whatever is usual: a voice may be flat throughout
        return f"{value} of pitch spread"
    if stretch.usual is None:
        return value
    text = f"{value}, usually {labels.measured(stretch.measure, stretch.usual)}"
    if stretch.measure == "rate_syll_s" and stretch.usual > 0:
        change = 100 * (stretch.value / stretch.usual - 1)
        text += f" ({formatting.signed(change, 0)}{formatting.NBSP}%)"
    return text


def _line(
    item: NumberedStretch,
    turns: tuple[Turn, ...],
    lines: tuple[TranscriptLine, ...],
    names: dict[str, str],
) -> StretchLine:
    stretch = item.stretch
    direction = "lower" if stretch.kind in _BELOW else "higher"
    if stretch.measure == "rate_syll_s":
        direction = "slower" if stretch.kind in _BELOW else "faster"
    return StretchLine(
        sign=item.sign,
        time=formatting.clock(stretch.start_s),
        length=formatting.seconds(stretch.duration_s),
        who=names.get(item.speaker, formatting.clean(item.speaker)),
        what=labels.STRETCH_WORDS[stretch.kind],
        value=stretch_value(stretch),
        limit=f"listed at {labels.measured(stretch.measure, stretch.threshold)} or {direction}",
        turn=anchor_of(item.speaker, stretch, turns, lines),
        play=play_of(stretch.start_s, stretch.end_s),
    )
