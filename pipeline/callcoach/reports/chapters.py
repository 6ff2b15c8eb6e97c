"""Scores and findings of the guide's chapters, in words."""

from __future__ import annotations

from dataclasses import dataclass

from callcoach.findings import Finding, FindingKind, PracticeScore, Scorecard, Verdict
from callcoach.reports import wording

_VERDICTS = {
    Verdict.STRENGTH: "Went well",
    Verdict.OPPORTUNITY: "To work on",
    Verdict.NOTE: "Note",
}
_KINDS = {
    FindingKind.MEASURED: "measured",
    FindingKind.SUGGESTION: "suggestion, for a person to confirm",
}


@dataclass(frozen=True)
class ScoreLine:
    """One chapter of the guide; ``note`` holds the reason where there is no score."""

    name: str
    score: str
    note: str


@dataclass(frozen=True)
class FindingLine:
    """One finding with its evidence."""

    verdict: str
    kind: str
    practice: str
    time: str
    speaker: str
    quote: str
    why: str
    numbers: str
    advice: str


def score_line(item: PracticeScore) -> ScoreLine:
    """One chapter's score, or why there is none."""
    return ScoreLine(
        wording.measure_name(item.id),
        "not scored" if item.score is None else f"{wording.number(item.score, 0)} of 100",
        wording.clean(item.reason or _KINDS[item.kind]),
    )


def overall_text(card: Scorecard) -> str:
    """The overall score with its coverage."""
    covered = f"{wording.percent(card.coverage)} of the guide's weight was measured"
    if card.overall is None:
        return f"No overall score: only {covered}"
    return f"{wording.number(card.overall, 0)} of 100; {covered}"


def finding_line(item: Finding, names: dict[str, str]) -> FindingLine:
    """One finding with its evidence. ``names`` gives the parties' names by their ids."""
    numbers = [f"confidence {wording.percent(item.confidence)}"]
    if item.measure is not None:
        numbers.insert(0, f"measured {wording.number(item.measure, 1)}")
    if item.threshold is not None:
        numbers.insert(1, f"limit {wording.number(item.threshold, 1)}")
    return FindingLine(
        verdict=_VERDICTS[item.verdict],
        kind=_KINDS[item.kind],
        practice=wording.measure_name(item.practice),
        time=wording.clock(item.start_s),
        speaker=names.get(item.speaker, item.speaker),
        quote=wording.clean(item.quote or ""),
        why=wording.clean(item.why),
        numbers=", ".join(numbers),
        advice=wording.clean(item.advice),
    )
