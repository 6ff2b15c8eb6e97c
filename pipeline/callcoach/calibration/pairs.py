"""The machine's and people's scores of one practice, call by call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from callcoach.calibration.bands import BoolArray, FloatArray
from callcoach.calibration.human import HumanScores
from callcoach.model.coaching import OVERALL


@dataclass(frozen=True)
class ScoredCall:
    """The machine's scores of a call by practice, ``overall`` among them: 0..100 or ``None``."""

    call_id: str
    scores: Mapping[str, float | None]


@dataclass(frozen=True)
class Pairs:
    """One practice over the calls that at least one person looked at, in the order of call ids.

    ``machine`` (calls,), ``raters_scores`` (calls, raters) and ``people`` (calls,) are 0..100 or
    NaN: no score. ``people`` is the mean of the raters who gave a score, unless most of those who
    looked said "not applicable". Raters are in alphabetical order.
    """

    practice: str
    call_ids: tuple[str, ...]
    raters: tuple[str, ...]
    machine: FloatArray
    raters_scores: FloatArray
    people: FloatArray

    @property
    def both(self) -> BoolArray:
        """Which calls the machine and people scored."""
        return np.asarray(~np.isnan(self.machine) & ~np.isnan(self.people))


def pair(machine: Sequence[ScoredCall], human: HumanScores, practice: str) -> Pairs:
    """The scores of one practice side by side; calls that only one side knows are left out."""
    of_machine = {call.call_id: call.scores.get(practice) for call in machine}
    rows = [s for s in human.scores if s.practice == practice and s.call_id in of_machine]
    call_ids = sorted({row.call_id for row in rows})
    raters = sorted({row.rater for row in rows})
    place = {call_id: index for index, call_id in enumerate(call_ids)}
    scores = np.full((len(call_ids), len(raters)), np.nan)
    looked = np.zeros(scores.shape)
    for row in rows:
        cell = place[row.call_id], raters.index(row.rater)
        looked[cell] = 1
        if row.score is not None:
            scores[cell] = row.score
    given = (~np.isnan(scores)).sum(axis=1)
    people = np.full(len(call_ids), np.nan)
    np.divide(np.nansum(scores, axis=1), given, out=people, where=given > 0)
    people[2 * given < looked.sum(axis=1)] = np.nan
    own = [of_machine[call_id] for call_id in call_ids]
    return Pairs(
        practice=practice,
        call_ids=tuple(call_ids),
        raters=tuple(raters),
        machine=np.array([np.nan if value is None else value for value in own], dtype=float),
        raters_scores=scores,
        people=people,
    )


def practices_of(machine: Sequence[ScoredCall], human: HumanScores) -> tuple[str, ...]:
    """All practices that people scored, in the machine's order, then the file's; the total last."""
    asked = {score.practice: None for score in human.scores}
    order = {name: None for call in machine for name in call.scores} | asked
    return tuple(
        sorted((name for name in order if name in asked), key=lambda name: name == OVERALL)
    )
