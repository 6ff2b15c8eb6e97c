"""Tables that people make: CSV with any usual separator and coding, and workbooks (XLSX)."""

from __future__ import annotations

import contextlib
import csv
import io
import re
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, time
from pathlib import Path

from callcoach.errors import SourceError

_WORKBOOKS = (".xlsx", ".xlsm")

_ZIP = b"PK\x03\x04"

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")  # no text has them

_TOLD = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)  # a first line by which Excel is told


def read_rows(
    path: Path, what: str, known: Collection[str] = ()
) -> tuple[list[str], Iterator[tuple[int, dict[str, str]]]]:
    """The header, and the rows with their numbers as a spreadsheet shows them (the header is 1).

    Columns without a name, as spreadsheets leave them at the end, are left out: they must be empty.

    Parameters
    ----------
    path
        A text with commas, semicolons or tabs, in UTF-8, UTF-16 or, as Excel of western countries
        writes it, Windows-1252; or a workbook, whose first sheet with anything in it is read.
    what
        What the file is, for messages.
    known
        Names of columns that are read in any case: ``Path`` and ``PATH`` become ``path``.

    Raises
    ------
    SourceError
        If it cannot be read, is no table, names a column twice, or (while iterating) a row has
        another number of cells than the header, or a cell in a column without a name.
    """
    if is_workbook(path):
        first_row, lines = 2, _sheet(path, what)
    else:
        text = text_of(path, what)
        told = _TOLD.match(text)
        first_row = 2 if told is None else 3
        text = text if told is None else text[told.end() :]
        first = text.split("\n", 1)[0]
        delimiter = max(",;\t", key=first.count) if told is None else told[1]
        lines = _read(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), path)
    given = [name.strip() for name in next(lines, [])]
    _check_twice(given, known, path)
    header = [_known_name(name, known) for name in given]

    def rows() -> Iterator[tuple[int, dict[str, str]]]:
        for number, values in enumerate(lines, first_row):
            if not any(value.strip() for value in values):
                continue
            if len(values) > len(header) and not any(v.strip() for v in values[len(header) :]):
                values = values[: len(header)]
            if len(values) != len(header):
                raise SourceError(
                    f"{path}, row {number}: {len(values)} cells, the header has {len(header)}; "
                    "put quotes around cells that hold the separator"
                )
            for name, value in zip(header, values, strict=True):
                if not name and value.strip():
                    raise SourceError(
                        f"{path}, row {number}: {value.strip()[:40]!r} stands in a column without "
                        "a name; give the column a name in the first row, or empty the cell"
                    )
            yield number, {n: v for n, v in zip(header, values, strict=True) if n}

    return [name for name in header if name], rows()


TABLES = (".csv", *_WORKBOOKS)
"""Endings of the files that are read as tables."""


def is_workbook(path: Path) -> bool:
    """Whether a file is a workbook by its first bytes and its ending."""
    try:
        with path.open("rb") as file:
            return path.suffix.lower() in _WORKBOOKS and file.read(4) == _ZIP
    except OSError:
        return False


def text_of(path: Path, what: str) -> str:
    """The text of a file, whichever of the usual codings it is in.

    Raises
    ------
    SourceError
        If it cannot be read, or is no text.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SourceError(f"cannot read the {what} {path}: {error.strerror}") from error
    for coding in _codings(data):
        with contextlib.suppress(UnicodeDecodeError):
            text = data.decode(coding)
            if coding == "utf-8-sig" or not _CONTROL.search(text):
                return text
    raise SourceError(f'cannot read the {what} {path}: it is not UTF-8; save it as "CSV UTF-8"')


def _codings(data: bytes) -> Iterator[str]:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        yield "utf-16"
        return
    head = data[:1000]
    for coding, zeros in (("utf-16-le", head[1::2]), ("utf-16-be", head[::2])):
        if len(zeros) > 1 and zeros.count(0) > 0.5 * len(zeros):
            yield coding
    yield "utf-8-sig"
    yield "cp1252"


def _sheet(path: Path, what: str) -> Iterator[list[str]]:
    """The rows of the first sheet that has any, without empty cells at their ends."""
    import openpyxl

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        for sheet in book.worksheets:
            rows = [[_cell(value) for value in row] for row in sheet.iter_rows(values_only=True)]
            if any(value for row in rows for value in row):
                width = max(place + 1 for place, name in enumerate(rows[0]) if name)
                yield from (row if any(row[width:]) else row[:width] for row in rows)
                return
    except Exception as error:  # openpyxl tells broken files by errors of many kinds
        raise SourceError(
            f"cannot read the {what} {path}: it is no workbook that can be opened ({error}); save "
            'it again, or as "CSV UTF-8"'
        ) from error


def _cell(value: object) -> str:
    """A cell as a CSV file would have it: dates as ISO 8601, whole numbers without a point."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        midnight = value.time() == time() and value.tzinfo is None
        return value.date().isoformat() if midnight else value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _known_name(name: str, known: Collection[str]) -> str:
    lower = name.casefold()
    return lower if lower in known else name


def _check_twice(given: Sequence[str], known: Collection[str], path: Path) -> None:
    by_name: dict[str, str] = {}
    for name in given:
        if not name:
            continue
        same = by_name.setdefault(_known_name(name, known), name)
        if same != name:
            raise SourceError(
                f"{path} has the columns {same!r} and {name!r}, told apart by capitals only; "
                "rename one"
            )
        if given.count(name) > 1:
            raise SourceError(f"{path} has the column {name!r} twice; rename one")


def _read(lines: Iterator[list[str]], path: Path) -> Iterator[list[str]]:
    """The lines of a table; what is no table (zero bytes, endless cells) is told as such."""
    try:
        yield from lines
    except csv.Error as error:
        raise SourceError(f"{path} is no CSV table ({error}); export it again") from error
