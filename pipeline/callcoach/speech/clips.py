"""Speech regions packed into clips for Whisper, and the way back.

Whisper sees 30 s windows and its cost is per window, so regions of one channel are packed into
clips with a short silence between them instead of being sent one by one. Long silences, hold music
and the other side's leak never reach the engine: it cannot invent words there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from callcoach.call import FloatArray
from callcoach.settings.speech import SpeechConfig
from callcoach.timeline import Span, merged


@dataclass(frozen=True)
class Piece:
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
    pieces: tuple[Piece, ...]

    def speech(self, regions: Sequence[Span]) -> tuple[Piece, ...]:
        """The speech regions that lie in the clip, in order, without the sound around them."""
        return tuple(
            Piece(piece.clip_s + shared.start_s - piece.source.start_s, shared)
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
) -> tuple[Clip, ...]:
    """Pack one channel's speech into clips.

    Parameters
    ----------
    speaker
        Name of the party on the channel.
    samples
        The channel, shape ``(n,)``, float32.
    rate_hz
        Its rate.
    regions
        Its speech, in order of time.
    config
        Clip length, padding around regions, silence between them.
    """
    end_s = len(samples) / rate_hz
    padded = merged(
        Span(max(0.0, r.start_s - config.clip_pad_s), min(end_s, r.end_s + config.clip_pad_s))
        for r in regions
    )
    # Breaths inside a sentence stay as they are; only real silences are shortened.
    joined = merged(padded, join_gap_s=config.clip_gap_s)
    clips: list[Clip] = []
    waiting: list[Span] = []
    for span in _no_longer_than(joined, config.clip_s):
        used_s = sum(s.duration_s + config.clip_gap_s for s in waiting)
        if waiting and used_s + span.duration_s > config.clip_s:
            clips.append(_clip(speaker, samples, rate_hz, waiting, config))
            waiting = []
        waiting.append(span)
    if waiting:
        clips.append(_clip(speaker, samples, rate_hz, waiting, config))
    return tuple(clips)


def _no_longer_than(spans: Sequence[Span], limit_s: float) -> Iterator[Span]:
    """Cut spans that would not fit a clip into equal parts."""
    for span in spans:
        parts = int(np.ceil(span.duration_s / limit_s))
        step_s = span.duration_s / parts
        for i in range(parts):
            yield Span(span.start_s + i * step_s, span.start_s + (i + 1) * step_s)


def _clip(
    speaker: str,
    samples: FloatArray,
    rate_hz: int,
    spans: Sequence[Span],
    config: SpeechConfig,
) -> Clip:
    gap = np.zeros(round(config.clip_gap_s * rate_hz), dtype=np.float32)
    parts: list[FloatArray] = []
    pieces: list[Piece] = []
    at = 0
    for span in spans:
        start, end = round(span.start_s * rate_hz), round(span.end_s * rate_hz)
        if parts:
            parts.append(gap)
            at += len(gap)
        parts.append(samples[start:end])
        pieces.append(Piece(at / rate_hz, Span(start / rate_hz, end / rate_hz)))
        at += end - start
    return Clip(speaker, np.concatenate(parts), tuple(pieces))
