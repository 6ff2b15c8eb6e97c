"""The models that an analysis works with, loaded once in a process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from callcoach.audio.activity import Detector
from callcoach.audio.diarize import SpeakerEncoder
from callcoach.config.config import Config
from callcoach.dialogue.phrasebook import Matcher
from callcoach.model.analysis import ModelUse
from callcoach.speech.heard import Engine
from callcoach.voice.trackers import PitchTracker

if TYPE_CHECKING:
    from callcoach.audio.speakers import Campplus
    from callcoach.dialogue.phrasebook import Matcher


@dataclass(frozen=True)
class Models:
    """The models an analysis works with, loaded once per worker.

    ``matcher`` looks for the lines of the phrase book; its ``encoder`` is ``None`` where the
    weights for comparing sentences are not here. The own ``encoder`` is ``None`` where the weights
    for telling voices apart are not.
    """

    engine: Engine
    detector: Detector
    tracker: PitchTracker
    matcher: Matcher
    used: tuple[ModelUse, ...]
    encoder: SpeakerEncoder | None = None

    def of(self, *tasks: str) -> tuple[ModelUse, ...]:
        """The models in use for these tasks."""
        return tuple(use for use in self.used if use.task in tasks)


# Models of this process by the configuration's hash: loaded once, used for every call.
_models: dict[str, Models] = {}

_matchers: dict[str, tuple[Matcher, ModelUse | None]] = {}


def load_models(config: Config) -> Models:
    """Load the models a configuration names, once per process.

    Raises
    ------
    WeightsError, EngineError
        If a model is missing or wrong.
    """
    key = config.sha256
    if key not in _models:
        from callcoach.audio.silero import SileroVad
        from callcoach.speech.engines import load_engine
        from callcoach.voice.trackers import load_tracker

        engine = load_engine(config.speech)
        detector = SileroVad()
        tracker = load_tracker(config.pitch)
        used = [engine.model, detector.model]
        if tracker.model is not None:
            used.append(tracker.model)
        encoder = _speaker_encoder() if config.diarize.on else None
        if encoder is not None:
            used.append(encoder.model)
        matcher, sentences = load_matcher(config)
        if sentences is not None:
            used.append(sentences)
        _models[key] = Models(engine, detector, tracker, matcher, tuple(used), encoder)
    return _models[key]


def _speaker_encoder() -> Campplus | None:
    """The model that tells voices apart, ``None`` where its weights were never fetched.

    Raises
    ------
    WeightsError
        If they are here but not the expected ones.
    """
    from callcoach.audio.speakers import Campplus
    from callcoach.speech.catalogue import SPEAKERS
    from callcoach.speech.weights import find_model, is_here

    if not is_here(SPEAKERS):
        return None
    found = find_model(SPEAKERS)
    use = ModelUse("telling voices apart", found.name, found.sha256, found.origin)
    return Campplus(found.folder / found.files[0].name, use)


def load_matcher(config: Config) -> tuple[Matcher, ModelUse | None]:
    """What looks for the lines of the phrase book, with the sentence model where that is here.

    Loaded once per process for a configuration.

    Raises
    ------
    WeightsError
        If a configured model is not there, or what is there is not the expected one.
    """
    key = config.sha256
    if key not in _matchers:
        _matchers[key] = _loaded_matcher(config)
    return _matchers[key]


def _loaded_matcher(config: Config) -> tuple[Matcher, ModelUse | None]:
    from callcoach.dialogue.phrasebook import Matcher
    from callcoach.dialogue.sentence_embeddings import load_encoder
    from callcoach.speech.catalogue import SENTENCES
    from callcoach.speech.weights import cache_folder, is_here, resolve_meaning

    if not config.meaning.model_path and not is_here(SENTENCES):
        return Matcher(config.phrases, None, config.matching), None
    found = resolve_meaning(config.meaning)
    use = ModelUse("comparing sentences", found.name, found.sha256, found.origin)
    encoder = load_encoder(found.folder, found.title)
    return Matcher(config.phrases, encoder, config.matching, cache_folder() / "examples"), use
