"""What is kept of what an engine hears, with an engine that says what it is told."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcoach.config.speech import SpeechConfig
from callcoach.model.recording import Audio
from callcoach.model.speech import Activity, SpeechRegion, Timing
from callcoach.model.timeline import Span
from callcoach.speech.clips import pack_clips
from callcoach.speech.heard import PLAIN, Decoding, RecognizedClip, RecognizedWord
from callcoach.speech.transcribe import Transcript, transcribe
from doubles import Clips, ToldEngine, clip_of
from sounds import RATE_HZ, noise

CONFIG = SpeechConfig()


def call(seconds: float, *regions: tuple[float, float]) -> tuple[Audio, Activity]:
    sound = noise(seconds, -30)[None, :]
    audio = Audio(sound, RATE_HZ, RATE_HZ, "", "", (1.0,), (0.0,))
    return audio, Activity("agent", tuple(SpeechRegion(a, b, "agent") for a, b in regions))


def once(heard: RecognizedClip) -> ToldEngine:
    """An engine that hears something in the first clip, and nothing in any second try."""
    left = [heard]
    return ToldEngine(lambda _: left.pop() if left else clip_of())


def heard_as(heard: RecognizedClip, *regions: tuple[float, float]) -> Transcript:
    audio, activity = call(60.0, *regions)
    return transcribe(audio, [activity], once(heard), CONFIG)


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
    result = transcribe(audio, [activity], once(heard), apart)
    assert [w.text for w in result.words] == ["yes"]
    assert [(d.text, d.reason) for d in result.dropped] == [("thanks", "no speech under it")]


def test_invented_clips_are_dropped_and_listed() -> None:
    more = {"no_speech_prob": 0.9, "avg_logprob": -1.2}
    result = heard_as(clip_of((0.2, 0.4, " thank"), (0.4, 0.6, " you"), **more), (10.0, 12.0))
    assert result.words == ()
    assert {d.reason for d in result.dropped} == {"engine heard no speech"}


def test_more_words_than_anyone_can_say_are_dropped() -> None:
    many = [(i / 50, (i + 1) / 50, f" {i}") for i in range(20)]
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
        def transcribe(
            self, clips: Clips, language: str, decoding: Decoding = PLAIN
        ) -> tuple[RecognizedClip, ...]:
            calls.append(len(clips))
            return super().transcribe(clips, language, decoding)

    samples = np.stack([noise(30, -30), noise(30, -30, seed=2)])
    audio = Audio(samples, RATE_HZ, RATE_HZ, "", "", (1.0, 1.0), (0.0, 0.0))
    parties = [
        Activity("agent", (SpeechRegion(1, 3, "agent"),)),
        Activity("customer", (SpeechRegion(4, 6, "customer"),)),
    ]
    engine = Counting(lambda _: clip_of(*said("hi to you", 0.3, 1.2)))
    result = transcribe(audio, parties, engine, CONFIG)
    assert calls == [2]
    assert [(w.speaker, int(w.start_s)) for w in result.words] == [
        *[("agent", 1)] * 3,
        *[("customer", 4)] * 3,
    ]


# ----------------------------------------------------------------- loops and second tries


def said(text: str, start_s: float, end_s: float) -> list[tuple[float, float, str]]:
    """The words of a text evenly over a time."""
    words = text.split()
    step_s = (end_s - start_s) / len(words)
    return [
        (start_s + i * step_s, start_s + (i + 1) * step_s, f" {w}") for i, w in enumerate(words)
    ]


def texts(result: Transcript) -> str:
    return " ".join(word.text for word in result.words)


LOOP = [
    *said("my bill is wrong", 0.2, 1.5),
    *said("so I wrote", 1.6, 2.4),
    *said("so I wrote " * 9, 2.4, 2.5),
    *said("call me back", 2.8, 3.6),
]


def test_a_loop_costs_the_loop_and_not_what_is_said_around_it() -> None:
    result = heard_as(clip_of(*LOOP, compression_ratio=3.0), (10.0, 14.0))
    assert texts(result) == "my bill is wrong so I wrote call me back"
    assert {word.reason for word in result.dropped} == {"repetition loop"}
    assert len(result.dropped) == 27


@pytest.mark.parametrize(
    ("phrase", "copies", "each_s"),
    [("no", 6, 0.25), ("hello?", 3, 0.5), ("I want my money back", 7, 1.3)],
)
def test_what_somebody_says_again_and_again_is_kept(
    phrase: str, copies: int, each_s: float
) -> None:
    heard = clip_of(*said(f"{phrase} " * copies, 0.2, 0.2 + copies * each_s), compression_ratio=3.0)
    result = heard_as(heard, (10.0, 10.3 + copies * each_s))
    assert texts(result) == " ".join([phrase] * copies)
    assert {d.reason for d in result.dropped} <= {"repetition loop"}


def test_one_copy_too_many_is_no_loop() -> None:
    """Whisper counted eight where there were seven: one has no time of its own."""
    once = "I want my money back"
    words = [
        *said(f"{once} " * 3, 0.2, 4.1),
        *said(once, 4.1, 4.14),
        *said(f"{once} " * 4, 4.14, 9.3),
    ]
    result = heard_as(clip_of(*words, compression_ratio=3.0), (10.0, 19.5))
    assert texts(result) == " ".join([once] * 7)


def test_a_doubtful_clip_is_heard_again_in_smaller_ones() -> None:
    def hear(clip: npt.NDArray[np.float32]) -> RecognizedClip:
        seconds = len(clip) / RATE_HZ
        if seconds > 9:
            return clip_of(*said("so I wrote " * 20, 0.1, 0.6), compression_ratio=5.0)
        return clip_of(*said("one two three four five six", 0.2, seconds - 0.2))

    audio, activity = call(60.0, (5.0, 10.0), (20.0, 25.0), (30.0, 35.0))
    engine = ToldEngine(hear)
    result = transcribe(audio, [activity], engine, CONFIG)
    assert texts(result) == " ".join(["one two three four five six"] * 3)
    assert [len(clip) / RATE_HZ > 9 for clip in engine.clips] == [True, False, False, False]
    for start_s, end_s in ((5.0, 10.0), (20.0, 25.0), (30.0, 35.0)):
        assert sum(start_s <= word.start_s < end_s for word in result.words) == 6
    assert transcribe(audio, [activity], ToldEngine(hear), CONFIG) == result


def test_a_small_clip_that_loops_still_is_heard_with_no_phrase_twice() -> None:
    class Stubborn(ToldEngine):
        def transcribe(
            self, clips: Clips, language: str, decoding: Decoding = PLAIN
        ) -> tuple[RecognizedClip, ...]:
            super().transcribe(clips, language, decoding)
            right = clip_of(*said("my bill is wrong so I wrote to you", 0.2, 3.8))
            loop = clip_of(*LOOP, compression_ratio=3.0)
            return tuple(right if decoding.no_repeat_ngram else loop for _ in clips)

    audio, activity = call(60.0, (10.0, 14.0))
    engine = Stubborn(lambda _: clip_of())
    result = transcribe(audio, [activity], engine, CONFIG)
    assert [d.no_repeat_ngram for d in engine.decodings] == [0, 0, 3]
    assert "wrote to you" in texts(result) or texts(result).endswith("call me back")
    assert texts(result).count("so I wrote") == 1


@pytest.mark.parametrize(
    ("probability", "more", "kept"),
    [
        (0.9, {}, True),
        (0.2, {}, False),
        (0.9, {"no_speech_prob": 0.8}, False),
        (0.9, {"avg_logprob": -0.95}, False),
    ],
)
def test_speech_without_words_is_tried_again_alone(
    probability: float, more: dict[str, float], kept: bool
) -> None:
    """Only what is sure is taken, and only where the speech is."""

    def hear(clip: npt.NDArray[np.float32]) -> RecognizedClip:
        if len(clip) / RATE_HZ > 5:
            return clip_of(*said("good morning to you", 0.2, 1.9))
        heard = clip_of((0.0, 0.2, " you"), (0.6, 1.1, " thanks"), (1.35, 1.5, " and"), **more)
        words = tuple(RecognizedWord(w.start_s, w.end_s, w.text, probability) for w in heard.words)
        return RecognizedClip(words, heard.avg_logprob, heard.no_speech_prob, 1.0)

    audio, activity = call(60.0, (10.0, 12.0), (20.0, 21.0), (30.0, 32.0))
    # The last region has a word too, so that only the second one is without.
    words = [*said("good morning to you", 0.2, 1.9)]

    def first(clip: npt.NDArray[np.float32]) -> RecognizedClip:
        seconds = len(clip) / RATE_HZ
        return (
            hear(clip) if seconds < 5 else clip_of(*words, (seconds - 1.5, seconds - 0.5, " bye"))
        )

    result = transcribe(audio, [activity], ToldEngine(first), CONFIG)
    assert texts(result) == (
        "good morning to you thanks bye" if kept else "good morning to you bye"
    )
    assert [d.text for d in result.dropped] == ([] if kept else ["thanks"])


def test_a_side_far_below_the_other_is_as_loud_as_any() -> None:
    for level_dbov in (-20, -35, -55):
        sound = noise(60.0, level_dbov)
        sound[round(11 * RATE_HZ)] = 0.9 * np.abs(sound).max()
        audio = Audio(sound[None, :], RATE_HZ, RATE_HZ, "", "", (1.0,), (0.0,))
        activity = Activity("agent", (SpeechRegion(10.0, 12.0, "agent"),))
        engine = ToldEngine(lambda _: clip_of(*said("one two three", 0.2, 1.8)))
        transcribe(audio, [activity], engine, CONFIG)
        (clip,) = engine.clips
        assert 10 * np.log10(np.mean(clip**2)) == pytest.approx(-26, abs=0.5)
        assert np.abs(clip).max() <= 1.0


def test_a_breath_is_not_blown_up_to_speech() -> None:
    samples = noise(60.0, -30)
    samples[20 * RATE_HZ : 21 * RATE_HZ] *= 0.01
    regions = [Span(10.0, 14.0), Span(20.2, 20.8)]
    (clip,) = pack_clips("a", samples, RATE_HZ, regions, CONFIG)
    levels = [
        10 * np.log10(np.mean(clip.samples[round(a * RATE_HZ) : round(b * RATE_HZ)] ** 2))
        for a, b in ((p.clip_span.start_s, p.clip_span.end_s) for p in clip.speech(regions))
    ]
    assert levels[0] == pytest.approx(-26, abs=2) and levels[1] < levels[0] - 20


def test_sound_of_the_other_person_on_the_channel_is_left_out() -> None:
    samples = noise(60.0, -30)
    config = CONFIG.model_copy(update={"clip_pad_s": 0.5, "clip_gap_s": 2.0})
    regions = [Span(10.0, 12.0), Span(13.5, 15.0), Span(16.0, 17.0)]
    clips = pack_clips("a", samples, RATE_HZ, regions, config, others=[Span(12.2, 13.3)])
    sources = [piece.source for clip in clips for piece in clip.pieces]
    spans = [(round(s.start_s, 2), round(s.end_s, 2)) for s in sources]
    assert spans == [(9.5, 12.2), (13.3, 17.5)]


def test_a_long_stretch_is_cut_at_a_pause() -> None:
    samples = noise(60.0, -30)
    samples[25 * RATE_HZ : round(25.3 * RATE_HZ)] *= 0.001
    clips = pack_clips("a", samples, RATE_HZ, [Span(5.0, 45.0)], CONFIG)
    edges = [piece.source.end_s for clip in clips for piece in clip.pieces]
    assert edges[0] == pytest.approx(25.15, abs=0.06)
