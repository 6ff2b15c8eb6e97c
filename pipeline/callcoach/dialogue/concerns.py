"""What customers voice: problems, feelings, waiting, demands and more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from callcoach.config.language import ConcernsConfig
from callcoach.config.turn_weights import TurnWeights
from callcoach.dialogue.confidence import FORM, confidence, noisy_or, trust
from callcoach.dialogue.phrasebook import Matcher
from callcoach.dialogue.response_forms import fails
from callcoach.dialogue.turn_classifier import (
    TurnContext,
    customer_features,
    evidence,
    probable,
    stretches,
)
from callcoach.model.language import Concern, ConcernKind, RuleMatch, Utterance
from callcoach.model.party import Role
from callcoach.text.clauses import clauses

_FAILS = "something does not do what it should"


def find_concerns(
    utterances: Sequence[Utterance],
    matcher: Matcher,
    config: ConcernsConfig,
    weights: TurnWeights,
) -> tuple[Concern, ...]:
    """Find the customer turns that voice a concern.

    With a sentence model a turn is of the kinds that all its signs together make probable; without
    one, of those whose lines or forms are heard.

    Parameters
    ----------
    utterances
        The turns of a call in order; those of agents and of unknown parties are left out.
    matcher
        The phrase book.
    config
        Weights and confidences.
    weights
        How the signs of a turn are weighed.

    Returns
    -------
    tuple of Concern
        One for each turn that voices something, in order. Its id is ``c-`` and the turn's.
    """
    scenes = [
        TurnContext(said, None, place, len(utterances))
        for place, said in enumerate(utterances)
        if said.role is Role.CUSTOMER
    ]
    matcher.read("concern", (part for scene in scenes for part in clauses(scene.said.text)))
    found = (_concern(scene, matcher, config, weights) for scene in scenes)
    return tuple(concern for concern in found if concern is not None)


def _concern(
    scene: TurnContext, matcher: Matcher, config: ConcernsConfig, weighing: TurnWeights
) -> Concern | None:
    said = scene.said
    parts = clauses(said.text)
    heard = _heard(parts, matcher)
    sure: Mapping[ConcernKind, float]
    if matcher.encoder is None:
        sure = {
            kind: noisy_or(confidence(fired, config) for fired in lines)
            for kind, lines in heard.items()
        }
    else:
        signs = (customer_features(part, matcher) for part in stretches(scene))
        by_name = probable(signs, weighing.concern)
        sure = {ConcernKind(name): share for name, share in by_name.items()}
        heard = {
            kind: heard.get(kind) or [evidence("concern", kind, parts, matcher)] for kind in sure
        }
    if not sure:
        return None
    weights = {kind: _weight(kind, config) for kind in sure}
    kinds = tuple(sorted(weights, key=lambda kind: (-weights[kind], kind)))
    voices = [*weights.values(), config.tension_weight * (said.tension or 0.0)]
    return Concern(
        id=f"c-{said.id}",
        turn=said.id,
        # The clause that is most surely a concern tells best what it is about.
        quote=heard[max(kinds, key=lambda kind: sure[kind])][0].quote,
        kind=kinds[0],
        kinds=kinds,
        strength=noisy_or(voices),
        tension=said.tension,
        # What speaks for another kind says nothing about whether this one is right.
        confidence=round(sure[kinds[0]] * trust(said.certainty, config), 4),
        fired=tuple(fired for kind in kinds for fired in heard[kind]),
        start_s=said.span.start_s if said.span else None,
        end_s=said.span.end_s if said.span else None,
    )


def _heard(parts: Sequence[str], matcher: Matcher) -> dict[ConcernKind, list[RuleMatch]]:
    """What lines, forms and examples tell about a turn clause by clause, by kind."""
    result: dict[ConcernKind, list[RuleMatch]] = {}
    for name, fired in matcher.fired("concern", parts):
        result.setdefault(ConcernKind(name), []).append(fired)
    for part in parts:
        if fails(part, matcher):
            fired = RuleMatch(_FAILS, FORM, 1.0, part)
            result.setdefault(ConcernKind.PROBLEM, []).append(fired)
    return result


def _weight(kind: str, config: ConcernsConfig) -> float:
    weight: float = getattr(config, f"{kind}_weight")
    return weight
