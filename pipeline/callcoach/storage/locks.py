"""Who may write to an output folder: one run alone, or several that share it.

The lock is the system's (``flock``): it is gone with its process, however that ends.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Holder:
    """A process that holds a lock. ``start`` tells it from a later one with the same number."""

    pid: int
    host: str
    start: str
    since: str

    @classmethod
    def this(cls) -> Holder:
        """The process that asks, as of now."""
        now = time.strftime("%Y-%m-%d %H:%M:%S")
        return cls(os.getpid(), socket.gethostname(), process_start(os.getpid()) or "", now)

    @property
    def words(self) -> str:
        """For people."""
        return f"process {self.pid} on {self.host}, since {self.since}"


def process_start(pid: int) -> str | None:
    """When a process of this machine was started, in the system's ticks.

    ``None`` where there is no such process, empty where the system does not tell.
    """
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        pass  # it lives, and is somebody else's
    try:
        # Behind the name, which may hold spaces and brackets: state is field 3, start field 22.
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return ""
    return None if fields[0] in "ZX" else fields[19]


class HeldError(Exception):
    """Somebody else holds the lock: ``holders``, as far as they said who they are."""

    def __init__(self, holders: tuple[Holder, ...]) -> None:
        super().__init__(", ".join(holder.words for holder in holders))
        self.holders = holders


@contextlib.contextmanager
def folder_lock(path: Path, *, shared: bool, when_alone: Callable[[], None]) -> Iterator[None]:
    """Hold a lock file, alone or with others that share it.

    Parameters
    ----------
    path
        The lock file; it names who holds it.
    shared
        Hold it together with others that share it too.
    when_alone
        Called first where nobody else holds it, while nobody else can get it.

    Raises
    ------
    HeldError
        If it cannot be had.
    OSError
        If the file cannot be made.
    """
    # Not truncated: it names who holds it.
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        if _try(handle, fcntl.LOCK_EX):
            os.ftruncate(handle, 0)
            when_alone()
            if shared and not _try(handle, fcntl.LOCK_SH):
                raise HeldError(_holders(path))
        elif not shared or not _try_long(handle, fcntl.LOCK_SH):
            raise HeldError(_holders(path))
        with contextlib.suppress(OSError):  # a full disk: who it is will not be told
            os.write(handle, (json.dumps(asdict(Holder.this())) + "\n").encode())
        yield
    finally:
        os.close(handle)


@contextlib.contextmanager
def short_lock(path: Path) -> Iterator[None]:
    """Hold a lock file alone, waiting for whoever has it."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        while not _try(handle, fcntl.LOCK_EX):
            time.sleep(0.2)  # not a blocking call: Ctrl-C must get through
        yield
    finally:
        os.close(handle)


def _try(handle: int, kind: int) -> bool:
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _try_long(handle: int, kind: int) -> bool:
    """Try for two seconds: another run that shares has the lock alone while it starts."""
    for _ in range(20):
        if _try(handle, kind):
            return True
        time.sleep(0.1)
    return False


def _holders(path: Path) -> tuple[Holder, ...]:
    """Who wrote down that they hold a lock and may still do so."""
    found = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            holder = Holder(**json.loads(line))
        except (ValueError, TypeError):
            continue
        here = holder.host == socket.gethostname()
        if not here or process_start(holder.pid) == holder.start:
            found.append(holder)
    return tuple(found)
