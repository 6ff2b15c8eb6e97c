"""Who speaks when, drawn: each character is a tenth of a second, ``-`` or a space is silence.

::

    A: AAAAAAAA----AAAA
    B: ------BBBB------
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from callcoach.config.config import Config
from callcoach.dialogue.overlaps import find_overlaps
from callcoach.dialogue.turns import build_turns, inter_pausal_units
from callcoach.model.interaction import OverlapEvent
from callcoach.model.speech import Activity, SpeechRegion, Timing, Word

STEP_S = 0.1


def activity(speaker: str, row: str, step_s: float = STEP_S) -> Activity:
    """The activity one row draws."""
    regions = []
    at = 0
    for silent, group in itertools.groupby(row, key=lambda c: c in "- "):
        length = len(list(group))
        if not silent:
            start_s, end_s = round(at * step_s, 6), round((at + length) * step_s, 6)
            regions.append(SpeechRegion(start_s, end_s, speaker))
        at += length
    return Activity(speaker, tuple(regions))


def draw(a: str, b: str) -> tuple[Activity, Activity]:
    """Activities of the parties ``a`` and ``b``."""
    return activity("a", a), activity("b", b)


def words(speaker: str, start_s: float, end_s: float, text: str) -> list[Word]:
    """Words spread evenly over a stretch."""
    said = text.split()
    step_s = (end_s - start_s) / len(said)
    return [
        Word(start_s + i * step_s, start_s + (i + 1) * step_s, speaker, w, 0.9, Timing.MEASURED)
        for i, w in enumerate(said)
    ]


def overlaps_of(
    parties: tuple[Activity, Activity],
    said: Sequence[Word] = (),
    snr_db: dict[str, float | None] | None = None,
) -> tuple[OverlapEvent, ...]:
    """The overlaps of two parties with the default settings."""
    config = Config()
    ordered = sorted(said, key=lambda w: w.start_s)
    units = inter_pausal_units(parties, config.turns)
    turns = build_turns(units, ordered, config.turns)
    return find_overlaps(units, turns, ordered, config.overlaps, snr_db)


def overlaps(a: str, b: str, said: Sequence[Word] = ()) -> tuple[OverlapEvent, ...]:
    """The overlaps of two drawn rows."""
    return overlaps_of(draw(a, b), said)
