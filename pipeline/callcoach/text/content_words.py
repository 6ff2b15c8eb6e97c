"""The words of a text that carry its content, in one form for singular and plural, now and then."""

from __future__ import annotations

import re

from callcoach.text.phrases import spelled_out

# Function words, talk words, and the verbs and nouns that stand in any service call.
_EMPTY = frozenset(
    "a an the this that these those my your his her its our their me you him us them i we he "
    "she it they who whom whose which what when where why how myself yourself one ones there "
    "here and or but nor so if than then as because while though although unless until till "
    "since of to in on at by for from with without about into onto over under up down out off "
    "between during after before again further around through across against is am are was were "
    "be been being have has had having do does did doing done can could will would shall should "
    "may might must ought not no yes yeah yep yup okay oh ah um uh er uhm hm hmm mm mhm well "
    "right sure fine good great perfect alright all any some each every both few more most "
    "other another such only own same very too also just really quite now today still already "
    "yet ever never always even otherwise else much many lot please thank thanks sorry hello hi "
    "hey bye goodbye sir madam let get got getting go going gone goes come comes coming make "
    "makes made take takes took see saw know knows think say says said tell told mean want "
    "wants need needs like able anything something nothing everything thing things way back "
    "kind sort bit actually maybe help question questions moment first last next new exactly "
    "happen happens happened somebody someone anybody anyone nobody everybody call calling "
    "called look looking give gave put".split()
)

_IRREGULAR = {
    "paid": "pay",
    "sent": "send",
    "broke": "break",
    "broken": "break",
    "lost": "lose",
    "bought": "buy",
    "left": "leave",
    "found": "find",
    "wrote": "write",
    "written": "write",
    "children": "child",
    "shelves": "shelf",
}


def content(text: str) -> tuple[str, ...]:
    """The content words of a text as stems, in order; a stem may come more than once."""
    words = spelled_out(text).split() if re.search(r"\w", text) else []
    return tuple(_stem(word) for word in words if word not in _EMPTY)


def _stem(word: str) -> str:
    """A crude stem: good for telling that two words belong together, not for reading."""
    word = word.removesuffix("'s").removesuffix("'")
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) > 4 and word.endswith(("ies", "ied")):
        return word[:-3] + "y"
    for ending in ("ing", "ed", "es", "s", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            word = word.removesuffix(ending)
            break
    # "stopp", "bill" and "bil": a double letter at the end counts once.
    return re.sub(r"([^aeiou])\1$", r"\1", word)
