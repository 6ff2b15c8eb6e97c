"""What of a source has arrived: recordings that are still written, or lack their other half, wait.

A recording is taken once it has stood still. A manifest may come before its recordings and a
recording before its row; since when each waits is kept in the output folder (``waiting.json``).
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from callcoach.batch.sources.listing import Lack, Rejected, Source, WaitingCall
from callcoach.config.nightly import ArrivalsConfig
from callcoach.errors import SourceError
from callcoach.model.recording import Recording
from callcoach.storage.output_folder import write_file

_FILE = "waiting.json"

_MOST_WAITS = 10  # of stable_s, for a manifest that keeps growing

_PROCESSES = Path("/proc")

_ACCESS = 0o3  # the bits of fdinfo's flags that say how a file was opened; 0 is for reading

Sleep = Callable[[float], None]


def settle(
    source: Source,
    out: Path,
    config: ArrivalsConfig,
    *,
    finished: Collection[str] = (),
    now: datetime | None = None,
    sleep: Sleep = time.sleep,
) -> Source:
    """Take from a source what has arrived; the rest waits, or has waited for too long.

    Parameters
    ----------
    source
        What is listed.
    out
        The output folder; the caller holds its lock. Since when calls wait is kept in it.
    config
        How long a recording must stand still and how long a call may wait.
    finished
        Calls that have their reports, or were purged: they wait for nothing when their recording is
        gone.
    now
        The time; the clock's where it is ``None``.
    sleep
        Waits a number of seconds.

    Returns
    -------
    Source
        Recordings to take, in the order of the list, unlisted ones at the end. What waited too
        long for its recording is rejected.

    Raises
    ------
    StoreError
        If ``waiting.json`` cannot be written.
    """
    now = now or datetime.now(UTC)
    there = {r.call_id for r in (*source.recordings, *source.unlisted) if not _absent(r)}
    listed = [r for r in source.recordings if r.call_id in there or r.call_id in finished]
    missing = [r for r in source.recordings if r.call_id not in there and r.call_id not in finished]
    known = _read(out)
    waits = {
        **{r.call_id: Lack.RECORDING for r in missing},
        **{r.call_id: Lack.ROW for r in source.unlisted},
    }
    since = {call_id: known.get(call_id, now) for call_id in waits}
    late = {c for c, at in since.items() if (now - at).total_seconds() >= config.wait_h * 3600}
    rowless = late if config.unlisted == "analyse" else set()  # taken without their row
    taken = [r for r in source.unlisted if r.call_id in rowless]
    halves = [r for r in taken if r.call_id not in there]
    candidates = [*listed, *(r for r in taken if r.call_id in there)]
    standing = [p for r in candidates for p in _files(r) if _stamp(p) is not None]
    moved = _moving(standing, config.stable_s, sleep)
    moving = {r.call_id for r in candidates if moved.intersection(_files(r))}
    waiting = [
        *(
            WaitingCall(r.call_id, _absent(r)[0].name, Lack.RECORDING)
            for r in missing
            if r.call_id not in late
        ),
        *(
            WaitingCall(r.call_id, r.source_name, Lack.ROW)
            for r in source.unlisted
            if r.call_id not in rowless
        ),
        *(
            WaitingCall(r.call_id, r.source_name, Lack.END)
            for r in candidates
            if r.call_id in moving
        ),
    ]
    _write(out, since, known)
    out_of_time = [*(r for r in missing if r.call_id in late), *halves]
    return replace(
        source,
        recordings=tuple(r for r in candidates if r.call_id not in moving),
        rejected=source.rejected + tuple(_rejected(r, config) for r in out_of_time),
        waiting=tuple(sorted(waiting, key=lambda w: w.call_id)),
    )


def wait_for_manifest(manifest: Path, config: ArrivalsConfig, *, sleep: Sleep = time.sleep) -> None:
    """Wait until a manifest stands still, so that no half of it is read; skips folders.

    Raises
    ------
    SourceError
        If it is still written after ten times ``stable_s``.
    """
    for _ in range(_MOST_WAITS):
        if not manifest.is_file() or not _moving([manifest], config.stable_s, sleep):
            return
    raise SourceError(
        f"the manifest {manifest} is still being written; run again when it is complete, or write "
        "it under another name and rename it at the end"
    )


def waiting_since(out: Path) -> Mapping[str, datetime]:
    """Since when calls wait for their recording or their row, by call id."""
    return _read(out)


def forget(out: Path, call_ids: Iterable[str]) -> int:
    """Take calls out of ``waiting.json``; returns how many were in it."""
    known = _read(out)
    gone = set(call_ids) & set(known)
    if gone:
        _write(out, {c: at for c, at in known.items() if c not in gone}, known)
    return len(gone)


def _rejected(recording: Recording, config: ArrivalsConfig) -> Rejected:
    absent = _absent(recording)
    here = [path.name for path in recording.paths if path not in absent]
    what = f"{absent[0].name}, the other half of {here[0]}," if here else recording.source_name
    rest = f"take {here[0]} away" if here else "take its row out of the manifest"
    return Rejected(
        recording.call_id,
        recording.source_name,
        f"{what} has not come within {config.wait_h:g} hours; send it, or {rest}",
    )


def _absent(recording: Recording) -> list[Path]:
    """The files of a recording that are not there."""
    return [path for path in recording.paths if _stamp(path) is None]


def _files(recording: Recording) -> tuple[Path, ...]:
    """All files that a call is read from: its sound, and what is said of it beside."""
    return recording.paths + (() if recording.sidecar is None else (recording.sidecar,))


def _moving(paths: Sequence[Path], stable_s: float, sleep: Sleep) -> set[Path]:
    """The files that are being written: changed while looked at, or open for writing."""
    if not paths:
        return set()
    before = {path: _stamp(path) for path in paths}
    at = time.time()
    if stable_s and not all(_is_old(stamp, at, stable_s) for stamp in before.values()):
        sleep(stable_s)
    busy = _open_for_writing()
    return {
        path
        for path in paths
        if (stamp := _stamp(path)) is None or stamp != before[path] or stamp[2:] in busy
    }


_Stamp = tuple[int, int, int, int]


def _stamp(path: Path) -> _Stamp | None:
    """Size, time, device and number of a file; ``None`` where it is gone."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns, found.st_dev, found.st_ino


def _is_old(stamp: _Stamp | None, at: float, stable_s: float) -> bool:
    return stamp is not None and at - stamp[1] / 1e9 >= stable_s


def _open_for_writing() -> set[tuple[int, ...]]:
    """Device and number of the files that processes of this user have open for writing."""
    found: set[tuple[int, ...]] = set()
    own = str(os.getpid())
    for process in _numbered(_PROCESSES):
        if process.name == own:
            continue
        for handle in _numbered(process / "fd"):
            try:
                flags = (process / "fdinfo" / handle.name).read_text().split("flags:")[1].split()[0]
                if int(flags, 8) & _ACCESS:
                    status = handle.stat()
                    found.add((status.st_dev, status.st_ino))
            except (OSError, IndexError, ValueError):
                continue  # the process ended or closed the file
    return found


def _numbered(folder: Path) -> list[Path]:
    """What has a number for a name; nothing where there is no such folder or it is another's."""
    try:
        return [path for path in folder.iterdir() if path.name.isdigit()]
    except OSError:
        return []


def _read(out: Path) -> dict[str, datetime]:
    """``waiting.json``; a file that cannot be read only starts the waiting anew."""
    try:
        given = json.loads((out / _FILE).read_bytes())
        return {call_id: datetime.fromisoformat(at) for call_id, at in given.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _write(out: Path, since: Mapping[str, datetime], before: Mapping[str, datetime]) -> None:
    if since == before:
        return
    if not since:
        (out / _FILE).unlink(missing_ok=True)
        return
    text = json.dumps({c: at.isoformat(timespec="seconds") for c, at in sorted(since.items())})
    write_file(out / _FILE, text.encode() + b"\n")
