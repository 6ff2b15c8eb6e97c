"""The rows that a call's scores and findings add to the tables."""

from __future__ import annotations

from typing import Any

from callcoach.model.analysis import CallAnalysis

Row = dict[str, Any]


def score_row(analysis: CallAnalysis) -> Row:
    """What ``calls`` says of the scores; nothing where the call was not scored."""
    row: Row = {}
    card = analysis.scorecard
    if card is not None:
        row = {
            "overall": card.overall,
            "coverage": card.coverage,
            "scorecard": card.name,
            "scorecard_version": card.version,
            "scorecard_sha256": card.sha256,
            "guide_sha256": card.guide_sha256,
        }
    if analysis.categories is not None:
        row["categories"] = "; ".join(tag.name for tag in analysis.categories)
    return row


def practice_rows(analysis: CallAnalysis) -> list[Row]:
    """One row a chapter of the guide."""
    card = analysis.scorecard
    return [
        {
            "practice": item.id,
            "score": item.score,
            "reason": item.reason,
            "kind": item.kind.value,
            "confidence": item.confidence,
            "support": item.support,
            "weight": item.weight,
            "applies": item.applies,
            "automatic": item.automatic,
        }
        for item in (() if card is None else card.practices)
    ]


def situation_rows(analysis: CallAnalysis) -> list[Row]:
    """One row a situation of the guide."""
    card = analysis.scorecard
    return [
        {
            "situation": item.id,
            "heard": item.heard,
            "moments": len(item.moments),
            "score": item.score,
            "reason": item.reason,
            "kind": item.kind.value,
            "confidence": item.confidence,
        }
        for item in (() if card is None else card.situations)
    ]


def finding_rows(analysis: CallAnalysis) -> list[Row]:
    """One row a finding, in the order of the analysis."""
    return [
        {
            "key": item.key,
            "code": item.code,
            "practice": item.practice,
            "situation": item.situation,
            "kind": item.kind.value,
            "verdict": item.verdict.value,
            "rank": item.rank,
            "speaker": item.speaker,
            "turn": item.turn,
            "start_s": item.start_s,
            "end_s": item.end_s,
            "title": item.title,
            "quote": item.quote,
            "before": item.before,
            "why": item.why,
            "advice": item.advice,
            "measure": item.measure,
            "value": item.value,
            "limit": item.limit,
            "times": item.times,
            "impact": item.impact,
            "confidence": item.confidence,
        }
        for item in analysis.findings or ()
    ]
