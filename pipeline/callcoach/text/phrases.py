"""Phrases of the settings, looked for in what was said."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable

_WORD = re.compile(r"\w+(?:'\w+)*")

# Short forms and the long forms they stand for, so that a line needs to be written once only.
# Forms without apostrophe are recognisers'; those that are words of their own (well, ill, were,
# wed, id, shell) are left alone.
_WHOLE = {
    "can't": "can not",
    "cannot": "can not",
    "won't": "will not",
    "shan't": "shall not",
    "ain't": "is not",
    "let's": "let us",
    "gonna": "going to",
    "wanna": "want to",
    "gotta": "have to",
    "lemme": "let me",
    "gimme": "give me",
    "cuz": "because",
    "cos": "because",
    "ok": "okay",
    "im": "i am",
    "ive": "i have",
    "youre": "you are",
    "youve": "you have",
    "youll": "you will",
    "theyre": "they are",
    "theyve": "they have",
    "weve": "we have",
    "thats": "that is",
    "theres": "there is",
    "whats": "what is",
    "cant": "can not",
    "wont": "will not",
}

_ENDINGS = {"'re": "are", "'ve": "have", "'ll": "will", "'d": "would", "'m": "am"}

_IS = frozenset("it that there what he she who here where how when this everything nothing".split())

_NOT = re.compile(
    r"(do|does|did|is|are|was|were|have|has|had|could|would|should|must|need|might)n'?t"
)

# British spelling to American: the verbs that turn up in service talk.
_ISE = re.compile(r"(apolog|real|recogn|priorit|sympath|empath|organ|summar|final|author)is(?=e|i)")


def plain(text: str) -> str:
    """Words in small letters with one space between; apostrophes inside words stay, in one form."""
    return " ".join(_WORD.findall(text.lower().replace("’", "'")))


def heard(text: str, phrases: Iterable[str]) -> tuple[str, ...]:
    """The phrases that a text holds as whole words, each once, in the order given.

    >>> heard("Thank you, one moment please!", ["one moment", "hold on"])
    ('one moment',)
    """
    padded = f" {plain(text)} "
    return tuple(phrase for phrase in phrases if f" {plain(phrase)} " in padded)


def spelled_out(text: str) -> str:
    """Like :func:`plain`, with short forms in full and one spelling: ``I've`` is ``i have``.

    ``'d`` is always read as *would*; ``'s`` as *is*, and as *has* before *been* and *got*.

    >>> spelled_out("I've realised it's late, I can't wait")
    'i have realized it is late i can not wait'
    """
    words = plain(text).split()
    result: list[str] = []
    for word, after in itertools.zip_longest(words, words[1:], fillvalue=""):
        result += _full(word, after).split()
    return _ISE.sub(r"\1iz", " ".join(result))


def _full(word: str, after: str) -> str:
    if word in _WHOLE:
        return _WHOLE[word]
    if negated := _NOT.fullmatch(word):
        return f"{negated[1]} not"
    stem, mark, tail = word.rpartition("'")
    if mark and mark + tail in _ENDINGS:
        return f"{stem} {_ENDINGS[mark + tail]}"
    if tail == "s" and stem in _IS:
        return f"{stem} has" if after in ("been", "got") else f"{stem} is"
    return word
