"""How the words of calls agree with the channel map that was given for them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from callcoach.model.analysis import CallAnalysis
from callcoach.model.party import Role, RoleSource

ANSWERING_MACHINE = "answering_machine"
"""Code of the warning that a machine took the call."""

SWAPPED = "the words say that agent and customer are swapped"

MACHINE = "an answering machine took the call"

SEVERAL_AGENTS = "more than one person speaks on the agent's side"

UNSCORED = frozenset({SWAPPED, MACHINE, SEVERAL_AGENTS})


class RoleCheck(StrEnum):
    """What the words say of a given channel map."""

    NONE = "none"  # no map was given, or the words tell nothing
    AGREES = "agrees"
    CONTRADICTED = "contradicted"


def is_swapped(analysis: CallAnalysis) -> bool:
    """Whether the words say surely that agent and customer are swapped."""
    return analysis.roles is not None and analysis.roles.contradicted


def why_unscored(analysis: CallAnalysis) -> str | None:
    """Why nothing may be said of the one who is called the agent, ``None`` where it may."""
    if is_swapped(analysis):
        return SWAPPED
    if any(warning.code == ANSWERING_MACHINE for warning in analysis.warnings):
        return MACHINE
    agents = {p.channel for p in analysis.call.parties if p.role is Role.AGENT}
    if any(change.channel in agents for change in analysis.speaker_changes or ()):
        return SEVERAL_AGENTS
    return None


def why_no_customer(analysis: CallAnalysis) -> str | None:
    """Why nothing that is said is known to be the customer's or the agent's, ``None`` where it is.

    Where several agents speak, what the customer says is still the customer's.
    """
    why = why_unscored(analysis)
    return None if why == SEVERAL_AGENTS else why


def role_check(analysis: CallAnalysis) -> RoleCheck:
    """How the words of a call agree with its channel map; unsure words do not contradict it."""
    roles = analysis.roles
    if roles is None or roles.source is not RoleSource.MAP or roles.confidence is None:
        return RoleCheck.NONE
    return RoleCheck.CONTRADICTED if roles.contradicted else RoleCheck.AGREES


def swapped_calls(checks: Mapping[RoleCheck, int]) -> str | None:
    """What a run says of its calls whose words contradict the map, by how many there are."""
    contradicted = checks.get(RoleCheck.CONTRADICTED, 0)
    given = contradicted + checks.get(RoleCheck.AGREES, 0)
    if not contradicted:
        return None
    return (
        f"In {contradicted} of {given} calls the words say that agent and customer are swapped: "
        "these are not scored. Check agent_channel in the manifest, or agent under [channels]."
    )
