"""Where the sound that a page plays is silent, and why."""

from __future__ import annotations

from dataclasses import dataclass

from callcoach.model.analysis import CallAnalysis
from callcoach.model.playback import PlaybackKind
from callcoach.model.private import SilencedFor
from callcoach.model.timeline import merged
from callcoach.privacy.silencing import silent_stretches
from callcoach.text import formatting

_JOIN_S = 1.0  # nearer stretches are one on the page, in seconds

_WHY = {
    SilencedFor.HIDDEN: "private words",
    SilencedFor.UNHEARD_ANSWER: "no words were heard, and something private was asked for or named",
    SilencedFor.UNHEARD_SPEECH: "no words were heard, and it may be digits",
}


@dataclass(frozen=True)
class SilentStretch:
    """One silent stretch: when it begins, as text, its length, as text, and why."""

    clock: str
    length: str
    why: str


@dataclass(frozen=True)
class SilentPart:
    """What the page says of them; ``total`` is how long they are together, as text."""

    total: str
    stretches: tuple[SilentStretch, ...]


def silent_part(analysis: CallAnalysis) -> SilentPart | None:
    """The silent stretches of the copy of a call's sound; ``None`` where nothing is silent."""
    spans = merged(silent_stretches(analysis), _JOIN_S)
    if analysis.playback is None or analysis.playback.kind is not PlaybackKind.COPY or not spans:
        return None
    rows = []
    for span in spans:
        reasons = {item.reason for item in analysis.silenced or () if item.overlaps(span)}
        reasons = reasons or {SilencedFor.HIDDEN}
        why = "; ".join(text for reason, text in _WHY.items() if reason in reasons)
        rows.append(
            SilentStretch(formatting.clock(span.start_s), formatting.length(span.duration_s), why)
        )
    return SilentPart(formatting.length(sum(span.duration_s for span in spans)), tuple(rows))
