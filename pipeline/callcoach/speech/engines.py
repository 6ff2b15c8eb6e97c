"""Choice of the speech engine."""

from __future__ import annotations

from pathlib import Path

from callcoach.config.speech import SpeechConfig
from callcoach.speech.heard import Engine
from callcoach.speech.weights import resolve


def load_engine(config: SpeechConfig, cache: Path | None = None) -> Engine:
    """Find and verify the configured model and load it into the configured engine.

    Parameters
    ----------
    config
        Engine, model and decoding settings.
    cache
        Folder of the model cache, see :func:`callcoach.speech.weights.cache_folder`.

    Raises
    ------
    WeightsError
        If the weights are missing or are not the right ones.
    EngineError
        If the engine is not installed or cannot load them.
    """
    model = resolve(config, cache)
    if config.engine == "openai":
        from callcoach.speech.openai_engine import OpenAIEngine

        return OpenAIEngine(model, config)
    from callcoach.speech.ctranslate2_engine import CTranslate2Engine

    return CTranslate2Engine(model, config)
