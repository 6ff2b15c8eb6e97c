"""Calls of two files: found by name in a folder, named by a manifest, and waited for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from callcoach.batch.arrivals import settle
from callcoach.batch.listing import Lack, Source
from callcoach.call import Recording, Side
from callcoach.errors import SourceError
from callcoach.settings.nightly import ArrivalsConfig
from callcoach.settings.source import SourceConfig
from shipped import read_source
from test_source import manifest, touch

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
AT_ONCE = ArrivalsConfig(stable_s=0)
PAIRS = SourceConfig(pair_pattern="(?P<call>.+)-(?P<side>in|out)", pair_agent="out")


def of(root: Path, settings: SourceConfig = PAIRS, **more: Path) -> Source:
    return read_source(root, settings=settings, **more)


def names(recording: Recording, root: Path) -> tuple[str, ...]:
    return tuple(str(path.relative_to(root)) for path in recording.paths)


# ------------------------------------------------------------------ in a folder


def test_files_of_one_call_are_found_by_their_names(tmp_path: Path) -> None:
    touch(tmp_path, "1-in.wav", "1-out.wav", "d/2-out.mp3", "d/2-in.wav", "3.wav", "x-side.wav")
    source = of(tmp_path)
    found = {r.call_id: names(r, tmp_path) for r in source.recordings}
    assert found == {
        "1": ("1-out.wav", "1-in.wav"),
        "3": ("3.wav",),
        "d__2": ("d/2-out.mp3", "d/2-in.wav"),
        "x-side": ("x-side.wav",),
    }
    assert {r.call_id: r.agent_side for r in source.recordings} == {
        "1": Side.LEFT, "d__2": Side.LEFT, "3": None, "x-side": None,
    }  # fmt: skip
    # Without the pattern they are calls of their own, as they always were.
    assert len(read_source(tmp_path).recordings) == 6


def test_who_is_the_agent_is_a_matter_of_the_site(tmp_path: Path) -> None:
    touch(tmp_path, "1-in.wav", "1-out.wav")
    (inside,) = of(tmp_path, PAIRS.model_copy(update={"pair_agent": "in"})).recordings
    assert (names(inside, tmp_path)[0], inside.agent_side) == ("1-in.wav", Side.LEFT)
    (unknown,) = of(tmp_path, PAIRS.model_copy(update={"pair_agent": ""})).recordings
    assert (names(unknown, tmp_path)[0], unknown.agent_side) == ("1-in.wav", None)


def test_sides_may_be_folders_and_names_may_differ_otherwise(tmp_path: Path) -> None:
    touch(tmp_path, "day/rx/7.wav", "day/tx/7.wav")
    settings = SourceConfig(
        pair_pattern="(?P<side>[^/]+)/(?P<call>[^/]+)", pair_sides=("rx", "tx"), pair_agent="tx"
    )
    (call,) = of(tmp_path, settings).recordings
    assert (call.call_id, names(call, tmp_path)) == ("day__7", ("day/tx/7.wav", "day/rx/7.wav"))
    touch(tmp_path / "b", "0900_7_in.wav", "0901_7_out.wav")
    settings = SourceConfig(pair_pattern=r"\d+_(?P<call>\d+)_(?P<side>in|out)", pair_agent="in")
    (call,) = of(tmp_path / "b", settings).recordings
    assert (call.call_id, call.path.name) == ("7", "0900_7_in.wav")


def test_the_mix_beside_its_two_files_is_left_out_and_told(tmp_path: Path) -> None:
    touch(tmp_path, "1.wav", "1-in.wav", "1-out.wav", "2.wav")
    source = of(tmp_path)
    assert [r.call_id for r in source.recordings] == ["1", "2"]
    (line,) = source.overlooked.lines
    assert line.startswith("1 file was left out: both sides of a call in one")


def test_two_files_of_one_side_are_refused_by_name(tmp_path: Path) -> None:
    touch(tmp_path, "1-in.wav", "1-in.mp3", "1-out.wav", "2.wav")
    source = of(tmp_path)
    assert [r.call_id for r in source.recordings] == ["2"]
    (refused,) = source.rejected
    assert "1-in.mp3 and 1-in.wav are both the side 'in'" in refused.reason


def test_one_file_of_a_pair_stands_for_both(tmp_path: Path) -> None:
    touch(tmp_path, "1-in.wav", "1-out.wav")
    (call,) = read_source(tmp_path / "1-in.wav", settings=PAIRS).recordings
    assert (call.call_id, names(call, tmp_path)) == ("1", ("1-out.wav", "1-in.wav"))


@pytest.mark.parametrize("here, lacks", [("in", "out"), ("out", "in")])
def test_a_call_waits_for_its_other_half_and_is_never_taken_alone(
    tmp_path: Path, here: str, lacks: str
) -> None:
    touch(tmp_path / "in", f"1-{here}.wav", "2.wav")
    out = tmp_path / "out"
    out.mkdir()
    found = settle(of(tmp_path / "in"), out, AT_ONCE, now=NOW)
    assert [r.call_id for r in found.recordings] == ["2"]
    assert [(w.call_id, w.source_name, w.lack) for w in found.waiting] == [
        ("1", f"1-{lacks}.wav", Lack.RECORDING)
    ]
    late = settle(of(tmp_path / "in"), out, AT_ONCE, now=NOW + timedelta(hours=25))
    (refused,) = late.rejected
    assert f"1-{lacks}.wav, the other half of 1-{here}.wav, has not come" in refused.reason
    # It comes, by another ending even.
    touch(tmp_path / "in", f"1-{lacks}.mp3")
    found = settle(of(tmp_path / "in"), out, AT_ONCE, now=NOW + timedelta(hours=26))
    assert [r.call_id for r in found.recordings] == ["1", "2"]


def test_a_half_that_is_still_written_leaves_the_call(tmp_path: Path) -> None:
    touch(tmp_path, "1-in.wav", "1-out.wav")

    def sleep(seconds: float) -> None:
        with (tmp_path / "1-in.wav").open("ab") as file:
            file.write(b"more")

    found = settle(of(tmp_path), tmp_path, ArrivalsConfig(stable_s=5), sleep=sleep)
    assert (found.recordings, [w.lack for w in found.waiting]) == ((), [Lack.END])


def test_a_half_whose_other_half_no_row_names_is_not_taken_alone(tmp_path: Path) -> None:
    touch(tmp_path / "in", "1-in.wav", "2-in.wav", "2-out.wav", "3.wav")
    path = manifest(tmp_path, "path\n3.wav\n")
    out = tmp_path / "out"
    out.mkdir()
    config = ArrivalsConfig(stable_s=0, unlisted="analyse")
    source = of(tmp_path / "in", manifest=path)
    assert len(settle(source, out, config, now=NOW).recordings) == 1
    late = settle(source, out, config, now=NOW + timedelta(hours=25))
    assert [r.call_id for r in late.recordings] == ["3", "2"]
    assert ["1-out.wav" in refused.reason for refused in late.rejected] == [True]
    # Nor is one of two that may be meant.
    touch(tmp_path / "in", "2-in.mp3")
    assert of(tmp_path / "in", manifest=path).rejected == ()
    doubtful = read_source(tmp_path / "in", path, config=config, settings=PAIRS).rejected
    assert [one.call_id for one in doubtful] == ["2"]


# ------------------------------------------------------------------ in a manifest


def test_a_manifest_names_both_files_and_when_the_second_begins(tmp_path: Path) -> None:
    touch(tmp_path, "1a.wav", "1c.wav", "2a.wav", "2c.wav", "3.wav")
    path = manifest(
        tmp_path,
        "path;path_agent;path_customer;customer_offset_s;call_id;agent_channel;queue\n"
        ";1a.wav;1c.wav;0,75;one;;billing\n;2a.wav;2c.wav;;;left;\n3.wav;;;;;right;\n",
    )
    one, two, three = read_source(path, settings=SourceConfig(customer_offset_s=-1.0)).recordings
    assert (one.call_id, names(one, tmp_path)) == ("one", ("1a.wav", "1c.wav"))
    assert one.second is not None and one.second.offset_s == 0.75
    assert two.second is not None and two.second.offset_s == -1.0
    assert (one.agent_side, two.agent_side, two.call_id) == (Side.LEFT, Side.LEFT, "2a")
    assert (three.second, three.agent_side) == (None, Side.RIGHT)
    assert [(m.name, m.value) for m in one.metadata] == [("queue", "billing")]


@pytest.mark.parametrize(
    "row, words",
    [
        ("a.wav,", ["path_customer is empty", "a.wav"]),
        (",c.wav", ["path_agent is empty", "c.wav"]),
        ("a.wav,../c.wav", ["../c.wav", "outside"]),
        ("a.wav,./a.wav", ["both the agent and the customer"]),
    ],
)
def test_half_a_call_is_refused_and_costs_no_other(
    tmp_path: Path, row: str, words: list[str]
) -> None:
    touch(tmp_path, "a.wav", "c.wav", "b.wav")
    source = read_source(manifest(tmp_path, f"path_agent,path_customer\n{row}\nb.wav,c.wav\n"))
    assert [r.path.name for r in source.recordings] == ["b.wav"]
    (refused,) = source.rejected
    assert all(word in refused.reason for word in words)


@pytest.mark.parametrize(
    "text, words",
    [
        ("path_agent\na.wav\n", ["path_agent", "path_customer", "add it"]),
        ("path,path_agent,path_customer\na.wav,b.wav,c.wav\n", ["row 2", "are filled"]),
        ("path_agent,path_customer,agent_channel\na.wav,b.wav,right\n", ["row 2", "leave it"]),
        ("path_agent,path_customer,customer_offset_s\na.wav,b.wav,soon\n", ["row 2", "'soon'"]),
        ("path_agent,path_customer,customer_offset_s\na.wav,b.wav,1e9\n", ["row 2", "'1e9'"]),
        ("path,customer_offset_s\na.wav,1\n", ["row 2", "needs path_agent"]),
        ("path_agent,path_customer\n,\n\n", ["no rows"]),
    ],
)
def test_what_cannot_be_is_told_before_anything_starts(
    tmp_path: Path, text: str, words: list[str]
) -> None:
    with pytest.raises(SourceError) as caught:
        read_source(manifest(tmp_path, text))
    for word in words:
        assert word in str(caught.value)


def test_a_row_waits_for_the_half_that_is_missing(tmp_path: Path) -> None:
    touch(tmp_path / "in", "a.wav")
    path = manifest(tmp_path / "in", "path_agent,path_customer\na.wav,c.wav\n")
    out = tmp_path / "out"
    out.mkdir()
    found = settle(read_source(path), out, AT_ONCE, now=NOW)
    assert [(w.source_name, w.lack) for w in found.waiting] == [("c.wav", Lack.RECORDING)]
    touch(tmp_path / "in", "c.wav")
    assert len(settle(read_source(path), out, AT_ONCE, now=NOW).recordings) == 1


@pytest.mark.parametrize(
    "values, words",
    [
        ({"pair_pattern": "("}, "no regular expression"),
        ({"pair_pattern": "(?P<call>.+)"}, "needs the groups"),
        ({"pair_sides": ("in", "in")}, "two different"),
        ({"pair_agent": "left"}, "must be one of pair_sides"),
        ({"name_pattern": ".*"}, "has no group"),
        ({"name_pattern": r"(?P<time>\d+)"}, "none called date"),
    ],
)
def test_settings_that_cannot_work_are_refused(values: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        SourceConfig(**values)
