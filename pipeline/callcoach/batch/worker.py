"""One call in a worker process: analyse, render, write."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from callcoach.analysis import Models, analyse
from callcoach.batch.playback import with_playback
from callcoach.batch.store import Store, write_file
from callcoach.call import CallAnalysis, ModelUse, Recording, Role
from callcoach.config import Config
from callcoach.delivery import BaselineSource, Usual
from callcoach.document import from_json, to_json
from callcoach.errors import AudioError, CallCoachError
from callcoach.reports.call_page import render_html, render_markdown
from callcoach.review.store import load_call_reviews
from callcoach.settings.guide import Guide
from callcoach.voice.baseline import usual_values

if TYPE_CHECKING:
    from callcoach.audio.speakers import Campplus
    from callcoach.dialogue.phrasebook import Matcher


@dataclass(frozen=True)
class Task:
    """A call to do: everything a worker needs, picklable."""

    recording: Recording
    config: Config
    out: Path


@dataclass(frozen=True)
class Outcome:
    """What became of a call. ``error`` is ``None`` for a finished one.

    ``usual`` is what was usual for the agent's voice in it.
    """

    seconds: float
    error_class: str | None = None
    error: str | None = None
    passing: bool = False
    usual: tuple[Usual, ...] = ()


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
    from callcoach.dialogue.meaning import load_encoder
    from callcoach.dialogue.phrasebook import Matcher
    from callcoach.speech.catalogue import SENTENCES
    from callcoach.speech.weights import cache_folder, is_here, resolve_meaning

    if not config.meaning.model_path and not is_here(SENTENCES):
        return Matcher(config.phrases, None, config.matching), None
    found = resolve_meaning(config.meaning)
    use = ModelUse("comparing sentences", found.name, found.sha256, found.origin)
    # Named by its hash: what is kept of one model must not be taken for another's.
    encoder = load_encoder(found.folder, f"{found.name} {found.sha256}")
    return Matcher(config.phrases, encoder, config.matching, cache_folder() / "examples"), use


def do_call(task: Task) -> Outcome:
    """Analyse a call and write its folder; never raises for a bad recording."""
    started = time.monotonic()
    try:
        models = load_models(task.config)
        analysis = analyse(task.recording, models, task.config)
        store = Store(task.out)
        folder = store.call_folder(analysis.call.id)
        # Why there is no sound is told at the end of the run: see callcoach.batch.resound.
        analysis, _ = with_playback(analysis, task.recording.path, folder, task.config.reports)
        write_analysis(store, analysis)
    except AudioError as error:
        return Outcome(time.monotonic() - started, "AudioError", str(error))
    except CallCoachError as error:
        return Outcome(time.monotonic() - started, type(error).__name__, str(error), True)
    except MemoryError:
        return Outcome(
            time.monotonic() - started,
            "MemoryError",
            f"{task.recording.path.name} needs more memory than there is; use fewer --jobs",
            True,
        )
    except Exception as error:  # a defect of ours must not cost the batch
        return Outcome(
            time.monotonic() - started,
            type(error).__name__,
            f"unexpected {type(error).__name__} while analysing {task.recording.path.name}: "
            f"{error}; please report this",
            True,
        )
    return Outcome(time.monotonic() - started, usual=_usual(analysis, task.config))


def _usual(analysis: CallAnalysis, config: Config) -> tuple[Usual, ...]:
    """What was usual in the call's own windows for the party that is known to be the agent."""
    for measures in analysis.voice:
        if measures.speaker == Role.AGENT:
            least = config.baseline.min_windows
            return usual_values(measures.windows, BaselineSource.OWN_CALL, least)
    return ()


def write_analysis(store: Store, analysis: CallAnalysis) -> None:
    """Write a call's three files; ``analysis.json`` comes last.

    The pages are made from what is stored, rounded as it is, so that they are the same when they
    are written again from it.
    """
    text = to_json(analysis)
    write_reports(store, from_json(text, analysis.call.id))
    write_file(store.analysis_path(analysis.call.id), text.encode())


def write_reports(store: Store, analysis: CallAnalysis, guide: Guide | None = None) -> None:
    """Write the call's page, with what people said of it, and its Markdown, in a guide's words.

    ``None`` takes the guide that the folder's calls were scored with, else the shipped one.
    """
    guide = guide or store.guide()
    folder = store.call_folder(analysis.call.id)
    reviews = load_call_reviews(store.root, analysis.call.id)
    write_file(folder / "report.html", render_html(analysis, guide, reviews).encode())
    write_file(folder / "report.md", render_markdown(analysis, guide).encode())
