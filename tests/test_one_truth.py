"""One number has one value wherever it is told: analysis.json, tables, pages, scores, workbook."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from callcoach.call import CallAnalysis, OverlapKind, Role
from callcoach.coaching.coach import coach
from callcoach.coaching.measures import MEASURES
from callcoach.coaching.scorecard import read_scorecard
from callcoach.config import Config
from callcoach.document import from_json, to_json
from callcoach.reports.columns import COLUMNS
from callcoach.reports.facts import facts_of
from callcoach.reports.tables import arrow, build_tables
from callcoach.reports.workbook import About, write_workbook
from callcoach.settings.guide import read_guide
from callcoach.settings.measures import MeasuresConfig
from callcoach.trust import least_trust
from factory import mono, settled, tense_call, two_channels
from shipped import digest_of, page_of, render_html

CONFIG = Config()


def interrupting() -> CallAnalysis:
    """The short call in which the agent cuts in once, and the customer once."""
    base = two_channels()
    swapped = tuple(
        replace(event, incomer=event.holder, holder=event.incomer)
        if event.kind is OverlapKind.ATTEMPTED
        else event
        for event in base.overlaps or ()
    )
    kinds = {OverlapKind.ATTEMPTED: OverlapKind.INTERRUPTION}
    return settled(
        replace(base, overlaps=tuple(replace(e, kind=kinds.get(e.kind, e.kind)) for e in swapped))
    )


def stored(analysis: CallAnalysis, measures: MeasuresConfig = CONFIG.measures) -> CallAnalysis:
    """A call as it is read from its folder: scored, and rounded as it is stored."""
    coached = coach(analysis, read_guide(None), read_scorecard(None), None, measures)
    return from_json(to_json(coached), "here")


CALLS = {
    "interrupting": lambda: stored(interrupting()),
    "tense": lambda: stored(tense_call()),
    "mono": lambda: stored(mono()),
}


@pytest.fixture(scope="module", params=CALLS)
def call(request: pytest.FixtureRequest) -> CallAnalysis:
    return CALLS[request.param]()


def document_values(call: CallAnalysis) -> dict[str, list[Any]]:
    """Every single value of ``analysis.json`` by its key; of a party with its role before it."""
    document = json.loads(to_json(call))
    roles = {party["id"]: party["role"] for party in document["call"]["parties"]}
    found: dict[str, list[Any]] = {}

    def take(item: dict[str, Any], before: str = "") -> None:
        for key, value in item.items():
            if key not in ("id", "role", "speaker") and not isinstance(value, dict | list):
                found.setdefault(before + key, []).append(value)

    found["call_id"] = [document["call"]["id"]]
    take(document["call"])
    for part in ("listening", "scorecard"):
        take(document[part] or {})
    listening = document["listening"] or {"parties": []}
    for party in [*document["call"]["parties"], *listening["parties"]]:
        take(party, f"{roles[party.get('id') or party['speaker']]}_")
    for speaker, voice in document["voice"].items():
        take(voice, f"{roles[speaker]}_")
    return found


def row_of(call: CallAnalysis) -> dict[str, Any]:
    (row,) = build_tables([call]).calls.to_dict("records")
    return {name: None if value != value else value for name, value in row.items()}  # NaN


def test_a_column_has_the_value_of_the_key_of_its_name(call: CallAnalysis) -> None:
    row, document = row_of(call), document_values(call)
    shared = [name for name in row if name in document and row[name] is not None]
    assert len(shared) > (6 if call.call.mono else 40)
    for name in shared:
        for value in document[name]:
            assert row[name] == value, name


ROLE_OF_MEASURE = {
    "interruptions_per_10_min": Role.AGENT,
    "uncut_share": Role.CUSTOMER,
    "calmness": Role.AGENT,
    "paraphrases": None,
}
"""The measures of the scorecard that are columns too, and of whom."""


def plain(name: str) -> str:
    return re.sub(r"_", "", re.sub(r"^(agent|customer)_", "", name))


def test_no_other_measure_has_the_name_of_a_column() -> None:
    columns = {plain(name) for name in COLUMNS["calls"]}
    assert {name for name in MEASURES if plain(name) in columns} == set(ROLE_OF_MEASURE)


def test_a_measure_of_the_scorecard_has_the_value_of_its_column(call: CallAnalysis) -> None:
    row = row_of(call)
    assert call.scorecard is not None
    values = {item.measure: item.value for p in call.scorecard.practices for item in p.items}
    for name, role in ROLE_OF_MEASURE.items():
        columns = [
            column
            for column in COLUMNS["calls"]
            if plain(column) == plain(name) and (role is None or column.startswith(str(role)))
        ]
        (column,) = columns
        if call.call.mono:
            assert values[name] is None, name
        else:
            assert values[name] == row[column], name


def test_an_interruption_in_a_short_call_is_the_same_rate_everywhere() -> None:
    call = CALLS["interrupting"]()
    assert call.listening is not None and call.listening.party("agent") is not None
    rate = 3.333  # one in a call of 1:45 that counts as three minutes
    assert call.listening.party("agent").interruptions_per_10min == rate  # type: ignore[union-attr]
    assert row_of(call)["agent_interruptions_per_10min"] == rate
    assert digest_of(call).measure("interruptions_per_10min") == rate
    assert any("Agent: 3.3 in 10 minutes" in note for c in page_of(call).cards for note in c.notes)
    assert call.scorecard is not None
    items = [item for p in call.scorecard.practices for item in p.items]
    (item,) = [i for i in items if i.measure == "interruptions_per_10_min"]
    assert item.value == rate
    assert [f.value for f in call.findings or () if f.code == "cut_in"] == [rate]


def test_pages_about_many_calls_have_the_numbers_of_the_table(call: CallAnalysis) -> None:
    row, digest = row_of(call), digest_of(call)
    for measure in digest.voice:
        column = measure.name if measure.name in row else f"agent_{measure.name}"
        assert measure.value == row[column], measure.name
    assert digest.overall == row["overall"] and digest.coverage == row["coverage"]
    assert digest.overlaps == row["overlaps"]
    for role, took_over in (
        ("agent", digest.agent_took_over),
        ("customer", digest.customer_took_over),
    ):
        assert took_over == row[f"{role}_interruptions"]
    for talk in facts_of(call).talk:
        if talk.role is not Role.UNKNOWN:
            assert talk.share == row[f"{talk.role}_talk_share"]


def test_the_workbook_has_the_values_of_the_table(call: CallAnalysis, tmp_path: Path) -> None:
    file = io.BytesIO()
    now = datetime(2026, 3, 4, tzinfo=UTC)
    tables = build_tables([call])
    write_workbook({"calls": arrow(tables.calls)}, About(now, "1.0", 1), file, tmp_path)
    book = openpyxl.load_workbook(io.BytesIO(file.getvalue()))
    head, values = book["calls"].iter_rows(values_only=True)
    row = row_of(call)
    for name, value in zip(head, values, strict=True):
        if isinstance(value, int | float):
            assert value == row[str(name)], name


def test_trust_is_the_runs_wherever_it_is_told() -> None:
    noisy = settled(two_channels())  # it has a warning of crosstalk
    low = stored(noisy, MeasuresConfig(trust_crosstalk=0.1))
    high = stored(noisy, MeasuresConfig(trust_crosstalk=0.9))
    assert (least_trust(low), least_trust(high)) == (0.1, 0.9)
    assert (digest_of(low).trust.audio, digest_of(high).trust.audio) == (0.1, 0.9)
    assert "Trust in the numbers" in render_html(low)
    assert page_of(low).trust.value.startswith("poor")
    assert page_of(high).trust.value.startswith("good")
    assert low.scorecard is not None and high.scorecard is not None
    assert low.scorecard.coverage < high.scorecard.coverage
