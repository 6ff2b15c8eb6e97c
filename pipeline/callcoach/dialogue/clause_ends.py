"""Whether a sentence was done when somebody stopped, by its words.

A transcript's marks tell it where there are any. Without them the last words do: a clause is open
after an article, a preposition, a conjunction within it or a subject, and closed after an elliptic
answer ("yes it is", "I do"). What tells neither is not known: most English words may end a clause.

Words that open a new clause ("and", "but") are how a turn is often handed over (Jefferson 1983;
trail-offs, Local and Kelly 1986): they leave a sentence open only where the other had come in
before they were said.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

_NO_LETTER = re.compile(r"[^a-z'-]")
_QUOTES = str.maketrans("’ʼ‘`", "''''")
CLOSING = (".", "?", "!")

_DETERMINERS = frozenset(
    "a an the my your his its our their every no-one's whose this's these".split()
)
"""After these a noun must follow, whatever mark a recogniser put there."""

_NEVER_LAST = _DETERMINERS | frozenset(
    "i we he she they i'm you're we're they're he's she's i've you've we've they've i'll you'll "
    "we'll they'll he'll she'll i'd you'd we'd they'd and but or because if than never".split()
)
"""No sentence ends with these, but for a lone one, and "never" where it is the whole answer."""

_BARE_SUBJECT = re.compile(
    r"\b(?:(?:told (?:me|him|her|us|them|you)|said|says|say|think|thought|know|knew|mean|hope) that"
    r"|because|whether) (?:the|my|your|his|her|our|their|this) [a-z'-]+$"
)
"""A clause that has its subject and no verb yet."""

_OPEN = _DETERMINERS | frozenset(
    "nor since unless although whereas if whether than of to for from with without at into onto "
    "between during under per i we he she they which i'm we're they're he's she's it's that's "
    "there's what's here's who's i've you've we've they've i'll you'll we'll they'll he'll she'll "
    "it'll that'll i'd you'd we'd they'd let's is are was were be been am has have had do does did "
    "will would can could should shall may might must don't doesn't didn't can't won't wouldn't "
    "couldn't isn't aren't wasn't weren't haven't hasn't not very gonna wanna gotta".split()
)
"""English function words that need another after them, without those that often end a clause
(Quirk and others 1985, sections 2 and 5)."""

_AUXILIARIES = frozenset(
    "is are was were am has have had do does did will would can could should might must don't "
    "doesn't didn't can't won't wouldn't couldn't isn't aren't wasn't weren't haven't "
    "hasn't".split()
)

_SUBJECTS = frozenset("i you he she it we they that there everybody nobody one".split())

_ANSWERS = frozenset("yes yeah yep no nope so neither sure boy indeed".split())

_BETWEEN = frozenset("really just certainly definitely sure always never still probably".split())

_STRANDING = frozenset("what where who which that how whatever wherever".split())
_STRANDED = frozenset("of to for from with at into do does did".split())
_RELATIVE_WORDS = 9
"""A question or relative clause of so many words may end on its preposition or verb: "where we're
from", "what they do"."""

_HANDOVER = frozenset("and but or because cuz 'cause while".split())

_FILLERS = frozenset("uh um er erm".split())

_AGAIN_WORDS = 5
_PHRASES = frozenset({("you", "know"), ("i", "mean"), ("i", "think"), ("i", "guess")})
"""Said so often that they say nothing of what was said before."""

LATE_S = 0.15
"""The incomer came in this much before such a word was begun, in seconds: about the shortest time
in which somebody reacts to speech (Fry 1975)."""


def plain_word(text: str) -> str:
    """A word in small letters, without marks; apostrophe and hyphen inside it stay."""
    return _NO_LETTER.sub("", text.lower().translate(_QUOTES)).strip("'-")


def is_done(said: Sequence[str], after_onset: bool = False) -> bool | None:
    """Whether a sentence was done when its speaker stopped; ``None`` where the words do not tell.

    Parameters
    ----------
    said
        The words up to the stop, as a transcript has them.
    after_onset
        Whether the last word was begun well after the other had come in.

    >>> is_done("I sent it to the".split()), is_done("I sent it to you.".split())
    (False, True)
    >>> is_done("yes it really is".split()), is_done("I told them yesterday".split())
    (True, None)
    """
    if not said:
        return None
    last = said[-1].rstrip("\"')”’")
    if last.endswith(("-", "…", "...", "—")):
        return False
    words = [word for word in map(plain_word, said) if word]
    hesitates = False
    while words and words[-1] in _FILLERS and not last.endswith(CLOSING):
        words.pop()
        hesitates = True
    if not words:
        return None
    if last.endswith("."):
        return not _cannot_end(words)
    if last.endswith(CLOSING):
        return True
    if words[-1] in _HANDOVER:
        return False if after_onset and not hesitates else None
    if words[-1] not in _OPEN:
        return None
    if _is_elliptic(words):
        return True
    if words[-1] in _STRANDED and _STRANDING & set(words[-_RELATIVE_WORDS:-1]):
        return None
    return False


def _cannot_end(words: Sequence[str]) -> bool:
    """Whether no sentence ends so, though a recogniser put a full stop there.

    Recognisers close what they hear of a sentence that was cut: "he told me that the motor."
    """
    if words[-1] in _NEVER_LAST:
        return len(words) > 1
    and_then = list(words[-2:]) == ["and", "then"]
    return and_then or _BARE_SUBJECT.search(" ".join(words[-6:])) is not None


def is_taken_up(said: Sequence[str], later: Sequence[str]) -> bool:
    """Whether somebody begins again with what they had stopped at.

    Two words of the last five stand among the first five of what comes later, or the word that was
    broken off is said whole.

    >>> is_taken_up("in Oregon we went to".split(), "we went to the coast".split())
    True
    """
    before = [word for word in map(plain_word, said) if word][-_AGAIN_WORDS:]
    after = [word for word in map(plain_word, later) if word][:_AGAIN_WORDS]
    pairs = set(itertools.pairwise(before)) - _PHRASES
    if any(pair in pairs for pair in itertools.pairwise(after)):
        return True
    last = said[-1].strip() if said else ""
    piece = plain_word(last)
    return last.endswith("-") and len(piece) > 1 and any(word.startswith(piece) for word in after)


def _is_elliptic(words: Sequence[str]) -> bool:
    """Whether a clause ends on a subject and an auxiliary, as answers do: "yes it really is"."""
    if words[-1] not in _AUXILIARIES:
        return False
    before = [word for word in words[-6:-1] if word not in _BETWEEN]
    if not before or before[-1] not in _SUBJECTS:
        return False
    again = (before[-1], words[-1]) in itertools.pairwise(words[:-2])
    answers = again or bool(_ANSWERS & set(before[-4:-1]))
    return answers or (len(words) > 1 and words[-2] in _BETWEEN)
