"""Analyses that an earlier callcoach wrote: what is stored now and was not then.

Earlier versions worked these numbers out each time that they were needed, and by the shipped
settings whatever the run's were. So they are worked out once more in that way when such a file is
read; the next run that analyses the call, or coaches it, stores its own.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from callcoach.call import CallAnalysis


def without_rates(document: Mapping[str, Any]) -> bool:
    """Whether a document is from before talk shares and rates of interruptions were stored."""
    parties = document["call"].get("parties")
    return isinstance(parties, list) and any(
        isinstance(party, dict) and "talk_share" not in party for party in parties
    )


def with_rates(analysis: CallAnalysis) -> CallAnalysis:
    """The analysis with the talk shares and the rates of interruptions."""
    from callcoach.dialogue.listening import with_rates as rated
    from callcoach.parties import with_talk_share
    from callcoach.settings.listening import ListeningConfig

    call, listening = analysis.call, analysis.listening
    parties = tuple(with_talk_share(party, call.duration_s) for party in call.parties)
    if listening is not None:
        rates = rated(
            listening.parties,
            analysis.turns,
            analysis.overlaps,
            call.duration_s,
            ListeningConfig(),
        )
        listening = dataclasses.replace(listening, parties=rates)
    return dataclasses.replace(
        analysis, call=dataclasses.replace(call, parties=parties), listening=listening
    )
