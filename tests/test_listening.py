"""Room to speak, and waits that were announced, on drawn time lines (see drawing.py)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcoach.call import (
    Activity,
    CallAnalysis,
    OverlapEvent,
    OverlapKind,
    Silence,
    SilenceKind,
    Turn,
    Word,
)
from callcoach.config import Config
from callcoach.dialogue.listening import measure_listening
from callcoach.dialogue.overlaps import find_overlaps
from callcoach.dialogue.silences import find_silences, is_announced
from callcoach.dialogue.turns import build_turns, inter_pausal_units
from callcoach.floor import Listening, PartyListening
from callcoach.reports.rows import call_row
from callcoach.timeline import Span
from drawing import draw, words
from factory import mono, two_channels
from shipped import page_of, render_html, render_markdown

CONFIG = Config()
LENGTH_S = 300.0


def listening(a: str, b: str, said: list[Word] | None = None) -> Listening:
    parties = draw(a, b)
    said = sorted(said or [], key=lambda w: w.start_s)
    units = inter_pausal_units(parties, CONFIG.turns)
    turns = build_turns(units, said, CONFIG.turns)
    silences = find_silences(
        units, max(len(a), len(b)) / 10, CONFIG.silences, CONFIG.turns, words=said
    )
    overlaps = find_overlaps(units, turns, said, CONFIG.overlaps)
    return measure(parties, turns, overlaps, silences)


def measure(
    parties: tuple[Activity, ...],
    turns: tuple[Turn, ...],
    overlaps: tuple[OverlapEvent, ...] | None,
    silences: tuple[Silence, ...],
) -> Listening:
    return measure_listening(
        parties, turns, overlaps, silences, LENGTH_S, CONFIG.listening, CONFIG.overlaps
    )


def party(found: Listening, speaker: str) -> PartyListening:
    item = found.party(speaker)
    assert item is not None
    return item


# ------------------------------------------------------------------ shares and answers


def test_shares_of_speech() -> None:
    found = listening("A" * 30, "-" * 35 + "B" * 10)
    assert party(found, "a").speech_share == pytest.approx(0.75)
    assert party(found, "b").speech_s == pytest.approx(1.0)


def test_the_answers_gap_is_negative_where_the_answer_began_before_the_end() -> None:
    # b answers five times: after 0.5 s four times, once 0.3 s before a has finished.
    a = "A" * 20 + "-" * 30
    b = "-" * 25 + "B" * 15 + "-" * 10
    early = "-" * 17 + "B" * 23 + "-" * 10
    found = party(listening(a * 5, b * 4 + early), "b")
    assert found.answers == 5
    assert found.answer_median_s == pytest.approx(0.5)
    assert found.answer_p10_s == pytest.approx(-0.3 * 0.6 + 0.5 * 0.4)
    assert found.answer_p90_s == pytest.approx(0.5)


def test_few_answers_give_a_count_and_a_reason() -> None:
    found = party(listening("A" * 20, "-" * 25 + "B" * 20), "b")
    assert (found.answers, found.answer_median_s) == (1, None)
    reasons = {u.measure: u.reason for u in found.unmeasured}
    assert reasons["answers"] == "not enough evidence: 1 of 5 answers"


def test_a_listeners_sound_is_no_answer() -> None:
    found = listening("A" * 60 + "-" * 5 + "A" * 20, "-" * 20 + "BBBB" + "-" * 37 + "BBB")
    assert party(found, "b").answers == 0 == party(found, "a").answers


def test_a_yes_after_a_question_is_an_answer() -> None:
    a, b = "A" * 20 + "-" * 12 + "A" * 20, "-" * 24 + "BBBB"
    statement = words("a", 0, 2, "it was on monday") + words("b", 2.4, 2.8, "yes")
    question = words("a", 0, 2, "was it on monday?") + words("b", 2.4, 2.8, "yes")
    assert party(listening(a, b, statement), "b").answers == 0
    assert party(listening(a, b, question), "b").answers == 1


def test_what_comes_after_an_announced_wait_is_no_answer() -> None:
    a, b = "-" * 60 + "A" * 20, "B" * 20
    announced = words("b", 0, 2, "hold on i look for it")
    assert party(listening(a, b, announced), "a").answers == 0
    assert party(listening(a, b, words("b", 0, 2, "it is blue")), "a").answers == 1


# ------------------------------------------------------------------ long stretches, cut turns


def test_the_longest_stretch_goes_on_over_listeners_sounds_but_not_over_dead_air() -> None:
    a = "A" * 40 + "-" * 8 + "A" * 30 + "-" * 40 + "A" * 20
    found = party(listening(a, "-" * 42 + "BBBB", words("b", 4.2, 4.6, "okay")), "a")
    assert found.longest is not None
    assert (found.longest.start_s, found.longest.end_s) == pytest.approx((0, 7.8))


def test_the_others_turn_ends_the_stretch() -> None:
    found = party(listening("A" * 40 + "-" * 30 + "A" * 50, "-" * 45 + "B" * 20), "a")
    assert found.longest is not None
    assert (found.longest.start_s, found.longest.end_s) == pytest.approx((7, 12))


def cut_in(*events: OverlapEvent) -> PartyListening:
    parties = draw("A" * 30 + "-" * 10 + "A" * 30, "")
    units = inter_pausal_units(parties, CONFIG.turns)
    turns = build_turns(units, [], CONFIG.turns)
    return party(measure(parties, turns, events, ()), "a")


def event(start_s: float, kind: OverlapKind, holder: str = "a") -> OverlapEvent:
    (made,) = find_overlaps_of_one()
    incomer = "b" if holder == "a" else "a"
    return replace(
        made, start_s=start_s, end_s=start_s + 0.5, kind=kind, incomer=incomer, holder=holder
    )


def find_overlaps_of_one() -> tuple[OverlapEvent, ...]:
    units = inter_pausal_units(draw("A" * 30, "-" * 20 + "B" * 40), CONFIG.turns)
    turns = build_turns(units, [], CONFIG.turns)
    return find_overlaps(units, turns, [], CONFIG.overlaps)


def test_turns_left_uncut() -> None:
    assert cut_in().uncut_share == 1
    found = cut_in(event(2.5, OverlapKind.INTERRUPTION))
    assert (found.long_turns, found.uncut_share) == (2, 0.5)
    assert found.cut is not None and [c.start_s for c in found.cut] == [0]


@pytest.mark.parametrize(
    "harmless",
    [
        event(2.5, OverlapKind.BACKCHANNEL),
        event(2.5, OverlapKind.ATTEMPTED),
        event(2.5, OverlapKind.INTERRUPTION, holder="b"),
    ],
)
def test_other_events_cut_nothing(harmless: OverlapEvent) -> None:
    assert cut_in(harmless).uncut_share == 1


def test_without_overlaps_nobody_knows_what_was_cut() -> None:
    parties = draw("A" * 30, "-" * 40 + "B" * 30)
    units = inter_pausal_units(parties, CONFIG.turns)
    found = measure(parties, build_turns(units, [], CONFIG.turns), None, ())
    assert party(found, "a").cut is None and party(found, "a").uncut_share is None
    assert "cut" in {u.measure for u in party(found, "a").unmeasured}


def test_one_channel_for_everyone_has_waits_only() -> None:
    silences = (Silence(5, 12, SilenceKind.DEAD_AIR, "everyone", False),)
    found = measure((Activity("everyone", ()),), (), None, silences)
    assert (found.parties, found.dead_airs, found.unexplained_s) == ((), 1, 7)
    assert [u.measure for u in found.unmeasured] == ["parties"]


rows = st.lists(st.tuples(st.integers(1, 40), st.integers(1, 40)), max_size=8).map(
    lambda pairs: "".join("-" * gap + "X" * talk for gap, talk in pairs)
)


@given(rows, rows)
def test_whatever_the_talk_the_numbers_are_possible(a: str, b: str) -> None:
    found = listening(a, b)
    for item in found.parties:
        assert item.speech_share is None or 0 <= item.speech_share <= 1
        assert item.uncut_share is None or 0 <= item.uncut_share <= 1
        if item.longest is not None:
            assert item.longest.end_s <= max(len(a), len(b)) / 10 + 1e-6
        if item.answer_median_s is not None:
            assert item.answer_p10_s <= item.answer_median_s <= item.answer_p90_s  # type: ignore[operator]
    assert found.dead_air_s >= 3 * found.dead_airs - 1e-6


# ------------------------------------------------------------------ waits


def announced(text: str, silence_s: float = 10) -> bool:
    said = words("a", 0, silence_s, text)
    return is_announced(Span(silence_s, silence_s + 8), said, CONFIG.silences)


@pytest.mark.parametrize(
    "text",
    [
        "Okay, one moment please.",
        "Bear with me while the page loads",
        "Let me just quickly check that for you",
        "I’ll put you on hold for a couple of minutes, okay?",
        "Could you please hold the line?",
        "hang on",
        "Sure, just a second.",
        "Could you give me just a minute?",
        "Let me pull up your account and then we can see what is going on with the bill",
    ],
)
def test_announced(text: str) -> None:
    assert announced(text)


@pytest.mark.parametrize(
    "text",
    [
        "What is your account number?",
        "The household is insured",
        "My phone faded out for a minute there",
        "One moment. Thank you for waiting, the payment is there.",
        "One moment " + "and then a lot of other words came " * 5,
        "",
    ],
)
def test_not_announced(text: str) -> None:
    if text:
        assert not announced(text)


def test_a_yes_in_the_middle_of_a_wait_changes_nothing() -> None:
    a, b = "A" * 20 + "-" * 80, "-" * 60 + "BBB"
    said = words("a", 0, 2, "one moment please") + words("b", 6, 6.3, "yes")
    units = inter_pausal_units(draw(a, b), CONFIG.turns)
    found = find_silences(units, 10, CONFIG.silences, CONFIG.turns, words=said)
    assert [(s.kind, s.announced) for s in found] == [(SilenceKind.DEAD_AIR, True)] * 2


def test_without_words_nobody_knows_and_gaps_are_not_judged() -> None:
    units = inter_pausal_units(draw("A" * 20 + "-" * 50 + "A" * 20, ""), CONFIG.turns)
    (silence,) = find_silences(units, 9, CONFIG.silences, CONFIG.turns)
    assert silence.announced is None
    found = listening("A" * 20 + "-" * 50 + "A" * 20, "")
    assert (found.dead_airs, found.announced) == (1, None)
    assert "announced" in {u.measure for u in found.unmeasured}
    units = inter_pausal_units(draw("A" * 20 + "-----" + "A" * 20, ""), CONFIG.turns)
    said = words("a", 0, 2, "one moment")
    (pause,) = find_silences(units, 4.5, CONFIG.silences, CONFIG.turns, words=said)
    assert (pause.kind, pause.announced) == (SilenceKind.PAUSE, None)


def test_a_silence_full_of_hold_music_is_a_hold() -> None:
    units = inter_pausal_units(draw("A" * 20 + "-" * 100 + "A" * 20, ""), CONFIG.turns)
    for music, kind in ((Span(3, 11), SilenceKind.HOLD), (Span(3, 6), SilenceKind.DEAD_AIR)):
        (found,) = find_silences(units, 14, CONFIG.silences, CONFIG.turns, holds=[music])
        assert (found.kind, found.start_s, found.end_s) == (kind, 2, 12)


def test_waits_add_up() -> None:
    a = "A" * 20 + "-" * 40 + "A" * 20 + "-" * 50 + "A" * 20
    said = words("a", 0, 2, "one moment") + words("a", 6, 8, "thank you for waiting yes")
    found = listening(a, "", sorted(said, key=lambda w: w.start_s))
    assert (found.announced, found.unexplained) == (1, 1)
    assert (found.announced_s, found.unexplained_s) == pytest.approx((4, 5))
    assert found.dead_air_s == pytest.approx(9)


# ------------------------------------------------------------------ in the reports


def with_listening() -> CallAnalysis:
    base = two_channels()
    silences = tuple(
        replace(s, announced=True) if s.kind is SilenceKind.DEAD_AIR else s for s in base.silences
    )
    parties = tuple(
        Activity(p.id, tuple(r for r in base.activity if r.speaker == p.id))
        for p in base.call.parties
    )
    measured = measure_listening(
        parties, base.turns, base.overlaps, silences, LENGTH_S, CONFIG.listening, CONFIG.overlaps
    )
    return replace(base, silences=silences, listening=measured)


def test_the_page_says_it_in_words() -> None:
    page = page_of(with_listening())
    assert page.room.reason is None
    assert [row.name for row in page.room.rows] == [
        "Share of all speech",
        "Speech with words",
        "Time until the answer",
        "Longest time speaking",
        "Longer turns left whole",
    ]
    assert [cell.party for cell in page.room.rows[0].cells] == ["Agent", "Customer"]
    assert any("1\u00a0long silence, together 11.4" in text for text in page.room.waits)
    assert page.room.moments and all(moment.turn for moment in page.room.moments)
    assert any("announced before" in item.what for item in page.quiet)
    for text in (render_html(with_listening()), render_markdown(with_listening())):
        assert "Room to speak" in text and "Longest time in which Agent spoke" in text


def test_a_call_without_it_says_so() -> None:
    for analysis in (two_channels(listening=None), mono(listening=None)):
        assert page_of(analysis).room.reason
        assert "Room to speak" in render_markdown(analysis)
        assert call_row(analysis).get("announced_waits") is None


def test_one_channel_shows_the_waits() -> None:
    base = mono()
    measured = measure((Activity("everyone", ()),), base.turns, None, base.silences)
    page = page_of(replace(base, listening=measured))
    assert page.room.rows == () and page.room.no_rows
    assert any("On hold 1\u00a0time" in text for text in page.room.waits)
    assert "were not measured" in render_html(replace(base, listening=measured))


def test_the_tables_have_it() -> None:
    row = call_row(with_listening())
    assert row["agent_speech_share"] + row["customer_speech_share"] == pytest.approx(1)
    assert row["customer_long_turns"] >= 4
    assert (row["announced_waits"], row["unexplained_waits"]) == (1, 0)
    assert row["agent_longest_s"] > 5
