"""Syllables of English words as a transcript writes them.

Words are looked up in the ``pysyllables`` list (MIT; 134 000 North American words, made from the
CMU Pronouncing Dictionary); a vowel-group rule counts the ones it does not have. Numbers, amounts,
times and abbreviations are first put into the words people say.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache


def count_syllables(word: str) -> int:
    """Syllables of an English word; 0 for what has neither a Latin letter nor a digit.

    Hyphenated words count by part. Two to four capitals are read letter by letter ("BMW", "IDs"),
    but for a few that are said as words ("PIN"). What transcripts write short is counted as it is
    usually said in North America: "$45.50" as "forty-five dollars fifty", "10:05" as "ten oh
    five", "3rd" as "third", "2018" as "twenty eighteen", digits of a long number one by one.

    Parameters
    ----------
    word
        As transcribed, with its punctuation.

    >>> [count_syllables(word) for word in ("hello,", "$45.50", "BMW", "...")]
    [2, 7, 5, 0]
    """
    return sum(_of_part(part) for part in _PART.findall(in_words(word)))


_PART = re.compile(r"[A-Za-z]+(?:'[A-Za-z]+)*")
_CAPITALS = re.compile(r"([A-Z]{2,4})(?:'?s)?")
_SAID_AS_WORDS = frozenset({"NASA", "PIN", "SIM", "VAT", "ZIP"})
_AS_SAID = {"dr": 2, "every": 2, "our": 1, "ours": 1}
"""Where the list has the careful form, with one more syllable, or not the written-out word."""


def _of_part(part: str) -> int:
    capitals = _CAPITALS.fullmatch(part)
    if capitals and capitals[1] not in _SAID_AS_WORDS:
        return _spelled(capitals[1])
    text = part.lower()
    known = _AS_SAID.get(text) or _listed()(text)
    if known is not None:
        return known
    stem, _, ending = text.rpartition("'")
    if stem:
        return _of_part(stem) + _of_ending(stem, ending)
    if _HUMMED.fullmatch(text):
        return 2 if _MHM.fullmatch(text) else 1
    if not re.search("[aeiouy]", text):
        return _spelled(text)
    return by_rule(text)


@cache
def _listed() -> Callable[[str], int | None]:
    # Reading the list takes a tenth of a second: only who counts syllables should pay for it.
    from pysyllables import get_syllable_count

    look_up: Callable[[str], int | None] = get_syllable_count
    return look_up


def _spelled(letters: str) -> int:
    return sum(3 if letter in "Ww" else 1 for letter in letters)


_HUMMED = re.compile(r"[hm]*m+[hm]*|sh+|ps+t|br+|pf+t|tsk")
_MHM = re.compile(r"m+h+m+")
_SIBILANT = re.compile(r"(?:[sxz]|[cs]h|[csgz]e)$")


def _of_ending(stem: str, ending: str) -> int:
    """What is added after an apostrophe: "boss's" has one syllable more, "customer's" has not."""
    if ending == "t":
        return 0
    if ending == "s":
        return int(_SIBILANT.search(stem) is not None)
    if ending in {"d", "ll", "re", "ve"}:
        return int(stem[-1] not in "aeiouwy")
    return _of_part(ending)


# ------------------------------------------------------------------ words that are not in the list

_SILENT = re.compile(
    r"""(?<=[^aeiouy])e$ (?<![^aeiouy]le)   # time, but not table
    | (?<=[^aeiouyszxh])es$ (?<![^aeiouy]les) (?<![cg]es)  # times, but not places, tables
    | (?<=[^aeiouytd])ed$ (?<!dred)         # called, but not wanted, hundred
    | (?<=[^aeiouy])e(?=ly$|ments?$)         # likely, statement""",
    re.VERBOSE,
)
_APART = re.compile(
    r"""(?<![tscg])i[ao](?!u)(?<![ln]io(?=n)) | (?<![tcgsx])iou | iu[ms]
    | (?<![tc])ie(?=n[ct]|ty?$) | (?<=^sc)ie
    | (?<![gq])u[ao](?!y) | (?<![gq])ue(?=[lt]) | ea$ | crea(?=t) | eo(?=s?$|g) | (?<=[eo])y[ao]
    | (?<=[aeiouy])ing""",
    re.VERBOSE,
)


def by_rule(letters: str) -> int:
    """Syllables of a word in small letters by its vowel groups, at least 1.

    A silent final e, -es and -ed are taken off; vowels that stand together but are spoken apart
    are added.
    """
    groups = len(re.findall(r"[aeiouy]+", letters))
    return max(1, groups - len(_SILENT.findall(letters)) + len(_APART.findall(letters)))


# ------------------------------------------------------------------ numbers and signs

_MONEY = {"$": "dollars", "£": "pounds", "€": "euros"}
_SMALL_MONEY = {"$": "cents", "£": "pence", "€": "cents"}
_SIGNS = {
    ord(sign): f" {name} "
    for sign, name in zip(
        "%&@+#°", ("percent", "and", "at", "plus", "number", "degrees"), strict=True
    )
}
_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_SCALES = ((10**9, "billion"), (10**6, "million"), (10**3, "thousand"), (100, "hundred"))


def in_words(word: str) -> str:
    """The word with its numbers and signs written as they are said: "20%" is "twenty percent".

    >>> in_words("20%").split()
    ['twenty', 'percent']
    """
    text = unicodedata.normalize("NFKD", word.replace("’", "'"))
    for pattern, say in _READINGS:
        text = pattern.sub(say, text)
    return text.translate(_SIGNS)


def _time(found: re.Match[str]) -> str:
    minutes = found[2]
    if minutes == "00":
        return f" {_number(found[1])} "
    return f" {_number(found[1])} {_pair(minutes)} "


def _amount(found: re.Match[str]) -> str:
    sign, whole, part = found.groups()
    if part is None or len(part) != 2:
        return f" {_decimal(whole, part)} {_MONEY[sign]} "
    small = "" if part == "00" else _number(part.lstrip("0"))
    if int(whole.replace(",", "")) == 0:
        return f" {small} {_SMALL_MONEY[sign]} "
    return f" {_number(whole)} {_MONEY[sign]} {small} "


def _groups(found: re.Match[str]) -> str:
    groups = found[0].split("-")
    if sum(map(len, groups)) >= 7:  # a telephone number, not a range
        return f" {_digits(found[0])} "
    return f" {' '.join(map(_number, groups))} "


def _ordinal(found: re.Match[str]) -> str:
    words = _number(found[1])
    if words.endswith("ty"):
        return f" {words[:-1]}ieth "
    return f" {words.removesuffix('two')}second " if words.endswith("two") else f" {words} "


def _decimal(whole: str, part: str | None) -> str:
    return _number(whole) + (f" point {_digits(part)}" if part else "")


def _number(digits: str) -> str:
    """A whole number: with commas as one number, without them as years and codes are read."""
    plain = digits.replace(",", "")
    if len(plain) > 12 or (len(plain) > 1 and plain[0] == "0"):
        return _digits(plain)
    if plain == digits and len(plain) > 4:
        return _digits(plain)
    if plain == digits and len(plain) == 4 and plain[1:3] != "00":
        second = "hundred" if plain[2:] == "00" else _pair(plain[2:])
        return f"{_pair(plain[:2])} {second}"
    return " ".join(_cardinal(int(plain)))


def _pair(digits: str) -> str:
    if digits[0] == "0":
        return f"oh {_ONES[int(digits[1])]}"
    return " ".join(_cardinal(int(digits)))


def _digits(text: str) -> str:
    return " ".join(_ONES[int(digit)] for digit in text if digit.isdigit())


def _cardinal(value: int) -> list[str]:
    # A library for this takes two seconds to import in each worker.
    for scale, name in _SCALES:
        if value >= scale:
            rest = _cardinal(value % scale) if value % scale else []
            return [*_cardinal(value // scale), name, *rest]
    if value >= 20:
        return [_TENS[value // 10 - 2], *([_ONES[value % 10]] if value % 10 else [])]
    return [_ONES[value]]


_READINGS: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"(?<=\d)\s*([ap])\.?m\b", re.IGNORECASE), r" \1 m "),
    (re.compile(r"(?<=\d)'?s\b"), ""),
    (re.compile(r"\b(\d{1,2}):([0-5]\d)\b"), _time),
    (re.compile(r"([$£€])(\d[\d,]*)(?:\.(\d+))?"), _amount),
    (re.compile(r"\d+(?:-\d+)+"), _groups),
    (re.compile(r"(\d[\d,]*)(?:st|nd|rd|th)\b"), _ordinal),
    (
        re.compile(r"(\d[\d,]*)(?:\.(\d+))?"),
        lambda found: f" {_decimal(found[1], found[2])} ",
    ),
    (re.compile(r"(?<=[A-Za-z]{2})\.(?=[A-Za-z]{2})"), " dot "),
)
