"""Whether another person goes on speaking on a channel: a transfer, or an announcement at first.

Two channels are two people, until a call is passed on. The voice of the first seconds of a channel
is held against that of the last; where they are unlike, the place is looked for that parts them
best. Who just gets louder or angrier stays the same person: of 8 actors, calm and then angry, the
least alike two parts of one have a cosine of 0.65.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from callcoach.audio.diarize import SpeakerEncoder, Vectors
from callcoach.call import Activity, CallWarning, FloatArray, Side, SpeakerChange
from callcoach.timeline import Span

WINDOW_S = 1.6
"""Speech that one vector listens to, as for telling voices apart."""

ENDS = 6
"""Windows at the beginning and at the end that are compared first: 10 s of speech each."""

LEAST = 6
"""Least windows on either side of a change."""

MOST = 40
"""At most so many windows are looked at, evenly over the speech: a minute of it."""

UNLIKE = 0.6
"""Beginning and end more alike than this (cosine) are one person, and nothing more is looked at."""

OTHER = 0.5
"""Two parts less alike than this are two people. One person's parts measure 0.65 and more on 25
channels of real calls, samples and acted speech; of two people's, three in four lie under it."""

RIGHT_SHARE = 0.9
"""Share of the windows that must be nearer to their own part: else the voices take turns."""


def speaker_change(
    samples: FloatArray,
    sample_rate_hz: int,
    activity: Activity,
    channel: Side,
    encoder: SpeakerEncoder,
) -> SpeakerChange | None:
    """When another person goes on speaking on a channel, ``None`` where one speaks throughout.

    Parameters
    ----------
    samples
        The channel at 16 kHz, shape ``(n,)``.
    sample_rate_hz
        Its rate.
    activity
        When somebody speaks on it.
    channel
        Which it is.
    encoder
        Speaker vectors.
    """
    windows = _windows(activity)
    if len(windows) < 2 * LEAST:
        return None

    def vectors(chosen: Sequence[Span]) -> Vectors:
        rows = []
        for window in chosen:
            first, last = (round(s * sample_rate_hz) for s in (window.start_s, window.end_s))
            rows.append(encoder.embed(samples[first:last], [Span(0.0, window.duration_s)])[0])
        return np.stack(rows)

    begin, end = vectors(windows[:ENDS]), vectors(windows[-ENDS:])
    if _alike(begin, end) > UNLIKE:
        return None
    found = np.concatenate((begin, vectors(windows[ENDS:-ENDS]), end))
    parts = range(LEAST, len(found) - LEAST + 1)
    at = min(parts, key=lambda k: _alike(found[:k], found[k:]))
    similarity = _alike(found[:at], found[at:])
    if similarity > OTHER or _right_share(found, at) < RIGHT_SHARE:
        return None
    return SpeakerChange(channel, windows[at].start_s, similarity)


def change_warnings(changes: Sequence[SpeakerChange]) -> tuple[CallWarning, ...]:
    """Tell where another person goes on, by channel."""
    result = []
    for change in changes:
        minute, second = divmod(int(change.at_s), 60)
        text = (
            f"From about {minute}:{second:02d} another voice speaks on the {change.channel} "
            "channel, perhaps after a transfer or an announcement. What is measured there mixes "
            "two people."
        )
        result.append(CallWarning("several_voices", text, change.channel))
    return tuple(result)


def _windows(activity: Activity) -> list[Span]:
    """Whole windows inside the speech, in order of time."""
    every = [
        Span(region.start_s + i * WINDOW_S, region.start_s + (i + 1) * WINDOW_S)
        for region in activity.regions
        for i in range(int(region.duration_s // WINDOW_S))
    ]
    if len(every) <= MOST:
        return every
    return [every[i] for i in np.linspace(0, len(every) - 1, MOST).astype(int)]


def _mean(vectors: Vectors) -> Vectors:
    total = vectors.sum(axis=0)
    mean: Vectors = total / np.float32(np.linalg.norm(total) or 1.0)
    return mean


def _alike(one: Vectors, other: Vectors) -> float:
    """Cosine of the mean vectors of two parts."""
    return float(_mean(one) @ _mean(other))


def _right_share(vectors: Vectors, at: int) -> float:
    """Share of the vectors that are nearer to the mean of their own part."""
    nearer = vectors @ _mean(vectors[:at]) - vectors @ _mean(vectors[at:])
    return float(np.mean(np.concatenate((nearer[:at] > 0, nearer[at:] < 0))))
