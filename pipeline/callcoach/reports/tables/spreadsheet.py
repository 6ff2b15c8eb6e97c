"""Texts for spreadsheets: what one would run as a formula is made harmless.

The rules follow OWASP's page on CSV injection: a spreadsheet may run a cell that begins with
``=``, ``+``, ``-``, ``@``, their full-width forms, a tab or a line break, and one that opens the
file with another separator sees other cells than were written.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


# Some spreadsheets drop these before they look at what a cell begins with.
_UNSEEN = "\\s\\x00-\\x1f\\x7f-\\x9f\\xad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"

_SIGNS = "=+\\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212"

_FORMULA = re.compile(f"[{_UNSEEN}]*[{_SIGNS}]|[\t\r\n]")

# A spreadsheet that separates by semicolons sees a cell begin after one.
_INNER = re.compile(f"(;)(?=[{_UNSEEN}]*[{_SIGNS}])")

_BREAKS = re.compile("[\t\r\n\v\f\x85\u2028\u2029]")

# XML cannot hold these, and no text needs them.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def csv_text(frame: pd.DataFrame) -> str:
    """The table as CSV, empty cells for missing values.

    A text cell or column name that begins like a formula gets a ``'`` before it, also after a
    semicolon inside it; tabs and line breaks become spaces, other control characters U+FFFD.
    """
    safe = frame.copy()
    for name, dtype in frame.dtypes.items():
        if str(dtype) in ("string", "str", "object"):
            safe[name] = frame[name].map(_neutral, na_action="ignore")
    safe.columns = safe.columns.map(_neutral)
    return safe.to_csv(index=False, lineterminator="\n")


def is_formula(text: str) -> bool:
    """Whether a spreadsheet may take a text for a formula."""
    return _FORMULA.match(text) is not None


def writable(text: str) -> str:
    """The text with U+FFFD for what XML cannot hold."""
    return _UNWRITABLE.sub("\ufffd", text)


def _neutral(cell: str) -> str:
    """A cell on one line that no spreadsheet takes for a formula."""
    safe = _INNER.sub(r"\1'", f"'{cell}" if is_formula(cell) else cell)
    return writable(_BREAKS.sub(" ", safe))
