"""A machine that took the call is told, and nobody is scored for talking to it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

import factory
from callcoach.analysis.analyse import analyse
from callcoach.analysis.models import load_models
from callcoach.audio.holds import HoldKind, HoldSound
from callcoach.config.config import Config
from callcoach.dialogue.answering_machine import machine_warnings
from callcoach.dialogue.role_check import ANSWERING_MACHINE, MACHINE
from callcoach.model.party import Role, Side
from callcoach.model.recording import CallWarning, Recording
from callcoach.model.speech import Turn
from callcoach.reports.call.agent_naming import naming_command, naming_part
from coached import coached

CASE = Path(__file__).parents[2] / "shared" / "cases" / "audio" / "voicemail.flac"
MESSAGE = "Hello, this is Tom from the garage. Your car is ready. Please call us back. Goodbye."


def turns(*said: tuple[str, str]) -> tuple[Turn, ...]:
    return tuple(
        Turn(5.0 * i, 5.0 * i + 4, f"t{i}", speaker, text) for i, (speaker, text) in enumerate(said)
    )


def tone(start_s: float, kind: HoldKind = HoldKind.TONE) -> HoldSound:
    return HoldSound(start_s, start_s + 0.8, kind, "customer")


def told(*said: tuple[str, str], holds: tuple[HoldSound, ...] = ()) -> bool:
    return any(w.code == ANSWERING_MACHINE for w in machine_warnings(turns(*said), holds))


@pytest.mark.parametrize(
    "greeting",
    [
        "Hi, you've reached Ann and Bob. We can't come to the phone right now.",
        "The person you are calling is not available. At the tone please record your message.",
        "Welcome to the voice mail of the office. Leave a message and we will get back to you.",
    ],
)
def test_a_greeting_and_a_message_are_no_conversation(greeting: str) -> None:
    assert told(("customer", greeting), ("agent", MESSAGE))
    assert told(("agent", "Hello?"), ("customer", greeting), ("agent", MESSAGE))
    assert told(("everyone", f"{greeting} {MESSAGE}"))


def test_one_sign_needs_the_tone() -> None:
    said = (("customer", "Hello, please leave your name."), ("agent", MESSAGE))
    assert not told(*said)
    assert told(*said, holds=(tone(4.5),))
    assert not told(*said, holds=(tone(4.5, HoldKind.RINGING),))
    assert not told(*said, holds=(tone(30.0),))


def test_people_who_speak_of_messages_talk() -> None:
    talk = (
        ("agent", "You've reached the garage, how can I help?"),
        ("customer", "I wanted to speak to Tom, his mailbox is full."),
        ("agent", "He is not available, you can leave a message."),
        ("customer", "Can he get back to you or to me?"),
        ("agent", "He will call you back."),
        ("customer", "Thank you."),
    )
    assert not told(*talk)
    assert not told(("agent", "You've reached the garage, how can I help?"), ("customer", "Hi."))


def test_nothing_is_said_of_the_agent() -> None:
    call = factory.two_channels()
    machine = CallWarning(ANSWERING_MACHINE, "An answering machine seems to have taken this call.")
    usual = coached(call)
    assert usual.findings and usual.scorecard is not None
    found = coached(dataclasses.replace(call, warnings=(*call.warnings, machine)))
    assert found.scorecard is not None and found.scorecard.overall is None
    assert found.findings is None
    assert any(item.reason == MACHINE for item in found.unmeasured)
    assert {p.reason for p in found.scorecard.practices if p.score is None} >= {MACHINE}


@pytest.mark.slow
@pytest.mark.skipif(not CASE.is_file(), reason="needs the shared recordings")
def test_a_recorded_greeting_with_a_beep() -> None:
    config = Config()
    found = coached(
        analyse(Recording(CASE, "v", agent_side=Side.LEFT), load_models(config), config)
    )
    assert ANSWERING_MACHINE in {warning.code for warning in found.warnings}
    assert found.scorecard is not None and found.scorecard.overall is None


def test_nobody_need_be_named_where_a_machine_was_spoken_to() -> None:
    call = factory.two_channels()
    unnamed = tuple(dataclasses.replace(p, role=Role.UNKNOWN) for p in call.call.parties)
    call = dataclasses.replace(call, call=dataclasses.replace(call.call, parties=unnamed))
    assert naming_part(call) is not None and naming_command(call) is not None
    machine = CallWarning(ANSWERING_MACHINE, "An answering machine seems to have taken this call.")
    call = dataclasses.replace(call, warnings=(*call.warnings, machine))
    assert naming_part(call) is None and naming_command(call) is None
