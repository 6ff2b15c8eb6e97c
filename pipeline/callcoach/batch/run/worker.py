"""One call in a worker process: analyse, render, write."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json as to_text

from callcoach.analysis.analyse import analyse
from callcoach.batch.process_pool import tell
from callcoach.batch.publish.playback import with_playback
from callcoach.batch.run.failures import GONE, OUT_OF_MEMORY
from callcoach.batch.run.stage_cache import KeptStages
from callcoach.config.config import Config
from callcoach.dialogue.role_check import RoleCheck, role_check, why_unscored
from callcoach.errors import AudioError, CallCoachError
from callcoach.model.analysis import CallAnalysis
from callcoach.model.party import Role
from callcoach.model.recording import Recording
from callcoach.model.voice import Baseline, BaselineSource
from callcoach.storage.agent_statements import read_told
from callcoach.storage.ledger import StageTime
from callcoach.storage.output_folder import Store, stamp_of, write_file
from callcoach.voice.baseline import usual_values

if TYPE_CHECKING:
    pass

from callcoach.analysis.models import load_models
from callcoach.batch.publish.call_files import raw_keeper, write_analysis


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
    usual: tuple[Baseline, ...] = ()
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
        # Why there is no sound is told at the end of the run: see
        # callcoach.batch.run.playback_copies.
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


def usual_of(analysis: CallAnalysis, config: Config) -> tuple[Baseline, ...]:
    """What was usual in the call's own windows for the party that is known to be the agent."""
    if why_unscored(analysis) is not None:
        return ()
    for measures in analysis.voice:
        if measures.speaker == Role.AGENT:
            least = config.baseline.min_windows
            return usual_values(measures.windows, BaselineSource.OWN_CALL, least)
    return ()
