"""Names that a list knows, wherever they are said: "tickets for me and Ines Duarte".

What is said around a name tells many names, and never all. A list of given and family names finds
those that nobody introduces. Agents, colleagues, places and companies have such names too: what
stands beside the name tells them. The names come with Faker (MIT licence) and are read from it at
run time.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Sequence
from functools import cache

from callcoach.config.privacy import RedactionConfig
from callcoach.privacy.conversation import Conversation, Token, sentences
from callcoach.privacy.name_words import KIN, MOST_WORDS, NOT_NAMES, name_at

# Of countries where English is spoken, and of others from where many people came to them.
_ENGLISH = ("en_US", "en_GB", "en_IE", "en_NZ")
_OTHERS = (
    "en en_IN en_NG en_KE en_PK es_MX es_ES es_CO es_AR pl_PL de_DE fr_FR it_IT nl_NL pt_PT pt_BR "
    "ro_RO cs_CZ da_DK sv_SE no_NO tr_TR hr_HR yo_NG ig_NG ha_NG gu_IN zu_ZA vi_VN"
).split()
_WORD = re.compile(r"[^\W\d_]{2,}(?:['\-][^\W\d_]+)*")
# Given names that mean something else as often: places, brands, months, things.
_ELSEWHERE = frozenset(
    "april may june august summer autumn winter dawn christmas jordan austin dallas houston "
    "chelsea brooklyn paris london florence sydney adelaide victoria georgia virginia carolina "
    "alberta dakota montana savannah charlotte madison lincoln jackson washington orlando phoenix "
    "denver aberdeen chester preston lancaster kent devon essex bristol york wells bath israel "
    "india asia china america ireland kenya chad jamaica milan vienna roma siena geneva verona "
    "lourdes santiago diego san santa valencia francisco salvador "
    "mercedes tesla porsche ford royce dell amazon alexa siri cortana prime apple sky virgin chase "
    "lloyd lloyds barclay barclays marks spencer hilton marriott avis klarna "
    "faith hope grace joy charity christian angel princess king duke earl prince major royal "
    "rose lily daisy ruby pearl amber ivy holly olive iris violet heather poppy basil ginger "
    "star sunny stormy sky terra luna gold silver cash miles page chip bill art frank mark will "
    "rich grant drew pat rob sue don ray max ace rusty dusty misty merry bud buddy guy van "
    "precious love baby honey sonny son junior senior champion justice blessing comfort patience "
    "everest visa master delta alpha omega express premier elite jesus hunter diamond crystal "
    "dean dick gene wolf eve lee gordon clinton aurora easter ramadan danish georgian baptist "
    "sierra memphis cuba ceylon bali nevada louisiana trinidad venice crete manila holland verde "
    "kingston richmond bedford wellington carlisle alexandria melville aston emerald metro meta "
    "pandora echo hermes chanel apollo corona venus lexus nova logan stanley sterling sunshine "
    "harmony melody miracle treasure destiny genesis scarlet velvet lavender magnolia marina "
    "pepper lemon cinnamon sage opal coral laurel hazel peer pastor elder deacon infant pal doll "
    "babe unnamed essence".split()
)
# Words that make a company, a place or a product of the name before or beside them.
_MADE_OF_NAMES = frozenset(
    "street road avenue lane drive close court house hotel bank airport station park square "
    "hospital school college university island city county town bridge hill airlines insurance "
    "energy broadband mobile media plc ltd limited inc group stores store shop motors homes centre "
    "center way place terrace crescent gardens row green valley beach bay lake river "
    "stanley daniels depot hub plan account card day eve week sale club".split()
)
_IN_PLACES = frozenset("in near at via across into visiting outside st saint san".split())
_OF_THINGS = frozenset("the a an your our this that".split())
_BEFORE_FAMILIES = frozenset("under for mr mrs ms".split())
_COLLEAGUES = re.compile(
    r"\b(?:colleagues?|agents?|managers?|supervisors?|advis[eo]rs?|reps?|representatives?|"
    r"teams?|engineers?|technicians?|driver|courier|(?:spoke|speak|spoken|speaking|talk|talked|"
    r"talking|chatted|chatting) (?:to|with)|been on to|ask(?:ed)? for|somebody|someone|lady|"
    r"gentleman|guy|man|woman|person|bloke|girl|chap|(?:put|pass|passing|transfer|transferring|"
    r"hand|handing|connect|connecting) (?:you|me) (?:\w+ )?(?:to|with)|through to|dealt with|"
    r"from|it was)(?: (?:called|named|is|name))?$"
)
_AS_COLLEAGUES_DO = frozenset(
    "said told promised helped advised from in at again speaking here assured transferred will "
    "can has is isn't one".split()  # "Jess, one of my colleagues"
)
_GREETINGS = frozenset("thanks thank you hi hello hey bye goodbye cheers much too ta".split())
_WHO_SPEAKS = frozenset("here speaking calling".split())
_UNCASED_AFTER = KIN | {"under", "called", "named"}


@cache
def given_names(rare_zipf: float) -> frozenset[str]:
    """Given names in small letters; from other languages those alone that are rare in English."""
    return _names("first_names", rare_zipf)


@cache
def family_names(rare_zipf: float) -> frozenset[str]:
    """Family names in small letters; from other languages those alone that are rare in English."""
    return _names("last_names", rare_zipf)


def _names(field: str, rare_zipf: float) -> frozenset[str]:
    return frozenset(
        name
        for locale in (*_ENGLISH, *_OTHERS)
        for name in _of_locale(locale, field)
        if locale in _ENGLISH or _zipf(name) < rare_zipf
    )


def _of_locale(locale: str, field: str) -> list[str]:
    provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
    names = getattr(provider, field, ())
    if isinstance(names, property):  # put together of parts when it is asked for
        return []
    lower = (name.lower() for name in names if isinstance(name, str))
    return [name for name in lower if _WORD.fullmatch(name) and name not in NOT_NAMES]


def _zipf(word: str) -> float:
    from wordfreq import zipf_frequency

    return float(zipf_frequency(word, "en"))


def _name(token: Token) -> str:
    return token.plain.removesuffix("'s")


def addressed(call: Conversation, config: RedactionConfig) -> frozenset[str]:
    """Names by which customers greet or thank an agent: "Thanks, Maya.", "You too, Martin."."""
    return frozenset(
        token.plain
        for line, own in zip(call.lines, call.tokens, strict=True)
        if line.agent is False and own and call.cased_in(own[0].turn)
        for sentence in sentences(own)
        for token, before in zip(sentence[1:], sentence, strict=False)
        if token.capital
        and (token.ends or token.text.endswith(","))
        and before.plain in _GREETINGS
        and own[min(token.place + 1, len(own) - 1)].plain not in _WHO_SPEAKS
        and token.plain in given_names(config.rare_name_zipf)
    )


def listed(
    call: Conversation, own: Sequence[Token], agents: frozenset[str], config: RedactionConfig
) -> list[Token]:
    """The words of names in a turn that the list knows.

    Parameters
    ----------
    call
        The conversation.
    own
        The turn.
    agents
        Names of agents: they stay.
    config
        How rare a name is that tells itself, and how common one that never does.
    """
    find = _cased if call.cased_in(own[0].turn) else _uncased
    result: list[Token] = []
    for token in own:
        if token in result:
            continue
        words = find(call, own, token, config) or _joined(own, token, result, config)
        if words and not _COLLEAGUES.search(_before(own, token, config)):
            result += [] if {_name(word) for word in words} & agents else words
    return result


def _joined(
    own: Sequence[Token], token: Token, found: Sequence[Token], config: RedactionConfig
) -> list[Token]:
    """A rare word with a capital after a name and "and": "Saoirse and Tadhg"."""
    joined = token.place > 1 and own[token.place - 1].plain == "and"
    joined = joined and own[token.place - 2] in found and token.capital and token.plain.isalpha()
    rare = token.plain not in NOT_NAMES and _zipf(token.plain) < config.rare_name_zipf
    return [token] if joined and rare else []


def _before(own: Sequence[Token], token: Token, config: RedactionConfig) -> str:
    """The words before a name; "ask for" both before "Miriam" and "Pete" in "Miriam or Pete"."""
    first = token.place
    if first > 1 and own[first - 1].plain in ("or", "and"):
        first -= 2 * (own[first - 2].plain in given_names(config.rare_name_zipf))
    return " ".join(t.plain for t in own[max(0, first - 5) : first])


def _uncased(
    call: Conversation, own: Sequence[Token], token: Token, config: RedactionConfig
) -> list[Token]:
    """A name without capitals: "daphne kohler", "my son henry"."""
    word, rare = _name(token), config.rare_name_zipf
    given = word in given_names(rare) and word not in _ELSEWHERE
    if not given or _zipf(word) >= config.common_name_zipf:
        return []
    family = _name(own[token.place + 1]) if token.place + 1 < len(own) else ""
    if family in family_names(rare) and _zipf(family) < rare:
        return list(own[token.place : token.place + 2])
    before = [t.plain for t in own[max(0, token.place - 2) : token.place] if t.plain != "is"]
    return [token] if before and before[-1] in _UNCASED_AFTER else []


def _cased(
    call: Conversation, own: Sequence[Token], token: Token, config: RedactionConfig
) -> list[Token]:
    """A name with capitals: "Ines", "Ines Duarte", "under Duarte"."""
    if not token.capital:
        return []
    words = name_at(call, own, token.place, MOST_WORDS, strict=True)
    if not words or _is_elsewhere(call, own, words):
        return []
    word, rare = _name(token), config.rare_name_zipf
    given, is_rare = word in given_names(rare), _zipf(word) < rare
    before = own[token.place - 1] if token.place else None
    opens = before is None or before.ends
    if len(words) > 1:
        family = any(_name(t) in family_names(rare) for t in words[1:])
        if given:
            return words if family or (word not in _ELSEWHERE and (is_rare or not opens)) else []
        return words if family and is_rare and not opens else []
    if word in _ELSEWHERE:
        return []
    if given:
        return words if is_rare or not opens else []
    named = before is not None and not opens and before.plain in _BEFORE_FAMILIES
    return words if named and is_rare and word in family_names(rare) else []


def _is_elsewhere(call: Conversation, own: Sequence[Token], words: Sequence[Token]) -> bool:
    """Whether words like a name are a place, a company, a product or a colleague."""
    first, last = words[0].place, words[-1].place
    after = own[last + 1].plain if last + 1 < len(own) else ""
    if after in _MADE_OF_NAMES or any(_name(t) in _MADE_OF_NAMES for t in words):
        return True
    if len(words) == 1 and after in _AS_COLLEAGUES_DO:
        return True
    if len(words) > 1 and any(len(t.plain) > 1 and t.text.isupper() for t in words):
        return True
    if first == 0 or own[first - 1].ends:
        return False
    before = own[first - 1]
    if first > 2 and before.plain == "to" and own[first - 3].plain == "from":
        return True  # "from Manchester to Palma"
    if before.plain in _OF_THINGS:  # but an agent: "I have a Gareth Lloyd here"
        return not (before.plain == "a" and len(words) > 1 and call.lines[before.turn].agent)
    brand = before.capital and before.plain not in NOT_NAMES and not before.text.endswith(",")
    return brand or before.plain in _IN_PLACES
