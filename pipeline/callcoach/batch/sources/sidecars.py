"""What the file beside a recording says of it: JSON or XML, as recorders write them.

XML is read without document types: what an entity stands for is never looked up or blown up.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from xml.parsers import expat

from callcoach.batch.sources.call_facts import KnownFacts, check_columns, moment_of, side_of
from callcoach.config.source import SourceConfig
from callcoach.model.recording import CallWarning, MetadataItem, Severity

ENDINGS = (".json", ".xml")

_MOST_BYTES = 4_000_000  # a page of facts has some kilobytes; this is a transcript or no sidecar

_DEEPEST = 100

_TEXT = ""  # under which an element's own text stands beside its attributes and children

_STARTED_AT = "started_at"

_T = TypeVar("_T")


class SidecarError(ValueError):
    """A sidecar cannot be read; the message is a part of a sentence."""


@dataclass(frozen=True)
class SidecarFacts:
    """What a sidecar tells. ``problems`` are what it does not, as parts of sentences.

    ``missing`` are keys of the settings that it does not have.
    """

    facts: KnownFacts
    problems: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


class SidecarReader:
    """Reads facts out of sidecars.

    Parameters
    ----------
    config
        The keys that are read.

    Raises
    ------
    ConfigError
        If a key would become a column that every call has.
    """

    def __init__(self, config: SourceConfig) -> None:
        self._facts = config.sidecar_facts
        self._format = config.sidecar_time_format
        self._columns = {key: key.replace(".", "_") for key in config.sidecar_columns}
        check_columns(self._columns.values(), "source.sidecar_columns")

    def read(self, path: Path) -> SidecarFacts:
        """What the sidecar says; one that is broken says nothing and is a problem."""
        try:
            tree = load_sidecar(path)
        except SidecarError as error:
            return SidecarFacts(KnownFacts(), (str(error),))
        texts = {fact: text_at(tree, key) for fact, key in self._facts.items()}
        columns = {key: text_at(tree, key) for key in self._columns}
        problems: list[str] = []
        facts = KnownFacts(
            texts.get("agent_id"),
            self._checked(texts, _STARTED_AT, lambda t: moment_of(t, self._format), problems),
            texts.get("call_id"),
            self._checked(texts, "agent_channel", side_of, problems),
            tuple(
                MetadataItem(self._columns[key], text)
                for key, text in columns.items()
                if text is not None
            ),
        )
        keys = {**{self._facts[fact]: text for fact, text in texts.items()}, **columns}
        return SidecarFacts(
            facts, tuple(problems), tuple(k for k, text in keys.items() if text is None)
        )

    def _checked(
        self,
        texts: dict[str, str | None],
        fact: str,
        read: Callable[[str], _T],
        problems: list[str],
    ) -> _T | None:
        text = texts.get(fact)
        if text is None:
            return None
        try:
            return read(text)
        except ValueError:
            # Not quoted: it may be anything.
            what = "date" if fact == _STARTED_AT else "channel"
            problems.append(f"what it has under {self._facts[fact]} is no {what}")
            return None


def sidecar_note(name: str, problems: Sequence[str]) -> CallWarning:
    """What a reader must know of a call whose sidecar is broken."""
    text = (
        f"Not everything that {name} says of the call could be read: {'; '.join(problems)}. "
        "Mend it, then run again."
    )
    return CallWarning("sidecar_unread", text, severity=Severity.NOTE)


def beside(path: Path) -> Iterator[Path]:
    """Where a recording's sidecar may lie, the most certain first."""
    for base in (path.name, path.stem):
        for ending in ENDINGS:
            for spelled in (ending, ending.upper()):
                yield path.with_name(f"{base}{spelled}")


def load_sidecar(path: Path) -> Any:
    """The content of a sidecar: objects, lists and texts within each other.

    Raises
    ------
    SidecarError
        If it cannot be read, is too large, or is not what its ending says.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise SidecarError(f"it cannot be opened ({error.strerror})") from error
    if len(data) > _MOST_BYTES:
        raise SidecarError(f"it is larger than {_MOST_BYTES / 1e6:g} MB")
    if path.suffix.lower() == ".xml":
        return _xml(data)
    try:
        return json.loads(data.removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError) as error:
        raise SidecarError("it is no whole JSON") from error


def text_at(tree: Any, key: str) -> str | None:
    """The text under a key such as ``call.agents.0.id``; ``None`` where there is no single one.

    A key that holds dots itself is found too. Lists need a number: which one is meant is not
    guessed.
    """
    found = _at(tree, key)
    if isinstance(found, dict):
        found = found.get(_TEXT)
    if isinstance(found, bool):
        return "true" if found else "false"
    if isinstance(found, str | int | float):
        # Half an emoji can be written in JSON, and nowhere else.
        return str(found).strip().encode("utf-8", "backslashreplace").decode() or None
    return None


def _at(tree: Any, key: str) -> Any:
    if isinstance(tree, dict) and key in tree:
        return tree[key]
    head, dot, rest = key.partition(".")
    if isinstance(tree, list):
        below = tree[int(head)] if head.isdecimal() and int(head) < len(tree) else None
    else:
        below = tree.get(head) if isinstance(tree, dict) else None
    return _at(below, rest) if dot and below is not None else below


def _xml(data: bytes) -> Any:
    """An XML file as objects: attributes and children by name, several of a name as a list.

    The outermost element stands for the whole: its name is no part of a key, but may be one.
    """
    root: dict[str, Any] = {}
    stack: list[dict[str, Any]] = [root]

    def begin(name: str, attributes: dict[str, str]) -> None:
        if len(stack) > _DEEPEST:
            raise SidecarError("its elements lie too deep within each other")
        element: dict[str, Any] = {}
        for key, value in attributes.items():
            _put(element, _local(key), value)
        _put(stack[-1], _local(name), element)
        stack.append(element)

    def text(part: str) -> None:
        stack[-1][_TEXT] = stack[-1].get(_TEXT, "") + part

    def refuse(*_: object) -> None:
        raise SidecarError("it has a document type (<!DOCTYPE), which is not read")

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = begin
    parser.EndElementHandler = lambda name: stack.pop()
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        if isinstance(error, SidecarError):
            raise
        raise SidecarError("it is no whole XML") from error
    ((name, top),) = ((n, e) for n, e in root.items() if n != _TEXT)
    return {name: top, **top}


def _put(element: dict[str, Any], name: str, value: Any) -> None:
    """A second one of a name makes a list of them."""
    before = element.get(name)
    if before is None:
        element[name] = value
    elif isinstance(before, list):
        before.append(value)
    else:
        element[name] = [before, value]


def _local(name: str) -> str:
    return name.rpartition(":")[2]
