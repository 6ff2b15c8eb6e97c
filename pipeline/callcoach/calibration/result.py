"""What comes out of comparing the machine's scores with people's."""

from __future__ import annotations

from dataclasses import dataclass

from callcoach.calibration.agreement import Bias
from callcoach.calibration.bands import Bands
from callcoach.calibration.resample import Estimate


@dataclass(frozen=True)
class BandShare:
    """How many of the calls scored by both lie in a band, as shares 0..1."""

    name: str
    by_people: float
    by_machine: float


@dataclass(frozen=True)
class PairwiseAgreement:
    """Agreement of two at a time, the mean over ``pairs`` pairs that share enough calls.

    ``calls`` of the estimates counts the calls that at least one of the pairs shares.
    """

    pairs: int
    kappa: Estimate
    weighted_kappa: Estimate
    icc: Estimate


@dataclass(frozen=True)
class DifferentCall:
    """A call on which machine and people differ, all 0..100; ``difference`` = machine - people."""

    call_id: str
    machine: float
    people: float
    difference: float


@dataclass(frozen=True)
class Automatic:
    """Whether a practice may be shown as a score of its own, and why (not)."""

    may: bool
    reason: str


@dataclass(frozen=True)
class EdgeSuggestion:
    """Other edges for the machine's scores, those of people's kept; never applied by itself.

    ``kappa_before`` is the quadratic weighted kappa with the given edges, ``kappa_after`` that with
    edges found in the same way on the other folds, both over the same ``calls``.
    """

    edges: tuple[float, ...]
    kappa_before: float
    kappa_after: float
    calls: int


@dataclass(frozen=True)
class PracticeCalibration:
    """One practice (or ``overall``): the machine beside people.

    The statistics are over the ``calls`` that both scored; people's score of a call is the mean of
    its raters. Not in them are calls that only people scored (``only_people``), only the machine
    scored (``only_machine``) and those both called not applicable (``neither``).

    ``machine_to_rater`` and ``rater_to_rater`` stand on the same footing, one against one, and can
    be compared with each other. ``automatic`` is ``None`` for ``overall``. ``prevalence`` is empty
    without calls.
    """

    practice: str
    bands: Bands
    calls: int
    raters: int
    only_people: int
    only_machine: int
    neither: int
    prevalence: tuple[BandShare, ...]
    agreement: Estimate
    kappa: Estimate
    weighted_kappa: Estimate
    icc: Estimate
    bias: Bias
    machine_to_rater: PairwiseAgreement
    rater_to_rater: PairwiseAgreement
    most_different: tuple[DifferentCall, ...]
    automatic: Automatic | None
    suggestion: EdgeSuggestion | None
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Calibration:
    """All practices that people scored, ``overall`` last.

    ``calls`` were scored by at least one person and analysed, ``unknown_calls`` were scored and
    not analysed. Intervals hold with ``confidence`` (0..1), from ``resamples`` resamples.
    """

    practices: tuple[PracticeCalibration, ...]
    calls: int
    raters: tuple[str, ...]
    unknown_calls: tuple[str, ...]
    confidence: float
    resamples: int
    notes: tuple[str, ...]
