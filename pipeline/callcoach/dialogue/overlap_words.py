"""What the words around simultaneous speech say: listening, a bid for the floor, a cut, a repair.

Whisper drops and mishears short sounds, so words only settle what the times leave open.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence

from callcoach.config.interaction import OverlapsConfig
from callcoach.dialogue.clause_ends import CLOSING, is_done, plain_word
from callcoach.model.speech import Word
from callcoach.model.timeline import Span

_COURTESY = re.compile(
    r"(?:thank you|thanks|bye|goodbye|good bye|you're welcome|my pleasure|have a (?:good|nice)"
    r"|take care|good luck|nice talking|nice to (?:talk|meet)|good talking|talk to you)\b"
)
_BEFORE_COURTESY = frozenset(
    "oh okay ok well alright right so and yeah great good no um uh".split()
)
_LINE = re.compile(
    r"^(?:sorry|pardon|hello|what|huh|excuse me|i'm sorry|come again)$|\b(?:can you hear|can't hear"
    r"|cannot hear|are you (?:still )?there|say (?:that|it) again|you(?:'re| are) breaking up"
    r"|didn't (?:catch|get|hear) (?:that|you))\b"
)
_LINE_WORDS = 8
_EXCLAIMS = frozenset("oh ah wow gosh really aw ooh".split())
_EXCLAMATION_WORDS = 8
_COMPLETION_WORDS = 4
_AGREES = frozenset("yeah yes yep right exactly uh-huh mm-hm mhm correct true".split())


class SpokenWords:
    """Words of several speakers, to be asked for by time."""

    def __init__(self, words: Iterable[Word]) -> None:
        self._words: dict[str, list[Word]] = {}
        for word in sorted(words, key=lambda w: w.middle_s):
            self._words.setdefault(word.speaker, []).append(word)
        self._middles = {name: [w.middle_s for w in own] for name, own in self._words.items()}
        # Who has marks and capitals: elsewhere their absence says nothing.
        self._marked = {
            name: any(w.text.strip().endswith(CLOSING) for w in own)
            and any(w.text.strip()[:1].isupper() for w in own)
            for name, own in self._words.items()
        }

    def within(self, span: Span, speaker: str, least: float = 0.0) -> tuple[str, ...]:
        """What ``speaker`` says in a stretch: the words whose middle lies in it.

        Only words of at least the probability ``least`` count.
        """
        middles = self._middles.get(speaker, [])
        first, last = bisect_left(middles, span.start_s), bisect_left(middles, span.end_s)
        own = self._words.get(speaker, [])[first:last]
        return tuple(word.text.strip() for word in own if word.probability >= least)

    def last(self, span: Span, speaker: str) -> Word | None:
        """The last word that ``speaker`` says in a stretch."""
        middles = self._middles.get(speaker, [])
        last = bisect_left(middles, span.end_s)
        return (
            self._words[speaker][last - 1] if last and middles[last - 1] >= span.start_s else None
        )

    def goes_on(self, speaker: str, first: Sequence[str], second: Sequence[str]) -> bool:
        """Whether a sentence reaches from one stretch into the next, by marks and capitals."""
        if not first or not second or not self._marked.get(speaker):
            return False
        opened = not first[-1].endswith((*CLOSING, ",", "-", "…"))
        return opened and second[0][:1].islower()


def plain_words(said: Iterable[str]) -> list[str]:
    """The words that hold letters, plain."""
    return [word for word in map(plain_word, said) if word]


def consists_of(said: Sequence[str], entries: Iterable[str]) -> bool:
    """Whether something is said, and all of it is made of some words and phrases.

    >>> consists_of(["Oh,", "I", "see."], ["oh", "I see"])
    True
    >>> consists_of(["I", "see", "it."], ["oh", "I see"])
    False
    """
    rest = plain_words(said)
    phrases = sorted((plain_words(entry.split()) for entry in entries), key=len, reverse=True)
    if not rest:
        return False
    while rest:
        found = next((phrase for phrase in phrases if rest[: len(phrase)] == phrase), None)
        if not found:
            return False
        rest = rest[len(found) :]
    return True


def is_bid(said: Sequence[str], config: OverlapsConfig) -> bool:
    """Whether a burst of content words asks for the floor: it begins so, or breaks off."""
    words = plain_words(said)
    return bool(words) and (words[0] in config.bid_words or is_done(said) is False)


def is_courtesy(said: Sequence[str]) -> bool:
    """Whether a burst thanks, greets or says goodbye: that takes nobody's floor.

    >>> is_courtesy("thank you so much".split()), is_courtesy("thank God I checked".split())
    (True, False)
    """
    text = " ".join(word for word in plain_words(said) if word not in _BEFORE_COURTESY)
    return _COURTESY.match(text) is not None


def is_line_repair(said: Sequence[str]) -> bool:
    """Whether a burst is about hearing each other: "sorry?", "are you there?"."""
    text = " ".join(plain_words(said))
    short = len(plain_words(said)) <= _LINE_WORDS
    return short and _LINE.search(text) is not None


def is_exclamation(said: Sequence[str]) -> bool:
    """Whether a few words greet what the other tells: "oh gosh that sounds great"."""
    words = plain_words(said)
    return 0 < len(words) <= _EXCLAMATION_WORDS and words[0] in _EXCLAIMS


def is_completion(said: Sequence[str], holder_next: Sequence[str]) -> bool:
    """Whether a few words end the other's sentence, and the other agrees with them."""
    words, after = plain_words(said), plain_words(holder_next[:2])
    return 0 < len(words) <= _COMPLETION_WORDS and bool(after) and after[0] in _AGREES


def has_repair(said: Sequence[str], config: OverlapsConfig) -> bool:
    """Whether a phrase such as "sorry, go ahead" is among the words."""
    text = f" {' '.join(plain_words(said))} "
    return any(
        f" {phrase} " in text and f" {phrase} and " not in text for phrase in config.repair_phrases
    )
