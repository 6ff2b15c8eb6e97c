"""From turns to what was said: how turns become utterances, and that the parts fit together."""

from __future__ import annotations

import pytest

from callcoach.config.config import Config
from callcoach.dialogue.phrasebook import Matcher
from callcoach.dialogue.understand import understand, utterances_of
from callcoach.model.language import GistPart, ResponseKind, Utterance
from callcoach.model.party import Role
from callcoach.model.speech import Timing, Turn, Word
from callcoach.model.voice import TurnTension

CONFIG = Config()
ROLES = {"agent": Role.AGENT, "customer": Role.CUSTOMER}
WORDS = Matcher(CONFIG.phrases, None, CONFIG.matching)


def turns(*said: tuple[str, str]) -> list[Turn]:
    """Turns of two seconds, one after the other."""
    return [
        Turn(2.0 * n, 2.0 * n + 1.8, f"t{n}", speaker, text)
        for n, (speaker, text) in enumerate(said)
    ]


def tense(turn: Turn, voice: float | None) -> TurnTension:
    return TurnTension(turn.start_s, turn.end_s, turn.id, voice or 0.0, False, voice, 0.0, ())


def test_a_speakers_turns_in_a_row_are_one_utterance() -> None:
    said = turns(
        ("agent", "How can I help?"),
        ("customer", "I'm calling because"),
        ("agent", ""),
        ("customer", "the service light"),
        ("agent", "Mm-hm."),
        ("customer", "came on again."),
        ("agent", "I am sorry."),
        ("agent", "Let me look."),
    )
    found = utterances_of(said, (), ROLES, (), CONFIG)
    assert [(u.id, u.role, u.text) for u in found] == [
        ("t0", Role.AGENT, "How can I help?"),
        ("t1", Role.CUSTOMER, "I'm calling because the service light came on again."),
        ("t4", Role.AGENT, "Mm-hm."),
        ("t6", Role.AGENT, "I am sorry. Let me look."),
    ]
    assert found[1].span is not None
    assert (found[1].span.start_s, found[1].span.end_s) == (2.0, 11.8)


def test_an_answer_of_one_word_ends_nobodys_utterance_but_stays() -> None:
    said = turns(("agent", "Is it on?"), ("customer", "Yes."), ("agent", "Then turn it off."))
    texts = [u.text for u in utterances_of(said, (), ROLES, (), CONFIG)]
    assert "Yes." in texts and any("turn it off" in text for text in texts)


def test_certainty_and_tension_are_those_of_all_its_turns() -> None:
    said = turns(("customer", "It broke"), ("customer", "again"))
    words = [
        Word(0.2, 0.8, "customer", "It", 0.9, Timing.MEASURED),
        Word(0.8, 1.4, "customer", "broke", 0.5, Timing.MEASURED),
        Word(2.2, 2.8, "customer", "again", 0.4, Timing.MEASURED),
        Word(2.2, 2.8, "agent", "no", 0.1, Timing.MEASURED),
    ]
    voices = [tense(said[0], None), tense(said[1], 0.7)]
    (found,) = utterances_of(said, words, ROLES, voices, CONFIG)
    assert found.certainty == pytest.approx(0.6)
    assert found.tension == 0.7
    (bare,) = utterances_of(said, (), {}, (), CONFIG)
    assert (bare.certainty, bare.tension, bare.role) == (None, None, Role.UNKNOWN)


def test_the_parts_speak_of_each_other() -> None:
    call = [
        Utterance("a", Role.AGENT, "Good morning, how can I help you?"),
        Utterance("b", Role.CUSTOMER, "My washing machine is broken and I am really upset."),
        Utterance("c", Role.AGENT, "I can see why you are upset. I am sending an engineer today."),
        Utterance("d", Role.CUSTOMER, "Thank you."),
        Utterance("e", Role.AGENT, "I will call you on Friday. Is there anything else?"),
    ]
    found = understand(call, (), WORDS, CONFIG)
    (concern,) = found.concerns
    (response,) = found.responses
    assert (concern.turn, response.concern, response.turn) == ("b", concern.id, "c")
    assert ResponseKind.VALIDATE in response.kinds and response.latency_turns == 1
    assert {line.part: line.turn for line in found.gist} == {
        GistPart.CONCERN: "b",
        GistPart.OFFER: "c",
        GistPart.NEXT_STEP: "e",
    }
    assert found.paraphrases is None  # no sentence model, so not measured
    assert found.arc is None


def test_nothing_said_gives_nothing() -> None:
    found = understand((), (), WORDS, CONFIG)
    assert (found.concerns, found.acts, found.questions, found.gist) == ((), (), (), ())
