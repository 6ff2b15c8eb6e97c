"""Speech of a call: when somebody speaks, the words with their times, and the turns."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from callcoach.model.party import Role as Role
from callcoach.model.party import Side
from callcoach.model.timeline import Span


class Timing(StrEnum):
    """Where a word's times come from."""

    MEASURED = "measured"  # aligned by the engine, inside the speech activity as it stands
    INTERPOLATED = "interpolated"  # moved or cut to fit the speech activity


@dataclass(frozen=True)
class SpeechRegion(Span):
    """Speech of one party."""

    speaker: str


@dataclass(frozen=True)
class Activity:
    """When one party speaks.

    ``regions`` are disjoint and in order of time. ``snr_db`` is the level of speech over the
    channel's background in dB, ``None`` when there is no speech or no background to compare.
    ``leak_s`` counts the seconds dropped as the other side's leak, ``None`` with the gate off.
    ``unsure`` are stretches of the channel that have the level of speech and are not known to be
    any: they are nobody's speech and no silence.
    """

    speaker: str
    regions: tuple[SpeechRegion, ...]
    snr_db: float | None = None
    leak_s: float | None = None
    unsure: tuple[Span, ...] = ()

    @property
    def speech_s(self) -> float:
        """Seconds of speech."""
        return sum(r.duration_s for r in self.regions)


@dataclass(frozen=True)
class SpeakerChange:
    """From ``at_s`` on another person speaks on a channel; ``similarity`` is the voices' cosine.

    ``by_turns`` is true where the two voices alternate from then on, as in a conference.
    """

    channel: Side
    at_s: float
    similarity: float
    by_turns: bool = False


# --------------------------------------------------------------------------- words and dialogue


@dataclass(frozen=True)
class Word(Span):
    """A transcribed word; its times lie within the speaker's speech activity."""

    speaker: str
    text: str
    probability: float
    timing: Timing


@dataclass(frozen=True)
class DroppedWord(Span):
    """A word the engine gave that was not kept, and why (an audit list)."""

    speaker: str
    text: str
    reason: str


@dataclass(frozen=True)
class Turn(Span):
    """One speaker's stretch of talk, by speech activity. ``text`` may be empty."""

    id: str
    speaker: str
    text: str
