"""Turns: one speaker's stretches of talk, by speech activity.

An inter-pausal unit joins speech with short pauses; a turn joins one speaker's units while the
gaps stay short and the other has no unit between them. Transcript times take no part in this:
words are put into the turns afterwards.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from callcoach.config.interaction import TurnsConfig
from callcoach.model.speech import Activity, Turn, Word
from callcoach.model.timeline import Span, merged

_ROUNDING_S = 1e-6
"""A pause of exactly the limit is never under it, wherever in the call it lies."""


@dataclass(frozen=True)
class Unit(Span):
    """An inter-pausal unit: speech of one party with only short pauses in it."""

    speaker: str


def inter_pausal_units(activities: Sequence[Activity], config: TurnsConfig) -> tuple[Unit, ...]:
    """Units of all parties in order of time (equal starts: in the order of ``activities``).

    >>> from callcoach.model.speech import SpeechRegion
    >>> regions = (SpeechRegion(0.0, 1.0, "agent"), SpeechRegion(1.1, 2.0, "agent"))
    >>> inter_pausal_units([Activity("agent", regions)], TurnsConfig())
    (Unit(start_s=0.0, end_s=2.0, speaker='agent'),)
    """
    units = [
        Unit(span.start_s, span.end_s, activity.speaker)
        for activity in activities
        for span in merged(activity.regions, join_gap_s=max(0.0, config.pause_s - _ROUNDING_S))
    ]
    return tuple(sorted(units, key=lambda u: u.start_s))


def build_turns(
    units: Sequence[Unit], words: Sequence[Word], config: TurnsConfig
) -> tuple[Turn, ...]:
    """Join units into turns and put the words in.

    Parameters
    ----------
    units
        Inter-pausal units of all parties, in order of time.
    words
        Words within the parties' speech, in order of time.
    config
        Largest gap inside a turn.

    Returns
    -------
    tuple of Turn
        In order of time, ids ``t1``, ``t2``... A burst that lies wholly within the other's turn
        (a backchannel) is a turn of its own and does not end the other's. A turn without words
        has an empty text.

    >>> units = [Unit(0.0, 2.0, "agent"), Unit(2.5, 4.0, "customer"), Unit(4.5, 5.0, "agent")]
    >>> [(t.id, t.speaker, t.start_s) for t in build_turns(units, (), TurnsConfig())]
    [('t1', 'agent', 0.0), ('t2', 'customer', 2.5), ('t3', 'agent', 4.5)]
    """
    spans: dict[str, list[Span]] = {}
    starts = [unit.start_s for unit in units]
    for unit in units:
        own = spans.setdefault(unit.speaker, [])
        if (
            own
            and unit.start_s - own[-1].end_s < config.join_s - _ROUNDING_S
            and not _other_between(units, starts, unit, own[-1].end_s)
        ):
            own[-1] = own[-1].union(unit)
        else:
            own.append(unit.span)
    texts = {speaker: _texts(speaker, own, words) for speaker, own in spans.items()}
    ordered = sorted(
        (
            (span, speaker, text)
            for speaker, own in spans.items()
            for span, text in zip(own, texts[speaker], strict=True)
        ),
        key=lambda item: (item[0].start_s, item[0].end_s),
    )
    return tuple(
        Turn(span.start_s, span.end_s, f"t{number}", speaker, text)
        for number, (span, speaker, text) in enumerate(ordered, 1)
    )


def _other_between(
    units: Sequence[Unit], starts: Sequence[float], unit: Unit, since_s: float
) -> bool:
    """Whether another party has a unit wholly within the gap before ``unit``."""
    within = units[bisect_left(starts, since_s) : bisect_right(starts, unit.start_s)]
    return any(other.speaker != unit.speaker and other.end_s <= unit.start_s for other in within)


def _texts(speaker: str, spans: Sequence[Span], words: Sequence[Word]) -> list[str]:
    """What ``speaker`` says in each of their turns: a word goes where most of it lies."""
    texts: list[list[str]] = [[] for _ in spans]
    starts = [span.start_s for span in spans]
    for word in words:
        if word.speaker != speaker:
            continue
        # The turns are disjoint and in order: only those beside the word can hold it.
        first = max(0, bisect_left(starts, word.start_s) - 1)
        last = bisect_right(starts, word.end_s) + 1
        best = max(
            range(first, min(last, len(spans))),
            key=lambda i: (spans[i].overlap_s(word), -spans[i].gap_s(word)),
        )
        texts[best].append(word.text)
    return [" ".join(text) for text in texts]
