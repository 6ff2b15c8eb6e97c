"""The call in three lines: what the customer came with, what was offered, what comes next.

Extractive: every line is a quote, word for word, with its turn. Nothing is rewritten, so nothing
can be made up.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from callcoach.config.language import GistConfig
from callcoach.model.language import (
    ClosingKind,
    ClosingMark,
    Concern,
    ConcernKind,
    GistLine,
    GistPart,
    ResponseKind,
    TurnActs,
    Utterance,
)
from callcoach.model.party import Role
from callcoach.text.content_words import content
from callcoach.text.phrases import spelled_out
from callcoach.text.quotes import readable, start_of, units

# A clause in which one of these was heard tells more of the matter than how it feels.
_MATTERS = frozenset(
    (
        ConcernKind.PROBLEM,
        ConcernKind.WAITING,
        ConcernKind.REPEAT_CONTACT,
        ConcernKind.DEMAND,
        ConcernKind.MANAGER_REQUEST,
    )
)
_OFFERS = {
    ResponseKind.SOLVE: 1.0,
    ResponseKind.OFFER_OPTIONS: 0.9,
    ResponseKind.OFFER_ESCALATION: 0.8,
    ResponseKind.OWN: 0.6,
    ResponseKind.PROMISE: 0.5,
}
_REQUEST = re.compile(
    r"\b(?:i (?:would like|want|need|am calling|am ringing|called|have (?:a|an|some)|am having|"
    r"lost|ordered|can not|bought|returned|got|was charged|am trying)|my \w+ (?:is|has|was|does|"
    r"will|keeps|did)|(?:can|could) (?:you|i)|how (?:do|can) i|problem|issue|trouble|"
    r"wrong|broken)\b"
)
_DOING = re.compile(
    r"\b(?:(?:i|we) (?:can|could|will|am|are|have|would like to)|let us|you (?:can|could|get)|"
    r"what i can do)\b"
)

_LIMIT = re.compile(r"\b(?:can not|could not|not able|not allowed|not possible|afraid)\b")


def find_gist(
    utterances: Sequence[Utterance],
    concerns: Sequence[Concern],
    acts: Sequence[TurnActs],
    closing: Sequence[ClosingMark],
    config: GistConfig,
) -> tuple[GistLine, ...]:
    """Tell the call in at most three quotes, in the order of :class:`GistPart`.

    A part of which nothing was said is left out. Among the sentences that may stand for a part,
    the one whose words come back most in the rest of the call is taken.
    """
    said = Counter(stem for turn in utterances for stem in set(content(turn.text)))
    by_id = {turn.id: turn for turn in utterances}
    next_step = _next_step(closing)
    found = (
        (GistPart.CONCERN, _concern(utterances, concerns, said, config)),
        (GistPart.OFFER, _offer(by_id, acts, next_step, said, config)),
        (GistPart.NEXT_STEP, None if next_step is None else (next_step.turn, next_step.quote)),
    )
    lines = []
    for part, line in found:
        if line is not None and line[0] in by_id:
            turn, quote = by_id[line[0]], readable(line[1], config.max_words)
            lines.append(GistLine(part, turn.id, quote, start_of(turn, quote)))
    return tuple(lines)


def _concern(
    utterances: Sequence[Utterance],
    concerns: Sequence[Concern],
    said: Counter[str],
    config: GistConfig,
) -> tuple[str, str] | None:
    """The sentence of the customer that says best what it is about."""
    customer = [turn for turn in utterances if turn.role is Role.CUSTOMER and turn.text.strip()]
    last = max(1, round(config.early_share * len(customer)))
    early = {turn.id: place for place, turn in enumerate(customer[:last])}
    by_turn = {concern.turn: concern for concern in concerns}
    if not any(turn in by_turn for turn in early):
        first = next((turn.id for turn in customer if turn.id in by_turn), None)
        early = early if first is None else {first: 0}
    best: tuple[float, str, str] | None = None
    for turn in customer:
        if turn.id not in early:
            continue
        concern = by_turn.get(turn.id)
        for place, unit in enumerate(units(turn.text, config.max_words)):
            if len(unit.split()) < config.min_words:
                continue
            score = _weight(unit, said)
            if concern is not None:
                score += _heard_in(unit, concern) * (1.0 if _MATTERS & set(concern.kinds) else 0.5)
            if _REQUEST.search(spelled_out(unit)):
                score += 0.5
            # The first turn that says anything is the one that says why somebody called.
            score *= 0.6 ** early[turn.id] * 0.9**place
            if best is None or score > best[0]:
                best = (score, turn.id, unit)
    return None if best is None else best[1:]


def _offer(
    by_id: dict[str, Utterance],
    acts: Sequence[TurnActs],
    next_step: ClosingMark | None,
    said: Counter[str],
    config: GistConfig,
) -> tuple[str, str] | None:
    """The sentence of the agent that offers or does most."""
    best: tuple[float, str, str] | None = None
    for act in acts:
        kinds = [_OFFERS[kind] for kind in act.kinds if kind in _OFFERS]
        if not kinds or act.turn not in by_id:
            continue
        for unit in units(by_id[act.turn].text, config.max_words):
            same_turn = next_step is not None and act.turn == next_step.turn
            # The step may be quoted without its first "So".
            taken = same_turn and next_step is not None and next_step.quote.rstrip(".,") in unit
            if len(unit.split()) < config.min_words or unit.endswith("?") or taken:
                continue
            score = max(kinds) + 0.5 * act.confidence + _weight(unit, said)
            score += any(_within(fired.quote, unit) for fired in act.fired)
            words = spelled_out(unit)
            score += bool(_DOING.search(words)) - 2.0 * bool(_LIMIT.search(words))
            if best is None or score > best[0]:
                best = (score, act.turn, unit)
    return None if best is None else best[1:]


def _next_step(closing: Iterable[ClosingMark]) -> ClosingMark | None:
    """What the last turn with commitments says first, one with a time before one without."""
    steps = [mark for mark in closing if mark.kind is ClosingKind.NEXT_STEP]
    steps = [mark for mark in steps if mark.when] or steps
    return next((mark for mark in steps if mark.turn == steps[-1].turn), None)


def _weight(unit: str, said: Counter[str]) -> float:
    """How much of the call a sentence stands for, 0..1: its words that other turns use too."""
    stems = set(content(unit))
    back = sum(min(said[stem] - 1, 2) for stem in stems)
    return back / (back + 4.0)


def _heard_in(unit: str, concern: Concern) -> bool:
    return any(_within(fired.quote, unit) for fired in concern.fired) or _within(
        concern.quote, unit
    )


def _within(part: str, whole: str) -> bool:
    part, whole = " ".join(part.split()), " ".join(whole.split())
    return bool(part) and (part in whole or whole in part)
