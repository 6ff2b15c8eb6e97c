"""Folders and manifests."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from callcoach.batch.sources.arrivals import settle
from callcoach.config.nightly import ArrivalsConfig
from callcoach.config.source import SourceConfig
from callcoach.errors import SourceError
from callcoach.measure.clips import read_clips
from callcoach.model.party import Side
from shipped import read_source

SHARED = Path(__file__).parents[2] / "shared" / "cases" / "text"
ROW = "a.wav,c1,Kim,2026-03-02T10:00:00,left"
COMPOSED, DECOMPOSED = (unicodedata.normalize(form, "José.wav") for form in ("NFC", "NFD"))


def touch(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def manifest(root: Path, text: str, name: str = "calls.csv") -> Path:
    path = root / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_folder_is_searched_recursively_in_a_fixed_order(tmp_path: Path) -> None:
    touch(tmp_path, "b.WAV", "a/one.flac", "a/two.mp3", "notes.txt", ".hidden.wav", ".git/x.wav")
    found = read_source(tmp_path).recordings
    assert [r.call_id for r in found] == ["a__one", "a__two", "b"]
    assert all(r.agent_side is None and r.agent_id is None for r in found)


def test_same_names_get_different_ids(tmp_path: Path) -> None:
    touch(tmp_path, "a.wav", "a.mp3", "x/a.wav", "x__a.wav")
    ids = [r.call_id for r in read_source(tmp_path).recordings]
    assert len({i.casefold() for i in ids}) == 4
    assert {"a.wav", "a.mp3"} <= set(ids)


def test_the_output_folder_is_not_searched(tmp_path: Path) -> None:
    touch(tmp_path, "a.wav", "out/calls/a/audio.opus")
    assert len(read_source(tmp_path, skip=tmp_path / "out").recordings) == 1


def test_one_recording_is_a_source(tmp_path: Path) -> None:
    touch(tmp_path, "my call.wav")
    (only,) = read_source(tmp_path / "my call.wav").recordings
    assert only.call_id == "my_call"


def test_links_out_of_the_folder_are_refused_one_by_one(tmp_path: Path) -> None:
    touch(tmp_path, "in/a.wav", "secret.wav")
    (tmp_path / "in" / "b.wav").symlink_to(tmp_path / "secret.wav")
    source = read_source(tmp_path / "in")
    assert [r.call_id for r in source.recordings] == ["a"]
    assert [(r.call_id, "outside" in r.reason) for r in source.rejected] == [("b", True)]


def test_a_manifest_says_who_is_where_and_passes_columns_through(tmp_path: Path) -> None:
    touch(tmp_path, "x/1.wav", "x/2.wav")
    path = manifest(
        tmp_path,
        "path,call_id,agent_id,started_at,agent_channel,queue,note\n"
        'x/1.wav,c1,ann,2026-03-02T09:15:00+01:00,left,billing,"said ""hi"", left"\n'
        "x/2.wav,,,,2,,\n",
    )
    one, two = read_source(path).recordings
    assert (one.call_id, one.agent_id, one.agent_side) == ("c1", "ann", Side.LEFT)
    assert one.started_at == "2026-03-02T09:15:00+01:00"
    assert [(m.name, m.value) for m in one.metadata] == [
        ("queue", "billing"),
        ("note", 'said "hi", left'),
    ]
    assert (two.call_id, two.agent_id, two.agent_side) == ("2", None, Side.RIGHT)
    assert one.path == tmp_path / "x/1.wav"


def test_manifest_beside_an_audio_folder(tmp_path: Path) -> None:
    touch(tmp_path, "audio/1.wav")
    path = manifest(tmp_path, "path\n1.wav\n")
    (only,) = read_source(tmp_path / "audio", path).recordings
    assert only.path == tmp_path / "audio" / "1.wav"


def test_semicolons_and_a_byte_order_mark_as_spreadsheets_write_them(tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    path.write_bytes("\ufeffpath;call_id\r\n1.wav;c1\r\n".encode())
    assert [r.call_id for r in read_source(path).recordings] == ["c1"]


@pytest.mark.parametrize("given", ["../secret.wav", "x/../../secret.wav", "/etc/passwd"])
def test_a_path_that_climbs_out_fails_that_call_only(tmp_path: Path, given: str) -> None:
    root = tmp_path / "in"
    touch(root, "a.wav")
    source = read_source(manifest(root, f"path,call_id\na.wav,c1\n{given},c2\n"))
    assert [r.call_id for r in source.recordings] == ["c1"]
    (out,) = source.rejected
    assert out.call_id == "c2"
    assert given in out.reason


def test_a_path_that_is_too_long_fails_that_call_only(tmp_path: Path) -> None:
    root = tmp_path / "in"
    touch(root, "a.wav")
    source = read_source(manifest(root, f"path,call_id\na.wav,c1\n{'x' * 300}.wav,c2\n"))
    assert [r.call_id for r in source.recordings] == ["c1"]
    assert [(r.call_id, "leads nowhere" in r.reason) for r in source.rejected] == [("c2", True)]


@pytest.mark.parametrize("given", [".", "..", "/", "sub", "\\", "C:", "a.wav/b", "con:\\x"])
def test_a_path_that_is_no_file_costs_that_call_only(tmp_path: Path, given: str) -> None:
    root = tmp_path / "in"
    touch(root, "a.wav", "sub/b.wav")
    settings = SourceConfig(name_pattern="(?P<agent_id>x)", sidecar_call_id="id")
    path = manifest(root, f"path,call_id\na.wav,c1\n{given},c2\n")
    source = settle(read_source(path, settings=settings), tmp_path, ArrivalsConfig(stable_s=0))
    assert [r.call_id for r in source.recordings] == ["c1"]
    assert [one.call_id for one in (*source.rejected, *source.waiting)] == ["c2"]


@pytest.mark.parametrize(
    "text, words",
    [
        ("file,call_id\na.wav,c1\n", ["no column 'path'", "file"]),
        ("", ["no column 'path'"]),
        ("path,call_id\na.wav,c1\nb.wav,C1\n", ["row 3", "'C1'", "row 2"]),
        ("path,call_id\na.wav,../c1\n", ["row 2", "call_id"]),
        ("path,agent_chanel\na.wav,left\n", ["agent_chanel", "agent_channel"]),
        ("path,agent_channel\na.wav,middle\n", ["row 2", "middle", "left or right"]),
        ("path,agent_channel\na.wav,0\n", ["row 2", "first channel is 1"]),
        ("path,started_at\na.wav,yesterday\n", ["row 2", "yesterday"]),
        ("path,queue,queue\na.wav,x,y\n", ["queue", "twice"]),
        ("path,duration_s\na.wav,9\n", ["duration_s"]),
        ("path,call_id\na.wav\n", ["row 2", "1 cells"]),
        ("path,call_id\n,c1\n", ["row 2", "path is empty"]),
        ("path,call_id\n", ["no rows"]),
    ],
)
def test_a_wrong_manifest_is_refused_before_anything_starts(
    tmp_path: Path, text: str, words: list[str]
) -> None:
    path = manifest(tmp_path, text)
    with pytest.raises(SourceError) as caught:
        read_source(path)
    message = str(caught.value)
    assert "\n" not in message
    for word in ["calls.csv", *words]:
        assert word in message


def test_sources_that_are_not_there_or_hold_nothing(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="is not there"):
        read_source(tmp_path / "gone")
    with pytest.raises(SourceError, match="no recordings"):
        read_source(tmp_path)
    with pytest.raises(SourceError, match="cannot read the manifest"):
        (tmp_path / "folder.csv").write_bytes(b"\x00\x01\x02\xff bad")
        read_source(tmp_path / "folder.csv")


# ------------------------------------------------------------------ as spreadsheets write them


@pytest.mark.parametrize(
    "header, row",
    [
        ("Path,CALL_ID,Agent_ID,Started_At,agent_channel", ROW),
        ("path,call_id,agent_id,started_at,agent_channel,,", f"{ROW},,"),
        ("path,call_id,agent_id,started_at,agent_channel,,", ROW + ",,,,"),
        ("path,,call_id,agent_id,started_at,agent_channel", ROW.replace(",", ",,", 1)),
        ("sep=;\npath;call_id;agent_id;started_at;agent_channel", ROW.replace(",", ";")),
    ],
)
def test_what_a_spreadsheet_adds_or_changes_is_no_matter(
    tmp_path: Path, header: str, row: str
) -> None:
    touch(tmp_path, "a.wav")
    (only,) = read_source(manifest(tmp_path, f"{header}\n{row}\n")).recordings
    assert (only.path.name, only.call_id, only.agent_id) == ("a.wav", "c1", "Kim")
    assert (only.agent_side, only.metadata) == (Side.LEFT, ())


@pytest.mark.parametrize(
    "text, words",
    [
        ("path,Path\na.wav,b.wav\n", ["'path' and 'Path'", "capitals"]),
        ("path,,\na.wav,,note\n", ["row 2", "'note'", "without a name"]),
        ("path,call_id\na.wav,c1,c2\n", ["row 2", "3 cells"]),
        ("sep=,\npath,agent_channel\na.wav,middle\n", ["row 3", "middle"]),
    ],
)
def test_what_may_be_a_mistake_is_not_passed_over(
    tmp_path: Path, text: str, words: list[str]
) -> None:
    with pytest.raises(SourceError) as caught:
        read_source(manifest(tmp_path, text))
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    "given, there, call_id",
    [
        ("sub\\a.wav", "sub/a.wav", "a"),
        (".\\sub\\a.wav", "sub/a.wav", "a"),
        ("sub\\a.wav", "sub\\a.wav", "sub_a"),  # a name that is allowed here stays one
        ("Sub/A.WAV", "sub/a.wav", "A"),
        (COMPOSED, DECOMPOSED, "José"),
        (f"sub\\{DECOMPOSED}", f"sub/{COMPOSED}", "Jose_"),
    ],
)
def test_paths_of_other_systems_are_found(
    tmp_path: Path, given: str, there: str, call_id: str
) -> None:
    touch(tmp_path, there, "other.wav")
    (only,) = read_source(manifest(tmp_path, f"path\n{given}\n")).recordings
    assert only.path == tmp_path / there and only.path.is_file()
    assert only.call_id == call_id


@pytest.mark.parametrize(
    "given, there, words",
    [
        ("a.wav", ["A.wav", "a.WAV"], ["a.wav is not there", "did you mean 'A.wav' or 'a.WAV'?"]),
        ("C:\\calls\\sub\\a.wav", ["sub/a.wav"], ["did you mean 'sub/a.wav'?"]),
        ("\\\\nas\\calls\\a.wav", ["sub/a.wav"], ["another machine", "write it as it is from"]),
    ],
)
def test_where_it_is_not_clear_which_file_is_meant_none_is_taken(
    tmp_path: Path, given: str, there: list[str], words: list[str]
) -> None:
    touch(tmp_path, *there, "z.wav")
    source = read_source(manifest(tmp_path, f"path,call_id\n{given},c1\nz.wav,c2\n"))
    assert [r.call_id for r in source.recordings] == ["c2"]
    (refused,) = source.rejected
    assert all(word in refused.reason for word in words), refused.reason


@pytest.mark.skipif(not SHARED.is_dir(), reason="no shared data")
@pytest.mark.parametrize(
    "name, there",
    [
        ("m_capitals", "a.wav"),
        ("m_empty_columns", "a.wav"),
        ("m_windows_paths", "sub/a.wav"),
        ("m_nfc", DECOMPOSED),
    ],
)
def test_tables_that_people_sent(tmp_path: Path, name: str, there: str) -> None:
    touch(tmp_path, there)
    (tmp_path / "calls.csv").write_bytes((SHARED / f"{name}.csv").read_bytes())
    (only,) = read_source(tmp_path / "calls.csv").recordings
    assert only.path == tmp_path / there
    assert (only.call_id, only.agent_id, only.agent_side) == ("c1", "Kim", Side.LEFT)
    assert only.metadata == ()


def test_a_table_of_clips_is_read_the_same_way(tmp_path: Path) -> None:
    touch(tmp_path, "sub/a.wav")
    path = manifest(tmp_path, "Path,SPEAKER,,\nsub\\a.wav,kim,,\n")
    (row,) = read_clips(path)
    assert (row.path, row.speaker) == (tmp_path / "sub/a.wav", "kim")


# ------------------------------------------------------------------ what is not looked at


def test_files_that_are_no_recordings_are_counted_in_one_line(tmp_path: Path) -> None:
    touch(tmp_path, "a.wav", *(f"n{number}.TXT" for number in range(30)), "sub/b.docx", "README")
    touch(tmp_path, ".hidden.txt", "out/index.html", "old/ledger.sqlite", "old/calls/a/report.html")
    touch(tmp_path, "call.of-mr-smith", "x.zip")
    source = read_source(tmp_path, skip=tmp_path / "out")
    assert source.overlooked.lines == (
        "34 files were not looked at: 30 .txt, 1 .docx, 1 .zip, 1 without an ending, 1 others",
    )
    assert read_source(tmp_path / "sub" / ".." / "a.wav").overlooked.lines == ()


def test_a_folder_without_recordings_says_what_it_holds(tmp_path: Path) -> None:
    touch(tmp_path, "a.txt", "b.txt")
    with pytest.raises(SourceError, match=r"no recordings in .* \(2 \.txt\)"):
        read_source(tmp_path)


def test_the_manifest_is_none_of_the_files_that_are_not_looked_at(tmp_path: Path) -> None:
    touch(tmp_path, "a.wav", "b.wav", "c.txt")
    path = manifest(tmp_path, "path\na.wav\n")
    source = read_source(tmp_path, path)
    assert source.overlooked.lines == ("1 file was not looked at: 1 .txt",)
    assert read_source(path).overlooked.lines == ()
