"""The call in three lines, and how the customer's tension went, in words."""

from __future__ import annotations

from dataclasses import dataclass

from callcoach.model.analysis import CallAnalysis
from callcoach.model.language import GistPart, TensionArc, TensionPoint
from callcoach.reports.call.language_words import GIST_MISSING, GIST_WORDS, tension_word
from callcoach.reports.call.quotes import Quote, QuotePlaces
from callcoach.reports.facts import reason_for
from callcoach.text import formatting


@dataclass(frozen=True)
class GistRow:
    """One of the three lines; without a quote ``missing`` says so."""

    name: str
    quote: Quote | None
    missing: str


@dataclass(frozen=True)
class ArcPoint:
    """Tension at one moment: ``value`` in words, ``width`` of its bar in percent."""

    name: str
    value: str
    width: float
    quote: Quote


@dataclass(frozen=True)
class ArcPart:
    """How tension went; ``reason`` says why there are no points.

    ``turned`` quotes the agent's turn after which it fell most, ``None`` where it never fell.
    """

    points: tuple[ArcPoint, ...]
    summary: str
    turned: Quote | None
    reason: str | None


@dataclass(frozen=True)
class GistBlock:
    """The top of a report; ``reason`` says why there are no rows."""

    rows: tuple[GistRow, ...]
    reason: str | None
    arc: ArcPart


def gist_block(analysis: CallAnalysis, places: QuotePlaces) -> GistBlock:
    """The three lines and the tension of a call."""
    arc = _arc_part(analysis, places)
    if analysis.gist is None:
        return GistBlock((), formatting.clean(reason_for(analysis, "gist")), arc)
    lines = {line.part: line for line in analysis.gist}
    rows = []
    for part in GistPart:
        line = lines.get(part)
        quote = None if line is None else places.quote(line.quote, line.turn, line.start_s)
        rows.append(GistRow(GIST_WORDS[part], quote, GIST_MISSING[part]))
    return GistBlock(tuple(rows), None, arc)


def _arc_part(analysis: CallAnalysis, places: QuotePlaces) -> ArcPart:
    arc = analysis.arc
    if arc is None:
        return ArcPart((), "", None, formatting.clean(reason_for(analysis, "arc")))
    points = [("At the start", arc.start), ("At its peak", arc.peak), ("At the end", arc.end)]
    if arc.peak.turn == arc.start.turn:
        points[:2] = [("At the start, its peak", arc.start)]
    elif arc.peak.turn == arc.end.turn:
        points[1:] = [("At the end, its peak", arc.end)]
    return ArcPart(
        points=tuple(_point(name, point, places) for name, point in points),
        summary=_summary(arc, places),
        turned=(
            None if arc.turned_by is None else places.quote(arc.turned_by_quote, arc.turned_by)
        ),
        reason=None,
    )


def _point(name: str, point: TensionPoint, places: QuotePlaces) -> ArcPoint:
    return ArcPoint(
        name=name,
        value=f"{formatting.number(point.tension, 1)}, {tension_word(point.tension)}",
        width=round(100 * min(1.0, max(0.0, point.tension)), 1),
        quote=places.quote(point.quote, point.turn),
    )


def _summary(arc: TensionArc, places: QuotePlaces) -> str:
    start, peak, end = (
        formatting.number(point.tension, 1) for point in (arc.start, arc.peak, arc.end)
    )
    at = places.quote("", arc.peak.turn).time
    if arc.peak.turn == arc.start.turn:
        text = f"{start} at the start, its peak, and {end} at the end."
    elif arc.peak.turn == arc.end.turn:
        text = f"{start} at the start and {end} at the end, its peak."
    else:
        text = f"{start} at the start, {peak} at its peak ({at}), {end} at the end."
    return text if arc.turned_by is not None else f"{text} It had no clear fall."
