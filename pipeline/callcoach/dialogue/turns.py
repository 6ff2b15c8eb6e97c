"""Turns: one speaker's stretches of talk, by speech activity.

An inter-pausal unit joins speech with short pauses; a turn joins one speaker's units while the
gaps stay short and the other has no unit between them. Transcript times take no part in this:
words are put into the turns afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from callcoach.call import Activity, Turn, Word
from callcoach.settings.dialogue import TurnsConfig
from callcoach.timeline import Span, merged


@dataclass(frozen=True)
class Unit(Span):
    """An inter-pausal unit: speech of one party with only short pauses in it."""

    speaker: str


def inter_pausal_units(activities: Sequence[Activity], config: TurnsConfig) -> tuple[Unit, ...]:
    """Units of all parties in order of time (equal starts: in the order of ``activities``)."""
    units = [
        Unit(span.start_s, span.end_s, activity.speaker)
        for activity in activities
        for span in merged(activity.regions, join_gap_s=config.pause_s)
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
    """
    spans: dict[str, list[Span]] = {}
    for unit in units:
        own = spans.setdefault(unit.speaker, [])
        if (
            own
            and unit.start_s - own[-1].end_s < config.join_s
            and not _other_between(units, unit, own[-1].end_s)
        ):
            own[-1] = own[-1].union(unit)
        else:
            own.append(unit.span)
    ordered = sorted(
        ((span, speaker) for speaker, own in spans.items() for span in own),
        key=lambda pair: (pair[0].start_s, pair[0].end_s),
    )
    texts: list[list[str]] = [[] for _ in ordered]
    for word in words:
        best = max(
            (i for i, (_, speaker) in enumerate(ordered) if speaker == word.speaker),
            key=lambda i: (ordered[i][0].overlap_s(word), -ordered[i][0].gap_s(word)),
        )
        texts[best].append(word.text)
    return tuple(
        Turn(span.start_s, span.end_s, f"t{number}", speaker, " ".join(text))
        for number, ((span, speaker), text) in enumerate(zip(ordered, texts, strict=True), 1)
    )


def _other_between(units: Sequence[Unit], unit: Unit, since_s: float) -> bool:
    """Whether another party has a unit wholly within the gap before ``unit``."""
    return any(
        other.speaker != unit.speaker and other.start_s >= since_s and other.end_s <= unit.start_s
        for other in units
    )
