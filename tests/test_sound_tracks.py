"""Files with more than one sound track: two of one channel are the call's two sides."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from callcoach.audio.decode import decode
from callcoach.config import Config
from callcoach.errors import AudioError
from shipped import open_recording
from sounds import tone

CONFIG = Config().audio
FORMS = {"mp4": "aac", "ipod": "aac", "matroska": "libopus", "webm": "libopus", "ogg": "libopus"}


def written(
    path: Path,
    form: str,
    tracks: Sequence[np.ndarray],
    *,
    codec: str = "aac",
    rates_hz: Sequence[int] = (48000, 48000, 48000),
    starts_s: Sequence[float] = (0, 0, 0),
    video: bool = False,
    together: bool = True,
) -> Path:
    """Encode tracks of shape (n, channels), their packets in turn or one track after the other."""
    with av.open(str(path), "w", format=form) as out:
        picture = out.add_stream("mpeg4", rate=5) if video else None
        if picture is not None:
            picture.width, picture.height, picture.pix_fmt = 64, 64, "yuv420p"
        packets = []
        for samples, rate_hz, start_s in zip(tracks, rates_hz, starts_s, strict=False):
            layout = "stereo" if samples.shape[1] == 2 else "mono"
            stream = out.add_stream(codec, rate=rate_hz, layout=layout)
            whole = np.ascontiguousarray((samples * 32767).astype(np.int16).reshape(1, -1))
            frame = av.AudioFrame.from_ndarray(whole, format="s16", layout=layout)
            frame.sample_rate, frame.time_base = rate_hz, Fraction(1, rate_hz)
            frame.pts = round(start_s * rate_hz)
            stream.codec_context.open()
            size = stream.codec_context.frame_size or 960
            fit = av.AudioResampler(stream.codec_context.format, layout, rate_hz, size)
            parts = (*fit.resample(frame), *fit.resample(None), None)
            packets.append([p for part in parts for p in stream.encode(part)])
        if picture is not None:
            for number in range(5):
                image = av.VideoFrame.from_ndarray(
                    np.full((64, 64, 3), 50 * number, np.uint8), format="rgb24"
                )
                image.pts = number
                out.mux(picture.encode(image))
            out.mux(picture.encode(None))
        rows = itertools.zip_longest(*packets) if together else packets
        out.mux([packet for row in rows for packet in row if packet is not None])
    return path


def mono(hz: float, seconds: float, rate_hz: int = 48000) -> np.ndarray:
    return tone(hz, seconds, rate_hz=rate_hz)[:, None]


def pitch_hz(samples: np.ndarray) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum)) * 16000 / len(samples)


def level(samples: np.ndarray) -> float:
    return float(np.sqrt(np.mean(samples**2)))


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("form", FORMS)
def test_two_tracks_are_two_channels(tmp_path: Path, form: str, together: bool) -> None:
    tracks = (mono(440, 3), mono(1000, 3))
    path = written(tmp_path / "a.mka", form, tracks, codec=FORMS[form], together=together)
    audio = decode(path, CONFIG)
    assert audio.channels == 2
    assert audio.duration_s == pytest.approx(3.0, abs=0.1)
    assert audio.promised_s is None and audio.faults == ()
    for samples, hz in zip(audio.samples, (440, 1000), strict=True):
        assert pitch_hz(samples[8000:40000]) == pytest.approx(hz, abs=2)


@pytest.mark.parametrize("lengths_s", [(3, 5), (5, 3), (45, 70)])
def test_the_shorter_track_is_padded(tmp_path: Path, lengths_s: tuple[int, int]) -> None:
    tracks = (mono(440, lengths_s[0]), mono(1000, lengths_s[1]))
    audio = decode(written(tmp_path / "a.m4a", "mp4", tracks), CONFIG)
    assert audio.duration_s == pytest.approx(max(lengths_s), abs=0.1)
    for samples, length_s in zip(audio.samples, lengths_s, strict=True):
        assert level(samples[: (length_s - 1) * 16000]) > 0.05
        assert length_s == max(lengths_s) or level(samples[(length_s + 1) * 16000 :]) < 1e-3


@pytest.mark.parametrize("form", ["mp4", "matroska"])
def test_a_track_that_begins_later_keeps_its_time(tmp_path: Path, form: str) -> None:
    path = tmp_path / "a.mka"
    tracks = (mono(440, 5), mono(1000, 2))
    written(path, form, tracks, codec=FORMS[form], starts_s=(0, 2.5))
    late = decode(path, CONFIG).samples[1]
    assert level(late[: int(2.4 * 16000)]) < 1e-3
    assert level(late[int(2.6 * 16000) : int(4.4 * 16000)]) > 0.05


def test_tracks_of_different_rates_keep_their_pitch(tmp_path: Path) -> None:
    tracks = (mono(440, 3, 8000), mono(1000, 3, 16000))
    path = written(tmp_path / "a.m4a", "mp4", tracks, rates_hz=(8000, 16000))
    audio = decode(path, CONFIG)
    assert audio.source_rate_hz == 16000
    for samples, hz in zip(audio.samples, (440, 1000), strict=True):
        assert pitch_hz(samples[8000:40000]) == pytest.approx(hz, abs=2)


@pytest.mark.parametrize("count", [1, 2])
def test_a_picture_beside_the_sound_is_passed_over(tmp_path: Path, count: int) -> None:
    tracks = (mono(440, 3), mono(1000, 3))[:count]
    audio = decode(written(tmp_path / "a.mp4", "mp4", tracks, video=True), CONFIG)
    assert audio.channels == count


@pytest.mark.parametrize("channels", [(1, 1, 1), (2, 1), (1, 2), (2, 2)])
def test_other_tracks_are_refused_not_dropped(tmp_path: Path, channels: tuple[int, ...]) -> None:
    tracks = [np.repeat(mono(440, 3), many, axis=1) for many in channels]
    path = written(tmp_path / "a.m4a", "mp4", tracks)
    said = f"{len(channels)} sound tracks with {sum(channels)} channels"
    with pytest.raises(AudioError, match=said):
        decode(path, CONFIG)


def test_copies_for_pages_are_made_of_both_tracks(tmp_path: Path) -> None:
    path = written(tmp_path / "a.m4a", "mp4", (mono(440, 3), mono(1000, 5)))
    header, blocks = open_recording(path)
    rows = np.concatenate(list(blocks)).T
    assert (header.sample_rate_hz, header.channels) == (48000, 2)
    assert len(rows[0]) == pytest.approx(5 * 48000, abs=4800)
    for samples, hz in zip(rows, (440, 1000), strict=True):
        assert pitch_hz(samples[24000:120000:3]) == pytest.approx(hz, abs=2)


def test_half_a_file_of_two_tracks_warns_once(tmp_path: Path) -> None:
    tracks = (mono(440, 6), mono(1000, 6))
    path = written(tmp_path / "a.mka", "matroska", tracks, codec="libopus")
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    audio = decode(path, CONFIG)
    assert audio.channels == 2
    assert 2 < audio.duration_s < 4
    assert (audio.promised_s is not None) + len(audio.faults) == 1
