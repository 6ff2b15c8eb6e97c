"""Clips by speaker: ``callcoach measure voice``."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile as sf
from click.testing import CliRunner, Result

from callcoach.cli.main import main
from callcoach.config.config import Config
from callcoach.measure.clips import COLUMNS
from callcoach.model.voice import CalmnessPart
from callcoach.voice.clips import judge_clips, measure_clip
from callcoach.voice.trackers import PitchTracker, load_tracker
from sounds import RATE_HZ, noise, silence, voice

CONFIG = Config()
SHARED = Path(__file__).parent.parent.parent / "shared" / "data" / "voice" / "clips.csv"


def clip(hz: float, level_dbov: float = -26.0, seconds: float = 2.0) -> np.ndarray:
    """A voice of one pitch with a little melody, between two short silences."""
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    melody = hz * 2 ** (np.sin(2 * np.pi * 1.5 * t) / 12)
    return np.concatenate([silence(0.4), voice(melody, level_dbov), silence(0.4)])


@pytest.fixture(scope="module")
def tracker() -> PitchTracker:
    return load_tracker(CONFIG.pitch)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Two speakers, five clips each; the last of the first speaker is high and loud."""
    (tmp_path / "a").mkdir()
    rows = []
    for speaker, hz in (("ann", 200.0), ("bob", 110.0)):
        for i in range(5):
            raised = speaker == "ann" and i == 4
            sound = clip(hz * (1.5 if raised else 1 + 0.01 * i), -14 if raised else -26)
            path = f"a/{speaker}{i}.wav"
            sf.write(tmp_path / path, sound, RATE_HZ)
            rows.append({"path": path, "speaker": speaker, "label": "x" if raised else "", "n": i})
    write(tmp_path / "clips.csv", rows)
    return tmp_path / "clips.csv"


def write(path: Path, rows: list[dict]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["measure", "voice", *(str(a) for a in arguments)])


def test_each_clip_is_compared_with_the_speakers_other_clips(table: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    result = run(table, "-o", out)
    assert result.exit_code == 0, result.output
    found = pd.read_csv(out, dtype={"label": str}, keep_default_na=False, na_values=[""])
    given = pd.read_csv(table)
    assert list(found.columns) == [*given.columns, *COLUMNS]
    assert found["path"].tolist() == given["path"].tolist()
    assert found["baseline"].unique().tolist() == ["other_clips"]
    assert found["baseline_clips"].unique().tolist() == [4]
    raised = found[found["label"] == "x"].iloc[0]
    rest = found[found["label"] != "x"]
    assert raised["calmness"] < 60 < 75 < rest["calmness"].min()
    assert raised["points_pitch"] < -8 and raised["points_level"] < -8
    points = found[[f"points_{part}" for part in CalmnessPart]].sum(axis=1)
    assert found["calmness"].to_numpy() == pytest.approx(80 + points.to_numpy(), abs=0.01)
    # Ann's high clip is no yardstick for Bob.
    assert rest[rest["speaker"] == "bob"]["points_pitch"].abs().max() < 1
    assert oct(out.stat().st_mode & 0o777) == "0o600"


def test_at_the_same_level_loudness_says_nothing(table: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    assert run(table, "-o", out, "--same-level").exit_code == 0
    found = pd.read_csv(out)
    assert found["active_level_dbov"].to_numpy() == pytest.approx(-26, abs=0.01)
    assert found["level_dbov"].to_numpy() == pytest.approx(found["level_dbov"].mean(), abs=0.5)
    assert found["points_level"].abs().max() < 0.2
    assert found["points_pitch"].min() < -8


def test_a_broken_clip_costs_only_itself(table: Path, tmp_path: Path) -> None:
    rows = list(csv.DictReader(table.open()))
    (tmp_path / "broken.wav").write_bytes(b"no sound")
    sf.write(tmp_path / "hiss.wav", noise(3, -30), RATE_HZ)
    sf.write(tmp_path / "empty.wav", silence(3), RATE_HZ)
    for name in ("broken.wav", "missing.wav", "hiss.wav", "empty.wav"):
        rows.insert(1, {**rows[0], "path": name})
    write(table, rows)
    out = tmp_path / "out.csv"
    result = run(table, "-o", out)
    assert result.exit_code == 3
    assert "11 of 14 clips measured" in result.output
    assert "Traceback" not in result.output
    found = pd.read_csv(out).set_index("path")
    assert len(found) == 14
    for name in ("broken.wav", "missing.wav", "empty.wav"):
        assert name in result.output
        assert found.loc[name, list(COLUMNS[:-1])].isna().all()
        assert found.loc[name, "unmeasured"].startswith("voice: ")
    hiss = found.loc["hiss.wav"]
    assert hiss[["calmness", "pitch_sd_st", "level_dbov", "effort_db"]].isna().all()
    assert hiss["active_level_dbov"] == pytest.approx(-30, abs=0.1)
    assert "pitch: not enough evidence" in hiss["unmeasured"] and "calmness: " in hiss["unmeasured"]
    assert found.loc["a/bob1.wav", "baseline_clips"] == 4


def test_too_few_other_clips_give_measures_but_no_calmness(table: Path, tmp_path: Path) -> None:
    rows = [r for r in csv.DictReader(table.open()) if r["path"] in ("a/ann0.wav", "a/ann1.wav")]
    write(table, rows)
    out = tmp_path / "out.csv"
    assert run(table, "-o", out).exit_code == 0
    found = pd.read_csv(out)
    assert found["calmness"].isna().all() and found["baseline"].isna().all()
    assert found["pitch_median_st"].notna().all()
    assert found["unmeasured"].str.contains("calmness: not enough evidence").all()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("path\na.wav\n", "no column 'speaker'"),
        ("", "no column 'path'"),
        ("path,speaker\n", "has no rows"),
        ("path,speaker\na.wav,\n", "row 2: the speaker is empty"),
        ("path,speaker\na.wav\n", "row 2: 1 cells, the header has 2"),
        ("path,speaker,path\na.wav,b,c\n", "'path' twice"),
    ],
)
def test_a_wrong_table_is_said_in_one_line(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "clips.csv"
    path.write_text(content)
    result = run(path, "-o", tmp_path / "out.csv")
    assert result.exit_code == 2
    assert said in result.output
    assert not (tmp_path / "out.csv").exists()


def test_columns_of_the_same_name_are_kept_apart(table: Path, tmp_path: Path) -> None:
    rows = [{**row, "calmness": "rated 3", "note": "=1+1"} for row in csv.DictReader(table.open())]
    write(table, rows)
    out = tmp_path / "out.csv"
    assert run(table, "-o", out).exit_code == 0
    found = pd.read_csv(out)
    assert (found["input_calmness"] == "rated 3").all()
    assert found["calmness"].notna().all()
    assert (found["note"] == "'=1+1").all()


def test_gain_changes_nothing_but_the_level(tracker: PitchTracker) -> None:
    one = measure_clip(clip(150), RATE_HZ, "a", tracker, CONFIG)
    loud = measure_clip(clip(150) * np.float32(4), RATE_HZ, "a", tracker, CONFIG)
    assert one.level.level_dbov is not None and loud.level.level_dbov is not None
    assert loud.level.level_dbov - one.level.level_dbov == pytest.approx(12.04, abs=0.01)
    assert loud.measures.pitch_median_st == pytest.approx(one.measures.pitch_median_st, abs=0.02)
    assert loud.measures.effort_db == pytest.approx(one.measures.effort_db, abs=0.02)


def test_the_clip_itself_is_no_part_of_its_baseline(tracker: PitchTracker) -> None:
    clips = [measure_clip(clip(150), RATE_HZ, "a", tracker, CONFIG)] * 3
    clips = [*clips, measure_clip(clip(300), RATE_HZ, "a", tracker, CONFIG)]
    judged = judge_clips([measure_clip(clip(150), RATE_HZ, "a", tracker, CONFIG), *clips], CONFIG)
    pitch = next(c for c in judged[-1].measures.contributions if c.part is CalmnessPart.PITCH)
    assert pitch.value - pitch.usual == pytest.approx(12, abs=0.1)
    assert judged[-1].others == 4


# ------------------------------------------------------------------ acted speech


def auc(calmer: pd.Series, tenser: pd.Series) -> float:
    """Share of pairs in which the calmer one has the higher score, ties counting half."""
    above = calmer.to_numpy()[:, None] - tenser.to_numpy()[None, :]
    return float(((above > 0) + 0.5 * (above == 0)).mean())


@pytest.mark.skipif(not SHARED.exists(), reason="needs the shared recordings")
@pytest.mark.parametrize(
    ("options", "calm", "neutral"),
    [([], 0.97, 0.95), pytest.param(["--same-level"], 0.95, 0.92, marks=pytest.mark.long)],
)
def test_calm_and_neutral_speech_is_told_from_angry_speech(
    tmp_path: Path, options: list[str], calm: float, neutral: float
) -> None:
    """Only an evaluation: nothing in the product was fitted to these clips."""
    out = tmp_path / "out.csv"
    subprocess.run(
        [sys.executable, "-m", "callcoach", "measure", "voice", SHARED, "-o", out, *options],
        check=True,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
        capture_output=True,
    )
    found = pd.read_csv(out)
    assert found["calmness"].notna().all()
    score = {label: group["calmness"] for label, group in found.groupby("label")}
    assert auc(score["calm"], score["angry"]) >= calm
    assert auc(score["neutral"], score["angry"]) >= neutral
