"""The logs of a run: one JSON object a line for machines, one sentence a line for people.

They say which call, what happened, how long it took. They hold no word of a call, no name of a
file and no error message, as those may name people: why a call failed stands in ``failed/``.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import logging
import os
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from callcoach.batch import events
from callcoach.batch.sources.overlooked import endings_line
from callcoach.config.nightly import LogConfig
from callcoach.errors import StoreError
from callcoach.storage.pseudonyms import folder_salt, salted
from callcoach.text import formatting

MACHINE_LOG = "run.jsonl"

PEOPLE_LOG = "run.log"

_ID = re.compile(r"[\w.@+=-]{1,200}")

_NEVER = frozenset({"error"})  # fields of events that name files


class Names:
    """How calls are named in logs and summaries: by their ids, or by a hash of them.

    Parameters
    ----------
    root
        Output folder.
    config
        Says which.
    """

    def __init__(self, root: Path, config: LogConfig) -> None:
        self._salt = folder_salt(root) if config.hash_ids else None

    def of(self, call_id: str) -> str:
        """The name of a call."""
        return call_id if self._salt is None else salted(self._salt, call_id)


class RunLog:
    """Listens to a run and writes ``logs/run.jsonl`` and ``logs/run.log``.

    It also takes what the package logs by itself, without texts that are no call ids.

    Parameters
    ----------
    folder
        The output folder's ``logs``.
    names
        How calls are named.
    config
        Sizes and how many old logs are kept.

    Raises
    ------
    StoreError
        On entering, if a log cannot be opened.
    """

    def __init__(self, folder: Path, names: Names, config: LogConfig) -> None:
        self._names = names
        self._machine = _File(folder / MACHINE_LOG, config)
        self._people = _File(folder / PEOPLE_LOG, config)
        self._handler = _Handler(self._logged)
        self._before = (logging.NOTSET, True)
        self._run_id = ""

    def __enter__(self) -> RunLog:
        self._machine.open()
        self._people.open()
        log = logging.getLogger("callcoach")
        self._before = (log.level, log.propagate)
        log.addHandler(self._handler)
        log.setLevel(logging.INFO)
        log.propagate = False
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        log = logging.getLogger("callcoach")
        log.removeHandler(self._handler)
        log.level, log.propagate = self._before
        if error is not None and not isinstance(error, SystemExit):
            self._write("run_broke_off", {"error_class": type(error).__name__})
        self._machine.close()
        self._people.close()

    def on(self, event: events.Event) -> None:
        """See :class:`callcoach.batch.events.EventListener`."""
        if isinstance(event, events.RunStarted):
            self._run_id = event.run_id
        self._write(event_name(event), self._fields(event))

    def _fields(self, event: events.Event) -> dict[str, Any]:
        result: dict[str, Any] = {}
        purged = getattr(event, "reason", None) is events.LeftReason.PURGED
        for field in dataclasses.fields(event):
            value = getattr(event, field.name)
            if field.name in _NEVER or field.name == "run_id":
                continue
            if field.name in ("call_id", "same_as"):
                if purged:  # its id must not come back
                    continue
                value = self._names.of(value)
            elif isinstance(value, float):
                value = round(value, 3)
            result[field.name] = value
        return result

    def _logged(self, record: logging.LogRecord) -> None:
        message = _safe_message(record, self._names)
        self._write("note", {"level": record.levelname.lower(), "message": message})

    def _write(self, name: str, fields: Mapping[str, Any]) -> None:
        at = datetime.fromtimestamp(fields["at"], UTC) if "at" in fields else datetime.now(UTC)
        line = {"at": at.isoformat(timespec="milliseconds"), "run": self._run_id, "event": name}
        line |= {key: value for key, value in fields.items() if key != "at"}
        self._machine.write(json.dumps(line, ensure_ascii=False))
        if name == "stage_done":  # for machines; people see what a call took
            return
        local = at.astimezone().isoformat(sep=" ", timespec="seconds")
        sentence = _sentence(name, fields).replace(formatting.NBSP, " ")  # a log is searched
        self._people.write(f"{local} {sentence}")


def event_name(event: events.Event) -> str:
    """The name of an event in the log: ``call_done`` for ``CallDone``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", type(event).__name__).lower()


def _sentence(name: str, f: Mapping[str, Any]) -> str:
    """An event for people. An event that is not known here is written as its fields."""
    call = f.get("call_id", "a purged call")
    if name == "run_started":
        return (
            f"run started: {formatting.count(f['total'], 'call', 'calls')} to do "
            f"({formatting.length(f['audio_s'])} of sound), {f['unchanged']} finished before, "
            f"{formatting.count(f['jobs'], 'worker', 'workers')}"
        )
    if name == "run_ended":
        return (
            f"run ended with code {f['exit_code']} after {formatting.length(f['seconds'])}: "
            f"{f['done']} done, {f['failed']} failed, {f['quarantined']} set aside, "
            f"{f['left']} left" + (f" ({f['error_class']})" if f.get("error_class") else "")
        )
    if name == "source_overlooked":
        endings = f["not_looked_at"]
        return "; ".join([*([endings_line(endings)] if endings else []), *f["notes"]])
    if name == "call_started":
        return f"{call} begun"
    if name == "call_done":
        return f"{call} done in {f['seconds']:.1f} s"
    if name == "call_failed":
        again = f["retry_s"]
        when = f"in {again:.0f} s" if again else "after the others"
        then = "" if again is None else f", tried again {when}"
        aside = ", set aside" if f["quarantined"] else ""
        return f"{call} failed (attempt {f['attempts']}): {f['error_class']}{then}{aside}"
    if name == "call_left":
        return f"{call} left for a later run: {f['reason']}"
    if name == "note":
        return f"{f['level']}: {f['message']}"
    return " ".join([name, *(f"{key}={value}" for key, value in f.items() if key != "at")])


def _safe_message(record: logging.LogRecord, names: Names) -> str:
    """A log record with errors by their class, and of its texts only the first, a call's id."""
    if not isinstance(record.msg, str):
        return type(record.msg).__name__
    if not record.args:
        return record.msg
    if not isinstance(record.args, tuple):
        return record.msg.split("%")[0]
    safe: list[object] = []
    for place, value in enumerate(record.args):
        if isinstance(value, BaseException):
            safe.append(type(value).__name__)
        elif isinstance(value, str) and place == 0 and _ID.fullmatch(value):
            safe.append(names.of(value))
        else:
            safe.append(value if isinstance(value, int | float) else "...")
    return record.msg % tuple(safe)


class _Handler(logging.Handler):
    def __init__(self, take: Callable[[logging.LogRecord], None]) -> None:
        super().__init__()
        self._take = take

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._take(record)
        except Exception:
            self.handleError(record)


class _File:
    """A log that is put aside when it is full: ``run.log``, ``run.log.1``, ``run.log.2``."""

    def __init__(self, path: Path, config: LogConfig) -> None:
        self._path = path
        self._most = int(config.max_mb * 1e6)
        self._keep = config.keep
        self._handle: int | None = None

    def open(self) -> None:
        try:
            if self._path.exists() and self._path.stat().st_size >= self._most:
                self._put_aside()
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
            self._handle = os.open(self._path, flags, 0o600)
        except OSError as error:
            raise StoreError(
                f"cannot write {self._path}: {error.strerror}; free some space or check its "
                "permissions, then run again"
            ) from error

    def close(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def write(self, line: str) -> None:
        """One line in one write, so that runs that share the folder do not mix their lines."""
        if self._handle is None:
            return
        if not self._in_place(self._handle):
            self.close()
            with contextlib.suppress(StoreError):  # no room for a new one
                self.open()
        if self._handle is None:
            return
        try:
            os.write(self._handle, (line + "\n").encode("utf-8", "backslashreplace"))
        except OSError:  # a full disk: the run itself says so, and goes on as far as it can
            return
        if os.fstat(self._handle).st_size >= self._most:
            self.close()
            self.open()

    def _in_place(self, handle: int) -> bool:
        """Whether the open file is still the log: a purge or another run may have put a new one."""
        try:
            return os.path.samestat(os.fstat(handle), self._path.stat())
        except OSError:
            return False

    def _put_aside(self) -> None:
        for number in range(self._keep, 0, -1):
            older = self._path if number == 1 else _aside(self._path, number - 1)
            if older.exists():
                older.replace(_aside(self._path, number))
        if not self._keep:
            self._path.unlink()


def _aside(path: Path, number: int) -> Path:
    return path.with_name(f"{path.name}.{number}")
