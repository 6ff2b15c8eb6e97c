"""What the agent's turns did, as far as it counts: for the customer, and against.

Lines that put the customer off are only counted where it is sure enough that they were heard: a
wrong reproach in a report harms more than a missed one. A turn that has one brings nothing else to
its credit; "You didn't confirm it, that is why" gives nothing back.
"""

from __future__ import annotations

from collections.abc import Sequence

from callcoach.coaching.facts import CoachedUtterance, VoicedConcern
from callcoach.coaching.measures.measure import MeasureContext
from callcoach.dialogue.confidence import FORM, WORDS
from callcoach.model.coaching import Evidence, Measurement, Verdict
from callcoach.model.language import QuestionKind, ResponseKind

AGAINST = (ResponseKind.BLAME, ResponseKind.DEFEND, ResponseKind.DISMISS)
_DOUBTFUL = frozenset({*AGAINST, ResponseKind.OVER_PROMISE})

_SURE_LIKENESS = 0.7
"""A reproach that no phrase tells must mean what an example means (cosine of MiniLM sentence
vectors): on real agents those at 0.4 to 0.5 were right once in three times, and paraphrases of one
sentence lie above 0.7 (Reimers and Gurevych 2019)."""


def kinds_of(sheet: MeasureContext, said: CoachedUtterance) -> frozenset[ResponseKind]:
    """The kinds of a turn, without the reproaches that are too unsure."""
    act = (sheet.facts.acts or {}).get(said.id)
    if act is None:
        return frozenset()
    unsure = act.confidence < sheet.config.least_confidence
    return frozenset(
        kind
        for kind, fired in zip(act.kinds, act.fired, strict=True)
        if not (
            kind in _DOUBTFUL
            and fired.by not in (WORDS, FORM)
            and (unsure or fired.similarity < _SURE_LIKENESS)
        )
    )


def sure_of(sheet: MeasureContext, said: CoachedUtterance, *kinds: ResponseKind) -> float | None:
    """How sure it is that a turn is of one of some kinds, 0..1, ``None`` where it is of none.

    A turn's confidence is that of the least sure thing in it; a kind that is told by a line of
    the phrase book or by its form is at least ``line_confidence`` sure.
    """
    act = (sheet.facts.acts or {}).get(said.id)
    if act is None:
        return None
    found = [
        max(act.confidence, sheet.config.line_confidence)
        if fired.by in (WORDS, FORM)
        else act.confidence
        for kind, fired in zip(act.kinds, act.fired, strict=True)
        if kind in kinds
    ]
    return max(found, default=None)


def sure(sheet: MeasureContext, concern: VoicedConcern, *kinds: ResponseKind) -> float:
    """How sure it is that a concern was voiced and answered in one of some ways, 0..1.

    Where it was answered in none of them, how sure that is.
    """
    heard = [value for said in concern.answers if (value := sure_of(sheet, said, *kinds))]
    own = concern.concern.confidence
    if heard:
        return min(own, max(heard))
    if concern.response is not None and concern.kinds & set(kinds):
        return min(own, concern.response.confidence)
    return own * sheet.config.unheard_confidence


def against(sheet: MeasureContext, said: CoachedUtterance) -> bool:
    """Whether a turn blames, defends or dismisses."""
    return bool(kinds_of(sheet, said) & set(AGAINST))


def brought(sheet: MeasureContext, turns: Sequence[CoachedUtterance]) -> frozenset[ResponseKind]:
    """What turns did for the customer; those that put the customer off bring nothing.

    A question that was answered before explores nothing.
    """
    result: set[ResponseKind] = set()
    for said in turns:
        if against(sheet, said):
            continue
        kinds = kinds_of(sheet, said)
        result |= kinds - {ResponseKind.EXPLORE} if _asks_again(sheet, said) else kinds
    return frozenset(result)


def answered(sheet: MeasureContext, concern: VoicedConcern) -> frozenset[ResponseKind]:
    """What the answer to a concern did for the customer."""
    spoilt = any(against(sheet, said) or _asks_again(sheet, said) for said in concern.answers)
    return brought(sheet, concern.answers) if spoilt else concern.kinds


def credit_left(sheet: MeasureContext, concern: VoicedConcern) -> float:
    """What is left of an answer's credit (0..1): less where a part of it put the customer off."""
    put_off = any(against(sheet, said) for said in concern.answers)
    return sheet.config.put_off if put_off else 1.0


def _asks_again(sheet: MeasureContext, said: CoachedUtterance) -> bool:
    return any(
        question.kind is QuestionKind.REPEATED and question.turn in said.turns
        for question in sheet.facts.analysis.questions or ()
    )


def turns_with(sheet: MeasureContext, *kinds: ResponseKind) -> tuple[CoachedUtterance, ...]:
    """The agent's turns in which one of the kinds was heard, in order."""
    return tuple(s for s in sheet.facts.agent_said if kinds_of(sheet, s) & set(kinds))


def acts_counted(
    sheet: MeasureContext, kind: ResponseKind, code: str, verdict: Verdict, weight: float
) -> Measurement:
    """Count the agent's turns of one kind, each as evidence."""
    if lacks := sheet.lacks("acts"):
        return lacks
    facts = sheet.facts
    turns = turns_with(sheet, kind)
    evidence: list[Evidence] = []
    for said in turns:
        before = facts.before(said)
        evidence.append(
            sheet.moment(
                verdict,
                code,
                said,
                quote=facts.quote(said, kind),
                before=before.text if before else None,
                weight=weight,
                confidence=sure_of(sheet, said, kind) or 0.0,
            )
        )
    confidences = [sure_of(sheet, said, kind) or 0.0 for said in turns]
    return sheet.value(len(turns), len(facts.agent_said), confidences, evidence)
