"""Telling the voices of one channel apart: drawn voices, the real network, real calls."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from callcoach.analysis.models import load_models
from callcoach.audio.activity import detect_activity
from callcoach.audio.decode import decode
from callcoach.audio.diarize import Diarization, diarize
from callcoach.audio.silero import SileroVad
from callcoach.audio.speakers import Campplus
from callcoach.config.config import Config
from callcoach.model.recording import Audio, FloatArray
from callcoach.model.speech import Activity
from callcoach.model.timeline import Span, merged, total_s
from callcoach.speech.catalogue import SPEAKERS
from callcoach.speech.weights import is_here
from diarization_error import Timeline, error_rate
from drawing import activity
from sounds import RATE_HZ, noise, voice

SHARED = Path(__file__).parent.parent.parent / "shared" / "data"
SAMPLES = Path(__file__).parent.parent / "data_samples"
CONFIG = Config()

needs_weights = pytest.mark.skipif(
    not is_here(SPEAKERS), reason="needs the weights: callcoach models fetch campplus"
)
needs_calls = pytest.mark.skipif(not SHARED.is_dir(), reason="needs the shared recordings")


# ------------------------------------------------------------------ the error rate itself


def spans(row: str) -> list[Span]:
    return [region.span for region in activity("x", row).regions]


def rate(truth: dict[str, str], found: dict[str, str], collar_s: float = 0.0) -> tuple[float, ...]:
    error = error_rate(
        {k: spans(v) for k, v in truth.items()}, {k: spans(v) for k, v in found.items()}, collar_s
    )
    return tuple(round(x, 6) for x in (error.missed, error.invented, error.confused))


def test_error_rate_on_drawn_timelines() -> None:
    truth = {"a": "AAAAAAAAAA----------", "b": "----------BBBBBBBBBB"}
    assert rate(truth, {"x": truth["b"], "y": truth["a"]}) == (0, 0, 0)
    assert rate(truth, {"x": truth["a"], "y": "------------BBBBBBBB"}) == (0.1, 0, 0)
    assert rate(truth, {"x": "AAAAAAAAAAAA--------", "y": "------------BBBBBBBB"}) == (0, 0, 0.1)
    assert rate(truth, {"x": "AAAAAAAAAAAA--------", "y": truth["b"]}) == (0, 0.1, 0)
    assert rate(truth, {"x": "AAAAAAAAAAAAAAAAAAAA"}) == (0, 0, 0.5)


def test_error_rate_counts_speech_at_once_twice_and_spares_the_collar() -> None:
    truth = {"a": "AAAAAAAAAA", "b": "-----BBBBB"}
    assert rate(truth, {"x": "AAAAAAAAAA"}) == (round(5 / 15, 6), 0, 0)
    late = {"a": "AAAAAAAAAAAA--------", "b": "------------BBBBBBBB"}
    truth = {"a": "AAAAAAAAAA----------", "b": "----------BBBBBBBBBB"}
    assert rate(truth, late, collar_s=0.25) == (0, 0, 0)


# ------------------------------------------------------------------ drawn voices


class PitchEncoder:
    """A voice is its pitch: vectors on a circle by the period of the window's sound."""

    def embed(self, speech: FloatArray, windows: Sequence[Span]) -> np.ndarray:
        rows = []
        for window in windows:
            part = speech[round(window.start_s * RATE_HZ) : round(window.end_s * RATE_HZ)]
            power = np.abs(np.fft.rfft(part * np.hanning(len(part)), 1 << 15)) ** 2
            hz = np.fft.rfftfreq(1 << 15, 1 / RATE_HZ)
            low = (hz > 80) & (hz < 500)
            middle = float((hz[low] * power[low]).sum() / power[low].sum())
            angle = middle / 500 * 2 * np.pi
            rows.append((np.cos(angle), np.sin(angle)))
        return np.array(rows, dtype=np.float32)


def find(row: str, **pitches: float) -> tuple[Diarization, Activity]:
    """Voices of a drawn row; each letter is a voice of that pitch, each character 0.25 s."""
    step = RATE_HZ // 4
    sound = np.concatenate(
        [
            voice(np.full(step, pitches[c])) if c in pitches else np.zeros(step, dtype=np.float32)
            for c in row
        ]
    )
    speech = activity("everyone", row, 0.25)
    voices = diarize(sound, RATE_HZ, speech, PitchEncoder(), CONFIG.diarize)
    return voices, speech


def seconds(voices: Diarization) -> list[float]:
    return [round(a.speech_s, 2) for a in voices.activities]


TALK = (
    "aaaaaaaaaaaa--bbbbbbbb--aaaaaaaaaaaaaaaa---bbbbbbbbbbbb-aaaaaaaaaaaaaaaa--bbbbbbbbbbbbbbbbbbbb"
)


def test_two_voices_are_told_apart_and_keep_the_activity() -> None:
    voices, speech = find(TALK, a=120, b=250)
    assert [a.speaker for a in voices.activities] == ["speaker_1", "speaker_2"]
    assert seconds(voices) == [11.0, 10.0]
    assert voices.reliable
    assert merged(r for a in voices.activities for r in a.regions) == merged(speech.regions)


def test_a_change_without_a_pause_is_found_between_the_voices() -> None:
    row = "a" * 20 + "b" * 20 + "----" + "a" * 20 + "--" + "b" * 20
    voices, _ = find(row, a=120, b=250)
    first, second = voices.activities
    assert first.regions[0].end_s == pytest.approx(5.0, abs=0.3)
    assert second.regions[0].start_s == first.regions[0].end_s


def test_one_voice_stays_whole() -> None:
    voices, speech = find(TALK.replace("b", "a"), a=120)
    assert voices.activities == (speech,)
    assert voices.similarity is None and voices.reliable


def test_a_few_sounds_of_another_voice_are_no_second_person() -> None:
    voices, speech = find("a" * 60 + "--bb--" + "a" * 60, a=120, b=250)
    assert voices.activities == (speech,)


def test_three_voices_are_not_forced_into_two() -> None:
    row = "--".join(["a" * 16, "b" * 16, "c" * 16] * 2)
    voices, _ = find(row, a=100, b=250, c=400)
    assert len(voices.activities) == 3
    assert not voices.reliable


@pytest.mark.parametrize("row", ["", "----", "a", "--a--a--"])
def test_little_or_no_speech_is_one_voice(row: str) -> None:
    voices, speech = find(row or "-", a=120)
    assert voices.activities == (speech,)


def test_later_by_a_second_is_later_by_a_second() -> None:
    voices, _ = find(TALK, a=120, b=250)
    shifted, _ = find("----" + TALK, a=120, b=250)
    for here, there in zip(voices.activities, shifted.activities, strict=True):
        for x, y in zip(here.regions, there.regions, strict=True):
            assert y.start_s - x.start_s == pytest.approx(1.0, abs=0.02)


# ------------------------------------------------------------------ the real network


@pytest.fixture(scope="module")
def encoder() -> Campplus:
    encoder = load_models(CONFIG).encoder
    assert isinstance(encoder, Campplus)
    return encoder


@pytest.fixture(scope="module")
def silero() -> SileroVad:
    return SileroVad()


@needs_weights
def test_vectors_have_length_one_and_do_not_depend_on_the_gain(encoder: Campplus) -> None:
    sound = voice(np.full(3 * RATE_HZ, 150.0)) + noise(3, -50)
    windows = [Span(0, 1.6), Span(0.5, 2.1), Span(2.9, 3.0), Span(0, 3)]
    vectors = encoder.embed(sound, windows)
    assert vectors.shape == (4, 192)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-4)
    louder = encoder.embed(sound * np.float32(2), windows)
    assert (vectors * louder).sum(axis=1) == pytest.approx(1, abs=0.01)
    assert np.array_equal(vectors, encoder.embed(sound, windows))
    assert np.isfinite(encoder.embed(sound[:160], [Span(0, 0.01)])).all()


def mono(sound: Audio) -> Audio:
    """The sum of the channels, as a recorder with one channel hears them."""
    return dataclasses.replace(sound, samples=sound.samples.sum(axis=0, keepdims=True) / 2)


def split(sound: Audio, silero: SileroVad, encoder: Campplus) -> Diarization:
    (speech,) = detect_activity(sound, ("everyone",), silero, CONFIG.activity)
    return diarize(sound.samples[0], RATE_HZ, speech, encoder, CONFIG.diarize)


def timeline(activities: Sequence[Activity]) -> Timeline:
    return {a.speaker: [r.span for r in a.regions] for a in activities}


@needs_weights
@needs_calls
def test_the_sum_of_a_real_call_has_the_speakers_of_its_channels(
    silero: SileroVad, encoder: Campplus
) -> None:
    sound = decode(SHARED / "calls" / "auto_repairs_40.wav", CONFIG.audio)
    truth = detect_activity(sound, ("agent", "customer"), silero, CONFIG.activity)
    voices = split(mono(sound), silero, encoder)
    assert voices.reliable
    assert error_rate(timeline(truth), timeline(voices.activities)).total <= 0.08


@needs_weights
def test_the_samples_in_one_channel_keep_their_speakers(
    silero: SileroVad, encoder: Campplus
) -> None:
    errors = []
    for path in sorted((SAMPLES / "truth").glob("*.json")):
        truth = json.loads(path.read_text(encoding="utf-8"))
        said: dict[str, list[Span]] = {}
        for turn in truth["turns"]:
            said.setdefault(turn["speaker"], []).extend(Span(*span) for span in turn["spans"])
        (recording,) = (SAMPLES / "audio").glob(f"{truth['call_id']}.*")
        voices = split(mono(decode(recording, CONFIG.audio)), silero, encoder)
        assert len(voices.activities) == 2, truth["call_id"]
        merged_said = {name: list(merged(own)) for name, own in said.items()}
        errors.append(error_rate(merged_said, timeline(voices.activities)).total)
    # Most of it is speaking at once, which one channel does not tell.
    assert np.mean(errors) <= 0.05
    assert max(errors) <= 0.10


@needs_weights
@needs_calls
@pytest.mark.parametrize("name", ["clips/jfk.flac", "calls/demo_agent1.wav"])
def test_one_real_voice_is_one(silero: SileroVad, encoder: Campplus, name: str) -> None:
    voices = split(mono(decode(SHARED / name, CONFIG.audio)), silero, encoder)
    assert len(voices.activities) == 1


@needs_weights
@needs_calls
def test_a_third_real_voice_is_noticed(silero: SileroVad, encoder: Campplus) -> None:
    call = mono(decode(SHARED / "calls" / "auto_repairs_40.wav", CONFIG.audio)).samples
    other = decode(SHARED / "calls" / "demo_agent1.wav", CONFIG.audio)
    joined = np.concatenate((call[:, : 120 * RATE_HZ], other.samples[:, : 60 * RATE_HZ]), axis=1)
    voices = split(dataclasses.replace(other, samples=joined), silero, encoder)
    assert len(voices.activities) == 3
    assert not voices.reliable
    late_s = [total_s(r for r in a.regions if r.start_s > 120) for a in voices.activities]
    assert sorted(late_s)[:2] == pytest.approx([0, 0], abs=3)


@needs_weights
@needs_calls
@pytest.mark.slow
def test_activity_and_voices_are_much_faster_than_the_call(
    silero: SileroVad, encoder: Campplus
) -> None:
    sound = mono(decode(SHARED / "calls" / "auto_repairs_40.wav", CONFIG.audio))
    started = time.process_time()
    split(sound, silero, encoder)
    # 60 and more on an idle core; a busy machine gets far less out of one.
    assert sound.duration_s / (time.process_time() - started) > 20


@needs_weights
@needs_calls
@pytest.mark.parametrize(
    "name, asks_s, answers_s",
    [
        ("en_two_people_a.wav", (14.0, 18.2), (18.6, 19.3)),
        ("en_two_people_a.wav", (25.8, 28.0), (28.7, 29.5)),
        ("en_two_people_b.wav", (2.0, 3.0), (3.4, 3.9)),
        ("shop_order_mono.wav", (30.0, 32.1), (33.6, 34.6)),
    ],
)
def test_a_short_answer_of_a_real_call_is_its_own_voice(
    silero: SileroVad,
    encoder: Campplus,
    name: str,
    asks_s: tuple[float, float],
    answers_s: tuple[float, float],
) -> None:
    sound = decode(SHARED / "phone" / name, CONFIG.audio)
    (speech,) = detect_activity(sound, ("everyone",), silero, CONFIG.activity)
    voices = diarize(sound.samples[0], RATE_HZ, speech, encoder, CONFIG.diarize)
    asking, answering = (
        max(voices.activities, key=lambda a: sum(r.overlap_s(Span(*at)) for r in a.regions))
        for at in (asks_s, answers_s)
    )
    assert asking.speaker != answering.speaker
