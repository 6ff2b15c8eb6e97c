"""The hand-overs of coaching: findings and scores.

The same rules as in :mod:`callcoach.call`: ``None`` means "not measured", and a finding or a
missing score cannot be built without its evidence or its reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from callcoach.timeline import Span


class FindingKind(StrEnum):
    """How sure a finding can be."""

    MEASURED = "measured"
    SUGGESTION = "suggestion"


class Verdict(StrEnum):
    """Which way a finding points."""

    STRENGTH = "strength"
    OPPORTUNITY = "opportunity"
    NOTE = "note"


@dataclass(frozen=True)
class Finding(Span):
    """One thing worth a coach's attention; it cannot be built without its evidence.

    Raises
    ------
    ValueError
        If there is neither a quote nor a measured value, or no rule that fired.
    """

    practice: str
    kind: FindingKind
    verdict: Verdict
    speaker: str
    quote: str | None
    why: str
    measure: float | None
    threshold: float | None
    confidence: float
    advice: str

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.quote and self.measure is None:
            raise ValueError("a finding needs a quote or a measured value as evidence")
        if not self.why or not self.practice or not self.speaker:
            raise ValueError("a finding names its practice, its speaker and the rule that fired")
        if not 0.0 <= self.confidence <= 1.0:
            raise ValueError(f"confidence is 0..1, got {self.confidence}")
        if self.kind is FindingKind.MEASURED and self.measure is None:
            raise ValueError("a measured finding needs the measured value")


@dataclass(frozen=True)
class PracticeScore:
    """Score of one chapter of the guide; ``None`` with the reason where it was not measured."""

    id: str
    score: float | None
    reason: str | None
    support: float
    kind: FindingKind

    def __post_init__(self) -> None:
        if self.score is None and not self.reason:
            raise ValueError(f"practice {self.id!r} has no score and no reason for that")
        if self.score is not None and not 0.0 <= self.score <= 100.0:
            raise ValueError(f"practice {self.id!r}: a score is 0..100, got {self.score}")


@dataclass(frozen=True)
class Scorecard:
    """Practice scores and their weighted mean, with the share of weight that was measured."""

    practices: tuple[PracticeScore, ...]
    overall: float | None
    coverage: float
