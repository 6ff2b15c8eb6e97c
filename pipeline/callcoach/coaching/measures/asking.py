"""Measures of clarifying: what was given back, asked about and left open."""

from __future__ import annotations

from callcoach.coaching.facts import VoicedConcern
from callcoach.coaching.measures.acts import against, answered, sure
from callcoach.coaching.measures.answers import NO_CONCERN, answer_with, answerable, felt
from callcoach.coaching.measures.measure import OPPORTUNITY, STRENGTH, MeasureContext
from callcoach.model.coaching import Measurement
from callcoach.model.language import (
    ClosingKind,
    ConcernKind,
    Paraphrase,
    ParaphraseKind,
    QuestionKind,
    ResponseKind,
)
from callcoach.text.phrases import heard, spelled_out


def paraphrases(sheet: MeasureContext) -> Measurement:
    """Times the customer's point was given back, read-backs of details left out."""
    if lacks := sheet.lacks("paraphrases"):
        return lacks
    found = _given_back(sheet)
    evidence = []
    for item in found:
        wrong = item.confirmed_by_customer is False and _was_checked(sheet, item)
        evidence.append(
            sheet.moment(
                OPPORTUNITY if wrong else STRENGTH,
                "gave_back_wrong" if wrong else "gave_back",
                sheet.facts.by_turn.get(item.turn),
                quote=item.quote,
                before=item.restated,
                weight=0.3 if wrong else 0.8 if item.confirmed_by_customer else 0.6,
                confidence=item.confidence,
            )
        )
    spoken = len(sheet.facts.agent_said)
    return sheet.value(len(found), spoken, [item.confidence for item in found], evidence)


def paraphrased_share(sheet: MeasureContext) -> Measurement:
    """Share of the problems and felt concerns that were given back."""
    if lacks := sheet.lacks("paraphrases", "concerns", "responses"):
        return lacks
    concerns = [
        c
        for c in answerable(sheet)
        if felt(c, sheet.config) or ConcernKind.PROBLEM in c.concern.kinds
    ]
    if not concerns:
        return sheet.nothing("no problem or felt concern was heard")
    given = sum(_was_given_back(sheet, c) for c in concerns)
    confidences = [sure(sheet, c, ResponseKind.PARAPHRASE) for c in concerns]
    return sheet.value(given / len(concerns), len(concerns), confidences)


def explored_share(sheet: MeasureContext) -> Measurement:
    """Share of the concerns whose answer asks more about the matter."""
    if lacks := sheet.lacks("concerns", "responses", "acts"):
        return lacks
    concerns = answerable(sheet)
    if not concerns:
        return sheet.nothing(NO_CONCERN)
    explored = [c for c in concerns if ResponseKind.EXPLORE in answered(sheet, c)]
    evidence = []
    for concern in explored:
        line = answer_with(sheet.facts, concern, ResponseKind.EXPLORE)
        if line is not None:
            evidence.append(
                sheet.moment(
                    STRENGTH,
                    "explored",
                    line[0],
                    quote=line[1],
                    before=concern.concern.quote,
                    weight=0.3 + 0.3 * concern.concern.strength,
                    confidence=sure(sheet, concern, ResponseKind.EXPLORE),
                )
            )
    share = len(explored) / len(concerns)
    confidences = [sure(sheet, c, ResponseKind.EXPLORE) for c in concerns]
    return sheet.value(share, len(concerns), confidences, evidence)


def open_question_share(sheet: MeasureContext) -> Measurement:
    """Share of the questions about the matter that are open or ask about what was just said."""
    if lacks := sheet.lacks("questions", "closing"):
        return lacks
    facts = sheet.facts
    last = {m.quote for m in facts.analysis.closing or () if m.kind is ClosingKind.ANYTHING_ELSE}
    asked: dict[tuple[str, str], set[QuestionKind]] = {}
    for question in facts.analysis.questions or ():
        routine = heard(spelled_out(question.quote), sheet.config.routine_question_words)
        if not routine and question.quote not in last:
            asked.setdefault((question.turn, question.quote), set()).add(question.kind)
    if not asked:
        return sheet.nothing("the agent asked nothing about the matter")
    good = {QuestionKind.OPEN, QuestionKind.CLARIFYING}
    share = sum(bool(kinds & good) for kinds in asked.values()) / len(asked)
    return sheet.value(share, len(asked), [])


def _given_back(sheet: MeasureContext) -> list[Paraphrase]:
    return [
        item
        for item in sheet.facts.analysis.paraphrases or ()
        if item.kind is not ParaphraseKind.CONFIRM_DETAIL
        and (said := sheet.facts.by_turn.get(item.turn)) is not None
        and not against(sheet, said)
    ]


def _was_checked(sheet: MeasureContext, item: Paraphrase) -> bool:
    """Whether a "no" after it is about what was given back, not about another question."""
    said = sheet.facts.by_turn[item.turn]
    asked = [q.quote for q in sheet.facts.analysis.questions or () if q.turn in said.turns]
    last = asked[-1] if asked else item.quote
    return last == item.quote or bool(heard(spelled_out(last), sheet.config.check_words))


def _was_given_back(sheet: MeasureContext, concern: VoicedConcern) -> bool:
    by_turn = sheet.facts.by_turn
    return ResponseKind.PARAPHRASE in answered(sheet, concern) or any(
        by_turn.get(item.restates_turn) == concern.said for item in _given_back(sheet)
    )
