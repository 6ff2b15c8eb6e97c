"""Sides that say the same at once are told, talk is not."""

from __future__ import annotations

import pytest

from callcoach.config.measures import MeasuresConfig
from callcoach.dialogue.alike import alike_warnings, said_twice
from callcoach.model.speech import Activity, SpeechRegion, Timing, Word

TEXT = "I was charged twice for my bill this month and I am really upset about it so please help"


def said(text: str, speaker: str, start_s: float, step_s: float = 0.3) -> list[Word]:
    return [
        Word(start_s + i * step_s, start_s + (i + 0.8) * step_s, speaker, w, 0.9, Timing.MEASURED)
        for i, w in enumerate(text.split())
    ]


def active(speaker: str, *spans: tuple[float, float]) -> Activity:
    return Activity(speaker, tuple(SpeechRegion(a, b, speaker) for a, b in spans))


SIDES = (active("agent", (0, 30)), active("customer", (31, 60)))


def codes(words: list[Word], *sides: Activity) -> list[str]:
    return [w.code for w in alike_warnings(words, sides or SIDES)]


@pytest.mark.parametrize("late_s", [0.0, 0.25, -0.5])
def test_the_same_words_at_the_same_time_are_told(late_s: float) -> None:
    heard = TEXT.replace("twice", "wife")
    words = said(TEXT, "agent", 1) + said(heard, "customer", 1 + late_s)
    assert codes(words) == ["sides_alike"]
    assert MeasuresConfig().trust_of("sides_alike") < MeasuresConfig().trust_of("crosstalk")


def test_the_count_is_of_words_in_runs() -> None:
    one = said("so I was charged twice for it", "agent", 0)
    assert said_twice(one, said("then he was charged twice too", "customer", 0.1)) == 3
    assert said_twice(one, said("no she was charged thrice for", "customer", 0.1)) == 0
    assert said_twice(one, one) == 7


def test_a_read_back_and_listening_are_no_copies() -> None:
    back = said(TEXT, "agent", 1) + said(TEXT, "customer", 8)
    assert codes(back) == []
    nods = [w for k in range(20) for s in ("agent", "customer") for w in said("yes okay", s, 5 * k)]
    assert codes(nods) == []
    few = said("good bye then", "agent", 1) + said("good bye then", "customer", 1.2)
    assert codes(few) == []


def test_a_little_of_a_long_call_is_none() -> None:
    more = [
        w
        for k in range(8)
        for s in (0, 1)
        for w in said(TEXT, SIDES[s].speaker, 20 + 14 * k + 7 * s)
    ]
    assert codes(said(TEXT, "agent", 1) + said(TEXT, "customer", 1) + more) == []


def test_both_speaking_for_most_of_the_call_is_told() -> None:
    assert codes([], active("a", (0, 30)), active("b", (5, 32))) == ["sides_alike"]
    assert codes([], active("a", (0, 30)), active("b", (25, 60))) == []
    assert codes([], active("a", (0, 8)), active("b", (0, 8))) == []
    assert codes([], active("a", (0, 30))) == []
