"""What is known of a call before it is heard, from whichever place told it."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from callcoach.errors import ConfigError
from callcoach.model.analysis import CallInfo
from callcoach.model.party import Side
from callcoach.model.recording import MetadataItem

RESERVED = frozenset(field.name for field in dataclasses.fields(CallInfo))
"""Names that a column of one's own cannot have: ``analysis.json`` has them already."""

UNIX = "unix"
"""In place of a format: seconds (or, with 13 digits, milliseconds) since 1970."""

_SIDES = {"left": Side.LEFT, "1": Side.LEFT, "right": Side.RIGHT, "2": Side.RIGHT}

_MILLISECONDS = 1e11  # seconds reach this in the year 5138

_CLOCK = re.compile(r"%[HIMScXTfp]")  # what of a format tells a time of day


@dataclass(frozen=True)
class KnownFacts:
    """What one place says of a call; ``None`` where it says nothing."""

    agent_id: str | None = None
    started_at: str | None = None
    call_id: str | None = None
    agent_side: Side | None = None
    metadata: tuple[MetadataItem, ...] = ()

    def or_else(self, other: KnownFacts) -> KnownFacts:
        """These facts, with another's where there are none; columns in order, each once."""
        columns = {item.name: item.value for item in self.metadata}
        for item in other.metadata:
            columns[item.name] = columns.get(item.name) or item.value
        return KnownFacts(
            self.agent_id or other.agent_id,
            self.started_at or other.started_at,
            self.call_id or other.call_id,
            self.agent_side or other.agent_side,
            tuple(MetadataItem(name, value) for name, value in columns.items()),
        )


def side_of(text: str) -> Side:
    """The channel that a text names.

    Raises
    ------
    ValueError
        If it is not left, right, 1 or 2.
    """
    side = _SIDES.get(text.strip().lower())
    if side is None:
        raise ValueError(f"{text!r} is no channel")
    return side


def moment_of(text: str, form: str) -> str:
    """When a call began, in ISO 8601.

    Parameters
    ----------
    text
        As it is written.
    form
        A format of ``strptime``, ``unix``, or nothing for ISO 8601, which stays as it is. A format
        without a time of day gives a date alone: no time is made up.

    Raises
    ------
    ValueError
        If the text is not written like that.
    """
    if not form:
        datetime.fromisoformat(text)
        return text
    if form == UNIX:
        seconds = float(text)
        try:
            at = datetime.fromtimestamp(
                seconds / 1000 if seconds >= _MILLISECONDS else seconds, UTC
            )
        except (OverflowError, OSError) as error:
            raise ValueError(f"{text!r} is no time") from error
        return at.isoformat(timespec="seconds")
    at = datetime.strptime(text, form)
    return at.isoformat() if _CLOCK.search(form) else at.date().isoformat()


def check_columns(names: Iterable[str], setting: str) -> None:
    """Check that columns of one's own have names that are free.

    Raises
    ------
    ConfigError
        If a result has the name already.
    """
    for name in names:
        if name in RESERVED:
            raise ConfigError(f"{setting}: a column cannot be called {name!r}; call it otherwise")
