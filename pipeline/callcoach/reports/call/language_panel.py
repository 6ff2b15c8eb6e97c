"""What was said in a call, in words: was the customer heard, and how did the call end."""

from __future__ import annotations

from dataclasses import dataclass

from callcoach.model.analysis import CallAnalysis
from callcoach.model.language import (
    ClosingKind,
    ClosingMark,
    Paraphrase,
    ParaphraseKind,
    Question,
    QuestionKind,
)
from callcoach.model.party import Role
from callcoach.reports.call.concerns import ConcernsPart, concerns_part
from callcoach.reports.call.each_speaker import EachPart, each_part
from callcoach.reports.call.language_words import CLOSING_WORDS, PARAPHRASE_WORDS, capital, sureness
from callcoach.reports.call.quotes import Quote, QuotePlaces
from callcoach.reports.facts import NO_REASON, reason_for
from callcoach.text import formatting

_CONFIRMED = {
    True: "The customer confirmed it",
    False: "The customer corrected it",
    None: "The customer said neither yes nor no to it",
}

_QUESTIONS = (
    (QuestionKind.OPEN, "Open", "leave room to tell"),
    (QuestionKind.CLOSED, "Closed", "ask for yes, no or a fact"),
    (QuestionKind.CLARIFYING, "Clarifying", "of these, about what the customer had just said"),
    (QuestionKind.REPEATED, "Asked again", "the answer had been given before"),
)


@dataclass(frozen=True)
class SaidBack:
    """The customer's words and how the agent gave them back."""

    said: Quote
    back: Quote
    what: str
    reply: str
    sure: str


@dataclass(frozen=True)
class SaidBackPart:
    """What was said back, and apart from it the ``details`` that were read back."""

    pairs: tuple[SaidBack, ...]
    details: tuple[SaidBack, ...]
    reason: str | None


@dataclass(frozen=True)
class QuestionCount:
    """How many questions of one kind there were."""

    name: str
    many: int
    note: str


@dataclass(frozen=True)
class AskedAgain:
    """A question asked again. ``first`` is the earlier time, ``None`` where nobody had asked."""

    quote: Quote
    first: Quote | None


@dataclass(frozen=True)
class AskedLine:
    """A question with what it is."""

    quote: Quote
    what: str


@dataclass(frozen=True)
class QuestionsPart:
    """The agent's questions; ``none`` says in words that there were no questions."""

    counts: tuple[QuestionCount, ...]
    asked: tuple[AskedLine, ...]
    again: tuple[AskedAgain, ...]
    none: str
    reason: str | None


@dataclass(frozen=True)
class ClosingQuote:
    """A mark of the closing with its words; ``note`` tells who does a step and until when."""

    quote: Quote
    note: str


@dataclass(frozen=True)
class ClosingItem:
    """One of the five marks; without quotes it was not heard."""

    name: str
    quotes: tuple[ClosingQuote, ...]


@dataclass(frozen=True)
class ClosingPart:
    """The five marks in their usual order."""

    items: tuple[ClosingItem, ...]
    reason: str | None


@dataclass(frozen=True)
class LanguagePart:
    """The section of a report; ``reason`` says why none of it was measured.

    ``each`` is what each person said where nobody knows who is the agent: then it stands in place
    of the other parts.
    """

    concerns: ConcernsPart
    said_back: SaidBackPart
    questions: QuestionsPart
    closing: ClosingPart
    reason: str | None
    each: EachPart | None


def language_part(analysis: CallAnalysis, places: QuotePlaces) -> LanguagePart:
    """What was found in the words of a call."""
    return LanguagePart(
        concerns=concerns_part(analysis, places),
        said_back=_said_back(analysis, places),
        questions=_questions(analysis, places),
        closing=_closing(analysis, places),
        reason=_reason(analysis),
        each=each_part(analysis, places),
    )


def _reason(analysis: CallAnalysis) -> str | None:
    """Why nothing was measured, ``None`` where anything was."""
    parts = ("concerns", "paraphrases", "questions", "closing")
    if any(getattr(analysis, part) is not None for part in parts):
        return None
    reasons = dict.fromkeys(formatting.clean(reason_for(analysis, part)) for part in parts)
    known = [reason for reason in reasons if reason != NO_REASON]
    return "; ".join(known) or NO_REASON


def _said_back(analysis: CallAnalysis, places: QuotePlaces) -> SaidBackPart:
    if analysis.paraphrases is None:
        return SaidBackPart((), (), formatting.clean(reason_for(analysis, "paraphrases")))
    details = [p for p in analysis.paraphrases if p.kind is ParaphraseKind.CONFIRM_DETAIL]
    others = [p for p in analysis.paraphrases if p.kind is not ParaphraseKind.CONFIRM_DETAIL]
    return SaidBackPart(
        pairs=tuple(_said_back_pair(item, places) for item in others),
        details=tuple(_said_back_pair(item, places) for item in details),
        reason=None,
    )


def _said_back_pair(item: Paraphrase, places: QuotePlaces) -> SaidBack:
    return SaidBack(
        said=places.quote(item.restated, item.restates_turn),
        back=places.quote(item.quote, item.turn),
        what=capital(PARAPHRASE_WORDS[item.kind]),
        reply=_CONFIRMED[item.confirmed_by_customer],
        sure=sureness(item.confidence),
    )


def _questions(analysis: CallAnalysis, places: QuotePlaces) -> QuestionsPart:
    if analysis.questions is None:
        return QuestionsPart((), (), (), "", formatting.clean(reason_for(analysis, "questions")))
    asked = analysis.questions
    counts = tuple(
        QuestionCount(name, sum(item.kind is kind for item in asked), note)
        for kind, name, note in _QUESTIONS
    )
    return QuestionsPart(
        counts=counts if asked else (),
        asked=_asked(asked, places),
        again=tuple(
            AskedAgain(places.quote(item.quote, item.turn), _first(item, asked, places))
            for item in asked
            if item.kind is QuestionKind.REPEATED
        ),
        none="" if asked else "No question of the agent was heard.",
        reason=None,
    )


def _asked(asked: tuple[Question, ...], places: QuotePlaces) -> tuple[AskedLine, ...]:
    """Each question once: one that clarifies is open or closed as well."""
    names = {kind: name.lower() for kind, name, _ in _QUESTIONS}
    kinds: dict[tuple[str, str], list[str]] = {}
    for item in asked:
        kinds.setdefault((item.turn, item.quote), []).append(names[item.kind])
    return tuple(
        AskedLine(places.quote(quote, turn), ", ".join(dict.fromkeys(what)))
        for (turn, quote), what in kinds.items()
    )


def _first(item: Question, asked: tuple[Question, ...], places: QuotePlaces) -> Quote | None:
    """The earlier question; only its place where that turn holds several."""
    if item.repeats is None:
        return None
    texts = {one.quote for one in asked if one.turn == item.repeats}
    return places.quote(texts.pop() if len(texts) == 1 else "", item.repeats)


def _closing(analysis: CallAnalysis, places: QuotePlaces) -> ClosingPart:
    if analysis.closing is None:
        return ClosingPart((), formatting.clean(reason_for(analysis, "closing")))
    marks = analysis.closing
    return ClosingPart(
        items=tuple(
            ClosingItem(
                CLOSING_WORDS[kind],
                tuple(_closing_quote(mark, places) for mark in marks if mark.kind is kind),
            )
            for kind in ClosingKind
        ),
        reason=None,
    )


def _closing_quote(mark: ClosingMark, places: QuotePlaces) -> ClosingQuote:
    note = ""
    if mark.kind is ClosingKind.NEXT_STEP:
        known = mark.owner is not None and mark.owner is not Role.UNKNOWN
        who = f"the {mark.owner}" if known else "not said"
        when = f"“{formatting.clean(mark.when)}”" if mark.when else "not said"
        note = f"who: {who}; when: {when}"
    return ClosingQuote(places.quote(mark.quote, mark.turn), note)
