"""A call whose two people lie in a file each: read as two channels of one recording."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from callcoach.audio.decode import decode
from callcoach.audio.two_files import decode_call, joint_sha256
from callcoach.call import Recording, SecondFile
from callcoach.config import Config
from callcoach.errors import AudioError
from callcoach.settings.reports import ReportsConfig
from shipped import compact_copy, open_call
from sounds import noise, silence, tone

CONFIG = Config().audio
SHARED = Path(__file__).parents[2] / "shared" / "data"


def burst(at_s: float, length_s: float, rate_hz: int) -> np.ndarray:
    """Noise that begins at a time, and silence around it."""
    samples = silence(length_s, rate_hz)
    first = round(at_s * rate_hz)
    samples[first : first + rate_hz // 4] = noise(0.25, -20, rate_hz)
    return samples


def write(path: Path, samples: np.ndarray, rate_hz: int = 8000) -> Path:
    soundfile.write(path, samples, rate_hz)
    return path


def pair(
    root: Path, agent: np.ndarray, customer: np.ndarray, offset_s: float = 0.0, rate_hz: int = 8000
) -> Recording:
    first = write(root / "a.wav", agent)
    second = write(root / "c.wav", customer, rate_hz)
    return Recording(first, "a", second=SecondFile(second, offset_s))


def begins_s(row: np.ndarray, rate_hz: int) -> float:
    return float(np.flatnonzero(np.abs(row) > 0.02)[0]) / rate_hz


@pytest.mark.parametrize(
    "offset_s, agent_s, customer_s, length_s",
    [(0.0, 1.0, 1.5, 5.0), (0.75, 1.0, 2.25, 5.75), (-1.25, 2.25, 1.5, 5.0)],
)
@pytest.mark.parametrize("rate_hz", [8000, 11025])
def test_both_sides_stand_where_they_were_said(
    tmp_path: Path,
    rate_hz: int,
    offset_s: float,
    agent_s: float,
    customer_s: float,
    length_s: float,
) -> None:
    call = pair(
        tmp_path, burst(1.0, 3.0, 8000), burst(1.5, 5.0, rate_hz), offset_s, rate_hz=rate_hz
    )
    audio = decode_call(call, CONFIG).audio
    assert (audio.channels, audio.sample_rate_hz, audio.source_rate_hz) == (2, 16000, 8000)
    assert audio.duration_s == pytest.approx(length_s, abs=0.001)
    assert begins_s(audio.samples[0], 16000) == pytest.approx(agent_s, abs=0.005)
    assert begins_s(audio.samples[1], 16000) == pytest.approx(customer_s, abs=0.005)
    # What the page plays has the same time line.
    header, blocks = open_call(call)
    played = np.concatenate(list(blocks))
    assert (header.sample_rate_hz, played.shape[1]) == (rate_hz, 2)
    assert len(played) / rate_hz == pytest.approx(length_s, abs=0.001)
    assert begins_s(played[:, 0], rate_hz) == pytest.approx(agent_s, abs=0.005)
    assert begins_s(played[:, 1], rate_hz) == pytest.approx(customer_s, abs=0.005)


def test_two_files_are_heard_as_the_same_two_channels(tmp_path: Path) -> None:
    agent, customer = noise(3.0, -20, 8000, seed=1), noise(3.0, -30, 8000, seed=2)
    call = pair(tmp_path, agent, customer)
    both = write(tmp_path / "both.wav", np.stack([agent, customer], axis=1))
    joined, whole = decode_call(call, CONFIG).audio, decode(both, CONFIG)
    np.testing.assert_array_equal(joined.samples, whole.samples)
    assert (joined.peaks, joined.clipped_shares) == (whole.peaks, whole.clipped_shares)
    config = ReportsConfig()
    assert compact_copy(call, (), config) == compact_copy(Recording(both, "a"), (), config)


def test_the_hash_is_of_both_files(tmp_path: Path) -> None:
    call = pair(tmp_path, noise(2.0, -20, 8000), noise(2.0, -30, 8000, seed=3))
    before = decode_call(call, CONFIG).audio.sha256
    first, second = (decode(path, CONFIG).sha256 for path in call.paths)
    assert before == joint_sha256(first, second) != joint_sha256(second, first)
    write(call.paths[1], noise(2.0, -30, 8000, seed=4))
    assert decode_call(call, CONFIG).audio.sha256 != before


def test_a_side_that_says_nothing_is_no_fault_and_two_are(tmp_path: Path) -> None:
    call = pair(tmp_path, noise(3.0, -20, 8000), silence(0.5, 8000))
    audio = decode_call(call, CONFIG).audio
    assert audio.peaks[1] == 0 and not audio.samples[1].any()
    with pytest.raises(AudioError, match=r"a\.wav / c\.wav are both silent"):
        decode_call(pair(tmp_path, silence(3.0, 8000), silence(3.0, 8000)), CONFIG)
    short = pair(tmp_path, noise(0.3, -20, 8000), noise(0.4, -20, 8000))
    with pytest.raises(AudioError, match=r"0\.40 s long"):
        decode_call(short, CONFIG)
    far = pair(tmp_path, noise(2.0, -20, 8000), noise(2.0, -20, 8000), offset_s=30.0)
    with pytest.raises(AudioError, match="customer_offset_s"):
        decode_call(far, CONFIG.model_copy(update={"max_duration_s": 20.0}))


def test_a_leg_that_broke_off_is_told(tmp_path: Path) -> None:
    call = pair(tmp_path, noise(12.0, -20, 8000), noise(4.0, -30, 8000))
    (warning,) = decode_call(call, CONFIG).warnings
    assert warning.code == "uneven_files"
    assert "8 s apart" in warning.text and "after the end of c.wav" in warning.text
    # A second or two is how recorders close.
    closing = pair(tmp_path, noise(6.0, -20, 8000), noise(4.0, -30, 8000))
    assert decode_call(closing, CONFIG).warnings == ()


def test_a_half_that_is_cut_off_is_told_by_its_name(tmp_path: Path) -> None:
    call = pair(tmp_path, noise(4.0, -20, 8000), noise(4.0, -30, 8000))
    data = call.paths[1].read_bytes()
    call.paths[1].write_bytes(data[: len(data) // 2])
    (warning,) = decode_call(call, CONFIG).warnings
    assert warning.code == "cut_off" and warning.text.startswith("c.wav: ")


@pytest.mark.parametrize("other", ["same", "silent"])
def test_a_side_in_two_equal_channels_or_beside_an_empty_one_is_one_voice(
    tmp_path: Path, other: str
) -> None:
    voice = noise(2.0, -20, 8000)
    beside = voice if other == "same" else silence(2.0, 8000)
    call = pair(tmp_path, np.stack([beside, voice], axis=1), noise(2.0, -30, 8000, seed=2))
    (tmp_path / "plain").mkdir()
    plain = pair(tmp_path / "plain", voice, noise(2.0, -30, 8000, seed=2))
    np.testing.assert_allclose(
        decode_call(call, CONFIG).audio.samples, decode_call(plain, CONFIG).audio.samples, atol=1e-6
    )


def test_a_whole_call_is_no_half_of_one(tmp_path: Path) -> None:
    both = np.stack([tone(300, 2.0, -20, 8000), tone(500, 2.0, -20, 8000)], axis=1)
    with pytest.raises(AudioError, match=r"a\.wav holds two different channels"):
        decode_call(pair(tmp_path, both, noise(2.0, -20, 8000)), CONFIG)


@pytest.mark.skipif(not SHARED.is_dir(), reason="no shared data")
def test_the_two_legs_of_a_real_call() -> None:
    legs = SHARED / "phone"
    call = Recording(
        legs / "ten_seconds_agent.wav", "a", second=SecondFile(legs / "ten_seconds_customer.wav")
    )
    joined = decode_call(call, CONFIG)
    assert joined.warnings == () and joined.audio.channels == 2
    agent, customer = joined.audio.peaks
    assert agent < customer / 2  # the agent is some 11 dB lower
