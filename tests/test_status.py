"""How far a run is, from the ledger."""

from __future__ import annotations

import dataclasses
import json
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from callcoach.batch.heartbeat import beating
from callcoach.batch.ledger import Entry, Ledger, RunEntry, State
from callcoach.batch.locks import Holder
from callcoach.batch.status import read_status, status_text
from callcoach.batch.store import Store, write_file
from callcoach.cli import main

BEGAN = 1_770_000_000.0


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A run of this process: three calls of 100 s done in 150 s, one at work, two of 100 s left."""
    made = Store(tmp_path)
    ledger = Ledger(made.ledger)
    holder = Holder.this()
    ledger.begin_run(
        RunEntry("r1", holder.host, holder.pid, holder.start, False, "i", BEGAN, BEGAN + 100)
    )
    done = Entry("d1", "d1.wav", "k", State.DONE, 1, 40.0, audio_s=100.0, run_id="r1")
    ledger.put_all(
        [
            done,
            dataclasses.replace(done, call_id="d2"),
            dataclasses.replace(done, call_id="d3"),
            dataclasses.replace(done, call_id="before", run_id="r0"),
            Entry(
                "w",
                "w.wav",
                "k",
                State.RUNNING,
                0,
                run_id="r1",
                stage="words",
                started_at=BEGAN + 120,
                audio_s=100.0,
            ),
            Entry("n", "n.wav", "k", State.NEW, 0),
            Entry("q", "q.wav", "k", State.QUARANTINED, 3, error_class="AudioError", error="cut"),
        ]
    )
    ledger.close()
    write_file(tmp_path / "waiting.json", b'{"x": "2026-01-01T00:00:00+00:00"}')
    return made


def test_a_run_at_work(store: Store) -> None:
    found = read_status(store, now=BEGAN + 150)
    assert found.counts == {"new": 1, "running": 1, "done": 4, "failed": 0, "quarantined": 1}
    assert (found.running_since, found.waiting) == (BEGAN, 1)
    assert found.speed == pytest.approx(2.0)  # 300 s of sound in 150 s
    # One call of 100 s at work and one of unknown length, taken for the mean of 100 s.
    assert found.end_at == pytest.approx(BEGAN + 150 + 200 / 2.0)
    (call,) = found.running
    assert (call.call_id, call.seconds, call.stage) == ("w", 30.0, "words")
    (failed,) = found.failed
    assert (failed.call_id, failed.attempts, failed.quarantined) == ("q", 3, True)
    text = status_text(found)
    for words in ("running      1", "running: w: for 30", "failed 3 times, set aside: q: cut"):
        assert words in text
    assert json.loads(found.json)["counts"]["done"] == 4


def test_a_run_that_died_or_ended_is_not_at_work(store: Store) -> None:
    ledger = Ledger(store.ledger)
    (run,) = ledger.runs()
    ledger.begin_run(dataclasses.replace(run, process_start="0"))  # another process of that number
    found = read_status(store, now=BEGAN + 150)
    assert (found.running_since, found.running, found.speed) == (None, (), None)
    ledger.begin_run(run)
    ledger.end_run("r1", BEGAN + 160, 3, None)
    ledger.close()
    found = read_status(store, now=BEGAN + 200)
    assert (found.running_since, found.last_exit_code) == (None, 3)
    assert "no run is at work" in status_text(found)


@pytest.mark.parametrize("lease_s", [60.0, 300.0])
def test_a_run_is_at_work_for_its_own_lease(store: Store, lease_s: float) -> None:
    ledger = Ledger(store.ledger)
    (run,) = ledger.runs()
    ledger.begin_run(dataclasses.replace(run, seen_at=BEGAN, lease_s=lease_s))
    assert read_status(store, now=BEGAN + lease_s - 1).running_since == BEGAN
    assert read_status(store, now=BEGAN + lease_s).running_since is None  # silent, yet it is there
    ledger.seen("r1", BEGAN + lease_s)
    ledger.close()
    assert read_status(store, now=BEGAN + lease_s).running_since == BEGAN


def test_a_run_of_another_machine_is_told_by_when_it_was_heard_of() -> None:
    run = RunEntry("r1", "elsewhere", 1, "0", True, "i", BEGAN, BEGAN)
    assert run.is_at_work(BEGAN + 119) and not run.is_at_work(BEGAN + 121)
    assert not dataclasses.replace(run, ended_at=BEGAN + 1).is_at_work(BEGAN + 2)


def test_a_run_is_heard_of_during_long_work_without_calls(store: Store) -> None:
    ledger = Ledger(store.ledger)
    run = dataclasses.replace(ledger.runs()[0], lease_s=0.2)
    with beating(store.ledger, run, lambda: BEGAN + 500.0):
        deadline = time.monotonic() + 10
        while ledger.runs()[0].seen_at < BEGAN + 500 and time.monotonic() < deadline:
            time.sleep(0.02)
    assert ledger.runs()[0].seen_at == BEGAN + 500.0
    ledger.close()


def test_the_command(store: Store) -> None:
    runner = CliRunner()
    shown = runner.invoke(main, ["status", str(store.root), "--json"])
    assert json.loads(shown.output)["waiting"] == 1
    assert runner.invoke(main, ["status", str(store.root), "--json", "--watch"]).exit_code == 2
    ledger = Ledger(store.ledger)
    ledger.end_run("r1", BEGAN + 160, 0, None)
    ledger.close()
    watched = runner.invoke(main, ["status", str(store.root), "--watch"])
    assert (watched.exit_code, "done         4" in watched.output) == (0, True)
