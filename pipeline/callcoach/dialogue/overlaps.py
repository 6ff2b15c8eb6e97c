"""Simultaneous speech, and what kind it was.

Raw overlap is normal in talk (about 40 % of speaker changes overlap) and is never scored. The
kinds follow from who started when and who went on; only the transcript's word count takes part
beside the speech activity. The numbers are in ``[overlaps]`` of the configuration.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from callcoach.call import OverlapEvent, OverlapKind, Turn, Word
from callcoach.config import OverlapsConfig
from callcoach.dialogue.turns import Unit
from callcoach.timeline import Span, intersections


def find_overlaps(
    units: Sequence[Unit],
    turns: Sequence[Turn],
    words: Sequence[Word],
    config: OverlapsConfig,
) -> tuple[OverlapEvent, ...]:
    """Find the places where one party starts while the other speaks.

    Parameters
    ----------
    units
        Inter-pausal units of two parties, in order of time.
    turns, words
        Turns and words of the same speech.
    config
        The kinds' limits, in seconds and words.

    Returns
    -------
    tuple of OverlapEvent
        One per onset into the other's talk, in order of time. ``text`` is what the incomer said.
    """
    events: list[OverlapEvent] = []
    for unit in units:
        held = _held(unit, units, config)
        if held is None:
            continue
        shared = _shared(unit, held.speaker, units)
        if shared is None or shared.duration_s < config.min_s:
            continue
        kind, yielded = _classify(unit, held, turns, words, config)
        events.append(
            OverlapEvent(
                shared.start_s,
                shared.end_s,
                kind,
                unit.speaker,
                held.speaker,
                yielded,
                _text(unit, words),
            )
        )
    return tuple(events)


def _held(unit: Unit, units: Sequence[Unit], config: OverlapsConfig) -> Unit | None:
    """The other party's unit into which ``unit`` starts.

    With onsets close together (a dual start) the earlier one counts as the holder; of two that
    start at once, the one that comes first in ``units``.
    """
    for other in units:
        if other.speaker == unit.speaker:
            continue
        if other.start_s > unit.start_s:
            return None
        if other.end_s > unit.start_s:
            simultaneous = other.start_s == unit.start_s
            if simultaneous and units.index(other) > units.index(unit):
                continue
            return other
    return None


def _shared(unit: Unit, holder: str, units: Sequence[Unit]) -> Span | None:
    """From the first to the last moment in which both spoke during ``unit``."""
    theirs = [other.span for other in units if other.speaker == holder]
    both = intersections([unit.span], theirs)
    return both[0].union(both[-1]) if both else None


def _classify(
    unit: Unit, held: Unit, turns: Sequence[Turn], words: Sequence[Word], config: OverlapsConfig
) -> tuple[OverlapKind, bool | None]:
    """Kind of an onset, and whether the holder gave way."""
    own_turn = _turn_of(unit, turns)
    holder_turn = _turn_of(held, turns)
    holder_rest_s = holder_turn.end_s - unit.start_s
    if unit.start_s - held.start_s <= config.dual_start_s:
        return OverlapKind.DUAL_START, None
    if _is_backchannel(unit, own_turn, words, config) and (
        holder_turn.end_s - unit.end_s >= config.backchannel_holder_on_s
    ):
        return OverlapKind.BACKCHANNEL, False
    if holder_rest_s <= config.terminal_s:
        return OverlapKind.TERMINAL, None
    if own_turn.end_s - unit.start_s < config.floor_s:
        # Too long or too wordy for a listener's sound, too short to claim the floor.
        return OverlapKind.UNCLEAR, holder_turn.end_s < own_turn.end_s
    if holder_turn.end_s < own_turn.end_s:
        # The incomer has the last word; it counts as cutting in when the holder stopped soon.
        soon = holder_rest_s <= config.yield_s
        return (OverlapKind.INTERRUPTION if soon else OverlapKind.UNCLEAR), True
    return OverlapKind.ATTEMPTED, False


def _is_backchannel(
    unit: Unit, own_turn: Turn, words: Sequence[Word], config: OverlapsConfig
) -> bool:
    if own_turn.duration_s > config.backchannel_max_s:
        return False
    said = [_plain(w.text) for w in words if w.speaker == unit.speaker and _inside(w, unit)]
    return len(said) <= config.backchannel_max_words or all(
        w in config.listener_words for w in said
    )


def _turn_of(unit: Unit, turns: Sequence[Turn]) -> Turn:
    return max(
        (turn for turn in turns if turn.speaker == unit.speaker), key=lambda t: t.overlap_s(unit)
    )


def _text(unit: Unit, words: Sequence[Word]) -> str:
    return " ".join(w.text for w in words if w.speaker == unit.speaker and _inside(w, unit))


def _inside(word: Word, unit: Unit) -> bool:
    return unit.contains(word.middle_s)


def _plain(text: str) -> str:
    return re.sub(r"[^a-z'-]", "", text.lower())
