"""Turns, overlaps and silences on drawn time lines (see drawing.py)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcoach.config.config import Config
from callcoach.dialogue.clause_ends import is_done, is_taken_up, plain_word
from callcoach.dialogue.overlap_words import has_repair
from callcoach.dialogue.silences import find_silences
from callcoach.dialogue.turns import build_turns, inter_pausal_units
from callcoach.model.interaction import OverlapEvent, OverlapKind, OverlapNext, SilenceKind
from callcoach.model.speech import SpeechRegion
from drawing import activity, draw, overlaps, overlaps_of, words

CONFIG = Config()


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
    (speaking,) = overlaps(LONG, b, words("b", 2.0, 2.8, "you told me that"))
    (asking,) = overlaps(LONG, b, words("b", 2.0, 2.8, "but you told me"))
    (greeting_news,) = overlaps(LONG, b, words("b", 2.0, 2.8, "wow great"))
    assert listening.kind is OverlapKind.BACKCHANNEL
    assert speaking.kind is OverlapKind.UNCLEAR
    assert asking.kind is OverlapKind.ATTEMPTED
    assert greeting_news.kind is OverlapKind.UNCLEAR
    assert speaking.text == "you told me that"


def test_words_that_are_a_guess_do_not_speak_against_a_backchannel() -> None:
    b = "-" * 20 + "B" * 8
    said = words("b", 2.0, 2.8, "bring it in")
    guessed = [*said[:2], replace(said[2], probability=0.6)]
    (sure,), (unsure,) = overlaps(LONG, b, said), overlaps(LONG, b, guessed)
    assert (sure.kind, unsure.kind) == (OverlapKind.UNCLEAR, OverlapKind.BACKCHANNEL)
    assert unsure.text == "bring it in"
    # A turn that claims the floor is no backchannel, however its words came out.
    long = [replace(word, probability=0.1) for word in words("b", 2.0, 3.5, "bring it in now")]
    (claim,) = overlaps(LONG, "-" * 20 + "B" * 15, long)
    assert claim.kind is OverlapKind.ATTEMPTED


def test_who_stops_in_mid_sentence_was_cut_off_however_long_it_took() -> None:
    a, b = "A" * 45, "-" * 20 + "B" * 60
    kinds = [
        overlaps(a, b, words("a", 0.0, 4.5, text))[0].kind
        for text in ("and then they told me that it was my", "and then they told me.")
    ]
    assert kinds == [OverlapKind.INTERRUPTION, OverlapKind.UNCLEAR]


CUT, OVER = "A" * 30, "-" * 20 + "B" * 40
HELD = "and then they told me that it was my"


def kind_of(held: str, said: str, a: str = CUT, b: str = OVER, more: str = "") -> OverlapKind:
    """The kind of the first overlap where the holder says one thing and the incomer another."""
    heard = words("a", 0.0, 3.0, held) + words("b", 2.0, 6.0, said)
    if more:
        a += "-" * 35 + "A" * 20
        heard += words("a", 6.5, 8.5, more)
    return overlaps(a, b, heard)[0].kind


def test_a_sentence_that_was_done_was_not_interrupted() -> None:
    took = "no we never send those by post at all"
    assert kind_of(HELD, took) is OverlapKind.INTERRUPTION
    for held in (
        "and then they told me that on Monday.",
        "is that the one you sent to me?",
        "we drove up there with the children",
        "yes I am sure that it really is",
        "yes I do like it I do",
    ):
        assert kind_of(held, took) is OverlapKind.EARLY_ANSWER, held


def test_a_sentence_that_is_taken_up_again_was_interrupted() -> None:
    held, took = "we drove up there with the children", "no we never send those by post"
    assert kind_of(held, took, more="as I said with the children we") is OverlapKind.INTERRUPTION
    assert kind_of(held, took, more="oh good then all is well") is OverlapKind.EARLY_ANSWER


@pytest.mark.parametrize(
    "said",
    [
        "thank you so much for all your help",
        "okay goodbye then and have a nice day",
        "sorry can you hear me are you there",
        "oh gosh that sounds really terrible",
        "yeah right okay uh-huh yes I see right",
    ],
)
def test_what_takes_nobodys_floor_interrupts_nobody(said: str) -> None:
    assert kind_of(HELD, said) is OverlapKind.UNCLEAR


def test_whoever_had_not_the_floor_was_not_interrupted() -> None:
    # b has spoken nearly all the time, a came in for a moment; then b goes on.
    a = "-" * 30 + "A" * 10
    b = "B" * 29 + "-" * 6 + "B" * 40
    said = words("b", 0.0, 2.9, "I was told on the phone that it would be")
    said += words("b", 3.5, 7.5, "delivered last week and it never was")
    said += words("a", 3.0, 4.0, "well it was the")
    assert OverlapKind.INTERRUPTION not in [event.kind for event in overlaps(a, b, said)]
    # a listener's remark holds no turn
    listening = words("a", 3.0, 4.0, "yeah right okay I see")
    found = overlaps(a, b, said[:-4] + listening)
    assert OverlapKind.INTERRUPTION not in [event.kind for event in found]


def test_talk_after_the_other_has_stopped_interrupts_nobody() -> None:
    # b says one word while a speaks, pauses, and begins to talk when a has stopped.
    a, b = "A" * 30, "-" * 22 + "BBB" + "-" * 6 + "B" * 40
    said = words("a", 0.0, 3.0, HELD) + words("b", 2.2, 2.5, "well")
    said += words("b", 3.1, 7.0, "let me look into that for you")
    assert [event.kind for event in overlaps(a, b, said)] != [OverlapKind.INTERRUPTION]


def test_words_that_hand_the_turn_over_leave_it_open_only_if_the_other_was_there_before() -> None:
    assert is_done("that was the end of it and".split()) is None
    assert is_done("that was the end of it and".split(), after_onset=True) is False
    assert is_done("that was the end of it so".split(), after_onset=True) is None
    assert is_done("that was the end of it and uh".split(), after_onset=True) is None


def test_taking_up_again() -> None:
    assert is_taken_up("I wanted a ref-".split(), "a refund please".split())
    assert not is_taken_up("it was late you know".split(), "you know I waited".split())
    assert not is_taken_up([], "and then".split())


def test_who_comes_in_during_a_pause_speaks_over_nobody() -> None:
    a, b = "A" * 30 + "-" * 30 + "A" * 10, "-" * 35 + "B" * 20
    first = words("a", 0.0, 3.0, "Would you be able to move it forward")
    asked = words("b", 3.5, 5.5, "Yes I will do that right now")
    assert overlaps(a, b, first + asked + words("a", 6.0, 7.0, "by the weekend?")) == ()


@pytest.mark.parametrize(
    "kind, text, then",
    [
        (OverlapKind.BACKCHANNEL, "oh no", ""),
        # a bid for the floor, a sentence broken off, another try over the same turn
        (OverlapKind.ATTEMPTED, "so listen", ""),
        (OverlapKind.ATTEMPTED, "i would", ""),
        (OverlapKind.ATTEMPTED, "i would like", "i would like to cancel"),
        (OverlapKind.ATTEMPTED, "no no", "no i never said that"),
        (OverlapKind.UNCLEAR, "no no", ""),
        # listening all along
        (OverlapKind.BACKCHANNEL, "oh no", "yeah yeah okay right"),
        (OverlapKind.BACKCHANNEL, "right", "no i never said that"),
    ],
)
def test_a_short_try_for_the_floor_is_no_backchannel(
    kind: OverlapKind, text: str, then: str
) -> None:
    b = "-" * 20 + "B" * 8
    said = words("b", 2.0, 2.8, text)
    if then:
        b += "-" * 10 + "B" * 15
        said += words("b", 3.8, 5.3, then)
    assert overlaps(LONG, b, said)[0].kind is kind


def test_the_answer_after_the_turn_is_no_second_try() -> None:
    said = words("b", 2.0, 2.8, "oh no") + words("b", 4.5, 6.0, "let me see what i can do")
    (event,) = overlaps("A" * 40, "-" * 20 + "B" * 8 + "-" * 17 + "B" * 15, said)
    assert event.kind is OverlapKind.BACKCHANNEL


def test_listener_words_are_a_backchannel_wherever_they_fall() -> None:
    near_the_end = "A" * 26, "-" * 20 + "BBBB"
    both_start = "-" * 10 + "A" * 30, "-" * 11 + "BBBB"
    for a, b in (near_the_end, both_start):
        start_s = len(b.split("B")[0]) / 10
        (bare,) = overlaps(a, b)
        (listening,) = overlaps(a, b, words("b", start_s, start_s + 0.4, "mm-hm"))
        assert bare.kind is not OverlapKind.BACKCHANNEL
        assert listening.kind is OverlapKind.BACKCHANNEL
        assert listening.holder_yielded is False


def test_a_listeners_sound_before_the_own_turn_is_an_event_of_its_own() -> None:
    # b says "right", a goes on for 0.6 s, b takes the turn: nobody was interrupted.
    (event,) = overlaps("A" * 30, "-" * 20 + "BBBB" + "------" + "B" * 30)
    assert (event.kind, event.start_s, event.end_s) == (OverlapKind.BACKCHANNEL, 2.0, 2.4)
    # The same, but a is still speaking for a second.
    first, second = overlaps("A" * 40, "-" * 20 + "BBBB" + "------" + "B" * 30)
    assert [first.kind, second.kind] == [OverlapKind.BACKCHANNEL, OverlapKind.INTERRUPTION]
    assert second.start_s == pytest.approx(3.0)


def test_a_holder_who_stops_in_mid_sentence_was_cut_off() -> None:
    rows = "A" * 24, "-" * 20 + "B" * 30
    (by_time,) = overlaps(*rows)
    (cut,) = overlaps(*rows, words("a", 0, 2.4, "I was there and the"))
    (done,) = overlaps(*rows, words("a", 0, 2.4, "What can I help you with?"))
    assert (by_time.kind, by_time.mid_sentence) == (OverlapKind.TERMINAL, None)
    assert (cut.kind, cut.mid_sentence, cut.cut_off) == (
        OverlapKind.INTERRUPTION, True, "I was there and the",
    )  # fmt: skip
    assert (done.kind, done.mid_sentence, done.cut_off) == (OverlapKind.TERMINAL, False, None)


def test_an_interruption_quotes_the_last_words() -> None:
    said = words("a", 0, 3.0, "one two three four five six seven my")
    (event,) = overlaps("A" * 30, "-" * 20 + "B" * 40, said)
    assert event.cut_off == "three four five six seven my"
    (attempt,) = overlaps(LONG, "-" * 20 + "B" * 15, said)
    assert attempt.cut_off is None


@pytest.mark.parametrize(
    "text, done",
    [
        ("I told you that the", False),
        ("I told you that the.", False),
        ("and then we", False),
        ("he was w-", False),
        ("my mechanics are all in-house and I'm just...", False),
        ("it was my uh", False),
        ("what can I help you with?", True),
        ("It’s.", True),
        ("yes he does", True),
        ("they said that would", False),
        ("Boston is where we come from", None),
        ("so what kind of a phone are you looking for", None),
        ("and that is what they do", None),
        ("he told me that the motor.", False),
        ("and the driver simply never.", False),
        ("so I wrote again and then.", False),
        ("I did that because they.", False),
        ("I waited because of the weather.", True),
        ("Never.", True),
        ("I waited at home for it.", True),
        ("the light came on", None),
        ("", None),
    ],
)
def test_whether_a_sentence_was_done(text: str, done: bool | None) -> None:
    assert is_done(text.split()) is done


def test_repairs() -> None:
    assert has_repair("Oh, sorry. Go ahead.".split(), CONFIG.overlaps)
    assert has_repair(["You", "were", "saying?"], CONFIG.overlaps)
    assert not has_repair("So let's go ahead and book it".split(), CONFIG.overlaps)
    assert not has_repair("I'm so sorry about that".split(), CONFIG.overlaps)
    assert not has_repair([], CONFIG.overlaps)
    assert plain_word("“It’s,") == "it's"


@pytest.mark.parametrize(
    "value, a, b, said",
    [
        (OverlapNext.HOLDER, LONG, "-" * 20 + "BBBB", []),
        (OverlapNext.INCOMER, "A" * 30, "-" * 20 + "B" * 40, []),
        (OverlapNext.NOBODY, "A" * 30, "-" * 20 + "B" * 10, []),
        # both stop at once, then a is the first to speak again
        (OverlapNext.HOLDER, "A" * 30 + "-" * 10 + "A" * 9, "-" * 20 + "B" * 10, []),
        (
            OverlapNext.INCOMER_REPAIRED, LONG, "-" * 20 + "B" * 15,
            words("b", 2.0, 3.5, "but wait oh sorry go ahead"),
        ),
        (
            OverlapNext.HOLDER_REPAIRED, "A" * 30 + "-" * 10 + "A" * 9, "-" * 20 + "B" * 10,
            words("a", 4.0, 4.9, "please continue"),
        ),
    ],
)  # fmt: skip
def test_what_happened_next(value: OverlapNext, a: str, b: str, said: list) -> None:
    (event,) = overlaps(a, b, said)
    assert event.next is value


def test_confidence_falls_near_a_limit_with_the_words_and_in_noise() -> None:
    def sure(a: str, b: str, text: str = "", snr_db: float | None = None) -> float:
        said = words("b", 2.0, 2.5, text) if text else []
        (event,) = overlaps_of(draw(a, b), said, {"a": snr_db, "b": 40.0})
        assert event.confidence is not None
        return event.confidence

    burst = "-" * 20 + "B" * 5
    assert sure(LONG, burst, "mm-hm") == 1.0
    assert sure(LONG, burst) == sure(LONG, burst, "okay") == 0.8
    assert sure(LONG, burst, "mm-hm", 9.0) == 0.5
    # the holder goes on for 0.5 s (the limit) or for longer
    assert sure("A" * 30, burst) < sure("A" * 31, burst) < sure("A" * 32, burst)
    taken = "-" * 20 + "B" * 40
    assert sure("A" * 40, taken) < sure("A" * 35, taken)
    assert 0.0 <= sure(LONG, burst, "oh no", 0.0) <= 0.0


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
    there = overlaps_of((activity("a", a), activity("b", b)))
    back = overlaps_of((activity("a", b), activity("b", a)))
    simultaneous = {r.start_s for r in activity("a", a).regions} & {
        r.start_s for r in activity("b", b).regions
    }
    if simultaneous:  # of two that start at once one is called the holder
        return
    names = {"a": "b", "b": "a"}
    swapped = [replace(e, incomer=names[e.incomer], holder=names[e.holder]) for e in back]
    assert sorted(map(str, there)) == sorted(map(str, swapped))


def bare(event: OverlapEvent) -> OverlapEvent:
    """The event without its times and text."""
    return replace(event, start_s=0.0, end_s=0.0)


@given(rows, rows, st.floats(0.0, 5000.0))
def test_later_calls_have_later_events(a: str, b: str, by_s: float) -> None:
    parties = draw(a, b)
    moved = tuple(
        replace(
            party,
            regions=tuple(
                SpeechRegion(r.start_s + by_s, r.end_s + by_s, r.speaker) for r in party.regions
            ),
        )
        for party in parties
    )
    here, later = overlaps_of(parties), overlaps_of((moved[0], moved[1]))
    assert [bare(e) for e in here] == [bare(e) for e in later]
    for before, after in zip(here, later, strict=True):
        assert after.start_s - before.start_s == pytest.approx(by_s)
        assert after.end_s - before.end_s == pytest.approx(by_s)


@given(rows, rows, st.integers(1, 100))
def test_silence_at_the_end_changes_nothing(a: str, b: str, steps: int) -> None:
    assert overlaps(a + "-" * steps, b + "-" * steps) == overlaps(a, b)


@given(st.integers(2, 40), st.integers(2, 40))
def test_nothing_under_the_shortest_overlap(held: int, own: int) -> None:
    step_s = 0.05  # three steps shared: 0.15 s
    a = activity("a", "A" * (held + 3), step_s)
    b = activity("b", "-" * held + "B" * (own + 3), step_s)
    assert overlaps_of((a, b)) == ()
    assert len(overlaps_of((a, activity("b", "-" * (held - 1) + "B" * (own + 4), step_s)))) == 1


@given(rows, rows)
def test_every_event_is_simultaneous_speech_of_both(a: str, b: str) -> None:
    parties = draw(a, b)
    events = overlaps_of(parties)
    for event in events:
        assert event.duration_s >= CONFIG.overlaps.min_s - 1e-6
        assert event.confidence is not None and 0.0 <= event.confidence <= 1.0
        for party in parties:
            edges = {r.start_s for r in party.regions} | {r.end_s for r in party.regions}
            assert any(r.overlaps(event) for r in party.regions)
            assert edges
    assert list(events) == sorted(events, key=lambda e: (e.start_s, e.end_s))


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
