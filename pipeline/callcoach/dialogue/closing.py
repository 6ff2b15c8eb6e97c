"""How a call ends: anything else, the next step, thanks, feedback; and the word on privacy."""

from __future__ import annotations

from collections.abc import Sequence

from callcoach.config.language import ClosingConfig
from callcoach.dialogue.next_steps import find_next_steps
from callcoach.dialogue.phrasebook import Matcher
from callcoach.model.language import ClosingKind, ClosingMark, Utterance
from callcoach.model.party import Role
from callcoach.text.clauses import clauses


def find_closing(
    utterances: Sequence[Utterance], matcher: Matcher, config: ClosingConfig
) -> tuple[ClosingMark, ...]:
    """Find what the agent says that belongs to a good end of a call, in order.

    Privacy counts anywhere, everything else in the last part of the call. Of a kind that is
    matched by phrases a turn has one mark; of next steps it has one for each.
    """
    result: list[ClosingMark] = []
    last = closing_turns(utterances, config)
    for index, turn in enumerate(utterances):
        if turn.role is not Role.AGENT:
            continue
        heard: dict[ClosingKind, ClosingMark] = {}
        for name, fired in matcher.fired("closing", clauses(turn.text)):
            kind = ClosingKind(name)
            if index in last or kind is ClosingKind.PRIVACY:
                heard.setdefault(kind, ClosingMark(kind, turn.id, fired.quote))
        steps = find_next_steps(turn.text, config) if index in last else ()
        result += [
            ClosingMark(ClosingKind.NEXT_STEP, turn.id, step.quote, step.owner, step.when)
            for step in steps
        ]
        result += heard.values()
    return tuple(result)


def closing_turns(utterances: Sequence[Utterance], config: ClosingConfig) -> frozenset[int]:
    """The places of the agent's turns that make up the end of the call."""
    agent = [i for i, turn in enumerate(utterances) if turn.role is Role.AGENT]
    ends = _ends(utterances)
    if not ends or ends[-1] <= 0:
        return frozenset(agent[-config.min_turns :])
    limit = (1 - config.last_share) * max(ends)
    late = [i for i in agent if ends[i] >= limit]
    return frozenset([*late, *agent[-config.min_turns :]])


def _ends(utterances: Sequence[Utterance]) -> list[float]:
    """Where each turn ends: in seconds where all have times, else in words from the start."""
    spans = [turn.span for turn in utterances]
    if all(span is not None for span in spans):
        return [span.end_s for span in spans if span is not None]
    total = 0.0
    result = []
    for turn in utterances:
        total += len(turn.text.split())
        result.append(total)
    return result
