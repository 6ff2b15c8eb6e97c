"""Analyses that an earlier callcoach wrote: what is stored now and was not then.

Earlier versions worked these out each time that they were needed, and by the shipped settings
whatever the run's were. So they are worked out once more in that way when such a file is read; the
next run that analyses or coaches the call stores its own.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from callcoach.call import CallAnalysis, Role

if TYPE_CHECKING:
    from callcoach.config import Config


def is_older(document: Mapping[str, Any]) -> bool:
    """Whether a document is from before all that :func:`brought_up` adds was stored."""
    return "utterances" not in document


def brought_up(analysis: CallAnalysis) -> CallAnalysis:
    """The analysis with utterances, answers, talk shares, rates of interruptions and trust."""
    from callcoach.config import Config
    from callcoach.trust import with_trust
    from callcoach.understanding import utterance_turns

    config = Config()
    analysis = dataclasses.replace(analysis, utterances=utterance_turns(analysis.turns, config))
    analysis = _with_answers(_with_rates(analysis, config), config)
    return with_trust(analysis, config.measures)


def _with_rates(analysis: CallAnalysis, config: Config) -> CallAnalysis:
    from callcoach.dialogue.listening import with_rates
    from callcoach.parties import with_talk_share

    call, listening = analysis.call, analysis.listening
    parties = tuple(with_talk_share(party, call.duration_s) for party in call.parties)
    if listening is not None:
        rated = with_rates(
            listening.parties,
            analysis.turns,
            analysis.overlaps,
            call.duration_s,
            config.listening,
        )
        listening = dataclasses.replace(listening, parties=rated)
    return dataclasses.replace(
        analysis, call=dataclasses.replace(call, parties=parties), listening=listening
    )


def _with_answers(analysis: CallAnalysis, config: Config) -> CallAnalysis:
    """The answers of each response: the agent's next utterances that do more than listen."""
    if analysis.responses is None:
        return analysis
    speakers = {turn.id: turn.speaker for turn in analysis.turns}
    agents = {party.id for party in analysis.call.parties if party.role is Role.AGENT}
    utterances = analysis.utterances or ()
    places = {turn: place for place, item in enumerate(utterances) for turn in item.turns}
    voiced = {concern.id: concern.turn for concern in analysis.concerns or ()}
    responses = []
    for response in analysis.responses:
        place = places.get(voiced.get(response.concern, ""))
        after = () if place is None else utterances[place + 1 :]
        own = [u.id for u in after if speakers[u.id] in agents and not u.listens]
        answers = tuple(own[: config.responses.agent_turns])
        responses.append(dataclasses.replace(response, answers=answers))
    return dataclasses.replace(analysis, responses=tuple(responses))
