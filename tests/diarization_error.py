"""Diarisation error rate, as defined by NIST (RT-09 evaluation plan)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from callcoach.model.timeline import Span

STEP_S = 0.01

Timeline = Mapping[str, Sequence[Span]]


@dataclass(frozen=True)
class ErrorRate:
    """Shares of the scored speech: speech that was missed, invented, given to the wrong one."""

    missed: float
    invented: float
    confused: float

    @property
    def total(self) -> float:
        return self.missed + self.invented + self.confused


def error_rate(truth: Timeline, found: Timeline, collar_s: float = 0.25) -> ErrorRate:
    """Error of who speaks when, under the best one-to-one mapping of names.

    ``collar_s`` on both sides of every true edge is not scored. Speech of two people at once
    counts twice.
    """
    ends = [span.end_s for line in (truth, found) for spans in line.values() for span in spans]
    at = (np.arange(int(np.ceil(max(ends) / STEP_S))) + 0.5) * STEP_S
    scored = np.ones(len(at), dtype=bool)
    for spans in truth.values():
        for span in spans:
            for edge_s in (span.start_s, span.end_s):
                scored &= np.abs(at - edge_s) >= collar_s
    said, heard = (_rows(line, at)[:, scored] for line in (truth, found))
    shared = said.astype(int) @ heard.astype(int).T
    rows, columns = linear_sum_assignment(-shared)
    said_count, heard_count = said.sum(axis=0), heard.sum(axis=0)
    total = float(said_count.sum())
    right = float(shared[rows, columns].sum())
    return ErrorRate(
        float(np.maximum(said_count - heard_count, 0).sum()) / total,
        float(np.maximum(heard_count - said_count, 0).sum()) / total,
        (float(np.minimum(said_count, heard_count).sum()) - right) / total,
    )


def _rows(line: Timeline, at: np.ndarray) -> np.ndarray:
    rows = np.zeros((len(line), len(at)), dtype=bool)
    for row, spans in zip(rows, line.values(), strict=True):
        for span in spans:
            row |= (at >= span.start_s) & (at < span.end_s)
    return rows
