"""Estimates with intervals, by resampling whole calls.

A statistic here is a function of *weights*: how often each call counts. Weights of 1 give its value
on the data, the counts of a bootstrap resample (Efron and Tibshirani 1993) its value on that
resample. Whole calls are drawn, with all that their raters said, because scores of one call belong
together. Intervals are percentile intervals: plain, and never outside what the statistic can be.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from callcoach.calibration.bands import FloatArray
from callcoach.config.calibration import CalibrationConfig

Statistic = Callable[[FloatArray], FloatArray]
"""From weights of shape (resamples, calls) to values of shape (resamples,), NaN = undefined."""

_CHUNK = 250  # resamples at a time: keeps memory small with many calls


@dataclass(frozen=True)
class Estimate:
    """A number with its interval.

    ``value`` is ``None`` where it cannot be worked out, ``low`` and ``high`` where there is no
    interval; ``reason`` then says why. ``calls`` is how many calls stand behind it. Never NaN.
    """

    value: float | None
    low: float | None
    high: float | None
    calls: int
    reason: str | None = None


def estimate(
    statistic: Statistic, calls: int, config: CalibrationConfig, undefined: str
) -> Estimate:
    """The value of a statistic and its percentile bootstrap interval.

    Resamples in which the statistic is undefined are left out, up to ``config.max_undefined``.

    Parameters
    ----------
    statistic
        The statistic as a function of the calls' weights.
    calls
        How many calls there are to draw from.
    config
        Confidence, resamples and the fewest calls for an interval.
    undefined
        The reason to give when the statistic has no value, in words.
    """
    if calls == 0:
        return Estimate(None, None, None, 0, "no calls were scored by both")
    value = float(statistic(np.ones((1, calls)))[0])
    if np.isnan(value):
        return Estimate(None, None, None, calls, undefined)
    if calls < config.min_interval_calls:
        return Estimate(value, None, None, calls, too_few(calls, config.min_interval_calls))
    low, high, reason = percentiles(resampled(statistic, calls, config), config)
    return Estimate(value, low, high, calls, reason)


def resampled(
    statistic: Statistic, calls: int, config: CalibrationConfig, stream: int = 0
) -> FloatArray:
    """The statistic on ``config.resamples`` resamples; ``stream`` gives independent draws."""
    rng = np.random.default_rng((config.seed, stream))
    parts = []
    for start in range(0, config.resamples, _CHUNK):
        size = min(_CHUNK, config.resamples - start)
        drawn = rng.integers(0, calls, size=(size, calls)) + calls * np.arange(size)[:, None]
        weights = np.bincount(drawn.ravel(), minlength=size * calls).reshape(size, calls)
        parts.append(statistic(weights.astype(np.float64)))
    return np.concatenate(parts)


def percentiles(
    values: FloatArray, config: CalibrationConfig
) -> tuple[float | None, float | None, str | None]:
    """Lower and upper end of the interval, or ``None`` twice and the reason."""
    defined = values[~np.isnan(values)]
    if len(defined) < (1 - config.max_undefined) * len(values):
        share = round(100 * (1 - len(defined) / len(values)))
        return None, None, f"it cannot be worked out in {share} % of the resamples: too little data"
    if defined.min() == defined.max():
        return None, None, "all resamples give the same: too little spread for an interval"
    tail = (1 - config.confidence) / 2
    low, high = np.quantile(defined, [tail, 1 - tail])
    return float(low), float(high), None


def wilson(share: float, calls: int, confidence: float) -> tuple[float, float]:
    """The score interval of a share (Wilson 1927): unlike the bootstrap, sound at 0 and 1.

    >>> low, high = wilson(0.9, 20, confidence=0.95)
    >>> round(low, 2), round(high, 2)
    (0.7, 0.97)
    """
    z2 = NormalDist().inv_cdf(0.5 + confidence / 2) ** 2
    centre = (share + z2 / (2 * calls)) / (1 + z2 / calls)
    half = np.sqrt(z2 * (share * (1 - share) / calls + z2 / (4 * calls**2))) / (1 + z2 / calls)
    return max(0.0, float(centre - half)), min(1.0, float(centre + half))


def too_few(calls: int, needed: int) -> str:
    """Why there is no interval."""
    return f"{calls} of the {needed} calls that an interval needs"
