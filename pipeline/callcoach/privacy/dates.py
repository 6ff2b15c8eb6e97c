"""Dates of birth: a date where birth is spoken of; other dates are not private."""

from __future__ import annotations

import re
from collections.abc import Sequence

from callcoach.config.privacy import RedactionConfig
from callcoach.model.private import PrivateKind
from callcoach.privacy.conversation import Conversation, Private, sentences
from callcoach.privacy.cues import Cues
from callcoach.text.spoken_numbers import counts, read

_MONTHS = frozenset(
    "january february march april may june july august september october november december jan "
    "feb mar "
    "apr jun jul aug sep sept oct nov dec".split()
)
_ORDINALS = frozenset(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth "
    "fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth thirtieth "
    "twenty-first twenty-second twenty-third twenty-fourth twenty-fifth twenty-sixth "
    "twenty-seventh "
    "twenty-eighth twenty-ninth thirty-first".split()
)
_ORDINAL = re.compile(r"\d{1,2}(?:st|nd|rd|th)")
_LINKS = frozenset("the of in and comma uh um er year month day".split())
_AROUND = frozenset("no nope it's its the not yes sorry that's actually and in of was".split())
_SHORT_YEAR = re.compile(r"'\d\d")
_LAST_DAY = 31  # two digits above it are the year
_FIRST_YEAR = 1900
_SLASHED = re.compile(r"\d{1,4}[/.\-]\d{1,2}[/.\-]\d{2,4}")
_CHECKS = re.compile(
    r"\b(?:security question|verif|identity|identification|data protection|pass security)"
)


def find_births(call: Conversation, cues: Cues, config: RedactionConfig) -> tuple[Private, ...]:
    """The dates of birth of a call."""
    found = []
    for own in sorted(call.flows, key=lambda flow: flow[0].at):
        words = [token.plain for token in own]
        place = 0
        while place < len(own):
            end = _date_end(words, place)
            if end == place or (words[place] == "oh" and own[place].ends):
                place += 1
                continue
            turn = own[place].turn
            cue = cues.before(own[place].at)
            kind = cue.kind if cue else None
            near = cue is not None and (
                (cue.at[0] == turn and own[place].place - cue.end[1] <= config.same_turn_words)
                or cues.turns_since(cue.at[0], turn) <= config.turns_kept_open
            )
            behind = any(
                c.kind is PrivateKind.DATE_OF_BIRTH
                for c in cues.within(own[end - 1].at, (turn, own[end - 1].place + 6))
            )
            full = _has_year(words[place:end])
            old = not counts(words[end:]) and _is_old(words[place:end], config.birth_year_before)
            if (
                (near and kind is PrivateKind.DATE_OF_BIRTH)
                or behind
                or old
                or (full and kind is None and _checked(call, turn, config))
            ):
                found.append(
                    Private(PrivateKind.DATE_OF_BIRTH, tuple(t.at for t in own[place:end]))
                )
            place = end
    return tuple(found + _corrections(call, found))


def _corrections(call: Conversation, found: Sequence[Private]) -> list[Private]:
    """A day or a year said alone right after a date of birth: "No, the 12th"."""
    result = []
    taken = {place for private in found for place in private.places}
    for private in found:
        turn = private.places[-1][0] + 1
        for sentence in sentences(call.tokens[turn]) if turn < len(call.tokens) else ():
            words = [token.plain for token in sentence]
            places = [place for place in range(len(words)) if _part(words, place)]
            rest = [w for place, w in enumerate(words) if place not in places and w not in _AROUND]
            if places and not rest and sentence[0].at not in taken:
                at = tuple(t.at for t in sentence[places[0] : places[-1] + 1])
                result.append(Private(PrivateKind.DATE_OF_BIRTH, at))
    return result


def _checked(call: Conversation, turn: int, config: RedactionConfig) -> bool:
    """Whether it was just said that the customer's identity is checked."""
    lines = call.lines[max(0, turn - config.turns_kept_open) : turn + 1]
    return any(_CHECKS.search(line.text.lower()) for line in lines)


def _is_old(words: Sequence[str], before: int) -> bool:
    """Whether a date has a day and a year so long ago that it is mostly a birth."""
    if _SLASHED.fullmatch(words[0]):
        parts = re.split(r"[/.\-]", words[0])
        return _year(parts[-1] if len(parts[0]) < 4 else parts[0], before)
    numbers, at, named, ordinals = [], 0, False, 0
    while at < len(words):
        word = words[at]
        atom = read(words, at)
        ordinals += word in _ORDINALS or _ORDINAL.fullmatch(word) is not None
        named = named or word in _MONTHS
        if atom is not None and atom.signs.isdigit():
            numbers.append(atom.signs)
        elif _SHORT_YEAR.fullmatch(word):
            numbers.append(word[-2:])
        at += atom.count if atom else 1
    if not numbers or "and" in words:
        return False
    if len(numbers) > 1 and numbers[-2] in ("19", "20") and len(numbers[-1]) == 2:
        numbers[-2:] = [numbers[-2] + numbers[-1]]
    if "2000" in numbers[:-1] and len(numbers[-1]) < 3:
        numbers[-2:] = [f"20{int(numbers[-1]):02}"]  # "two thousand and three"
    day = ordinals > 1 or (named and ordinals + len(numbers) > 1)
    return day and any(_year(number, before) for number in (numbers[0], numbers[-1]))


def _year(signs: str, before: int) -> bool:
    """Whether signs are a year in which somebody who calls was born."""
    if len(signs) == 2:
        return int(signs) > _LAST_DAY
    return len(signs) == 4 and _FIRST_YEAR <= int(signs) < before


def _has_year(words: Sequence[str]) -> bool:
    return any(re.search(r"(?:19|20)\d\d", word) or word in ("nineteen", "two") for word in words)


def _date_end(words: Sequence[str], place: int) -> int:
    """The word after the date that begins at a word; ``place`` where none does.

    A date has a month by name, or three numbers with slashes, or a number with an ordinal.
    """
    if _SLASHED.fullmatch(words[place]):
        return place + 1
    if not _part(words, place):
        return place
    at, month, ordinal, numbers = place, False, False, 0
    end = place
    while at < len(words) and at - place < 12:
        word = words[at]
        if word in _MONTHS:
            month = True
            at += 1
        elif word in _ORDINALS or _ORDINAL.fullmatch(word):
            ordinal = True
            at += 1
        elif word in ("twenty", "thirty") and at + 1 < len(words) and words[at + 1] in _ORDINALS:
            ordinal = True
            at += 2
        elif (atom := read(words, at)) is not None and atom.signs.isdigit() and not atom.joint:
            numbers += 1
            at += atom.count
            if word == "two" and words[at : at + 1] == ["thousand"]:
                at += 1
        elif word in ("thousand", "hundred", "nineteen"):
            at += 1
        elif word in _LINKS and at > place:
            at += 1
            continue
        else:
            break
        end = at
    dated = (month and (numbers or ordinal)) or (ordinal and numbers)
    return end if dated else place


def _part(words: Sequence[str], place: int) -> bool:
    word = words[place]
    if word in _MONTHS or word in _ORDINALS or _ORDINAL.fullmatch(word):
        return True
    atom = read(words, place)
    return atom is not None and atom.signs.isdigit() and not atom.weak
