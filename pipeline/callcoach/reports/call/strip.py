"""Geometry of the picture of who speaks when.

The call is cut into rows of a fixed length, so that half a minute and one hour both stay readable
on a phone and on paper. Places along a row are percent of its width; the template draws them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from callcoach.model.analysis import CallAnalysis
from callcoach.model.interaction import OverlapEvent, OverlapKind, SilenceKind
from callcoach.model.party import Party
from callcoach.model.timeline import Span, total_s
from callcoach.reports import labels
from callcoach.reports.axis import AxisTick, bar, percent, time_ticks
from callcoach.reports.facts import parties_of
from callcoach.text import formatting

# Longest call (s) that gets rows of at most this length (s), with a tick each so many seconds.
_SCALES = ((30, 30, 5), (60, 60, 10), (120, 120, 20), (600, 120, 20), (3600, 300, 30))

_LONGEST_SCALE = (600, 60)

_THINNEST = 0.3  # percent; thinner marks vanish on a phone


@dataclass(frozen=True)
class Block:
    """A stretch along a row: left edge and width in percent, with its description."""

    x: float
    width: float
    title: str


@dataclass(frozen=True)
class Lane:
    """One party's line in a row; ``tone`` is its colour (:func:`labels.tones`)."""

    name: str
    tone: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Mark:
    """A sign between the lanes. ``down`` when it was the upper party who came in."""

    x: float
    kind: str
    down: bool
    title: str


@dataclass(frozen=True)
class Row:
    """One line of the picture. ``end`` is where the call ends, in percent, at most 100."""

    label: str
    lanes: tuple[Lane, ...]
    silences: tuple[Block, ...]
    shared: tuple[Block, ...]
    marks: tuple[Mark, ...]
    ticks: tuple[AxisTick, ...]
    end: float


def strip_rows(analysis: CallAnalysis) -> tuple[Row, ...]:
    """The rows of a call, in order of time; at least one."""
    length_s = analysis.call.duration_s
    row_s, tick_s = _scale(length_s)
    count = max(1, -(-int(length_s * 1000) // (row_s * 1000)))
    return tuple(_row(analysis, Span(i * row_s, (i + 1) * row_s), tick_s) for i in range(count))


def overlap_title(event: OverlapEvent, names: dict[str, str]) -> str:
    """What happened at a moment of simultaneous speech, in one line."""
    text = labels.OVERLAP_WORDS[event.kind]
    if event.kind is OverlapKind.DUAL_START:
        return text
    incomer = names.get(event.incomer, event.incomer)
    return f"{incomer}: {text[0].lower()}{text[1:]}"


def _scale(length_s: float) -> tuple[int, int]:
    """Length of a row and of the steps of its axis, in seconds: the rows come out about full."""
    row_s, tick_s = next((s[1:] for s in _SCALES if length_s <= s[0]), _LONGEST_SCALE)
    rows = math.ceil(length_s / row_s)
    return math.ceil(length_s / max(1, rows) / tick_s) * tick_s or tick_s, tick_s


def _row(analysis: CallAnalysis, window: Span, tick_s: int) -> Row:
    parties = parties_of(analysis)
    names = {party.id: labels.party_name(party) for party in parties}
    shown = window.intersection(Span(0.0, analysis.call.duration_s)) or window
    overlaps = [e for e in analysis.overlaps or () if e.overlaps(window)]
    silences = [
        s
        for s in analysis.silences
        if s.kind in (SilenceKind.DEAD_AIR, SilenceKind.HOLD) and s.overlaps(window)
    ]
    upper = parties[0].id if parties else ""
    return Row(
        label=_label(analysis, shown, names, len(overlaps)),
        lanes=tuple(
            _lane(analysis, party, window, tone)
            for party, tone in zip(parties, labels.tones(len(parties)), strict=True)
        ),
        silences=tuple(
            _block(s, window, f"{labels.SILENCE_WORDS[s.kind]}, {formatting.seconds(s.duration_s)}")
            for s in silences
        ),
        shared=tuple(_block(e, window, overlap_title(e, names)) for e in overlaps),
        marks=tuple(
            Mark(
                x=percent(e.start_s, window),
                kind=e.kind.value,
                down=e.incomer == upper,
                title=f"{formatting.clock(e.start_s)} {overlap_title(e, names)}",
            )
            for e in overlaps
            if window.contains(e.start_s)
        ),
        ticks=time_ticks(window, tick_s),
        end=percent(shown.end_s, window),
    )


def _lane(analysis: CallAnalysis, party: Party, window: Span, tone: str) -> Lane:
    name = labels.party_name(party)
    return Lane(
        name=name,
        tone=tone,
        blocks=tuple(
            _block(
                region,
                window,
                f"{name} {formatting.clock(region.start_s)} to {formatting.clock(region.end_s)}",
            )
            for region in analysis.activity
            if region.speaker == party.id and region.overlaps(window)
        ),
    )


def _label(analysis: CallAnalysis, shown: Span, names: dict[str, str], overlaps: int) -> str:
    """What the row shows, for readers who cannot see it."""
    parts = [f"{formatting.clock(shown.start_s)} to {formatting.clock(shown.end_s)}"]
    for speaker, name in names.items():
        own = [r.intersection(shown) for r in analysis.activity if r.speaker == speaker]
        parts.append(f"{name} speaks {formatting.seconds(total_s(s for s in own if s))}")
    if analysis.overlaps is not None:
        parts.append(f"both speak at once {formatting.count(overlaps, 'time', 'times')}")
    return ", ".join(parts)


def _block(span: Span, window: Span, title: str) -> Block:
    return Block(*bar(span, window, _THINNEST), title)
