"""CSV files that people make: any usual separator, told apart from what is no table."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from callcoach.errors import SourceError


def read_rows(path: Path, what: str) -> tuple[list[str], Iterator[tuple[int, dict[str, str]]]]:
    """The header, and the rows with their numbers as a spreadsheet shows them (the header is 1).

    Parameters
    ----------
    path
        A UTF-8 file with commas, semicolons or tabs.
    what
        What the file is, for messages.

    Raises
    ------
    SourceError
        If it cannot be read, is no table, names a column twice, or (while iterating) a row has
        another number of cells than the header.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError(
            f'cannot read the {what} {path}: it is not UTF-8; save it as "CSV UTF-8"'
        ) from error
    except OSError as error:
        raise SourceError(f"cannot read the {what} {path}: {error.strerror}") from error
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    lines = _read(reader, path)
    header = [name.strip() for name in next(lines, [])]
    for name in header:
        if header.count(name) > 1:
            raise SourceError(f"{path} has the column {name!r} twice; rename one")

    def rows() -> Iterator[tuple[int, dict[str, str]]]:
        for number, values in enumerate(lines, 2):
            if not any(value.strip() for value in values):
                continue
            if len(values) != len(header):
                raise SourceError(
                    f"{path}, row {number}: {len(values)} cells, the header has {len(header)}; "
                    "put quotes around cells that hold the separator"
                )
            yield number, dict(zip(header, values, strict=True))

    return header, rows()


def _read(lines: Iterator[list[str]], path: Path) -> Iterator[list[str]]:
    """The lines of a table; what is no table (zero bytes, endless cells) is told as such."""
    try:
        yield from lines
    except csv.Error as error:
        raise SourceError(f"{path} is no CSV table ({error}); export it again") from error
