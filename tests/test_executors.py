"""Worker processes: every result comes, and a death costs its task only."""

from __future__ import annotations

import os
import time

from callcoach.batch.process_pool import ProcessExecutor


def square(n: int) -> int:
    if n == 13:
        os._exit(1)  # as a crash in a decoder would
    time.sleep(0.01)
    return n * n


def test_processes_give_every_result() -> None:
    results = dict(ProcessExecutor(square, 2).run(range(6)))
    assert results == {n: n * n for n in range(6)}


def test_a_process_that_dies_costs_only_its_task() -> None:
    results = dict(ProcessExecutor(square, 2).run([1, 2, 13, 3, 4, 5]))
    assert results == {1: 1, 2: 4, 13: None, 3: 9, 4: 16, 5: 25}


def size_of(task: bytes) -> int:
    if task.startswith(b"die"):
        os._exit(1)
    return len(task)


def test_a_process_that_dies_over_large_tasks_stops_nothing() -> None:
    """A megabyte each does not fit into a pipe's buffer."""
    tasks = [b"die" + bytes(10**6), *(bytes([n]) * 10**6 for n in range(1, 8))]
    results = dict(ProcessExecutor(size_of, 2).run(tasks))
    assert results == {tasks[0]: None} | dict.fromkeys(tasks[1:], 10**6)


def test_no_tasks_no_results() -> None:
    assert list(ProcessExecutor(square, 2).run([])) == []
