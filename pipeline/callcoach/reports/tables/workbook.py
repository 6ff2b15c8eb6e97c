"""The tables as an Excel workbook: one sheet a table, and a first one that says how to read it.

Every text is written as text: nothing in a cell is a formula or a link, whatever it begins with. A
text that would become a formula when somebody edits its cell carries Excel's own mark for text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from callcoach.reports.tables.column_words import (
    COLUMN_WORDS,
    TABLES,
    TYPES,
    ColumnWords,
    TableWords,
)
from callcoach.reports.tables.columns import COLUMNS
from callcoach.reports.tables.spreadsheet import is_formula, writable

if TYPE_CHECKING:
    import pyarrow as pa
    import xlsxwriter
    from xlsxwriter.worksheet import Worksheet


MOST_ROWS = 1_048_576
"""Rows of a sheet that Excel opens, its header included."""

_MOST_CHARACTERS = 32_767  # of a cell, counted as UTF-16 does

_CUT = " … (cut)"

_BATCH = 10_000  # rows in memory at once

_LOOKED_AT = 200  # rows that a column's width is taken from

_WIDEST = 60

_FIRST_YEAR = 1900  # Excel has no earlier dates

_READING = (
    "An empty cell means: not measured. 0 means: measured, and none found.",
    "Times (…_s) are in seconds from the start of the recording; other units stand in the name, "
    "and on the sheet Columns.",
    "started_at is the time of day that the manifest gives; its time zone stands in the CSV and "
    "Parquet exports.",
    "What is found in words, and every suggestion, is for a person to confirm. Numbers describe "
    "delivery and words; they are no verdict on anybody.",
)


@dataclass(frozen=True)
class About:
    """What the first sheet says: when and with what the workbook was made.

    ``scored_with`` are names and versions of the scorecards in it.
    """

    made_at: datetime
    version: str
    calls: int
    scored_with: tuple[str, ...] = ()


def write_workbook(
    tables: Mapping[str, pa.Table], about: About, file: IO[bytes], work: Path
) -> None:
    """Write the tables as a workbook.

    Parameters
    ----------
    tables
        Tables by name, with the columns of :data:`COLUMNS` and any others. One with more rows than
        a sheet can hold goes on in further sheets: ``words``, ``words 2`` ...
    about
        What the first sheet says.
    file
        Where the workbook goes.
    work
        A private folder for what is under way: the sheets are never in memory whole.
    """
    import xlsxwriter

    options = {
        "constant_memory": True,
        "tmpdir": str(work),
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(file, options) as book:
        book.set_properties({"title": "callcoach tables", "created": about.made_at})
        look = _Look(book)
        sheets = {name: _sheets_of(name, table.num_rows) for name, table in tables.items()}
        _write_about(book.add_worksheet("About"), about, tables, sheets, look)
        _write_columns(book.add_worksheet("Columns"), tables, look)
        for name, table in tables.items():
            most = MOST_ROWS - 1
            for place, title in enumerate(sheets[name]):
                part = table.slice(place * most, most)
                _write_table(book.add_worksheet(title), part, look)


class _Look:
    """The formats of a workbook."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        wrapped = {"text_wrap": True, "valign": "top"}
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.head = book.add_format({"bold": True, "bottom": 1, **wrapped})
        self.prose = book.add_format(wrapped)
        self.text = book.add_format({"quote_prefix": True})
        self.date = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})


def _sheets_of(name: str, rows: int) -> tuple[str, ...]:
    """Names of the sheets that so many rows need."""
    count = max(1, -(-rows // (MOST_ROWS - 1)))
    return (name, *(f"{name} {number}" for number in range(2, count + 1)))


# --------------------------------------------------------------------------- the first sheets


def _write_about(
    sheet: Worksheet,
    about: About,
    tables: Mapping[str, pa.Table],
    sheets: Mapping[str, Sequence[str]],
    look: _Look,
) -> None:
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 12)
    sheet.set_column(2, 2, 110)
    rows = _Rows(sheet)
    rows.add(("callcoach tables",), look.title)
    rows.add(("Made", "", about.made_at.isoformat(" ", "minutes")))
    rows.add(("Made with", "", f"callcoach {about.version}"))
    rows.add(("Calls", about.calls))
    rows.add(("Scored with", "", "; ".join(about.scored_with) or "nothing: not scored"))
    rows.add(())
    rows.add(("How to read it",), look.head)
    for line in _READING:
        rows.add(("", "", line), look.prose)
    rows.add(())
    rows.add(("Sheet", "Rows", "One row is"), look.head)
    for name, table in tables.items():
        words = TABLES.get(name, TableWords(""))
        said = ". ".join(part for part in (words.row, words.notes) if part)
        if len(sheets[name]) > 1:
            said += (
                f". Too long for one sheet of Excel: it goes on in {', '.join(sheets[name][1:])}"
            )
        rows.add((name, table.num_rows, said), look.prose)


def _write_columns(sheet: Worksheet, tables: Mapping[str, pa.Table], look: _Look) -> None:
    for place, width in enumerate((14, 34, 14, 24, 34, 80)):
        sheet.set_column(place, place, width)
    rows = _Rows(sheet)
    rows.add(("table", "column", "type", "unit", "range", "meaning"), look.head)
    count = 0
    for table, content in tables.items():
        for name in content.column_names:
            types = COLUMNS.get(table, {})
            words = COLUMN_WORDS.get(table, {}).get(name, ColumnWords("a column of the manifest"))
            dtype = TYPES[types[name]] if name in types else "text"
            said = (table, name, dtype, words.unit, words.range, words.meaning)
            rows.add(said, look.prose)
            count += 1
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, count, 5)


class _Rows:
    """Rows, one under the other: what was written cannot be changed any more."""

    def __init__(self, sheet: Worksheet) -> None:
        self._sheet = sheet
        self._row = 0

    def add(self, cells: Iterable[str | int], form: Any = None) -> None:
        """Write a row; an empty text leaves its cell empty."""
        for column, cell in enumerate(cells):
            if isinstance(cell, int):
                self._sheet.write_number(self._row, column, cell, form)
            elif cell:
                self._sheet.write_string(self._row, column, _fitting(cell), form)
        self._row += 1


# --------------------------------------------------------------------------- a table


def _write_table(sheet: Worksheet, table: pa.Table, look: _Look) -> None:
    import pyarrow as pa

    names = table.column_names
    widths = [len(name) + 4 for name in names]  # the filter's arrow needs some room
    for column, name in enumerate(names):
        sheet.write_string(0, column, _fitting(name), look.head)
    for row, cells in enumerate(_rows(table), 1):
        for column, value in enumerate(cells):
            if value is None:
                continue
            if isinstance(value, str):
                _write_text(sheet, row, column, names[column], value, look)
                if row <= _LOOKED_AT:
                    widths[column] = max(widths[column], len(value))
            elif isinstance(value, bool):
                sheet.write_boolean(row, column, value)
            else:
                sheet.write_number(row, column, value)
    for column, (name, width) in enumerate(zip(names, widths, strict=True)):
        text = pa.types.is_string(table.schema.field(name).type)
        sheet.set_column(column, column, min(width, _WIDEST if text else len(name) + 4))
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, table.num_rows, len(names) - 1)


def _rows(table: pa.Table) -> Iterator[tuple[Any, ...]]:
    for batch in table.to_batches(_BATCH):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _write_text(sheet: Worksheet, row: int, column: int, name: str, text: str, look: _Look) -> None:
    moment = _moment(text) if name == "started_at" else None
    if moment is not None:
        sheet.write_datetime(row, column, moment, look.date)
    elif text:
        sheet.write_string(row, column, _fitting(text), look.text if is_formula(text) else None)
    else:
        sheet.write_string(row, column, "")


@cache
def _moment(text: str) -> datetime | None:
    """Date and time of day of a text, ``None`` where it is none that Excel knows."""
    try:
        moment = datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return None
    return moment if moment.year >= _FIRST_YEAR else None


def _fitting(text: str) -> str:
    """A text that a cell can hold."""
    text = writable(text)
    if len(text) <= _MOST_CHARACTERS // 2:
        return text
    units = text.encode("utf-16-le")
    if len(units) // 2 <= _MOST_CHARACTERS:
        return text
    return units[: 2 * (_MOST_CHARACTERS - len(_CUT))].decode("utf-16-le", "ignore") + _CUT
