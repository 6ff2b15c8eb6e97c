"""What of a source was not used, as counts: it is told in a line each, never file by file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

_MOST_ENDINGS = 8  # the rarer ones are counted together

_LONGEST = 5  # letters; what is longer is rather a part of a name, which no log may hold

NO_ENDING, OTHERS = "without an ending", "others"


@dataclass(frozen=True)
class Overlooked:
    """What was not used.

    ``endings`` counts files that are no recordings by their ending, the most frequent first.
    ``mixed`` counts files that are the two files of a call in one. ``misnamed`` of ``named`` calls
    have a name that does not fit the pattern. ``missing`` names keys that none of the ``sidecars``
    that were read has.
    """

    endings: tuple[tuple[str, int], ...] = ()
    mixed: int = 0
    misnamed: int = 0
    named: int = 0
    missing: tuple[str, ...] = ()
    sidecars: int = 0

    @property
    def lines(self) -> tuple[str, ...]:
        """All of it for people, a line for each kind."""
        return (*([endings_line(dict(self.endings))] if self.endings else []), *self.notes)

    @property
    def notes(self) -> tuple[str, ...]:
        """All but the endings, a line for each kind."""
        said = []
        if self.mixed:
            said.append(
                f"{_count(self.mixed, 'file was', 'files were')} left out: both sides of a call in "
                "one, whose two files are there too"
            )
        if self.misnamed:
            said.append(
                f"{self.misnamed} of {_count(self.named, 'name', 'names')} did not fit "
                "source.name_pattern: nothing was taken from them"
            )
        if self.missing:
            keys = ", ".join(self.missing)
            none = "the sidecar does not have" if self.sidecars == 1 else "no sidecar has"
            said.append(f"{none} {keys}: see the keys under [source] in the settings")
        return tuple(said)


def endings_line(endings: Mapping[str, int]) -> str:
    """``31 files were not looked at: 30 .txt, 1 .docx``."""
    listed = ", ".join(f"{many} {ending}" for ending, many in endings.items())
    return f"{_count(sum(endings.values()), 'file was', 'files were')} not looked at: {listed}"


def count_endings(paths: Iterable[Path]) -> tuple[tuple[str, int], ...]:
    """How many files there are of each ending: the most frequent first, then by the alphabet."""
    found = Counter(_ending(path) for path in paths)
    others = found.pop(OTHERS, 0)
    ordered = sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))
    others += sum(many for _, many in ordered[_MOST_ENDINGS:])
    rest = [(OTHERS, others)] if others else []
    return (*ordered[:_MOST_ENDINGS], *rest)


def _ending(path: Path) -> str:
    ending = path.suffix.lower()
    if not ending:
        return NO_ENDING
    plain = ending[1:].isascii() and ending[1:].isalnum() and len(ending) <= _LONGEST + 1
    return ending if plain else OTHERS


def _count(many: int, one: str, more: str) -> str:
    return f"{many} {one if many == 1 else more}"
