"""Paraphrases: small exchanges of known truth, invariances, and the written exchanges."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import pytest

from callcoach.dialogue.meaning import Encoder, load_encoder
from callcoach.dialogue.paraphrase import find_paraphrases, gives_back, paraphrase_scores
from callcoach.dialogue.paraphrase_features import Features, content, rarity, stem
from callcoach.language import Paraphrase, ParaphraseKind, Utterance
from callcoach.role import Role
from callcoach.settings.meaning import MeaningConfig
from callcoach.settings.paraphrase import ParaphraseConfig
from callcoach.settings.weighing import shipped_paraphrase_weights
from callcoach.speech.catalogue import SENTENCES
from callcoach.speech.weights import is_here, resolve_meaning

CONFIG = ParaphraseConfig()
WEIGHTS = shipped_paraphrase_weights()
LOST = "My parcel says delivered but I was at home all day and nobody rang."
BACK = "So you were at home the whole day, nobody rang, and the parcel still says delivered."

pytestmark = pytest.mark.skipif(not is_here(SENTENCES), reason="the sentence model is not here")


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return load_encoder(resolve_meaning(MeaningConfig()).folder)


def call(*lines: str) -> tuple[Utterance, ...]:
    """Lines such as "c: words"; a is the agent."""
    roles = {"a": Role.AGENT, "c": Role.CUSTOMER}
    return tuple(
        Utterance(f"t{i}", roles[line[0]], line[2:].strip()) for i, line in enumerate(lines)
    )


def given_back(turns: tuple[Utterance, ...], encoder: Encoder) -> tuple[Paraphrase, ...]:
    """What the comparison of turns alone finds."""
    scores = paraphrase_scores(turns, encoder, CONFIG, WEIGHTS)
    found = {turns[s.position].id for s in scores if s is not None and gives_back(s, CONFIG)}
    return find_paraphrases(turns, scores, found, CONFIG)


def test_a_restatement_is_found_with_its_turn_and_answer(encoder: Encoder) -> None:
    (found,) = given_back(
        call("a: Hello, how can I help?", f"c: {LOST}", f"a: {BACK}", "c: Exactly."), encoder
    )
    assert (found.turn, found.restates_turn) == ("t2", "t1")
    assert found.kind is ParaphraseKind.RESTATE and found.confirmed_by_customer is True
    assert found.quote in BACK and found.restated in LOST


@pytest.mark.parametrize(
    "answer, confirmed",
    [
        ("Yes.", True),
        ("mhm", True),
        ("No, that's not what I said.", False),
        ("No, but she was.", False),
        ("Who are you?", None),
    ],
)
def test_the_answer_confirms_or_corrects(
    encoder: Encoder, answer: str, confirmed: bool | None
) -> None:
    back = "So the parcel says delivered and you were at home all day."
    (found,) = given_back(call(f"c: {LOST}", f"a: {back}", f"c: {answer}"), encoder)
    assert found.confirmed_by_customer is confirmed


def test_a_no_to_what_was_denied_agrees(encoder: Encoder) -> None:
    turns = call("c: I can't take another day off.", "a: So you can't take another day.", "c: No.")
    (found,) = given_back(turns, encoder)
    assert found.confirmed_by_customer is True


@pytest.mark.parametrize(
    "line",
    [
        "nobody rang",  # an echo
        "I'll send a driver tomorrow morning.",
        "What is the tracking number of the parcel?",
        "Please look behind the bins, parcels are often left there.",
        "I understand.",
        "Thank you for calling, goodbye.",
    ],
)
def test_what_is_no_paraphrase(encoder: Encoder, line: str) -> None:
    turns = call(f"c: {LOST}", f"a: {line}", f"c: {LOST}", f"a: {BACK}")
    low, high = (s.score for s in paraphrase_scores(turns, encoder, CONFIG, WEIGHTS) if s)
    assert low < high
    assert [found.turn for found in given_back(turns, encoder)] == ["t3"]


def test_a_detail_read_back_is_counted_apart(encoder: Encoder) -> None:
    turns = call("a: What's your order number?", "c: It's 55 41 90.", "a: 55 41 90, thanks.")
    (found,) = given_back(turns, encoder)
    assert found.kind is ParaphraseKind.CONFIRM_DETAIL and found.score < CONFIG.threshold


def test_a_feeling_given_back_has_its_kind(encoder: Encoder) -> None:
    turns = call(
        "c: I've explained it four times and nobody listens.",
        "a: It sounds like you're exhausted from explaining it again and again.",
    )
    (found,) = given_back(turns, encoder)
    assert found.kind is ParaphraseKind.REFLECT_FEELING


def test_every_turn_that_says_something_after_something_has_a_score(encoder: Encoder) -> None:
    turns = call("a: Hi.", "c: mhm", "a: So you rang.", f"c: {LOST}", "a: Okay.", "a: I see it.")
    scores = paraphrase_scores(turns, encoder, CONFIG, WEIGHTS)
    assert [s is not None for s in scores] == [False, False, False, False, False, True]
    assert all(0 <= s.score <= 1 for s in scores if s)
    assert paraphrase_scores((), encoder, CONFIG, WEIGHTS) == ()


def test_only_the_window_counts(encoder: Encoder) -> None:
    between = [f"c: The {thing} is nice." for thing in ("weather", "garden", "music")]
    turns = call(f"c: {LOST}", *between, f"a: {BACK}")
    near = paraphrase_scores(turns, encoder, ParaphraseConfig(window=4), WEIGHTS)[-1]
    far = paraphrase_scores(turns, encoder, CONFIG, WEIGHTS)[-1]
    assert near and far and near.restates == 0 and far.restates > 0 and far.score < near.score


def test_the_listener_can_be_anyone(encoder: Encoder) -> None:
    roles = {Role.AGENT: Role.CUSTOMER, Role.CUSTOMER: Role.UNKNOWN}
    turns = call(f"c: {LOST}", f"a: {BACK}")
    swapped = tuple(Utterance(u.id, roles[u.role], u.text) for u in turns)
    assert (
        paraphrase_scores(turns, encoder, CONFIG, WEIGHTS)[1]
        == paraphrase_scores(swapped, encoder, CONFIG, WEIGHTS, listener=Role.CUSTOMER)[1]
    )


def test_each_feature_has_a_weight_and_no_weight_is_left_over() -> None:
    assert set(WEIGHTS.weights) == {field.name for field in fields(Features)}


def test_rarity_and_stems() -> None:
    assert rarity("the") == 0 < rarity("card") < rarity("refund") <= 1
    assert stem("charged") == stem("charges") == stem("charge")
    assert content(["the", "of"]) == {}


def test_the_written_exchanges_are_whole() -> None:
    kinds = {*ParaphraseKind, None}
    for path in sorted((Path(__file__).parent / "labels_paraphrase").glob("*.jsonl")):
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        assert len({row["id"] for row in rows}) == len(rows)
        for turn in (turn for row in rows for turn in row["turns"]):
            assert Role(turn["role"]) in (Role.AGENT, Role.CUSTOMER) and turn["text"]
            assert turn["role"] == "customer" or turn["paraphrase"] in kinds
