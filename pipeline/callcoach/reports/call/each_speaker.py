"""What each person voiced and asked, side by side, where nobody knows who is the agent."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from callcoach.model.analysis import CallAnalysis
from callcoach.model.language import QuestionKind
from callcoach.model.party import Role
from callcoach.reports import labels
from callcoach.reports.call.language_words import CONCERN_WORDS, capital, sureness
from callcoach.reports.call.quotes import Quote, QuotePlaces
from callcoach.reports.facts import reason_for
from callcoach.text import formatting

_NO_CONCERN = "No concern was heard."

_NO_QUESTION = "No question was heard."

_KINDS = {
    QuestionKind.OPEN: "open",
    QuestionKind.CLOSED: "closed",
    QuestionKind.CLARIFYING: "clarifying",
    QuestionKind.REPEATED: "asked again",
}


@dataclass(frozen=True)
class Voiced:
    """A concern of somebody: its words, what it is, and how sure that is."""

    quote: Quote
    what: str
    sure: str


@dataclass(frozen=True)
class AskedBy:
    """A question of somebody and its kinds."""

    quote: Quote
    what: str


@dataclass(frozen=True)
class SpeakerPart:
    """What one person voiced and asked; ``no_concern`` and ``no_question`` say that it is none."""

    name: str
    concerns: tuple[Voiced, ...]
    questions: tuple[AskedBy, ...]
    no_concern: str
    no_question: str


@dataclass(frozen=True)
class EachPart:
    """All persons of a call; ``reason`` says why no more is told."""

    speakers: tuple[SpeakerPart, ...]
    reason: str


def each_part(analysis: CallAnalysis, places: QuotePlaces) -> EachPart | None:
    """What each person voiced and asked; ``None`` where it is known who is who."""
    parties = analysis.call.parties
    if any(party.role is not Role.UNKNOWN for party in parties) or len(parties) < 2:
        return None
    if analysis.concerns is None and analysis.questions is None:
        return None
    turns: dict[str, set[str]] = {party.id: set() for party in parties}
    for turn in analysis.turns:
        turns.setdefault(turn.speaker, set()).add(turn.id)
    no_concern = _none(analysis, "concerns", _NO_CONCERN)
    no_question = _none(analysis, "questions", _NO_QUESTION)
    return EachPart(
        tuple(
            SpeakerPart(
                labels.party_name(party),
                _voiced(analysis, turns[party.id], places),
                _asked(analysis, turns[party.id], places),
                no_concern,
                no_question,
            )
            for party in parties
        ),
        formatting.clean(reason_for(analysis, "responses")),
    )


def _none(analysis: CallAnalysis, measure: str, none: str) -> str:
    if getattr(analysis, measure) is None:
        return f"Not measured: {formatting.clean(reason_for(analysis, measure))}."
    return none


def _voiced(
    analysis: CallAnalysis, own: Collection[str], places: QuotePlaces
) -> tuple[Voiced, ...]:
    return tuple(
        Voiced(
            places.quote(item.quote, item.turn, item.start_s),
            capital(", ".join(CONCERN_WORDS[kind] for kind in item.kinds)),
            sureness(item.confidence),
        )
        for item in analysis.concerns or ()
        if item.turn in own
    )


def _asked(
    analysis: CallAnalysis, own: Collection[str], places: QuotePlaces
) -> tuple[AskedBy, ...]:
    """Each question once: one that clarifies is open or closed as well."""
    kinds: dict[tuple[str, str], list[str]] = {}
    for item in analysis.questions or ():
        if item.turn in own:
            kinds.setdefault((item.turn, item.quote), []).append(_KINDS[item.kind])
    return tuple(
        AskedBy(places.quote(quote, turn), ", ".join(dict.fromkeys(what)))
        for (turn, quote), what in kinds.items()
    )
