"""What a page plays: copy, link or nothing, and changing one's mind without transcribing again."""

from __future__ import annotations

import logging
import os
import stat
from dataclasses import replace
from pathlib import Path
from urllib.parse import urljoin, urlparse
from urllib.request import url2pathname

import numpy as np
import pytest
import soundfile

from callcoach.audio.decode import decode
from callcoach.batch import playback, worker
from callcoach.batch.ledger import Entry, Ledger, State
from callcoach.batch.playback import COPY_NAME, link_to
from callcoach.batch.resound import resound
from callcoach.batch.store import Store
from callcoach.batch.worker import Task, do_call
from callcoach.call import CallAnalysis, Recording
from callcoach.config import Config
from callcoach.errors import SourceError
from callcoach.playback import Playback, PlaybackKind, PrivateKind, Redaction
from callcoach.settings.reports import ReportsConfig
from factory import mono, two_channels
from shipped import SHIPPED, read_source, with_playback
from sounds import noise
from stored import named, stored

COPY, LINK, NONE = (ReportsConfig(audio=kind) for kind in ("copy", "link", "none"))
A_COPY = Playback(PlaybackKind.COPY, COPY_NAME, "audio/mp4")


def recording(folder: Path, call_id: str = "a", seed: int = 0) -> Recording:
    folder.mkdir(exist_ok=True)
    path = folder / f"{call_id}.wav"
    both = np.stack([noise(3.0, -20, 8000, seed=seed), noise(3.0, -30, 8000, seed=9)], axis=1)
    soundfile.write(path, both, 8000)
    return Recording(path, call_id)


class Batch:
    """An output folder of stored calls, and the recordings they are of."""

    def __init__(self, root: Path, *call_ids: str) -> None:
        self.recordings = [recording(root / "in", call_id) for call_id in call_ids]
        self.store = stored(root / "out", [named(two_channels(), c) for c in call_ids])

    def settle(self, config: ReportsConfig, jobs: int = 1, key: str | None = None) -> int:
        ledger = Ledger(self.store.ledger)
        try:
            for entry in ledger.entries() if key else ():
                ledger.put(Entry(entry.call_id, "a.wav", key or "", State.DONE, 1))
            return resound(
                self.store,
                ledger,
                self.recordings,
                config,
                jobs=jobs,
                site=SHIPPED.site,
                audio=SHIPPED.audio,
            )
        finally:
            ledger.close()

    def playback(self, call_id: str = "a") -> Playback | None:
        return self.store.load(call_id).playback

    def copy(self, call_id: str = "a") -> Path:
        return self.store.call_folder(call_id) / COPY_NAME


# ------------------------------------------------------------------------ one call


def test_a_copy_lies_beside_the_page_for_the_user_alone(tmp_path: Path) -> None:
    call, folder = recording(tmp_path / "in"), tmp_path / "out" / "a"
    hidden = (Redaction(1.0, 1.2, "customer", PrivateKind.CARD_NUMBER),)
    analysis, problem = with_playback(
        two_channels(redactions=hidden), call, folder, ReportsConfig(silence_margin_s=0.3)
    )
    assert (analysis.playback, problem) == (A_COPY, None)
    assert stat.S_IMODE((folder / COPY_NAME).stat().st_mode) == 0o600
    samples = decode(folder / COPY_NAME, Config().audio).samples
    assert np.abs(samples[:, round(0.85 * 16000) : round(1.35 * 16000)]).max() < 1e-4
    assert np.abs(samples[:, : round(0.6 * 16000)]).max() > 0.01


@pytest.mark.parametrize("name", ["a b.wav", "100% #1?.wav", "café ☎.mp3", "quote'\"<b>.wav"])
def test_a_link_leads_from_the_calls_folder_to_the_recording(tmp_path: Path, name: str) -> None:
    (tmp_path / "in dir").mkdir()
    path, folder = tmp_path / "in dir" / name, tmp_path / "out" / "calls" / "a+b=c"
    path.touch()
    found = link_to(path, folder)
    assert found.kind is PlaybackKind.LINK and found.mime in ("audio/wav", "audio/mpeg")
    assert found.href.isascii() and not set(found.href) & set(" #?\"'<>")
    url = urlparse(urljoin((folder / "report.html").as_uri(), found.href))
    assert Path(url2pathname(url.path)) == path


def test_a_name_that_is_no_text_can_be_linked(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.wav"))
    assert link_to(path, tmp_path / "out" / "calls" / "a").href == "../../../%FF.wav"


def test_an_unknown_kind_of_recording_has_a_plain_media_type(tmp_path: Path) -> None:
    assert link_to(tmp_path / "a.amr", tmp_path / "o").mime == "application/octet-stream"


@pytest.mark.parametrize("config", [LINK, NONE])
def test_a_copy_goes_when_it_is_not_wanted(tmp_path: Path, config: ReportsConfig) -> None:
    call, folder = recording(tmp_path / "in"), tmp_path / "out" / "a"
    analysis, _ = with_playback(two_channels(), call, folder, COPY)
    after, problem = with_playback(analysis, call, folder, config)
    assert not (folder / COPY_NAME).exists() and problem is None
    assert after.playback == (link_to(call.path, folder) if config is LINK else None)


def test_what_cannot_be_encoded_costs_only_its_sound(tmp_path: Path) -> None:
    folder = tmp_path / "out" / "a"
    with_playback(two_channels(), recording(tmp_path / "in"), folder, COPY)
    (tmp_path / "b.wav").write_text("no sound")
    analysis, problem = with_playback(
        two_channels(), Recording(tmp_path / "b.wav", "b"), folder, COPY
    )
    assert analysis.playback is None and "b.wav is not a recording" in str(problem)
    assert not (folder / COPY_NAME).exists()  # of the call as it was before


def test_a_defect_while_encoding_costs_only_the_sound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> bytes:
        raise KeyError("moov")

    monkeypatch.setattr(playback, "compact_copy", broken)
    call = recording(tmp_path / "in")
    analysis, problem = with_playback(two_channels(), call, tmp_path / "out", COPY)
    assert analysis.playback is None and "unexpected KeyError" in str(problem)


def test_the_worker_writes_the_sound_before_the_analysis_that_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = recording(tmp_path / "in")
    monkeypatch.setattr(worker, "load_models", lambda config: None)
    monkeypatch.setattr(worker, "analyse", lambda *_: named(two_channels(), "a"))
    order: list[str] = []

    def seen(store: Store, analysis: CallAnalysis, _: object) -> None:
        order.append("copy" if (store.call_folder("a") / COPY_NAME).is_file() else "nothing")
        assert analysis.playback == A_COPY

    monkeypatch.setattr(worker, "write_analysis", seen)
    assert do_call(Task(call, Config(), tmp_path / "out")).error is None
    assert order == ["copy"]


# ------------------------------------------------------------------------ finished calls


def test_finished_calls_get_a_copy_and_are_then_left_alone(tmp_path: Path) -> None:
    batch = Batch(tmp_path, "a", "b")
    assert batch.settle(COPY) == 2
    assert batch.playback("a") == batch.playback("b") == A_COPY
    assert '"audio.m4a"' in batch.store.analysis_path("a").read_text(encoding="utf-8")
    before = {path: path.stat().st_mtime_ns for path in batch.store.calls.rglob("*")}
    assert batch.settle(COPY) == 0
    assert {path: path.stat().st_mtime_ns for path in batch.store.calls.rglob("*")} == before


def test_what_a_worker_just_made_is_not_made_again(tmp_path: Path) -> None:
    batch = Batch(tmp_path, "a")
    batch.settle(COPY)
    made = batch.copy().stat().st_mtime_ns
    # The call was analysed anew: what its worker left is looked at once, and kept.
    assert (batch.settle(COPY, key="another"), batch.settle(COPY)) == (1, 0)
    assert batch.copy().stat().st_mtime_ns == made


@pytest.mark.parametrize("jobs", [1, pytest.param(2, marks=pytest.mark.long)])
def test_a_changed_setting_changes_the_sound(
    tmp_path: Path, jobs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("callcoach.batch.resound._FEW", 0)  # also in processes of their own
    batch = Batch(tmp_path, "a", "b")
    analyses = [replace(batch.store.load(c), playback=None) for c in "ab"]
    batch.settle(COPY, jobs)
    large = batch.copy().read_bytes()
    assert batch.settle(ReportsConfig(audio_kbps=24), jobs) == 2
    assert len(batch.copy().read_bytes()) < len(large)
    assert batch.settle(LINK, jobs) == 2
    assert batch.playback("b") == link_to(tmp_path / "in" / "b.wav", batch.store.call_folder("b"))
    assert not batch.copy().exists()
    assert batch.settle(NONE, jobs) == 2
    assert batch.playback("a") is None
    assert batch.settle(COPY, jobs) == 2
    assert batch.copy().read_bytes() == large
    batch.settle(NONE, jobs)
    # Nothing else of the analysis has changed on the way.
    assert [batch.store.load(c) for c in "ab"] == analyses
    assert not list(tmp_path.rglob("*.tmp"))


def test_a_missing_copy_is_made_again(tmp_path: Path) -> None:
    batch = Batch(tmp_path, "a")
    batch.settle(COPY)
    made = batch.copy().read_bytes()
    batch.copy().unlink()
    assert batch.settle(COPY) == 1
    assert batch.copy().read_bytes() == made


def test_a_moved_recording_is_linked_anew(tmp_path: Path) -> None:
    batch = Batch(tmp_path, "a")
    batch.settle(LINK)
    moved = batch.recordings[0].path.rename(tmp_path / "moved.wav")
    batch.recordings = [Recording(moved, "a")]
    assert batch.settle(LINK) == 1
    assert batch.playback() == link_to(moved, batch.store.call_folder("a"))


def test_a_recording_that_is_gone_keeps_what_there_is(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    batch = Batch(tmp_path, "a", "b")
    batch.settle(COPY)
    made = batch.copy().read_bytes()
    batch.recordings[0].path.unlink()
    with caplog.at_level(logging.ERROR, "callcoach"):
        batch.settle(ReportsConfig(audio_kbps=24))
    assert "the sound of a: the recording a.wav is gone" in caplog.text
    assert batch.copy().read_bytes() == made and batch.playback() == A_COPY
    assert batch.copy("b").stat().st_size < len(made)
    assert batch.settle(ReportsConfig(audio_kbps=24)) == 1  # tried again: it may come back
    recording(tmp_path / "in", "a")
    batch.settle(ReportsConfig(audio_kbps=24))
    assert batch.copy().stat().st_size < len(made)


def test_a_recording_that_cannot_be_encoded_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    batch = Batch(tmp_path, "a", "b")
    batch.recordings[0].path.write_text("no sound")
    with caplog.at_level(logging.ERROR, "callcoach"):
        assert batch.settle(COPY) == 2
    assert "a.wav is not a recording" in caplog.text
    assert batch.playback("a") is None and batch.playback("b") == A_COPY
    assert batch.settle(COPY) == 0


def test_none_takes_all_copies_away_whatever_the_source_is(tmp_path: Path) -> None:
    batch = Batch(tmp_path, "a", "b")
    batch.settle(COPY)
    batch.recordings = batch.recordings[:1]
    assert batch.settle(NONE) == 2
    assert batch.playback("b") is None
    assert not list(batch.store.root.rglob("*.m4a"))


def test_calls_of_another_source_keep_their_sound(tmp_path: Path) -> None:
    batch = Batch(tmp_path, "a", "b")
    batch.settle(COPY)
    batch.recordings = batch.recordings[:1]
    assert batch.settle(LINK) == 1
    assert batch.playback("b") == A_COPY and batch.copy("b").is_file()


def test_a_call_that_cannot_be_read_costs_no_other(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    batch = Batch(tmp_path, "a", "b")
    batch.store.analysis_path("a").write_text("{")
    with caplog.at_level(logging.ERROR, "callcoach"):
        batch.settle(COPY)
    assert "the sound of a" in caplog.text and batch.playback("b") == A_COPY


def test_one_channel_is_copied_too(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    path = tmp_path / "in" / "m.wav"
    soundfile.write(path, noise(2.0, -20, 8000), 8000)
    analysis, problem = with_playback(mono(), Recording(path, "m"), tmp_path / "out", COPY)
    assert (analysis.playback, problem) == (A_COPY, None)


# ------------------------------------------------------------------------ what it must not touch


def test_the_sound_decides_nothing_about_transcribing() -> None:
    hashes = {Config(reports=config).sha256 for config in (COPY, LINK, NONE)}
    assert hashes == {Config().sha256}


def test_copies_of_another_output_folder_are_no_recordings(tmp_path: Path) -> None:
    batch = Batch(tmp_path, "a")
    batch.settle(COPY)
    found = read_source(tmp_path, skip=tmp_path / "elsewhere")
    assert [call.path.name for call in found.recordings] == ["a.wav"]
    with pytest.raises(SourceError, match="no recordings"):
        read_source(tmp_path / "out")
    # A recording that only has that name is one.
    recording(tmp_path / "in", "b").path.rename(tmp_path / "in" / COPY_NAME)
    assert len(read_source(tmp_path / "in").recordings) == 2
