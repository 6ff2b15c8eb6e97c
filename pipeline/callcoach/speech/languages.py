"""What languages a call is spoken in: the hand-overs, and Whisper's codes in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from callcoach.model.recording import FloatArray
from callcoach.model.timeline import Span

ENGLISH = "en"
"""Whisper's code for the one language that the phrase book is written in."""

AUTO = "auto"
"""The setting with which the language is heard."""

WITHOUT_SPACES = frozenset({"zh", "ja", "th", "lo", "my", "yue"})
"""Languages that are written without a space between words: Whisper gives them sign by sign."""

_NAMES = (
    "af Afrikaans, am Amharic, ar Arabic, as Assamese, az Azerbaijani, ba Bashkir, be Belarusian, "
    "bg Bulgarian, bn Bengali, bo Tibetan, br Breton, bs Bosnian, ca Catalan, cs Czech, cy Welsh, "
    "da Danish, de German, el Greek, en English, es Spanish, et Estonian, eu Basque, fa Persian, "
    "fi Finnish, fo Faroese, fr French, gl Galician, gu Gujarati, ha Hausa, haw Hawaiian, "
    "he Hebrew, hi Hindi, hr Croatian, ht Haitian Creole, hu Hungarian, hy Armenian, "
    "id Indonesian, is Icelandic, it Italian, ja Japanese, jw Javanese, ka Georgian, kk Kazakh, "
    "km Khmer, kn Kannada, ko Korean, la Latin, lb Luxembourgish, ln Lingala, lo Lao, "
    "lt Lithuanian, lv Latvian, mg Malagasy, mi Maori, mk Macedonian, ml Malayalam, mn Mongolian, "
    "mr Marathi, ms Malay, mt Maltese, my Burmese, ne Nepali, nl Dutch, nn Nynorsk, no Norwegian, "
    "oc Occitan, pa Punjabi, pl Polish, ps Pashto, pt Portuguese, ro Romanian, ru Russian, "
    "sa Sanskrit, sd Sindhi, si Sinhala, sk Slovak, sl Slovenian, sn Shona, so Somali, "
    "sq Albanian, sr Serbian, su Sundanese, sv Swedish, sw Swahili, ta Tamil, te Telugu, "
    "tg Tajik, th Thai, tk Turkmen, tl Tagalog, tr Turkish, tt Tatar, uk Ukrainian, ur Urdu, "
    "uz Uzbek, vi Vietnamese, yi Yiddish, yo Yoruba, yue Cantonese, zh Chinese"
)
LANGUAGE_NAMES = dict(entry.split(" ", 1) for entry in _NAMES.split(", "))
"""The English name of each language by Whisper's code."""


def language_name(code: str) -> str:
    """The English name of a language; the code itself where it is none of Whisper's."""
    return LANGUAGE_NAMES.get(code, code)


@dataclass(frozen=True)
class LanguageGuess:
    """How likely each language is in one clip.

    ``probabilities`` holds pairs of Whisper's code and a probability (0..1), the likeliest first;
    together they are 1.
    """

    probabilities: tuple[tuple[str, float], ...]

    @property
    def code(self) -> str:
        """The likeliest language."""
        return self.probabilities[0][0]

    @property
    def probability(self) -> float:
        """The probability of the likeliest language, 0..1."""
        return self.probabilities[0][1]


class LanguageListener(Protocol):
    """The part of an engine that tells languages apart."""

    multilingual: bool

    def languages(self, clips: Sequence[FloatArray]) -> tuple[LanguageGuess, ...]:
        """The languages of clips, see :class:`callcoach.speech.transcribe.Engine`."""
        ...


@dataclass(frozen=True)
class Spoken(Span):
    """A stretch of the call in which a party speaks one language, by Whisper's code."""

    code: str


@dataclass(frozen=True)
class PartyLanguage:
    """The language of one party.

    ``probability`` (0..1) is that of ``code``, ``None`` where the language was given and not
    heard. ``stretches`` cover the whole call in order of time where the party changes its
    language, and are empty where it speaks one; ``code`` is then the one that is spoken most.
    """

    speaker: str
    code: str
    probability: float | None = None
    stretches: tuple[Spoken, ...] = ()

    @property
    def codes(self) -> frozenset[str]:
        """All languages that the party speaks."""
        return frozenset([self.code, *(stretch.code for stretch in self.stretches)])

    def at(self, at_s: float) -> str:
        """The language that is spoken at a time of the call."""
        return next((s.code for s in self.stretches if at_s < s.end_s), self.code)

    def parts(self, regions: Sequence[Span]) -> Iterator[tuple[str, tuple[Span, ...]]]:
        """Regions of speech by language, in order of time; none is cut in two."""
        if not self.stretches:
            yield self.code, tuple(regions)
        for stretch in self.stretches:
            inside = (r for r in regions if stretch.start_s <= r.middle_s < stretch.end_s)
            yield stretch.code, tuple(inside)


@dataclass(frozen=True)
class Languages:
    """The languages of a call, one entry for each party that speaks.

    ``unsure`` is true where they were heard and may well be wrong.
    """

    parties: tuple[PartyLanguage, ...]
    unsure: bool = False

    @property
    def codes(self) -> frozenset[str]:
        """All languages of the call."""
        return frozenset(code for party in self.parties for code in party.codes)

    def of(self, speaker: str) -> PartyLanguage | None:
        """The language of a party, ``None`` where it does not speak."""
        return next((party for party in self.parties if party.speaker == speaker), None)
