"""Tension of a customer's turns: from the voice and from the words.

For customers only. It says where the call was hard, so that a coach can hear how the agent met it;
it is a mark on a moment, not a statement about a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from callcoach.config.voice import TensionConfig
from callcoach.model.speech import Turn
from callcoach.model.voice import CalmnessPart, TurnTension, VoiceStretch
from callcoach.text.joy import joyful
from callcoach.text.phrases import heard

VOICE_ALONE = 0.6
"""What the voice counts for where no phrase tells what it is about. Acoustics tell anger from joy
with an area under the curve of 0.6 to 0.7: a clear shout is just tense, livelier speech is not."""

_PARTS = frozenset({CalmnessPart.LEVEL, CalmnessPart.EFFORT, CalmnessPart.RATE})


def turn_tensions(
    turns: Sequence[Turn], timeline: Sequence[VoiceStretch], config: TensionConfig
) -> tuple[TurnTension, ...]:
    """Tension, 0..1, of each of a customer's turns that can be judged.

    The voice gives the points of calmness that level, effort and rate take, in units of
    ``voice_points``. Pitch is left out: it is high in friendly speech as well. Joy is as loud as
    anger: with thanks, praise or relief in the words and none of the phrases the voice says
    nothing, and without either it counts for less (``VOICE_ALONE``). Phrases give ``strong`` or
    ``mild`` each. Both are joined as independent signs,
    ``1 - (1 - voice) * (1 - words)``. A turn without words and with too little voice has no entry.

    Parameters
    ----------
    turns
        The customer's turns.
    timeline
        Their voice measures, by turn.
    config
        Phrases and limits.
    """
    stretches = {stretch.turn: stretch for stretch in timeline}
    result = []
    for turn in turns:
        stretch = stretches.get(turn.id)
        voice = None
        if stretch is not None and stretch.calmness is not None:
            taken = -sum(item.points for item in stretch.contributions if item.part in _PARTS)
            voice = min(1.0, max(0.0, taken / config.voice_points))
        if voice is None and not turn.text:
            continue
        strong = heard(turn.text, config.strong_phrases)
        mild = [p for p in heard(turn.text, config.mild_phrases) if not _within(p, strong)]
        words = 1 - (1 - config.strong) ** len(strong) * (1 - config.mild) ** len(mild)
        if voice is not None and words == 0:
            voice *= 0.0 if joyful(turn.text) else VOICE_ALONE
        tension = 1 - (1 - (voice or 0.0)) * (1 - words)
        result.append(
            TurnTension(
                start_s=turn.start_s,
                end_s=turn.end_s,
                turn=turn.id,
                tension=tension,
                tense=tension >= config.tense,
                voice=voice,
                words=words,
                phrases=(*strong, *mild),
            )
        )
    return tuple(result)


def _within(phrase: str, others: Iterable[str]) -> bool:
    return any(phrase in other for other in others)
