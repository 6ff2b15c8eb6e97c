"""A voice compared with what is usual for it: calmness and named stretches.

It works on measures alone, so that a call can be compared anew, without its sound, once more of the
agent's calls are known.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from callcoach.config.config import Config
from callcoach.model.unmeasured import Unmeasured
from callcoach.model.voice import Baseline, BaselineSource, History, VoiceMeasures
from callcoach.voice.baseline import usual_values, with_history
from callcoach.voice.calmness import call_calmness, with_calmness
from callcoach.voice.departures import LEAST_PARTS, find_departures
from callcoach.voice.named_stretches import name_stretches


def compare(measures: VoiceMeasures, history: History | None, config: Config) -> VoiceMeasures:
    """The measures with calmness, departures, named stretches and what they are compared with.

    Parameters
    ----------
    measures
        Measured windows and turns; an earlier comparison in them is replaced.
    history
        The agent's earlier calls; ``None`` for other people.
    config
        Thresholds.
    """
    own = usual_values(measures.windows, BaselineSource.OWN_CALL, config.baseline.min_windows)
    usual = with_history(own, history, config.baseline)
    turned = usual_values(measures.parts, BaselineSource.OWN_CALL, LEAST_PARTS)
    windows = tuple(with_calmness(w, usual, config.calmness) for w in measures.windows)
    calmness, contributions = call_calmness(windows)
    unmeasured = tuple(
        item for item in measures.unmeasured if item.measure not in ("calmness", "departures")
    )
    if calmness is None:
        unmeasured += (Unmeasured("calmness", _reason(measures, usual, config)),)
    if len(measures.parts) < LEAST_PARTS:
        unmeasured += (Unmeasured("departures", _too_few_parts(len(measures.parts))),)
    return dataclasses.replace(
        measures,
        calmness=calmness,
        contributions=contributions,
        baseline=_source(usual),
        usual=usual,
        timeline=tuple(with_calmness(t, usual, config.calmness) for t in measures.timeline),
        windows=windows,
        stretches=name_stretches(windows, usual),
        departures=find_departures(
            measures.parts, with_history(turned, history, config.baseline), config.stretches
        ),
        unmeasured=unmeasured,
    )


def _source(usual: Sequence[Baseline]) -> BaselineSource | None:
    sources = {item.source for item in usual}
    for source in (BaselineSource.EARLIER_CALLS, BaselineSource.OWN_CALL):
        if source in sources:
            return source
    return None


def _reason(measures: VoiceMeasures, usual: Sequence[Baseline], config: Config) -> str:
    if not measures.windows or not usual:
        return too_few_windows(len(measures.windows), config)
    return "not enough evidence: too few parts could be compared with what is usual"


def _too_few_parts(parts: int) -> str:
    many = "1 turn or part of one" if parts == 1 else f"{parts} turns or parts of them"
    return f"not enough evidence: {many} with enough speech, {LEAST_PARTS} needed"


def too_few_windows(windows: int, config: Config) -> str:
    """The reason for a measure that needs more windows."""
    many = "1 stretch" if windows == 1 else f"{windows} stretches"
    return (
        f"not enough evidence: {many} of {config.baseline.window_s:g} s with enough speech, "
        f"{config.baseline.min_windows} needed"
    )
