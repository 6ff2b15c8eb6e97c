"""Two-channel mixes of real speech in which it is known who came in when, and what became of it.

The two people of one real call are cut into turns and bursts that one of them speaks alone, and
placed anew so that overlaps of every kind arise at known times. A clip's edges are where its own
level rises and falls, and each mix is silent outside its clips, so the placed times are exact. The
kind of each overlap follows from the placed times by :func:`defined_kind`, which shares nothing
with the code under test.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from callcoach.audio.activity import detect_activity
from callcoach.audio.silero import SileroVad
from callcoach.config.config import Config
from callcoach.model.interaction import OverlapEvent, OverlapKind
from callcoach.model.recording import Audio
from callcoach.model.timeline import Span, merged

Samples = npt.NDArray[np.float64]

CALL = Path(__file__).parent.parent.parent / "shared" / "data" / "calls" / "auto_repairs_40.wav"
SIDES = ("left", "right")
ANALYSIS_RATE_HZ = 16000
FRAME_S = 0.01
QUIET_DB = 30.0  # under the loudest frames of a clip: no speech
REACH_S = 0.15
FADE_S = 0.005
LEAST_S = 0.15
APART_S = 1.6  # between the scenes: no turn reaches into the next one
MARGIN_S = 0.1  # how far each placed time stays from the limits of the definitions
PLAN = {
    OverlapKind.INTERRUPTION: 20,
    OverlapKind.BACKCHANNEL: 24,
    OverlapKind.TERMINAL: 12,
    OverlapKind.DUAL_START: 10,
    OverlapKind.ATTEMPTED: 12,
    None: 8,  # turns that follow each other without an overlap
}


@dataclass(frozen=True)
class Clip:
    """Speech of one person alone. ``source`` is its place in the call, ``talk`` the speech in it.

    ``talk`` counts from the start of the clip; pauses of 0.2 s and more lie between its spans.
    """

    side: int
    source: Span
    samples: Samples
    talk: tuple[Span, ...]

    @property
    def duration_s(self) -> float:
        return self.source.duration_s


@dataclass(frozen=True)
class Placed:
    """A clip with its place in the mix."""

    clip: Clip
    start_s: float

    @property
    def span(self) -> Span:
        return Span(self.start_s, self.start_s + self.clip.duration_s)


@dataclass(frozen=True)
class Truth:
    """An overlap as placed: when the incomer began, who that was, and what it was."""

    onset_s: float
    incomer: str
    kind: OverlapKind


@dataclass(frozen=True)
class Mix:
    """Two channels at the call's own rate, shape ``(2, n)``, with what is in them."""

    samples: Samples
    rate_hz: int
    placed: tuple[Placed, ...]
    truth: tuple[Truth, ...]

    def audio(self) -> Audio:
        """The mix as the speech stages take it."""
        up = soxr.resample(self.samples.T, self.rate_hz, ANALYSIS_RATE_HZ).T.astype(np.float32)
        return Audio(up, ANALYSIS_RATE_HZ, self.rate_hz, "pcm", "", (1.0, 1.0), (0.0, 0.0))


def defined_kind(holder: Span, incomer: Span) -> OverlapKind | None:
    """The kind by the definitions, from the times of two turns alone; ``None``: ignored."""
    if min(holder.end_s, incomer.end_s) - incomer.start_s < 0.20:
        return None
    if incomer.start_s - holder.start_s <= 0.2:
        return OverlapKind.DUAL_START
    if incomer.duration_s <= 1.0 and holder.end_s - incomer.end_s >= 0.5:
        return OverlapKind.BACKCHANNEL
    if holder.end_s - incomer.start_s <= 0.5:
        return OverlapKind.TERMINAL
    if incomer.duration_s < 1.0:
        return OverlapKind.UNCLEAR
    if incomer.end_s < holder.end_s:
        return OverlapKind.ATTEMPTED
    soon = holder.end_s - incomer.start_s <= 2.0
    return OverlapKind.INTERRUPTION if soon else OverlapKind.UNCLEAR


def clips(path: Path = CALL) -> tuple[tuple[Clip, ...], int]:
    """What each person says alone, from 0.25 to 8 s, and the sample rate."""
    samples, rate_hz = soundfile.read(path, dtype="float64", always_2d=True)
    up = soxr.resample(samples, rate_hz, ANALYSIS_RATE_HZ).T.astype(np.float32)
    audio = Audio(up, ANALYSIS_RATE_HZ, rate_hz, "pcm", "", (1.0, 1.0), (0.0, 0.0))
    # The detector alone: the clips must not depend on the steps that the mixes are to judge.
    bare = Config().activity.model_copy(update={"gate": False, "refine": False, "slowing": 1.0})
    found = detect_activity(audio, SIDES, SileroVad(), bare)
    result = []
    for side, activity in enumerate(found):
        units = merged(activity.regions, join_gap_s=0.2)
        others = found[1 - side].regions
        for first in range(len(units)):
            for last in range(first, len(units)):
                span = units[first].union(units[last])
                gaps = [b.start_s - a.end_s for a, b in pairwise(units[first : last + 1])]
                wide = Span(max(0.0, span.start_s - 0.1), span.end_s + 0.1)
                if span.duration_s > 8.0 or any(gap > 0.45 for gap in gaps):
                    break
                if span.duration_s >= 0.25 and not any(wide.overlaps(o) for o in others):
                    result.append(_clip(samples[:, side], rate_hz, side, span, units, first, last))
    return tuple(c for c in result if c is not None), rate_hz


def _clip(
    channel: Samples,
    rate_hz: int,
    side: int,
    span: Span,
    units: Sequence[Span],
    first: int,
    last: int,
) -> Clip | None:
    """Cut at the level, without reaching into the person's neighbouring words."""
    low = max(span.start_s - REACH_S, units[first - 1].end_s + 0.02 if first else 0.0)
    high = span.end_s + REACH_S
    if last + 1 < len(units):
        high = min(high, units[last + 1].start_s - 0.02)
    hop = round(FRAME_S * rate_hz)
    start = round(low * rate_hz)
    count = int((high - low) * rate_hz) // hop
    frames = channel[start : start + count * hop].reshape(-1, hop)
    level_db = 10 * np.log10(np.mean(frames**2, axis=1) + 1e-12)
    loud = np.flatnonzero(level_db > np.percentile(level_db, 95) - QUIET_DB)
    if len(loud) < 20:
        return None
    samples = channel[start + loud[0] * hop : start + (loud[-1] + 1) * hop].copy()
    fade = np.linspace(0, 1, round(FADE_S * rate_hz))
    samples[: len(fade)] *= fade
    samples[-len(fade) :] *= fade[::-1]
    at_s = (loud - loud[0]) * FRAME_S
    talk = merged((Span(t, t + FRAME_S) for t in at_s.tolist()), join_gap_s=0.2 - FRAME_S / 2)
    if min(talk[0].duration_s, talk[-1].duration_s) < LEAST_S:
        return None  # a click or breath before or after the words: nobody could say where it begins
    begin_s = start / rate_hz + loud[0] * FRAME_S
    return Clip(side, Span(begin_s, begin_s + len(samples) / rate_hz), samples, talk)


def make_mix(
    pool: Sequence[Clip],
    rate_hz: int,
    *,
    seed: int = 1,
    snr_db: float | None = None,
    crosstalk_db: float | None = -25.0,
) -> Mix:
    """Place clips so that each kind of ``PLAN`` arises as often as it says.

    Parameters
    ----------
    pool, rate_hz
        As :func:`clips` gives them.
    seed
        Of the choice of clips and times; equal seeds place alike whatever the noise.
    snr_db
        Mean level of each channel's speech over white noise on it; ``None`` for none.
    crosstalk_db
        Level at which each channel is heard on the other one.
    """
    random = np.random.default_rng(seed)
    kinds = [kind for kind, count in PLAN.items() for _ in range(count)]
    order = random.permutation(len(kinds))
    placed: list[Placed] = []
    truth: list[Truth] = []
    at_s = 1.0
    for number, index in enumerate(order):
        holder, incomer = _scene(pool, kinds[index], number % 2, at_s, random)
        kind = defined_kind(holder.span, incomer.span)
        assert kind is kinds[index]
        placed += [holder, incomer]
        if kind is not None:
            truth.append(Truth(incomer.start_s, SIDES[incomer.clip.side], kind))
        at_s = max(holder.span.end_s, incomer.span.end_s) + APART_S
    samples = np.zeros((2, round(at_s * rate_hz)))
    for item in placed:
        first = round(item.start_s * rate_hz)
        samples[item.clip.side, first : first + len(item.clip.samples)] += item.clip.samples
    speech = [
        np.concatenate([p.clip.samples for p in placed if p.clip.side == side]) for side in (0, 1)
    ]
    if crosstalk_db is not None:
        samples = samples + 10 ** (crosstalk_db / 20) * samples[::-1]
    if snr_db is not None:
        for side in (0, 1):
            level = np.sqrt(np.mean(speech[side] ** 2)) * 10 ** (-snr_db / 20)
            samples[side] += level * random.standard_normal(samples.shape[1])
    return Mix(samples, rate_hz, tuple(placed), tuple(truth))


def _scene(
    pool: Sequence[Clip],
    kind: OverlapKind | None,
    side: int,
    at_s: float,
    random: np.random.Generator,
) -> tuple[Placed, Placed]:
    """A holder on ``side`` and an incomer on the other one whose overlap is of the kind."""
    for _ in range(20_000):
        holder = _pick(pool, side, random)
        incomer = _pick(pool, 1 - side, random)
        rest_s = _rest(kind, holder.duration_s, incomer.duration_s, random)
        if rest_s is None:
            continue
        onset_s = round(holder.duration_s - rest_s, 3)
        if kind is not None and not _speaks(holder, onset_s):
            continue
        return Placed(holder, at_s), Placed(incomer, at_s + onset_s)
    raise AssertionError(f"no clips for {kind}")


def _pick(pool: Sequence[Clip], side: int, random: np.random.Generator) -> Clip:
    own = [clip for clip in pool if clip.side == side]
    return own[int(random.integers(len(own)))]


def _rest(
    kind: OverlapKind | None, held_s: float, own_s: float, random: np.random.Generator
) -> float | None:
    """Seconds from the onset to the holder's end that make the kind, ``None`` if none do."""
    low, high = {
        OverlapKind.INTERRUPTION: (0.5 + MARGIN_S, min(2.0, own_s, held_s - 0.4) - MARGIN_S),
        OverlapKind.BACKCHANNEL: (own_s + 0.5 + MARGIN_S, held_s - 0.4 - MARGIN_S),
        OverlapKind.TERMINAL: (0.2 + MARGIN_S / 2, 0.5 - MARGIN_S),
        OverlapKind.DUAL_START: (held_s - 0.2 + MARGIN_S / 2, held_s - MARGIN_S / 2),
        OverlapKind.ATTEMPTED: (own_s + 2 * MARGIN_S, held_s - 0.4 - MARGIN_S),
        None: (-1.0, -0.2),
    }[kind]
    fits = {
        OverlapKind.INTERRUPTION: own_s >= 1.0 + MARGIN_S and held_s >= 1.5,
        OverlapKind.BACKCHANNEL: own_s <= 1.0 - MARGIN_S,
        OverlapKind.TERMINAL: own_s >= 1.0 + MARGIN_S and held_s >= 1.2,
        OverlapKind.DUAL_START: min(own_s, held_s) >= 1.0,
        OverlapKind.ATTEMPTED: own_s >= 1.0 + MARGIN_S,
        None: min(own_s, held_s) >= 1.0,
    }[kind]
    return float(random.uniform(low, high)) if fits and low < high else None


def _speaks(holder: Clip, onset_s: float) -> bool:
    """Whether the holder speaks at the onset and for a while after it."""
    return any(
        t.start_s <= onset_s and t.end_s >= min(onset_s + 0.25, holder.duration_s - FRAME_S)
        for t in holder.talk
    )


@dataclass(frozen=True)
class Matched:
    """Events found right, missed and false of one kind, and their errors of the onset in s."""

    right: int
    missed: int
    false: int
    errors_s: tuple[float, ...]

    @property
    def f1(self) -> float:
        return 2 * self.right / max(1, 2 * self.right + self.missed + self.false)


def match(mix: Mix, events: Sequence[OverlapEvent], kind: OverlapKind) -> Matched:
    """Match by incomer and kind, with onsets at most 0.5 s apart, each event once."""
    left = [e for e in events if e.kind is kind]
    there = [t for t in mix.truth if t.kind is kind]
    errors = []
    for truth in there:
        near = [
            e for e in left if e.incomer == truth.incomer and abs(e.start_s - truth.onset_s) <= 0.5
        ]
        if near:
            best = min(near, key=lambda e: abs(e.start_s - truth.onset_s))
            left.remove(best)
            errors.append(abs(best.start_s - truth.onset_s))
    return Matched(len(errors), len(there) - len(errors), len(left), tuple(errors))
