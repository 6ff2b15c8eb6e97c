"""Pitch, level and rate against known truth."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pytest

from callcoach.audio.level import frame_levels_db
from callcoach.config.config import Config
from callcoach.config.voice import PitchConfig
from callcoach.model.speech import Activity, SpeechRegion, Turn
from callcoach.model.timeline import Span
from callcoach.model.voice import VoiceMeasures
from callcoach.voice.level import speech_level_dbov
from callcoach.voice.measures import CallVoice, measure_voice
from callcoach.voice.pitch import PitchTrack, summarise_pitch, track_pitch
from callcoach.voice.trackers import PitchTracker, SwiftF0Tracker, load_tracker
from drawing import words
from sounds import RATE_HZ, noise, silence, tone, voice

CONFIG = Config()
TRACKERS = ["swift-f0", "pyin"]


def semitones(hz: float) -> float:
    return float(12 * np.log2(hz / 27.5))


@pytest.fixture(scope="module", params=TRACKERS)
def tracker(request: pytest.FixtureRequest) -> PitchTracker:
    return load_tracker(PitchConfig(tracker=request.param))


def track(sound: np.ndarray, tracker: PitchTracker, *speech: Span) -> PitchTrack:
    spans = speech or (Span(0, len(sound) / RATE_HZ),)
    return track_pitch(sound, RATE_HZ, spans, tracker, CONFIG.pitch)


@pytest.mark.parametrize("hz", [90.0, 140.0, 220.0, 330.0])
def test_median_is_the_pitch_of_the_voice(tracker: PitchTracker, hz: float) -> None:
    found = summarise_pitch(track(voice(np.full(6 * RATE_HZ, hz)), tracker), 5.0)
    assert found is not None
    assert found.median_st == pytest.approx(semitones(hz), abs=0.3)
    assert found.sd_st < 0.3


def test_spread_is_that_of_the_melody(tracker: PitchTracker) -> None:
    t = np.arange(8 * RATE_HZ) / RATE_HZ
    melody_st = 3.0 * np.sin(2 * np.pi * 0.5 * t)
    found = summarise_pitch(track(voice(150 * 2 ** (melody_st / 12)), tracker), 5.0)
    assert found is not None
    assert found.sd_st == pytest.approx(3 / np.sqrt(2), rel=0.07)
    assert found.variance_st2 == pytest.approx(found.sd_st**2)
    # 20th to 80th percentile of a sine: 2 sin(54 degrees) of its amplitude.
    assert found.range_st == pytest.approx(2 * 3 * np.sin(np.radians(54)), rel=0.1)


@pytest.mark.parametrize("gain_db", [-12, 12])
def test_gain_does_not_change_pitch(gain_db: float) -> None:
    swift = load_tracker(CONFIG.pitch)
    t = np.arange(6 * RATE_HZ) / RATE_HZ
    sound = voice(160 * 2 ** (np.sin(2 * np.pi * t) / 6), -26)
    here = summarise_pitch(track(sound, swift), 5.0)
    there = summarise_pitch(track(sound * np.float32(10 ** (gain_db / 20)), swift), 5.0)
    assert here is not None and there is not None
    assert here.median_st == pytest.approx(there.median_st, abs=0.02)
    assert here.sd_st == pytest.approx(there.sd_st, abs=0.02)


def test_only_own_speech_counts(tracker: PitchTracker) -> None:
    sound = np.concatenate([voice(np.full(6 * RATE_HZ, f)) for f in (120.0, 240.0)])
    own = summarise_pitch(track(sound, tracker, Span(0.0, 5.9)), 5.0)
    assert own is not None
    assert own.median_st == pytest.approx(semitones(120), abs=0.3)


def test_noise_and_silence_are_not_voiced(tracker: PitchTracker) -> None:
    assert track(silence(6), tracker).voiced_s == 0
    # pyin takes some noise for voice; that is one reason why it is not the default.
    limit_s = 0.1 if isinstance(tracker, SwiftF0Tracker) else 1.5
    assert track(noise(6, -30), tracker).voiced_s < limit_s


def test_too_little_voice_is_not_measured() -> None:
    swift = load_tracker(CONFIG.pitch)
    short = track(voice(np.full(4 * RATE_HZ, 150.0)), swift)
    assert 3.5 < short.voiced_s < 4.2
    assert summarise_pitch(short, 5.0) is None


def test_octave_jumps_and_islands_are_dropped() -> None:
    class Jumpy:
        model = None
        hop_s = 0.016

        def track(self, samples: np.ndarray, rate_hz: int) -> tuple[np.ndarray, np.ndarray]:
            times = np.arange(0, 6, self.hop_s)
            f0 = np.full(len(times), 150.0)
            f0[100:110] = 300.0  # an octave up
            keep = np.ones(len(times), dtype=bool)
            keep[200:210] = keep[212:220] = False  # leaves an island of 32 ms
            return times[keep], f0[keep]

    found = track(silence(6), Jumpy())
    assert found.semitones == pytest.approx(semitones(150), abs=1e-9)
    assert not ((found.times_s > 200 * 0.016) & (found.times_s < 220 * 0.016 - 1e-9)).any()


# ------------------------------------------------------------------ level


@pytest.mark.parametrize("level_dbov", [-12.0, -26.0, -45.0])
def test_level_is_that_of_the_own_speech(level_dbov: float) -> None:
    sound = np.concatenate([silence(2), tone(300, 3, level_dbov), silence(5)])
    levels = frame_levels_db(sound, RATE_HZ)
    assert speech_level_dbov(levels, [Span(2, 5)], 1.0) == pytest.approx(level_dbov, abs=0.05)


def test_gain_moves_the_level_by_just_that_much() -> None:
    sound = noise(5, -30)
    at = [
        speech_level_dbov(frame_levels_db(s, RATE_HZ), [Span(1, 4)], 1.0)
        for s in (sound, 2 * sound)
    ]
    assert at[0] is not None and at[1] is not None
    assert at[1] - at[0] == pytest.approx(20 * np.log10(2), abs=1e-4)


def test_too_little_speech_has_no_level() -> None:
    assert speech_level_dbov(frame_levels_db(noise(5, -30), RATE_HZ), [Span(1, 1.5)], 1.0) is None


# ------------------------------------------------------------------ together


def test_measures_of_a_party_and_of_its_turns() -> None:
    sound = np.concatenate(
        [
            silence(1),
            voice(np.full(6 * RATE_HZ, 150.0), -20),
            silence(2),
            voice(np.full(6 * RATE_HZ, 200.0), -26),
            silence(1),
        ]
    )
    regions = (SpeechRegion(1, 7, "agent"), SpeechRegion(9, 15, "agent"))
    first, second = "one two three four five six seven eight nine ten eleven twelve", "word " * 24
    turns = (
        Turn(1, 7, "t1", "agent", first),
        Turn(7.2, 8.8, "t2", "customer", "and then it stopped"),
        Turn(9, 15, "t3", "agent", second),
    )
    said = words("agent", 1, 7, first) + words("customer", 7.2, 8.8, "and then it stopped")
    said += words("agent", 9, 15, second)
    found = measure_voice(
        sound,
        RATE_HZ,
        CallVoice(Activity("agent", regions), turns, tuple(said)),
        load_tracker(CONFIG.pitch),
        CONFIG,
    )
    assert found.speaker == "agent"
    assert found.support_s == pytest.approx(12)
    assert found.rate_wpm == pytest.approx(36 / 12 * 60)
    assert found.support.rated_words == 36
    assert [s.turn for s in found.timeline] == ["t1", "t3"]
    slow, fast = found.timeline
    assert (slow.rate_wpm, fast.rate_wpm) == (pytest.approx(120), pytest.approx(240))
    assert (slow.level_dbov, fast.level_dbov) == (
        pytest.approx(-20, abs=0.2),
        pytest.approx(-26, abs=0.2),
    )
    assert slow.pitch_median_st == pytest.approx(semitones(150), abs=0.3)
    assert fast.pitch_median_st == pytest.approx(semitones(200), abs=0.3)
    # power mean of the two levels
    assert found.level_dbov == pytest.approx(10 * np.log10((0.01 + 0.01 / 4) / 2), abs=0.2)
    assert (found.pauses, found.pause_s) == (0, 0.0)
    # Four windows have a second and more of speech: too few to be their own baseline.
    assert [w.start_s for w in found.windows] == [0, 5, 10]
    assert {u.measure for u in found.unmeasured} == {
        "calmness",
        "departures",
        "pitch_trend_st_min",
        "level_trend_db_min",
    }
    reasons = {u.measure: u.reason for u in found.unmeasured}
    assert "3 stretches of 5 s" in reasons["calmness"]
    assert "2 turns or parts of them" in reasons["departures"]


def test_none_comes_with_its_reason() -> None:
    nothing = measure_voice(
        silence(5),
        RATE_HZ,
        CallVoice(Activity("agent", ()), (), ()),
        load_tracker(CONFIG.pitch),
        CONFIG,
    )
    reasons = {u.measure: u.reason for u in nothing.unmeasured}
    for field in dataclasses.fields(VoiceMeasures):
        if "None" in str(field.type) and field.name != "baseline":
            assert getattr(nothing, field.name) is None, field.name
            group = re.sub("^active", "level", field.name).split("_")[0].replace("pause", "pauses")
            group = group.replace("pausess", "pauses")
            assert field.name in reasons or group in reasons, field.name
    assert "5 s needed" in reasons["pitch"]
    assert nothing.baseline is None and nothing.usual == ()


def test_a_short_turn_says_why_it_was_not_measured() -> None:
    sound = np.concatenate([silence(1), voice(np.full(RATE_HZ // 2, 150.0)), silence(1)])
    call = CallVoice(
        Activity("agent", (SpeechRegion(1, 1.5, "agent"),)),
        (Turn(1, 1.5, "t1", "agent", "yes"),),
        tuple(words("agent", 1, 1.5, "yes")),
    )
    found = measure_voice(sound, RATE_HZ, call, load_tracker(CONFIG.pitch), CONFIG)
    (turn,) = found.timeline
    assert turn.voiced_s == pytest.approx(0.5, abs=0.05)
    reasons = {u.measure: u.reason for u in turn.unmeasured}
    assert set(reasons) == {"pitch", "effort", "level", "rate", "calmness"}
    assert reasons["level"] == "not enough evidence: 0.5 s of speech, 1 s needed"
    assert (turn.pauses, turn.pause_s) == (0, 0.0)


def test_a_shouted_sentence_an_octave_up_is_kept() -> None:
    """A limit around the median of the whole call would drop it."""
    swift = load_tracker(CONFIG.pitch)
    sound = np.concatenate([voice(np.full(n * RATE_HZ, hz)) for n, hz in ((20, 180.0), (4, 560.0))])
    found = track(sound, swift, Span(0, 20), Span(20, 24))
    assert found.within([Span(20, 24)]).voiced_s > 3.5
    assert float(np.median(found.within([Span(20, 24)]).semitones)) == pytest.approx(
        semitones(560), abs=0.3
    )


def test_pitch_does_not_depend_on_how_quiet_the_recording_is() -> None:
    t = np.arange(8 * RATE_HZ) / RATE_HZ
    sound = voice(160 * 2 ** (np.sin(2 * np.pi * t) / 6), -20)
    call = CallVoice(Activity("agent", (SpeechRegion(0, 8, "agent"),)), (), ())
    loud, quiet = (
        measure_voice(s, RATE_HZ, call, load_tracker(CONFIG.pitch), CONFIG)
        for s in (sound, sound * np.float32(10 ** (-45 / 20)))
    )
    assert quiet.support.voiced_s == pytest.approx(loud.support.voiced_s, abs=0.05)
    assert quiet.pitch_sd_st == pytest.approx(loud.pitch_sd_st, abs=0.02)


def test_slope_and_movement() -> None:
    """A rise of 2 st/s moves by 2 st/s; a triangle of 1 st in 0.25 s moves by 4 st/s."""
    t = np.arange(400) * 0.016
    rise = PitchTrack(t, 30 + 2 * t, 0.016)
    triangle = PitchTrack(t, 30 + 4 * np.abs((t % 0.5) - 0.25), 0.016)
    found = [summarise_pitch(p, 1.0) for p in (rise, triangle)]
    assert found[0] is not None and found[1] is not None
    assert (found[0].slope_st_s, found[0].movement_st_s) == (pytest.approx(2), pytest.approx(2))
    assert found[1].slope_st_s == pytest.approx(0, abs=0.05)
    assert found[1].movement_st_s == pytest.approx(4, rel=0.05)
    # Over a pause nothing moves.
    apart = PitchTrack(np.array([0.0, 0.016, 1.0, 1.016]), np.array([30.0, 30, 40, 40]), 0.016)
    summary = summarise_pitch(apart, 0.0)
    assert summary is not None and summary.movement_st_s == 0.0
