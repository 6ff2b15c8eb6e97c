"""What to analyse: a folder, a manifest or a single recording.

A wrong manifest is an error before anything starts. A row whose file is missing, broken or outside
the source folder only fails that call.
"""

from __future__ import annotations

import dataclasses
import difflib
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from callcoach.audio.decode import EXTENSIONS
from callcoach.batch.playback import COPY_NAME
from callcoach.batch.rows import read_rows
from callcoach.call import CallInfo, MetadataItem, Recording, Side
from callcoach.errors import SourceError

KNOWN_COLUMNS = ("path", "call_id", "agent_id", "started_at", "agent_channel")
"""Columns of a manifest that callcoach reads; ``path`` is required, others pass through."""

_CALL_ID = re.compile(r"\w[\w.@+=-]{0,127}")
_SIDES = {"left": Side.LEFT, "1": Side.LEFT, "right": Side.RIGHT, "2": Side.RIGHT}
_RESERVED = {field.name for field in dataclasses.fields(CallInfo)}


@dataclass(frozen=True)
class Rejected:
    """A call that cannot be read at all, known before any work."""

    call_id: str
    source_name: str
    reason: str


@dataclass(frozen=True)
class Source:
    """The recordings of a batch, in a fixed order, and the calls that are out from the start."""

    recordings: tuple[Recording, ...]
    rejected: tuple[Rejected, ...]


def read_source(source: Path, manifest: Path | None = None, skip: Path | None = None) -> Source:
    """List the recordings of a source.

    Parameters
    ----------
    source
        A folder (searched recursively), a ``.csv`` manifest (its paths are relative to its own
        folder) or one recording.
    manifest
        A manifest whose paths are relative to the folder ``source``.
    skip
        A folder that is left out of the search: the output folder.

    Raises
    ------
    SourceError
        If the source is not there, holds no recordings, or the manifest is wrong.
    """
    if not source.exists():
        raise SourceError(f"{source} is not there; give a folder, a CSV manifest or a recording")
    if manifest is not None:
        if not source.is_dir():
            raise SourceError(f"{source} is not a folder; with --calls SOURCE is the audio folder")
        return _from_manifest(manifest, source)
    if source.is_dir():
        return _from_folder(source, skip)
    if source.suffix.lower() == ".csv":
        return _from_manifest(source, source.parent)
    return Source((Recording(source, _safe_id(source.stem)),), ())


# --------------------------------------------------------------------------- folder


def _from_folder(root: Path, skip: Path | None) -> Source:
    paths = sorted(_recordings_under(root, skip.resolve() if skip else None))
    if not paths:
        raise SourceError(
            f"no recordings in {root}; endings that are looked for: {' '.join(sorted(EXTENSIONS))}"
        )
    recordings, rejected = [], []
    for path, call_id in zip(paths, _folder_ids(root, paths), strict=True):
        if _inside(path, root):
            recordings.append(Recording(path, call_id))
        else:
            rejected.append(_outside(call_id, str(path.relative_to(root)), root))
    return Source(tuple(recordings), tuple(rejected))


def _recordings_under(root: Path, skip: Path | None) -> Iterator[Path]:
    for path in root.rglob("*"):
        hidden = _is_copy(path) or any(p.startswith(".") for p in path.relative_to(root).parts)
        if hidden or path.suffix.lower() not in EXTENSIONS or path.is_dir():
            continue
        if skip is not None and path.resolve().is_relative_to(skip):
            continue
        yield path


def _is_copy(path: Path) -> bool:
    """Whether it is the copy that a page of another output folder plays: no recording."""
    return path.name == COPY_NAME and path.with_name("analysis.json").is_file()


def _folder_ids(root: Path, paths: Sequence[Path]) -> list[str]:
    """Ids from file names: the stem, with its folders or its ending where stems repeat."""
    stems = [_safe_id("__".join(p.relative_to(root).with_suffix("").parts)) for p in paths]
    names = [_safe_id("__".join(p.relative_to(root).parts)) for p in paths]
    folded = [stem.casefold() for stem in stems]
    first = [s if folded.count(s.casefold()) == 1 else n for s, n in zip(stems, names, strict=True)]
    taken = [name.casefold() for name in first]
    return [
        name
        if taken.count(name.casefold()) == 1
        else f"{name}-{hashlib.sha256(str(path.relative_to(root)).encode()).hexdigest()[:8]}"
        for name, path in zip(first, paths, strict=True)
    ]


def _safe_id(text: str) -> str:
    """A name that is a valid call id and file name."""
    cleaned = re.sub(r"[^\w.@+=-]+", "_", text).lstrip(".@+=-")
    return cleaned[:100] or "call"


# --------------------------------------------------------------------------- manifest


def _from_manifest(manifest: Path, root: Path) -> Source:
    recordings: list[Recording] = []
    rejected: list[Rejected] = []
    rows_by_id: dict[str, int] = {}
    header, rows = read_rows(manifest, "manifest")
    _check_header(header, manifest)
    for number, row in rows:
        where = f"{manifest}, row {number}"
        given = (row.get("path") or "").strip()
        if not given:
            raise SourceError(f"{where}: the path is empty; every row needs a recording")
        call_id = (row.get("call_id") or "").strip() or _safe_id(Path(given).stem)
        if not _CALL_ID.fullmatch(call_id):
            raise SourceError(
                f"{where}: call_id {call_id!r} cannot be a file name; use letters, digits and "
                "_ . @ + = - (at most 128)"
            )
        if call_id.casefold() in rows_by_id:
            raise SourceError(
                f"{where}: call_id {call_id!r} is also in row {rows_by_id[call_id.casefold()]}; "
                "every call needs its own"
            )
        rows_by_id[call_id.casefold()] = number
        path = root / given
        recording = Recording(
            path=path,
            call_id=call_id,
            agent_id=(row.get("agent_id") or "").strip() or None,
            started_at=_started_at(row, where),
            agent_side=_agent_side(row, where),
            metadata=tuple(
                MetadataItem(name, (value or "").strip())
                for name, value in row.items()
                if name not in KNOWN_COLUMNS
            ),
        )
        if _inside(path, root):
            recordings.append(recording)
        else:
            rejected.append(_outside(call_id, given, root))
    if not recordings and not rejected:
        raise SourceError(f"{manifest} has no rows; list one recording in each")
    return Source(tuple(recordings), tuple(rejected))


def _check_header(header: Sequence[str], manifest: Path) -> None:
    if "path" not in header:
        raise SourceError(
            f"{manifest} has no column 'path' (found: {', '.join(header) or 'nothing'}); "
            f"callcoach reads {', '.join(KNOWN_COLUMNS)} and passes other columns through"
        )
    for name in header:
        if name in KNOWN_COLUMNS:
            continue
        near = difflib.get_close_matches(name.lower(), KNOWN_COLUMNS, n=1, cutoff=0.85)
        if near:
            raise SourceError(f"{manifest} has a column {name!r}; did you mean {near[0]!r}?")
        if not name or name in _RESERVED:
            raise SourceError(f"{manifest}: an extra column cannot be called {name!r}; rename it")


def _started_at(row: dict[str, str], where: str) -> str | None:
    text = (row.get("started_at") or "").strip()
    if not text:
        return None
    try:
        datetime.fromisoformat(text)
    except ValueError as error:
        raise SourceError(
            f"{where}: started_at {text!r} is no date; write it like 2026-03-02T14:05:00+01:00"
        ) from error
    return text


def _agent_side(row: dict[str, str], where: str) -> Side | None:
    text = (row.get("agent_channel") or "").strip().lower()
    if not text:
        return None
    if text not in _SIDES:
        raise SourceError(
            f"{where}: agent_channel {text!r} is not left or right (or 1 or 2: the first channel "
            "is 1); leave it empty for mono"
        )
    return _SIDES[text]


def _inside(path: Path, root: Path) -> bool:
    return path.resolve().is_relative_to(root.resolve())


def _outside(call_id: str, given: str, root: Path) -> Rejected:
    return Rejected(
        call_id,
        given,
        f"{given} lies outside the source folder {root}; move the recording into it",
    )
