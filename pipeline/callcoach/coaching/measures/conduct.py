"""Measures of conduct: respect, staying with the matter, offering somebody else's help."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from callcoach.coaching.facts import CoachedUtterance
from callcoach.coaching.measures.acts import (
    AGAINST,
    acts_counted,
    against,
    brought,
    sure,
    sure_of,
    turns_with,
)
from callcoach.coaching.measures.answers import answerable
from callcoach.coaching.measures.measure import OPPORTUNITY, STRENGTH, MeasureContext
from callcoach.dialogue.confidence import FORM, WORDS
from callcoach.model.coaching import Evidence, Measurement
from callcoach.model.language import ConcernKind, ResponseKind
from callcoach.text.phrases import heard, spelled_out

_BACK = (
    ResponseKind.PARAPHRASE,
    ResponseKind.SOLVE,
    ResponseKind.OFFER_OPTIONS,
    ResponseKind.OWN,
    ResponseKind.PROMISE,
    ResponseKind.EXPLORE,
)
_UNDERSTANDING = (ResponseKind.VALIDATE, ResponseKind.APOLOGISE, ResponseKind.ACKNOWLEDGE)
_ANY = tuple(ResponseKind)
_HARD = frozenset({ConcernKind.HARSH, ConcernKind.THREAT})
_TRIGGERS = frozenset({ConcernKind.MANAGER_REQUEST, ConcernKind.THREAT, ConcernKind.REPEAT_CONTACT})

_LIMITS_TO_ESCALATE = 2
"""A limit that is stated so many times, with the customer insisting between, calls for somebody
else. A plain choice: once is an answer."""

NO_TRIGGER = "no reason to escalate was heard"


# --------------------------------------------------------------------------- respect


def blames(sheet: MeasureContext) -> Measurement:
    """Turns that put the matter on the customer."""
    return acts_counted(sheet, ResponseKind.BLAME, "blamed", OPPORTUNITY, 0.9)


def defences(sheet: MeasureContext) -> Measurement:
    """Turns that protect oneself or the company."""
    return acts_counted(sheet, ResponseKind.DEFEND, "defended", OPPORTUNITY, 0.7)


def courtesy_share(sheet: MeasureContext) -> Measurement:
    """Share of the agent's turns that are polite, by a word or by an apology or understanding.

    A turn that puts the customer off is not; one courteous turn amid the call is named.
    """
    if lacks := sheet.lacks():
        return lacks
    turns = sheet.facts.agent_said
    polite = [said for said in turns if _courteous(sheet, said)]
    amid = [said for said in polite if said not in (turns[0], turns[-1])]
    evidence = []
    for said in (amid or polite)[:1]:
        before = sheet.facts.before(said)
        evidence.append(
            sheet.moment(
                STRENGTH,
                "courteous",
                said,
                before=before.text if before else None,
                weight=0.2,
            )
        )
    return sheet.value(len(polite) / len(turns), len(turns), [1.0], evidence)


def _courteous(sheet: MeasureContext, said: CoachedUtterance) -> bool:
    if against(sheet, said):
        return False
    if brought(sheet, (said,)) & {ResponseKind.APOLOGISE, ResponseKind.VALIDATE}:
        return True
    text = spelled_out(said.text)
    config = sheet.config
    return bool(heard(text, config.courtesy_phrases)) and not heard(text, config.courtesy_unless)


# --------------------------------------------------------------------------- composure


@dataclass(frozen=True)
class _Moment:
    """A hard turn of the customer, how much it weighs and how sure it is."""

    said: CoachedUtterance
    quote: str
    weight: float
    sure: float


def counter_share(sheet: MeasureContext) -> Measurement:
    """Share of the harsh or threatening turns that got blame, defence or dismissal back."""
    if lacks := sheet.lacks("concerns", "responses", "acts"):
        return lacks
    hard = [c for c in answerable(sheet) if _HARD & set(c.concern.kinds)]
    if not hard:
        return sheet.nothing("no harsh words of the customer were heard")
    evidence: list[Evidence] = []
    countered = 0
    for concern in hard:
        turns = concern.answers
        counters = [said for said in turns if against(sheet, said)]
        countered += bool(counters)
        stayed = [said for said in turns if brought(sheet, (said,)) & {*_BACK, *_UNDERSTANDING}]
        for said in (counters or stayed)[:1]:
            evidence.append(
                sheet.moment(
                    OPPORTUNITY if counters else STRENGTH,
                    "countered" if counters else "stayed_with_it",
                    said,
                    quote=sheet.facts.quote(said, *AGAINST) if counters else None,
                    before=concern.concern.quote,
                    weight=concern.concern.strength,
                    confidence=sure(sheet, concern, *_ANY),
                )
            )
    return sheet.value(
        countered / len(hard), len(hard), [sure(sheet, c, *_ANY) for c in hard], evidence
    )


def returned_share(sheet: MeasureContext) -> Measurement:
    """Share of the harsh or tense turns after which the agent came back to the matter."""
    if lacks := sheet.lacks("concerns", "tension", "acts"):
        return lacks
    facts = sheet.facts
    moments = _hard_moments(sheet)
    if not moments:
        return sheet.nothing("no harsh or tense turn of the customer was heard")
    evidence = []
    back = 0
    for moment in moments:
        next_turns = facts.after(moment.said)[: sheet.config.return_turns]
        came = [said for said in next_turns if brought(sheet, (said,)) & set(_BACK)]
        back += bool(came)
        for said in came[:1]:
            evidence.append(
                sheet.moment(
                    STRENGTH,
                    "came_back",
                    said,
                    quote=facts.quote(said, *_BACK),
                    before=moment.quote,
                    weight=0.7 * moment.weight,
                    confidence=min(moment.sure, sure_of(sheet, said, *_BACK) or 0.0),
                )
            )
    return sheet.value(back / len(moments), len(moments), [m.sure for m in moments], evidence)


def _hard_moments(sheet: MeasureContext) -> list[_Moment]:
    """Harsh, threatening or tense turns that the agent had a turn after, in order."""
    facts = sheet.facts
    found: dict[str, _Moment] = {}
    for said in facts.said:
        tension = (facts.tensions or {}).get(said.id)
        if tension is not None and tension.tense:
            weight = tension.tension
            found[said.id] = _Moment(said, said.text, weight, sheet.config.own_call_confidence)
    for concern in facts.concerns or ():
        if _HARD & set(concern.concern.kinds):
            own = concern.concern
            found[concern.said.id] = _Moment(concern.said, own.quote, own.strength, own.confidence)
    answered = [moment for moment in found.values() if facts.after(moment.said)]
    return sorted(answered, key=lambda moment: moment.said.place)


# --------------------------------------------------------------------------- escalate


def escalation_offered_share(sheet: MeasureContext) -> Measurement:
    """Share of the reasons to escalate after which a manager or specialist was offered."""
    if lacks := sheet.lacks("concerns", "acts"):
        return lacks
    triggers = _triggers(sheet)
    if not triggers:
        return sheet.nothing(NO_TRIGGER)
    evidence = []
    offered = 0
    told: set[str] = set()
    for trigger in triggers:
        offer = _offer(sheet, trigger)
        offered += offer is not None
        said = offer or next(iter(sheet.facts.after(trigger.said)), trigger.said)
        if said.id in told:
            continue
        told.add(said.id)
        quote = sheet.facts.quote(said, ResponseKind.OFFER_ESCALATION)
        evidence.append(
            sheet.moment(
                STRENGTH if offer else OPPORTUNITY,
                "escalated" if offer else "not_escalated",
                said,
                quote=quote,
                before=None if said is trigger.said else trigger.quote,
                weight=trigger.weight,
                confidence=trigger.sure,
            )
        )
    share = offered / len(triggers)
    return sheet.value(share, len(triggers), [t.sure for t in triggers], evidence)


def escalation_delay_turns(sheet: MeasureContext) -> Measurement:
    """Agent turns from the first reason to escalate to the offer.

    1 for the very next turn, 0 where the turn that states a limit again offers it too.
    """
    if lacks := sheet.lacks("concerns", "acts"):
        return lacks
    triggers = _triggers(sheet)
    if not triggers:
        return sheet.nothing(NO_TRIGGER)
    for trigger in triggers:
        offer = _offer(sheet, trigger)
        if offer is not None:
            first = triggers[0].said
            delay = 0 if offer is first else 1 + sheet.facts.after(first).index(offer)
            return sheet.value(delay, len(triggers), [trigger.sure])
    return sheet.nothing("no escalation was offered")


def _triggers(sheet: MeasureContext) -> list[_Moment]:
    """The reasons to escalate, in order: what the customer says, and a limit stated again."""
    facts, config = sheet.facts, sheet.config
    found = []
    for concern in facts.concerns or ():
        own = concern.concern
        harsh = ConcernKind.HARSH in own.kinds and own.strength >= config.escalate_harsh_strength
        # Offering a supervisor is a big step: a likeness in meaning alone asks for none.
        told = any(fired.by in (WORDS, FORM) for fired in own.fired)
        if told and (harsh or _TRIGGERS & set(own.kinds)):
            found.append(_Moment(concern.said, own.quote, own.strength, own.confidence))
    stated = turns_with(sheet, ResponseKind.STATE_LIMIT)
    limits = stated[_LIMITS_TO_ESCALATE - 1 :]
    for said in limits[:1] if _insisted(sheet, stated, limits) else ():
        quote = facts.quote(said, ResponseKind.STATE_LIMIT) or said.text
        found.append(
            _Moment(said, quote, 0.5, sure_of(sheet, said, ResponseKind.STATE_LIMIT) or 0.0)
        )
    return sorted(found, key=lambda moment: moment.said.place)


def _insisted(
    sheet: MeasureContext,
    stated: Sequence[CoachedUtterance],
    again: Sequence[CoachedUtterance],
) -> bool:
    """Whether the customer came back to the matter before the limit was stated again.

    Without that nobody wants more than was said.
    """
    return any(
        stated[0].place < concern.said.place < said.place
        for said in again[:1]
        for concern in sheet.facts.concerns or ()
    )


def _offer(sheet: MeasureContext, trigger: _Moment) -> CoachedUtterance | None:
    """The turn that offers to escalate soon enough after a reason; its own turn counts too."""
    facts = sheet.facts
    turns = facts.after(trigger.said)[: sheet.config.escalation_turns]
    own = (trigger.said,) if trigger.said in facts.agent_said else ()
    offers = [s for s in own + turns if ResponseKind.OFFER_ESCALATION in facts.kinds(s)]
    return offers[0] if offers else None
