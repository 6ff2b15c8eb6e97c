"""What is kept of what an engine hears in a clip: words at their place, by structure alone.

Words are put back on the call's time line and held against the speech there. What nobody can have
said is taken out: a word without speech under it, the copies of a loop, more words than the time
holds. There is no list of phrases to remove, because every phrase may have been said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from callcoach.config.speech import SpeechConfig
from callcoach.model.speech import DroppedWord, Timing, Word
from callcoach.model.timeline import Span
from callcoach.speech.clips import Clip, SpeechPiece
from callcoach.speech.heard import RecognizedClip
from callcoach.speech.languages import ENGLISH, WITHOUT_SPACES
from callcoach.speech.loops import find_repeats
from callcoach.speech.whole_words import SIGNS_PER_WORD, phrases, signs, whole_words

MIN_WORD_S = 0.02
"""Shortest word kept on the time line: Whisper aligns in steps of 20 ms."""

LOOP = "repetition loop"
NO_SPEECH = "engine heard no speech"
TOO_MANY = "more words than can be said"
NOTHING_UNDER = "no speech under it"


@dataclass(frozen=True)
class Take:
    """One try at a clip.

    ``words`` are kept, ``dropped`` are not. ``doubt`` says why the whole try is not to be
    believed, ``None`` where it is; ``looped`` tells that a loop was cut out of it;
    ``avg_logprob`` is the engine's.
    """

    words: tuple[Word, ...]
    dropped: tuple[DroppedWord, ...]
    doubt: str | None
    avg_logprob: float
    looped: bool = False


def take_of(
    clip: Clip,
    heard: RecognizedClip,
    regions: Sequence[Span],
    config: SpeechConfig,
    code: str = ENGLISH,
) -> Take:
    """Judge what an engine heard in a clip.

    Parameters
    ----------
    clip
        The clip.
    heard
        What the engine heard in it.
    regions
        Speech of its speaker, in order of time. Every kept word lies within it.
    config
        Limits.
    code
        Whisper's code of its language.
    """
    speech = clip.speech(regions)
    unspaced = code in WITHOUT_SPACES
    whole = signs(heard.words) if unspaced else whole_words(heard.words)
    most_per_s = config.max_words_per_s * (SIGNS_PER_WORD if unspaced else 1.0)
    repeats = find_repeats(whole, most_per_s)
    left = len(whole) - len(repeats.invented)
    doubt = _doubt(heard, repeats.loop, left, speech, most_per_s, config)
    # A loop costs the loop: its first copy and the words around it stay.
    nothing_stays = doubt if doubt in (NO_SPEECH, TOO_MANY) else None
    words: list[Word] = []
    dropped: list[DroppedWord] = []
    not_before_s = 0.0
    for place, item in enumerate(whole):
        why = LOOP if place in repeats.invented else nothing_stays
        placed = None if why else _placed(item, speech, config)
        if placed is None:
            at = _nearest(item, clip.pieces, config.reach_in_s).to_source(item)
            text, why = item.text.strip(), why or NOTHING_UNDER
            dropped.append(DroppedWord(at.start_s, at.end_s, clip.speaker, text, why))
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
    kept = phrases(words) if unspaced else tuple(words)
    return Take(kept, tuple(dropped), doubt, heard.avg_logprob, repeats.loop)


def _doubt(
    heard: RecognizedClip,
    loop: bool,
    words: int,
    speech: Sequence[SpeechPiece],
    most_per_s: float,
    config: SpeechConfig,
) -> str | None:
    """Why a whole clip's words are not to be believed, or ``None``."""
    if heard.no_speech_prob > config.max_no_speech and heard.avg_logprob < config.min_avg_logprob:
        return NO_SPEECH
    spoken_s = sum(piece.source.duration_s for piece in speech)
    if spoken_s > 0 and words / spoken_s > most_per_s:
        return TOO_MANY
    return LOOP if loop or heard.compression_ratio > config.max_compression_ratio else None


@dataclass(frozen=True)
class _Place:
    """Where a word belongs on the recording's time line, and whether it was moved there."""

    span: Span
    moved: bool


def _placed(word: Span, speech: Sequence[SpeechPiece], config: SpeechConfig) -> _Place | None:
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


def _nearest(word: Span, pieces: Sequence[SpeechPiece], reach_in_s: float) -> SpeechPiece:
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
