"""Measures of what came of it: solutions, limits, the end of the call, calm after tension."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from callcoach.coaching.facts import CoachedUtterance, VoicedConcern
from callcoach.coaching.measures.acts import acts_counted, brought, sure, sure_of, turns_with
from callcoach.coaching.measures.answers import NO_CONCERN, answerable, felt
from callcoach.coaching.measures.measure import OPPORTUNITY, STRENGTH, MeasureContext
from callcoach.model.coaching import Evidence, Measurement
from callcoach.model.language import ClosingKind, ClosingMark, ConcernKind, ResponseKind
from callcoach.text.clauses import clauses
from callcoach.text.phrases import heard, spelled_out

_LACKING = 0.1
_SURE = 0.5

_STATES_OF_DONE = (
    "fixed|done|sorted|resolved|settled|set|complete|completed|working|activated|cancelled"
    "|canceled|updated|refunded|credited|taken care of|good to go|ready"
)
_DEEDS = "fixed|sorted|cancelled|canceled|updated|refunded|credited|reset|activated|booked|sent"
_DONE = re.compile(
    r"\b(?:(?:it|that|this|everything|he|she|they|the \w+) (?:is|are|has been|have been|should be) "
    rf"(?:now |all |already )*(?:{_STATES_OF_DONE})"
    r"|(?:you are|we are|you should be) (?:all )?(?:set|done|good to go|sorted)"
    r"|(?:should|will) (?:now )?(?:work|be working|be fine|be able to|show up|arrive|come through"
    r"|be (?:on|in|with) your?)"
    rf"|(?:i|we) (?:have|just) (?:now |just |gone ahead and )*(?:{_DEEDS})"
    r"|recommend (?:giving|calling|going|trying)|give them a (?:call|ring))\b"
)
"""How agents say that a thing is done, or what comes of it by itself: nothing is left to tell."""

_SOLVED = (ResponseKind.SOLVE, ResponseKind.OFFER_OPTIONS, ResponseKind.OFFER_ESCALATION)
_WAY = (*_SOLVED, ResponseKind.OWN)
_CALMING = (
    ResponseKind.VALIDATE,
    ResponseKind.APOLOGISE,
    ResponseKind.PARAPHRASE,
    ResponseKind.ACKNOWLEDGE,
    *_WAY,
)

_NO_END = ("cut_off", "part_not_read")
BREAKS_OFF = "the recording breaks off before the end of the call"
MISHEARD = "the words of the end were not heard well enough to say what is missing"
MAY_COME_BACK = "the customer was told how to come back with anything else"

_END_TURNS = 4
"""Turns of both parties that make up the goodbyes and what they answer; a plain choice."""

_HEARD_AT_LEAST = 0.5
"""Mean probability (0..1) of Whisper's words under which an end may hide what was said. A plain
choice: as likely wrong as right."""

_COME_BACK = re.compile(
    r"\b(?:if|should|when|whenever) (?:you (?:have|need|want|think of|run into)|there is|there are"
    r"|anything)\b.*\b(?:anything|any|something|questions?|problems?|issues?|help|us|me)\b"
    r"|\blet (?:me|us) know if\b"
    r"|\b(?:feel free|do not hesitate) to (?:call|ring|contact|reach|write|get|come|ask)\b"
    r"|\b(?:call|ring|contact) (?:us|me) (?:back )?(?:any ?time|again)\b"
)
"""How agents say that the customer may come back: it has not left the question out."""


# --------------------------------------------------------------------------- solutions


def solved_share(sheet: MeasureContext) -> Measurement:
    """Problems and demands for which the agent did, offered or took on something."""
    if lacks := sheet.lacks("concerns", "responses", "acts"):
        return lacks
    kinds = {ConcernKind.PROBLEM, ConcernKind.DEMAND}
    concerns = [c for c in answerable(sheet) if kinds & set(c.concern.kinds)]
    if not concerns:
        return sheet.nothing("no problem or demand was heard")
    evidence: dict[str, Evidence] = {}
    solved = 0
    for concern in concerns:
        turns = (*concern.answers, *concern.later)
        ways = [said for said in turns if brought(sheet, (said,)) & set(_WAY)]
        solved += bool(ways)
        moment = _outcome(sheet, concern, ways)
        evidence.setdefault(f"{moment.code} {moment.turn}", moment)
    share = solved / len(concerns)
    confidences = [sure(sheet, c, *_WAY) for c in concerns]
    return sheet.value(share, len(concerns), confidences, tuple(evidence.values()))


def _outcome(
    sheet: MeasureContext, concern: VoicedConcern, ways: Sequence[CoachedUtterance]
) -> Evidence:
    facts = sheet.facts
    strength = concern.concern.strength
    asked = concern.concern.quote
    if not ways:
        said = (*concern.answers, concern.said)[0]
        return sheet.moment(
            OPPORTUNITY,
            "left_open",
            said,
            quote=asked if said is concern.said else None,
            before=None if said is concern.said else asked,
            weight=strength,
            confidence=sure(sheet, concern, *_WAY),
        )
    # The surest of them is named, the first of equals.
    done = [said for said in ways if facts.kinds(said) & set(_SOLVED)]
    said = max(done or ways, key=lambda way: sure_of(sheet, way, *_WAY) or 0.0)
    return sheet.moment(
        STRENGTH,
        _code(facts.kinds(said)),
        said,
        quote=facts.quote(said, *_SOLVED, ResponseKind.OWN),
        before=asked,
        weight=0.4 + 0.4 * strength,
        confidence=min(concern.concern.confidence, sure_of(sheet, said, *_WAY) or 0.0),
    )


def _code(kinds: Collection[ResponseKind]) -> str:
    """What to call a way forward: the step, the choice, or taking it on."""
    if ResponseKind.SOLVE in kinds:
        return "solved"
    return "offered_options" if ResponseKind.OFFER_OPTIONS in kinds else "owned"


def options_offered(sheet: MeasureContext) -> Measurement:
    """Turns that offer a choice."""
    return acts_counted(sheet, ResponseKind.OFFER_OPTIONS, "offered_options", STRENGTH, 0.7)


def over_promises(sheet: MeasureContext) -> Measurement:
    """Promises without condition that nobody can be sure to keep."""
    return acts_counted(sheet, ResponseKind.OVER_PROMISE, "over_promised", OPPORTUNITY, 0.7)


def limit_with_way_share(sheet: MeasureContext) -> Measurement:
    """Limits that come with a way forward, in the same or in the next turn of the agent."""
    if lacks := sheet.lacks("acts"):
        return lacks
    facts = sheet.facts
    limits = turns_with(sheet, ResponseKind.STATE_LIMIT)
    if not limits:
        return sheet.nothing("no limit was stated")
    evidence = []
    with_way = 0
    for said in limits:
        near = (said, *facts.after(said)[:1])
        way = next((s for s in near if brought(sheet, (s,)) & {*_WAY, ResponseKind.PROMISE}), None)
        with_way += way is not None
        before = facts.before(said)
        evidence.append(
            sheet.moment(
                STRENGTH if way else OPPORTUNITY,
                "limit_with_way" if way else "bare_limit",
                said,
                quote=facts.quote(said, ResponseKind.STATE_LIMIT),
                before=before.text if before else None,
                weight=0.6,
                confidence=sure_of(sheet, said, ResponseKind.STATE_LIMIT) or 0.0,
            )
        )
    confidences = [sure_of(sheet, s, ResponseKind.STATE_LIMIT) or 0.0 for s in limits]
    return sheet.value(with_way / len(limits), len(limits), confidences, evidence)


# --------------------------------------------------------------------------- follow_up


def closing_anything_else(sheet: MeasureContext) -> Measurement:
    """Whether the agent asked if there is anything else.

    Who says how to come back with it has not left it out: then there is nothing to judge.
    """
    found = _closing(sheet, ClosingKind.ANYTHING_ELSE, missing="missing_anything_else")
    may_come_back = any(
        _COME_BACK.search(spelled_out(clause))
        for said in sheet.facts.agent_said[-_END_TURNS:]
        for clause in clauses(said.text)
    )
    return sheet.nothing(MAY_COME_BACK) if found.value == 0.0 and may_come_back else found


def closing_next_step(sheet: MeasureContext) -> Measurement:
    """Whether the next step was said, with who does it and until when.

    Where it was not, that is judged only where something is left to do: a problem or a demand for
    which the agent neither did nor offered anything, and nothing was said to be done or to come.
    """
    found = _closing(sheet, ClosingKind.NEXT_STEP, missing="missing_next_step")
    if found.value == 0.0 and not _is_left(sheet):
        return sheet.nothing("nothing was heard that is left to do after the call")
    return found


def _is_left(sheet: MeasureContext) -> bool:
    """Whether something of what the customer came with is still to be done."""
    facts = sheet.facts
    if any(_DONE.search(spelled_out(said.text)) for said in facts.agent_said[1:]):
        return False
    kinds = {ConcernKind.PROBLEM, ConcernKind.DEMAND}
    return any(
        concern.concern.confidence >= _SURE
        and not brought(sheet, (*concern.answers, *concern.later)) & {*_SOLVED}
        for concern in answerable(sheet)
        if kinds & set(concern.concern.kinds)
    )


def closing_thanks(sheet: MeasureContext) -> Measurement:
    """Whether the agent thanked the customer at the end."""
    return _closing(sheet, ClosingKind.THANKS)


def closing_feedback(sheet: MeasureContext) -> Measurement:
    """Whether the agent asked for feedback."""
    return _closing(sheet, ClosingKind.FEEDBACK)


def closing_privacy(sheet: MeasureContext) -> Measurement:
    """Whether the agent told about recording or data protection, anywhere in the call."""
    return _closing(sheet, ClosingKind.PRIVACY)


def _closing(sheet: MeasureContext, kind: ClosingKind, missing: str | None = None) -> Measurement:
    if lacks := sheet.lacks("closing"):
        return lacks
    facts = sheet.facts
    marks = [m for m in facts.analysis.closing or () if m.kind is kind and m.turn in facts.by_turn]
    if marks:
        best = max(marks, key=lambda mark: _credit(sheet, mark))
        credit = _credit(sheet, best)
        said = facts.by_turn[best.turn]
        moment = sheet.moment(
            STRENGTH,
            f"closing_{kind}",
            said,
            quote=best.quote,
            value=credit,
            weight=0.4,
            confidence=_heard_in(sheet, (said,)),
        )
        return sheet.value(credit, len(marks), [_heard_in(sheet, (said,))], (moment,))
    if any(warning.code in _NO_END for warning in facts.analysis.warnings):
        return sheet.missing(BREAKS_OFF)
    heard_end = _heard_in(sheet, facts.said[-_END_TURNS:])
    if heard_end < _HEARD_AT_LEAST:
        return sheet.missing(MISHEARD)
    evidence: tuple[Evidence, ...] = ()
    if missing is not None:
        last = facts.agent_said[-1]
        quote = (clauses(last.text) or (last.text,))[-1]
        sure_of_it = sheet.config.unheard_confidence * heard_end
        evidence = (
            sheet.moment(
                OPPORTUNITY,
                missing,
                last,
                quote=quote,
                value=0.0,
                # What was settled in the call needs no more: it must not lead every report.
                weight=_LACKING,
                confidence=sure_of_it,
            ),
        )
    return sheet.value(0.0, 1, [sheet.config.unheard_confidence * heard_end], evidence)


def _heard_in(sheet: MeasureContext, turns: Sequence[CoachedUtterance]) -> float:
    """How sure (0..1) the words of some turns are: their mean probability, 1 without words."""
    sure = [
        word.probability
        for word in sheet.facts.analysis.words or ()
        if any(said.start_s <= (word.start_s + word.end_s) / 2 <= said.end_s for said in turns)
    ]
    return sum(sure) / len(sure) if sure else 1.0


def _credit(sheet: MeasureContext, mark: ClosingMark) -> float:
    if mark.kind is not ClosingKind.NEXT_STEP:
        return 1.0
    config = sheet.config
    owner = config.step_owner if mark.owner is not None else 0.0
    return min(1.0, config.step_said + owner + (config.step_time if mark.when else 0.0))


# --------------------------------------------------------------------------- situations


def tension_fall(sheet: MeasureContext) -> Measurement:
    """How far the customer's tension fell from its peak to the end, 0..1.

    An end that still voices a felt concern is at least as tense as that concern is strong. What
    the agent did right after the peak is named, where it was for the customer.
    """
    if lacks := sheet.lacks("arc", words=False):
        return lacks
    facts, config = sheet.facts, sheet.config
    arc = facts.analysis.arc
    assert arc is not None
    peak_said = facts.by_turn.get(arc.peak.turn)
    worded = peak_said is not None and (
        any(c.said == peak_said for c in facts.concerns or ())
        or any(t.words > 0 for t in (facts.tensions or {}).values() if t.turn in peak_said.turns)
    )
    # A loud voice alone may be joy: its end is no tension that came down.
    if arc.peak.tension < config.tension_peak or not worded:
        return sheet.nothing("the customer was never tense")
    open_end = [
        c.concern.strength
        for c in facts.concerns or ()
        if felt(c, config) and c.said == facts.by_turn.get(arc.end.turn)
    ]
    fall = max(0.0, arc.peak.tension - max([arc.end.tension, *open_end]))
    evidence = []
    peak = facts.by_turn.get(arc.peak.turn)
    said = (
        next((s for s in facts.after(peak) if brought(sheet, (s,)) & set(_CALMING)), None)
        if peak
        else None
    )
    if fall >= config.calmed_fall and said is not None:
        evidence.append(
            sheet.moment(
                STRENGTH,
                "calmed",
                said,
                quote=facts.quote(said, *_CALMING),
                before=arc.peak.quote,
                value=fall,
                limit=config.calmed_fall,
                weight=min(1.0, 0.3 + fall),
                confidence=config.own_call_confidence,
            )
        )
    return sheet.value(fall, len(facts.tensions or ()), [config.own_call_confidence], evidence)


def mistake_owned(sheet: MeasureContext) -> Measurement:
    """Whether the agent took responsibility for the mistake: in words, or with an apology."""
    config = sheet.config
    said_so = [
        (said, clause)
        for said, clause in _said_with(sheet, config.mistake_phrases)
        if not heard(spelled_out(clause), config.mistake_unless)
    ]
    both = {ResponseKind.OWN, ResponseKind.APOLOGISE}
    owned = [
        (said, quote)
        for said in turns_with(sheet, ResponseKind.OWN)
        if both <= brought(sheet, (said,)) and (quote := sheet.facts.quote(said, ResponseKind.OWN))
    ]
    return _told(sheet, [*said_so, *owned], "mistake_owned", 0.7)


def prevention_told(sheet: MeasureContext) -> Measurement:
    """Whether the agent said how it is kept from happening again."""
    found = _said_with(sheet, sheet.config.prevention_phrases)
    return _told(sheet, found, "prevention_told", 0.6)


def _said_with(sheet: MeasureContext, phrases: Sequence[str]) -> list[tuple[CoachedUtterance, str]]:
    """The agent's clauses with one of some phrases."""
    return [
        (said, clause)
        for said in sheet.facts.agent_said
        for clause in clauses(said.text)
        if heard(spelled_out(clause), phrases)
    ]


def _told(
    sheet: MeasureContext, lines: Sequence[tuple[CoachedUtterance, str]], code: str, weight: float
) -> Measurement:
    if lacks := sheet.lacks("concerns", "acts"):
        return lacks
    if not sheet.facts.concerns:
        return sheet.nothing(NO_CONCERN)
    evidence = []
    for said, quote in lines[:1]:
        before = sheet.facts.before(said)
        evidence.append(
            sheet.moment(
                STRENGTH,
                code,
                said,
                quote=quote,
                before=before.text if before else None,
                weight=weight,
                confidence=sheet.config.line_confidence,
            )
        )
    confidences = [sheet.config.line_confidence for _ in lines[:1]]
    return sheet.value(float(bool(lines)), len(sheet.facts.concerns), confidences, evidence)
