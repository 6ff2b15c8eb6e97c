"""Words of a call: the engine protocol, and what is kept of what an engine hears.

Engines only see clips of one voice (:mod:`callcoach.speech.clips`). Their words are put back on
the call's time line, held against the channel's speech activity, and filtered by structure alone:
no speech under a word, a repetition loop, more words than anyone can say. There is no list of
phrases to remove, because every phrase may have been said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from callcoach.call import Activity, Audio, DroppedWord, FloatArray, ModelUse, Timing, Word
from callcoach.settings.speech import SpeechConfig
from callcoach.speech.clips import Clip, Piece, pack_clips
from callcoach.speech.languages import ENGLISH, LanguageGuess, PartyLanguage
from callcoach.timeline import Span

MIN_WORD_S = 0.02
"""Shortest word kept on the time line: Whisper aligns in steps of 20 ms."""


@dataclass(frozen=True)
class HeardWord(Span):
    """A word as an engine gives it; times are seconds from the start of the clip.

    ``text`` keeps Whisper's leading space: without one it goes on the word before ("a", ".m.").
    """

    text: str
    probability: float


@dataclass(frozen=True)
class HeardClip:
    """What an engine heard in one clip.

    ``avg_logprob`` is the mean log probability of the tokens, ``no_speech_prob`` Whisper's
    no-speech probability, ``compression_ratio`` the length of the text over its zlib length.
    """

    words: tuple[HeardWord, ...]
    avg_logprob: float
    no_speech_prob: float
    compression_ratio: float


class Engine(Protocol):
    """Turns clips of one voice into words.

    ``multilingual`` tells whether the weights know other languages than English.
    """

    name: str
    model: ModelUse
    multilingual: bool

    def transcribe(self, clips: Sequence[FloatArray], language: str) -> tuple[HeardClip, ...]:
        """Transcribe mono clips, float32 at 16 kHz, each at most 30 s; one result per clip.

        ``language`` is Whisper's code of the language that is spoken in all of them: the words
        are written in it, never translated. The same clips give the same words: temperature 0, no
        sampling fallback, and no text of one clip reaches another.
        """
        ...

    def languages(self, clips: Sequence[FloatArray]) -> tuple[LanguageGuess, ...]:
        """How likely each language is in mono clips, float32 at 16 kHz, each at most 30 s.

        One result per clip, which does not depend on the other clips. Only ``multilingual``
        weights can tell.
        """
        ...


@dataclass(frozen=True)
class Transcript:
    """The words of all parties in order of time, and those that were not kept."""

    words: tuple[Word, ...]
    dropped: tuple[DroppedWord, ...]


def transcribe(
    audio: Audio,
    activities: Sequence[Activity],
    engine: Engine,
    config: SpeechConfig,
    languages: Sequence[PartyLanguage] = (),
) -> Transcript:
    """Transcribe the speech of every channel.

    Parameters
    ----------
    audio
        The recording.
    activities
        Speech of each channel, in channel order.
    engine
        The speech engine. Clips of all channels in one language go to it in one call, so it can
        batch them.
    config
        Packing and filters.
    languages
        What each party speaks; a party that is not named speaks English.

    Returns
    -------
    Transcript
        Every kept word lies within its speaker's speech activity.
    """
    spoken = {language.speaker: language for language in languages}
    clips: list[Clip] = []
    codes: list[str] = []
    for samples, activity in zip(audio.samples, activities, strict=True):
        language = spoken.get(activity.speaker, PartyLanguage(activity.speaker, ENGLISH))
        for code, said in language.parts(activity.regions):
            packed = pack_clips(activity.speaker, samples, audio.sample_rate_hz, said, config)
            clips += packed
            codes += [code] * len(packed)
    heard = _heard(clips, codes, engine)
    regions = {activity.speaker: activity.regions for activity in activities}
    words: list[Word] = []
    dropped: list[DroppedWord] = []
    for clip, result in zip(clips, heard, strict=True):
        speech = clip.speech(regions[clip.speaker])
        reason = _invented(result, speech, config)
        not_before_s = 0.0
        for item in _whole_words(result.words):
            placed = None if reason else _placed(item, speech, config)
            if placed is None:
                why = reason or "no speech under it"
                at = _nearest(item, clip.pieces, config.reach_in_s).to_source(item)
                dropped.append(DroppedWord(at.start_s, at.end_s, clip.speaker, item.text, why))
                continue
            # Words that were moved to the same edge keep the order they were said in.
            start_s = max(placed.span.start_s, not_before_s)
            not_before_s = start_s
            words.append(
                Word(
                    start_s,
                    max(placed.span.end_s, start_s),
                    clip.speaker,
                    item.text,
                    item.probability,
                    Timing.INTERPOLATED if placed.moved else Timing.MEASURED,
                )
            )
    # Stable: words of one speaker that start together stay in order.
    words.sort(key=lambda w: w.start_s)
    dropped.sort(key=lambda w: w.start_s)
    return Transcript(tuple(words), tuple(dropped))


def _heard(clips: Sequence[Clip], codes: Sequence[str], engine: Engine) -> list[HeardClip]:
    """What the engine hears in each clip in its language."""
    heard: dict[int, HeardClip] = {}
    for code in dict.fromkeys(codes):
        places = [i for i, other in enumerate(codes) if other == code]
        results = engine.transcribe([clips[i].samples for i in places], code)
        heard.update(zip(places, results, strict=True))
    return [heard[i] for i in range(len(clips))]


def _whole_words(heard: Sequence[HeardWord]) -> list[HeardWord]:
    """Put together what Whisper's alignment takes apart: "8 a .m.", "in -house"."""
    words: list[HeardWord] = []
    for item in heard:
        text = item.text.strip()
        if not text:
            continue
        if words and not item.text[0].isspace():
            before = words.pop()
            words.append(
                HeardWord(
                    before.start_s,
                    max(before.end_s, item.end_s),
                    before.text + text,
                    min(before.probability, item.probability),
                )
            )
        else:
            words.append(HeardWord(item.start_s, item.end_s, text, item.probability))
    return words


def _invented(heard: HeardClip, speech: Sequence[Piece], config: SpeechConfig) -> str | None:
    """Why a whole clip's words are not to be believed, or ``None``."""
    if heard.compression_ratio > config.max_compression_ratio:
        return "repetition loop"
    if heard.no_speech_prob > config.max_no_speech and heard.avg_logprob < config.min_avg_logprob:
        return "engine heard no speech"
    spoken_s = sum(piece.source.duration_s for piece in speech)
    if spoken_s > 0 and len(heard.words) / spoken_s > config.max_words_per_s:
        return "more words than can be said"
    return None


@dataclass(frozen=True)
class _Place:
    """Where a word belongs on the recording's time line, and whether it was moved there."""

    span: Span
    moved: bool


def _placed(word: Span, speech: Sequence[Piece], config: SpeechConfig) -> _Place | None:
    """The speech a word belongs to, ``None`` with none within reach. All in clip time."""
    if not speech:
        return None
    piece = _nearest(word, speech, config.reach_in_s)
    inside = piece.clip_span
    shared_s = word.overlap_s(inside)
    if shared_s >= MIN_WORD_S:
        whole = word.duration_s - shared_s < 1e-6
        return _Place(piece.to_source(word), moved=not whole)
    if word.gap_s(inside) > config.reach_s:
        return None
    # Beside the speech, or with no length of its own: keep as much of its length as fits.
    length_s = min(max(word.duration_s, MIN_WORD_S), inside.duration_s)
    start_s = min(max(word.start_s, inside.start_s), inside.end_s - length_s)
    return _Place(piece.to_source(Span(start_s, start_s + length_s)), moved=True)


def _nearest(word: Span, pieces: Sequence[Piece], reach_in_s: float) -> Piece:
    """The piece a word belongs to.

    Whisper lets the first word after a pause begin at the end of the word before it, but gets its
    end right: a word that reaches into a later piece belongs there. Otherwise it is the piece that
    holds most of the word, or the nearest one.
    """
    best = max(pieces, key=lambda p: (word.overlap_s(p.clip_span), -word.gap_s(p.clip_span)))
    last = max(
        (p for p in pieces if word.overlap_s(p.clip_span) >= reach_in_s),
        key=lambda p: p.clip_s,
        default=best,
    )
    return last
