"""What the words around simultaneous speech say: listening, a bid for the floor, a cut, a repair.

Whisper drops and mishears short sounds, so words only settle what the times leave open.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence

from callcoach.config.interaction import OverlapsConfig
from callcoach.model.speech import Word
from callcoach.model.timeline import Span

_CLOSING = (".", "?", "!")
_NO_LETTER = re.compile(r"[^a-z'-]")
_QUOTES = str.maketrans("’ʼ‘`", "''''")


class SpokenWords:
    """Words of several speakers, to be asked for by time."""

    def __init__(self, words: Iterable[Word]) -> None:
        self._words: dict[str, list[Word]] = {}
        for word in sorted(words, key=lambda w: w.middle_s):
            self._words.setdefault(word.speaker, []).append(word)
        self._middles = {name: [w.middle_s for w in own] for name, own in self._words.items()}
        # Who has marks and capitals: elsewhere their absence says nothing.
        self._marked = {
            name: any(w.text.strip().endswith(_CLOSING) for w in own)
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

    def goes_on(self, speaker: str, first: Sequence[str], second: Sequence[str]) -> bool:
        """Whether a sentence reaches from one stretch into the next, by marks and capitals."""
        if not first or not second or not self._marked.get(speaker):
            return False
        opened = not first[-1].endswith((*_CLOSING, ",", "-", "…"))
        return opened and second[0][:1].islower()


def plain(text: str) -> str:
    """A word in small letters, without marks; apostrophe and hyphen inside it stay."""
    return _NO_LETTER.sub("", text.lower().translate(_QUOTES)).strip("'-")


def plain_words(said: Iterable[str]) -> list[str]:
    """The words that hold letters, plain."""
    return [word for word in map(plain, said) if word]


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
    return bool(words) and (words[0] in config.bid_words or is_unfinished(said, config))


def is_unfinished(said: Sequence[str], config: OverlapsConfig) -> bool:
    """Whether what was said stops in mid-sentence.

    It does on a word that was broken off ("w-"), on dots that trail off, and on a function word
    that needs another after it, unless a closing mark stands there ("help you with?").

    >>> is_unfinished("I sent it to the".split(), OverlapsConfig())
    True
    >>> is_unfinished("I sent it to you.".split(), OverlapsConfig())
    False
    """
    if not said:
        return False
    last = said[-1].rstrip("\"')”’")
    if last.endswith(("-", "…", "...")):
        return True
    return not last.endswith(_CLOSING) and plain(last) in config.unfinished_words


def is_finished(said: Sequence[str]) -> bool:
    """Whether a closing mark stands behind what was said."""
    last = said[-1].rstrip("\"')”’") if said else ""
    return last.endswith(_CLOSING) and not last.endswith("...")


def has_repair(said: Sequence[str], config: OverlapsConfig) -> bool:
    """Whether a phrase such as "sorry, go ahead" is among the words."""
    text = f" {' '.join(plain_words(said))} "
    return any(
        f" {phrase} " in text and f" {phrase} and " not in text for phrase in config.repair_phrases
    )
