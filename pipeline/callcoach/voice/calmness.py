"""Calmness: how close a delivery stays to the speaker's own usual one, 0 to 100.

Six parts are compared with what is usual for the speaker: how high the pitch is, how wide it
ranges, how fast it moves, the syllable rate, the level and the vocal effort. Reviews of how
emotions sound find the same few signs again and again for high arousal: higher and livelier pitch,
more level, more energy at high frequencies, faster speech (Banse & Scherer 1996; Juslin & Laukka
2003). Their weights here are equal and nothing is trained. The score describes delivery. It is no
emotion and no verdict on a person.

With ``u`` the departure in units of the part's scale, a part takes ``weight * u**2 / (1 + u**2)``
of its share away when the voice goes up, and gives the like when it goes down: small departures
cost next to nothing, one scale unit half, and no single part can cost more than its share. Wider or
narrower pitch is not the same: a flat voice is not a calm one, so a narrow range gives nothing.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from callcoach.config.voice import CalmnessConfig
from callcoach.model.unmeasured import Unmeasured
from callcoach.model.voice import Baseline, CalmnessPart, Contribution, VoiceStretch
from callcoach.voice.stretches import mean_over_speech

PART_MEASURES = {
    CalmnessPart.PITCH: "pitch_median_st",
    CalmnessPart.PITCH_SPREAD: "pitch_sd_st",
    CalmnessPart.PITCH_MOVEMENT: "pitch_movement_st_s",
    CalmnessPart.RATE: "rate_syll_s",
    CalmnessPart.LEVEL: "level_dbov",
    CalmnessPart.EFFORT: "effort_db",
}
"""The measure behind each part."""

_NO_REWARD = frozenset({CalmnessPart.PITCH_SPREAD})


@dataclass(frozen=True)
class _Rule:
    """Weight of a part, and the departure that takes half of its points (in percent for rate)."""

    weight: float
    scale: float


def with_calmness(
    stretch: VoiceStretch, usual: Sequence[Baseline], config: CalmnessConfig
) -> VoiceStretch:
    """The stretch with its calmness and contributions, or with the reason why it has none."""
    kept = tuple(item for item in stretch.unmeasured if item.measure != "calmness")
    rules = _rules(config)
    known = {item.measure: item for item in usual}
    parts = []
    for part, rule in rules.items():
        measure = PART_MEASURES[part]
        value: float | None = getattr(stretch, measure)
        short = stretch.voiced_s < config.pitch_spread_min_voiced_s
        if part is CalmnessPart.PITCH_SPREAD and short:
            continue
        if rule.weight > 0 and value is not None and measure in known:
            parts.append((part, value, known[measure].median))
    weights = sum(rules[part].weight for part, _, _ in parts)
    needed = config.min_weight * sum(rule.weight for rule in rules.values())
    if not parts or weights < needed:
        return dataclasses.replace(
            stretch,
            calmness=None,
            contributions=(),
            unmeasured=(*kept, Unmeasured("calmness", _reason(parts, usual))),
        )
    contributions = tuple(
        Contribution(
            part,
            value,
            middle,
            _points(part, value, middle, rules[part], rules[part].weight / weights, config),
        )
        for part, value, middle in parts
    )
    score = config.usual_points + sum(item.points for item in contributions)
    return dataclasses.replace(
        stretch,
        calmness=min(100.0, max(0.0, score)),
        contributions=contributions,
        unmeasured=kept,
    )


def call_calmness(
    windows: Sequence[VoiceStretch],
) -> tuple[float | None, tuple[Contribution, ...]]:
    """Calmness of a whole call, 0..100: mean over its windows, weighted by own speech.

    ``None``, and no contributions, where no window has any.

    The contributions are the means of the windows' contributions, so that they add up in the same
    way; ``value`` and ``usual`` are means over the windows in which the part was measured.
    """
    scored = [window for window in windows if window.calmness is not None]
    calmness = mean_over_speech(scored, "calmness")
    if calmness is None:
        return None, ()
    total = sum(window.speech_s for window in scored)
    result = []
    for part in CalmnessPart:
        found = [
            (item, window.speech_s)
            for window in scored
            for item in window.contributions
            if item.part is part
        ]
        weight = sum(speech_s for _, speech_s in found)
        if weight > 0:
            result.append(
                Contribution(
                    part,
                    sum(item.value * speech_s for item, speech_s in found) / weight,
                    sum(item.usual * speech_s for item, speech_s in found) / weight,
                    sum(item.points * speech_s for item, speech_s in found) / total,
                )
            )
    return calmness, tuple(result)


def departure(part: CalmnessPart, value: float, usual: float) -> float:
    """How far a value lies above the usual one: in the measure's unit, for the rate in percent.

    Pitch and its spread in st, its movement in st/s, level and effort in dB; ``usual`` of a rate
    is above 0.

    >>> departure(CalmnessPart.PITCH, 4.5, 2.0)
    2.5
    >>> round(departure(CalmnessPart.RATE, 5.5, 5.0), 1)
    10.0
    """
    return 100 * (value / usual - 1) if part is CalmnessPart.RATE else value - usual


def _points(
    part: CalmnessPart,
    value: float,
    usual: float,
    rule: _Rule,
    share: float,
    config: CalmnessConfig,
) -> float:
    units = departure(part, value, usual) / rule.scale
    reached = units**2 / (1 + units**2)
    if units >= 0:
        return -config.usual_points * share * reached
    return 0.0 if part in _NO_REWARD else (100 - config.usual_points) * share * reached


def _rules(config: CalmnessConfig) -> dict[CalmnessPart, _Rule]:
    return {
        CalmnessPart.PITCH: _Rule(config.pitch_weight, config.pitch_scale_st),
        CalmnessPart.PITCH_SPREAD: _Rule(config.pitch_spread_weight, config.pitch_spread_scale_st),
        CalmnessPart.PITCH_MOVEMENT: _Rule(
            config.pitch_movement_weight, config.pitch_movement_scale_st_s
        ),
        CalmnessPart.RATE: _Rule(config.rate_weight, config.rate_scale_percent),
        CalmnessPart.LEVEL: _Rule(config.level_weight, config.level_scale_db),
        CalmnessPart.EFFORT: _Rule(config.effort_weight, config.effort_scale_db),
    }


def _reason(parts: Sequence[object], usual: Sequence[Baseline]) -> str:
    if not usual:
        return "not enough evidence: too little of this speaker to know what is usual"
    measured = "none" if not parts else f"only {len(parts)}"
    return f"not enough evidence: {measured} of its parts could be compared with what is usual"
