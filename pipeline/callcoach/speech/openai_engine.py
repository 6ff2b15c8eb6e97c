"""Whisper through OpenAI's own package and PyTorch: the reference engine.

It reads the same verified file as the other engine (:mod:`callcoach.speech.ctranslate2_format`).
We call the package's ``decode`` and ``add_word_timestamps`` on one window per clip instead of its
``transcribe``: that one goes back to the end of the last word and decodes what is left of the
clip, mostly silence, where Whisper invents text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from callcoach.audio.decode import ANALYSIS_RATE_HZ
from callcoach.config.speech import SpeechConfig
from callcoach.errors import EngineError
from callcoach.model.analysis import ModelUse
from callcoach.model.recording import FloatArray
from callcoach.speech.ctranslate2_format import read_whisper
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


class OpenAIEngine:
    """Implements :class:`callcoach.speech.heard.Engine`.

    Arithmetic is float32 on the CPU: ``speech.compute_type`` and ``speech.batch_size`` belong to
    the other engine and change nothing here.

    Parameters
    ----------
    model
        A verified model folder.
    config
        Language, beam width and threads; the threads are set for the whole process, as PyTorch
        has it.

    Raises
    ------
    EngineError
        If the package is not installed, or the model does not know the language.
    WeightsError
        If the model file is malformed or quantised.
    """

    name = "openai"

    def __init__(self, model: ResolvedModel, config: SpeechConfig) -> None:
        try:
            import torch
            import whisper  # noqa: F401
            from whisper.tokenizer import LANGUAGES
        except ImportError as error:
            raise EngineError(
                f"the openai engine is not installed ({error}): run "
                "`pip install openai-whisper -c constraints.txt` or set speech.engine to "
                "'ctranslate2'"
            ) from error
        torch.set_num_threads(config.threads)
        net = load_whisper(model)
        known = tuple(LANGUAGES) if net.is_multilingual else ("en",)
        if config.language not in (AUTO, *known):
            raise EngineError(
                f"model {model.name!r} does not know the language {config.language!r}; change "
                "speech.language or speech.model"
            )
        self.model = ModelUse("transcription", model.name, model.sha256, model.origin)
        self.multilingual = bool(net.is_multilingual)
        self._net: Any = net
        self._beam_size = config.beam_size

    def transcribe(
        self, clips: Sequence[FloatArray], language: str, decoding: Decoding = PLAIN
    ) -> tuple[RecognizedClip, ...]:
        """Transcribe mono clips, float32 at 16 kHz, each at most 30 s; one result per clip.

        All are spoken in ``language``, Whisper's code.

        Raises
        ------
        EngineError
            If the engine fails.
        """
        try:
            return tuple(
                self._heard(clip, language, decoding)
                if len(clip) >= MIN_CLIP_S * ANALYSIS_RATE_HZ
                else NOTHING_HEARD
                for clip in clips
            )
        except (RuntimeError, ValueError) as error:
            raise EngineError(f"openai-whisper failed: {error}") from error

    def languages(self, clips: Sequence[FloatArray]) -> tuple[LanguageGuess, ...]:
        """How likely each language is in mono clips, float32 at 16 kHz, each at most 30 s.

        Raises
        ------
        EngineError
            If the engine fails, or the weights know one language only.
        """
        try:
            return tuple(self._language(clip) for clip in clips)
        except (RuntimeError, ValueError) as error:
            raise EngineError(f"openai-whisper failed to hear the language: {error}") from error

    def _language(self, clip: FloatArray) -> LanguageGuess:
        _, shares = self._net.detect_language(self._spectrum(_window(clip)))
        return LanguageGuess(tuple(sorted(shares.items(), key=lambda item: (-item[1], item[0]))))

    def _spectrum(self, samples: FloatArray) -> Any:
        from whisper.audio import N_FRAMES, N_SAMPLES, log_mel_spectrogram, pad_or_trim

        mel = log_mel_spectrogram(samples, self._net.dims.n_mels, padding=N_SAMPLES)
        return pad_or_trim(mel, N_FRAMES)

    def _heard(self, clip: FloatArray, language: str, decoding: Decoding) -> RecognizedClip:
        import whisper
        from whisper.audio import HOP_LENGTH
        from whisper.decoding import DecodingTask
        from whisper.timing import add_word_timestamps
        from whisper.tokenizer import get_tokenizer

        samples = _window(clip)
        frames = len(samples) // HOP_LENGTH
        mel = self._spectrum(samples)
        options = whisper.DecodingOptions(
            task="transcribe",
            language=language,
            beam_size=self._beam_size,
            temperature=0.0,
            without_timestamps=True,
            fp16=False,
        )
        tokenizer = get_tokenizer(
            self._net.is_multilingual,
            num_languages=self._net.num_languages,
            language=language,
            task="transcribe",
        )
        task = DecodingTask(self._net, options)
        if decoding.no_repeat_ngram:
            task.logit_filters.append(NoRepeat(decoding.no_repeat_ngram, task.sample_begin))
        (result,) = task.run(mel.unsqueeze(0))
        clip_s = len(samples) / ANALYSIS_RATE_HZ
        segment = {"seek": 0, "start": 0.0, "end": clip_s, "tokens": result.tokens}
        add_word_timestamps(
            segments=[segment],
            model=self._net,
            tokenizer=tokenizer,
            mel=mel,
            num_frames=frames,
            # As in the other engine, the first word counts as one after a pause.
            last_speech_timestamp=-float(WINDOW_S),
        )
        words = [
            heard_word(w["word"], w["start"], w["end"], w["probability"], clip_s)
            for w in segment["words"]
        ]
        return heard_clip(words, result.avg_logprob, result.no_speech_prob)


class NoRepeat:
    """Keeps a run of ``size`` tokens from coming twice; the package has no such filter.

    Implements ``whisper.decoding.LogitFilter``. The first ``begin`` tokens are the prompt.
    """

    def __init__(self, size: int, begin: int) -> None:
        self._size, self._begin = size, begin

    def apply(self, logits: Any, tokens: Any) -> None:
        """Rule out the tokens that would complete such a run, in place.

        ``logits`` has shape (beams, vocabulary), ``tokens`` (beams, length so far).
        """
        before = self._size - 1
        for row, sequence in enumerate(tokens[:, self._begin :].tolist()):
            tail = sequence[len(sequence) - before :]
            for at in range(len(sequence) - before):
                if sequence[at : at + before] == tail:
                    logits[row, sequence[at + before]] = -np.inf


def _window(clip: FloatArray) -> FloatArray:
    """What Whisper hears of a clip at once."""
    return np.ascontiguousarray(clip[: WINDOW_S * ANALYSIS_RATE_HZ], dtype=np.float32)


def load_whisper(model: ResolvedModel) -> Any:
    """OpenAI's model object with the weights of a verified CTranslate2 file, in float32.

    Raises
    ------
    WeightsError
        If the file is malformed or quantised.
    """
    import torch
    import whisper

    state = read_whisper(model.folder)
    net = whisper.model.Whisper(whisper.model.ModelDimensions(**asdict(state.dims)))
    net.load_state_dict({t.name: torch.from_numpy(t.values) for t in state.tensors})
    if state.alignment_heads is not None:
        heads = torch.zeros(state.dims.n_text_layer, state.dims.n_text_head, dtype=torch.bool)
        for layer, head in state.alignment_heads:
            heads[layer, head] = True
        net.register_buffer("alignment_heads", heads.to_sparse(), persistent=False)
    return net.eval()
