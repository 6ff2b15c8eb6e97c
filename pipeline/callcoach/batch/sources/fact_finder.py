"""What is known of each call of a source: from its sidecar, else from its name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from callcoach.batch.sources.call_facts import KnownFacts
from callcoach.batch.sources.file_names import NameReader
from callcoach.batch.sources.overlooked import Overlooked, count_endings
from callcoach.batch.sources.places import RecordingPlaces, shown
from callcoach.batch.sources.sidecars import ENDINGS, SidecarReader, beside, sidecar_note
from callcoach.config.source import SourceConfig
from callcoach.model.recording import CallWarning


@dataclass(frozen=True)
class Known:
    """What is known of a call, from which sidecar, and what of that could not be read."""

    facts: KnownFacts = field(default_factory=KnownFacts)
    sidecar: Path | None = None
    notes: tuple[CallWarning, ...] = ()


class FactFinder:
    """Finds facts, and counts where there were none.

    Parameters
    ----------
    config
        What is read of names and sidecars.
    places
        Where files may lie.

    Raises
    ------
    ConfigError
        If a setting asks for a column that every call has.
    """

    def __init__(self, config: SourceConfig, places: RecordingPlaces) -> None:
        self._places = places
        self._names = NameReader(config) if config.name_pattern else None
        self._sidecars = SidecarReader(config) if config.reads_sidecars else None
        self._named = self._misnamed = 0
        self._missing: Counter[str] = Counter()
        self._read: set[Path] = set()
        self._whole = 0

    def of(self, stem: str, paths: Sequence[Path]) -> Known:
        """What is known of a call by the path that names it (without an ending) and its files."""
        by_name = None
        if self._names is not None:
            self._named += 1
            by_name = self._names.read((stem, *map(self._places.stem, paths)))
            self._misnamed += by_name is None
        told = self._beside(stem, paths)
        return Known(told.facts.or_else(by_name or KnownFacts()), told.sidecar, told.notes)

    def overlooked(self, unused: Iterable[Path] = (), mixed: int = 0) -> Overlooked:
        """What was not used of the source, with the files in it that are no recordings."""
        return Overlooked(
            count_endings(path for path in unused if path not in self._read),
            mixed,
            self._misnamed,
            self._named,
            tuple(sorted(key for key, many in self._missing.items() if many == self._whole)),
            self._whole,
        )

    def _beside(self, stem: str, paths: Sequence[Path]) -> Known:
        if self._sidecars is None:
            return Known()
        sidecar = next((p for p in self._candidates(stem, paths) if _is_file(p)), None)
        if sidecar is None:
            return Known()
        self._read.add(sidecar)
        fault = self._places.fault(sidecar, sidecar.name)
        if fault is not None:
            return Known(notes=(sidecar_note(shown(sidecar.name), (fault,)),))
        told = self._sidecars.read(sidecar)
        if not told.problems:
            self._whole += 1
            self._missing.update(told.missing)
        notes = (sidecar_note(sidecar.name, told.problems),) if told.problems else ()
        return Known(told.facts, sidecar, notes)

    def _candidates(self, stem: str, paths: Sequence[Path]) -> Iterator[Path]:
        if len(paths) > 1:
            for ending in ENDINGS:
                yield self._places.own / f"{stem}{ending}"
        for path in paths:
            yield from beside(path)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name with an ending more may be too long
        return False
