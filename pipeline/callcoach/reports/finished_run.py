"""A finished run, read as typed objects and as pandas: for a script or a notebook."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from callcoach.calibration.human import read_human
from callcoach.calibration.stored import StoredScores, one_scorecard, scores_of
from callcoach.config.config import Config
from callcoach.errors import SourceError, StoreError
from callcoach.model.analysis import CallAnalysis
from callcoach.model.coaching import OVERALL
from callcoach.model.failed_call import FailedCall
from callcoach.reports.run_calibration import RunCalibration
from callcoach.reports.tables.columns import COLUMNS
from callcoach.reports.tables.tables import Tables, frame_of
from callcoach.storage.ledger import finished_calls
from callcoach.storage.output_folder import Store

if TYPE_CHECKING:
    import pandas as pd


def open_run(folder: str | Path) -> FinishedRun:
    """Open the output folder of ``callcoach run``. Nothing in it is changed.

    Raises
    ------
    StoreError
        If the folder is none.
    """
    return FinishedRun(Store.existing(Path(folder)))


class FinishedRun:
    """What a run left in its output folder; see :func:`open_run`.

    What is read once is kept: open the folder again to see what a later run wrote.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def folder(self) -> Path:
        """The output folder."""
        return self._store.root

    @cached_property
    def call_ids(self) -> tuple[str, ...]:
        """The ids of the finished calls, sorted."""
        return tuple(sorted(finished_calls(self._store.ledger)))

    @cached_property
    def failed(self) -> tuple[FailedCall, ...]:
        """The calls that have no report, each with its reason, by their ids."""
        return self._store.failures()

    def analysis(self, call_id: str) -> CallAnalysis:
        """Everything that is said about one call.

        Raises
        ------
        StoreError
            If there is no such call, or its ``analysis.json`` cannot be read.
        """
        return self._store.load(call_id)

    def analyses(self) -> Iterator[CallAnalysis]:
        """The finished calls one after the other, in the order of ``call_ids``."""
        return (self.analysis(call_id) for call_id in self.call_ids)

    @cached_property
    def tables(self) -> Tables:
        """The tables as pandas frames, ``tables.calls``, ``tables.turns`` and so on.

        The columns are those of ``docs/tables.md``. A missing value is "not measured", never 0.

        Raises
        ------
        StoreError
            If a table is not there or cannot be read.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        found = {}
        with self._store.closing(only_reading=True):
            for name in COLUMNS:
                path = self._store.tables / f"{name}.parquet"
                try:
                    found[name] = frame_of(pq.read_table(path))
                except (OSError, pa.ArrowException) as error:
                    raise StoreError(
                        f"cannot read the table {path}; `callcoach report {self.folder}` writes it"
                    ) from error
        return Tables(**found)

    @cached_property
    def scores(self) -> pd.DataFrame:
        """The scores, 0 to 100: a row for each call, a column for each practice and ``overall``.

        A missing score is not 0: there was nothing to judge, or too little to judge it by. Calls
        that were never scored are no rows.
        """
        import pandas as pd

        rows = {one.call.call_id: dict(one.call.scores) for one in self._scored if one is not None}
        frame = pd.DataFrame.from_dict(rows, orient="index").astype("Float64")
        return frame.rename_axis("call_id")

    def calibrate(self, human: str | Path, settings: Config | None = None) -> RunCalibration:
        """Put the scores beside those that people gave to the same calls.

        Parameters
        ----------
        human
            A CSV file with the columns ``call_id, rater, practice, score``; see
            ``docs/calibration.md``.
        settings
            From :func:`callcoach.load_settings`; ``None`` takes the defaults.

        Raises
        ------
        SourceError
            If the file is no such table or has wrong rows, if calls have no scores, or were scored
            by more than one scorecard.
        """
        calls = [one for one in self._scored if one is not None]
        sha256 = one_scorecard(calls, len(self._scored) - len(calls), str(self.folder))
        practices = [name for name in calls[0].call.scores if name != OVERALL]
        people = read_human(Path(human), practices, [one.call.call_id for one in calls])
        if not people.scores:
            raise SourceError(f"{human} has no scores of people; fill it in")
        return RunCalibration(calls, people, sha256, (settings or Config()).calibration)

    @cached_property
    def _scored(self) -> tuple[StoredScores | None, ...]:
        return tuple(scores_of(analysis) for analysis in self.analyses())
