"""Speaking rate and pauses of one speaker.

Words and syllables are counted per time of the speaker's own speech activity, not of the time
between the first and the last word, so pauses and listening do not make anyone slow (articulation
rate).
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from callcoach.config.voice import RateConfig
from callcoach.model.timeline import Span, intersections, merged
from callcoach.speech.languages import ENGLISH, WITHOUT_SPACES
from callcoach.voice.syllables import count_syllables

_ROUNDING_S = 1e-6

ENGLISH_ONLY = frozenset({ENGLISH})
NOT_ENGLISH = "syllables are counted by a rule for English words"
NO_SPACES = "this language is written without spaces, so its words are not counted"


@dataclass(frozen=True)
class Rate:
    """Syllables per second and words per minute of own speech.

    ``words_per_min`` is ``None`` where there is no transcript, ``syllables_per_s`` where the words
    are not English.
    """

    syllables_per_s: float | None
    words_per_min: float | None


@dataclass(frozen=True)
class Pauses:
    """How many silences there are in a turn, and how many seconds in all."""

    count: int
    total_s: float


def speaking_rate(
    words: Iterable[str],
    speech_s: float,
    config: RateConfig,
    languages: Collection[str] = ENGLISH_ONLY,
) -> Rate | None:
    """Rate of a stretch, ``None`` with too little speech or too few words.

    Also ``None`` in languages that are written without spaces between words.

    Parameters
    ----------
    words
        Words said in the stretch.
    speech_s
        Seconds of own speech in it.
    config
        Least support.
    languages
        Whisper's codes of the languages of the words.

    >>> words = "I have sent you the bill again today so please have a look".split()
    >>> rate = speaking_rate(words, 6.0, RateConfig())
    >>> rate.syllables_per_s, rate.words_per_min
    (2.5, 130.0)
    >>> speaking_rate(words[:2], 4.0, RateConfig()) is None
    True
    """
    said = list(words)
    if speech_s < config.min_speech_s or len(said) < config.min_words:
        return None
    if WITHOUT_SPACES & set(languages):
        return None
    if set(languages) != ENGLISH_ONLY:
        return Rate(None, len(said) / speech_s * 60)
    syllables = sum(count_syllables(word) for word in said)
    return Rate(syllables / speech_s, len(said) / speech_s * 60)


def pauses_within(turn: Span, speech: Sequence[Span], min_pause_s: float) -> Pauses:
    """Silences between a speaker's own speech inside the own turn.

    Only what lies between two stretches of speech is a pause: silence at the edges of the turn
    is not, and speech outside the turn does not make one.

    Parameters
    ----------
    turn
        The speaker's turn.
    speech
        The same speaker's own speech, over the turn or the whole call.
    min_pause_s
        Shorter silences are part of speaking, like the closure of a "p".

    >>> speech = [Span(0.0, 1.0), Span(1.1, 2.0), Span(2.5, 3.0)]
    >>> pauses_within(Span(0.0, 3.0), speech, min_pause_s=0.25)
    Pauses(count=1, total_s=0.5)
    """
    parts = intersections(merged(speech), [turn.span])
    gaps_s = (left.gap_s(right) for left, right in itertools.pairwise(parts))
    pauses_s = [gap_s for gap_s in gaps_s if gap_s >= min_pause_s - _ROUNDING_S]
    return Pauses(len(pauses_s), sum(pauses_s))
