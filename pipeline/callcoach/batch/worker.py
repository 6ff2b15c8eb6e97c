"""One call in a worker process: analyse, render, write."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json as to_text

from callcoach.analysis import Models, analyse
from callcoach.batch.cache import KeptStages
from callcoach.batch.executors import tell
from callcoach.batch.faults import GONE, OUT_OF_MEMORY
from callcoach.batch.ledger import StageTime
from callcoach.batch.playback import with_playback
from callcoach.batch.store import Store, stamp_of, write_file
from callcoach.batch.told import read_told
from callcoach.call import CallAnalysis, ModelUse, Recording, Role
from callcoach.config import Config
from callcoach.delivery import BaselineSource, Usual
from callcoach.document import from_json, to_json
from callcoach.errors import AudioError, CallCoachError
from callcoach.reports.call_page import render_html, render_markdown
from callcoach.reviews import NO_REVIEWS, CallReviews
from callcoach.role_check import RoleCheck, role_check, why_unscored
from callcoach.settings.guide import Guide
from callcoach.settings.site import SiteConfig
from callcoach.voice.baseline import usual_values

if TYPE_CHECKING:
    from callcoach.audio.speakers import Campplus
    from callcoach.dialogue.phrasebook import Matcher


@dataclass(frozen=True)
class Task:
    """A call to do: everything a worker needs, picklable.

    ``key`` stands for everything the result depends on, ``code`` for the version of callcoach and
    of the packages that decide a result.
    """

    recording: Recording
    config: Config
    out: Path
    key: str = ""
    code: str = ""


@dataclass(frozen=True)
class Outcome:
    """What became of a call. ``error`` is ``None`` for a finished one.

    ``usual`` is what was usual for the agent's voice in it, ``audio_s`` its length and
    ``result_bytes`` the size of what was written. ``roles`` says how the words agree with a given
    channel map.
    """

    seconds: float
    error_class: str | None = None
    error: str | None = None
    usual: tuple[Usual, ...] = ()
    stages: tuple[StageTime, ...] = ()
    audio_s: float | None = None
    result_bytes: int | None = None
    roles: RoleCheck = RoleCheck.NONE


@dataclass(frozen=True)
class Finished:
    """A finished call whose outcome the ledger may not have yet; a file of its own."""

    key: str
    outcome: Outcome


_FINISHED = TypeAdapter(Finished)

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
    encoder = load_encoder(found.folder, found.title)
    return Matcher(config.phrases, encoder, config.matching, cache_folder() / "examples"), use


def do_call(task: Task) -> Outcome:
    """Analyse a call and write its folder; never raises for a bad recording."""
    started = time.monotonic()
    recording = task.recording
    times: Sequence[StageTime] = ()

    def failed(error_class: str, error: str) -> Outcome:
        return Outcome(time.monotonic() - started, error_class, error, stages=tuple(times))

    try:
        store = Store(task.out)
        cache = store.cache / recording.call_id
        stages = KeptStages(cache, task.code, task.config.batch.cache, tell)
        times = stages.times
        forget_finished(store, recording.call_id)  # of a run before, with other settings
        store.clear_call(recording.call_id)
        models = stages.run("models", lambda: load_models(task.config))
        raw = raw_keeper(store) if task.config.redaction.keep_raw else None
        told = read_told(store, recording.call_id)
        analysed = analyse(recording, models, task.config, stages, raw, told)
        folder = store.call_folder(recording.call_id)
        # Why there is no sound is told at the end of the run: see callcoach.batch.resound.
        analysis, _ = stages.run(
            "copy",
            lambda: with_playback(
                analysed, recording, folder, task.config.reports, task.config.audio
            ),
        )
        stages.run("write", lambda: write_analysis(store, analysis, task.config.site))
        outcome = Outcome(
            time.monotonic() - started,
            usual=usual_of(analysis, task.config),
            stages=tuple(times),
            audio_s=analysis.call.duration_s,
            result_bytes=_size(store.call_folder(recording.call_id)),
            roles=role_check(analysis),
        )
        # Should the parent die now, the next run finds that the work is done.
        write_file(
            store.finished / f"{recording.call_id}.json", to_text(Finished(task.key, outcome))
        )
        return outcome
    except AudioError as error:
        gone = [path.name for path in recording.paths if not stamp_of(path)]
        if gone:
            return failed(
                GONE,
                f"{gone[0]} is not there; bring it back, or take it out of the "
                "manifest, then run again",
            )
        return failed("AudioError", str(error))
    except CallCoachError as error:
        return failed(type(error).__name__, str(error))
    except MemoryError:
        return failed(
            OUT_OF_MEMORY,
            f"{recording.source_name} needs more memory than there is; use fewer --jobs",
        )
    except Exception as error:  # a defect of ours must not cost the batch
        return failed(
            type(error).__name__,
            # The error's own words may quote what was said: its place is enough.
            f"unexpected {type(error).__name__} while analysing {recording.source_name}, in "
            f"{_place(error)}; please report this",
        )


def read_finished(store: Store, call_id: str, key: str) -> Outcome | None:
    """What a worker finished under this key while the run was killed, ``None`` if nothing."""
    try:
        found = _FINISHED.validate_json((store.finished / f"{call_id}.json").read_bytes())
    except (OSError, ValidationError):
        return None
    here = store.analysis_path(call_id).is_file()
    return found.outcome if found.key == key and here else None


def forget_finished(store: Store, call_id: str) -> None:
    """The ledger has the outcome."""
    (store.finished / f"{call_id}.json").unlink(missing_ok=True)


def _place(error: BaseException) -> str:
    """The line of code that raised an error."""
    at = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    return f"{Path(at.tb_frame.f_code.co_filename).name}:{at.tb_lineno}" if at else "callcoach"


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


def usual_of(analysis: CallAnalysis, config: Config) -> tuple[Usual, ...]:
    """What was usual in the call's own windows for the party that is known to be the agent."""
    if why_unscored(analysis) is not None:
        return ()
    for measures in analysis.voice:
        if measures.speaker == Role.AGENT:
            least = config.baseline.min_windows
            return usual_values(measures.windows, BaselineSource.OWN_CALL, least)
    return ()


def raw_keeper(store: Store) -> Callable[[CallAnalysis], None]:
    """Writes ``raw.json`` beside a call's analysis: the same before anything was hidden."""

    def keep(analysis: CallAnalysis) -> None:
        write_file(store.call_folder(analysis.call.id) / "raw.json", to_json(analysis).encode())

    return keep


def write_analysis(store: Store, analysis: CallAnalysis, site: SiteConfig) -> None:
    """Write a call's three files; ``analysis.json`` comes last.

    The pages are made from what is stored, rounded as it is, so that they are the same when they
    are written again from it. ``site`` is for :func:`write_reports`. What people said of the call
    is not on them: :func:`callcoach.batch.site.write_site` writes the pages of such calls again.
    """
    text = to_json(analysis)
    write_reports(store, from_json(text, analysis.call.id), site)
    write_file(store.analysis_path(analysis.call.id), text.encode())


def write_reports(
    store: Store,
    analysis: CallAnalysis,
    site: SiteConfig,
    guide: Guide | None = None,
    reviews: CallReviews = NO_REVIEWS,
) -> None:
    """Write the call's page, with what people said of it, and its Markdown, in a guide's words.

    No ``guide`` takes the one that the folder's calls were scored with, else the shipped one.
    ``site`` says from where on a call is trusted.
    """
    guide = guide or store.guide()
    folder = store.call_folder(analysis.call.id)
    write_file(folder / "report.html", render_html(analysis, guide, reviews, site=site).encode())
    write_file(folder / "report.md", render_markdown(analysis, guide, site=site).encode())
