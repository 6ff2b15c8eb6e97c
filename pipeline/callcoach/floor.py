"""Room to speak: what the dialogue stage says about who let whom talk and wait.

The hand-overs of :mod:`callcoach.dialogue.listening`; their fields are keys of ``analysis.json``.
"""

from __future__ import annotations

from dataclasses import dataclass

from callcoach.delivery import Unmeasured
from callcoach.timeline import Span


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
