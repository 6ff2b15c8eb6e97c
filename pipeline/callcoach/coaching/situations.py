"""Situations of the guide: whether one was heard in a call, where, and how it went.

A situation counts as heard when one of its events was heard often enough. Each event is a moment
with what was said then, so that a coach can check it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby

from callcoach.coaching.facts import CallFacts, CoachedUtterance, VoicedConcern
from callcoach.coaching.practices import judge
from callcoach.config.scorecard import ScorecardFile, SituationCard, SituationEvent
from callcoach.model.coaching import Evidence, FindingKind, Measurement, SituationScore, Verdict
from callcoach.model.interaction import OverlapKind
from callcoach.model.language import ConcernKind, ResponseKind
from callcoach.model.party import Role
from callcoach.text.content_words import content
from callcoach.text.phrases import heard

NOT_HEARD = "this was not heard in the call"
NO_RULE = "the scorecard has no rule for this situation"

# What a customer says again who does not feel heard; asking for a way forward is no repetition.
_TOLD_AGAIN = frozenset(
    {
        ConcernKind.PROBLEM,
        ConcernKind.FEELING,
        ConcernKind.WAITING,
        ConcernKind.REPEAT_CONTACT,
        ConcernKind.HARSH,
        ConcernKind.MANAGER_REQUEST,
    }
)
_UPSET = frozenset({ConcernKind.FEELING, ConcernKind.HARSH, ConcernKind.THREAT})


def situations(
    facts: CallFacts, measured: Mapping[str, Measurement], card: ScorecardFile
) -> tuple[SituationScore, ...]:
    """Every situation of a scorecard, in its order.

    Parameters
    ----------
    facts
        What is known about the call.
    measured
        The measures of the call by name.
    card
        When a situation is heard, and what counts how much.
    """
    return tuple(
        _situation(name, item, facts, measured, card) for name, item in card.situations.items()
    )


def unheard(name: str, reason: str) -> SituationScore:
    """The row of a situation that was not heard or has no rule."""
    return SituationScore(name, False, (), None, reason, FindingKind.SUGGESTION, 0.0, ())


def _situation(
    name: str,
    card: SituationCard,
    facts: CallFacts,
    measured: Mapping[str, Measurement],
    whole: ScorecardFile,
) -> SituationScore:
    if facts.agent is None or facts.customer is None:
        return unheard(name, facts.why_nobody)
    moments: list[Evidence] = []
    unknown = None
    for condition in card.when:
        found = _EVENTS[condition.event](facts, whole)
        if found is None:
            unknown = facts.why_missing(*_PARTS[condition.event])
        elif len(found) >= condition.at_least:
            moments += [_evidence(facts, condition.event, *moment) for moment in found]
    if not moments:
        return unheard(name, unknown or NOT_HEARD)
    judged = judge(card.items, measured)
    sure = max(moment.confidence for moment in moments)
    return SituationScore(
        id=name,
        heard=True,
        moments=tuple(sorted(moments, key=lambda m: (m.start_s, m.end_s, m.code))),
        score=judged.score,
        reason=judged.reason,
        kind=FindingKind.SUGGESTION if judged.score is None else judged.kind,
        confidence=min(judged.confidence, sure) if judged.score is not None else 0.0,
        items=judged.items,
    )


# --------------------------------------------------------------------------- events

_Moment = tuple[CoachedUtterance, float, float]
"""What was said, how much it weighs (0..1) and how sure it is (0..1)."""

_Moments = tuple[_Moment, ...] | None


def _evidence(
    facts: CallFacts,
    event: SituationEvent,
    said: CoachedUtterance,
    weight: float,
    confidence: float,
) -> Evidence:
    speaker = facts.agent if said.role is Role.AGENT else facts.customer
    return Evidence(
        start_s=said.start_s,
        end_s=said.end_s,
        measure=event.value,
        code=event.value,
        verdict=Verdict.NOTE,
        speaker=speaker or "",
        turn=said.id,
        quote=said.text,
        before=None,
        value=None,
        limit=None,
        weight=min(1.0, weight),
        confidence=min(1.0, confidence * facts.trust),
    )


def _concerns(facts: CallFacts, wanted: Callable[[VoicedConcern], bool]) -> _Moments:
    if facts.concerns is None:
        return None
    return tuple(_of(item) for item in facts.concerns if wanted(item))


def _of(item: VoicedConcern) -> _Moment:
    return item.said, item.concern.strength, item.concern.confidence


def _harsh(facts: CallFacts, card: ScorecardFile) -> _Moments:
    return _concerns(facts, lambda item: ConcernKind.HARSH in item.concern.kinds)


def _threat(facts: CallFacts, card: ScorecardFile) -> _Moments:
    return _concerns(facts, lambda item: ConcernKind.THREAT in item.concern.kinds)


def _repeated(facts: CallFacts, card: ScorecardFile) -> _Moments:
    """Concerns told again in the same words after the agent had answered them."""
    found = []
    for place, item in enumerate(facts.concerns or ()):
        kinds = _TOLD_AGAIN.intersection(item.concern.kinds)
        words = set(content(item.said.text))
        for earlier in (facts.concerns or ())[:place]:
            answered = any(said.place < item.said.place for said in earlier.answers)
            same = words.intersection(content(earlier.said.text))
            alike = kinds.intersection(earlier.concern.kinds) and len(same) >= card.repeated_words
            if answered and alike:
                found.append(_of(item))
                break
    return None if facts.concerns is None else tuple(found)


def _asks_to_be_heard(facts: CallFacts, card: ScorecardFile) -> _Moments:
    return _customer_says(facts, card.heard_phrases)


def _named_mistake(facts: CallFacts, card: ScorecardFile) -> _Moments:
    return _customer_says(facts, card.mistake_phrases)


def _customer_says(facts: CallFacts, phrases: Sequence[str]) -> _Moments:
    if facts.no_book is not None:
        return None
    own = [s for s in facts.said if s.role is Role.CUSTOMER and heard(s.text, phrases)]
    return tuple((said, 1.0, 1.0) for said in own)


def _cuts_in(facts: CallFacts, card: ScorecardFile) -> _Moments:
    overlaps = facts.analysis.overlaps
    if overlaps is None:
        return None
    found = []
    for overlap in overlaps:
        if overlap.kind is OverlapKind.INTERRUPTION and overlap.incomer == facts.customer:
            said = facts.at(overlap, facts.customer)
            if said is not None:
                sure = 1.0 if overlap.confidence is None else overlap.confidence
                found.append((said, 1.0, sure))
    return tuple(found)


def _tense(facts: CallFacts, card: ScorecardFile) -> _Moments:
    if facts.tensions is None:
        return None
    return tuple(
        (said, tension.tension, tension.tension)
        for said in facts.said
        if (tension := facts.tensions.get(said.id)) is not None and tension.tense
    )


def _pressure(facts: CallFacts, card: ScorecardFile) -> _Moments:
    """Tense, harsh or upset customer turns that come in a row, or fill much of the call."""
    if facts.concerns is None and facts.tensions is None:
        return None
    own = [said for said in facts.said if said.role is Role.CUSTOMER and not said.listens]
    hard = {said.id: (said, weight, sure) for said, weight, sure in _tense(facts, card) or ()}
    upset = _concerns(facts, lambda item: bool(_UPSET.intersection(item.concern.kinds)))
    for said, weight, sure in upset or ():
        hard.setdefault(said.id, (said, weight, sure))
    if len(own) >= card.pressure_min_turns and len(hard) > card.pressure_share * len(own):
        return tuple(hard[said.id] for said in own if said.id in hard)
    found: list[_Moment] = []
    for is_hard, turns in groupby(own, key=lambda said: said.id in hard):
        run = list(turns)
        if is_hard and len(run) >= card.pressure_turns:
            found += [hard[said.id] for said in run]
    return tuple(found)


def _limit(facts: CallFacts, card: ScorecardFile) -> _Moments:
    return _acts(facts, lambda kinds: ResponseKind.STATE_LIMIT in kinds)


def _owned(facts: CallFacts, card: ScorecardFile) -> _Moments:
    """Responsibility taken together with an apology: an offer to take care alone owns nothing."""
    both = {ResponseKind.OWN, ResponseKind.APOLOGISE}
    return _acts(facts, lambda kinds: both <= kinds)


def _acts(facts: CallFacts, wanted: Callable[[frozenset[ResponseKind]], bool]) -> _Moments:
    acts = facts.acts
    if acts is None:
        return None
    return tuple(
        (said, 1.0, acts[said.id].confidence)
        for said in facts.said
        if said.id in acts and wanted(facts.kinds(said))
    )


_EVENTS: Mapping[SituationEvent, Callable[[CallFacts, ScorecardFile], _Moments]] = {
    SituationEvent.REPEATED_CONCERN: _repeated,
    SituationEvent.ASKS_TO_BE_HEARD: _asks_to_be_heard,
    SituationEvent.HARSH_CONCERN: _harsh,
    SituationEvent.THREAT: _threat,
    SituationEvent.CUSTOMER_INTERRUPTION: _cuts_in,
    SituationEvent.TENSE_TURN: _tense,
    SituationEvent.PRESSURE: _pressure,
    SituationEvent.STATED_LIMIT: _limit,
    SituationEvent.OWNED_MISTAKE: _owned,
    SituationEvent.NAMED_MISTAKE: _named_mistake,
}
# The parts of an analysis that an event is found in, for the reason where they are missing.
_PARTS: Mapping[SituationEvent, tuple[str, ...]] = {
    SituationEvent.REPEATED_CONCERN: ("concerns",),
    SituationEvent.ASKS_TO_BE_HEARD: ("concerns",),
    SituationEvent.HARSH_CONCERN: ("concerns",),
    SituationEvent.THREAT: ("concerns",),
    SituationEvent.CUSTOMER_INTERRUPTION: ("overlaps",),
    SituationEvent.TENSE_TURN: ("tension",),
    SituationEvent.PRESSURE: ("concerns", "tension"),
    SituationEvent.STATED_LIMIT: ("acts",),
    SituationEvent.OWNED_MISTAKE: ("acts",),
    SituationEvent.NAMED_MISTAKE: ("concerns",),
}
