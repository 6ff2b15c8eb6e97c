"""The output folder: where things lie, and writes that are never half done.

A file is written beside its place, flushed to the disk and then renamed. What callcoach writes is
personal data, so files and folders are private to the user (0600, 0700).
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from callcoach.config.guide import Guide
from callcoach.errors import BusyError, StoreError
from callcoach.model.analysis import CallAnalysis
from callcoach.model.failed_call import FailedCall
from callcoach.storage.analysis_json import from_json
from callcoach.storage.locks import HeldError, folder_lock, short_lock

COPY_NAME = "audio.m4a"
"""Name of the copy in the call's folder."""


_FAILED = TypeAdapter(FailedCall)


class Store:
    """An output folder.

    Raises
    ------
    StoreError
        If the folder cannot be made or is a file.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        try:
            folders = (self.calls, self.failed, self.tables, self.logs, self.cache, self.finished)
            for folder in (root, *folders):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(_cannot("make the output folder", root, error)) from error

    @classmethod
    def existing(cls, root: Path) -> Store:
        """An output folder that must already hold a run."""
        if not (root / "ledger.sqlite").is_file():
            raise StoreError(
                f"{root} is not an output folder of callcoach (no ledger.sqlite); "
                "give the folder named with --out"
            )
        return cls(root)

    @property
    def calls(self) -> Path:
        """Folder with one folder per finished call."""
        return self.root / "calls"

    @property
    def failed(self) -> Path:
        """Folder with one file per failed call."""
        return self.root / "failed"

    @property
    def tables(self) -> Path:
        """Folder of the Parquet tables."""
        return self.root / "tables"

    @property
    def logs(self) -> Path:
        """Folder of the logs."""
        return self.root / "logs"

    @property
    def finished(self) -> Path:
        """Folder with what workers have finished and the ledger does not know yet."""
        return self.root / ".finished"

    @property
    def cache(self) -> Path:
        """Folder with the stages that are kept of each call."""
        return self.root / "cache"

    @property
    def ledger(self) -> Path:
        """The ledger's file."""
        return self.root / "ledger.sqlite"

    @property
    def site(self) -> Path:
        """The file in which the digests of the calls are kept for the index."""
        return self.root / "site.sqlite"

    @property
    def guide_path(self) -> Path:
        """The guide that the calls were scored with last."""
        return self.root / "guide.json"

    def call_folder(self, call_id: str) -> Path:
        """Folder of one call's results."""
        return self.calls / call_id

    def analysis_path(self, call_id: str) -> Path:
        """The call's ``analysis.json``."""
        return self.call_folder(call_id) / "analysis.json"

    def load(self, call_id: str) -> CallAnalysis:
        """Read a stored analysis.

        Raises
        ------
        StoreError
            If it is not there or cannot be read.
        """
        path = self.analysis_path(call_id)
        try:
            text = path.read_text(encoding="utf-8")
        except OSError as error:
            raise StoreError(
                f"no analysis of call {call_id!r} in {self.root}; "
                f"`callcoach status {self.root}` lists the calls"
            ) from error
        return from_json(text, str(path))

    def guide(self) -> Guide | None:
        """The guide that the calls were scored with last, ``None`` where they never were.

        Raises
        ------
        StoreError
            If it cannot be read.
        """
        try:
            return Guide.model_validate_json(self.guide_path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValidationError) as error:
            raise StoreError(
                f"cannot read the guide {self.guide_path}; `callcoach report {self.root} --guide "
                "FILE` writes it anew"
            ) from error

    def write_guide(self, guide: Guide) -> None:
        """Keep the guide that calls are scored with: their pages are written in its words."""
        text = guide.model_dump_json(indent=1) + "\n"
        write_file(self.guide_path, text.encode())

    def write_failed(self, failed: FailedCall) -> None:
        """Write ``failed/<call_id>.json``."""
        text = json.dumps(asdict(failed), ensure_ascii=False, indent=1) + "\n"
        write_file(self.failed / f"{failed.call_id}.json", text.encode())

    def failures(self) -> tuple[FailedCall, ...]:
        """The calls that have no report, in the order of their ids.

        Raises
        ------
        StoreError
            If a file of them cannot be read.
        """
        found = []
        for path in sorted(self.failed.glob("*.json")):
            try:
                found.append(_FAILED.validate_json(path.read_bytes()))
            except FileNotFoundError:
                continue  # a run that goes on has just done the call
            except (OSError, ValidationError) as error:
                raise StoreError(
                    f"cannot read {path}; `callcoach run` with --retry-failed writes it anew"
                ) from error
        return tuple(found)

    def clear_failed(self, call_id: str) -> None:
        """Remove the failure of a call that has now succeeded."""
        (self.failed / f"{call_id}.json").unlink(missing_ok=True)

    @contextlib.contextmanager
    def locked(self, *, shared: bool = False) -> Iterator[None]:
        """Hold the folder for one run, or together with other runs that share it.

        Raises
        ------
        BusyError
            If another run holds it.
        """
        with contextlib.ExitStack() as held:
            try:
                held.enter_context(
                    folder_lock(self.root / ".lock", shared=shared, when_alone=self._clear)
                )
            except HeldError as other:
                who = f" ({other})" if other.holders else ""
                raise BusyError(
                    f"another run is writing to {self.root}{who}; wait for it, use another --out, "
                    "or start both with --share"
                ) from other
            except OSError as error:
                raise StoreError(_cannot("lock", self.root, error)) from error
            yield

    @contextlib.contextmanager
    def closing(self, *, only_reading: bool = False) -> Iterator[None]:
        """Hold what is written about the whole batch, waiting for whoever writes it now.

        With ``only_reading`` a folder that cannot be written to is read without: what cannot be
        written cannot be purged meanwhile.

        Raises
        ------
        StoreError
            If the lock's file cannot be made.
        """
        with contextlib.ExitStack() as held:
            try:
                held.enter_context(short_lock(self.root / ".closing"))
            except OSError as error:
                if not only_reading:
                    raise StoreError(_cannot("lock", self.root, error)) from error
            yield

    def clear_call(self, call_id: str) -> None:
        """Remove what a worker left that was ended while it wrote this call's files."""
        with contextlib.suppress(OSError):  # the next run that is alone tries again
            for folder in (self.call_folder(call_id), self.cache / call_id):
                _remove_halves(folder, "*.tmp")
            for path in self.finished.glob("*.tmp"):
                if path.name.startswith(f"{call_id}.json"):
                    path.unlink(missing_ok=True)

    def _clear(self) -> None:
        """Remove what a run left that was killed while it wrote."""
        _remove_halves(self.root, "*.tmp", "*/*.tmp", "*/*/*.tmp")


def _remove_halves(folder: Path, *patterns: str) -> None:
    for pattern in patterns:
        for path in folder.glob(pattern):
            path.unlink(missing_ok=True)


def write_file(path: Path, data: bytes) -> None:
    """Write a file whole or not at all.

    Raises
    ------
    StoreError
        If the disk is full or the place cannot be written.
    """
    temporary: str | None = None
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # mkstemp makes the file 0600.
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".tmp")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except OSError as error:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
        raise StoreError(_cannot("write", path, error)) from error


def stamp_of(path: Path) -> str:
    """Size and time of a file; empty where there is none."""
    try:
        found = path.stat()
    except OSError:
        return ""
    return f"{found.st_size} {found.st_mtime_ns}"


def _cannot(what: str, path: Path, error: OSError) -> str:
    return (
        f"cannot {what} {path}: {error.strerror or error}; "
        "free some space or check its permissions, then run again: finished calls are kept"
    )
