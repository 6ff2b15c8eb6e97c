"""Wrong headers, joined files and half-delivered ones: the bytes count."""

from __future__ import annotations

import io
import struct
import tempfile
from functools import cache
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from callcoach.audio.decode import decode
from callcoach.audio.health import check_audio, health_warnings
from callcoach.config.config import Config
from callcoach.errors import AudioError
from callcoach.model.recording import Audio, FileFaultKind, Severity

CONFIG = Config().audio
CASES = Path(__file__).parent.parent.parent / "shared" / "cases" / "audio"
RATE_HZ = 8000
LIST = b"LIST" + struct.pack("<I", 26) + b"INFOISFT" + struct.pack("<I", 14) + b"Recorder 1.2.3"
UNKNOWN = (0xFFFFFFFF, 0x7FFFF000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFDB)


def speech(seconds: float, channels: int = 2, rate_hz: int = RATE_HZ) -> np.ndarray:
    """Two rising voices, shape (n, channels): no second is like another."""
    time = np.arange(round(seconds * rate_hz)) / rate_hz
    rows = []
    for hz in (130, 208):
        phase = 2 * np.pi * hz * (time + 0.05 * time**2)
        rows.append(0.2 * sum(np.sin(k * phase) / k**2 for k in range(1, 8)))
    return np.stack(rows, axis=1)[:, :channels].astype(np.float32)


def stored(samples: np.ndarray, form: str, subtype: str, rate_hz: int = RATE_HZ) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples, rate_hz, format=form, subtype=subtype)
    return file.getvalue()


def encoded(
    samples: np.ndarray, codec: str, form: str, rate_hz: int, options: dict[str, str] | None = None
) -> bytes:
    """Through FFmpeg's encoders."""
    layout = "stereo" if samples.shape[1] == 2 else "mono"
    file = tempfile.NamedTemporaryFile()  # noqa: SIM115  a file has a name, which faststart needs
    with av.open(file.name, "w", format=form, options=options or {}) as out:
        stream = out.add_stream(codec, rate=rate_hz, layout=layout)
        whole = np.ascontiguousarray((samples * 32767).astype(np.int16).reshape(1, -1))
        frame = av.AudioFrame.from_ndarray(whole, format="s16", layout=layout)
        frame.sample_rate = rate_hz
        fit = av.AudioResampler(stream.format, layout, rate_hz, stream.frame_size or 0)
        for part in (*fit.resample(frame), *fit.resample(None), None):
            out.mux(stream.encode(part))
    with file:
        return Path(file.name).read_bytes()


def wav(
    samples: np.ndarray, size: int | None = None, before: bytes = b"", after: bytes = b""
) -> bytes:
    """A WAV file of 16 bits whose data chunk says ``size``."""
    data = (samples * 32767).astype("<i2").tobytes()
    channels = samples.shape[1]
    form = struct.pack("<HHIIHH", 1, channels, RATE_HZ, RATE_HZ * 2 * channels, 2 * channels, 16)
    told = len(data) if size is None else size
    body = b"WAVEfmt " + struct.pack("<I", 16) + form + before
    body += b"data" + struct.pack("<I", told) + data + after
    return b"RIFF" + struct.pack("<I", min(len(body), 0xFFFFFFFF)) + body


def read(folder: Path, data: bytes, name: str = "a.wav") -> Audio:
    path = folder / name
    path.write_bytes(data)
    return decode(path, CONFIG)


def warned(audio: Audio) -> list[str]:
    """Codes of the warnings about the file; notes do not count."""
    own = health_warnings(audio, check_audio(audio, CONFIG), (), CONFIG, told_apart=True)
    return [w.code for w in own if w.severity is Severity.WARNING]


def kinds(audio: Audio) -> list[FileFaultKind]:
    return [fault.kind for fault in audio.faults]


def same(audio: Audio, samples: np.ndarray) -> bool:
    """Whether it is this sound, sample by sample as a file with a right header gives it."""
    with tempfile.TemporaryDirectory() as folder:
        right = read(Path(folder), stored(samples, "WAV", "PCM_16"), "right.wav").samples
    return audio.samples.shape == right.shape and bool(np.abs(audio.samples - right).max() < 0.002)


# ------------------------------------------------------------------ WAV


@pytest.mark.parametrize("after", [b"", LIST], ids=["nothing behind", "a LIST behind"])
@pytest.mark.parametrize(
    "size",
    [None, 0, 2 * RATE_HZ * 4, *UNKNOWN, "header", "file"],
    ids=lambda size: f"{size:#x}" if isinstance(size, int) else str(size),
)
def test_a_wav_is_read_to_the_end_of_its_sound(
    tmp_path: Path, size: int | str | None, after: bytes
) -> None:
    samples = speech(6)
    length = 6 * RATE_HZ * 4
    counted = {"header": length + 44, "file": length + 44 + len(after)}
    told = counted[size] if isinstance(size, str) else size
    audio = read(tmp_path, wav(samples, told, after=after))
    assert same(audio, samples)
    assert warned(audio) == []
    wrong = told in (0, 2 * RATE_HZ * 4)
    assert kinds(audio) == ([FileFaultKind.WRONG_LENGTH] if wrong else [])


def test_chunks_before_the_sound_are_passed_over(tmp_path: Path) -> None:
    samples = speech(3)
    odd = b"JUNK" + struct.pack("<I", 5) + b"12345"
    for before in (LIST, odd + b"\0", odd, odd + b"\0" + LIST):
        for size in (None, 0):
            assert same(read(tmp_path, wav(samples, size, before)), samples)


@pytest.mark.parametrize("padded", [True, False])
def test_an_odd_chunk_with_and_without_its_padding(tmp_path: Path, padded: bool) -> None:
    data = stored(speech(3, channels=1)[:-1], "WAV", "PCM_U8")
    assert len(data) == 44 + 3 * RATE_HZ - 1 + 1  # libsndfile pads
    data = (data if padded else data[:-1]) + LIST
    audio = read(tmp_path, data)
    assert audio.duration_s == pytest.approx(3 - 1 / RATE_HZ, abs=1e-3)
    assert kinds(audio) == []
    assert np.abs(audio.samples).max() < 0.9  # a chunk's letters would be loud


@pytest.mark.parametrize("size", [None, 0])
@pytest.mark.parametrize(
    "behind",
    [
        b"\0" * 100_000,
        b"<note>" + b"queue=billing agent=ann " * 4000,
        np.random.default_rng(1).bytes(100_000),
    ],
    ids=["zeros", "text", "something coded"],
)
def test_what_is_no_sound_is_not_read_as_sound(
    tmp_path: Path, behind: bytes, size: int | None
) -> None:
    samples = speech(3)
    audio = read(tmp_path, wav(samples, size) + behind)
    if size is None:
        assert same(audio, samples)
        assert warned(audio) == [] == kinds(audio)
    else:
        assert audio.duration_s >= 3  # nothing says where it ends: it is taken to the file's end


@pytest.mark.parametrize("size", [None, 0, "both"])
@pytest.mark.parametrize("pieces", [2, 3])
def test_joined_wav_files_are_one_call(tmp_path: Path, size: int | str | None, pieces: int) -> None:
    samples = speech(3 * pieces)
    parts = np.split(samples, pieces)
    told = pieces * 3 * RATE_HZ * 4 + (pieces - 1) * 44 + len(LIST) if size == "both" else size
    assert not isinstance(told, str)
    first = wav(parts[0], told, after=LIST)
    audio = read(tmp_path, first + b"".join(wav(part) for part in parts[1:]))
    assert same(audio, samples)
    assert warned(audio) == []
    assert FileFaultKind.JOINED in kinds(audio)


@pytest.mark.parametrize("subtype", ["ULAW", "ALAW", "GSM610", "IMA_ADPCM", "FLOAT", "PCM_24"])
def test_joined_files_of_every_coding(tmp_path: Path, subtype: str) -> None:
    one = stored(speech(3, channels=1), "WAV", subtype)
    lone = read(tmp_path, one)
    both = read(tmp_path, one + one)
    assert both.duration_s == pytest.approx(2 * lone.duration_s, abs=0.01)
    assert warned(both) == []
    middle = len(lone.samples[0])
    again = both.samples[0][middle : 2 * middle]
    assert np.abs(again - lone.samples[0][: len(again)])[400:-2000].max() < 0.05


def test_a_joined_file_at_another_rate_is_brought_to_the_first(tmp_path: Path) -> None:
    first = stored(speech(3), "WAV", "PCM_16")
    second = stored(speech(3, rate_hz=16000), "WAV", "PCM_16", 16000)
    audio = read(tmp_path, first + second)
    assert audio.duration_s == pytest.approx(6.0, abs=0.01)
    assert warned(audio) == []


def test_a_joined_file_of_other_channels_is_told_not_mixed_up(tmp_path: Path) -> None:
    data = wav(speech(3)) + wav(speech(2, channels=1))
    audio = read(tmp_path, data)
    assert same(audio, speech(3))
    assert warned(audio) == ["part_not_read"]


@pytest.mark.parametrize("form, subtype", [("RF64", "PCM_16"), ("WAV", "ULAW"), ("W64", "PCM_16")])
def test_half_of_a_file_of_samples_warns_once(tmp_path: Path, form: str, subtype: str) -> None:
    data = stored(speech(6), form, subtype)
    audio = read(tmp_path, data[: len(data) // 2])
    assert audio.duration_s == pytest.approx(3.0, abs=0.05)
    assert warned(audio) == ["cut_off"]
    if form != "W64":
        assert audio.promised_s == pytest.approx(6.0, abs=0.01)


# ------------------------------------------------------------------ other formats


FORMATS = (
    *("a.ogg", "a.opus", "a.flac", "a.mp3", "lame.mp3", "bare.mp3", "a.aac", "fast.m4a"),
    *("parts.m4a", "a.webm", "live.webm", "a.amr", "a.au", "a.aiff", "a.caf"),
)


@cache
def made(name: str) -> bytes:
    """Six seconds in a format that is delivered over networks."""
    low = speech(6)
    high = speech(6, rate_hz=48000)
    parts = {"movflags": "frag_keyframe+empty_moov", "frag_duration": "500000"}
    makers = {
        "a.ogg": lambda: stored(low, "OGG", "VORBIS"),
        "a.opus": lambda: stored(low, "OGG", "OPUS"),
        "a.flac": lambda: stored(low, "FLAC", "PCM_16"),
        "a.mp3": lambda: stored(speech(6, rate_hz=16000), "MP3", "MPEG_LAYER_III", 16000),
        "lame.mp3": lambda: encoded(low, "libmp3lame", "mp3", RATE_HZ),
        "bare.mp3": lambda: encoded(low, "libmp3lame", "mp3", RATE_HZ, {"write_xing": "0"}),
        "a.aac": lambda: encoded(low, "aac", "adts", RATE_HZ),
        "fast.m4a": lambda: encoded(low, "aac", "mp4", RATE_HZ, {"movflags": "faststart"}),
        "parts.m4a": lambda: encoded(low, "aac", "mp4", RATE_HZ, parts),
        "a.webm": lambda: encoded(high, "libopus", "webm", 48000),
        "live.webm": lambda: encoded(high, "libopus", "webm", 48000, {"live": "1"}),
        "a.amr": lambda: encoded(low[:, :1], "libopencore_amrnb", "amr", RATE_HZ),
        "a.au": lambda: stored(low, "AU", "PCM_16"),
        "a.aiff": lambda: stored(low, "AIFF", "PCM_16"),
        "a.caf": lambda: stored(low, "CAF", "PCM_16"),
    }
    return makers[name]()


@pytest.mark.parametrize("name", FORMATS)
def test_a_whole_file_has_no_fault(tmp_path: Path, name: str) -> None:
    audio = read(tmp_path, made(name), name)
    assert audio.duration_s == pytest.approx(6.0, abs=0.25)
    assert warned(audio) == [] == kinds(audio)


@pytest.mark.parametrize("name", FORMATS)
def test_joined_files_are_read_whole(tmp_path: Path, name: str) -> None:
    lone = read(tmp_path, made(name), name)
    both = read(tmp_path, made(name) * 2, name)
    assert both.duration_s == pytest.approx(2 * lone.duration_s, abs=0.1)
    assert warned(both) == []


@pytest.mark.parametrize("share", [0.4, 0.617, 0.9])
@pytest.mark.parametrize("name", FORMATS)
def test_half_delivered_files_warn_once(tmp_path: Path, name: str, share: float) -> None:
    data = made(name)
    audio = read(tmp_path, data[: round(len(data) * share) | 1], name)
    assert 6 * share - 1.6 < audio.duration_s < 6 * share + 0.4
    assert warned(audio) == ["cut_off"]


def test_an_index_that_never_came_is_named(tmp_path: Path) -> None:
    data = encoded(speech(6), "aac", "mp4", RATE_HZ)
    with pytest.raises(AudioError, match="before its index"):
        read(tmp_path, data[: len(data) // 2], "a.m4a")


@pytest.mark.parametrize(
    "name", ["a.ogg", "a.opus", "a.flac", "lame.mp3", "bare.mp3", "a.aac", "a.amr"]
)
def test_damage_inside_costs_its_place_only_and_warns_once(tmp_path: Path, name: str) -> None:
    data = bytearray(made(name))
    half = len(data) // 2
    data[half : half + 400] = np.random.default_rng(5).bytes(400)
    audio = read(tmp_path, bytes(data), name)
    assert audio.duration_s > 3.5
    assert warned(audio) == ["damaged"]


def test_an_mp3_with_tags_at_both_ends_has_no_fault(tmp_path: Path) -> None:
    tag = b"TAG" + b"a title".ljust(125, b"\0")
    ape = b"APETAGEX" + struct.pack("<4I8x", 2000, 32, 0, 0)
    for tail in (tag, ape + tag, b"\0" * 500):
        audio = read(tmp_path, made("lame.mp3") + tail, "a.mp3")
        assert warned(audio) == [] == kinds(audio)
        assert audio.duration_s == pytest.approx(6.0, abs=0.25)


def test_mp3_frames_behind_what_the_first_frame_counts_are_read(tmp_path: Path) -> None:
    bare = made("bare.mp3")
    audio = read(tmp_path, made("lame.mp3") + bare[bare.index(b"\xff\xe3") :], "a.mp3")
    assert audio.duration_s == pytest.approx(12.0, abs=0.5)
    assert warned(audio) == []


# ------------------------------------------------------------------ the shared cases


@pytest.mark.skipif(not CASES.is_dir(), reason="needs the shared recordings")
@pytest.mark.parametrize(
    "name",
    [
        "wav_header_says_0.wav",
        "wav_header_says_2_of_6_s.wav",
        "wav_two_files_in_one.wav",
        "wav_header_44_bytes_too_many.wav",
        "two_pieces.ogg",
        "two_pieces.mp3",
        "one_track_each.m4a",
    ],
)
def test_the_shared_cases_are_read_whole(name: str) -> None:
    audio = decode(CASES / name, CONFIG)
    assert audio.duration_s == pytest.approx(6.0, abs=0.03)
    assert audio.channels == 2
    assert warned(audio) == []
    if "44" in name:
        assert kinds(audio) == []
