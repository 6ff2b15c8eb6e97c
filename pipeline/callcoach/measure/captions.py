"""Transcripts as captions: WebVTT with voice tags, and SubRip or WebVTT with names in the text.

Sources: the W3C's WebVTT (voice spans), and SubRip as its many writers write it: a number, a line
of times with a comma before the milliseconds, the text, an empty line.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from callcoach.errors import SourceError
from callcoach.measure.dialogue import UNKNOWN_SPEAKER, Dialogue, SaidTurn
from callcoach.measure.entries import time_span, with_speakers
from callcoach.model.timeline import Span

_TIME = r"(?:(\d{1,}):)?([0-5]?\d):([0-5]\d)[.,](\d{1,3})"

_CUE = re.compile(rf"\s*{_TIME}\s+-->\s+{_TIME}(?:\s.*)?")

_VOICE = re.compile(r"<v(?:\.[^\s>]*)?(?:\s+([^>]*))?>")

_TAG = re.compile(r"<[^>]*>")

_NAMED = re.compile(r"(?:-\s*)?\[?([^\W_][\w .'-]{0,39}?)\]?\s*:\s+(?=\S)")
"""A name before what is said, as in ``Ann Lee: Good morning`` or ``[Agent]: ...``."""


def is_captions(text: str) -> bool:
    """Whether a text is WebVTT or SubRip."""
    start = text.lstrip()
    first = start.split("\n", 2)
    return start.startswith("WEBVTT") or any(_CUE.fullmatch(line.strip()) for line in first[:2])


def from_captions(text: str, path: Path) -> Dialogue:
    """The dialogue of a caption file.

    Voices that share a cue share its time by the length of the text. Where no cue has a voice tag,
    a name with a colon at the start of a line names who speaks, until the next name.

    Raises
    ------
    SourceError
        If times cannot be read, or nobody is named.
    """
    cues = list(_cues(text, path))
    tagged = any(_VOICE.search(payload) for _, payload in cues)
    turns: list[SaidTurn] = []
    speaker = UNKNOWN_SPEAKER
    for span, payload in cues:
        voices = _voices(payload) if tagged else _named(payload, speaker)
        speaker = voices[-1][0] if voices else speaker
        turns += _shared(span, voices)
    if not turns:
        raise SourceError(f"{path} has no cues with text")
    try:
        return with_speakers(
            Dialogue(path.stem, tuple(turns)), 'give each cue a <v Name>, or begin it with "Name:"'
        )
    except SourceError as error:
        raise SourceError(f"{path} {error}") from error


def _shared(span: Span, voices: Sequence[tuple[str, str]]) -> Iterator[SaidTurn]:
    letters = sum(len(said) for _, said in voices) or 1
    at_s = span.start_s
    for index, (speaker, said) in enumerate(voices):
        last = index == len(voices) - 1
        end_s = span.end_s if last else at_s + span.duration_s * len(said) / letters
        end_s = min(end_s, span.end_s)
        yield SaidTurn(speaker, said, Span(at_s, end_s))
        at_s = end_s


def _cues(text: str, path: Path) -> Iterator[tuple[Span, str]]:
    """The cues of a file: times and payload. Notes, styles and regions have no times."""
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
    hours, minutes, seconds = (int(part or 0) for part in parts[:3])
    return hours * 3600 + minutes * 60 + seconds + float(f"0.{parts[3]}")


def _voices(payload: str) -> list[tuple[str, str]]:
    """The voices of a cue with what each says, empty ones left out."""
    pieces = _VOICE.split(payload)
    found = [(UNKNOWN_SPEAKER, pieces[0])]
    found += [
        (_plain(speaker or "") or UNKNOWN_SPEAKER, said)
        for speaker, said in zip(pieces[1::2], pieces[2::2], strict=True)
    ]
    return [(speaker, _plain(said)) for speaker, said in found if _plain(said)]


def _named(payload: str, before: str) -> list[tuple[str, str]]:
    """The lines of a cue with who says each: whom the line names, else the one before."""
    result: list[tuple[str, str]] = []
    for line in payload.split("\n"):
        text = _plain(line)
        match = _NAMED.match(text)
        if match is not None:
            before, text = match[1], text[match.end() :]
        if text and result and result[-1][0] == before:
            result[-1] = (before, f"{result[-1][1]} {text}")
        elif text:
            result.append((before, text))
    return result


def _plain(text: str) -> str:
    return " ".join(html.unescape(_TAG.sub("", text)).split())
