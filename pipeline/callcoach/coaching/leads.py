"""Findings from evidence, and which of them lead the report.

Each finding stands for all moments of one kind in one chapter. Its impact is what the moment
weighs, times what its measure and its chapter count in the scorecard, times how much the score
speaks the same way: a strength of a chapter that went well, a thing to work on in one that did
not. What leads is chosen by impact and confidence, and no two leads speak of the same moment.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from callcoach.config.guide import Guide
from callcoach.config.scorecard import LeadsConfig, ScorecardFile
from callcoach.errors import ConfigError
from callcoach.model.coaching import (
    Evidence,
    Finding,
    FindingKind,
    ItemScore,
    Measurement,
    PracticeScore,
    Scorecard,
    Verdict,
)
from callcoach.model.timeline import Span

_UNSCORED = 50.0  # speaks neither way


@dataclass(frozen=True)
class _Group:
    """All moments of one code and verdict in one chapter, the weightiest first."""

    practice: str
    situation: str | None
    kind: FindingKind
    moments: tuple[Evidence, ...]
    share: float
    critical: bool

    def rank(self, moment: Evidence) -> float:
        """Impact times confidence of one of the moments, 0..1."""
        return self.share * moment.weight * moment.confidence

    @property
    def best(self) -> float:
        """Rank of the weightiest moment."""
        return self.rank(self.moments[0])


def select_highlights(
    measured: Mapping[str, Measurement], scores: Scorecard, card: ScorecardFile, guide: Guide
) -> tuple[Finding, ...]:
    """All findings of a call: the leads first, strengths before things to work on.

    Parameters
    ----------
    measured
        The measures of the call by name, with their evidence.
    scores
        The call's scores.
    card
        The scorecard that gave them.
    guide
        Gives the words.

    Raises
    ------
    ConfigError
        If the guide has no words for a moment.
    """
    groups = _groups(measured, scores, card)
    leads = _leads(groups, card.leads)
    rest = [
        (group, group.moments[0], None)
        for group in groups
        if not any(group is led for led, _, _ in leads)
    ]
    rest.sort(key=lambda entry: (-entry[0].best, _key(entry[1])))
    return tuple(_finding(group, moment, rank, guide) for group, moment, rank in (*leads, *rest))


# --------------------------------------------------------------------------- groups


def _groups(
    measured: Mapping[str, Measurement], scores: Scorecard, card: ScorecardFile
) -> list[_Group]:
    """Moments by chapter, code and verdict; a moment that two chapters share goes to one only."""
    found: dict[tuple[str, str, Verdict], _Group] = {}
    taken: set[tuple[str, float, float, str | None]] = set()
    heaviest = max(practice.weight for practice in card.practices.values())
    critical = {cap.measure for cap in scores.caps}
    for practice, situation, item, result in _parts(scores, card):
        chapter = scores.practice(practice)
        weight = card.practices[practice].weight / heaviest
        main = max(other.weight for other in result)
        measure = measured[item.measure]
        for evidence in measure.evidence:
            moment = (evidence.code, evidence.start_s, evidence.end_s, evidence.turn)
            blame = evidence.verdict is Verdict.OPPORTUNITY
            if moment in taken or (blame and _unsure(evidence, card.leads)):
                continue  # what may well be wrong is not even listed against somebody
            taken.add(moment)
            share = weight * item.weight / main * _distance(evidence.verdict, item, chapter)
            key = (practice, evidence.code, evidence.verdict)
            group = found.get(key)
            if group is None:
                found[key] = _Group(
                    practice,
                    situation,
                    _kind(measure, evidence),
                    (evidence,),
                    share,
                    item.measure in critical and blame,
                )
            else:
                moments = sorted((*group.moments, evidence), key=_weightiest)
                found[key] = replace(group, moments=tuple(moments), share=max(share, group.share))
    return list(found.values())


def _parts(
    scores: Scorecard, card: ScorecardFile
) -> Iterable[tuple[str, str | None, ItemScore, Sequence[ItemScore]]]:
    """Every scored list of items with the chapter it speaks to; situations that were heard last."""
    where = {
        item.measure: situation.id
        for situation in reversed(scores.situations)
        if situation.heard
        for item in situation.items
    }
    for practice in sorted(scores.practices, key=lambda p: -p.weight):
        for item in practice.items:
            yield practice.id, where.get(item.measure), item, practice.items
    for situation in scores.situations:
        if situation.heard:
            for item in situation.items:
                name = card.situations[situation.id].practice
                yield name, situation.id, item, situation.items


def _distance(verdict: Verdict, item: ItemScore, chapter: PracticeScore | None) -> float:
    """How much the score speaks the way of a moment, 0..1, from one end of the scale to the other.

    The measure's own score says it best; without one the chapter's does.
    """
    score = item.score
    if score is None:
        score = chapter.score if chapter is not None and chapter.score is not None else _UNSCORED
    return score / 100.0 if verdict is Verdict.STRENGTH else 1.0 - score / 100.0


def _kind(measure: Measurement, evidence: Evidence) -> FindingKind:
    """A moment without a value is a suggestion, also in a measure that counts numbers."""
    measured = measure.kind is FindingKind.MEASURED and evidence.value is not None
    return FindingKind.MEASURED if measured else FindingKind.SUGGESTION


def _weightiest(evidence: Evidence) -> tuple[float, float, float, str]:
    return (-evidence.weight * evidence.confidence, *_key(evidence))


def _key(evidence: Evidence) -> tuple[float, float, str]:
    return (evidence.start_s, evidence.end_s, evidence.code)


# --------------------------------------------------------------------------- leads


_Lead = tuple[_Group, Evidence]


def _leads(groups: Sequence[_Group], config: LeadsConfig) -> list[tuple[_Group, Evidence, int]]:
    """The groups that lead with the moment to hear and their rank, strengths first.

    They are chosen together, by impact, with some preference for strengths: a moment that can be
    told both ways is told as a strength, but a small one takes no moment from what matters more.
    """
    room = {Verdict.STRENGTH: config.strengths, Verdict.OPPORTUNITY: config.opportunities}
    chosen: list[_Lead] = []
    while True:
        full = {
            verdict
            for verdict in Verdict
            if sum(taken.verdict is verdict for _, taken in chosen) >= room.get(verdict, 0)
        }
        lead = _next([g for g in groups if g.moments[0].verdict not in full], chosen, config)
        if lead is None:
            break
        chosen.append(lead)
    return [
        (group, moment, rank)
        for verdict in room
        for rank, (group, moment) in enumerate(
            (lead for lead in chosen if lead[1].verdict is verdict), start=1
        )
    ]


def _next(waiting: Sequence[_Group], chosen: Sequence[_Lead], config: LeadsConfig) -> _Lead | None:
    """The group with the most impact that can still lead, with its weightiest free moment."""
    best: tuple[tuple[bool, float, float, float, str], _Lead] | None = None
    for group in waiting:
        if any(_key_of(group) == _key_of(other) for other, _ in chosen):
            continue
        near = any(other.practice == group.practice for other, _ in chosen)
        for moment in group.moments:
            if _unsure(moment, config) or any(_same(moment, taken) for _, taken in chosen):
                continue
            rank = group.rank(moment)
            if rank < config.min_impact and not group.critical:
                break
            if near:
                rank *= config.same_practice
            if moment.verdict is Verdict.STRENGTH:
                rank *= config.strength_first
            order = (not group.critical, -rank, *_key(moment))
            if best is None or order < best[0]:
                best = (order, (group, moment))
            break
    return None if best is None else best[1]


def _key_of(group: _Group) -> tuple[str, str]:
    return group.practice, group.moments[0].code


def _unsure(moment: Evidence, config: LeadsConfig) -> bool:
    strength = moment.verdict is Verdict.STRENGTH
    return moment.confidence < (
        config.min_strength_confidence if strength else config.min_confidence
    )


def _same(one: Evidence, other: Evidence) -> bool:
    """Whether two moments are the same: the same turn, or time in common."""
    if one.turn is not None and one.turn == other.turn:
        return True
    return Span(one.start_s, one.end_s).overlaps(Span(other.start_s, other.end_s))


def _finding(group: _Group, moment: Evidence, rank: int | None, guide: Guide) -> Finding:
    words = guide.finding(moment.code)
    if words is None:
        raise ConfigError(f"the guide {guide.name!r} has no [finding.{moment.code}]")
    return Finding(
        start_s=moment.start_s,
        end_s=moment.end_s,
        code=moment.code,
        practice=group.practice,
        situation=group.situation,
        kind=group.kind,
        verdict=moment.verdict,
        speaker=moment.speaker,
        turn=moment.turn,
        title=words.title,
        quote=moment.quote,
        before=moment.before,
        why=words.why,
        advice=words.advice,
        measure=moment.measure,
        value=moment.value,
        limit=moment.limit,
        times=len(group.moments),
        impact=min(1.0, group.rank(moment)),
        confidence=moment.confidence,
        rank=rank,
    )
