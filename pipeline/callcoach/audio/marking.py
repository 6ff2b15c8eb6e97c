"""Speech on a shared channel as a person marks it: a pause to think does not end what is said.

On channels of their own, people's pauses are measured to the hundredth of a second, because the
other may come in at any of them. On a shared channel, that is not measured anyway, and what
counts is whose turn it is. People who mark such calls by hand draw one stretch over the short
pauses of one voice and leave a little room at both ends.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from callcoach.model.speech import Activity, SpeechRegion

EDGE_S = 0.05
"""Room at both ends: what a hand leaves. In meetings with hand labels 0.05 s cuts the speech that
is missed by a quarter and adds 0.5 % (benchmarks/hearing.py)."""


def as_marked(
    activities: Sequence[Activity], duration_s: float, pause_s: float
) -> tuple[Activity, ...]:
    """Close each voice's pauses under ``pause_s`` in which nobody else speaks, and widen the edges.

    Parameters
    ----------
    activities
        The voices of one channel, no two at the same time.
    duration_s
        Length of the recording: nothing reaches beyond it.
    pause_s
        Shorter pauses are closed.

    Returns
    -------
    tuple of Activity
        In the same order, still no two at the same time.
    """
    regions = sorted((r for a in activities for r in a.regions), key=lambda r: r.start_s)
    wide: list[SpeechRegion] = []
    for index, region in enumerate(regions):
        before = regions[index - 1].end_s if index else -EDGE_S
        after = regions[index + 1].start_s if index + 1 < len(regions) else duration_s + EDGE_S
        # Two edges in a short gap meet in its middle.
        start_s = max(0.0, region.start_s - min(EDGE_S, (region.start_s - before) / 2))
        end_s = min(duration_s, region.end_s + min(EDGE_S, (after - region.end_s) / 2))
        last = wide[-1] if wide else None
        if last and last.speaker == region.speaker and region.start_s - before < pause_s:
            wide[-1] = SpeechRegion(last.start_s, end_s, region.speaker)
        else:
            wide.append(SpeechRegion(start_s, end_s, region.speaker))
    return tuple(
        dataclasses.replace(a, regions=tuple(r for r in wide if r.speaker == a.speaker))
        for a in activities
    )
