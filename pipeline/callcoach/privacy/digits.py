"""Long numbers in calls that are not in English: digits that are said in a row.

Elsewhere a number is private by what was asked for, in English. Where the words are in another
language, nobody knows what a number is, so every long one is hidden.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from callcoach.model.private import PrivateKind
from callcoach.privacy.conversation import HIDDEN, Conversation, Private, Token
from callcoach.text.spoken_numbers import luhn

# The digits 0 to 9 in the languages that most calls here are in after English.
_WORDS = {
    word: str(value)
    for row in (
        "null eins zwei drei vier fünf sechs sieben acht neun",  # German
        "null ein zwo drei vier fünf sechs sieben acht neun",
        "cero uno dos tres cuatro cinco seis siete ocho nueve",  # Spanish
        "zéro un deux trois quatre cinq six sept huit neuf",  # French
        "zero uno due tre quattro cinque sei sette otto nove",  # Italian
        "zero um dois três quatro cinco seis sete oito nove",  # Portuguese
        "nul een twee drie vier vijf zes zeven acht negen",  # Dutch
    )
    for value, word in enumerate(row.split())
}
_SIGNS = re.compile(r"[^\w]+")
_CARD_DIGITS = range(13, 20)  # ISO/IEC 7812-1


def find_digits(call: Conversation, least: int) -> Iterator[Private]:
    """Numbers of at least ``least`` digits that one person says in a row within a turn."""
    for own in call.tokens:
        run: list[tuple[Token, str]] = []
        for token in own:
            digits = _digits(token)
            if digits:
                run.append((token, digits))
                continue
            yield from _number(run, least)
            run = []
        yield from _number(run, least)


def _digits(token: Token) -> str:
    """The digits of a word that is a number or a part of one, else nothing."""
    if token.plain == HIDDEN:
        return ""
    text = _SIGNS.sub("", token.text.lower())
    if text in _WORDS:
        return _WORDS[text]
    return text if text.isdecimal() else ""


def _number(run: list[tuple[Token, str]], least: int) -> Iterator[Private]:
    digits = "".join(signs for _, signs in run)
    if len(digits) >= least:
        card = len(digits) in _CARD_DIGITS and luhn(digits)
        kind = PrivateKind.CARD_NUMBER if card else PrivateKind.ACCOUNT_NUMBER
        yield Private(kind, tuple(token.at for token, _ in run))
