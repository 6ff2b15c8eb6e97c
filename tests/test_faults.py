"""What breaks at night: disks, files, ledgers, workers. Finished work stays, the message helps."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import soundfile
from click.testing import CliRunner

from batch_process import ONE, files, finish, run, start, wait_for, write_call, write_settings
from callcoach.batch import process_pool as executors
from callcoach.batch.process_pool import Death, DeathKind, PoolCallbacks, ProcessExecutor
from callcoach.batch.run.estimate import TimeEstimate
from callcoach.batch.run.failures import Failure, death_words, fault_of
from callcoach.batch.run.signals import Interrupts, Stopped
from callcoach.cli.main import main
from callcoach.config.batch import BatchConfig
from callcoach.config.config import Config
from callcoach.storage.ledger import Ledger, PastWork, State


def write_calls(folder: Path, *names: str) -> Path:
    for number, name in enumerate(names):
        write_call(folder / f"{name}.wav", number)
    return folder


def call_states(out: Path) -> dict[str, State]:
    ledger = Ledger(out / "ledger.sqlite")
    found = {entry.call_id: entry.state for entry in ledger.entries()}
    ledger.close()
    return found


# ------------------------------------------------------------------ workers


ERRORS = {
    "eats": "OutOfMemory",
    "hangs": "WorkerHung",
    "leaves": "WorkerDied",
    "segfault": "WorkerCrashed",
}


@pytest.mark.slow
@pytest.mark.parametrize(
    "bad",
    [
        ("eats", "leaves", "segfault"),
        pytest.param(tuple(ERRORS), marks=pytest.mark.long),  # a minute of waiting
    ],
)
def test_workers_that_die_hang_or_eat_cost_their_calls_only(
    tmp_path: Path, bad: tuple[str, ...]
) -> None:
    source = write_calls(tmp_path / "in", "a", "b", "c", "passes", *bad)
    # A call takes a second of work here; on a busy machine that may be ten.
    config = write_settings(
        tmp_path, attempts=2, hang_min_s=30.0, hang_factor=0.01, worker_memory_mb=700.0
    )
    out = tmp_path / "out"
    ended = run(source, out, config)
    assert ended.code == 3, ended.err
    assert call_states(out) == {
        **dict.fromkeys(("a", "b", "c", "passes"), State.DONE),
        **dict.fromkeys(bad, State.QUARANTINED),
    }
    ledger = Ledger(out / "ledger.sqlite")
    found = {entry.call_id: entry for entry in ledger.entries()}
    ledger.close()
    assert {name: found[name].error_class for name in bad} == {n: ERRORS[n] for n in bad}
    assert {entry.attempts for entry in found.values()} == {1, 2}
    assert found["passes"].attempts == 2
    for word in ("SIGSEGV", "batch.worker_memory_mb", "exit code 7"):
        assert word in ended.err
    assert ("batch.hang_min_s" in ended.err) == ("hangs" in bad)
    assert "Traceback" not in ended.err
    # The next night they are left alone, unless told.
    again = run(source, out, config)
    told = f"0 done, 4 already finished, {len(bad)} failed"
    assert (again.code, told in again.out) == (3, True)


@pytest.mark.slow
def test_a_call_that_hangs_is_ended_and_named(tmp_path: Path) -> None:
    source = write_calls(tmp_path / "in", "hangs")
    config = write_settings(tmp_path, attempts=2, hang_min_s=2.0, hang_factor=0.01)
    ended = run(source, tmp_path / "out", config)
    assert ended.code == 3, ended.err
    assert call_states(tmp_path / "out") == {"hangs": State.QUARANTINED}
    ledger = Ledger(tmp_path / "out" / "ledger.sqlite")
    (entry,) = ledger.entries()
    ledger.close()
    assert (entry.error_class, entry.attempts) == ("WorkerHung", 2)
    assert "batch.hang_min_s" in ended.err and "Traceback" not in ended.err


def work(task: str) -> str:
    if task == "sleeps":
        time.sleep(10**6)
    if task == "stops":
        os.kill(os.getpid(), 19)  # SIGSTOP: alive, and deaf to everything but SIGKILL
    if task == "killed":
        os.kill(os.getpid(), 9)
    if task == "raises":
        raise ValueError("a defect")
    return task.upper()


class Watch(PoolCallbacks[str, str]):
    def __init__(self) -> None:
        self.ticks = 0

    def longest_s(self, task: str) -> float | None:
        return 4.0 if task in ("sleeps", "stops") else None

    def died(self, task: str, death: Death) -> str:
        return death.kind.value

    def tick(self) -> None:
        self.ticks += 1


def test_each_death_has_its_name() -> None:
    watch = Watch()
    tasks = ["a", "sleeps", "killed", "stops", "raises", "b"]
    results = dict(ProcessExecutor(work, 2, watch).run(tasks))
    assert results == {
        "a": "A",
        "b": "B",
        "sleeps": DeathKind.HUNG,
        "stops": DeathKind.HUNG,
        "killed": DeathKind.KILLED,
        "raises": DeathKind.ENDED,
    }
    assert watch.ticks > 4


def slow_to_start() -> Callable[[str], str]:
    time.sleep(3)
    return work


class SlowToStart:
    """A function that takes its time to come into a new process, as engines do."""

    def __call__(self, task: str) -> str:
        raise AssertionError("never in this process")

    def __reduce__(self) -> tuple[Callable[[], Callable[[str], str]], tuple[()]]:
        return slow_to_start, ()


def test_the_start_of_a_process_is_not_time_of_its_task() -> None:
    class Hurry(PoolCallbacks[str, str]):
        def longest_s(self, task: str) -> float:
            return 2.0

    assert list(ProcessExecutor(SlowToStart(), 1, Hurry()).run(["a"])) == [("a", "A")]


def test_a_process_that_never_starts_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executors, "START_S", 0.5)
    assert dict(ProcessExecutor(SlowToStart(), 1, Watch()).run(["a"])) == {"a": DeathKind.HUNG}


def test_tasks_are_asked_for_when_a_worker_is_free() -> None:
    asked: list[int] = []

    def tasks() -> Iterator[str | None]:
        for number in range(6):
            asked.append(number)
            yield str(number)
            yield None  # nothing just now

    given = 0
    for _ in ProcessExecutor(work, 1).run(tasks()):
        given += 1
        assert len(asked) == given
    assert given == 6


def test_workers_end_with_whoever_stops_listening() -> None:
    results = ProcessExecutor(work, 2).run(["a", "sleeps"])
    assert next(results) == ("a", "A")
    before = children()
    results.close()
    assert before and not children() & before


def children() -> set[int]:
    """Worker processes of this one."""
    from multiprocessing import active_children

    return {child.pid or 0 for child in active_children()}


@pytest.mark.parametrize("kind", DeathKind)
def test_the_words_of_a_death_name_the_recording_and_what_to_do(kind: DeathKind) -> None:
    error_class, said = death_words(Death(kind, "detail", 1.0), "a.wav")
    assert "a.wav" in said and "detail" in said and "other calls are not affected" in said
    assert fault_of(error_class) is Failure.SUSPECT


# ------------------------------------------------------------------ disks and files


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 16 MB: the script that draws is 5 of them."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a small disk")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path, leave: int = 0) -> Path:
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"x" * 4096)
    if leave:
        os.truncate(filler, filler.stat().st_size - leave)
    return filler


@pytest.mark.slow
def test_a_full_disk_loses_nothing_and_the_next_run_goes_on(
    tmp_path: Path, small_disk: Path
) -> None:
    source, config = write_calls(tmp_path / "in", "a"), write_settings(tmp_path)
    out = small_disk / "out"
    assert run(source, out, config, *ONE).code == 0
    before = {name: data for name, data in files(out).items() if name.startswith("calls/a/")}
    write_calls(source, "a", "b", "c")
    for leave in (0, 20_000, 120_000):
        filler = fill(small_disk, leave)
        ended = run(source, out, config, *ONE)
        assert ended.code in (1, 3), ended.err
        said = ended.err + ended.out
        assert "free some space" in said or "left: too little free space" in said
        assert "Traceback" not in said
        after = files(out)
        assert {name: after[name] for name in before} == before
        filler.unlink()
    ended = run(source, out, config, *ONE)
    assert ended.code == 0, ended.err
    assert set(call_states(out).values()) == {State.DONE}
    assert run(source, tmp_path / "plain", config, *ONE).code == 0
    assert files(out) == files(tmp_path / "plain")


@pytest.mark.slow
def test_without_room_no_call_is_taken(tmp_path: Path, small_disk: Path) -> None:
    source = write_calls(tmp_path / "in", "a", "b")
    ended = run(source, small_disk / "out", write_settings(tmp_path, min_free_mb=20.0), *ONE)
    assert ended.code == 1
    assert "only 17 MB are free" in ended.err and "batch.min_free_mb" in ended.err
    out = small_disk / "out"
    config = write_settings(tmp_path, min_free_mb=8.0)
    process = start(source, out, config, *ONE, call_s=2.0)
    wait_for(lambda: State.RUNNING in states_of(out))
    filler = fill(small_disk, 7_500_000)  # somebody else's files
    ended = finish(process)
    assert ended.code == 3, ended.err
    assert "1 done, 1 left: too little free space (batch.min_free_mb)" in ended.out
    assert call_states(out) == {"a": State.DONE, "b": State.NEW}
    filler.unlink()
    assert run(source, out, config, *ONE).code == 0


@pytest.mark.slow
def test_a_folder_that_cannot_be_written_is_explained(tmp_path: Path, small_disk: Path) -> None:
    source, config = write_calls(tmp_path / "in", "a"), write_settings(tmp_path)
    assert run(source, small_disk / "out", config, *ONE).code == 0
    before = files(small_disk / "out")
    write_calls(source, "a", "b")
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    ended = run(source, small_disk / "out", config, *ONE)
    assert ended.code == 1
    assert "check its permissions" in ended.err and "Traceback" not in ended.err
    assert files(small_disk / "out") == before
    # Its tables can still be taken out.
    exported = CliRunner().invoke(
        main, ["export", str(small_disk / "out"), "-o", str(tmp_path / "batch.xlsx")]
    )
    assert exported.exit_code == 0, exported.output


@pytest.mark.slow
def test_a_recording_that_goes_during_the_run_is_taken_when_it_is_back(tmp_path: Path) -> None:
    source, config = write_calls(tmp_path / "in", "a", "b", "c"), write_settings(tmp_path)
    out = tmp_path / "out"
    manifest = source / "calls.csv"
    manifest.write_text("path\na.wav\nb.wav\nc.wav\n", encoding="utf-8")
    process = start(manifest, out, config, *ONE, call_s=2.0)
    wait_for(lambda: (out / "ledger.sqlite").is_file() and State.RUNNING in states_of(out))
    away = (source / "c.wav").rename(tmp_path / "c.wav")
    ended = finish(process)
    assert ended.code == 3
    assert "c.wav is not there; bring it back" in ended.err
    assert call_states(out) == {"a": State.DONE, "b": State.DONE, "c": State.FAILED}
    away.rename(source / "c.wav")
    assert run(manifest, out, config, *ONE).code == 0


def states_of(out: Path) -> set[State]:
    with contextlib.suppress(Exception):
        return set(call_states(out).values())
    return set()


# ------------------------------------------------------------------ ledger


@pytest.mark.slow
def test_a_locked_ledger_stops_the_run_and_loses_no_finished_call(tmp_path: Path) -> None:
    source = write_calls(tmp_path / "in", "a", "b", "c")
    config, out = write_settings(tmp_path, ledger_wait_s=1.0), tmp_path / "out"
    process = start(source, out, config, *ONE, call_s=2.0)
    wait_for(lambda: State.RUNNING in states_of(out))
    other = sqlite3.connect(out / "ledger.sqlite", timeout=30, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    ended = finish(process)
    other.execute("ROLLBACK")
    other.close()
    assert ended.code == 1
    assert "is locked" in ended.err and "close the program that has it open" in ended.err
    assert "Traceback" not in ended.err
    assert [path.name for path in (out / ".finished").iterdir()] == ["a.json"]
    written = (out / "calls" / "a" / "report.html").stat().st_mtime_ns
    again = run(source, out, config, *ONE)
    assert again.code == 0
    assert set(call_states(out).values()) == {State.DONE}
    assert list((out / ".finished").iterdir()) == []
    # What a worker had finished was not done again (its page is only coached).
    assert run(source, tmp_path / "plain", config, *ONE).code == 0
    assert files(out) == files(tmp_path / "plain")
    assert (out / "calls" / "a" / "report.html").stat().st_mtime_ns >= written
    ledger = Ledger(out / "ledger.sqlite")
    entry = ledger.get("a")
    ledger.close()
    assert entry is not None and entry.seconds is not None and entry.seconds > 2.0


# ------------------------------------------------------------------ estimates, signals


def past(seconds: float, audio_s: float = 100.0, name: str = "a.mp3") -> PastWork:
    return PastWork(name, seconds, audio_s, 200_000, 50_000)


def test_work_is_foretold_by_the_slower_of_past_calls() -> None:
    config = BatchConfig(until_quantile=0.9, first_speed=1.0)
    assert TimeEstimate((), config).seconds(60.0) == 60.0
    estimate = TimeEstimate([past(10.0 + n) for n in range(20)], config)
    assert estimate.seconds(100.0) == pytest.approx(28.0)
    assert estimate.seconds(1.0) == 10.0  # no call was ever faster
    assert estimate.result_bytes(100.0) == pytest.approx(50_000)


@pytest.mark.parametrize("form", ["WAV", "WAVEX", "RF64"])
@pytest.mark.parametrize("subtype", ["PCM_16", "ULAW", "FLOAT"])
def test_the_length_of_a_wav_file_is_read_from_its_header(
    tmp_path: Path, form: str, subtype: str
) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, [[0.0, 0.1]] * 12000, 8000, format=form, subtype=subtype)
    found = TimeEstimate((), BatchConfig()).audio_s(path)
    # RF64 keeps its length elsewhere: what is there counts.
    assert found == pytest.approx(1.5, rel=0.01)


@pytest.mark.parametrize(
    "data", [b"", b"RIFF", b"RIFF\0\0\0\0WAVE", b"RIFF\0\0\0\0WAVEfmt \xff\xff\xff\xff", b"x" * 800]
)
def test_a_file_without_a_readable_header_is_taken_by_its_size(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(data)
    assert 0.0 <= TimeEstimate((), BatchConfig()).audio_s(path) <= 1.0
    assert TimeEstimate((), BatchConfig()).audio_s(tmp_path / "nothing.wav") == 0.0


def test_the_length_of_other_files_comes_from_earlier_ones_of_their_kind(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    path.write_bytes(bytes(20_000))
    assert TimeEstimate([past(1.0)], BatchConfig()).audio_s(path) == pytest.approx(10.0)
    assert TimeEstimate((), BatchConfig()).audio_s(path) == pytest.approx(25.0)


def test_a_signal_waits_until_what_is_written_is_whole() -> None:
    interrupts, written = Interrupts(), []
    with pytest.raises(Stopped) as stopped, interrupts.caught():
        with interrupts.held():
            os.kill(os.getpid(), 15)
            written.append("whole")
        written.append("never")
    assert written == ["whole"]
    assert stopped.value.exit_code == 143


def test_the_batch_section_changes_no_result() -> None:
    other = Config(batch=BatchConfig(order="newest", attempts=7))
    assert other.sha256 == Config().sha256
