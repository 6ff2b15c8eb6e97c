"""The command as people run it: real engine, real processes, real exit codes."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import jsonschema
import numpy as np
import pytest
import soundfile
from click.testing import CliRunner, Result

from callcoach.cli.main import main
from callcoach.storage.ledger import Ledger, State
from callcoach.storage.output_folder import Store
from sounds import noise, tone

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "data_samples"


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "callcoach", *map(str, arguments)]


def sample_rows() -> list[dict[str, str]]:
    with (SAMPLES / "calls.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def small_batch(folder: Path, count: int, seconds: float = 12.0) -> Path:
    """The first seconds of some sample calls, as a manifest with audio."""
    from callcoach.audio.decode import decode
    from callcoach.config.config import Config

    folder.mkdir(parents=True)
    rows = [row for row in sample_rows() if row["agent_channel"]][:count]
    for row in rows:
        audio = decode(SAMPLES / row["path"], Config().audio)
        samples = audio.samples[:, : int(seconds * audio.sample_rate_hz)]
        row["path"] = f"{row['call_id']}.wav"
        soundfile.write(folder / row["path"], samples.T, audio.sample_rate_hz)
    with (folder / "calls.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return folder / "calls.csv"


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_batch(tmp_path_factory.mktemp("batch") / "in", 3)


@pytest.fixture(scope="module")
def out(batch: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of the batch."""
    folder = tmp_path_factory.mktemp("run") / "out"
    done = subprocess.run(
        command("run", batch, "--out", folder, "--jobs", 1), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "3 done" in done.stdout
    assert str(folder / "index.html") in done.stdout
    return folder


# ------------------------------------------------------------------ a run


@pytest.mark.slow
def test_the_workers_number_changes_no_byte(batch: Path, out: Path, tmp_path: Path) -> None:
    again = subprocess.run(
        command("run", batch, "--out", tmp_path / "two", "--jobs", 2),
        capture_output=True,
        text=True,
    )
    assert again.returncode == 0, again.stderr
    written = sorted(path.relative_to(out) for path in out.glob("calls/*/analysis.json"))
    assert len(written) == 3
    for path in [*written, Path("index.html"), Path("calls.csv"), Path("tables/words.parquet")]:
        assert (out / path).read_bytes() == (tmp_path / "two" / path).read_bytes(), path


@pytest.mark.slow
def test_analyses_follow_the_published_schema(out: Path) -> None:
    schema = json.loads(invoke("schema").stdout)
    for path in out.glob("calls/*/analysis.json"):
        analysis = json.loads(path.read_text(encoding="utf-8"))
        jsonschema.validate(analysis, schema)
        assert set(analysis["voice"]) == {"agent", "customer"}
        assert analysis["call"]["queue"]
        assert analysis["words"]


@pytest.mark.slow
def test_nearly_every_word_lies_in_its_channels_speech(out: Path) -> None:
    inside = total = 0
    for path in out.glob("calls/*/analysis.json"):
        analysis = json.loads(path.read_text(encoding="utf-8"))
        for word in analysis["words"]:
            total += 1
            inside += any(
                r["speaker"] == word["speaker"]
                and r["start_s"] - 0.001 <= word["start_s"]
                and word["end_s"] <= r["end_s"] + 0.001
                for r in analysis["activity"]
            )
    assert total > 30
    assert inside / total >= 0.99


@pytest.mark.slow
def test_status_show_and_report(out: Path) -> None:
    assert "done         3" in invoke("status", out).stdout
    call_id = sample_rows()[0]["call_id"]
    shown = invoke("show", out, call_id)
    assert shown.exit_code == 0
    assert f"# Call {call_id}" in shown.stdout
    page = out / "calls" / call_id / "report.html"
    before = page.read_bytes()
    page.write_text("gone")
    assert invoke("report", out).exit_code == 0
    assert page.read_bytes() == before


def analysed(out: Path) -> dict[str, tuple[int, float | None]]:
    """The finished calls with how often they were analysed and how long the last time took."""
    ledger = Ledger(out / "ledger.sqlite")
    try:
        entries = ledger.entries()
    finally:
        ledger.close()
    return {e.call_id: (e.attempts, e.seconds) for e in entries if e.state is State.DONE}


@pytest.mark.slow
@pytest.mark.long
def test_a_killed_run_goes_on_where_it_was(tmp_path: Path) -> None:
    batch = small_batch(tmp_path / "in", 4, seconds=8.0)
    arguments = command("run", batch, "--out", tmp_path / "out", "--jobs", 1)
    with subprocess.Popen(
        arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    ) as running:
        deadline = time.monotonic() + 300
        # When the second call is written, the first one counts as done.
        while len(list((tmp_path / "out").glob("calls/*/analysis.json"))) < 2:
            assert time.monotonic() < deadline
            assert running.poll() is None
            time.sleep(0.02)
        os.killpg(running.pid, signal.SIGKILL)
    done = analysed(tmp_path / "out")
    assert 1 <= len(done) < 4
    again = subprocess.run(arguments, capture_output=True, text=True)
    assert again.returncode == 0, again.stderr
    assert len(list((tmp_path / "out").glob("calls/*/analysis.json"))) == 4
    # What was done is scored now, and was not analysed again.
    after = analysed(tmp_path / "out")
    assert len(after) == 4 and {call_id: after[call_id] for call_id in done} == done
    for call_id in after:
        assert Store(tmp_path / "out").load(call_id).scorecard is not None
    assert not list((tmp_path / "out").rglob("*.tmp"))


@pytest.mark.slow
def test_ctrl_c_stops_at_once_and_the_next_run_goes_on(tmp_path: Path) -> None:
    batch = small_batch(tmp_path / "in", 3, seconds=30.0)
    arguments = command("run", batch, "--out", tmp_path / "out", "--jobs", 1)
    # A shell that starts the tests in the background hands down an ignored SIGINT.
    with subprocess.Popen(
        arguments,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as running:
        deadline = time.monotonic() + 300
        while not list((tmp_path / "out").glob("calls/*/analysis.json")):
            assert time.monotonic() < deadline
            assert running.poll() is None
            time.sleep(0.02)
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "run the same command again" in said
    assert "Traceback" not in said
    assert not list((tmp_path / "out").rglob("*.tmp"))
    again = subprocess.run(arguments, capture_output=True, text=True)
    assert again.returncode == 0, again.stderr
    assert len(list((tmp_path / "out").glob("calls/*/analysis.json"))) == 3


@pytest.mark.slow
def test_every_kind_of_bad_recording_is_told_and_the_rest_is_done(tmp_path: Path) -> None:
    batch = small_batch(tmp_path / "in", 1, seconds=8.0)
    folder = batch.parent
    good = next(folder.glob("*.wav")).read_bytes()
    stereo = np.stack([tone(440, 2), tone(660, 2)], axis=1)
    (folder / "empty.wav").touch()
    (folder / "cut.wav").write_bytes(good[:30])
    (folder / "text.wav").write_text("notes of a call\n" * 99)
    soundfile.write(folder / "short.wav", stereo[:3200], 16000)
    soundfile.write(folder / "silent.wav", stereo * 0, 16000)
    soundfile.write(folder / "nan.wav", np.where(stereo > 0.1, np.nan, stereo), 16000, "FLOAT")
    soundfile.write(folder / "three.wav", np.repeat(stereo[:, :1], 3, axis=1), 16000)
    (folder / "dangling.wav").symlink_to(folder / "gone.wav")
    bad = ["empty", "cut", "text", "short", "silent", "nan", "three"]
    with batch.open("a", encoding="utf-8", newline="") as file:
        columns = len(sample_rows()[0])
        for name in [*bad, "dangling", "missing"]:
            file.write(",".join([f"{name}.wav", name] + [""] * (columns - 2)) + "\n")
        file.write(",".join(["../outside.wav", "outside"] + [""] * (columns - 2)) + "\n")
    done = subprocess.run(
        command("run", batch, "--out", tmp_path / "out"), capture_output=True, text=True
    )
    assert done.returncode == 3, done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert "1 done, 8 failed, 2 waiting for a recording or a row" in done.stdout
    failed = {p.stem: json.loads(p.read_text()) for p in (tmp_path / "out/failed").glob("*.json")}
    assert set(failed) == {*bad, "outside"}
    for name, said in failed.items():
        lines = [line for line in done.stderr.splitlines() if line.startswith(f"  {name}: ")]
        assert lines == [f"  {name}: {said['error']}"]
    status = invoke("status", tmp_path / "out").stdout
    assert "failed       1" in status and "quarantined  7" in status
    assert "waiting      2" in status


# ------------------------------------------------------------------ what cannot run


def one_line(result: Result, code: int, *words: str) -> None:
    assert result.exit_code == code, result.output
    message = result.stderr.strip()
    assert "\n" not in message
    assert "Traceback" not in message
    for word in words:
        assert word in message


def test_a_wrong_manifest_stops_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "calls.csv").write_text("file\na.wav\n")
    one_line(invoke("run", tmp_path / "calls.csv", "--out", tmp_path / "out"), 2, "column 'path'")
    assert not (tmp_path / "out").exists()


def test_a_wrong_config_is_usage(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text("[turns]\njoins_s = 1\n")
    soundfile.write(tmp_path / "a.wav", noise(2, -30), 16000)
    result = invoke("run", tmp_path, "--out", tmp_path / "out", "--config", tmp_path / "c.toml")
    one_line(result, 2, "turns.joins_s", "did you mean 'turns.join_s'")


def test_no_weights_could_not_run(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text(f'[speech]\nmodel_path = "{tmp_path / "nowhere"}"\n')
    soundfile.write(tmp_path / "a.wav", noise(2, -30), 16000)
    result = invoke("run", tmp_path, "--out", tmp_path / "out", "--config", tmp_path / "c.toml")
    one_line(result, 1, "nowhere")


def test_a_folder_that_holds_no_run(tmp_path: Path) -> None:
    for name in ("status", "report"):
        one_line(invoke(name, tmp_path), 1, "not an output folder")
    one_line(invoke("show", tmp_path, "c1"), 1, "not an output folder")


def test_usage_is_exit_code_2(tmp_path: Path) -> None:
    assert invoke("run", tmp_path).exit_code == 2
    assert invoke("dance").exit_code == 2


def test_a_second_run_says_who_waits(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", noise(2, -30), 16000)
    with Store(tmp_path / "out").locked():
        result = invoke("run", tmp_path / "a.wav", "--out", tmp_path / "out")
    one_line(result, 2, "another run")


def test_doctor_finds_everything() -> None:
    result = invoke("doctor")
    assert result.exit_code == 0, result.output
    assert "FAIL" not in result.stdout
    assert "Whisper base" in result.stdout


def test_models_are_listed_and_verified() -> None:
    listed = invoke("models", "list")
    assert "base" in listed.stdout and "tiny.en" in listed.stdout
    verified = invoke("models", "verify", "tiny.en")
    assert verified.exit_code == 0, verified.output
    assert verified.stdout.startswith("ok tiny.en")
    assert invoke("models", "verify", "nonsense").exit_code == 1


def test_a_disk_that_fails_anywhere_is_told_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device", "somewhere/a.json")

    monkeypatch.setattr(click.Group, "invoke", fail)
    result = invoke("doctor")
    assert result.exit_code == 1
    assert result.stderr.startswith("callcoach: somewhere/a.json: No space left on device; free")
