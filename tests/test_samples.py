"""The sample calls keep their promises: audio, manifest and truth fit together."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import av
import numpy as np
import pandas as pd
import pytest
import soundfile as sf

FOLDER = Path(__file__).resolve().parents[1] / "data_samples"
MANIFEST = pd.read_csv(FOLDER / "calls.csv", dtype=str, keep_default_na=False)
TRUTH = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((FOLDER / "truth").glob("*.json"))
}
CALL_IDS = sorted(TRUTH)

AUDIBLE_PRACTICES = {
    "validate", "attend", "clarify", "gentle_voice", "responses", "respect",
    "empathy", "solutions", "composure", "escalate", "follow_up",
}  # fmt: skip
SITUATIONS = {"wont_listen", "heated", "under_pressure", "cannot_meet", "after_mistake"}
LABELS = {
    "concern": {
        "problem", "feeling", "waiting", "demand", "repeat_contact", "manager_request",
        "threat", "harsh",
    },
    "response": {
        "validate", "explore", "paraphrase", "acknowledge", "apologise", "own", "solve",
        "offer_options", "state_limit", "offer_escalation", "promise", "over_promise",
        "dismiss", "blame", "defend", "ignore",
    },
    "question": {"open", "closed", "clarifying", "repeated"},
    "closing": {"anything_else", "next_step", "thanks", "feedback", "privacy"},
}  # fmt: skip
PARAPHRASES = {"restate", "summarise", "reflect_feeling", "confirm_detail"}
SIZE_LIMIT_BYTES = 6_000_000
TOLERANCE_S = 0.002  # truth times are rounded to the millisecond


def decode(path: Path) -> tuple[np.ndarray, int]:
    """Samples as (time, channels) and their rate; libsndfile does not read M4A."""
    if path.suffix != ".m4a":
        return sf.read(path, dtype="float64", always_2d=True)
    with av.open(str(path)) as container:
        resampler = av.AudioResampler(format="fltp")
        pieces = [
            part.to_ndarray()
            for frame in container.decode(audio=0)
            for part in resampler.resample(frame)
        ]
        return np.concatenate(pieces, axis=1).T, container.streams.audio[0].rate


def manifest_row(call_id: str) -> pd.Series:
    return MANIFEST.set_index("call_id").loc[call_id]


def speech_mask(truth: dict, speaker: str | None, length: int, rate: int) -> np.ndarray:
    mask = np.zeros(length, dtype=bool)
    for turn in truth["turns"]:
        if speaker in (None, turn["speaker"]):
            for start, end in turn["spans"]:
                mask[round(start * rate) : round(end * rate)] = True
    return mask


def level_db(samples: np.ndarray) -> float:
    return float(10 * np.log10(np.mean(samples**2) + 1e-12))


def test_manifest_names_every_call_once():
    assert sorted(MANIFEST["call_id"]) == CALL_IDS
    assert sorted(MANIFEST["path"]) == sorted(
        f"audio/{path.name}" for path in (FOLDER / "audio").iterdir()
    )
    assert sorted(path.stem for path in (FOLDER / "dialogues").glob("*.toml")) == CALL_IDS
    assert {"customer_id", "queue", "team", "site"} <= set(MANIFEST.columns)


def test_the_set_is_varied_enough():
    sides = MANIFEST["agent_channel"].value_counts()
    assert sides["left"] + sides["right"] >= 10
    assert sides["right"] >= 1
    assert sides[""] == 1
    assert MANIFEST["agent_id"].nunique() == 3
    assert MANIFEST["queue"].nunique() >= 3
    started = [pd.Timestamp(value) for value in MANIFEST["started_at"]]
    assert all(moment.tzinfo is not None for moment in started)
    assert len({moment.date() for moment in started}) >= 8
    assert (max(started) - min(started)).days >= 14
    assert len({Path(path).suffix for path in MANIFEST["path"]}) >= 4


def test_the_folder_stays_small():
    files = [path for path in FOLDER.rglob("*") if "__pycache__" not in path.parts]
    assert sum(path.stat().st_size for path in files if path.is_file()) < SIZE_LIMIT_BYTES


@pytest.mark.parametrize("practice", sorted(AUDIBLE_PRACTICES))
def test_every_chapter_has_a_good_and_a_poor_example(practice):
    shown = {truth["expected"].get(practice) for truth in TRUTH.values()}
    assert {"good", "poor"} <= shown


def test_every_situation_and_label_appears():
    heard = {name for truth in TRUTH.values() for name in truth["situations"]}
    assert heard == SITUATIONS
    turns = [turn for truth in TRUTH.values() for turn in truth["turns"]]
    for label, kinds in LABELS.items():
        assert {kind for turn in turns for kind in turn[label]} == kinds
    assert {turn["paraphrase"]["kind"] for turn in turns if turn["paraphrase"]} == PARAPHRASES


def test_every_overlap_and_silence_kind_appears():
    overlaps = {event["kind"] for truth in TRUTH.values() for event in truth["overlaps"]}
    assert overlaps == {"backchannel", "terminal", "dual_start", "attempted", "interruption"}
    assert {quiet["kind"] for truth in TRUTH.values() for quiet in truth["silences"]} == {
        "dead_air",
        "hold",
    }


@pytest.mark.parametrize("call_id", CALL_IDS)
def test_truth_is_consistent(call_id):
    truth, row = TRUTH[call_id], manifest_row(call_id)
    assert truth["call_id"] == call_id
    assert truth["agent_id"] == row["agent_id"]
    assert (truth["agent_channel"] or "") == row["agent_channel"]
    assert set(truth["expected"]) <= AUDIBLE_PRACTICES
    assert set(truth["expected"].values()) <= {"good", "poor", "mixed", "not_heard"}
    ids = {turn["id"]: turn for turn in truth["turns"]}
    assert len(ids) == len(truth["turns"])
    for turn in truth["turns"]:
        times = [moment for span in turn["spans"] for moment in span]
        assert times == sorted(times)
        assert times[0] == turn["start_s"] >= 0
        assert times[-1] == turn["end_s"] <= truth["duration_s"]
        assert bool(turn["concern"]) <= (turn["speaker"] == "customer")
        assert bool(turn["response"]) <= (turn["speaker"] == "agent")
        if turn["answers"]:
            assert ids[turn["answers"]]["concern"]
        if turn["paraphrase"]:
            restated = ids[turn["paraphrase"]["restates"]]
            assert restated["speaker"] == "customer"
            assert restated["start_s"] < turn["start_s"]


def shared_speech_s(one: dict, other: dict) -> float:
    pairs = product(one["spans"], other["spans"])
    return sum(max(0.0, min(b, d) - max(a, c)) for (a, b), (c, d) in pairs)


@pytest.mark.parametrize("call_id", CALL_IDS)
def test_overlaps_have_the_numbers_that_define_their_kind(call_id):
    truth = TRUTH[call_id]
    turns = {turn["id"]: turn for turn in truth["turns"]}
    for event in truth["overlaps"]:
        holder, incomer = turns[event["holder_turn"]], turns[event["incomer_turn"]]
        assert (holder["speaker"], incomer["speaker"]) == (event["holder"], event["incomer"])
        assert event["start_s"] == incomer["start_s"]
        assert event["end_s"] == min(holder["end_s"], incomer["end_s"])
        assert event["holder_yielded"] == (holder["end_s"] < incomer["end_s"])
        assert shared_speech_s(holder, incomer) >= 0.2 - TOLERANCE_S
        onset_gap = incomer["start_s"] - holder["start_s"]
        left_to_holder = holder["end_s"] - incomer["start_s"]
        length = incomer["end_s"] - incomer["start_s"]
        kind = event["kind"]
        assert (kind == "dual_start") == (onset_gap <= 0.2 + TOLERANCE_S)
        if kind == "backchannel":
            assert length <= 1.0 and len(incomer["text"].split()) <= 3
            assert holder["end_s"] - incomer["end_s"] >= 0.5
        if kind == "terminal":
            assert left_to_holder <= 0.5 + TOLERANCE_S
        if kind in ("interruption", "attempted"):
            assert length >= 1.0 and left_to_holder > 0.5
            assert event["holder_yielded"] == (kind == "interruption")
        if kind == "interruption":
            assert left_to_holder <= 2.0


@pytest.mark.parametrize("call_id", CALL_IDS)
def test_no_overlap_is_missing(call_id):
    truth = TRUTH[call_id]
    listed = {(event["holder_turn"], event["incomer_turn"]) for event in truth["overlaps"]}
    agent = [turn for turn in truth["turns"] if turn["speaker"] == "agent"]
    customer = [turn for turn in truth["turns"] if turn["speaker"] == "customer"]
    found = set()
    for pair in product(agent, customer):
        if shared_speech_s(*pair) >= 0.2:
            holder, incomer = sorted(pair, key=lambda turn: turn["start_s"])
            found.add((holder["id"], incomer["id"]))
    assert found == listed


@pytest.mark.parametrize("call_id", CALL_IDS)
def test_audio_is_where_the_truth_says(call_id):
    truth, row = TRUTH[call_id], manifest_row(call_id)
    samples, rate = decode(FOLDER / row["path"])
    duration = len(samples) / rate
    assert 30 <= duration <= 90
    assert duration == pytest.approx(truth["duration_s"], abs=0.15)  # codecs pad the last frame
    assert samples.shape[1] == truth["channels"] == (2 if row["agent_channel"] else 1)
    speakers = {
        "left": ["agent", "customer"],
        "right": ["customer", "agent"],
        "": [None],
    }[row["agent_channel"]]
    margin_db = 0.5 * truth["line"]["snr_db"]
    for channel, speaker in enumerate(speakers):
        spoken = speech_mask(truth, speaker, len(samples), rate)
        inside = level_db(samples[spoken, channel])
        outside = level_db(samples[~spoken, channel])
        assert inside - outside > margin_db


@pytest.mark.parametrize("call_id", CALL_IDS)
def test_speech_starts_and_ends_on_time(call_id):
    """Just inside every outer edge there is speech, just outside it the line is quiet."""
    truth, row = TRUTH[call_id], manifest_row(call_id)
    if truth["channels"] == 1 or truth["line"]["snr_db"] < 30:
        pytest.skip("needs one speaker per channel and a quiet line")
    samples, rate = decode(FOLDER / row["path"])
    side = {"left": ("agent", "customer"), "right": ("customer", "agent")}[row["agent_channel"]]
    near = round(0.05 * rate)
    for turn in truth["turns"]:
        channel = samples[:, side.index(turn["speaker"])]
        first, last = round(turn["start_s"] * rate), round(turn["end_s"] * rate)
        speech = level_db(channel[first:last])
        assert speech - level_db(channel[max(0, first - 2 * near) : first - near]) > 20
        assert speech - level_db(channel[last + near : last + 2 * near]) > 20
