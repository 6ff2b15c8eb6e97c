"""How a call's time is shared between the two and silence, as a bar."""

from __future__ import annotations

from dataclasses import dataclass

from callcoach.reports import wording
from callcoach.reports.facts import Facts


@dataclass(frozen=True)
class ShareBar:
    """A part of the call's time: who speaks in it, and its share as text and in percent."""

    name: str
    tone: str
    text: str
    x: float
    width: float


def share_bars(facts: Facts, names: dict[str, str]) -> tuple[ShareBar, ...]:
    """How the call's time is shared: each party alone, both at once, nobody; together 100 %."""
    both = facts.both_share or 0.0
    parts = [
        (names[talk.speaker], tone, share, max(0.0, share - both))
        for talk, tone in zip(facts.talk, wording.tones(len(facts.talk)), strict=True)
        if (share := talk.share) is not None
    ]
    if facts.both_share is not None:
        parts.insert(1, ("Both at once", "both", both, both))
    parts.append(("Nobody", "nobody", facts.silent_share, facts.silent_share))
    result = []
    x = 0.0
    for name, tone, share, alone in parts:
        width = round(min(100 * alone, 100 - x), 2)
        result.append(ShareBar(name, tone, wording.percent(share), round(x, 2), width))
        x += width
    return tuple(result)
