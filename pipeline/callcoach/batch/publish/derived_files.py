"""The files of an output folder that are made of many calls: tables, pages, copies of both.

They can be made again, so what names a purged call may go whole. A CSV is ours where it has the
columns of ours: one that somebody laid there, such as a manifest, is not.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from callcoach.batch.publish.export import WORK_PREFIX
from callcoach.reports.tables.columns import COLUMNS
from callcoach.reports.tables.review_table import COLUMNS as REVIEW_COLUMNS
from callcoach.storage.output_folder import Store

_PAGES = ("*.html", "agents/*.html", "calls.csv", "tables/*.parquet")

_LAYOUTS = tuple(frozenset(columns) for columns in (*COLUMNS.values(), REVIEW_COLUMNS))


def derived_files(store: Store) -> Iterator[Path]:
    """Tables and pages about all calls, and what was exported into the folder."""
    for pattern in _PAGES:
        yield from sorted(store.root.glob(pattern))
    yield from exported_files(store)


def exported_files(store: Store) -> Iterator[Path]:
    """Workbooks, tables and reviews that were exported into the output folder, at any depth."""
    of_one_call = {store.calls, store.cache, store.failed, store.finished, store.tables}
    for path in sorted(store.root.rglob("*")):
        if path.is_symlink() or not path.is_file() or of_one_call & set(path.parents):
            continue
        if path != store.root / "calls.csv" and _is_ours(path):
            yield path


def export_leftovers(root: Path) -> list[Path]:
    """Folders in which a workbook was being made when the export was killed."""
    return sorted(path for path in root.rglob(f"{WORK_PREFIX}*") if path.is_dir())


def _is_ours(path: Path) -> bool:
    if path.suffix != ".csv":
        return path.suffix == ".xlsx" or (path.suffix == ".parquet" and path.stem in COLUMNS)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            columns = set(next(csv.reader(file), []))
    except (OSError, ValueError, csv.Error):
        return False
    return any(layout <= columns for layout in _LAYOUTS)
