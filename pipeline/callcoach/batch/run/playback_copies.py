"""Sound for the pages of finished calls, where the setting asks for another than they have.

Nothing is transcribed. What each call's sound was made by is kept in the ledger, so that a run in
which nothing changed reads no analysis.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from callcoach.batch.process_pool import ProcessesIfMany
from callcoach.batch.publish.call_files import write_analysis
from callcoach.batch.publish.playback import link_to, with_playback
from callcoach.config.audio import AudioConfig
from callcoach.config.reports import ReportsConfig, SiteConfig
from callcoach.errors import CallCoachError
from callcoach.model.analysis import CallAnalysis
from callcoach.model.playback import Playback
from callcoach.model.recording import Recording
from callcoach.storage.ledger import Ledger, State
from callcoach.storage.ledger_records import MadeSound
from callcoach.storage.output_folder import COPY_NAME, Store

log = logging.getLogger("callcoach")

_FEW = 20  # a new process takes longer to start than these take to look at


@dataclass(frozen=True)
class PlaybackTask:
    """A call whose sound must be looked at; picklable.

    ``recording`` is ``None`` where only taking the copy away is asked. With ``again`` it is known
    that what is there was made by other settings.
    """

    call_id: str
    out: Path
    recording: Recording | None
    config: ReportsConfig
    again: bool
    site: SiteConfig
    audio: AudioConfig


@dataclass(frozen=True)
class PlaybackResult:
    """What became of it: whether there is a copy now, or why the call was left as it was.

    ``problem`` is what a person should know; ``settled`` tells that trying again would not help.
    """

    call_id: str
    copied: bool = False
    problem: str | None = None
    settled: bool = True


def update_playback(
    store: Store,
    ledger: Ledger,
    recordings: Sequence[Recording],
    config: ReportsConfig,
    *,
    jobs: int,
    site: SiteConfig,
    audio: AudioConfig,
) -> int:
    """Give finished calls the sound that the setting asks for; returns how many were looked at.

    Copies and links are made for the calls of ``recordings``; ``none`` takes the copies of all
    finished calls away. A call whose recording is gone keeps what it has, one that cannot be
    encoded has no sound: both are told in the log and stop nothing.

    Parameters
    ----------
    store, ledger
        The output folder; the caller holds its lock.
    recordings
        Where the recordings lie.
    config
        Copy, link or none, and how.
    jobs
        Worker processes.
    site
        From where on a call is trusted.
    audio
        How headerless recordings are coded.
    """
    known_as = {recording.call_id: recording for recording in recordings}
    keys = {
        entry.call_id: entry.key
        for entry in ledger.entries()
        if entry.state is State.DONE and (config.audio == "none" or entry.call_id in known_as)
    }
    known = ledger.sounds()
    todo = list(_todo(store, keys, known_as, config, known, site, audio))
    pool = ProcessesIfMany(sound, jobs if len(todo) > _FEW else 1)
    for task, sounded in pool.run(todo):
        one = sounded or PlaybackResult(
            task.call_id, problem="the process that copied its sound died (out of memory?)"
        )
        if one.problem is not None:
            log.error("the sound of %s: %s", one.call_id, one.problem)
        if one.settled:
            made = MadeSound(keys[one.call_id], _made_by(config, task.recording), one.copied)
            ledger.put_sound(one.call_id, made)
    return len(todo)


def sound(task: PlaybackTask) -> PlaybackResult:
    """Give one call its sound; never raises for a bad one."""
    store = Store(task.out)
    folder = store.call_folder(task.call_id)
    try:
        before = store.load(task.call_id)
        if not task.again and _fits(before, folder, task):
            return PlaybackResult(task.call_id, task.config.audio == "copy")
        paths = () if task.recording is None else task.recording.paths
        gone = next((path for path in paths if not path.is_file()), None)
        if gone is not None:
            return PlaybackResult(
                task.call_id,
                problem=f"the recording {gone.name} is gone; the page keeps what it had",
                settled=False,
            )
        after, problem = with_playback(before, task.recording, folder, task.config, task.audio)
        if after != before:
            write_analysis(store, after, task.site)
    except CallCoachError as error:
        return PlaybackResult(task.call_id, problem=str(error), settled=False)
    except Exception as error:  # a defect of ours must not cost the other calls
        problem = f"unexpected {type(error).__name__}: {error}; please report this"
        return PlaybackResult(task.call_id, problem=problem, settled=False)
    return PlaybackResult(task.call_id, (folder / COPY_NAME).is_file(), problem)


def _todo(
    store: Store,
    keys: Mapping[str, str],
    recordings: Mapping[str, Recording],
    config: ReportsConfig,
    known: Mapping[str, MadeSound],
    site: SiteConfig,
    audio: AudioConfig,
) -> Iterator[PlaybackTask]:
    """The calls whose sound is not known to be as it should."""
    for call_id, key in keys.items():
        recording = None if config.audio == "none" else recordings[call_id]
        made = known.get(call_id)
        # Analysed anew since then: the worker has given it its sound.
        fresh = made is None or made.call_key != key
        if not fresh and made is not None and made.made_by == _made_by(config, recording):
            folder = store.call_folder(call_id)
            if not made.copied or (folder / COPY_NAME).is_file():
                continue
        yield PlaybackTask(call_id, store.root, recording, config, not fresh, site, audio)


def _fits(analysis: CallAnalysis, folder: Path, task: PlaybackTask) -> bool:
    copied = (folder / COPY_NAME).is_file()
    wanted: Playback | None = None
    if task.config.audio == "copy":
        return copied and analysis.playback is not None and analysis.playback.href == COPY_NAME
    if task.config.audio == "link" and task.recording is not None:
        if task.recording.second is not None:
            return False  # it can have none, which is told once
        wanted = link_to(task.recording.path, folder)
    return not copied and analysis.playback == wanted


def _made_by(config: ReportsConfig, recording: Recording | None) -> str:
    """Hash of what a call's sound depends on, beside the call."""
    linked = recording if config.audio == "link" else None
    place = "" if linked is None else str(linked.path.absolute())
    parts = [config.audio, config.audio_kbps, config.silence_margin_s, place]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
