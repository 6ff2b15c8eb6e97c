"""The index page of a batch: what to listen to first, and all calls to filter and sort."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from callcoach.config.config import Config
from callcoach.config.guide import Guide, shipped_guide
from callcoach.model.coaching import Verdict
from callcoach.reports import labels
from callcoach.reports.call.call_page import environment
from callcoach.reports.hrefs import call_href, finding_href
from callcoach.reports.scripts import Script, inline_script, json_block
from callcoach.reports.shares import ShareBar
from callcoach.reports.site.digest import CallDigest, FindingDigest, left_out_words
from callcoach.reports.site.index_data import NO_PARTY, index_data, seconds_of, short
from callcoach.reports.site.sampling import Pick, listen_first
from callcoach.text import formatting

_OPEN_AGENTS = 4  # agents whose calls to listen to are seen at once; the others are folded away


@dataclass(frozen=True)
class FailureRow:
    """A failed call of the index. ``stage`` is where it got stuck, in words."""

    call_id: str
    source_name: str
    error: str
    stage: str


@dataclass(frozen=True)
class MomentLink:
    """A moment to hear: where its link leads, what was heard, and what was said."""

    href: str
    title: str
    at: str
    quote: str


@dataclass(frozen=True)
class IndexRow:
    """One call of the index, in words."""

    call_id: str
    href: str
    agent: str
    agent_href: str | None
    described: str
    unnamed: str | None
    date: str
    length: str
    overall: str
    covered: str
    trust: str
    best: MomentLink | None
    work: MomentLink | None
    shares: tuple[ShareBar, ...]
    share_text: str
    overlaps: str
    took_over: str
    categories: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class PickLine:
    """One call to listen to first, and why."""

    reason: str
    why: str
    href: str
    call_id: str
    date: str
    length: str


@dataclass(frozen=True)
class AgentPicks:
    """The calls of one agent to listen to first."""

    agent: str
    agent_href: str | None
    lines: tuple[PickLine, ...]


@dataclass(frozen=True)
class IndexPage:
    """Everything the index template shows."""

    calls: int
    agents: int
    length: str
    warned: int
    first: tuple[AgentPicks, ...]
    folded: tuple[AgentPicks, ...]
    days: int
    left_out: str
    rows: tuple[IndexRow, ...]
    failures: tuple[FailureRow, ...]
    team_href: str | None
    data: str
    script: Script


def render_index(
    calls: Iterable[CallDigest],
    failures: Iterable[FailureRow],
    guide: Guide | None = None,
    *,
    config: Config,
    agents: Mapping[str, str] | None = None,
    team: str | None = None,
) -> str:
    """The batch's ``index.html``: newest call first, calls without a date at the end.

    Parameters
    ----------
    calls
        What is known of each call, in any order.
    failures
        Calls without a report.
    guide
        Names of the chapters; the shipped guide otherwise.
    config
        Settings of the pages.
    agents
        Where the agents' pages lie, by the agents' ids.
    team
        Where the team's page lies.
    """
    guide = guide or shipped_guide()
    agents = agents or {}
    ordered = sorted(calls, key=_order)
    titles = {chapter.id: formatting.clean(chapter.title) for chapter in guide.chapters}
    picks = listen_first(ordered, config.sampling, config.calibration.band_edges, titles)
    first = _agent_picks(picks, agents)
    data = index_data(ordered, titles, agents, config)
    page = IndexPage(
        calls=len(ordered),
        agents=len({call.agent_id for call in ordered if call.agent_id}),
        length=formatting.length(sum(call.duration_s for call in ordered)),
        warned=sum(bool(call.warnings) for call in ordered),
        first=first[:_OPEN_AGENTS],
        folded=first[_OPEN_AGENTS:],
        days=config.sampling.days,
        left_out=left_out_words(ordered),
        rows=tuple(_row(call, agents) for call in ordered[: config.site.static_rows]),
        failures=tuple(
            FailureRow(
                *(formatting.clean(text) for text in (f.call_id, f.source_name, f.error, f.stage))
            )
            for f in sorted(failures, key=lambda f: (f.call_id, f.source_name))
        ),
        team_href=team,
        data=json_block(data),
        script=inline_script("index.js"),
    )
    return environment().get_template("index.html.j2").render(page=page)


def _order(call: CallDigest) -> tuple[float, str]:
    at = seconds_of(call)
    return (float("inf") if at is None else -at), call.call_id


def _row(call: CallDigest, agents: Mapping[str, str]) -> IndexRow:
    took_over = [
        f"{name} took over {many}"
        for name, many in (("agent", call.agent_took_over), ("customer", call.customer_took_over))
        if many is not None
    ]
    return IndexRow(
        call_id=formatting.clean(call.call_id),
        href=call_href(call.call_id),
        agent=formatting.clean(call.agent_id or "") or labels.NO_AGENT,
        agent_href=agents.get(call.agent_id or ""),
        described=formatting.clean(call.described("queue") or ""),
        unnamed=call.unnamed,
        date=formatting.short_date(call.started_at),
        length=formatting.length(call.duration_s),
        overall="none" if call.overall is None else formatting.number(call.overall, 0),
        covered="" if call.coverage is None else f"coverage {formatting.percent(call.coverage)}",
        trust=call.trust.level.value,
        best=_moment(call, call.strongest(Verdict.STRENGTH)),
        work=_moment(call, call.strongest(Verdict.OPPORTUNITY)),
        shares=call.shares,
        share_text=", ".join(
            f"{part.name} {part.text}" for part in call.shares if part.tone not in NO_PARTY
        ),
        overlaps=(
            "not measured"
            if call.overlaps is None
            else formatting.count(call.overlaps, "time", "times")
        ),
        took_over=", ".join(took_over),
        categories=tuple(formatting.clean(name) for name in call.categories),
        warnings=call.warnings,
    )


def _moment(call: CallDigest, finding: FindingDigest | None) -> MomentLink | None:
    if finding is None:
        return None
    return MomentLink(
        href=finding_href(call.call_id, finding.key),
        title=formatting.clean(finding.title),
        at=formatting.clock(finding.start_s),
        quote=short(finding.quote),
    )


def _agent_picks(picks: Sequence[Pick], agents: Mapping[str, str]) -> tuple[AgentPicks, ...]:
    return tuple(
        AgentPicks(
            formatting.clean(agent_id) or labels.NO_AGENT,
            agents.get(agent_id),
            tuple(_pick(pick) for pick in own),
        )
        for agent_id, own in groupby(picks, key=lambda pick: pick.call.agent_id or "")
    )


def _pick(pick: Pick) -> PickLine:
    call_id = pick.call.call_id
    return PickLine(
        reason=pick.reason.value,
        why=pick.why,
        href=(
            call_href(call_id) if pick.finding is None else finding_href(call_id, pick.finding.key)
        ),
        call_id=formatting.clean(call_id),
        date=formatting.short_date(pick.call.started_at) if pick.call.started_at else "no date",
        length=formatting.length(pick.call.duration_s),
    )
