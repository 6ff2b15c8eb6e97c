"""Named stretches: where a voice left its usual band.

A window counts when its measure lies beyond the usual value by a fixed step and by a number of the
speaker's own spreads, whichever is more. Successive windows of a kind are one stretch.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from callcoach.config.voice import StretchesConfig
from callcoach.model.timeline import total_s
from callcoach.model.voice import Baseline, NamedStretch, StretchKind, VoiceStretch
from callcoach.voice.stretches import mean_over_speech


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
    windows: Sequence[VoiceStretch], usual: Sequence[Baseline], config: StretchesConfig
) -> tuple[NamedStretch, ...]:
    """The stretches of one speaker, in order of time.

    Parameters
    ----------
    windows
        Measured windows, in order of time.
    usual
        What is usual for the speaker; a measure that is missing here names nothing.
    config
        Thresholds.
    """
    found = []
    for limit in _limits(usual, config):
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


def _limits(usual: Sequence[Baseline], config: StretchesConfig) -> Iterable[_Limit]:
    known = {item.measure: item for item in usual}

    def beyond(
        kind: StretchKind, measure: str, step: float, *, upwards: bool = True
    ) -> Iterable[_Limit]:
        if (item := known.get(measure)) is not None:
            reach = max(step, config.spreads * item.spread)
            value = item.median + (reach if upwards else -reach)
            yield _Limit(kind, measure, value, item.median, upwards)

    yield from beyond(StretchKind.RAISED, "level_dbov", config.raised_db)
    yield from beyond(StretchKind.PRESSED, "effort_db", config.pressed_db)
    yield from beyond(StretchKind.PITCH_UP, "pitch_median_st", config.pitch_up_st)
    yield from beyond(StretchKind.UNSTEADY, "pitch_movement_st_s", config.unsteady_st_s)
    if (rate := known.get("rate_syll_s")) is not None:
        faster = rate.median * config.hurried_percent / 100
        slower = rate.median * config.slow_percent / 100
        yield from beyond(StretchKind.HURRIED, "rate_syll_s", faster)
        yield from beyond(StretchKind.SLOW, "rate_syll_s", slower, upwards=False)
    yield _Limit(StretchKind.FLAT, "pitch_sd_st", config.flat_st, None, False, config.flat_min_s)


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
