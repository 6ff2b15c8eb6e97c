"""What is going to happen after the call, told by its form: who will do what, and when."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from callcoach.config.language import ClosingConfig
from callcoach.model.party import Role
from callcoach.text.clauses import clauses, sentences
from callcoach.text.phrases import heard, spelled_out


@dataclass(frozen=True)
class NextStep:
    """A commitment: the clause, who acts, and the words that say until when."""

    quote: str
    owner: Role
    when: str | None


_DAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?"
_PART = r"(?:morning|afternoon|evening|night|noon|lunchtime)"
_NUMBER = (
    r"(?:\d+|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fourteen|fifteen|"
    r"twenty(?:[ -]four)?|thirty|forty(?:[ -]eight)?|sixty|seventy[ -]two|a couple of|a few|"
    r"several|the next few)"
)
_UNIT = r"(?:(?:working|business|calendar) )?(?:minutes?|hours?|days?|weeks?|months?)"
_MONTH = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december)"
)
_CLOCK = (
    r"(?:\d{1,2}(?::\d\d)?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|noon|"
    r"midday|midnight|half past \w+|quarter (?:past|to) \w+)"
)
_TIME = re.compile(
    r"\b(?:"
    # "within two working days", "in the next hour", "in 3 to 5 days", "for two weeks"
    rf"(?:within|in|after|over|inside|for) (?:about |around |roughly |under |less than )?"
    rf"(?:the (?:next )?)?(?:{_NUMBER}(?: (?:to|or) {_NUMBER}|-\d+)? )?{_UNIT}(?: time| from now)?"
    rf"|(?:the )?next {_NUMBER} {_UNIT}"
    # "on Thursday evening", "by next Monday", "Tuesday"
    rf"|(?:(?:on|by|before|until|till|from|this|next|every) )*{_DAY}(?: {_PART})?"
    # "by this evening", "tomorrow morning", "today"
    rf"|(?:(?:by|before|until|till|from|later|first thing) )*"
    rf"(?:today|tomorrow|tonight)(?: {_PART})?"
    rf"|(?:(?:by|before|until|till|later|in|at) )*(?:this|next|the following) "
    rf"(?:{_PART}|week|weekend|month|year)"
    rf"|(?:by|before|in|until) (?:the )?{_PART}"
    r"|(?:by|before|at|towards) (?:the )?end of (?:the |this |next )?(?:business )?"
    rf"(?:day|week|month|{_DAY})"
    r"|(?:within|by) the (?:hour|day|week)"
    # "before five", "at six o'clock", "by 2:30 pm": not "at one of our shops"
    rf"|(?:by|before|after|until|till|at|around) (?:around |about )?{_CLOCK}"
    r"(?: ?(?:o'clock|am|pm|a\.m\.|p\.m\.))?"
    rf"(?: (?:on {_DAY}|today|tomorrow|in the {_PART}))?"
    r"(?= (?:and|or|but|so|to|with|at the latest)\b|[.,;!?]|$)"
    # "on the fifth of March", "March 5"
    rf"|(?:on|by|before|until) the \w+(?: of {_MONTH})?(?<=st|nd|rd|th)\b(?: of {_MONTH})?"
    rf"|(?:(?:on|by|before|until) )?{_MONTH} (?:the )?\d{{1,2}}(?:st|nd|rd|th)?"
    r")(?![\w'])",
    re.IGNORECASE,
)
_ADVERBS = (
    r"(?:(?:also|just|then|still|definitely|certainly|personally|always|now|be able to|be|have|"
    r"make sure (?:that )?(?:you|we|they|it|he|she)) )*"
)
_WHO = (
    r"(?:i|we|you|he|she|they|it|this|that|someone|somebody|everything|(?:my|our|your|the|a|an|one "
    r"of (?:my|our)) (?:[\w'-]+ ){0,3}?[\w'-]+)"
)
_WILL = re.compile(
    rf"\b(?P<who>{_WHO}) (?:also |then |just |both )*(?:will|shall|(?:am|are|is) going to) "
    rf"(?P<no>not )?{_ADVERBS}(?P<verb>[\w'-]+)"
)
_DOING = re.compile(
    r"\b(?P<who>i am|we are|he is|she is|they are) (?:also |just )?(?P<verb>\w+ing)\b"
)
_YOU_GET = re.compile(r"\b(?P<who>you) (?:will )?(?:also )?(?P<verb>get|receive|hear)\b")
_THEY_DO = re.compile(
    r"\b(?P<who>(?:my|our|the) \w+|he|she) "
    r"(?P<verb>calls|rings|comes|writes|visits|sends|delivers)\b"
)
_YOU_DO = re.compile(
    r"\b(?P<who>you) (?:(?:just |only )*(?:need to|have to|should|must|can)) "
    r"(?:be able to )?(?P<verb>\w+)"
)
_PLEASE = re.compile(r"^(?:(?:so|and|then|just|okay) )*please (?:just )?(?P<verb>\w+)")
# "I have an 8 a.m. appointment for you on Thursday", "you are booked in for Tuesday".
_BOOKED = re.compile(
    r"\b(?:i|we) have (?:you|got you|an?|the|your) (?:[\w'.:]+ ){0,4}?"
    r"(?:appointment|slot|booking|visit|viewing|reservation|table|room|down|booked|scheduled)\b"
    r"|\byou are (?:all )?(?:booked|set|down|scheduled|confirmed)\b"
)
_BEFORE = re.compile(r"\b(?:if|unless|in case|hope|hoping|guarantee|think|believe|whether|when)\b")
_GETS = frozenset("get receive hear have see be find".split())
_IN_CALL = re.compile(r"\b(?:right now|now|straight away|right away|immediately|for a moment)\b")
_SMALL_TALK = re.compile(
    r"\b(?:have (?:a|an) (?:\w+ )?(?:day|evening|weekend|night|time|one)"
    r"|be (?:fine|okay|happy|glad|pleased|sorry|all))\b"
)
_DOES_NOT_COUNT = frozenset(
    "looking checking seeing trying reading going sorry hoping asking".split()
)
_JOINT = re.compile(
    r"(?<=,)\s+|\s+(?=(?:and|but|so|then)\s+(?:i|we|you|he|she|they|it|my|our|the)(?:'\w+)?\s)"
    # Without punctuation a new thought opens where somebody will do something, or is asked.
    r"|\s+(?=(?:i|we|you|he|she|they|it|(?:my|our|the) \w+)(?:'ll| will)\s)"
    r"|\s+(?=(?:is there|was this|was that|do you|did you|can i|thank you|thanks|bye|goodbye)\b)",
    re.IGNORECASE,
)
_MIN_TAIL = 4  # words: ", on Thursday" belongs to what came before


def find_next_steps(text: str, config: ClosingConfig) -> tuple[NextStep, ...]:
    """The commitments in a turn of the agent, in order.

    A condition ("if it comes back, we will ..."), a question and a guarantee are none. What
    happens during the call ("I will check now") is none either.

    >>> text = "I see. I will call you on Thursday. If it breaks again, we will come."
    >>> [step.quote for step in find_next_steps(text, ClosingConfig())]
    ['I will call you on Thursday.']
    """
    text = " ".join(text.split())
    plain = text.replace("’", "'")
    result = []
    for part, before, sentence in _parts(plain):
        step = _step(part, before, sentence, config)
        if step is not None:
            at = plain.find(step.quote)
            result.append(replace(step, quote=text[at : at + len(step.quote)]))
    return tuple(result)


def _parts(text: str) -> Iterator[tuple[str, str, str]]:
    """Short clauses, each with what was said before it in the same sentence, and the sentence."""
    for sentence in sentences(text):
        if sentence.rstrip("\"' ").endswith("?"):
            continue
        pieces: list[str] = []
        for clause in clauses(sentence):
            for piece in _JOINT.split(clause):
                tail = len(piece.split()) < _MIN_TAIL and _TIME.search(piece)
                if pieces and tail and not _TIME.search(pieces[-1]):
                    pieces[-1] += f" {piece.strip()}"
                elif piece.strip():
                    pieces.append(piece.strip())
        for index, piece in enumerate(pieces):
            yield piece, " ".join(pieces[:index]), sentence


def _step(part: str, before: str, sentence: str, config: ClosingConfig) -> NextStep | None:
    if not re.search(r"\w", part):
        return None
    said = spelled_out(part)
    if heard(part, config.vague_words) or _SMALL_TALK.search(said):
        return None
    when = _when(part)
    match = _WILL.search(said)
    if match is not None:
        earlier = f"{spelled_out(before) if before else ''} {said[: match.start()]}"
        if match["no"] or _BEFORE.search(earlier):
            return None
        follow_up = match["verb"].removesuffix("ing") in config.follow_up_verbs or (
            match["verb"].removesuffix("ed") in config.follow_up_verbs
        )
        if when is None and (not follow_up or _IN_CALL.search(said)):
            return None
        if (
            match["who"] in ("it", "this", "that", "everything")
            and not follow_up
            and " be " not in said
        ):
            return None
        owner = (
            Role.CUSTOMER if match["who"] == "you" and match["verb"] not in _GETS else Role.AGENT
        )
        return NextStep(_quoted(part), owner, when)
    if when is None or _BEFORE.search(f"{spelled_out(before) if before else ''} {said}"):
        return None
    if _BOOKED.search(said):
        return NextStep(_quoted(part), Role.AGENT, when)
    for pattern, owner in (
        (_YOU_GET, Role.AGENT),
        (_THEY_DO, Role.AGENT),
        (_DOING, Role.AGENT),
        (_YOU_DO, Role.CUSTOMER),
        (_PLEASE, Role.CUSTOMER),
    ):
        match = pattern.search(said)
        if match is None or match["verb"] in _DOES_NOT_COUNT:
            continue
        if owner is Role.CUSTOMER and re.search(r"\bor\b", sentence):
            return None  # a choice that is still open
        if match["verb"] in _GETS:
            owner = Role.AGENT
        return NextStep(_quoted(part), owner, when)
    return None


def _when(part: str) -> str | None:
    """The time that belongs to what somebody will do: the first one, but none of a later clause."""
    found = _TIME.search(part)
    if found is None:
        return None
    doing = re.search(r"(?:'ll|\bwill|\bgoing to)\b", part, re.IGNORECASE)
    if doing is None:
        return found.group()
    after = _TIME.search(part, doing.end())
    if after is None:
        return found.group()
    between = spelled_out(part[doing.end() : after.start()] or "to")
    return None if re.search(r"\b(?:is|are|was|were|can)\b", between) else after.group()


def _quoted(part: str) -> str:
    return re.sub(r"^(?:and|but|so|then) ", "", part.rstrip(","), flags=re.IGNORECASE)
