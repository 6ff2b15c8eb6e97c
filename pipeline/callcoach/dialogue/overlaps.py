"""Simultaneous speech, and what kind it was.

Raw overlap is normal in talk (about 40 % of speaker changes overlap) and is never scored. The
kinds follow from who started when and who went on; only the transcript's word count takes part
beside the speech activity. The numbers are in ``[overlaps]`` of the configuration.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from callcoach.call import OverlapEvent, OverlapKind, Turn, Word
from callcoach.dialogue.turns import Unit
from callcoach.settings.dialogue import OverlapsConfig
from callcoach.timeline import Span, intersections, total_s


def find_overlaps(
    units: Sequence[Unit],
    turns: Sequence[Turn],
    words: Sequence[Word],
    config: OverlapsConfig,
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

    Returns
    -------
    tuple of OverlapEvent
        At most one per turn, in order of time: the turn that starts later is the incomer's. The
        span reaches from the first to the last moment in which both spoke; ``text`` is what the
        incomer said up to the first pause.
    """
    events: list[OverlapEvent] = []
    for index, turn in enumerate(turns):
        held = _held(turns[:index], turn)
        if held is None:
            continue
        own = [u for u in units if u.speaker == turn.speaker and u.overlaps(turn)]
        theirs = [u for u in units if u.speaker == held.speaker and u.overlaps(held)]
        shared = intersections([u.span for u in own], [u.span for u in theirs])
        if total_s(shared) < config.min_s:
            continue
        span = shared[0].union(shared[-1])
        kind, yielded = _classify(turn, held, own, shared[0], words, config)
        events.append(
            OverlapEvent(
                span.start_s,
                span.end_s,
                kind,
                turn.speaker,
                held.speaker,
                yielded,
                " ".join(_said(own[0], words)),
            )
        )
    return tuple(events)


def _held(earlier: Sequence[Turn], turn: Turn) -> Turn | None:
    """The other party's turn that is under way when ``turn`` starts."""
    for other in reversed(earlier):
        if other.speaker != turn.speaker and other.end_s > turn.start_s:
            return other
    return None


def _classify(
    turn: Turn,
    held: Turn,
    own: Sequence[Unit],
    first_shared: Span,
    words: Sequence[Word],
    config: OverlapsConfig,
) -> tuple[OverlapKind, bool | None]:
    """Kind of an onset, and whether the holder gave way."""
    rest_s = held.end_s - turn.start_s
    if turn.start_s - held.start_s <= config.dual_start_s:
        return OverlapKind.DUAL_START, None
    if _is_backchannel(own, words, config) and (
        held.end_s - turn.end_s >= config.backchannel_holder_on_s
    ):
        return OverlapKind.BACKCHANNEL, False
    if rest_s <= config.terminal_s:
        return OverlapKind.TERMINAL, None
    yielded = held.end_s < turn.end_s
    if first_shared.start_s - turn.start_s > config.min_s:
        # It started in a pause of the holder, who then went on: nobody cut in on anybody.
        return OverlapKind.UNCLEAR, yielded
    if turn.duration_s < config.floor_s:
        # Too long or too wordy for a listener's sound, too short to claim the floor.
        return OverlapKind.UNCLEAR, yielded
    if not yielded:
        return OverlapKind.ATTEMPTED, False
    # The incomer has the last word; it counts as cutting in when the holder stopped soon.
    return (OverlapKind.INTERRUPTION if rest_s <= config.yield_s else OverlapKind.UNCLEAR), True


def _is_backchannel(own: Sequence[Unit], words: Sequence[Word], config: OverlapsConfig) -> bool:
    """Whether each burst is short and says little, or only what listeners say."""
    if any(unit.duration_s > config.backchannel_max_s for unit in own):
        return False
    for unit in own:
        said = [_plain(word) for word in _said(unit, words)]
        listening = all(word in config.listener_words for word in said)
        if len(said) > config.backchannel_max_words and not listening:
            return False
    return True


def _said(unit: Unit, words: Sequence[Word]) -> list[str]:
    return [w.text for w in words if w.speaker == unit.speaker and unit.contains(w.middle_s)]


def _plain(text: str) -> str:
    return re.sub(r"[^a-z'-]", "", text.lower())
