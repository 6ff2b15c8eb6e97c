"""Where a voice left its own usual by more than chance: all measures in one score, and lasting.

With four measures and fifty turns something is always unusual, so no measure says anything alone.
The departures of level, pitch, effort and rate of a part of a turn, each in robust spreads of this
speaker's own turns, are added up to one score; a score as high as this in two parts in a row must
be so rare that a calm speaker has no more than ``false_alarms_per_3_h``; and what is told must be
heard: at least two of the measures lie beyond the usual by more than people notice.

Whether it matters is not decided here: joy is as loud as anger. The words and the moment decide
(:mod:`callcoach.coaching.measures.voice_moments`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from callcoach.config.voice import StretchesConfig
from callcoach.model.timeline import Span
from callcoach.model.voice import Baseline, StretchKind, VoiceDeparture, VoiceStretch
from callcoach.voice.stretches import mean_over_speech

HEARD = {"level_dbov": 3.0, "pitch_median_st": 1.5, "effort_db": 2.0, "rate_syll_s": 0.15}
"""Least departure that people hear in running speech: half a step of vocal effort in dB (ISO 9921,
6 dB a step) and what the spectral balance does with it (Sundberg & Nordenberg 2006), 1.5 st as a
difference in prominence ('t Hart 1981), three times the just noticeable difference in tempo as a
share (5 %, Quene 2007)."""

LEAST_PARTS = 8
"""Measured parts needed before a speaker's call says what is usual for them."""

LASTS_PARTS = 2
"""Parts in a row: two turns, or one long turn by two parts."""

WITHIN_S = 60.0
"""Parts further apart than this are not in a row."""

FLAT_ST = 1.2
"""Pitch spread (SD) of a voice with little melody. Everyday speech has 2 st and more (Traunmueller
& Eriksson 1995)."""

FLAT_OF_USUAL = 0.6
"""... and at most this share of the speaker's usual spread: a voice that is narrow throughout is
how it is, not how it became."""

FLAT_VOICED_S = 2.0
"""... in parts with this much voiced speech: less says more about the sentence."""

_MOST = 4.0  # spreads one measure can add; one wild measure must not make a score
_TOGETHER = 0.5  # correlation of the measures with each other, and of a part with the next
_LOOKED_AT_S = 3 * 3600.0


@dataclass(frozen=True)
class _Scored:
    """A part with its score, the measures that are heard, and each measure's spreads."""

    part: VoiceStretch
    score: float
    heard: frozenset[str]
    spreads: dict[str, float]


def find_departures(
    parts: Sequence[VoiceStretch], usual: Sequence[Baseline], config: StretchesConfig
) -> tuple[VoiceDeparture, ...]:
    """Where one speaker's voice was raised, hurried or flat, in order of time.

    Parameters
    ----------
    parts
        Measured parts of the speaker's turns, in order of time.
    usual
        What is usual for the speaker's parts.
    config
        How many false alarms are put up with.
    """
    known = {item.measure: item for item in usual}
    scored = [item for part in parts if (item := _scored(part, known)) is not None]
    if len(parts) < LEAST_PARTS or len(scored) < LEAST_PARTS:
        return ()
    limit = threshold([item.part for item in scored], config)
    found = [_departure(run, limit) for run in _runs(scored, limit) if len(run) >= LASTS_PARTS]
    found += _flat(parts, known)
    return tuple(sorted(found, key=lambda item: (item.start_s, item.end_s, item.kind)))


def threshold(parts: Sequence[VoiceStretch], config: StretchesConfig) -> float:
    """The score that both of two parts in a row must reach, in standard deviations.

    Looks are as many as the speaker would have parts in three hours. The chance allowed for each is
    that of both of two normal values, correlated like successive parts of speech, to lie above the
    limit; the limit then widens as Student's t does for as few parts as the usual rests on.
    """
    from scipy.stats import norm, t

    looks = _LOOKED_AT_S * len(parts) / sum(part.speech_s for part in parts)
    normal = _both_above(min(0.25, config.false_alarms_per_3_h / looks))
    return float(t.isf(norm.sf(normal), len(parts) - 1))


@cache
def _both_above(chance: float) -> float:
    """The z that two normal values with correlation ``_TOGETHER`` both exceed by this chance."""
    from scipy.optimize import brentq
    from scipy.stats import norm

    def both(z: float) -> float:
        x = np.linspace(z, z + 9, 1801)
        other = norm.sf((z - _TOGETHER * x) / math.sqrt(1 - _TOGETHER**2))
        return float(np.trapezoid(norm.pdf(x) * other, x))

    return float(brentq(lambda z: both(z) - chance, -2.0, 8.0))


def _scored(part: VoiceStretch, usual: dict[str, Baseline]) -> _Scored | None:
    spreads, heard = {}, set()
    for measure, least in HEARD.items():
        value: float | None = getattr(part, measure)
        if value is None or measure not in usual:
            continue
        item = usual[measure]
        away = value - item.median
        step = least * item.median if measure == "rate_syll_s" else least
        # A part is on average half a step away anyway: less spread than that is luck.
        spreads[measure] = away / max(item.spread, step / 2)
        if away >= step:
            heard.add(measure)
    if len(spreads) < 2:
        return None
    count = len(spreads)
    total = sum(min(_MOST, max(-_MOST, value)) for value in spreads.values())
    score = total / math.sqrt(count * (1 + (count - 1) * _TOGETHER))
    return _Scored(part, score, frozenset(heard), spreads)


def _runs(scored: Sequence[_Scored], limit: float) -> Iterator[list[_Scored]]:
    """Parts in a row that are beyond the limit by at least two measures."""
    run: list[_Scored] = []
    for item in scored:
        if item.score >= limit and len(item.heard) >= 2:
            if run and item.part.start_s - run[-1].part.end_s > WITHIN_S:
                yield run
                run = []
            run.append(item)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _departure(run: Sequence[_Scored], limit: float) -> VoiceDeparture:
    measures = [name for name in HEARD if sum(name in item.heard for item in run) * 2 >= len(run)]

    def mean(name: str) -> float:
        known = [item.spreads[name] for item in run if name in item.spreads]
        return sum(known) / len(known)

    first = max(measures, key=mean, default="level_dbov")
    kind = StretchKind.HURRIED if first == "rate_syll_s" else StretchKind.RAISED
    weights = sum(item.part.speech_s for item in run)
    score = sum(item.score * item.part.speech_s for item in run) / weights
    return _made([item.part for item in run], kind, tuple(measures), score, limit)


def _flat(parts: Sequence[VoiceStretch], usual: dict[str, Baseline]) -> list[VoiceDeparture]:
    own = usual.get("pitch_sd_st")
    if own is None or own.count < LEAST_PARTS:
        return []
    limit = min(FLAT_ST, FLAT_OF_USUAL * own.median)
    runs: list[list[VoiceStretch]] = [[]]
    for part in parts:
        if part.pitch_sd_st is None or part.voiced_s < FLAT_VOICED_S:
            continue
        if part.pitch_sd_st >= limit:
            runs.append([])
        else:
            if runs[-1] and part.start_s - runs[-1][-1].end_s > WITHIN_S:
                runs.append([])
            runs[-1].append(part)
    found = []
    for run in runs:
        if len(run) >= LASTS_PARTS:
            value = mean_over_speech(run, "pitch_sd_st") or 0.0
            found.append(_made(run, StretchKind.FLAT, ("pitch_sd_st",), value, limit))
    return found


def _made(
    run: Sequence[VoiceStretch],
    kind: StretchKind,
    measures: tuple[str, ...],
    score: float,
    limit: float,
) -> VoiceDeparture:
    return VoiceDeparture(
        run[0].start_s,
        run[-1].end_s,
        kind,
        measures,
        score,
        limit,
        tuple(Span(part.start_s, part.end_s) for part in run),
    )
