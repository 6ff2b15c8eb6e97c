"""What there is to do: each call of the source held against the ledger."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from callcoach import __version__
from callcoach.analysis.analyse import package_versions
from callcoach.audio.two_files import joint_sha256
from callcoach.batch.retention.tombstones import Tombstones
from callcoach.config.config import Config
from callcoach.model.recording import Recording
from callcoach.speech.catalogue import SPEAKERS
from callcoach.speech.weights import find_model, is_here, resolve
from callcoach.storage.ledger import CallRecord, Ledger, State
from callcoach.storage.output_folder import Store

_UNREADABLE = "unreadable"

_SETTLED_S = 2.0  # a file may change twice within the steps of some file systems' times


@dataclass(frozen=True)
class RunFingerprint:
    """What a result depends on beside the recording.

    ``code`` stands for callcoach and the packages, ``whole`` for the settings and models too.
    """

    code: str
    whole: str


def identity_of(config: Config) -> RunFingerprint:
    """The identity of a run with these settings.

    Silero's and swift-f0's models are inside their packages, so their versions stand for them.

    Raises
    ------
    WeightsError
        If a model is missing or wrong.
    """
    model = resolve(config.speech)
    packages = [f"{package.name} {package.version}" for package in package_versions()]
    code = _hash(__version__, *packages)
    parts = [__version__, config.sha256, *sorted(f.sha256 for f in model.files)]
    if config.diarize.on and is_here(SPEAKERS):
        parts.append(find_model(SPEAKERS).sha256)
    return RunFingerprint(code, _hash(*parts, *packages))


@dataclass(frozen=True)
class PlannedCall:
    """A call to do: ``seen`` is what the ledger had of it, ``entry`` what it is to have."""

    recording: Recording
    seen: CallRecord | None
    entry: CallRecord


@dataclass(frozen=True)
class WorkPlan:
    """What there is to do.

    ``todo`` are the calls to do, ``unchanged`` counts the finished ones that stay as
    they are. ``duplicates`` pairs calls of the same content with the first one of them. ``purged``
    are the calls that were purged before and are left alone.
    """

    todo: tuple[PlannedCall, ...]
    unchanged: int
    duplicates: tuple[tuple[str, str], ...]
    purged: tuple[str, ...] = ()


def plan_work(
    recordings: Iterable[Recording],
    identity: RunFingerprint,
    ledger: Ledger,
    store: Store,
    *,
    retry_failed: bool,
    tombstones: Tombstones | None = None,
) -> WorkPlan:
    """Hold the calls of a source against the ledger.

    Parameters
    ----------
    recordings
        The calls. Their content is read, unless file and ledger agree on size and time.
    identity
        Of this run.
    ledger, store
        The output folder.
    retry_failed
        Try quarantined calls again although nothing changed.
    tombstones
        The purged calls that are to be left alone.
    """
    todo: list[PlannedCall] = []
    duplicates: list[tuple[str, str]] = []
    by_content: dict[str, str] = {}
    purged: list[str] = []
    unchanged = 0
    for recording in recordings:
        call_id = recording.call_id
        before = ledger.get(call_id)
        content, stamp, size = _content(recording.paths, before)
        gone = content == _UNREADABLE
        if tombstones is not None and tombstones.covers(call_id, None if gone else content):
            purged.append(call_id)
            continue
        if not gone:
            first = by_content.setdefault(content, call_id)
            if first != call_id:
                duplicates.append((call_id, first))
        key = _call_key(recording, identity, content)
        same = before is not None and before.key == key
        if before is not None and (same or gone):
            # Recordings are moved or removed once they have their report: it stays.
            if before.state is State.DONE and store.analysis_path(call_id).is_file():
                unchanged += 1
                if not gone and before.source_stamp != stamp:
                    ledger.put(replace(before, source_stamp=stamp, content=content))
                continue
            if before.state is State.QUARANTINED and same and not retry_failed:
                continue
        todo.append(
            PlannedCall(
                recording,
                before,
                CallRecord(
                    call_id,
                    recording.source_name,
                    key,
                    State.NEW,
                    before.attempts if before is not None and same else 0,
                    content=content,
                    source_stamp=stamp,
                    source_bytes=size,
                    interrupted=before.interrupted if before is not None and same else 0,
                ),
            )
        )
    return WorkPlan(tuple(todo), unchanged, tuple(duplicates), tuple(purged))


def _content(
    paths: Sequence[Path], before: CallRecord | None
) -> tuple[str, str | None, int | None]:
    """SHA-256 of a recording, the state of its file or files, and the size of the larger one.

    Files that are as they were when their content was read are not read again.
    """
    try:
        found = [path.stat() for path in paths]
        stamp = "; ".join(f"{one.st_size} {one.st_mtime_ns} {one.st_ino}" for one in found)
        # Lengths are foretold by the bytes in a second: two files of a call run side by side.
        size = max(one.st_size for one in found)
        if before is not None and before.source_stamp == stamp and before.content is not None:
            return before.content, stamp, size
        hashes = [_file_sha256(path) for path in paths]
    except OSError:
        return _UNREADABLE, None, None
    settled = time.time() - max(one.st_mtime for one in found) > _SETTLED_S
    content = hashes[0] if len(hashes) == 1 else joint_sha256(*hashes)
    return content, stamp if settled else None, size


def _file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _call_key(recording: Recording, identity: RunFingerprint, content: str) -> str:
    """Hash of everything a call's result depends on. A file that cannot be read has its own."""
    described = json.dumps(
        [
            recording.source_name,
            None if recording.second is None else recording.second.offset_s,
            recording.agent_id,
            recording.started_at,
            recording.agent_side,
            [[item.name, item.value] for item in recording.metadata],
            [note.text for note in recording.notes],
        ]
    )
    return _hash(identity.whole, content, described)


def _hash(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
