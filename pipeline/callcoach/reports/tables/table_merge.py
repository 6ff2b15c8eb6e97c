"""Tables of a batch from those of before: some calls' rows take the place of older ones.

What comes out is what all calls together would give: rows in order of call id, and within a call
as the call gives them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING

from callcoach.model.recording import MetadataItem
from callcoach.reports.tables.columns import COLUMNS
from callcoach.reports.tables.rows import metadata_row
from callcoach.reports.tables.tables import arrow, empty_tables

if TYPE_CHECKING:
    import pyarrow as pa


_ID = "call_id"


def schemas(metadata: Iterable[Iterable[MetadataItem]]) -> dict[str, pa.Schema]:
    """The columns and types of every table, by name, for calls with this metadata."""
    names = {name for items in metadata for name in metadata_row(items)}
    tables = empty_tables(names)
    return {name: arrow(getattr(tables, name)).schema for name in COLUMNS}


def merged(
    old: pa.Table | None, keep: Collection[str], new: Iterable[pa.Table], schema: pa.Schema
) -> pa.Table:
    """Put the rows of new tables into an old one.

    Parameters
    ----------
    old
        The table as it was, in order of call id; ``None`` where there is none.
    keep
        Calls whose rows in the old table still count.
    new
        Rows of the other calls, each call in one of them only.
    schema
        Columns of the result: what a table lacks is missing there, what is too many is left out.
    """
    import pyarrow as pa

    places: dict[str, tuple[pa.Table, int, int]] = {}
    if old is not None:
        places = {
            call_id: (fitted, start, stop)
            for fitted in (_fitted(old, schema),)
            for call_id, start, stop in _runs(fitted)
            if call_id in keep
        }
    for table in new:
        fitted = _fitted(table, schema)
        places |= {call_id: (fitted, start, stop) for call_id, start, stop in _runs(fitted)}
    parts = [table.slice(start, stop - start) for table, start, stop in _joined(places)]
    return pa.concat_tables(parts) if parts else schema.empty_table()


def _fitted(table: pa.Table, schema: pa.Schema) -> pa.Table:
    import pyarrow as pa

    columns = [
        table.column(field.name).cast(field.type)
        if field.name in table.column_names
        else pa.nulls(table.num_rows, field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def _runs(table: pa.Table) -> Iterator[tuple[str, int, int]]:
    """Each call of a table with the place of its first row and that after its last."""
    import pyarrow.compute as pc

    first = at = 0
    last: str | None = None
    for chunk in table.column(_ID).chunks:
        encoded = pc.run_end_encode(chunk)
        starts = [0, *encoded.run_ends.to_pylist()]
        for call_id, start in zip(encoded.values.to_pylist(), starts, strict=False):
            if call_id == last:  # goes on from the chunk before
                continue
            if last is not None:
                yield last, first, at + start
            first, last = at + start, call_id
        at += len(chunk)
    if last is not None:
        yield last, first, at


def _joined(
    places: dict[str, tuple[pa.Table, int, int]],
) -> Iterator[tuple[pa.Table, int, int]]:
    """The places in order of call id, neighbours in one."""
    current: tuple[pa.Table, int, int] | None = None
    for _, (table, start, stop) in sorted(places.items()):
        if current is not None and current[0] is table and current[2] == start:
            current = (table, current[1], stop)
            continue
        if current is not None:
            yield current
        current = (table, start, stop)
    if current is not None:
        yield current
