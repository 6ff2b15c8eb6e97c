"""Measures of room to speak and of the voice, and what holds for all measures."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from callcoach.coaching.facts import facts_of
from callcoach.coaching.measures.catalogue import MEASURES
from callcoach.config.interaction import ListeningConfig
from callcoach.config.measures import MeasuresConfig
from callcoach.model.analysis import CallAnalysis
from callcoach.model.coaching import Evidence
from callcoach.model.interaction import OverlapEvent, OverlapKind, Silence, SilenceKind
from callcoach.model.language import (
    ConcernKind,
    Paraphrase,
    ParaphraseKind,
    Question,
    QuestionKind,
    ResponseKind,
)
from callcoach.model.timeline import Span
from callcoach.model.unmeasured import Unmeasured
from callcoach.model.voice import Composure, StretchKind, VoiceChange, VoiceDeparture
from callcoach.storage.analysis_json import from_json, to_json
from deliveries import tension_of
from factory import empty, long_call, mono, settled, tense_call, two_channels
from said import agent, call_of, customer, measure

CONFIG = MeasuresConfig()
ROOT = Path(__file__).resolve().parent.parent
LINES = [
    agent("Harbour Energy, Maya speaking."),
    customer("The box you sent is broken.", ConcernKind.PROBLEM),
    agent("I send you a new one.", ResponseKind.SOLVE),
    customer("It was a present for my son."),
    agent("It comes on Friday at noon."),
]
CALLS = [two_channels, tense_call, mono, empty, long_call]


def overlap(start: float, kind: OverlapKind, incomer: str = "agent") -> OverlapEvent:
    holder = "customer" if incomer == "agent" else "agent"
    return OverlapEvent(start, start + 1, kind, incomer, holder, True, "But", 0.8, "and then")


# --------------------------------------------------------------------------- floor


def test_interruptions_of_the_agent_count() -> None:
    cuts = (
        overlap(5, OverlapKind.INTERRUPTION),
        overlap(6, OverlapKind.INTERRUPTION, "customer"),
        overlap(7, OverlapKind.BACKCHANNEL),
        overlap(7.5, OverlapKind.ATTEMPTED),
    )
    call = call_of(LINES, overlaps=cuts)
    short = measure(call)["interruptions_per_10_min"]
    assert short.value == pytest.approx(600 / ListeningConfig().least_rate_s)
    assert short.confidence == pytest.approx(0.8)
    long = settled(replace(call, call=replace(call.call, duration_s=1200.0)))
    assert measure(long)["interruptions_per_10_min"].value == pytest.approx(0.5)
    assert [e.before for e in short.evidence] == ["and then"]


def test_concern_cut_share() -> None:
    cut = measure(call_of(LINES, overlaps=(overlap(6, OverlapKind.INTERRUPTION),)))
    assert cut["concern_cut_share"].value == 1.0
    assert [e.code for e in cut["concern_cut_share"].evidence] == ["cut_concern"]
    assert measure(call_of(LINES))["concern_cut_share"].value == 0.0


def test_a_concern_left_to_end_is_told_quietly_and_without_a_number() -> None:
    """It is what is usual: it weighs little, and a share of cut concerns is not its number."""
    lines = [*LINES[:4], customer("And nobody told me.", ConcernKind.PROBLEM, strength=0.9)]
    cut = (overlap(6, OverlapKind.INTERRUPTION),)
    config = CONFIG.model_copy(update={"let_finish_s": 3.0})
    call = call_of([*lines, LINES[4]], overlaps=cut)
    facts = facts_of(call)
    found = MEASURES["concern_cut_share"].evaluate(facts, config)
    assert found.value == 0.5
    cut_into, left = found.evidence
    assert (cut_into.code, left.code) == ("cut_concern", "let_finish")
    assert left.value is None and left.weight == pytest.approx(0.3 * 0.9)
    assert left.weight < cut_into.weight


def test_taking_the_word_back_is_not_being_let_finish() -> None:
    back = customer("Please let me finish.", ConcernKind.FEELING)
    config = CONFIG.model_copy(update={"let_finish_s": 1.0})

    def codes(*cuts: OverlapEvent) -> list[str]:
        facts = facts_of(call_of([*LINES[:3], back], overlaps=cuts))
        return [e.code for e in MEASURES["concern_cut_share"].evaluate(facts, config).evidence]

    assert codes() == ["let_finish", "let_finish"]
    said = facts_of(call_of(LINES)).said
    came_in_s = said[1].end_s - 0.2  # and went on to speak
    assert said[2].start_s < came_in_s + 1
    assert codes(overlap(came_in_s, OverlapKind.BACKCHANNEL)) == ["let_finish", "let_finish"]
    assert codes(overlap(came_in_s, OverlapKind.INTERRUPTION)) == ["cut_concern"]


def test_one_channel_says_nothing_of_interruptions() -> None:
    found = measure(call_of(LINES, overlaps=None))
    for name in ("interruptions_per_10_min", "concern_cut_share", "backchannels_per_min"):
        assert found[name].value is None, name
        assert found[name].applies, name


def test_repeated_question_comes_with_the_answer_it_had() -> None:
    asked = (
        Question("t3", QuestionKind.CLOSED, "Is it off?"),
        Question("t5", QuestionKind.REPEATED, "So it is off?", "t3"),
    )
    found = measure(call_of(LINES, questions=asked))["repeated_questions"]
    assert found.value == 1
    assert found.evidence[0].before == LINES[3].text


def test_giving_back_an_answer_asks_nothing_again() -> None:
    given = Paraphrase(
        "t5", "t4", 0.9, ParaphraseKind.CONFIRM_DETAIL, True, "at eight then?", "eight", 0.9
    )
    asked = Question("t5", QuestionKind.REPEATED, "So at eight then?", "t3")
    call = call_of(LINES, questions=(asked,))
    assert measure(call)["repeated_questions"].value == 1
    assert measure(replace(call, paraphrases=(given,)))["repeated_questions"].value == 0


@pytest.mark.parametrize(
    ("text", "announced", "wait_s"),
    [
        ("It comes on Friday at noon.", False, 9.0),
        ("It comes on Friday at noon.", True, 0.0),
        ("What is the number on it?", False, 0.0),
        ("Please read me the number on it.", False, 0.0),
        ("Now unplug it and tell me when it is off.", False, 0.0),
    ],
)
def test_unexplained_wait(text: str, announced: bool, wait_s: float) -> None:
    lines = [*LINES[:4], replace(LINES[4], text=text)]
    wait = Silence(22.0, 31.0, SilenceKind.DEAD_AIR, "agent", announced)
    found = measure(call_of(lines, silences=(wait,), listening=two_channels_listening()))
    assert found["silent_wait_s"].value == pytest.approx(wait_s)
    assert len(found["silent_wait_s"].evidence) == (wait_s > 0)


def test_a_pause_that_is_usual_while_something_is_typed_is_no_wait() -> None:
    wait = Silence(22.0, 28.0, SilenceKind.DEAD_AIR, "agent", False)
    found = measure(call_of(LINES[:5], silences=(wait,), listening=two_channels_listening()))
    assert found["silent_wait_s"].value == 0.0


def two_channels_listening() -> object:
    from callcoach.model.interaction import Listening

    return Listening((), 1, 6.0, 0, 0.0, 1, 6.0, 0, 0.0)


# --------------------------------------------------------------------------- voice


def voiced(changes: dict[str, list[float]], **more: object) -> CallAnalysis:
    """The tense call's agent voice, with the turns' measures set one by one from a base."""
    call = tense_call()
    voice = next(v for v in call.voice if v.speaker == "agent")
    base = {"level_dbov": -25.0, "pitch_median_st": 30.0, "rate_syll_s": 4.0}
    timeline = tuple(
        replace(
            stretch,
            speech_s=5.0,
            **base,
        )
        for stretch in voice.timeline
    )
    for measure_name, steps in changes.items():
        timeline = tuple(
            replace(s, **{measure_name: base[measure_name] + steps[min(i, len(steps) - 1)]})
            for i, s in enumerate(timeline)
        )
    others = tuple(v for v in call.voice if v.speaker != "agent")
    return replace(call, voice=(*others, replace(voice, timeline=timeline, **more)))  # type: ignore[arg-type]


BOTH = {"level_dbov": [0.0, 5.0], "pitch_median_st": [0.0, 3.0]}


def curt(call: CallAnalysis) -> CallAnalysis:
    """The call with short words of the agent's in the middle."""
    said = "I already told you, I need the number before I can look at it."
    turns = tuple(replace(turn, text=said) if turn.id == "t5" else turn for turn in call.turns)
    return replace(call, turns=turns, words=())


def test_a_risen_voice_with_kind_words_is_not_held_against_anybody() -> None:
    found = measure(voiced(BOTH))["louder_than_opening_db"]
    assert (found.value, found.evidence) == (0.0, ())


def test_louder_and_higher_than_the_opening() -> None:
    found = measure(curt(voiced(BOTH)))
    assert found["louder_than_opening_db"].value == pytest.approx(5.0)
    assert found["higher_than_opening_st"].value == pytest.approx(3.0)
    # One moment is told once.
    assert [e.code for e in found["louder_than_opening_db"].evidence] == ["raised"]
    assert found["higher_than_opening_st"].evidence == ()


@pytest.mark.parametrize("alone", list(BOTH))
def test_one_measure_alone_is_no_rise(alone: str) -> None:
    found = measure(curt(voiced({alone: BOTH[alone]})))
    for name in ("louder_than_opening_db", "higher_than_opening_st"):
        assert (found[name].value, found[name].evidence) == (0.0, ())


def test_without_a_moment_there_is_nothing_to_compare_with_the_opening() -> None:
    call = replace(voiced(BOTH), tension=(), concerns=(), responses=())
    found = measure(call)["louder_than_opening_db"]
    assert (found.value, found.applies) == (None, False)


def test_quieter_than_the_opening_is_no_rise() -> None:
    found = measure(voiced({"level_dbov": [0.0, -5.0]}))["louder_than_opening_db"]
    assert found.value == 0.0
    assert found.evidence == ()


def test_level_of_the_line_does_not_matter() -> None:
    call = voiced({"level_dbov": [0.0, 2.0, 4.0]})
    voice = call.voice[-1]
    louder = replace(
        voice,
        timeline=tuple(
            replace(s, level_dbov=None if s.level_dbov is None else s.level_dbov + 6)
            for s in voice.timeline
        ),
    )
    name = "louder_than_opening_db"
    again = measure(replace(call, voice=(call.voice[0], louder)))[name].value
    assert again == pytest.approx(measure(call)[name].value)


def test_one_loud_turn_of_many_is_no_heat() -> None:
    found = measure(voiced({"level_dbov": [0.0, 8.0, 0.0], "pitch_median_st": [0.0, 4.0, 0.0]}))[
        "louder_than_opening_db"
    ]
    assert found.value == 0.0


def test_spread_of_pitch_is_that_of_most_of_the_speech() -> None:
    call = voiced({})
    spreads = [0.6] * (len(call.voice[-1].timeline) - 1) + [3.0]
    timeline = tuple(
        replace(s, pitch_sd_st=value)
        for s, value in zip(call.voice[-1].timeline, spreads, strict=True)
    )
    call = replace(call, voice=(call.voice[0], replace(call.voice[-1], timeline=timeline)))
    assert measure(call)["pitch_spread_st"].value == pytest.approx(0.6)


def test_a_risen_voice_is_not_called_steady() -> None:
    steady = voiced({}, calmness=90.0, stretches=())
    assert [e.code for e in measure(steady)["calmness"].evidence] == ["steady_voice"]
    risen = voiced(BOTH, calmness=90.0, stretches=())
    assert measure(risen)["calmness"].evidence == ()


def departed(
    call: CallAnalysis, *turns: str, kind: StretchKind = StretchKind.RAISED
) -> CallAnalysis:
    """The call with the agent's voice departed in some of its turns."""
    agent = call.voice[-1]
    parts = tuple(part.span for part in agent.parts if part.turn in turns)
    found = VoiceDeparture(
        parts[0].start_s, parts[-1].end_s, kind, ("level_dbov", "pitch_median_st"), 4.0, 3.0, parts
    )
    return replace(call, voice=(call.voice[0], replace(agent, departures=(found,))))


def test_departed_share_is_of_the_speech_in_moments() -> None:
    call = replace(departed(voiced({}), "t5", "t9"), composure=None)
    agent = call.voice[-1]
    inside = sum(p.speech_s for p in agent.parts if p.turn in ("t5", "t9"))
    whole = sum(p.speech_s for p in agent.parts)
    found = measure(call)
    assert found["departed_share"].value == pytest.approx(inside / whole, abs=1e-5)
    assert [e.code for e in found["departed_share"].evidence] == ["raised"]
    assert found["flat_share"].value == 0.0


def test_too_few_turns_say_nothing_of_departures() -> None:
    call = voiced({}, unmeasured=(Unmeasured("departures", "too few"),))
    found = measure(call)["departed_share"]
    assert (found.value, found.reason) == (None, "too few")


def after(call: CallAnalysis, **changes: float) -> CallAnalysis:
    """The call with these changes of the agent's voice after tense turns."""
    found = tuple(VoiceChange(name, 1.0, 1.0, change) for name, change in changes.items())
    return replace(call, composure=Composure(("t4",), ("t5",), 20.0, 40.0, found))


def test_after_tense_turns_only_rises_of_two_measures_count() -> None:
    call = tense_call()
    rose = measure(after(call, level_dbov=5.0, pitch_median_st=2.0))
    assert rose["level_after_tense_db"].value == 5.0
    alone = measure(after(call, level_dbov=5.0, pitch_median_st=0.5))
    assert alone["level_after_tense_db"].value == 0.0
    fell = measure(after(call, level_dbov=-4.0, pitch_median_st=-2.0))
    assert fell["level_after_tense_db"].value == 0.0


def test_a_departure_after_a_tense_turn_is_told_once_as_composure() -> None:
    call = after(departed(voiced({}), "t5", "t9"), level_dbov=5.0, pitch_median_st=2.0)
    found = measure(call)
    assert [e.code for e in found["level_after_tense_db"].evidence] == ["voice_rose"]
    assert found["departed_share"].evidence == ()


def test_a_voice_holds_only_after_harsh_words() -> None:
    call = after(voiced({}, departures=()), level_dbov=0.0)
    codes = [e.code for e in measure(call)["level_after_tense_db"].evidence]
    assert codes == ["voice_held"]
    loud = tuple(replace(t, words=0.0, phrases=()) for t in call.tension or ())
    silent = replace(call, tension=loud, concerns=(), responses=())
    assert measure(silent)["level_after_tense_db"].evidence == ()


def test_too_little_speech_after_tense_turns_is_not_nothing_to_judge() -> None:
    call = call_of(LINES)
    tense = tuple(tension_of(t, 0.9) for t in call.turns if t.speaker == "customer")
    found = measure(replace(call, tension=tense))["level_after_tense_db"]
    assert found.value is None
    assert found.applies


# --------------------------------------------------------------------------- all of them


@pytest.mark.parametrize("make", CALLS)
def test_every_measure_has_a_value_or_a_reason(make: object) -> None:
    call = make()  # type: ignore[operator]
    found = measure(call)
    assert list(found) == list(MEASURES)
    for name, item in found.items():
        assert item.name == name
        assert item.kind is MEASURES[name].kind
        assert (item.value is None) == (item.reason is not None)
        for evidence in item.evidence:
            assert evidence.measure == name
            assert evidence.speaker in {party.id for party in call.call.parties}
            assert evidence.end_s <= max(turn.end_s for turn in call.turns) + 1e-6


@pytest.mark.parametrize("make", [mono, empty])
def test_without_an_agent_nothing_is_measured(make: object) -> None:
    for item in measure(make()).values():  # type: ignore[operator]
        assert item.value is None
        assert item.reason == "it is not known who is the agent"
        assert item.applies


@pytest.mark.parametrize("make", [two_channels, tense_call])
def test_a_stored_analysis_gives_the_same(make: object) -> None:
    call = from_json(to_json(make()), "here")  # type: ignore[operator]
    first, again = measure(call), measure(from_json(to_json(call), "here"))
    assert dict(first) == dict(again)


def test_worse_recordings_lower_confidence_and_no_value() -> None:
    clear = replace(tense_call(), warnings=())
    noisy = tense_call()
    assert noisy.warnings
    for before, after in zip(measure(clear).values(), measure(noisy).values(), strict=True):
        assert before.value == after.value
        assert after.confidence <= before.confidence


def test_later_is_the_same() -> None:
    call = call_of(LINES, voice=())
    moved = replace(
        call,
        turns=tuple(replace(t, start_s=t.start_s + 100, end_s=t.end_s + 100) for t in call.turns),
        activity=tuple(
            replace(r, start_s=r.start_s + 100, end_s=r.end_s + 100) for r in call.activity
        ),
    )
    for here, there in zip(measure(call).values(), measure(moved).values(), strict=True):
        assert here.value == there.value, here.name
        spans = [Span(e.start_s, e.end_s) for e in here.evidence]
        assert [e.span.shifted(-100) for e in there.evidence] == spans


def test_every_code_has_its_words_in_the_guide() -> None:
    guide = tomllib.loads((ROOT / "configs" / "guide.toml").read_text(encoding="utf-8"))
    codes: set[str] = set()
    for make in CALLS:
        found: list[Evidence] = [e for m in measure(make()).values() for e in m.evidence]  # type: ignore[operator]
        codes |= {e.code for e in found}
    assert len(codes) > 15
    assert codes <= set(guide["finding"])
