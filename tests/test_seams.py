"""A word at the seam of two clips is written once, and what is said twice is written twice."""

from __future__ import annotations

import pytest

from callcoach.config.speech import SpeechConfig
from callcoach.model.speech import Activity, DroppedWord, SpeechRegion, Timing, Word
from callcoach.speech.heard import RecognizedClip
from callcoach.speech.seams import TWICE, really_lost, without_doubles
from callcoach.speech.transcribe import transcribe
from doubles import ToldEngine, clip_of
from sounds import RATE_HZ, Floats
from test_transcribe import call


def said(start_s: float, end_s: float, text: str, speaker: str = "a", sure: float = 0.9) -> Word:
    return Word(start_s, end_s, speaker, text, sure, Timing.MEASURED)


def test_one_word_heard_in_two_clips_is_one() -> None:
    halves = [(0, said(4.4, 4.64, "Oakes.")), (1, said(4.66, 4.9, "Oakes", sure=0.5))]
    words, dropped = without_doubles(halves, shared=False)
    assert words == [said(4.4, 4.9, "Oakes.")]
    assert dropped == [DroppedWord(4.66, 4.9, "a", "Oakes", TWICE)]


@pytest.mark.parametrize(
    "one, other",
    [
        (said(4.0, 4.25, "no,"), said(4.3, 4.6, "no")),  # in the time of two
        (said(4.4, 4.6, "Oakes."), said(4.8, 5.0, "Oakes.")),  # with a pause
        (said(4.4, 4.6, "Oakes."), said(4.6, 4.8, "yes.")),
        (said(4.5, 4.6, "4"), said(4.6, 4.7, "4")),  # a number's length tells nothing
    ],
)
def test_what_is_said_twice_stays(one: Word, other: Word) -> None:
    assert without_doubles([(0, one), (1, other)], shared=False) == ([one, other], [])


def test_two_words_of_one_clip_stay() -> None:
    both = [said(4.0, 4.1, "I,"), said(4.1, 4.2, "I")]
    assert without_doubles([(3, word) for word in both], shared=False) == (both, [])


def test_a_word_on_a_change_of_voice_belongs_to_who_said_most_of_it() -> None:
    pair = [(0, said(4.4, 4.7, "Oakes.", "a", 0.9)), (1, said(4.72, 4.8, "Oakes.", "b", 0.4))]
    assert without_doubles(pair, shared=True)[0] == [pair[0][1]]
    # On channels of their own each says it.
    assert len(without_doubles(pair, shared=False)[0]) == 2


def test_long_speech_that_is_cut_within_a_word() -> None:
    audio, _ = call(60.0)
    speech = Activity("agent", (SpeechRegion(1.0, 41.0, "agent"),))

    calls = iter(range(10))

    def in_turn(clip: Floats) -> RecognizedClip:
        number, seconds = next(calls), len(clip) / RATE_HZ
        if number == 0:
            return clip_of((1.0, 1.4, " James"), (seconds - 0.2, seconds, " Oakes."))
        if number == 1:
            return clip_of((0.0, 0.22, " Oakes."), (1.0, 1.4, " speaking."))
        return clip_of()

    result = transcribe(audio, [speech], ToldEngine(in_turn), SpeechConfig())
    assert [word.text for word in result.words] == ["James", "Oakes.", "speaking."]
    assert [word.reason for word in result.dropped] == [TWICE]


def test_what_a_second_try_finds_again_is_not_told_as_left_out() -> None:
    lost = DroppedWord(1.0, 1.3, "a", "discount.", "repetition loop")
    again = said(1.05, 1.35, "discount.")
    assert really_lost([lost], [again]) == []
    assert really_lost([lost], [said(3.0, 3.3, "discount.")]) == [lost]
    assert really_lost([lost], [said(1.05, 1.35, "discount.", "b")]) == [lost]
