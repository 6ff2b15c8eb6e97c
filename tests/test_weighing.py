"""Kinds by all the signs of a turn, with the real sentence model and the shipped weights."""

from __future__ import annotations

from pathlib import Path

import pytest

from callcoach.analysis.models import load_matcher
from callcoach.config.config import Config
from callcoach.config.turn_weights import FamilyWeights, KindWeights, read_weights, shipped_weights
from callcoach.dialogue.concerns import find_concerns
from callcoach.dialogue.paraphrase import paraphrase_scores
from callcoach.dialogue.phrasebook import Matcher
from callcoach.dialogue.response_kinds import find_acts
from callcoach.dialogue.turn_classifier import (
    STRETCH_WORDS,
    TurnContext,
    agent_features,
    customer_features,
    probable,
    stretches,
)
from callcoach.errors import ConfigError
from callcoach.model.language import ConcernKind, ResponseKind, TurnActs, Utterance
from callcoach.model.party import Role
from callcoach.speech.catalogue import SENTENCES
from callcoach.speech.weights import is_here

CONFIG = Config()
ROLES = {"A": Role.AGENT, "C": Role.CUSTOMER}

needs_model = pytest.mark.skipif(not is_here(SENTENCES), reason="the sentence model is not here")


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return load_matcher(CONFIG)[0]


def call(*lines: str) -> tuple[Utterance, ...]:
    return tuple(Utterance(f"t{at}", ROLES[line[0]], line[2:]) for at, line in enumerate(lines))


def acts(matcher: Matcher, *lines: str) -> tuple[TurnActs, ...]:
    said = call(*lines)
    assert matcher.encoder is not None
    concerns = find_concerns(said, matcher, CONFIG.concerns, CONFIG.weights)
    scores = paraphrase_scores(
        said, matcher.encoder, CONFIG.paraphrase, CONFIG.paraphrase_weights, book=matcher
    )
    return find_acts(said, concerns, scores, matcher, CONFIG)


def test_a_logistic_function_of_the_signs() -> None:
    kinds = {
        "one": KindWeights(limit=0.5, offset=-1.0, weights=(2.0, 0.0)),
        "other": KindWeights(limit=0.9, offset=0.0, weights=(0.0, 1.0)),
    }
    weights = FamilyWeights(signs=("a", "b"), kinds=kinds)
    assert probable([{"a": 0.4, "b": 2.0}], weights) == {}
    found = probable([{"a": 1.0, "b": 0.0}, {"a": 0.0, "b": 3.0, "unused": 9.0}], weights)
    assert found == pytest.approx({"one": 0.7311, "other": 0.9526}, abs=1e-4)


def test_a_long_turn_is_judged_in_parts() -> None:
    clause = "I put the kettle on and then it went off. "
    short, long = (Utterance("t1", Role.CUSTOMER, (clause * n).strip()) for n in (4, 12))
    scene = TurnContext(short, None, 0, 1)
    assert stretches(scene) == (scene,)
    parts = stretches(TurnContext(long, None, 0, 1))
    assert " ".join(part.said.text for part in parts) == long.text
    assert all(len(part.said.text.split()) <= STRETCH_WORDS for part in parts) and len(parts) == 3


@needs_model
def test_every_kind_has_weights_for_the_signs_there_are(matcher: Matcher) -> None:
    weights = shipped_weights()
    assert set(weights.concern.kinds) == set(map(str, ConcernKind))
    assert set(weights.response.kinds) == set(map(str, ResponseKind))
    said, asked = call("C My lamp is broken.", "A When did it break?")
    scene = TurnContext(asked, said, 1, 2)
    signs = agent_features(scene, (), None, matcher, CONFIG.acts)
    assert set(weights.response.signs) == set(signs)
    assert set(weights.concern.signs) == set(
        customer_features(TurnContext(said, None, 0, 2), matcher)
    )


@needs_model
def test_a_concern_that_nothing_is_said_to_is_ignored(matcher: Matcher) -> None:
    hello = "A Hello, repairs, how can I help?"
    furious = "C I am furious, I have been without heating for a whole week."
    ignored = acts(matcher, hello, furious, "A Okay.", "A Can I take your account number?")
    assert ignored[-1].kinds == (ResponseKind.IGNORE,)
    booking = acts(matcher, "C I would like to book a room.", "A And your post code please?")
    assert all(ResponseKind.IGNORE not in act.kinds for act in booking)
    heard = acts(matcher, furious, "A I am so sorry, a week without heating is awful.")
    assert ResponseKind.IGNORE not in heard[0].kinds


@needs_model
def test_marks_and_capitals_hardly_matter(matcher: Matcher) -> None:
    said = ("I can see why you are cross.", "Shall I get my supervisor for you?")
    kinds = (ResponseKind.VALIDATE, ResponseKind.OFFER_ESCALATION)
    for line, kind in zip(said, kinds, strict=True):
        for form in (line, line.lower().rstrip(".?")):
            assert kind in acts(matcher, "C The lamp broke again.", f"A {form}")[0].kinds


@needs_model
def test_the_evidence_is_in_the_turn(matcher: Matcher) -> None:
    line = "A Right. That must be exhausting with two little ones. What does the display show?"
    (act,) = acts(matcher, "C The heating is off again and the kids are freezing.", line)
    assert {ResponseKind.VALIDATE, ResponseKind.EXPLORE} <= set(act.kinds)
    assert all(fired.quote in line for fired in act.fired)
    assert 0 < act.confidence <= 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[concern]\nsigns = [", "not valid TOML"),
        ('[concern]\nsigns = ["a"]\nkinds = {}\n', "response is missing"),
        (
            '[concern]\nsigns = ["a"]\nkinds.one = {limit = 0.5, offset = 0.0, weights = []}\n'
            '[response]\nsigns = ["a"]\nkinds = {}\n',
            "one: 0 weights, 1 signs",
        ),
    ],
)
def test_a_file_of_other_things_is_refused(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "turns.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=said) as refused:
        read_weights(path)
    assert str(path) in str(refused.value)
