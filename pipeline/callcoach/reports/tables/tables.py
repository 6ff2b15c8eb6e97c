"""The tables of a batch: one row a call, a turn, a word, and so on.

Columns and their types are the same for every batch, an empty one included; only the metadata
columns at the end of ``calls`` depend on the manifest. A missing value means "not measured".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from callcoach.model.analysis import CallAnalysis
from callcoach.reports.tables.columns import COLUMNS, FLAG, REAL, TEXT, WHOLE
from callcoach.reports.tables.rows import Row, call_row, metadata_row, part_rows

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


@dataclass(frozen=True)
class Tables:
    """The tables of a batch.

    ``voice`` has one row per call, speaker and scope; the scope is ``call``, the id of a turn, or
    ``window``. ``stretches`` are the named ones. ``concerns`` holds each concern with its answer.
    ``practices`` and ``situations`` hold the scores of the guide's chapters and situations.
    """

    calls: pd.DataFrame
    turns: pd.DataFrame
    words: pd.DataFrame
    overlaps: pd.DataFrame
    voice: pd.DataFrame
    stretches: pd.DataFrame
    tension: pd.DataFrame
    concerns: pd.DataFrame
    paraphrases: pd.DataFrame
    practices: pd.DataFrame
    situations: pd.DataFrame
    findings: pd.DataFrame


def build_tables(analyses: Iterable[CallAnalysis]) -> Tables:
    """Put analyses into tables, in the order given.

    A metadata column with the name of a fixed column of ``calls`` gets ``manifest_`` before it.
    """
    rows: dict[str, list[Row]] = {name: [] for name in COLUMNS}
    metadata: set[str] = set()
    for analysis in analyses:
        extra = metadata_row(analysis.call.metadata)
        metadata.update(extra)
        rows["calls"].append(call_row(analysis) | extra)
        for name, part in part_rows(analysis).items():
            rows[name].extend(part)
    return _tables(rows, metadata)


def empty_tables(metadata: Iterable[str]) -> Tables:
    """Tables without a row, with these metadata columns."""
    return _tables({name: [] for name in COLUMNS}, metadata)


def _tables(rows: Mapping[str, Sequence[Row]], metadata: Iterable[str]) -> Tables:
    columns = {name: dict(fixed) for name, fixed in COLUMNS.items()}
    columns["calls"].update(dict.fromkeys(sorted(metadata), TEXT))
    return Tables(**{name: _frame(rows[name], columns[name]) for name in COLUMNS})


def _frame(rows: Sequence[Row], columns: Mapping[str, str]) -> pd.DataFrame:
    import pandas as pd

    # Nullable types from the start: a column of whole numbers with a gap must not become float.
    frame = pd.DataFrame(
        {name: pd.Series([row.get(name) for row in rows], dtype="object") for name in columns}
    )
    return frame.astype(dict(columns))


def arrow(frame: pd.DataFrame) -> pa.Table:
    """A table as Arrow keeps it, with the types of its columns."""
    import pyarrow as pa

    types = {TEXT: pa.string(), WHOLE: pa.int64(), REAL: pa.float64(), FLAG: pa.bool_()}
    schema = pa.schema([(str(name), types[str(dtype)]) for name, dtype in frame.dtypes.items()])
    return pa.Table.from_pandas(frame, schema=schema, preserve_index=False)


def frame_of(table: pa.Table) -> pd.DataFrame:
    """A table as pandas keeps it, with types that know missing values."""
    import pandas as pd
    import pyarrow as pa

    types = {
        pa.string(): pd.StringDtype(),
        pa.int64(): pd.Int64Dtype(),
        pa.float64(): pd.Float64Dtype(),
        pa.bool_(): pd.BooleanDtype(),
    }
    frame: pd.DataFrame = table.to_pandas(types_mapper=types.get, ignore_metadata=True)
    return frame


def parquet(table: pa.Table) -> bytes:
    """A Parquet file; the same rows give the same bytes, however they are chunked in memory."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    pq.write_table(table.combine_chunks(), sink)
    content: bytes = sink.getvalue().to_pybytes()
    return content
