"""What stands in for models and processes: an engine that says what it is told, a detector that
hears loudness, an executor in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from callcoach.batch.run import worker
from callcoach.errors import EngineError
from callcoach.model.analysis import ModelUse
from callcoach.speech.heard import PLAIN, Decoding, RecognizedClip, RecognizedWord
from callcoach.speech.languages import LanguageGuess

Clips = Sequence[npt.NDArray[np.float32]]

_FRAME = 512  # samples


class ToldEngine:
    """Says ``heard(clip)`` for each clip."""

    name = "told"
    model = ModelUse("transcription", "told", "0" * 64, "test")
    multilingual = False

    def __init__(self, heard: Callable[[npt.NDArray[np.float32]], RecognizedClip]) -> None:
        self._heard = heard
        self.clips: list[npt.NDArray[np.float32]] = []
        self.decodings: list[Decoding] = []

    def transcribe(
        self, clips: Clips, language: str, decoding: Decoding = PLAIN
    ) -> tuple[RecognizedClip, ...]:
        self.clips += clips
        self.decodings += [decoding] * len(clips)
        return tuple(self._heard(clip) for clip in clips)

    def languages(self, clips: Clips) -> tuple[LanguageGuess, ...]:
        raise EngineError("the weights know one language")


def clip_of(*words: tuple[float, float, str], **more: float) -> RecognizedClip:
    """A clip with these words: start, end, text."""
    values = {"avg_logprob": -0.2, "no_speech_prob": 0.01, "compression_ratio": 1.2, **more}
    return RecognizedClip(tuple(RecognizedWord(a, b, t, 0.9) for a, b, t in words), **values)


class LevelDetector:
    """Calls loud frames speech: enough to test everything around the detector.

    Its limit lies over any background, also over one that was raised.
    """

    def __init__(self, limit: float = 0.003) -> None:
        self._limit = limit

    def probabilities(self, samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        count = -(-len(samples) // _FRAME)
        frames = np.zeros(count * _FRAME)
        frames[: len(samples)] = samples
        rms = np.sqrt((frames.reshape(count, _FRAME) ** 2).mean(axis=1))
        return (rms > self._limit).astype(np.float32)


class Inline:
    """An executor in this process, where fakes can be put in; ``tasks`` are those it was given."""

    def __init__(self, function: Callable[[Any], Any], *_: object) -> None:
        self._function = function
        self.tasks: list[Any] = []

    def run(self, tasks: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
        """Each task that is not ``None``, with what came of it."""
        for task in tasks:
            if task is not None:
                self.tasks.append(task)
                yield task, self._function(task)


def calls_inline(*_: object) -> Inline:
    """Makes the executor of a run's calls; it needs no settings."""
    return Inline(worker.do_call)
