"""The hand-overs of coaching: evidence, scores, findings and tags.

The same rules as in :mod:`callcoach.model.analysis`: ``None`` means "not measured", and a finding
or a missing score cannot be built without its evidence or its reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from callcoach.model.timeline import Span


class FindingKind(StrEnum):
    """How sure a finding or a score can be."""

    MEASURED = "measured"
    SUGGESTION = "suggestion"  # for a person to confirm
    NOT_AUDIBLE = "not_audible"  # no recording can show it


class Verdict(StrEnum):
    """Which way a moment or a finding points."""

    STRENGTH = "strength"
    OPPORTUNITY = "opportunity"
    NOTE = "note"


@dataclass(frozen=True)
class Evidence(Span):
    """One moment that speaks for or against a practice.

    ``code`` names the guide's text for such a moment. ``quote`` is what was said then,
    ``before`` what the customer had said; ``value`` is a measured value in the unit of
    ``measure`` with the ``limit`` it passed. ``weight`` (0..1) says how much the moment matters,
    ``confidence`` (0..1) how sure it is.

    Raises
    ------
    ValueError
        If there is neither a quote nor a measured value.
    """

    measure: str
    code: str
    verdict: Verdict
    speaker: str
    turn: str | None
    quote: str | None
    before: str | None
    value: float | None
    limit: float | None
    weight: float
    confidence: float

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.quote and self.value is None:
            raise ValueError("evidence needs a quote or a measured value")
        if not 0.0 <= self.confidence <= 1.0 or not 0.0 <= self.weight <= 1.0:
            raise ValueError("confidence and weight are 0..1")


@dataclass(frozen=True)
class Measurement:
    """One measure of a call that practices are scored by.

    ``value`` is in the measure's unit; ``None`` comes with a ``reason``, and with
    ``applies = False`` where there was nothing to judge (no trigger, no concern). ``support``
    counts what the value stands on (concerns, turns, seconds).
    """

    name: str
    value: float | None
    reason: str | None
    support: float
    kind: FindingKind
    confidence: float
    applies: bool = True
    evidence: tuple[Evidence, ...] = ()

    def __post_init__(self) -> None:
        if self.value is None and not self.reason:
            raise ValueError(f"measure {self.name!r} has no value and no reason for that")


@dataclass(frozen=True)
class ItemScore:
    """What one measure adds to a practice.

    ``value`` is measured, in ``unit``; ``good`` and ``poor`` are the values that give 100 and 0.
    ``weight`` is the item's share in the practice; a ``bonus`` item can only raise the score.
    """

    measure: str
    unit: str
    value: float | None
    score: float | None
    reason: str | None
    good: float
    poor: float
    weight: float
    bonus: bool = False


@dataclass(frozen=True)
class PracticeScore:
    """Score of one chapter of the guide, 0..100; ``None`` with the reason where there is none.

    ``applies`` is false where there was nothing to judge: that lowers no coverage. ``support``
    counts what the score stands on, ``confidence`` (0..1) how sure it is. ``automatic`` is true
    where calibration against people allows the score to stand unconfirmed. ``drawn_from`` is what
    the items alone give, where there was so little to go by that the score was drawn towards that
    of ordinary calls; ``None`` where it was not.
    """

    id: str
    score: float | None
    reason: str | None
    support: float
    kind: FindingKind
    confidence: float
    weight: float
    applies: bool
    automatic: bool
    items: tuple[ItemScore, ...]
    drawn_from: float | None = None

    def __post_init__(self) -> None:
        if self.score is None and not self.reason:
            raise ValueError(f"practice {self.id!r} has no score and no reason for that")
        if self.score is not None and not 0.0 <= self.score <= 100.0:
            raise ValueError(f"practice {self.id!r}: a score is 0..100, got {self.score}")


@dataclass(frozen=True)
class SituationScore:
    """A situation of the guide: whether it was heard, where, and how it went (0..100).

    ``score`` is ``None`` with a ``reason`` where it was not heard or could not be judged.
    """

    id: str
    heard: bool
    moments: tuple[Evidence, ...]
    score: float | None
    reason: str | None
    kind: FindingKind
    confidence: float
    items: tuple[ItemScore, ...]

    def __post_init__(self) -> None:
        if self.score is None and not self.reason:
            raise ValueError(f"situation {self.id!r} has no score and no reason for that")


@dataclass(frozen=True)
class Cap:
    """A critical item that holds the overall score down, with why."""

    measure: str
    value: float
    at_least: float
    cap: float
    why: str


@dataclass(frozen=True)
class Scorecard:
    """The scores of a call by one scorecard and one guide.

    ``overall`` is the weighted mean of the practices that have a score, ``None`` under the
    scorecard's least coverage. ``coverage`` (0..1) is the share of the weight of the practices that
    apply that was measured, each counted by its confidence in the recording.
    """

    name: str
    version: str
    sha256: str
    guide: str
    guide_sha256: str
    practices: tuple[PracticeScore, ...]
    situations: tuple[SituationScore, ...]
    overall: float | None
    reason: str | None
    coverage: float
    caps: tuple[Cap, ...] = ()

    def practice(self, name: str) -> PracticeScore | None:
        """The score of one chapter, ``None`` where the scorecard has no such chapter."""
        return next((item for item in self.practices if item.id == name), None)


@dataclass(frozen=True)
class Finding(Span):
    """One thing worth a coach's attention; it cannot be built without its evidence.

    ``title``, ``why`` and ``advice`` are the guide's words for ``code``. ``quote`` is what was
    said, ``before`` what the customer had said. ``times`` is how often the same was heard in the
    call. ``rank`` is 1..3 for the findings that lead the report, strengths and opportunities
    apart, ``None`` for the others. ``impact`` (0..1) orders them.

    Raises
    ------
    ValueError
        If there is neither a quote nor a measured value, or a text is missing.
    """

    code: str
    practice: str
    situation: str | None
    kind: FindingKind
    verdict: Verdict
    speaker: str
    turn: str | None
    title: str
    quote: str | None
    before: str | None
    why: str
    advice: str
    measure: str
    value: float | None
    limit: float | None
    times: int
    impact: float
    confidence: float
    rank: int | None

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.quote and self.value is None:
            raise ValueError("a finding needs a quote or a measured value as evidence")
        if not self.why or not self.practice or not self.speaker or not self.title:
            raise ValueError("a finding names its practice, its speaker, what and why")
        if not 0.0 <= self.confidence <= 1.0:
            raise ValueError(f"confidence is 0..1, got {self.confidence}")
        if self.kind is FindingKind.MEASURED and self.value is None:
            raise ValueError("a measured finding needs the measured value")

    @property
    def key(self) -> str:
        """The name of this finding within its call, by which reviews and links find it again."""
        return f"{self.code}-{round(self.start_s * 1000)}"


@dataclass(frozen=True)
class CategoryTag:
    """A category whose rule was met in the call, with the moments that met it.

    ``moments`` is empty for a rule about what is missing or about a whole-call measure; ``why``
    says in words what was met.
    """

    name: str
    why: str
    moments: tuple[Span, ...]


OVERALL = "overall"
"""The name of a call's total beside the practices' ids."""
