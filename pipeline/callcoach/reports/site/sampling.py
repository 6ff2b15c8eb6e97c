"""Which calls to listen to first, and why: the same number for every agent.

A list of the worst calls would be heard most where the scores are low, and an agent would only be
heard when something went wrong. So each agent gets the same number of calls. The first of them are
drawn by chance, from all of the agent's calls and before any score is looked at: these are a fair
sample of the agent's work (stratified sampling with equal allocation; Cochran 1977, chapter 5),
and they alone may be used for averages. The others are chosen: to work on, to share as a good
example, and where the machine is unsure, because these teach most when scores are calibrated.

The draw is by a hash of the call's id: the same calls give the same list, in any order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from callcoach.config.reports import SamplingConfig
from callcoach.model.coaching import Verdict
from callcoach.model.timeline import moment_of
from callcoach.reports.site.digest import CallDigest, FindingDigest
from callcoach.reports.trust import TrustLevel
from callcoach.text import formatting

_FILL_WORDS = "Drawn by chance, so that every agent has the same number of calls on this list."


class Reason(StrEnum):
    """Why a call is on the list; the value is how pages say it."""

    CHANCE = "By chance"
    WORK = "To work on"
    SHARE = "Worth sharing"
    UNSURE = "Help us score"
    FILL = "By chance, to fill up"


@dataclass(frozen=True)
class Pick:
    """One call of the list. ``why`` is a sentence, ``finding`` the moment to begin with."""

    call: CallDigest
    reason: Reason
    why: str
    finding: FindingDigest | None = None


def listen_first(
    calls: Sequence[CallDigest],
    config: SamplingConfig,
    edges: Sequence[float],
    titles: Mapping[str, str],
) -> tuple[Pick, ...]:
    """The calls to listen to first, by agent, in the order of the agents' names.

    Parameters
    ----------
    calls
        The calls of a batch, in any order.
    config
        How many calls, of how many days, and from where on a finding counts.
    edges
        Where the bands of the scores begin, in points ([calibration] band_edges).
    titles
        Names of the practices by their ids.
    """
    by_agent: dict[str, list[CallDigest]] = {}
    for call in _recent(calls, config):
        by_agent.setdefault(call.agent_id or "", []).append(call)
    picks: list[Pick] = []
    for agent in sorted(by_agent):
        picks += _of_agent(by_agent[agent], config, edges, titles)
    return tuple(picks)


def _recent(calls: Sequence[CallDigest], config: SamplingConfig) -> list[CallDigest]:
    """The calls of the last days, and those without a date."""
    moments = {call.call_id: moment_of(call.started_at) for call in calls}
    newest = max((at for at in moments.values() if at is not None), default=None)
    if newest is None:
        return list(calls)
    since = newest - timedelta(days=config.days)
    return [call for call in calls if (at := moments[call.call_id]) is None or at >= since]


def _of_agent(
    calls: Sequence[CallDigest],
    config: SamplingConfig,
    edges: Sequence[float],
    titles: Mapping[str, str],
) -> list[Pick]:
    drawn = sorted(calls, key=lambda call: _draw(call, config))
    picks = [Pick(call, Reason.CHANCE, _chance_words(calls)) for call in drawn[: config.by_chance]]
    rest = drawn[config.by_chance :]
    kinds = [
        _best([_to_work_on(call, config) for call in rest]),
        _best([_to_share(call, config) for call in rest]),
        _best([_unsure(call, config, edges, titles) for call in rest]),
    ]
    while _add(picks, kinds, config.per_agent):
        pass
    fill = [Pick(call, Reason.FILL, _FILL_WORDS) for call in rest]
    while _add(picks, [fill], config.per_agent):
        pass
    return picks


def _add(picks: list[Pick], kinds: Sequence[Sequence[Pick]], room: int) -> bool:
    """Add the best free call of each kind, while there is room; whether one was added.

    One of each in turn: with little room no kind pushes out another.
    """
    before = len(picks)
    for kind in kinds:
        taken = {pick.call.call_id for pick in picks}
        free = next((pick for pick in kind if pick.call.call_id not in taken), None)
        if free is not None and len(picks) < room:
            picks.append(free)
    return len(picks) > before


def _chance_words(calls: Sequence[CallDigest]) -> str:
    many = formatting.count(len(calls), "call", "calls")
    return f"Drawn by chance from {many} of this agent, whatever the scores."


def _draw(call: CallDigest, config: SamplingConfig) -> tuple[bytes, str]:
    text = f"{config.seed}\n{call.call_id}".encode("utf-8", "surrogatepass")
    return hashlib.sha256(text).digest(), call.call_id


_Ranked = tuple[tuple[float, ...], Pick]


def _best(found: Sequence[_Ranked | None]) -> list[Pick]:
    """Candidates of one kind, the strongest first; ties keep the order of the draw."""
    ranked = [item for item in found if item is not None]
    return [pick for _, pick in sorted(ranked, key=lambda item: item[0])]


def _to_work_on(call: CallDigest, config: SamplingConfig) -> _Ranked | None:
    finding = _weighty(call, Verdict.OPPORTUNITY, config)
    critical = [name for name in config.categories if name in call.categories]
    if critical:
        names = ", ".join(f"“{formatting.clean(name)}”" for name in critical)
        why = f"Found in the category {names}."
        return (-1.0, -len(critical)), Pick(call, Reason.WORK, why, finding)
    if finding is None:
        return None
    return (0.0, -finding.impact), Pick(call, Reason.WORK, _moment_words(finding), finding)


def _to_share(call: CallDigest, config: SamplingConfig) -> _Ranked | None:
    finding = _weighty(call, Verdict.STRENGTH, config)
    if finding is None:
        return None
    return (-finding.impact,), Pick(call, Reason.SHARE, _moment_words(finding), finding)


def _weighty(call: CallDigest, verdict: Verdict, config: SamplingConfig) -> FindingDigest | None:
    """The finding with the most impact that is sure enough, in a call that can be trusted."""
    if call.trust.level is TrustLevel.POOR:
        return None
    found = [
        finding
        for finding in call.findings
        if finding.verdict is verdict
        and finding.impact >= config.min_impact
        and finding.confidence >= config.min_confidence
    ]
    return max(found, key=lambda finding: (finding.impact, -finding.start_s), default=None)


def _moment_words(finding: FindingDigest) -> str:
    return f"“{formatting.clean(finding.title)}” at {formatting.clock(finding.start_s)}."


def _unsure(
    call: CallDigest, config: SamplingConfig, edges: Sequence[float], titles: Mapping[str, str]
) -> _Ranked | None:
    """A call with scores that are not sure and lie near the edge of a band."""
    near = []
    for practice in call.practices:
        if practice.score is None or practice.confidence >= config.unsure_below:
            continue
        distance, edge = min((abs(at - practice.score), at) for at in edges)
        if distance <= config.edge_points:
            title = formatting.clean(titles.get(practice.id, practice.id))
            score, limit = formatting.number(practice.score, 0), formatting.number(edge, 0)
            near.append((distance, f"{title} ({score}, near the limit {limit})"))
    if not near:
        return None
    near.sort()
    why = f"The machine is not sure of these scores: {', '.join(text for _, text in near[:3])}."
    return (-len(near), near[0][0]), Pick(call, Reason.UNSURE, why)
