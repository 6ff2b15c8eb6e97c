"""CSV files that people make: any usual separator, told apart from what is no table."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from callcoach.errors import SourceError

_TOLD = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)  # a first line by which Excel is told


def read_rows(
    path: Path, what: str, known: Collection[str] = ()
) -> tuple[list[str], Iterator[tuple[int, dict[str, str]]]]:
    """The header, and the rows with their numbers as a spreadsheet shows them (the header is 1).

    Columns without a name, as spreadsheets leave them at the end, are left out: they must be empty.

    Parameters
    ----------
    path
        A UTF-8 file with commas, semicolons or tabs.
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
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError(
            f'cannot read the {what} {path}: it is not UTF-8; save it as "CSV UTF-8"'
        ) from error
    except OSError as error:
        raise SourceError(f"cannot read the {what} {path}: {error.strerror}") from error
    told = _TOLD.match(text)
    first_row = 2 if told is None else 3
    text = text if told is None else text[told.end() :]
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    lines = _read(reader, path)
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
