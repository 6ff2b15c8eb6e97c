"""What a name of a person is made of: words that are none, and where one ends."""

from __future__ import annotations

import re
from collections.abc import Sequence

from callcoach.privacy.conversation import Conversation, Token

MOST_WORDS = 3
"""Words of a name."""
# No names, wherever they stand.
NOT_NAMES = frozenset(
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
KIN = frozenset(
    "boss friend tenant landlord landlady client patient aunt uncle nephew niece cousin grandson "
    "granddaughter grandma grandad granny ex ex-wife ex-husband spouse lodger housemate assistant "
    "secretary stepson stepdaughter guardian executor "
    "husband wife son daughter mother father partner mum mom dad brother sister fiance fiancee "
    "girlfriend boyfriend grandmother grandfather nan flatmate roommate carer neighbour neighbor "
    "husband's wife's son's daughter's".split()
)
"""Those of whom somebody speaks by name: "my son Ines"."""
PARTICLES = frozenset(
    "de del della der den di da dos du la le van von bin ibn al el ter ten".split()
)


def name_at(
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
    particles = 0
    for token in own[first : first + 2 * most + 1]:
        if (
            not result
            and intro
            and token.plain in ("uh", "um", "er", "the")
            and len(own) > first + 1
        ):
            if token.plain == "the" and not (
                token.place + 1 < len(own)
                and own[token.place + 1].capital
                and call.cased_in(own[0].turn)
            ):
                break
            continue
        word = token.plain.removesuffix("'s")
        after = own[min(token.place + 1, len(own) - 1)]
        if (
            word in PARTICLES
            and after.capital
            and after is not token
            and call.cased_in(own[0].turn)
        ):
            result.append(token)  # "Anneke de Vries"
            particles += 1
            continue
        ok = bool(word) and re.fullmatch(r"[^\W\d_]+(?:['\-][^\W\d_]+)*", word) is not None
        if not ok or word in NOT_NAMES or len(result) == most + particles or len(word) == 1:
            opens = bool(result) or own[min(token.place + 1, len(own) - 1)].capital
            if ok and len(word) == 1 and opens and token.capital and word not in ("i", "a"):
                result.append(token)  # an initial
                continue
            break
        if call.cased_in(own[0].turn) and (strict or result) and not token.capital:
            break
        result.append(token)
        if token.ends or token.text.endswith((",", "-", "…")):
            break
    return result
