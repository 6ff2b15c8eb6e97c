"""The call in three lines, and the customer's tension from start to end."""

from __future__ import annotations

import dataclasses
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcoach.config.language import ArcConfig, GistConfig
from callcoach.dialogue.gist import find_gist
from callcoach.dialogue.tension_arc import tension_arc
from callcoach.model.language import (
    ClosingKind,
    ClosingMark,
    Concern,
    ConcernKind,
    GistLine,
    ResponseKind,
    RuleMatch,
    TurnActs,
    Utterance,
)
from callcoach.model.party import Role
from callcoach.model.timeline import Span
from callcoach.model.voice import TurnTension
from callcoach.text.quotes import readable, start_of, units
from test_questions import call

CONFIG = GistConfig()
CALL = call(
    "a: Hello, how can I help?",
    "c: Good morning to you. My heating has been broken for six days. I am so tired.",
    "a: I am sorry. I see that the heating is broken.",
    "c: And your shop in Hill Street had no time for me.",
    "a: I can't come today, I am afraid. I can send our heating engineer tomorrow.",
    "c: All right.",
    "a: I will call you on Friday. We will write to you. Goodbye.",
)


def concern(turn: str, quote: str, kind: ConcernKind = ConcernKind.PROBLEM) -> Concern:
    fired = (RuleMatch("line", "words", 1.0, quote),)
    return Concern("c", turn, quote, kind, (kind,), 0.5, None, 0.8, fired)


def acts(turn: str, *kinds: ResponseKind) -> TurnActs:
    return TurnActs(turn, kinds, (), 0.7)


def step(turn: str, quote: str, when: str | None = None) -> ClosingMark:
    return ClosingMark(ClosingKind.NEXT_STEP, turn, quote, Role.AGENT, when)


def told(lines: tuple[GistLine, ...]) -> list[tuple[str, str, str]]:
    return [(line.part.value, line.turn, line.quote) for line in lines]


SOLVED = (acts("t3", ResponseKind.APOLOGISE), acts("t5", ResponseKind.SOLVE))
STEPS = (step("t7", "We will write to you."), step("t7", "I will call you on Friday.", "on Friday"))


def test_three_lines() -> None:
    found = find_gist(CALL, (concern("t2", "I am so tired."),), SOLVED, STEPS, CONFIG)
    assert told(found) == [
        ("concern", "t2", "My heating has been broken for six days."),
        ("offer", "t5", "I can send our heating engineer tomorrow."),
        ("next_step", "t7", "I will call you on Friday."),
    ]
    assert [line.start_s for line in found] == [None, None, None]


def test_the_lines_carry_times() -> None:
    timed = tuple(replace(turn, span=Span(10 * i, 10 * i + 5)) for i, turn in enumerate(CALL))
    assert [line.start_s for line in find_gist(timed, (), SOLVED, STEPS, CONFIG)] == [10, 40, 60]


def test_a_quote_begins_where_its_words_do() -> None:
    said = Utterance(
        "t1", Role.CUSTOMER, "Well hello. My lamp is broken.", Span(1.0, 6.0),
        starts=(1.0, 1.5, 4.0, 4.2, 4.6, 5.0),
    )  # fmt: skip
    assert start_of(said, "My lamp is broken.") == 4.0
    # Words that are not there, or have no times, leave the turn's start.
    assert start_of(said, "My light is broken.") == 1.0
    assert start_of(dataclasses.replace(said, starts=(1.0,)), "My lamp is broken.") == 1.0
    assert start_of(dataclasses.replace(said, starts=(), span=None), "My lamp") is None


def test_what_was_not_said_is_left_out() -> None:
    assert [part for part, *_ in told(find_gist(CALL, (), (), (), CONFIG))] == ["concern"]
    assert find_gist((), (), (), (), CONFIG) == ()
    assert find_gist(call("a: Hello there, who is it please?"), (), (), (), CONFIG) == ()


def test_a_concern_that_comes_late_is_still_what_it_was_about() -> None:
    turns = call("c: Hello there.", "a: Hello.", *["c: Yes.", "a: Okay."] * 5, "c: My phone broke.")
    late = concern(turns[-1].id, "My phone broke.")
    config = CONFIG.model_copy(update={"min_words": 3})
    assert told(find_gist(turns, (late,), (), (), config))[0][1:] == (
        turns[-1].id,
        "My phone broke.",
    )


def test_an_apology_is_no_offer() -> None:
    only = (acts("t3", ResponseKind.APOLOGISE, ResponseKind.VALIDATE),)
    assert [part for part, *_ in told(find_gist(CALL, (), only, (), CONFIG))] == ["concern"]


@pytest.mark.parametrize("said", ["I will call you on Friday.", "So I will call you on Friday."])
def test_the_next_step_is_not_told_twice(said: str) -> None:
    turns = (*CALL[:4], *call("a: Hello.", "c: Yes.", f"a: {said}")[2:])
    last = turns[-1].id
    mark = step(last, "I will call you on Friday.", "on Friday")
    found = find_gist(turns, (), (acts(last, ResponseKind.PROMISE),), (mark,), CONFIG)
    assert [part for part, *_ in told(found)] == ["concern", "next_step"]


some_text = st.lists(
    st.sampled_from("my bill is wrong . , and because I will call you ? Monday so it".split()),
    max_size=60,
).map(" ".join)


@given(some_text, st.integers(8, 20))
def test_quotes_are_whole_clauses_word_for_word(text: str, most: int) -> None:
    assert " ".join(text.split()).startswith(readable(text, most))
    assert all(unit in " ".join(text.split()) for unit in units(text, most))
    assert " ".join(units(text, most)).count("bill") == text.count("bill")


def test_long_quotes_are_cut_between_clauses() -> None:
    text = "My bill is wrong, and I have called twice about it, because nobody writes it down."
    assert readable(text, 12) == "My bill is wrong, and I have called twice about it,"
    assert readable(text, 40) == text


# ------------------------------------------------------------------ the arc


def tension(turn: str, value: float) -> TurnTension:
    return TurnTension(0.0, 1.0, turn, value, value > 0.5, None, value, ())


TALK = call(
    "c: It is late.",
    "a: Let me see.",
    "c: It is very late.",
    "a: I see.",
    "a: You waited six days, I will send it now.",
    "c: Good.",
    "a: Bye.",
    "c: Thank you.",
)
LEVELS = {"t1": 0.4, "t3": 0.9, "t6": 0.2, "t8": 0.1}


def test_the_arc_and_what_turned_it() -> None:
    arc = tension_arc([tension(t, v) for t, v in LEVELS.items()], TALK, ArcConfig())
    assert arc is not None
    assert [(p.turn, p.tension) for p in (arc.start, arc.peak, arc.end)] == [
        ("t1", 0.4),
        ("t3", 0.9),
        ("t8", 0.1),
    ]
    assert arc.peak.quote == "It is very late."
    assert arc.turned_by == "t5"
    assert arc.turned_by_quote == "You waited six days, I will send it now."


@given(st.permutations(list(LEVELS.items())))
def test_the_order_of_the_tensions_does_not_matter(levels: list[tuple[str, float]]) -> None:
    first = tension_arc([tension(t, v) for t, v in LEVELS.items()], TALK, ArcConfig())
    assert tension_arc([tension(t, v) for t, v in levels], TALK, ArcConfig()) == first


@pytest.mark.parametrize(
    "levels", [{"t1": 0.1, "t3": 0.5, "t6": 0.9}, {"t1": 0.3, "t3": 0.3, "t6": 0.29}]
)
def test_what_never_fell_was_turned_by_nobody(levels: dict[str, float]) -> None:
    arc = tension_arc([tension(t, v) for t, v in levels.items()], TALK, ArcConfig())
    assert arc is not None and arc.turned_by is None and arc.turned_by_quote is None


def test_a_fall_without_the_agent_between_is_nobodys() -> None:
    turns: tuple[Utterance, ...] = call("c: One.", "c: Two.", "c: Three.")
    levels = [tension("t1", 0.9), tension("t2", 0.5), tension("t3", 0.1)]
    arc = tension_arc(levels, turns, ArcConfig())
    assert arc is not None and arc.turned_by is None


def test_two_turns_are_no_arc() -> None:
    assert tension_arc([tension("t1", 0.4), tension("t3", 0.9)], TALK, ArcConfig()) is None
    unknown = [tension(name, 0.4) for name in ("x", "y", "z")]
    assert tension_arc(unknown, TALK, ArcConfig()) is None
