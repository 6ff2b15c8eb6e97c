"""What both Whisper engines share: limits of a clip, and their words as hand-overs."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

from callcoach.speech.transcribe import HeardClip, HeardWord

WINDOW_S = 30  # what Whisper hears at once
MIN_CLIP_S = 0.1  # shorter than any word, and too short for faster-whisper's spectrum

NOTHING_HEARD = HeardClip((), avg_logprob=0.0, no_speech_prob=1.0, compression_ratio=0.0)


def heard_word(
    text: str, start_s: float, end_s: float, probability: float, clip_s: float
) -> HeardWord:
    """A word with its times, seconds from the clip's start, cut to the clip."""
    # The engines give NumPy's numbers; a hand-over holds plain ones.
    start_s = float(min(max(start_s, 0.0), clip_s))
    end_s = float(min(max(end_s, start_s), clip_s))
    return HeardWord(start_s, end_s, text, float(probability))


def heard_clip(words: Iterable[HeardWord], avg_logprob: float, no_speech_prob: float) -> HeardClip:
    """A clip's words with Whisper's statistics.

    The compression ratio (bytes of UTF-8 over bytes of zlib) is that of the whole clip's text,
    because a loop may run over several segments.
    """
    kept = tuple(words)
    text = "".join(word.text for word in kept).strip().encode()
    ratio = len(text) / len(zlib.compress(text)) if text else 0.0
    return HeardClip(kept, avg_logprob, no_speech_prob, ratio)
