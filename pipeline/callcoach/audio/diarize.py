"""Which voice speaks when, in a recording with both people on one channel.

Speech is cut into overlapping windows, each window becomes a vector (:mod:`.speakers`), vectors
are clustered bottom-up (Ward's method, as usual for speaker diarisation: Park et al., "A review
of speaker diarization", Computer Speech & Language 2022), and a Viterbi pass over all windows
with the clusters' means as models, repeated with the means of its own result, decides who speaks.
That pass is what a full Bayesian resegmentation (Landini et al. 2022, "VBx") comes down to with
two speakers and fixed variances.

A recording with one voice, or with more than two, is told from how alike the clusters' means are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np
import numpy.typing as npt

from callcoach.audio.level import FRAME_S, frame_levels_db
from callcoach.config.audio import DiarizeConfig
from callcoach.model.recording import FloatArray
from callcoach.model.speech import Activity, SpeechRegion
from callcoach.model.timeline import Span, intersections, merged

Vectors = npt.NDArray[np.float32]
Labels = npt.NDArray[np.intp]


class SpeakerEncoder(Protocol):
    """Turns speech into vectors that lie close together for one voice."""

    def embed(self, speech: FloatArray, windows: Sequence[Span]) -> Vectors:
        """Vectors of length 1, one row for each window of a stretch of speech at 16 kHz."""
        ...


@dataclass(frozen=True)
class Diarization:
    """The voices of one channel.

    ``activities`` has one entry per voice in the order in which they are first heard, named
    ``speaker_1``, ``speaker_2``...; a recording with one voice has a single entry. ``similarity``
    is the cosine of the two voices that are most alike (-1..1), ``None`` for one voice.
    ``reliable`` says whether they differ enough to trust who said what.
    """

    activities: tuple[Activity, ...]
    similarity: float | None
    reliable: bool


@dataclass(frozen=True)
class _Window:
    """``cell`` is the time that the window decides about, ``heard`` what it listens to.

    ``unit`` counts the stretches of speech without a pause.
    """

    unit: int
    cell: Span
    heard: Span


@dataclass(frozen=True)
class _Fit:
    """Voice of each window, the voices' mean vectors, and how many were asked for."""

    labels: Labels
    means: Vectors
    asked: int

    @property
    def similarity(self) -> float:
        """Largest cosine between two voices; 1 where there were not as many clusters to find."""
        if len(self.means) < self.asked:
            return 1.0
        return float((self.means @ self.means.T)[np.triu_indices(len(self.means), 1)].max())


def diarize(
    samples: FloatArray,
    sample_rate_hz: int,
    activity: Activity,
    encoder: SpeakerEncoder,
    config: DiarizeConfig,
) -> Diarization:
    """Split the speech of one channel by voice.

    Parameters
    ----------
    samples
        The channel at 16 kHz, shape ``(n,)``.
    sample_rate_hz
        Its rate.
    activity
        When anybody speaks.
    encoder
        Speaker vectors.
    config
        Windows and thresholds.

    Returns
    -------
    Voices
        The regions of all voices together are those of ``activity``, no two at the same time:
        who speaks at once with the other is not found.
    """
    alone = Diarization((activity,), None, True)
    windows = _windows(activity, config)
    if activity.speech_s < 2 * config.min_voice_s or len(windows) < 2:
        return alone
    vectors = _vectors(samples, sample_rate_hz, windows, encoder)
    two = _fit(2, windows, vectors, config)
    seconds = _seconds(two, windows)
    enough = min(seconds) >= config.few_s
    limit = config.same_voice if enough else config.same_voice_few
    if min(seconds) < config.min_voice_s or two.similarity > limit:
        return alone
    three = _fit(3, windows, vectors, config)
    more = (
        three.similarity <= config.third_voice and min(_seconds(three, windows)) >= config.third_s
    )
    fit = three if more else two
    spans = _spans(fit.labels, windows, frame_levels_db(samples, sample_rate_hz), config)
    return Diarization(
        _activities(spans, activity),
        fit.similarity,
        not more and fit.similarity <= config.sure_voice,
    )


def _windows(activity: Activity, config: DiarizeConfig) -> list[_Window]:
    """Cells of about ``hop_s`` that tile the speech, each with the window around it."""
    windows = []
    units = [
        Span(
            whole.start_s + whole.duration_s * part / parts,
            whole.start_s + whole.duration_s * (part + 1) / parts,
        )
        for whole in merged(activity.regions, config.pause_s)
        for parts in (max(1, int(np.ceil(whole.duration_s / config.unit_s))),)
        for part in range(parts)
    ]
    for number, unit in enumerate(units):
        count = max(1, int(np.ceil(unit.duration_s / config.hop_s)))
        step_s = unit.duration_s / count
        length_s = min(config.window_s, unit.duration_s)
        for index in range(count):
            start_s = unit.start_s + index * step_s
            middle_s = start_s + step_s / 2
            from_s = min(max(middle_s - length_s / 2, unit.start_s), unit.end_s - length_s)
            cell = Span(start_s, start_s + step_s)
            windows.append(_Window(number, cell, Span(from_s, from_s + length_s)))
    return windows


def _vectors(
    samples: FloatArray, rate_hz: int, windows: Sequence[_Window], encoder: SpeakerEncoder
) -> Vectors:
    """Shape (len(windows), size). A stretch of speech goes to the encoder as a whole."""
    parts = []
    first = 0
    for last in range(1, len(windows) + 1):
        if last < len(windows) and windows[last].unit == windows[first].unit:
            continue
        unit = windows[first:last]
        begin_s = unit[0].cell.start_s
        speech = samples[round(begin_s * rate_hz) : round(unit[-1].cell.end_s * rate_hz)]
        heard = [
            Span(max(0.0, w.heard.start_s - begin_s), max(0.0, w.heard.end_s - begin_s))
            for w in unit
        ]
        parts.append(encoder.embed(speech, heard))
        first = last
    return np.concatenate(parts)


def _fit(voices: int, windows: Sequence[_Window], vectors: Vectors, config: DiarizeConfig) -> _Fit:
    lengths = np.array([w.heard.duration_s for w in windows])
    weights = np.clip(lengths / config.window_s, 0.1, 1.0).astype(np.float32)
    means = _clusters(voices, vectors, lengths, config)
    changes = np.array([_change_cost(a, b, config) for a, b in pairwise(windows)])
    labels = np.full(len(windows), -1)
    for _ in range(config.passes):
        scores = config.contrast * weights[:, None] * (vectors @ means.T)
        found = _viterbi(scores, changes)
        if np.array_equal(found, labels):
            break
        labels = found
        for voice in range(len(means)):
            own = labels == voice
            if own.any():
                means[voice] = _unit((vectors[own] * weights[own, None]).sum(axis=0))
    return _Fit(labels, means, voices)


def _clusters(
    voices: int, vectors: Vectors, lengths: npt.NDArray[np.float64], config: DiarizeConfig
) -> Vectors:
    """Mean vectors of the clusters of the longer windows, evenly chosen where there are many."""
    from scipy.cluster.hierarchy import fcluster, linkage

    least_s = min(config.cluster_min_s, float(np.median(lengths)))
    chosen = np.flatnonzero(lengths >= least_s)
    if len(chosen) > config.cluster_windows:
        chosen = chosen[np.linspace(0, len(chosen) - 1, config.cluster_windows).astype(int)]
    if len(chosen) < 2 * voices:
        chosen = np.arange(len(vectors))
    members = vectors[chosen]
    labels = fcluster(linkage(members.astype(np.float64), "ward"), voices, "maxclust")
    return np.stack([_unit(members[labels == k].sum(axis=0)) for k in np.unique(labels)])


def _unit(vector: Vectors) -> Vectors:
    length = float(np.linalg.norm(vector))
    return vector / np.float32(length) if length > 0 else vector


def _change_cost(before: _Window, after: _Window, config: DiarizeConfig) -> float:
    """Cost of another voice in the next window: within speech the full one, less after a pause."""
    pause_s = max(0.0, after.cell.start_s - before.cell.end_s)
    return config.change * float(np.exp(-pause_s / config.change_pause_s))


def _viterbi(scores: npt.NDArray[np.float32], changes: npt.NDArray[np.float64]) -> Labels:
    """The best path through ``scores`` (windows, voices), with the costs of changing voice."""
    count, voices = scores.shape
    other = 1.0 - np.eye(voices)
    best = scores[0].astype(np.float64)
    came_from = np.zeros((count, voices), dtype=np.intp)
    for at in range(1, count):
        reached = best[:, None] - changes[at - 1] * other
        came_from[at] = reached.argmax(axis=0)
        best = reached.max(axis=0) + scores[at]
    path = np.zeros(count, dtype=np.intp)
    path[-1] = best.argmax()
    for at in range(count - 1, 0, -1):
        path[at - 1] = came_from[at, path[at]]
    return path


def _seconds(fit: _Fit, windows: Sequence[_Window]) -> list[float]:
    """Speech of each voice in seconds."""
    return [
        sum(w.cell.duration_s for w, label in zip(windows, fit.labels, strict=True) if label == k)
        for k in range(len(fit.means))
    ]


def _spans(
    labels: Labels,
    windows: Sequence[_Window],
    levels_db: npt.NDArray[np.float64],
    config: DiarizeConfig,
) -> list[list[Span]]:
    """Time of each voice; a change without a pause is put where it is quietest nearby."""
    spans: list[list[Span]] = [[] for _ in range(int(labels.max()) + 1)]
    start_s = windows[0].cell.start_s
    for index, window in enumerate(windows):
        following = windows[index + 1] if index + 1 < len(windows) else None
        end_s = window.cell.end_s
        next_s = following.cell.start_s if following else end_s
        if following and labels[index + 1] == labels[index] and next_s - end_s < 1e-6:
            continue
        if following and labels[index + 1] != labels[index] and next_s - end_s < 1e-6:
            reach_s = min(config.quiet_reach_s, window.cell.duration_s, following.cell.duration_s)
            end_s = next_s = _quietest_s(levels_db, end_s, reach_s)
        spans[labels[index]].append(Span(start_s, end_s))
        start_s = next_s
    return [own for own in spans if own]


def _quietest_s(levels_db: npt.NDArray[np.float64], at_s: float, reach_s: float) -> float:
    """Middle of the quietest 50 ms that lie around ``at_s``."""
    around = 2
    first = max(around, round((at_s - reach_s) / FRAME_S))
    last = min(len(levels_db) - around - 1, round((at_s + reach_s) / FRAME_S))
    if reach_s <= 0 or last < first:
        return at_s
    means = [
        float(np.mean(levels_db[at - around : at + around + 1])) for at in range(first, last + 1)
    ]
    return min((first + int(np.argmin(means)) + 0.5) * FRAME_S, at_s + reach_s)


def _activities(spans: Sequence[Sequence[Span]], activity: Activity) -> tuple[Activity, ...]:
    """The activity of each voice, in order of first words."""
    spoken = merged(activity.regions)
    own = sorted(
        (intersections(spoken, merged(each)) for each in spans), key=lambda each: each[0].start_s
    )
    return tuple(
        Activity(
            f"speaker_{number}",
            tuple(SpeechRegion(s.start_s, s.end_s, f"speaker_{number}") for s in each),
            activity.snr_db,
        )
        for number, each in enumerate(own, 1)
    )
