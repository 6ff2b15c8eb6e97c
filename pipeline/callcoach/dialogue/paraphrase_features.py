"""What is measured on a turn to tell whether it gives back what the other said."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from callcoach.config.paraphrase import ParaphraseConfig
from callcoach.dialogue.sentence_embeddings import Encoder, Rows
from callcoach.text.clauses import clauses
from callcoach.text.phrases import plain

_SECOND = frozenset("you your yours yourself you're you've you'd you'll".split())
_FIRST = frozenset("i me my mine i'm i've i'd i'll we us our we're we've we'd we'll".split())
_OPENERS = frozenset(
    "so and okay ok oh ah right well yeah yes mm mhm um uh but sure hm sorry".split()
)
_NUMBERS = frozenset(
    "zero oh one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty "
    "ninety hundred thousand first second third fourth fifth sixth seventh eighth ninth tenth "
    "monday tuesday wednesday thursday friday saturday sunday january february march april may "
    "june july august september october november december".split()
)
_COMMON_NUMBERS = frozenset("first second one two oh may".split())
_ENDINGS = ("ingly", "edly", "ing", "ed", "es", "ly", "s")
MIN_WORDS = 3  # shorter clauses say too little to be judged alone


@dataclass(frozen=True)
class Features:
    """One row of measures, each about 0..1; the weights are in the settings under these names."""

    similar: float  # greatest cosine with a turn of the other or a clause of it
    covered: float  # share of its content words, by rarity, that the other had used
    shared: float  # share of the words of both that they have in common (Jaccard)
    echo: float  # 1: the other's very words
    you: float  # share of "you" and "your" among the words, times 4
    you_first: float  # 1: begins with "you" after "so", "and", "okay"
    own: float  # share of "I", "we", "my" among the words, times 4
    frame: float  # 1: a frame such as "it sounds like"
    so: float  # 1: "so" is its first or second word
    question: float  # 1: begins as a question for something new
    other_question: float  # 1: some clause of the turn does
    adjacent: float  # 1: the other spoke just before
    tag: float  # 1: ends with "right?", "is that correct?"
    advice: float  # 1: advises or instructs
    news: float  # 1: tells news of one's own or offers something
    courtesy: float  # 1: greeting, thanks, excuse, praise
    feeling: float  # 1: names a feeling
    numbers: float  # share of numbers and days among the words
    length: float  # logarithm of the number of words, 1 for 20 or more
    rest: float  # share of the turn that lies outside
    answers: float  # 1: the other's last turn was a question


@dataclass(frozen=True)
class UtteranceFeatures:
    """A turn made ready: its clauses and, last, the whole turn (``units``), with their rows."""

    text: str
    units: tuple[str, ...]
    clauses: int
    rows: Rows

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words in small letters."""
        return tuple(plain(self.text).split())

    @cached_property
    def content(self) -> dict[str, float]:
        """Rarity of each content word, by its stem."""
        return content(self.words)


def texts(text: str) -> tuple[str, ...]:
    """What is measured of a turn: its clauses, and the whole where there is more than one."""
    parts = tuple(part for part in clauses(text) if len(plain(part).split()) >= MIN_WORDS)
    return parts if parts == (text,) else (*parts, text)


def said(text: str, encoder: Encoder) -> UtteranceFeatures:
    """Make a turn ready."""
    units = texts(text)
    return UtteranceFeatures(text, units, max(1, len(units) - 1), encoder.encode(units))


@lru_cache(maxsize=50_000)
def rarity(word: str) -> float:
    """How rare an English word is, 0..1: 0 above one in a thousand words, 1 below one in a million.

    From the Zipf frequency of ``wordfreq`` (van Heuven et al. 2014): the decimal logarithm of the
    occurrences in a thousand million words.
    """
    from wordfreq import zipf_frequency

    return min(1.0, max(0.0, (6.0 - zipf_frequency(word, "en", wordlist="small")) / 3.0))


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """A word without its ending: enough for "charged" to meet "charges"."""
    word = word.removesuffix("'s")
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            break
    return word.rstrip("e") if len(word) > 3 else word


def content(words: Iterable[str]) -> dict[str, float]:
    """Rarity, above 0 to 1, of the content words by their stems; function words have none."""
    result: dict[str, float] = {}
    for word in words:
        if (weight := rarity(word)) > 0:
            result[stem(word)] = max(weight, result.get(stem(word), 0.0))
    return result


def call_rarity(turns: Sequence[UtteranceFeatures]) -> dict[str, float]:
    """How rare each content word is among the turns of this call, 0..1 (inverse frequency).

    ``log((1 + turns) / turns with the word) / log(1 + turns)``, the inverse document frequency of
    Spärck Jones (1972) brought to 0..1; empty for a handful of turns.
    """
    counts = Counter(word for turn in turns for word in turn.content)
    whole = math.log(1 + len(turns))
    # In a handful of turns every word is rare.
    if len(turns) < 8:
        return {}
    return {word: math.log((1 + len(turns)) / count) / whole for word, count in counts.items()}


def listened(turn: UtteranceFeatures, config: ParaphraseConfig) -> bool:
    """Whether a turn is made of listener words alone, or of nothing."""
    return all(word in config.listener_words for word in turn.words)


def measure(
    turn: UtteranceFeatures,
    unit: int,
    others: Sequence[UtteranceFeatures],
    rare: dict[str, float],
    adjacent: bool,
    config: ParaphraseConfig,
) -> Features:
    """Measure a unit of a turn against what the others said before it, newest last.

    Parameters
    ----------
    turn, unit
        The turn, and which of its units: a clause, or (the last) the whole turn.
    others
        Turns of the others before it, in order of time, at least one.
    rare
        Rarity of content words in this call, 0..1, from :func:`call_rarity`; 1 for other words.
    adjacent
        Whether the last of them stands right before the turn.
    config
        Words and phrases.

    Returns
    -------
    Features
        Each 0..1.
    """
    text = plain(turn.units[unit])
    words = tuple(text.split())
    n = max(1, len(words))
    core = _core(words)
    own = {word: weight * rare.get(word, 1.0) for word, weight in content(words).items()}
    theirs = {word for other in others for word in other.content}
    known = sum(weight for word, weight in own.items() if word in theirs)
    last = others[-1]
    return Features(
        similar=max(0.0, *(float((other.rows @ turn.rows[unit]).max()) for other in others)),
        # Half a rare word more: a unit without content is not covered.
        covered=known / (sum(own.values()) + 0.5),
        shared=max(
            len(set(words) & set(other.words)) / max(1, len(set(words) | set(other.words)))
            for other in others
        ),
        adjacent=float(adjacent),
        echo=float(any(f" {' '.join(core)} " in f" {' '.join(o.words)} " for o in others)),
        you=min(1.0, 4 * sum(word in _SECOND for word in words) / n),
        you_first=float(core[:1] != () and core[0] in _SECOND),
        own=min(1.0, 4 * sum(word in _FIRST for word in words) / n),
        frame=_holds(text, config.frames),
        so=float("so" in words[:2]),
        question=max(_begins(core, config.questions), _holds(text, config.asking)),
        other_question=max(
            _begins(_core(plain(part).split()), config.questions) for part in turn.units
        ),
        tag=float(any(text.endswith(f" {tag}") for tag in config.tags)),
        advice=_holds(text, config.advice),
        news=_holds(text, config.news),
        courtesy=_holds(text, config.courtesies),
        feeling=_holds(text, config.feelings),
        numbers=sum(map(_is_number, words)) / n,
        length=min(1.0, math.log(n) / math.log(20)),
        rest=1 - n / max(n, len(turn.words)),
        answers=float(
            last.text.rstrip().endswith("?")
            or _begins(_core(plain(last.units[last.clauses - 1]).split()), config.questions)
        ),
    )


def reads_back(
    turn: UtteranceFeatures,
    others: Sequence[UtteranceFeatures],
    asked: str,
    config: ParaphraseConfig,
) -> bool:
    """Whether a turn opens with a detail that it repeats: a number, a name, a date, an address.

    That is a short clause without "you" made of the other's words, which holds a number or a day,
    or comes after a question for a detail (``asked``).
    """
    words = _core(plain(turn.units[0]).split())
    if not 0 < len(words) <= config.detail_words or any(word in _SECOND for word in words):
        return False
    heard = {stem(word) for other in others for word in other.words}
    said_before = sum(stem(word) in heard or _is_number(word) for word in words)
    if said_before < config.detail_covered * len(words):
        return False
    if _holds(plain(turn.units[0]), config.advice) or _begins(words, config.questions):
        return False
    # "First I stop it", "because two visits": these words alone are no detail.
    telling = any(_is_number(word) for word in words if word not in _COMMON_NUMBERS)
    return telling or bool(_holds(plain(asked), config.detail_questions))


def _is_number(word: str) -> bool:
    return word in _NUMBERS or any(sign.isdigit() for sign in word)


def _core(words: Sequence[str]) -> tuple[str, ...]:
    """Without the small words that open a turn."""
    start = 0
    while start < len(words) - 1 and words[start] in _OPENERS:
        start += 1
    return tuple(words[start:])


@lru_cache(maxsize=64)
def _pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    lines = sorted({plain(phrase) for phrase in phrases}, key=len, reverse=True)
    return re.compile(rf"(?:^| )(?:{'|'.join(map(re.escape, lines))})(?= |$)")


def _holds(text: str, phrases: tuple[str, ...]) -> float:
    return float(_pattern(phrases).search(text) is not None)


def _begins(words: Sequence[str], phrases: tuple[str, ...]) -> float:
    return float(_pattern(phrases).match(" ".join(words)) is not None)
