"""Measures of the voice: how steady it is, and what it does after tense turns.

They describe delivery, never what a person feels.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from callcoach.coaching.facts import CoachedUtterance
from callcoach.coaching.measures.measure import OPPORTUNITY, STRENGTH, MeasureContext
from callcoach.model.coaching import Evidence, Measurement
from callcoach.model.timeline import intersections, merged, total_s
from callcoach.model.voice import BaselineSource, NamedStretch, StretchKind, VoiceStretch

NO_VOICE = "the agent's voice was not measured"

_DEPARTED = (
    StretchKind.RAISED,
    StretchKind.HURRIED,
    StretchKind.PRESSED,
    StretchKind.PITCH_UP,
    StretchKind.UNSTEADY,
)


# --------------------------------------------------------------------------- gentle_voice


def calmness(sheet: MeasureContext) -> Measurement:
    """Mean calmness of the agent's voice, 0..100."""
    if missing := _lacks_voice(sheet):
        return missing
    facts = sheet.facts
    voice = facts.agent_voice
    assert voice is not None and voice.calmness is not None
    evidence = []
    steadiest = max(
        (s for s in voice.timeline if s.calmness is not None and s.turn in facts.by_turn),
        key=lambda s: (s.calmness or 0.0) * min(s.speech_s, 5.0),
        default=None,
    )
    left = departed_share(sheet).value or 0.0
    held = left < sheet.config.departed_steady and not any(
        rise is not None and rise.change >= limit for rise, limit in _openings(sheet)
    )
    if voice.calmness >= sheet.config.steady_from and steadiest is not None and held:
        said = facts.by_turn[steadiest.turn or ""]
        evidence.append(
            sheet.moment(
                STRENGTH,
                "steady_voice",
                said,
                before=before.text if (before := facts.before(said)) else None,
                value=voice.calmness,
                limit=sheet.config.steady_from,
                weight=0.5,
                confidence=_sure(sheet),
            )
        )
    return sheet.value(voice.calmness, voice.support_s, [_sure(sheet)], evidence, facts.agent_trust)


def departed_share(sheet: MeasureContext) -> Measurement:
    """Share of the agent's speech in stretches louder, faster, tighter, higher, less steady."""
    return _inside(sheet, _DEPARTED)


def flat_share(sheet: MeasureContext) -> Measurement:
    """Share of the agent's speech with hardly any movement of pitch."""
    return _inside(sheet, (StretchKind.FLAT,))


def _inside(sheet: MeasureContext, kinds: Iterable[StretchKind]) -> Measurement:
    if missing := _lacks_voice(sheet):
        return missing
    facts = sheet.facts
    voice = facts.agent_voice
    assert voice is not None
    spoken = merged(r for r in facts.analysis.activity if r.speaker == facts.agent)
    spoken_s = total_s(spoken)
    stretches = [s for s in voice.stretches if s.kind in kinds]
    inside_s = total_s(intersections(spoken, merged(stretches)))
    if spoken_s == 0:
        return sheet.missing("the agent says nothing")
    evidence = [
        _departure(sheet, s, total_s(intersections(spoken, (s.span,))) / spoken_s)
        for s in stretches
    ]
    return sheet.value(
        inside_s / spoken_s, voice.support_s, [_sure(sheet)], evidence, facts.agent_trust
    )


def _departure(sheet: MeasureContext, stretch: NamedStretch, share: float) -> Evidence:
    """A stretch, with its share of the agent's speech as the value."""
    said = sheet.facts.at(stretch, sheet.facts.agent)
    before = sheet.facts.before(said) if said else None
    return sheet.moment(
        OPPORTUNITY,
        stretch.kind.value,
        said,
        span=stretch.span,
        before=before.text if before else None,
        value=share,
        weight=0.3 + share,
        confidence=_sure(sheet),
    )


def _lacks_voice(sheet: MeasureContext) -> Measurement | None:
    if lacks := sheet.lacks(words=False):
        return lacks
    voice = sheet.facts.agent_voice
    if voice is None:
        return sheet.missing(sheet.facts.why_missing("voice"))
    if voice.calmness is None:
        reasons = {item.measure: item.reason for item in voice.unmeasured}
        return sheet.missing(reasons.get("calmness") or next(iter(reasons.values()), NO_VOICE))
    return None


def _sure(sheet: MeasureContext) -> float:
    voice = sheet.facts.agent_voice
    own = voice is not None and voice.baseline is BaselineSource.OWN_CALL
    return sheet.config.own_call_confidence if own else 1.0


# --------------------------------------------------------------------------- from the opening


@dataclass(frozen=True)
class _Rise:
    """How a measure lies after the opening, against it, and where most of it was heard."""

    change: float
    later_s: float
    top: VoiceStretch


def louder_than_opening_db(sheet: MeasureContext) -> Measurement:
    """How much louder the agent became than in the opening, in dB."""
    return _since_opening(sheet, "level_dbov", sheet.config.rose_level_db, StretchKind.RAISED)


def higher_than_opening_st(sheet: MeasureContext) -> Measurement:
    """How much higher the agent's voice became than in the opening, in semitones."""
    return _since_opening(
        sheet, "pitch_median_st", sheet.config.rose_pitch_st, StretchKind.PITCH_UP
    )


def pitch_spread_st(sheet: MeasureContext) -> Measurement:
    """Spread of pitch (SD) within the agent's turns: the median, by speech, in semitones."""
    if lacks := sheet.lacks(words=False):
        return lacks
    voice = sheet.facts.agent_voice
    known = _known(voice.timeline if voice else (), "pitch_sd_st")
    if not known:
        return sheet.missing(NO_VOICE)
    spoken_s = sum(stretch.speech_s for stretch, _ in known)
    return sheet.value(_quantile(known, 0.5), spoken_s, [1.0], (), sheet.facts.agent_trust)


def _since_opening(
    sheet: MeasureContext, measure: str, limit: float, kind: StretchKind
) -> Measurement:
    if lacks := sheet.lacks(words=False):
        return lacks
    if sheet.facts.agent_voice is None:
        return sheet.missing(sheet.facts.why_missing("voice"))
    rise = _rise_since_opening(sheet, measure)
    if rise is None:
        return sheet.missing("too little speech to compare the opening with the rest")
    facts = sheet.facts
    evidence = []
    said = facts.by_turn.get(rise.top.turn or "")
    if rise.change >= limit and said is not None:
        before = facts.before(said)
        evidence.append(
            sheet.moment(
                OPPORTUNITY,
                kind.value,
                said,
                before=before.text if before else None,
                value=rise.change,
                limit=limit,
                weight=0.4 + 0.2 * rise.change / limit,
            )
        )
    return sheet.value(max(0.0, rise.change), rise.later_s, [1.0], evidence, facts.agent_trust)


def _rise_since_opening(sheet: MeasureContext, measure: str) -> _Rise | None:
    voice = sheet.facts.agent_voice
    opening: list[VoiceStretch] = []
    later: list[VoiceStretch] = []
    for stretch in voice.timeline if voice else ():
        opened_s = sum(item.speech_s for item in opening)
        (opening if opened_s < sheet.config.opening_s else later).append(stretch)
    first, rest = _known(opening, measure), _known(later, measure)
    later_s = sum(stretch.speech_s for stretch, _ in rest)
    if not first or later_s < sheet.config.later_s:
        return None
    start = sum(s.speech_s * value for s, value in first) / sum(s.speech_s for s, _ in first)
    high = _quantile(rest, sheet.config.later_quantile)
    return _Rise(high - start, later_s, max(rest, key=lambda item: item[1])[0])


def _openings(sheet: MeasureContext) -> list[tuple[_Rise | None, float]]:
    config = sheet.config
    return [
        (_rise_since_opening(sheet, "level_dbov"), config.rose_level_db),
        (_rise_since_opening(sheet, "pitch_median_st"), config.rose_pitch_st),
    ]


def _known(timeline: Iterable[VoiceStretch], measure: str) -> list[tuple[VoiceStretch, float]]:
    values = [(stretch, getattr(stretch, measure)) for stretch in timeline]
    return [(s, value) for s, value in values if value is not None and s.speech_s > 0]


def _quantile(values: Sequence[tuple[VoiceStretch, float]], share: float) -> float:
    """The value under which at least this share of the speech lies."""
    total_s = sum(stretch.speech_s for stretch, _ in values)
    at_s = 0.0
    ordered = sorted(values, key=lambda item: item[1])
    for stretch, value in ordered:
        at_s += stretch.speech_s
        if at_s >= share * total_s:
            return value
    return ordered[-1][1]


# --------------------------------------------------------------------------- composure


def level_after_tense_db(sheet: MeasureContext) -> Measurement:
    """How much louder the agent was after tense turns, in dB."""
    return _rise(sheet, "level_dbov", sheet.config.rose_level_db)


def rate_after_tense_pct(sheet: MeasureContext) -> Measurement:
    """How much faster the agent was after tense turns, in percent."""
    return _rise(sheet, "rate_syll_s", sheet.config.rose_rate_pct)


def pitch_after_tense_st(sheet: MeasureContext) -> Measurement:
    """How much higher the agent's voice was after tense turns, in semitones."""
    return _rise(sheet, "pitch_median_st", sheet.config.rose_pitch_st)


def _rise(sheet: MeasureContext, measure: str, limit: float) -> Measurement:
    if lacks := sheet.lacks("tension", words=False):
        return lacks
    facts = sheet.facts
    if not any(t.tense for t in facts.analysis.tension or ()):
        return sheet.nothing("no tense turn of the customer was heard")
    composure = facts.composure
    if composure is None:
        return sheet.missing(facts.why_missing("composure"))
    change = next((c for c in composure.changes if c.measure == measure), None)
    if change is None:
        voice = facts.agent_voice
        reasons = {item.measure: item.reason for item in voice.unmeasured} if voice else {}
        return sheet.missing(reasons.get(measure, "too little speech to compare it"))
    rise = max(0.0, change.change)
    followed = [facts.by_turn[turn] for turn in composure.agent_turns if turn in facts.by_turn]
    rose = change.change >= limit
    evidence = []
    if followed and (rose or not _any_rose(sheet)):
        evidence.append(_told(sheet, rise, limit, rose, followed[0]))
    return sheet.value(rise, composure.after_s, [_sure(sheet)], evidence, facts.agent_trust)


def _any_rose(sheet: MeasureContext) -> bool:
    config = sheet.config
    limits = {
        "level_dbov": config.rose_level_db,
        "rate_syll_s": config.rose_rate_pct,
        "pitch_median_st": config.rose_pitch_st,
    }
    changes = sheet.facts.composure.changes if sheet.facts.composure else ()
    return any(c.change >= limits[c.measure] for c in changes if c.measure in limits)


def _told(
    sheet: MeasureContext, rise: float, limit: float, rose: bool, said: CoachedUtterance
) -> Evidence:
    before = sheet.facts.before(said)
    return sheet.moment(
        OPPORTUNITY if rose else STRENGTH,
        "voice_rose" if rose else "voice_held",
        said,
        before=before.text if before else None,
        value=rise,
        limit=limit,
        weight=min(1.0, 0.4 + 0.2 * rise / limit) if rose else 0.6,
        confidence=_sure(sheet),
    )
