"""Speech regions packed into clips for Whisper, and the way back.

Whisper sees 30 s windows and its cost is per window, so regions of one channel are packed into
clips with a short silence between them instead of being sent one by one. Long silences, hold music
and the other side's leak never reach the engine: it cannot invent words there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from callcoach.audio.level import FRAME_S, frame_levels_db
from callcoach.config.speech import SpeechConfig
from callcoach.model.recording import FloatArray
from callcoach.model.timeline import Span, merged

CONSONANT_S = 0.1
"""Sound kept around a region in any case: the edges of speech activity are good to 10-30 ms, and a
weak consonant lies outside them."""

CUT_S = 0.2
"""A long clip is cut in the middle of its quietest 0.2 s: the length of a short pause."""

LEVEL_DBOV = -26.0
"""Speech is brought to this level, the nominal one of ITU-T P.56 and of telephone networks: a side
far below the other is as loud as any in what Whisper learnt from."""

SPREAD_DB = 12.0
"""A piece is raised or lowered by at most this much more or less than its party as a whole: a
breath stays softer than speech."""

MAX_GAIN_DB = 40.0
"""Most that is raised: speech under -66 dBov is at the resolution of a telephone codec."""

PEAK = 0.95
"""Highest sample of a raised piece: nothing is clipped."""


@dataclass(frozen=True)
class SpeechPiece:
    """A stretch of the recording inside a clip: ``source`` starts at ``clip_s`` in the clip."""

    clip_s: float
    source: Span

    @property
    def clip_span(self) -> Span:
        """Where the piece lies in the clip."""
        return Span(self.clip_s, self.clip_s + self.source.duration_s)

    def to_source(self, span: Span) -> Span:
        """A span of clip time on the recording's time line, cut to the piece."""
        inside = self.clip_span
        start_s = min(max(span.start_s, inside.start_s), inside.end_s)
        end_s = min(max(span.end_s, start_s), inside.end_s)
        offset_s = self.source.start_s - self.clip_s
        return Span(max(0.0, start_s + offset_s), max(0.0, end_s + offset_s))


@dataclass(frozen=True)
class Clip:
    """Sound of one speaker for the engine, at most ``speech.clip_s`` long."""

    speaker: str
    samples: FloatArray
    pieces: tuple[SpeechPiece, ...]

    def speech(self, regions: Sequence[Span]) -> tuple[SpeechPiece, ...]:
        """The speech regions that lie in the clip, in order, without the sound around them."""
        return tuple(
            SpeechPiece(piece.clip_s + shared.start_s - piece.source.start_s, shared)
            for piece in self.pieces
            for region in regions
            if (shared := region.intersection(piece.source)) is not None
        )


def pack_clips(
    speaker: str,
    samples: FloatArray,
    rate_hz: int,
    regions: Sequence[Span],
    config: SpeechConfig,
    others: Sequence[Span] = (),
) -> tuple[Clip, ...]:
    """Pack one party's speech into clips.

    Parameters
    ----------
    speaker
        Name of the party.
    samples
        Its channel, shape ``(n,)``, float32.
    rate_hz
        Its rate.
    regions
        Its speech, in order of time.
    config
        Clip length, sound kept around regions, pauses kept and put between them.
    others
        Where somebody else speaks on the same channel, in order of time: none of it is taken as
        the sound around a region or as a pause.

    Returns
    -------
    tuple of Clip
        In order of time, none longer than ``speech.clip_s``.
    """
    end_s = len(samples) / rate_hz
    padded = [_padded(region, others, end_s, config) for region in regions]
    pieces = _joined(padded, others, config.clip_gap_s)
    packed: list[list[Span]] = []
    used_s = 0.0
    for span in _no_longer_than(pieces, samples, rate_hz, config.clip_s):
        used_s += config.clip_gap_s + span.duration_s
        if not packed or used_s > config.clip_s:
            packed.append([])
            used_s = span.duration_s
        packed[-1].append(span)
    party_db = _level_db(samples, rate_hz, regions)
    return tuple(
        _clip(
            speaker, _levelled(samples, rate_hz, spans, regions, party_db), rate_hz, spans, config
        )
        for spans in packed
    )


def _level_db(samples: FloatArray, rate_hz: int, spans: Iterable[Span]) -> float | None:
    """Level of the spans together in dBov, ``None`` where they have no sound."""
    squares, count = 0.0, 0
    for span in spans:
        part = samples[round(span.start_s * rate_hz) : round(span.end_s * rate_hz)]
        squares += float(np.dot(part.astype(np.float64), part.astype(np.float64)))
        count += len(part)
    return 10 * float(np.log10(squares / count)) if squares > 0 else None


def _levelled(
    samples: FloatArray,
    rate_hz: int,
    spans: Sequence[Span],
    regions: Sequence[Span],
    party_db: float | None,
) -> list[FloatArray]:
    """The sound of each span, its speech at the usual level."""
    result: list[FloatArray] = []
    for span in spans:
        sound = samples[round(span.start_s * rate_hz) : round(span.end_s * rate_hz)]
        inside = [shared for r in regions if (shared := r.intersection(span)) is not None]
        own_db = _level_db(samples, rate_hz, inside)
        if party_db is not None and own_db is not None:
            near_db = min(max(own_db, party_db - SPREAD_DB), party_db + SPREAD_DB)
            gain = 10 ** (min(LEVEL_DBOV - near_db, MAX_GAIN_DB) / 20)
            if gain > 1.0:
                gain = max(1.0, min(gain, PEAK / _peak(samples, rate_hz, inside)))
            # What is louder beside the speech, as somebody else's voice, is cut.
            sound = np.clip(sound * np.float32(gain), -1.0, 1.0)
        result.append(sound)
    return result


def _padded(region: Span, others: Sequence[Span], end_s: float, config: SpeechConfig) -> Span:
    """A region with the sound around it, as far as nobody else speaks there."""
    start_s, stop_s = region.start_s - config.clip_pad_s, region.end_s + config.clip_pad_s
    for other in others:
        if other.end_s > start_s and other.start_s < region.start_s:
            start_s = min(other.end_s, region.start_s)
        if other.start_s < stop_s and other.end_s > region.end_s:
            stop_s = max(other.start_s, region.end_s)
    # A consonant is never cut, whoever speaks beside it.
    start_s = min(start_s, region.start_s - CONSONANT_S)
    stop_s = max(stop_s, region.end_s + CONSONANT_S)
    return Span(max(0.0, start_s), min(end_s, stop_s))


def _joined(spans: Sequence[Span], others: Sequence[Span], gap_s: float) -> list[Span]:
    """Pauses up to ``gap_s`` stay as they are where nobody else speaks in them."""
    result: list[Span] = []
    for span in merged(spans):
        if result and span.start_s - result[-1].end_s <= gap_s:
            pause = Span(result[-1].end_s, span.start_s)
            if not any(pause.overlaps(other) for other in others):
                result[-1] = result[-1].union(span)
                continue
        result.append(span)
    return result


def _no_longer_than(
    spans: Sequence[Span], samples: FloatArray, rate_hz: int, limit_s: float
) -> Iterator[Span]:
    """Cut spans that would not fit a clip, each time at the quietest place."""
    for span in spans:
        rest = span
        while rest.duration_s > limit_s:
            at_s = _quietest_s(
                samples, rate_hz, Span(rest.start_s + limit_s / 2, rest.start_s + limit_s)
            )
            yield Span(rest.start_s, at_s)
            rest = Span(at_s, rest.end_s)
        yield rest


def _quietest_s(samples: FloatArray, rate_hz: int, within: Span) -> float:
    """Middle of the quietest ``CUT_S`` of a stretch: no word is cut where there is a pause."""
    first = round(within.start_s * rate_hz)
    levels = frame_levels_db(samples[first : round(within.end_s * rate_hz)], rate_hz)
    width = round(CUT_S / FRAME_S)
    powers = np.convolve(10 ** (levels / 10), np.ones(width), mode="valid")
    return within.start_s + (int(np.argmin(powers)) + width / 2) * FRAME_S


def _peak(samples: FloatArray, rate_hz: int, spans: Iterable[Span]) -> float:
    parts = (samples[round(s.start_s * rate_hz) : round(s.end_s * rate_hz)] for s in spans)
    return max(float(np.abs(part).max(initial=0.0)) for part in parts)


def _clip(
    speaker: str,
    sounds: Sequence[FloatArray],
    rate_hz: int,
    spans: Sequence[Span],
    config: SpeechConfig,
) -> Clip:
    gap = np.zeros(round(config.clip_gap_s * rate_hz), dtype=np.float32)
    parts: list[FloatArray] = []
    pieces: list[SpeechPiece] = []
    at = 0
    for span, sound in zip(spans, sounds, strict=True):
        start, end = round(span.start_s * rate_hz), round(span.end_s * rate_hz)
        if parts:
            parts.append(gap)
            at += len(gap)
        parts.append(sound)
        pieces.append(SpeechPiece(at / rate_hz, Span(start / rate_hz, end / rate_hz)))
        at += end - start
    return Clip(speaker, np.concatenate(parts), tuple(pieces))
