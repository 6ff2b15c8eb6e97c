"""What is kept of what an engine hears, with an engine that says what it is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcoach.call import Activity, Audio, ModelUse, SpeechRegion, Timing
from callcoach.settings.speech import SpeechConfig
from callcoach.speech.clips import pack_clips
from callcoach.speech.languages import LanguageGuess
from callcoach.speech.transcribe import HeardClip, HeardWord, Transcript, transcribe
from callcoach.timeline import Span
from sounds import RATE_HZ, noise

CONFIG = SpeechConfig()
Clips = Sequence[npt.NDArray[np.float32]]


class ToldEngine:
    """Says ``heard(clip)`` for each clip."""

    name = "told"
    model = ModelUse("transcription", "told", "0" * 64, "test")
    multilingual = False

    def __init__(self, heard: Callable[[npt.NDArray[np.float32]], HeardClip]) -> None:
        self._heard = heard
        self.clips: list[npt.NDArray[np.float32]] = []

    def transcribe(self, clips: Clips, language: str) -> tuple[HeardClip, ...]:
        self.clips += clips
        return tuple(self._heard(clip) for clip in clips)

    def languages(self, clips: Clips) -> tuple[LanguageGuess, ...]:
        raise AssertionError("the weights know one language")


def clip_of(*words: tuple[float, float, str], **more: float) -> HeardClip:
    values = {"avg_logprob": -0.2, "no_speech_prob": 0.01, "compression_ratio": 1.2, **more}
    return HeardClip(tuple(HeardWord(a, b, t, 0.9) for a, b, t in words), **values)


def call(seconds: float, *regions: tuple[float, float]) -> tuple[Audio, Activity]:
    sound = noise(seconds, -30)[None, :]
    audio = Audio(sound, RATE_HZ, RATE_HZ, "", "", (1.0,), (0.0,))
    return audio, Activity("agent", tuple(SpeechRegion(a, b, "agent") for a, b in regions))


def heard_as(heard: HeardClip, *regions: tuple[float, float]) -> Transcript:
    audio, activity = call(60.0, *regions)
    return transcribe(audio, [activity], ToldEngine(lambda _: heard), CONFIG)


def test_words_come_back_at_their_place_in_the_call() -> None:
    # The clip starts clip_pad_s before the region.
    pad = CONFIG.clip_pad_s
    (word,) = heard_as(clip_of((pad + 0.2, pad + 0.6, " hello")), (10.0, 12.0)).words
    assert (word.start_s, word.end_s) == (pytest.approx(10.2), pytest.approx(10.6))
    assert (word.speaker, word.text, word.timing) == ("agent", "hello", Timing.MEASURED)


def test_a_word_past_the_end_of_speech_is_cut_to_it() -> None:
    pad = CONFIG.clip_pad_s
    (word,) = heard_as(clip_of((pad + 1.8, pad + 2.1, " bye")), (10.0, 12.0)).words
    assert (word.start_s, word.end_s) == (pytest.approx(11.8), pytest.approx(12.0))
    assert word.timing is Timing.INTERPOLATED


def test_a_word_without_speech_under_it_is_dropped_and_listed() -> None:
    audio, activity = call(60.0, (10.0, 10.2), (14.0, 15.0))
    apart = SpeechConfig(clip_pad_s=1.0, reach_s=0.1)
    heard = clip_of((0.1, 0.4, " thanks"), (1.0, 1.2, " yes"))
    result = transcribe(audio, [activity], ToldEngine(lambda _: heard), apart)
    assert [w.text for w in result.words] == ["yes"]
    assert [(d.text, d.reason) for d in result.dropped] == [("thanks", "no speech under it")]


@pytest.mark.parametrize(
    "more, reason",
    [
        ({"compression_ratio": 2.5}, "repetition loop"),
        ({"no_speech_prob": 0.9, "avg_logprob": -1.2}, "engine heard no speech"),
    ],
)
def test_invented_clips_are_dropped_and_listed(more: dict[str, float], reason: str) -> None:
    result = heard_as(clip_of((0.2, 0.4, " thank"), (0.4, 0.6, " you"), **more), (10.0, 12.0))
    assert result.words == ()
    assert {d.reason for d in result.dropped} == {reason}


def test_more_words_than_anyone_can_say_are_dropped() -> None:
    many = [(i / 50, (i + 1) / 50, " go") for i in range(20)]
    assert heard_as(clip_of(*many), (10.0, 11.0)).words == ()
    assert len(heard_as(clip_of(*many[:6]), (10.0, 11.0)).words) == 6


def test_a_low_probability_alone_drops_nothing() -> None:
    assert len(heard_as(clip_of((0.2, 0.4, " yes"), no_speech_prob=0.9), (10.0, 11.0)).words) == 1


def test_pieces_of_a_word_are_put_together() -> None:
    pieces = clip_of((0.2, 0.4, " 8"), (0.4, 0.5, " a"), (0.5, 0.8, ".m."), (0.8, 0.9, " "))
    words = heard_as(pieces, (10.0, 12.0)).words
    assert [w.text for w in words] == ["8", "a.m."]
    assert words[1].duration_s == pytest.approx(0.4)


def test_moved_words_keep_their_order() -> None:
    heard = clip_of((0.0, 0.05, " one"), (0.05, 0.1, " two"), (0.1, 0.4, " three"))
    words = heard_as(heard, (10.0, 12.0)).words
    assert [w.text for w in words] == ["one", "two", "three"]


def test_no_speech_no_clips_no_words() -> None:
    audio, activity = call(60.0)
    engine = ToldEngine(lambda _: clip_of((0.0, 1.0, " hello")))
    assert transcribe(audio, [activity], engine, CONFIG) == Transcript((), ())
    assert engine.clips == []


region_lists = st.lists(
    st.tuples(st.floats(0.05, 3.0), st.floats(0.1, 40.0)), min_size=1, max_size=12
)


@given(region_lists)
def test_packing_loses_no_speech_and_words_stay_in_it(pairs: list[tuple[float, float]]) -> None:
    regions, at = [], 0.0
    for gap, length in pairs:
        regions.append(Span(at + gap, at + gap + length))
        at += gap + length
    samples = np.zeros(round((at + 1) * 1000), dtype=np.float32)
    clips = pack_clips("a", samples, 1000, regions, CONFIG)
    assert all(len(c.samples) / 1000 <= CONFIG.clip_s + 0.01 for c in clips)
    sources = [piece.source for clip in clips for piece in clip.pieces]
    for region in regions:
        assert sum(region.overlap_s(s) for s in sources) >= region.duration_s - 0.02
    for clip in clips:
        for piece in clip.speech(regions):
            assert any(r.overlap_s(piece.source) == piece.source.duration_s for r in regions)
            assert piece.to_source(piece.clip_span).start_s == pytest.approx(piece.source.start_s)


def test_the_first_word_after_a_pause_does_not_swallow_the_pause() -> None:
    # "door" ends the first region; Whisper lets "you" begin right there, across the silence.
    pad, gap = CONFIG.clip_pad_s, CONFIG.clip_gap_s
    second_s = pad + 2.0 + pad + gap + pad
    heard = clip_of((pad + 1.5, pad + 2.0, " door"), (pad + 2.0, second_s + 0.3, " you"))
    door, you = heard_as(heard, (10.0, 12.0), (20.0, 22.0)).words
    assert (door.start_s, door.end_s) == (pytest.approx(11.5), pytest.approx(12.0))
    assert (you.start_s, you.end_s) == (pytest.approx(20.0), pytest.approx(20.3))
    assert you.timing is Timing.INTERPOLATED


def test_all_channels_go_to_the_engine_in_one_call() -> None:
    calls: list[int] = []

    class Counting(ToldEngine):
        def transcribe(self, clips: Clips, language: str) -> tuple[HeardClip, ...]:
            calls.append(len(clips))
            return super().transcribe(clips, language)

    samples = np.stack([noise(30, -30), noise(30, -30, seed=2)])
    audio = Audio(samples, RATE_HZ, RATE_HZ, "", "", (1.0, 1.0), (0.0, 0.0))
    parties = [
        Activity("agent", (SpeechRegion(1, 3, "agent"),)),
        Activity("customer", (SpeechRegion(4, 6, "customer"),)),
    ]
    engine = Counting(lambda _: clip_of((0.3, 0.5, " hi")))
    result = transcribe(audio, parties, engine, CONFIG)
    assert calls == [2]
    assert [(w.speaker, round(w.start_s)) for w in result.words] == [("agent", 1), ("customer", 4)]
