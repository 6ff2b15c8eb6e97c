"""Numbers and letters as people say them: "double four", "oh seven seven", "S for sugar".

Recognisers write the same number in many ways: ``4242-4242``, ``4242 4242``, ``four two four two``,
``forty-two 42``. Here each of them becomes the same signs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_UNITS = {
    "zero": "0", "oh": "0", "nought": "0", "naught": "0", "nil": "0", "null": "0",
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7",
    "eight": "8", "nine": "9", "niner": "9",
}  # fmt: skip

_TEENS = {
    "ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13", "fourteen": "14",
    "fifteen": "15", "sixteen": "16", "seventeen": "17", "eighteen": "18", "nineteen": "19",
}  # fmt: skip

_TENS = {
    "twenty": "2", "thirty": "3", "forty": "4", "fourty": "4", "fifty": "5", "sixty": "6",
    "seventy": "7", "eighty": "8", "ninety": "9",
}  # fmt: skip

_TIMES = {"double": 2, "triple": 3, "treble": 3, "quadruple": 4}

_ALPHABET = {
    word: word[0].upper()
    for word in (
        "alpha alfa bravo charlie delta echo foxtrot golf hotel india juliet juliett kilo lima "
        "mike november oscar papa quebec romeo sierra tango uniform victor whiskey whisky xray "
        "x-ray yankee zulu"
    ).split()
}

_LETTER_NAMES = {"zed": "Z", "zee": "Z", "aitch": "H", "jay": "J", "kay": "K"}

_FOR = frozenset(("for", "like", "as"))

# What may stand between the parts of one number: pauses, joints, corrections.
BETWEEN = frozenset(
    "uh um er erm hmm hm ah eh mm and then dash hyphen space stop comma slash sorry no wait "
    "actually again followed by that's thats so okay ok yeah yes right i mean oops".split()
)

# Said alike: inside a number these are mishearings of "two", "four", "eight".
SOUNDS = frozenset("to too for ate won".split())

_MEASURES = frozenset(
    "pound pounds quid dollar dollars euro euros cent cents pence p percent minute minutes "
    "minute's "
    "hour hours day days week weeks month months year years second seconds o'clock am pm a.m p.m "
    "degrees "
    "miles mile kilometres kilometers km metres meters feet foot inch inches megabits megabit mb "
    "gb "
    "gigabytes gigabyte megabytes mbps watts kilowatts units items item people times person bucks "
    "pieces boxes bags kilos kilograms grams pounds' litres liters bedrooms rooms channels options "
    "calls emails tickets orders nights guests adults children kids cards bottles packs weeks' "
    "days' "
    "steps points grand k of working business "
    "january february march april may june july august september october november december "
    "monday tuesday wednesday thursday friday saturday sunday digit digits letters numbers "
    "characters megapixel btu volts amps litre liter metre meter".split()
)

_MARKS = '.,?!;:"“”()[]{}…—–'

_DIGITS = re.compile(r"[+#]?\(?\d[\d()\-–./]*")

_PRICE = re.compile(r"\d+\.\d{1,2}|\d{1,3}(?:,\d{3})+(?:\.\d+)?")

# "4th", "10am", "84p", "50gb", "5g", "2x": a quantity or an order, no sign of a number.
_QUANTITY = re.compile(
    r"\d+(?:st|nd|rd|th|am|pm|a\.m|p\.m|p|k|m|x|s|g|d|%|mb|gb|tb|kb|mbps|gbps|kg|mg|cm|mm|km|kwh"
    r"|kw|"
    r"ml|l|ft|in|inch|lb|lbs|oz|hrs?|mins?|secs?|hz|ghz|mhz|v|w|°|c|f|p\.|px|fps|ish)"
)

_MIXED = re.compile(r"(?=[a-z0-9\-./]*\d)(?=[a-z0-9\-./]*[a-z])[a-z0-9][a-z0-9\-./]*")

_OUTWARD = re.compile(r"[a-z]{1,2}\d{1,2}[a-z]?")

_INWARD = re.compile(r"\d[abd-hjlnp-uw-z]{2}")

_JOINED = re.compile(r"(?=.*\b[a-z]\b)[a-z]+(?:-[a-z]+)+")  # "s-w-one-six", "a-double-l-a-n"

_SPELLED = re.compile(r"[a-z](?:[-.][a-z])+")


@dataclass(frozen=True)
class SpokenToken:
    """What a few words add to a number: ``signs`` are digits and capital letters.

    ``count`` words were read. ``single`` tells whether one sign was said by itself ("four", "B"),
    ``amount`` whether it was said as a quantity ("two hundred"). ``weak`` signs may be plain words
    ("a", "I"): they count between others only. A joint has no signs.
    """

    signs: str
    count: int
    single: bool = False
    amount: bool = False
    weak: bool = False

    @property
    def joint(self) -> bool:
        """Whether it only stands between the parts of a number."""
        return not self.signs


def plain(word: str) -> str:
    """A word in small letters without the marks around it; apostrophes in one form."""
    return word.lower().replace("’", "'").strip(_MARKS + "-'")


def read(words: Sequence[str], at: int) -> SpokenToken | None:
    """The atom that begins at a word, ``None`` where no number or letter does.

    ``words`` are plain, see :func:`plain`.
    """
    word = words[at]
    following = words[at + 1] if at + 1 < len(words) else ""
    if word in _TIMES and following:
        inner = read(words, at + 1)
        if inner is not None and len(inner.signs) == 1:
            return SpokenToken(inner.signs * _TIMES[word], 1 + inner.count)
    for times, count in _TIMES.items():
        if word.startswith(f"{times}-") and (sign := _UNITS.get(word[len(times) + 1 :])):
            return SpokenToken(sign * count, 1)
    if _JOINED.fullmatch(word) and (parts := word.split("-")):
        atoms = [read(parts, at) for at in range(len(parts)) if parts[at] not in _TIMES]
        doubled = [read(parts, at) for at in range(len(parts)) if parts[at] in _TIMES]
        if all(atom is not None and atom.signs for atom in (*atoms, *doubled)):
            return SpokenToken(_signs_of(parts), 1)
    spoken = _spoken(words, at)
    if spoken is not None:
        return spoken
    written = _written(word, words[at - 1] if at else "")
    if written is not None:
        return written
    letter = _letter(words, at)
    if letter is not None:
        return letter
    return SpokenToken("", 1) if not word or word in BETWEEN or word in SOUNDS else None


def _spoken(words: Sequence[str], at: int) -> SpokenToken | None:
    """Number words: "four", "twenty five", "forty-two", "nine hundred"."""
    word, _, rest = words[at].partition("-")
    count = 1
    single = False
    if word in _UNITS:
        parts = words[at].split("-")
        if not all(part in _UNITS for part in parts):
            return None
        signs, single = "".join(_UNITS[part] for part in parts), len(parts) == 1
    elif word in _TEENS and not rest:
        signs = _TEENS[word]
    elif word in _TENS and rest:
        if rest not in _UNITS:
            return None
        signs = _TENS[word] + _UNITS[rest]
    elif word in _TENS:
        following = words[at + 1] if at + 1 < len(words) else ""
        if _UNITS.get(following, "0") != "0":
            signs, count = _TENS[word] + _UNITS[following], 2
        else:
            signs = _TENS[word] + "0"
    else:
        return None
    following = words[at + count] if at + count < len(words) else ""
    if following == "hundred":
        return _hundreds(words, at, signs, count + 1)
    if following in ("thousand", "million"):
        return SpokenToken(
            signs + ("000" if following == "thousand" else "000000"), count + 1, amount=True
        )
    return SpokenToken(signs, count, single)


def _hundreds(words: Sequence[str], at: int, signs: str, count: int) -> SpokenToken:
    """ "two hundred", "one hundred and five"."""
    after = at + count
    if words[after : after + 1] == ["and"] and after + 1 < len(words):
        rest = _spoken(words, after + 1)
        if rest is not None and len(rest.signs) <= 2 and not rest.amount:
            return SpokenToken(signs + rest.signs.zfill(2), count + 1 + rest.count, amount=True)
    return SpokenToken(signs + "00", count, amount=True)


def _written(word: str, before: str) -> SpokenToken | None:
    """Figures, and signs of both kinds: "4242-4242", "(555)", "AB12"."""
    postal = _OUTWARD.fullmatch(before) and _INWARD.fullmatch(word)  # "DY8 4LB" weighs nothing
    if _QUANTITY.fullmatch(word) and not postal:
        return None
    if _DIGITS.fullmatch(word) and not _PRICE.fullmatch(word):
        return SpokenToken(re.sub(r"\D", "", word), 1, single=len(word) == 1)
    if _MIXED.fullmatch(word):
        return SpokenToken(re.sub(r"[^a-z0-9]", "", word).upper(), 1)
    return None


def _letter(words: Sequence[str], at: int) -> SpokenToken | None:
    word = words[at]
    following = words[at + 1] if at + 1 < len(words) else ""
    after = words[at + 2] if at + 2 < len(words) else ""
    if len(word) == 1 and word.isalpha():
        sign = word.upper()
        if following in _FOR:  # "B for Bristol", "D as in David"
            named = at + (3 if following == "as" and after == "in" else 2)
            if named < len(words) and words[named].startswith(word) and len(words[named]) > 1:
                return SpokenToken(sign, named - at + 1, single=True)
        return SpokenToken(sign, 1, single=True, weak=word in "ai")
    if _SPELLED.fullmatch(word):
        return SpokenToken(re.sub(r"[-.]", "", word).upper(), 1)
    if word in _LETTER_NAMES:
        return SpokenToken(_LETTER_NAMES[word], 1, single=True, weak=True)
    if word in _ALPHABET:
        return SpokenToken(_ALPHABET[word], 1, single=True, weak=True)
    return None


def counts(after: Sequence[str]) -> bool:
    """Whether a unit follows a number: "pounds", "or twenty years"."""
    if after[:1] and after[0] in ("or", "to") and len(after) > 1:
        atom = read(after, 1)
        if atom is not None and not atom.joint:
            after = after[1 + atom.count :]
    return bool(after) and after[0] in _MEASURES


def _signs_of(words: Sequence[str]) -> str:
    """The signs of words that are all read: "a", "double", "l"."""
    signs, at = "", 0
    while at < len(words):
        atom = read(words, at)
        signs += atom.signs if atom else ""
        at += atom.count if atom else 1
    return signs


def luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of ISO/IEC 7812-1, annex B.

    >>> luhn("4111111111111111"), luhn("4111111111111112")
    (True, False)
    """
    total = 0
    for place, sign in enumerate(reversed(digits)):
        value = int(sign) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def iban(signs: str) -> bool:
    """Whether signs are an IBAN: two letters, check digits right by ISO 7064, mod 97.

    >>> iban("GB82WEST12345698765432"), iban("GB83WEST12345698765432")
    (True, False)
    """
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", signs):
        return False
    turned = signs[4:] + signs[:4]
    return int("".join(str(int(sign, 36)) for sign in turned)) % 97 == 1
