"""Scores of the guide's chapters, from the measures of a call and a scorecard.

A measure becomes an item score on a straight line from ``poor`` (0) to ``good`` (100); a practice
is the weighted mean of its items that have a score. What was not measured, or had nothing to
judge, is left out: it is never taken as 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from callcoach.coaching.measures.catalogue import MEASURES
from callcoach.config.scorecard import Condition, ItemCard, PracticeCard, ScorecardFile
from callcoach.model.coaching import FindingKind, ItemScore, Measurement, PracticeScore

NO_RULE = "the scorecard has no rule for this chapter"
TOO_LITTLE = "too little was heard to judge this"
NOTHING_TO_JUDGE = "there was nothing to judge in this call"

# From sure to unsure; a score is as sure as the least sure item in it.
_WEAKEST = (FindingKind.NOT_AUDIBLE, FindingKind.SUGGESTION, FindingKind.MEASURED)
# A weighted mean of items that all have 100 may miss it by rounding.
_DIGITS = 9
_ENOUGH = 3.0
"""More occasions of one item add nothing; a measure over seconds of talk has that many."""


@dataclass(frozen=True)
class Judged:
    """What a list of items adds up to; ``score`` is ``None`` with a ``reason``.

    ``occasions`` is how many it stands on: each item's support, three at most.
    """

    score: float | None
    reason: str | None
    support: float
    kind: FindingKind
    confidence: float
    applies: bool
    items: tuple[ItemScore, ...]
    occasions: float = 0.0


def score(measured: Mapping[str, Measurement], card: ScorecardFile) -> tuple[PracticeScore, ...]:
    """Score every practice of a scorecard, in its order.

    Parameters
    ----------
    measured
        The measures of the call by name; the scorecard's measures must be among them.
    card
        What counts how much.

    Raises
    ------
    KeyError
        If a measure is missing; a scorecard that was read names known measures only.
    """
    return tuple(_practice(name, item, measured, card) for name, item in card.practices.items())


def points(value: float, item: ItemCard) -> float:
    """Points (0..100) of a value: 0 at ``poor``, 100 at ``good``, straight between, clamped.

    >>> item = ItemCard(measure="dismissals", poor=2.0, good=0.0)
    >>> points(0.5, item), points(3.0, item)
    (75.0, 0.0)
    """
    share = (value - item.poor) / (item.good - item.poor)
    return 100.0 * min(1.0, max(0.0, share))


def judge(
    items: Sequence[ItemCard], measured: Mapping[str, Measurement], min_support: float = 0.0
) -> Judged:
    """Score a list of items.

    Bonus items take part only where they raise the score. With less support than ``min_support``
    there is no score.
    """
    found = [(card, measured[card.measure]) for card in items]
    scores = tuple(_item(card, value, measured) for card, value in found)
    scored = [
        (card, value, item.score)
        for (card, value), item in zip(found, scores, strict=True)
        if item.score is not None
    ]
    base = [entry for entry in scored if not entry[0].bonus]
    applies = any(
        value.applies and _may_apply(card, measured) for card, value in found if not card.bonus
    )
    if not base:
        reason = _why_none(found, scores)
        return Judged(None, reason, 0.0, _kind([v for _, v in found]), 0.0, applies, scores)
    mean = _mean([(card.weight, value) for card, _, value in base])
    counted = base + [entry for entry in scored if entry[0].bonus and entry[2] > mean]
    total = _mean([(card.weight, value) for card, _, value in counted])
    support = max(value.support for _, value, _ in base)
    kind = _kind([value for _, value, _ in counted])
    confidence = _mean([(card.weight, value.confidence) for card, value, _ in counted])
    if support < min_support:
        return Judged(None, TOO_LITTLE, support, kind, confidence, applies, scores)
    clean = min(100.0, max(0.0, round(total, _DIGITS)))
    occasions = sum(min(value.support, _ENOUGH) for _, value, _ in base)
    return Judged(clean, None, support, kind, min(1.0, confidence), True, scores, occasions)


def _practice(
    name: str, card: PracticeCard, measured: Mapping[str, Measurement], file: ScorecardFile
) -> PracticeScore:
    if not card.items:
        return unscored(name, card.not_audible, FindingKind.NOT_AUDIBLE)
    judged = judge(card.items, measured, card.min_support)
    drawn = drawn_to(judged, file.ordinary, file.ordinary_occasions)
    return PracticeScore(
        id=name,
        score=drawn,
        reason=judged.reason,
        support=judged.support,
        kind=judged.kind,
        confidence=judged.confidence,
        weight=card.weight,
        applies=judged.applies,
        automatic=card.automatic and judged.score is not None,
        items=judged.items,
        drawn_from=judged.score if drawn != judged.score else None,
    )


def drawn_to(judged: Judged, ordinary: float, enough: float) -> float | None:
    """The score as far as its occasions carry it, the rest from ordinary calls.

    With ``enough`` occasions the score stands by itself; with half of them half of it does
    (a shrinkage estimate, as Efron and Morris 1975, with weights that are chosen and not fitted).
    What stands on little is no reproach and no praise.
    """
    if judged.score is None or judged.occasions >= enough:
        return judged.score
    own = judged.occasions / enough
    return round(own * judged.score + (1 - own) * ordinary, _DIGITS)


def unscored(name: str, reason: str, kind: FindingKind) -> PracticeScore:
    """The row of a chapter that no recording or no rule can score."""
    return PracticeScore(name, None, reason, 0.0, kind, 0.0, 0.0, False, False, ())


def _item(card: ItemCard, found: Measurement, measured: Mapping[str, Measurement]) -> ItemScore:
    reason = found.reason if found.value is None else _when_reason(card, measured)
    return ItemScore(
        measure=card.measure,
        unit=unit_of(card.measure),
        value=found.value,
        score=None if reason is not None or found.value is None else points(found.value, card),
        reason=reason,
        good=card.good,
        poor=card.poor,
        weight=card.weight,
        bonus=card.bonus,
    )


def _when_reason(card: ItemCard, measured: Mapping[str, Measurement]) -> str | None:
    """Why an item does not apply, ``None`` where it does."""
    if card.when is None:
        return None
    found = measured[card.when.measure]
    if found.value is None:
        return found.reason
    return None if card.when.holds(found.value) else _not_met(card.when, found.value)


def _not_met(when: Condition, value: float) -> str:
    """What was not heard, where a condition does not hold."""
    known = MEASURES.get(when.measure)
    if known is None or when.at_least is None or value >= when.at_least:
        return NOTHING_TO_JUDGE
    if value == 0:
        return known.none or NOTHING_TO_JUDGE
    share = known.unit == "share"
    limit = f"{100 * when.at_least:g} %" if share else f"{when.at_least:g} {known.unit}"
    return f"too little to count: it counts from {limit} on"


def _may_apply(card: ItemCard, measured: Mapping[str, Measurement]) -> bool:
    """False where the condition of an item does not hold; an unknown one may."""
    if card.when is None:
        return True
    found = measured[card.when.measure]
    return found.applies if found.value is None else card.when.holds(found.value)


def _why_none(found: Sequence[tuple[ItemCard, Measurement]], scores: Sequence[ItemScore]) -> str:
    """The reason of the weightiest item; one that could not be measured says more."""
    reasons = [
        (not value.applies or value.value is not None, -card.weight, item.reason)
        for (card, value), item in zip(found, scores, strict=True)
        if item.reason is not None and not card.bonus
    ]
    return min(reasons, key=lambda reason: reason[:2])[2] if reasons else NOTHING_TO_JUDGE


def _kind(found: Sequence[Measurement]) -> FindingKind:
    kinds = {item.kind for item in found}
    return next((kind for kind in _WEAKEST if kind in kinds), FindingKind.SUGGESTION)


def _mean(pairs: Sequence[tuple[float, float]]) -> float:
    total = sum(weight for weight, _ in pairs)
    return sum(weight * value for weight, value in pairs) / total


def unit_of(measure: str) -> str:
    """Unit of a measure in the catalogue; empty for one that is not there."""
    known = MEASURES.get(measure)
    return known.unit if known is not None else ""
