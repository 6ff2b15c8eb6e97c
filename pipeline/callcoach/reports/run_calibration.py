"""The scores of a run beside people's, as typed results and as pandas frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from callcoach.calibration.bands import Bands
from callcoach.calibration.compare import calibrate
from callcoach.calibration.fairness import Fairness, check_fairness
from callcoach.calibration.human import HumanScores
from callcoach.calibration.pairs import ScoredCall, pair
from callcoach.calibration.permit import permits_of
from callcoach.calibration.result import Calibration
from callcoach.calibration.stored import StoredScores, groups_of, measures_of
from callcoach.config.calibration import CalibrationConfig
from callcoach.config.files import nearest
from callcoach.config.permit import Permits, permits_json
from callcoach.errors import SourceError
from callcoach.reports.tables.calibration_rows import calibration_rows, fairness_rows
from callcoach.storage.output_folder import write_file

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class GroupComparison:
    """Groups of calls beside all others: ``result``, and its differences as a frame."""

    result: Fairness

    @cached_property
    def table(self) -> pd.DataFrame:
        """A row for each group in each quantity; ``stands_out`` where the interval leaves out 0."""
        import pandas as pd

        # The names are those of the rows, which there may be none of.
        columns = ["column", "name", "quantity", "group", "calls", "value", "rest_calls", "rest"]
        columns += ["difference", "difference_low", "difference_high", "stands_out", "reason"]
        return pd.DataFrame(fairness_rows(self.result), columns=columns)


class RunCalibration:
    """The machine's scores beside people's, practice by practice.

    Parameters
    ----------
    calls
        The scored calls, all by one scorecard.
    people
        What people scored.
    scorecard_sha256
        The hash of that scorecard.
    settings
        Bands, confidence, resamples.
    """

    def __init__(
        self,
        calls: Sequence[StoredScores],
        people: HumanScores,
        scorecard_sha256: str,
        settings: CalibrationConfig,
    ) -> None:
        self.people = people
        self.scorecard_sha256 = scorecard_sha256
        self._calls, self._settings = calls, settings

    @property
    def scorecard(self) -> str:
        """Name and version of the scorecard."""
        return self._calls[0].scorecard

    @property
    def calls(self) -> int:
        """How many calls have scores of the machine."""
        return len(self._calls)

    @cached_property
    def result(self) -> Calibration:
        """The agreement of every practice, with intervals and notes."""
        return calibrate(self._machine, self.people, self._settings)

    @cached_property
    def practices(self) -> pd.DataFrame:
        """A row for each practice, the columns as ``docs/calibration.md`` explains them.

        Agreement and kappa are at most 1; bias is machine minus people, in points.
        """
        import pandas as pd

        return pd.DataFrame(calibration_rows(self.result)).set_index("practice")

    @cached_property
    def people_scores(self) -> pd.DataFrame:
        """What people scored, 0 to 100: a row for each score; missing where "not applicable"."""
        import pandas as pd

        return pd.DataFrame(
            [(s.call_id, s.rater, s.practice, s.score) for s in self.people.scores],
            columns=["call_id", "rater", "practice", "score"],
        )

    def bands(self, practice: str) -> pd.DataFrame:
        """How many calls people and machine put in each band: rows are people's bands.

        Raises
        ------
        SourceError
            If people did not score the practice.
        """
        import pandas as pd

        self._check(practice)
        bands = Bands(self._settings.band_edges, self._settings.band_names)
        pairs = pair(self._machine, self.people, practice)
        names = pd.Index(bands.names)
        by_people, by_machine = (
            pd.Categorical.from_codes(bands.of(scores[pairs.both]).tolist(), names)
            for scores in (pairs.people, pairs.machine)
        )
        return pd.crosstab(
            by_people,
            by_machine,
            dropna=False,
            rownames=[f"people: {practice}"],
            colnames=["machine"],
        )

    def most_different(self, practice: str) -> pd.DataFrame:
        """The calls on which people and machine differ most, in points.

        Raises
        ------
        SourceError
            If people did not score the practice.
        """
        import pandas as pd

        self._check(practice)
        found = next(one for one in self.result.practices if one.practice == practice)
        return pd.DataFrame(
            [(d.call_id, d.machine, d.people, d.difference) for d in found.most_different],
            columns=["call_id", "machine", "people", "difference"],
        )

    def groups(self, column: str) -> GroupComparison:
        """Compare groups of calls by a column of the manifest, or by ``agent_id``.

        Raises
        ------
        SourceError
            If no call has the column.
        """
        return GroupComparison(
            check_fairness(
                self._machine,
                groups_of(self._calls, column),
                self._settings,
                column,
                measures=measures_of(self._calls),
                human=self.people,
            )
        )

    @cached_property
    def permits(self) -> Permits:
        """Which practices may be automatic, for this scorecard."""
        return permits_of(self.result, self.scorecard_sha256)

    def write_permits(self, path: str | Path) -> None:
        """Write ``permits`` as the file that a scorecard names as ``calibration_file``.

        Raises
        ------
        StoreError
            If it cannot be written.
        """
        write_file(Path(path), permits_json(self.permits).encode())

    @cached_property
    def _machine(self) -> list[ScoredCall]:
        return [one.call for one in self._calls]

    def _check(self, practice: str) -> None:
        known = [one.practice for one in self.result.practices]
        if practice not in known:
            raise SourceError(f"people did not score {practice!r}; {nearest(practice, known)}")
