"""Praise that is true: no strength stands on a line that puts the customer off, or is canned.

What a measure praises may lie in a turn that does something else too: a voice may be even while the
words blame. The value of the measure stays; only the moment is not held up as praise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from callcoach.coaching.facts import CallFacts, CoachedUtterance
from callcoach.coaching.measures.acts import AGAINST
from callcoach.model.coaching import Evidence, Measurement, Verdict


def true_praise(facts: CallFacts, found: Sequence[Measurement]) -> list[Measurement]:
    """The measures of a call without strengths on lines that blame, defend, dismiss or are canned.

    Every reproach that was heard counts, however unsure: what may be one is no line to hold up.
    """
    spoilt = {said.id for said in facts.agent_said if facts.kinds(said) & set(AGAINST)}
    spoilt |= {
        concern.response.turn
        for concern in facts.concerns or ()
        if concern.response is not None and concern.response.canned and concern.response.turn
    }
    return [
        replace(item, evidence=tuple(m for m in item.evidence if _holds(facts, m, spoilt)))
        for item in found
    ]


def _holds(facts: CallFacts, moment: Evidence, spoilt: set[str]) -> bool:
    if moment.verdict is not Verdict.STRENGTH:
        return True
    return not any(said.id in spoilt for said in _turns(facts, moment))


def _turns(facts: CallFacts, moment: Evidence) -> list[CoachedUtterance]:
    """The agent's turns that a moment shows."""
    if moment.turn is not None:
        return [said for said in facts.agent_said if said.id == moment.turn]
    return [said for said in facts.agent_said if said.overlap_s(moment) > 0]
