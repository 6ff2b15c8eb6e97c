"""What comes back in an agent's calls: repeated strengths, and the one or two things to work on.

A habit is one kind of moment, heard again and again. It is measured over the newest calls in which
its practice was scored, so that a call that gave no occasion counts neither way. Habits are
ordered by what they mean over these calls: the impact of a finding (0..1, in which its confidence
is already counted), added up over the calls it was heard in and divided by all that could show it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from callcoach.config.reports import TrendsConfig
from callcoach.model.coaching import FindingKind, Verdict
from callcoach.model.timeline import moment_of
from callcoach.reports.site.digest import CallDigest, FindingDigest

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class HabitExample:
    """A finding in its call."""

    call: CallDigest
    finding: FindingDigest


@dataclass(frozen=True)
class Habit:
    """One kind of moment over the newest calls.

    It was heard in ``calls`` of the ``of`` calls that could show it. ``weight`` (0..1) is its mean
    impact over these. ``moments`` are the ones to hear, the weightiest first, one of each call.
    """

    code: str
    practice: str
    verdict: Verdict
    title: str
    calls: int
    of: int
    weight: float
    suggestion: bool
    moments: tuple[HabitExample, ...]

    @property
    def share(self) -> float:
        """Share of the calls that could show it in which it was heard, 0..1."""
        return self.calls / self.of


def by_time(calls: Sequence[CallDigest]) -> list[CallDigest]:
    """Calls in order of time; calls without a date come first, as the oldest."""
    return sorted(calls, key=lambda call: (moment_of(call.started_at) or _LONG_AGO, call.call_id))


def focus_areas(calls: Sequence[CallDigest], config: TrendsConfig) -> tuple[Habit, ...]:
    """One or two things to work on, none when nothing holds; never two of the same practice."""
    chosen: list[Habit] = []
    for habit in _habits(calls, Verdict.OPPORTUNITY, config.focus_share, config):
        if len(chosen) < config.focus_areas and all(
            habit.practice != other.practice for other in chosen
        ):
            chosen.append(habit)
    return tuple(chosen)


def repeated_strengths(calls: Sequence[CallDigest], config: TrendsConfig) -> tuple[Habit, ...]:
    """What was heard in most of the newest calls."""
    found = _habits(calls, Verdict.STRENGTH, config.strength_share, config)
    return tuple(found[: config.strengths])


def _habits(
    calls: Sequence[CallDigest], verdict: Verdict, least: float, config: TrendsConfig
) -> list[Habit]:
    newest = by_time(calls)[-config.recent_calls :]
    found: dict[tuple[str, str], dict[str, HabitExample]] = {}
    for call in newest:
        for finding in call.findings:
            if finding.verdict is not verdict or finding.confidence < config.min_confidence:
                continue
            heard = found.setdefault((finding.practice, finding.code), {})
            best = heard.get(call.call_id)
            if best is None or finding.impact > best.finding.impact:
                heard[call.call_id] = HabitExample(call, finding)
    habits = []
    for (practice, code), heard in found.items():
        of = sum(call.call_id in heard or call.score(practice) is not None for call in newest)
        if len(heard) < config.min_heard_calls or len(heard) < least * of:
            continue
        moments = sorted(heard.values(), key=lambda m: (-m.finding.impact, m.call.call_id))
        habits.append(
            Habit(
                code=code,
                practice=practice,
                verdict=verdict,
                title=moments[0].finding.title,
                calls=len(heard),
                of=of,
                weight=sum(m.finding.impact for m in moments) / of,
                suggestion=any(m.finding.kind is FindingKind.SUGGESTION for m in moments),
                moments=tuple(moments[: config.moments]),
            )
        )
    return sorted(habits, key=lambda habit: (-habit.weight, habit.practice, habit.code))
