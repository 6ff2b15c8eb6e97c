"""Measures of the voice: how steady it is, and what it does after tense turns.

They describe delivery, never what a person feels.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from callcoach.coaching.facts import CoachedUtterance
from callcoach.coaching.measures.acts import against
from callcoach.coaching.measures.measure import OPPORTUNITY, STRENGTH, MeasureContext
from callcoach.coaching.measures.voice_moments import (
    AFTER_S,
    AFTER_TURNS,
    VoiceMoment,
    explained,
    hard_before,
    put_off,
    spoken_share,
    voice_moments,
)
from callcoach.model.coaching import Evidence, Measurement
from callcoach.model.language import ConcernKind
from callcoach.model.voice import BaselineSource, StretchKind, VoiceStretch
from callcoach.voice.departures import HEARD, LASTS_PARTS

NO_VOICE = "the agent's voice was not measured"

NO_PARTS = "the agent's turns were not compared with each other"

STEADY_FROM = 70.0
"""Calmness, in points, of an even voice: an even call comes out between 70 and 80."""

OPENING_S = 2.5
"""The agent's first turns with this much speech are the opening that later turns are compared
with: a greeting."""

LATER_S = 5.0
"""Less speech than this in tense moments or after concerns gives no comparison with the opening."""

LATER_QUANTILE = 0.75
"""The voice after the opening: a quarter of the speech was louder (or higher) still. Heat comes in
a part of a call; the mean would hide it, and one loud word is none."""

_RAISED = (StretchKind.RAISED, StretchKind.HURRIED)


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
        (
            s
            for s in voice.timeline
            if (s.calmness or 0.0) >= STEADY_FROM
            and s.turn in facts.by_turn
            and not against(sheet, facts.by_turn[s.turn or ""])
        ),
        key=lambda s: (s.calmness or 0.0) * min(s.speech_s, 5.0),
        default=None,
    )
    held = not voice_moments(sheet) and not _risen_turns(sheet)
    if voice.calmness >= STEADY_FROM and steadiest is not None and held:
        said = facts.by_turn[steadiest.turn or ""]
        evidence.append(
            sheet.moment(
                STRENGTH,
                "steady_voice",
                said,
                before=before.text if (before := facts.before(said)) else None,
                value=voice.calmness,
                limit=STEADY_FROM,
                weight=0.5,
                confidence=_sure(sheet),
            )
        )
    return sheet.value(voice.calmness, voice.support_s, [_sure(sheet)], evidence, facts.agent_trust)


def departed_share(sheet: MeasureContext) -> Measurement:
    """Share of the agent's speech that was raised or hurried in moments in which it matters."""
    return _inside(sheet, _RAISED)


def flat_share(sheet: MeasureContext) -> Measurement:
    """Share of the agent's speech with hardly any melody in moments in which it matters."""
    return _inside(sheet, (StretchKind.FLAT,))


def _inside(sheet: MeasureContext, kinds: Iterable[StretchKind]) -> Measurement:
    if missing := _lacks_voice(sheet):
        return missing
    facts = sheet.facts
    voice = facts.agent_voice
    assert voice is not None
    reasons = {item.measure: item.reason for item in voice.unmeasured}
    if "departures" in reasons:
        return sheet.missing(reasons["departures"])
    moments = tuple(m for m in voice_moments(sheet) if m.kind in kinds)
    share = spoken_share(sheet, moments)
    if share is None:
        return sheet.missing(NO_PARTS)
    evidence = [
        _departure(sheet, moment, m_share)
        for moment in moments
        if (m_share := spoken_share(sheet, (moment,))) is not None
        and not _told_of_composure(sheet, moment)
    ]
    return sheet.value(share, voice.support_s, [_sure(sheet)], evidence, facts.agent_trust)


def _departure(
    sheet: MeasureContext, moment: VoiceMoment, share: float, code: str | None = None
) -> Evidence:
    """A departure, with its share of the agent's speech as the value."""
    return sheet.moment(
        OPPORTUNITY,
        code or moment.kind.value,
        moment.said,
        span=moment.span,
        before=moment.before.text if moment.before else None,
        value=share,
        weight=0.5 + share,
        confidence=_sure(sheet),
    )


def _told_of_composure(sheet: MeasureContext, moment: VoiceMoment) -> bool:
    """Whether a moment is told in the chapter on hard moments: one moment, one finding."""
    return moment.tense and moment.kind in _RAISED and sheet.facts.composure is not None


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
    """How far a measure lies over the opening, where most of it was heard, and in which turns half
    of what people hear was."""

    change: float
    later_s: float
    top: VoiceStretch
    over: frozenset[str | None]


def louder_than_opening_db(sheet: MeasureContext) -> Measurement:
    """How much louder than in the opening the agent was where it matters, in dB."""
    return _since_opening(sheet, "level_dbov")


def higher_than_opening_st(sheet: MeasureContext) -> Measurement:
    """How much higher than in the opening the agent's voice was where it matters, in semitones."""
    return _since_opening(sheet, "pitch_median_st")


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


def _since_opening(sheet: MeasureContext, measure: str) -> Measurement:
    if lacks := sheet.lacks("tension", "concerns", words=False):
        return lacks
    if sheet.facts.agent_voice is None:
        return sheet.missing(sheet.facts.why_missing("voice"))
    if not _in_moments(sheet):
        return sheet.nothing("no tense turn and no concern of the customer was heard")
    rise = _rise_since_opening(sheet, measure)
    if rise is None:
        return sheet.missing("too little speech to compare the opening with the rest")
    evidence = []
    said = sheet.facts.by_turn.get(rise.top.turn or "")
    rose = _rose_since_opening(sheet)
    # Said once: with the level, which is what is heard first.
    if rose and said is not None and measure == "level_dbov" and not voice_moments(sheet):
        before, _ = hard_before(sheet, said)
        evidence.append(
            sheet.moment(
                OPPORTUNITY,
                StretchKind.RAISED.value,
                said,
                before=before.text if before else None,
                value=rise.change,
                limit=HEARD[measure],
                weight=0.4 + 0.2 * rise.change / HEARD[measure],
                confidence=_sure(sheet),
            )
        )
    value = max(0.0, rise.change) if rose else 0.0
    return sheet.value(value, rise.later_s, [1.0], evidence, sheet.facts.agent_trust)


def _rise_since_opening(sheet: MeasureContext, measure: str) -> _Rise | None:
    voice = sheet.facts.agent_voice
    opening: list[VoiceStretch] = []
    for stretch in voice.timeline if voice else ():
        if sum(item.speech_s for item in opening) >= OPENING_S:
            break
        opening.append(stretch)
    later = [stretch for stretch in _in_moments(sheet) if stretch not in opening]
    first, rest = _known(opening, measure), _known(later, measure)
    later_s = sum(stretch.speech_s for stretch, _ in rest)
    if not first or later_s < LATER_S:
        return None
    start = sum(s.speech_s * value for s, value in first) / sum(s.speech_s for s, _ in first)
    high = _quantile(rest, LATER_QUANTILE)
    top = max(rest, key=lambda item: item[1])[0]
    over = frozenset(s.turn for s, value in rest if value - start >= HEARD[measure] / 2)
    return _Rise(high - start, later_s, top, over)


def _in_moments(sheet: MeasureContext) -> list[VoiceStretch]:
    """The agent's turns that follow a tense turn or a concern and have no other reason."""
    facts = sheet.facts
    voice = facts.agent_voice
    return [
        stretch
        for stretch in (voice.timeline if voice else ())
        if stretch.turn in facts.by_turn
        and hard_before(sheet, stretch)[0] is not None
        and not explained(sheet, stretch)
    ]


def _risen_turns(sheet: MeasureContext) -> frozenset[str | None]:
    """The turns in which level and pitch rose together since the opening; one alone is none.

    Each by at least half of what is heard alone, in two turns or more, and both by as much as two
    that are.
    """
    level = _rise_since_opening(sheet, "level_dbov")
    pitch = _rise_since_opening(sheet, "pitch_median_st")
    if level is None or pitch is None or len(level.over & pitch.over) < LASTS_PARTS:
        return frozenset()
    steps = level.change / HEARD["level_dbov"] + pitch.change / HEARD["pitch_median_st"]
    return level.over & pitch.over if steps >= 2.0 else frozenset()


def _rose_since_opening(sheet: MeasureContext) -> bool:
    """Whether the voice rose, and words of the agent's put the customer off where it did.

    One greeting is too little of a voice to hold calm words against somebody.
    """
    risen = _risen_turns(sheet)
    return any(put_off(sheet, turn) for turn in _in_moments(sheet) if turn.turn in risen)


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


_AFTER = {"level_dbov": 3.0, "rate_syll_s": 15.0, "pitch_median_st": 1.5, "effort_db": 2.0}
"""What is heard as a change after tense turns: :data:`HEARD`, the rate in percent."""

_HARSH = frozenset({ConcernKind.HARSH, ConcernKind.THREAT})


def level_after_tense_db(sheet: MeasureContext) -> Measurement:
    """How much louder the agent was after tense turns, in dB."""
    return _rise(sheet, "level_dbov")


def rate_after_tense_pct(sheet: MeasureContext) -> Measurement:
    """How much faster the agent was after tense turns, in percent."""
    return _rise(sheet, "rate_syll_s")


def pitch_after_tense_st(sheet: MeasureContext) -> Measurement:
    """How much higher the agent's voice was after tense turns, in semitones."""
    return _rise(sheet, "pitch_median_st")


def _rise(sheet: MeasureContext, measure: str) -> Measurement:
    if lacks := sheet.lacks("tension", words=False):
        return lacks
    facts = sheet.facts
    if not any(t.tense for t in facts.analysis.tension or ()):
        return sheet.nothing("no tense turn of the customer was heard")
    composure = facts.composure
    if composure is None:
        return sheet.missing(facts.why_missing("composure"))
    changes = {change.measure: change.change for change in composure.changes}
    if measure not in changes:
        voice = facts.agent_voice
        reasons = {item.measure: item.reason for item in voice.unmeasured} if voice else {}
        return sheet.missing(reasons.get(measure, "too little speech to compare it"))
    risen = [name for name, least in _AFTER.items() if changes.get(name, 0.0) >= least]
    # A rise of one measure alone is chance, or a question; two together are heard.
    rise = max(0.0, changes[measure]) if len(risen) >= 2 else 0.0
    evidence: list[Evidence] = []
    if measure == "level_dbov":
        evidence = _rose_in(sheet) or ([] if risen else _held_in(sheet))
    return sheet.value(rise, composure.after_s, [_sure(sheet)], evidence, facts.agent_trust)


def _rose_in(sheet: MeasureContext) -> list[Evidence]:
    """Where the voice went up in tense moments."""
    return [
        _departure(sheet, moment, spoken_share(sheet, (moment,)) or 0.0, "voice_rose")
        for moment in voice_moments(sheet)
        if _told_of_composure(sheet, moment)
    ]


def _held_in(sheet: MeasureContext) -> list[Evidence]:
    """Where the voice was even after harsh words, measured in the very answer."""
    voice = sheet.facts.agent_voice
    departed = voice.departures if voice else ()
    held = []
    for hard in _harsh_turns(sheet):
        for said in sheet.facts.after(hard)[:AFTER_TURNS]:
            stretch = _even(sheet, said)
            if stretch is None or said.start_s - hard.end_s > AFTER_S:
                continue
            if against(sheet, said) or any(item.overlaps(said) for item in departed):
                break
            held.append((hard, said, stretch))
            break
    if not held or _risen_turns(sheet):
        return []
    hard, said, stretch = max(held, key=lambda item: item[2].speech_s)
    return [
        sheet.moment(
            STRENGTH,
            "voice_held",
            said,
            before=hard.text,
            value=stretch.calmness,
            limit=STEADY_FROM,
            weight=0.6,
            confidence=_sure(sheet),
        )
    ]


def _harsh_turns(sheet: MeasureContext) -> list[CoachedUtterance]:
    """The customer's turns whose words are hard; a loud voice alone may be joy."""
    facts = sheet.facts
    hard = {
        said_id
        for said_id, tension in (facts.tensions or {}).items()
        if tension.tense and tension.words > 0
    }
    hard |= {c.said.id for c in facts.concerns or () if _HARSH & set(c.concern.kinds)}
    return [said for said in facts.said if said.id in hard]


def _even(sheet: MeasureContext, said: CoachedUtterance) -> VoiceStretch | None:
    """The longest measured turn of an answer, where its voice is an even one."""
    voice = sheet.facts.agent_voice
    own = [
        stretch
        for stretch in (voice.timeline if voice else ())
        if stretch.turn in said.turns
        and stretch.calmness is not None
        and stretch.level_dbov is not None
        and stretch.pitch_median_st is not None
    ]
    longest = max(own, key=lambda stretch: stretch.speech_s, default=None)
    return longest if longest is not None and (longest.calmness or 0) >= STEADY_FROM else None
