"""CSV for spreadsheets: texts that one would run as a formula are made harmless."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def csv_text(frame: pd.DataFrame) -> str:
    """The table as CSV, empty cells for missing values.

    A text cell or column name that begins like a formula gets a ``'`` before it, and line breaks
    in it become spaces.
    """
    safe = frame.copy()
    for name, dtype in frame.dtypes.items():
        if str(dtype) in ("string", "str", "object"):
            safe[name] = frame[name].map(_neutral, na_action="ignore")
    safe.columns = safe.columns.map(_neutral)
    return safe.to_csv(index=False, lineterminator="\n")


def _neutral(cell: str) -> str:
    """A cell on one line that no spreadsheet takes for a formula."""
    safe = f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else cell
    return safe.replace("\r", " ").replace("\n", " ")
