"""The index page of a batch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time
from urllib.parse import quote

from callcoach.call import CallAnalysis, Role, Severity
from callcoach.reports import wording
from callcoach.reports.call_page import ShareBar, environment, share_bars
from callcoach.reports.facts import facts_of

_NO_PARTY = ("both", "nobody")  # parts of the bar that are no party


@dataclass(frozen=True)
class Failure:
    """A recording that could not be analysed. ``error`` says what happened and what to do."""

    call_id: str
    source_name: str
    error: str
    stage: str


@dataclass(frozen=True)
class CallSummary:
    """What the index says about one call; small enough to keep for a whole batch.

    ``overall`` is the overall score (0..100) and ``coverage`` (0..1) how much of the guide stands
    behind it; ``None`` where there is none.

    ``overlaps`` and the ``*_took_over`` counts are ``None`` where they were not measured, or where
    nobody knows which party is the agent.
    """

    call_id: str
    agent_id: str | None
    started_at: str | None
    duration_s: float
    shares: tuple[ShareBar, ...]
    overlaps: int | None
    agent_took_over: int | None
    customer_took_over: int | None
    warnings: tuple[str, ...]
    overall: float | None = None
    coverage: float | None = None


@dataclass(frozen=True)
class IndexRow:
    """One call of the index, in words."""

    call_id: str
    href: str
    agent: str
    date: str
    length: str
    shares: tuple[ShareBar, ...]
    share_text: str
    overlaps: str
    took_over: str
    overall: str
    covered: str
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class IndexPage:
    """Everything the index template shows."""

    calls: int
    agents: int
    length: str
    warned: int
    rows: tuple[IndexRow, ...]
    failures: tuple[Failure, ...]


def summarise(analysis: CallAnalysis) -> CallSummary:
    """Take from an analysis what the index needs."""
    call = analysis.call
    facts = facts_of(analysis)
    agent = facts.came_in_of(Role.AGENT)
    customer = facts.came_in_of(Role.CUSTOMER)
    names = {party.id: wording.party_name(party) for party in call.parties}
    return CallSummary(
        call_id=call.id,
        agent_id=call.agent_id,
        started_at=call.started_at,
        duration_s=call.duration_s,
        shares=share_bars(facts, names),
        overlaps=facts.overlaps,
        agent_took_over=agent.took_over if agent else None,
        customer_took_over=customer.took_over if customer else None,
        warnings=wording.warning_texts(analysis.warnings, Severity.WARNING, call.parties),
        overall=None if analysis.scorecard is None else analysis.scorecard.overall,
        coverage=None if analysis.scorecard is None else analysis.scorecard.coverage,
    )


def render_index(analyses: Iterable[CallSummary], failures: Iterable[Failure]) -> str:
    """The batch's ``index.html``: newest call first, calls without a date at the end."""
    calls = sorted(analyses, key=_order)
    page = IndexPage(
        calls=len(calls),
        agents=len({call.agent_id for call in calls if call.agent_id}),
        length=wording.length(sum(call.duration_s for call in calls)),
        warned=sum(bool(call.warnings) for call in calls),
        rows=tuple(_row(call) for call in calls),
        failures=tuple(
            Failure(*(wording.clean(text) for text in (f.call_id, f.source_name, f.error, f.stage)))
            for f in sorted(failures, key=lambda f: (f.call_id, f.source_name))
        ),
    )
    return environment().get_template("index.html.j2").render(page=page)


def _order(call: CallSummary) -> tuple[float, str]:
    when = wording.moment(call.started_at)
    if when is None:
        return float("inf"), call.call_id
    if not isinstance(when, datetime):
        when = datetime.combine(when, time())
    # A time without a zone is read as UTC: only the order of the list depends on it.
    aware = when if when.tzinfo else when.replace(tzinfo=UTC)
    return -aware.timestamp(), call.call_id


def _row(call: CallSummary) -> IndexRow:
    took_over = [
        f"{name} took over {many}"
        for name, many in (("agent", call.agent_took_over), ("customer", call.customer_took_over))
        if many is not None
    ]
    return IndexRow(
        call_id=wording.clean(call.call_id),
        href=f"calls/{quote(call.call_id, safe='')}/report.html",
        agent=wording.clean(call.agent_id or "") or "not given",
        date=wording.short_date(call.started_at),
        length=wording.length(call.duration_s),
        shares=call.shares,
        share_text=", ".join(
            f"{part.name} {part.text}" for part in call.shares if part.tone not in _NO_PARTY
        ),
        overlaps=(
            "not measured"
            if call.overlaps is None
            else wording.count(call.overlaps, "time", "times")
        ),
        took_over=", ".join(took_over),
        overall="none" if call.overall is None else wording.number(call.overall, 0),
        covered="" if call.coverage is None else f"coverage {wording.percent(call.coverage)}",
        warnings=call.warnings,
    )
