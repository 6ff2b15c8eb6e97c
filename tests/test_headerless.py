"""Headerless telephony files, told by their ending."""

from __future__ import annotations

import io
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from callcoach.audio.decode import EXTENSIONS, decode
from callcoach.config.audio import AudioConfig
from callcoach.config.config import Config
from callcoach.errors import AudioError
from callcoach.model.recording import Audio
from shipped import open_recording
from sounds import noise, silence

CONFIG = Config().audio
LINEAR = {".sln": 8000, ".sln8": 8000, ".sln12": 12000, ".sln16": 16000, ".sln24": 24000}
LINEAR |= {".sln32": 32000, ".sln44": 44100, ".sln48": 48000, ".sln96": 96000, ".sln192": 192000}
ULAW, ALAW = (".ulaw", ".ul", ".mulaw", ".pcmu"), (".alaw", ".al", ".pcma")


def spoken(rate_hz: int, seconds: float = 2.0) -> np.ndarray:
    """A rising voice behind a short silence, shape (n,)."""
    time = np.arange(round(seconds * rate_hz)) / rate_hz
    phase = 2 * np.pi * (120 * time + 15 * time**2)
    sound = sum(np.sin(k * phase) / k**2 for k in range(1, 20))
    return np.concatenate([silence(0.3, rate_hz), (0.2 * sound).astype(np.float32)])


def raw(samples: np.ndarray, rate_hz: int, subtype: str) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples, rate_hz, format="RAW", subtype=subtype, endian="LITTLE")
    return file.getvalue()


def g722(samples: np.ndarray) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format="g722") as out:
        stream = out.add_stream("g722", rate=16000, layout="mono")
        whole = (samples * 32767).astype(np.int16).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(whole, format="s16", layout="mono")
        frame.sample_rate = 16000
        fit = av.AudioResampler("s16", "mono", 16000, 320)
        for part in (*fit.resample(frame), *fit.resample(None), None):
            out.mux(stream.encode(part))
    return file.getvalue()


def read(folder: Path, name: str, data: bytes, config: AudioConfig = CONFIG) -> Audio:
    path = folder / name
    path.write_bytes(data)
    return decode(path, config)


def likeness(audio: Audio, rate_hz: int) -> float:
    """Correlation with the truth at the best lag of up to 10 ms."""
    truth = spoken(rate_hz)
    truth = np.interp(np.arange(len(audio.samples[0])) * rate_hz / 16000, range(len(truth)), truth)
    shifts = [
        np.corrcoef(audio.samples[0][4000 + n : 30000 + n], truth[4000:30000])[0, 1]
        for n in range(161)
    ]
    return float(max(shifts))


@pytest.mark.parametrize("ending", LINEAR)
def test_linear_sound_has_the_rate_of_its_ending(tmp_path: Path, ending: str) -> None:
    rate_hz = LINEAR[ending]
    audio = read(tmp_path, f"a{ending}", raw(spoken(rate_hz), rate_hz, "PCM_16"))
    assert (audio.source_rate_hz, audio.channels) == (rate_hz, 1)
    assert audio.duration_s == pytest.approx(2.3, abs=0.01)
    assert likeness(audio, rate_hz) > 0.99


@pytest.mark.parametrize(
    "ending, subtype",
    [
        *((e, "ULAW") for e in ULAW),
        *((e, "ALAW") for e in ALAW),
        *((".gsm", "GSM610"), (".vox", "VOX_ADPCM"), (".ULAW", "ULAW")),
    ],
)
def test_telephone_codings(tmp_path: Path, ending: str, subtype: str) -> None:
    audio = read(tmp_path, f"a{ending}", raw(spoken(8000), 8000, subtype))
    assert (audio.source_rate_hz, audio.channels) == (8000, 1)
    assert audio.duration_s == pytest.approx(2.3, abs=0.03)
    assert likeness(audio, 8000) > 0.9
    assert audio.faults == () and audio.promised_s is None


def test_g722(tmp_path: Path) -> None:
    audio = read(tmp_path, "a.g722", g722(spoken(16000)))
    assert audio.source_rate_hz == 16000
    assert audio.duration_s == pytest.approx(2.3, abs=0.03)
    assert likeness(audio, 16000) > 0.95


def test_g729_frames_are_ten_milliseconds(tmp_path: Path) -> None:
    # No encoder of it is at hand: frames of ten bytes, whatever they say, are read as 10 ms each.
    data = np.random.default_rng(3).bytes(10) * 200
    audio = read(tmp_path, "a.g729", data, AudioConfig(silence_dbov=-200))
    assert audio.duration_s == pytest.approx(2.0, abs=0.02)
    assert audio.source_rate_hz == 8000


def test_every_ending_is_looked_for() -> None:
    assert {*LINEAR, *ULAW, *ALAW, ".g722", ".g729", ".gsm", ".vox", ".raw", ".pcm"} <= EXTENSIONS


@pytest.mark.parametrize("ending", [".raw", ".pcm"])
def test_an_ending_that_says_nothing_asks_for_the_setting(tmp_path: Path, ending: str) -> None:
    data = raw(spoken(16000), 16000, "PCM_16")
    with pytest.raises(AudioError, match=r"audio\.raw_coding.*audio\.raw_rate_hz"):
        read(tmp_path, f"a{ending}", data)
    config = AudioConfig(raw_coding="linear", raw_rate_hz=16000)
    audio = read(tmp_path, f"a{ending}", data, config)
    assert audio.source_rate_hz == 16000
    assert likeness(audio, 16000) > 0.99


def test_the_rate_of_the_settings_is_that_of_codings_without_one(tmp_path: Path) -> None:
    config = AudioConfig(raw_rate_hz=16000)
    data = raw(spoken(16000), 16000, "ULAW")
    assert read(tmp_path, "a.ulaw", data, config).source_rate_hz == 16000
    assert read(tmp_path, "a.g722", g722(spoken(16000)), config).duration_s < 2.4
    data = raw(spoken(12000), 12000, "PCM_16")
    assert read(tmp_path, "a.sln12", data, config).source_rate_hz == 12000


@pytest.mark.parametrize("form", ["WAV", "OGG", "FLAC", "AU"])
def test_a_file_with_a_header_is_read_as_what_it_is(tmp_path: Path, form: str) -> None:
    file = io.BytesIO()
    soundfile.write(file, spoken(16000), 16000, format=form)
    audio = read(tmp_path, "a.ulaw", file.getvalue())
    assert audio.codec.startswith(form.lower())
    assert likeness(audio, 16000) > 0.98


@pytest.mark.parametrize("subtype", ["PCM_16", "ULAW", "ALAW", "GSM610"])
@pytest.mark.parametrize("name", ["a.wav", "a.mp3"])
def test_raw_sound_under_another_ending_is_refused_and_says_what_to_do(
    tmp_path: Path, name: str, subtype: str
) -> None:
    with pytest.raises(AudioError, match=r"without a header.*\.ulaw"):
        read(tmp_path, name, raw(spoken(8000, 20), 8000, subtype))


@pytest.mark.parametrize("ending", [".ulaw", ".alaw", ".sln", ".gsm", ".g722", ".vox"])
def test_text_is_no_call(tmp_path: Path, ending: str) -> None:
    text = b"2026-03-02 14:05 the customer asked for a refund, queue=billing\r\n" * 2000
    with pytest.raises(AudioError, match="text"):
        read(tmp_path, f"a{ending}", text)


@pytest.mark.parametrize("ending", [".ulaw", ".alaw", ".sln", ".gsm"])
def test_bytes_of_another_coding_are_no_call(tmp_path: Path, ending: str) -> None:
    packed = np.random.default_rng(4).bytes(60_000)
    with pytest.raises(AudioError, match="noise"):
        read(tmp_path, f"a{ending}", packed)


@pytest.mark.parametrize(
    "ending, subtype",
    [
        *((e, "PCM_16") for e in (".ulaw", ".alaw", ".gsm", ".vox")),
        *((e, "GSM610") for e in (".sln", ".ulaw", ".alaw", ".vox")),
        *((".sln", "ULAW"), (".vox", "ULAW"), (".vox", "ALAW"), (".ulaw", "VOX_ADPCM")),
    ],
)
def test_calls_of_another_coding_are_refused(tmp_path: Path, ending: str, subtype: str) -> None:
    # Speech and the quiet pauses of a line: the bytes of those are nearly constant.
    spoken_s, line = spoken(8000, 6.0), noise(3.0, -70, 8000)
    data = raw(np.concatenate([line, spoken_s, line]), 8000, subtype)
    with pytest.raises(AudioError, match="noise"):
        read(tmp_path, f"a{ending}", data)


def test_speech_that_is_cut_off_all_the_time_is_read(tmp_path: Path) -> None:
    loud = np.clip(spoken(8000, 6.0) * 20, -1, 1).astype(np.float32)
    assert np.sqrt(np.mean(loud**2)) > 0.4
    for ending, subtype in ((".sln", "PCM_16"), (".ulaw", "ULAW"), (".vox", "VOX_ADPCM")):
        assert read(tmp_path, f"a{ending}", raw(loud, 8000, subtype)).duration_s > 6.0


def test_big_endian_samples_are_refused(tmp_path: Path) -> None:
    values = (spoken(8000, 10) * 32767).astype(np.int16) + np.random.default_rng(1).integers(
        -200, 200, 82400
    ).astype(np.int16)
    with pytest.raises(AudioError, match="noise"):
        read(tmp_path, "a.sln", values.astype(">i2").tobytes())


@pytest.mark.parametrize("code", [0x55, 0xD5])
def test_an_idle_line_is_silent_not_text(tmp_path: Path, code: int) -> None:
    with pytest.raises(AudioError, match="silent"):
        read(tmp_path, "a.alaw", bytes([code]) * 40_000)


def test_copies_for_pages_are_read_by_the_same_settings(tmp_path: Path) -> None:
    path = tmp_path / "a.raw"
    path.write_bytes(raw(spoken(8000), 8000, "ULAW"))
    header, blocks = open_recording(path, AudioConfig(raw_coding="ulaw"))
    assert (header.sample_rate_hz, header.channels) == (8000, 1)
    assert np.abs(np.concatenate(list(blocks))[:, 0] - spoken(8000)).max() < 0.02
