"""TOML files: where the shipped ones lie, how one is read, and how mistakes in them are told."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError

from callcoach.errors import ConfigError

M = TypeVar("M", bound=BaseModel)

Keys = Sequence[str | int]

_MOST_SHOWN = 20  # problems of one file

# Measures under the names that they had before.
_RENAMED = {"unexplained_wait_s": "silent_wait_s"}

_MOST_KNOWN = 50  # longer lists of what is known help nobody

_LIKE = 0.5
"""Least likeness of a name to what was meant, 0 to 1: ``difflib``'s ratio, a little below its own
default of 0.6, since what is unknown is certainly wrong here and the names are long."""


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


# ----------------------------------------------------------------- reading


def read_toml(path: Path, what: str) -> dict[str, Any]:
    """The values of a TOML file. ``what`` names it in messages: "the guide".

    Raises
    ------
    ConfigError
        If it cannot be read, or is no UTF-8 or no TOML.
    """
    return toml_values(read_text(path, what), path)


def read_text(path: Path, what: str) -> str:
    """The text of a file, without a byte order mark.

    Raises
    ------
    ConfigError
        If it cannot be read, or is no UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ConfigError(f"cannot read {what} {path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigError(f"cannot read {what} {path}: line {line} is not UTF-8") from error


def toml_values(text: str, path: Path) -> dict[str, Any]:
    """The values of a text; ``path`` says in messages where it stands.

    Raises
    ------
    ConfigError
        If it is no TOML.
    """
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # no TOML, or endless numbers or lists
        raise ConfigError(f"{path} is not valid TOML: {error}") from error


def checked(
    form: type[M],
    values: object,
    path: Path,
    tell: Callable[[Any], str] | None = None,
    within: Keys = (),
) -> M:
    """The values as their type.

    Parameters
    ----------
    form
        The section that they are.
    values
        What the file, or one of its tables, holds.
    path
        The file, for messages.
    tell
        Says one mistake as a sentence; :func:`explain` where there is none.
    within
        Keys of the table that the values are; none for a whole file.

    Raises
    ------
    ConfigError
        If a key is unknown or missing, or a value does not fit: a line for each, the first 20.
    """
    try:
        return form.model_validate(values)
    except ValidationError as error:
        tell = tell or partial(explain, form=form, place=lambda keys: table_of([*within, *keys]))
        refuse(path, [tell(item) for item in _own(error.errors(include_url=False))])


# ----------------------------------------------------------------- names


def closest(name: object, known: Iterable[str], least: float = _LIKE) -> str | None:
    """The known name that is most like one; ``None`` where none is so like it (0 to 1)."""
    found = difflib.get_close_matches(str(name), list(known), n=1, cutoff=least)
    return found[0] if found else None


def did_you_mean(name: object, known: Iterable[str], otherwise: str, least: float = _LIKE) -> str:
    """ "did you mean", or, where nothing is like the name, something else."""
    close = closest(name, known, least)
    return otherwise if close is None else f"did you mean {close!r}?"


def nearest(name: object, known: Iterable[str]) -> str:
    """What somebody may have meant, or what there is."""
    if str(name) in _RENAMED:
        return f"it is called {_RENAMED[str(name)]!r} now"
    known = list(known)
    few = len(known) < _MOST_KNOWN
    return did_you_mean(
        name, known, f"known are {', '.join(known)}" if few else "nothing is like it"
    )


# ----------------------------------------------------------------- mistakes


def refuse(path: object, problems: Sequence[str]) -> NoReturn:
    """Raise a ``ConfigError`` with one line for each problem of a file, the first 20 of them."""
    lines = [f"{path}: {text}" for text in problems[:_MOST_SHOWN]]
    if len(problems) > _MOST_SHOWN:
        lines.append(f"{path}: and {len(problems) - _MOST_SHOWN} more")
    raise ConfigError("\n".join(lines))


def table_of(keys: Keys) -> str:
    """The table of a key as it stands in the file; entries of a list are counted from 1."""
    text = ""
    for key in keys:
        text += f" {key + 1}" if isinstance(key, int) else f"{'.' if text else ''}{key}"
    return f"[{text}] " if text else ""


def explain(
    item: Any,
    form: type[BaseModel],
    place: Callable[[Keys], str] = table_of,
    examples: Mapping[str, str] | None = None,
) -> str:
    """One validation error as a sentence: where, which key, what was found, what is expected.

    Parameters
    ----------
    item
        One of pydantic's ``errors()``.
    form
        The section that was checked.
    place
        Says where the keys of a table are, with a space at the end; by default ``[table]``.
    examples
        What to write for a key, where an example says more than the key's description.
    """
    keys = [key for key in item["loc"] if key != "[key]"]
    if item["type"] == "value_error":  # several keys that do not fit together
        return f"{place(keys)}{item['ctx']['error']}"
    table = max((n for n in range(len(keys)) if _section_at(form, keys[:n]) is not None), default=0)
    section = _section_at(form, keys[:table])
    where, name = place(keys[:table]), table_of(keys[table:]).strip("[] ")
    if item["type"] == "extra_forbidden":
        known = section.model_fields if section is not None else ()
        return f"{where}unknown key {name!r}; {nearest(name, known)}"
    field = section.model_fields.get(str(keys[table])) if section and keys else None
    text = (field.description if field is not None else None) or "another value"
    expected = (examples or {}).get(name) or text[0].lower() + text[1:].rstrip(".")
    if item["type"] == "missing":
        return f"{where}{name} is missing; expected {expected}"
    found = f"{where}{name} = {item['input']!r}"
    if item["type"] == "enum":
        members = _members(field.annotation if field is not None else None)
        return f"{found} is not known; {nearest(item['input'], members)}"
    problem = item["msg"].lower().replace("a valid tuple", "a list")
    if item["type"] == "literal_error":  # names what is expected itself
        return f"{found}: {problem}"
    return f"{found}: {problem}; expected {expected}"


def _own(items: Sequence[Any]) -> list[Any]:
    """The errors without lists that seem too short only because of what is wrong inside them."""
    places = [item["loc"] for item in items]
    return [
        item
        for item in items
        if item["type"] != "too_short"
        or not any(place[: len(item["loc"])] == item["loc"] != place for place in places)
    ]


def _section_at(form: type[BaseModel], keys: Keys) -> type[BaseModel] | None:
    """The section at a place: keys of sections, names of a mapping, numbers of a list."""
    here: type[BaseModel] | None = form
    inside = False  # a mapping or a list, whose next key is no field
    for key in keys:
        if inside:
            inside = False
            continue
        field = here.model_fields.get(str(key)) if here is not None else None
        if field is None:
            return None
        here = _section_in(field.annotation)
        origin = getattr(field.annotation, "__origin__", None)
        inside = isinstance(origin, type) and issubclass(origin, Mapping | tuple | list)
    return None if inside else here


def _section_in(annotation: Any) -> type[BaseModel] | None:
    """The section that a field holds, be it in a mapping, in a tuple or optional."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    parts = map(_section_in, getattr(annotation, "__args__", ()))
    return next((part for part in parts if part is not None), None)


def _members(annotation: Any) -> tuple[str, ...]:
    """The values of the enumeration that a field holds."""
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return tuple(str(member.value) for member in annotation)
    parts = map(_members, getattr(annotation, "__args__", ()))
    return next((part for part in parts if part), ())
