"""Names of customers, by what is said around them: "my name is ...", "Mr ...", a spelled surname.

Names of agents stay: the manifest has them anyway, and coaching is about them. A name that was
found once is hidden wherever it comes again in the call.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

from callcoach.config.privacy import RedactionConfig
from callcoach.model.private import PrivateKind
from callcoach.privacy.conversation import Conversation, Private, Token
from callcoach.privacy.cues import Cues
from callcoach.privacy.listed_names import addressed, listed
from callcoach.privacy.name_answers import answered
from callcoach.privacy.name_words import KIN, MOST_WORDS, NOT_NAMES, PARTICLES, name_at

_TITLES = frozenset("mr mrs ms miss mister missus mx dr doctor professor prof madam sir".split())
_LEARNED = frozenset("dr doctor professor prof".split())
_SEEN_BY = frozenset("with see seeing saw seen by".split())
_AGENT_INTRO = re.compile(
    r"(?:my (?:first )?name is|my name's|(?:^|and|,) name's|this is|i'm|i am|you're (?:speaking"
    r"|talking) (?:to|with)|"
    r"you are (?:speaking|talking) (?:to|with)|you're through to|you are through to)$"
)
_STRONG = re.compile(
    r"(?<!\w)(?:my (?:full |first |last |middle |maiden |sur)?name is|my (?:first |last |full "
    r"|sur)?name's|"
    r"(?:first|last|middle|maiden|full|account holder's|card ?holder's|family) name is|"
    r"(?:first|last|middle|maiden|family) name's|"
    r"surname is|surname's|the name is|the name's|name's|name is|call me|"
    r"in the name of|under the name of|under the name|name of|it's under|(?:account|card|policy) "
    r"?holder is|registered to|"
    r"on behalf of|put (?:it|me|that|us|him|her) (?:down )?(?:under|as)|"
    r"am i (?:speaking|talking) (?:with|to)|i'm speaking (?:with|to)|speaking with|is it|is that|"
    r"name on (?:the|my|his|her) (?:account|card|policy|booking|reservation|order) is|"
    rf"(?:{'|'.join(sorted(KIN))})(?:'s name(?: is)?|'s called| is called| called))$"
)
_WEAK = re.compile(r"(?:this is|i'm|i am|it's|here is|here's|speaking to)$")
_OPENS = frozenset(
    "thanks thank you so much very sorry bye goodbye welcome right then okay ok now well hi hello "
    "hey good morning afternoon evening alright all great perfect lovely yes no oh and there "
    "sure of course ah brilliant fine".split()
)
_AFTER_NAMES = (
    PrivateKind.ADDRESS,
    PrivateKind.DATE_OF_BIRTH,
    PrivateKind.PHONE_NUMBER,
    PrivateKind.EMAIL,
)
_THANKS = frozenset(
    "thanks you hi hello sorry okay alright morning afternoon evening welcome bye".split()
)
_WHO_CALLS = frozenset(
    "speaking calling here from again ringing phoning account customer policy".split()
)
_RANG = frozenset("rang called phoned".split())
_ASKED_FOR = ("him", "her", "them")
_PARTS = ("first name", "last name", "second name", "family name", "full name", "surname")
_LIKE = 0.75  # of 1: the same letters in the same order
_OPENING = 3  # turns at the start in which people say who they are


def find_names(call: Conversation, cues: Cues, config: RedactionConfig) -> tuple[Private, ...]:
    """The names of customers in a call."""
    agents = _agents(call) | addressed(call, config)
    places: dict[tuple[int, int], Token] = {}
    opened: dict[str, int] = {}
    for turn, own in enumerate(call.tokens):
        line = call.lines[turn]
        if not own:
            continue
        early = opened.get(line.speaker, 0) < _OPENING
        if not call.light(turn):
            opened[line.speaker] = opened.get(line.speaker, 0) + 1
        for first in range(len(own)):
            for token in _said(call, own, first, early, agents, cues):
                places[token.at] = token
        if not line.agent:
            for token in answered(call, own, cues, agents, config):
                places[token.at] = token
    for own in call.tokens:
        if own:
            for token in listed(call, own, agents, config):
                places[token.at] = token
    known = {token.plain.removesuffix("'s") for token in places.values()} - agents
    for token in (
        *_corrected(call, places),
        *_again(call, known, agents, config),
        *_spelled(call, known),
    ):
        places[token.at] = token
    return _grouped(places)


def _agents(call: Conversation) -> frozenset[str]:
    """The names by which agents introduce themselves."""
    found = set()
    for line, own in zip(call.lines, call.tokens, strict=True):
        words = [token.plain for token in own]
        greets = line.agent or (
            line.agent is None
            and re.search(
                r"thank you for calling|thanks for calling|how (?:can|may) i help", " ".join(words)
            )
        )
        if not greets:
            continue
        for place in range(1, len(own)):
            if _AGENT_INTRO.search(" ".join(words[max(0, place - 5) : place])):
                found |= {
                    token.plain
                    for token in name_at(call, own, place, 2, strict=call.cased_in(own[0].turn))
                }
            if words[place] in ("speaking", "here") and own[place - 1].capital:
                found.add(words[place - 1])
    return frozenset(found - NOT_NAMES)


def _said(
    call: Conversation,
    own: Sequence[Token],
    first: int,
    early: bool,
    agents: frozenset[str],
    cues: Cues,
) -> Sequence[Token]:
    """The name that begins at a word because of the words before it."""
    token = own[first]
    line = call.lines[token.turn]
    before = [t.plain for t in own[max(0, first - 6) : first]]
    text = " ".join(before)
    following = own[first + 1].plain if first + 1 < len(own) else ""
    if (
        not line.agent
        and call.cased_in(own[0].turn)
        and early
        and token.capital
        and token.plain not in agents
    ):
        # "Gareth here."
        closes = following in ("here", "speaking") and (
            own[first + 1].text.endswith((".", ",", "!"))
            or own[min(first + 2, len(own) - 1)].plain in _WHO_CALLS
        )
        if closes or following in ("calling", "ringing", "phoning"):
            return name_at(call, own, _first_name(own, first), 2, strict=True)
    if _is_addressed(call, own, first) and token.plain not in agents:
        return name_at(call, own, first, 2, strict=True)
    if before[-2:-1] == ["tell"] and before[-1] in _ASKED_FOR and token.capital:
        name = name_at(call, own, first, MOST_WORDS, strict=True)
        if name and own[min(name[-1].place + 1, len(own) - 1)].plain in _RANG:
            return name
    if not before or (own[first - 1].ends and own[first - 1].plain not in _TITLES):
        return ()
    if before[-1] in _TITLES:
        if _is_seen(line.agent is True, own, first):
            return ()
        if before[-1] in ("sir", "madam", "miss", "doctor") and not (
            call.cased_in(own[0].turn) and token.capital
        ):
            return ()
        return name_at(call, own, first, 2, strict=call.cased_in(own[0].turn))
    if (
        before[-1] in KIN
        and not before[-1].endswith("'s")
        and token.capital
        and call.cased_in(own[0].turn)
    ):
        return name_at(call, own, first, 2, strict=True)
    if (
        line.agent
        and text.endswith("is this")
        and call.cased_in(own[0].turn)
        and own[first - 1].place < 3
    ):
        return name_at(call, own, first, 2, strict=True)
    if " ".join(before[-2:]).removeprefix("my ") in _PARTS and not line.agent and token.capital:
        return name_at(call, own, first, 2, strict=True)
    if _STRONG.search(text):
        if line.agent and re.search(r"you(?:'re| are) (?:speaking|talking)", text):
            return ()
        if line.agent and not re.search(
            r"am i|speaking with|is it|is that|under|account|card|policy|your|registered|booking",
            text,
        ):
            return ()
        if re.search(
            r"(?:is it|is that|it's under|name of|speaking with|under the name|registered to|on "
            r"behalf of)$",
            text,
        ):
            return (
                name_at(call, own, first, MOST_WORDS, strict=True)
                if call.cased_in(own[0].turn)
                else ()
            )
        if (
            re.search(
                r"(?:^| )(?:the|product|file|street|company|shop|store|brand|model|app) name is$",
                text,
            )
            and not token.capital
        ):
            return ()
        return name_at(call, own, first, MOST_WORDS, strict=False, intro=True)
    if line.agent:
        # "Thank you, Mr ..." is above; here "Thank you, Helena."
        if (
            call.cased_in(own[0].turn)
            and token.capital
            and token.plain not in agents
            and before[-1] in _THANKS
            and own[first - 1].text.endswith((",", "you", "Hi", "Hello"))
            and (token.text.endswith((",", ".", "?", "!")) or first + 1 == len(own))
        ):
            return name_at(call, own, first, 2, strict=True)
        return ()
    if _WEAK.search(text):
        after = own[first + 1].plain if first + 1 < len(own) else ""
        name = name_at(call, own, first, MOST_WORDS, strict=call.cased_in(own[0].turn))
        if not name or {t.plain for t in name} & agents:
            return ()
        following = own[name[-1].place + 1].plain if name[-1].place + 1 < len(own) else ""
        says_who = following in _WHO_CALLS or after in (
            "speaking",
            "here",
        )
        if (
            call.cased_in(own[0].turn)
            and token.capital
            and ((early and before[-1] != "it's") or says_who)
        ):
            return name
        if not call.cased_in(own[0].turn) and says_who:
            return name_at(call, own, first, 2, strict=False)
    return ()


def _is_seen(of_agent: bool, own: Sequence[Token], first: int) -> bool:
    """Whether a name is of a doctor whom the customer sees: "your appointment with Dr ..."."""
    if own[first - 1].plain not in _LEARNED:
        return False
    if first > 1 and own[first - 2].plain in _SEEN_BY:
        return True
    last = own[first : first + 2]  # "Thank you, Dr ..." ends there, "Dr ... is on holiday" does not
    return of_agent and not any(t.ends or t.text.endswith(",") for t in last)


def _first_name(own: Sequence[Token], last: int) -> int:
    """The place of a first name before a family name: "Adaeze Nwosu here"."""
    before = own[last - 1] if last else None
    if before is not None and before.plain in PARTICLES and last > 1:
        return _first_name(own, last - 1)
    if before is None or before.ends or before.text.endswith(",") or not before.capital:
        return last
    return last if before.plain in NOT_NAMES else last - 1


def _is_addressed(call: Conversation, own: Sequence[Token], first: int) -> bool:
    """Whether a word is who is spoken to: "Thanks, Philippa.", "Right then Barbara,"."""
    token = own[first]
    if not (
        call.lines[token.turn].agent and call.cased_in(own[0].turn) and token.capital and first
    ):
        return False
    if not (token.ends or token.text.endswith(",")) or not token.plain.isalpha():
        return False
    if token.text.rstrip(",.?!").isupper():
        return False
    start = first
    while start and not own[start - 1].ends:
        start -= 1
    before = own[start:first]
    if not before or token.plain in NOT_NAMES:
        return False
    if token.plain in {t.plain for t in call.tokens[token.turn - 1]} and token.turn:
        return False  # "Leeds." "Okay, Leeds, got it."
    if all(t.plain in _OPENS for t in before):
        return True
    listed = any(t.capital and t.plain not in NOT_NAMES for t in before[1:])
    return before[-1].text.endswith(",") and not listed


def _spelled(call: Conversation, known: Iterable[str]) -> list[Token]:
    """The letters of a name that is known: "S I O B H A N"."""
    result: list[Token] = []
    for own in call.tokens:
        letters = "".join(t.plain if len(t.plain) == 1 else " " for t in own)
        for name in known:
            at = letters.find(name) if len(name) > 2 else -1
            if at >= 0:
                result += own[at : at + len(name)]
    return result


def find_names_before(call: Conversation, found: Iterable[Private]) -> tuple[Private, ...]:
    """Names at the head of other private things: "Colin Marsh, 8 Tanner Row"."""
    result = []
    for private in found:
        turn, place = private.places[0]
        own = call.tokens[turn]
        if private.kind not in _AFTER_NAMES or not call.cased:
            continue
        start = place
        while start and place - start < MOST_WORDS and not own[start - 1].ends:
            if not own[start - 1].capital or own[start - 1].plain in NOT_NAMES:
                break
            start -= 1
        name = name_at(call, own, start, MOST_WORDS, strict=True) if place - start > 1 else []
        opens = start == 0 or own[start - 1].ends or own[start - 1].plain in NOT_NAMES
        opens = opens or own[start - 1].text.endswith(",")
        if len(name) == place - start and opens and own[place - 1].text.endswith(","):
            result.append(Private(PrivateKind.NAME, tuple(token.at for token in name)))
    return tuple(result)


def _corrected(call: Conversation, places: dict[tuple[int, int], Token]) -> list[Token]:
    """Words like a name in the turn after it: "Petrov?" "Petrova, with an a."."""
    return [
        token
        for name in places.values()
        for token in call.tokens[min(name.turn + 1, len(call.tokens) - 1)]
        if token.turn > name.turn and token.capital and token.plain not in NOT_NAMES
        if SequenceMatcher(None, token.plain, name.plain).ratio() >= _LIKE
    ]


def _again(
    call: Conversation, known: Iterable[str], agents: frozenset[str], config: RedactionConfig
) -> list[Token]:
    """The same names elsewhere, with a family name after a first name."""
    from wordfreq import zipf_frequency

    known = {name for name in known if len(name) > 2 and name not in NOT_NAMES}
    common = {name for name in known if zipf_frequency(name, "en") >= config.common_name_zipf}
    result = []
    for own in call.tokens:
        for token in own:
            if token.plain.removesuffix("'s") not in known:
                continue
            name = token.plain.removesuffix("'s")
            opens = token.place == 0 or own[token.place - 1].ends
            cased = call.cased_in(token.turn)
            if cased and not token.capital:
                continue
            if name in common and (not cased or (opens and not token.text.endswith(","))):
                continue
            result.append(token)
            following = own[token.place + 1] if token.place + 1 < len(own) else None
            if (
                call.cased
                and following is not None
                and following.capital
                and not token.ends
                and not token.text.endswith(",")
                and len(following.plain) > 1
                and following.plain.isalpha()
                and following.plain not in NOT_NAMES | agents
            ):
                result.append(following)
    return result


def _grouped(places: dict[tuple[int, int], Token]) -> tuple[Private, ...]:
    """Words of a name that stand together as one find."""
    groups: list[list[tuple[int, int]]] = []
    for turn, place in sorted(places):
        if groups and groups[-1][-1] == (turn, place - 1):
            groups[-1].append((turn, place))
        else:
            groups.append([(turn, place)])
    return tuple(Private(PrivateKind.NAME, tuple(group)) for group in groups)
