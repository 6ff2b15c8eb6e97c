"""A dialogue of a transcript file as it came, and what every reader of such files needs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from callcoach.errors import SourceError
from callcoach.measure.dialogue import Dialogue, SaidTurn, SaidWord
from callcoach.model.timeline import Span

_CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2}(?:[.,]\d+)?)")

_LEAST_MS = 1000.0

_SLOWEST = 0.05

_FASTEST = 10.0
"""In a transcript people say more than the first and less than the second many words a second: a
word in 20 s is a call on hold; nobody reaches ten (Tauroza and Allison 1990: 4 at most)."""


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
    """Times in seconds, ``None`` where there are none; clock times (0:01:02.5) are read as well.

    Raises
    ------
    SourceError
        If only one of the two is there, or they are no times.
    """
    start, end = (clock_s(value) if isinstance(value, str) else value for value in (start, end))
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


def words_of(
    items: Sequence[Any], text: str, start: str, end: str, where: str
) -> tuple[SaidWord, ...]:
    """The words that have times, in order of time. The arguments name the keys."""
    result = []
    for number, item in enumerate(items, 1):
        place = f"{where}, word {number}"
        if not isinstance(item, dict):
            raise SourceError(f"{place} is no object")
        said = string(item, text, place)
        span = time_span(item.get(start), item.get(end), place)
        if span is not None:
            result.append(SaidWord(span.start_s, span.end_s, said))
    return tuple(sorted(result, key=lambda w: (w.start_s, w.end_s)))


def string(item: Mapping[str, Any], key: str, where: str) -> str:
    """The text under a key; half an emoji becomes the sign for a character that is lost.

    Raises
    ------
    SourceError
        If there is none.
    """
    value = item.get(key)
    if not isinstance(value, str):
        raise SourceError(f"{where}: {key} {'is missing' if value is None else 'is no text'}")
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def with_speakers(dialogue: Dialogue, advice: str) -> Dialogue:
    """The dialogue, if it names anybody.

    Raises
    ------
    SourceError
        If it has turns and names no speaker; with what to do.
    """
    if dialogue.turns and not dialogue.speakers:
        raise SourceError(f"names no speakers; {advice}")
    return dialogue


def clock_s(text: str) -> float | str:
    """A time such as 1:02:03.5 or 02:03,5 in seconds; another text as it is.

    >>> clock_s("1:02:03.5"), clock_s("soon")
    (3723.5, 'soon')
    """
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        return text
    hours, minutes, seconds = match.groups()
    return 3600 * int(hours or 0) + 60 * int(minutes) + float(seconds.replace(",", "."))


def check_seconds(turns: Sequence[SaidTurn]) -> None:
    """Check that times are seconds by how much is said in them.

    Raises
    ------
    SourceError
        If they are whole numbers in which hardly anything would be said, and in thousandths of
        which people would speak as they do: milliseconds.
    """
    spans = [turn.span for turn in turns if turn.span is not None]
    last_s = max((span.end_s for span in spans), default=0.0)
    words = sum(len(turn.text.split()) for turn in turns if turn.span is not None)
    whole = all(span.start_s.is_integer() and span.end_s.is_integer() for span in spans)
    slow = last_s > _LEAST_MS and words < _SLOWEST * last_s
    if whole and slow and words <= _FASTEST * last_s / 1000:
        raise SourceError(
            f"the times look like milliseconds ({words} words until {last_s:.0f}): give seconds, "
            "or name the columns start_ms and end_ms"
        )
