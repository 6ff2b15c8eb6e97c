"""What has arrived: recordings that are still written, or lack their other half, wait."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from callcoach.batch.sources.arrivals import forget, settle, wait_for_manifest, waiting_since
from callcoach.batch.sources.listing import Lack, Source
from callcoach.config.nightly import ArrivalsConfig
from callcoach.errors import SourceError
from shipped import read_source
from test_source import manifest, touch

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
AT_ONCE = ArrivalsConfig(stable_s=0)


def no_sleep(seconds: float) -> None:
    raise AssertionError("nothing is to be waited for")


def ids(source: Source) -> list[str]:
    return [recording.call_id for recording in source.recordings]


def lacks(source: Source) -> dict[str, Lack]:
    return {waiting.call_id: waiting.lack for waiting in source.waiting}


def aged(path: Path, seconds: float = 3600) -> None:
    at = path.stat().st_mtime - seconds
    os.utime(path, (at, at))


# ------------------------------------------------------------------ still written


def test_a_recording_that_grows_while_it_is_looked_at_is_left(tmp_path: Path) -> None:
    touch(tmp_path, "grows.wav", "stands.wav", "old.wav")
    aged(tmp_path / "old.wav")
    slept = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        with (tmp_path / "grows.wav").open("ab") as file:
            file.write(b"more")

    found = settle(read_source(tmp_path), tmp_path, ArrivalsConfig(stable_s=5), sleep=sleep)
    assert slept == [5]
    assert ids(found) == ["old", "stands"]
    assert lacks(found) == {"grows": Lack.END}


def test_old_recordings_are_not_waited_for(tmp_path: Path) -> None:
    touch(tmp_path, "a.wav")
    aged(tmp_path / "a.wav")
    found = settle(read_source(tmp_path), tmp_path, ArrivalsConfig(stable_s=60), sleep=no_sleep)
    assert ids(found) == ["a"]


@pytest.mark.skipif(not Path("/proc/self/fdinfo").is_dir(), reason="the system does not tell")
@pytest.mark.parametrize("mode, left", [("ab", True), ("rb", False)])
def test_a_recording_that_another_process_writes_is_left(
    tmp_path: Path, mode: str, left: bool
) -> None:
    touch(tmp_path, "a.wav")
    aged(tmp_path / "a.wav")
    code = f"f = open({str(tmp_path / 'a.wav')!r}, {mode!r}); print('open', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None and other.stdout.readline() == b"open\n"
        found = settle(read_source(tmp_path), tmp_path, AT_ONCE)
        other.communicate(b"\n")
    assert lacks(found) == ({"a": Lack.END} if left else {})
    assert ids(settle(read_source(tmp_path), tmp_path, AT_ONCE)) == ["a"]


@pytest.mark.parametrize("name", ["a.wav.part", "a.wav.tmp", "a.wav.crdownload", ".a.wav.x7Gk"])
def test_names_of_what_is_under_way_are_no_recordings(tmp_path: Path, name: str) -> None:
    touch(tmp_path, name, "b.wav")
    assert ids(read_source(tmp_path)) == ["b"]


def test_a_manifest_that_is_still_written_is_waited_for(tmp_path: Path) -> None:
    path = manifest(tmp_path, "path\na.wav\n")
    writes = iter([True, True, False])

    def sleep(seconds: float) -> None:
        if next(writes):
            with path.open("a") as file:
                file.write("b.wav\n")

    wait_for_manifest(path, ArrivalsConfig(stable_s=60), sleep=sleep)
    assert next(writes, None) is None

    def forever(seconds: float) -> None:
        with path.open("a") as file:
            file.write("c.wav\n")

    with pytest.raises(SourceError, match="still being written"):
        wait_for_manifest(path, ArrivalsConfig(stable_s=60), sleep=forever)


# ------------------------------------------------------------------ either order


def test_a_row_waits_for_its_recording_and_then_fails(tmp_path: Path) -> None:
    touch(tmp_path, "in/a.wav")
    path = manifest(tmp_path / "in", "path,call_id\na.wav,c1\nb.wav,c2\n")
    out = tmp_path / "out"
    out.mkdir()
    at = NOW
    for hours, waits in ((0, True), (23, True), (24, False), (48, False)):
        at = NOW + timedelta(hours=hours)
        found = settle(read_source(path), out, AT_ONCE, now=at)
        assert ids(found) == ["c1"]
        assert lacks(found) == ({"c2": Lack.RECORDING} if waits else {})
        reasons = [r.reason for r in found.rejected]
        assert reasons == [] if waits else "has not come within 24 hours" in reasons[0]
    assert waiting_since(out) == {"c2": NOW}
    assert stat.S_IMODE((out / "waiting.json").stat().st_mode) == 0o600
    touch(tmp_path, "in/b.wav")
    found = settle(read_source(path), out, AT_ONCE, now=at)
    assert (ids(found), found.rejected, lacks(found)) == (["c1", "c2"], (), {})
    assert not (out / "waiting.json").exists()


def test_a_finished_call_waits_for_nothing(tmp_path: Path) -> None:
    touch(tmp_path, "in/a.wav")
    path = manifest(tmp_path / "in", "path,call_id\nb.wav,c2\na.wav,c1\n")
    out = tmp_path / "out"
    out.mkdir()
    config = ArrivalsConfig(stable_s=5, wait_h=0)
    aged(tmp_path / "in" / "a.wav")

    def never(seconds: float) -> None:
        raise AssertionError("nothing is new")

    found = settle(read_source(path), out, config, finished={"c2"}, sleep=never)
    assert (ids(found), found.rejected, found.waiting) == (["c2", "c1"], (), ())
    assert not (out / "waiting.json").exists()


def test_a_recording_without_a_row_is_left_or_analysed_later(tmp_path: Path) -> None:
    touch(tmp_path, "in/a.wav", "in/b.wav")
    path = manifest(tmp_path, "path,call_id\na.wav,b\n")
    for unlisted in ("leave", "analyse"):
        out = tmp_path / unlisted
        out.mkdir()
        config = ArrivalsConfig(stable_s=0, unlisted=unlisted)
        source = read_source(tmp_path / "in", path, out, config=config)
        first = settle(source, out, config, now=NOW)
        assert ids(first) == ["b"]
        (extra,) = lacks(first)
        assert extra.startswith("b-")  # the manifest has taken "b" already
        late = settle(source, out, config, now=NOW + timedelta(hours=25))
        assert ids(late) == (["b", extra] if unlisted == "analyse" else ["b"])
        assert lacks(late) == ({} if unlisted == "analyse" else {extra: Lack.ROW})


def test_calls_are_forgotten_and_a_broken_note_starts_anew(tmp_path: Path) -> None:
    path = manifest(tmp_path, "path,call_id\nb.wav,c2\nc.wav,c3\n")
    settle(read_source(path), tmp_path, AT_ONCE, now=NOW)
    assert forget(tmp_path, ["c2", "other"]) == 1
    assert list(waiting_since(tmp_path)) == ["c3"]
    (tmp_path / "waiting.json").write_text("[]")
    assert waiting_since(tmp_path) == {}
    found = settle(read_source(path), tmp_path, AT_ONCE, now=NOW)
    assert set(lacks(found)) == {"c2", "c3"}


# ------------------------------------------------------------------ escapes


def test_what_leads_out_of_the_source_is_refused_unless_its_folder_is_named(
    tmp_path: Path,
) -> None:
    touch(tmp_path, "elsewhere/s.wav", "in/a.wav")
    (tmp_path / "in" / "link.wav").symlink_to(tmp_path / "elsewhere" / "s.wav")
    path = manifest(
        tmp_path / "in",
        f"path,call_id\n../elsewhere/s.wav,up\n{tmp_path}/elsewhere/s.wav,whole\nlink.wav,link\n",
    )
    refused = read_source(path)
    assert ids(refused) == []
    assert all("lies outside" in r.reason for r in refused.rejected)
    assert [r.call_id for r in refused.rejected] == ["up", "whole", "link"]
    allowed = read_source(path, config=ArrivalsConfig(roots=(str(tmp_path / "elsewhere"),)))
    assert ids(allowed) == ["up", "whole", "link"]
    with pytest.raises(SourceError, match="whole paths"):
        read_source(path, config=ArrivalsConfig(roots=("elsewhere",)))


@pytest.mark.parametrize("kind", ["pipe", "loop", "bytes", "zero"])
def test_what_is_no_file_is_refused_and_not_opened(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.wav"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "loop":
        path.symlink_to(path)
    elif kind == "bytes":
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/a\xff.wav")).write_bytes(b"x")
    source = read_source(tmp_path) if kind != "zero" else None
    if source is None:
        source = read_source(manifest(tmp_path, 'path\n"/dev/zero"\n'))
    assert ids(source) == []
    (refused,) = source.rejected
    refused.source_name.encode()
    refused.reason.encode()
