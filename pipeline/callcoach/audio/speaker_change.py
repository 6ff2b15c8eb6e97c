"""Whether more than one person speaks on a channel: after a transfer, or by turns.

Two channels are two people, until a call is passed on, an announcement comes first or a third
person is called in. The speech of a channel is cut into windows, and their vectors are parted in
two: at the moment that parts them best, or else by likeness (a conference). One person's calm and
angry speech is less alike than one would think, so only voices far apart are told; many pairs of
like voices are not.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from callcoach.audio.diarize import SpeakerEncoder, Vectors
from callcoach.model.party import Side
from callcoach.model.recording import CallWarning, FloatArray
from callcoach.model.speech import Activity, SpeakerChange
from callcoach.model.timeline import Span

WINDOW_S = 1.6
"""Speech that one vector listens to, as for telling voices apart."""

LEAST = 6
"""Least windows of each voice: 10 s of speech."""

FIRST_LOOK = 20
"""Windows that are looked at first, evenly over the speech: more only where these are unlike."""

MOST = 40
"""At most so many windows are looked at: a minute of speech."""

UNLIKE = 0.6
"""Clusters of the first look more alike than this (cosine) are one person. In calls one person's
measure 0.75 and more."""

OTHER = 0.4
"""Two parts of a channel's time less alike than this are two people. One person's parts measure
0.83 and more on 17 channels of calls; of 8 actors, calm and then angry, with and without even
loudness, 0.44 and more. Of two people's on one telephone band, half lie under it."""

BY_TURNS = 0.35
"""The same for windows parted by likeness, which takes the furthest apart: of the same actors'
windows 0.42 and more."""

RIGHT_SHARE = 0.9
"""Share of the windows that must be nearer to their own part: else the voices take turns."""


def speaker_changes(
    samples: FloatArray,
    sample_rate_hz: int,
    activity: Activity,
    channel: Side,
    encoder: SpeakerEncoder,
) -> tuple[SpeakerChange, ...]:
    """When another person goes on speaking on a channel, in order of time.

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

    Returns
    -------
    tuple of SpeakerChange
        Empty where one person speaks throughout. Voices that take turns give one entry, at the
        first words of the second.
    """
    windows = _windows(activity)
    if len(windows) < 2 * LEAST:
        return ()
    vectors: dict[int, Vectors] = {}

    def look(chosen: Sequence[int]) -> Vectors:
        for index in chosen:
            if index not in vectors:
                window = windows[index]
                first, last = (round(s * sample_rate_hz) for s in (window.start_s, window.end_s))
                vectors[index] = encoder.embed(samples[first:last], [Span(0.0, window.duration_s)])[
                    0
                ]
        return np.stack([vectors[index] for index in chosen])

    glance = look(_evenly(len(windows), FIRST_LOOK))
    second = _clustered(glance)
    if second.all() or not second.any() or _alike(glance[second], glance[~second]) > UNLIKE:
        return ()
    found = look(range(len(windows)))
    parts = _parted(found, 0)
    if parts:
        return tuple(SpeakerChange(channel, windows[at].start_s, alike) for at, alike in parts)
    second = _clustered(found)
    if min(second.sum(), (~second).sum()) < LEAST:
        return ()
    similarity = _alike(found[second], found[~second])
    if similarity > BY_TURNS:
        return ()
    at = int(np.flatnonzero(second != second[0])[0])
    return (SpeakerChange(channel, windows[at].start_s, similarity, by_turns=True),)


def change_warnings(changes: Sequence[SpeakerChange]) -> tuple[CallWarning, ...]:
    """Tell where another person goes on, by channel."""
    result = []
    for channel in Side:
        own = [change for change in changes if change.channel is channel]
        if not own:
            continue
        times = [f"{int(c.at_s) // 60}:{int(c.at_s) % 60:02d}" for c in own]
        if own[0].by_turns:
            what = (
                f"From about {times[0]} two voices take turns on the {channel} channel, perhaps "
                "in a conference."
            )
        elif len(own) == 1:
            what = (
                f"From about {times[0]} another voice speaks on the {channel} channel, perhaps "
                "after a transfer or an announcement."
            )
        else:
            what = (
                f"From about {', '.join(times[:-1])} and {times[-1]} another voice speaks on the "
                f"{channel} channel each time, perhaps after a transfer or an announcement."
            )
        text = f"{what} What is measured there mixes several people."
        result.append(CallWarning("several_voices", text, channel))
    return tuple(result)


def _windows(activity: Activity) -> list[Span]:
    """Whole windows inside the speech, in order of time, at most ``MOST``."""
    every = [
        Span(region.start_s + i * WINDOW_S, region.start_s + (i + 1) * WINDOW_S)
        for region in activity.regions
        for i in range(int(region.duration_s // WINDOW_S))
    ]
    return [every[index] for index in _evenly(len(every), MOST)]


def _evenly(count: int, most: int) -> list[int]:
    if count <= most:
        return list(range(count))
    chosen: list[int] = np.linspace(0, count - 1, most).astype(int).tolist()
    return chosen


def _parted(vectors: Vectors, first: int) -> list[tuple[int, float]]:
    """Where another voice goes on, with the cosine of the two; ``first`` counts from the start."""
    places = range(LEAST, len(vectors) - LEAST + 1)
    if not places:
        return []
    at = min(places, key=lambda k: _alike(vectors[:k], vectors[k:]))
    similarity = _alike(vectors[:at], vectors[at:])
    if similarity > OTHER or _right_share(vectors, at) < RIGHT_SHARE:
        return []
    before, after = _parted(vectors[:at], first), _parted(vectors[at:], first + at)
    return [*before, (first + at, similarity), *after]


def _clustered(vectors: Vectors) -> npt.NDArray[np.bool_]:
    """Which vectors belong to the second of two clusters (Ward's method)."""
    from scipy.cluster.hierarchy import fcluster, linkage

    labels = fcluster(linkage(vectors.astype(np.float64), "ward"), 2, "maxclust")
    second: npt.NDArray[np.bool_] = labels == 2
    return second


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
