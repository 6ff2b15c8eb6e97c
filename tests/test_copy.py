"""The copy that a page plays: exact in time, silent where it must be, the same bytes always."""

from __future__ import annotations

import base64
import itertools
import shutil
from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from callcoach.audio.decode import decode
from callcoach.config.config import Config
from callcoach.config.reports import ReportsConfig
from callcoach.errors import AudioError
from callcoach.model.recording import Recording
from callcoach.model.timeline import Span
from shipped import compact_copy as copy_of
from sounds import noise, silence, tone

CONFIG = ReportsConfig()
CLICKS_S = (0.1, 2.5, 7.25)  # at the start, inside, and near the end
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


def compact_copy(path: Path, silent: Sequence[Span], config: ReportsConfig) -> bytes:
    return copy_of(Recording(path, "a"), silent, config)


def clicks(times_s: Sequence[float], seconds: float, rate_hz: int) -> np.ndarray:
    """Short bursts that begin at the times given."""
    samples = silence(seconds, rate_hz)
    for time_s in times_s:
        start = round(time_s * rate_hz)
        samples[start : start + rate_hz // 200] = 0.7 * np.sign(tone(1000, 0.005, 0.0, rate_hz))
    return samples


def written(path: Path, *channels: np.ndarray, rate_hz: int = 8000) -> Path:
    soundfile.write(path, np.stack(channels, axis=1), rate_hz)
    return path


def heard(data: bytes, path: Path) -> np.ndarray:
    """What FFmpeg's libraries decode, at 16 kHz."""
    path.write_bytes(data)
    return decode(path, Config().audio).samples


def onsets_s(samples: np.ndarray, rate_hz: int) -> list[float]:
    """Where the sound rises above a third of its peak after at least half a second without."""
    loud = np.flatnonzero(np.abs(samples) > np.abs(samples).max() / 3) / rate_hz
    return [float(loud[0]), *(float(b) for a, b in itertools.pairwise(loud) if b - a > 0.5)]


@pytest.mark.parametrize("rate_hz", [8000, 11025, 16000, 44100, 48000, 96000])
def test_the_time_line_is_the_recordings_own(tmp_path: Path, rate_hz: int) -> None:
    left, right = clicks(CLICKS_S, 8.0, rate_hz), clicks([5.0], 8.0, rate_hz)
    data = compact_copy(written(tmp_path / "a.wav", left, right, rate_hz=rate_hz), (), CONFIG)
    found = heard(data, tmp_path / "copy.m4a")
    assert found.shape[0] == 2 and found.shape[1] / 16000 == pytest.approx(8.0, abs=0.1)
    assert onsets_s(found[0], 16000) == pytest.approx(CLICKS_S, abs=0.02)
    assert onsets_s(found[1], 16000) == pytest.approx([5.0], abs=0.02)


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
@pytest.mark.parametrize("rate_hz", [8000, 44100])
def test_chromium_plays_each_click_where_it_is(tmp_path: Path, rate_hz: int) -> None:
    """The browser's decoder gives whole samples: their places are exact, unlike a clock's."""
    from playwright.sync_api import sync_playwright

    left, right = clicks(CLICKS_S, 8.0, rate_hz), silence(8.0, rate_hz)
    data = compact_copy(written(tmp_path / "a.wav", left, right, rate_hz=rate_hz), (), CONFIG)
    script = """async (text) => {
      const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
      const sound = document.createElement("audio");
      sound.src = URL.createObjectURL(new Blob([bytes], {type: "audio/mp4"}));
      await new Promise((done, failed) => {
        sound.onloadedmetadata = done;
        sound.onerror = () => failed(sound.error.message);
      });
      const decoded = await new OfflineAudioContext(2, 48000, 48000).decodeAudioData(bytes.buffer);
      const channels = [0, 1].map((i) => Array.from(decoded.getChannelData(i)));
      return {seconds: sound.duration, rate: decoded.sampleRate, channels};
    }"""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        found = browser.new_page().evaluate(script, base64.b64encode(data).decode())
        browser.close()
    played, other = (np.array(channel) for channel in found["channels"])
    assert onsets_s(played, found["rate"]) == pytest.approx(CLICKS_S, abs=0.02)
    # The lead-in of the encoder would make it longer by 23 to 64 ms.
    assert found["seconds"] == pytest.approx(8.0, abs=0.015)
    assert np.abs(other).max() < 1e-3  # the channels are not mixed


def test_private_parts_are_silent_on_both_channels(tmp_path: Path) -> None:
    left, right = noise(10.0, -20, 8000, seed=1), noise(10.0, -20, 8000, seed=2)
    path = written(tmp_path / "a.wav", left, right)
    hidden = (Span(2.6, 4.4), Span(4.1, 5.4), Span(9.4, 30.0))
    found = heard(compact_copy(path, hidden, CONFIG), tmp_path / "copy.m4a")

    def level(start_s: float, end_s: float) -> float:
        return float(np.abs(found[:, round(start_s * 16000) : round(end_s * 16000)]).max())

    coded_s = 2 * 1024 / 16000  # what the coder blurs at an edge: two of its blocks
    assert level(2.6 + coded_s, 5.4 - coded_s) < 1e-4
    assert level(9.4 + coded_s, 10.0) < 1e-4
    for heard_s in (2.5, 5.5, 9.3):
        assert level(heard_s - 0.1, heard_s) > 0.05
    assert level(2.6, 2.6 + coded_s) < 0.05 and level(5.4 - coded_s, 5.4) < 0.05


def test_a_span_from_the_very_start_is_silent(tmp_path: Path) -> None:
    path = written(tmp_path / "a.wav", noise(3.0, -20, 8000))
    found = heard(compact_copy(path, (Span(0.0, 1.5),), CONFIG), tmp_path / "copy.m4a")
    assert np.abs(found[:, : round(1.3 * 16000)]).max() < 1e-4 < np.abs(found[:, 28000:]).max()


def test_the_copy_is_compact_and_says_nothing_of_its_source(tmp_path: Path) -> None:
    path = written(tmp_path / "Maya Smith.wav", *(noise(20.0, -20, 8000, seed=s) for s in (1, 2)))
    with soundfile.SoundFile(path, "r+") as file:
        file.title = "Maya Smith"
    data = compact_copy(path, (), CONFIG)
    assert len(data) < 20 * 2 * 48_000 / 8 * 1.1 + 5000
    assert compact_copy(path, (), CONFIG) == data
    assert len(compact_copy(path, (), ReportsConfig(audio_kbps=24))) < 0.7 * len(data)
    for word in (b"Maya", b"Smith", b"Lav", b"ffmpeg"):
        assert word not in data
    assert data.find(b"moov") < data.find(b"mdat")  # it plays before all of it has come
    (tmp_path / "copy.m4a").write_bytes(data)
    with av.open(str(tmp_path / "copy.m4a")) as file:
        stream = file.streams.audio[0]
        assert (stream.codec_context.name, stream.profile) == ("aac", "LC")
        assert (stream.sample_rate, stream.channels) == (16000, 2)
        assert "creation_time" not in {**file.metadata, **stream.metadata}


def test_one_channel_stays_one(tmp_path: Path) -> None:
    data = compact_copy(written(tmp_path / "a.wav", noise(2.0, -20, 8000)), (), CONFIG)
    assert heard(data, tmp_path / "copy.m4a").shape[0] == 1


def test_a_copy_can_be_made_of_a_copy(tmp_path: Path) -> None:
    """Any format that can be read: here MPEG-4 itself, through another reader than WAV."""
    first = tmp_path / "first.m4a"
    wav = written(tmp_path / "a.wav", clicks(CLICKS_S, 8.0, 8000), silence(8.0, 8000))
    first.write_bytes(compact_copy(wav, (), CONFIG))
    found = heard(compact_copy(first, (), CONFIG), tmp_path / "second.m4a")
    assert onsets_s(found[0], 16000) == pytest.approx(CLICKS_S, abs=0.02)


def test_what_is_no_recording_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_text("no sound")
    with pytest.raises(AudioError, match=r"a\.wav is not a recording"):
        compact_copy(tmp_path / "a.wav", (), CONFIG)
