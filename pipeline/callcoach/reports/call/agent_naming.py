"""How to say who the agent is: one line on the page of a call where nobody knows it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from callcoach.dialogue.role_check import MACHINE, why_unscored
from callcoach.model.analysis import CallAnalysis
from callcoach.model.party import Party, Role, RoleSource
from callcoach.model.speech import Turn
from callcoach.reports import labels
from callcoach.text import formatting

FIRST_WORDS = 14
"""So many of a person's first words tell mostly who is greeting and who is asking."""


@dataclass(frozen=True)
class Candidate:
    """A person who may be the agent: party id, name for people, what they said first."""

    speaker: str
    name: str
    first: str
    command: str


@dataclass(frozen=True)
class NamingPart:
    """How to say who the agent is.

    ``known`` is false where nobody knows it; else somebody who knows better may say so.
    ``doubtful`` is true where it was found in the words, or they contradict what was given.
    """

    candidates: tuple[Candidate, ...]
    known: bool
    doubtful: bool


def naming_part(analysis: CallAnalysis) -> NamingPart | None:
    """How to name the agent; ``None`` where fewer than two people are told apart, or a machine was
    spoken to: that is not scored, whoever spoke."""
    parties = analysis.call.parties
    if len(parties) < 2 or not analysis.turns or why_unscored(analysis) == MACHINE:
        return None
    roles = analysis.roles
    known = any(party.role is not Role.UNKNOWN for party in parties)
    return NamingPart(
        tuple(
            Candidate(
                party.id,
                labels.party_name(party),
                formatting.clean(first_words(analysis.turns, party.id)),
                command(analysis.call.id, party.id),
            )
            for party in parties
        ),
        known,
        known and roles is not None and (roles.contradicted or roles.source is RoleSource.WORDS),
    )


def first_words(turns: Sequence[Turn], speaker: str) -> str:
    """What somebody says first in a call, some words of it; empty where no word was heard."""
    words = [word for turn in turns if turn.speaker == speaker for word in turn.text.split()]
    return " ".join(words[:FIRST_WORDS]) + (" …" if len(words) > FIRST_WORDS else "")


def command(call_id: str, speaker: str) -> str:
    """The command that names the agent; ``OUT`` stands for the output folder."""
    return f"callcoach roles OUT {shlex.quote(call_id)} --agent {speaker}"


def naming_command(analysis: CallAnalysis) -> str | None:
    """The command that names the first person the agent; ``None`` where nobody need be named."""
    parties = analysis.call.parties
    if not is_unnamed(parties) or naming_part(analysis) is None:
        return None
    return command(analysis.call.id, parties[0].id)


def is_unnamed(parties: Sequence[Party]) -> bool:
    """Whether people are told apart and nobody knows which of them is the agent."""
    return len(parties) > 1 and all(party.role is Role.UNKNOWN for party in parties)
