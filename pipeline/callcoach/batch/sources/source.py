"""What to analyse: a folder, a manifest or a single recording.

A wrong manifest is an error before anything starts. A row whose file is broken or outside the
source folder only fails that call. Which files make up a call is for
:mod:`callcoach.batch.sources.file_pairs`, what is known of it for
:mod:`callcoach.batch.sources.fact_finder`, and what of the list has arrived for
:mod:`callcoach.batch.sources.arrivals` to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from callcoach.audio.decode import EXTENSIONS
from callcoach.batch.sources.call_ids import IdNaming, folder_ids, hashed_id, safe_id
from callcoach.batch.sources.fact_finder import FactFinder, Known
from callcoach.batch.sources.file_pairs import CallFiles, Pairing
from callcoach.batch.sources.listing import Rejected, Source
from callcoach.batch.sources.manifest import read_manifest
from callcoach.batch.sources.overlooked import count_endings
from callcoach.batch.sources.places import RecordingPlaces, shown
from callcoach.config.nightly import ArrivalsConfig
from callcoach.config.source import SourceConfig
from callcoach.errors import SourceError
from callcoach.model.party import Side
from callcoach.model.recording import Recording, SecondFile
from callcoach.storage.output_folder import COPY_NAME
from callcoach.storage.table_rows import TABLES

_LEDGER = "ledger.sqlite"  # lies in every output folder


def read_source(
    source: Path,
    manifest: Path | None = None,
    skip: Path | None = None,
    *,
    config: ArrivalsConfig,
    settings: SourceConfig,
) -> Source:
    """List the recordings of a source.

    Parameters
    ----------
    source
        A folder (searched recursively), a ``.csv`` or ``.xlsx`` manifest (its paths are relative to
        its own folder) or one recording.
    manifest
        A manifest whose paths are relative to the folder ``source``.
    skip
        A folder that is left out of the search: the output folder.
    config
        Says in which other folders recordings may lie.
    settings
        Which files belong together, and what names and sidecars say.

    Raises
    ------
    SourceError
        If the source is not there, holds no recordings, or the manifest is wrong.
    ConfigError
        If the settings ask for what cannot be.
    """
    others = config.roots
    if not source.exists():
        raise SourceError(
            f"{source} is not there; give a folder, a manifest (CSV or XLSX) or a recording"
        )
    if manifest is not None and not source.is_dir():
        raise SourceError(f"{source} is not a folder; with --calls SOURCE is the audio folder")
    if source.is_dir():
        reader = _Reader(source, others, settings)
        if manifest is None:
            return reader.folder(skip)
        analyse = config.unlisted == "analyse"
        return reader.both(manifest, skip, analyse=analyse)
    reader = _Reader(source.parent, others, settings)
    if source.suffix.lower() in TABLES:
        return reader.manifest(source)
    if not source.is_file() or shown(source.name) != source.name:
        raise SourceError(
            f"{shown(str(source))} is no regular file with a name in UTF-8; give a folder, a "
            "manifest (CSV or XLSX) or a recording"
        )
    return reader.single(source)


class _Reader:
    """Reads one source."""

    def __init__(self, root: Path, others: Sequence[str], settings: SourceConfig) -> None:
        self._root, self._settings = root, settings
        self._places = RecordingPlaces(root, others)
        self._finder = FactFinder(settings, self._places)
        self._pairing = Pairing(settings, self._places)

    def folder(self, skip: Path | None) -> Source:
        """The calls in the folder."""
        paths, others = _under(self._root, skip)
        if not paths:
            held = ", ".join(f"{many} {ending}" for ending, many in count_endings(others))
            raise SourceError(
                f"no recordings in {self._root}{f' ({held})' if held else ''}; endings that are "
                f"looked for: {' '.join(sorted(EXTENSIONS))}"
            )
        calls, mixed = self._pairing.files_of(paths)
        known = [self._known(files) for files in calls]
        ids = folder_ids([self._naming(f, k) for f, k in zip(calls, known, strict=True)])
        recordings, rejected = [], []
        for files, found, call_id in zip(calls, known, ids, strict=True):
            fault = self._fault(files)
            if fault is None:
                recordings.append(self._recording(files, found, call_id))
            else:
                given = str(files.path.relative_to(self._root))
                rejected.append(Rejected(call_id, shown(given), fault))
        return Source(
            tuple(recordings),
            tuple(rejected),
            overlooked=self._finder.overlooked(others, mixed),
        )

    def both(self, manifest: Path, skip: Path | None, *, analyse: bool) -> Source:
        """The calls of a manifest, and those of the folder that no row of it names.

        With ``analyse`` the latter will be taken, so that it is told where that cannot be.
        """
        recordings, rejected = read_manifest(manifest, self._places, self._finder, self._settings)
        taken = {call.call_id.casefold() for call in recordings}
        taken |= {call.call_id.casefold() for call in rejected}
        listed = {path.resolve() for recording in recordings for path in recording.paths}
        paths, others = _under(self._root, skip)
        others = [path for path in others if path.resolve() != manifest.resolve()]
        free = [path for path in paths if self._refused(path) or path.resolve() not in listed]
        calls, mixed = self._pairing.files_of(free)
        calls = tuple(files for files in calls if not any(map(self._refused, files.paths)))
        known = [self._known(files) for files in calls]
        ids = folder_ids([self._naming(f, k) for f, k in zip(calls, known, strict=True)])
        unlisted: list[Recording] = []
        doubtful: list[Rejected] = []
        for files, found, call_id in zip(calls, known, ids, strict=True):
            if call_id.casefold() in taken:
                call_id = hashed_id(call_id, files.path.relative_to(self._root))
            if files.fault is None:
                unlisted.append(self._recording(files, found, call_id))
            elif analyse:
                doubtful.append(Rejected(call_id, files.path.name, files.fault))
        overlooked = self._finder.overlooked(others, mixed)
        return Source(recordings, (*rejected, *doubtful), tuple(unlisted), overlooked=overlooked)

    def manifest(self, manifest: Path) -> Source:
        """The calls of a manifest alone."""
        recordings, rejected = read_manifest(manifest, self._places, self._finder, self._settings)
        return Source(recordings, rejected, overlooked=self._finder.overlooked())

    def single(self, path: Path) -> Source:
        """One recording."""
        beside = _recordings_beside(path) if self._settings.pair_pattern else [path]
        calls, _ = self._pairing.files_of(beside)
        # A mix that lies beside its two files is meant when it is named.
        own = CallFiles(self._places.stem(path), path)
        files = next((files for files in calls if path in files.paths), own)
        fault = self._fault(files)
        if fault is not None:
            raise SourceError(fault)
        known = self._known(files)
        call_id = safe_id(known.facts.call_id or files.stem)
        recording = self._recording(files, known, call_id)
        return Source((recording,), (), overlooked=self._finder.overlooked())

    def _known(self, files: CallFiles) -> Known:
        return self._finder.of(files.stem, files.paths)

    def _naming(self, files: CallFiles, known: Known) -> IdNaming:
        wish = known.facts.call_id or files.stem.replace("/", "__")
        return IdNaming(wish, files.path.relative_to(self._root))

    def _fault(self, files: CallFiles) -> str | None:
        if files.fault is not None:
            return files.fault
        return next((fault for path in files.paths if (fault := self._refused(path))), None)

    def _refused(self, path: Path) -> str | None:
        return self._places.fault(path, str(path.relative_to(self._root)))

    def _recording(self, files: CallFiles, known: Known, call_id: str) -> Recording:
        side, second = known.facts.agent_side, None
        if files.second is not None:
            second = SecondFile(files.second, self._settings.customer_offset_s)
            side = Side.LEFT if self._settings.pair_agent else side
        return Recording(
            files.path,
            call_id,
            known.facts.agent_id,
            known.facts.started_at,
            side,
            known.facts.metadata,
            second,
            known.sidecar,
            known.notes,
        )


def _under(root: Path, skip: Path | None) -> tuple[list[Path], list[Path]]:
    """Files with the ending of a recording, and all others, sorted.

    Hidden ones, those under ``skip`` and what lies in another output folder are in neither.
    """
    out = skip.resolve() if skip else None
    found: list[Path] = []
    others: list[Path] = []
    outputs = set()
    for path in root.rglob("*"):
        if path.name == _LEDGER:
            outputs.add(path.parent)
        hidden = _is_copy(path) or any(p.startswith(".") for p in path.relative_to(root).parts)
        if hidden or path.is_dir():
            continue
        is_recording = path.suffix.lower() in EXTENSIONS
        if not is_recording and not path.is_file():  # a pipe, a link to nothing
            continue
        if out is None or not path.parent.resolve().is_relative_to(out):
            (found if is_recording else others).append(path)
    others = [path for path in others if outputs.isdisjoint(path.parents)]
    return sorted(found), sorted(others)


def _recordings_beside(path: Path) -> list[Path]:
    """The recordings of a recording's folder, itself among them, sorted."""
    found = {p for p in path.parent.iterdir() if p.suffix.lower() in EXTENSIONS and p.is_file()}
    return sorted({*found, path})


def _is_copy(path: Path) -> bool:
    """Whether it is the copy that a page of another output folder plays: no recording."""
    return path.name == COPY_NAME and path.with_name("analysis.json").is_file()
