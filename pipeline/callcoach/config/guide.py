"""The guide: what each chapter asks of an agent, and the words that findings are told in.

A guide is a TOML file with tables such as ``[chapter.attend]``, ``[situation.heated]`` and
``[finding.cut_in]``. The shipped one is ``configs/guide.toml``. A team writes a file of the same
form: it replaces the chapters and situations of the shipped guide, or, with
``extends = "shipped"``, changes and adds to them. Words for moments that it leaves out are the
shipped ones.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from pydantic import ValidationError

from callcoach.config.files import closest, nearest, read_text, shipped, toml_values
from callcoach.config.section import Section, setting
from callcoach.errors import ConfigError
from callcoach.model.coaching import FindingKind

Lines = tuple[str, ...]

SHIPPED = "shipped"

_NAMES = re.compile(r"[a-z][a-z0-9_]*")

_HEADER = re.compile(r"\s*\[\s*([^\[\]#]+?)\s*\]")

_KEY = re.compile(r"\s*([A-Za-z0-9_\-\"']+)\s*=")


class FindingText(Section):
    """The words for one kind of moment, addressed to the agent."""

    title: str = setting(..., "What was heard, in a few words.", min_length=1)
    why: str = setting(..., "Why it matters, in the guide's terms.", min_length=1)
    advice: str = setting(
        ..., "One thing to try or to keep, with a sentence as an example.", min_length=1
    )


class Chapter(Section):
    """One chapter of the guide. ``id`` is the name of its table in the file."""

    id: str
    title: str = setting(..., "The chapter's name in reports.", min_length=1)
    asks: str = setting(..., "What it asks of the agent.", min_length=1)
    why: str = setting(..., "Why it matters.", min_length=1)
    heard: Lines = setting((), "What is listened for.")
    not_heard: str = setting("", "What no recording shows.")
    kind: FindingKind = setting(..., "measured, suggestion or not_audible.")
    strength_tip: str = setting(..., "A tip for an agent who does this well.", min_length=1)
    opportunity_tip: str = setting(..., "A tip for an agent who works on this.", min_length=1)


class Situation(Chapter):
    """A situation that the guide speaks of; it only counts where it is heard."""

    when: str = setting(..., "When the situation is heard.", min_length=1)


class Guide(Section):
    """All chapters, situations and words of a guide, in the order of the file."""

    name: str = setting(..., "The guide's name.", min_length=1)
    version: str = setting(..., "Its version, as the team counts.", min_length=1)
    chapters: tuple[Chapter, ...] = ()
    situations: tuple[Situation, ...] = ()
    findings: Mapping[str, FindingText] = setting({}, "Words by the code of the moment.")

    @property
    def sha256(self) -> str:
        """Hash of every word; equal guides have equal hashes."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def finding(self, code: str) -> FindingText | None:
        """The words for a code, ``None`` where the guide has none."""
        return self.findings.get(code)

    def chapter(self, name: str) -> Chapter | None:
        """The chapter of an id, ``None`` where the guide has none."""
        return next((chapter for chapter in self.chapters if chapter.id == name), None)

    def situation(self, name: str) -> Situation | None:
        """The situation of an id, ``None`` where the guide has none."""
        return next((item for item in self.situations if item.id == name), None)


_FAMILIES: Mapping[str, type[Section]] = {
    "chapter": Chapter,
    "situation": Situation,
    "finding": FindingText,
}

_HEAD = ("name", "version", "extends")


def read_guide(path: Path | None) -> Guide:
    """Read a guide; ``None`` gives the shipped one.

    Raises
    ------
    ConfigError
        If the file cannot be read, is no TOML, or has a key that is unknown, missing or wrong.
        The message names the file, the line where there is one, the key and what is expected.
    """
    return shipped_guide() if path is None else read_guide_file(path).guide


@cache
def shipped_guide() -> Guide:
    """The guide that comes with callcoach: in a checkout, or inside the installed package.

    Raises
    ------
    ConfigError
        If the file is missing or wrong.
    """
    return _read(shipped("guide.toml"), None).guide


@dataclass(frozen=True)
class GuideTable:
    """One table of a guide file, ``[family.name]``, with the keys that it gives.

    ``line`` is where it begins, ``None`` where the form of the file does not tell.
    """

    family: str
    name: str
    keys: Lines
    line: int | None


@dataclass(frozen=True)
class GuideFile:
    """A guide file that was read: the guide, and what of it the file itself says."""

    guide: Guide
    extends: bool
    tables: tuple[GuideTable, ...]


def read_guide_file(path: Path) -> GuideFile:
    """Read a guide file; the errors are those of :func:`read_guide`."""
    return _read(path, shipped_guide())


def _read(path: Path, standard: Guide | None) -> GuideFile:
    """Read a file; ``standard`` is ``None`` for the shipped guide itself."""
    source = _Source.of(path)
    name, version, extends = source.text_of("name"), source.text_of("version"), source.extends()
    if extends and standard is None:
        source.refuse("the shipped guide cannot extend itself", ("extends",))
    base = standard if extends else None
    known: dict[str, dict[str, dict[str, Any]]] = {name: {} for name in _FAMILIES}
    if base is not None:
        known = {
            "chapter": {c.id: c.model_dump(exclude={"id"}) for c in base.chapters},
            "situation": {s.id: s.model_dump(exclude={"id"}) for s in base.situations},
            "finding": {code: text.model_dump() for code, text in base.findings.items()},
        }
    parts: dict[str, dict[str, Any]] = {}
    own: list[GuideTable] = []
    for family, model in _FAMILIES.items():
        tables = dict(known[family])
        for table, values in source.tables(family).items():
            # A team's table changes the keys that it names; a new one has them all.
            tables[table] = {**known[family].get(table, {}), **values}
            line = source.line_of(family, table)
            own.append(GuideTable(family, table, tuple(values), line))
        parts[family] = {
            table: source.checked(model, family, table, values, known[family])
            for table, values in tables.items()
        }
    if standard is not None:  # every kind of moment has words, also in a guide that gives few
        parts["finding"] = {**standard.findings, **parts["finding"]}
    guide = Guide(
        name=name,
        version=version,
        chapters=tuple(parts["chapter"].values()),
        situations=tuple(parts["situation"].values()),
        findings=parts["finding"],
    )
    if not guide.chapters:
        source.refuse("has no chapter; a guide needs at least one table [chapter.NAME]")
    return GuideFile(guide, extends, tuple(own))


class _Source:
    """A guide file: its values, and where in the text they stand."""

    def __init__(self, path: Path, text: str, values: dict[str, Any]) -> None:
        self._path = path
        self._values = values
        self._lines = _lines_of(text)

    @classmethod
    def of(cls, path: Path) -> _Source:
        text = read_text(path, "the guide")
        values = toml_values(text, path)
        source = cls(path, text, values)
        for key in values:
            if key not in (*_HEAD, *_FAMILIES):
                near = nearest(key, (*_HEAD, *_FAMILIES))
                source.refuse(f"unknown key {key!r}; {near}", (key,))
        return source

    def refuse(self, what: str, *places: tuple[str, ...]) -> NoReturn:
        """Raise with the file, and the line of the first place that has one."""
        line = next((self._lines[place] for place in places if place in self._lines), None)
        raise ConfigError(f"{self._path}{'' if line is None else f', line {line}'}: {what}")

    def line_of(self, *place: str) -> int | None:
        """The line of a table or key, ``None`` where it is not known."""
        return self._lines.get(place)

    def extends(self) -> bool:
        """Whether the file builds on the shipped guide."""
        value = self._values.get("extends")
        if value is not None and value != SHIPPED:
            self.refuse(
                f'extends = {value!r}: expected "{SHIPPED}", or leave it out to replace the '
                "shipped guide",
                ("extends",),
            )
        return value is not None

    def text_of(self, key: str) -> str:
        """A text of the head of the file."""
        value = self._values.get(key)
        if value is None:
            self.refuse(f"{key} is missing; expected a line such as {key} = {_EXAMPLES[key]}")
        if not isinstance(value, str) or not value.strip():
            self.refuse(
                f"{key} = {value!r}: expected a text such as {_EXAMPLES[key]}",
                (key,),
            )
        return value

    def tables(self, family: str) -> dict[str, dict[str, Any]]:
        """The tables of a family by their names."""
        tables = self._values.get(family, {})
        if not isinstance(tables, dict):
            self.refuse(f"{family}: expected tables such as [{family}.NAME]", (family,))
        for name, values in tables.items():
            places = ((family, name), (family,))
            if not isinstance(values, dict):
                if name in _FAMILIES[family].model_fields:
                    self.refuse(f"[{family}] needs a name, such as [{family}.NAME]", *places)
                self.refuse(f"{family}.{name}: expected a table [{family}.{name}]", *places)
            if not _NAMES.fullmatch(name):
                self.refuse(
                    f"[{family}.{name}]: a name has small letters a to z, digits and _ only",
                    *places,
                )
        return tables

    def checked(
        self, model: type[Section], family: str, name: str, values: Any, known: Iterable[str]
    ) -> Section:
        """A table as its type. ``known`` are the names of the guide that the file builds on."""
        places = ((family, name), (family,))
        keys = [key for key in model.model_fields if key != "id"]
        for key, value in values.items():
            if key not in keys:
                self.refuse(
                    f"[{family}.{name}] unknown key {key!r}; {nearest(key, keys)}",
                    (family, name, key),
                    *places,
                )
            if isinstance(value, str) and model.model_fields[key].is_required():
                values = {**values, key: value.strip()}
        own = {} if model is FindingText else {"id": name}
        try:
            return model.model_validate({**values, **own})
        except ValidationError as error:
            item = error.errors()[0]
            key = str(item["loc"][0])
            problem = _problem(item, key, model)
            near = closest(name, known)
            if item["type"] == "missing" and name not in known and near is not None:
                problem += f" Or did you mean [{family}.{near}], which is there already?"
            self.refuse(f"[{family}.{name}] {problem}", (family, name, key), *places)


_EXAMPLES = {"name": '"Our guide"', "version": '"1"'}


def _problem(item: Any, key: str, model: type[Section]) -> str:
    """A validation error in words, with what is expected."""
    expected = f"expected: {model.model_fields[key].description}"
    if item["type"] == "missing":
        return f"{key} is missing; {expected}"
    if item["type"] == "string_too_short":
        return f"{key} is empty; {expected}"
    form = "a list of texts" if key == "heard" else "a text"
    if item["type"] == "enum":
        near = nearest(str(item["input"]), [kind.value for kind in FindingKind])
        return f"{key} = {item['input']!r}; {expected} {near[:1].upper()}{near[1:]}"
    return f"{key} = {item['input']!r}: expected {form}. {model.model_fields[key].description}"


def _lines_of(text: str) -> dict[tuple[str, ...], int]:
    """The line of every table and key, as far as the lines of the file tell it."""
    lines: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = tuple(part.strip().strip("\"'") for part in header[1].split("."))
            for depth in range(1, len(table) + 1):
                lines.setdefault(table[:depth], number)
        elif key := _KEY.match(line):
            lines.setdefault((*table, key[1].strip("\"'")), number)
    return lines
