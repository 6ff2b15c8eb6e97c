"""What was said, cut into clauses: the stretch in which a phrase is looked for and quoted.

Punctuation cuts where there is any. Recognisers drop it, so a stretch that runs on is also cut
before words that open a new thought.
"""

from __future__ import annotations

import re

MAX_WORDS = 14  # longer stretches are cut where they can be: a spoken clause has 5 to 12 words

MIN_WORDS = 3  # no cut leaves less than this: "and I" alone says nothing

_SENTENCE = re.compile(r"(?<=[.?!;…])[\"”')]*\s+|\s+[-–—]+\s+|\n+")

# "Mr. Brown", "St. Anne": the full stop ends no sentence.
_SHORT = re.compile(r"\b(?:mr|mrs|ms|dr|st|approx|a\.m|p\.m)\.$", re.IGNORECASE)

_COMMA = re.compile(r"(?<=,)\s+")

_SUBJECT = r"(?:i|you|we|he|she|it|they|that|this|there|nobody|somebody|the|my|your|our)"

_SHORTENED = r"(?:i|you|we|he|she|it|they|that|there)(?:'\w+)"

_HELPING = r"(?:am|are|is|was|were|have|has|had|will|would|can|could|did|do|does|should|must|may)"

# Words that open a thought: a joint with its subject, a subject with its verb, a question, or one
# of the small words that begin a new sentence in talk.
_OPENING = re.compile(
    rf"\s+(?=(?:and|but|or|because|if|when|while|unless|although)\s+(?:then\s+)?(?:{_SUBJECT}\b|{_SHORTENED}|\w+ing\b))"
    rf"|\s+(?=so\s+(?:{_SHORTENED}|(?:i|you|we|he|she|it|they|that|what|how|if|when|the|your|my)\b))"
    r"|\s+(?=and\s+(?:then|now|again|also|so)\b)"
    rf"|\s+(?=(?:i|we|it|that|there|this|he|she|they)\s+{_HELPING}\b)"
    r"|\s+(?=(?:i|we|it|that|there|he|she|they)'\w+\s)"
    rf"|\s+(?=(?:what|why|when|where|how|who|which)(?:'s|\s+{_HELPING})\b)"
    rf"|\s+(?=(?:do|does|did|can|could|would|will|are|have|may)n?'?t?\s+(?:you|we|i)\b)"
    r"|\s+(?=(?:thank you|thanks|please|let me|let's|okay|you know|i mean|to be honest)\s)",
    re.IGNORECASE,
)

# No cut between these and what follows: "when I", "that we", "told you", "can I".
_HOLDS_ON = frozenset(
    "a an the my your his her our its their of to for from with without at in on by about as than "
    "and but or so because that if when while what why where how who which not can could would "
    "will should may might must do does did is are was were am be been have has had tell told "
    "give gave let made make i you we they he she it all very really just think know believe "
    "sure afraid sorry glad hope see hear say said understand time way thing things else anything "
    "everything something reason day moment like where's what's how's i'll we'll you'll".split()
)


def clauses(text: str) -> tuple[str, ...]:
    """Cut a text into sentences, and long sentences into parts, in order.

    The words come back unchanged, with their punctuation; nothing is left out but white space.

    >>> clauses("I have looked at your bill from March, and I can see that you paid it twice.")
    ('I have looked at your bill from March,', 'and I can see that you paid it twice.')
    """
    result: list[str] = []
    for sentence in sentences(text):
        result += _parts(sentence, (_COMMA, _OPENING))
    return tuple(result)


def sentences(text: str) -> list[str]:
    """Cut a text at its marks; "8 a.m." and "Mr. Brown" end no sentence.

    >>> sentences("We open at 8 a.m. tomorrow. Is that all right?")
    ['We open at 8 a.m. tomorrow.', 'Is that all right?']
    """
    result: list[str] = []
    for piece in _SENTENCE.split(text):
        piece = piece.strip()
        if result and _SHORT.search(result[-1]):
            result[-1] += f" {piece}"
        elif piece:
            result.append(piece)
    return result


def _parts(text: str, cuts: tuple[re.Pattern[str], ...]) -> list[str]:
    """Cut what is too long, at commas first, then before words that open a thought."""
    if not cuts or len(text.split()) <= MAX_WORDS:
        return [text]
    pieces: list[str] = []
    start = 0
    for cut in cuts[0].finditer(text):
        piece = text[start : cut.start()]
        if len(piece.split()) < MIN_WORDS or len(text[cut.end() :].split()) < MIN_WORDS:
            continue
        if not piece.endswith(",") and piece.split()[-1].lower() in _HOLDS_ON:
            continue
        pieces.append(piece)
        start = cut.end()
    pieces.append(text[start:])
    return [part for piece in pieces for part in _parts(piece, cuts[1:])]
