"""Another person who goes on speaking on a channel is told; one who gets loud is not."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

import factory
from callcoach.audio.activity import detect_activity
from callcoach.audio.decode import decode
from callcoach.audio.silero import SileroVad
from callcoach.audio.speaker_change import change_warnings, speaker_change
from callcoach.batch.worker import load_models
from callcoach.call import FloatArray, Role, Side, SpeakerChange
from callcoach.config import Config
from callcoach.role_check import SEVERAL_AGENTS
from callcoach.speech.catalogue import SPEAKERS
from callcoach.speech.weights import is_here
from callcoach.timeline import Span
from coached import coached
from drawing import activity

CONFIG = Config()
SHARED = Path(__file__).parents[2] / "shared" / "data"
RATE_HZ = 16000


class ByLevel:
    """A voice is a level of the sound: vectors at an angle that grows with it."""

    def embed(self, speech: FloatArray, windows: Sequence[Span]) -> np.ndarray:
        angle = float(speech.mean())
        row = np.array([np.cos(angle), np.sin(angle)], dtype=np.float32)
        return np.tile(row, (len(windows), 1))


def found(*angles: float) -> SpeakerChange | None:
    """What is found where each stretch of 4 s speaks at an angle, with pauses of 1 s."""
    row = ("#" * 16 + "-" * 4) * len(angles)
    own = activity("x", row, 0.25)
    samples = np.zeros(round(RATE_HZ * 5 * len(angles)), dtype=np.float32)
    for i, angle in enumerate(angles):
        samples[5 * i * RATE_HZ : (5 * i + 4) * RATE_HZ] = angle
    return speaker_change(samples, RATE_HZ, own, Side.RIGHT, ByLevel())


def test_a_voice_that_stays_is_one_person() -> None:
    assert found(*[0.1] * 10) is None
    assert found(*np.linspace(0.0, 0.8, 10)) is None  # a cosine of 0.70 from end to end


def test_a_voice_that_changes_is_told_with_its_time() -> None:
    change = found(*[0.0] * 4, *[1.4] * 6)
    assert change is not None
    assert change.channel is Side.RIGHT
    assert change.at_s == pytest.approx(20.0, abs=0.1)
    assert change.similarity == pytest.approx(np.cos(1.4), abs=0.01)
    (warning,) = change_warnings([change])
    assert "From about 0:20" in warning.text and "right" in warning.text


def test_a_few_words_of_another_are_no_second_person() -> None:
    assert found(*[0.0] * 8, 1.4) is None
    assert found(0.0, 1.4) is None


def test_voices_that_take_turns_are_no_transfer() -> None:
    assert found(*[0.0, 0.0, 0.0, 1.5, 0.0, 1.5, 0.0, 1.5, 1.5, 1.5]) is None


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


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the shared recordings")
@pytest.mark.skipif(not is_here(SPEAKERS), reason="needs: callcoach models fetch campplus")
def test_a_real_call_that_is_passed_on() -> None:
    sound = decode(SHARED / "calls" / "auto_repairs_40.wav", CONFIG.audio)
    encoder = load_models(CONFIG).encoder
    assert encoder is not None
    passed_on = sound.samples[0].copy()
    passed_on[120 * RATE_HZ :] = sound.samples[1, 120 * RATE_HZ :]
    both = np.stack([passed_on, sound.samples[1]])
    heard = dataclasses.replace(sound, samples=both)
    for samples, expected in zip(both, (True, False), strict=True):
        alone = dataclasses.replace(heard, samples=samples[None])
        (own,) = detect_activity(alone, ("x",), SileroVad(), CONFIG.activity)
        change = speaker_change(samples, RATE_HZ, own, Side.LEFT, encoder)
        assert (change is not None) is expected
        if change is not None:
            assert change.at_s == pytest.approx(120.0, abs=15.0)
