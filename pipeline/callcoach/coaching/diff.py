"""What another scorecard would change, over stored analyses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from callcoach.analysis.trust import with_trust
from callcoach.coaching.facts import facts_of
from callcoach.coaching.measures.catalogue import measured as measure
from callcoach.coaching.scorecard import scorecard_of
from callcoach.config.guide import Guide
from callcoach.config.measures import MeasuresConfig
from callcoach.config.scorecard import ScorecardFile
from callcoach.model.analysis import CallAnalysis
from callcoach.model.coaching import OVERALL, Scorecard

MOST_CHANGED = 10
"""How many calls are listed."""

_SEEN = 0.5  # points; reports show whole points


@dataclass(frozen=True)
class PracticeChange:
    """What changes in a practice, or ``overall``, over all calls. Scores are 0..100.

    ``scored_before`` and ``scored_after`` count the calls with a score, ``changed`` those whose
    score is another by half a point or more, or comes or goes. The means are over the calls with a
    score, each side its own; ``None`` where there is none. ``difference`` is the mean over the
    calls that both scored.
    """

    practice: str
    calls: int
    scored_before: int
    scored_after: int
    changed: int
    mean_before: float | None
    mean_after: float | None
    difference: float | None


@dataclass(frozen=True)
class CallChange:
    """A call whose overall score changes; ``None`` is no score."""

    call_id: str
    before: float | None
    after: float | None


@dataclass(frozen=True)
class ScorecardDiff:
    """What changes from one scorecard to another.

    ``practices`` has a row for each practice of the guide, ``overall`` last. ``most_changed`` are
    the calls whose overall score changes most, those that gain or lose theirs first.
    """

    before: str
    after: str
    calls: int
    practices: tuple[PracticeChange, ...]
    most_changed: tuple[CallChange, ...]


def diff(
    analyses: Iterable[CallAnalysis],
    guide: Guide,
    before: ScorecardFile,
    after: ScorecardFile,
    config: MeasuresConfig,
    most_changed: int = MOST_CHANGED,
) -> ScorecardDiff:
    """Score calls by two scorecards and tell what differs; nothing is stored.

    Parameters
    ----------
    analyses
        The calls; they are read once and not kept.
    guide
        Both scorecards must fit it.
    before, after
        The scorecards.
    config
        What counts for the measures, and what a warning leaves of the trust in a recording.
    most_changed
        How many calls are listed at most.
    """
    rows: dict[str, list[tuple[float | None, float | None]]] = {
        chapter.id: [] for chapter in guide.chapters
    }
    rows[OVERALL] = []
    calls = []
    for analysis in analyses:
        facts = facts_of(with_trust(analysis, config))
        found = measure(facts, config)
        old, new = (scorecard_of(facts, found, card, guide) for card in (before, after))
        for name, scores in rows.items():
            scores.append((_score(old, name), _score(new, name)))
        calls.append(CallChange(analysis.call.id, old.overall, new.overall))
    changed = [call for call in calls if _differs(call.before, call.after)]
    changed.sort(key=lambda call: (-_size(call), call.call_id))
    return ScorecardDiff(
        before=f"{before.name} {before.version}",
        after=f"{after.name} {after.version}",
        calls=len(calls),
        practices=tuple(_change(name, scores) for name, scores in rows.items()),
        most_changed=tuple(changed[:most_changed]),
    )


def _score(scores: Scorecard, name: str) -> float | None:
    if name == OVERALL:
        return scores.overall
    practice = scores.practice(name)
    return None if practice is None else practice.score


def _change(name: str, scores: Sequence[tuple[float | None, float | None]]) -> PracticeChange:
    old = [before for before, _ in scores if before is not None]
    new = [after for _, after in scores if after is not None]
    both = [after - before for before, after in scores if before is not None and after is not None]
    return PracticeChange(
        practice=name,
        calls=len(scores),
        scored_before=len(old),
        scored_after=len(new),
        changed=sum(_differs(before, after) for before, after in scores),
        mean_before=_mean(old),
        mean_after=_mean(new),
        difference=_mean(both),
    )


def _differs(before: float | None, after: float | None) -> bool:
    if before is None or after is None:
        return before is not after
    return abs(after - before) >= _SEEN


def _size(call: CallChange) -> float:
    """How much a call changes; to gain or lose a score is more than any change of it."""
    if call.before is None or call.after is None:
        return 101.0
    return abs(call.after - call.before)


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
