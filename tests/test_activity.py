"""Speech activity: the steps with a drawn detector, and Silero on real speech."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from callcoach.audio.activity import detect_activity
from callcoach.audio.decode import decode
from callcoach.audio.silero import SileroVad
from callcoach.config.audio import ActivityConfig
from callcoach.config.config import Config
from callcoach.model.recording import Audio
from callcoach.model.speech import Activity
from callcoach.model.timeline import Span, intersections, merged, total_s
from doubles import LevelDetector
from sounds import RATE_HZ, noise, silence, voice

SHARED = Path(__file__).parent.parent.parent / "shared" / "data"
SAMPLES = Path(__file__).parent.parent / "data_samples"
CONFIG = Config()


def audio(*channels: np.ndarray) -> Audio:
    samples = np.stack(channels).astype(np.float32)
    peaks = tuple(float(np.abs(c).max()) for c in channels)
    return Audio(samples, RATE_HZ, RATE_HZ, "", "", peaks, tuple(0.0 for _ in channels))


def talk(*parts: tuple[float, bool], level_dbov: float = -20) -> np.ndarray:
    """Buzzing (True) and quiet (False) parts by their seconds."""
    pieces = [
        voice(np.full(round(s * RATE_HZ), 150.0), level_dbov) if on else silence(s)
        for s, on in parts
    ]
    return np.concatenate(pieces) + noise(sum(s for s, _ in parts), -75, seed=9)


def spans(activity: Activity) -> list[tuple[float, float]]:
    return [(r.start_s, r.end_s) for r in activity.regions]


def find(*channels: np.ndarray, config: ActivityConfig = CONFIG.activity) -> tuple[Activity, ...]:
    names = ("a", "b")[: len(channels)]
    return detect_activity(audio(*channels), names, LevelDetector(), config)


class SlowDetector(LevelDetector):
    """Knows only what it is given to hear slowed: pieces that are not the whole."""

    def __init__(self, whole: int) -> None:
        super().__init__()
        self.whole = whole
        self.slowed = 0

    def probabilities(self, samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        found = super().probabilities(samples)
        if len(samples) == self.whole:
            return np.zeros_like(found)
        self.slowed += 1
        return found


def test_what_is_only_heard_slowed_counts_where_it_is_loud() -> None:
    loud = talk((1, False), (2, True), (3, False))
    quiet = talk((4, False), (1, True), (1, False), level_dbov=-45)
    sound = audio(loud + quiet)
    whole = sound.samples.shape[1]
    detector = SlowDetector(whole)
    (found,) = detect_activity(sound, ("a",), detector, CONFIG.activity)
    assert spans(found) == [(pytest.approx(1, abs=0.04), pytest.approx(3, abs=0.04))]
    assert detector.slowed == 1
    config = ActivityConfig(slowing=1.0)
    (without,) = detect_activity(sound, ("a",), SlowDetector(whole), config)
    assert without.regions == ()


@pytest.mark.skipif(not SHARED.exists(), reason="needs the shared recordings")
def test_more_of_shouting_is_heard() -> None:
    """Eight phrases of about two seconds; Silero alone finds next to nothing in them."""
    detector = SileroVad()
    paths = sorted((SHARED / "voice" / "ravdess_phone").glob("actor06_[ah]*_i2_*.wav"))
    assert len(paths) == 8
    alone_s, slowed_s = (
        sum(
            detect_activity(
                decode(path, CONFIG.audio), ("a",), detector, ActivityConfig(slowing=factor)
            )[0].speech_s
            for path in paths
        )
        for factor in (1.0, CONFIG.activity.slowing)
    )
    assert alone_s < 0.5
    assert slowed_s > 6


def test_edges_are_refined_to_the_level() -> None:
    (found,) = find(talk((1.003, False), (2.0, True), (2.0, False)))
    assert spans(found) == [(pytest.approx(1.003, abs=0.02), pytest.approx(3.003, abs=0.02))]
    coarse = ActivityConfig(refine=False)
    (rough,) = find(talk((1.003, False), (2.0, True), (2.0, False)), config=coarse)
    assert spans(rough)[0] == (
        pytest.approx(1.003, abs=0.035),
        pytest.approx(3.003, abs=0.035),
    )


def test_short_pauses_close_and_short_bursts_go() -> None:
    config = ActivityConfig(min_silence_s=0.3, min_speech_s=0.2, refine=False)
    row = talk((1, False), (1, True), (0.15, False), (1, True), (1, False), (0.1, True), (1, False))
    (found,) = find(row, config=config)
    assert len(found.regions) == 1


def leaking(own: np.ndarray, other: np.ndarray, leak_db: float) -> np.ndarray:
    return own + other * 10 ** (leak_db / 20)


def test_leak_is_gated_and_counted() -> None:
    a = talk((0.5, False), (3.0, True), (4.5, False))
    b = talk((4.5, False), (3.0, True), (0.5, False))
    left, right = find(leaking(a, b, -25), leaking(b, a, -25))
    assert spans(left) == [(pytest.approx(0.5, abs=0.03), pytest.approx(3.5, abs=0.03))]
    assert spans(right) == [(pytest.approx(4.5, abs=0.03), pytest.approx(7.5, abs=0.03))]
    assert left.leak_s == pytest.approx(3.0, abs=0.2)


def test_without_the_gate_leak_counts_as_speech() -> None:
    a = talk((0.5, False), (3.0, True), (4.5, False))
    b = talk((4.5, False), (3.0, True), (0.5, False))
    config = ActivityConfig(gate=False)
    left, _ = find(leaking(a, b, -25), leaking(b, a, -25), config=config)
    assert left.speech_s > 5
    assert left.leak_s is None


def test_speaking_at_once_survives_the_gate() -> None:
    a = talk((0.5, False), (5.0, True), (3.5, False))
    b = talk((3.0, False), (0.6, True), (2.4, False), (2.5, True), (0.5, False), level_dbov=-26)
    left, right = find(leaking(a, b, -25), leaking(b, a, -25))
    assert left.speech_s == pytest.approx(5.0, abs=0.05)
    assert spans(right)[0] == (pytest.approx(3.0, abs=0.03), pytest.approx(3.6, abs=0.03))


@pytest.mark.parametrize("gain_db", [-12, 12])
def test_gain_changes_nothing(gain_db: float) -> None:
    row = talk((1, False), (2, True), (1, False), (1, True), (1, False), level_dbov=-30)
    (here,), (there,) = find(row), find(row * 10 ** (gain_db / 20))
    assert spans(here) == spans(there)


def test_silence_is_no_speech() -> None:
    (found,) = find(silence(5))
    assert found.regions == ()
    assert found.snr_db is None


# ------------------------------------------------------------------ the real detector


@pytest.fixture(scope="module")
def silero() -> SileroVad:
    return SileroVad()


def test_silero_hears_no_speech_in_noise_tones_and_silence(silero: SileroVad) -> None:
    ringing = np.concatenate([voice(np.full(RATE_HZ * 2, 440.0)), silence(3)] * 3)
    for sound in (noise(15, -40), silence(15), ringing):
        (found,) = detect_activity(audio(sound), ("a",), silero, CONFIG.activity)
        assert found.speech_s < 0.5


def tune(seconds: float) -> np.ndarray:
    """Chords over a beat, as hold music has."""
    chords = [(220, 277, 330), (247, 311, 370), (196, 247, 294), (220, 262, 330)]
    bars = [
        sum(voice(np.full(RATE_HZ, hz, dtype=float), -26) for hz in chord)
        for chord in chords * int(seconds / 4)
    ]
    beat = np.tile(np.exp(-np.arange(RATE_HZ // 2) / 800), len(bars) * 2)
    return np.concatenate(bars) + beat * noise(len(bars), -22)


def test_silero_hears_no_speech_in_a_tune(silero: SileroVad) -> None:
    (found,) = detect_activity(audio(tune(24)), ("a",), silero, CONFIG.activity)
    assert found.speech_s == 0


HOLD_MUSIC = sorted(Path("/usr/share/asterisk/moh").glob("*.wav"))


@pytest.mark.skipif(not HOLD_MUSIC, reason="needs Debian's asterisk-moh-opsound-wav")
@pytest.mark.parametrize("path", HOLD_MUSIC, ids=lambda path: path.stem)
def test_silero_hears_no_speech_in_hold_music(silero: SileroVad, path: Path) -> None:
    music = decode(path, CONFIG.audio)
    (found,) = detect_activity(music, ("a",), silero, CONFIG.activity)
    assert found.speech_s <= 0.005 * music.duration_s


def test_silero_on_our_samples_matches_the_truth(silero: SileroVad) -> None:
    import json

    agreements = []
    for truth_path in sorted((SAMPLES / "truth").glob("*.json")):
        truth = json.loads(truth_path.read_text(encoding="utf-8"))
        if truth["channels"] != 2:
            continue
        (path,) = (SAMPLES / "audio").glob(f"{truth['call_id']}.*")
        sound = decode(path, CONFIG.audio)
        names = ("agent", "customer")
        if truth["agent_channel"] == "right":
            names = names[::-1]
        for activity in detect_activity(sound, names, silero, CONFIG.activity):
            turns = [turn for turn in truth["turns"] if turn["speaker"] == activity.speaker]
            said = merged(Span(*span) for turn in turns for span in turn["spans"])
            both_s = total_s(intersections(said, merged(activity.regions)))
            agreements.append(2 * both_s / (total_s(said) + activity.speech_s))
    assert len(agreements) >= 18
    assert np.median(agreements) > 0.95
    assert min(agreements) > 0.85


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the shared recordings")
def test_silero_on_a_real_call(silero: SileroVad) -> None:
    sound = decode(SHARED / "calls" / "auto_repairs_40.wav", CONFIG.audio)
    left, right = detect_activity(sound, ("agent", "customer"), silero, CONFIG.activity)
    for activity in (left, right):
        assert 60 < activity.speech_s < 120
        assert all(
            x.end_s <= y.start_s
            for x, y in zip(activity.regions, activity.regions[1:], strict=False)
        )
        assert activity.regions[-1].end_s <= sound.duration_s
