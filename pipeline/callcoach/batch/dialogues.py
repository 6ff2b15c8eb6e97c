"""``callcoach measure dialogue``: transcripts made elsewhere in, the same with measures out."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from callcoach.batch.dialogue_words import PARTS, TurnWords, measure_words
from callcoach.batch.transcripts import Entry
from callcoach.call import Activity, OverlapEvent, Silence, SpeechRegion, Timing, Word
from callcoach.config import Config
from callcoach.delivery import Unmeasured
from callcoach.dialogue.listening import measure_listening
from callcoach.dialogue.overlaps import find_overlaps
from callcoach.dialogue.phrasebook import Matcher
from callcoach.dialogue.silences import find_silences
from callcoach.dialogue.turns import build_turns, inter_pausal_units
from callcoach.floor import Listening
from callcoach.settings.listening import TranscriptsConfig
from callcoach.timeline import Span, merged
from callcoach.transcript import UNKNOWN_SPEAKER, Dialogue, SaidTurn

OF_TURNS = tuple(field.name for field in dataclasses.fields(TurnWords))
"""Keys that each turn gets."""

OF_DIALOGUES = ("times", "overlaps", "silences", "listening", "roles", *PARTS, "unmeasured")
"""Keys that each dialogue gets; one of the input with such a name gets ``input_`` before it."""

_DECIMALS = 3
_TURN_KEYS = ("turn", "restates_turn", "repeats")


@dataclass(frozen=True)
class DialogueMeasures:
    """What is measured of a transcript.

    ``times`` says what the speech was taken from: ``words``, ``turns``, or ``mixed`` where only
    some turns have word times. What is ``None`` has its reason in ``unmeasured``.
    """

    times: str | None
    overlaps: tuple[OverlapEvent, ...] | None
    silences: tuple[Silence, ...] | None
    listening: Listening | None
    unmeasured: tuple[Unmeasured, ...]


def measure_dialogue(dialogue: Dialogue, config: Config) -> DialogueMeasures:
    """Find simultaneous speech, silences and room to speak in a transcript with times.

    The speech of a turn is its words' times, or where those are missing the whole turn. Times of
    a transcript are coarser than speech activity; overlaps between two named speakers alone are
    looked for. Before the first and after the last word nothing is known.
    """
    said = [turn for turn in dialogue.turns if _is_speech(turn, config.transcripts)]
    reason = _no_times(said)
    if reason is not None:
        missing = tuple(Unmeasured(n, reason) for n in ("overlaps", "silences", "listening"))
        return DialogueMeasures(None, None, None, None, missing)
    speakers = dialogue.speakers
    known = [_activity(name, said) for name in speakers]
    words = sorted(
        (word for turn in said for word in _words(turn)), key=lambda w: (w.start_s, w.end_s)
    )
    heard = [*known, _activity(UNKNOWN_SPEAKER, said)]
    all_units = inter_pausal_units(heard, config.turns)
    end_s = max(unit.end_s for unit in all_units)
    length_s = end_s - min(unit.start_s for unit in all_units)
    silences = tuple(
        silence
        for silence in find_silences(all_units, end_s, config.silences, config.turns, words=words)
        if silence.after is not None
    )
    units = inter_pausal_units(known, config.turns)
    own_words = [word for word in words if word.speaker != UNKNOWN_SPEAKER]
    turns = build_turns(units, own_words, config.turns)
    overlaps = None
    reasons = []
    if len(speakers) == 2:
        overlaps = find_overlaps(units, turns, own_words, config.overlaps)
    else:
        who = "1 speaker is" if len(speakers) == 1 else f"{len(speakers)} speakers are"
        reasons.append(Unmeasured("overlaps", f"{who} named; it is measured between two"))
    listening = measure_listening(
        known, turns, overlaps, silences, length_s, config.listening, config.overlaps
    )
    return DialogueMeasures(_kind_of_times(said), overlaps, silences, listening, tuple(reasons))


def measured_line(entry: Entry, config: Config, matcher: Matcher) -> str:
    """The output line of an entry, as JSON: what came in, then what was measured or the error."""
    if entry.dialogue is None:
        line: dict[str, Any] = _beside(entry.given, ("error", "line"))
        line |= {"error": entry.error, "line": entry.number}
        return _text(line)
    times = measure_dialogue(entry.dialogue, config)
    words = measure_words(entry.dialogue, matcher, config)
    line = _beside(entry.given, OF_DIALOGUES)
    given = entry.given["turns"]
    # A turn is named by its own id where it has one, else by its place from 0.
    names = [turn.get("id", place) for place, turn in enumerate(given)]
    line["turns"] = [
        _beside(turn, OF_TURNS) | _named(_plain(found), names)
        for turn, found in zip(given, words.turns, strict=True)
    ]
    found = {name: _plain(getattr(times, name)) for name in ("times", "overlaps", "silences")}
    found["listening"] = _plain(times.listening)
    found["roles"] = dict(words.roles)
    for name in PARTS:
        found[name] = _named(_plain(getattr(words.language, name, None)), names)
    found["unmeasured"] = _plain((*times.unmeasured, *words.unmeasured))
    return _text(line | found)


def measured_lines(entries: Iterable[Entry], config: Config, matcher: Matcher) -> str:
    """All output lines, one for each entry, in the same order."""
    return "".join(measured_line(entry, config, matcher) + "\n" for entry in entries)


def _named(value: Any, names: Sequence[Any]) -> Any:
    """The value with the places of turns replaced by the turns' names."""
    if isinstance(value, list):
        return [_named(item, names) for item in value]
    if isinstance(value, dict):
        return {
            key: names[int(item)] if key in _TURN_KEYS and item is not None else _named(item, names)
            for key, item in value.items()
        }
    return value


def _is_speech(turn: SaidTurn, config: TranscriptsConfig) -> bool:
    """Whether a turn holds more than sounds in brackets."""

    def sound(match: re.Match[str]) -> str:
        words = re.findall(r"\w+", match.group().lower())
        return " " if all(word in config.sound_words for word in words) else match.group()

    return bool(re.sub(r"\[[^\]]*\]|<[^>]*>|\([^)]*\)", sound, turn.text).strip())


def _no_times(turns: Sequence[SaidTurn]) -> str | None:
    """Why the turns cannot be put on a time line, ``None`` where they can."""
    if not turns:
        return "nothing is said"
    if not any(span.duration_s > 0 for turn in turns for span in _spans(turn)):
        spans = [span for turn in turns for span in _spans(turn)]
        return "the times have no length" if spans else "the turns have no times"
    without = sum(turn.span is None and not turn.words for turn in turns)
    if without:
        return f"{without} of {len(turns)} turns have no times"
    return None


def _kind_of_times(turns: Sequence[SaidTurn]) -> str:
    by_words = sum(bool(turn.words) for turn in turns)
    if by_words == len(turns):
        return "words"
    return "mixed" if by_words else "turns"


def _spans(turn: SaidTurn) -> Sequence[Span]:
    """When a turn is spoken: its words' times, else its own."""
    return turn.words or (() if turn.span is None else (turn.span,))


def _activity(speaker: str, turns: Sequence[SaidTurn]) -> Activity:
    spans: list[Span] = []
    for turn in turns:
        if turn.speaker == speaker:
            spans += _spans(turn)
    regions = (s for s in merged(spans) if s.duration_s > 0)
    return Activity(speaker, tuple(SpeechRegion(s.start_s, s.end_s, speaker) for s in regions))


def _words(turn: SaidTurn) -> list[Word]:
    """The words of a turn with times; without word times they are spread over the turn."""
    if turn.words:
        return [
            Word(w.start_s, w.end_s, turn.speaker, w.text, 1.0, Timing.MEASURED) for w in turn.words
        ]
    texts = turn.text.split()
    if turn.span is None or not texts:
        return []
    step_s = turn.span.duration_s / len(texts)
    starts = [turn.span.start_s + i * step_s for i in range(len(texts))]
    return [
        Word(start_s, start_s + step_s, turn.speaker, text, 1.0, Timing.INTERPOLATED)
        for start_s, text in zip(starts, texts, strict=True)
    ]


def _beside(given: Mapping[str, Any], ours: Sequence[str]) -> dict[str, Any]:
    """The given keys, with ``input_`` before those that have one of our names."""
    result: dict[str, Any] = {}
    for key, value in given.items():
        name = key
        while name in ours or (name != key and (name in given or name in result)):
            name = f"input_{name}"
        result[name] = value
    return result


def _plain(value: Any) -> Any:
    """Dataclasses as objects, seconds and shares with settled decimals."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return round(value, _DECIMALS) + 0.0 if isinstance(value, float) else value


def _text(line: Mapping[str, Any]) -> str:
    return json.dumps(line, ensure_ascii=False, allow_nan=False)
