"""Who is the agent, from what is said.

Agents greet in the company's name, ask for data and offer more help; customers say why they call
and speak of what is theirs. Each phrase of a list (settings under ``roles``) is evidence of the
same strength, a greeting of several times that, and a phrase counts once for each speaker. The
confidence is the logistic function of the difference: 0.5 without evidence. The weights are a
starting point, not fitted to data.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from callcoach.call import Word
from callcoach.dialogue.phrases import heard, plain
from callcoach.settings.roles import RolesConfig


@dataclass(frozen=True)
class RoleGuess:
    """Which of two speakers is the agent.

    ``confidence`` is 0.5 (nothing says who) to 1. ``heard`` are the phrases that spoke for it, in
    the order of the settings.
    """

    agent: str
    customer: str
    confidence: float
    heard: tuple[str, ...]


def guess_roles(
    words: Sequence[Word], speakers: tuple[str, str], config: RolesConfig
) -> RoleGuess | None:
    """Find the agent among two speakers.

    Parameters
    ----------
    words
        Words of both, each speaker's in order of time.
    speakers
        Their names.
    config
        Phrases and weights.

    Returns
    -------
    RoleGuess or None
        ``None`` below the configured confidence.
    """
    texts = [
        plain(" ".join(word.text for word in words if word.speaker == name)) for name in speakers
    ]
    scores = [_score(text, config) for text in texts]
    agent = 0 if scores[0] >= scores[1] else 1
    confidence = 1 / (1 + math.exp(-config.point * abs(scores[0] - scores[1])))
    if confidence < config.min_confidence:
        return None
    spoken = heard(texts[agent], (*_openings(config), *config.agent_phrases))
    spoken += heard(texts[1 - agent], config.customer_phrases)
    return RoleGuess(speakers[agent], speakers[1 - agent], confidence, spoken)


def _score(text: str, config: RolesConfig) -> int:
    """Phrases of an agent less those of a customer, greetings counted several times."""
    opening = " ".join(text.split()[: config.opening_words])
    return (
        config.opening_points * len(heard(opening, _openings(config)))
        + len(heard(text, config.agent_phrases))
        - len(heard(text, config.customer_phrases))
    )


def _openings(config: RolesConfig) -> tuple[str, ...]:
    return (*config.agent_openings, *config.company_names)
