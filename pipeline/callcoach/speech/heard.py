"""What Whisper hears: the engine protocol, its hand-overs, and what both engines share."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from callcoach.model.analysis import ModelUse
from callcoach.model.recording import FloatArray
from callcoach.model.timeline import Span
from callcoach.speech.languages import LanguageGuess

WINDOW_S = 30  # what Whisper hears at once
MIN_CLIP_S = 0.1  # shorter than any word, and too short for faster-whisper's spectrum


@dataclass(frozen=True)
class RecognizedWord(Span):
    """A word as an engine gives it; times are seconds from the start of the clip.

    ``text`` keeps Whisper's leading space: without one it goes on the word before ("a", ".m.").
    """

    text: str
    probability: float


@dataclass(frozen=True)
class RecognizedClip:
    """What an engine heard in one clip.

    ``avg_logprob`` is the mean log probability of the tokens, ``no_speech_prob`` Whisper's
    no-speech probability, ``compression_ratio`` the length of the text over its zlib length.
    """

    words: tuple[RecognizedWord, ...]
    avg_logprob: float
    no_speech_prob: float
    compression_ratio: float


NOTHING_HEARD = RecognizedClip((), avg_logprob=0.0, no_speech_prob=1.0, compression_ratio=0.0)


@dataclass(frozen=True)
class Decoding:
    """How an engine searches for the words of a clip.

    No run of ``no_repeat_ngram`` tokens comes twice in a clip; 0: it may.
    """

    no_repeat_ngram: int = 0


PLAIN = Decoding()
"""The first try at every clip."""


class Engine(Protocol):
    """Turns clips of one voice into words.

    ``multilingual`` tells whether the weights know other languages than English.
    """

    name: str
    model: ModelUse
    multilingual: bool

    def transcribe(
        self, clips: Sequence[FloatArray], language: str, decoding: Decoding = PLAIN
    ) -> tuple[RecognizedClip, ...]:
        """Transcribe mono clips, float32 at 16 kHz, each at most 30 s; one result per clip.

        ``language`` is Whisper's code of the language that is spoken in all of them: the words
        are written in it, never translated. The same clips give the same words: temperature 0, no
        sampling fallback, and no text of one clip reaches another.
        """
        ...

    def languages(self, clips: Sequence[FloatArray]) -> tuple[LanguageGuess, ...]:
        """How likely each language is in mono clips, float32 at 16 kHz, each at most 30 s.

        One result per clip, which does not depend on the other clips. Only ``multilingual``
        weights can tell.
        """
        ...


def heard_word(
    text: str, start_s: float, end_s: float, probability: float, clip_s: float
) -> RecognizedWord:
    """A word with its times, seconds from the clip's start, cut to the clip."""
    # The engines give NumPy's numbers; a hand-over holds plain ones.
    start_s = float(min(max(start_s, 0.0), clip_s))
    end_s = float(min(max(end_s, start_s), clip_s))
    return RecognizedWord(start_s, end_s, text, float(probability))


def heard_clip(
    words: Iterable[RecognizedWord], avg_logprob: float, no_speech_prob: float
) -> RecognizedClip:
    """A clip's words with Whisper's statistics.

    The compression ratio (bytes of UTF-8 over bytes of zlib) is that of the whole clip's text,
    because a loop may run over several segments.
    """
    kept = tuple(words)
    text = "".join(word.text for word in kept).strip().encode()
    ratio = len(text) / len(zlib.compress(text)) if text else 0.0
    return RecognizedClip(kept, avg_logprob, no_speech_prob, ratio)
