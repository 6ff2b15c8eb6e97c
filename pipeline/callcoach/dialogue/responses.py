"""What became of a concern: the agent's next turns, and how they answered it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from callcoach.dialogue.acts import listens
from callcoach.dialogue.clauses import clauses
from callcoach.dialogue.content import content
from callcoach.dialogue.phrases import spelled_out
from callcoach.language import Concern, Response, ResponseKind, TurnActs, Utterance
from callcoach.role import Role
from callcoach.settings.responses import ActsConfig, ResponsesConfig

if TYPE_CHECKING:
    from callcoach.dialogue.meaning import Encoder

_SOLVING = (ResponseKind.SOLVE, ResponseKind.OFFER_OPTIONS)
_QUOTED = (ResponseKind.VALIDATE, ResponseKind.PARAPHRASE, ResponseKind.ACKNOWLEDGE)
_FORMULAS = (ResponseKind.VALIDATE, ResponseKind.APOLOGISE)
_NAMED = re.compile(r"^(?:(?:(?:mr|mrs|ms|miss) \w+|sir|madam|ma'am) )")


def find_responses(
    concerns: Sequence[Concern],
    utterances: Sequence[Utterance],
    acts: Sequence[TurnActs],
    encoder: Encoder | None,
    config: ResponsesConfig,
    forms: ActsConfig,
) -> tuple[Response, ...]:
    """Follow each concern into the agent's next turns; one Response for each, in order.

    Parameters
    ----------
    concerns
        The concerns of the call.
    utterances
        Its turns, in order. Agent turns that only listen are passed over.
    acts
        The response kinds of the agent's turns.
    encoder
        For what is tailored by meaning; ``None`` leaves it to shared words.
    config, forms
        How many turns are looked at and what counts; the words of listeners.
    """
    places = {u.id: place for place, u in enumerate(utterances)}
    by_turn = {act.turn: act for act in acts}
    return tuple(
        _response(concern, places[concern.turn], utterances, by_turn, encoder, config, forms)
        for concern in concerns
    )


def normal_line(text: str) -> str:
    """A line in the form in which it is compared with others: the same words, the same line."""
    return _NAMED.sub("", spelled_out(text))


def _response(
    concern: Concern,
    place: int,
    utterances: Sequence[Utterance],
    by_turn: dict[str, TurnActs],
    encoder: Encoder | None,
    config: ResponsesConfig,
    forms: ActsConfig,
) -> Response:
    answers = [
        u for u in utterances[place + 1 :] if u.role is Role.AGENT and not listens(u.text, forms)
    ][: config.agent_turns]
    acts = [by_turn.get(u.id) for u in answers]
    heard = [(u, act) for u, act in zip(answers, acts, strict=True) if act is not None]
    answering = [(u, act) for u, act in heard if set(act.kinds) - {ResponseKind.IGNORE}]
    first = answering[0] if answering else heard[0] if heard else None
    kinds = {kind for _, act in heard for kind in act.kinds}
    if answering:
        # What a later turn takes up was not ignored for good; the turn's own kinds still say it.
        kinds.discard(ResponseKind.IGNORE)
    turn = first[0] if first else answers[0] if answers else None
    line = _line(heard, _FORMULAS)
    return Response(
        concern=concern.id,
        turn=turn.id if turn else None,
        kinds=tuple(kind for kind in ResponseKind if kind in kinds),
        latency_turns=1 + answers.index(turn) if turn else None,
        validated_before_solution=_validated_first(heard),
        quote=_quote(heard),
        tailored=_tailored(heard, place, utterances, encoder, config),
        canned=None if line is None else _canned(*line, utterances, config),
        confidence=round(min([concern.confidence, *(act.confidence for _, act in heard)]), 4),
        answers=tuple(u.id for u in answers),
    )


Heard = Sequence[tuple[Utterance, TurnActs]]


def _places(heard: Heard, kinds: Sequence[ResponseKind]) -> list[tuple[int, int]]:
    """Where kinds are heard: (which turn, which letter of it), in order."""
    return sorted(
        (at, max(said.text.find(fired.quote), 0))
        for at, (said, act) in enumerate(heard)
        for kind, fired in zip(act.kinds, act.fired, strict=True)
        if kind in kinds
    )


def _validated_first(heard: Heard) -> bool | None:
    validated = _places(heard, (ResponseKind.VALIDATE,))
    solved = _places(heard, _SOLVING)
    if not validated and not solved:
        return None
    return bool(validated) and (not solved or validated[0] <= solved[0])


def _line(heard: Heard, kinds: Sequence[ResponseKind]) -> tuple[Utterance, str] | None:
    """The first clause of one of the kinds, with the turn that it is in."""
    for said, act in heard:
        for kind, fired in zip(act.kinds, act.fired, strict=True):
            if kind in kinds:
                return said, fired.quote
    return None


def _quote(heard: Heard) -> str | None:
    line = _line(heard, _QUOTED) or _line(heard, tuple(ResponseKind))
    return line[1] if line else None


def _canned(
    said: Utterance, quote: str, utterances: Sequence[Utterance], config: ResponsesConfig
) -> bool:
    """Whether the same line came before in this call, word for word."""
    line = normal_line(quote)
    if len(line.split()) < config.canned_min_words:
        return False
    earlier = utterances[: utterances.index(said)]
    return any(f" {line} " in f" {normal_line(u.text)} " for u in earlier if u.role is Role.AGENT)


def _tailored(
    heard: Heard,
    place: int,
    utterances: Sequence[Utterance],
    encoder: Encoder | None,
    config: ResponsesConfig,
) -> bool | None:
    """Whether the validating turn speaks of this customer's matter."""
    line = _line(heard, (ResponseKind.VALIDATE,))
    if line is None:
        return None
    said, _ = line
    customer = [u for u in utterances[: place + 1] if u.role is Role.CUSTOMER]
    own = {word for u in customer for word in content(u.text)}
    if len(own & set(content(said.text))) >= config.tailored_words:
        return True
    if encoder is None:
        return False
    theirs = clauses(utterances[place].text)
    ours = clauses(said.text)
    if not theirs or not ours:
        return False
    rows = encoder.encode([*theirs, *ours])
    near = float((rows[: len(theirs)] @ rows[len(theirs) :].T).max())
    return near >= config.tailored_cosine
