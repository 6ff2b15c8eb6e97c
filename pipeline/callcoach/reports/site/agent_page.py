"""The page of one agent: what comes back, what to work on, and how the calls go over time.

An agent may read it, so it compares an agent with nobody but the agent's own calls.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from callcoach.config.config import Config
from callcoach.config.guide import Guide, shipped_guide
from callcoach.model.coaching import Verdict
from callcoach.model.timeline import moment_of
from callcoach.reports import labels
from callcoach.reports.call.call_page import environment
from callcoach.reports.hrefs import call_href, finding_href
from callcoach.reports.plots import SCORE, plotly_name
from callcoach.reports.scripts import Script, inline_script
from callcoach.reports.site.digest import CallDigest, FindingDigest, left_out_words
from callcoach.reports.site.habits import (
    Habit,
    HabitExample,
    by_time,
    focus_areas,
    repeated_strengths,
)
from callcoach.reports.site.index_data import short
from callcoach.reports.site.trend_cards import TrendCard, compared, day_of, trend_cards, unchanged
from callcoach.text import formatting


@dataclass(frozen=True)
class MomentLine:
    """A moment to hear: link, call, date, time in the call, and what was said."""

    href: str
    call: str
    date: str
    at: str
    quote: str


@dataclass(frozen=True)
class HabitCard:
    """A strength or a focus area; ``advice`` is the guide's, ``often`` says where it was heard."""

    title: str
    chapter: str
    often: str
    why: str
    advice: str
    suggestion: bool
    moments: tuple[MomentLine, ...]


@dataclass(frozen=True)
class CallLine:
    """A call in the list, in words."""

    href: str
    call: str
    date: str
    length: str
    overall: str
    trust: str
    best: MomentLine | None
    work: MomentLine | None


@dataclass(frozen=True)
class AgentPage:
    """Everything the agent's template shows."""

    name: str
    calls: int
    dates: str
    length: str
    undated: int
    left_out: str
    recent: int
    strength_share: str
    strengths: tuple[HabitCard, ...]
    focus: tuple[HabitCard, ...]
    changes: tuple[str, ...]
    unchanged: str
    compared: str
    false_changes: str
    window: int
    practices: tuple[TrendCard, ...]
    voice: tuple[TrendCard, ...]
    lines: tuple[CallLine, ...]
    plotly: str
    script: Script


def render_agent(
    agent_id: str,
    calls: Sequence[CallDigest],
    guide: Guide | None = None,
    *,
    config: Config,
) -> str:
    """The page of one agent; ``calls`` are the agent's, in any order.

    ``guide`` has the words, the shipped one otherwise.
    """
    page = agent_page(agent_id, calls, guide or shipped_guide(), config)
    return environment().get_template("agent.html.j2").render(page=page)


def agent_page(
    agent_id: str, calls: Sequence[CallDigest], guide: Guide, config: Config
) -> AgentPage:
    """What the page says about an agent's calls."""
    trends = config.trends
    ordered = by_time(calls)
    dated = [call for call in ordered if moment_of(call.started_at) is not None]
    practices, voice = trend_cards(ordered, guide, trends)
    cards = [*practices, *voice]
    return AgentPage(
        name=formatting.clean(agent_id) or labels.NO_AGENT,
        calls=len(calls),
        dates=_dates(dated),
        length=formatting.length(sum(call.duration_s for call in calls)),
        undated=len(ordered) - len(dated),
        left_out=left_out_words(ordered),
        recent=min(trends.recent_calls, len(ordered)),
        strength_share=formatting.percent(trends.strength_share),
        strengths=tuple(_habit(h, guide) for h in repeated_strengths(ordered, trends)),
        focus=tuple(_habit(h, guide) for h in focus_areas(ordered, trends)),
        changes=tuple(f"{c.title}: {c.direction}. {c.change}" for c in cards if c.named),
        unchanged=unchanged(cards),
        compared=compared(trends),
        false_changes=formatting.percent(trends.false_changes),
        window=trends.window_calls,
        practices=practices,
        voice=voice,
        lines=tuple(_line(call) for call in reversed(ordered[-trends.shown_calls :])),
        plotly=f"../assets/{plotly_name()}",
        script=inline_script("plots.js"),
    )


# --------------------------------------------------------------------------- words


def _habit(habit: Habit, guide: Guide) -> HabitCard:
    words = guide.finding(habit.code)
    chapter = guide.chapter(habit.practice)
    advice = "" if words is None else words.advice
    if chapter is not None and not advice:
        strong = habit.verdict is Verdict.STRENGTH
        advice = chapter.strength_tip if strong else chapter.opportunity_tip
    return HabitCard(
        title=formatting.clean(habit.title),
        chapter=formatting.clean(chapter.title if chapter else labels.measure_name(habit.practice)),
        often=(
            f"Heard in {habit.calls} of the "
            f"{formatting.count(habit.of, 'call', 'calls')} that could "
            "show it"
        ),
        why="" if words is None else formatting.clean(words.why),
        advice=formatting.clean(advice),
        suggestion=habit.suggestion,
        moments=tuple(moment_line(heard, "../") for heard in habit.moments),
    )


def moment_line(heard: HabitExample, root: str) -> MomentLine:
    """A moment with its link; ``root`` leads from the page to the folder of the index."""
    return _moment(heard.call, heard.finding, root)


def _moment(call: CallDigest, finding: FindingDigest, root: str) -> MomentLine:
    return MomentLine(
        href=f"{root}{finding_href(call.call_id, finding.key)}",
        call=formatting.clean(call.call_id),
        date=formatting.short_date(call.started_at),
        at=formatting.clock(finding.start_s),
        quote=short(finding.quote),
    )


def _line(call: CallDigest) -> CallLine:
    best, work = call.strongest(Verdict.STRENGTH), call.strongest(Verdict.OPPORTUNITY)
    return CallLine(
        href=f"../{call_href(call.call_id)}",
        call=formatting.clean(call.call_id),
        date=formatting.short_date(call.started_at),
        length=formatting.length(call.duration_s),
        overall="no score" if call.overall is None else SCORE.text(call.overall),
        trust=call.trust.level.value,
        best=None if best is None else _moment(call, best, "../"),
        work=None if work is None else _moment(call, work, "../"),
    )


def _dates(calls: Sequence[CallDigest]) -> str:
    if not calls:
        return "no call has a date"
    first, last = day_of(calls[0]), day_of(calls[-1])
    return first if first == last else f"{first} to {last}"
