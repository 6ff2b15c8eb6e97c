"""Names of customers, by what is said around them: "my name is ...", "Mr ...", a spelled surname.

Names of agents stay: the manifest has them anyway, and coaching is about them. A name that was
found once is hidden wherever it comes again in the call.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from callcoach.playback import PrivateKind
from callcoach.privacy.conversation import Conversation, Private, Token
from callcoach.privacy.cues import Cues
from callcoach.settings.privacy import RedactionConfig

_TITLES = frozenset("mr mrs ms miss mister missus mx dr doctor professor prof madam sir".split())
_KIN = frozenset(
    "husband wife son daughter mother father partner mum mom dad brother sister fiance fiancee "
    "girlfriend boyfriend grandmother grandfather nan flatmate roommate carer neighbour neighbor "
    "husband's wife's son's daughter's".split()
)
# No names, wherever they stand.
_NOT_NAMES = frozenset(
    "a an the and or but so not no yes yeah yep okay ok oh uh um er hi hello hey sure well right "
    "please "
    "thank thanks sorry i i'm i've i'd i'll im ive you your you're we we're he she it it's its is "
    "was "
    "are be been am my me mine our us they them their this that that's thats there here in on at "
    "to "
    "of for from with by as if when what where why how who which can could would will should do "
    "does "
    "did don't have has had just calling call speaking speak about because still very really also "
    "again now today tomorrow yesterday morning afternoon evening good great fine perfect lovely "
    "name name's names first last full middle surname correct exactly only both all some any one "
    "two "
    "three four five six seven eight nine ten zero double dot account card number phone email "
    "address "
    "customer service support manager agent monday tuesday wednesday thursday friday saturday "
    "sunday "
    "january february march april june july august september october november december spelled "
    "spelt "
    "spelling letters capital let's let like then than too up down out off over under get got go "
    "going "
    "been waiting having trying looking getting sir madam ma'am maam mate love darling dear "
    "wonderful "
    "actually certainly absolutely of-course course got understood alright pleasure nice excellent "
    "brilliant welcome bye goodbye may might must sick tired upset angry happy glad afraid aware "
    "new "
    "old wrong it'll he's she's they're what's who's there's isn't wasn't won't can't didn't "
    "doesn't "
    "haven't couldn't wouldn't english british american canadian irish scottish welsh german "
    "french "
    "spanish indian chinese australian email's ok. under case registered listed different moment "
    "second minute no. never always maybe ready done back home work fed retired married pregnant "
    "disabled elderly deaf blind diabetic hang hold wait see my. yours everything nothing "
    "something "
    "someone somebody nobody ridiculous unacceptable unbelievable terrible awful broken late gone "
    "mr mrs ms mister missus mx dr professor prof how's during after before since "
    "until while through into twice once".split()
)
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
    r"on behalf of|am i speaking (?:with|to)|am i talking (?:with|to)|i'm speaking (?:with|to)"
    r"|speaking with|is it|is that|"
    r"name on (?:the|my|his|her) (?:account|card|policy|booking|reservation|order) is|"
    r"(?:husband|wife|son|daughter|mother|father|partner|brother|sister|mum|mom|dad)(?:'s name is"
    r"|'s called| is called| called))$"
)
_WEAK = re.compile(r"(?:this is|i'm|i am|it's|here is|here's|speaking to)$")
_OPENS_THANKS = frozenset("thanks thank sorry bye goodbye welcome".split())
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
_MOST = 3  # words of a name
_SHORT = 6  # words of an answer that is a name
_OPENING = 3  # turns at the start in which people say who they are


def find_names(call: Conversation, cues: Cues, config: RedactionConfig) -> tuple[Private, ...]:
    """The names of customers in a call."""
    agents = _agents(call)
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
            for token in _answer(call, own, cues, agents):
                places[token.at] = token
    known = {token.plain.removesuffix("'s") for token in places.values()} - agents
    for token in (*_again(call, known, agents, config), *_spelled(call, known)):
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
                found |= {token.plain for token in _name_at(call, own, place, 2, strict=call.cased)}
            if words[place] in ("speaking", "here") and own[place - 1].capital:
                found.add(words[place - 1])
    return frozenset(found - _NOT_NAMES)


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
    if not line.agent and call.cased and early and token.capital and token.plain not in agents:
        # "Gareth here."
        closes = following in ("here", "speaking") and own[first + 1].text.endswith((".", ",", "!"))
        if closes or following in ("calling", "ringing", "phoning"):
            return _name_at(call, own, _first_name(own, first), 2, strict=True)
    if _is_thanked(call, own, first) and token.plain not in agents:
        return _name_at(call, own, first, 2, strict=True)
    if before[-2:-1] == ["tell"] and before[-1] in _ASKED_FOR and token.capital:
        name = _name_at(call, own, first, _MOST, strict=True)
        if name and own[min(name[-1].place + 1, len(own) - 1)].plain in _RANG:
            return name
    if not before or (own[first - 1].ends and own[first - 1].plain not in _TITLES):
        return ()
    if before[-1] in _TITLES:
        if before[-1] in ("sir", "madam", "miss", "doctor") and not (call.cased and token.capital):
            return ()
        return _name_at(call, own, first, 2, strict=call.cased)
    if before[-1] in _KIN and not before[-1].endswith("'s") and token.capital and call.cased:
        return _name_at(call, own, first, 2, strict=True)
    if line.agent and text.endswith("is this") and call.cased and own[first - 1].place < 3:
        return _name_at(call, own, first, 2, strict=True)
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
            return _name_at(call, own, first, _MOST, strict=True) if call.cased else ()
        if (
            re.search(
                r"(?:^| )(?:the|product|file|street|company|shop|store|brand|model|app) name is$",
                text,
            )
            and not token.capital
        ):
            return ()
        return _name_at(call, own, first, _MOST, strict=False, intro=True)
    if line.agent:
        # "Thank you, Mr ..." is above; here "Thank you, Helena."
        if (
            call.cased
            and token.capital
            and token.plain not in agents
            and before[-1] in _THANKS
            and own[first - 1].text.endswith((",", "you", "Hi", "Hello"))
            and (token.text.endswith((",", ".", "?", "!")) or first + 1 == len(own))
        ):
            return _name_at(call, own, first, 2, strict=True)
        return ()
    if _WEAK.search(text):
        after = own[first + 1].plain if first + 1 < len(own) else ""
        name = _name_at(call, own, first, _MOST, strict=call.cased)
        if not name or {t.plain for t in name} & agents:
            return ()
        following = own[name[-1].place + 1].plain if name[-1].place + 1 < len(own) else ""
        says_who = following in _WHO_CALLS or after in (
            "speaking",
            "here",
        )
        if call.cased and token.capital and ((early and before[-1] != "it's") or says_who):
            return name
        if not call.cased and says_who:
            return _name_at(call, own, first, 2, strict=False)
    return ()


def _first_name(own: Sequence[Token], last: int) -> int:
    """The place of a first name before a family name: "Adaeze Nwosu here"."""
    before = own[last - 1] if last else None
    if before is None or before.ends or before.text.endswith(",") or not before.capital:
        return last
    return last if before.plain in _NOT_NAMES else last - 1


def _is_thanked(call: Conversation, own: Sequence[Token], first: int) -> bool:
    """Whether a word is who is spoken to: "Thanks for holding, Philippa."."""
    token = own[first]
    if not (call.lines[token.turn].agent and call.cased and token.capital and first and token.ends):
        return False
    if not own[first - 1].text.endswith(","):
        return False
    start = first - 1
    while start and not own[start - 1].ends:
        start -= 1
    return own[start].plain in _OPENS_THANKS


def _name_at(
    call: Conversation,
    own: Sequence[Token],
    first: int,
    most: int,
    *,
    strict: bool,
    intro: bool = False,
) -> list[Token]:
    """The words of a name that begins at a word; ``strict`` asks for capitals."""
    result: list[Token] = []
    for token in own[first : first + most + 1]:
        if (
            not result
            and intro
            and token.plain in ("uh", "um", "er", "the")
            and len(own) > first + 1
        ):
            if token.plain == "the" and not (
                token.place + 1 < len(own) and own[token.place + 1].capital and call.cased
            ):
                break
            continue
        word = token.plain.removesuffix("'s")
        ok = bool(word) and re.fullmatch(r"[^\W\d_]+(?:['\-][^\W\d_]+)*", word) is not None
        if not ok or word in _NOT_NAMES or len(result) == most or len(word) == 1:
            opens = bool(result) or own[min(token.place + 1, len(own) - 1)].capital
            if ok and len(word) == 1 and opens and token.capital and word not in ("i", "a"):
                result.append(token)  # an initial
                continue
            break
        if call.cased and (strict or result) and not token.capital:
            break
        result.append(token)
        if token.ends or token.text.endswith((",", "-", "…")):
            break
    return result


def _answer(
    call: Conversation, own: Sequence[Token], cues: Cues, agents: frozenset[str]
) -> list[Token]:
    """The name in the answer to "your name, please?"."""
    cue = cues.before(own[0].at)
    if cue is None or cues.turns_since(cue.at[0], own[0].turn) > 1:
        return []
    asker, speaker = call.lines[cue.at[0]], call.lines[own[0].turn]
    if cue.kind is not PrivateKind.NAME:
        # "Your name and date of birth?": the name comes first.
        asked = cues.within((cue.at[0], 0), cue.at)
        if asker.speaker == speaker.speaker or not any(c.kind is PrivateKind.NAME for c in asked):
            return []
        first = next((t.place for t in own if t.plain not in _NOT_NAMES), len(own))
        return [t for t in _name_at(call, own, first, _MOST, strict=call.cased) if call.cased]
    if cue.text.startswith("my"):  # "my name is" | "mary johnson"; no request of the other side
        last = call.tokens[cue.at[0]][-1]
        if asker.speaker == speaker.speaker and last.turn < own[0].turn and last.plain == "is":
            return _name_at(call, own, 0, _MOST, strict=call.cased)
        return []
    if asker.speaker == speaker.speaker and (speaker.agent is not None or cue.at[0] == own[0].turn):
        return []
    words = [t for t in own if t.plain not in _NOT_NAMES and t.plain.isalpha() and len(t.plain) > 1]
    if call.cased and not any(t.capital for t in own):
        return words if len(own) == len(words) <= 2 else []
    if call.cased:
        # In a longer answer the first word of a sentence has its capital from that.
        given = [
            t
            for t in words
            if t.capital
            and t.plain not in agents
            and (
                len(own) <= _SHORT
                or (t.place and not own[t.place - 1].ends)
                or _is_spelled(own, t.place)
            )
        ]
        if len(given) <= 4:
            return given
        return given[:3]
    # Without capitals: a short answer that holds little else.
    if len(words) <= 3 and len(own) <= 9:
        return [t for t in words if t.plain not in agents]
    return []


def _is_spelled(own: Sequence[Token], place: int) -> bool:
    """Whether the letters of a word follow it: "Pettifer, P E T T"."""
    after = [t.plain for t in own[place + 1 : place + 4] if t.plain not in ("that's", "so")]
    return len(after) > 1 and len(after[0]) == 1 and own[place].plain[:1] == after[0]


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
        while start and place - start < _MOST and not own[start - 1].ends:
            if not own[start - 1].capital or own[start - 1].plain in _NOT_NAMES:
                break
            start -= 1
        name = _name_at(call, own, start, _MOST, strict=True) if place - start > 1 else []
        opens = start == 0 or own[start - 1].ends or own[start - 1].plain in _NOT_NAMES
        if len(name) == place - start and opens and own[place - 1].text.endswith(","):
            result.append(Private(PrivateKind.NAME, tuple(token.at for token in name)))
    return tuple(result)


def _again(
    call: Conversation, known: Iterable[str], agents: frozenset[str], config: RedactionConfig
) -> list[Token]:
    """The same names elsewhere, with a family name after a first name."""
    from wordfreq import zipf_frequency

    known = {name for name in known if len(name) > 2 and name not in _NOT_NAMES}
    common = {name for name in known if zipf_frequency(name, "en") >= config.common_name_zipf}
    result = []
    for own in call.tokens:
        for token in own:
            if token.plain.removesuffix("'s") not in known:
                continue
            name = token.plain.removesuffix("'s")
            opens = token.place == 0 or own[token.place - 1].ends
            if call.cased and not token.capital:
                continue
            if name in common and (not call.cased or (opens and not token.text.endswith(","))):
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
                and following.plain not in _NOT_NAMES | agents
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
