"""What the words say of who the agent is, held against what is given.

Without a channel map the words name the agent where they are sure enough. With one they are asked
all the same: a map that is the wrong way round swaps every score of a night.
"""

from __future__ import annotations

from collections.abc import Sequence

from callcoach.config.config import Config
from callcoach.dialogue.roles import RoleGuess, contradicts, weigh_roles
from callcoach.model.party import Role, Roles, RoleSource
from callcoach.model.recording import CallWarning
from callcoach.model.speech import Activity
from callcoach.speech.transcribe import Transcript

QUOTES = 6
"""At most so many quotes are kept of what tells who is who."""

CONTRADICTED = "roles_contradicted"


def words_on_roles(
    transcript: Transcript, activities: Sequence[Activity], config: Config
) -> RoleGuess | None:
    """Whom the words call the agent, however unsure; ``None`` where they are not asked.

    The words must be English. They tell of two people only.
    """
    if len(activities) != 2 or not config.roles.from_words:
        return None
    first, second = (activity.speaker for activity in activities)
    return weigh_roles(transcript.words, (first, second), config.roles, config.role_signs)


def roles_of(given: bool, named: RoleGuess | None, said: RoleGuess | None) -> Roles:
    """How it is known who the agent is.

    Parameters
    ----------
    given
        Whether a channel map says it.
    named
        The words where they name the agent; ``None`` where the map does or nobody knows.
    said
        What the words say, with the parties under the names they have while it is asked.
    """
    if said is None:
        return Roles(RoleSource.MAP if given else RoleSource.NONE)
    source = RoleSource.MAP if given else RoleSource.NONE if named is None else RoleSource.WORDS
    return Roles(
        source,
        confidence=round(said.confidence, 4),
        heard=said.heard[:QUOTES],
        contradicted=given and contradicts(said, Role.AGENT.value),
    )


def contradiction(roles: Roles) -> tuple[CallWarning, ...]:
    """The warning that the words speak against the given map, and how to set it right."""
    if not roles.contradicted:
        return ()
    heard = ", ".join(f'"{quote}"' for quote in roles.heard[:3])
    text = (
        "What is said tells that agent and customer are swapped: the channel given as the agent's "
        f"sounds like the customer's ({heard}; confidence {roles.confidence or 0:.2f}). Nothing is "
        "scored. Check agent_channel in the manifest, or agent under [channels] in the config; "
        "change it to the other channel and run again."
    )
    return (CallWarning(CONTRADICTED, text),)
