"""Formats in, and bad files refused with one clear line."""

from __future__ import annotations

import os
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from callcoach.audio.decode import decode
from callcoach.config.audio import AudioConfig
from callcoach.config.config import Config
from callcoach.errors import AudioError
from sounds import noise, silence, tone

CONFIG = Config().audio
LEFT_HZ, RIGHT_HZ = 440.0, 1000.0


def two_tones(rate_hz: int, seconds: float = 2.0) -> np.ndarray:
    """Left 440 Hz, right 1 kHz, shape (n, 2)."""
    return np.stack(
        [tone(LEFT_HZ, seconds, rate_hz=rate_hz), tone(RIGHT_HZ, seconds, rate_hz=rate_hz)], axis=1
    )


def peak_hz(samples: np.ndarray, rate_hz: int) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * rate_hz / len(samples))


def write_av(path: Path, codec: str, rate_hz: int, samples: np.ndarray, container: str) -> None:
    """Encode through FFmpeg's libraries; samples of shape (n, channels)."""
    channels = samples.shape[1]
    with av.open(str(path), "w", format=container) as out:
        stream = out.add_stream(codec, rate=rate_hz, layout="stereo" if channels == 2 else "mono")
        data = np.ascontiguousarray((samples * 32767).astype(np.int16).reshape(1, -1))
        frame = av.AudioFrame.from_ndarray(
            data, format="s16", layout="stereo" if channels == 2 else "mono"
        )
        frame.sample_rate = rate_hz
        fifo = av.AudioFifo()
        fifo.write(frame)
        resampler = av.AudioResampler(stream.format, stream.layout, rate_hz, stream.frame_size or 0)
        for part in [*resampler.resample(frame), *resampler.resample(None), None]:
            for packet in stream.encode(part):
                out.mux(packet)


SOUNDFILE = [
    ("u8.wav", 8000, "WAV", "PCM_U8", 2),
    ("s16.wav", 8000, "WAV", "PCM_16", 2),
    ("s24.wav", 44100, "WAV", "PCM_24", 2),
    ("s32.wav", 48000, "WAV", "PCM_32", 2),
    ("float.wav", 16000, "WAV", "FLOAT", 2),
    ("double.wav", 11025, "WAV", "DOUBLE", 2),
    ("ulaw.wav", 8000, "WAV", "ULAW", 2),
    ("alaw.wav", 8000, "WAV", "ALAW", 2),
    ("gsm.wav", 8000, "WAV", "GSM610", 1),
    ("ext.wav", 8000, "WAVEX", "PCM_16", 2),
    ("a.flac", 22050, "FLAC", "PCM_16", 2),
    ("a.ogg", 16000, "OGG", "VORBIS", 2),
    ("a.opus", 16000, "OGG", "OPUS", 2),
    ("a.mp3", 16000, "MP3", "MPEG_LAYER_III", 2),
]
AV = [
    ("a.m4a", "aac", 16000, "mp4", 2),
    ("a.aac", "aac", 16000, "adts", 2),
    ("a.amr", "libopencore_amrnb", 8000, "amr", 1),
    ("a.webm", "libopus", 48000, "webm", 2),
    ("gsm_ms.wav", "pcm_mulaw", 8000, "wav", 2),
]


def check(path: Path, rate_hz: int, channels: int) -> None:
    audio = decode(path, CONFIG)
    assert audio.channels == channels
    assert audio.sample_rate_hz == 16000
    assert audio.source_rate_hz in (rate_hz, 48000)  # Opus always decodes at 48 kHz
    assert audio.duration_s == pytest.approx(2.0, abs=0.12)
    assert audio.samples.dtype == np.float32
    for samples, hz in zip(audio.samples, (LEFT_HZ, RIGHT_HZ), strict=False):
        middle = samples[8000:24000]
        assert peak_hz(middle, 16000) == pytest.approx(hz, abs=2)
        assert 20 * np.log10(np.sqrt(np.mean(middle**2))) == pytest.approx(-20, abs=4)


@pytest.mark.parametrize("name, rate_hz, container, subtype, channels", SOUNDFILE)
def test_formats_of_libsndfile(
    tmp_path: Path, name: str, rate_hz: int, container: str, subtype: str, channels: int
) -> None:
    path = tmp_path / name
    samples = two_tones(rate_hz)[:, :channels]
    soundfile.write(path, samples, rate_hz, format=container, subtype=subtype)
    check(path, rate_hz, channels)


@pytest.mark.parametrize("name, codec, rate_hz, container, channels", AV)
def test_formats_of_ffmpeg(
    tmp_path: Path, name: str, codec: str, rate_hz: int, container: str, channels: int
) -> None:
    path = tmp_path / name
    write_av(path, codec, rate_hz, two_tones(rate_hz)[:, :channels], container)
    check(path, rate_hz, channels)


def test_the_ending_does_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "really_flac.wav"
    soundfile.write(path, two_tones(8000), 8000, format="FLAC")
    assert decode(path, CONFIG).codec.startswith("flac")


def test_the_same_file_gives_the_same_samples(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, two_tones(8000), 8000)
    first, second = decode(path, CONFIG), decode(path, CONFIG)
    assert first.sha256 == second.sha256
    assert np.array_equal(first.samples, second.samples)


def test_peaks_and_clipping_are_those_of_the_source(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    loud = np.clip(two_tones(8000) * 20, -1, 1)
    loud[:, 1] = two_tones(8000)[:, 1]
    soundfile.write(path, loud, 8000)
    audio = decode(path, CONFIG)
    assert audio.peaks[0] == pytest.approx(1.0, abs=0.001)
    assert audio.clipped_shares[0] > 0.5
    assert audio.clipped_shares[1] == 0


# ------------------------------------------------------------------ bad input


def refused(path: Path, *words: str, config: AudioConfig = CONFIG) -> None:
    with pytest.raises(AudioError) as caught:
        decode(path, config)
    message = str(caught.value)
    assert "\n" not in message
    for word in (path.name, *words):
        assert word in message


def test_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.touch()
    refused(path, "0 bytes")


def test_truncated_header(tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole.wav", tmp_path / "cut.wav"
    soundfile.write(whole, two_tones(8000), 8000)
    cut.write_bytes(whole.read_bytes()[:30])
    refused(cut, "not a recording")


def test_header_without_sound(tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole.wav", tmp_path / "cut.wav"
    soundfile.write(whole, two_tones(8000), 8000)
    cut.write_bytes(whole.read_bytes()[:44])
    refused(cut, "no sound")


def test_text_renamed_to_wav(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_text("call notes, not a recording\n" * 50)
    refused(path, "not a recording")


def test_too_short(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, two_tones(8000, 0.2), 8000)
    refused(path, "0.20 s", "audio.min_duration_s")


def test_too_long(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, two_tones(8000, 3), 8000)
    refused(path, "longer", config=AudioConfig(max_duration_s=2.5))


@pytest.mark.parametrize("level_dbov", [None, -90.0])
def test_all_silence(tmp_path: Path, level_dbov: float | None) -> None:
    path = tmp_path / "a.wav"
    one = silence(3, 8000) if level_dbov is None else noise(3, level_dbov, 8000)
    soundfile.write(path, np.stack([one, one], axis=1), 8000, subtype="FLOAT")
    refused(path, "silent")


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_samples_that_are_not_numbers(tmp_path: Path, value: float) -> None:
    path = tmp_path / "a.wav"
    samples = two_tones(8000)
    samples[100] = value
    soundfile.write(path, samples, 8000, subtype="FLOAT")
    refused(path, "not numbers")


def test_three_channels(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, np.repeat(two_tones(8000)[:, :1], 3, axis=1), 8000)
    refused(path, "3 channels")


@pytest.mark.parametrize("rate_hz", [100, 2_000_000])
def test_impossible_sample_rate(tmp_path: Path, rate_hz: int) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, two_tones(8000), 8000)
    data = bytearray(path.read_bytes())
    data[24:28] = rate_hz.to_bytes(4, "little")
    path.write_bytes(data)
    refused(path, "sample rate")


def test_broken_bytes_never_raise_anything_else(tmp_path: Path) -> None:
    """Every mutation is either read or refused with an AudioError."""
    rng = np.random.default_rng(7)
    seeds = []
    for name, rate_hz, container, subtype, channels in SOUNDFILE:
        path = tmp_path / f"seed_{name}"
        samples = two_tones(rate_hz)[: rate_hz + rate_hz // 2, :channels]
        soundfile.write(path, samples, rate_hz, format=container, subtype=subtype)
        seeds.append((path.suffix, path.read_bytes()))
    write_av(tmp_path / "seed.m4a", "aac", 16000, two_tones(16000), "mp4")
    seeds.append((".m4a", (tmp_path / "seed.m4a").read_bytes()))
    outcomes = {"read": 0, "refused": 0}
    for turn in range(150):
        ending, data = seeds[turn % len(seeds)]
        broken = bytearray(data)
        reach = min(len(broken), 120) if turn % 3 else len(broken)
        for at in rng.integers(0, reach, size=int(rng.integers(1, 20))):
            broken[at] = int(rng.integers(0, 256))
        path = tmp_path / f"broken{ending}"
        path.write_bytes(broken)
        try:
            decode(path, CONFIG)
            outcomes["read"] += 1
        except AudioError as error:
            assert "\n" not in str(error)
            outcomes["refused"] += 1
    assert min(outcomes.values()) > 10


def test_missing_file(tmp_path: Path) -> None:
    refused(tmp_path / "gone.wav", "not there")


def test_dangling_link(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.symlink_to(tmp_path / "gone.wav")
    refused(path, "not there")


def test_a_pipe_does_not_hang(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    os.mkfifo(path)
    refused(path, "not a regular file")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_unreadable_file(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, two_tones(8000), 8000)
    path.chmod(0)
    refused(path, "cannot be read")


def test_a_read_that_fails_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, two_tones(8000), 8000)

    def no(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", no)
    refused(path, "cannot be read", "Permission denied", "permissions")


def test_a_recording_that_ends_early_is_read_and_said(tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole.wav", tmp_path / "cut.wav"
    soundfile.write(whole, two_tones(8000, 4), 8000)
    data = whole.read_bytes()
    cut.write_bytes(data[: len(data) // 2])
    audio = decode(cut, CONFIG)
    assert audio.duration_s == pytest.approx(2.0, abs=0.01)
    assert audio.promised_s == pytest.approx(4.0, abs=0.01)
    assert decode(whole, CONFIG).promised_s is None
