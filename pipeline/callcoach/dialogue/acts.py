"""What an agent does in a turn: the response kinds heard in it.

Most kinds are told by lines of the phrase book. Some are told by the form of a clause, because
what is asked, done, promised or refused can be anything: "when did it stop?", "I have cancelled
the charge", "unplug the router". ``Fired.line`` names the form then.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from callcoach.dialogue.clauses import clauses
from callcoach.dialogue.concerns import FORM, WORDS, confidence, together, trust
from callcoach.dialogue.phrasebook import Matcher
from callcoach.dialogue.phrases import heard, plain, spelled_out
from callcoach.language import Concern, Fired, ResponseKind, TurnActs, Utterance
from callcoach.role import Role
from callcoach.settings.concerns import ConcernsConfig
from callcoach.settings.responses import ActsConfig

# Kinds that turn to the concern in one way or another: with one of them nothing is ignored.
_ANSWERING = frozenset(ResponseKind) - {ResponseKind.APOLOGISE, ResponseKind.IGNORE}
# What a question can mean; other kinds are near to it only because they speak of the same things.
_ASKED = frozenset(
    {
        ResponseKind.EXPLORE,
        ResponseKind.OFFER_OPTIONS,
        ResponseKind.OFFER_ESCALATION,
        ResponseKind.DISMISS,
        ResponseKind.BLAME,
    }
)
_UNKIND = frozenset({ResponseKind.DISMISS, ResponseKind.BLAME, ResponseKind.DEFEND})
OFFERED = "can do something for the customer"
# Where one of the first is heard, the second by its form alone is not: "did you clean it? people
# never do" explores nothing, and two dates to choose from are not yet the fix.
_WINS = (
    (_UNKIND, ResponseKind.EXPLORE),
    ({ResponseKind.OVER_PROMISE}, ResponseKind.PROMISE),
)
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


def find_acts(
    utterances: Sequence[Utterance],
    concerns: Sequence[Concern],
    matcher: Matcher,
    config: ActsConfig,
    weighing: ConcernsConfig,
    paraphrases: Collection[str] = (),
) -> tuple[TurnActs, ...]:
    """The response kinds of all agent turns that have any, in order. See :func:`turn_acts`."""
    agents = [u for u in utterances if u.role is Role.AGENT]
    matcher.read("response", (clause for u in agents for clause in clauses(u.text)))
    found = (
        turn_acts(u, utterances[:at], concerns, matcher, config, weighing, paraphrases)
        for at, u in enumerate(utterances)
        if u.role is Role.AGENT
    )
    return tuple(acts for acts in found if acts is not None)


def turn_acts(
    utterance: Utterance,
    previous: Sequence[Utterance],
    concerns: Sequence[Concern],
    matcher: Matcher,
    config: ActsConfig,
    weighing: ConcernsConfig,
    paraphrases: Collection[str] = (),
) -> TurnActs | None:
    """The response kinds heard in one agent turn.

    Parameters
    ----------
    utterance
        The turn.
    previous
        The turns before it, in order.
    concerns
        The concerns of the call; those right before the turn tell whether it ignores one.
    matcher
        The phrase book.
    config, weighing
        Verbs, limits and confidences.
    paraphrases
        Ids of the turns that give back what the customer said; mere read-backs are not among them.

    Returns
    -------
    TurnActs or None
        ``kinds`` and ``fired`` go together, one for one, in the order of the kinds' definition.
        ``None`` where the turn only listens, or nothing was heard.
    """
    if listens(utterance, config):
        return None
    parts = clauses(utterance.text)
    heard_by: dict[ResponseKind, list[Fired]] = {}
    for part in parts:
        for kind, fired in _in_clause(part, matcher, config):
            heard_by.setdefault(kind, []).append(fired)
    if utterance.id in paraphrases:
        fired = Fired("gives back what the customer said", FORM, 1.0, utterance.text)
        heard_by.setdefault(ResponseKind.PARAPHRASE, []).append(fired)
    if ResponseKind.OFFER_OPTIONS in heard_by:
        solved = [one for one in heard_by.pop(ResponseKind.SOLVE, []) if one.line != OFFERED]
        if solved:
            heard_by[ResponseKind.SOLVE] = solved
    for stronger, weaker in _WINS:
        if heard_by.keys() & stronger:
            kept = [one for one in heard_by.pop(weaker, []) if one.by == WORDS]
            if kept and weaker is not ResponseKind.PROMISE:
                heard_by[weaker] = kept
    if not _ANSWERING & heard_by.keys():
        ignored = _ignored(utterance, parts, previous, concerns, matcher, config)
        if ignored is not None:
            heard_by[ResponseKind.IGNORE] = [ignored]
    if not heard_by:
        return None
    kinds = [kind for kind in ResponseKind if kind in heard_by]
    shares = [_confidence(heard_by[kind], kind, config, weighing) for kind in kinds]
    return TurnActs(
        turn=utterance.id,
        kinds=tuple(kinds),
        fired=tuple(heard_by[kind][0] for kind in kinds),
        # The turn is as sure as the least sure thing said about it.
        confidence=round(min(shares) * trust(utterance.certainty, weighing), 4),
    )


def listens(utterance: Utterance, config: ActsConfig) -> bool:
    """Whether a turn only shows that its speaker follows: "mm-hm", "oh no", "I see"."""
    words = plain(utterance.text).split()
    return len(words) <= config.listener_max_words and set(words) <= set(config.listener_words)


def _in_clause(
    clause: str, matcher: Matcher, config: ActsConfig
) -> Iterable[tuple[ResponseKind, Fired]]:
    """What one clause does, by the book, then by its form."""
    booked = {ResponseKind(kind): fired for kind, fired in matcher.fired("response", (clause,))}
    text = f" {spelled_out(clause)} "
    if is_question(clause) and not _forms(config).requested.search(text):
        # "Do you see the settings?" is near to an instruction, but asks.
        booked = {
            kind: fired for kind, fired in booked.items() if kind in _ASKED or fired.by == WORDS
        }
    formed = {
        kind: fired
        for kind, fired in _by_form(text, clause, booked.keys(), matcher, config)
        if _likely(kind, clause, matcher, config)
    }
    kinds = booked | {kind: fired for kind, fired in formed.items() if kind not in booked}
    if _UNKIND & kinds.keys():
        # "You should have read the terms" asks and solves nothing, whatever its form.
        kinds = {
            kind: fired
            for kind, fired in kinds.items()
            if kind in _UNKIND or (fired.by == WORDS and kind is not ResponseKind.EXPLORE)
        }
    return kinds.items()


def _likely(kind: ResponseKind, clause: str, matcher: Matcher, config: ActsConfig) -> bool:
    """Whether the meaning of a clause allows what its form says; yes where nothing can tell."""
    return matcher.shares("response", clause).get(kind, 1.0) >= config.form_consent


def _by_form(
    text: str,
    clause: str,
    booked: Collection[ResponseKind],
    matcher: Matcher,
    config: ActsConfig,
) -> Iterable[tuple[ResponseKind, Fired]]:
    forms = _forms(config)

    def fired(line: str) -> Fired:
        return Fired(line, FORM, 1.0, clause)

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


def is_question(clause: str) -> bool:
    """Whether a clause asks: by its mark, or by its order of words where there is no mark."""
    if clause.rstrip("\"')”’ ").endswith("?"):
        return True
    if clause.rstrip().endswith((".", "!", ",")):
        return False
    text = f" {spelled_out(clause)} "
    return _ASKS.search(text) is not None and _TOLD.search(text) is None


def _ignored(
    utterance: Utterance,
    parts: Sequence[str],
    previous: Sequence[Utterance],
    concerns: Sequence[Concern],
    matcher: Matcher,
    config: ActsConfig,
) -> Fired | None:
    """Tell that the concern right before goes unanswered; ``None`` where there is no such."""
    open_concern = _concern_before(previous, concerns, config)
    if open_concern is None or open_concern.strength < config.ignore_min_strength:
        return None
    if len(utterance.text.split()) < config.ignore_min_words:
        return None
    if heard(spelled_out(utterance.text), config.working_phrases):
        return None
    if any(
        share > config.ignore_max_share
        for part in parts
        for kind, share in matcher.shares("response", part).items()
        if kind in _ANSWERING
    ):
        return None
    if matcher.encoder is not None:
        texts = [open_concern.quote, *parts]
        rows = matcher.encoder.encode(texts)
        if float((rows[1:] @ rows[0]).max()) > config.ignore_max_cosine:
            return None
    return Fired("goes on with something else", FORM, 1.0, utterance.text)


def _concern_before(
    previous: Sequence[Utterance], concerns: Sequence[Concern], config: ActsConfig
) -> Concern | None:
    """The strongest concern since the agent last did more than listen."""
    by_turn = {concern.turn: concern for concern in concerns}
    found: list[Concern] = []
    for said in reversed(previous):
        if said.role is Role.AGENT and not listens(said, config):
            break
        if said.id in by_turn:
            found.append(by_turn[said.id])
    return max(found, key=lambda concern: concern.strength, default=None)


def _confidence(
    fired: Sequence[Fired], kind: ResponseKind, config: ActsConfig, weighing: ConcernsConfig
) -> float:
    if kind is ResponseKind.IGNORE:
        return config.ignore_confidence
    if kind is ResponseKind.PARAPHRASE:
        return config.paraphrase_confidence
    return together(confidence(one, weighing) for one in fired)


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
