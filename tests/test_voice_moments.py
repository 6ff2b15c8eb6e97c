"""When a departure of the agent's voice is something to work on: the moment and the words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from callcoach.coaching.measures.measure import CallMeasures
from callcoach.model.analysis import CallAnalysis
from callcoach.model.language import ConcernKind, ResponseKind
from callcoach.model.voice import StretchKind, VoiceDeparture, VoiceStretch
from callcoach.text.joy import joyful
from deliveries import tension_of, voice
from said import Line, agent, call_of, customer, measure
from stretches import USUAL, stretch

HARSH = customer("This is ridiculous, I want my money back.", ConcernKind.HARSH)
CONCERN = customer("The second parcel never came.", ConcernKind.PROBLEM)
QUIET = customer("And which day is that?")
ANSWER = agent("The order went out on the ninth of the month.")
AND = agent("It has to go through the office first.")


def call(*middle: Line) -> CallAnalysis:
    """A call with these lines in the middle; the agent's voice departed in all of its own there."""
    lines = (
        agent("Good morning, how can I help you?"),
        customer("I have a question about an order."),
        *middle,
        customer("I see."),
        agent("Then I wish you a good day, goodbye."),
    )
    analysis = call_of(lines)
    own = [turn for turn in analysis.turns if turn.speaker == "agent"]
    parts = tuple(part(turn.start_s, turn.end_s, turn.id) for turn in own)
    departed = [turn.span for turn in own[1:-1]]
    found = VoiceDeparture(
        departed[0].start_s, departed[-1].end_s, StretchKind.RAISED,
        ("level_dbov", "pitch_median_st"), 4.0, 3.0, tuple(departed),
    )  # fmt: skip
    measured = voice("agent", timeline=parts, parts=parts, departures=(found,))
    return replace(analysis, voice=(analysis.voice[0], measured))


def part(start_s: float, end_s: float, turn: str) -> VoiceStretch:
    return stretch(start_s, end_s, turn=turn, **USUAL)


def codes(found: CallMeasures) -> list[str]:
    return [e.code for name in ("departed_share", "level_after_tense_db")
            for e in found[name].evidence]  # fmt: skip


@pytest.mark.parametrize(
    "middle",
    [
        (HARSH, ANSWER, QUIET, AND),
        (CONCERN, ANSWER, QUIET, AND),
        (QUIET, agent("As I said, it went out on the ninth."), QUIET, AND),
        (QUIET, agent("You filled it in wrong.", ResponseKind.BLAME), QUIET, AND),
    ],
)
def test_it_matters_after_harsh_words_a_concern_or_with_curt_words(middle: tuple) -> None:
    found = measure(call(*middle))
    assert codes(found) == ["raised"]
    assert 0 < (found["departed_share"].value or 0) < 1


def test_without_a_moment_it_is_a_mark_on_the_curve() -> None:
    found = measure(call(QUIET, ANSWER, QUIET, AND))
    assert codes(found) == []
    assert found["departed_share"].value == 0.0


@pytest.mark.parametrize(
    "said",
    [
        "Oh that is wonderful, thank you for telling me!",
        "Haha, that is how it is.",
        "Is there anything else that I can do?",
        "The number is four two, seven seven, zero nine one.",
        "That is B as in Bertha, R, O, W, N.",
        "Click on orders, then select the second one and press save.",
        "My name is Jo, welcome to the service line.",
    ],
)
def test_what_has_another_reason_is_never_named(said: str) -> None:
    assert codes(measure(call(CONCERN, agent(said), QUIET, agent(said)))) == []


@pytest.mark.parametrize("who", [agent, customer])
def test_speaking_up_on_a_bad_line_is_never_named(who: object) -> None:
    lost = who("Sorry, I can't hear you, the line is terrible.")  # type: ignore[operator]
    assert codes(measure(call(lost, CONCERN, ANSWER, QUIET, AND))) == []


def test_hearing_somebody_out_is_no_bad_line() -> None:
    assert codes(measure(call(CONCERN, agent("I hear you."), ANSWER, QUIET, AND))) == ["raised"]


def test_joy_of_the_customer_ends_the_moment() -> None:
    glad = customer("Oh great, it works again, thank you!")
    assert codes(measure(call(CONCERN, glad, ANSWER, glad, AND))) == []


def test_one_part_with_another_reason_leaves_too_little() -> None:
    glad = agent("That is great to hear, I am so glad!")
    assert codes(measure(call(CONCERN, glad, QUIET, ANSWER))) == []


def test_a_turn_that_is_tense_by_words_makes_a_moment() -> None:
    analysis = call(QUIET, ANSWER, QUIET, AND)
    tense = next(turn for turn in analysis.turns if turn.text == QUIET.text)
    analysis = replace(analysis, tension=(tension_of(tense, 0.9, "joke"),))
    assert codes(measure(analysis)) == ["raised"]


@pytest.mark.parametrize(
    ("text", "joy"),
    [
        ("Yes, it's working now!", True),
        ("Thanks a lot.", True),
        ("It is not working.", False),
        ("I'm never that happy, it was not great.", False),
        ("Great, so now I wait again.", False),
        ("Thank you for nothing.", False),
        ("I want to know where it is.", False),
    ],
)
def test_joy_is_told_by_words_and_what_takes_them_back(text: str, joy: bool) -> None:
    assert joyful(text) is joy
