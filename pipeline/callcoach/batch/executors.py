"""Running one function over many calls, in processes that may die.

A call that takes its process down (out of memory, a crash inside a decoder) costs only itself: the
calls that were under way are tried again, each in a process of its own.

The tasks reach the workers in a file, not through the pool's queue: when a worker dies while the
queue's pipe is full, the pool of Python 3.11 waits for ever.
"""

from __future__ import annotations

import pickle
import signal
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import active_children, get_context
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")
Result_co = TypeVar("Result_co", covariant=True)


class Executor(Protocol[Task, Result_co]):
    """Applies a function to tasks and gives the results as they come."""

    def run(self, tasks: Sequence[Task]) -> Iterator[tuple[Task, Result_co | None]]:
        """Yield each task with its result, ``None`` where the process died over it."""
        ...


class ProcessExecutor(Generic[Task, Result]):
    """``jobs`` worker processes.

    Parameters
    ----------
    function
        A picklable function of one task.
    jobs
        Number of processes.
    """

    def __init__(self, function: Callable[[Task], Result], jobs: int) -> None:
        self._function = function
        self._jobs = jobs

    def run(self, tasks: Sequence[Task]) -> Iterator[tuple[Task, Result | None]]:
        """See :class:`Executor`."""
        suspects: list[Task] = []
        for task, result, broken in self._pool(tasks, min(self._jobs, max(1, len(tasks)))):
            if broken:
                suspects.append(task)
            else:
                yield task, result
        # Whoever killed the pool is among those that did not finish; alone, it only hits itself.
        for suspect in suspects:
            for task, result, broken in self._pool([suspect], 1):
                yield task, None if broken else result

    def _pool(self, tasks: Sequence[Task], jobs: int) -> Iterator[tuple[Task, Result | None, bool]]:
        with tempfile.TemporaryDirectory(prefix="callcoach-") as folder:
            work = Path(folder) / "tasks"
            work.write_bytes(pickle.dumps((self._function, list(tasks))))
            yield from self._run(tasks, jobs, work)

    def _run(
        self, tasks: Sequence[Task], jobs: int, work: Path
    ) -> Iterator[tuple[Task, Result | None, bool]]:
        before = set(active_children())
        # Fresh interpreters: a fork of a process that has threads (as the engines do) may hang.
        pool = ProcessPoolExecutor(jobs, get_context("spawn"), _prepare, (work,))
        finished = False
        try:
            futures: dict[Future[Result], Task] = {
                pool.submit(_do, place): task for place, task in enumerate(tasks)
            }
            for future in as_completed(futures):
                try:
                    yield futures[future], future.result(), False
                except BrokenProcessPool:
                    yield futures[future], None, True
            finished = True
        finally:
            if not finished:
                # Stopped in the middle: what a worker has not written is done again next time.
                for child in set(active_children()) - before:
                    child.terminate()
            pool.shutdown(wait=finished, cancel_futures=True)


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


_work: tuple[Callable[[Any], Any], list[Any]] | None = None


def _prepare(work: Path) -> None:
    """Read the tasks in a worker, and leave Ctrl-C to the parent.

    The parent stops the batch after what is written is whole.
    """
    global _work
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _work = pickle.loads(work.read_bytes())


def _do(place: int) -> Any:
    assert _work is not None
    function, tasks = _work
    return function(tasks[place])
