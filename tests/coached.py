"""Calls that were scored by the shipped guide and scorecard, for tests of reports and tables."""

from __future__ import annotations

import factory
from callcoach.call import CallAnalysis
from callcoach.coaching.coach import coach
from callcoach.coaching.scorecard import read_scorecard
from callcoach.findings import (
    Cap,
    Evidence,
    Finding,
    FindingKind,
    ItemScore,
    PracticeScore,
    Scorecard,
    SituationScore,
    Verdict,
)
from callcoach.settings.guide import read_guide
from callcoach.settings.measures import MeasuresConfig


def coached(analysis: CallAnalysis) -> CallAnalysis:
    """A call with scores and findings."""
    return coach(analysis, read_guide(None), read_scorecard(None), None, MeasuresConfig())


def finding(quote: str | None = "two payments in March", **changes: object) -> Finding:
    """A measured finding that leads."""
    values: dict[str, object] = {
        "start_s": 58.9, "end_s": 60.2, "code": "cut_in", "practice": "attend", "situation": None,
        "kind": FindingKind.MEASURED, "verdict": Verdict.OPPORTUNITY, "speaker": "agent",
        "turn": "t9", "title": "You cut in", "quote": quote, "before": "So you do see it.",
        "why": "The customer had not finished.", "advice": "Let the customer finish.",
        "measure": "interruptions_per_10_min", "value": 2.0, "limit": 1.0, "times": 3,
        "impact": 0.4, "confidence": 0.8123456, "rank": 1,
    }  # fmt: skip
    return Finding(**(values | changes))  # type: ignore[arg-type]


def scored(quote: str = "two payments in March", why: str = "too little speech") -> CallAnalysis:
    """A call with one of everything that coaching can say."""
    items = (
        ItemScore("interruptions_per_10_min", "per 10 min", 2.0, 80.0, None, 0.0, 10.0, 2.0),
        ItemScore("uncut_share", "share", None, None, why, 1.0, 0.5, 1.0),
        ItemScore("repeated_questions", "count", 0.0, 100.0, None, 0.0, 2.0, 1.0, bonus=True),
    )
    measured, suggestion = FindingKind.MEASURED, FindingKind.SUGGESTION
    moment = Evidence(
        32.2, 38.0, "harsh_concern", "harsh_concern", Verdict.NOTE, "customer", "t7", quote, None,
        None, None, 0.5, 0.6,
    )  # fmt: skip
    return factory.two_channels(
        findings=(
            finding(quote),
            finding(
                None, start_s=5.4, end_s=6.0, code="steady_voice", practice="gentle_voice",
                verdict=Verdict.STRENGTH, turn=None, before=None, title="Your voice stayed even",
                why="A calm ground.", advice="Keep it.", measure="calmness", value=73.0,
                limit=None, times=1,
            ),
            finding(quote, kind=suggestion, code="blamed", practice="respect", value=None,
                    limit=None, rank=None, title="A line", measure="blames"),
        ),
        scorecard=Scorecard(
            name="house card", version="7", sha256="ab" * 32, guide="house guide",
            guide_sha256="cd" * 32,
            practices=(
                PracticeScore("attend", 72.0, None, 7.0, measured, 0.9, 2.0, True, False, items),
                PracticeScore("empathy", None, why, 3.0, suggestion, 0.0, 1.0, True, False, ()),
                PracticeScore("escalate", None, "nothing called for it", 0.0, suggestion, 0.0, 1.0,
                              False, False, ()),
                PracticeScore("respect", 60.0, None, 5.0, suggestion, 0.8, 1.0, True, True, ()),
            ),
            situations=(
                SituationScore("heated", True, (moment,), 40.0, None, suggestion, 0.5, items[:1]),
                SituationScore("after_mistake", False, (), None, "this was not heard", suggestion,
                               0.0, ()),
            ),
            overall=60.0,
            reason=None,
            coverage=0.4,
            caps=(Cap("blames", 3.0, 2.0, 60.0, "more than one line of blame"),),
        ),
    )  # fmt: skip
