"""What a person said of who is who in a call, as stretches of time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from callcoach.model.party import Role
from callcoach.model.speech import Activity
from callcoach.model.timeline import Span, intersections, merged, total_s


@dataclass(frozen=True)
class AgentStatement:
    """What a person said of who is who in one recording.

    ``agent`` and ``customer`` are stretches in which each speaks, disjoint and in order of time.
    Both are empty where the person said that nobody knows.
    """

    source_sha256: str
    agent: tuple[Span, ...]
    customer: tuple[Span, ...]

    def names(self, activities: Sequence[Activity]) -> Mapping[str, str] | None:
        """New names for the parties of an analysis, ``None`` where they do not fit what was said.

        The agent is who speaks most in the agent's stretches, those of the customer taken away;
        the customer is the most of the others the other way round.
        """
        if len(activities) < 2:
            return None
        ids = [activity.speaker for activity in activities]
        if not self.agent:
            return _new_names(ids, None, None)
        leaning = {
            a.speaker: _shared(a, self.agent) - _shared(a, self.customer) for a in activities
        }
        agent = max(ids, key=lambda one: leaning[one])
        customer = min((one for one in ids if one != agent), key=lambda one: leaning[one])
        if leaning[agent] <= max(0.0, leaning[customer]):
            return None
        return _new_names(ids, agent, customer)


def _new_names(ids: Sequence[str], agent: str | None, customer: str | None) -> Mapping[str, str]:
    """Names by who is who; whoever is neither is a speaker, numbered by place."""
    result = {name: f"speaker_{place}" for place, name in enumerate(ids, 1)}
    if agent is not None:
        result[agent] = Role.AGENT.value
    if customer is not None:
        result[customer] = Role.CUSTOMER.value
    return result


def _shared(activity: Activity, spans: Sequence[Span]) -> float:
    return total_s(intersections(merged(activity.regions), spans))
