"""How sure a match is, how far a recogniser's words are trusted, and probabilities as log odds."""

from __future__ import annotations

import math
from collections.abc import Iterable

from callcoach.config.language import ConcernsConfig
from callcoach.model.language import RuleMatch

_LEAST = 1e-4  # probabilities are kept this far from 0 and 1

WORDS = "words"

FORM = "form"
"""The values of ``RuleMatch.by`` for a line of words and for the form of a clause."""


def confidence(fired: RuleMatch, config: ConcernsConfig) -> float:
    """How sure one match is, 0..1: a line of words, or a meaning by its cosine."""
    if fired.by == WORDS:
        return config.words_confidence
    if fired.by == FORM:
        return config.form_confidence
    return config.meaning_confidence * fired.similarity


def noisy_or(shares: Iterable[float]) -> float:
    """The probability, 0..1, that at least one of several signs is right; to four places.

    As if each were right or wrong by itself (noisy or; Pearl 1988, section 4.3.2). 0 without signs.

    >>> noisy_or([0.5, 0.5])
    0.75
    """
    rest = 1.0
    for share in shares:
        rest *= 1 - share
    return round(1 - rest, 4)


def trust(certainty: float | None, config: ConcernsConfig) -> float:
    """Factor 0..1 for words that the recogniser was not sure of; 1 where that is unknown."""
    if certainty is None:
        return 1.0
    return min(1.0, certainty / config.sure_certainty)


def logit(share: float) -> float:
    """The log odds of a probability; 0 and 1 are taken for almost so.

    >>> round(logit(0.9), 3)
    2.197
    """
    share = min(max(share, _LEAST), 1 - _LEAST)
    return math.log(share / (1 - share))


def expit(odds: float) -> float:
    """The probability, 0..1, of these log odds: the logistic function.

    >>> expit(0.0)
    0.5
    """
    return 1 / (1 + math.exp(-odds))
