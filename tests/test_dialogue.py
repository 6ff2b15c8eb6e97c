"""Turns, overlaps and silences on drawn time lines (see drawing.py)."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcoach.call import Activity, OverlapEvent, OverlapKind, SilenceKind, SpeechRegion, Word
from callcoach.config import Config
from callcoach.dialogue.overlaps import find_overlaps
from callcoach.dialogue.silences import find_silences
from callcoach.dialogue.turns import build_turns, inter_pausal_units
from drawing import activity, draw, words

CONFIG = Config()


def overlaps(a: str, b: str, said: list[Word] | None = None) -> tuple[OverlapEvent, ...]:
    return overlaps_of(draw(a, b), said or [])


def overlaps_of(parties: tuple[Activity, Activity], said: list[Word]) -> tuple[OverlapEvent, ...]:
    units = inter_pausal_units(parties, CONFIG.turns)
    turns = build_turns(units, said, CONFIG.turns)
    return find_overlaps(units, turns, said, CONFIG.overlaps)


# ------------------------------------------------------------------ turns


def turns(a: str, b: str) -> list[tuple[str, float, float]]:
    units = inter_pausal_units(draw(a, b), CONFIG.turns)
    return [(t.speaker, t.start_s, t.end_s) for t in build_turns(units, [], CONFIG.turns)]


def test_a_short_pause_stays_in_the_turn_and_a_long_one_ends_it() -> None:
    assert turns("AAAA------AAAA", "") == [("a", 0, 1.4)]
    assert turns("AAAA-------AAAA", "") == [("a", 0, 0.4), ("a", 1.1, 1.5)]


def test_the_other_between_ends_the_turn() -> None:
    assert turns("AAAA-----AAAA", "-----BBB") == [
        ("a", 0, 0.4),
        ("b", 0.5, 0.8),
        ("a", 0.9, 1.3),
    ]


def test_a_burst_inside_a_turn_does_not_end_it() -> None:
    assert turns("AAAAAAAAAAAAAAAA", "-----BBB") == [("a", 0, 1.6), ("b", 0.5, 0.8)]


def test_words_go_to_the_turn_of_their_speaker() -> None:
    parties = draw("AAAAAAAAAA----------AAAAA", "-----BBB---BBBBBB")
    said = sorted(
        words("a", 0, 1, "my light came on")
        + words("b", 0.5, 0.8, "right")
        + words("b", 1.1, 1.7, "i see")
        + words("a", 2.0, 2.5, "yes"),
        key=lambda w: w.start_s,
    )
    units = inter_pausal_units(parties, CONFIG.turns)
    found = build_turns(units, said, CONFIG.turns)
    assert [(t.id, t.speaker, t.text) for t in found] == [
        ("t1", "a", "my light came on"),
        ("t2", "b", "right i see"),
        ("t3", "a", "yes"),
    ]


# ------------------------------------------------------------------ overlaps

LONG = "A" * 60


@pytest.mark.parametrize(
    "kind, a, b, yielded",
    [
        # b says "mm-hm" while a goes on
        (OverlapKind.BACKCHANNEL, LONG, "-" * 20 + "BBBB", False),
        # a is about to end anyway
        (OverlapKind.TERMINAL, "A" * 24, "-" * 20 + "B" * 30, None),
        # both start at once
        (OverlapKind.DUAL_START, "-" * 10 + "A" * 30, "-" * 11 + "B" * 20, None),
        # b comes in, a stops a second later, b has the floor
        (OverlapKind.INTERRUPTION, "A" * 30, "-" * 20 + "B" * 40, True),
        # b comes in and gives up, a goes on
        (OverlapKind.ATTEMPTED, LONG, "-" * 20 + "B" * 15, False),
        # both talk on for seconds, then b has the last word
        (OverlapKind.UNCLEAR, "A" * 50, "-" * 20 + "B" * 40, True),
    ],
)
def test_kinds(kind: OverlapKind, a: str, b: str, yielded: bool | None) -> None:
    (event,) = overlaps(a, b)
    assert (event.kind, event.holder_yielded) == (kind, yielded)
    assert (event.incomer, event.holder) == ("b", "a")


def test_span_is_the_shared_time() -> None:
    (event,) = overlaps("A" * 30, "-" * 20 + "B" * 40)
    assert (event.start_s, event.end_s) == pytest.approx((2.0, 3.0))


def test_short_simultaneous_speech_is_within_the_timing_error() -> None:
    assert overlaps("A" * 21, "-" * 20 + "B" * 40) == ()


def test_no_overlap_no_event() -> None:
    assert overlaps("AAAAA----------AAAAA", "-------BBBBB") == ()
    assert overlaps("", "BBBB") == ()


def test_many_words_are_no_backchannel_unless_a_listener_says_them() -> None:
    b = "-" * 20 + "B" * 8
    (listening,) = overlaps(LONG, b, words("b", 2.0, 2.8, "yeah okay right sure"))
    (speaking,) = overlaps(LONG, b, words("b", 2.0, 2.8, "but you told me"))
    assert listening.kind is OverlapKind.BACKCHANNEL
    assert speaking.kind is OverlapKind.UNCLEAR
    assert speaking.text == "but you told me"


def test_the_holder_must_go_on_after_a_backchannel() -> None:
    (event,) = overlaps("A" * 26, "-" * 20 + "BBBB")
    assert event.kind is not OverlapKind.BACKCHANNEL


rows = st.lists(st.tuples(st.integers(1, 40), st.integers(1, 40)), max_size=6).map(
    lambda pairs: "".join("-" * gap + "X" * talk for gap, talk in pairs)
)


def test_a_pause_of_the_holder_does_not_make_a_dual_start() -> None:
    # a has had the turn for two seconds, pauses for 0.3 s, goes on, and b comes in.
    (event,) = overlaps("A" * 20 + "---" + "A" * 12, "-" * 24 + "B" * 30)
    assert event.kind is OverlapKind.INTERRUPTION


def test_the_holder_going_on_after_a_pause_cuts_in_on_nobody() -> None:
    # b starts in a's pause of 0.5 s, then a goes on: one event, b is the incomer.
    (event,) = overlaps("A" * 20 + "-----" + "A" * 12, "-" * 22 + "B" * 30)
    assert (event.kind, event.incomer) == (OverlapKind.UNCLEAR, "b")


def test_one_event_for_several_listeners_sounds_in_a_row() -> None:
    (event,) = overlaps(LONG, "-" * 20 + "BBBB---BBBB")
    assert event.kind is OverlapKind.BACKCHANNEL


@given(rows, rows)
def test_swapping_the_parties_swaps_the_roles(a: str, b: str) -> None:
    there = overlaps_of((activity("a", a), activity("b", b)), [])
    back = overlaps_of((activity("a", b), activity("b", a)), [])
    simultaneous = {r.start_s for r in activity("a", a).regions} & {
        r.start_s for r in activity("b", b).regions
    }
    if simultaneous:  # of two that start at once one is called the holder
        return
    names = {"a": "b", "b": "a"}
    swapped = [
        dataclasses.replace(e, incomer=names[e.incomer], holder=names[e.holder]) for e in back
    ]
    assert sorted(map(str, there)) == sorted(map(str, swapped))


@given(rows, rows, st.integers(1, 50))
def test_later_calls_have_later_events(a: str, b: str, steps: int) -> None:
    # Eighths of a second add up exactly, so no event sits on a limit by rounding.
    pairs = [
        (activity("a", lead + a, 0.125), activity("b", lead + b, 0.125))
        for lead in ("", "-" * steps)
    ]
    here, later = (overlaps_of(pair, []) for pair in pairs)
    assert [(e.kind, e.incomer) for e in here] == [(e.kind, e.incomer) for e in later]
    for before, after in zip(here, later, strict=True):
        assert after.start_s - before.start_s == pytest.approx(steps / 8)


# ------------------------------------------------------------------ silences


def test_silences_by_kind() -> None:
    parties = draw("AAAAA---AAAAA------" + "-" * 40 + "AAA", "-" * 16 + "BBB")
    units = inter_pausal_units(parties, CONFIG.turns)
    found = find_silences(units, 9.0, CONFIG.silences, CONFIG.turns)
    assert [(s.kind, s.after, round(s.start_s, 3), round(s.end_s, 3)) for s in found] == [
        (SilenceKind.PAUSE, "a", 0.5, 0.8),
        (SilenceKind.GAP, "a", 1.3, 1.6),
        (SilenceKind.DEAD_AIR, "b", 1.9, 5.9),
    ]


def test_a_long_silence_at_the_end_is_dead_air_and_a_short_one_is_nothing() -> None:
    units = inter_pausal_units(draw("AAAAA", ""), CONFIG.turns)
    assert find_silences(units, 2.0, CONFIG.silences, CONFIG.turns) == ()
    (late,) = find_silences(units, 9.0, CONFIG.silences, CONFIG.turns)
    assert (late.kind, late.after) == (SilenceKind.DEAD_AIR, "a")


def test_a_call_without_speech_is_one_silence() -> None:
    (only,) = find_silences((), 10.0, CONFIG.silences, CONFIG.turns)
    assert (only.kind, only.after, only.duration_s) == (SilenceKind.DEAD_AIR, None, 10.0)


def test_regions_know_their_speaker() -> None:
    assert activity("a", "--AA").regions == (SpeechRegion(0.2, 0.4, "a"),)
