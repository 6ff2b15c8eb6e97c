"""Speaking rate: words and syllables per time of own speech.

The time is the speaker's own speech activity, not the time between the first and the last word, so
pauses and listening do not make anyone slow (articulation rate).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from callcoach.config import RateConfig


@dataclass(frozen=True)
class Rate:
    """Syllables per second and words per minute of own speech."""

    syllables_per_s: float
    words_per_min: float


def speaking_rate(words: Iterable[str], speech_s: float, config: RateConfig) -> Rate | None:
    """Rate of a stretch, ``None`` with too little speech or too few words.

    Parameters
    ----------
    words
        Words said in the stretch.
    speech_s
        Seconds of own speech in it.
    config
        Least support.
    """
    said = list(words)
    if speech_s < config.min_speech_s or len(said) < config.min_words:
        return None
    syllables = sum(count_syllables(word) for word in said)
    return Rate(syllables / speech_s, len(said) / speech_s * 60)


def count_syllables(word: str) -> int:
    """Syllables of an English word by its vowel groups; at least 1 for anything with a letter.

    Digits are spelled out first ("8" is "eight") and short words in capitals are read letter by
    letter. From the count of vowel groups a silent final e, -es and -ed are taken off; vowels that
    stand together but are spoken apart are added.
    """
    plain = re.sub(r"[^A-Za-z]", "", word)
    if plain.isupper() and 2 <= len(plain) <= 4:
        return sum(3 if letter == "W" else 1 for letter in plain)
    text = re.sub(r"\d[\d,]*(?:\.\d+)?", _spoken, word.lower())
    return sum(_syllables(part) for part in re.findall(r"[a-z']*[a-z][a-z']*", text))


_SILENT = re.compile(
    r"""(?<=[^aeiouy'])e$ (?<![^aeiouy]le)   # time, but not table
    | (?<=[^aeiouyszxh'])es$ (?<![^aeiouy]les) (?<![cg]es)  # times, but not places, tables
    | (?<=[^aeiouytd'])ed$ (?<!dred)         # called, but not wanted, hundred
    | (?<=[^aeiouy])e(?=ly$|ments?$)         # likely, statement
    | (?<=^som)e(?=\w) | (?<=^ev)e(?=ry) | (?<=bus)i(?=ness)""",
    re.VERBOSE,
)
_APART = re.compile(
    r"""(?<![tscg])i[ao](?!u)(?<![ln]io(?=n)) | (?<![tcgsx])iou | iu[ms]
    | (?<![tc])ie(?=n[ct]|ty?$) | (?<=^sc)ie
    | (?<![gq])u[ao](?!y) | (?<![gq])ue(?=[lt]) | ea$ | crea(?=t) | eo(?=s?$|g) | (?<=[eo])y[ao]
    | (?<=[aeiouy])ing | [ds]n't$""",
    re.VERBOSE,
)


def _syllables(text: str) -> int:
    groups = len(re.findall(r"[aeiouy]+", text.replace("'", "")))
    return max(1, groups - len(_SILENT.findall(text)) + len(_APART.findall(text)))


_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()


def _spoken(match: re.Match[str]) -> str:
    """A number in words: longer ones and those with a leading zero are said digit by digit."""
    whole, _, fraction = match.group().replace(",", "").partition(".")
    by_digit = len(whole) > 4 or (len(whole) > 1 and whole.startswith("0"))
    words = [_ONES[int(d)] for d in whole] if by_digit else _number(int(whole))
    if fraction:
        words += ["point", *(_ONES[int(d)] for d in fraction)]
    return f" {' '.join(words)} "


def _number(value: int) -> list[str]:
    """Words of 0 to 9999; a library for this takes two seconds to import in each worker."""
    if value >= 1000:
        rest = _number(value % 1000) if value % 1000 else []
        return [_ONES[value // 1000], "thousand", *rest]
    if value >= 100:
        rest = _number(value % 100) if value % 100 else []
        return [_ONES[value // 100], "hundred", *rest]
    if value >= 20:
        return [_TENS[value // 10 - 2], *([_ONES[value % 10]] if value % 10 else [])]
    return [_ONES[value]]
