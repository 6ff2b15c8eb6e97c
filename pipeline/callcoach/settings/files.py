"""Files of settings: where the shipped ones lie, and how mistakes in them are told."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NoReturn

from callcoach.errors import ConfigError

_MOST_SHOWN = 20  # problems of one file
# Measures under the names that they had before.
_RENAMED = {"unexplained_wait_s": "silent_wait_s"}
_MOST_KNOWN = 50  # longer lists of what is known help nobody


def shipped(name: str) -> Path:
    """A shipped file or folder: ``configs/`` of a checkout, or inside the installed package.

    Raises
    ------
    ConfigError
        If it is in neither.
    """
    package = Path(__file__).resolve().parents[1]
    places = (package / name, package.parents[1] / "configs" / name)
    found = next((place for place in places if place.exists()), None)
    if found is None:
        raise ConfigError(f"{name} is missing: {' and '.join(map(str, places))}")
    return found


def nearest(name: object, known: Iterable[str]) -> str:
    """What somebody may have meant, or what there is."""
    if str(name) in _RENAMED:
        return f"it is called {_RENAMED[str(name)]!r} now"
    known = list(known)
    close = difflib.get_close_matches(str(name), known, n=1, cutoff=0.5)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"known are {', '.join(known)}" if len(known) < _MOST_KNOWN else "nothing is like it"


def refuse(path: object, problems: Sequence[str]) -> NoReturn:
    """Raise a ``ConfigError`` with one line for each problem of a file, the first 20 of them."""
    lines = [f"{path}: {text}" for text in problems[:_MOST_SHOWN]]
    if len(problems) > _MOST_SHOWN:
        lines.append(f"{path}: and {len(problems) - _MOST_SHOWN} more")
    raise ConfigError("\n".join(lines))
