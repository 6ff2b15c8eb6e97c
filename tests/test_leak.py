"""Echo: its delay is measured, what it explains is gated, and own speech stays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from callcoach.audio.activity import detect_activity
from callcoach.audio.decode import decode
from callcoach.audio.leak import LeakPaths, leak_paths
from callcoach.audio.silero import SileroVad
from callcoach.config.config import Config
from callcoach.model.recording import Audio
from callcoach.model.speech import Activity
from callcoach.model.timeline import Span, intersections, merged, total_s
from doubles import LevelDetector
from sounds import RATE_HZ, Floats
from talkers import gain, late, talker

CONFIG = Config()
CASES = Path(__file__).parent.parent.parent / "shared" / "cases" / "audio"
AGENT_SPANS = [(0.5, 3.5), (7.0, 9.5), (13.0, 17.0), (20.5, 22.0)]
CUSTOMER_SPANS = [(4.0, 6.5), (10.0, 12.5), (17.5, 20.0), (21.0, 21.5)]
AGENT = talker(AGENT_SPANS, 24, 110, seed=1)
CUSTOMER = talker(CUSTOMER_SPANS, 24, 210, seed=2)
NEAR = LeakPaths()


def paths(left: Floats, right: Floats) -> tuple[LeakPaths, LeakPaths]:
    samples = np.stack((left, right)).astype(np.float32)
    return leak_paths(samples, RATE_HZ, np.ones(2400, dtype=bool), CONFIG.activity)


@pytest.mark.parametrize("echo_db", [-10, -20, -35])
@pytest.mark.parametrize("delay_s", [0.12, 0.25, 0.4, 0.55])
def test_the_delay_is_measured_on_the_side_that_has_the_echo(
    echo_db: float, delay_s: float
) -> None:
    right = CUSTOMER + late(AGENT, delay_s) * gain(echo_db)
    on_left, on_right = paths(AGENT, right)
    assert on_left == NEAR
    assert on_right == LeakPaths(False, (round(delay_s * 100),))
    assert paths(right, AGENT) == (on_right, on_left)


def test_echo_and_crosstalk_are_told_apart() -> None:
    echo = late(AGENT, 0.3) * gain(-20)
    both = CUSTOMER + echo + AGENT * gain(-25)
    assert paths(AGENT, both)[1] == LeakPaths(True, (30,))
    assert paths(AGENT + CUSTOMER * gain(-25), CUSTOMER + AGENT * gain(-25)) == (NEAR, NEAR)


def test_a_buffer_that_changes_its_length_gives_two_delays() -> None:
    half = len(AGENT) // 2
    echo = np.concatenate((late(AGENT, 0.2)[:half], late(AGENT, 0.28)[half:])) * gain(-20)
    assert paths(AGENT, CUSTOMER + echo)[1].late == (20, 28)


def test_no_echo_is_found_between_people_tunes_and_silence() -> None:
    assert paths(AGENT, CUSTOMER) == (NEAR, NEAR)
    t = np.arange(len(AGENT)) / RATE_HZ
    tune = (0.05 * np.sin(2 * np.pi * 440 * t) * (np.sin(2 * np.pi * t) > 0)).astype(np.float32)
    assert paths(tune, CUSTOMER + tune * gain(-20)) == (NEAR, NEAR)
    assert paths(AGENT, np.zeros_like(AGENT)) == (NEAR, NEAR)


def found(left: Floats, right: Floats) -> tuple[Activity, ...]:
    samples = np.stack((left, right)).astype(np.float32)
    audio = Audio(samples, RATE_HZ, RATE_HZ, "", "", (1.0, 1.0), (0.0, 0.0))
    return detect_activity(audio, ("agent", "customer"), LevelDetector(), CONFIG.activity)


@pytest.mark.parametrize("echo_db", [-10, -20, -30])
@pytest.mark.parametrize("delay_s", [0.15, 0.25, 0.4])
def test_the_echo_is_no_speech_and_own_speech_stays(echo_db: float, delay_s: float) -> None:
    """Also the answers given while the echo of the question still comes, and at once with it."""
    bare = found(AGENT, CUSTOMER)[1]
    with_echo = found(AGENT, CUSTOMER + late(AGENT, delay_s) * gain(echo_db))[1]
    kept = total_s(intersections(merged(bare.regions), merged(with_echo.regions)))
    assert kept > 0.9 * bare.speech_s
    assert with_echo.speech_s - kept < 0.25
    # The stand-in for the detector takes little of an echo 30 dB down for speech.
    least_s = 5.0 if echo_db > -30 else 0.5
    assert with_echo.leak_s is not None and with_echo.leak_s > least_s


@pytest.mark.skipif(not CASES.is_dir(), reason="needs the shared recordings")
def test_an_echo_of_the_agent_is_none_of_the_customers_speech() -> None:
    detector = SileroVad()
    call, echo = (
        detect_activity(
            decode(CASES / name, CONFIG.audio), ("agent", "customer"), detector, CONFIG.activity
        )
        for name in ("call.flac", "echo_250ms_20dB.flac")
    )
    assert echo[1].speech_s == pytest.approx(call[1].speech_s, rel=0.1)
    own = merged(call[1].regions)
    assert all(any(Span(r.start_s, r.end_s).overlaps(o) for o in own) for r in echo[1].regions)


@pytest.mark.skipif(not CASES.is_dir(), reason="needs the shared recordings")
@pytest.mark.parametrize("name", ["dc_offset_2_percent.flac", "hum"])
def test_offset_and_hum_change_nothing(name: str) -> None:
    detector = SileroVad()
    call = decode(CASES / "call.flac", CONFIG.audio)
    if name == "hum":
        import dataclasses

        from callcoach.audio.highpass import take_out_hum
        from sounds import tone

        samples = call.samples + tone(50, call.duration_s, -30)[: call.samples.shape[1]]
        take_out_hum(samples, RATE_HZ)
        other = dataclasses.replace(call, samples=samples)
    else:
        other = decode(CASES / name, CONFIG.audio)
    for bare, mended in zip(
        *(
            detect_activity(sound, ("agent", "customer"), detector, CONFIG.activity)
            for sound in (call, other)
        ),
        strict=True,
    ):
        assert mended.speech_s == pytest.approx(bare.speech_s, rel=0.03)
        assert mended.snr_db is not None and bare.snr_db is not None
        assert mended.snr_db == pytest.approx(bare.snr_db, abs=3) or mended.snr_db > 35
