"""What customers voice: problems, feelings, waiting, demands and more, by the phrase book."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from callcoach.dialogue.clauses import clauses
from callcoach.dialogue.phrasebook import Matcher
from callcoach.dialogue.phrases import spelled_out
from callcoach.language import Concern, ConcernKind, Fired, Utterance
from callcoach.role import Role
from callcoach.settings.concerns import ConcernsConfig

WORDS = "words"
FORM = "form"

# "It won't stay connected", "the lights aren't coming on": a thing, or somebody else, does not do
# what it should. What the customer does not know, have or mind is no such thing.
_FAILS = re.compile(
    r"(?<! i)(?<! we)(?<! that)(?<! why)(?<! if)(?<! you)"
    r" (?:is|are|was|were|has|have|does|did|will|would) not "
    r"(?!sure|a problem|that bad|too bad|urgent|necessary|need|matter|mind|know|bad|it |you )\w+"
)


def find_concerns(
    utterances: Sequence[Utterance], matcher: Matcher, config: ConcernsConfig
) -> tuple[Concern, ...]:
    """Find the customer turns that voice a concern.

    Parameters
    ----------
    utterances
        The turns of a call in order; those of agents and of unknown parties are left out.
    matcher
        The phrase book.
    config
        Weights and confidences.

    Returns
    -------
    tuple of Concern
        One for each turn that voices something, in order. Its id is ``c-`` and the turn's.
    """
    said = [u for u in utterances if u.role is Role.CUSTOMER]
    parts = {id(u): clauses(u.text) for u in said}
    matcher.read("concern", (clause for own in parts.values() for clause in own))
    found = (_concern(u, parts[id(u)], matcher, config) for u in said)
    return tuple(concern for concern in found if concern is not None)


def _concern(
    said: Utterance, parts: Sequence[str], matcher: Matcher, config: ConcernsConfig
) -> Concern | None:
    heard = (*matcher.fired("concern", parts), *_failing(parts, matcher))
    if not heard:
        return None
    weights = {ConcernKind(kind): _weight(kind, config) for kind, _ in heard}
    kinds = tuple(sorted(weights, key=lambda kind: (-weights[kind], kind)))
    best = next(fired for kind, fired in heard if kind == kinds[0])
    voices = [*weights.values(), config.tension_weight * (said.tension or 0.0)]
    return Concern(
        id=f"c-{said.id}",
        turn=said.id,
        quote=best.quote,
        kind=kinds[0],
        kinds=kinds,
        strength=together(voices),
        tension=said.tension,
        # Lines of another kind say nothing about whether this one is right.
        confidence=together(confidence(fired, config) for kind, fired in heard if kind == kinds[0])
        * trust(said.certainty, config),
        fired=tuple(fired for _, fired in heard),
        start_s=said.span.start_s if said.span else None,
        end_s=said.span.end_s if said.span else None,
    )


def _failing(parts: Sequence[str], matcher: Matcher) -> Iterable[tuple[str, Fired]]:
    """Problems by the form of a clause, where no line of the book cancels them."""
    for part in parts:
        text = f" {spelled_out(part)} "
        asks = part.rstrip().endswith("?")
        if asks or not _FAILS.search(text) or matcher.cancelled("concern", "problem", text):
            continue
        yield ConcernKind.PROBLEM, Fired("something does not do what it should", FORM, 1.0, part)


def confidence(fired: Fired, config: ConcernsConfig) -> float:
    """How sure one match is, 0..1: a line of words, or a meaning by its cosine."""
    if fired.by == WORDS:
        return config.words_confidence
    if fired.by == FORM:
        return config.form_confidence
    return config.meaning_confidence * fired.similarity


def together(shares: Iterable[float]) -> float:
    """Shares of 0..1 that add up without ever passing 1, rounded to four places."""
    rest = 1.0
    for share in shares:
        rest *= 1 - share
    return round(1 - rest, 4)


def trust(certainty: float | None, config: ConcernsConfig) -> float:
    """Factor 0..1 for words that the recogniser was not sure of; 1 where that is unknown."""
    if certainty is None:
        return 1.0
    return min(1.0, certainty / config.sure_certainty)


def _weight(kind: str, config: ConcernsConfig) -> float:
    weight: float = getattr(config, f"{kind}_weight")
    return weight
