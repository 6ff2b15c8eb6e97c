"""Tension of customer turns, and the agent's voice after them."""

from __future__ import annotations

import pytest

from callcoach.config.voice import ComposureConfig, TensionConfig
from callcoach.model.speech import Turn
from callcoach.model.unmeasured import Unmeasured
from callcoach.model.voice import CalmnessPart, Composure, Contribution, TurnTension
from callcoach.voice.composure import find_composure
from callcoach.voice.tension import VOICE_ALONE, turn_tensions
from stretches import stretch

CONFIG = TensionConfig()


def tension_of(text: str, **points: float) -> TurnTension | None:
    """Tension of a turn in which the parts of calmness take or give these points."""
    turn = Turn(0, 5, "t1", "customer", text)
    parts = tuple(Contribution(CalmnessPart(name), 1, 1, p) for name, p in points.items())
    calmness = 80 + sum(points.values()) if points else None
    timeline = [stretch(0, 5, turn="t1", calmness=calmness, contributions=parts)]
    found = turn_tensions([turn], timeline, CONFIG)
    return found[0] if found else None


def test_calm_voice_and_plain_words_have_no_tension() -> None:
    found = tension_of("I would like to change my address.", level=2.0, effort=0.0)
    assert found is not None
    assert (found.tension, found.voice, found.words, found.phrases) == (0.0, 0.0, 0.0, ())
    assert not found.tense


def test_the_voice_counts_by_what_level_effort_and_rate_take() -> None:
    some = CONFIG.voice_points / 4
    found = tension_of("Well.", level=-some, effort=-some, rate=some)
    assert found is not None
    assert found.tension == pytest.approx(found.voice)
    assert found.voice == pytest.approx(0.25 * VOICE_ALONE)
    far = tension_of("Well.", level=-16.0, effort=-16.0)
    assert far is not None and far.tension == VOICE_ALONE and far.tense
    told = tension_of("This is ridiculous.", level=-16.0, effort=-16.0)
    assert told is not None and told.voice == 1.0


@pytest.mark.parametrize(
    ("text", "tense"),
    [
        ("Oh wonderful, it's working again, thank you so much!", False),
        ("It works! Haha!", False),
        ("That is not great at all.", True),
        ("Great, so now I am still waiting.", True),
        ("Thanks for nothing.", True),
    ],
)
def test_joy_is_as_loud_and_no_tension(text: str, tense: bool) -> None:
    found = tension_of(text, level=-16.0, effort=-16.0, rate=-10.0)
    assert found is not None
    assert found.tense is tense
    assert tense or found.tension == found.voice == 0.0


def test_a_high_friendly_voice_is_not_tense() -> None:
    found = tension_of("Hi, my name is Jack.", pitch=-21.0, pitch_movement=-8.0, level=-0.5)
    assert found is not None
    assert found.tension < 0.1


def test_words_alone_can_make_a_turn_tense() -> None:
    found = tension_of("This is RIDICULOUS. I\u2019ve been waiting, and nobody called!")
    assert found is not None
    assert found.voice is None
    assert found.phrases == ("ridiculous", "been waiting", "nobody")
    assert found.words == pytest.approx(1 - (1 - CONFIG.strong) * (1 - CONFIG.mild) ** 2)
    assert found.tension == found.words
    assert found.tense


def test_phrases_are_whole_words() -> None:
    found = tension_of("I issued the complaints form to the hello team, Jokesy.")
    assert found is not None
    assert found.phrases == ()


def test_voice_and_words_join_as_independent_signs() -> None:
    found = tension_of("I am not happy.", level=-CONFIG.voice_points / 2)
    assert found is not None
    assert found.tension == pytest.approx(1 - 0.5 * (1 - CONFIG.mild))


def test_a_sound_without_words_and_voice_is_not_judged() -> None:
    assert tension_of("") is None
    assert tension_of("", level=-1.0) is not None


# ------------------------------------------------------------------ composure

SETTINGS = ComposureConfig(turns=1, within_s=10.0, min_speech_s=5.0)


def tense(turn: str, start_s: float, end_s: float, value: float = 0.9) -> TurnTension:
    return TurnTension(start_s, end_s, turn, value, value >= 0.5, None, value, ("joke",))


def agent(*spans: tuple[float, float]) -> list[Turn]:
    return [Turn(a, b, f"a{i}", "agent", "well") for i, (a, b) in enumerate(spans, 1)]


def voices(*levels: float, **more: tuple[float, ...]) -> list:
    return [
        stretch(
            0,
            6,
            turn=f"a{i}",
            level_dbov=level,
            **{name: values[i - 1] for name, values in more.items()},
        )
        for i, level in enumerate(levels, 1)
    ]


def test_turns_after_tense_turns_against_the_rest() -> None:
    turns = agent((0, 6), (20, 26), (40, 46))
    timeline = voices(-26.0, -20.0, -24.0, rate_syll_s=(4.0, 6.0, 5.0), calmness=(80, 50, 78))
    found = find_composure([tense("c1", 12, 19)], turns, timeline, SETTINGS)
    assert isinstance(found, Composure)
    assert (found.tense_turns, found.agent_turns) == (("c1",), ("a2",))
    changes = {c.measure: c for c in found.changes}
    assert changes["level_dbov"].change == pytest.approx(-20 - (-25))
    assert changes["rate_syll_s"].change == pytest.approx(100 * (6 / 4.5 - 1))
    assert changes["calmness"].change == pytest.approx(50 - 79)
    assert "pitch_median_st" not in changes


def test_an_answer_that_cuts_in_counts_and_a_late_one_does_not() -> None:
    turns = agent((0, 6), (18, 26), (60, 66))
    timeline = voices(-26.0, -20.0, -24.0)
    found = find_composure([tense("c1", 12, 19)], turns, timeline, SETTINGS)
    assert isinstance(found, Composure) and found.agent_turns == ("a2",)
    late = find_composure([tense("c1", 30, 40)], turns, timeline, SETTINGS)
    assert late == Unmeasured(
        "composure",
        "not enough evidence: 0.0 s of the agent's speech after tense turns, 5 s needed",
    )


@pytest.mark.parametrize(
    ("tensions", "reason"),
    [
        ([], "no turn of the customer could be judged"),
        ([tense("c1", 12, 19, 0.4)], "no tense turn of the customer was heard"),
    ],
)
def test_nothing_to_compare_has_its_reason(tensions: list[TurnTension], reason: str) -> None:
    found = find_composure(tensions, agent((0, 6)), voices(-20.0), SETTINGS)
    assert found == Unmeasured("composure", reason)


def test_a_call_that_is_tense_throughout_has_no_rest() -> None:
    found = find_composure([tense("c1", 0, 1)], agent((2, 8)), voices(-20.0), SETTINGS)
    assert isinstance(found, Unmeasured)
    assert "rest of the call" in found.reason
