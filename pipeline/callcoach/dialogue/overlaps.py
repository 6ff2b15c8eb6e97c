"""Simultaneous speech, and what kind it was.

Raw overlap is normal in talk (about 40 % of speaker changes overlap) and is never scored. Times
come from the speech activity, never from the transcript; how a kind is told is in
:mod:`callcoach.dialogue.overlap_kinds`. The numbers are in ``[overlaps]`` of the configuration.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from callcoach.config.interaction import OverlapsConfig
from callcoach.dialogue.clause_ends import LATE_S, is_taken_up
from callcoach.dialogue.overlap_kinds import (
    FLOOR_WINDOW_S,
    Judgement,
    Onset,
    judge,
    mid_sentence,
)
from callcoach.dialogue.overlap_words import SpokenWords, consists_of, has_repair, plain_words
from callcoach.dialogue.turns import Unit
from callcoach.model.interaction import OverlapEvent, OverlapKind, OverlapNext
from callcoach.model.speech import Turn, Word
from callcoach.model.timeline import Span, intersections, total_s

_ROUNDING_S = 1e-6


def find_overlaps(
    units: Sequence[Unit],
    turns: Sequence[Turn],
    words: Sequence[Word],
    config: OverlapsConfig,
    snr_db: Mapping[str, float | None] | None = None,
) -> tuple[OverlapEvent, ...]:
    """Find the turns that start while the other party has the turn.

    Parameters
    ----------
    units
        Inter-pausal units of two parties, in order of time.
    turns, words
        Turns and words of the same speech, in order of time.
    config
        The kinds' limits, in seconds and words.
    snr_db
        Speech over background of each speaker's channel in dB, where it is known: noise lowers
        the confidence.

    Returns
    -------
    tuple of OverlapEvent
        In order of time: the turn that starts later is the incomer's. One per turn, and one more
        for each burst at its beginning that is a backchannel by itself: the holder went on for
        ``backchannel_holder_on_s`` before the incomer said more. The span reaches from the first
        to the last moment in which both spoke; ``text`` is what the incomer said up to the first
        pause.

    >>> units = [Unit(0.0, 5.0, "agent"), Unit(3.0, 3.3, "customer")]
    >>> turns = [Turn(u.start_s, u.end_s, f"t{n}", u.speaker, "") for n, u in enumerate(units, 1)]
    >>> (found,) = find_overlaps(units, turns, (), OverlapsConfig())
    >>> found.kind.value, found.incomer, found.start_s, found.end_s
    ('backchannel', 'customer', 3.0, 3.3)
    """
    talk = _Talk.of(units, turns, words)
    events = [
        _event(talk, turn, held, onset, judge(onset, config), config)
        for number, turn in enumerate(turns)
        if (held := talk.held(number)) is not None
        for onset in _onsets(talk, turn, held, config, snr_db or {})
    ]
    return tuple(sorted(events, key=lambda e: (e.start_s, e.end_s)))


@dataclass(frozen=True)
class _Talk:
    """Units, turns and words by speaker, each in order of time."""

    units: Mapping[str, Sequence[Unit]]
    turns: Mapping[str, Sequence[tuple[int, Turn]]]
    order: Sequence[Turn]
    words: SpokenWords

    @classmethod
    def of(cls, units: Sequence[Unit], turns: Sequence[Turn], words: Sequence[Word]) -> _Talk:
        speakers = {turn.speaker for turn in turns}
        return cls(
            {s: [u for u in units if u.speaker == s] for s in speakers},
            {s: [(i, t) for i, t in enumerate(turns) if t.speaker == s] for s in speakers},
            turns,
            SpokenWords(words),
        )

    def held(self, number: int) -> Turn | None:
        """The other party's turn that is under way when turn ``number`` starts."""
        turn = self.order[number]
        found = []
        for speaker, own in self.turns.items():
            # The turns of one speaker are disjoint: only the last that began can be under way.
            before = bisect_left(own, number, key=lambda pair: pair[0])
            if speaker != turn.speaker and before and own[before - 1][1].end_s > turn.start_s:
                found.append(own[before - 1])
        return max(found, key=lambda pair: pair[0])[1] if found else None

    def units_of(self, turn: Turn) -> Sequence[Unit]:
        """The units a turn is made of."""
        own = self.units[turn.speaker]
        first = bisect_right(own, turn.start_s, key=lambda u: u.end_s)
        return own[first : bisect_left(own, turn.end_s, key=lambda u: u.start_s)]

    def spoken_s(self, speaker: str, span: Span) -> float:
        """Seconds that ``speaker`` speaks within a stretch."""
        own = self.units.get(speaker, ())
        first = bisect_right(own, span.start_s, key=lambda u: u.end_s)
        last = bisect_left(own, span.end_s, key=lambda u: u.start_s)
        return sum(unit.overlap_s(span) for unit in own[first:last])

    def next_turn(self, speaker: str, since_s: float) -> Turn | None:
        """The first turn of ``speaker`` that starts at or after a moment."""
        own = self.turns.get(speaker, [])
        after = bisect_left(own, since_s - _ROUNDING_S, key=lambda pair: pair[1].start_s)
        return own[after][1] if after < len(own) else None


def _onsets(
    talk: _Talk,
    turn: Turn,
    held: Turn,
    config: OverlapsConfig,
    snr_db: Mapping[str, float | None],
) -> Iterator[Onset]:
    """The turn's onsets over the held turn: backchannels at its beginning, then the turn."""
    theirs = [u.span for u in talk.units_of(held)]
    holder_said = talk.words.within(held, held.speaker)
    following = talk.next_turn(held.speaker, held.end_s)
    after = () if following is None else talk.words.within(following, held.speaker)
    last = talk.words.last(held, held.speaker)
    known = [v for s in (turn.speaker, held.speaker) if (v := snr_db.get(s)) is not None]

    def onset(bursts: Sequence[Span]) -> Onset | None:
        shared = intersections(bursts, theirs)
        if not shared or total_s(shared) < config.min_s - _ROUNDING_S:
            return None
        start_s = bursts[0].start_s
        before = Span(max(0.0, start_s - FLOOR_WINDOW_S), start_s)
        return Onset(
            talk=Span(start_s, bursts[-1].end_s),
            held=held.span,
            bursts=tuple(bursts),
            shared=shared,
            said=tuple(_sure_words(talk, burst, turn.speaker, config) for burst in bursts),
            holder_said=holder_said,
            holder_next=after,
            resumed=talk.words.goes_on(held.speaker, holder_said, after)
            or is_taken_up(holder_said, after),
            late_word=last is not None and last.start_s - start_s >= LATE_S,
            floor_s=talk.spoken_s(held.speaker, before),
            own_floor_s=talk.spoken_s(turn.speaker, before),
            goes_on=_goes_on(talk, turn, held, config),
            snr_db=min(known, default=None),
        )

    left = [u.span for u in talk.units_of(turn)]
    while len(left) > 1:
        first = onset(left[:1])
        if first is None or not _stands_alone(first, left, config):
            break
        yield first
        left = left[1:]
    whole = onset(left)
    if whole is not None:
        yield whole


def _sure_words(talk: _Talk, burst: Span, speaker: str, config: OverlapsConfig) -> tuple[str, ...]:
    """What a burst says; nothing where it is short and a word of it is a guess."""
    said = talk.words.within(burst, speaker)
    short = burst.duration_s <= config.backchannel_max_s + _ROUNDING_S
    if short and not consists_of(said, config.backchannel_words):
        return said if said == talk.words.within(burst, speaker, config.sure_word) else ()
    return said


def _stands_alone(onset: Onset, left: Sequence[Span], config: OverlapsConfig) -> bool:
    """Whether the first of several bursts is a backchannel before the turn proper.

    Sounds of listening in a row stay one event: a burst only stands alone when the turn as a whole
    is too long for one.
    """
    gap_s = left[1].start_s - left[0].end_s
    return (
        gap_s >= config.backchannel_holder_on_s - _ROUNDING_S
        and any(burst.duration_s > config.backchannel_max_s for burst in left[1:])
        and judge(onset, config).kind is OverlapKind.BACKCHANNEL
    )


def _goes_on(talk: _Talk, turn: Turn, held: Turn, config: OverlapsConfig) -> bool:
    """Whether the speaker comes in again soon, while the other still speaks, for the floor."""
    following = talk.next_turn(turn.speaker, turn.end_s)
    if following is None or following.start_s >= held.end_s:
        return False
    soon = following.start_s - turn.end_s <= config.retry_s + _ROUNDING_S
    long = following.duration_s >= config.floor_s - _ROUNDING_S
    said = talk.words.within(following, turn.speaker)
    return soon and long and not consists_of(said, config.listener_words)


def _event(
    talk: _Talk,
    turn: Turn,
    held: Turn,
    onset: Onset,
    judgement: Judgement,
    config: OverlapsConfig,
) -> OverlapEvent:
    span = onset.shared[0].union(onset.shared[-1])
    broken = mid_sentence(onset, config)
    said = [word for word in onset.holder_said if plain_words([word])]
    gave_way = judgement.kind is OverlapKind.INTERRUPTION or broken
    cut_off = " ".join(said[-config.cut_off_words :]) if gave_way and said else None
    return OverlapEvent(
        span.start_s,
        span.end_s,
        judgement.kind,
        turn.speaker,
        held.speaker,
        judgement.yielded,
        " ".join(talk.words.within(onset.bursts[0], turn.speaker)),
        judgement.confidence,
        cut_off,
        broken,
        _next(talk, turn, held, onset, span, config),
    )


def _next(
    talk: _Talk, turn: Turn, held: Turn, onset: Onset, span: Span, config: OverlapsConfig
) -> OverlapNext:
    """What happened after the simultaneous speech: a repair by either, else who spoke first."""
    until_s = span.end_s + config.next_s
    around = Span(onset.talk.start_s, until_s)
    if has_repair(talk.words.within(around, turn.speaker), config):
        return OverlapNext.INCOMER_REPAIRED
    if has_repair(talk.words.within(around, held.speaker), config):
        return OverlapNext.HOLDER_REPAIRED
    starts = {}
    for own, value in ((turn, OverlapNext.INCOMER), (held, OverlapNext.HOLDER)):
        # Speech that goes on counts as starting where the shared speech ends.
        units = talk.units[own.speaker]
        after = bisect_right(units, span.end_s + _ROUNDING_S, key=lambda u: u.end_s)
        if after < len(units) and units[after].start_s <= until_s:
            starts[value] = max(span.end_s, units[after].start_s)
    if not starts:
        return OverlapNext.NOBODY
    return min(starts, key=lambda value: starts[value])
