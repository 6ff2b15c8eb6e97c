"""Measures of how concerns are answered: understanding, the fitting words, own words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from callcoach.coaching.facts import CallFacts, CoachedUtterance, VoicedConcern
from callcoach.coaching.measures.acts import acts_counted, answered, brought, credit_left, sure
from callcoach.coaching.measures.measure import OPPORTUNITY, STRENGTH, MeasureContext
from callcoach.config.measures import MeasuresConfig
from callcoach.model.coaching import Evidence, Measurement, Verdict
from callcoach.model.language import ConcernKind, ParaphraseKind, ResponseKind
from callcoach.text.phrases import heard, spelled_out

NO_CONCERN = "no concern was heard"
NO_FELT_CONCERN = "no feeling or strong concern was heard"

_FELT = frozenset(
    {
        ConcernKind.FEELING,
        ConcernKind.WAITING,
        ConcernKind.REPEAT_CONTACT,
        ConcernKind.HARSH,
        ConcernKind.THREAT,
    }
)
_FIX = (
    ResponseKind.SOLVE,
    ResponseKind.OFFER_OPTIONS,
)
_UNDERSTANDING = (ResponseKind.VALIDATE, ResponseKind.APOLOGISE, ResponseKind.ACKNOWLEDGE)
_HELP = (
    ResponseKind.SOLVE,
    ResponseKind.OFFER_OPTIONS,
    ResponseKind.OWN,
    ResponseKind.PROMISE,
    ResponseKind.EXPLORE,
)
_YES = (
    ResponseKind.SOLVE,
    ResponseKind.OFFER_OPTIONS,
    ResponseKind.OWN,
    ResponseKind.PROMISE,
    ResponseKind.OFFER_ESCALATION,
)
_NEEDS_HELP = frozenset({ConcernKind.FEELING, ConcernKind.PROBLEM, ConcernKind.REPEAT_CONTACT})
_ANSWERED = _NEEDS_HELP | {ConcernKind.WAITING, ConcernKind.DEMAND}

Credit = Callable[[MeasureContext, VoicedConcern], float]


def felt(concern: VoicedConcern, config: MeasuresConfig) -> bool:
    """Whether a concern carries a feeling, by its kinds or by its strength."""
    strong = concern.concern.strength >= config.felt_min_strength
    return strong or bool(_FELT & set(concern.concern.kinds))


def felt_concerns(sheet: MeasureContext) -> tuple[VoicedConcern, ...]:
    """The felt concerns that the agent had a turn after."""
    return tuple(c for c in answerable(sheet) if felt(c, sheet.config))


def answerable(sheet: MeasureContext) -> tuple[VoicedConcern, ...]:
    """The concerns that the agent had a turn after; what ends the recording is not judged."""
    return tuple(c for c in sheet.facts.concerns or () if c.answers)


def answer_with(
    facts: CallFacts, concern: VoicedConcern, *kinds: ResponseKind
) -> tuple[CoachedUtterance, str] | None:
    """The first turn of an answer with the first of some kinds that it has, and the words."""
    for kind in kinds:
        for said in concern.answers:
            quote = facts.quote(said, kind)
            if quote:
                return said, quote
    return None


def reflected(facts: CallFacts, concern: VoicedConcern) -> tuple[CoachedUtterance, str] | None:
    """The turn of an answer that gives back the customer's feeling, and the words."""
    for paraphrase in facts.analysis.paraphrases or ():
        said = facts.by_turn.get(paraphrase.turn)
        if paraphrase.kind is ParaphraseKind.REFLECT_FEELING and said in concern.answers:
            return (said, paraphrase.quote) if said else None
    return None


# --------------------------------------------------------------------------- validate


def validated_share(sheet: MeasureContext) -> Measurement:
    """Felt concerns that were validated, by strength."""
    concerns = felt_concerns(sheet)
    return _by_strength(
        sheet, concerns, _validated, NO_FELT_CONCERN, _tell_validated, _UNDERSTANDING
    )


def _validated(sheet: MeasureContext, concern: VoicedConcern) -> float:
    kinds = answered(sheet, concern)
    left = credit_left(sheet, concern)
    back = reflected(sheet.facts, concern)
    if ResponseKind.VALIDATE in kinds or back:
        line = answer_with(sheet.facts, concern, ResponseKind.VALIDATE) or back
        late = line is not None and line[0] != concern.answers[0]
        return left * (sheet.config.late if late else 1.0)
    return left * sheet.config.partly if kinds & set(_UNDERSTANDING) else 0.0


def _tell_validated(
    sheet: MeasureContext, concern: VoicedConcern, credit: float
) -> Evidence | None:
    if credit > sheet.config.partly:
        line = answer_with(sheet.facts, concern, ResponseKind.VALIDATE)
        return _answer(
            sheet, STRENGTH, "validated", concern, line or reflected(sheet.facts, concern)
        )
    if credit == 0.0:
        return _answer(sheet, OPPORTUNITY, "not_validated", concern, None)
    return None


def validated_first_share(sheet: MeasureContext) -> Measurement:
    """Answers with understanding and a fix that begin with the understanding."""
    if lacks := sheet.lacks("concerns", "responses", "acts"):
        return lacks
    both = [
        c for c in answerable(sheet) if ResponseKind.VALIDATE in c.kinds and c.kinds & set(_FIX)
    ]
    if not both:
        return sheet.nothing("no answer had both understanding and a solution")
    evidence = []
    for concern in both:
        first = concern.response is not None and concern.response.validated_before_solution is True
        line = answer_with(sheet.facts, concern, *((ResponseKind.VALIDATE,) if first else _FIX))
        code = "validated_first" if first else "solved_first"
        evidence.append(_answer(sheet, STRENGTH if first else OPPORTUNITY, code, concern, line))
    right = sum(e.verdict is STRENGTH for e in evidence)
    confidences = [sure(sheet, c, ResponseKind.VALIDATE) for c in both]
    return sheet.value(right / len(both), len(both), confidences, evidence)


def dismissals(sheet: MeasureContext) -> Measurement:
    """Turns that play a concern down or send the feeling away."""
    return acts_counted(sheet, ResponseKind.DISMISS, "dismissed", OPPORTUNITY, 0.9)


# --------------------------------------------------------------------------- responses


def fitting_share(sheet: MeasureContext) -> Measurement:
    """Concerns that got the kind of answer they call for, by strength.

    A feeling or a problem calls for understanding and help, a wait for thanks or understanding
    (help alone counts ``partly``), a demand for a yes or a way; a concern of several kinds for
    each of them.
    """
    concerns = [c for c in answerable(sheet) if _ANSWERED & set(c.concern.kinds)]
    reason = "no concern was heard that the guide has words for"
    kinds = (*_UNDERSTANDING, *_HELP)
    return _by_strength(sheet, concerns, _fitting, reason, _tell_fitting, kinds)


def _fitting(sheet: MeasureContext, concern: VoicedConcern) -> float:
    kinds = set(concern.concern.kinds)
    soon = (*concern.answers, *concern.later)[: sheet.config.help_turns]
    answer = answered(sheet, concern)
    helped = answer | brought(sheet, soon)
    understood = bool(answer & set(_UNDERSTANDING)) or _given_thanks(sheet, concern)
    credits = []
    if kinds & _NEEDS_HELP:
        credits.append((understood + bool(helped & set(_HELP))) / 2)
    if ConcernKind.WAITING in kinds:
        credits.append(1.0 if understood else sheet.config.partly * bool(helped & set(_HELP)))
    if ConcernKind.DEMAND in kinds:
        credits.append(float(bool(helped & set(_YES))))
    return credit_left(sheet, concern) * sum(credits) / len(credits)


def _given_thanks(sheet: MeasureContext, concern: VoicedConcern) -> bool:
    if ConcernKind.WAITING not in concern.concern.kinds:
        return False
    phrases = sheet.config.thanks_for_wait
    return any(heard(spelled_out(said.text), phrases) for said in concern.answers)


def _tell_fitting(sheet: MeasureContext, concern: VoicedConcern, credit: float) -> Evidence | None:
    if credit == 1.0:
        line = answer_with(sheet.facts, concern, *_UNDERSTANDING, *_YES)
        return _answer(sheet, STRENGTH, "met_moment", concern, line)
    if credit == 0.0:
        return _answer(sheet, OPPORTUNITY, "missed_moment", concern, None)
    return None


# --------------------------------------------------------------------------- empathy


def tailored_share(sheet: MeasureContext) -> Measurement:
    """Felt concerns whose validation was made for this customer, by strength."""
    concerns = felt_concerns(sheet)
    kinds = (ResponseKind.VALIDATE,)
    return _by_strength(sheet, concerns, _tailored, NO_FELT_CONCERN, _tell_tailored, kinds)


def _tailored(sheet: MeasureContext, concern: VoicedConcern) -> float:
    own = concern.response.tailored if concern.response else None
    if own or reflected(sheet.facts, concern):
        return 1.0
    return 0.0 if own is None else sheet.config.stock


def _tell_tailored(sheet: MeasureContext, concern: VoicedConcern, credit: float) -> Evidence | None:
    if credit == 0.0:
        return None
    line = answer_with(sheet.facts, concern, ResponseKind.VALIDATE)
    if credit == 1.0:
        return _answer(
            sheet, STRENGTH, "tailored", concern, line or reflected(sheet.facts, concern)
        )
    return _answer(sheet, OPPORTUNITY, "stock_line", concern, line)


def canned_lines(sheet: MeasureContext) -> Measurement:
    """Answers with a line that came before in the call."""
    if lacks := sheet.lacks("responses", "acts"):
        return lacks
    evidence: dict[str, Evidence] = {}
    confidences = []
    for concern in answerable(sheet):
        if concern.response is None or not concern.response.canned:
            continue
        line = answer_with(sheet.facts, concern, ResponseKind.VALIDATE, ResponseKind.APOLOGISE)
        moment = _answer(sheet, OPPORTUNITY, "said_before", concern, line)
        if (moment.turn or "") not in evidence:
            evidence[moment.turn or ""] = moment
            confidences.append(sure(sheet, concern, *_UNDERSTANDING))
    found = tuple(evidence.values())
    return sheet.value(len(found), len(sheet.facts.agent_said), confidences, found)


# --------------------------------------------------------------------------- shared


def _by_strength(
    sheet: MeasureContext,
    concerns: Sequence[VoicedConcern],
    credit: Credit,
    reason: str,
    tell: Callable[[MeasureContext, VoicedConcern, float], Evidence | None],
    kinds: Sequence[ResponseKind],
) -> Measurement:
    """The mean credit of concerns, weighted by strength and by how sure they are, with a moment for
    each: what is mild or may be misheard moves little.
    """
    if lacks := sheet.lacks("concerns", "responses", "acts"):
        return lacks
    if not concerns:
        return sheet.nothing(reason)
    credits = [credit(sheet, concern) for concern in concerns]
    weights = [
        max(concern.concern.strength * concern.concern.confidence, 1e-6) for concern in concerns
    ]
    told = [tell(sheet, c, value) for c, value in zip(concerns, credits, strict=True)]
    share = sum(w * c for w, c in zip(weights, credits, strict=True)) / sum(weights)
    evidence = [moment for moment in told if moment is not None]
    confidences = [sure(sheet, concern, *kinds) for concern in concerns]
    support = round(sum(concern.concern.confidence for concern in concerns), 4)
    return sheet.value(share, support, confidences, evidence)


def _answer(
    sheet: MeasureContext,
    verdict: Verdict,
    code: str,
    concern: VoicedConcern,
    line: tuple[CoachedUtterance, str] | None,
) -> Evidence:
    """What the agent said to a concern; the concern itself where nothing was said to it."""
    kinds = tuple(ResponseKind) if line else ()
    response = concern.response
    said = quote = None
    if line is not None:
        said, quote = line
    elif concern.answers:
        answering = sheet.facts.by_turn.get(response.turn or "") if response else None
        said = answering or concern.answers[0]
    asked = concern.concern.quote
    return sheet.moment(
        verdict,
        code,
        said or concern.said,
        quote=quote or (None if said else asked),
        before=asked if said else None,
        weight=concern.concern.strength,
        confidence=sure(sheet, concern, *kinds),
    )
