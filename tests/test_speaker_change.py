"""More than one person on a channel is told, with the times; one who gets angry is not."""

from __future__ import annotations

import csv
import dataclasses
import itertools
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr

import factory
from callcoach.analysis.models import load_models
from callcoach.audio.activity import detect_activity
from callcoach.audio.decode import decode
from callcoach.audio.diarize import SpeakerEncoder
from callcoach.audio.silero import SileroVad
from callcoach.audio.speaker_change import change_warnings, speaker_changes
from callcoach.config.config import Config
from callcoach.dialogue.role_check import SEVERAL_AGENTS
from callcoach.model.party import Role, Side
from callcoach.model.recording import FloatArray
from callcoach.model.speech import Activity, SpeakerChange, SpeechRegion
from callcoach.model.timeline import Span
from callcoach.speech.catalogue import SPEAKERS
from callcoach.speech.weights import is_here
from coached import coached
from drawing import activity

CONFIG = Config()
SHARED = Path(__file__).parents[2] / "shared" / "data"
PROMPTS = Path("/usr/share/asterisk/sounds/en_US_f_Allison")
RATE_HZ = 16000

needs_weights = pytest.mark.skipif(
    not is_here(SPEAKERS), reason="needs: callcoach models fetch campplus"
)
needs_data = pytest.mark.skipif(not SHARED.is_dir(), reason="needs the shared recordings")


@pytest.fixture(scope="module")
def encoder() -> SpeakerEncoder:
    encoder = load_models(CONFIG).encoder
    assert encoder is not None
    return encoder


class ByLevel:
    """A voice is a level of the sound: vectors at an angle that grows with it."""

    def embed(self, speech: FloatArray, windows: Sequence[Span]) -> np.ndarray:
        angle = float(speech.mean())
        row = np.array([np.cos(angle), np.sin(angle)], dtype=np.float32)
        return np.tile(row, (len(windows), 1))


def found(*angles: float) -> tuple[SpeakerChange, ...]:
    """What is found where each stretch of 4 s speaks at an angle, with pauses of 1 s."""
    row = ("#" * 16 + "-" * 4) * len(angles)
    own = activity("x", row, 0.25)
    samples = np.zeros(round(RATE_HZ * 5 * len(angles)), dtype=np.float32)
    for i, angle in enumerate(angles):
        samples[5 * i * RATE_HZ : (5 * i + 4) * RATE_HZ] = angle
    return speaker_changes(samples, RATE_HZ, own, Side.RIGHT, ByLevel())


def test_a_voice_that_stays_is_one_person() -> None:
    assert found(*[0.1] * 10) == ()
    assert found(*np.linspace(0.0, 0.8, 10)) == ()  # a cosine of 0.70 from end to end
    assert found(*[0.0] * 5, *[1.1] * 5) == ()  # 0.45: somebody who gets angry


def test_a_voice_that_changes_is_told_with_its_time() -> None:
    (change,) = found(*[0.0] * 4, *[1.4] * 6)
    assert change.channel is Side.RIGHT and not change.by_turns
    assert change.at_s == pytest.approx(20.0, abs=0.1)
    assert change.similarity == pytest.approx(np.cos(1.4), abs=0.01)
    (warning,) = change_warnings([change])
    assert "From about 0:20 another voice" in warning.text and "right" in warning.text


def test_each_stretch_of_three_people_is_told() -> None:
    first, second = found(*[0.0] * 6, *[3.0] * 6, *[1.5] * 6)
    assert first.at_s == pytest.approx(30.0, abs=2.0)
    assert second.at_s == pytest.approx(60.0, abs=2.0)
    (warning,) = change_warnings([first, second])
    assert "From about 0:30 and 1:00 another voice" in warning.text


def test_a_few_words_of_another_are_no_second_person() -> None:
    assert found(*[0.0] * 8, 1.4) == ()
    assert found(0.0, 1.4) == ()
    assert found(*[0.0] * 3, 1.4, *[0.0] * 3, 1.4, *[0.0] * 3) == ()


def test_voices_that_take_turns_are_a_conference() -> None:
    (change,) = found(*[0.0, 0.0, 0.0, 1.5, 0.0, 1.5, 0.0, 1.5, 1.5, 1.5])
    assert change.by_turns
    assert change.at_s == pytest.approx(15.0, abs=0.1)
    (warning,) = change_warnings([change])
    assert "From about 0:15 two voices take turns" in warning.text


def test_nothing_is_scored_where_two_agents_speak() -> None:
    call = factory.two_channels()
    sides = {party.role: party.channel for party in call.call.parties}
    agent, customer = sides[Role.AGENT], sides[Role.CUSTOMER]
    assert agent is not None and customer is not None
    two = dataclasses.replace(call, speaker_changes=(SpeakerChange(agent, 40.0, 0.3),))
    scored = coached(two).scorecard
    assert scored is not None and scored.overall is None
    assert {p.reason for p in scored.practices if p.score is None} >= {SEVERAL_AGENTS}
    other = dataclasses.replace(call, speaker_changes=(SpeakerChange(customer, 40.0, 0.3),))
    usual = coached(other).scorecard
    assert usual is not None and usual.overall is not None


@needs_data
@needs_weights
def test_a_real_call_that_is_passed_on(encoder: SpeakerEncoder) -> None:
    sound = decode(SHARED / "calls" / "auto_repairs_40.wav", CONFIG.audio)
    agent, customer = sound.samples
    passed_on, by_turns = agent.copy(), agent.copy()
    passed_on[120 * RATE_HZ :] = customer[120 * RATE_HZ :]
    for start_s in range(30, 240, 60):
        part = slice(start_s * RATE_HZ, (start_s + 30) * RATE_HZ)
        by_turns[part] = customer[part]

    def changes(samples: FloatArray) -> tuple[SpeakerChange, ...]:
        alone = dataclasses.replace(sound, samples=samples[None])
        (own,) = detect_activity(alone, ("x",), SileroVad(), CONFIG.activity)
        return speaker_changes(samples, RATE_HZ, own, Side.LEFT, encoder)

    assert changes(agent) == () and changes(customer) == ()
    (change,) = changes(passed_on)
    assert change.at_s == pytest.approx(120.0, abs=15.0) and not change.by_turns
    (change,) = changes(by_turns)
    assert change.by_turns


@needs_data
@needs_weights
@pytest.mark.parametrize("speaker", [f"actor{number:02d}" for number in range(1, 9)])
def test_who_gets_angry_is_the_same_person(encoder: SpeakerEncoder, speaker: str) -> None:
    with (SHARED / "voice" / "clips.csv").open(encoding="utf-8") as file:
        clips = [row for row in csv.DictReader(file) if row["speaker"] == speaker]

    def said(mood: str) -> FloatArray:
        parts = []
        for row in clips:
            if row["label"] == mood:
                sound, rate_hz = soundfile.read(SHARED / "voice" / row["path"], dtype="float32")
                heard = np.flatnonzero(np.abs(sound) > 0.1 * np.abs(sound).max())
                sound = sound[heard[0] : heard[-1]]
                # A recorder that keeps all at one level takes the loudness away.
                sound = sound * np.float32(0.05 / np.sqrt(np.mean(sound**2)))
                parts.append(soxr.resample(sound, rate_hz, RATE_HZ))
        return np.concatenate(parts)

    calm, angry = said("calm"), said("angry")
    for sounds in ((calm, angry), (angry, calm)):
        assert together(encoder, *sounds) == ()


@needs_weights
@pytest.mark.skipif(not PROMPTS.is_dir(), reason="needs asterisk-core-sounds-en-wav")
@pytest.mark.skipif(shutil.which("flite") is None, reason="needs flite")
def test_an_announcement_before_the_agent(encoder: SpeakerEncoder, tmp_path: Path) -> None:
    names = ("basic-pbx-ivr-main", "demo-congrats", "demo-instruct")
    prompts = [soundfile.read(PROMPTS / f"{name}.wav", dtype="float32")[0] for name in names]
    announced = soxr.resample(np.concatenate(prompts), 8000, RATE_HZ)[: 30 * RATE_HZ]
    text = (
        "Good morning, thank you for waiting. I see your order here, and I am sorry that it has "
        "not come yet. Let me look where the parcel is. It left the depot on Monday, and the "
        "driver could not find your house. I can send it again tomorrow, or you can fetch it "
        "from the shop near the station. Which of the two would suit you better? I will also "
        "give you back what you paid for the delivery, because that was our mistake."
    )
    path = tmp_path / "agent.wav"
    subprocess.run(["flite", "-voice", "rms", "-t", text, "-o", path], check=True)
    sound, rate_hz = soundfile.read(path, dtype="float32")
    agent = soxr.resample(soxr.resample(sound, rate_hz, 8000), 8000, RATE_HZ)
    assert together(encoder, announced) == () and together(encoder, agent) == ()
    (change,) = together(encoder, announced, agent)
    assert change.at_s == pytest.approx(len(announced) / RATE_HZ, abs=2.0)


def together(encoder: SpeakerEncoder, *sounds: FloatArray) -> tuple[SpeakerChange, ...]:
    """What is found where these sounds follow each other, all of them speech."""
    edges = np.cumsum([0, *map(len, sounds)]) / RATE_HZ
    regions = [SpeechRegion(float(a), float(b), "x") for a, b in itertools.pairwise(edges)]
    own = Activity("x", tuple(regions))
    return speaker_changes(np.concatenate(sounds), RATE_HZ, own, Side.LEFT, encoder)
