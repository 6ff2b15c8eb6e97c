"""analysis.json: stable bytes, round trip, schema, and refusal of what it cannot hold."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import factory
from callcoach.call import CallAnalysis, MetadataItem
from callcoach.document import from_json, json_schema, to_json
from callcoach.errors import StoreError
from callcoach.findings import CategoryTag
from callcoach.timeline import Span
from coached import coached, scored

DOCS = Path(__file__).parent.parent / "docs" / "analysis-json.md"
CASES = [factory.two_channels, factory.mono, factory.empty, factory.tense_call]


def tagged() -> CallAnalysis:
    tags = (CategoryTag("long wait", "over 30 s", (Span(1.0, 40.0),)), CategoryTag("none", "x", ()))
    return dataclasses.replace(coached(factory.tense_call()), categories=tags)


@pytest.mark.parametrize("build", [*CASES, scored, tagged])
def test_round_trip_and_schema(build: Callable[[], CallAnalysis]) -> None:
    text = to_json(build())
    again = from_json(text, "analysis.json")
    assert to_json(again) == text
    assert from_json(to_json(again), "analysis.json") == again
    schema = json.loads(json_schema())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(json.loads(text))
    assert text.endswith("}\n")


def test_round_trip_equals_where_values_have_settled_decimals() -> None:
    settled = from_json(to_json(factory.mono()), "a")
    assert from_json(to_json(settled), "a") == settled
    assert settled.voice == factory.mono().voice
    assert settled.overlaps is None and settled.unmeasured == factory.mono().unmeasured


def test_shape_of_the_two_departures() -> None:
    document = json.loads(to_json(factory.two_channels()))
    assert list(document["voice"]) == ["customer", "agent"]
    assert document["voice"]["agent"]["pitch_sd_st"] == 2.347
    assert "speaker" not in document["voice"]["agent"]
    assert document["call"]["queue"] == "billing"
    assert "metadata" not in document["call"]
    assert document["schema_version"] == 1


def test_decimals() -> None:
    base = factory.two_channels()
    word = dataclasses.replace(base.words[0], start_s=0.12345678, end_s=0.5, probability=0.87654321)
    voice = dataclasses.replace(base.voice[0], level_dbov=-0.0001)
    document = json.loads(
        to_json(dataclasses.replace(base, words=(word,), voice=(voice, base.voice[1])))
    )
    assert document["words"][0]["start_s"] == 0.123
    assert document["words"][0]["probability"] == 0.8765
    assert math.copysign(1, document["voice"]["customer"]["level_dbov"]) == 1


def test_equal_analyses_give_equal_bytes() -> None:
    base = factory.two_channels()
    call = dataclasses.replace(base.call, duration_s=105)
    same = dataclasses.replace(base.call, duration_s=np.float32(105.0))
    assert to_json(dataclasses.replace(base, call=call)) == to_json(
        dataclasses.replace(base, call=same)
    )
    assert to_json(factory.two_channels()) == to_json(factory.two_channels())


def test_text_is_utf8_and_odd_file_names_survive() -> None:
    base = factory.two_channels()
    call = dataclasses.replace(base.call, source_name="caf\udce9 – żółć.wav")
    text = to_json(dataclasses.replace(base, call=call))
    assert "żółć" in text and "\\udce9" in text
    assert from_json(text, "a").call.source_name == "caf\\udce9 – żółć.wav"
    text.encode("utf-8")


@pytest.mark.parametrize("build", [*CASES, factory.long_call, scored, tagged])
def test_the_bytes_are_those_of_the_standard_library(build: Callable[[], CallAnalysis]) -> None:
    text = to_json(build())
    assert text == json.dumps(json.loads(text), ensure_ascii=False, indent=1) + "\n"


# Escapes, control characters, other planes, line separators, halves of surrogate pairs.
ODD = st.text(
    st.characters() | st.sampled_from('"\\/\b\f\n\r\t\x00\x1f\x7f\x85\u2028\u2029\ufeff\U0001f600')
    | st.characters(categories=["Cs"])
)  # fmt: skip


@given(text=ODD, name=ODD, number=st.floats(-1e12, 1e12))
def test_odd_texts_and_numbers_are_written_as_the_standard_library_does(
    text: str, name: str, number: float
) -> None:
    base = factory.two_channels()
    call = dataclasses.replace(base.call, source_name=text, metadata=(MetadataItem(name, text),))
    voice = dataclasses.replace(base.voice[0], level_dbov=number)
    assume(name not in json.loads(to_json(base))["call"] or name == "queue")
    found = to_json(dataclasses.replace(base, call=call, voice=(voice,), turns=(), words=()))
    document = json.loads(found)
    assert found == json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    assert document["call"]["source_name"] == text.encode("utf-8", "backslashreplace").decode()
    assert document["voice"][voice.speaker]["level_dbov"] == pytest.approx(number, abs=5.1e-4)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_a_number_that_is_none_is_refused(value: float) -> None:
    base = factory.two_channels()
    voice = dataclasses.replace(base.voice[0], level_dbov=value)
    with pytest.raises(StoreError, match=r"harbour_0017.*voice\.level_dbov"):
        to_json(dataclasses.replace(base, voice=(voice,)))


def test_a_wrong_type_is_refused() -> None:
    with pytest.raises(StoreError, match=r"words\.0\.text"):
        word = dataclasses.replace(factory.two_channels().words[0], text=None)  # type: ignore[arg-type]
        to_json(factory.two_channels(words=(word,)))


@pytest.mark.parametrize(
    "items",
    [
        (MetadataItem("duration_s", "3"),),
        (MetadataItem("queue", "a"), MetadataItem("queue", "b")),
    ],
)
def test_metadata_that_collides_is_refused(items: tuple[MetadataItem, ...]) -> None:
    base = factory.two_channels()
    with pytest.raises(StoreError, match="metadata"):
        to_json(dataclasses.replace(base, call=dataclasses.replace(base.call, metadata=items)))


def test_two_voices_of_one_speaker_are_refused() -> None:
    with pytest.raises(StoreError, match="two entries for 'agent'"):
        to_json(factory.two_channels(voice=(factory.voice("agent"), factory.voice("agent"))))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.pop("schema_version"), "no schema_version"),
        (lambda d: d.update(schema_version=2), "schema version 2"),
        (lambda d: d.pop("call"), "no object 'call'"),
        (lambda d: d.update(voice=[]), "no object 'voice'"),
        (lambda d: d["call"].update(queue=3), r"metadata\.0\.value"),
        (lambda d: d["words"][0].update(probability="high"), r"words\.0\.probability"),
        (lambda d: d["words"][0].update(start_s=9e9), r"words\.0"),
        (lambda d: d["overlaps"][0].update(kind="shout"), r"overlaps\.0\.kind"),
        (lambda d: d["voice"].update(agent=3), "voice"),
    ],
)
def test_a_malformed_document_is_refused_by_name(
    change: Callable[[dict[str, object]], object], message: str
) -> None:
    document = json.loads(to_json(factory.two_channels()))
    change(document)
    with pytest.raises(StoreError, match=message) as raised:
        from_json(json.dumps(document), "calls/x/analysis.json")
    assert str(raised.value).startswith("calls/x/analysis.json")
    assert "run the call again" in str(raised.value)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"schema_version": NaN}', "[" * 100_000])
def test_text_that_is_no_document_is_refused(text: str) -> None:
    with pytest.raises(StoreError, match=r"x\.json"):
        from_json(text, "x.json")


def test_unknown_keys_are_ignored() -> None:
    document = json.loads(to_json(factory.two_channels()))
    document["later"] = 1
    document["words"][0]["later"] = 1
    assert to_json(from_json(json.dumps(document), "x")) == to_json(factory.two_channels())


def test_an_earlier_analysis_gets_what_was_not_stored_then() -> None:
    analysis = factory.two_channels()
    document = json.loads(to_json(analysis))
    for party in document["call"]["parties"]:
        del party["talk_share"]
    for party in document["listening"]["parties"]:
        del party["interruptions_per_10min"], party["interruptions_per_turn"]
        party["unmeasured"] = []
    for response in document["responses"]:
        del response["answers"]
    del document["utterances"], document["trust"]
    again = from_json(json.dumps(document), "old")
    assert to_json(again) == to_json(analysis)


def test_the_docs_name_every_key_and_every_value() -> None:
    schema = json.loads(json_schema())
    names = set(schema["properties"])
    for definition in schema["$defs"].values():
        names |= set(definition.get("properties", {})) | set(definition.get("enum", []))
    text = DOCS.read_text(encoding="utf-8")
    assert sorted(name for name in names if f"`{name}`" not in text) == []
