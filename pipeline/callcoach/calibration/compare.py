"""The machine's scores beside people's, practice by practice."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np

from callcoach.calibration.agreement import (
    NO_SPREAD,
    ONE_BAND,
    bias,
    cohen_kappa,
    icc_2_1,
    icc_statistic,
    kappa_statistic,
    mean_of,
    percent_agreement,
)
from callcoach.calibration.bands import Bands, BoolArray, FloatArray, IntArray
from callcoach.calibration.edges import suggest_edges
from callcoach.calibration.human import HumanScores
from callcoach.calibration.pairs import Pairs, ScoredCall, pair, practices_of
from callcoach.calibration.resample import Estimate, Statistic, estimate
from callcoach.calibration.result import (
    Automatic,
    BandShare,
    Calibration,
    DifferentCall,
    PairwiseAgreement,
    PracticeCalibration,
)
from callcoach.config.calibration import CalibrationConfig
from callcoach.model.coaching import OVERALL

_NOBODY = Estimate(None, None, None, 0, "no two share enough calls")


def calibrate(
    machine: Sequence[ScoredCall],
    human: HumanScores,
    config: CalibrationConfig,
    bands: Bands | None = None,
    bands_of: Mapping[str, Bands] | None = None,
) -> Calibration:
    """Compare the machine's scores with people's.

    The order of calls and rows makes no difference to the result.

    Parameters
    ----------
    machine
        The analysed calls with their scores.
    human
        What people scored.
    config
        Bands, confidence, fewest calls and the limit for automatic practices.
    bands
        The bands of all practices; by default those of ``config``.
    bands_of
        Bands of single practices that have their own.
    """
    usual = bands or Bands(config.band_edges, config.band_names)
    own = bands_of or {}
    known = {call.call_id for call in machine}
    scored = [score for score in human.scores if score.call_id in known]
    return Calibration(
        practices=tuple(
            _practice(pair(machine, human, name), own.get(name, usual), config)
            for name in practices_of(machine, human)
        ),
        calls=len({score.call_id for score in scored}),
        raters=tuple(sorted({score.rater for score in scored})),
        unknown_calls=human.unknown_calls,
        confidence=config.confidence,
        resamples=config.resamples,
        notes=human.notes,
    )


def _practice(pairs: Pairs, bands: Bands, config: CalibrationConfig) -> PracticeCalibration:
    both = pairs.both
    machine, people = pairs.machine[both], pairs.people[both]
    of_machine, of_people = bands.of(machine), bands.of(people)
    count = len(bands.names)
    kappa = cohen_kappa(of_machine, of_people, count, config)
    prevalence = _prevalence(of_machine, of_people, bands)
    rater_to_rater = _among_raters(pairs, bands, config)
    return PracticeCalibration(
        practice=pairs.practice,
        bands=bands,
        calls=int(both.sum()),
        raters=len(pairs.raters),
        only_people=int((np.isnan(pairs.machine) & ~np.isnan(pairs.people)).sum()),
        only_machine=int((~np.isnan(pairs.machine) & np.isnan(pairs.people)).sum()),
        neither=int((np.isnan(pairs.machine) & np.isnan(pairs.people)).sum()),
        prevalence=prevalence,
        agreement=percent_agreement(of_machine, of_people, config),
        kappa=kappa,
        weighted_kappa=cohen_kappa(of_machine, of_people, count, config, quadratic=True),
        icc=icc_2_1(np.column_stack([machine, people]), config),
        bias=bias(machine, people, config),
        machine_to_rater=_machine_to_raters(pairs, bands, config),
        rater_to_rater=rater_to_rater,
        most_different=_most_different(pairs, config.most_different),
        automatic=None if pairs.practice == OVERALL else _automatic(kappa, config),
        suggestion=suggest_edges(machine, people, bands, config),
        notes=_notes(kappa.calls, prevalence, rater_to_rater, config),
    )


def _prevalence(machine: IntArray, people: IntArray, bands: Bands) -> tuple[BandShare, ...]:
    if not len(machine):
        return ()
    return tuple(
        BandShare(name, float((people == band).mean()), float((machine == band).mean()))
        for band, name in enumerate(bands.names)
    )


def _most_different(pairs: Pairs, most: int) -> tuple[DifferentCall, ...]:
    calls = [
        DifferentCall(call_id, float(ours), float(theirs), float(ours - theirs))
        for call_id, ours, theirs in zip(pairs.call_ids, pairs.machine, pairs.people, strict=True)
        if abs(ours - theirs) > 0  # not where one of them is NaN
    ]
    return tuple(sorted(calls, key=lambda call: (-abs(call.difference), call.call_id))[:most])


# ----------------------------------------------------------------- one against one


def _machine_to_raters(pairs: Pairs, bands: Bands, config: CalibrationConfig) -> PairwiseAgreement:
    return _pairwise([(pairs.machine, scores) for scores in pairs.raters_scores.T], bands, config)


def _among_raters(pairs: Pairs, bands: Bands, config: CalibrationConfig) -> PairwiseAgreement:
    return _pairwise(list(combinations(pairs.raters_scores.T, 2)), bands, config)


def _pairwise(
    couples: Sequence[tuple[FloatArray, FloatArray]], bands: Bands, config: CalibrationConfig
) -> PairwiseAgreement:
    """Mean agreement of couples of scores (calls,), NaN where one has none."""
    kappas: list[tuple[Statistic, BoolArray]] = []
    weighted: list[tuple[Statistic, BoolArray]] = []
    iccs: list[tuple[Statistic, BoolArray]] = []
    for first, second in couples:
        shared = ~np.isnan(first) & ~np.isnan(second)
        if shared.sum() < config.min_shared_calls:
            continue
        one, other, count = bands.of(first[shared]), bands.of(second[shared]), len(bands.names)
        kappas.append((kappa_statistic(one, other, count, quadratic=False), shared))
        weighted.append((kappa_statistic(one, other, count, quadratic=True), shared))
        iccs.append((icc_statistic(np.column_stack([first[shared], second[shared]])), shared))
    if not kappas:
        return PairwiseAgreement(0, _NOBODY, _NOBODY, _NOBODY)
    used = np.any([shared for _, shared in kappas], axis=0)
    kappas, weighted, iccs = (
        [(statistic, shared[used]) for statistic, shared in group]
        for group in (kappas, weighted, iccs)
    )
    calls = int(used.sum())
    return PairwiseAgreement(
        len(kappas),
        estimate(mean_of(kappas), calls, config, ONE_BAND),
        estimate(mean_of(weighted), calls, config, ONE_BAND),
        estimate(mean_of(iccs), calls, config, NO_SPREAD),
    )


# ----------------------------------------------------------------- what follows from it


def _automatic(kappa: Estimate, config: CalibrationConfig) -> Automatic:
    """Whether kappa is surely high enough."""
    needed = config.automatic_kappa
    if kappa.value is None:
        return Automatic(False, f"there is no kappa: {kappa.reason}")
    if kappa.calls < config.min_calls:
        return Automatic(False, f"{kappa.calls} of the {config.min_calls} calls that it takes")
    if kappa.low is None:
        return Automatic(False, f"kappa has no interval: {kappa.reason}")
    low = math.floor(100 * kappa.low) / 100  # never rounded up to what it takes
    if kappa.low < needed:
        return Automatic(False, f"kappa may be as low as {low:.2f}; it takes {needed:g} at least")
    return Automatic(True, f"kappa is at least {low:.2f}; it takes {needed:g}")


def _notes(
    calls: int,
    prevalence: Sequence[BandShare],
    rater_to_rater: PairwiseAgreement,
    config: CalibrationConfig,
) -> tuple[str, ...]:
    notes = []
    if calls < config.min_calls:
        notes.append(
            f"under {config.min_calls} calls: the numbers may change much with the next calls"
        )
    notes += [
        f"people put {share.by_people:.0%} of the calls into '{share.name}': kappa is low or "
        "unsure then, also when machine and people mostly agree; add calls of the other bands"
        for share in prevalence
        if share.by_people > config.common_band
    ]
    among = rater_to_rater.kappa.value
    if among is not None and among < config.automatic_kappa:
        notes.append(
            f"people agree with each other at kappa {among:.2f} only: settle between them what "
            "the practice asks before the machine is changed"
        )
    return tuple(notes)
