"""What the form of a clause tells: questions, instructions, what is done, promised and fails.

What is asked, done, promised or refused can be anything: "when did it stop?", "I have cancelled the
charge", "unplug the router". So these kinds are told by verbs and the order of words.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from callcoach.config.language import ActsConfig
from callcoach.dialogue.confidence import FORM
from callcoach.dialogue.phrasebook import Matcher
from callcoach.model.language import ResponseKind, RuleMatch
from callcoach.text.phrases import spelled_out

OFFERED = "can do something for the customer"

TOLD_BY_FORM = (
    ResponseKind.EXPLORE,
    ResponseKind.OWN,
    ResponseKind.SOLVE,
    ResponseKind.STATE_LIMIT,
    ResponseKind.PROMISE,
)
"""The kinds that a form can tell."""

_OPENERS = (
    "okay|right|alright|all right|well|so|and|but|now|then|first|next|yes|yeah|no|sure|good|great|"
    "sorry|please|just|also|oh|ah|if you could|you can|you could|you will need to|thank you|"
    "perfect|excellent|after that|if not|or|maybe"
)

_LEAD = rf"^ (?:(?:{_OPENERS}) )*"

_WH = r"(?:what|why|when|where|how|who|which|whose|what's|how's|how long's|where's|who's)"

_AUX = r"(?:do|does|did|is|are|was|were|have|has|had|could|can|would|will|should|am)"

_ONE = (
    r"(?:i|you|your|it|that|this|there|the|they|he|she|we|any|anyone|anybody|someone|somebody|my)"
)

# The order of words of a question: a question word and a verb, or the verb before its subject.
_ASKS = re.compile(
    _LEAD + rf"(?:(?:at|in|for|from|on|by|to|since) )?{_WH} (?:\w+ ){{0,3}}{_AUX} "
    rf"|{_LEAD}{_WH} \w+ {_ONE} |{_LEAD}{_AUX} {_ONE} "
    r"| (?:is it|are you|are they|do you|did you|did they|have you|has it|was it|does it|is there) "
)

# Told, not asked: "how it works", "what I will do is", "when you are ready".
_TOLD = re.compile(
    _LEAD
    + rf"{_WH} (?:(?!{_AUX} )\w+ )?(?:i|we|you|it|they|he|she|the|that) | {_WH} (?:do you|are you) "
    r"(?:like|ready)| (?:if|whether|what|how|why) (?:\w+ )?(?:you are|it is|there is) "
)

_REQUEST = r"^ (?:(?:okay|so|and|now|then|first|next|please|great|good|alright) )*"

_TIME = re.compile(
    r" (?:tonight|tomorrow|overnight|shortly"
    r"|this (?:morning|afternoon|evening|week|minute|second|month)|next (?:week|month|day)"
    r"|(?:by|before|on|until|at) (?:the )?(?:\w+ ){0,2}(?:monday|tuesday|wednesday|thursday|friday"
    r"|saturday|sunday|morning|afternoon|evening|night|noon|lunch|dinner|time|week|weekend|day|month"
    r"|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|half|\d+)"
    r"|(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
    r"|(?:in|within|inside) (?:\w+ ){0,3}(?:minutes?|hours?|days?|weeks?)"
    r"|as soon as|once|before you|when (?:it|he|she|they|the)|after this call|on my break) "
)


# "It won't stay connected", "the lights aren't coming on": a thing, or somebody else, does not do
# what it should. What the customer does not know, have or mind is no such thing.
_FAILS = re.compile(
    r"(?<! i)(?<! we)(?<! that)(?<! why)(?<! if)(?<! you)"
    r" (?:is|are|was|were|has|have|does|did|will|would) not "
    r"(?!sure|a problem|that bad|too bad|urgent|necessary|need|matter|mind|know|bad|it |you )\w+"
)


@dataclass(frozen=True)
class _Forms:
    """The patterns that the verbs of the settings make."""

    done: re.Pattern[str]
    offered: re.Pattern[str]
    own: re.Pattern[str]
    committed: re.Pattern[str]
    told: re.Pattern[str]
    requested: re.Pattern[str]
    shared: re.Pattern[str]
    limit: re.Pattern[str]


def told_by_form(
    clause: str, booked: Collection[ResponseKind], matcher: Matcher, config: ActsConfig
) -> Iterable[tuple[ResponseKind, RuleMatch]]:
    """The kinds that the form of a clause tells, each at most once.

    Parameters
    ----------
    clause
        What was said.
    booked
        Kinds that lines of the phrase book tell already: a question that offers options is no
        question about the matter.
    matcher
        Its ``unless`` lines cancel a form.
    config
        The verbs.
    """
    text = f" {spelled_out(clause)} "
    forms = _forms(config)

    def fired(line: str) -> RuleMatch:
        return RuleMatch(line, FORM, 1.0, clause)

    if forms.requested.search(text):
        yield ResponseKind.SOLVE, fired("asks the customer to do a step")
        return
    if is_question(clause):
        settled = {ResponseKind.OFFER_OPTIONS, ResponseKind.SOLVE} & set(booked)
        enough = len(text.split()) >= config.min_question_words
        asks = _ASKS.search(text) is not None
        if asks and not settled and enough and not matcher.cancelled("response", "explore", text):
            yield ResponseKind.EXPLORE, fired("a question about the matter")
        return
    if forms.told.search(text):
        yield ResponseKind.SOLVE, fired("tells the customer what to do")
    elif forms.done.search(text) or forms.shared.search(text):
        yield ResponseKind.SOLVE, fired("does something for the customer")
    elif forms.offered.search(text):
        yield ResponseKind.SOLVE, fired(OFFERED)
    if forms.own.search(text):
        yield ResponseKind.OWN, fired("I will, and what")
    dated = forms.committed.search(text) and _TIME.search(text)
    if dated and not matcher.cancelled("response", "promise", text):
        yield ResponseKind.PROMISE, fired("will happen, and when")
    if forms.limit.search(text) and not matcher.cancelled("response", "state_limit", text):
        yield ResponseKind.STATE_LIMIT, fired("I can not, and what")


def fails(clause: str, matcher: Matcher) -> bool:
    """Whether a customer says by the form that something does not do what it should.

    Not where a line of the book cancels it ("it is not urgent").
    """
    text = f" {spelled_out(clause)} "
    if clause.rstrip().endswith("?") or not _FAILS.search(text):
        return False
    return not matcher.cancelled("concern", "problem", text)


def is_question(clause: str) -> bool:
    """Whether a clause asks: by its mark, or by its order of words where there is no mark."""
    if clause.rstrip("\"')”’ ").endswith("?"):
        return True
    if clause.rstrip().endswith((".", "!", ",")):
        return False
    text = f" {spelled_out(clause)} "
    return _ASKS.search(text) is not None and _TOLD.search(text) is None


def asks_for_a_step(clause: str, config: ActsConfig) -> bool:
    """Whether a question asks the customer to do something: "Can you click on Start?"."""
    return _forms(config).requested.search(f" {spelled_out(clause)} ") is not None


_FORMS: dict[ActsConfig, _Forms] = {}


def _forms(config: ActsConfig) -> _Forms:
    """The patterns of a configuration, made once."""
    if config not in _FORMS:
        _FORMS[config] = _made(config)
    return _FORMS[config]


def _made(config: ActsConfig) -> _Forms:
    fix, contact = _any(config.fix_verbs), _any(config.contact_verbs)
    fixing = _any(map(_ing, config.fix_verbs))
    fixed = _any(form for verb in config.fix_verbs for form in _past(verb))
    steps = _any(config.instruction_verbs)
    asked_steps = _any(set(config.instruction_verbs) - set(config.looking_verbs))
    # A message or a transfer is no fix.
    fix += r"(?! you (?:through|on hold|over|a (?:message|text|call|ring|reminder|line|note))\b)"
    just = r"(?:(?:just|now|also|already|go ahead and|then|first|personally|gladly|happily|even) )*"
    someone = (
        r"(?:i|we|you|it|he|she|they|that|this|there|someone|somebody|the \w+|our \w+|my \w+|"
        r"(?:the|our|my|a) \w+ \w+)"
    )
    return _Forms(
        done=re.compile(
            rf" (?:i|we) (?:have|had|has) {just}{fixed} | (?:i|we) (?:am|are) {just}{fixing} "
            rf"| (?:i|we) {just}{fixed} (?:it|this|that|you|a|an) "
            rf"| (?:i|we) (?:will|shall) {just}{fix} "
            rf"| (?:i|we) (?:am|are) going to {just}{fix} | let me {just}{fix} "
            rf"| (?:first|now|so|then) i (?:will )?{fix} "
            rf"| (?:it|that|this|he|she|they|team|engineer|driver|technician|colleague) "
            rf"(?:has|have|will|can|is|was) (?:being |been |be )?(?:with you|there|{fixed}) "
        ),
        offered=re.compile(rf" (?:i|we) (?:can|could|would) {just}{fix} "),
        own=re.compile(
            rf" i (?:will|am going to) (?!now ){just}(?:{contact}|arrange|put your|bring|stay|"
            rf"{fix} (?:it|this|that|them)? ?(?:myself|personally)) "
            rf"| i am {just}{_any(map(_ing, config.contact_verbs))} "
        ),
        committed=re.compile(
            rf" {someone} (?:will|shall|am going to|is going to|are going to|should|can expect) "
            rf"(?!need to |have to |see |not )| (?:is|are) (?:coming|on (?:its|their|the) way) "
            rf"| i am {just}(?:\w+ing) "
        ),
        told=re.compile(_LEAD + rf"{steps} (?!me |us |you )"),
        requested=re.compile(
            _REQUEST + rf"(?:can|could|would|will) you {just}(?:please )?{asked_steps} "
        ),
        shared=re.compile(rf" let us {just}(?:also )?{_any(config.shared_verbs)} "),
        limit=re.compile(
            r" (?:i|we|they) (?:can not|could not|am not able to|are not able to|am unable to"
            r"|are unable to|will not be able to|would not be able to) "
            rf"(?!(?:even |really )?{_any(config.not_a_limit)} )\w+"
        ),
    )


def _any(words: Iterable[str]) -> str:
    return "(?:" + "|".join(sorted(map(re.escape, (w.replace("-", " ") for w in words)))) + ")"


_IRREGULAR = {
    "bring": "brought", "give": "given gave", "forget": "forgotten", "freeze": "frozen froze",
    "pay": "paid", "put": "put", "send": "sent", "resend": "resent", "set": "set", "reset": "reset",
    "take": "taken took", "lock": "locked", "get": "got gotten", "do": "done did", "find": "found",
    "make": "made", "tell": "told", "leave": "left", "keep": "kept",
}  # fmt: skip


def _past(verb: str) -> list[str]:
    if verb in _IRREGULAR:
        return _IRREGULAR[verb].split()
    if verb.endswith("e"):
        return [f"{verb}d"]
    if verb.endswith("y"):
        return [f"{verb[:-1]}ied"]
    doubled = f"{verb}{verb[-1]}ed"
    return [f"{verb}ed", doubled]


def _ing(verb: str) -> str:
    stem = verb[:-1] if verb.endswith("e") else verb
    return f"{stem}{'t?' if stem.endswith('t') else ''}ing"
