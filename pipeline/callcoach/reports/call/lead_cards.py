"""What went well and what to work on: the findings that lead a report, as cards."""

from __future__ import annotations

from dataclasses import dataclass, replace

from callcoach.config.guide import Guide
from callcoach.model.analysis import CallAnalysis
from callcoach.model.coaching import Finding, FindingKind, Verdict
from callcoach.model.reviews import NO_REVIEWS, CallReviews
from callcoach.reports import labels
from callcoach.reports.call.language_words import sureness
from callcoach.reports.call.measure_words import measure_title, value_text
from callcoach.reports.call.people import opinions_of
from callcoach.reports.call.quotes import Quote, QuotePlaces, play_of
from callcoach.reports.call.transcript import TranscriptLine, anchor_of
from callcoach.reports.facts import NO_REASON, reason_for
from callcoach.text import formatting

KIND_WORDS = {
    FindingKind.MEASURED: "measured",
    FindingKind.SUGGESTION: "suggestion",
    FindingKind.NOT_AUDIBLE: "cannot be heard",
}
"""How a score or a finding was found, in a word."""

LEAD_VERDICTS = (Verdict.STRENGTH, Verdict.OPPORTUNITY)
"""The verdicts that have cards."""


@dataclass(frozen=True)
class LeadCard:
    """One finding.

    ``before`` is what the customer had said and ``quote`` what was said then; a quote without
    words still has the time to listen at. ``speaker`` names who is quoted. ``often`` says how many
    times the same was heard, ``sure`` how sure it is, ``number`` what was measured; each may be
    empty. ``key`` is the finding's name in links, ``opinions`` what people think of it.
    """

    title: str
    chapter: str
    speaker: str
    before: str
    quote: Quote
    why: str
    advice: str
    kind: str
    sure: str
    often: str
    number: str
    key: str
    opinions: tuple[str, ...]


@dataclass(frozen=True)
class LeadsPart:
    """The cards by verdict; ``reason`` says why there are none at all."""

    strengths: tuple[LeadCard, ...]
    opportunities: tuple[LeadCard, ...]
    reason: str | None


def leads_part(
    analysis: CallAnalysis,
    guide: Guide,
    places: QuotePlaces,
    lines: tuple[TranscriptLine, ...],
    names: dict[str, str],
    reviews: CallReviews = NO_REVIEWS,
) -> LeadsPart:
    """The findings that lead a report, strengths first, in order of their rank."""
    if analysis.findings is None:
        return LeadsPart((), (), why_not_scored(analysis, "findings"))
    leads = sorted(
        (item for item in analysis.findings if item.rank is not None),
        key=lambda item: (item.rank, item.start_s),
    )
    cards = {
        verdict: tuple(
            lead_card(item, analysis, guide, places, lines, names, reviews)
            for item in leads
            if item.verdict is verdict
        )
        for verdict in LEAD_VERDICTS
    }
    return LeadsPart(cards[Verdict.STRENGTH], cards[Verdict.OPPORTUNITY], None)


def why_not_scored(analysis: CallAnalysis, part: str) -> str:
    """Why coaching has not filled a part of an analysis: mostly because nobody asked for it yet."""
    reason = reason_for(analysis, part)
    return "the call has not been scored yet" if reason == NO_REASON else formatting.clean(reason)


def lead_card(
    item: Finding,
    analysis: CallAnalysis,
    guide: Guide,
    places: QuotePlaces,
    lines: tuple[TranscriptLine, ...],
    names: dict[str, str],
    reviews: CallReviews = NO_REVIEWS,
) -> LeadCard:
    """One finding as a card. ``names`` gives the parties' names by their ids."""
    chapter = guide.chapter(item.practice)
    situation = guide.situation(item.situation or "")
    place = chapter.title if chapter else labels.measure_name(item.practice)
    if situation is not None:
        place = f"{place}, in the situation “{situation.title}”"
    return LeadCard(
        title=formatting.clean(item.title),
        chapter=formatting.clean(place),
        speaker=names.get(item.speaker, formatting.clean(item.speaker)),
        before=formatting.clean(item.before or ""),
        quote=moment_quote(item, analysis, places, lines),
        why=formatting.clean(item.why),
        advice=formatting.clean(item.advice),
        kind=KIND_WORDS[item.kind],
        sure=sureness(item.confidence),
        often="" if item.times < 2 else f"heard {formatting.count(item.times, 'time', 'times')}",
        number=_number(item),
        key=item.key,
        opinions=opinions_of(reviews, item.key),
    )


def moment_quote(
    item: Finding, analysis: CallAnalysis, places: QuotePlaces, lines: tuple[TranscriptLine, ...]
) -> Quote:
    """What was said, with the place to hear it."""
    play = play_of(item.start_s, item.end_s)
    if item.turn is not None and (quote := places.quote(item.quote, item.turn, item.start_s)).turn:
        return replace(quote, play=play)
    return Quote(
        text=formatting.clean(item.quote or ""),
        time=formatting.clock(item.start_s),
        turn=anchor_of(item.speaker, item, analysis.turns, lines),
        play=play,
    )


def _number(item: Finding) -> str:
    """The measured value of a finding that a measurement tells, with its limit."""
    if item.kind is not FindingKind.MEASURED or item.value is None:
        return ""
    unit = _unit(item.measure)
    text = f"{measure_title(item.measure)}: {value_text(item.measure, unit, item.value)}"
    if item.limit is not None:
        text += f", limit {value_text(item.measure, unit, item.limit)}"
    return text


def _unit(measure: str) -> str:
    from callcoach.coaching.measures.catalogue import MEASURES

    known = MEASURES.get(measure)
    return "" if known is None else known.unit
