"""E-mail addresses, written or spoken: "maya dot jones at example dot com"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

from callcoach.model.private import PrivateKind
from callcoach.privacy.conversation import HIDDEN, Conversation, Private, Token, sentences
from callcoach.privacy.cues import Cues
from callcoach.text.spoken_numbers import read

_WRITTEN = re.compile(r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)*")
_ENDING = re.compile(r"(?:com|net|org|edu|gov|co|uk|io|de|fr|es|it|nl|eu|info|biz|me|us|ca|au|nz|"
                     r"ie|in|ac|mil|tv|app|dev|ai|ch|at|be|se|no|dk|pl|pt)")  # fmt: skip
_DOMAIN = re.compile(rf"[\w-]+(?:\.[\w-]+)*\.{_ENDING.pattern}")
_PROVIDERS = frozenset(
    "gmail hotmail yahoo outlook icloud aol live msn btinternet protonmail proton googlemail gmx "
    "comcast verizon me ymail sky virginmedia att".split()
)
_JOINS = frozenset("dot underscore dash hyphen plus period point minus score under".split())
# Words that come before an address and are none of it.
_BEFORE = frozenset(
    "is it's its that's thats that address email e-mail mail mine my the to use was me so sure yes "
    "yeah yep okay ok um uh er erm well and under have as for at you your it be would in on "
    "correct "
    "with from or no not right great perfect still old new work personal hers his her confirmation "
    "sent send sending confirm change update emailing account i'm i i've got contact please "
    "capital "
    "lowercase lower case caps all one word letters again here spelled just try think then there "
    "spell said see we our us them they he she this file goes go going back up got now number "
    "wrote write reach been listed can what's registered probably maybe usually "
    "email's e-mail's address's".split()
)
# Boxes of companies, not of people.
_SHARED = frozenset(
    "support help info service services sales billing complaints contact enquiries inquiries team "
    "hello office claims returns noreply care feedback bookings reservations".split()
)
# "find it at example dot com": a page, not a box.
_PAGES = frozenset(
    "it us online website site look find visit page available up details information shop order "
    "check "
    "track download login log register go everything more page available them review read see "
    "prices app portal products".split()
)
_IS = frozenset("is it's its be".split())
_ASIDES = tuple(
    tuple(aside.split())
    for aside in (
        "that's all one word", "all one word", "one word", "all lower case", "all lowercase",
        "lower case", "lowercase", "no spaces", "no dots", "all together", "as one word",
    )
)  # fmt: skip
_LOCAL = re.compile(r"(?=.*[a-z])(?=.*[\d._])[\w.+-]{4,}")  # has letters, and digits or a dot
_LIKE = 0.6  # of 1: the same letters in the same order
_NEAR_TURNS = 2
_MOST_TALK = 3  # words within an answer that are talk: "luca dot, no, sorry, dash"
_LEAST_AGAIN = 6  # letters: shorter parts are words of talk
_LEAST_PART = 4  # letters
_COMMON_ZIPF = 4.0  # words used more than once in a hundred thousand are no name
_UNKNOWN_ZIPF = 1.0  # no word and no name of its own
_MOST_LOCAL = 14  # words of the part before "at", spelled ones included


def find_emails(call: Conversation, cues: Cues) -> tuple[Private, ...]:
    """The e-mail addresses of a call; those of shared boxes such as "support" are left."""
    found: list[Private] = []
    locals_: list[tuple[str, ...]] = []
    written: list[tuple[str, ...]] = []  # as one word: "otisbell"
    for flow in call.flows:
        words = [token.plain for token in flow]
        taken = -1
        for place, token in enumerate(flow):
            if place <= taken:
                continue
            span = _written(token, place) or _spoken(flow, words, place, cues)
            if span is None:
                continue
            first, last = span
            first = max(first, taken + 1)
            taken = last
            before = words[first : last + 1]
            if "at" in before:
                locals_.append(tuple(before[: before.index("at")]))
            elif "@" in flow[last].text:
                written.append((words[last].split("@")[0],))
            found.append(Private(PrivateKind.EMAIL, tuple(t.at for t in flow[first : last + 1])))
    found += [
        *_again(call, locals_),
        *_parts_again(call, written, _UNKNOWN_ZIPF),
        *_answers(call, cues),
    ]
    return tuple(found + _corrections(call, found))


def _written(token: Token, place: int) -> tuple[int, int] | None:
    match = _WRITTEN.search(token.text)
    if match is None or match.group().split("@")[0].lower() in _SHARED:
        return None
    return place, place


def _spoken(
    flow: Sequence[Token], words: Sequence[str], place: int, cues: Cues
) -> tuple[int, int] | None:
    """First and last word of the address around an "at"."""
    if words[place] not in ("at", "@"):
        return None
    last = _domain_end(words, place + 1)
    asked = _asked(flow[place], cues)
    if last is None:
        return None
    before = words[place - 1] if place else ""
    first = _local_start(flow, words, place, asked)
    if first == place:
        return None
    if not asked and before in _PAGES:
        return None
    if first == place - 1 and before in _SHARED:
        return None
    return first, last


def _asked(token: Token, cues: Cues) -> bool:
    cue = cues.before(token.at)
    return (
        cue is not None
        and cue.kind is PrivateKind.EMAIL
        and cues.turns_since(cue.at[0], token.turn) <= 3
    )


def _domain_end(words: Sequence[str], at: int) -> int | None:
    """The last word of a domain that begins at a word, ``None`` where none does."""
    if at >= len(words):
        return None
    end: int | None = None
    if _DOMAIN.fullmatch(words[at]) or words[at] in _PROVIDERS:
        end = at
    for dot in range(at + 1, min(at + 9, len(words) - 1)):
        new = dot == at + 1 and words[dot] == "dot" and words[dot + 1].isalpha()  # "dot wales"
        new = new and not _BEFORE.intersection((words[at], words[dot + 1]))
        if new or (words[dot] in ("dot", "period", "point") and _ENDING.fullmatch(words[dot + 1])):
            end = dot + 1
            if (
                dot + 3 < len(words)
                and words[dot + 2] == "dot"
                and _ENDING.fullmatch(words[dot + 3])
            ):
                end = dot + 3
            break
        if words[dot] in ("at", "and", "is", "the", "or", "i", "to"):
            break
    return end


def _local_start(flow: Sequence[Token], words: Sequence[str], at: int, asked: bool) -> int:
    """The first word of what stands before the "at"; ``at`` itself where there is nothing."""
    first = at
    plain_words = 0  # whole words with nothing that joins them
    place = _before_aside(words, at) - 1
    asked = asked or place < at - 1
    while place >= 0 and at - place <= _MOST_LOCAL:
        word = words[place]
        sign = _sign(words, place)
        joined = first < at and words[first] in _JOINS
        said = place > 0 and flow[place - 1].text.endswith(",")
        if word == "that's" and said and first < at and len(words[first]) == 1:
            first = place  # "osei, that's O S E I, at ..."
        elif word in _JOINS or (sign and word not in ("i", "a")) or joined:
            first = place
            plain_words = 0 if word in _JOINS else plain_words
        elif word in ("i", "a") and place and len(words[place - 1]) == 1:
            first = place  # "O S E I at ..."
        elif first < at and (
            (word in ("i", "a") and _sign(words, first))
            or (word == "and" and words[place - 1] in ("hundred", "thousand"))
        ):
            first = place
        elif word in ("for", "as", "in") and place >= 1 and len(words[place - 1]) == 1:
            first = place  # "m for mother"
        elif word in _BEFORE or flow[place].ends or word == HIDDEN:
            break
        elif (
            place >= 2
            and words[place - 1] in ("for", "like", "in")
            and (len(words[place - 2]) == 1 or len(words[max(0, place - 3)]) == 1)
        ):
            first = place
        elif flow[place].text.endswith(",") and first < at and _LOCAL.fullmatch(words[first]):
            break  # "my accountant, accounts.dhillon at ..."
        elif plain_words < (3 if asked else 2) and (asked or flow[place].turn == flow[at].turn):
            plain_words += 1
            first = place
        else:
            break
        place -= 1
    while first < at and words[first] in ("for", "in", "as"):
        first += 1
    if first > 1 and words[first - 1] == "the" and words[first - 2] in _IS | {"to"}:
        return first - 1
    if _before_aside(words, at) < at:  # "Dave the plumber, all one word, at ..."
        start = first
        while start and not flow[start - 1].ends and flow[start - 1].turn == flow[at].turn:
            start -= 1
        if first - start <= 2 and words[start] not in _BEFORE:
            return start
    for back in (1, 2):  # "my email is the gardener underscore nine at ..."
        opens = first - back > 0 and words[first - back - 1] in _IS
        if asked and first < at and opens and not any(t.ends for t in flow[first - back : first]):
            return first - back
    return first


def _before_aside(words: Sequence[str], at: int) -> int:
    """The place after the last word before "all one word" and the like, said before the "at"."""
    for aside in _ASIDES:
        start = at - len(aside)
        if start > 0 and tuple(words[start:at]) == aside:
            return start
    return at


def _answers(call: Conversation, cues: Cues) -> list[Private]:
    """Answers to the question for an address, in whatever words: from the first to the last."""
    result = []
    for line, own in zip(call.lines, call.tokens, strict=True):
        for sentence in sentences(own) if not line.agent else ():
            cue = cues.before(sentence[0].at)
            if cue is None or cue.kind is not PrivateKind.EMAIL:
                continue
            if call.lines[cue.at[0]].speaker == line.speaker:
                continue
            if cues.turns_since(cue.at[0], sentence[0].turn) > _NEAR_TURNS:
                continue
            words = [token.plain for token in sentence]
            inner = [place for place, word in enumerate(words) if word not in _BEFORE]
            joined = any(
                _DOMAIN.fullmatch(words[p])
                or _LOCAL.fullmatch(words[p])
                or (words[p] in ("dot", "underscore") and 0 < p < len(words) - 1)
                for p in inner
            )
            talk = len(inner) and inner[-1] - inner[0] + 1 - len(inner)
            if joined and talk <= _MOST_TALK and not sentence[-1].text.endswith("?"):
                core = sentence[inner[0] : inner[-1] + 1]
                result.append(Private(PrivateKind.EMAIL, tuple(token.at for token in core)))
    return result


def _corrections(call: Conversation, found: Sequence[Private]) -> list[Private]:
    """What is like a part of an address, in the two turns after it: "n.okoye99"."""
    result = []
    for private in found:
        turn = private.places[-1][0]
        said = [call.tokens[t][p].plain for t, p in private.places]
        for own in call.tokens[turn : turn + 1 + _NEAR_TURNS]:
            for token in own:
                if token.at > private.places[-1] and _LOCAL.fullmatch(token.plain):
                    parts = (part for word in said for part in word.split("@"))
                    if any(SequenceMatcher(None, token.plain, p).ratio() >= _LIKE for p in parts):
                        result.append(Private(PrivateKind.EMAIL, (token.at,)))
    return result


def _again(call: Conversation, locals_: Iterable[tuple[str, ...]]) -> list[Private]:
    """What stands before an "at", said again without it: "it starts with maya dot jones"."""
    result = _parts_again(call, locals_, _COMMON_ZIPF)
    for local in set(locals_):
        if len(local) < 2 or sum(map(len, local)) < _LEAST_AGAIN:
            continue
        for own in call.tokens:
            words = tuple(token.plain for token in own)
            for at in range(len(words) - len(local) + 1):
                if words[at : at + len(local)] == local:
                    places = tuple(token.at for token in own[at : at + len(local)])
                    result.append(Private(PrivateKind.EMAIL, places))
    return result


def _parts_again(
    call: Conversation, locals_: Iterable[tuple[str, ...]], below: float
) -> list[Private]:
    """Uncommon words of an address that are said by themselves: mostly names."""
    from wordfreq import zipf_frequency

    parts = {
        part
        for local in locals_
        for part in local
        if len(part) >= _LEAST_PART and part.isalpha() and part not in _JOINS
        if zipf_frequency(part, "en") < below
    }
    return [
        Private(PrivateKind.EMAIL, (token.at,))
        for own in call.tokens
        for token in own
        if token.plain in parts
    ]


def _sign(words: Sequence[str], place: int) -> bool:
    """Whether a word is a letter or digits."""
    if words[place] in ("hundred", "thousand"):
        return True
    atom = read(words, place)
    return atom is not None and not atom.joint and (not atom.weak or len(words[place]) == 1)
