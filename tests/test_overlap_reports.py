"""What the reports and tables say about simultaneous speech."""

from __future__ import annotations

import dataclasses

import pytest

import factory
from callcoach.call import CallAnalysis, Role
from callcoach.reports.facts import CameIn, facts_of
from callcoach.reports.tables import build_tables
from callcoach.settings.listening import ListeningConfig
from shipped import render_html, render_markdown


def came_in(analysis: CallAnalysis, role: Role) -> CameIn:
    found = facts_of(analysis).came_in_of(role)
    assert found is not None
    return found


def test_rates_of_interruptions_count_in_the_length_of_the_call() -> None:
    analysis = factory.two_channels()
    customer = came_in(analysis, Role.CUSTOMER)
    agent_turns = sum(turn.speaker == "agent" for turn in analysis.turns)
    assert customer.took_over == 1
    assert customer.per_10min == pytest.approx(600 / ListeningConfig().least_rate_s)  # 1:45
    assert customer.per_turn == pytest.approx(1 / (agent_turns - 1))  # one is a sound of listening
    agent = came_in(analysis, Role.AGENT)
    assert (agent.per_10min, agent.per_turn) == (0.0, 0.0)  # measured, none found
    longer = dataclasses.replace(analysis.call, duration_s=1200.0)
    assert came_in(factory.two_channels(call=longer), Role.CUSTOMER).per_10min == 0.5


def test_nobody_has_a_rate_where_speaking_at_once_was_not_measured() -> None:
    analysis = factory.two_channels(overlaps=None)
    assert analysis.listening is not None
    assert [p.interruptions_per_10min for p in analysis.listening.parties] == [None, None]
    assert bool(build_tables([analysis]).calls.customer_interruptions_per_10min.isna().all())


def test_a_rate_for_each_turn_needs_enough_talk_of_the_other() -> None:
    base = factory.two_channels()
    activity = tuple(r for r in base.activity if r.speaker == "customer" or r.end_s < 30)
    brief = factory.two_channels(activity=activity)
    customer = came_in(brief, Role.CUSTOMER)
    assert customer.per_10min is not None and customer.per_turn is None
    row = build_tables([brief]).calls.iloc[0]
    assert row.customer_interruptions == 1
    assert bool(build_tables([brief]).calls.customer_interruptions_per_turn.isna().all())


def test_the_tables_hold_the_new_columns() -> None:
    tables = build_tables([factory.two_channels()])
    assert tables.calls.customer_interruptions_per_10min[0] > 0
    assert tables.calls.agent_interruptions_per_turn[0] == 0.0
    rows = tables.overlaps.set_index("kind")
    assert rows.loc["interruption"].cut_off == "two payments, and the"
    assert bool(rows.loc["interruption"].mid_sentence) is True
    assert rows.loc["attempted"].next == "incomer_repaired"
    assert rows.loc["unclear"].confidence == 0.4


@pytest.mark.parametrize("render", [render_html, render_markdown])
def test_the_page_tells_what_became_of_it(render) -> None:  # type: ignore[no-untyped-def]
    text = render(factory.two_channels())
    assert "“…" in text and "two payments, and the" in text
    assert "Agent stopped in mid-sentence" in text
    assert "Customer made up for it in words" in text
    assert text.count("listen first: this may be something else") == 1


def test_an_event_that_was_not_judged_is_shown_without_notes() -> None:
    base = factory.two_channels()
    plain = tuple(
        dataclasses.replace(e, confidence=None, cut_off=None, mid_sentence=None, next=None)
        for e in base.overlaps or ()
    )
    text = render_markdown(dataclasses.replace(base, overlaps=plain))
    assert "mid-sentence" not in text and "listen first" not in text
