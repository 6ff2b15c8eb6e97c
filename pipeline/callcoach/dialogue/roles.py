"""Who is the agent, from what is said.

Agents name their company, ask for data, look things up, say what to do and offer more help;
customers say why they call, what is theirs and what is wrong, give data and do what is asked. Each
sign (:mod:`callcoach.dialogue.role_signs`) adds a bounded amount to the log odds: its weight times
``(a - b) / (a + b + c)`` where one speaker shows it ``a`` and the other ``b`` times. ``c`` is 1,
and grows with the length of the call where the sign also comes by chance. The weights and the
confidence are fitted to labelled calls, and talk that nobody leads counts among them
(``benchmarks/role_weights.py``, docs/roles.md).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from callcoach.config.language import RolesConfig
from callcoach.config.role_signs import RoleSigns, shipped_signs
from callcoach.dialogue.role_signs import SEQUENCES, RoleSign, heard_signs
from callcoach.model.speech import Word
from callcoach.text.phrases import heard as heard_phrases
from callcoach.text.phrases import plain

OPENING_WORDS = 60
"""A company's name counts within this many first words: later both may speak of the company."""
CHANCE_WORDS = 1000
"""In about so many words of talk among friends an ordinary sign comes once by chance."""
OWN_WEIGHT = 4.0
"""Log odds of a team's own phrases and names, as those of a greeting: about 0.9 for one alone."""
FEW_SIGNS = 2
"""So many kinds of an agent's signs are needed where none of them is sure."""
UNSURE = 0.8
"""The confidence stays at this without them: below every limit that is of use."""
MOST_SURE = 0.995
"""Words are never surer than this: of labelled calls, more than one in two hundred misleads."""
CONTRADICTION = 0.95
"""From this confidence on the words contradict a given map, with signs on both sides. Of 6,000
labelled calls and parts of calls, as they are and as badly heard, none was wrong above 0.85."""
MANY_SIGNS = 4
"""So many kinds of an agent's signs are enough where the other says little that tells."""
NAMED = 0.02
"""A sign is quoted where it adds at least this much to the log odds."""

_OWN_AGENT, _OWN_CUSTOMER, _COMPANY = "own agent phrase", "own customer phrase", "company"


@dataclass(frozen=True)
class RoleGuess:
    """Which of two speakers is the agent.

    ``confidence`` is 0.5 (nothing says who) to 1. ``heard`` quotes what spoke for it, the
    weightiest first. ``plain`` is true where both show signs of their own role, or one shows many
    of an agent's.
    """

    agent: str
    customer: str
    confidence: float
    heard: tuple[str, ...]
    plain: bool = False


def guess_roles(
    words: Sequence[Word],
    speakers: tuple[str, str],
    config: RolesConfig,
    signs: RoleSigns | None = None,
) -> RoleGuess | None:
    """Find the agent among two speakers of English.

    Parameters
    ----------
    words
        Words of both, each speaker's in order of time.
    speakers
        Their names.
    config
        Own phrases and the least confidence.
    signs
        What to look for; the shipped signs otherwise.

    Returns
    -------
    RoleGuess or None
        ``None`` below the configured confidence.
    """
    return sure_enough(weigh_roles(words, speakers, config, signs), config)


def sure_enough(guess: RoleGuess | None, config: RolesConfig) -> RoleGuess | None:
    """The guess, ``None`` where its confidence is below the configured one."""
    return guess if guess is not None and guess.confidence >= config.min_confidence else None


def weigh_roles(
    words: Sequence[Word],
    speakers: tuple[str, str],
    config: RolesConfig,
    signs: RoleSigns | None = None,
) -> RoleGuess | None:
    """Like :func:`guess_roles`, however low the confidence; ``None`` where nothing tells."""
    signs = signs or shipped_signs()
    said = [(w.speaker, w.text) for w in sorted(words, key=lambda word: word.start_s)]
    sides = heard_signs(said, speakers, signs)
    own = _own(said, speakers, config)
    parts = _parts(sides, signs) | _values(own, _OWN_SIDES, _OWN_WEIGHTS)
    odds = sum(parts.values())
    if not any(parts.values()):
        return None
    agent = 0 if odds >= 0 else 1
    toward = 1.0 if odds >= 0 else -1.0
    habits = _habits(signs)
    shown = (name for name in parts if toward * parts[name] >= NAMED and name not in habits)
    spoken = sorted(shown, key=lambda name: (-abs(parts[name]), name))
    of_agent = [name for name in spoken if _side(name, signs) > 0]
    clear = {*_OWN_SIDES, *(name for name, sign in signs.agent.items() if sign.sure)}
    sure = not clear.isdisjoint(of_agent)
    confidence = min(1 / (1 + math.exp(-abs(odds))), MOST_SURE)
    if not sure and len(of_agent) < FEW_SIGNS:
        confidence = min(confidence, UNSURE)
    quotes = []
    for name in spoken:
        who = agent if _side(name, signs) > 0 else 1 - agent
        quote = own[who].quotes.get(name) or sides[who].quotes.get(name)
        if quote is not None and quote not in quotes:
            quotes.append(quote)
    return RoleGuess(
        speakers[agent],
        speakers[1 - agent],
        confidence,
        tuple(quotes),
        plain=len(of_agent) >= MANY_SIGNS
        or (len(of_agent) >= FEW_SIGNS and len(spoken) > len(of_agent)),
    )


def contradicts(guess: RoleGuess | None, agent: str) -> bool:
    """Whether the words say surely that somebody else than ``agent`` is the agent."""
    if guess is None or guess.agent == agent:
        return False
    return guess.plain and guess.confidence >= CONTRADICTION


def sign_values(sides: tuple[RoleSign, RoleSign], signs: RoleSigns) -> dict[str, float]:
    """How much each sign speaks for the first speaker's being the agent, -1 to 1."""
    sure = {name: 1.0 for name, sign in signs.agent.items() if sign.sure}
    other = {name: 1.0 for name in (*signs.agent, *SEQUENCES) if name not in sure}
    other |= dict.fromkeys(signs.customer, -1.0)
    chance = sum(side.words for side in sides) / CHANCE_WORDS
    return _values(sides, sure, {}) | _values(sides, other, {}, chance)


def _parts(sides: tuple[RoleSign, RoleSign], signs: RoleSigns) -> dict[str, float]:
    """What each sign adds to the log odds of the first speaker's being the agent."""
    return {
        name: signs.weights.get(name, 0.0) * value
        for name, value in sign_values(sides, signs).items()
    }


_OWN_SIDES = {_OWN_AGENT: 1.0, _COMPANY: 1.0, _OWN_CUSTOMER: -1.0}
_OWN_WEIGHTS = dict.fromkeys(_OWN_SIDES, OWN_WEIGHT)


def _values(
    sides: tuple[RoleSign, RoleSign],
    names: Mapping[str, float],
    weights: Mapping[str, float],
    chance: float = 0.0,
) -> dict[str, float]:
    result = {}
    for name, toward in names.items():
        first, second = (side.times.get(name, 0) for side in sides)
        value = toward * (first - second) / (first + second + 1 + chance)
        result[name] = weights.get(name, 1.0) * value
    return result


def _own(
    said: Sequence[tuple[str, str]], speakers: tuple[str, str], config: RolesConfig
) -> tuple[RoleSign, RoleSign]:
    """A team's own phrases and its company's names."""

    def of(speaker: str) -> RoleSign:
        text = plain(" ".join(word for name, word in said if name == speaker))
        opening = " ".join(text.split()[:OPENING_WORDS])
        found = {
            _OWN_AGENT: heard_phrases(text, config.agent_phrases),
            _OWN_CUSTOMER: heard_phrases(text, config.customer_phrases),
            _COMPANY: heard_phrases(opening, config.company_names),
        }
        return RoleSign(
            {name: len(phrases) for name, phrases in found.items()},
            {name: phrases[0] for name, phrases in found.items() if phrases},
        )

    return of(speakers[0]), of(speakers[1])


def _habits(signs: RoleSigns) -> frozenset[str]:
    both = (*signs.agent.items(), *signs.customer.items())
    return frozenset(name for name, sign in both if sign.habit)


def _side(name: str, signs: RoleSigns) -> float:
    """1 for what agents show, -1 for what customers show."""
    if name in _OWN_SIDES:
        return _OWN_SIDES[name]
    return -1.0 if name in signs.customer else 1.0
