"""Moments in which both spoke and moments in which nobody did, as the page lists them."""

from __future__ import annotations

from dataclasses import dataclass

from callcoach.model.analysis import CallAnalysis
from callcoach.model.interaction import OverlapEvent, OverlapNext, Silence
from callcoach.model.speech import Turn
from callcoach.reports import labels
from callcoach.reports.call.listening import wait_words
from callcoach.reports.call.quotes import play_of
from callcoach.reports.call.strip import overlap_title
from callcoach.reports.call.transcript import TranscriptLine, anchor_of
from callcoach.reports.facts import Facts
from callcoach.text import formatting


@dataclass(frozen=True)
class Moment:
    """A moment in which both spoke. ``turn`` is the anchor of the incomer's line.

    ``cut_off`` quotes what an interrupted holder said last; ``notes`` are what else to know.
    ``play`` is what a player plays (:func:`callcoach.reports.call.quotes.play_of`).
    """

    time: str
    length: str
    what: str
    went_on: str
    text: str
    turn: str | None
    cut_off: str
    notes: tuple[str, ...]
    play: str


@dataclass(frozen=True)
class Quiet:
    """A silence or hold worth listing."""

    time: str
    length: str
    what: str
    after: str
    play: str


def moment_rows(
    analysis: CallAnalysis, lines: tuple[TranscriptLine, ...], names: dict[str, str]
) -> tuple[Moment, ...] | None:
    """All moments of simultaneous speech, ``None`` where it was not measured."""
    if analysis.overlaps is None:
        return None
    return tuple(_moment(event, analysis.turns, lines, names) for event in analysis.overlaps)


def quiet_rows(facts: Facts, names: dict[str, str]) -> tuple[Quiet, ...]:
    """The long silences and the holds in order of time."""
    found = sorted((*facts.long, *facts.holds), key=lambda s: (s.start_s, s.end_s))
    return tuple(_quiet(silence, names) for silence in found)


def _moment(
    event: OverlapEvent,
    turns: tuple[Turn, ...],
    lines: tuple[TranscriptLine, ...],
    names: dict[str, str],
) -> Moment:
    incomer = names.get(event.incomer, event.incomer)
    holder = names.get(event.holder, event.holder)
    went_on = {True: incomer, False: holder, None: "not clear"}[event.holder_yielded]
    if event.holder_yielded is None and event.next in (OverlapNext.INCOMER, OverlapNext.HOLDER):
        went_on = incomer if event.next is OverlapNext.INCOMER else holder
    repaired = {OverlapNext.INCOMER_REPAIRED: incomer, OverlapNext.HOLDER_REPAIRED: holder}
    notes = []
    if event.mid_sentence:
        notes.append(f"{holder} stopped in mid-sentence")
    if event.next in repaired:
        notes.append(f"{repaired[event.next]} made up for it in words")
    if event.confidence is not None and event.confidence < labels.UNSURE_OVERLAP:
        notes.append("listen first: this may be something else")
    return Moment(
        time=formatting.clock(event.start_s),
        length=formatting.seconds(event.duration_s),
        what=overlap_title(event, names),
        went_on=went_on,
        text=formatting.clean(event.text),
        turn=anchor_of(event.incomer, event, turns, lines),
        cut_off=formatting.clean(event.cut_off or ""),
        notes=tuple(notes),
        play=play_of(event.start_s, event.end_s),
    )


def _quiet(silence: Silence, names: dict[str, str]) -> Quiet:
    return Quiet(
        time=formatting.clock(silence.start_s),
        length=formatting.seconds(silence.duration_s),
        what=wait_words(silence),
        after=names.get(silence.after, silence.after) if silence.after else "start of the call",
        play=play_of(silence.start_s, silence.end_s),
    )
