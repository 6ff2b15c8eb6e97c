"""Named stretches: where a voice left its usual band.

A window counts when its measure lies beyond the usual value by a fixed step and by a number of the
speaker's own spreads, whichever is more. Successive windows of a kind are one stretch.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from callcoach.model.timeline import total_s
from callcoach.model.voice import Baseline, NamedStretch, StretchKind, VoiceStretch
from callcoach.voice.departures import FLAT_ST
from callcoach.voice.stretches import mean_over_speech

SPREADS = 2.0
"""Departure needed in spreads of the speaker's own windows, besides the steps below: under 5 % of
normally distributed windows lie outside."""

RAISED_DB = 6.0
"""Louder by this, in dB: raised. One step of vocal effort (ISO 9921)."""

HURRIED_PERCENT = 25.0
"""More syllables a second by this: hurried. Five times the just noticeable difference in tempo
(5 %, Quene 2007)."""

SLOW_PERCENT = 25.0
"""Fewer syllables a second by this: slow."""

PRESSED_DB = 3.0
"""More energy at high frequencies by this: pressed. What goes with a step of vocal effort (Sundberg
& Nordenberg 2006)."""

PITCH_UP_ST = 3.0
"""Higher by this: pitch up. Listeners notice about 1.5 st as a difference in prominence ('t Hart
1981); twice that."""

UNSTEADY_ST_S = 6.0
"""Faster pitch movement by this, in st/s: unsteady."""

FLAT_MIN_S = 10.0
"""Flat is named only from this length on: a short answer may well be on one note."""


@dataclass(frozen=True)
class _Limit:
    """A threshold on a measure: from ``value`` on, upwards or downwards."""

    kind: StretchKind
    measure: str
    value: float
    usual: float | None
    upwards: bool
    min_s: float = 0.0

    def passed(self, window: VoiceStretch) -> bool:
        value: float | None = getattr(window, self.measure)
        if value is None:
            return False
        return value >= self.value if self.upwards else value <= self.value


def name_stretches(
    windows: Sequence[VoiceStretch], usual: Sequence[Baseline]
) -> tuple[NamedStretch, ...]:
    """The stretches of one speaker, in order of time.

    Parameters
    ----------
    windows
        Measured windows, in order of time.
    usual
        What is usual for the speaker; a measure that is missing here names nothing.
    """
    found = []
    for limit in _limits(usual):
        for group in _groups(windows, limit):
            value = mean_over_speech(group, limit.measure)
            if value is not None and total_s(group) >= limit.min_s:
                found.append(
                    NamedStretch(
                        group[0].start_s,
                        group[-1].end_s,
                        limit.kind,
                        limit.measure,
                        value,
                        limit.usual,
                        limit.value,
                    )
                )
    return tuple(sorted(found, key=lambda s: (s.start_s, s.end_s, s.kind)))


def _limits(usual: Sequence[Baseline]) -> Iterable[_Limit]:
    known = {item.measure: item for item in usual}

    def beyond(
        kind: StretchKind, measure: str, step: float, *, upwards: bool = True
    ) -> Iterable[_Limit]:
        if (item := known.get(measure)) is not None:
            reach = max(step, SPREADS * item.spread)
            value = item.median + (reach if upwards else -reach)
            yield _Limit(kind, measure, value, item.median, upwards)

    yield from beyond(StretchKind.RAISED, "level_dbov", RAISED_DB)
    yield from beyond(StretchKind.PRESSED, "effort_db", PRESSED_DB)
    yield from beyond(StretchKind.PITCH_UP, "pitch_median_st", PITCH_UP_ST)
    yield from beyond(StretchKind.UNSTEADY, "pitch_movement_st_s", UNSTEADY_ST_S)
    if (rate := known.get("rate_syll_s")) is not None:
        faster = rate.median * HURRIED_PERCENT / 100
        slower = rate.median * SLOW_PERCENT / 100
        yield from beyond(StretchKind.HURRIED, "rate_syll_s", faster)
        yield from beyond(StretchKind.SLOW, "rate_syll_s", slower, upwards=False)
    yield _Limit(StretchKind.FLAT, "pitch_sd_st", FLAT_ST, None, False, FLAT_MIN_S)


def _groups(windows: Sequence[VoiceStretch], limit: _Limit) -> list[list[VoiceStretch]]:
    """Successive windows beyond the limit; one without own speech between them ends a group."""
    groups: list[list[VoiceStretch]] = []
    for window in windows:
        if not limit.passed(window):
            continue
        if groups and groups[-1][-1].end_s == window.start_s:
            groups[-1].append(window)
        else:
            groups.append([window])
    return groups
