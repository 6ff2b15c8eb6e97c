"""Runs in processes of their own, that can be killed: what goes in, and what is left of it."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import soundfile

from callcoach.storage.ledger import Ledger
from callcoach.storage.output_folder import stamp_of
from sounds import noise, silence, voice

RATE_HZ = 8000
SCRIPT = Path(__file__).parent / "fake_run.py"
SITE = "site.sqlite"
ONE = ("--jobs", "1")
"""A process takes longer to start than a few such calls take."""
_BY_TIME = ("ledger.sqlite", "logs", ".lock", ".closing", ".finished", "summary")
"""What may differ between two runs: it holds times, or who ran."""


def write_call(path: Path, seed: int = 0) -> None:
    """Three seconds in which the left side speaks, then the right."""
    path.parent.mkdir(parents=True, exist_ok=True)

    def row(*parts: tuple[float, float]) -> np.ndarray:
        sounds = [
            voice(np.full(round(s * RATE_HZ), hz), rate_hz=RATE_HZ) if hz else silence(s, RATE_HZ)
            for s, hz in parts
        ]
        return np.concatenate(sounds)

    left = row((0.2, 0.0), (1.2, 110.0 + seed % 60), (1.6, 0.0))
    right = row((1.6, 0.0), (1.2, 210.0), (0.2, 0.0))
    hiss = noise(3, -75, RATE_HZ, seed=seed)
    soundfile.write(path, np.stack([left, right], axis=1) + hiss[:, None], RATE_HZ)


def write_batch(folder: Path, calls: int) -> Path:
    """A manifest of calls of three agents, on as many days."""
    rows = ["path,agent_id,started_at,agent_channel,priority"]
    for number in range(calls):
        name = f"c{number:03d}.wav"
        write_call(folder / name, number)
        day = f"2026-{1 + number // 28:02d}-{1 + number % 28:02d}"
        rows.append(f"{name},agent-{number % 3},{day},left,{number % 5}")
    (folder / "calls.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder / "calls.csv"


def write_settings(folder: Path, **batch: object) -> Path:
    """Settings that suit such short calls."""
    values = {"min_free_mb": 0, "retry_wait_s": 0.05, **batch}
    lines = [f'{k} = "{v}"' if isinstance(v, str) else f"{k} = {v}" for k, v in values.items()]
    path = folder / "settings.toml"
    path.write_text(
        "\n".join(
            [
                "research = true",  # calls of a few seconds have no voice to measure else
                "[batch]",
                *lines,
                "[baseline]",
                "window_s = 0.5",
                "min_windows = 2",
                "min_calls = 3",
                "[level]",
                "min_speech_s = 0.3",
                "[pitch]",
                "min_stretch_voiced_s = 0.3",
            ]
        )
        + "\n",
        encoding="utf-8",
    )
    return path


def start(
    source: Path, out: Path, config: Path, *options: str, call_s: float = 0.0, kill_at: str = ""
) -> subprocess.Popen[str]:
    """Start a run in a process group of its own; ``kill_at`` names a file, see ``fake_run``."""
    command = [sys.executable, str(SCRIPT), "run", str(source), "--out", str(out)]
    return subprocess.Popen(
        [*command, "--config", str(config), "--jobs", "2", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "FAKE_CALL_S": str(call_s), "FAKE_KILL_AT": kill_at},
    )


@dataclass(frozen=True)
class Ended:
    """How a run ended."""

    code: int
    out: str
    err: str


def finish(process: subprocess.Popen[str], timeout_s: float = 300.0) -> Ended:
    """Wait for a run."""
    try:
        out, err = process.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        kill(process)
        raise
    return Ended(process.returncode, out, err)


def run(source: Path, out: Path, config: Path, *options: str, call_s: float = 0.0) -> Ended:
    """Run to the end."""
    return finish(start(source, out, config, *options, call_s=call_s))


def kill(process: subprocess.Popen[str], *, group: bool = True) -> None:
    """``kill -9``: the run with its workers, or the run alone."""
    if group:
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.communicate()


def files(out: Path) -> dict[str, bytes]:
    """What a run leaves, but for times."""
    found = {
        str(path.relative_to(out)): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file() and not str(path.relative_to(out)).startswith(_BY_TIME)
    }
    if SITE in found:
        found[SITE] = _known_of_the_site(out)
    return found


def _known_of_the_site(out: Path) -> bytes:
    """What the index's memory holds, with whether its stamps are those of the files now."""
    db = sqlite3.connect(f"{(out / SITE).absolute().as_uri()}?immutable=1", uri=True)
    calls = [
        (call_id, stamp == stamp_of(out / "calls" / call_id / "analysis.json"), digest)
        for call_id, stamp, digest in db.execute("SELECT * FROM digests ORDER BY call_id")
    ]
    names = [
        (name, (stamp_of(out / name) or "gone") in stamp)
        for name, stamp in db.execute("SELECT name, stamp FROM files ORDER BY name")
        if not name.startswith("calls/")  # whether a call's report is known to be fresh may differ
    ]
    db.close()
    return repr((calls, names)).encode()


def watch(out: Path) -> None:
    """Let the ledger write down every start and every end of a call."""
    out.mkdir(mode=0o700, exist_ok=True)
    Ledger(out / "ledger.sqlite").close()
    with sqlite3.connect(out / "ledger.sqlite") as db:
        db.execute("CREATE TABLE seen (call_id TEXT, state TEXT, run_id TEXT, at REAL)")
        db.execute(
            "CREATE TRIGGER see AFTER INSERT ON calls "
            "WHEN NEW.state IN ('running', 'done') BEGIN INSERT INTO seen VALUES (NEW.call_id, "
            "NEW.state, NEW.run_id, IFNULL(NEW.ended_at, NEW.started_at)); END"
        )
    db.close()


def seen(out: Path, state: str) -> Counter[str]:
    """How often each call came into a state."""
    db = sqlite3.connect(out / "ledger.sqlite")
    rows = db.execute(
        "SELECT DISTINCT call_id, run_id, at FROM seen WHERE state = ?", (state,)
    ).fetchall()
    db.close()
    return Counter(call_id for call_id, _, _ in rows)


@dataclass
class Kills:
    """What became of a batch whose runs were killed again and again."""

    moments_s: list[float] = field(default_factory=list)
    done: list[int] = field(default_factory=list)
    too_late: int = 0
    last: Ended = Ended(-1, "", "")


def run_with_kills(
    source: Path, out: Path, config: Path, *, kills: int, seed: int, longest_s: float
) -> Kills:
    """Kill a run at random moments, then let it go to its end.

    Every third kill leaves the workers to notice by themselves. A run that ends before its moment
    counts as ``too_late``, and the next one has less time.
    """
    chance, result = random.Random(seed), Kills()
    while len(result.moments_s) + result.too_late < kills:
        moment_s = chance.uniform(0.3, longest_s)
        process = start(source, out, config)
        try:
            process.wait(moment_s)
        except subprocess.TimeoutExpired:
            kill(process, group=len(result.moments_s) % 3 != 2)
            result.moments_s.append(moment_s)
            result.done.append(len(seen(out, "done")))
        else:
            process.communicate()
            result.too_late += 1
    result.last = run(source, out, config)
    return result


def wait_for(condition: object, timeout_s: float = 60.0) -> None:
    """Wait until something holds."""
    end = time.monotonic() + timeout_s
    while not condition():  # type: ignore[operator]
        if time.monotonic() > end:
            raise TimeoutError("it did not come to hold")
        time.sleep(0.05)
