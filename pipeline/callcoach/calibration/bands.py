"""Bands that scores fall into."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from callcoach.errors import ConfigError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Bands:
    """Bands of scores from 0 to 100.

    ``edges`` rise, above 0 and up to 100; a score on an edge belongs to the band above it.
    ``names`` are one more than the edges, from the lowest band up.

    Raises
    ------
    ConfigError
        If the edges do not rise, lie outside, or the names do not fit them.
    """

    edges: tuple[float, ...] = (50.0, 75.0)
    names: tuple[str, ...] = ("low", "middle", "high")

    def __post_init__(self) -> None:
        edges = list(self.edges)
        if not edges or edges != sorted(set(edges)) or edges[0] <= 0 or edges[-1] > 100:
            raise ConfigError(
                f"edges of bands must rise, above 0 and up to 100, such as 50, 75; found {edges}"
            )
        if len(set(self.names)) != len(self.names) or len(self.names) != len(edges) + 1:
            raise ConfigError(
                f"{len(edges)} edges make {len(edges) + 1} bands, each with its own name; "
                f"found {', '.join(self.names) or 'none'}"
            )

    def of(self, scores: FloatArray) -> IntArray:
        """The band of each score, 0 for the lowest; -1 where the score is NaN.

        >>> Bands((50.0, 75.0)).of(np.array([10.0, 50.0, 99.0, np.nan])).tolist()
        [0, 1, 2, -1]
        """
        found = np.searchsorted(np.asarray(self.edges), scores, side="right")
        return np.where(np.isnan(scores), -1, found).astype(np.int64)

    def words(self) -> str:
        """``low under 50, middle 50 to under 75, high from 75``."""
        parts = [f"{self.names[0]} under {self.edges[0]:g}"]
        for name, low, high in zip(self.names[1:-1], self.edges, self.edges[1:], strict=False):
            parts.append(f"{name} {low:g} to under {high:g}")
        return ", ".join([*parts, f"{self.names[-1]} from {self.edges[-1]:g}"])
