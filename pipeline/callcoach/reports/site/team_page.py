"""The team's page: how scores lie for each agent, and moments worth hearing.

Agents stand in the order of their names and are not ranked; the calls differ from agent to agent,
and so would the scores. The filters work in the browser, on numbers that lie in the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from callcoach.config.config import Config
from callcoach.config.guide import Guide, shipped_guide
from callcoach.model.coaching import OVERALL, FindingKind, Verdict
from callcoach.reports import labels
from callcoach.reports.call.call_page import environment
from callcoach.reports.hrefs import agent_href
from callcoach.reports.plots import SCORE, Plot, plotly_name
from callcoach.reports.scripts import Script, inline_script, json_block
from callcoach.reports.site.agent_page import MomentLine, moment_line
from callcoach.reports.site.box_plot import Box, box_plot
from callcoach.reports.site.digest import CallDigest, left_out_words
from callcoach.reports.site.habits import HabitExample, by_time
from callcoach.reports.site.index_data import filter_columns, iso_day
from callcoach.reports.site.trend_cards import OVERALL_TITLE
from callcoach.reports.site.trends import median_interval
from callcoach.reports.spread import spread_of
from callcoach.reports.trust import TrustLevel
from callcoach.text import formatting

_SPARE = 5  # so many times more moments lie in the page than are shown, for the filters


@dataclass(frozen=True)
class TeamRow:
    """One agent in the table; ``place`` is the agent's place in the page's data."""

    place: int
    name: str
    href: str | None
    calls: int
    length: str
    scored: int
    median: str
    between: str
    trust: str


@dataclass(frozen=True)
class TeamMoment:
    """A moment with its title and agent; ``call`` is the call's place in the page's data."""

    line: MomentLine
    title: str
    agent: str
    call: int
    hidden: bool


@dataclass(frozen=True)
class Choice:
    """A filter: the name of its control, what it asks, and the values to choose from."""

    name: str
    label: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class TrustShare:
    """How many calls have a level of trust, and the share of all as text."""

    level: str
    calls: str
    share: str


@dataclass(frozen=True)
class TeamPage:
    """Everything the team's template shows."""

    calls: int
    agents: int
    length: str
    scored: int
    coverage: str
    trust: tuple[TrustShare, ...]
    measures: tuple[tuple[str, str], ...]
    choices: tuple[Choice, ...]
    first_day: str
    last_day: str
    plot: Plot
    rows: tuple[TeamRow, ...]
    min_calls: int
    strengths: tuple[TeamMoment, ...]
    opportunities: tuple[TeamMoment, ...]
    shown: int
    left_out: str
    data: str
    plotly: str
    scripts: tuple[Script, ...]


def render_team(calls: Sequence[CallDigest], guide: Guide | None = None, *, config: Config) -> str:
    """The team's page of all calls, in any order. ``guide`` has the words, else the shipped one."""
    page = team_page(calls, guide or shipped_guide(), config)
    return environment().get_template("team.html.j2").render(page=page)


def team_page(calls: Sequence[CallDigest], guide: Guide, config: Config) -> TeamPage:
    """What the page says about all calls."""
    ordered = by_time(calls)[::-1]
    agents = sorted({call.agent_id or "" for call in ordered}, key=lambda name: (name == "", name))
    titles = {chapter.id: formatting.clean(chapter.title) for chapter in guide.chapters}
    measures = (
        (OVERALL, OVERALL_TITLE),
        *((c.id, titles[c.id]) for c in guide.chapters if c.kind is not FindingKind.NOT_AUDIBLE),
    )
    columns = filter_columns(ordered, config.trends.filter_values)
    choices = _choices(ordered, columns)
    own = [[call for call in ordered if (call.agent_id or "") == agent] for agent in agents]
    least = config.trends.min_group_calls
    boxes = [_box(_name(a), c, least) for a, c in zip(agents, own, strict=True)]
    days = sorted(day for call in ordered if (day := iso_day(call)) is not None)
    coverages = [call.coverage for call in ordered if call.coverage is not None]
    covered = spread_of(coverages)
    shown = config.trends.team_moments
    return TeamPage(
        calls=len(ordered),
        agents=len([agent for agent in agents if agent]),
        length=formatting.length(sum(call.duration_s for call in ordered)),
        scored=sum(call.overall is not None for call in ordered),
        coverage="not scored" if covered is None else formatting.percent(covered.median),
        trust=tuple(_trust(level, ordered) for level in TrustLevel),
        measures=measures,
        choices=choices,
        first_day=days[0] if days else "",
        last_day=days[-1] if days else "",
        plot=box_plot(boxes, _summary(boxes)),
        rows=tuple(
            _row(place, agent, of, least)
            for place, (agent, of) in enumerate(zip(agents, own, strict=True))
        ),
        min_calls=least,
        strengths=_moments(ordered, Verdict.STRENGTH, shown),
        opportunities=_moments(ordered, Verdict.OPPORTUNITY, shown),
        shown=shown,
        left_out=left_out_words(ordered),
        data=json_block(_data(ordered, agents, measures, columns, choices, least, shown)),
        plotly=f"assets/{plotly_name()}",
        scripts=(inline_script("plots.js"), inline_script("team.js")),
    )


def _name(agent: str) -> str:
    return formatting.clean(agent) or labels.NO_AGENT


def _choices(calls: Sequence[CallDigest], columns: Sequence[str]) -> tuple[Choice, ...]:
    """The filters, each with the values that some call has."""
    found = [
        Choice(
            f"column{place}",
            formatting.clean(name.replace("_", " ").capitalize()),
            tuple(sorted({_described(call, name) for call in calls} - {""})),
        )
        for place, name in enumerate(columns)
    ]
    tags = tuple(sorted({formatting.clean(name) for call in calls for name in call.categories}))
    return (
        *found,
        Choice("category", "Category", tags),
        Choice("trust", "Trust", tuple(level.value for level in TrustLevel)),
    )


def _described(call: CallDigest, name: str) -> str:
    return formatting.clean(call.described(name) or "")


def _box(name: str, calls: Sequence[CallDigest], least: int) -> Box:
    values = [call.overall for call in calls if call.overall is not None]
    ends = (min(values), max(values)) if values else (0.0, 0.0)
    return Box(name, spread_of(values), *ends, small=len(values) < least)


def _summary(boxes: Sequence[Box]) -> str:
    """The plot in words: no agent is named here, the table has the numbers."""
    values = [box.spread.median for box in boxes if box.spread is not None and not box.small]
    many = formatting.count(len(boxes), "agent", "agents")
    if not values:
        return f"Overall scores of {many}. No agent has enough scored calls for a box."
    return (
        f"Overall scores of {many}, in the order of names. The middle of an agent's calls lies "
        f"between {SCORE.number(min(values))} and {SCORE.text(max(values))}."
    )


def _row(place: int, agent: str, calls: Sequence[CallDigest], least: int) -> TeamRow:
    values = [call.overall for call in calls if call.overall is not None]
    spread = spread_of(values)
    interval = None if len(values) < least else median_interval(values)
    between = "too few calls"
    if interval is not None:
        between = f"{SCORE.number(interval[0])} to {SCORE.text(interval[1])}"
    levels = [sum(call.trust.level is level for call in calls) for level in TrustLevel]
    return TeamRow(
        place=place,
        name=_name(agent),
        href=agent_href(agent) if agent else None,
        calls=len(calls),
        length=formatting.length(sum(call.duration_s for call in calls)),
        scored=len(values),
        median="no score" if spread is None else SCORE.text(spread.median),
        between=between,
        trust=", ".join(
            f"{many} {level.value}" for many, level in zip(levels, TrustLevel, strict=True) if many
        ),
    )


def _trust(level: TrustLevel, calls: Sequence[CallDigest]) -> TrustShare:
    many = sum(call.trust.level is level for call in calls)
    share = formatting.percent(many / len(calls)) if calls else ""
    return TrustShare(level.value, formatting.count(many, "call", "calls"), share)


def _moments(calls: Sequence[CallDigest], verdict: Verdict, shown: int) -> tuple[TeamMoment, ...]:
    """The strongest lead of each call, the strongest first."""
    found = [
        (call, finding, place)
        for place, call in enumerate(calls)
        if (finding := call.strongest(verdict)) is not None
    ]
    found.sort(key=lambda item: (-item[1].impact, item[0].call_id))
    return tuple(
        TeamMoment(
            line=moment_line(HabitExample(call, finding), ""),
            title=formatting.clean(finding.title),
            agent=_name(call.agent_id or ""),
            call=place,
            hidden=number >= shown,
        )
        for number, (call, finding, place) in enumerate(found[: shown * _SPARE])
    )


def _data(
    calls: Sequence[CallDigest],
    agents: Sequence[str],
    measures: Sequence[tuple[str, str]],
    columns: Sequence[str],
    choices: Sequence[Choice],
    least: int,
    shown: int,
) -> dict[str, Any]:
    """The calls as ``team.js`` reads them: JSON values only, texts told once."""
    places = {agent: place for place, agent in enumerate(agents)}
    values = [{value: place for place, value in enumerate(c.values)} for c in choices]
    return {
        "agents": [_name(agent) for agent in agents],
        "measures": [name for name, _ in measures],
        "minCalls": least,
        "moments": shown,
        "choices": [choice.name for choice in choices],
        "calls": [
            [
                call.call_id,
                places[call.agent_id or ""],
                iso_day(call),
                [
                    *(
                        [found[_described(call, name)]] if _described(call, name) else []
                        for name, found in zip(columns, values, strict=False)
                    ),
                    [values[-2][formatting.clean(name)] for name in call.categories],
                    [values[-1][call.trust.level.value]],
                ],
                [_score(call, name) for name, _ in measures],
            ]
            for call in calls
        ],
    }


def _score(call: CallDigest, name: str) -> float | None:
    score = call.overall if name == OVERALL else call.score(name)
    return None if score is None else round(score, 3)
