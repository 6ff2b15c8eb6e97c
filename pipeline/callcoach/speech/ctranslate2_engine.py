"""Whisper through CTranslate2 (the ``faster-whisper`` package): the default engine.

Measured with Whisper base on 113 s of telephone speech packed into five clips: int8 arithmetic
and beam 5 give a word error rate of 0.170 (float32 0.178, at twice the time; beam 1 0.205).
Decoding with Whisper's own timestamp tokens loses the text after the last one in a clip (0.218),
so it is off; words get their times from the attention either way.

``speech.batch_size`` 1 makes every clip's result its own, to the last bit. In a larger batch the
text stays, but the alignment of a clip depends on its neighbours by rounding: word times move by
up to 0.1 s. On a CPU a batch of 8 saves at most a tenth of the time and takes twice the memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from callcoach.audio.decode import ANALYSIS_RATE_HZ
from callcoach.config.speech import SpeechConfig
from callcoach.errors import EngineError
from callcoach.model.analysis import ModelUse
from callcoach.model.recording import FloatArray
from callcoach.speech.heard import (
    MIN_CLIP_S,
    NOTHING_HEARD,
    PLAIN,
    WINDOW_S,
    Decoding,
    RecognizedClip,
    heard_clip,
    heard_word,
)
from callcoach.speech.languages import AUTO, LanguageGuess
from callcoach.speech.weights import ResolvedModel

SPACING_S = 4  # between clips in the common array, see CTranslate2Engine.transcribe
LEAST_WINDOW_S = 10  # in which a language is heard
FRAMES_PER_S = 100  # of the spectrum, the unit of a segment's place


@dataclass(frozen=True)
class _Place:
    """Where a clip lies in the common array; ``start_s`` is a whole number of seconds."""

    index: int
    start_s: int
    samples: int


class CTranslate2Engine:
    """Implements :class:`callcoach.speech.heard.Engine`.

    Parameters
    ----------
    model
        A verified model folder.
    config
        Language, arithmetic, beam width, batch size and threads. Each thread decodes its own share
        of the clips: that takes two thirds of the time of threads that share one matrix product,
        and the arithmetic of a clip is the same for any number of them.

    Raises
    ------
    EngineError
        If the model cannot be loaded or does not know the language.
    """

    name = "ctranslate2"

    def __init__(self, model: ResolvedModel, config: SpeechConfig) -> None:
        from faster_whisper import BatchedInferencePipeline, WhisperModel

        try:
            whisper = WhisperModel(
                str(model.folder),
                device="cpu",
                compute_type=config.compute_type,
                cpu_threads=1,
                num_workers=config.threads,
                local_files_only=True,
            )
        except (RuntimeError, ValueError, OSError) as error:
            raise EngineError(
                f"CTranslate2 cannot load the model in {model.folder}: {error}; check it with "
                "`callcoach models verify`"
            ) from error
        if config.language not in (AUTO, *whisper.supported_languages):
            raise EngineError(
                f"model {model.name!r} does not know the language {config.language!r}; change "
                "speech.language or speech.model"
            )
        self.model = ModelUse("transcription", model.name, model.sha256, model.origin)
        self.multilingual = bool(whisper.model.is_multilingual)
        self._whisper: Any = whisper
        # A pipeline remembers when it last heard speech, so each thread needs one of its own.
        self._pipelines = [BatchedInferencePipeline(whisper) for _ in range(config.threads)]
        self._config = config

    def transcribe(
        self, clips: Sequence[FloatArray], language: str, decoding: Decoding = PLAIN
    ) -> tuple[RecognizedClip, ...]:
        """Transcribe mono clips, float32 at 16 kHz, each at most 30 s; one result per clip.

        Each thread gets every n-th clip. All are spoken in ``language``, Whisper's code.

        Raises
        ------
        EngineError
            If the engine fails.
        """
        count = len(self._pipelines)
        with ThreadPoolExecutor(count) as pool:
            parts = [clips[i::count] for i in range(count)]
            how = [(language, decoding)] * count
            shares = pool.map(self._share, self._pipelines, parts, *zip(*how, strict=True))
            heard = [NOTHING_HEARD] * len(clips)
            for i, share in enumerate(shares):
                heard[i::count] = share
        return tuple(heard)

    def languages(self, clips: Sequence[FloatArray]) -> tuple[LanguageGuess, ...]:
        """How likely each language is in mono clips, float32 at 16 kHz, each at most 30 s.

        Clips are heard one by one: no result depends on another clip.

        Raises
        ------
        EngineError
            If the engine fails, or the weights know one language only.
        """
        try:
            with ThreadPoolExecutor(len(self._pipelines)) as pool:
                return tuple(pool.map(self._language, clips))
        except (RuntimeError, ValueError) as error:
            raise EngineError(f"CTranslate2 failed to hear the language: {error}") from error

    def _language(self, clip: FloatArray) -> LanguageGuess:
        # A short window instead of Whisper's 30 s takes a sixth of the time and tells as much, see
        # callcoach.speech.hearing. It is filled with silence: zeros in the spectrum, as
        # faster-whisper's own detect_language has them, are no silence but sound.
        whole_s = -(-len(clip) // ANALYSIS_RATE_HZ)
        window_s = min(WINDOW_S, max(LEAST_WINDOW_S, whole_s))
        window = np.zeros(window_s * ANALYSIS_RATE_HZ, dtype=np.float32)
        samples = clip[: len(window)]
        window[: len(samples)] = samples
        features = self._whisper.feature_extractor(window)[..., : window_s * FRAMES_PER_S]
        found = self._whisper.model.detect_language(self._whisper.encode(features))[0]
        return LanguageGuess(tuple((token[2:-2], float(share)) for token, share in found))

    def _share(
        self, pipeline: Any, clips: Sequence[FloatArray], language: str, decoding: Decoding
    ) -> list[RecognizedClip]:
        """Transcribe one thread's clips.

        They lie in one array, as the package wants them. Each starts on a whole second:
        faster-whisper rounds word times to 0.01 s, and a segment names its clip by the start. They
        stand 4 s apart, because faster-whisper shortens the first word of a clip depending on the
        time since the last word of the one before, up to 2.8 s: this way it always counts as one
        after a pause, whatever the neighbour.
        """
        places: list[_Place] = []
        end_s = SPACING_S
        for index, clip in enumerate(clips):
            if len(clip) >= MIN_CLIP_S * ANALYSIS_RATE_HZ:
                places.append(_Place(index, end_s, min(len(clip), WINDOW_S * ANALYSIS_RATE_HZ)))
                end_s += -(-places[-1].samples // ANALYSIS_RATE_HZ) + SPACING_S
        if not places:
            return [NOTHING_HEARD] * len(clips)
        together = np.zeros(end_s * ANALYSIS_RATE_HZ, dtype=np.float32)
        for place in places:
            first = place.start_s * ANALYSIS_RATE_HZ
            together[first : first + place.samples] = clips[place.index][: place.samples]
        segments: dict[int, list[Any]] = {}
        for segment in self._segments(pipeline, together, places, language, decoding):
            segments.setdefault(segment.seek // FRAMES_PER_S, []).append(segment)
        heard = [NOTHING_HEARD] * len(clips)
        for place in places:
            if place.start_s in segments:
                heard[place.index] = _heard(segments[place.start_s], place)
        return heard

    def _segments(
        self,
        pipeline: Any,
        samples: FloatArray,
        places: Sequence[_Place],
        language: str,
        decoding: Decoding,
    ) -> list[Any]:
        # Half a sample more, because the package cuts seconds down to samples.
        spans = [
            {"start": p.start_s, "end": p.start_s + (p.samples + 0.5) / ANALYSIS_RATE_HZ}
            for p in places
        ]
        config = self._config
        try:
            segments, _ = pipeline.transcribe(
                samples,
                language=language,
                task="transcribe",
                beam_size=config.beam_size,
                batch_size=config.batch_size,
                no_repeat_ngram_size=decoding.no_repeat_ngram,
                temperature=0.0,
                condition_on_previous_text=False,
                without_timestamps=True,
                word_timestamps=True,
                vad_filter=False,
                clip_timestamps=spans,
            )
            return list(segments)
        except (RuntimeError, ValueError) as error:
            raise EngineError(
                f"CTranslate2 failed on {len(places)} clips: {error}; a smaller "
                "speech.batch_size needs less memory"
            ) from error


def _heard(segments: Sequence[Any], place: _Place) -> RecognizedClip:
    """The segments of one clip; Whisper's statistics are the same for all of them."""
    words = [
        heard_word(
            word.word,
            # Back to the 0.01 s that the package rounds to: no error from the offset stays.
            round(word.start - place.start_s, 2),
            round(word.end - place.start_s, 2),
            word.probability,
            place.samples / ANALYSIS_RATE_HZ,
        )
        for segment in segments
        for word in segment.words
    ]
    return heard_clip(words, segments[0].avg_logprob, segments[0].no_speech_prob)
