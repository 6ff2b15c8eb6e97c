"""A run that is killed at every file that comes into its place, and taken up again each time.

    python tests/kill_points.py SOURCE OUT CONFIG

The process runs once undisturbed, so that all is loaded. Each run after that is a fork of it,
which takes a moment, and does its calls in one process. It is killed with SIGKILL: just before the
first file that no run was killed at takes its place, the next time just behind it. Prints the
points, then the exit code of the run that nothing killed.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import fake_run
from callcoach.batch.run import runner
from doubles import Inline

_replace = os.replace


def main(source: str, out: str, config: str) -> None:
    """Run until a run comes to its end."""
    runner.ProcessExecutor = Inline  # type: ignore[assignment,misc]
    command = ["run", source, "--config", config, "--jobs", "1", "--out"]
    stdout = os.dup(1)
    os.dup2(2, 1)  # what runs say is no result of this
    with TemporaryDirectory() as folder:
        assert _code([*command, f"{folder}/out"]) == 0
    points: list[str] = []
    while True:
        said, ended = _forked(lambda tell: _run([*command, out], Path(out), points, tell))
        if not os.WIFSIGNALED(ended):
            os.dup2(stdout, 1)
            print(json.dumps({"points": points, "code": os.waitstatus_to_exitcode(ended)}))
            return
        assert os.WTERMSIG(ended) == signal.SIGKILL and said not in points, said
        points.append(said)


def _run(command: list[str], out: Path, points: list[str], tell: Callable[[str], None]) -> int:
    def replace(source: Any, target: Any, **more: Any) -> None:
        def here(when: str) -> None:
            point = f"{when} {os.path.relpath(target, out)}"
            if point not in points:
                tell(point)
                os.killpg(0, signal.SIGKILL)

        here("before")
        _replace(source, target, **more)
        here("behind")

    os.replace = replace
    os.setsid()
    return _code(command)


def _forked(work: Callable[[Callable[[str], None]], int]) -> tuple[str, int]:
    """Do some work in a fork: what it told, and how it ended."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        code = 99
        try:
            code = work(lambda text: _tell(write, text))
        finally:
            os._exit(code)
    os.close(write)
    with os.fdopen(read, encoding="utf-8") as pipe:
        said = pipe.read()
    return said, os.waitpid(child, 0)[1]


def _tell(pipe: int, text: str) -> None:
    left = text.encode()
    while left:
        left = left[os.write(pipe, left) :]


def _code(command: list[str]) -> int:
    try:
        fake_run.main(command)
    except SystemExit as end:
        return int(end.code or 0)
    return 0


if __name__ == "__main__":
    main(*sys.argv[1:])
