"""One call in a worker process: analyse, render, write."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from callcoach.analysis import Models, analyse
from callcoach.batch.store import Store, write_file
from callcoach.call import CallAnalysis, Recording
from callcoach.config import Config
from callcoach.document import to_json
from callcoach.errors import AudioError, CallCoachError
from callcoach.reports.call_page import render_html, render_markdown


@dataclass(frozen=True)
class Task:
    """A call to do: everything a worker needs, picklable."""

    recording: Recording
    config: Config
    out: Path


@dataclass(frozen=True)
class Outcome:
    """What became of a call. ``error`` is ``None`` for a finished one."""

    seconds: float
    error_class: str | None = None
    error: str | None = None
    passing: bool = False


_models: dict[str, Models] = {}
"""Models of this process by the configuration's hash: loaded once, used for every call."""


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
        from callcoach.voice.pitch import load_tracker

        engine = load_engine(config.speech)
        detector = SileroVad()
        tracker = load_tracker(config.pitch)
        used = [engine.model, detector.model]
        if tracker.model is not None:
            used.append(tracker.model)
        _models[key] = Models(engine, detector, tracker, tuple(used))
    return _models[key]


def do_call(task: Task) -> Outcome:
    """Analyse a call and write its folder; never raises for a bad recording."""
    started = time.monotonic()
    try:
        models = load_models(task.config)
        write_call(Store(task.out), task.recording, models, task.config)
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
    return Outcome(time.monotonic() - started)


def write_call(store: Store, recording: Recording, models: Models, config: Config) -> None:
    """Analyse a recording and write its three files; ``analysis.json`` comes last."""
    analysis = analyse(recording, models, config)
    text = to_json(analysis)
    write_reports(store, analysis)
    write_file(store.analysis_path(recording.call_id), text.encode())


def write_reports(store: Store, analysis: CallAnalysis) -> None:
    """Write the call's page and its Markdown."""
    folder = store.call_folder(analysis.call.id)
    write_file(folder / "report.html", render_html(analysis).encode())
    write_file(folder / "report.md", render_markdown(analysis).encode())
