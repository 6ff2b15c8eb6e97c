"""The manifest: a table with a row for each call. A wrong one is told before anything starts."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from callcoach.batch.sources.call_facts import RESERVED, KnownFacts, moment_of, side_of
from callcoach.batch.sources.call_ids import CALL_ID, MOST_BYTES, safe_id
from callcoach.batch.sources.fact_finder import FactFinder, Known
from callcoach.batch.sources.listing import Rejected
from callcoach.batch.sources.places import Place, RecordingPlaces
from callcoach.config.files import closest
from callcoach.config.source import SourceConfig
from callcoach.errors import SourceError
from callcoach.model.party import Side
from callcoach.model.recording import MetadataItem, Recording, SecondFile
from callcoach.storage.table_rows import read_rows

ONE_FILE = "path"

TWO_FILES = ("path_agent", "path_customer")

KNOWN_COLUMNS = (
    ONE_FILE, *TWO_FILES, "customer_offset_s", "call_id", "agent_id", "started_at", "agent_channel",
)  # fmt: skip
"""Columns that callcoach reads: ``path`` or the two for two files are required, others pass on."""

_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?")  # a comma as spreadsheets of many countries write it

_MOST_OFFSET_S = 3600.0

_MISSPELT = 0.85
"""Least likeness, 0 to 1, of an extra column to a known one that is a slip: one letter in seven.
Extra columns are allowed, so only what is hardly another word is refused."""


def read_manifest(
    manifest: Path, places: RecordingPlaces, finder: FactFinder, config: SourceConfig
) -> tuple[tuple[Recording, ...], tuple[Rejected, ...]]:
    """The calls that a manifest lists, and those of them that cannot be taken.

    Parameters
    ----------
    manifest
        The table.
    places
        Finds its paths.
    finder
        Finds what the manifest leaves open.
    config
        When the customer's file begins where the manifest does not say it.

    Raises
    ------
    SourceError
        If it cannot be read, has no rows, or says something that cannot be; with the row.
    """
    header, rows = read_rows(manifest, "manifest", KNOWN_COLUMNS)
    _check_header(header, manifest)
    recordings: list[Recording] = []
    rejected: list[Rejected] = []
    rows_by_id: dict[str, int] = {}
    for number, cells in rows:
        row = _Row(f"{manifest}, row {number}", {n: v.strip() for n, v in cells.items()})
        files = _files_of(row, places, config)
        known = Known()
        if files.fault is None:
            known = finder.of(places.stem(files.path), files.paths)
        facts = _told(row, header).or_else(known.facts)
        call_id = row.text("call_id") or safe_id(known.facts.call_id or files.name)
        if not CALL_ID.fullmatch(call_id) or len(call_id.encode()) > MOST_BYTES:
            raise SourceError(
                f"{row.where}: call_id {call_id!r} cannot be a file name; use letters, digits and "
                f"_ . @ + = - (at most 128, and at most {MOST_BYTES} bytes)"
            )
        if call_id.casefold() in rows_by_id:
            raise SourceError(
                f"{row.where}: call_id {call_id!r} is also in row "
                f"{rows_by_id[call_id.casefold()]}; every call needs its own"
            )
        rows_by_id[call_id.casefold()] = number
        if files.fault is None:
            recordings.append(
                Recording(
                    path=files.path,
                    call_id=call_id,
                    agent_id=facts.agent_id,
                    started_at=facts.started_at,
                    agent_side=Side.LEFT if files.second is not None else facts.agent_side,
                    metadata=facts.metadata,
                    second=files.second,
                    sidecar=known.sidecar,
                    notes=known.notes,
                )
            )
        else:
            rejected.append(Rejected(call_id, files.given, files.fault))
    if not recordings and not rejected:
        raise SourceError(f"{manifest} has no rows; list one recording in each")
    return tuple(recordings), tuple(rejected)


@dataclass(frozen=True)
class _Row:
    where: str
    cells: Mapping[str, str]

    def text(self, column: str) -> str:
        """What stands in a column; nothing where there is none."""
        return self.cells.get(column, "")


@dataclass(frozen=True)
class _Files:
    """The files of a row: ``given`` as it names them, ``name`` what the call is called by them."""

    path: Path
    second: SecondFile | None
    given: str
    name: str
    fault: str | None

    @property
    def paths(self) -> tuple[Path, ...]:
        return (self.path,) if self.second is None else (self.path, self.second.path)


def _check_header(header: Sequence[str], manifest: Path) -> None:
    given = [name for name in TWO_FILES if name in header]
    if len(given) == 1:
        (other,) = (name for name in TWO_FILES if name not in given)
        raise SourceError(f"{manifest} has a column {given[0]!r} and none called {other!r}; add it")
    if ONE_FILE not in header and not given:
        raise SourceError(
            f"{manifest} has no column 'path' (found: {', '.join(header) or 'nothing'}); "
            f"callcoach reads {', '.join(KNOWN_COLUMNS)} and passes other columns through"
        )
    for name in header:
        if name in KNOWN_COLUMNS:
            continue
        if near := closest(name.lower(), KNOWN_COLUMNS, _MISSPELT):
            raise SourceError(f"{manifest} has a column {name!r}; did you mean {near!r}?")
        if name in RESERVED:
            raise SourceError(f"{manifest}: an extra column cannot be called {name!r}; rename it")


def _files_of(row: _Row, places: RecordingPlaces, config: SourceConfig) -> _Files:
    one, (agent, customer) = row.text(ONE_FILE), (row.text(name) for name in TWO_FILES)
    if not (one or agent or customer):
        raise SourceError(f"{row.where}: the path is empty; every row needs a recording")
    if one and (agent or customer):
        raise SourceError(
            f"{row.where}: path and {' and '.join(TWO_FILES)} are filled; give one recording, or "
            "two files"
        )
    offset_s = _offset_s(row)
    if one:
        if offset_s:
            raise SourceError(f"{row.where}: customer_offset_s needs {' and '.join(TWO_FILES)}")
        place = places.find(one)
        name = _name(one, place, places)
        return _Files(place.path, None, one, name, place.fault or places.fault(place.path, one))
    if (channel := row.text("agent_channel")) and _side(row) is not Side.LEFT:
        raise SourceError(
            f"{row.where}: agent_channel {channel!r} does not fit two files: path_agent says who "
            "the agent is; leave it empty"
        )
    found = [places.find(agent or customer), places.find(customer or agent)]
    offset_s = config.customer_offset_s if offset_s is None else offset_s
    return _Files(
        found[0].path,
        SecondFile(found[1].path, offset_s),
        agent or customer,
        _name(agent or customer, found[0], places),
        _fault_of_two(agent, customer, found, places),
    )


def _fault_of_two(
    agent: str, customer: str, found: Sequence[Place], places: RecordingPlaces
) -> str | None:
    for given, column, other in (
        (agent, TWO_FILES[0], customer), (customer, TWO_FILES[1], agent),
    ):  # fmt: skip
        if not given:
            return f"{column} is empty: the other half of {other} is missing; name it, or use path"
    for given, place in zip((agent, customer), found, strict=True):
        fault = place.fault or places.fault(place.path, given)
        if fault is not None:
            return fault
    if found[0].path.resolve() == found[1].path.resolve():
        return f"{agent} is given for both the agent and the customer; name the other file, too"
    return None


def _name(given: str, place: Place, places: RecordingPlaces) -> str:
    """What a call is called by its path, without a folder, as the manifest writes it."""
    literal = place.path == places.own / given
    return Path(given if literal else given.replace("\\", "/")).stem


def _told(row: _Row, header: Sequence[str]) -> KnownFacts:
    return KnownFacts(
        row.text("agent_id") or None,
        _started_at(row),
        None,
        _side(row),
        tuple(MetadataItem(n, row.text(n)) for n in header if n not in KNOWN_COLUMNS),
    )


def _started_at(row: _Row) -> str | None:
    text = row.text("started_at")
    if not text:
        return None
    try:
        return moment_of(text, "")
    except ValueError as error:
        raise SourceError(
            f"{row.where}: started_at {text!r} is no date; write it like 2026-03-02T14:05:00+01:00"
        ) from error


def _side(row: _Row) -> Side | None:
    """The agent's channel that a row names."""
    text = row.text("agent_channel")
    if not text:
        return None
    try:
        return side_of(text)
    except ValueError as error:
        raise SourceError(
            f"{row.where}: agent_channel {text.lower()!r} is not left or right (or 1 or 2: the "
            "first channel is 1); leave it empty for mono"
        ) from error


def _offset_s(row: _Row) -> float | None:
    text = row.text("customer_offset_s")
    if not text:
        return None
    value = float(text.replace(",", ".")) if _NUMBER.fullmatch(text) else math.nan
    if not abs(value) <= _MOST_OFFSET_S:
        raise SourceError(
            f"{row.where}: customer_offset_s {text!r} is no number of seconds, such as 0.25 or "
            f"-1.5 (at most {_MOST_OFFSET_S:g})"
        )
    return value
