"""The tables: the same columns always, honest gaps, stable bytes, safe for a spreadsheet."""

from __future__ import annotations

import csv
import dataclasses
import io
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

import factory
from callcoach.model.analysis import CallAnalysis
from callcoach.model.recording import MetadataItem
from callcoach.reports.tables.columns import COLUMNS
from callcoach.reports.tables.tables import build_tables
from coached import scored
from stored import write_tables

CASES = [factory.two_channels, factory.mono, factory.empty, factory.tense_call]


def written(analyses: list[CallAnalysis]) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    write_tables(build_tables(analyses), Path("out"), lambda p, b: files.update({p.as_posix(): b}))
    return files


def test_columns_and_types_never_vary() -> None:
    full, none = (written([*(build() for build in CASES[:3]), scored()]), written([]))
    assert (
        sorted(full)
        == sorted(none)
        == sorted(["out/calls.csv", *(f"out/tables/{name}.parquet" for name in COLUMNS)])
    )
    for name, columns in COLUMNS.items():
        path = f"out/tables/{name}.parquet"
        one = pq.read_schema(io.BytesIO(full[path]))
        other = pq.read_schema(io.BytesIO(none[path]))
        fixed = len(columns)
        assert one.names[:3] == ["call_id", "agent_id", "started_at"]
        assert one.names[:fixed] == list(columns) == other.names
        assert one.types[:fixed] == other.types
        back = pd.read_parquet(io.BytesIO(full[path]))
        assert {c: str(back[c].dtype).split("[")[0] for c in columns} == dict(columns)
    assert full == written([*(build() for build in CASES[:3]), scored()])


def test_rows_of_calls() -> None:
    calls = build_tables([build() for build in CASES[:3]]).calls.set_index("call_id")
    two = calls.loc["2025-03-04_harbour_0017"]
    assert (two.overlaps, two.agent_interruptions, two.customer_interruptions) == (5, 0, 1)
    assert (two.agent_backchannels, two.customer_attempts) == (1, 1)
    assert (two.agent_turns, two.customer_turns, two.turns) == (9, 7, 16)
    assert two.agent_pitch_sd_st == 2.347 and two.customer_level_dbov == -21.6
    assert (two.long_silences, two.longest_silence_s) == (1, 11.4)
    assert (two.queue, two.language) == ("billing", "en-GB")
    assert (two.warnings, two.warning_codes) == (1, "crosstalk")
    mono = calls.loc["mono_0003"]
    for missing in (
        "overlaps", "agent_interruptions", "agent_talk_s", "agent_pitch_sd_st", "both_s", "queue",
    ):  # fmt: skip
        assert mono[missing] is pd.NA, missing
    assert mono.hold_s == 20.5 and mono.longest_silence_s == 0.0
    assert calls.loc["empty_0001"].overlaps == 0  # measured, none found


def test_rows_of_the_other_tables() -> None:
    analysis = factory.two_channels()
    tables = build_tables([analysis, factory.mono()])
    assert len(tables.turns) == len(analysis.turns) + 2
    assert len(tables.words) == len(analysis.words) + len(factory.mono().words)
    assert list(tables.overlaps.incomer_role)[:2] == ["agent", "customer"]
    voice = tables.voice
    one = ["call", "t1", "window", "window", "window"]
    assert list(voice.scope) == [*one, *one, "call", "t1"]
    assert voice.iloc[0].rated_words == 98 and voice.iloc[1].rated_words is pd.NA
    assert "pitch: two people share this channel" in voice.iloc[10].unmeasured


def test_scores_and_findings_have_their_rows() -> None:
    analysis = scored()
    tables = build_tables([factory.two_channels(), analysis])
    calls = tables.calls
    assert calls.overall[0] is pd.NA and calls.scorecard[0] is pd.NA
    assert (calls.overall[1], calls.coverage[1], calls.scorecard[1]) == (60.0, 0.4, "house card")
    assert list(tables.practices.practice) == ["attend", "empathy", "escalate", "respect"]
    assert tables.practices.score[1] is pd.NA and tables.practices.score[0] == 72.0
    assert tables.practices.reason[1] == "too little speech"
    assert list(tables.practices.applies) == [True, True, False, True]
    assert list(tables.situations.heard) == [True, False] and tables.situations.moments[0] == 1
    findings = tables.findings
    assert list(findings.code) == ["cut_in", "steady_voice", "blamed"]
    assert list(findings["rank"])[:2] == [1, 1] and findings["rank"][2] is pd.NA
    assert findings.turn[1] is pd.NA and findings.times[0] == 3


def test_metadata_columns_are_a_sorted_union_and_never_hide_a_column() -> None:
    base = factory.two_channels()
    items = (MetadataItem("zone", "x"), MetadataItem("turns", "many"))
    other = dataclasses.replace(base.call, id="b", metadata=items)
    calls = build_tables([base, dataclasses.replace(base, call=other)]).calls
    assert list(calls.columns)[-4:] == ["language", "manifest_turns", "queue", "zone"]
    assert list(calls.turns) == [16, 16] and calls.manifest_turns[1] == "many"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝"])
def test_csv_holds_no_formula(start: str) -> None:
    base = factory.two_channels()
    evil = f"{start}HYPERLINK(1)"
    call = dataclasses.replace(
        base.call, agent_id=evil, metadata=(MetadataItem(evil, evil), MetadataItem("ok", "a=b"))
    )
    text = written([dataclasses.replace(base, call=call)])["out/calls.csv"].decode("utf-8")
    head, row = csv.reader(io.StringIO(text, newline=""))
    cells = dict(zip(head, row, strict=True))
    safe = f"'{evil}".replace("\r", " ").replace("\t", " ")
    assert cells["agent_id"] == cells[safe] == safe
    assert cells["ok"] == "a=b"
    assert cells["agent_level_dbov"] == "-24.118"  # a number stays a number
    assert written([])["out/calls.csv"].decode().startswith("call_id,agent_id,")
