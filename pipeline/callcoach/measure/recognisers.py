"""Transcripts as recognisers write them in JSON, each told by its own keys.

By their public documentation: Amazon Transcribe Call Analytics (output of a post-call job),
WhisperX, Deepgram (pre-recorded audio), AssemblyAI (transcript with utterances), Azure Speech
(batch and fast transcription), Google Cloud Speech-to-Text (v1 and v2).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from callcoach.errors import SourceError
from callcoach.measure.dialogue import UNKNOWN_SPEAKER, Dialogue, SaidTurn, SaidWord
from callcoach.measure.entries import string, time_span, with_speakers, words_of
from callcoach.model.timeline import Span

Keys = Mapping[str, Any]

_TICKS_PER_S = 10_000_000  # Azure counts in 100 ns

_PAUSE_S = 0.8
"""Words of a speaker with a longer pause between them, in seconds, are two turns where a recogniser
gives words alone: most pauses within a sentence are under 0.5 s (Goldman-Eisler 1968)."""


def reader_of(value: Keys) -> tuple[Callable[[Keys, str], Dialogue], tuple[str, ...]] | None:
    """What reads a JSON object, and the keys that hold its turns; ``None`` for no known format."""
    results = value.get("results")
    if isinstance(value.get("Transcript"), list):
        return _from_call_analytics, ("Transcript",)
    if isinstance(value.get("segments"), list):
        return _from_whisperx, ("segments", "word_segments")
    if isinstance(results, dict) and isinstance(results.get("channels"), list):
        return _from_deepgram, ("results",)
    if isinstance(value.get("utterances"), list):
        return _from_assemblyai, ("utterances", "words", "text")
    if isinstance(value.get("recognizedPhrases"), list):
        return _from_azure_batch, ("recognizedPhrases", "combinedRecognizedPhrases")
    if isinstance(value.get("phrases"), list):
        return _from_azure_fast, ("phrases", "combinedPhrases")
    if isinstance(results, list):
        return _from_google, ("results",)
    return None


def _items(value: Any, what: str) -> Iterator[tuple[Keys, str]]:
    """The objects of a list, each with its place for messages."""
    for number, item in enumerate(value if isinstance(value, list) else (), 1):
        where = f"{what} {number}"
        if not isinstance(item, dict):
            raise SourceError(f"{where} is no object")
        yield item, where


def _best(item: Keys, key: str, where: str) -> Keys:
    """The first of the ways in which something was heard; nothing where there is none."""
    ways = item.get(key)
    best = ways[0] if isinstance(ways, list) and ways else {}
    if not isinstance(best, dict):
        raise SourceError(f"{where}: its {key} are no objects")
    return best


def _speaker(value: Any, prefix: str) -> str:
    """A name for whom a recogniser names by a number or a text."""
    if value is None or value == "" or isinstance(value, dict | list):
        return UNKNOWN_SPEAKER
    return value if isinstance(value, str) and not value.isdigit() else f"{prefix}{value}"


def _turns(words: Sequence[tuple[str, SaidWord]]) -> tuple[SaidTurn, ...]:
    """Words with their speakers as turns: a new one where another speaks, and after a pause."""
    turns: list[list[tuple[str, SaidWord]]] = []
    last: dict[str, list[tuple[str, SaidWord]]] = {}
    previous = ""
    for speaker, word in sorted(words, key=lambda one: (one[1].start_s, one[1].end_s)):
        own = last.get(speaker)
        joined = own is not None and speaker == previous
        if own is None or not joined or word.start_s - own[-1][1].end_s > _PAUSE_S:
            own = []
            turns.append(own)
            last[speaker] = own
        own.append((speaker, word))
        previous = speaker
    return tuple(
        SaidTurn(
            own[0][0],
            " ".join(word.text for _, word in own),
            Span(own[0][1].start_s, max(word.end_s for _, word in own)),
            tuple(word for _, word in own),
        )
        for own in turns
    )


# --------------------------------------------------------------------------- Amazon, WhisperX


def _from_call_analytics(value: Keys, name: str) -> Dialogue:
    """Amazon Transcribe Call Analytics, the output of a post-call job. Its times are in ms."""
    turns = []
    for number, item in enumerate(value["Transcript"], 1):
        where = f"Transcript item {number}"
        if not isinstance(item, dict):
            raise SourceError(f"{where} is no object")
        words = words_of(
            _with_marks(item.get("Items")), "Content", "BeginOffsetMillis", "EndOffsetMillis", where
        )
        turns.append(
            SaidTurn(
                string(item, "ParticipantRole", where).strip().lower() or UNKNOWN_SPEAKER,
                string(item, "Content", where),
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


def _offsets(item: Keys) -> tuple[Any, Any]:
    return item.get("BeginOffsetMillis"), item.get("EndOffsetMillis")


def _in_seconds(span: Span | None) -> Span | None:
    return None if span is None else Span(span.start_s / 1000, span.end_s / 1000)


def _from_whisperx(value: Keys, name: str) -> Dialogue:
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
                string(item, "text", where).strip(),
                time_span(item.get("start"), item.get("end"), where),
                words_of(words if isinstance(words, list) else (), "word", "start", "end", where),
            )
        )
    return with_speakers(Dialogue(name, tuple(turns)), "run WhisperX with --diarize")


# --------------------------------------------------------------------------- Deepgram


def _from_deepgram(value: Keys, name: str) -> Dialogue:
    """Deepgram: its utterances where they were asked for, else the words of each channel."""
    results = value["results"]
    turns: list[SaidTurn] = []
    for item, where in _items(results.get("utterances"), "utterance"):
        words = [
            ({**word, "word": word.get("punctuated_word", word.get("word"))})
            for word, _ in _items(item.get("words"), f"{where}, word")
        ]
        turns.append(
            SaidTurn(
                _deepgram_speaker(item, results),
                string(item, "transcript", where),
                time_span(item.get("start"), item.get("end"), where),
                words_of(words, "word", "start", "end", where),
            )
        )
    if not turns:
        said: list[tuple[str, SaidWord]] = []
        for number, (channel, where) in enumerate(_items(results["channels"], "channel")):
            for word, place in _items(
                _best(channel, "alternatives", where).get("words"), f"{where}, word"
            ):
                span = time_span(word.get("start"), word.get("end"), place)
                if span is not None:
                    text = word.get("punctuated_word") or string(word, "word", place)
                    speaker = _deepgram_speaker({**word, "channel": number}, results)
                    said.append((speaker, SaidWord(span.start_s, span.end_s, text)))
        turns = list(_turns(said))
    return with_speakers(Dialogue(name, tuple(turns)), "ask Deepgram for multichannel or diarize")


def _deepgram_speaker(item: Keys, results: Keys) -> str:
    """Whoever speaks: the channel where there are several, else the speaker's number."""
    if len(results["channels"]) > 1:
        return _speaker(item.get("channel"), "channel_")
    return _speaker(item.get("speaker"), "speaker_")


# --------------------------------------------------------------------------- AssemblyAI


def _from_assemblyai(value: Keys, name: str) -> Dialogue:
    """AssemblyAI's utterances. Its times are in ms; speakers are letters, or channels."""
    turns = []
    for item, where in _items(value["utterances"], "utterance"):
        words = words_of(item.get("words") or (), "text", "start", "end", where)
        turns.append(
            SaidTurn(
                _speaker(item.get("speaker", item.get("channel")), "channel_"),
                string(item, "text", where),
                _in_seconds(time_span(item.get("start"), item.get("end"), where)),
                tuple(SaidWord(w.start_s / 1000, w.end_s / 1000, w.text) for w in words),
            )
        )
    return with_speakers(Dialogue(name, tuple(turns)), "ask AssemblyAI for speaker_labels")


# --------------------------------------------------------------------------- Azure


def _from_azure_batch(value: Keys, name: str) -> Dialogue:
    """Azure's batch transcription; its times are in ticks of 100 ns."""
    turns = []
    for item, where in _items(value["recognizedPhrases"], "phrase"):
        best = _best(item, "nBest", where)
        turns.append(
            SaidTurn(
                _azure_speaker(item, value["recognizedPhrases"]),
                string(best, "display", where),
                _after(item, "offsetInTicks", "durationInTicks", _TICKS_PER_S, where),
                _azure_words(
                    best.get("displayWords") or best.get("words"),
                    ("displayText", "word"),
                    "offsetInTicks",
                    "durationInTicks",
                    _TICKS_PER_S,
                    where,
                ),
            )
        )
    return with_speakers(Dialogue(name, tuple(turns)), "ask Azure for diarization or two channels")


def _from_azure_fast(value: Keys, name: str) -> Dialogue:
    """Azure's fast transcription; its times are in ms."""
    turns = []
    for item, where in _items(value["phrases"], "phrase"):
        turns.append(
            SaidTurn(
                _azure_speaker(item, value["phrases"]),
                string(item, "text", where),
                _after(item, "offsetMilliseconds", "durationMilliseconds", 1000, where),
                _azure_words(
                    item.get("words"),
                    ("text",),
                    "offsetMilliseconds",
                    "durationMilliseconds",
                    1000,
                    where,
                ),
            )
        )
    return with_speakers(Dialogue(name, tuple(turns)), "ask Azure for diarization or two channels")


def _azure_speaker(item: Keys, phrases: Sequence[Any]) -> str:
    channels = {one.get("channel") for one in phrases if isinstance(one, dict)}
    if len(channels) > 1:
        return _speaker(item.get("channel"), "channel_")
    return _speaker(item.get("speaker"), "speaker_")


def _azure_words(
    items: Any, texts: Sequence[str], offset: str, duration: str, per_s: int, where: str
) -> tuple[SaidWord, ...]:
    result = []
    for item, place in _items(items, f"{where}, word"):
        text = next((item[key] for key in texts if isinstance(item.get(key), str)), "")
        span = _after(item, offset, duration, per_s, place)
        if span is not None and text:
            result.append(SaidWord(span.start_s, span.end_s, text))
    return tuple(sorted(result, key=lambda word: (word.start_s, word.end_s)))


def _after(item: Keys, offset: str, duration: str, per_s: int, where: str) -> Span | None:
    """A time that is given by where it begins and how long it is."""
    start, length = item.get(offset), item.get(duration)
    end = length
    if isinstance(start, int | float) and isinstance(length, int | float):
        end = start + length
    span = time_span(start, end, where)
    return None if span is None else Span(span.start_s / per_s, span.end_s / per_s)


# --------------------------------------------------------------------------- Google


def _from_google(value: Keys, name: str) -> Dialogue:
    """Google Cloud Speech-to-Text, v1 and v2.

    With speakers told apart, v1 says all words again in the last result: only that one counts.
    """
    parts: list[list[tuple[str, SaidWord]]] = []
    for item, where in _items(value["results"], "result"):
        best = _best(item, "alternatives", where)
        own = []
        for word, place in _items(best.get("words"), f"{where}, word"):
            start, end = (
                _google_s(word.get(f"{edge}Time", word.get(f"{edge}Offset")), place)
                for edge in ("start", "end")
            )
            span = time_span(0.0 if start is None and end is not None else start, end, place)
            who = word.get("speakerLabel") or word.get("speakerTag") or None
            tag = _speaker(who, "speaker_")
            if tag == UNKNOWN_SPEAKER:
                tag = _speaker(item.get("channelTag") or None, "channel_")
            if span is not None:
                said = SaidWord(span.start_s, span.end_s, string(word, "word", place))
                own.append((tag, said))
        parts.append(own)
    words = [word for part in parts for word in part]
    named = [one for one in parts[-1] if one[0] != UNKNOWN_SPEAKER] if parts else []
    if named and all(tag == UNKNOWN_SPEAKER for part in parts[:-1] for tag, _ in part):
        words = parts[-1]
    return with_speakers(
        Dialogue(name, _turns(words)),
        "ask Google for word times, with diarization or separate recognition per channel",
    )


def _google_s(value: Any, where: str) -> float | None:
    """Seconds of a duration such as ``1.300s``; nothing where it begins with the recording."""
    if value is None:
        return None
    text = value.removesuffix("s") if isinstance(value, str) else ""
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not math.isfinite(seconds):
        raise SourceError(f"{where}: {value!r} is no time such as 1.300s")
    return seconds
