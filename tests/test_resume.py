"""Runs that are killed, stopped or shared: what is finished stays, what is not is taken up again.

``benchmarks/kills.py`` does the first of these tests with 200 calls and 20 kills.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from batch_process import (
    ONE,
    Ended,
    files,
    finish,
    kill,
    run,
    run_with_kills,
    seen,
    start,
    wait_for,
    watch,
    write_batch,
    write_settings,
)
from callcoach.batch.events import LeftReason
from callcoach.batch.run.queue import CallQueue, QueuedCall, in_order
from callcoach.errors import StoreError
from callcoach.model.recording import MetadataItem, Recording
from callcoach.storage.ledger import CallRecord, Ledger, RunEntry, StageTime, State
from callcoach.storage.ledger_records import MadeSound
from callcoach.storage.locks import process_start

CALLS = int(os.environ.get("CALLCOACH_KILL_CALLS", "16"))
KILL_POINTS = Path(__file__).parent / "kill_points.py"
KILLS = int(os.environ.get("CALLCOACH_KILLS", "3"))


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with recordings, settings and an undisturbed run of them in ``plain``."""
    root = tmp_path_factory.mktemp("batch")
    write_batch(root / "in", CALLS)
    write_settings(root)
    ended = run_in(root, root / "plain")
    assert ended.code == 0, ended.err
    return root


def run_in(root: Path, out: Path, *options: str) -> Ended:
    return run(root / "in" / "calls.csv", out, root / "settings.toml", *options)


def states(out: Path) -> list[str]:
    ledger = Ledger(out / "ledger.sqlite")
    found = [entry.state.value for entry in ledger.entries()]
    ledger.close()
    return found


def done(out: Path) -> int:
    if not (out / "ledger.sqlite").is_file():
        return 0
    return states(out).count("done")


# ------------------------------------------------------------------ processes


@pytest.mark.slow
def test_a_killed_run_ends_as_an_undisturbed_one(batch: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    watch(out)
    killed = run_with_kills(
        batch / "in" / "calls.csv", out, batch / "settings.toml", kills=KILLS, seed=7, longest_s=6.0
    )
    assert killed.last.code == 0, killed.last.err
    assert killed.moments_s
    assert set(seen(out, "done").values()) == {1} and len(seen(out, "done")) == CALLS
    assert sum(seen(out, "running").values()) - CALLS <= 2 * len(killed.moments_s)
    assert files(out) == files(batch / "plain")
    assert not list(out.rglob("*.tmp"))


@pytest.mark.long
@pytest.mark.slow
def test_a_run_that_is_killed_at_its_tables_ends_as_an_undisturbed_one(
    batch: Path, tmp_path: Path
) -> None:
    out, source, config = tmp_path / "out", batch / "in" / "calls.csv", batch / "settings.toml"
    for wait_s in (0.0, 0.1, 0.2, 0.4):
        process = start(source, out, config)
        if done(out) < CALLS:
            wait_for(lambda: done(out) == CALLS)
        else:
            wait_for(lambda: owners_open(out))
        time.sleep(wait_s)
        if process.poll() is None:
            kill(process)
        else:
            process.communicate()
    assert run_in(batch, out).code == 0
    assert files(out) == files(batch / "plain")


def owners_open(out: Path) -> list[int]:
    """Processes of the runs that are open and alive."""
    ledger = Ledger(out / "ledger.sqlite")
    found = [run.pid for run in ledger.runs(open_only=True) if process_start(run.pid)]
    ledger.close()
    return found


@pytest.mark.slow
@pytest.mark.parametrize("calls", [2, pytest.param(6, marks=pytest.mark.long)])
def test_a_kill_at_any_file_leaves_nothing_wrong(tmp_path: Path, calls: int) -> None:
    """Before and behind every file that comes into its place, each time the run is taken up."""
    source, config = write_batch(tmp_path / "in", calls), write_settings(tmp_path)
    plain, out = tmp_path / "plain", tmp_path / "out"
    assert run(source, plain, config, *ONE).code == 0
    command = [sys.executable, str(KILL_POINTS), str(source), str(out), str(config)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=900)
    assert ended.returncode == 0, ended.stderr
    said = json.loads(ended.stdout)
    assert said["code"] == 0
    assert files(out) == files(plain)
    assert not list(out.rglob("*.tmp"))
    # It was killed at all files that are no database, and at those that are gone again.
    points = set(said["points"])
    written = {name for name in files(out) if not name.endswith(".sqlite")}
    assert {f"{when} {name}" for name in written for when in ("before", "behind")} <= points
    assert {f"behind .finished/c00{number}.json" for number in range(calls)} <= points


@pytest.mark.slow
def test_a_kill_while_the_sound_is_changed_leaves_nothing_wrong(tmp_path: Path) -> None:
    source, copy = write_batch(tmp_path / "in", 3), write_settings(tmp_path)
    none = tmp_path / "none.toml"
    none.write_text(f'{copy.read_text()}[reports]\naudio = "none"\n', encoding="utf-8")
    plain, out = tmp_path / "plain", tmp_path / "out"
    for folder in (plain, out):
        assert run(source, folder, copy, *ONE).code == 0
    assert run(source, plain, none, *ONE).code == 0
    killed_at(source, out, none, "analysis.json", "calls.parquet")
    assert files(out) == files(plain)
    assert not list(out.rglob("audio.m4a"))
    assert run(source, plain, copy, *ONE).code == 0
    killed_at(source, out, copy, "audio.m4a", "analysis.json")
    assert files(out) == files(plain)
    assert len(list(out.rglob("audio.m4a"))) == 3


def killed_at(source: Path, out: Path, config: Path, *names: str) -> None:
    """Run again and again, each time killed as soon as a file is there, then to the end."""
    for name in names:
        killed = finish(start(source, out, config, *ONE, kill_at=name))
        assert killed.code == -signal.SIGKILL, name
    ended = run(source, out, config, *ONE)
    assert ended.code == 0, ended.err


@pytest.mark.slow
@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_run_gives_its_calls_back(
    batch: Path, tmp_path: Path, number: int, code: int
) -> None:
    out = tmp_path / "out"
    process = start(batch / "in" / "calls.csv", out, batch / "settings.toml", call_s=4.0)
    wait_for(lambda: done(out) >= 2 and running(out))
    half = out / ".finished" / f"{running(out)[0]}.json.tmp"
    half.touch()  # as a worker that is ended while it writes leaves it
    began = time.monotonic()
    os.killpg(process.pid, number)  # as a terminal and systemd do: the workers get it too
    ended = finish(process)
    assert time.monotonic() - began < 10
    assert ended.code == code
    assert "run the same command again" in ended.err and "Traceback" not in ended.err
    found = states(out)
    assert set(found) == {"done", "new"}
    ledger = Ledger(out / "ledger.sqlite")
    assert {e.attempts for e in ledger.entries() if e.state is State.NEW} == {0}
    assert ledger.runs()[0].exit_code == code
    ledger.close()
    assert not list(out.rglob("*.tmp"))
    assert run_in(batch, out).code == 0
    assert files(out) == files(batch / "plain")


def running(out: Path) -> list[str]:
    """The calls that a run is at."""
    ledger = Ledger(out / "ledger.sqlite")
    found = [entry.call_id for entry in ledger.running()]
    ledger.close()
    return found


@pytest.mark.slow
def test_two_runs_that_share_do_every_call_once(batch: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    watch(out)
    source, config = batch / "in" / "calls.csv", batch / "settings.toml"
    runs = [start(source, out, config, "--share", call_s=0.1) for _ in range(2)]
    ended = [finish(process) for process in runs]
    assert [one.code for one in ended] == [0, 0], [one.err for one in ended]
    assert seen(out, "done") == seen(out, "running") == dict.fromkeys(seen(out, "done"), 1)
    assert len(seen(out, "done")) == CALLS
    assert sum("it writes the index" in one.out for one in ended) <= 1
    assert files(out) == files(batch / "plain")


@pytest.mark.slow
def test_the_calls_of_a_sharer_that_was_killed_are_done_by_the_other(
    batch: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    watch(out)
    source, config = batch / "in" / "calls.csv", batch / "settings.toml"
    first = start(source, out, config, "--share", call_s=1.0)
    wait_for(lambda: done(out) >= 1)
    half = out / "calls" / f"c{CALLS - 1:03d}" / "report.md.tmp"
    half.parent.mkdir()
    half.touch()  # as one that is killed while it writes leaves it
    second = start(source, out, config, "--share")
    wait_for(lambda: len(owners(out)) > 1)
    kill(first)
    ended = finish(second)
    assert ended.code == 0, ended.err
    assert set(states(out)) == {"done"}
    assert files(out) == files(batch / "plain")


def owners(out: Path) -> set[str]:
    ledger = Ledger(out / "ledger.sqlite")
    found = {entry.run_id or "" for entry in ledger.entries() if entry.run_id}
    ledger.close()
    return found


@pytest.mark.slow
def test_a_second_run_is_told_who_has_the_folder(batch: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    source, config = batch / "in" / "calls.csv", batch / "settings.toml"
    first = start(source, out, config, call_s=2.0)
    try:
        wait_for(lambda: out.is_dir() and (out / "ledger.sqlite").is_file())
        for options in ((), ("--share",)):
            ended = run(source, out, config, *options)
            assert ended.code == 2
            assert f"process {first.pid} on " in ended.err and "since " in ended.err
            assert "--share" in ended.err
    finally:
        kill(first)
    assert run_in(batch, out).code == 0  # the lock went with its holder


@pytest.mark.slow
def test_until_stops_in_time_and_the_next_run_takes_the_rest(batch: Path, tmp_path: Path) -> None:
    """The clock of the machine has no seconds here: the run is told to stop in this very minute."""
    out = tmp_path / "out"
    while time.time() % 60 > 30:  # a minute's end must not be too near, or too far
        time.sleep(0.5)
    stop_at = (int(time.time()) // 60 + 1) * 60
    config = write_settings(tmp_path, first_speed=0.2)
    process = start(
        batch / "in" / "calls.csv",
        out,
        config,
        "--until",
        time.strftime("%H:%M", time.localtime(stop_at)),
        call_s=10.0,
    )
    ended = finish(process)
    assert time.time() < stop_at + 10.0 + 20.0  # a call's time, and the tables
    assert ended.code == 4
    left = states(out).count("new")
    assert f"{left} left: the time is up" in ended.out
    assert 0 < left < CALLS
    again = run_in(batch, out)
    assert again.code == 0 and f"{left} done" in again.out
    assert set(states(out)) == {"done"}


@pytest.mark.slow
def test_another_threshold_of_paraphrases_transcribes_nothing_again(
    batch: Path, tmp_path: Path
) -> None:
    """What is taken from the cache gives the very bytes that measuring gives."""
    source = tmp_path / "in" / "calls.csv"
    write_batch(tmp_path / "in", 3)
    kept = write_settings(tmp_path, cache="words")
    assert run(source, tmp_path / "kept", kept).code == 0
    other = kept.with_name("other.toml")
    other.write_text(kept.read_text() + "[paraphrase]\nthreshold = 0.77\n", encoding="utf-8")
    assert run(source, tmp_path / "kept", other).code == 0
    ledger = Ledger(tmp_path / "kept" / "ledger.sqlite")
    times = {stage.stage: stage.cached for stage in ledger.stage_times("c001")}
    ledger.close()
    assert {stage for stage, cached in times.items() if cached} == {
        "sound",
        "spoken",
        "words",
        "voice",
    }
    assert run(source, tmp_path / "plain", other).code == 0
    assert files(tmp_path / "kept") == files(tmp_path / "plain")


def test_by_default_no_word_is_in_the_cache(batch: Path) -> None:
    kept = list((batch / "plain" / "cache").rglob("*.json"))
    assert {path.name for path in kept} == {"sound.json", "spoken.json", "voice.json"}
    assert all(b"hello" not in path.read_bytes() for path in kept)
    assert b"hello" in (batch / "plain" / "calls" / "c000" / "analysis.json").read_bytes()


# ------------------------------------------------------------------ ledger

FIRST_FORM = """
CREATE TABLE calls (
    call_id TEXT PRIMARY KEY, source_name TEXT NOT NULL, key TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'done', 'failed')), attempts INTEGER NOT NULL,
    seconds REAL, error_class TEXT, error TEXT, passing INTEGER NOT NULL DEFAULT 0,
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
) STRICT;
CREATE TABLE voices (
    call_id TEXT PRIMARY KEY, agent_id TEXT NOT NULL, started_at TEXT, key TEXT NOT NULL,
    compared INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE coached (call_id TEXT PRIMARY KEY, key TEXT NOT NULL, stamp TEXT NOT NULL) STRICT;
INSERT INTO calls (call_id, source_name, key, state, attempts, seconds)
    VALUES ('a', 'a.wav', 'k', 'done', 1, 2.5), ('b', 'b.wav', 'k', 'waiting', 0, NULL);
INSERT INTO calls (call_id, source_name, key, state, attempts, error_class, error, passing)
    VALUES ('c', 'c.wav', 'k', 'failed', 2, 'StoreError', 'full', 1);
INSERT INTO voices VALUES ('a', 'agent-1', NULL, 'v', 0);
INSERT INTO coached VALUES ('a', 'standard', '1 2');
"""


def test_a_ledger_of_the_first_form_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    db = sqlite3.connect(path)
    db.executescript(FIRST_FORM)
    db.close()
    for _ in range(2):  # a second time there is nothing to do
        ledger = Ledger(path)
        assert ledger.entries() == (
            CallRecord("a", "a.wav", "k", State.DONE, 1, 2.5),
            CallRecord("b", "b.wav", "k", State.NEW, 0),
            CallRecord("c", "c.wav", "k", State.FAILED, 2, None, "StoreError", "full"),
        )
        assert ledger.coached("standard") == {"a": "1 2"}
        assert ledger.uncompared("v") == {"agent-1": ("a",)}
        ledger.close()


def test_a_ledger_of_the_second_form_still_opens(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    Ledger(path).close()
    db = sqlite3.connect(path)
    db.execute("ALTER TABLE calls ADD COLUMN passing INTEGER NOT NULL DEFAULT 0")
    db.execute("DROP TABLE playback")  # was made where it was first needed
    db.execute("ALTER TABLE runs DROP COLUMN lease_s")
    db.execute("PRAGMA user_version = 1")
    db.commit()
    db.close()
    ledger = Ledger(path)
    entry, made = CallRecord("a", "a.wav", "k", State.DONE, 1, 2.5), MadeSound("k", "copy", True)
    ledger.put(entry)
    ledger.put_sound("a", made)
    ledger.close()
    ledger = Ledger(path)
    assert (ledger.entries(), ledger.sounds()) == ((entry,), {"a": made})
    begun = RunEntry("r1", "here", 7, "99", True, "whole", 10.0, 10.0, lease_s=30.0)
    ledger.begin_run(begun)
    assert ledger.runs() == (begun,)
    ledger.close()


def test_a_ledger_of_a_newer_callcoach_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    Ledger(path).close()
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(StoreError, match="newer callcoach"):
        Ledger(path)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "ledger.sqlite")


NEW = CallRecord("c1", "a.wav", "key", State.NEW, 0)


def test_a_call_is_only_claimed_once(ledger: Ledger) -> None:
    ledger.enlist([(None, NEW)])
    taken = ledger.claim(NEW, "one", 1.0, {"two"})
    assert taken is not None and (taken.state, taken.run_id) == (State.RUNNING, "one")
    assert ledger.claim(NEW, "two", 2.0, {"one"}) is None


def test_a_call_that_another_run_has_is_not_enlisted(ledger: Ledger) -> None:
    ledger.enlist([(None, NEW)])
    taken = ledger.claim(NEW, "one", 1.0, ())
    ledger.enlist([(taken, NEW)])
    assert ledger.get("c1") == taken


def test_a_dead_runs_call_is_claimed_by_another_and_lost_to_it(ledger: Ledger) -> None:
    ledger.enlist([(None, NEW)])
    first = ledger.claim(NEW, "one", 1.0, ())
    second = ledger.claim(NEW, "two", 2.0, ())  # "one" is not among those alive
    assert first is not None and second is not None and second.interrupted == 1
    assert not ledger.finish(replace(first, state=State.DONE))
    assert ledger.finish(replace(second, state=State.DONE), [StageTime("words", 1.5)])
    assert ledger.stage_times("c1") == (StageTime("words", 1.5),)
    assert ledger.claim(NEW, "three", 3.0, ()) is None  # it is done


def test_what_another_run_did_meanwhile_is_not_enlisted_again(ledger: Ledger) -> None:
    ledger.enlist([(None, NEW)])
    taken = ledger.claim(NEW, "one", 1.0, ())
    assert taken is not None
    ledger.finish(replace(taken, state=State.DONE))
    ledger.enlist([(NEW, NEW)])  # as it was seen before
    assert ledger.get("c1") == replace(taken, state=State.DONE)
    assert ledger.claim(NEW, "two", 2.0, ()) is None
    finished = ledger.get("c1")
    ledger.enlist([(finished, replace(NEW, key="other"))])  # changed: to be done again
    assert ledger.get("c1") == replace(NEW, key="other")


def test_released_and_reclaimed_calls_are_new_again(ledger: Ledger) -> None:
    ledger.enlist([(None, NEW)])
    ledger.claim(NEW, "one", 1.0, ())
    ledger.release("one")
    entry = ledger.get("c1")
    assert entry is not None and (entry.state, entry.interrupted) == (State.NEW, 0)
    ledger.claim(NEW, "one", 1.0, ())
    ledger.reclaim({"one"})
    entry = ledger.get("c1")
    assert entry is not None and entry.state is State.RUNNING
    ledger.reclaim(())
    entry = ledger.get("c1")
    assert entry is not None and (entry.state, entry.interrupted) == (State.NEW, 1)


def test_the_ledger_knows_its_runs(ledger: Ledger) -> None:
    begun = RunEntry("r1", "here", 7, "99", True, "whole", 10.0, 10.0)
    ledger.begin_run(begun)
    ledger.seen("r1", 20.0)
    (run,) = ledger.runs(open_only=True)
    assert (run.run_id, run.seen_at, run.shared) == ("r1", 20.0, True)
    ledger.end_run("r1", 30.0, 0, 1.5)
    assert ledger.runs(open_only=True) == ()
    assert ledger.runs()[0].closing_s == 1.5


# ------------------------------------------------------------------ agenda


class Clock:
    """A clock that only goes on when somebody waits."""

    def __init__(self, now: float = 0.0) -> None:
        self.time = now
        self.slept: list[float] = []

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds


def job(
    name: str, *, started_at: str | None = None, priority: str = "", interrupted: int = 0
) -> QueuedCall:
    metadata = (MetadataItem("priority", priority),) if priority else ()
    recording = Recording(Path(f"{name}.wav"), name, None, started_at, None, metadata)
    entry = CallRecord(name, f"{name}.wav", "key", State.NEW, 0, interrupted=interrupted)
    return QueuedCall(recording, entry, 60.0)


def test_the_order_is_as_configured() -> None:
    jobs = [
        job("a", started_at="2026-03-02T10:00:00+02:00", priority="2"),
        job("b", started_at="2026-03-02T08:30:00+00:00"),
        job("c", started_at="2026-03-01", priority="1"),
        job("d", started_at="2026-03-03", priority="x"),
    ]
    assert [j.call_id for j in in_order(jobs, "listed")] == ["a", "b", "c", "d"]
    assert [j.call_id for j in in_order(jobs, "oldest")] == ["c", "a", "b", "d"]
    assert [j.call_id for j in in_order(jobs, "newest")] == ["d", "b", "a", "c"]
    assert [j.call_id for j in in_order(jobs, "priority")] == ["c", "a", "b", "d"]


def test_a_call_over_which_runs_died_again_and_again_comes_last() -> None:
    jobs = [job("kills", interrupted=2), job("a"), job("once", interrupted=1)]
    assert [j.call_id for j in in_order(jobs, "listed")] == ["a", "once", "kills"]


def test_a_second_attempt_waits_while_others_go_on() -> None:
    clock, jobs = Clock(), [job("a"), job("b")]
    agenda = CallQueue(jobs, lambda job: None, lambda job: job, clock)
    order = []
    for given_job in agenda:
        assert given_job is not None
        order.append(given_job.call_id)
        agenda.ended()
        if given_job.call_id == "a" and len(order) == 1:
            agenda.again(given_job, 5.0)
    assert (order, clock.slept) == (["a", "b", "a"], [5.0])


def test_a_broken_recording_is_read_again_after_the_others() -> None:
    clock, jobs = Clock(), [job("a"), job("b"), job("c")]
    agenda = CallQueue(jobs, lambda job: None, lambda job: job, clock)
    order: list[str] = []
    for given_job in agenda:
        assert given_job is not None
        agenda.ended()
        if order.count("a") < 2 and given_job.call_id == "a":
            agenda.again(given_job, None)
        order.append(given_job.call_id)
    assert order == ["a", "b", "c", "a", "a"]
    assert clock.slept == []


def test_nothing_is_given_while_the_last_calls_run() -> None:
    agenda = CallQueue([job("a")], lambda job: None, lambda job: job, Clock())
    calls = iter(agenda)
    assert next(calls) is not None
    assert next(calls) is None  # it may come again
    agenda.ended()
    assert list(calls) == []


def test_a_call_that_another_run_has_is_asked_for_once_more_at_the_end() -> None:
    tries: list[str] = []

    def claim(asked: QueuedCall) -> QueuedCall | None:
        tries.append(asked.call_id)
        return None if asked.call_id == "a" and tries.count("a") == 1 else asked

    agenda = CallQueue([job("a"), job("b")], lambda job: None, claim, Clock())
    order = []
    for given_job in agenda:
        assert given_job is not None
        order.append(given_job.call_id)
        agenda.ended()
    assert (order, agenda.left) == (["b", "a"], [])


def test_a_long_call_is_left_and_a_short_one_still_taken() -> None:
    jobs = [job("long"), job("short")]
    refuse = {"long": LeftReason.TIME}
    agenda = CallQueue(jobs, lambda job: refuse.get(job.call_id), lambda job: job, Clock())
    order = []
    for given_job in agenda:
        assert given_job is not None
        order.append(given_job.call_id)
        agenda.ended()
    assert order == ["short"]
    assert [(j.call_id, why) for j, why in agenda.left] == [("long", LeftReason.TIME)]
