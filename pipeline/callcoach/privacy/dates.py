"""Dates of birth: a date where birth is spoken of; other dates are not private."""

from __future__ import annotations

import re
from collections.abc import Sequence

from callcoach.playback import PrivateKind
from callcoach.privacy.conversation import Conversation, Private
from callcoach.privacy.cues import Cues
from callcoach.privacy.spoken import read
from callcoach.settings.privacy import RedactionConfig

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
            if (
                (near and kind is PrivateKind.DATE_OF_BIRTH)
                or behind
                or (full and kind is None and _checked(call, turn, config))
            ):
                found.append(
                    Private(PrivateKind.DATE_OF_BIRTH, tuple(t.at for t in own[place:end]))
                )
            place = end
    return tuple(found)


def _checked(call: Conversation, turn: int, config: RedactionConfig) -> bool:
    """Whether it was just said that the customer's identity is checked."""
    lines = call.lines[max(0, turn - config.turns_kept_open) : turn + 1]
    return any(_CHECKS.search(line.text.lower()) for line in lines)


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
