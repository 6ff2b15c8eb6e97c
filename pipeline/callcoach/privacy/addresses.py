"""Postal addresses: number and street, flat, box, and what follows them up to the postcode."""

from __future__ import annotations

import re
from collections.abc import Sequence

from callcoach.model.private import PrivateKind
from callcoach.privacy.answers import Answers
from callcoach.privacy.conversation import HIDDEN, Conversation, Private, Token, sentences
from callcoach.privacy.cues import Cues
from callcoach.privacy.name_words import NOT_NAMES
from callcoach.text.spoken_numbers import read

_STREETS = frozenset(
    "street st road rd avenue ave lane ln drive dr close court ct boulevard blvd crescent "
    "terrace gardens square sq row mews highway hwy parkway pkwy circle cir trail grove rise walk "
    "gate way place alley quay wharf esplanade turnpike freeway loop view hill park green "
    "cul-de-sac strasse parade wharf promenade villas heights vale croft meadow meadows chase wynd "
    "cottages fields bridge brow dene".split()
)
# Words that are no street by themselves: "three way", "one place", "two hill".
_WEAK_STREETS = frozenset(
    "way place gate walk rise view hill park green row circle loop trail square court close "
    "drive st dr ct sq parade heights vale meadow fields bridge chase".split()
)
_UNITS = frozenset(
    "apartment apt flat unit suite plot floor room number house block building".split()
)
_NOT_NAMES = frozenset(
    "the a an of on in at to for and or my your his her our their this that from by with is was "
    "are it "
    "i you we he she they minutes minute hours days weeks pounds dollars times percent miles years "
    "people more other different next last first one two same only per every each main".split()
)
_OPENERS = frozenset(
    "no nope it's its yes yeah sure okay so well i i'm my that's um uh oh right and".split()
)
_STATES = frozenset(
    "alabama alaska arizona arkansas california colorado connecticut delaware florida georgia "
    "hawaii "
    "idaho illinois indiana iowa kansas kentucky louisiana maine maryland massachusetts michigan "
    "minnesota mississippi missouri montana nebraska nevada ohio oklahoma oregon pennsylvania "
    "tennessee texas utah vermont virginia washington wisconsin wyoming al ak az ar ca co ct de "
    "fl ga "
    "hi id il ia ks ky la ma md mi mn ms mo mt ne nv nh nj nm ny nc nd oh ok or pa ri sc sd tn tx "
    "ut "
    "vt va wa wv wi wy dakota carolina hampshire jersey mexico york island".split()
)
_FLOORS = frozenset("upper lower ground top basement garden first second third".split())
_POSTCODE_WORDS = 2
_CALENDAR = frozenset(
    "january february march april may june july august september october november december "
    "monday tuesday wednesday thursday friday saturday sunday".split()
)
_HOMES = frozenset("apartment apt flat unit suite plot".split())
_YEAR = re.compile(r"(?:19|20)\d\d")
_DISTRICT = re.compile(r"\d\d?")
_FLAT = re.compile(r"\d+[a-z]?|[a-z]\d*")
_POST = re.compile(r"\d{5}(?:-\d{4})?")
_COMPANY = frozenset(
    "our us store branch showroom headquarters depot warehouse shop office clinic".split()
)
_MOST_NAME = 4  # words between the number and "street"
_MOST_ANSWER = 12  # words of an answer that is an address without a number
_POSTCODES = (5, 6, 9)  # digits: US, India, ZIP+4
_SHORT_POSTCODE = 4  # digits, after a town: Australia
_MOST_TOWN = 2  # words
_MOST_TAIL = 7  # words between the street and the postcode


def find_addresses(call: Conversation, cues: Cues) -> tuple[Private, ...]:
    """The postal addresses of a call; where the company itself is stays."""
    found = _alone(call, Answers(call, cues))
    for flow in call.flows:
        words = [token.plain for token in flow]
        place = 0
        while place < len(flow):
            span = _box(words, place) or _street(call, flow, words, place, cues)
            if span is None or _own(call, flow, span[0]):
                place += 1
                continue
            first, last = span
            last = _with_tail(call, flow, words, last, cues)
            first = _with_unit(flow, words, first)
            first = _with_house(call, flow, first, cues)
            found.append(Private(PrivateKind.ADDRESS, tuple(t.at for t in flow[first : last + 1])))
            place = last + 1
    taken = {place for private in found for place in private.places}
    found += [p for p in _answers(call, cues) if not taken.intersection(p.places)]
    return tuple(found)


def _answers(call: Conversation, cues: Cues) -> list[Private]:
    """Names of houses and places in a short answer: "Rose Cottage, Back Lane"."""
    result: list[Private] = [
        Private(PrivateKind.ADDRESS, tuple(t.at for t in sentence))
        for line, own in zip(call.lines, call.tokens, strict=True)
        if call.cased and not line.agent
        for sentence in sentences(own)
        if _is_place(sentence)
    ]
    for line, own in zip(call.lines, call.tokens, strict=True):
        if line.agent or not own or not call.cased or len(own) > _MOST_ANSWER:
            continue
        cue = cues.before(own[0].at)
        if cue is None or cue.kind is not PrivateKind.ADDRESS:
            continue
        if (
            call.lines[cue.at[0]].speaker == line.speaker
            or cues.turns_since(cue.at[0], own[0].turn) > 1
        ):
            continue
        start = 0
        while start < len(own) and (not own[start].capital or own[start].plain in _OPENERS):
            start += 1
        end = start
        while end < len(own) and own[end].capital and (end == start or not own[end - 1].ends):
            end += 1
        named = [t for t in own[start:end] if t.plain.isalpha() and t.plain not in _NOT_NAMES]
        asked = {t.plain for t in call.tokens[cue.at[0]]}
        alone = len(named) == 1 and end == len(own) and named[0].plain not in asked
        alone = alone and not call.says_nothing(named[0])  # "City?" "It's Tulsa."
        if (len(named) > 1 or alone) and not own[end - 1].text.endswith("?"):
            result.append(Private(PrivateKind.ADDRESS, tuple(t.at for t in own[start:end])))
    return result


def _alone(call: Conversation, answers: Answers) -> list[Private]:
    """A number with names after it that are all somebody says: "Apartment 9, 31 Station Parade"."""
    result = []
    for line, own in zip(call.lines, call.tokens, strict=True):
        if line.agent or not own or not call.cased or not answers.unprompted(own[0]):
            continue
        for sentence in sentences(own):
            core = answers.core(sentence)
            words = [t.plain for t in core]
            names = [t for t in core if t.capital and t.plain.isalpha() and len(t.plain) > 2]
            after = _number_end(words, 0) if core else 0
            opens = (
                core
                and not _YEAR.fullmatch(words[0])
                and "/" not in words[0]
                and (core[0].plain in _HOMES or (0 < after < len(core) and core[after] in names))
            )
            only = all(
                t in names
                or any(c.isdigit() for c in t.plain)
                or t.plain in _HOMES
                or _number_end(words, place) > place
                for place, t in enumerate(core)
            )
            if (
                opens
                and only
                and len(names) > 1
                and any(_number_end(words, p) > p for p in range(len(core)))
            ):
                result.append(Private(PrivateKind.ADDRESS, tuple(t.at for t in core)))
    return result


def _is_place(sentence: Sequence[Token]) -> bool:
    """Whether a sentence is a street with other names: "Thistledown, Back Lane, Ambleford"."""
    if sentence[0].plain == "the":
        sentence = sentence[1:]  # "The Old Rectory, Church Lane"
    names = [t for t in sentence if t.plain.isalpha()]
    named = bool(names) and all(t.capital and t.plain not in _NOT_NAMES for t in names)
    codes = [t for t in sentence if any(c.isdigit() for c in t.plain)]
    named = named and len(codes) <= _POSTCODE_WORDS and len(names) + len(codes) == len(sentence)
    parts = sum(t.text.endswith(",") for t in sentence)
    street = any(t.plain in _STREETS - _WEAK_STREETS for t in sentence[1:])
    return named and parts > 0 and street


def _box(words: Sequence[str], place: int) -> tuple[int, int] | None:
    """ "PO box 4471", "P O box nine one"."""
    joined = " ".join(words[place : place + 3])
    if joined.startswith("po box"):
        start = place + 2
    elif joined == "p o box":
        start = place + 3
    elif words[place] in ("p.o", "po") and joined.split()[1:2] == ["box"]:
        start = place + 2
    else:
        return None
    end = _number_end(words, start)
    return (place, end - 1) if end > start else None


def _number_end(words: Sequence[str], place: int) -> int:
    """The word after the number that begins at a word; ``place`` itself where there is none."""
    at = place
    while at < len(words):
        atom = read(words, at)
        if atom is None or atom.joint or not atom.signs or (atom.weak and at == place):
            break
        if at > place and atom.single and atom.signs.isalpha() and atom.signs not in "ABCDEFG":
            break
        at += atom.count
    return at


def _street(
    call: Conversation, flow: Sequence[Token], words: Sequence[str], place: int, cues: Cues
) -> tuple[int, int] | None:
    after = _number_end(words, place)
    if words[place] == "one" and words[place + 1 : place + 2] and words[place + 1][0].isdigit():
        return None  # "the corner one, 8 Quarry Hill"
    if after == place or not any(c.isdigit() for c in _signs(words, place, after)):
        return None
    if len(re.sub(r"\D", "", _signs(words, place, after))) > 6:
        return None
    asked = _asked(flow[place], cues)
    if flow[after - 1].ends:
        return None
    start = after
    if start < len(words) and words[start] == "the":
        start += 1
    for end in range(start, min(start + _MOST_NAME + 1, len(words))):
        if flow[end - 1].ends and end > start:
            break
        word = words[end]
        if end == start or word not in _STREETS:
            if (
                word in _NOT_NAMES
                or ("'" in word and not flow[end].capital)
                or _number_end(words, end) > end
            ):
                break
            continue
        if word in _WEAK_STREETS and not asked and call.cased and not flow[end].capital:
            continue
        if word in _WEAK_STREETS and not asked and not call.cased and end - start < 1:
            continue
        while end + 1 < len(words) and words[end + 1] in _STREETS and not flow[end].ends:
            end += 1  # "Oak Hill Road"
        return place, end
    if place and words[place - 1] in _HOMES and words[after + 1 : after + 2] == ["house"]:
        return place, after + 1  # "flat 9 Wharf House"
    if asked and after < len(words) and call.cased:
        # "12 The Larches", "14 Broadway": asked for, and names follow the number.
        end = after
        while (
            end < len(words)
            and end - after < _MOST_NAME
            and flow[end].capital
            and (words[end] not in ("i", "i'm", "i've") and not flow[end - 1].ends)
            and words[end] not in _CALENDAR
        ):
            end += 1
        if end > after and not flow[after - 1].text.endswith("."):
            return place, end - 1
    return None


def _signs(words: Sequence[str], first: int, after: int) -> str:
    signs, at = "", first
    while at < after:
        atom = read(words, at)
        signs += atom.signs if atom else ""
        at += atom.count if atom else 1
    return signs


def _asked(token: Token, cues: Cues) -> bool:
    cue = cues.before(token.at)
    return (
        cue is not None
        and cue.kind is PrivateKind.ADDRESS
        and cues.turns_since(cue.at[0], token.turn) <= 3
    )


def _with_unit(flow: Sequence[Token], words: Sequence[str], first: int) -> int:
    """The first word of a flat before the street: "flat 3b, 12 Mill Lane"."""
    for back in range(1, 6):
        at = first - back
        if at < 0:
            break
        if words[at] == "house" and flow[at].text.endswith(","):
            break  # "at my mum's house, 31 ..."
        if words[at] in _UNITS:
            at -= words[at] == "number" and at > 0 and words[at - 1] in _HOMES
            return at - (at > 0 and words[at - 1] in _FLOORS)
        if words[at] == "at" and back == 1:
            continue
        atom = read(words, at)
        if atom is None or atom.joint:
            break
    return first


def _unit_end(words: Sequence[str], place: int) -> int:
    """The word after the number of a flat: "12C", "nine"."""
    return place + 1 if _FLAT.fullmatch(words[place]) else _number_end(words, place)


def _with_house(call: Conversation, flow: Sequence[Token], first: int, cues: Cues) -> int:
    """The first word of a house's name before its number: "The Old Forge, 3 Chapel Street"."""
    if not call.cased or not _asked(flow[first], cues):
        return first
    at = first
    while at > 0 and flow[at - 1].capital and not flow[at - 1].ends and first - at < _MOST_NAME:
        if flow[at - 1].turn != flow[first].turn or flow[at - 1].plain in _OPENERS:
            break
        at -= 1
    return at


def _with_tail(
    call: Conversation, flow: Sequence[Token], words: Sequence[str], last: int, cues: Cues
) -> int:
    """The last word of the address: flat, town, county and state up to the postcode."""
    best = last
    at = last + 1
    skipped = 0
    while at < len(flow) and at - last <= _MOST_TAIL + 4 and skipped <= _MOST_TAIL:
        if flow[at - 1].text.endswith("?") or words[at] == HIDDEN:
            break
        word = words[at]
        atom = read(words, at)
        if word in _UNITS and at + 1 < len(words) and (end := _unit_end(words, at + 1)) > at + 1:
            at = end
            best = at - 1
            continue
        if word in _STATES and (
            len(word) > 2 or flow[at].text.isupper() or flow[at].text[:-1].isupper()
        ):
            best = at
        elif _POST.fullmatch(word):
            return at
        elif atom is not None and atom.signs and not atom.weak:
            signs = _signs(words, at, _number_end(words, at))
            size = len(re.sub(r"\D", "", signs))
            town = best == at - 1 and best > last and not flow[best].text.endswith((",", "."))
            if size in _POSTCODES or (size == _SHORT_POSTCODE and town):
                return _number_end(words, at) - 1
            break
        elif (
            call.cased
            and flow[at].capital
            and not flow[at - 1].ends
            and word
            not in (
                "i",
                "i'm",
                "i've",
                "yes",
                "yeah",
                "okay",
            )
        ):
            best = at
        elif word in _NOT_NAMES - {"in", "the", "and", "of"} or (
            flow[at - 1].ends and not flow[at].capital
        ):
            break
        skipped += 1
        at += 1
    return max(best, _town_end(call, flow, last)) if best == last else best


def _town_end(call: Conversation, flow: Sequence[Token], last: int) -> int:
    """The last word of a town that ends a turn without capitals: "88 victoria terrace cardiff"."""
    turn = flow[last].turn
    rest = [t for t in flow[last + 1 : last + 2 + _MOST_TOWN] if t.turn == turn]
    if call.cased_in(turn) or len(rest) > _MOST_TOWN:
        return last
    district = len(rest) > 1 and _DISTRICT.fullmatch(rest[-1].plain)  # "dublin 2"
    named = all(
        t.plain.isalpha() and t.plain not in NOT_NAMES | _NOT_NAMES and not call.says_nothing(t)
        for t in (rest[:-1] if district else rest)
    )
    return last + len(rest) if named else last


def _own(call: Conversation, flow: Sequence[Token], first: int) -> bool:
    """Whether the agent tells where the company is."""
    line = call.lines[flow[first].turn]
    if not line.agent:
        return False
    before = {t.plain for t in flow[max(0, first - 7) : first] if t.turn == flow[first].turn}
    return bool(before & _COMPANY)
