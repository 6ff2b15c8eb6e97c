"""Calmness in words: what it is made of, and what it is compared with."""

from __future__ import annotations

from dataclasses import dataclass

from callcoach.model.analysis import CallAnalysis
from callcoach.model.voice import BaselineSource, CalmnessPart, Contribution, VoiceMeasures
from callcoach.reports import labels
from callcoach.reports.facts import NO_REASON, parties_of, voice_of, voice_reason
from callcoach.text import formatting
from callcoach.voice.calmness import PART_MEASURES, departure

# Name, unit, decimals, and the words for a departure upwards and downwards.
_PARTS = {
    CalmnessPart.PITCH: ("Pitch", "st", 1, "above own usual", "below own usual"),
    CalmnessPart.PITCH_SPREAD: (
        "Pitch spread", "st", 1, "wider than own usual", "narrower than own usual",
    ),
    CalmnessPart.PITCH_MOVEMENT: (
        "Pitch movement", "st/s", 1, "faster than own usual", "slower than own usual",
    ),
    CalmnessPart.RATE: ("Rate", "%", 0, "faster than own usual", "slower than own usual"),
    CalmnessPart.LEVEL: ("Level", "dB", 1, "louder than own usual", "softer than own usual"),
    CalmnessPart.EFFORT: (
        "Effort", "dB", 1, "more pressed than own usual", "less pressed than own usual",
    ),
}  # fmt: skip

_LEAST_BAR = 5.0  # points that a full half of a bar stands for at least


@dataclass(frozen=True)
class PartLine:
    """One part: what it was, and the points it gives or takes.

    ``x`` and ``width`` place its bar, in percent; the middle, 50, is no points at all. All bars of
    a call have the same scale.
    """

    what: str
    points: str
    x: float
    width: float


@dataclass(frozen=True)
class CalmnessBlock:
    """One party's calmness; ``value`` is ``None`` where ``reason`` says why."""

    party: str
    tone: str
    value: str | None
    reason: str | None
    usual: str
    compared: str
    parts: tuple[PartLine, ...]
    left_out: str


def calmness_blocks(analysis: CallAnalysis) -> tuple[CalmnessBlock, ...]:
    """A block for each party whose voice was looked at, the agent's first."""
    parties = parties_of(analysis)
    points = (abs(item.points) for voice in analysis.voice for item in voice.contributions)
    most = max(_LEAST_BAR, max(points, default=0.0))
    result = []
    for party, tone in zip(parties, labels.tones(len(parties)), strict=True):
        voice = voice_of(analysis, party.id)
        if voice is not None:
            result.append(_block(labels.party_name(party), tone, voice, most))
    return tuple(result)


def compared_with(voice: VoiceMeasures) -> str | None:
    """What a voice is compared with, such as ``the rest of this call``; ``None``: with nothing."""
    if voice.baseline is None:
        return None
    counts = [item.count for item in voice.usual if item.source is voice.baseline]
    many = max(counts, default=0)
    if voice.baseline is BaselineSource.EARLIER_CALLS:
        return formatting.count(many, "earlier call", "earlier calls") + " of this agent"
    if voice.baseline is BaselineSource.OTHER_CLIPS:
        return formatting.count(many, "other clip", "other clips") + " of this speaker"
    return "the rest of this call"


def part_line(item: Contribution, most: float, own_call: bool) -> PartLine:
    """One part in words, such as ``Pitch 3.1 st above own usual``.

    ``most`` is how many points fill half of its bar. Against the call itself (``own_call``) the
    mean always lies near the usual value: what takes the points are ups and downs.
    """
    name, unit, digits, more, less = _PARTS[item.part]
    change = departure(item.part, item.value, item.usual)
    size = formatting.number(abs(change), digits)
    if item.points < 0 and (own_call or change <= 0):
        mean = formatting.signed(change, digits)
        what = f"{name}: ups and downs, {mean}{formatting.NBSP}{unit} on average"
    elif float(size) == 0:
        what = f"{name} as usual"
    else:
        what = f"{name} {size}{formatting.NBSP}{unit} {more if change > 0 else less}"
    width = 50 * min(1.0, abs(item.points) / most)
    return PartLine(
        what=what,
        points=f"{formatting.signed(item.points, 1)}{formatting.NBSP}points",
        x=round(50 - width if item.points < 0 else 50.0, 2),
        width=round(width, 2),
    )


def _block(party: str, tone: str, voice: VoiceMeasures, most: float) -> CalmnessBlock:
    if voice.calmness is None:
        reason = formatting.clean(voice_reason(voice.unmeasured, "calmness") or NO_REASON)
        return CalmnessBlock(party, tone, None, reason, "", "", (), "")
    # What the parts add up from, whatever the settings of that run were.
    usual = voice.calmness - sum(item.points for item in voice.contributions)
    compared = f"Compared with {compared_with(voice) or 'nothing'}."
    if voice.baseline is not None and voice.baseline is not BaselineSource.OWN_CALL:
        compared += " The level is compared within this call only: lines and microphones differ."
    counted = {item.part for item in voice.contributions}
    missing = [_PARTS[part][0].lower() for part in CalmnessPart if part not in counted]
    return CalmnessBlock(
        party=party,
        tone=tone,
        value=formatting.number(voice.calmness, 0),
        reason=None,
        usual=formatting.number(usual, 0),
        compared=compared,
        parts=tuple(
            part_line(item, most, _is_own_call(voice, item.part))
            for item in sorted(voice.contributions, key=lambda c: (c.points, c.part))
        ),
        left_out=f"Not counted here: {', '.join(missing)}." if missing else "",
    )


def _is_own_call(voice: VoiceMeasures, part: CalmnessPart) -> bool:
    """Whether a part was compared with this call, which the level always is."""
    usual = voice.usual_of(PART_MEASURES[part])
    return usual is None or usual.source is BaselineSource.OWN_CALL
