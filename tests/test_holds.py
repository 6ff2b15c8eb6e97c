"""Music, ringing and tones beside the speech."""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
import soxr

from callcoach.audio.holds import HoldKind, HoldSound, find_holds
from callcoach.config.config import Config
from callcoach.model.speech import Activity, SpeechRegion
from callcoach.model.timeline import total_s
from sounds import RATE_HZ, Floats, noise, silence, tone, voice

CONFIG = Config().holds
MUSIC = Path(os.environ.get("HOLD_MUSIC", "/usr/share/asterisk/moh"))
PROMPTS = Path("/usr/share/asterisk/sounds/en_US_f_Allison")
SHARED = Path(__file__).parent.parent.parent / "shared" / "data"


def holds(sound: Floats, *speech: tuple[float, float]) -> tuple[HoldSound, ...]:
    regions = tuple(SpeechRegion(start, end, "agent") for start, end in speech)
    return find_holds(sound[None], RATE_HZ, [Activity("agent", regions)], CONFIG)


def dual(one: float, other: float, seconds: float, level_dbov: float = -20) -> Floats:
    return tone(one, seconds, level_dbov - 3) + tone(other, seconds, level_dbov - 3)


def cadence(burst: Floats, pause_s: float, times: int) -> Floats:
    return np.concatenate([part for _ in range(times) for part in (burst, silence(pause_s))])


def chords(seconds: float, level_dbov: float = -25) -> Floats:
    """Four chords, half a second each, over and over."""
    roots = (220.0, 294.0, 247.0, 196.0)
    parts = []
    for i in range(round(seconds / 0.5)):
        root = roots[i % 4] * (1 + (i // 4 % 3) / 8)
        parts.append(sum(voice(np.full(8000, root * r), level_dbov - 5) for r in (1, 1.26, 1.5)))
    return np.concatenate(parts).astype(np.float32)


def test_music_between_speech_is_found_where_it_is() -> None:
    sound = np.concatenate([silence(2), chords(10), silence(2)]) + noise(14, -65)
    (found,) = holds(sound)
    assert (found.kind, found.speaker) == (HoldKind.MUSIC, "agent")
    assert (found.start_s, found.end_s) == pytest.approx((2, 12), abs=1.0)


def test_short_music_is_none() -> None:
    assert holds(np.concatenate([silence(2), chords(2), silence(2)])) == ()


def test_nothing_is_looked_for_under_speech() -> None:
    sound = np.concatenate([silence(1), chords(10), silence(1)])
    assert holds(sound, (0.5, 11.5)) == ()
    (left,) = holds(sound, (0.5, 4.0))
    assert left.start_s >= 4.0


@pytest.mark.parametrize("gain_db", [-20, -10, 10])
def test_the_level_changes_nothing(gain_db: float) -> None:
    sound = np.concatenate([silence(2), chords(10), silence(2)]) + noise(14, -65)
    (found,) = holds(sound * np.float32(10 ** (gain_db / 20)))
    (same,) = holds(sound)
    assert found.kind is same.kind
    assert (found.start_s, found.end_s) == pytest.approx((same.start_s, same.end_s), abs=0.1)


@pytest.mark.parametrize(
    ("kind", "sound"),
    [
        (HoldKind.RINGING, cadence(dual(440, 480, 2), 4, 3)),
        (HoldKind.RINGING, cadence(cadence(dual(400, 450, 0.4), 0.2, 2), 2, 3)),
        (HoldKind.RINGING, cadence(tone(425, 1), 4, 3)),
        (HoldKind.BUSY, cadence(dual(480, 620, 0.5), 0.5, 8)),
        (HoldKind.BUSY, cadence(tone(425, 0.5), 0.5, 8)),
    ],
)
def test_signals_of_the_line_are_one_sound_over_their_pauses(kind: HoldKind, sound: Floats) -> None:
    sound = np.concatenate([silence(1), sound, silence(1)])
    (found,) = holds(sound + noise(len(sound) / RATE_HZ, -60))
    assert found.kind is kind
    assert found.start_s == pytest.approx(1, abs=0.2)
    assert found.duration_s > 0.55 * (len(sound) / RATE_HZ - 2)


def test_keys() -> None:
    keys = [(697, 1209), (770, 1336), (852, 1477), (941, 1336)]
    sound = np.concatenate([silence(1), *(cadence(dual(*k, 0.07), 0.2, 1) for k in keys)])
    (found,) = holds(sound + noise(len(sound) / RATE_HZ, -60))
    assert found.kind is HoldKind.KEYS
    assert (found.start_s, found.end_s) == pytest.approx((1, 1 + 3 * 0.27 + 0.07), abs=0.05)


def test_a_beep_is_a_tone() -> None:
    (found,) = holds(np.concatenate([silence(1), tone(1400, 0.7), silence(1)]))
    assert found.kind is HoldKind.TONE


@pytest.mark.parametrize("level_dbov", [-20, -35, -50])
def test_noise_is_nothing(level_dbov: float) -> None:
    assert holds(noise(30, level_dbov)) == ()


def test_a_hum_that_is_always_there_is_background() -> None:
    hum = sum(tone(hz, 30, -38) for hz in (200, 250, 350, 450))
    assert holds((hum + noise(30, -60)).astype(np.float32)) == ()


def test_a_gliding_voice_is_no_music() -> None:
    t = np.arange(20 * RATE_HZ) / RATE_HZ
    melody = 180 * 2 ** (np.sin(2 * np.pi * 0.9 * t) / 4)
    assert holds(voice(melody)) == ()


def test_each_channel_is_looked_at_alone() -> None:
    sound = np.concatenate([silence(2), chords(8), silence(2)])
    activities = [Activity("agent", ()), Activity("customer", ())]
    found = find_holds(np.stack([silence(12), sound]), RATE_HZ, activities, CONFIG)
    assert [s.speaker for s in found] == ["customer"]


def test_two_speakers_on_one_channel_leave_no_place_for_a_hold() -> None:
    sound = np.concatenate([silence(1), chords(10), silence(1)])
    activities = [
        Activity("agent", (SpeechRegion(0, 6, "agent"),)),
        Activity("customer", (SpeechRegion(6, 12, "customer"),)),
    ]
    assert find_holds(sound[None], RATE_HZ, activities, CONFIG) == ()


@pytest.mark.parametrize("seconds", [0.0, 0.05, 0.2, 1.0])
def test_short_recordings(seconds: float) -> None:
    assert holds(silence(seconds)) == ()


# ------------------------------------------------------------------ recordings


def read(path: Path) -> Floats:
    samples, rate_hz = sf.read(path, dtype="float32", always_2d=True)
    return soxr.resample(samples[:, 0], rate_hz, RATE_HZ).astype(np.float32)


@pytest.mark.skipif(not list(MUSIC.glob("*.wav")), reason="needs asterisk-moh-opsound-wav")
def test_hold_music_is_found() -> None:
    for path in sorted(MUSIC.glob("*.wav")):
        sound = read(path)
        found = [s for s in holds(sound) if s.kind is HoldKind.MUSIC]
        assert total_s(found) > 0.8 * len(sound) / RATE_HZ, path.name


@pytest.mark.skipif(not PROMPTS.exists(), reason="needs asterisk-core-sounds-en-wav")
def test_prompts_are_no_music() -> None:
    """Speech that nobody marked as such must not be taken for music, alone or many at once."""
    paths = [p for p in sorted(PROMPTS.glob("*.wav")) if not re.search("beep|tone", p.stem)]
    spoken = np.concatenate([read(path) for path in paths[::8]])
    assert holds(spoken) == ()
    length = 30 * RATE_HZ
    many = sum(spoken[i * length // 2 :][:length] for i in range(6))
    assert holds(np.asarray(many * 0.3, dtype=np.float32)) == ()


@pytest.mark.skipif(not SHARED.exists(), reason="needs the shared recordings")
def test_calls_and_meetings_hold_no_music() -> None:
    for path in [SHARED / "calls" / "demo_agent1.wav", *(SHARED / "diarization").glob("*.wav")]:
        assert holds(read(path)) == (), path.name
