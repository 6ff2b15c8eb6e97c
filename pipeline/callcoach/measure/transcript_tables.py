"""Transcripts as a table: one row for each turn, one or more dialogues in a file."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from callcoach.errors import SourceError
from callcoach.measure.dialogue import UNKNOWN_SPEAKER, Dialogue, SaidTurn
from callcoach.measure.entries import (
    DialogueRecord,
    check_seconds,
    clock_s,
    time_span,
    turn_keys,
)
from callcoach.storage.table_rows import read_rows

_NEEDED = ("speaker", "text")

_IDS = ("id", "call_id", "dialogue_id")

_STARTS = ("start_s", "start")

_ENDS = ("end_s", "end")

_IN_MS = ("start_ms", "end_ms")


def is_table(text: str) -> bool:
    """Whether the first line names the columns speaker and text."""
    first = text.split("\n", 1)[0]
    names = [name.strip().strip('"').strip().lower() for name in re.split("[,;\t]", first)]
    return all(name in names for name in _NEEDED)


def read_table(path: Path) -> tuple[DialogueRecord, ...]:
    """The dialogues of a table with the columns ``speaker`` and ``text``.

    Column names are read without regard to capitals. ``start_s`` and ``end_s`` (or ``start`` and
    ``end``) are seconds, with a decimal point or comma, or clock times; ``start_ms`` and ``end_ms``
    milliseconds. A row without a speaker is said by ``unknown``. ``id``, ``call_id`` or
    ``dialogue_id`` tells the dialogues of a file apart; without it all rows are one dialogue with
    the file's name. Other columns stay with their turns.

    Raises
    ------
    SourceError
        If it is no such table. A row that cannot be read is an error of its dialogue alone.
    """
    header, rows = read_rows(path, "transcripts")
    columns = _columns(header, path)
    found: dict[str, list[tuple[int, dict[str, str]]]] = {}
    for number, row in rows:
        key = row[columns["id"]].strip() if "id" in columns else path.stem
        found.setdefault(key, []).append((number, row))
    if not found:
        raise SourceError(f"{path} has no turns below its header")
    return tuple(_entry(key, numbered, columns) for key, numbered in found.items())


def _columns(header: list[str], path: Path) -> dict[str, str]:
    """The columns' names in the file by what they hold."""
    names = {name.lower(): name for name in header}
    if len(names) < len(header):
        raise SourceError(f"{path} has a column twice, told apart by capitals only; rename one")
    columns = {name: names[name] for name in _NEEDED}
    for what, known in (
        ("id", _IDS), ("start", (*_STARTS, _IN_MS[0])), ("end", (*_ENDS, _IN_MS[1])),
    ):  # fmt: skip
        given = next((names[name] for name in known if name in names), None)
        if given is not None:
            columns[what] = given
    return columns


def _entry(
    key: str, rows: list[tuple[int, dict[str, str]]], columns: Mapping[str, str]
) -> DialogueRecord:
    first = rows[0][0]
    if not key:
        return DialogueRecord(first, {}, None, f"row {first}: the id is empty")
    try:
        turns = tuple(_turn(row, columns, f"row {number}") for number, row in rows)
        check_seconds(turns)
    except SourceError as error:
        return DialogueRecord(first, {"id": key}, None, str(error))
    used = set(columns.values())
    given: list[dict[str, Any]] = []
    for turn, (_, row) in zip(turns, rows, strict=True):
        keys = turn_keys(turn)
        others = {k: v for k, v in row.items() if k not in used and k not in keys}
        given.append(keys | others)
    return DialogueRecord(first, {"id": key, "turns": given}, Dialogue(key, turns))


def _turn(row: Mapping[str, str], columns: Mapping[str, str], where: str) -> SaidTurn:
    speaker = row[columns["speaker"]].strip() or UNKNOWN_SPEAKER
    start_s, end_s = (
        _seconds(row[columns[name]], where, columns[name].lower() in _IN_MS)
        if name in columns
        else None
        for name in ("start", "end")
    )
    return SaidTurn(speaker, row[columns["text"]].strip(), time_span(start_s, end_s, where))


def _seconds(cell: str, where: str, in_ms: bool) -> float | None:
    """Seconds, ``None`` for an empty cell."""
    text = cell.strip()
    if not text:
        return None
    value = clock_s(text)
    if isinstance(value, str):
        try:
            value = float(text.replace(",", ".")) / (1000 if in_ms else 1)
        except ValueError:
            value = math.nan
    if not math.isfinite(value):
        raise SourceError(f"{where}: {text!r} is no time in seconds, such as 12.5")
    return value
