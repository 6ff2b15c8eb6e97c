"""How far the recording of each party can be trusted: the one place where that is worked out.

It is stored in the analysis; scores, findings and pages read it. Coaching works it out anew by
the settings it is given, so that another ``measures.trust_...`` needs no new analysis.
"""

from __future__ import annotations

import dataclasses

from callcoach.call import CallAnalysis, Party, PartyTrust, Severity
from callcoach.settings.measures import MeasuresConfig


def with_trust(analysis: CallAnalysis, config: MeasuresConfig) -> CallAnalysis:
    """The analysis with the trust in each party's recording, by the warnings that it has now."""
    trust = tuple(
        PartyTrust(party.id, _trust_in(analysis, party, config)) for party in analysis.call.parties
    )
    return dataclasses.replace(analysis, trust=trust)


def trust_in(analysis: CallAnalysis, speaker: str | None) -> float:
    """The stored trust in a party's recording (0..1); 0 where there is no such party."""
    return next((item.trust for item in analysis.trust if item.speaker == speaker), 0.0)


def least_trust(analysis: CallAnalysis) -> float:
    """The stored trust in what needs every party (0..1)."""
    return min((item.trust for item in analysis.trust), default=0.0)


def _trust_in(analysis: CallAnalysis, party: Party, config: MeasuresConfig) -> float:
    """What the warnings leave of the trust in a party's channel; notes take nothing."""
    result = 1.0
    for warning in analysis.warnings:
        here = warning.channel is None or party.channel in (None, warning.channel)
        if warning.severity is Severity.WARNING and here:
            result *= config.trust_of(warning.code)
    return result
