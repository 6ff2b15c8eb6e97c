"""What is known of a call from its name and from the file beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from callcoach.batch.arrivals import settle
from callcoach.batch.facts import moment_of
from callcoach.batch.file_names import NamePattern
from callcoach.batch.listing import Lack, Source
from callcoach.batch.sidecars import SidecarError, load_sidecar, text_at
from callcoach.call import Recording, Severity, Side
from callcoach.errors import ConfigError
from callcoach.settings.nightly import ArrivalsConfig
from callcoach.settings.source import SourceConfig
from shipped import read_source
from test_source import manifest, touch

NAMES = SourceConfig(
    name_pattern=r"(?P<date>\d{8})-(?P<time>\d{6})_(?P<agent_id>\w+?)_(?P<direction>in|out)_"
    r"(?P<customer>\d+)",
    name_time_format="%Y%m%d %H%M%S",
)
KEYS = SourceConfig(
    sidecar_agent_id="call.agent.id",
    sidecar_started_at="call.start",
    sidecar_agent_channel="channel",
    sidecar_call_id="id",
    sidecar_columns=("call.queue",),
)


def of(root: Path, settings: SourceConfig, **more: Path) -> Source:
    return read_source(root, settings=settings, **more)


def only(source: Source) -> Recording:
    (recording,) = source.recordings
    return recording


def columns(recording: Recording) -> dict[str, str]:
    return {item.name: item.value for item in recording.metadata}


# ------------------------------------------------------------------ names


def test_a_name_tells_who_when_and_what_else_its_pattern_names(tmp_path: Path) -> None:
    touch(tmp_path, "20260302-140500_kim_out_4930.wav")
    call = only(of(tmp_path, NAMES))
    assert (call.agent_id, call.started_at) == ("kim", "2026-03-02T14:05:00")
    assert columns(call) == {"direction": "out", "customer": "4930"}
    assert call.call_id == "20260302-140500_kim_out_4930"


def test_names_that_do_not_fit_are_one_line_and_lose_nothing_else(tmp_path: Path) -> None:
    touch(tmp_path, "20260302-140500_kim_out_1.wav", "b.wav", "20269902-140500_kim_out_2.wav")
    source = of(tmp_path, NAMES)
    assert [r.agent_id for r in source.recordings] == ["kim", None, None]
    assert source.overlooked.lines == (
        "2 of 3 names did not fit source.name_pattern: nothing was taken from them",
    )


def test_folders_count_where_the_pattern_has_them(tmp_path: Path) -> None:
    touch(tmp_path, "site/kim/x-R.wav")
    settings = SourceConfig(name_pattern=r"(?P<agent_id>[^/]+)/(?P<call_id>\w)-(?P<side>[LR])")
    call = only(of(tmp_path, settings))
    assert (call.agent_id, call.call_id, columns(call)) == ("kim", "x", {"side": "R"})
    found = NamePattern("[^/]+").match("a/b")
    assert found is not None and (found[0], found[1][0]) == ("a", "b")
    assert NamePattern("a/b").match("b") is None


def test_ids_from_names_stay_each_their_own_and_are_made_fit(tmp_path: Path) -> None:
    touch(tmp_path, "1_x.wav", "2_x.wav", "3_a b.wav")
    settings = SourceConfig(name_pattern=r"\d_(?P<call_id>.+)")
    assert [r.call_id for r in of(tmp_path, settings).recordings] == [
        "1_x.wav", "2_x.wav", "a_b",
    ]  # fmt: skip


def test_a_pair_is_named_by_what_its_files_share(tmp_path: Path) -> None:
    touch(tmp_path, "kim_7-in.wav", "kim_7-out.wav")
    settings = SourceConfig(
        pair_pattern="(?P<call>.+)-(?P<side>in|out)", name_pattern=r"(?P<agent_id>[a-z]+)_\d+"
    )
    assert only(of(tmp_path, settings)).agent_id == "kim"


@pytest.mark.parametrize(
    "text, form, moment",
    [
        ("20260302T140500", "", "20260302T140500"),
        ("2026-03-02", "", "2026-03-02"),
        ("02.03.26", "%d.%m.%y", "2026-03-02"),  # no time of day is made up
        ("02.03.26 2:05PM", "%d.%m.%y %I:%M%p", "2026-03-02T14:05:00"),
        ("1772460300", "unix", "2026-03-02T14:05:00+00:00"),
        ("1772460300.25", "unix", "2026-03-02T14:05:00+00:00"),
        ("1772460300123", "unix", "2026-03-02T14:05:00+00:00"),
    ],
)
def test_moments_as_recorders_write_them(text: str, form: str, moment: str) -> None:
    assert moment_of(text, form) == moment


@pytest.mark.parametrize("text, form", [("x", ""), ("x", "%d"), ("x", "unix"), ("1e99", "unix")])
def test_what_is_no_moment_is_refused(text: str, form: str) -> None:
    with pytest.raises(ValueError):
        moment_of(text, form)


@pytest.mark.parametrize(
    "settings",
    [
        SourceConfig(name_pattern="(?P<duration_s>.*)"),
        SourceConfig(sidecar_columns=("source.name",)),
    ],
)
def test_a_column_that_every_call_has_cannot_be_asked_for(
    tmp_path: Path, settings: SourceConfig
) -> None:
    touch(tmp_path, "a.wav")
    with pytest.raises(ConfigError, match=r"source_name|duration_s"):
        of(tmp_path, settings)


# ------------------------------------------------------------------ sidecars

XML = """<?xml version="1.0"?><rec xmlns:x="urn:x" id="r-9"><x:call queue="billing">
<agent><id> Kim </id></agent><start>2026-03-02T10:00:00</start></x:call><channel>right</channel>
<secret>4242</secret></rec>"""
JSON = {
    "call": {"agent": {"id": 7}, "start": "2026-03-02T10:00:00", "queue": "billing"},
    "channel": 2,
    "id": "r-9",
    "secret": "4242",
}


@pytest.mark.parametrize("name", ["x.json", "x.wav.json", "x.xml", "x.wav.xml", "x.JSON", "x.XML"])
def test_a_sidecar_tells_what_the_settings_ask_for_and_no_more(tmp_path: Path, name: str) -> None:
    touch(tmp_path, "x.wav")
    text = XML if name.lower().endswith("xml") else json.dumps(JSON)
    (tmp_path / name).write_text(text, encoding="utf-8")
    source = of(tmp_path, KEYS)
    call = only(source)
    assert call.agent_id == ("Kim" if text is XML else "7")
    assert (call.started_at, call.agent_side) == ("2026-03-02T10:00:00", Side.RIGHT)
    assert (call.call_id, columns(call)) == ("r-9", {"call_queue": "billing"})
    assert (call.sidecar, call.notes) == (tmp_path / name, ())
    assert source.overlooked.lines == ()
    # Nobody asked: it is a file like any other.
    plain = read_source(tmp_path)
    assert (only(plain).agent_id, only(plain).call_id) == (None, "x")
    assert plain.overlooked.lines == (f"1 file was not looked at: 1 {Path(name).suffix.lower()}",)


BLOWN_UP = """<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><rec><call><agent><id>&c;</id></agent></call></rec>"""
OUTSIDE = '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><rec><id>&x;</id></rec>'


@pytest.mark.parametrize(
    "name, data, words",
    [
        ("x.json", b'{"call": {', "no whole JSON"),
        ("x.json", b"\xff\xfe\x00\xd8", "no whole JSON"),
        ("x.json", b"[" * 100_000, "no whole JSON"),
        ("x.json", b'{"id": ' + b"9" * 10_000 + b"}", "no whole JSON"),
        ("x.json", b" " * 4_000_001, "larger than 4 MB"),
        ("x.xml", b"<rec><call>", "no whole XML"),
        ("x.xml", b"", "no whole XML"),
        ("x.xml", b"<a>" * 200 + b"</a>" * 200, "too deep"),
        ("x.xml", BLOWN_UP.encode(), "document type"),
        ("x.xml", OUTSIDE.encode(), "document type"),
        ("x.xml", b'<?xml version="1.0" encoding="klingon"?><a/>', "no whole XML"),
    ],
)
def test_a_broken_sidecar_costs_its_facts_and_is_told_once(
    tmp_path: Path, name: str, data: bytes, words: str
) -> None:
    touch(tmp_path, "x.wav", "y.wav")
    (tmp_path / name).write_bytes(data)
    x, y = of(tmp_path, KEYS).recordings
    assert (x.call_id, x.agent_id, y.notes) == ("x", None, ())
    (note,) = x.notes
    assert (note.code, note.severity) == ("sidecar_unread", Severity.NOTE)
    assert name in note.text and words in note.text


def test_what_is_no_date_or_channel_costs_that_fact_alone(tmp_path: Path) -> None:
    touch(tmp_path, "x.wav")
    told = {"call": {"agent": {"id": "Kim"}, "start": "secret"}, "channel": "secret"}
    (tmp_path / "x.json").write_text(json.dumps(told))
    call = only(of(tmp_path, KEYS))
    assert (call.agent_id, call.started_at, call.agent_side) == ("Kim", None, None)
    (note,) = call.notes
    assert "call.start is no date" in note.text and "channel is no channel" in note.text
    assert "secret" not in note.text


def test_a_sidecar_that_leads_elsewhere_is_not_read(tmp_path: Path) -> None:
    touch(tmp_path, "in/x.wav")
    (tmp_path / "far.json").write_text(json.dumps(JSON))
    (tmp_path / "in" / "x.json").symlink_to(tmp_path / "far.json")
    call = only(of(tmp_path / "in", KEYS))
    assert call.agent_id is None and "lies outside" in call.notes[0].text


def test_a_name_at_its_longest_has_room_for_no_sidecar(tmp_path: Path) -> None:
    touch(tmp_path, f"{'x' * 251}.wav")
    assert only(of(tmp_path, KEYS)).notes == ()


def test_a_sidecar_that_is_still_written_leaves_its_call(tmp_path: Path) -> None:
    touch(tmp_path, "x.wav", "y.wav")
    (tmp_path / "x.json").write_text("{")

    def sleep(seconds: float) -> None:
        (tmp_path / "x.json").write_text(json.dumps(JSON))

    found = settle(of(tmp_path, KEYS), tmp_path, ArrivalsConfig(stable_s=5), sleep=sleep)
    assert [(w.call_id, w.lack) for w in found.waiting] == [("x", Lack.END)]
    assert [r.call_id for r in found.recordings] == ["y"]


def test_the_manifest_goes_before_the_sidecar_and_that_before_the_name(tmp_path: Path) -> None:
    touch(tmp_path, "20260302-140500_ann_in_1.wav")
    sidecar = {"call": {"agent": {"id": "bob"}, "queue": "billing"}, "channel": "left"}
    (tmp_path / "20260302-140500_ann_in_1.json").write_text(json.dumps(sidecar))
    both = KEYS.model_copy(
        update={"name_pattern": NAMES.name_pattern, "name_time_format": NAMES.name_time_format}
    )
    path = manifest(
        tmp_path,
        "path,agent_id,direction,call_queue\n20260302-140500_ann_in_1.wav,cleo,,complaints\n",
    )
    call = only(of(path, both))
    assert (call.agent_id, call.agent_side) == ("cleo", Side.LEFT)
    assert call.started_at == "2026-03-02T14:05:00"
    assert columns(call) == {"direction": "in", "call_queue": "complaints", "customer": "1"}
    assert only(of(tmp_path, both)).agent_id == "bob"
    assert only(of(tmp_path, NAMES)).agent_id == "ann"


def test_a_key_that_no_sidecar_has_is_told(tmp_path: Path) -> None:
    touch(tmp_path, "x.wav", "y.wav")
    for name in ("x", "y"):
        (tmp_path / f"{name}.json").write_text(json.dumps(JSON))
    wrong = KEYS.model_copy(update={"sidecar_agent_id": "call.agnt"})
    assert of(tmp_path, wrong).overlooked.lines == (
        "no sidecar has call.agnt: see the keys under [source] in the settings",
    )


@pytest.mark.parametrize(
    "tree, key, text",
    [
        ({"a.b": "x", "a": {"b": "y"}}, "a.b", "x"),
        ({"a": {"b.c": "x"}}, "a.b.c", "x"),
        ({"a": [{"b": 1}, {"b": 2}]}, "a.1.b", "2"),
        ({"a": [{"b": 1}, {"b": 2}]}, "a.b", None),  # which one is not guessed
        ({"a": {"b": 1}}, "a", None),
        ({"a": True}, "a", "true"),
        ({"a": "\ud83d"}, "a", "\\ud83d"),
        ({"a": "  "}, "a", None),
        ([1, 2], "5", None),
        ("text", "a.b", None),
    ],
)
def test_keys_lead_to_one_text_or_to_none(tree: Any, key: str, text: str | None) -> None:
    assert text_at(tree, key) == text


def test_elements_of_the_same_name_are_a_list(tmp_path: Path) -> None:
    path = tmp_path / "x.xml"
    path.write_text("<r><p role='agent'>Kim</p><p role='customer'>Lee</p></r>")
    tree = load_sidecar(path)
    assert (text_at(tree, "p.0"), text_at(tree, "r.p.1.role")) == ("Kim", "customer")
    assert text_at(tree, "p") is None
    with pytest.raises(SidecarError, match="cannot be opened"):
        load_sidecar(tmp_path / "gone.xml")
