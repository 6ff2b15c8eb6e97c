import numpy as np
import pytest

from callcoach.audio.health import check_audio, health_warnings, with_crosstalk
from callcoach.config.config import Config
from callcoach.model.party import Side
from callcoach.model.recording import Audio, FileFault, FileFaultKind, Severity
from callcoach.model.speech import Activity, SpeechRegion
from sounds import RATE_HZ, noise, silence, tone

CONFIG = Config().audio


def audio(*channels: np.ndarray, source_rate_hz: int = 16000, **more: object) -> Audio:
    samples = np.stack(channels).astype(np.float32)
    values = {
        "peaks": tuple(float(np.abs(c).max()) for c in channels),
        "clipped_shares": tuple(0.0 for _ in channels),
        **more,
    }
    return Audio(samples, RATE_HZ, source_rate_hz, "wav pcm_16", "0" * 64, **values)  # type: ignore[arg-type]


def codes(sound: Audio, *activities: Activity) -> set[str]:
    health = with_crosstalk(check_audio(sound, CONFIG), activities)
    return {w.code for w in health_warnings(sound, health, activities, CONFIG)}


def test_levels_are_those_of_the_tone() -> None:
    health = check_audio(audio(tone(440, 3, -20), tone(440, 3, -40)), CONFIG)
    assert [c.level_dbov for c in health.channels] == pytest.approx([-20, -40], abs=0.05)
    assert health.channels[0].peak_dbov == pytest.approx(-17, abs=0.05)
    assert health.channels[0].silent_share == 0


def test_silent_share_is_the_silent_part() -> None:
    half = np.concatenate([tone(440, 2), silence(2)])
    assert check_audio(audio(half), CONFIG).channels[0].silent_share == pytest.approx(0.5)


def test_a_good_call_has_no_warnings() -> None:
    assert codes(audio(noise(5, -25, seed=1), noise(5, -25, seed=2))) == set()


def test_dead_channel() -> None:
    sound = audio(noise(5, -25), silence(5))
    assert codes(sound) == {"dead_channel"}
    health = check_audio(sound, CONFIG)
    (warning,) = health_warnings(sound, health, (), CONFIG)
    assert warning.channel is Side.RIGHT
    assert "right" in warning.text


@pytest.mark.parametrize("gain_db, noise_dbov", [(0, -90), (-3, -90), (0, -55), (-25, -90)])
def test_identical_channels(gain_db: float, noise_dbov: float) -> None:
    one = noise(5, -25, seed=1)
    other = one * 10 ** (gain_db / 20) + noise(5, noise_dbov, seed=2)
    assert codes(audio(one, other)) == {"identical_channels", "mono"}


def test_different_channels_are_not_identical() -> None:
    shared = noise(5, -25, seed=3)
    left, right = noise(5, -25, seed=1) + shared * 0.3, noise(5, -25, seed=2) + shared * 0.3
    assert not check_audio(audio(left, right), CONFIG).identical_channels


def test_clipping_and_early_end_are_said() -> None:
    sound = audio(noise(5, -25), noise(5, -25, seed=2), clipped_shares=(0.02, 0.0), promised_s=9.0)
    assert codes(sound) == {"clipping", "cut_off"}


@pytest.mark.parametrize(
    "kind, code, severity",
    [
        (FileFaultKind.ENDS_EARLY, "cut_off", Severity.WARNING),
        (FileFaultKind.DAMAGED, "damaged", Severity.WARNING),
        (FileFaultKind.PART_NOT_READ, "part_not_read", Severity.WARNING),
        (FileFaultKind.WRONG_LENGTH, "wrong_length", Severity.NOTE),
        (FileFaultKind.JOINED, "joined", Severity.NOTE),
    ],
)
def test_what_is_wrong_with_the_file_is_told_once(
    kind: FileFaultKind, code: str, severity: Severity
) -> None:
    sound = audio(noise(5, -25), noise(5, -25, seed=2), faults=(FileFault(kind),))
    told = health_warnings(sound, check_audio(sound, CONFIG), (), CONFIG)
    assert [(w.code, w.severity) for w in told] == [(code, severity)]


def test_eight_kilohertz_is_noted_whatever_the_files_rate() -> None:
    assert "narrowband" in codes(audio(noise(5, -25), noise(5, -25, seed=2), source_rate_hz=8000))
    low = np.fft.rfft(noise(5, -25, seed=1))
    low[np.fft.rfftfreq(5 * RATE_HZ, 1 / RATE_HZ) > 3800] = 0
    telephone = np.fft.irfft(low).astype(np.float32)
    assert check_audio(audio(telephone), CONFIG).narrowband
    assert not check_audio(audio(noise(5, -25)), CONFIG).narrowband


def test_crosstalk_share_is_leak_over_all_detected_speech() -> None:
    sound = audio(noise(5, -25, seed=1), noise(5, -25, seed=2))
    agent = Activity("agent", (SpeechRegion(0, 6, "agent"),), 30.0, 1.0)
    customer = Activity("customer", (SpeechRegion(6, 8, "customer"),), 30.0, 1.0)
    health = with_crosstalk(check_audio(sound, CONFIG), (agent, customer))
    assert health.crosstalk_share == pytest.approx(0.2)
    assert codes(sound, agent, customer) == {"crosstalk"}
    assert with_crosstalk(check_audio(sound, CONFIG), ()).crosstalk_share is None


def test_a_noisy_channel_is_named() -> None:
    sound = audio(noise(5, -25, seed=1), noise(5, -25, seed=2))
    clear, noisy = Activity("agent", (), 30.0, 0.0), Activity("customer", (), 9.0, 0.0)
    health = check_audio(sound, CONFIG)
    (warning,) = health_warnings(sound, health, (clear, noisy), CONFIG)
    assert (warning.code, warning.channel) == ("noisy", Side.RIGHT)
    assert "9 dB" in warning.text
