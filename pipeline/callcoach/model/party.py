"""Who takes part in a call: the two sides, the two roles, and how it is known who is who."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Side(StrEnum):
    """A channel of a two-channel recording."""

    LEFT = "left"
    RIGHT = "right"

    @property
    def row(self) -> int:
        """Row of the channel in the sample array: 0 for left, 1 for right."""
        return 0 if self is Side.LEFT else 1


@dataclass(frozen=True)
class Party:
    """One side of the call.

    ``id`` is the name used by every ``speaker`` field: ``agent`` and ``customer`` where the roles
    are known, else ``speaker_1`` (left, or first heard) and ``speaker_2`` (right), with
    ``speaker_3`` where a third voice shares the channel; ``everyone`` where the voices of one
    channel are not told apart.

    ``wordless_s`` is how much of ``speech_s`` has no words, whatever lost them. ``language`` is the
    spoken language as Whisper's code, ``language_probability`` how sure that is (0..1): ``None``
    where nothing was heard, and the probability also where the language was given.
    ``talk_share`` (0..1) is ``speech_s`` as a share of the call's length: time in which two speak
    counts for both.
    """

    id: str
    role: Role
    channel: Side | None
    speech_s: float
    wordless_s: float | None = None
    language: str | None = None
    language_probability: float | None = None
    talk_share: float | None = None


class RoleSource(StrEnum):
    """Where it is known from who the agent is."""

    MAP = "map"  # the channel map of the manifest, the settings or the file names
    WORDS = "words"  # what is said
    PERSON = "person"  # somebody named the agent afterwards
    NONE = "none"  # it is not known


@dataclass(frozen=True)
class Roles:
    """How it is known who the agent is.

    ``confidence`` (0..1) is how sure the words are of the agent that they speak for, whatever the
    source; ``None`` where they were not asked or tell nothing. ``heard`` quotes them.
    ``contradicted`` is true where the words speak surely against the source.
    """

    source: RoleSource
    confidence: float | None = None
    heard: tuple[str, ...] = ()
    contradicted: bool = False


class Role(StrEnum):
    """Who a party is in the call."""

    AGENT = "agent"
    CUSTOMER = "customer"
    UNKNOWN = "unknown"
