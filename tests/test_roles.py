"""Who is the agent, from what is said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from callcoach.call import Word
from callcoach.dialogue.roles import RoleGuess, guess_roles
from callcoach.settings.roles import RolesConfig
from drawing import words

CONFIG = RolesConfig()
SAMPLES = Path(__file__).parent.parent / "data_samples"


def guess(*turns: tuple[str, str], config: RolesConfig = CONFIG) -> RoleGuess | None:
    said: list[Word] = []
    for number, (speaker, text) in enumerate(turns):
        said += words(speaker, number * 5.0, number * 5.0 + 4.0, text)
    return guess_roles(said, ("x", "y"), config)


def test_a_greeting_and_a_reason_for_the_call() -> None:
    found = guess(
        ("x", "Thank you for calling Harbour Energy, this is Maya. How can I help?"),
        ("y", "Hello, I'm calling because my bill is wrong."),
    )
    assert found is not None
    assert (found.agent, found.customer) == ("x", "y")
    assert found.confidence > 0.99
    assert found.heard[:2] == ("thank you for calling", "how can i help")
    assert "i'm calling because" in found.heard


def test_who_speaks_first_does_not_matter() -> None:
    found = guess(
        ("x", "Hello? Yes, I want to cancel my order."),
        ("y", "Could you confirm your date of birth for security?"),
        ("x", "It is the third of May."),
        ("y", "Let me check. Is there anything else I can do?"),
    )
    assert found is not None and found.agent == "y"


def test_swapping_the_speakers_swaps_the_roles() -> None:
    turns = [("x", "Welcome to the bank, how may I help you?"), ("y", "You charged me twice.")]
    here = guess(*turns)
    there = guess(*(("y" if s == "x" else "x", text) for s, text in turns))
    assert here is not None and there is not None
    assert (here.agent, here.customer) == (there.customer, there.agent)
    assert here.confidence == there.confidence


@pytest.mark.parametrize(
    "turns",
    [
        (),
        (("x", "Good morning."), ("y", "Good morning, how was the weekend?")),
        (("x", "How can I help you?"), ("y", "No, how can I help you?")),
        (("x", "My account, yes."), ("y", "Right.")),
    ],
)
def test_without_evidence_the_roles_stay_unknown(turns: tuple[tuple[str, str], ...]) -> None:
    assert guess(*turns) is None


def test_a_greeting_counts_at_the_beginning_only() -> None:
    late = "well " * CONFIG.opening_words + "thanks for calling"
    assert guess(("x", late), ("y", "Yes.")) is None
    assert guess(("x", "Thanks for calling."), ("y", "Yes.")) is not None


def test_phrases_are_whole_words_in_any_spelling() -> None:
    assert guess(("x", "The showcase may i have yours"), ("y", "Yes.")) is None
    found = guess(("x", "THANKS, for calling!"), ("y", "I’m calling about it."))
    assert found is not None and found.heard == ("thanks for calling", "i'm calling about")


def test_the_threshold_and_the_phrases_are_settings() -> None:
    turns = (("x", "Ahoy, this is the harbour."), ("y", "Yes."))
    assert guess(*turns) is None
    own = RolesConfig(agent_openings=("ahoy",))
    assert guess(*turns, config=own) is not None
    strict = RolesConfig(agent_openings=("ahoy",), min_confidence=0.95)
    assert guess(*turns, config=strict) is None


def test_every_sample_call_tells_who_is_who() -> None:
    for path in sorted((SAMPLES / "truth").glob("*.json")):
        truth = json.loads(path.read_text(encoding="utf-8"))
        said = [
            word
            for turn in truth["turns"]
            for word in words(turn["speaker"], turn["start_s"], turn["end_s"], turn["text"] or "-")
        ]
        found = guess_roles(said, ("customer", "agent"), CONFIG)
        assert found is not None and found.agent == "agent", truth["call_id"]
