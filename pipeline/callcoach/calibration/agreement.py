"""How well scores agree: kappa, weighted kappa, intraclass correlation, bias.

All take scores as arrays with one entry (or row) for each call, without gaps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from callcoach.calibration.bands import BoolArray, FloatArray, IntArray
from callcoach.calibration.resample import Estimate, Statistic, estimate, too_few, wilson
from callcoach.config.calibration import CalibrationConfig

ONE_BAND = "everything lies in one band, so agreement beyond chance cannot be told"
NO_SPREAD = "all scores are the same, or there is only one call"
_TINY = 1e-12
LIMIT_SDS = 1.959964
"""Limits of agreement lie so many standard deviations from the bias: 95 % of normal differences."""


@dataclass(frozen=True)
class Bias:
    """Machine minus people, in points (Bland and Altman 1986).

    ``mean`` is the bias with its interval. 95 % of the calls' differences lie about between
    ``low_limit`` and ``high_limit`` (the limits of agreement); ``None`` under two calls.
    """

    mean: Estimate
    low_limit: float | None
    high_limit: float | None


# ----------------------------------------------------------------- statistics of weights


def kappa_statistic(first: IntArray, second: IntArray, bands: int, quadratic: bool) -> Statistic:
    """Kappa of two raters' bands as a function of the calls' weights."""
    cells = np.zeros((len(first), bands * bands))
    cells[np.arange(len(first)), first * bands + second] = 1.0
    return lambda weights: kappas_of_tables((weights @ cells).reshape(-1, bands, bands), quadratic)


def kappas_of_tables(tables: FloatArray, quadratic: bool) -> FloatArray:
    """Kappa of each table of counts, shape (tables, bands, bands).

    ``1 - observed disagreement / disagreement by chance`` (Cohen 1960). With ``quadratic`` a
    disagreement counts with the square of the bands between (Fleiss and Cohen 1973). NaN where
    chance leaves no disagreement (both put all into the same single band) and for empty tables.

    >>> tables = np.array([[[20.0, 5.0], [10.0, 15.0]]])
    >>> kappas_of_tables(tables, quadratic=False).round(2).tolist()
    [0.4]
    """
    cost = _costs(tables.shape[-1], quadratic)
    with np.errstate(invalid="ignore"):  # a resample may draw none of the calls
        share = tables / tables.sum(axis=(1, 2), keepdims=True)
    chance = share.sum(axis=2)[:, :, None] * share.sum(axis=1)[:, None, :]
    observed = (share * cost).sum(axis=(1, 2))
    expected = (chance * cost).sum(axis=(1, 2))
    ratio = np.full(len(expected), np.nan)
    np.divide(observed, expected, out=ratio, where=expected > _TINY)
    return np.asarray(1.0 - ratio)


def _costs(bands: int, quadratic: bool) -> FloatArray:
    """What a disagreement of two bands costs, 0..1."""
    apart = np.abs(np.subtract.outer(np.arange(bands), np.arange(bands))) / (bands - 1)
    return np.asarray(apart**2 if quadratic else np.ceil(apart))


def icc_statistic(scores: FloatArray) -> Statistic:
    """ICC(2,1) of an array (calls, raters) as a function of the calls' weights.

    Two-way random effects, absolute agreement, a single rater: from the mean squares of calls,
    raters and rest (Shrout and Fleiss 1979; ICC(A,1) in McGraw and Wong 1996). NaN where the
    scores have no spread at all.
    """
    raters = scores.shape[1]
    of_calls = scores.mean(axis=1)
    within = scores - of_calls[:, None]
    squares = (within**2).sum(axis=1)
    smallest = _TINY * float(np.ptp(scores)) ** 2 if scores.size else 0.0

    def statistic(weights: FloatArray) -> FloatArray:
        calls = weights.sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = (weights @ of_calls) / calls
            of_raters = (weights @ within) / calls[:, None]  # each rater's distance to the mean
            between = (weights * (of_calls - mean[:, None]) ** 2).sum(axis=1)
            rater_squares = (of_raters**2).sum(axis=1)
            rest = np.maximum(weights @ squares - calls * rater_squares, 0.0)
            ms_calls = raters * between / (calls - 1)
            ms_raters = calls * rater_squares / (raters - 1)
            ms_rest = rest / ((calls - 1) * (raters - 1))
            total = ms_calls + (raters - 1) * ms_rest + raters / calls * (ms_raters - ms_rest)
            found = (ms_calls - ms_rest) / total
        return np.where((calls > 1) & (total > smallest), found, np.nan)

    return statistic


def mean_of(statistics: Sequence[tuple[Statistic, BoolArray]]) -> Statistic:
    """The mean of statistics that each look at some of the calls only; undefined ones left out."""

    def statistic(weights: FloatArray) -> FloatArray:
        values = np.stack([one(weights[:, calls]) for one, calls in statistics])
        known = (~np.isnan(values)).sum(axis=0)
        mean = np.full(weights.shape[0], np.nan)
        np.divide(np.nansum(values, axis=0), known, out=mean, where=known > 0)
        return mean

    return statistic


def mean_statistic(values: FloatArray) -> Statistic:
    """The mean as a function of the calls' weights."""
    return lambda weights: np.asarray((weights @ values) / weights.sum(axis=1))


# ----------------------------------------------------------------- estimates


def percent_agreement(first: IntArray, second: IntArray, config: CalibrationConfig) -> Estimate:
    """Share (0..1) of the calls that both put into the same band, with Wilson's interval."""
    return share_of(first == second, config)


def share_of(true: BoolArray, config: CalibrationConfig) -> Estimate:
    """The share (0..1) of calls for which something is true, with Wilson's interval."""
    calls = len(true)
    if calls == 0:
        return Estimate(None, None, None, 0, "no calls were scored by both")
    share = float(true.mean())
    if calls < config.min_interval_calls:
        return Estimate(share, None, None, calls, too_few(calls, config.min_interval_calls))
    return Estimate(share, *wilson(share, calls, config.confidence), calls)


def cohen_kappa(
    first: IntArray,
    second: IntArray,
    bands: int,
    config: CalibrationConfig,
    quadratic: bool = False,
) -> Estimate:
    """Cohen's kappa of two raters' bands, or quadratic weighted kappa; at most 1, 0 = chance.

    Where both agree on every call, no resample can hold a disagreement and the bootstrap would
    claim to know that there is none. The lower end is then what remains of kappa if the share of
    disagreements were as high as Wilson's interval allows, all of them as far apart as can be.

    Parameters
    ----------
    first, second
        Bands of the same calls, 0 for the lowest.
    bands
        How many bands there are, 2 or more.
    config
        Confidence, resamples and the fewest calls for an interval.
    quadratic
        Weigh disagreements by the square of the bands between.
    """
    statistic = kappa_statistic(first, second, bands, quadratic)
    found = estimate(statistic, len(first), config, ONE_BAND)
    if found.value != 1.0 or len(first) < config.min_interval_calls:
        return found
    return Estimate(1.0, _lowest_of_perfect(first, bands, config, quadratic), 1.0, len(first))


def _lowest_of_perfect(
    both: IntArray, bands: int, config: CalibrationConfig, quadratic: bool
) -> float:
    share = np.bincount(both, minlength=bands) / len(both)
    by_chance = float(share @ _costs(bands, quadratic) @ share)
    unseen = 1 - wilson(1.0, len(both), config.confidence)[0]
    return max(-1.0, 1 - unseen / by_chance)


def icc_2_1(scores: FloatArray, config: CalibrationConfig) -> Estimate:
    """ICC(2,1) of an array (calls, raters) without gaps; at most 1. See :func:`icc_statistic`.

    Absolute agreement: a rater who is always 10 points higher lowers it.
    """
    return estimate(icc_statistic(scores), len(scores), config, NO_SPREAD)


def bias(machine: FloatArray, people: FloatArray, config: CalibrationConfig) -> Bias:
    """Mean of machine minus people, in the scores' unit, and the limits of agreement."""
    difference = machine - people
    mean = estimate(mean_statistic(difference), len(difference), config, "")
    if mean.value is None or len(difference) < 2:
        return Bias(mean, None, None)
    reach = LIMIT_SDS * float(difference.std(ddof=1))
    return Bias(mean, mean.value - reach, mean.value + reach)
