"""Which files of a folder make up a call: one, or one for each side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from callcoach.batch.sources.file_names import NamePattern
from callcoach.batch.sources.places import RecordingPlaces, shown
from callcoach.config.source import SourceConfig


@dataclass(frozen=True)
class CallFiles:
    """The files of a call: ``second`` is the right-hand side of one that has two.

    ``stem`` is what names the call: its path from the source's folder on, without an ending. Of a
    call whose other half is not there, the path is where it is expected. ``fault`` says why it
    cannot be told which files are meant.
    """

    stem: str
    path: Path
    second: Path | None = None
    fault: str | None = None

    @property
    def paths(self) -> tuple[Path, ...]:
        """One or two files, left first."""
        return (self.path,) if self.second is None else (self.path, self.second)


@dataclass(frozen=True)
class _Half:
    path: Path
    side: str
    expected: Path  # the other half


class Pairing:
    """Puts the files of calls together.

    Parameters
    ----------
    config
        The pattern, and the two sides.
    places
        The source's folder.
    """

    def __init__(self, config: SourceConfig, places: RecordingPlaces) -> None:
        self._places = places
        self._pattern = NamePattern(config.pair_pattern) if config.pair_pattern else None
        first, second = config.pair_sides
        self._sides = (second, first) if config.pair_agent == second else (first, second)

    def files_of(self, paths: Sequence[Path]) -> tuple[tuple[CallFiles, ...], int]:
        """The calls that files make up, in the order of the files, and how many are mixes.

        A file that is called like a call of two files is both of its sides in one, as Asterisk's
        MixMonitor leaves it beside them: it is left out.
        """
        halves: dict[str, list[_Half]] = {}
        stems: dict[Path, str] = {}
        for path in paths:
            stem, half = self._half(path)
            stems[path] = stem
            if half is not None:
                halves.setdefault(stem, []).append(half)
        calls: list[CallFiles] = []
        mixed, told = 0, set()
        paired = {half.path for both in halves.values() for half in both}
        for path in paths:
            stem = stems[path]
            if path not in paired:
                mixed += stem in halves
                if stem not in halves:
                    calls.append(CallFiles(stem, path))
            elif stem not in told:
                told.add(stem)
                calls.append(self._call(stem, halves[stem]))
        return tuple(calls), mixed

    def _half(self, path: Path) -> tuple[str, _Half | None]:
        """What names the call of a file, and which half of it the file is, if it is one."""
        stem = self._places.stem(path)
        found = None if self._pattern is None else self._pattern.match(stem)
        if found is None:
            return stem, None
        folders, match = found
        call, side = match["call"], match["side"]
        if not call or side not in self._sides:
            return stem, None
        other = self._sides[1 - self._sides.index(side)]
        looked_at = match.string
        renamed = looked_at[: match.start("side")] + other + looked_at[match.end("side") :]
        expected = self._places.own / folders / f"{renamed}{path.suffix}"
        return "/".join(filter(None, (folders, call))), _Half(path, side, expected)

    def _call(self, stem: str, halves: Sequence[_Half]) -> CallFiles:
        by_side: dict[str, Path] = {}
        for half in halves:
            if half.side in by_side:
                names = " and ".join(
                    shown(str(path.relative_to(self._places.own)))
                    for path in (by_side[half.side], half.path)
                )
                fault = f"{names} are both the side {half.side!r} of one call; keep one of them"
                return CallFiles(stem, by_side[half.side], half.path, fault)
            by_side[half.side] = half.path
        expected = dict.fromkeys(self._sides, halves[0].expected)
        left, right = (by_side.get(side, expected[side]) for side in self._sides)
        return CallFiles(stem, left, right)
