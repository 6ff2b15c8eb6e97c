"""Praise that is true: a strength never stands on a line that puts the customer off, or is canned.

What a measure praises may lie in a turn that does something else too: a voice may be even while
the words blame. The value of the measure stays; only the moment is not shown as praise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from callcoach.coaching.facts import CallFacts, CoachedUtterance
from callcoach.coaching.measures.acts import AGAINST
from callcoach.model.coaching import Evidence, Measurement, Verdict
from callcoach.model.party import Role

# Codes of lines that put the customer off or are canned.
_SPOILS = frozenset({"blamed", "defended", "dismissed", "countered", "said_before", "stock_line"})


def true_praise(facts: CallFacts, found: Sequence[Measurement]) -> list[Measurement]:
    """The measures of a call without strengths on lines that blame, defend, dismiss or are canned.

    What is likely enough to be named as a reproach is no praise either, and what is less sure than
    that is still no line to hold up: every reproach that was heard counts here.
    """
    off = {
        said.id
        for said in facts.said
        if said.role is Role.AGENT and facts.kinds(said) & set(AGAINST)
    }
    spoilt = [m for item in found for m in item.evidence if m.code in _SPOILS]
    bad = off | {moment.turn for moment in spoilt if moment.turn is not None}
    lines = {moment.quote for moment in spoilt if moment.quote is not None}
    return [
        replace(item, evidence=tuple(m for m in item.evidence if _holds(facts, m, bad, lines)))
        for item in found
    ]


def _holds(facts: CallFacts, moment: Evidence, bad: set[str], lines: set[str]) -> bool:
    if moment.verdict is not Verdict.STRENGTH:
        return True
    if moment.quote is not None and any(line in moment.quote for line in lines):
        return False
    return not any(said.id in bad for said in _turns(facts, moment))


def _turns(facts: CallFacts, moment: Evidence) -> list[CoachedUtterance]:
    """The agent's turns that a moment shows."""
    if moment.turn is not None:
        return [said for said in facts.agent_said if said.id == moment.turn]
    return [said for said in facts.agent_said if said.overlap_s(moment) > 0]
