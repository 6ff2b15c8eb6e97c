"""The hand-overs of what is said: utterances in, concerns, answers, paraphrases and more out.

The same rules as in :mod:`callcoach.call`: ``None`` means "not measured". Everything found quotes
the words it was found in, and names the line of the phrase book or the feature that made it fire.
All of it is a suggestion for a person to confirm.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from callcoach.role import Role
from callcoach.timeline import Span


class ConcernKind(StrEnum):
    """What a customer voices."""

    PROBLEM = "problem"  # something is broken, wrong, missing or was not done
    FEELING = "feeling"  # a feeling is named: upset, worried, fed up
    WAITING = "waiting"  # it takes or took too long
    DEMAND = "demand"  # a solution is asked for: what are you going to do about it?
    REPEAT_CONTACT = "repeat_contact"  # called, wrote or explained it before
    MANAGER_REQUEST = "manager_request"  # asks for a manager or a supervisor
    THREAT = "threat"  # will leave, cancel, complain publicly, sue
    HARSH = "harsh"  # harsh words at the agent or the company


class ResponseKind(StrEnum):
    """What an agent does with it."""

    VALIDATE = "validate"  # names the feeling or says that it is understandable
    EXPLORE = "explore"  # asks to learn more about the matter
    PARAPHRASE = "paraphrase"  # gives back what the customer said
    ACKNOWLEDGE = "acknowledge"  # takes note: I understand, I see, thank you for telling me
    APOLOGISE = "apologise"  # says sorry
    OWN = "own"  # takes responsibility: that was our mistake, I will take care of it
    SOLVE = "solve"  # gives or does the fix, the answer, the instruction
    OFFER_OPTIONS = "offer_options"  # two or more ways, or asks which one is preferred
    STATE_LIMIT = "state_limit"  # says what is not possible
    OFFER_ESCALATION = "offer_escalation"  # offers a manager or a specialist
    PROMISE = "promise"  # commits to something that will happen
    OVER_PROMISE = "over_promise"  # a promise without condition that nobody can be sure to keep
    DISMISS = "dismiss"  # plays it down, or sends the customer's feeling away: calm down
    BLAME = "blame"  # puts it on the customer: you should have
    DEFEND = "defend"  # protects oneself or the company: that is not my fault
    IGNORE = "ignore"  # a concern was voiced, and the turn goes on with something else


class ParaphraseKind(StrEnum):
    """What is given back."""

    RESTATE = "restate"
    SUMMARISE = "summarise"  # more than one turn, or frames such as "to sum up"
    REFLECT_FEELING = "reflect_feeling"
    CONFIRM_DETAIL = "confirm_detail"  # a number, name, date or address is read back


class QuestionKind(StrEnum):
    """What a question leaves to the other."""

    OPEN = "open"
    CLOSED = "closed"
    CLARIFYING = "clarifying"  # asks about what the other has just said
    REPEATED = "repeated"  # was answered before


class ClosingKind(StrEnum):
    """What belongs into the end of a call, or must be said at some point."""

    ANYTHING_ELSE = "anything_else"
    NEXT_STEP = "next_step"
    THANKS = "thanks"
    FEEDBACK = "feedback"
    PRIVACY = "privacy"  # recording or data protection; counts anywhere in the call


class GistPart(StrEnum):
    """The three lines that tell a call."""

    CONCERN = "concern"
    OFFER = "offer"
    NEXT_STEP = "next_step"


@dataclass(frozen=True)
class Utterance:
    """A turn as the language stages see it.

    ``span`` is ``None`` where a transcript has no times. ``certainty`` (0..1) is the mean
    probability of the words, ``None`` where the source gives none. ``tension`` (0..1) is what the
    customer's voice adds, ``None`` where it was not measured. ``starts`` are the seconds at which
    the words of ``text`` begin, one for each, empty where they are not known.
    """

    id: str
    role: Role
    text: str
    span: Span | None = None
    certainty: float | None = None
    tension: float | None = None
    starts: tuple[float, ...] = ()


@dataclass(frozen=True)
class UtteranceTurns:
    """The turns that are one utterance: their speaker's until the other says more than "mm-hm".

    ``id`` is that of the first of them, in order of time. ``listens`` is true where they only show
    that their speaker follows ("I see").
    """

    id: str
    turns: tuple[str, ...]
    listens: bool


@dataclass(frozen=True)
class Fired:
    """Why something was found: the line of the phrase book, and how it matched.

    ``by`` is ``words`` for a line of words, ``form`` for the shape of the clause (``similarity``
    is then 1.0), ``meaning`` for a match by sentence embedding with its cosine. ``quote`` is the
    clause of the turn that matched.
    """

    line: str
    by: str
    similarity: float
    quote: str


@dataclass(frozen=True)
class Concern:
    """A customer turn that voices one or more concerns.

    Where nobody knows who is the agent, it may be anybody's turn.
    ``kind`` is the weightiest of ``kinds``. ``strength`` (0..1) grows with the number and weight
    of what fired and with the voice's tension. ``start_s`` and ``end_s`` are the turn's, ``None``
    without times. ``confidence`` (0..1) is no probability.
    """

    id: str
    turn: str
    quote: str
    kind: ConcernKind
    kinds: tuple[ConcernKind, ...]
    strength: float
    tension: float | None
    confidence: float
    fired: tuple[Fired, ...]
    start_s: float | None = None
    end_s: float | None = None


@dataclass(frozen=True)
class TurnActs:
    """The response kinds heard in one agent turn, whether or not a concern came before it."""

    turn: str
    kinds: tuple[ResponseKind, ...]
    fired: tuple[Fired, ...]
    confidence: float


@dataclass(frozen=True)
class Response:
    """What the agent's next turns did with a concern.

    ``turn`` is the first of them that answers, ``None`` where the agent never spoke again.
    ``latency_turns`` is 1 for the next agent turn, 2 for the one after it.
    ``validated_before_solution`` is ``None`` where nothing was solved and nothing validated.
    ``tailored`` tells whether the validation uses the customer's own content, ``canned`` whether
    the same line came before in this call; ``None`` where there was nothing to judge. ``answers``
    are the agent turns that were looked at, as many as ``responses.agent_turns``.
    """

    concern: str
    turn: str | None
    kinds: tuple[ResponseKind, ...]
    latency_turns: int | None
    validated_before_solution: bool | None
    quote: str | None
    tailored: bool | None
    canned: bool | None
    confidence: float
    answers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Paraphrase:
    """An agent turn that gives back what the customer said.

    ``score`` (0..1) ranks; ``quote`` is the part that gives back, ``restated`` the customer's
    words it gives back. ``confirmed_by_customer`` is ``True`` for yes, ``False`` for a
    correction, ``None`` where the customer said neither.
    """

    turn: str
    restates_turn: str
    score: float
    kind: ParaphraseKind
    confirmed_by_customer: bool | None
    quote: str
    restated: str
    confidence: float


@dataclass(frozen=True)
class Question:
    """A question of the agent. ``repeats`` is the earlier turn that asked it, where it did.

    Where nobody knows who is the agent, it may be anybody's.
    """

    turn: str
    kind: QuestionKind
    quote: str
    repeats: str | None = None


@dataclass(frozen=True)
class ClosingMark:
    """Something said that belongs to a good end of a call.

    For a next step ``owner`` is who does it (``agent``, ``customer``) and ``when`` the words that
    say until when; ``None`` where that is not said.
    """

    kind: ClosingKind
    turn: str
    quote: str
    owner: Role | None = None
    when: str | None = None


@dataclass(frozen=True)
class GistLine:
    """One of the lines that tell what the call was about, quoted."""

    part: GistPart
    turn: str
    quote: str
    start_s: float | None = None


@dataclass(frozen=True)
class TensionPoint:
    """The customer's tension (0..1) at a turn, with what was said."""

    turn: str
    tension: float
    quote: str


@dataclass(frozen=True)
class TensionArc:
    """The customer's tension at the start, at its peak and at the end of the call.

    ``turned_by`` is the agent turn after which it fell most, ``None`` where it never fell.
    """

    start: TensionPoint
    peak: TensionPoint
    end: TensionPoint
    turned_by: str | None
    turned_by_quote: str | None


@dataclass(frozen=True)
class Language:
    """Everything that is found in the words of a call.

    ``paraphrases`` is ``None`` without a sentence model; ``arc`` is ``None`` with too few turns
    whose tension is known.
    """

    concerns: tuple[Concern, ...]
    responses: tuple[Response, ...]
    acts: tuple[TurnActs, ...]
    paraphrases: tuple[Paraphrase, ...] | None
    questions: tuple[Question, ...]
    closing: tuple[ClosingMark, ...]
    gist: tuple[GistLine, ...]
    arc: TensionArc | None


@dataclass(frozen=True)
class HeardOfEach:
    """What is found in the words of a call in which nobody knows who is the agent.

    ``concerns`` and ``questions`` are those of every person, in order; whose each is, its turn
    says. No concern has a ``tension``.
    """

    concerns: tuple[Concern, ...]
    questions: tuple[Question, ...]
