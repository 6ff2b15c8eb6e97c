"""The signs of a turn, and how probable each kind of concern or response is by them.

For each kind: how probable the best and the second clause are by the examples of the phrase book,
whether a line of words fired, whether the form tells it. Besides: whether and how much of the turn
asks, its length and its place in the call; for an agent's turn also which kinds are heard clause by
clause, what the customer voiced just before, how near the turn comes to that, and whether it gives
it back.

A logistic function for each kind adds the signs up; its weights are fitted to labelled turns
(:mod:`callcoach.config.turn_weights`). So a kind is read from the whole turn: a question beside
blame explores less, a fix that is one of two options is an option.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from callcoach.config.language import ActsConfig
from callcoach.config.turn_weights import FamilyWeights
from callcoach.dialogue.confidence import from_log_odds, log_odds
from callcoach.dialogue.paraphrase import Scored
from callcoach.dialogue.phrasebook import Matcher
from callcoach.dialogue.response_forms import TOLD_BY_FORM, fails, is_question, told_by_form
from callcoach.model.language import ConcernKind, ParaphraseKind, ResponseKind, RuleMatch, Utterance
from callcoach.text.clauses import clauses

Signs = Mapping[str, float]
"""The signs of one turn by name."""

STRETCH_WORDS = 45  # 99 of 100 labelled turns are no longer

_NO_CLAUSE = -6.0  # log odds that stand for "there is no such clause"

_NOT_GIVEN_BACK = -4.0

_OPENING_TURNS = 2


@dataclass(frozen=True)
class TurnContext:
    """A turn where it stands.

    ``before`` is the customer's turn that an agent's turn answers, ``None`` for customers and
    where the other has not just spoken; ``place`` and ``turns`` say the how manieth it is of how
    many.
    """

    said: Utterance
    before: Utterance | None
    place: int
    turns: int


def stretches(scene: TurnContext) -> tuple[TurnContext, ...]:
    """The turn in parts that are about as long as the turns which the weights are fitted to.

    In a turn of a minute some clause looks like anything; the whole clauses of at most
    ``STRETCH_WORDS`` words are judged together.
    """
    parts: list[list[str]] = []
    for clause in _parts(scene.said):
        words = len(" ".join([*parts[-1], clause]).split()) if parts else 0
        if parts and words <= STRETCH_WORDS:
            parts[-1].append(clause)
        else:
            parts.append([clause])
    if len(parts) == 1:
        return (scene,)
    said = (dataclasses.replace(scene.said, text=" ".join(own)) for own in parts)
    return tuple(dataclasses.replace(scene, said=part) for part in said)


def customer_signs(scene: TurnContext, matcher: Matcher) -> Signs:
    """The signs of a customer's turn; the matcher has a sentence model."""
    parts = _parts(scene.said)
    signs = _signs_of_kinds("concern", list(ConcernKind), parts, matcher) | _shape(scene, parts)
    signs["form.problem"] = float(any(fails(part, matcher) for part in parts))
    return signs


def agent_signs(
    scene: TurnContext,
    heard: Collection[str],
    score: Scored | None,
    matcher: Matcher,
    config: ActsConfig,
) -> Signs:
    """The signs of an agent's turn; the matcher has a sentence model.

    ``heard`` are the kinds that are heard clause by clause, ``score`` is how much the turn gives
    back by comparison of the turns, ``None`` where nothing can be compared.
    """
    parts = _parts(scene.said)
    kinds = [kind for kind in ResponseKind if kind is not ResponseKind.IGNORE]
    signs = _signs_of_kinds("response", kinds, parts, matcher) | _shape(scene, parts)
    signs |= {f"heard.{kind}": float(kind in heard) for kind in kinds}
    formed = {kind for part in parts for kind, _ in told_by_form(part, (), matcher, config)}
    signs |= {f"form.{kind}": float(kind in formed) for kind in TOLD_BY_FORM}

    before = scene.before
    voiced = matcher.all_shares("concern", clauses(before.text)) if before is not None else []
    for kind in ConcernKind:
        signs[f"before.{kind}"] = max((_odds(one, kind) for one in voiced), default=_NO_CLAUSE)
    signs["before.any"] = max(signs[f"before.{kind}"] for kind in ConcernKind)
    signs["near"] = 0.0
    if before is not None and matcher.encoder is not None:
        theirs = _parts(before)
        rows = matcher.encoder.encode([*theirs, *parts])
        signs["near"] = float((rows[len(theirs) :] @ rows[: len(theirs)].T).max())
    signs["restates"] = _NOT_GIVEN_BACK if score is None else log_odds(score.score)
    detail = score is not None and score.kind is ParaphraseKind.CONFIRM_DETAIL
    signs["reads_back"] = float(detail)
    return signs


def probable(parts: Iterable[Signs], weights: FamilyWeights) -> dict[str, float]:
    """The kinds that are probable enough in a part of a turn, with their probabilities (0..1)."""
    result: dict[str, float] = {}
    for signs in parts:
        values = [signs[name] for name in weights.signs]
        for name, kind in weights.kinds.items():
            odds = kind.offset + sum(w * v for w, v in zip(kind.weights, values, strict=True))
            share = from_log_odds(odds)
            if share >= kind.limit:
                result[name] = max(share, result.get(name, 0.0))
    return result


def evidence(family: str, kind: str, parts: Sequence[str], matcher: Matcher) -> RuleMatch:
    """The clause that speaks most for a kind, with the example that it is nearest to."""
    shares = matcher.all_shares(family, parts)
    best = max(range(len(parts)), key=lambda at: shares[at].get(kind, 0.0))
    return matcher.nearest(family, kind, parts[best])


def _parts(said: Utterance) -> Sequence[str]:
    return clauses(said.text) or (said.text,)


def _signs_of_kinds(
    family: str, kinds: Collection[str], parts: Sequence[str], matcher: Matcher
) -> dict[str, float]:
    shares = matcher.all_shares(family, parts)
    lines = matcher.by_words(family, parts)
    signs = {}
    for kind in kinds:
        odds = sorted((_odds(one, kind) for one in shares), reverse=True)
        signs[f"best.{kind}"] = odds[0]
        signs[f"second.{kind}"] = odds[1] if len(odds) > 1 else _NO_CLAUSE
        signs[f"line.{kind}"] = float(kind in lines)
    return signs


def _shape(scene: TurnContext, parts: Sequence[str]) -> dict[str, float]:
    asking = [is_question(part) for part in parts]
    return {
        "asks": float(any(asking)),
        "asks_share": sum(asking) / len(asking),
        "words": math.log(max(1, len(scene.said.text.split()))),
        "clauses": math.log(len(parts)),
        "place": scene.place / max(1, scene.turns - 1),
        "opening": float(scene.place < _OPENING_TURNS),
    }


def _odds(shares: Mapping[str, float], kind: str) -> float:
    return log_odds(shares.get(kind, 0.0))
