"""The numbers that the page, the index and the tables share, counted once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from callcoach.model.analysis import CallAnalysis
from callcoach.model.interaction import OverlapEvent, OverlapKind, Silence, SilenceKind
from callcoach.model.language import Response, ResponseKind
from callcoach.model.party import Party, Role
from callcoach.model.timeline import intersections, merged, total_s
from callcoach.model.unmeasured import Unmeasured
from callcoach.model.voice import TurnTension, VoiceMeasures

NO_REASON = "the analysis gives no reason"

# Reasons are often given for a group of measures; most names begin with their group's.
_GROUPS = {
    "active_level_dbov": "level",
    "active_factor": "level",
    "pause_s": "pauses",
    "baseline": "calmness",
}


@dataclass(frozen=True)
class Talk:
    """How long one party speaks: seconds, share of the call's length (0..1), number of turns.

    ``share`` is the stored :attr:`callcoach.model.party.Party.talk_share`.
    ``wordless_s`` of these seconds have no words; ``None`` where that was not measured.
    """

    speaker: str
    role: Role
    speech_s: float
    share: float | None
    wordless_s: float | None
    turns: int


@dataclass(frozen=True)
class CameIn:
    """How often one party came in while the other spoke, by what became of it.

    ``per_10min`` and ``per_turn`` are the stored rates of taking over, see
    :class:`callcoach.model.interaction.PartyListening`; ``None`` where they were not measured.
    """

    speaker: str
    role: Role
    took_over: int
    gave_up: int
    at_the_end: int
    listening: int
    unclear: int
    per_10min: float | None
    per_turn: float | None

    @property
    def times(self) -> int:
        """Times the party came in, sounds of listening left out."""
        return self.took_over + self.gave_up + self.at_the_end + self.unclear


@dataclass(frozen=True)
class Facts:
    """Counts and shares of one call.

    ``both_s`` (both speak), ``came_in`` and ``dual_starts`` are ``None`` where simultaneous
    speech was not measured. ``silent_s`` counts the seconds in which nobody speaks. ``long``
    are the silences over the limit; holds are not among them.
    """

    talk: tuple[Talk, ...]
    both_s: float | None
    both_share: float | None
    silent_s: float
    silent_share: float
    overlaps: int | None
    came_in: tuple[CameIn, ...] | None
    dual_starts: int | None
    longest_silence: Silence | None
    long: tuple[Silence, ...]
    holds: tuple[Silence, ...]

    def talk_of(self, role: Role) -> Talk | None:
        """Talk of the one party with this role, ``None`` where no or several parties have it."""
        found = [item for item in self.talk if item.role is role]
        return found[0] if len(found) == 1 else None

    def came_in_of(self, role: Role) -> CameIn | None:
        """As :meth:`talk_of`, for the times the party came in."""
        found = [item for item in self.came_in or () if item.role is role]
        return found[0] if len(found) == 1 else None


def parties_of(analysis: CallAnalysis) -> tuple[Party, ...]:
    """The parties in the order in which every report shows them: the agent first."""
    order = (Role.AGENT, Role.CUSTOMER, Role.UNKNOWN)
    return tuple(sorted(analysis.call.parties, key=lambda party: order.index(party.role)))


def facts_of(analysis: CallAnalysis) -> Facts:
    """Count what a call's analysis holds."""
    length_s = analysis.call.duration_s
    silent_s = max(0.0, length_s - total_s(analysis.activity))
    both_s = None if analysis.overlaps is None else _both_s(analysis)
    quiet = [s for s in analysis.silences if s.kind is not SilenceKind.HOLD]
    return Facts(
        talk=tuple(
            Talk(
                party.id,
                party.role,
                party.speech_s,
                party.talk_share,
                party.wordless_s,
                sum(turn.speaker == party.id for turn in analysis.turns),
            )
            for party in parties_of(analysis)
        ),
        both_s=both_s,
        both_share=None if both_s is None else _share(both_s, length_s),
        silent_s=silent_s,
        silent_share=_share(silent_s, length_s),
        overlaps=None if analysis.overlaps is None else len(analysis.overlaps),
        came_in=None if analysis.overlaps is None else _came_in(analysis, analysis.overlaps),
        dual_starts=(
            None if analysis.overlaps is None else _count(analysis.overlaps, OverlapKind.DUAL_START)
        ),
        longest_silence=max(quiet, key=lambda s: s.duration_s, default=None),
        long=tuple(s for s in analysis.silences if s.kind is SilenceKind.DEAD_AIR),
        holds=tuple(s for s in analysis.silences if s.kind is SilenceKind.HOLD),
    )


def voice_of(analysis: CallAnalysis, speaker: str) -> VoiceMeasures | None:
    """Voice measures of a party, ``None`` where the party has none."""
    return next((v for v in analysis.voice if v.speaker == speaker), None)


def tense_turns(analysis: CallAnalysis) -> tuple[TurnTension, ...]:
    """The customer's turns that count as tense, in order of time."""
    return tuple(turn for turn in analysis.tension or () if turn.tense)


def reason_for(analysis: CallAnalysis, measure: str) -> str:
    """Why a part of the analysis was not measured, as a sentence without a full stop."""
    for item in analysis.unmeasured:
        if item.measure == measure:
            return item.reason
    return NO_REASON


def voice_reason(items: Iterable[Unmeasured], measure: str) -> str | None:
    """Why a voice measure is ``None``: its own reason, else its group's, else ``None``.

    ``pitch`` is the group of every ``pitch_*``, ``level`` also that of the active level.
    """
    reasons = {item.measure: item.reason for item in items}
    if measure in reasons:
        return reasons[measure]
    for group, reason in reasons.items():
        if measure.startswith(f"{group}_") or _GROUPS.get(measure) == group:
            return reason
    return None


def _share(part_s: float, whole_s: float) -> float:
    return min(1.0, part_s / whole_s) if whole_s > 0 else 0.0


def _both_s(analysis: CallAnalysis) -> float | None:
    sides = [
        merged(region for region in analysis.activity if region.speaker == party.id)
        for party in analysis.call.parties
    ]
    return total_s(intersections(*sides)) if len(sides) == 2 else None


def _came_in(analysis: CallAnalysis, events: Sequence[OverlapEvent]) -> tuple[CameIn, ...]:
    result = []
    for party in parties_of(analysis):
        own = [event for event in events if event.incomer == party.id]
        room = None if analysis.listening is None else analysis.listening.party(party.id)
        result.append(
            CameIn(
                speaker=party.id,
                role=party.role,
                took_over=_count(own, OverlapKind.INTERRUPTION),
                gave_up=_count(own, OverlapKind.ATTEMPTED),
                at_the_end=_count(own, OverlapKind.TERMINAL)
                + _count(own, OverlapKind.EARLY_ANSWER),
                listening=_count(own, OverlapKind.BACKCHANNEL),
                unclear=_count(own, OverlapKind.UNCLEAR),
                per_10min=None if room is None else room.interruptions_per_10min,
                per_turn=None if room is None else room.interruptions_per_turn,
            )
        )
    return tuple(result)


def _count(events: Iterable[OverlapEvent], kind: OverlapKind) -> int:
    return sum(event.kind is kind for event in events)


def answers_of(analysis: CallAnalysis) -> dict[str, Response]:
    """The responses of a call by the concern that they answer."""
    return {response.concern: response for response in analysis.responses or ()}


def took_up(response: Response | None) -> bool:
    """Whether a response took the concern up in any way."""
    return response is not None and bool(set(response.kinds) - {ResponseKind.IGNORE})


def understood(response: Response | None) -> bool:
    """Whether a response showed understanding for the concern."""
    return response is not None and ResponseKind.VALIDATE in response.kinds
