"""Spread of values: median and quartiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Spread:
    """Median and quartiles of so many calls, in the measure's unit."""

    low: float
    median: float
    high: float
    calls: int


def spread_of(values: Sequence[float] | FloatArray) -> Spread | None:
    """Median and quartiles, ``None`` of nothing."""
    if len(values) == 0:
        return None
    low, median, high = np.quantile(np.asarray(values, dtype=np.float64), [0.25, 0.5, 0.75])
    return Spread(float(low), float(median), float(high), len(values))
