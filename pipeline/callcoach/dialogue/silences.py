"""Stretches in which nobody speaks."""

from __future__ import annotations

from collections.abc import Sequence

from callcoach.call import Silence, SilenceKind
from callcoach.dialogue.turns import Unit
from callcoach.settings.dialogue import SilencesConfig, TurnsConfig
from callcoach.timeline import Span, complement


def find_silences(
    units: Sequence[Unit], duration_s: float, silences: SilencesConfig, turns: TurnsConfig
) -> tuple[Silence, ...]:
    """Find the silences of a call, in order of time.

    Dead air is a silence of at least ``silences.dead_air_s``; of the shorter ones, from
    ``turns.pause_s`` up, a gap lies between two speakers and a pause within one speaker's talk.
    Before the first and after the last word only dead air is listed.

    Parameters
    ----------
    units
        Inter-pausal units of all parties, in order of time.
    duration_s
        Length of the recording.
    silences, turns
        Limits on dead air and on pauses.
    """
    found: list[Silence] = []
    for span in complement(units, Span(0.0, duration_s)):
        before = _last_ending(units, span.start_s)
        after = next((u.speaker for u in units if u.start_s >= span.end_s), None)
        if span.duration_s >= silences.dead_air_s:
            kind = SilenceKind.DEAD_AIR
        elif before is None or after is None or span.duration_s < turns.pause_s:
            continue
        else:
            kind = SilenceKind.PAUSE if before == after else SilenceKind.GAP
        found.append(Silence(span.start_s, span.end_s, kind, before))
    return tuple(found)


def _last_ending(units: Sequence[Unit], at_s: float) -> str | None:
    """Who stopped speaking last before ``at_s``."""
    ended = [u for u in units if u.end_s <= at_s]
    return max(ended, key=lambda u: u.end_s).speaker if ended else None
