"""Transcripts made elsewhere: JSON lines, tables, captions, and the JSON of recognisers.

The format is told by the content, whatever the file is called. Everything becomes a
:class:`Dialogue`; of JSON lines the other keys are kept, so that they can be written again.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from callcoach.errors import SourceError
from callcoach.measure.captions import from_captions, is_captions
from callcoach.measure.dialogue import UNKNOWN_SPEAKER, Dialogue, SaidTurn
from callcoach.measure.entries import DialogueRecord as DialogueRecord
from callcoach.measure.entries import check_seconds, string, time_span, turn_keys, words_of
from callcoach.measure.recognisers import reader_of
from callcoach.measure.transcript_tables import is_table, read_table
from callcoach.storage.table_rows import is_workbook, text_of

_FORMATS = (
    "callcoach reads JSON lines with id and turns, tables (CSV, XLSX) with the columns speaker and "
    "text, WebVTT and SubRip that name the speakers, and the JSON of Amazon Transcribe Call "
    "Analytics, WhisperX, Deepgram, AssemblyAI, Azure Speech and Google Speech-to-Text"
)


def read_dialogues(path: Path) -> tuple[DialogueRecord, ...]:
    """All dialogues of a file, in order; turns that all have times are put in order of time.

    Raises
    ------
    SourceError
        If the file cannot be read or is none of the formats. A single bad line among JSON lines,
        or a dialogue with a bad row in a CSV file, is an entry with an error instead.
    """
    return tuple(_in_time(record) for record in _records(path))


def _records(path: Path) -> tuple[DialogueRecord, ...]:
    if is_workbook(path):
        return read_table(path)
    text = text_of(path, "transcripts")
    if not text.strip():
        raise SourceError(f"{path} has no dialogues; {_FORMATS}")
    if is_captions(text):
        return (_made(1, from_captions(text, path)),)
    if is_table(text):
        return read_table(path)
    try:
        whole = _json(text)
    except ValueError:
        return _lines(text, path)
    if isinstance(whole, list) and whole:
        return tuple(_entry(n, item, path.stem) for n, item in enumerate(whole, 1))
    entry = _entry(1, whole, path.stem)
    if entry.dialogue is None and (len(text.strip().splitlines()) > 1 or not entry.given):
        raise SourceError(f"{path}: {entry.error}; {_FORMATS}")
    return (entry,)


def _in_time(record: DialogueRecord) -> DialogueRecord:
    """The dialogue with its turns in order of time: some write channel after channel."""
    dialogue = record.dialogue
    if dialogue is None:
        return record
    spans = [turn.span for turn in dialogue.turns if turn.span is not None]
    if len(spans) < len(dialogue.turns):
        return record
    order = sorted(range(len(spans)), key=lambda n: (spans[n].start_s, spans[n].end_s))
    if order == list(range(len(spans))):
        return record
    given = list(record.given["turns"])
    return DialogueRecord(
        record.number,
        {**record.given, "turns": [given[n] for n in order]},
        Dialogue(dialogue.id, tuple(dialogue.turns[n] for n in order)),
    )


def _lines(text: str, path: Path) -> tuple[DialogueRecord, ...]:
    entries = []
    objects = 0
    # Only line feeds end a line: JSON strings may hold other separators as they are.
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            value = _json(line)
        except ValueError as error:
            entries.append(DialogueRecord(number, {}, None, f"is not JSON: {error}"))
            continue
        objects += isinstance(value, dict)
        entries.append(_entry(number, value, f"{path.stem}-{number}"))
    if not objects:
        raise SourceError(f"{path} is no transcript: {_FORMATS}")
    return tuple(entries)


def _json(text: str) -> Any:
    """JSON without NaN and infinities.

    Raises
    ------
    ValueError
        If it is none, also where it is nested too deeply to be read.
    """
    try:
        return json.loads(text, parse_constant=_no_constant, parse_float=_finite)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is too large a number")
    return value


def _entry(number: int, value: Any, name: str) -> DialogueRecord:
    """The dialogue in one JSON value; ``name`` is its id where the format has none."""
    given: Mapping[str, Any] = value if isinstance(value, dict) else {}
    try:
        if not isinstance(value, dict):
            raise SourceError("is no JSON object")
        if "turns" in value:
            return DialogueRecord(number, value, _from_turns(value))
        known = reader_of(value)
        if known is None:
            raise SourceError("has no turns")
        read, parts = known
        return _made(number, read(value, name), value, parts)
    except SourceError as error:
        return DialogueRecord(number, given, None, str(error))


def _made(
    number: int,
    dialogue: Dialogue,
    value: Mapping[str, Any] | None = None,
    parts: Sequence[str] = (),
) -> DialogueRecord:
    """An entry in our own keys for a dialogue of another format.

    The other keys of ``value`` stay as they are; ``parts`` are those that hold the turns.
    """
    given: dict[str, Any] = {"id": dialogue.id, "turns": [turn_keys(t) for t in dialogue.turns]}
    others = {k: v for k, v in (value or {}).items() if k not in parts and k not in given}
    return DialogueRecord(number, given | others, dialogue)


# --------------------------------------------------------------------------- JSON lines


def _from_turns(value: Mapping[str, Any]) -> Dialogue:
    name = value.get("id")
    if isinstance(name, bool) or not isinstance(name, str | int) or not str(name).strip():
        raise SourceError("has no id")
    turns = value["turns"]
    if not isinstance(turns, list):
        raise SourceError("its turns are no list")
    found = tuple(_turn(item, f"turn {n}") for n, item in enumerate(turns, 1))
    check_seconds(found)
    return Dialogue(str(name), found)


def _turn(item: Any, where: str) -> SaidTurn:
    if not isinstance(item, dict):
        raise SourceError(f"{where} is no object")
    words = item.get("words")
    if words is not None and not isinstance(words, list):
        raise SourceError(f"{where}: its words are no list")
    named = item.get("speaker") is not None or "speaker" not in item
    return SaidTurn(
        (string(item, "speaker", where).strip() if named else "") or UNKNOWN_SPEAKER,
        string(item, "text", where),
        time_span(item.get("start_s"), item.get("end_s"), where),
        words_of(words or (), "text", "start_s", "end_s", where),
    )
