"""A dialogue of a transcript file as it came, and what every reader of such files needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from callcoach.errors import SourceError
from callcoach.measure.dialogue import Dialogue, SaidTurn
from callcoach.model.timeline import Span


@dataclass(frozen=True)
class DialogueRecord:
    """One dialogue of a file, or why it could not be read.

    ``given`` holds the keys as they came. ``number`` is the line (JSON lines), the row of its
    first turn (CSV) or the place in the file, from 1.
    """

    number: int
    given: Mapping[str, Any]
    dialogue: Dialogue | None
    error: str | None = None


def turn_keys(turn: SaidTurn) -> dict[str, Any]:
    """A turn in the keys of the JSON lines, times and words only where it has them."""
    keys: dict[str, Any] = {"speaker": turn.speaker, "text": turn.text}
    if turn.span is not None:
        keys |= {"start_s": turn.span.start_s, "end_s": turn.span.end_s}
    if turn.words:
        keys["words"] = [
            {"text": w.text, "start_s": w.start_s, "end_s": w.end_s} for w in turn.words
        ]
    return keys


def time_span(start: Any, end: Any, where: str) -> Span | None:
    """Times in seconds, ``None`` where there are none.

    Raises
    ------
    SourceError
        If only one of the two is there, or they are no times.
    """
    if start is None and end is None:
        return None
    for value in (start, end):
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise SourceError(f"{where}: start and end must be numbers, got {start!r} and {end!r}")
    try:
        return Span(float(start), float(end))
    except (ValueError, OverflowError) as error:
        raise SourceError(
            f"{where}: the times must be 0 <= start <= end, got {start} and {end}"
        ) from error
