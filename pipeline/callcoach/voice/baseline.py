"""What is usual for a speaker: median and spread of each measure.

The first choice is the agent's earlier calls, because a call that is tense throughout looks usual
to itself. Without enough of them it is this call's own windows. The level always comes from this
call: between calls the microphone, the line and the gain change.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from callcoach.config.voice import BaselineConfig
from callcoach.model.voice import Baseline, BaselineSource, History, VoiceStretch

MEASURES = (
    "pitch_median_st",
    "pitch_sd_st",
    "pitch_movement_st_s",
    "rate_syll_s",
    "level_dbov",
    "effort_db",
)
"""Fields of :class:`VoiceStretch` that have a usual value."""

_WITHIN_CALL_ONLY = frozenset({"level_dbov"})

_MAD_TO_SD = 1.4826  # for a normal distribution


def usual_values(
    stretches: Sequence[VoiceStretch], source: BaselineSource, least: int
) -> tuple[Baseline, ...]:
    """Median and spread of each measure over stretches that have it.

    Parameters
    ----------
    stretches
        Windows of a call, or clips.
    source
        What they are.
    least
        A measure with fewer values is left out.
    """
    result = []
    for measure in MEASURES:
        values = [v for v in (getattr(s, measure) for s in stretches) if v is not None]
        if len(values) >= max(1, least):
            result.append(_usual(measure, values, source))
    return tuple(result)


def with_history(
    own: Sequence[Baseline], history: History | None, config: BaselineConfig
) -> tuple[Baseline, ...]:
    """Usual values from earlier calls where there are enough, else from the call itself.

    The median is that of the calls' medians. The spread holds both the usual spread within a call
    and the spread between calls (root of the sum of squares).
    """
    result = {usual.measure: usual for usual in own}
    for measure in MEASURES:
        past = [
            usual
            for call in (history.calls if history else ())
            for usual in call.usual
            if usual.measure == measure
        ]
        if measure in _WITHIN_CALL_ONLY or len(past) < config.min_calls:
            continue
        between = _usual(measure, [u.median for u in past], BaselineSource.EARLIER_CALLS)
        within = float(np.median([u.spread for u in past]))
        result[measure] = Baseline(
            measure,
            between.median,
            float(np.hypot(between.spread, within)),
            BaselineSource.EARLIER_CALLS,
            len(past),
        )
    return tuple(result[measure] for measure in MEASURES if measure in result)


def _usual(measure: str, values: Sequence[float], source: BaselineSource) -> Baseline:
    median = float(np.median(values))
    spread = _MAD_TO_SD * float(np.median(np.abs(np.asarray(values) - median)))
    return Baseline(measure, median, spread, source, len(values))
