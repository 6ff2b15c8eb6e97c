"""Coaching of a call: from a stored analysis to scores, findings and tags.

Pure and quick: nothing is heard again, so a stored analysis can be scored anew whenever the guide,
the scorecard or the categories change.
"""

from __future__ import annotations

from dataclasses import replace

from callcoach.call import CallAnalysis
from callcoach.coaching.categories import categorise
from callcoach.coaching.facts import facts_of
from callcoach.coaching.leads import find
from callcoach.coaching.measures import measured as measure
from callcoach.coaching.scorecard import scorecard_of
from callcoach.coaching.unscored import NO_AGENT, with_sure_roles
from callcoach.delivery import Unmeasured
from callcoach.role_check import why_unscored
from callcoach.settings.categories import CategoryBook
from callcoach.settings.guide import Guide
from callcoach.settings.measures import MeasuresConfig
from callcoach.settings.scorecard import ScorecardFile
from callcoach.trust import with_trust

PARTS = ("findings", "scorecard", "categories")
"""The parts of an analysis that coaching fills, beside ``trust``."""


def coach(
    analysis: CallAnalysis,
    guide: Guide,
    card: ScorecardFile,
    categories: CategoryBook | None,
    config: MeasuresConfig,
) -> CallAnalysis:
    """Fill ``scorecard``, ``findings`` and ``categories`` of an analysis, and its ``trust`` anew.

    The rest stays as it is.

    Where nobody knows who is the agent, there are no ``findings``, with that reason.

    Parameters
    ----------
    analysis
        A call; what coaching had filled before is replaced.
    guide, card
        They must fit together, see :func:`callcoach.coaching.scorecard.check_against_guide`.
    categories
        Rules that tag calls; without them ``categories`` is empty.
    config
        What counts for the measures, and what a warning leaves of the trust in a recording.

    Raises
    ------
    ConfigError
        If the guide has no words for a moment that was found.
    """
    analysis = with_trust(analysis, config)
    facts = facts_of(analysis)
    seen = with_sure_roles(analysis)
    found = measure(facts, config)
    scores = scorecard_of(facts, found, card, guide)
    known = facts.agent is not None
    why = why_unscored(analysis) or NO_AGENT
    others = tuple(item for item in analysis.unmeasured if item.measure not in PARTS)
    return replace(
        analysis,
        scorecard=scores,
        findings=find(found, scores, card, guide) if known else None,
        categories=() if categories is None else categorise(seen, categories, found),
        unmeasured=others if known else (*others, Unmeasured("findings", why)),
    )
