"""Tense turns of the customer, and the agent's voice right after them, in words."""

from __future__ import annotations

from dataclasses import dataclass

from callcoach.model.analysis import CallAnalysis
from callcoach.model.voice import Composure, TurnTension, VoiceChange
from callcoach.reports import labels
from callcoach.reports.call.quotes import play_of
from callcoach.reports.call.transcript import TranscriptLine
from callcoach.reports.facts import reason_for, tense_turns
from callcoach.text import formatting

VERY_TENSE = 0.8  # a word for the reader; no measure depends on it

_CHANGES = {
    "pitch_median_st": ("pitch", "st", 1),
    "pitch_sd_st": ("pitch spread", "st", 1),
    "pitch_movement_st_s": ("pitch movement", "st/s", 1),
    "level_dbov": ("level", "dB", 1),
    "rate_syll_s": ("rate", "%", 0),
    "effort_db": ("effort", "dB", 1),
    "calmness": ("calmness", "points", 0),
}


@dataclass(frozen=True)
class TenseLine:
    """A tense turn. ``turn`` is the anchor of its line in the transcript."""

    time: str
    length: str
    what: str
    number: str
    parts: str
    phrases: str
    turn: str | None
    play: str


@dataclass(frozen=True)
class TensionPart:
    """All tense turns; ``reason`` says why there is no list. ``summary`` is one sentence."""

    lines: tuple[TenseLine, ...]
    summary: str
    reason: str | None


@dataclass(frozen=True)
class TensionLink:
    """A time with the anchor it leads to."""

    time: str
    turn: str | None
    play: str


@dataclass(frozen=True)
class ComposurePart:
    """What changed in the agent's voice, or why that was not measured."""

    text: str
    support: str
    links: tuple[TensionLink, ...]
    reason: str | None


def tension_part(analysis: CallAnalysis, lines: tuple[TranscriptLine, ...]) -> TensionPart:
    """The list of tense turns. ``lines`` are the transcript's, for the links."""
    if analysis.tension is None:
        return TensionPart((), "", formatting.clean(reason_for(analysis, "tension")))
    found = tense_turns(analysis)
    judged = formatting.count(len(analysis.tension), "customer turn", "customer turns")
    if not analysis.tension:
        summary = "The customer has no turn that could be judged."
    elif not found:
        peak = max(turn.tension for turn in analysis.tension)
        summary = (
            f"None of the {judged} that could be judged counts as tense; the highest tension is "
            f"{formatting.number(peak, 2)} of 1."
        )
    else:
        summary = f"{len(found)} of the {judged} that could be judged count as tense."
        if len(found) == 1:
            summary = summary.replace(" count as", " counts as")
    return TensionPart(tuple(_tense_line(turn, lines) for turn in found), summary, None)


def composure_part(analysis: CallAnalysis, lines: tuple[TranscriptLine, ...]) -> ComposurePart:
    """The agent's voice after tense turns, against the rest of the call."""
    composure = analysis.composure
    if composure is None:
        return ComposurePart("", "", (), formatting.clean(reason_for(analysis, "composure")))
    turns = {turn.id: turn for turn in analysis.turns}
    return ComposurePart(
        text=composure_text(composure),
        support=(
            f"{formatting.seconds(composure.after_s)} of the agent's speech right after these "
            f"moments, against {formatting.seconds(composure.rest_s)} in the rest of the call."
        ),
        links=tuple(
            TensionLink(
                formatting.clock(turns[turn].start_s),
                _anchor(turn, lines),
                play_of(turns[turn].start_s, turns[turn].end_s),
            )
            for turn in composure.agent_turns
            if turn in turns
        ),
        reason=None,
    )


def composure_text(composure: Composure) -> str:
    """``After 3 tense moments of the customer: pitch +1.2 st, … against the rest of the call``."""
    moments = formatting.count(len(composure.tense_turns), "tense moment", "tense moments")
    changes = ", ".join(_change(change) for change in composure.changes) or "nothing measured"
    return f"After {moments} of the customer: {changes} against the rest of the call."


def _change(change: VoiceChange) -> str:
    name, unit, digits = _CHANGES.get(
        change.measure, (labels.measure_name(change.measure).lower(), "", 1)
    )
    return f"{name} {formatting.signed(change.change, digits)}{formatting.NBSP}{unit}".rstrip()


def _tense_line(turn: TurnTension, lines: tuple[TranscriptLine, ...]) -> TenseLine:
    voice = "not measured" if turn.voice is None else formatting.number(turn.voice, 2)
    return TenseLine(
        time=formatting.clock(turn.start_s),
        length=formatting.seconds(turn.duration_s),
        what="Very tense" if turn.tension >= VERY_TENSE else "Tense",
        number=formatting.number(turn.tension, 2),
        parts=f"voice {voice}, words {formatting.number(turn.words, 2)}",
        phrases=", ".join(f"“{formatting.clean(phrase)}”" for phrase in turn.phrases),
        turn=_anchor(turn.turn, lines),
        play=play_of(turn.start_s, turn.end_s),
    )


def _anchor(turn: str, lines: tuple[TranscriptLine, ...]) -> str | None:
    return next((line.anchor for line in lines if turn in line.turns), None)
