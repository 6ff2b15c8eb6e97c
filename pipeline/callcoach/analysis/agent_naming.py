"""Somebody says who the agent is: the names that follow, and a stored call under them.

What a person said is kept as stretches of time in which the agent and the customer speak, not as
the name of a voice: whoever analyses the call anew, with other settings or models, may hear the
voices in another order.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from callcoach.analysis.interpretation import interpreted
from callcoach.analysis.parties import EVERYONE, roles_unknown
from callcoach.analysis.renaming import renamed
from callcoach.analysis.trust import with_trust
from callcoach.config.config import Config
from callcoach.dialogue.phrasebook import Matcher
from callcoach.errors import SourceError
from callcoach.model.agent_statement import AgentStatement, _new_names
from callcoach.model.analysis import CallAnalysis
from callcoach.model.party import Party, Role, Roles, RoleSource
from callcoach.model.recording import CallWarning, Severity
from callcoach.model.timeline import Span, merged
from callcoach.model.voice import BaselineSource
from callcoach.privacy.names_model import name_finder
from callcoach.privacy.redaction import redact
from callcoach.privacy.silencing import in_order
from callcoach.voice.comparison import compare

KEPT_TURNS = 20
"""So many of the longest turns of each are kept to find them again: with few, one turn that another
analysis gives to somebody else would decide."""

NAMED = CallWarning("roles_named", "A person said who the agent is.", severity=Severity.NOTE)

_ROLE_CODES = frozenset({"roles_unknown", "roles_from_words", "roles_contradicted", NAMED.code})

_ONCE = frozenset({"private_id", "redaction_language"})  # the warnings that redaction adds


class NamingError(SourceError):
    """Nobody of this name speaks in the call, or nobody can be named."""


def roles_told(told: AgentStatement, before: Roles | None = None) -> Roles:
    """How it is known who the agent is once a person has said so.

    ``before`` is what was known of it otherwise: what the words tell stays.
    """
    source = RoleSource.PERSON if told.agent else RoleSource.NONE
    before = before or Roles(RoleSource.NONE)
    return dataclasses.replace(before, source=source, contradicted=False)


def told_of(analysis: CallAnalysis) -> AgentStatement:
    """What must be kept of a call whose roles a person has named, to name them again."""
    return AgentStatement(
        analysis.call.source_sha256,
        _longest(analysis, Role.AGENT),
        _longest(analysis, Role.CUSTOMER),
    )


def with_agent(
    analysis: CallAnalysis,
    agent: str | None,
    matcher: Matcher,
    config: Config,
    *,
    customer: str | None = None,
) -> CallAnalysis:
    """A call as it is when a person has said who the agent is; nothing is heard again.

    All that depends on who is who is worked out anew, from the words as they are: what was hidden
    in them stays hidden, and what is private only now is hidden too. Findings and scores are left
    out, and voices are compared with this call alone: both come afterwards, as in a run.

    Parameters
    ----------
    analysis
        A call, stored or fresh.
    agent
        Party that is the agent, ``None`` for: nobody knows.
    matcher, config
        As in the run that analysed the call.
    customer
        Party that is the customer; needed where more than two people speak.

    Raises
    ------
    NamingError
        If there is no such party, or fewer than two are told apart.
    """
    call = analysis.call
    names = _names_for(call.parties, call.id, agent, customer)
    again = renamed(analysis, names)
    moved = dataclasses.replace(
        again,
        roles=roles_told(told_of(again), analysis.roles),
        voice=tuple(
            compare(voice, None, config)
            if voice.baseline is BaselineSource.EARLIER_CALLS
            else voice
            for voice in again.voice
        ),
        warnings=_warnings(again, agent is not None),
    )
    return with_trust(_redacted(interpreted(moved, matcher, config), config), config.measures)


def names_now(analysis: CallAnalysis) -> tuple[str, ...]:
    """The parties that may be named, as they are called now."""
    return tuple(party.id for party in analysis.call.parties if party.id != EVERYONE)


def _names_for(
    parties: Sequence[Party], call_id: str, agent: str | None, customer: str | None
) -> Mapping[str, str]:
    ids = [party.id for party in parties]
    if len(ids) < 2:
        raise NamingError(
            f"call {call_id} has one voice only: nobody can be named the agent. Two-channel "
            "recordings tell people apart for certain"
        )
    for name in (agent, customer):
        if name is not None and name not in ids:
            raise NamingError(f"call {call_id} has no speaker {name!r}; it has {_list(ids)}")
    if agent is not None and agent == customer:
        raise NamingError(f"{agent} cannot be agent and customer at once; name two speakers")
    others = [name for name in ids if name != agent]
    if agent is not None and customer is None:
        if len(others) > 1:
            raise NamingError(
                f"more than two people speak in call {call_id}: name the customer too, with "
                f"--customer and one of {_list(others)}"
            )
        customer = others[0]
    return _new_names(ids, agent, customer)


def _warnings(analysis: CallAnalysis, known: bool) -> tuple[CallWarning, ...]:
    """The warnings with what is now to be said of the roles, where that was said before."""
    said = NAMED if known else roles_unknown(analysis.call.mono)
    places = [i for i, one in enumerate(analysis.warnings) if one.code in _ROLE_CODES]
    at = places[0] if places else len(analysis.warnings)
    kept = [[one for one in part if one.code not in _ROLE_CODES] for part in (
        analysis.warnings[:at], analysis.warnings[at:]
    )]  # fmt: skip
    return (*kept[0], said, *kept[1])


def _redacted(analysis: CallAnalysis, config: Config) -> CallAnalysis:
    """The analysis with what is private by the new roles hidden as well."""
    if analysis.redactions is None or not config.redaction.on:
        return analysis
    fresh = dataclasses.replace(analysis, redactions=None, silenced=None)
    again = redact(fresh, config.redaction, name_finder(config.redaction))
    both = (*analysis.redactions, *(again.redactions or ()))
    told = {one.code for one in analysis.warnings} & _ONCE
    added = again.warnings[len(analysis.warnings) :]
    return dataclasses.replace(
        again,
        redactions=tuple(sorted(both, key=lambda r: (r.start_s, r.end_s, r.speaker))),
        silenced=in_order((*(analysis.silenced or ()), *(again.silenced or ()))),
        warnings=again.warnings[: len(analysis.warnings)]
        + tuple(one for one in added if one.code not in told),
    )


def _longest(analysis: CallAnalysis, role: Role) -> tuple[Span, ...]:
    own = [turn for turn in analysis.turns if turn.speaker == role.value]
    kept = sorted(own, key=lambda turn: (-turn.duration_s, turn.start_s))[:KEPT_TURNS]
    return merged(kept)


def _list(ids: Sequence[str]) -> str:
    return " and ".join(ids) if len(ids) < 3 else f"{', '.join(ids[:-1])} and {ids[-1]}"
