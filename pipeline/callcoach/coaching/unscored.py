"""Calls in which nothing may be said of agent and customer: swapped sides, answering machines."""

from __future__ import annotations

from dataclasses import fields, replace

from callcoach.dialogue.role_check import why_unscored
from callcoach.model.analysis import CallAnalysis
from callcoach.model.language import Language
from callcoach.model.party import Role
from callcoach.model.unmeasured import Unmeasured

NO_AGENT = "it is not known who is the agent"

_OF_ROLES = ("tension", "composure", *(field.name for field in fields(Language)))


def with_sure_roles(analysis: CallAnalysis) -> CallAnalysis:
    """The analysis as it would be without roles, where nothing may be said of the agent."""
    why = why_unscored(analysis)
    if why is None:
        return analysis
    parties = tuple(replace(party, role=Role.UNKNOWN) for party in analysis.call.parties)
    kept = tuple(item for item in analysis.unmeasured if item.measure not in _OF_ROLES)
    return replace(
        analysis,
        call=replace(analysis.call, parties=parties),
        unmeasured=kept + tuple(Unmeasured(name, why) for name in _OF_ROLES),
        **dict.fromkeys(_OF_ROLES),  # type: ignore[arg-type]
    )
