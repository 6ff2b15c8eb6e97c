"""What must not change a voice measure, on the voices of the sample calls."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callcoach.audio.activity import detect_activity
from callcoach.audio.silero import SileroVad
from callcoach.config.config import Config
from callcoach.config.voice import CalmnessConfig
from callcoach.dialogue.turns import build_turns, inter_pausal_units
from callcoach.model.recording import FloatArray
from callcoach.model.voice import VoiceMeasures
from callcoach.voice.measures import CallVoice, measure_voice
from callcoach.voice.trackers import PitchTracker, load_tracker
from line_codecs import gsm, mu_law, opus
from sample_voices import CALL_IDS, sample_audio, sample_voices

CONFIG = Config()
NO_LEVEL = Config(calmness=CalmnessConfig(level_weight=0.0))
RATE_HZ = 16000
CALL = "2026-03-04-boiler-shouting"

# How far a measure may move where nothing about the voice has changed.
TOLERANCES = {
    "pitch_median_st": 0.05,
    "pitch_sd_st": 0.05,
    "pitch_range_st": 0.1,
    "pitch_movement_st_s": 0.3,
    "level_dbov": 0.05,
    "active_level_dbov": 0.05,
    "rate_syll_s": 0.02,
    "rate_wpm": 1.0,
    "effort_db": 0.1,
    "calmness": 1.0,
}


@pytest.fixture(scope="module")
def tracker() -> PitchTracker:
    return load_tracker(CONFIG.pitch)


@pytest.fixture(scope="module")
def sound() -> FloatArray:
    return sample_audio(CALL).samples


@pytest.fixture(scope="module")
def call() -> tuple[CallVoice, ...]:
    return sample_voices(CALL)


def assert_alike(one: VoiceMeasures, other: VoiceMeasures, shift_db: float = 0.0) -> None:
    for measure, tolerance in TOLERANCES.items():
        here, there = getattr(one, measure), getattr(other, measure)
        if here is None or there is None:
            assert here is there, measure
            continue
        moved = shift_db if measure in ("level_dbov", "active_level_dbov") else 0.0
        assert there - here == pytest.approx(moved, abs=tolerance), measure


@pytest.mark.parametrize("side", [0, 1])
@given(gain_db=st.floats(-12, 12))
@settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_gain_moves_the_level_and_nothing_else(
    side: int,
    gain_db: float,
    sound: FloatArray,
    call: tuple[CallVoice, ...],
    tracker: PitchTracker,
) -> None:
    own = sound[side]
    raised = own * np.float32(10 ** (gain_db / 20))
    here = measure_voice(own, RATE_HZ, call[side], tracker, NO_LEVEL)
    there = measure_voice(raised, RATE_HZ, call[side], tracker, NO_LEVEL)
    assert_alike(here, there, gain_db)
    assert there.level_dbov is not None and here.level_dbov is not None
    assert there.level_dbov - here.level_dbov == pytest.approx(gain_db, abs=1e-3)
    # Level is relative to the own call: even with it the calmness is the same.
    with_level = [measure_voice(s, RATE_HZ, call[side], tracker, CONFIG) for s in (own, raised)]
    assert with_level[0].calmness == pytest.approx(with_level[1].calmness, abs=1.0)


def shifted(call: CallVoice, by_s: float) -> CallVoice:
    def later(item):  # type: ignore[no-untyped-def]
        return dataclasses.replace(item, start_s=item.start_s + by_s, end_s=item.end_s + by_s)

    activity = dataclasses.replace(
        call.activity, regions=tuple(later(r) for r in call.activity.regions)
    )
    return CallVoice(
        activity, tuple(later(t) for t in call.turns), tuple(later(w) for w in call.words)
    )


def test_a_whole_number_of_windows_later_is_the_same_voice(
    sound: FloatArray, call: tuple[CallVoice, ...], tracker: PitchTracker
) -> None:
    by_s = 2 * CONFIG.baseline.window_s
    before = np.zeros(round(by_s * RATE_HZ), dtype=np.float32)
    here = measure_voice(sound[0], RATE_HZ, call[0], tracker, CONFIG)
    there = measure_voice(
        np.concatenate((before, sound[0])), RATE_HZ, shifted(call[0], by_s), tracker, CONFIG
    )
    assert_alike(here, there)
    assert [s.start_s + by_s for s in here.windows] == [s.start_s for s in there.windows]
    assert [(s.kind, s.start_s + by_s) for s in here.stretches] == [
        (s.kind, s.start_s) for s in there.stretches
    ]


def test_any_time_later_changes_calmness_little(
    sound: FloatArray, call: tuple[CallVoice, ...], tracker: PitchTracker
) -> None:
    """The windows are cut elsewhere, so only the measures of the whole call stay exactly."""
    before = np.zeros(round(1.7 * RATE_HZ), dtype=np.float32)
    here = measure_voice(sound[1], RATE_HZ, call[1], tracker, CONFIG)
    there = measure_voice(
        np.concatenate((before, sound[1])), RATE_HZ, shifted(call[1], 1.7), tracker, CONFIG
    )
    assert here.calmness == pytest.approx(there.calmness, abs=5.0)
    assert here.pitch_median_st == pytest.approx(there.pitch_median_st, abs=0.05)
    assert here.level_dbov == pytest.approx(there.level_dbov, abs=0.05)


def test_appended_silence_changes_only_the_active_factor(
    sound: FloatArray, call: tuple[CallVoice, ...], tracker: PitchTracker
) -> None:
    after = np.zeros(20 * RATE_HZ, dtype=np.float32)
    here = measure_voice(sound[0], RATE_HZ, call[0], tracker, CONFIG)
    there = measure_voice(np.concatenate((sound[0], after)), RATE_HZ, call[0], tracker, CONFIG)
    assert_alike(here, there)
    assert here.active_factor is not None and there.active_factor is not None
    length_s = sound.shape[1] / RATE_HZ
    expected = here.active_factor * length_s / (length_s + 20)
    assert there.active_factor == pytest.approx(expected, abs=0.01)


def test_swapped_channels_swap_the_voices(sound: FloatArray, tracker: PitchTracker) -> None:
    """From the speech detector on: what one channel holds does not depend on its side."""
    audio = sample_audio(CALL)
    swapped = dataclasses.replace(audio, samples=audio.samples[::-1].copy())
    detector = SileroVad()
    found = []
    for heard, names in ((audio, ("agent", "customer")), (swapped, ("customer", "agent"))):
        activities = detect_activity(heard, names, detector, CONFIG.activity)
        turns = build_turns(inter_pausal_units(activities, CONFIG.turns), (), CONFIG.turns)
        found.append(
            {
                activity.speaker: measure_voice(
                    samples, RATE_HZ, CallVoice(activity, turns, ()), tracker, CONFIG
                )
                for samples, activity in zip(heard.samples, activities, strict=True)
            }
        )
    assert found[0] == found[1]


def test_the_sampling_rate_changes_little(
    sound: FloatArray, call: tuple[CallVoice, ...], tracker: PitchTracker
) -> None:
    import soxr

    for side in (0, 1):
        line = soxr.resample(sound[side], RATE_HZ, 8000)
        here = measure_voice(sound[side], RATE_HZ, call[side], tracker, CONFIG)
        there = measure_voice(line, 8000, call[side], tracker, CONFIG)
        assert here.pitch_median_st == pytest.approx(there.pitch_median_st, abs=0.1)
        assert here.pitch_sd_st == pytest.approx(there.pitch_sd_st, abs=0.15)
        assert here.level_dbov == pytest.approx(there.level_dbov, abs=0.2)
        assert here.effort_db == pytest.approx(there.effort_db, abs=0.5)
        assert here.calmness == pytest.approx(there.calmness, abs=2.0)


@pytest.mark.parametrize("codec", [mu_law, gsm, opus], ids=["mu-law", "GSM 6.10", "Opus 12k"])
def test_codecs_move_calmness_by_less_than_5_points(
    codec: Callable[[FloatArray, int], FloatArray], tracker: PitchTracker
) -> None:
    moved = {}
    for call_id in CALL_IDS[::3]:
        audio = sample_audio(call_id)
        for samples, voice in zip(audio.samples, sample_voices(call_id), strict=True):
            here = measure_voice(samples, RATE_HZ, voice, tracker, CONFIG)
            there = measure_voice(codec(samples, RATE_HZ), RATE_HZ, voice, tracker, CONFIG)
            assert (here.calmness is None) == (there.calmness is None), call_id
            if here.calmness is not None and there.calmness is not None:
                moved[call_id, voice.activity.speaker] = there.calmness - here.calmness
    assert len(moved) >= 6
    assert max(abs(points) for points in moved.values()) < 5, moved
