"""Whether everything a run needs is here."""

from __future__ import annotations

import importlib.util
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import metadata

from callcoach.batch.runner import available_cores
from callcoach.config import Config
from callcoach.errors import CallCoachError
from callcoach.settings.speech import SpeechConfig
from callcoach.speech.catalogue import SENTENCES, SPEAKERS
from callcoach.speech.weights import cache_folder, find_model, is_here, resolve

_FREE_GB = 1.0


@dataclass(frozen=True)
class Check:
    """One check: what was found, and what to do where it is not good."""

    name: str
    ok: bool
    found: str
    advice: str = ""


def examine(config: Config) -> tuple[Check, ...]:
    """Run all checks for a run with these settings; nothing is downloaded or changed."""
    return (
        Check(
            "Python",
            sys.version_info >= (3, 11),
            sys.version.split()[0],
            "callcoach needs Python 3.11 or newer",
        ),
        Check("processor", True, f"{available_cores()} cores"),
        _package("faster-whisper", "engine ctranslate2"),
        _package("openai-whisper", "engine openai"),
        _tried("speech activity", _silero),
        _tried("pitch", _pitch),
        _tried("weights", partial(_weights, config.speech)),
        _extra(SPEAKERS, "voices of one channel", "one-channel calls stay in one piece"),
        _extra(SENTENCES, "meaning of sentences", "paraphrases are not measured"),
        _space(),
    )


def _package(name: str, what: str) -> Check:
    try:
        return Check(what, True, f"{name} {metadata.version(name)}")
    except metadata.PackageNotFoundError:
        return Check(what, False, f"{name} is not installed", f"pip install {name}")


def _tried(name: str, found: Callable[[], str]) -> Check:
    try:
        return Check(name, True, found())
    except CallCoachError as error:
        return Check(name, False, "not usable", str(error))


def _silero() -> str:
    from callcoach.audio.silero import SileroVad

    return f"silero-vad, SHA-256 {SileroVad().model.sha256[:12]} is right"


def _pitch() -> str:
    if importlib.util.find_spec("swift_f0") is None:
        raise CallCoachError('pip install swift-f0, or set tracker = "pyin" under [pitch]')
    return f"swift-f0 {metadata.version('swift-f0')}"


def _weights(config: SpeechConfig) -> str:
    model = resolve(config)
    return f"Whisper {model.name} from {model.source}, every SHA-256 is right"


def _extra(name: str, what: str, without: str) -> Check:
    """Weights that a run can do without; it says what is missing then."""
    try:
        if is_here(name):
            return Check(what, True, f"{name} from {find_model(name).source}, SHA-256 is right")
    except CallCoachError as error:
        return Check(what, False, "not usable", str(error))
    how = f"callcoach models fetch {name} --from index"
    return Check(what, True, f"{name} is not here, so {without}: {how}")


def _space() -> Check:
    folder = cache_folder()
    existing = next(p for p in (folder, *folder.parents) if p.exists())
    free_gb = min(shutil.disk_usage(p).free for p in (existing, tempfile.gettempdir())) / 1e9
    return Check(
        "free space",
        free_gb >= _FREE_GB,
        f"{free_gb:.0f} GB beside {folder}",
        "free some space, or set CALLCOACH_CACHE to a folder on another disk",
    )
