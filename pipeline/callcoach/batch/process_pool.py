"""Running one function over many tasks, in worker processes that may die.

A task that takes its process down (out of memory, a crash inside a decoder, a hang) costs only
itself: the worker is replaced, and the other tasks never notice.

Tasks and results go through private files that are removed as soon as they are read; only short
words go through the pipes. A pipe never fills up that way, so that neither side can wait for ever
for one that died or was stopped.
"""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import os
import pickle
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from callcoach.errors import StoreError

Task = TypeVar("Task")

Result = TypeVar("Result")

Result_co = TypeVar("Result_co", covariant=True)

POLL_S = 0.5
"""How often workers are looked after, in seconds."""

START_S = 300.0
"""Within this time, in seconds, a new process must have begun with its task."""

_GOODBYE_S = 3.0  # for libraries that tidy up

_CRASHES = frozenset({signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT, signal.SIGILL, signal.SIGFPE})


class Executor(Protocol[Task, Result_co]):
    """Applies a function to tasks and gives the results as they come."""

    def run(self, tasks: Sequence[Task]) -> Iterator[tuple[Task, Result_co | None]]:
        """Yield each task with its result, ``None`` where the process died over it."""
        ...


class OnDemandExecutor(Protocol[Task, Result_co]):
    """An executor that asks for a task when a worker is free for it."""

    def run(self, tasks: Iterable[Task | None]) -> Iterator[tuple[Task, Result_co | None]]:
        """Yield each task with its result, ``None`` where the process died over it.

        A ``None`` among the tasks means that there is nothing to do just now.
        """
        ...


class DeathKind(StrEnum):
    """How a worker came to its end."""

    CRASHED = "crashed"  # by a signal that a broken program gets
    KILLED = "killed"  # by the system, as it does when memory runs out
    MEMORY = "memory"  # ended here: it took more memory than it may
    HUNG = "hung"  # ended here: it took longer than it may
    ENDED = "ended"  # it left by itself


@dataclass(frozen=True)
class Death:
    """How a worker came to its end; ``detail`` is the signal's name or the exit code."""

    kind: DeathKind
    detail: str
    seconds: float


class PoolCallbacks(Generic[Task, Result]):
    """What whoever runs tasks may say about them. This one says nothing; make it a base."""

    def longest_s(self, task: Task) -> float | None:
        """Seconds after which a worker that is still at the task is ended.

        The time that a new process takes to start is not counted: see :data:`START_S`.
        """
        return None

    def died(self, task: Task, death: Death) -> Result | None:
        """The result of a task over which a worker died."""
        return None

    def told(self, task: Task, message: Any) -> None:
        """A worker said something short about its task with :func:`tell`."""

    def tick(self) -> None:
        """Called again and again while tasks run, about every :data:`POLL_S`."""


class ProcessExecutor(Generic[Task, Result]):
    """``jobs`` worker processes.

    Parameters
    ----------
    function
        A picklable function of one task.
    jobs
        Number of processes.
    care
        Limits of a task, and who is told.
    memory_mb
        Resident memory that a worker may take, in MB; 0 for no bound. It is only watched where
        there is a ``/proc`` (Linux).
    """

    def __init__(
        self,
        function: Callable[[Task], Result],
        jobs: int,
        care: PoolCallbacks[Task, Result] | None = None,
        memory_mb: float = 0.0,
    ) -> None:
        self._function = function
        self._jobs = jobs
        self._care: PoolCallbacks[Task, Result] = care or PoolCallbacks()
        self._memory_mb = memory_mb

    def run(self, tasks: Iterable[Task | None]) -> Iterator[tuple[Task, Result | None]]:
        """See :class:`OnDemandExecutor`."""
        waiting = iter(tasks)
        more = True
        with tempfile.TemporaryDirectory(prefix="callcoach-") as folder:
            workers: list[_Worker[Task]] = []
            try:
                while True:
                    while more and sum(w.task is not None for w in workers) < self._jobs:
                        try:
                            task = next(waiting)
                        except StopIteration:
                            more = False
                            break
                        if task is None:
                            break
                        try:
                            self._give(task, workers, Path(folder))
                        except OSError as error:
                            raise StoreError(
                                f"cannot give work to a worker through {folder}: "
                                f"{error.strerror or error}; free some space and memory there, or "
                                "set TMPDIR, then run again: finished calls are kept"
                            ) from error
                    busy = [w for w in workers if w.task is not None]
                    if not busy and not more:
                        return
                    yield from self._hear(busy, workers)
                    self._care.tick()
            finally:
                # What a worker has not written by now is done again next time.
                for worker in workers:
                    worker.let_go()
                for worker in workers:
                    worker.end()

    def _give(self, task: Task, workers: list[_Worker[Task]], folder: Path) -> None:
        for worker in [w for w in workers if w.task is None]:
            if worker.alive:
                worker.give(task)
                return
            worker.end()  # it died while it had nothing to do
            workers.remove(worker)
        worker = _Worker(self._function, folder)
        workers.append(worker)
        worker.give(task)

    def _hear(
        self, busy: list[_Worker[Task]], workers: list[_Worker[Task]]
    ) -> Iterator[tuple[Task, Result | None]]:
        """Results of what is finished by now, waiting for the next word where there is none."""
        by_handle = {worker.connection: worker for worker in busy}
        ready = [by_handle[handle] for handle in wait(list(by_handle), POLL_S)]  # type: ignore[index]
        for worker in busy:
            task = worker.task
            assert task is not None
            if worker in ready:
                for message in worker.messages():
                    self._care.told(task, message)
            if worker.finished:
                yield task, worker.result()
                continue
            death = worker.death or self._over(worker, task)
            if death is not None:
                worker.end()
                workers.remove(worker)
                yield task, self._care.died(task, death)

    def _over(self, worker: _Worker[Task], task: Task) -> Death | None:
        """The death of a worker that is over its limits."""
        longest_s = self._care.longest_s(task) if worker.begun else START_S
        if longest_s is not None and worker.busy_s > longest_s:
            return Death(DeathKind.HUNG, f"{longest_s:.0f} s", worker.busy_s)
        if self._memory_mb and worker.memory_mb > self._memory_mb:
            return Death(DeathKind.MEMORY, f"{self._memory_mb:.0f} MB", worker.busy_s)
        return None


class _Worker(Generic[Task]):
    """A worker process as its parent sees it."""

    _numbers = itertools.count()

    def __init__(self, function: Callable[[Task], Any], folder: Path) -> None:
        # Fresh interpreters: a fork of a process that has threads (as the engines do) may hang.
        context = get_context("spawn")
        self.connection, theirs = context.Pipe()
        self._process: BaseProcess = context.Process(
            target=_work, args=(theirs, function, os.getpid()), daemon=True
        )
        self._process.start()
        theirs.close()  # else the pipe would not tell that the worker has died
        self._file = folder / str(next(self._numbers))
        self._since = 0.0
        self.task: Task | None = None
        self.begun = False
        self.finished = False
        self.death: Death | None = None

    @property
    def busy_s(self) -> float:
        return time.monotonic() - self._since

    @property
    def memory_mb(self) -> float:
        """Resident memory, 0 where it is not known."""
        try:
            pages = Path(f"/proc/{self._process.pid}/statm").read_text(encoding="ascii").split()[1]
        except (OSError, IndexError):
            return 0.0
        return int(pages) * os.sysconf("SC_PAGE_SIZE") / 1e6

    @property
    def alive(self) -> bool:
        return self._process.is_alive()

    def give(self, task: Task) -> None:
        """Give it a task."""
        descriptor = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            pickle.dump(task, file)
        self.task, self._since = task, time.monotonic()
        self.begun = self.finished = False
        with contextlib.suppress(OSError):  # it died just now: the pipe will tell
            self.connection.send(str(self._file))

    def messages(self) -> Iterator[Any]:
        """What it told; sets ``begun``, ``finished`` or ``death`` where it said that."""
        try:
            while not self.finished and self.connection.poll():
                message = self.connection.recv()
                if message == _BEGUN:
                    self.begun, self._since = True, time.monotonic()
                elif message == _DONE:
                    self.finished = True
                else:
                    yield message[0]
        except (EOFError, OSError):
            self._process.join(5)
            self.death = _death(self._process.exitcode, self.busy_s)

    def result(self) -> Any:
        """The result of the task that it finished; it is free then."""
        result = pickle.loads(self._file.read_bytes())
        self._file.unlink()
        self.task = None
        return result

    def let_go(self) -> None:
        """Let it end by itself, where it has nothing to do."""
        if self.task is None:
            self.connection.close()

    def end(self) -> None:
        """End it, whatever it is at."""
        if self.connection.closed:
            self._process.join(_GOODBYE_S)
        self._process.kill()
        self._process.join()
        self.connection.close()


class ProcessesIfMany(Generic[Task, Result]):
    """Worker processes where there are several tasks, and none where there is only one.

    A new process takes longer to start than a short task takes. Parameters as for
    :class:`ProcessExecutor`.
    """

    def __init__(self, function: Callable[[Task], Result], jobs: int) -> None:
        self._function = function
        self._jobs = jobs

    def run(self, tasks: Sequence[Task]) -> Iterator[tuple[Task, Result | None]]:
        """See :class:`Executor`."""
        if self._jobs > 1 and len(tasks) > 1:
            yield from ProcessExecutor(self._function, self._jobs).run(tasks)
        else:
            yield from ((task, self._function(task)) for task in tasks)


def _death(exit_code: int | None, seconds: float) -> Death:
    if exit_code is None or exit_code >= 0:
        return Death(DeathKind.ENDED, f"exit code {exit_code}", seconds)
    name = signal.Signals(-exit_code).name
    kind = DeathKind.CRASHED if -exit_code in _CRASHES else DeathKind.KILLED
    return Death(kind, name, seconds)


# ------------------------------------------------------------------ in the worker

_BEGUN, _DONE = "begun", "done"

_to_parent: Connection[Any, Any] | None = None


def tell(message: Any) -> None:
    """Say something short (under 1 kB) about the task at hand; nothing outside of a worker."""
    if _to_parent is not None:
        _to_parent.send((message,))


def _work(connection: Connection[Any, Any], function: Callable[[Any], Any], parent: int) -> None:
    global _to_parent
    # The parent decides when to stop, after what is written is whole.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    _die_with(parent)
    _to_parent = connection
    try:
        while True:
            path = Path(connection.recv())
            task = pickle.loads(path.read_bytes())
            path.unlink()
            connection.send(_BEGUN)
            result = function(task)
            path.write_bytes(pickle.dumps(result))
            connection.send(_DONE)
    except (EOFError, OSError):
        return  # the parent is gone, and with it whoever wants results


def _die_with(parent: int) -> None:
    """End this process when its parent ends: two must never work at the same call."""
    if sys.platform == "linux":
        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)

    def watch() -> None:
        found = parent_process()
        if found is not None:
            wait([found.sentinel])
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
