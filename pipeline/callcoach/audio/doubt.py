"""Sound at the level of speech that is not known to be speech: nobody may call it a silence.

A detector misses some speech: mumbled, cut up by a codec, under a noise, laughed. What it misses
has still the level of speech in that call. Such stretches are given to nobody and are no silence.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from callcoach.audio.level import FRAME_S
from callcoach.model.recording import CallWarning, Severity
from callcoach.model.speech import Activity
from callcoach.model.timeline import Span, complement, intersections, merged, total_s

ABOVE_BACKGROUND_DB = 8.0
"""Sound, against the quiet third of what is no speech."""

LIKE_SPEECH = 0.1
"""Speech probability that a stretch reaches somewhere: well under what opens a region. Of sounds
that are none, ringing and keys reach it, which are known as such, and breath or noise once a
minute."""

UNDER_SPEECH_DB = 35.0
"""With that probability, how far sound may lie under the loudest tenth of the speech: people who
share a channel can lie 30 dB apart."""

LOUD_DB = 12.0
"""Sound this near to the loudest tenth of the speech is doubtful whatever its probability: laughter
and shouting have none. On bad lines 0.1 to 0.2 such stretches a minute of silence are no voice."""

MIN_S, LOUD_MIN_S = 0.3, 0.5  # a short word; longer than a knock
_BRIDGE_S, _LOUD_BRIDGE_S = 0.2, 0.05  # dips between syllables; clicks are not joined
_EDGE_S = 0.15  # beside speech: its own edge
_SMOOTHING_S = 0.09
_TOLD_S = 3.0  # less than this in a call is not worth a word: as silences.dead_air_s

Mask = npt.NDArray[np.bool_]


def find_doubt(
    levels: npt.NDArray[np.float64],
    likeness: npt.NDArray[np.float32],
    speech: Mask,
    leak: Mask,
) -> tuple[Span, ...]:
    """The stretches of one channel that may be speech.

    Parameters
    ----------
    levels
        Level of each 10 ms frame in dBov.
    likeness
        Speech probability of each, the highest of all that were measured.
    speech
        The frames with speech.
    leak
        Those whose sound the other side explains.

    Returns
    -------
    tuple of Span
        In order of time; empty where there is no speech to compare with.
    """
    from scipy.ndimage import uniform_filter1d

    if not speech.any() or speech.all():
        return ()
    power = uniform_filter1d(10 ** (levels / 10), round(_SMOOTHING_S / FRAME_S))
    means = 10 * np.log10(np.maximum(power, 1e-12))
    speech_db = float(np.percentile(means[speech], 90))
    known = speech | leak
    sound = ~known & (means >= np.percentile(means[~speech], 30) + ABOVE_BACKGROUND_DB)
    found = [
        span
        for span in _stretches(sound & (means >= speech_db - UNDER_SPEECH_DB), known, _BRIDGE_S)
        if span.duration_s >= MIN_S and _of(likeness, span).max() >= LIKE_SPEECH
    ]
    found += [
        span
        for span in _stretches(sound & (means >= speech_db - LOUD_DB), known, _LOUD_BRIDGE_S)
        if span.duration_s >= LOUD_MIN_S
    ]
    return merged(found)


def _stretches(sound: Mask, known: Mask, bridge_s: float) -> list[Span]:
    """Runs of sound over short dips, without the edges beside what is known."""
    reach = round(_EDGE_S / FRAME_S)
    near = np.convolve(known, np.ones(2 * reach + 1), mode="same") > 0.5
    at = np.flatnonzero(sound & ~near)
    starts = np.flatnonzero(np.diff(at, prepend=-(10**9)) > round(bridge_s / FRAME_S) + 1)
    spans = [
        Span(float(part[0]) * FRAME_S, float(part[-1] + 1) * FRAME_S)
        for part in np.split(at, starts[1:])
        if len(part)
    ]
    return [span for span in spans if not _of(known, span).any()]


def _of(values: npt.NDArray[np.generic], span: Span) -> npt.NDArray[np.generic]:
    return values[round(span.start_s / FRAME_S) : round(span.end_s / FRAME_S)]


def doubtful(activities: Sequence[Activity], known: Sequence[Span]) -> tuple[Span, ...]:
    """What may be speech in a call, on whatever channel, and is no known sound.

    ``known`` are music, ringing and tones. What is left of a stretch must be long enough still.
    The result is in seconds, disjoint and in order of time.
    """
    spans = merged(span for activity in activities for span in activity.unsure)
    if not spans:
        return ()
    speech = [region for activity in activities for region in activity.regions]
    free = complement([*known, *speech], Span(0.0, spans[-1].end_s))
    parts = intersections(spans, free)
    return tuple(part for part in parts if part.duration_s >= MIN_S)


def doubt_warnings(doubt: Sequence[Span]) -> tuple[CallWarning, ...]:
    """What a reader must know about it."""
    doubt_s = total_s(doubt)
    if doubt_s < _TOLD_S:
        return ()
    text = (
        f"{doubt_s:.0f} s of this call sound as if somebody spoke, too unclearly to be sure. They "
        "are nobody's speech here, and no silence either: listen where it matters."
    )
    return (CallWarning("unsure_speech", text, severity=Severity.NOTE),)
