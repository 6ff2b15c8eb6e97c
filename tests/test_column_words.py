"""The reference of the columns: complete, true of what is written, and the same in the docs."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

import factory
from callcoach.model.coaching import FindingKind, Verdict
from callcoach.model.interaction import OverlapKind, OverlapNext
from callcoach.model.language import ClosingKind, ConcernKind, ParaphraseKind, ResponseKind
from callcoach.model.party import Role
from callcoach.model.speech import Timing
from callcoach.model.voice import BaselineSource, StretchKind
from callcoach.reports.tables.column_words import COLUMN_WORDS, TABLES, reference
from callcoach.reports.tables.columns import COLUMNS, FLAG, TEXT
from callcoach.reports.tables.tables import Tables, build_tables
from coached import coached, scored

DOCS = Path(__file__).parent.parent / "docs" / "tables.md"
UNITS = {
    "_s": "s", "_st": "semitones", "_db": "dB", "_wpm": "words a minute", "_percent": "%",
    "_syll_s": "syllables a second", "_st_s": "semitones a second", "_min": "a minute",
    "_10min": "per 10 min", "_dbov": "dB relative to full scale",
}  # fmt: skip


def test_every_table_and_column_is_told_and_no_other() -> None:
    assert list(TABLES) == list(COLUMN_WORDS) == list(COLUMNS)
    for table, columns in COLUMNS.items():
        assert set(COLUMN_WORDS[table]) == set(columns), table


def test_the_docs_hold_the_reference() -> None:
    page = DOCS.read_text(encoding="utf-8")
    # Written anew by: python -m callcoach.reports.tables.column_words
    assert page.endswith(f"\n\n{reference()}")


def test_the_reference_has_a_row_for_each_column() -> None:
    parts = re.split(r"^## (\w+): ", reference(), flags=re.M)[1:]
    found = {
        name: dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", text, re.M))
        for name, text in zip(parts[::2], parts[1::2], strict=True)
    }
    assert {name: list(rows) for name, rows in found.items()} == {
        name: list(columns) for name, columns in COLUMNS.items()
    }


def test_a_unit_in_a_name_is_the_unit_that_is_told() -> None:
    endings = sorted(UNITS, key=len, reverse=True)
    for columns in COLUMN_WORDS.values():
        for name, words in columns.items():
            ending = next((e for e in endings if name.endswith(e)), None)
            if ending is not None:
                assert UNITS[ending] in words.unit, name


def test_values_named_are_those_that_there_are() -> None:
    kinds = {
        ("overlaps", "kind"): OverlapKind,
        ("overlaps", "next"): OverlapNext,
        ("words", "timing"): Timing,
        ("turns", "role"): Role,
        ("voice", "baseline"): BaselineSource,
        ("stretches", "kind"): StretchKind,
        ("concerns", "kinds"): ConcernKind,
        ("concerns", "answer_kinds"): ResponseKind,
        ("calls", "closing_kinds"): ClosingKind,
        ("paraphrases", "kind"): ParaphraseKind,
        ("findings", "verdict"): Verdict,
        ("practices", "kind"): FindingKind,
    }
    for (table, column), kind in kinds.items():
        told = COLUMN_WORDS[table][column].range.split(", ")
        assert sorted(told) == sorted(item.value for item in kind), f"{table} {column}"


@pytest.fixture(scope="module")
def tables() -> Tables:
    calls = [build() for build in (factory.two_channels, factory.mono, factory.empty)]
    return build_tables([*calls, factory.tense_call(), coached(factory.tense_call()), scored()])


def test_values_lie_in_the_range_that_is_told(tables: Tables) -> None:
    looked_at = 0
    for table, columns in COLUMNS.items():
        frame = getattr(tables, table)
        for name, dtype in columns.items():
            range_ = COLUMN_WORDS[table][name].range
            values = frame[name].dropna()
            if dtype in (TEXT, FLAG):
                if "," in range_ and " id " not in range_:
                    listed = set(range_.split(", "))
                    assert {v for text in values for v in text.split()} <= listed, name
                    looked_at += len(values)
                continue
            numbers = [float(v) for v in re.findall(r"-?\d+", range_)]
            if "call's length" in range_:
                longest = pd.Series(tables.calls["duration_s"]).max()
                assert values.between(0, longest).all(), f"{table} {name}"
            elif "or more" in range_:
                assert (values >= numbers[0]).all(), f"{table} {name}"
            elif len(numbers) == 2:
                assert values.between(*numbers).all(), f"{table} {name}"
            looked_at += len(values)
    assert looked_at > 1000


def test_each_column_has_a_meaning_and_texts_have_no_unit() -> None:
    for table, columns in COLUMNS.items():
        for name, dtype in columns.items():
            words = COLUMN_WORDS[table][name]
            assert words.meaning and "{" not in words.meaning, name
            assert dtype not in (TEXT, FLAG) or not words.unit, name
            assert "|" not in words.meaning + words.unit + words.range, name
