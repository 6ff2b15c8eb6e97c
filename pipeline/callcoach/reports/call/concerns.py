"""What the customer voiced and what the agent did with it, side by side and in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from callcoach.model.analysis import CallAnalysis
from callcoach.model.language import Concern, Response, ResponseKind, RuleMatch, TurnActs
from callcoach.reports.call.language_words import CONCERN_WORDS, RESPONSE_WORDS, capital, sureness
from callcoach.reports.call.quotes import Quote, QuotePlaces
from callcoach.reports.facts import answers_of, reason_for, took_up, understood
from callcoach.text import formatting

_NO_ANSWER = "No answer to it was heard"

_UNHEARD = "The words of the answer are missing: listen to it"

_SOLVING = frozenset({ResponseKind.SOLVE, ResponseKind.OFFER_OPTIONS})


@dataclass(frozen=True)
class Why:
    """Why something was found: the words that were heard, and how they match a line."""

    what: str
    heard: str
    match: str


@dataclass(frozen=True)
class Answer:
    """What the agent's next two turns did with a concern.

    ``answered`` is false where nothing took it up. ``order`` says whether understanding came
    before the solution, ``notes`` what else there is to know of the words.
    """

    what: str
    answered: bool
    quote: Quote | None
    order: str
    notes: tuple[str, ...]
    sure: str
    why: tuple[Why, ...]


@dataclass(frozen=True)
class Pair:
    """A concern with its answer, ``None`` where answers were not measured."""

    quote: Quote
    what: str
    also: str
    sure: str
    why: tuple[Why, ...]
    answer: Answer | None


@dataclass(frozen=True)
class ConcernsPart:
    """All concerns in order of time; ``reason`` says why there is no list.

    ``no_answers`` says why answers were not measured, ``None`` where they were.
    """

    pairs: tuple[Pair, ...]
    summary: str
    no_answers: str | None
    reason: str | None


def concerns_part(analysis: CallAnalysis, places: QuotePlaces) -> ConcernsPart:
    """The concerns of a call with their answers."""
    if analysis.concerns is None:
        return ConcernsPart((), "", None, formatting.clean(reason_for(analysis, "concerns")))
    measured = analysis.responses is not None
    concerns = sorted(analysis.concerns, key=lambda c: (_start_s(c, places), c.id))
    answers = answers_of(analysis)
    return ConcernsPart(
        pairs=tuple(
            _pair(concern, answers.get(concern.id), measured, analysis.acts or (), places)
            for concern in concerns
        ),
        summary=_summary(concerns, answers, measured),
        no_answers=None if measured else formatting.clean(reason_for(analysis, "responses")),
        reason=None,
    )


def _summary(concerns: Sequence[Concern], answers: dict[str, Response], measured: bool) -> str:
    if not concerns:
        return "No concern of the customer was heard in this call."
    text = f"{formatting.count(len(concerns), 'moment', 'moments')} in which a concern was voiced."
    if not measured:
        return text
    heard = [concern for concern in concerns if concern.id in answers]
    if len(heard) < len(concerns):
        count = formatting.count(len(concerns) - len(heard), "answer", "answers")
        text += f" {capital(count)} could not be read: words are missing there."
    if not heard:
        return text
    met = [answers[c.id] for c in heard if understood(answers[c.id])]
    first = sum(response.validated_before_solution is True for response in met)
    open_ = sum(not took_up(answers[concern.id]) for concern in heard)
    text += f" Understanding was heard in {len(met)} of {len(heard)}"
    text += f"; in {first} of these it came before any solution." if met else "."
    if open_:
        text += f" In {open_} of {len(heard)} nothing was heard that takes the concern up."
    return text


def _start_s(concern: Concern, places: QuotePlaces) -> float:
    start_s = places.start_s(concern.turn) if concern.start_s is None else concern.start_s
    return float("inf") if start_s is None else start_s


def _pair(
    concern: Concern,
    response: Response | None,
    measured: bool,
    acts: Sequence[TurnActs],
    places: QuotePlaces,
) -> Pair:
    also = [CONCERN_WORDS[kind] for kind in concern.kinds if kind is not concern.kind]
    return Pair(
        quote=places.quote(concern.quote, concern.turn, concern.start_s),
        what=capital(CONCERN_WORDS[concern.kind]),
        also=", ".join(also),
        sure=sureness(concern.confidence),
        why=tuple(_why("", fired) for fired in concern.fired),
        answer=_answer(concern, response, acts, places) if measured else None,
    )


def _answer(
    concern: Concern, response: Response | None, acts: Sequence[TurnActs], places: QuotePlaces
) -> Answer:
    if response is None:
        return Answer(_UNHEARD, False, None, "", (), "", ())
    if response.turn is None:
        return Answer("The agent did not speak again", False, None, "", (), "", ())
    answered = took_up(response)
    if answered:
        what = capital(", ".join(RESPONSE_WORDS[kind] for kind in response.kinds))
    elif response.kinds:
        what = f"{_NO_ANSWER}: the talk went on with something else"
    else:
        what = _NO_ANSWER
    return Answer(
        what=what,
        answered=answered,
        quote=_quote(concern, response, places),
        order=_order(response) if answered else "",
        notes=_notes(response),
        sure=sureness(response.confidence) if response.kinds else "",
        why=_evidence(response, acts),
    )


def _quote(concern: Concern, response: Response, places: QuotePlaces) -> Quote | None:
    """The answer's words where they stand: what counts most may be in the second turn."""
    if response.turn is None:
        return None
    if not response.quote:
        return places.quote("", response.turn)
    turn = places.turn_of(response.quote, after=concern.turn, near=response.turn)
    return places.quote(response.quote, turn)


def _order(response: Response) -> str:
    if response.validated_before_solution is None:
        return "neither was heard"
    solved = bool(_SOLVING & set(response.kinds))
    if response.validated_before_solution:
        return "yes" if solved else "yes; no solution yet"
    return "no, the solution came first" if understood(response) else "no, a solution without it"


def _notes(response: Response) -> tuple[str, ...]:
    notes = []
    if response.latency_turns is not None and response.latency_turns > 1:
        notes.append("It came in the second turn after.")
    if response.tailored is not None:
        notes.append(
            "It takes up what this customer said."
            if response.tailored
            else "It stays general: nothing in it is about this customer's matter."
        )
    if response.canned:
        notes.append("The same line was said before in this call.")
    return tuple(notes)


def _evidence(response: Response, acts: Sequence[TurnActs]) -> tuple[Why, ...]:
    """What made each kind of an answer fire, from its turn and the agent's next one."""
    at = next((i for i, act in enumerate(acts) if act.turn == response.turn), None)
    found: dict[ResponseKind, RuleMatch] = {}
    for act in () if at is None else acts[at : at + 2]:
        for kind, fired in zip(act.kinds, act.fired, strict=False):
            found.setdefault(kind, fired)
    return tuple(
        _why(capital(RESPONSE_WORDS[kind]), found[kind]) for kind in response.kinds if kind in found
    )


def _why(what: str, fired: RuleMatch) -> Why:
    line = formatting.clean(fired.line)
    if fired.by == "words":
        match = f"has the words “{line.replace('*', '…')}”"
    elif fired.by == "meaning":
        match = f"is near in meaning to “{line}” ({formatting.number(fired.similarity, 2)} of 1)"
    else:
        match = f"by the form of the sentence: {line}"
    return Why(what, formatting.clean(fired.quote), match)
