"""Transcripts made elsewhere: JSON lines, CSV, Amazon Transcribe Call Analytics, WhisperX, WebVTT.

The format is told by the content, whatever the file is called. Everything becomes a
:class:`Dialogue`; of JSON lines the other keys are kept, so that they can be written again.
"""

from __future__ import annotations

import html
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from callcoach.errors import SourceError
from callcoach.measure.dialogue import UNKNOWN_SPEAKER, Dialogue, SaidTurn, SaidWord
from callcoach.measure.entries import DialogueRecord as DialogueRecord
from callcoach.measure.entries import time_span, turn_keys
from callcoach.measure.transcript_csv import is_table, read_table
from callcoach.model.timeline import Span

_FORMATS = (
    "callcoach reads JSON lines with id and turns, CSV with the columns speaker and text, Amazon "
    "Transcribe Call Analytics JSON, WhisperX JSON with speakers, and WebVTT with voice tags"
)

_TIME = r"(?:(\d{2,}):)?([0-5]\d):([0-5]\d)[.,](\d{3})"

_CUE = re.compile(rf"\s*{_TIME}\s+-->\s+{_TIME}(?:\s.*)?")

_VOICE = re.compile(r"<v(?:\.[^\s>]*)?(?:\s+([^>]*))?>")

_TAG = re.compile(r"<[^>]*>")


def read_dialogues(path: Path) -> tuple[DialogueRecord, ...]:
    """All dialogues of a file, in order.

    Raises
    ------
    SourceError
        If the file cannot be read or is none of the formats. A single bad line among JSON lines,
        or a dialogue with a bad row in a CSV file, is an entry with an error instead.
    """
    text = _text(path)
    if not text.strip():
        raise SourceError(f"{path} has no dialogues; {_FORMATS}")
    if text.lstrip().startswith("WEBVTT"):
        return (_made(1, _from_vtt(text, path)),)
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


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError(f"cannot read the transcripts {path}: it is not UTF-8 text") from error
    except OSError as error:
        raise SourceError(f"cannot read the transcripts {path}: {error.strerror}") from error


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
        if isinstance(value.get("Transcript"), list):
            return _made(number, _from_call_analytics(value, name), value, ("Transcript",))
        if isinstance(value.get("segments"), list):
            parts = ("segments", "word_segments")
            return _made(number, _from_whisperx(value, name), value, parts)
        raise SourceError("has no turns")
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
    return Dialogue(str(name), tuple(_turn(item, f"turn {n}") for n, item in enumerate(turns, 1)))


def _turn(item: Any, where: str) -> SaidTurn:
    if not isinstance(item, dict):
        raise SourceError(f"{where} is no object")
    words = item.get("words")
    if words is not None and not isinstance(words, list):
        raise SourceError(f"{where}: its words are no list")
    speaker = _string(item, "speaker", where).strip()
    if not speaker:
        raise SourceError(f"{where}: the speaker is empty")
    return SaidTurn(
        speaker,
        _string(item, "text", where),
        time_span(item.get("start_s"), item.get("end_s"), where),
        _words(words or (), "text", "start_s", "end_s", where),
    )


def _words(
    items: Sequence[Any], text: str, start: str, end: str, where: str
) -> tuple[SaidWord, ...]:
    """The words that have times, in order of time. The arguments name the keys."""
    result = []
    for number, item in enumerate(items, 1):
        place = f"{where}, word {number}"
        if not isinstance(item, dict):
            raise SourceError(f"{place} is no object")
        said = _string(item, text, place)
        span = time_span(item.get(start), item.get(end), place)
        if span is not None:
            result.append(SaidWord(span.start_s, span.end_s, said))
    return tuple(sorted(result, key=lambda w: (w.start_s, w.end_s)))


def _string(item: Mapping[str, Any], key: str, where: str) -> str:
    value = item.get(key)
    if not isinstance(value, str):
        raise SourceError(f"{where}: {key} {'is missing' if value is None else 'is no text'}")
    return value


# --------------------------------------------------------------------------- other formats


def _from_call_analytics(value: Mapping[str, Any], name: str) -> Dialogue:
    """Amazon Transcribe Call Analytics, the output of a post-call job. Its times are in ms."""
    turns = []
    for number, item in enumerate(value["Transcript"], 1):
        where = f"Transcript item {number}"
        if not isinstance(item, dict):
            raise SourceError(f"{where} is no object")
        words = _words(
            _with_marks(item.get("Items")), "Content", "BeginOffsetMillis", "EndOffsetMillis", where
        )
        turns.append(
            SaidTurn(
                _string(item, "ParticipantRole", where).strip().lower() or UNKNOWN_SPEAKER,
                _string(item, "Content", where),
                _in_seconds(time_span(*_offsets(item), where)),
                tuple(SaidWord(w.start_s / 1000, w.end_s / 1000, w.text) for w in words),
            )
        )
    job = value.get("JobName")
    return Dialogue(job if isinstance(job, str) and job else name, tuple(turns))


def _with_marks(items: Any) -> list[Any]:
    """The spoken items; punctuation, an item of its own there, goes to the word before it."""
    spoken: list[Any] = []
    for item in items if isinstance(items, list) else ():
        if isinstance(item, dict) and item.get("Type") == "punctuation":
            before = spoken[-1] if spoken else None
            mark = item.get("Content")
            if isinstance(before, dict) and isinstance(before.get("Content"), str):
                spoken[-1] = before | {"Content": f"{before['Content']}{mark or ''}"}
            continue
        spoken.append(item)
    return spoken


def _offsets(item: Mapping[str, Any]) -> tuple[Any, Any]:
    return item.get("BeginOffsetMillis"), item.get("EndOffsetMillis")


def _in_seconds(span: Span | None) -> Span | None:
    return None if span is None else Span(span.start_s / 1000, span.end_s / 1000)


def _from_whisperx(value: Mapping[str, Any], name: str) -> Dialogue:
    """WhisperX with speakers: segments are taken as turns."""
    turns = []
    for number, item in enumerate(value["segments"], 1):
        where = f"segment {number}"
        if not isinstance(item, dict):
            raise SourceError(f"{where} is no object")
        words = item.get("words")
        turns.append(
            SaidTurn(
                str(item.get("speaker") or UNKNOWN_SPEAKER),
                _string(item, "text", where).strip(),
                time_span(item.get("start"), item.get("end"), where),
                _words(words if isinstance(words, list) else (), "word", "start", "end", where),
            )
        )
    return _with_speakers(Dialogue(name, tuple(turns)), "run WhisperX with --diarize")


def _from_vtt(text: str, path: Path) -> Dialogue:
    """WebVTT with voice tags. Voices that share a cue share its time by the length of the text."""
    turns: list[SaidTurn] = []
    for span, payload in _cues(text, path):
        voices = _voices(payload)
        letters = sum(len(said) for _, said in voices) or 1
        at_s = span.start_s
        for index, (speaker, said) in enumerate(voices):
            last = index == len(voices) - 1
            end_s = span.end_s if last else at_s + span.duration_s * len(said) / letters
            end_s = min(end_s, span.end_s)
            turns.append(SaidTurn(speaker, said, Span(at_s, end_s)))
            at_s = end_s
    if not turns:
        raise SourceError(f"{path} has no cues with text")
    try:
        return _with_speakers(Dialogue(path.stem, tuple(turns)), "give each cue a <v Name>")
    except SourceError as error:
        raise SourceError(f"{path} {error}") from error


def _cues(text: str, path: Path) -> Iterator[tuple[Span, str]]:
    """The cues of a WebVTT file: times and payload. Notes, styles and regions have no times."""
    for block in re.split(r"\n[ \t]*\n", re.sub(r"\r\n?", "\n", text)):
        lines = block.strip("\n").split("\n")
        for index, line in enumerate(lines):
            if "-->" not in line:
                continue
            match = _CUE.fullmatch(line)
            if match is None:
                raise SourceError(f"{path}: cannot read the times {line.strip()!r}")
            times = match.groups()
            span = time_span(
                _clock_s(times[:4]), _clock_s(times[4:]), f"{path}, cue {line.strip()!r}"
            )
            if span is not None:
                yield span, "\n".join(lines[index + 1 :])
            break


def _clock_s(parts: Sequence[str | None]) -> float:
    hours, minutes, seconds, millis = (int(part or 0) for part in parts)
    return hours * 3600 + minutes * 60 + seconds + millis / 1000


def _voices(payload: str) -> list[tuple[str, str]]:
    """The voices of a cue with what each says, empty ones left out."""
    pieces = _VOICE.split(payload)
    found = [(UNKNOWN_SPEAKER, pieces[0])]
    found += [
        (_plain(speaker or "") or UNKNOWN_SPEAKER, said)
        for speaker, said in zip(pieces[1::2], pieces[2::2], strict=True)
    ]
    return [(speaker, _plain(said)) for speaker, said in found if _plain(said)]


def _plain(text: str) -> str:
    return " ".join(html.unescape(_TAG.sub("", text)).split())


def _with_speakers(dialogue: Dialogue, advice: str) -> Dialogue:
    if dialogue.turns and not dialogue.speakers:
        raise SourceError(f"names no speakers; {advice}")
    return dialogue
