"""What agents do in a turn, and what becomes of a concern."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcoach.config import Config
from callcoach.dialogue.acts import find_acts, listens
from callcoach.dialogue.concerns import find_concerns
from callcoach.dialogue.forms import is_question
from callcoach.dialogue.phrasebook import Matcher, shipped_book
from callcoach.dialogue.responses import find_responses, normal_line
from callcoach.language import (
    Response,
    ResponseKind,
    TurnActs,
    Utterance,
)
from callcoach.role import Role
from callcoach.settings.phrasebook import MatchingConfig
from callcoach.settings.responses import ActsConfig, ResponsesConfig

TRUTH = Path(__file__).parent.parent / "data_samples" / "truth"
MATCHER = Matcher(shipped_book(), None, MatchingConfig())
CONFIG = Config()
ROLES = {"A": Role.AGENT, "C": Role.CUSTOMER}


def call(*lines: str) -> list[Utterance]:
    """Turns such as ``"C My lamp is broken."``."""
    return [Utterance(f"t{at}", ROLES[line[0]], line[2:]) for at, line in enumerate(lines)]


def acts_of(turns: Sequence[Utterance]) -> tuple[TurnActs, ...]:
    concerns = find_concerns(turns, MATCHER, CONFIG.concerns, CONFIG.weights)
    return find_acts(turns, concerns, [None] * len(turns), MATCHER, CONFIG)


def kinds(line: str) -> set[str]:
    acts = acts_of(call(f"A {line}"))
    return set(acts[0].kinds) if acts else set()


def responses(*lines: str) -> tuple[Response, ...]:
    turns = call(*lines)
    concerns = find_concerns(turns, MATCHER, CONFIG.concerns, CONFIG.weights)
    config = ResponsesConfig()
    return find_responses(concerns, turns, acts_of(turns), None, config, ActsConfig())


def sample_calls() -> list[tuple[list[Utterance], dict[str, frozenset[str]]]]:
    """Turns and labels; what is given back is told by comparing turns, which needs the model."""
    result = []
    for path in sorted(TRUTH.glob("*.json")):
        turns = json.loads(path.read_text(encoding="utf-8"))["turns"]
        said = [Utterance(t["id"], Role(t["speaker"]), t["text"]) for t in turns]
        true = {t["id"]: frozenset(t["response"]) - {"paraphrase"} for t in turns if t["answers"]}
        result.append((said, true))
    return result


def f1(true: list[frozenset[str]], found: list[frozenset[str]]) -> float:
    right = sum(len(t & f) for t, f in zip(true, found, strict=True))
    return 2 * right / (sum(map(len, true)) + sum(map(len, found)))


def kinds_by_turn(turns: list[Utterance]) -> dict[str, frozenset[str]]:
    return {act.turn: frozenset(act.kinds) for act in acts_of(turns)}


def test_the_samples_by_words_and_form_alone() -> None:
    true, found = [], []
    for turns, labels in sample_calls():
        by_turn = kinds_by_turn(turns)
        true += labels.values()
        found += [by_turn.get(turn, frozenset()) for turn in labels]
    assert f1(true, found) >= 0.85


def test_marks_and_capitals_hardly_matter() -> None:
    marked, bare = [], []
    for turns, labels in sample_calls():
        plain = [replace(u, text=re.sub(r"[.,?!]", "", u.text.lower())) for u in turns]
        with_marks, without = kinds_by_turn(turns), kinds_by_turn(plain)
        marked += [with_marks.get(turn, frozenset()) for turn in labels]
        bare += [without.get(turn, frozenset()) for turn in labels]
    assert f1(marked, bare) >= 0.88


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("I can see why you are upset.", "validate"),
        ("Anybody would be cross about that.", "validate"),
        ("When did it stop working?", "explore"),
        ("is the water still running", "explore"),
        ("Thank you for telling me about it.", "acknowledge"),
        ("I apologise for the delay.", "apologise"),
        ("That was our mistake.", "own"),
        ("I have cancelled the second charge.", "solve"),
        ("Unplug the router and plug it in again.", "solve"),
        ("Could you restart it for me?", "solve"),
        ("Would you prefer Monday or Tuesday?", "offer_options"),
        ("I can't refund that after thirty days.", "state_limit"),
        ("I can put you through to my supervisor.", "offer_escalation"),
        ("You will have it by Friday.", "promise"),
        ("I guarantee that it will work.", "over_promise"),
        ("Please calm down.", "dismiss"),
        ("You should have read the contract.", "blame"),
        ("That is not my fault.", "defend"),
    ],
)
def test_each_kind(said: str, kind: str) -> None:
    assert kind in kinds(said)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("What is your order number?", "explore"),
        ("Is there anything else I can do for you?", "explore"),
        ("Did I get that right?", "explore"),
        ("Would you like me to book it?", "explore"),
        ("Sorry, could you say that again?", "apologise"),
        ("I can't imagine how that felt.", "state_limit"),
        ("I can't promise that it will be there.", "over_promise"),
        ("I'll send you the link now.", "promise"),
        ("You should have received an email.", "blame"),
        ("There is no need to apologise.", "dismiss"),
        ("That is not your fault.", "blame"),
        ("My manager will tell you exactly the same thing.", "offer_escalation"),
        ("Have a lovely day.", "solve"),
    ],
)
def test_what_only_looks_like_it(said: str, kind: str) -> None:
    assert kind not in kinds(said)


def test_a_guarantee_is_no_promise_as_well() -> None:
    found = kinds("I guarantee that you will have it by Friday.")
    assert "over_promise" in found
    assert "promise" not in found


def test_kinds_and_evidence_go_together() -> None:
    (act,) = acts_of(call("A I am sorry. That was our mistake. When did you notice it?"))
    assert act.kinds == (ResponseKind.EXPLORE, ResponseKind.APOLOGISE, ResponseKind.OWN)
    assert [fired.quote for fired in act.fired] == [
        "When did you notice it?",
        "I am sorry.",
        "That was our mistake.",
    ]


def test_no_paraphrase_is_told_by_words_alone() -> None:
    turns = call("C My lamp is broken.", "A So the lamp does not work.")
    assert all(ResponseKind.PARAPHRASE not in act.kinds for act in acts_of(turns))


@pytest.mark.parametrize("said", ["Mm-hm.", "Okay.", "Oh no.", "I see.", "", "..."])
def test_who_only_listens_does_nothing(said: str) -> None:
    (turn,) = call(f"A {said}")
    assert listens(turn.text, ActsConfig())
    assert acts_of(call("C I am furious.", f"A {said}")) == ()


@pytest.mark.parametrize(
    ("said", "asks"),
    [
        ("When did it stop?", True),
        ("when did it stop", True),
        ("do you have the receipt", True),
        ("You have the receipt?", True),
        ("what I can do is this", False),
        ("when you are ready press the button", False),
        ("I will check what happened.", False),
    ],
)
def test_questions_by_mark_or_by_order(said: str, asks: bool) -> None:
    assert is_question(said) is asks


def test_latency_counts_turns_that_do_more_than_listen() -> None:
    (response,) = responses(
        "C My lamp is broken.", "A Mm-hm.", "A One moment please.", "A When did it break?"
    )
    assert (response.turn, response.latency_turns) == ("t3", 2)
    assert response.kinds == (ResponseKind.EXPLORE,)


def test_only_the_next_two_turns_answer() -> None:
    (response,) = responses(
        "C My lamp is broken.",
        "A My name is Anna.",
        "A You are speaking to billing.",
        "A I can see why you are upset.",
    )
    assert response.kinds == ()


def test_nobody_answers_when_the_agent_is_gone() -> None:
    (response,) = responses("A Hello there, Anna speaking.", "C My lamp is broken.")
    assert (response.turn, response.latency_turns, response.quote) == (None, None, None)
    assert response.validated_before_solution is None


@pytest.mark.parametrize(
    ("answer", "first"),
    [
        ("I can see why you are upset. I have booked a new visit.", True),
        ("I have booked a new visit. I can see why you are upset.", False),
        ("I have booked a new visit.", False),
        ("I can see why you are upset.", True),
        ("When did it break?", None),
    ],
)
def test_which_came_first(answer: str, first: bool | None) -> None:
    (response,) = responses("C My lamp is broken.", f"A {answer}")
    assert response.validated_before_solution is first


def test_tailored_uses_the_customers_words() -> None:
    concern = "C The piano is too heavy and I am worried."
    (own,) = responses(concern, "A I can see why the piano worries you.")
    (stock,) = responses(concern, "A That sounds frustrating.")
    (none,) = responses(concern, "A When did it arrive?")
    assert (own.tailored, stock.tailored, none.tailored) == (True, False, None)


def test_canned_is_the_same_line_again() -> None:
    line = "A I understand how frustrating this is for you."
    first, second = responses("C My lamp is broken.", line, "A Bye.", "C I am furious.", line)
    assert (first.canned, second.canned) == (False, True)


def test_a_line_is_the_same_whatever_its_marks() -> None:
    assert normal_line("Sir, I'm SO sorry!") == normal_line("i am so sorry")


@given(st.integers(0, 8))
def test_an_empty_turn_changes_nothing(at: int) -> None:
    turns, _ = sample_calls()[0]
    more = [*turns[:at], Utterance("empty", Role.AGENT, ""), *turns[at:]]
    assert acts_of(more) == acts_of(turns)


def test_ids_change_nothing_else() -> None:
    for turns, _ in sample_calls():
        moved = [replace(u, id=f"x{u.id}") for u in turns]
        assert [replace(a, turn=f"x{a.turn}") for a in acts_of(turns)] == list(acts_of(moved))
