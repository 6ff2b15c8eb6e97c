"""Composure: what the agent's voice does right after tense turns of the customer."""

from __future__ import annotations

from collections.abc import Sequence

from callcoach.config.voice import ComposureConfig
from callcoach.model.speech import Turn
from callcoach.model.unmeasured import Unmeasured
from callcoach.model.voice import CalmnessPart, Composure, TurnTension, VoiceChange, VoiceStretch
from callcoach.voice.calmness import PART_MEASURES, departure
from callcoach.voice.stretches import mean_over_speech, too_little


def find_composure(
    tensions: Sequence[TurnTension],
    turns: Sequence[Turn],
    timeline: Sequence[VoiceStretch],
    config: ComposureConfig,
) -> Composure | Unmeasured:
    """Compare the agent's turns after tense customer turns with the agent's other turns.

    Parameters
    ----------
    tensions
        The customer's turns with their tension.
    turns
        The agent's turns, in order of time.
    timeline
        The agent's voice measures, by turn.
    config
        How many turns count, how soon, and how much speech is needed.

    Returns
    -------
    Composure or Unmeasured
        The reason why there is nothing to compare, where there is not.
    """
    hard = [item for item in tensions if item.tense]
    if not tensions:
        return Unmeasured("composure", "no turn of the customer could be judged")
    if not hard:
        return Unmeasured("composure", "no tense turn of the customer was heard")
    followed: dict[str, None] = {}
    for item in hard:
        answers = [t for t in turns if t.start_s - item.start_s >= 0 and t.end_s > item.end_s]
        soon = [t for t in answers if t.start_s - item.end_s <= config.within_s]
        followed.update(dict.fromkeys(t.id for t in soon[: config.turns]))
    after = [s for s in timeline if s.turn in followed]
    rest = [s for s in timeline if s.turn not in followed]
    after_s, rest_s = (sum(s.speech_s for s in part) for part in (after, rest))
    if after_s < config.min_speech_s:
        what = "the agent's speech after tense turns"
        return Unmeasured("composure", too_little(what, after_s, config.min_speech_s))
    if rest_s < config.min_speech_s:
        what = "the agent's speech in the rest of the call"
        return Unmeasured("composure", too_little(what, rest_s, config.min_speech_s))
    return Composure(
        tense_turns=tuple(item.turn for item in hard),
        agent_turns=tuple(followed),
        after_s=after_s,
        rest_s=rest_s,
        changes=tuple(_changes(after, rest)),
    )


def _changes(after: Sequence[VoiceStretch], rest: Sequence[VoiceStretch]) -> list[VoiceChange]:
    result = []
    parts = {measure: part for part, measure in PART_MEASURES.items()}
    for measure in (*PART_MEASURES.values(), "calmness"):
        one, other = mean_over_speech(after, measure), mean_over_speech(rest, measure)
        if one is not None and other is not None:
            change = departure(parts.get(measure, CalmnessPart.PITCH), one, other)
            result.append(VoiceChange(measure, one, other, change))
    return result
