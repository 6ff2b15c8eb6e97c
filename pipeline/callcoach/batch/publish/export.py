"""The tables of an output folder, copied out for other programs: Excel, CSV, Parquet.

No analysis is read. Nothing in the output folder is changed.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from callcoach import __version__
from callcoach.config.files import nearest
from callcoach.errors import ConfigError, StoreError
from callcoach.reports.tables.columns import CALL, COLUMNS
from callcoach.reports.tables.spreadsheet import csv_text
from callcoach.reports.tables.tables import frame_of, parquet
from callcoach.reports.tables.workbook import About, write_workbook
from callcoach.storage.output_folder import Store, write_file

if TYPE_CHECKING:
    import pyarrow as pa


WORK_PREFIX = ".callcoach-"
"""How a folder begins in which a workbook is made."""

USUAL_EXTRA = "queue"
"""A column of the manifest by which many teams filter: in every exported table where it exists."""


class Format(StrEnum):
    """What is written."""

    XLSX = "xlsx"
    CSV = "csv"
    PARQUET = "parquet"


def format_of(output: Path, named: str | None) -> Format:
    """The format that is meant: the one named, else by the ending of the output.

    Raises
    ------
    ConfigError
        If the two do not fit, or neither says it.
    """
    workbook = output.suffix.lower() == ".xlsx"
    if named is None:
        if not workbook:
            raise ConfigError(
                f"--output {output} says no format: name a workbook (NAME.xlsx), or give a folder "
                "and --format csv or parquet"
            )
        return Format.XLSX
    form = Format(named)
    if (form is Format.XLSX) != workbook:
        raise ConfigError(
            f"--output {output} does not fit --format {form}: a workbook is one file NAME.xlsx, "
            "csv and parquet go into a folder"
        )
    return form


def export(
    store: Store,
    output: Path,
    form: Format,
    *,
    names: Sequence[str] = (),
    extra: Sequence[str] | None = None,
    now: datetime,
) -> dict[str, int]:
    """Write the tables of an output folder elsewhere; waits for whoever writes them now.

    Parameters
    ----------
    store
        An output folder with tables.
    output
        The workbook's file, or the folder for the other formats.
    form
        What to write.
    names
        The tables; all of them where none is named.
    extra
        Columns of ``calls`` that every other table gets too; ``None`` gives ``queue`` where the
        manifest has it.
    now
        The time that the workbook names.

    Returns
    -------
    dict
        Rows of each table that was written.

    Raises
    ------
    ConfigError
        If there is no such table or column.
    StoreError
        If a table cannot be read or the output cannot be written.
    """
    unknown = next((name for name in names if name not in COLUMNS), None)
    if unknown is not None:
        raise ConfigError(f"there is no table {unknown!r}; {nearest(unknown, COLUMNS)}")
    # To the end: what is written into the folder itself must not come after a purge of it.
    with store.closing(only_reading=True):
        calls = _read(store, "calls")
        wanted = _extra_columns(calls, extra)
        tables = {
            name: calls if name == "calls" else _with_extra(_read(store, name), calls, wanted)
            for name in COLUMNS
            if name in (names or COLUMNS)
        }
        if form is Format.XLSX:
            _write_xlsx(output, tables, _about(calls, now))
        else:
            for name, content in _files(tables, form):
                write_file(output / name, content)
    return {name: table.num_rows for name, table in tables.items()}


def _read(store: Store, name: str) -> pa.Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = store.tables / f"{name}.parquet"
    try:
        return pq.read_table(path)
    except (OSError, pa.ArrowException) as error:
        raise StoreError(
            f"cannot read the table {path}: {error}; `callcoach report {store.root}` writes the "
            "tables anew"
        ) from error


def _extra_columns(calls: pa.Table, extra: Sequence[str] | None) -> tuple[str, ...]:
    if extra is None:
        return (USUAL_EXTRA,) if USUAL_EXTRA in calls.column_names else ()
    for name in extra:
        if name not in calls.column_names:
            raise ConfigError(
                f"the table calls has no column {name!r}; {nearest(name, calls.column_names)}"
            )
    return tuple(name for name in dict.fromkeys(extra) if name not in CALL)


def _with_extra(table: pa.Table, calls: pa.Table, extra: Sequence[str]) -> pa.Table:
    """The table with columns of its calls behind those that every table begins with."""
    import pyarrow.compute as pc

    if not extra:
        return table
    rows = pc.index_in(table["call_id"], calls["call_id"].combine_chunks())
    for place, name in enumerate(extra, len([n for n in CALL if n in table.column_names])):
        own = f"call_{name}" if name in table.column_names else name
        table = table.add_column(place, own, calls[name].take(rows))
    return table


def _files(tables: Mapping[str, pa.Table], form: Format) -> Iterator[tuple[str, bytes]]:
    for name, table in tables.items():
        if form is Format.CSV:
            # With the mark that makes Excel read UTF-8.
            yield f"{name}.csv", csv_text(frame_of(table)).encode("utf-8-sig")
        else:
            yield f"{name}.parquet", parquet(table)


def _about(calls: pa.Table, now: datetime) -> About:
    named = zip(calls["scorecard"], calls["scorecard_version"], strict=True)
    cards = {f"{name} {version}" for name, version in named if name.is_valid}
    return About(now, __version__, calls.num_rows, tuple(sorted(cards)))


def _write_xlsx(output: Path, tables: Mapping[str, pa.Table], about: About) -> None:
    """Write the workbook beside its place, then rename it: whole or not at all."""
    import xlsxwriter.exceptions

    try:
        output.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Beside its place, not in a folder for temporary files that others may share.
        with tempfile.TemporaryDirectory(dir=output.parent, prefix=WORK_PREFIX) as work:
            made = Path(work) / output.name
            with os.fdopen(os.open(made, os.O_CREAT | os.O_RDWR, 0o600), "w+b") as file:
                write_workbook(tables, about, file, Path(work))
                file.flush()
                os.fsync(file.fileno())
            made.replace(output)
    except (OSError, xlsxwriter.exceptions.FileCreateError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise StoreError(
            f"cannot write {output}: {reason}; free some space, check its permissions or close it "
            "where it is open"
        ) from error
