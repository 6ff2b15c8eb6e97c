"""Which stretches of what somebody says are questions, told by their form.

Recognisers drop question marks, so a question is told by its words: a question word with an
inverted verb ("what did she say"), an inverted verb with its subject ("did you check"), a request
to tell something ("can you tell me", "please describe", "I need your order number"). A question
mark is used where there is one. A request to do something ("could you restart it") asks for no
information and is none, whatever its form.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from callcoach.config.language import QuestionsConfig
from callcoach.text.clauses import clauses
from callcoach.text.phrases import spelled_out
from callcoach.text.quotes import readable


@dataclass(frozen=True)
class Asked:
    """A question as it was said.

    ``words`` are those of the quote, spelled out. ``open`` says whether the answer is left to
    the other. ``statement`` is true for a statement that is put as a question.
    """

    quote: str
    words: tuple[str, ...]
    open: bool
    statement: bool = False


_WH = frozenset("what which who whom whose when where why how".split())

_BEFORE_WH = frozenset("since by until for at from in on to with about".split())

_AUX = frozenset(
    "do does did have has is are was were am can could would will may shall should".split()
)

_PERSONS = frozenset("you we i he she they it anyone anybody somebody someone".split())

_POINTERS = frozenset(
    "the this that these those there it any your my our his her their he she they anyone anybody "
    "anything everything everyone someone somebody something all both one".split()
)

_NOT_IN_PHRASE = (_PERSONS | _AUX | frozenset("the a an this these those my that".split())) - {
    "one"
}

# Said before a question without being part of it.
_LEADS = frozenset(
    "so okay and but well sorry right alright all now then please first firstly second next also "
    "great thanks thank just yes yeah no um uh er oh ah hm hmm mhm sure perfect good fine lovely "
    "wonderful excellent or because sir madam actually maybe again".split()
)

# After these a question word or an inverted verb opens no question: "I know what is wrong".
_EMBED = frozenset(
    "know see check understand sure explain tell me wonder find out show about of understood "
    "exactly is was matter depends discuss hear heard to that not than as neither nor if whether "
    "like".split()
)

_SOFT = frozenset("please just also maybe kindly perhaps possibly quickly still then".split())

_EDGE = re.compile(r"[,:–—-]$")

_AMOUNTS = frozenset("many much old often far".split())

# What often ends a sentence, and after which an inverted verb can open one without punctuation.
_ENDERS = frozenset(
    "me you us them him today tomorrow tonight now then again here too monday tuesday wednesday "
    "thursday friday saturday sunday morning afternoon evening week calling waiting patience "
    "information number problem first well".split()
)

_SOME = frozenset("any anything anyone anybody something someone a an".split())

# "What works", "which day": asks wherever it stands.
_TAILS = frozenset(
    "day days time one option date works suits would helps happened seems brings brought went came "
    "caused made makes about else kind type color colour number version city reason".split()
)

_TAGS = frozenset(("is that right", "is that correct", "is this right", "is this correct"))

# Opens a statement that is put as a question; without punctuation there is no other sign.
_CHECKS = (["if", "i", "understand"], ["if", "i", "understood"], ["just", "to", "confirm"])

_ASKS = ("tell me", "describe", "explain", "walk me", "talk me", "remind me", "help me understand")

_OPEN_WORDS = frozenset(
    "about more problem issue issues situation trouble happened happening wrong describe explain "
    "walk talk details example idea description what why how when where which who "
    "understand".split()
)

_YES_NO = frozenset("if whether".split())

_NEEDS = frozenset("need wonder wondering know ask understand".split())


@dataclass(frozen=True)
class _Sentence:
    """Words spelled out, the token each came from, whether a clause can start there."""

    tokens: list[str]
    words: list[str]
    origin: list[int]
    starts: list[bool]
    mark: bool

    @property
    def open_end(self) -> bool:
        """Whether it ends without any mark."""
        return self.tokens[-1][-1].isalnum()

    def first(self, i: int) -> bool:
        """Whether a word begins its token: not the "are" of "they're"."""
        return i == 0 or self.origin[i] != self.origin[i - 1]

    def parted(self, i: int) -> bool:
        """Whether a comma or the like stands before a word."""
        return self.first(i) and i > 0 and bool(_EDGE.search(self.tokens[self.origin[i] - 1]))


def find_asked(text: str, config: QuestionsConfig) -> tuple[Asked, ...]:
    """The questions in a turn, in order.

    >>> found = find_asked("I see. Could you tell me when it broke", QuestionsConfig())
    >>> [(asked.quote, asked.open) for asked in found]
    [('Could you tell me when it broke', True)]
    """
    result: list[Asked] = []
    for sentence in _sentences(text):
        result += _in_sentence(sentence, config)
    return tuple(result)


def _sentences(text: str) -> list[_Sentence]:
    tokens: list[str] = []
    result: list[_Sentence] = []
    for token in re.split(r"\s+|(?<=[?!])(?=\w)", text.strip()):
        if not re.search(r"\w", token):
            if tokens:
                tokens[-1] += token
        else:
            tokens.append(token)
        if tokens and re.search(r"[.?!…;][\"”')]*$", tokens[-1]):
            result.append(_sentence(tokens))
            tokens = []
    if tokens:
        result.append(_sentence(tokens))
    return [sentence for sentence in result if sentence.words]


def _sentence(tokens: list[str]) -> _Sentence:
    words: list[str] = []
    origin: list[int] = []
    edges = {0}
    for index, token in enumerate(tokens):
        if index and _EDGE.search(tokens[index - 1]):
            edges.add(index)
        for word in spelled_out(token).split():
            words.append(word)
            origin.append(index)
    at = 0
    for clause in clauses(" ".join(tokens)):
        edges.add(at)
        at += len(clause.split())
    starts = []
    fresh = False
    for i, word in enumerate(words):
        first = i == 0 or origin[i] != origin[i - 1]
        fresh = fresh or (first and origin[i] in edges)
        starts.append(fresh)
        pair = words[i - 1 : i + 1] if word in ("you", "see") else words[i : i + 2]
        fresh = fresh and (word in _LEADS or pair in (["thank", "you"], ["i", "see"]))
    return _Sentence(tokens, words, origin, starts, bool(re.search(r"\?[\"”')]*$", tokens[-1])))


def _in_sentence(sentence: _Sentence, config: QuestionsConfig) -> list[Asked]:
    openings = _openings(sentence, config)
    words = sentence.words
    if not openings:
        if not sentence.mark or not _says_something(words):
            return []
        return [Asked(" ".join(sentence.tokens), tuple(words), False, statement=True)]
    result = []
    ends = [start for start, _ in openings[1:]] + [len(words)]
    for (start, kind), end in zip(openings, ends, strict=True):
        if kind is None:
            continue
        tag = " ".join(words[start : start + 3]) in _TAGS and end - start <= 4
        check = words[start : start + 3] in _CHECKS
        whole = tag and start > 1 and len(openings) == 1
        first = 0 if whole else sentence.origin[start]
        last = sentence.origin[end] if end < len(words) else len(sentence.tokens)
        while last > first + 1 and sentence.tokens[last - 1].lower() in ("and", "or", "but", "so"):
            last -= 1
        quote = readable(" ".join(sentence.tokens[first:last]), config.quote_words)
        said = tuple(spelled_out(quote).split())
        result.append(Asked(quote, said, kind, statement=whole or check))
    return result


def _says_something(words: Sequence[str]) -> bool:
    """Whether more than "okay?" is said: also "take a breath, okay?" asks for nothing."""
    if words[-1] in ("okay", "alright") or words[-2:] == ["all", "right"]:
        return False
    return any(word not in _LEADS for word in words) or words[-1] == "right"


def _openings(sentence: _Sentence, config: QuestionsConfig) -> list[tuple[int, bool | None]]:
    """Where questions start and whether each is open; ``None`` for what only looks like one."""
    found: list[tuple[int, bool | None]] = []
    words = sentence.words
    i = 0
    while i < len(words):
        opening = _at(sentence, i, config)
        if opening is None:
            i += 1
            continue
        kind, i_next = opening
        # "... or is it the other one", "... did you say": goes on with the question before.
        tail = words[i - 1] == "or" or words[i:] == ["did", "you", "say"]
        if not (found and tail):
            found.append((i, kind))
        i = i_next
    return found


def _at(s: _Sentence, i: int, config: QuestionsConfig) -> tuple[bool | None, int] | None:
    """A question that opens at a word: whether it is open, and where to look on."""
    words = s.words
    if words[i] in _WH or (
        words[i] in _BEFORE_WH and i + 1 < len(words) and words[i + 1] in _WH and s.starts[i]
    ):
        at = i if words[i] in _WH else i + 1
        end = _question_word(s, i, at)
        return None if end is None else (_wh_is_open(words, at, end, config), end)
    if words[i] in _AUX and s.first(i):
        return _inverted(s, i, config)
    if s.starts[i]:
        if words[i : i + 2] == ["anything", "else"]:
            return False, i + 2
        if s.open_end and words[i : i + 3] in _CHECKS:
            return False, len(words)
        rest = " ".join(words[i : i + 3]) + " "
        if any(rest.startswith(f"{ask} ") for ask in _ASKS):
            return _asks_open(words[i : i + 20], config), min(len(words), i + 8)
    if words[i] == "i" and (i == 0 or words[i - 1] not in ("that", "if")):
        return _needs(words, i, config)
    return None


def _question_word(s: _Sentence, start: int, at: int) -> int | None:
    """Where to look on after a question word that opens a question, ``None`` if it does not."""
    words = s.words
    before = words[start - 1] if start else ""
    if not s.starts[start] and before in _EMBED:
        return None
    for j in range(at + 1, min(at + 6, len(words) - 1)):
        if words[j] in _AUX or words[j].endswith("'s"):
            k = j + 2 if words[j + 1] == "not" and j + 2 < len(words) else j + 1
            direct = j == at + 1
            relative = words[at] in ("which", "who", "whose") and direct and not s.mark
            relative = relative and (words[at] == "which" or not s.starts[start])
            relative = relative and words[j] not in ("do", "does", "did", "would")
            subject = words[k] in _PERSONS | _POINTERS or words[j] in ("did", "does", "do")
            if words[k : k + 1] == ["that"] and words[k + 1 : k + 2] and words[k + 1] in _PERSONS:
                break  # "what matters is that you are safe"
            if subject and not relative:
                return k + 1
            break
        if words[j] in _NOT_IN_PHRASE:
            break
    if at + 1 >= len(words):
        return None
    after = words[at + 1]
    if s.starts[start]:
        opens = _subject_question(s, start, at, after)
    else:
        going = words[at : at + 3] == ["what", "is", "going"]
        opens = going or (words[at] in ("what", "which") and after.removesuffix("'s") in _TAILS)
    return min(len(words), at + 6) if opens else None


def _subject_question(s: _Sentence, start: int, at: int, after: str) -> bool:
    """Whether a question word at the start of a clause asks, with the verb where it always is."""
    words = s.words
    if words[at] in ("when", "where"):
        return False  # "when you call again"
    if s.mark and after not in _PERSONS - {"it"}:
        return True
    if after == "to":
        return False  # "and what to do with it"
    if words[at] == "how":
        return after in _AMOUNTS | {"about", "come"}
    if words[at] in ("what", "which") and after.removesuffix("'s") not in _AUX | _TAILS:
        return False  # "what the driver did is", "which makes it worse"
    if words[at] == "which" and (after in _AUX or not _only_leads(words[:start])):
        return False  # "which is why"
    if words[at] != "why" and (after in _NOT_IN_PHRASE - _AUX or after in ("means", "ever")):
        return False
    return words[at + 2 : at + 3] not in (["is"], ["was"])  # "what matters is"


def _only_leads(words: Sequence[str]) -> bool:
    return all(word in _LEADS for word in words)


def _wh_is_open(words: Sequence[str], at: int, end: int, config: QuestionsConfig) -> bool:
    """An amount and what identifies somebody are one fact; anything else is the other's to tell."""
    after = words[at + 1] if at + 1 < len(words) else ""
    if words[at] == "how" and after in _AMOUNTS:
        return False
    if words[at : at + 3] == ["who", "am", "i"] or words[at : at + 2] == ["which", "of"]:
        return False
    if words[at] == "what" and _detail([after], config):
        return False
    return not (
        words[at] == "what"
        and after in ("is", "are", "was")
        and words[end - 1] in ("your", "the", "his", "her", "their")
        and _detail(words[end : end + 4], config)
    )


def _inverted(s: _Sentence, i: int, config: QuestionsConfig) -> tuple[bool | None, int] | None:
    words = s.words
    no = words[i + 1 : i + 2] == ["not"]
    k = i + 2 if no else i + 1
    if k >= len(words) or s.parted(k) or (no and not s.mark and words[i] == "do"):
        return None
    verb, subject, before = words[i], words[k], words[i - 1] if i else ""
    if " ".join(words[i : i + 3]) in _TAGS and before not in _EMBED:
        return False, i + 3
    if k + 1 < len(words) and not s.first(k + 1):
        return None  # "of course you are it's late"
    if before in ("so", "neither", "nor") and k + 1 == len(words):
        return None  # "so do I"
    start = s.starts[i] or before == "or" or before in _ENDERS
    there = subject == "there" and words[k + 1 : k + 2] and words[k + 1] in _SOME
    opens = start or (there and before not in _EMBED)
    if opens and not no and subject in _POINTERS and verb not in ("do", "have", "should", "am"):
        return False, k + 1
    if subject not in _PERSONS:
        return (False, k + 1) if s.mark and s.starts[i] else None
    if not start:
        twice = before == verb  # "are are you there"
        told = before in (_EMBED | _AUX) - {"that", "is", "was"} and not twice
        if told or before in ("we", "they", "he", "she", "i") or before in _WH:
            return None
        if verb in ("is", "was", "has"):
            return None
        if verb == "were" and subject != "you":
            return None
    if verb == "should" and subject == "you" and not s.mark:
        return None  # "should you have any questions"
    if verb == "have" and subject == "it" and not s.mark:
        return None
    if verb in ("can", "could", "would", "will") and subject == "you":
        return _to_you(words, k + 1, config), min(len(words), k + 8)
    return False, k + 1


def _to_you(words: Sequence[str], at: int, config: QuestionsConfig) -> bool | None:
    """What "can you ..." asks for: to tell something, a yes or no, or only to do something."""
    while at < len(words) and words[at] in _SOFT:
        at += 1
    rest = words[at : at + 20]
    if not rest:
        return False
    verb = rest[0]
    if verb == "mind":
        telling = [v for v in config.tell_verbs if rest[1:2] == [f"{v.removesuffix('e')}ing"]]
        return _asks_open(rest, config) if telling else (False if "if" in rest[1:2] else None)
    if verb in config.tell_verbs:
        if verb in ("walk", "talk", "read", "show", "send", "give") and "me" not in rest[1:3]:
            return None
        return _asks_open(rest, config)
    if verb in config.able_verbs:
        return False
    # "Can you check if the light is on", "can you open it and see if there are any".
    for before, word, after in zip(("", *rest), rest, (*rest[1:], ""), strict=False):
        if word in ("check", "see", "confirm", "verify", "look") and after in _YES_NO:
            return None if before == "to" else False
        if (before, word) == ("and", "confirm"):
            return False
    return None


def _asks_open(words: Sequence[str], config: QuestionsConfig) -> bool:
    """Whether a request to tell something leaves the answer to the other."""
    for index, word in enumerate(words):
        if word in _YES_NO or (
            word == "how" and words[index + 1 : index + 2] and words[index + 1] in _AMOUNTS
        ):
            return False
        if word in _OPEN_WORDS:
            return True
        if _detail([word], config):
            return False
    return False


def _needs(words: Sequence[str], i: int, config: QuestionsConfig) -> tuple[bool | None, int] | None:
    """ "I need your order number", "I was wondering what happened"."""
    rest = list(words[i + 1 : i + 14])
    while rest and rest[0] in _SOFT | {"will", "would", "am", "was", "do", "only", "like", "to"}:
        rest.pop(0)
    if not rest or rest[0] not in _NEEDS:
        return None
    shift = len(words[i + 1 : i + 14]) - len(rest)
    if rest[0] == "need" and rest[1:2] == ["to"]:
        if rest[2:3] not in (["know"], ["have"], ["get"], ["ask"], ["take"]):
            return None
        return _asks_open(rest, config), min(len(words), i + 8)
    if rest[0] == "need":
        asked = rest[1:2] in (["your"], ["the"], ["a"], ["an"]) and _detail(rest[2:6], config)
        return (False, min(len(words), i + 6)) if asked else None
    wish = (words[i + 1] in ("would", "was", "am", "wonder") and shift > 0) or rest[0] == "wonder"
    if not wish or not any(word in _WH | _YES_NO | {"more"} for word in rest[1:4]):
        return None
    return _asks_open(rest, config), min(len(words), i + 10)


def _detail(words: Sequence[str], config: QuestionsConfig) -> bool:
    return any(word in config.detail_words for word in words)
