"""How the two people of a call take turns: overlaps, silences, and how much each has the floor."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from callcoach.model.party import Role as Role
from callcoach.model.timeline import Span
from callcoach.model.unmeasured import Unmeasured


class OverlapKind(StrEnum):
    """What happened when two people spoke at once."""

    BACKCHANNEL = "backchannel"
    TERMINAL = "terminal"
    DUAL_START = "dual_start"
    ATTEMPTED = "attempted"
    INTERRUPTION = "interruption"
    EARLY_ANSWER = "early_answer"
    UNCLEAR = "unclear"


class SilenceKind(StrEnum):
    """A stretch in which nobody speaks."""

    GAP = "gap"  # between two speakers
    PAUSE = "pause"  # within one speaker's turn
    DEAD_AIR = "dead_air"  # longer than the configured limit
    HOLD = "hold"  # music, ringing or tones


class OverlapNext(StrEnum):
    """What happened after two people spoke at once."""

    HOLDER = "holder"  # who had the turn spoke on
    INCOMER = "incomer"  # who came in spoke on
    HOLDER_REPAIRED = "holder_repaired"  # the holder made up for it: "sorry, go ahead"
    INCOMER_REPAIRED = "incomer_repaired"  # the incomer did
    NOBODY = "nobody"  # both fell silent


@dataclass(frozen=True)
class OverlapEvent(Span):
    """Two people speaking at once: the span is the shared time.

    ``confidence`` (0..1) says how sure the kind is; it is no probability. ``cut_off`` quotes what
    an interrupted holder said last, ``None`` where nobody was interrupted or there are no words.
    ``mid_sentence`` tells whether a holder who gave the floor away had not finished, ``None``
    where the words do not tell. ``confidence`` and ``next`` are ``None`` in an event that was not
    judged.
    """

    kind: OverlapKind
    incomer: str
    holder: str
    holder_yielded: bool | None
    text: str
    confidence: float | None = None
    cut_off: str | None = None
    mid_sentence: bool | None = None
    next: OverlapNext | None = None


@dataclass(frozen=True)
class Silence(Span):
    """Nobody speaks. ``after`` is who spoke last, ``None`` at the start of the call.

    ``announced`` says whether somebody had said that a wait was coming; it is ``None`` for gaps
    and pauses, where there are no words to judge by, and where somebody may have spoken unclearly
    just before.
    """

    kind: SilenceKind
    after: str | None
    announced: bool | None = None


@dataclass(frozen=True)
class PartyListening:
    """What one party did with the floor, and what the other left of it.

    ``speech_share`` is the party's part of all speech (0..1). ``answers`` counts the times the
    party took the turn after the other, and the ``answer_`` fields say how long after the end of
    the other's turn, in seconds, negative where the answer began before that end: median, 10th
    and 90th percentile. ``longest`` is the party's longest stretch in which the other said
    nothing but listener's words. ``long_turns`` counts the party's turns that are long enough to
    be judged, ``cut`` are those in which the other came in and took over, ``uncut_share`` is the
    share of the rest (0..1). ``interruptions_per_10min`` is how often this party came in and took
    over, in ten minutes of the call (a short one counts as ``listening.least_rate_s``), and
    ``interruptions_per_turn`` the same for each turn of the other, sounds of listening left out.
    What is ``None`` has its reason in ``unmeasured``.
    """

    speaker: str
    speech_s: float
    speech_share: float | None
    answers: int
    answer_median_s: float | None
    answer_p10_s: float | None
    answer_p90_s: float | None
    longest: Span | None
    long_turns: int
    cut: tuple[Span, ...] | None
    uncut_share: float | None
    unmeasured: tuple[Unmeasured, ...] = ()
    interruptions_per_10min: float | None = None
    interruptions_per_turn: float | None = None


@dataclass(frozen=True)
class Listening:
    """Room to speak in one call.

    ``parties`` is empty where the parties cannot be told apart. Waits are long silences, holds
    left out: ``announced`` and ``unexplained`` (how many, and seconds) add up to ``dead_airs`` and
    ``dead_air_s``, but for those before which somebody may have spoken unclearly; they are ``None``
    where there are no words to judge by.
    """

    parties: tuple[PartyListening, ...]
    dead_airs: int
    dead_air_s: float
    announced: int | None
    announced_s: float | None
    unexplained: int | None
    unexplained_s: float | None
    holds: int
    hold_s: float
    unmeasured: tuple[Unmeasured, ...] = ()

    def party(self, speaker: str) -> PartyListening | None:
        """What is said about one party, ``None`` where nothing is."""
        return next((item for item in self.parties if item.speaker == speaker), None)
