"""Where recordings lie: paths as people and other systems write them, and which are allowed."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from callcoach.errors import SourceError

_WHOLE_OF_WINDOWS = re.compile(r"[A-Za-z]:/|//")  # a drive, or a machine; slashes turned


@dataclass(frozen=True)
class Place:
    """A path that was given, as it is on this machine.

    ``fault`` says why it cannot be told which file is meant, ``None`` where it can. A file that
    has not come yet has a place too.
    """

    path: Path
    fault: str | None = None


class RecordingPlaces:
    """Finds recordings in the folders in which they may lie.

    Parameters
    ----------
    own
        The source's folder: paths are relative to it.
    others
        More folders that recordings may lie in.

    Raises
    ------
    SourceError
        If one of the others is no whole path.
    """

    def __init__(self, own: Path, others: Sequence[str]) -> None:
        self.own, self.others = own, tuple(others)
        for other in self.others:
            if not Path(other).is_absolute():
                raise SourceError(
                    f"arrivals.roots has {other!r}; give whole paths, which begin with /"
                )
        self._allowed = [own.resolve(), *(Path(other).resolve() for other in self.others)]
        self._listings: dict[Path, list[str]] = {}

    def find(self, given: str) -> Place:
        r"""The file that a manifest means.

        A path of Windows (``sub\a.wav``) is read as one; names that differ in how accents are
        written, or in capitals alone, are found. Where several fit, none is taken.
        """
        if os.path.lexists(self.own / given):
            return Place(self.own / given)
        text = given.replace("\\", "/")
        if _WHOLE_OF_WINDOWS.match(text):
            return Place(self.own / text, self._hint(given, text))
        if text.startswith("/") or ".." in text.split("/"):
            return Place(self.own / text)
        found = self._alike(text)
        if len(found) > 1:
            meant = " or ".join(repr(shown(str(path.relative_to(self.own)))) for path in found[:3])
            return Place(self.own / text, f"{shown(given)} is not there; did you mean {meant}?")
        return Place(found[0] if found else self.own / text)

    def fault(self, path: Path, given: str) -> str | None:
        """Why a recording is refused, ``None`` where it is not."""
        try:
            resolved = path.resolve()
            irregular = resolved.exists() and not resolved.is_file()
        except (OSError, RuntimeError, ValueError):  # a link to itself, a zero byte, a long name
            return f"{shown(given)} leads nowhere; give the path of a recording"
        if not any(resolved.is_relative_to(root) for root in self._allowed):
            return (
                f"{shown(given)} lies outside the source folder {self.own}; move the recording "
                "into it, or name its folder in arrivals.roots"
            )
        if shown(given) != given:
            return f"the file name {shown(given)} is not in UTF-8; rename the recording"
        if irregular:
            # A pipe would be waited for, a device read without end.
            return f"{given} is no regular file; give a recording"
        return None

    def stem(self, path: Path) -> str:
        """A file's path from the source's folder on, without its ending, parted by ``/``."""
        try:
            relative = path.relative_to(self.own)
        except ValueError:  # in another of the folders
            relative = Path(path.name)
        return PurePosixPath(relative.with_suffix("") if relative.name else relative).as_posix()

    def _hint(self, given: str, text: str) -> str:
        """What a whole path of another machine may mean: the longest end of it that is here."""
        parts = [part for part in text.split("/")[1:] if part]
        for first in range(len(parts)):
            found = self._alike("/".join(parts[first:]))
            if found:
                meant = " or ".join(repr(str(path.relative_to(self.own))) for path in found[:3])
                return f"{shown(given)} is a path of another machine; did you mean {meant}?"
        return f"{shown(given)} is a path of another machine; write it as it is from {self.own} on"

    def _alike(self, text: str) -> list[Path]:
        """The files whose paths differ from a text in the form of accents, or else capitals."""
        found = [self.own]
        for part in text.split("/"):
            if part in ("", "."):
                continue
            found = [below / name for below in found for name in self._names(below, part)]
        return found

    def _names(self, folder: Path, wanted: str) -> list[str]:
        if folder not in self._listings:
            try:
                self._listings[folder] = sorted(path.name for path in folder.iterdir())
            except (OSError, ValueError):
                self._listings[folder] = []
        names = self._listings[folder]
        if wanted in names:
            return [wanted]
        composed = unicodedata.normalize("NFC", wanted)
        same = [name for name in names if unicodedata.normalize("NFC", name) == composed]
        return same or [name for name in names if _folded(name) == _folded(wanted)]


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def shown(name: str) -> str:
    """A file name that can be written, bytes that are no UTF-8 as escapes."""
    return name.encode("utf-8", "backslashreplace").decode()
