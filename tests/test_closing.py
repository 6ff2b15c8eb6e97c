"""How calls end, and what is going to happen after them."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcoach.config.language import ClosingConfig
from callcoach.config.phrasebook import MatchingConfig, shipped_book
from callcoach.dialogue.closing import closing_turns, find_closing
from callcoach.dialogue.next_steps import find_next_steps
from callcoach.dialogue.phrasebook import Matcher
from callcoach.model.language import ClosingKind, Utterance
from callcoach.model.party import Role
from callcoach.model.timeline import Span
from test_questions import bare, call

CONFIG = ClosingConfig()
MATCHER = Matcher(shipped_book(), None, MatchingConfig())
TRUTH = Path(__file__).parent.parent / "data_samples" / "truth"


def kinds(turns: tuple[Utterance, ...]) -> list[tuple[str, str]]:
    return [(mark.turn, mark.kind.value) for mark in find_closing(turns, MATCHER, CONFIG)]


# ------------------------------------------------------------------ next steps


@pytest.mark.parametrize("without_marks", [False, True])
@pytest.mark.parametrize(
    ("text", "owner", "when"),
    [
        ("I will call you on Thursday.", "agent", "on Thursday"),
        ("Great, I'll ring you back tomorrow morning.", "agent", "tomorrow morning"),
        ("You will get an email within two days.", "agent", "within two days"),
        ("You should have it by Friday.", "agent", "by Friday"),
        ("You should be able to receive it in two weeks.", "agent", "in two weeks"),
        ("My supervisor will call you before one.", "agent", "before one"),
        ("The technician is going to visit you next week.", "agent", "next week"),
        ("Your refund will arrive in 3 to 5 business days.", "agent", "in 3 to 5 business days"),
        ("They will be waiting at the front desk.", "agent", None),
        ("We will send you a letter.", "agent", None),
        ("I am booking the visit for tomorrow.", "agent", "for tomorrow"),
        ("She calls you within the hour.", "agent", "within the hour"),
        (
            "You will need to send the form by the end of the week.",
            "customer",
            "by the end of the week",
        ),
        ("Please call us back on Monday.", "customer", "on Monday"),
        ("You can collect it from the shop tomorrow.", "customer", "tomorrow"),
        ("I promise that I will write to you this evening.", "agent", "this evening"),
        (
            "So I have an 8 a.m. appointment for you in two days from now.",
            "agent",
            "in two days from now",
        ),
        ("You are all booked in for Tuesday.", "agent", "for Tuesday"),
    ],
)
def test_who_does_what_until_when(
    text: str, owner: str, when: str | None, without_marks: bool
) -> None:
    (step,) = find_next_steps(bare(text) if without_marks else text, CONFIG)
    wanted = when.lower() if when and without_marks else when
    found = step.when.removeprefix("for ") if step.when else None
    assert (step.owner.value, found) == (owner, wanted and wanted.removeprefix("for "))


@pytest.mark.parametrize("without_marks", [False, True])
@pytest.mark.parametrize(
    "text",
    [
        "I will check that now.",
        "I will note that.",
        "Somebody will call you at some point.",
        "If it happens again, we will send a technician.",
        "Unless you call us, he will come on Monday.",
        "I won't call you tomorrow.",
        "I guarantee that the money will be there tomorrow.",
        "I hope you will have a good day tomorrow.",
        "You will have a great weekend.",
        "She can correct the bill by this evening.",
        "We can send it on Monday, or you can pick it up tomorrow.",
        "The next free visit is on Monday.",
        "My manager will tell you exactly the same. The visit is on Monday.",
        "That will be all.",
        "I called you on Monday.",
        "One of our shops is at one of the stations.",
    ],
)
def test_no_next_step(text: str, without_marks: bool) -> None:
    assert find_next_steps(bare(text) if without_marks else text, CONFIG) == ()


def test_a_question_is_no_next_step() -> None:
    assert find_next_steps("Do you think it will arrive tomorrow?", CONFIG) == ()


def test_two_commitments_in_a_sentence() -> None:
    steps = find_next_steps("I’ll book it today, and you get a message before five.", CONFIG)
    assert [(step.quote, step.when) for step in steps] == [
        ("I’ll book it today", "today"),
        ("you get a message before five.", "before five"),
    ]


times = st.sampled_from(["on Monday", "by two", "within three days", "tomorrow", "next week", ""])
verbs = st.sampled_from(["call you", "send it", "check", "be waiting", "be fine", "not come"])


@given(
    st.lists(st.tuples(st.sampled_from(["I", "you", "it", "my boss"]), verbs, times), max_size=4)
)
def test_steps_quote_the_turn(parts: list[tuple[str, str, str]]) -> None:
    text = ", and ".join(f"{who} will {verb} {when}".strip() for who, verb, when in parts)
    for step in find_next_steps(text, CONFIG):
        assert step.quote in text
        assert step.when is None or step.when in step.quote
        assert not step.quote.endswith("not come")


# ------------------------------------------------------------------ the end of the call


def chat(count: int) -> list[str]:
    return [f"{'ac'[i % 2]}: some words are said here" for i in range(count)]


def test_only_the_end_counts_but_privacy_counts_anywhere() -> None:
    line = "a: Thank you for calling, this call is recorded. Is there anything else?"
    early = call(line, *chat(20))
    assert kinds(early) == [("t1", "privacy")]
    late = call(*chat(20), line)
    assert {kind for _, kind in kinds(late)} == {"thanks", "privacy", "anything_else"}


def test_a_call_of_two_turns_has_an_end() -> None:
    assert ("t1", "anything_else") in kinds(call("a: Is there anything else?", *chat(40)[:1]))


def test_times_go_before_words() -> None:
    turns = call("a: Is there anything else?", *chat(6))
    spans = [Span(100, 110), *(Span(110 + i, 111 + i) for i in range(6))]
    timed = tuple(replace(turn, span=span) for turn, span in zip(turns, spans, strict=True))
    assert 0 in closing_turns(timed, CONFIG)
    assert 0 not in closing_turns(turns, CONFIG)


@pytest.mark.parametrize(
    "line",
    [
        "a: If you have any other questions, call us.",
        "a: Is there anything else you noticed on the machine?",
        "a: Thank you for waiting.",
        "c: Thank you for calling back. Is there anything else?",
    ],
)
def test_what_does_not_close(line: str) -> None:
    assert kinds(call(*chat(8), line)) == []


def test_nobody_and_nothing() -> None:
    assert find_closing((), MATCHER, CONFIG) == ()
    assert kinds(call("a:", "c:")) == []


def f1(kind: ClosingKind, change: bool) -> float:
    right = wrong = missed = 0
    for path in sorted(TRUTH.glob("*.json")):
        turns = json.loads(path.read_text(encoding="utf-8"))["turns"]
        said = tuple(
            Utterance(
                t["id"],
                Role(t["speaker"]),
                bare(t["text"]) if change else t["text"],
                None if change else Span(t["start_s"], t["end_s"]),
            )
            for t in turns
        )
        found = {m.turn for m in find_closing(said, MATCHER, CONFIG) if m.kind is kind}
        truth = {t["id"] for t in turns if kind.value in t["closing"]}
        right += len(found & truth)
        wrong += len(found - truth)
        missed += len(truth - found)
    return 2 * right / (2 * right + wrong + missed)


@pytest.mark.parametrize("change", [False, True])
@pytest.mark.parametrize("kind", list(ClosingKind))
def test_the_sample_calls(kind: ClosingKind, change: bool) -> None:
    """As they are, and without times, punctuation and capitals."""
    assert f1(kind, change) >= 0.9


def test_a_long_call_takes_less_than_half_a_second() -> None:
    turns = call(
        *(f"{'ac'[i % 2]}: I will call you on Monday, and the box {i}" for i in range(150))
    )
    began = time.perf_counter()
    find_closing(turns, MATCHER, CONFIG)
    assert time.perf_counter() - began < 0.5
