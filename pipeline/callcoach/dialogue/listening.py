"""Room to speak: who talked how much, who let whom finish, how long answers and waits took.

Nothing here is a verdict: a long answer gap may be a lookup, and a long stretch an explanation
that was asked for. The numbers choose the moments to listen to.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence

import numpy as np

from callcoach.call import (
    Activity,
    OverlapEvent,
    OverlapKind,
    Silence,
    SilenceKind,
    Turn,
)
from callcoach.delivery import Unmeasured
from callcoach.dialogue.overlap_words import consists_of, plain_words
from callcoach.floor import Listening, PartyListening
from callcoach.settings.dialogue import OverlapsConfig
from callcoach.settings.listening import ListeningConfig
from callcoach.timeline import Span

NO_WORDS = "there are no words to tell an announced wait by"
ONE_VOICE = "two people are needed who can be told apart"
NOT_KNOWN_CUT = "it is not known when the two spoke at once"
LEAST_TALK_S = 30.0
"""With less talk of the other, nothing is said of interruptions for each of the other's turns
(callcoach's choice: that is a handful of turns)."""

_LITTLE_TALK = f"not enough evidence: the other speaks for less than {LEAST_TALK_S:g} s"


def measure_listening(
    activities: Sequence[Activity],
    turns: Sequence[Turn],
    overlaps: Sequence[OverlapEvent] | None,
    silences: Sequence[Silence],
    duration_s: float,
    config: ListeningConfig,
    kinds: OverlapsConfig,
    doubt: Sequence[Span] = (),
    no_words: str | None = None,
) -> Listening:
    """Measure room to speak in one call.

    Parameters
    ----------
    activities
        Speech of the parties. With one party, or more than two, nothing is said of parties.
    turns, overlaps, silences
        What was found in the same speech, in order of time; ``overlaps`` is ``None`` where it was
        not measured.
    duration_s
        Length of the call.
    config, kinds
        Limits in seconds and counts; the listener words are those of the overlaps.
    doubt
        Stretches that may be speech: no answer's gap is measured over them.
    no_words
        Why words do not tell whether a wait was announced, where there are words.
    """
    two = len(activities) == 2
    floor = _floor_turns(turns, config, kinds) if two else []
    long = [s for s in silences if s.kind is SilenceKind.DEAD_AIR]
    holds = [s for s in silences if s.kind is SilenceKind.HOLD]
    judged = not long or any(s.announced is not None for s in long)
    announced = [s for s in long if s.announced]
    unexplained = [s for s in long if s.announced is False]
    reasons = [] if two else [Unmeasured("parties", ONE_VOICE)]
    if not judged:
        reasons.append(Unmeasured("announced", no_words or NO_WORDS))
    speech_s = sum(a.speech_s for a in activities)
    parties = tuple(
        _party(activity, speech_s, turns, floor, overlaps, silences, config, doubt)
        for activity in (activities if two else ())
    )
    return Listening(
        parties=with_rates(parties, turns, overlaps, duration_s, config),
        dead_airs=len(long),
        dead_air_s=_sum_s(long),
        announced=len(announced) if judged else None,
        announced_s=_sum_s(announced) if judged else None,
        unexplained=len(unexplained) if judged else None,
        unexplained_s=_sum_s(unexplained) if judged else None,
        holds=len(holds),
        hold_s=_sum_s(holds),
        unmeasured=tuple(reasons),
    )


def with_rates(
    parties: Sequence[PartyListening],
    turns: Sequence[Turn],
    overlaps: Sequence[OverlapEvent] | None,
    duration_s: float,
    config: ListeningConfig,
) -> tuple[PartyListening, ...]:
    """The parties with how often they interrupt: the one place where these rates are made.

    Ten minutes are minutes of the call, whoever speaks in them: that has a value in every call,
    adds up over calls, and is what the scorecard's limits were chosen for. To count against the
    other's talk instead makes one interruption of somebody who says little a high rate; what the
    other's talk gives room for is told by the rate for each turn.

    Parameters
    ----------
    parties
        Two parties, or none.
    turns, overlaps
        What was found in their speech; no rates where ``overlaps`` were not measured.
    duration_s
        Length of the call.
    config
        The least length a call counts as.
    """
    if overlaps is None:
        return tuple(parties)
    result = []
    for party in parties:
        others = [other for other in parties if other.speaker != party.speaker]
        theirs = {other.speaker for other in others}
        cuts = [
            event
            for event in overlaps
            if event.incomer == party.speaker and event.kind is OverlapKind.INTERRUPTION
        ]
        sounds = sum(
            event.incomer in theirs and event.kind is OverlapKind.BACKCHANNEL for event in overlaps
        )
        their_turns = sum(turn.speaker in theirs for turn in turns) - sounds
        enough = sum(other.speech_s for other in others) >= LEAST_TALK_S and their_turns > 0
        reasons = () if enough else (Unmeasured("interruptions_per_turn", _LITTLE_TALK),)
        result.append(
            dataclasses.replace(
                party,
                interruptions_per_10min=600 * len(cuts) / max(duration_s, config.least_rate_s),
                interruptions_per_turn=len(cuts) / their_turns if enough else None,
                unmeasured=party.unmeasured + reasons,
            )
        )
    return tuple(result)


def _party(
    activity: Activity,
    all_speech_s: float,
    turns: Sequence[Turn],
    floor: Sequence[Turn],
    overlaps: Sequence[OverlapEvent] | None,
    silences: Sequence[Silence],
    config: ListeningConfig,
    doubt: Sequence[Span],
) -> PartyListening:
    speaker = activity.speaker
    reasons = []
    waits: list[Span] = [s for s in silences if s.kind is SilenceKind.HOLD or s.announced]
    gaps = _answer_gaps_s(speaker, floor, [*waits, *doubt])
    enough = len(gaps) >= config.min_answers
    if not enough:
        reasons.append(
            Unmeasured(
                "answers", f"not enough evidence: {len(gaps)} of {config.min_answers} answers"
            )
        )
    middle, low, high = np.percentile(gaps, (50, 10, 90)).tolist() if enough else (None,) * 3
    judged = [t for t in turns if t.speaker == speaker and t.duration_s >= config.min_turn_s]
    cut = None if overlaps is None else _cut(judged, overlaps)
    if cut is None:
        reasons.append(Unmeasured("cut", NOT_KNOWN_CUT))
    elif not judged:
        reasons.append(Unmeasured("uncut_share", f"no turn of {config.min_turn_s:g} s and more"))
    return PartyListening(
        speaker=speaker,
        speech_s=activity.speech_s,
        speech_share=activity.speech_s / all_speech_s if all_speech_s > 0 else None,
        answers=len(gaps),
        answer_median_s=middle,
        answer_p10_s=low,
        answer_p90_s=high,
        longest=_longest(speaker, floor, silences),
        long_turns=len(judged),
        cut=cut,
        uncut_share=None if cut is None or not judged else 1 - len(cut) / len(judged),
        unmeasured=tuple(reasons),
    )


def _floor_turns(
    turns: Sequence[Turn], config: ListeningConfig, kinds: OverlapsConfig
) -> list[Turn]:
    """The turns that take the floor: bursts inside the other's turn and listener's words do not.

    After a question a short "yes" is an answer, so it counts.
    """
    result: list[Turn] = []
    for turn in _outside_others(turns):
        asked = bool(result) and result[-1].text.rstrip().endswith("?")
        if not result or asked or not _listens(turn, config, kinds):
            result.append(turn)
    return result


def _outside_others(turns: Sequence[Turn]) -> list[Turn]:
    """The turns that do not lie wholly within a turn of the other."""
    ends: dict[str, float] = {}
    result = []
    # Of two that start together the longer one comes first, so that it can hold the other.
    for turn in sorted(turns, key=lambda t: (t.start_s, -t.end_s)):
        others = (end_s for speaker, end_s in ends.items() if speaker != turn.speaker)
        if max(others, default=-1.0) < turn.end_s:
            result.append(turn)
        ends[turn.speaker] = max(ends.get(turn.speaker, 0.0), turn.end_s)
    return result


def _listens(turn: Turn, config: ListeningConfig, kinds: OverlapsConfig) -> bool:
    if turn.duration_s > config.listener_max_s:
        return False
    said = turn.text.split()
    return not plain_words(said) or consists_of(said, kinds.listener_words)


def _answer_gaps_s(speaker: str, floor: Sequence[Turn], waits: Sequence[Span]) -> list[float]:
    """Seconds from the end of the other's turn to each answer; a gap with a wait in it is none."""
    gaps = []
    for before, after in itertools.pairwise(floor):
        if after.speaker != speaker or before.speaker == speaker:
            continue
        if after.start_s > before.end_s:
            between = Span(before.end_s, after.start_s)
            if any(between.overlaps(wait) for wait in waits):
                continue
        gaps.append(after.start_s - before.end_s)
    return gaps


def _longest(speaker: str, floor: Sequence[Turn], silences: Sequence[Silence]) -> Span | None:
    """The longest stretch of a party's turns in a row; long silences and holds end it."""
    breaks = [s for s in silences if s.kind in (SilenceKind.DEAD_AIR, SilenceKind.HOLD)]
    stretches: list[Span] = []
    before: Turn | None = None
    for turn in floor:
        if turn.speaker == speaker:
            joined = stretches[-1].union(turn) if stretches else turn.span
            if (
                before is not None
                and before.speaker == speaker
                and not any(joined.overlaps(silence) for silence in breaks)
            ):
                stretches[-1] = joined
            else:
                stretches.append(turn.span)
        before = turn
    return max(stretches, key=lambda s: s.duration_s, default=None)


def _cut(turns: Sequence[Turn], overlaps: Sequence[OverlapEvent]) -> tuple[Span, ...]:
    """The turns in which the other came in and took over."""
    events = [e for e in overlaps if e.kind is OverlapKind.INTERRUPTION]
    return tuple(
        turn.span
        for turn in turns
        if any(event.holder == turn.speaker and event.overlaps(turn) for event in events)
    )


def _sum_s(spans: Sequence[Span]) -> float:
    return float(sum(span.duration_s for span in spans))
