"""The batch: ledger, store, executors, runner. Sounds are made here, the engine is a fake."""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import json
import os
import sqlite3
import stat
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import pytest
import soundfile

from callcoach.analysis.analyse import package_versions
from callcoach.analysis.models import Models
from callcoach.batch.events import CallDone, CallFailed, Event, RunStarted
from callcoach.batch.run import planning, worker
from callcoach.batch.run.runner import RunResult, run_batch
from callcoach.config.batch import BatchConfig
from callcoach.config.config import Config
from callcoach.config.voice import BaselineConfig, LevelConfig, PitchConfig
from callcoach.dialogue.phrasebook import Matcher
from callcoach.errors import StoreError, WeightsError
from callcoach.model.analysis import CallAnalysis, PackageVersion
from callcoach.model.failed_call import FailedCall
from callcoach.model.recording import Recording
from callcoach.storage.ledger import CallRecord, Ledger, State
from callcoach.storage.output_folder import Store, write_file
from callcoach.voice.trackers import load_tracker
from doubles import Inline, LevelDetector, ToldEngine, calls_inline, clip_of
from reviewing import comment
from shipped import ReviewStore, read_source
from sounds import noise, silence, voice

CONFIG = Config(batch=BatchConfig(min_free_mb=0, retry_wait_s=0))
E = TypeVar("E")
RATE_HZ = 8000


class Seen:
    """A listener that remembers."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def on(self, event: Event) -> None:
        self.events.append(event)

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def total(self) -> int:
        (started,) = self.of(RunStarted)
        return started.total

    @property
    def ended(self) -> list[tuple[str, bool]]:
        """Calls as they ended, with whether that was well."""
        return [
            (event.call_id, isinstance(event, CallDone))
            for event in self.events
            if isinstance(event, CallDone)
            or (isinstance(event, CallFailed) and event.retry_s is None)
        ]


def _row(parts: list[tuple[float, float]]) -> np.ndarray:
    """Seconds at a pitch in hertz, 0 for silence."""
    return np.concatenate(
        [
            voice(np.full(round(s * RATE_HZ), hz), rate_hz=RATE_HZ) if hz else silence(s, RATE_HZ)
            for s, hz in parts
        ]
    )


def make_call(path: Path, seed: int = 0) -> None:
    """Six seconds: the left side speaks, then the right."""
    path.parent.mkdir(parents=True, exist_ok=True)
    left = [(0.5, 0.0), (2.0, 120.0 + seed), (3.5, 0.0)]
    right = [(3.0, 0.0), (2.5, 210.0), (0.5, 0.0)]
    stereo = np.stack([_row(left), _row(right)], axis=1) + noise(6, -75, RATE_HZ)[:, None]
    soundfile.write(path, stereo, RATE_HZ)


@pytest.fixture
def fake_models(monkeypatch: pytest.MonkeyPatch) -> Models:
    engine = ToldEngine(lambda clip: clip_of((0.3, 0.6, " hello"), (0.6, 1.0, " there")))
    matcher = Matcher(CONFIG.phrases, None, CONFIG.matching)
    models = Models(engine, LevelDetector(), load_tracker(CONFIG.pitch), matcher, (engine.model,))
    monkeypatch.setattr(worker, "load_models", lambda config: models)
    return models


def run(source: Path, out: Path, config: Config = CONFIG, **more: Any) -> tuple[RunResult, Seen]:
    seen, store = Seen(), Store(out)
    with store.locked():
        result = run_batch(
            read_source(source, skip=out),
            store,
            config,
            **{"jobs": 1, "listener": seen, "executor": calls_inline, **more},
        )
    return result, seen


# ------------------------------------------------------------------ runner


def test_a_batch_leaves_reports_tables_and_an_index(tmp_path: Path, fake_models: Models) -> None:
    make_call(tmp_path / "in" / "a.wav")
    make_call(tmp_path / "in" / "b.wav", seed=30)
    result, seen = run(tmp_path / "in", tmp_path / "out")
    assert (result.exit_code, result.done, result.unchanged) == (0, 2, 0)
    assert seen.ended == [("a", True), ("b", True)]
    out = tmp_path / "out"
    for name in ("analysis.json", "report.html", "report.md"):
        assert (out / "calls" / "a" / name).is_file()
    calls = pd.read_parquet(out / "tables" / "calls.parquet")
    assert list(calls["call_id"]) == ["a", "b"]
    assert list(pd.read_csv(out / "calls.csv")["call_id"]) == ["a", "b"]
    page = (out / "index.html").read_text(encoding="utf-8")
    assert "calls/a/report.html" in page
    assert not list(out.rglob("*.tmp"))


def test_the_analysis_holds_room_to_speak_and_sure_overlaps(
    tmp_path: Path, fake_models: Models
) -> None:
    left = _row([(0.5, 0.0), (3.0, 120.0), (4.5, 0.0)])
    right = _row([(2.0, 0.0), (3.0, 210.0), (3.0, 0.0)])
    (tmp_path / "in").mkdir()
    stereo = np.stack([left, right], axis=1) + noise(8, -75, RATE_HZ)[:, None]
    soundfile.write(tmp_path / "in" / "a.wav", stereo, RATE_HZ)
    run(tmp_path / "in", tmp_path / "out")
    text = (tmp_path / "out" / "calls" / "a" / "analysis.json").read_text(encoding="utf-8")
    found = json.loads(text)
    (event,) = found["overlaps"]
    # The words that stand in for a recogniser's end no sentence: nobody is held to have cut in.
    assert (event["kind"], event["next"]) == ("early_answer", "incomer")
    assert 0 < event["confidence"] <= 1
    assert {p["speaker"] for p in found["listening"]["parties"]} == {"speaker_1", "speaker_2"}


def test_a_run_compares_each_call_with_the_agents_earlier_calls(
    tmp_path: Path, fake_models: Models
) -> None:
    rows = ["path,agent_id,started_at,agent_channel"]
    for day, (name, agent, up_hz) in enumerate(
        [("a", "one", 0), ("b", "one", 0), ("c", "two", 90), ("d", "one", 90)], 1
    ):
        make_call(tmp_path / "in" / f"{name}.wav", seed=up_hz)
        rows.append(f"{name}.wav,{agent},2026-03-{day:02d},left")
    (tmp_path / "in" / "calls.csv").write_text("\n".join(rows))
    config = Config(
        batch=CONFIG.batch,
        baseline=BaselineConfig(window_s=1.0, min_windows=2, min_calls=2),
        level=LevelConfig(min_speech_s=0.5),
        pitch=PitchConfig(min_stretch_voiced_s=0.5),
    )
    run(tmp_path / "in" / "calls.csv", tmp_path / "out", config)

    def agent_of(call_id: str) -> dict:
        path = tmp_path / "out" / "calls" / call_id / "analysis.json"
        return json.loads(path.read_text(encoding="utf-8"))["voice"]["agent"]

    assert [agent_of(c)["baseline"] for c in "abcd"] == [*["own_call"] * 3, "earlier_calls"]
    assert agent_of("d")["calmness"] < 70 < agent_of("c")["calmness"]
    voices = pd.read_parquet(tmp_path / "out" / "tables" / "calls.parquet")
    assert voices["agent_baseline"].tolist() == [*["own_call"] * 3, "earlier_calls"]
    # Nothing new: nothing is compared again.
    before = (tmp_path / "out" / "calls" / "d" / "analysis.json").stat().st_mtime_ns
    result, _ = run(tmp_path / "in" / "calls.csv", tmp_path / "out", config)
    assert result.unchanged == 4
    assert (tmp_path / "out" / "calls" / "d" / "analysis.json").stat().st_mtime_ns == before


def test_results_are_private_to_the_user(tmp_path: Path, fake_models: Models) -> None:
    make_call(tmp_path / "in" / "a.wav")
    old = os.umask(0o022)
    try:
        run(tmp_path / "in", tmp_path / "out")
    finally:
        os.umask(old)
    for path in (tmp_path / "out").rglob("*"):
        allowed = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.stat().st_mode) & ~allowed == 0, path


def test_running_again_does_nothing_for_finished_calls(tmp_path: Path, fake_models: Models) -> None:
    make_call(tmp_path / "in" / "a.wav")
    run(tmp_path / "in", tmp_path / "out")
    written = (tmp_path / "out" / "calls" / "a" / "analysis.json").stat().st_mtime_ns
    result, seen = run(tmp_path / "in", tmp_path / "out")
    assert (result.exit_code, result.done, result.unchanged, seen.total) == (0, 0, 1, 0)
    assert (tmp_path / "out" / "calls" / "a" / "analysis.json").stat().st_mtime_ns == written


def test_what_changed_is_done_again(tmp_path: Path, fake_models: Models) -> None:
    make_call(tmp_path / "in" / "a.wav")
    make_call(tmp_path / "in" / "b.wav")
    run(tmp_path / "in", tmp_path / "out")
    make_call(tmp_path / "in" / "a.wav", seed=40)
    assert run(tmp_path / "in", tmp_path / "out")[0].done == 1
    other = CONFIG.model_copy(update={"turns": CONFIG.turns.model_copy(update={"join_s": 2.0})})
    assert run(tmp_path / "in", tmp_path / "out", other)[0].done == 2
    (tmp_path / "out" / "calls" / "b" / "analysis.json").unlink()
    assert run(tmp_path / "in", tmp_path / "out", other)[0].done == 1


def test_another_version_of_a_model_package_is_another_result(
    tmp_path: Path, fake_models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_call(tmp_path / "in" / "a.wav")
    run(tmp_path / "in", tmp_path / "out")
    newer = (*package_versions(), PackageVersion("swift-f0", "99.0"))
    monkeypatch.setattr(planning, "package_versions", lambda: newer)
    assert run(tmp_path / "in", tmp_path / "out")[0].done == 1


def test_a_bad_recording_costs_only_itself(tmp_path: Path, fake_models: Models) -> None:
    make_call(tmp_path / "in" / "a.wav")
    (tmp_path / "in" / "bad.wav").write_text("not a recording")
    (tmp_path / "in" / "empty.wav").touch()
    result, _ = run(tmp_path / "in", tmp_path / "out")
    assert (result.exit_code, result.done) == (3, 1)
    assert {f.call_id for f in result.failures} == {"bad", "empty"}
    said = json.loads((tmp_path / "out" / "failed" / "bad.json").read_text(encoding="utf-8"))
    assert said["error_class"] == "AudioError"
    assert "bad.wav" in said["error"]
    assert "bad.wav" in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")


def test_a_broken_recording_is_not_tried_again_unless_told(
    tmp_path: Path, fake_models: Models
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "bad.wav").write_text("not a recording")
    run(tmp_path / "in", tmp_path / "out")
    again, seen = run(tmp_path / "in", tmp_path / "out")
    assert (again.exit_code, seen.total) == (3, 0)
    _, seen = run(tmp_path / "in", tmp_path / "out", retry_failed=True)
    assert seen.total == 1
    said = json.loads((tmp_path / "out" / "failed" / "bad.json").read_text(encoding="utf-8"))
    assert said["attempts"] == 2 * CONFIG.batch.attempts


def test_a_repaired_recording_leaves_the_failed_ones(tmp_path: Path, fake_models: Models) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.wav").write_text("not a recording")
    run(tmp_path / "in", tmp_path / "out")
    make_call(tmp_path / "in" / "a.wav")
    assert run(tmp_path / "in", tmp_path / "out")[0].exit_code == 0
    assert list((tmp_path / "out" / "failed").iterdir()) == []


def test_a_call_outside_the_source_is_failed_and_the_rest_is_done(
    tmp_path: Path, fake_models: Models
) -> None:
    make_call(tmp_path / "in" / "a.wav")
    make_call(tmp_path / "secret.wav")
    (tmp_path / "in" / "calls.csv").write_text("path,call_id\na.wav,c1\n../secret.wav,c2\n")
    result, _ = run(tmp_path / "in" / "calls.csv", tmp_path / "out")
    assert (result.exit_code, result.done) == (3, 1)
    assert (tmp_path / "out" / "failed" / "c2.json").is_file()


def test_a_refused_call_is_told_like_any_failed_one(tmp_path: Path, fake_models: Models) -> None:
    make_call(tmp_path / "in" / "a.wav")
    make_call(tmp_path / "secret.wav")
    (tmp_path / "in" / "calls.csv").write_text("path,call_id\na.wav,c1\n../secret.wav,c2\n")
    _, seen = run(tmp_path / "in" / "calls.csv", tmp_path / "out")
    assert seen.ended == [("c2", False), ("c1", True)]
    assert seen.total == len(seen.ended)


@pytest.mark.parametrize("how", ["removed", "outside"])
def test_a_finished_call_keeps_its_report_when_its_recording_goes(
    tmp_path: Path, fake_models: Models, how: str
) -> None:
    source, out = tmp_path / "in", tmp_path / "out"
    make_call(source / "a.wav")
    make_call(source / "b.wav", 30)
    (source / "calls.csv").write_text("path,call_id\na.wav,c1\nb.wav,c2\n")
    run(source / "calls.csv", out)
    before = (out / "calls.csv").read_bytes()
    moved = (source / "a.wav").rename(tmp_path / "archive.wav")
    if how == "outside":
        (source / "a.wav").symlink_to(moved)
    result, seen = run(source / "calls.csv", out)
    assert (result.exit_code, result.done, result.unchanged) == (0, 0, 2)
    assert seen.total == 0
    assert (out / "calls.csv").read_bytes() == before
    ledger = Ledger(out / "ledger.sqlite")
    assert {e.state for e in ledger.entries()} == {State.DONE}
    assert len({e.content for e in ledger.entries()}) == 2  # it is still known by its content
    ledger.close()


def test_a_note_of_a_call_whose_report_is_gone_is_not_believed(
    tmp_path: Path, fake_models: Models
) -> None:
    make_call(tmp_path / "in" / "a.wav")
    out = tmp_path / "out"
    store = Store(out)
    forgotten: list[str] = []

    class Killed(Inline):
        def run(
            self, tasks: Iterable[worker.Task | None]
        ) -> Iterator[tuple[worker.Task, worker.Outcome]]:
            for task in tasks:
                assert task is not None
                worker.do_call(task)
                forgotten.append(task.key)
                raise KeyboardInterrupt
            yield from ()

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "in", out, executor=lambda *_: Killed(worker.do_call))
    assert worker.read_finished(store, "a", forgotten[0]) is not None
    store.analysis_path("a").unlink()
    assert worker.read_finished(store, "a", forgotten[0]) is None
    assert run(tmp_path / "in", out)[0].exit_code == 0
    assert store.analysis_path("a").is_file()


def test_a_full_disk_fails_the_call_and_the_next_run_does_it(
    tmp_path: Path, fake_models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_call(tmp_path / "in" / "a.wav")
    make_call(tmp_path / "in" / "b.wav")
    real = os.fsync

    def full(handle: int) -> None:
        if "calls/a" in str(Path(f"/proc/self/fd/{handle}").readlink()):
            raise OSError(errno.ENOSPC, "No space left on device")
        real(handle)

    monkeypatch.setattr(os, "fsync", full)
    result, _ = run(tmp_path / "in", tmp_path / "out")
    assert (result.exit_code, result.done) == (3, 1)
    (failure,) = result.failures
    assert "No space left on device" in failure.error
    assert "free some space" in failure.error
    assert not list((tmp_path / "out").rglob("*.tmp"))
    monkeypatch.setattr(os, "fsync", real)
    assert run(tmp_path / "in", tmp_path / "out")[0].exit_code == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 8 MB: room for the pages' script, and little else."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a small disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_is_really_full_loses_nothing(
    tmp_path: Path, small_disk: Path, fake_models: Models
) -> None:
    make_call(tmp_path / "in" / "a.wav")
    make_call(tmp_path / "in" / "b.wav")
    run(tmp_path / "in", small_disk / "out")
    before = (small_disk / "out" / "calls" / "a" / "analysis.json").read_bytes()
    filler = small_disk / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"x" * 4096)
    make_call(tmp_path / "in" / "c.wav")
    try:
        result, _ = run(tmp_path / "in", small_disk / "out")
    except StoreError as error:  # not even the ledger could be written
        assert "run again" in str(error)
    else:
        assert result.exit_code == 3
        assert "No space left" in result.failures[0].error
    assert (small_disk / "out" / "calls" / "a" / "analysis.json").read_bytes() == before
    filler.unlink()
    after, seen = run(tmp_path / "in", small_disk / "out")
    assert after.exit_code == 0
    assert seen.ended == [("c", True)]


def test_a_defect_of_ours_costs_one_call(
    tmp_path: Path, fake_models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_call(tmp_path / "in" / "a.wav")
    make_call(tmp_path / "in" / "b.wav")
    real = worker.analyse

    def defect(recording: Recording, *more: Any) -> CallAnalysis:
        if recording.call_id == "a":
            raise ZeroDivisionError("division by zero")
        return real(recording, *more)

    monkeypatch.setattr(worker, "analyse", defect)
    result, _ = run(tmp_path / "in", tmp_path / "out")
    assert (result.exit_code, result.done) == (3, 1)
    assert "ZeroDivisionError" in result.failures[0].error


def test_a_worker_whose_folder_is_not_there_says_so(tmp_path: Path) -> None:
    make_call(tmp_path / "a.wav")
    (tmp_path / "out").write_text("a file")
    task = worker.Task(Recording(tmp_path / "a.wav", "a"), CONFIG, tmp_path / "out")
    outcome = worker.do_call(task)
    assert outcome.error_class == "StoreError" and "out" in (outcome.error or "")


def test_no_call_is_lost_over_what_people_said(
    tmp_path: Path, fake_models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ReviewStore.__init__, "__defaults__", (0.0,))
    source, out = tmp_path / "in", tmp_path / "out"
    for number in range(2):
        make_call(source / f"c{number}.wav", number)
    result, _ = run(source, out)
    assert (result.done, result.exit_code) == (2, 0)
    ReviewStore(out).add(dataclasses.replace(comment("well held"), call_id="c0"))
    page = out / "calls" / "c0" / "report.html"
    other = CONFIG.model_copy(update={"pitch": PitchConfig(min_confidence=0.61)})
    with contextlib.closing(sqlite3.connect(out / "reviews.sqlite")) as db:
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        db.execute("BEGIN EXCLUSIVE")
        result, _ = run(source, out, other)
        assert (result.done, result.failures, result.unwritten) == (2, (), ())
        assert result.exit_code == 3
        assert result.unread is not None and "close the program" in result.unread
        assert b"well held" not in page.read_bytes()
    result, _ = run(source, out, other)
    assert (result.done, result.exit_code, result.unread) == (0, 0, None)
    assert b"well held" in page.read_bytes()


def test_without_weights_nothing_starts(
    tmp_path: Path, fake_models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(config: object) -> None:
        raise WeightsError("no weights")

    monkeypatch.setattr(planning, "resolve", missing)
    make_call(tmp_path / "in" / "a.wav")
    with pytest.raises(WeightsError):
        run(tmp_path / "in", tmp_path / "out")


def test_analyses_are_equal_byte_for_byte(tmp_path: Path, fake_models: Models) -> None:
    make_call(tmp_path / "in" / "a.wav")
    run(tmp_path / "in", tmp_path / "one")
    run(tmp_path / "in", tmp_path / "two")
    for name in ("calls/a/analysis.json", "calls/a/report.html", "tables/words.parquet"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


# ------------------------------------------------------------------ ledger and store


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(tmp_path / "ledger.sqlite")
    yield opened
    opened.close()


def test_the_ledger_remembers(ledger: Ledger, tmp_path: Path) -> None:
    entry = CallRecord("c1", "a.wav", "key", State.FAILED, 2, 1.5, "AudioError", "what, what to do")
    ledger.put(entry)
    done = CallRecord("c0", "b.wav", "key", State.DONE, 1, 2.0)
    ledger.put(done)
    assert ledger.get("c1") == entry
    assert ledger.get("nobody") is None
    assert ledger.entries() == (done, entry)
    replaced = dataclasses.replace(entry, state=State.DONE, error=None, error_class=None)
    ledger.put(replaced)
    other = Ledger(tmp_path / "ledger.sqlite")
    assert other.get("c1") == replaced
    other.close()


def test_a_ledger_that_is_no_database_is_explained(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    path.write_text("no database " * 100)
    with pytest.raises(StoreError, match=r"ledger\.sqlite"):
        Ledger(path)


def test_writes_are_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x" / "a.json"
    write_file(path, b"old")

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="No space left"):
        write_file(path, b"new")
    assert path.read_bytes() == b"old"
    assert [p.name for p in path.parent.iterdir()] == ["a.json"]


def test_what_a_killed_run_left_half_written_is_cleared(tmp_path: Path) -> None:
    store = Store(tmp_path / "out")
    left = [store.root / "index.html1.tmp", store.call_folder("c1") / "analysis.json2.tmp"]
    for path in left:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"half")
    kept = store.call_folder("c1") / "analysis.json"
    kept.write_bytes(b"whole")
    with store.locked():
        assert not any(path.exists() for path in left)
    assert kept.read_bytes() == b"whole"


def test_only_one_run_at_a_time(tmp_path: Path) -> None:
    store, other = Store(tmp_path / "out"), Store(tmp_path / "out")
    with store.locked(), pytest.raises(StoreError, match="another run"), other.locked():
        pass
    with store.locked():
        pass


def test_an_output_folder_that_is_a_file_is_explained(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(StoreError, match="cannot make the output folder"):
        Store(tmp_path / "out")


def test_failed_calls_are_written_and_cleared(tmp_path: Path) -> None:
    store = Store(tmp_path / "out")
    failed = FailedCall("c1", "a.wav", "AudioError", "a.wav is empty", 1)
    store.write_failed(failed)
    read = json.loads((store.failed / "c1.json").read_text(encoding="utf-8"))
    assert FailedCall(**read) == failed
    store.clear_failed("c1")
    store.clear_failed("c1")
    assert list(store.failed.iterdir()) == []
