"""Signs of an agent and of a customer in what two people say, counted.

Most signs are lines (``configs/phrases/roles/signs.toml``). Others are told by what follows:
somebody asks for data and hears numbers, letters or a name; somebody says what to do and hears that
it is done. One is the first exchange: an opening, answered by a greeting and a reason to call.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from callcoach.config.role_signs import RoleSigns, Sign
from callcoach.text.phrases import spelled_out

GETS_DATA, GETS_DONE, OPENS = "gets_data", "gets_done", "opens"
SEQUENCES = (GETS_DATA, GETS_DONE, OPENS)
"""Signs of an agent that are no lines: what the other one answers."""

ANSWER_WORDS = 25
"""An answer is looked for in this many first words of what the other says next."""
LISTENER_WORDS = 2
"""So few words between do not break a sentence: "could I have your - yeah - name"."""
NUMBERS = 3
"""This many digits, number words or letters are data that is given."""

_FILLERS = frozenset(
    "um uh uhm er erm ah oh well just really very quite actually please kindly quickly like "
    "basically maybe also then there's".split()
)
_SPOKEN = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety "
    "hundred double triple"
)
_NUMBER = rf"(?:\d\S*|{_SPOKEN.replace(' ', '|')})"
_DATA = re.compile(rf"(?:{_NUMBER}|[b-hj-z])")
_NAMES = re.compile(
    r" (?:my name is|it is under|the name is|name is|under the name|(?:at|dot) \S+)"
)
_DONE = re.compile(
    r"^ (?:okay|ok|yes|yeah|yep|alright|all right|right|sure)? ?(?:okay |yes )?"
    r"(?:done|i (?:am|did|see|have|can see|do|clicked|pressed|will try|found)|it (?:says|is|did|"
    r"does|worked|has)|that (?:worked|did)|yes it|no it|got it|the (?:screen|light|page))"
)
_GREETS = re.compile(
    r"^(?:yes |yeah |oh )?(?:hi|hello|hey|yeah|good (?:morning|afternoon|evening|day))\b"
)
_OPENING, _REASON = range(2, 31), 6  # words of an opening, and the least of a reason to call
_BREAK = "/"


@dataclass(frozen=True)
class RoleSign:
    """What one speaker shows.

    ``times`` counts the signs by name, ``quotes`` holds the first words that showed each, what may
    be private in them left out.
    """

    times: Mapping[str, int] = field(default_factory=dict)
    quotes: Mapping[str, str] = field(default_factory=dict)
    words: int = 0


def heard_signs(
    said: Iterable[tuple[str, str]], speakers: tuple[str, str], signs: RoleSigns
) -> tuple[RoleSign, RoleSign]:
    """Count the signs of both speakers.

    Parameters
    ----------
    said
        Who said what, in order of time; an item may be one word or a whole turn.
    speakers
        Their names.
    signs
        The lines to look for.
    """
    runs = _runs(said, speakers)
    times: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    quotes: tuple[dict[str, str], dict[str, str]] = ({}, {})
    for side in (0, 1):
        text = _text(runs, side)
        for name, sign in (*signs.agent.items(), *signs.customer.items()):
            found = matches(text, sign)
            if found:
                times[side][name] = len(found)
                quotes[side][name] = found[0]
    for (side, text), (other, answer) in itertools.pairwise(runs):
        if side == other:
            continue
        start = answer.split()[:ANSWER_WORDS]
        if matches(text, signs.agent["asks_data"]) and _gives(start):
            times[side][GETS_DATA] += 1
        if matches(text, signs.agent["instructs"]) and _DONE.match(f" {' '.join(start)} "):
            times[side][GETS_DONE] += 1
    if len(runs) > 1 and _opened(runs[0][1], runs[1][1]):
        times[runs[0][0]][OPENS] = 1
    return tuple(  # type: ignore[return-value]
        RoleSign(dict(times[side]), quotes[side], len(_text(runs, side).split())) for side in (0, 1)
    )


def matches(text: str, sign: Sign) -> tuple[str, ...]:
    """The words of a text, spelled out, that show a sign; none twice."""
    padded = f" {text.strip()} "
    pattern, unless = _compiled(sign.lines), _compiled(sign.unless) if sign.unless else None
    barred = [m.span() for m in unless.finditer(padded)] if unless else []
    found = []
    for match in pattern.finditer(padded):
        if any(a < match.end() and match.start() < b for a, b in barred):
            continue
        found.append(_quoted(match))
    return tuple(found)


def _quoted(match: re.Match[str]) -> str:
    """The words of a line; what stood for '*' or '#' may be private, and is left out."""
    text, start = match[0], match.start()
    for place in sorted(
        (match.span(n) for n in range(1, (match.re.groups or 0) + 1) if match[n]), reverse=True
    ):
        text = text[: place[0] - start] + " …" + text[place[1] - start :]
    return text.strip()


@lru_cache(maxsize=256)
def _compiled(lines: tuple[str, ...]) -> re.Pattern[str]:
    """One pattern for lines; only what '*' and '#' stand for is a group."""
    return re.compile(f"(?:{'|'.join(map(_pattern, lines))})(?= )")


def _pattern(line: str) -> str:
    """A line as a regular expression in which every word has a space before it."""
    parts = []
    for token in re.findall(r"\([^)]*\)\??|\S+", line):
        many, bare = token.endswith("?"), token.rstrip("?")
        if bare == "*":
            parts.append(rf"((?: [^ {_BREAK}]+){{0,3}}?)")
            continue
        if bare == "#":
            parts.append(f"( {_NUMBER})")
            continue
        choices = bare.strip("()").split("|")
        words = "|".join(
            "".join(_pattern("*") if word == "*" else f" {re.escape(word)}" for word in one.split())
            for one in choices
            if one
        )
        parts.append(f"(?:{words}){'?' if many else ''}")
    return "".join(parts)


def _runs(said: Iterable[tuple[str, str]], speakers: tuple[str, str]) -> list[tuple[int, str]]:
    """Side and words, spelled out, for each stretch in which one speaks."""
    raw: list[tuple[int, list[str]]] = []
    for speaker, text in said:
        if speaker not in speakers:
            continue
        side = speakers.index(speaker)
        if raw and raw[-1][0] == side:
            raw[-1][1].append(text)
        else:
            raw.append((side, [text]))
    result = []
    for side, texts in raw:
        words = [w for w in spelled_out(" ".join(texts)).split() if w not in _FILLERS]
        if words:
            result.append((side, " ".join(words)))
    return result


def _text(runs: Sequence[tuple[int, str]], side: int) -> str:
    """All that one side says; a bar where the other says more than a listener does."""
    parts: list[str] = []
    between = 0
    for who, text in runs:
        if who != side:
            between += len(text.split())
            continue
        if parts and between > LISTENER_WORDS:
            parts.append(_BREAK)
        parts.append(text)
        between = 0
    return " ".join(parts)


def _opened(first: str, second: str) -> bool:
    """Whether the first words of all are answered by a greeting and more, as in inbound calls."""
    many, bare = len(first.split()), _GREETS.sub("", first).strip()
    return (
        many in _OPENING
        and bool(bare)
        and (_GREETS.match(second) is not None and len(second.split()) >= _REASON)
    )


def _gives(words: Sequence[str]) -> bool:
    many = sum(_DATA.fullmatch(word) is not None for word in words)
    digits = sum(len(word) for word in words if word.isdigit())
    return max(many, digits) >= NUMBERS or _NAMES.search(f" {' '.join(words)} ") is not None
