"""What to analyse: a folder, a manifest or a single recording.

A wrong manifest is an error before anything starts. A row whose file is broken or outside the
source folder only fails that call. What of the list has arrived is for
:mod:`callcoach.batch.arrivals` to say.
"""

from __future__ import annotations

import dataclasses
import difflib
import hashlib
import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from callcoach.audio.decode import EXTENSIONS
from callcoach.batch.events import LeftReason
from callcoach.batch.playback import COPY_NAME
from callcoach.batch.rows import read_rows
from callcoach.call import CallInfo, MetadataItem, Recording, Side
from callcoach.errors import SourceError
from callcoach.settings.nightly import ArrivalsConfig

KNOWN_COLUMNS = ("path", "call_id", "agent_id", "started_at", "agent_channel")
"""Columns of a manifest that callcoach reads; ``path`` is required, others pass through."""

_CALL_ID = re.compile(r"\w[\w.@+=-]{0,127}")
_SIDES = {"left": Side.LEFT, "1": Side.LEFT, "right": Side.RIGHT, "2": Side.RIGHT}
_MOST_BYTES = 200  # of a call id: with an ending it must still be a file name (255 bytes)
_RESERVED = {field.name for field in dataclasses.fields(CallInfo)}


@dataclass(frozen=True)
class Rejected:
    """A call that cannot be read at all, known before any work."""

    call_id: str
    source_name: str
    reason: str


class Lack(StrEnum):
    """What a call that is left for a later run still lacks."""

    RECORDING = "its recording"  # a row of the manifest came first
    ROW = "its row in the manifest"  # the recording came first
    END = "the end of its recording"  # somebody still writes it


LEFT_FOR = {
    Lack.RECORDING: LeftReason.RECORDING,
    Lack.ROW: LeftReason.ROW,
    Lack.END: LeftReason.WRITTEN,
}
"""How the events of a run name it."""


@dataclass(frozen=True)
class Waiting:
    """A call that is left for a later run."""

    call_id: str
    source_name: str
    lack: Lack


@dataclass(frozen=True)
class Source:
    """The recordings of a batch, in a fixed order, and the calls that are out from the start.

    ``unlisted`` lie in the folder, but not in its manifest. ``waiting`` are left for a later run.
    """

    recordings: tuple[Recording, ...]
    rejected: tuple[Rejected, ...]
    unlisted: tuple[Recording, ...] = ()
    waiting: tuple[Waiting, ...] = ()


def read_source(
    source: Path,
    manifest: Path | None = None,
    skip: Path | None = None,
    config: ArrivalsConfig | None = None,
) -> Source:
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
    config
        Says in which other folders recordings may lie.

    Raises
    ------
    SourceError
        If the source is not there, holds no recordings, or the manifest is wrong.
    """
    roots = _Roots(source, () if config is None else config.roots)
    if not source.exists():
        raise SourceError(f"{source} is not there; give a folder, a CSV manifest or a recording")
    if manifest is not None:
        if not source.is_dir():
            raise SourceError(f"{source} is not a folder; with --calls SOURCE is the audio folder")
        return _with_unlisted(_from_manifest(manifest, source, roots), source, skip, roots)
    if source.is_dir():
        return _from_folder(source, skip, roots)
    if source.suffix.lower() == ".csv":
        return _from_manifest(source, source.parent, _Roots(source.parent, roots.others))
    if not source.is_file() or _shown(source.name) != source.name:
        raise SourceError(
            f"{_shown(str(source))} is no regular file with a name in UTF-8; give a folder, a "
            "CSV manifest or a recording"
        )
    return Source((Recording(source, _safe_id(source.stem)),), ())


class _Roots:
    """The folders in which recordings may lie: the source's own and those of the settings."""

    def __init__(self, own: Path, others: Sequence[str]) -> None:
        self.others = tuple(others)
        for other in self.others:
            if not Path(other).is_absolute():
                raise SourceError(
                    f"arrivals.roots has {other!r}; give whole paths, which begin with /"
                )
        self._own = own
        self._allowed = [own.resolve(), *(Path(other).resolve() for other in self.others)]

    def fault(self, path: Path, given: str) -> str | None:
        """Why a recording is refused, ``None`` where it is not."""
        try:
            resolved = path.resolve()
            irregular = resolved.exists() and not resolved.is_file()
        except (OSError, RuntimeError, ValueError):  # a link to itself, a zero byte, a long name
            return f"{_shown(given)} leads nowhere; give the path of a recording"
        if not any(resolved.is_relative_to(root) for root in self._allowed):
            return (
                f"{_shown(given)} lies outside the source folder {self._own}; move the recording "
                "into it, or name its folder in arrivals.roots"
            )
        if _shown(given) != given:
            return f"the file name {_shown(given)} is not in UTF-8; rename the recording"
        if irregular:
            # A pipe would be waited for, a device read without end.
            return f"{given} is no regular file; give a recording"
        return None


def _shown(name: str) -> str:
    """A file name that can be written, bytes that are no UTF-8 as escapes."""
    return name.encode("utf-8", "backslashreplace").decode()


# --------------------------------------------------------------------------- folder


def _from_folder(root: Path, skip: Path | None, roots: _Roots) -> Source:
    paths = _recordings_under(root, skip)
    if not paths:
        raise SourceError(
            f"no recordings in {root}; endings that are looked for: {' '.join(sorted(EXTENSIONS))}"
        )
    recordings, rejected = [], []
    for path, call_id in zip(paths, _folder_ids(root, paths), strict=True):
        given = str(path.relative_to(root))
        fault = roots.fault(path, given)
        if fault is None:
            recordings.append(Recording(path, call_id))
        else:
            rejected.append(Rejected(call_id, _shown(given), fault))
    return Source(tuple(recordings), tuple(rejected))


def _with_unlisted(listed: Source, root: Path, skip: Path | None, roots: _Roots) -> Source:
    """Add the recordings of the folder that no row of the manifest names."""
    taken = {call.call_id.casefold() for call in listed.recordings}
    taken |= {call.call_id.casefold() for call in listed.rejected}
    known = {recording.path.resolve() for recording in listed.recordings}
    paths = [
        path
        for path in _recordings_under(root, skip)
        if roots.fault(path, str(path.relative_to(root))) is None and path.resolve() not in known
    ]
    found = []
    for path, call_id in zip(paths, _folder_ids(root, paths), strict=True):
        own = call_id if call_id.casefold() not in taken else _hashed(call_id, path, root)
        found.append(Recording(path, own))
    return dataclasses.replace(listed, unlisted=tuple(found))


def _recordings_under(root: Path, skip: Path | None) -> list[Path]:
    """Files with the ending of a recording, sorted; hidden ones and those under ``skip`` not."""
    out = skip.resolve() if skip else None
    found = []
    for path in root.rglob("*"):
        hidden = _is_copy(path) or any(p.startswith(".") for p in path.relative_to(root).parts)
        if hidden or path.suffix.lower() not in EXTENSIONS or path.is_dir():
            continue
        if out is None or not path.parent.resolve().is_relative_to(out):
            found.append(path)
    return sorted(found)


def _is_copy(path: Path) -> bool:
    """Whether it is the copy that a page of another output folder plays: no recording."""
    return path.name == COPY_NAME and path.with_name("analysis.json").is_file()


def _folder_ids(root: Path, paths: Sequence[Path]) -> list[str]:
    """Ids from file names: the stem, with its folders or its ending where stems repeat."""
    stems = [_safe_id("__".join(p.relative_to(root).with_suffix("").parts)) for p in paths]
    names = [_safe_id("__".join(p.relative_to(root).parts)) for p in paths]
    many = Counter(stem.casefold() for stem in stems)
    first = [s if many[s.casefold()] == 1 else n for s, n in zip(stems, names, strict=True)]
    taken = Counter(name.casefold() for name in first)
    return [
        name if taken[name.casefold()] == 1 else _hashed(name, path, root)
        for name, path in zip(first, paths, strict=True)
    ]


def _hashed(name: str, path: Path, root: Path) -> str:
    given = os.fsencode(path.relative_to(root))
    return f"{name}-{hashlib.sha256(given).hexdigest()[:8]}"


def _safe_id(text: str) -> str:
    """A name that is a valid call id and file name."""
    cleaned = re.sub(r"[^\w.@+=-]+", "_", text).lstrip(".@+=-")
    short = cleaned[:100].encode()[: _MOST_BYTES - 9].decode(errors="ignore")
    return short or "call"


# --------------------------------------------------------------------------- manifest


def _from_manifest(manifest: Path, root: Path, roots: _Roots) -> Source:
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
        if not _CALL_ID.fullmatch(call_id) or len(call_id.encode()) > _MOST_BYTES:
            raise SourceError(
                f"{where}: call_id {call_id!r} cannot be a file name; use letters, digits and "
                f"_ . @ + = - (at most 128, and at most {_MOST_BYTES} bytes)"
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
        fault = roots.fault(path, given)
        if fault is None:
            recordings.append(recording)
        else:
            rejected.append(Rejected(call_id, given, fault))
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
