"""Geometry of the pictures of how a voice went over the call.

Each party has three curves over the whole call, pitch, level and rate, each over the band that is
usual for the speaker, with the named stretches on the curve they belong to. Places are percent of
the plot, ``x`` from the left and ``y`` from the top; the template draws them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from callcoach.model.analysis import CallAnalysis
from callcoach.model.party import Party
from callcoach.model.timeline import Span
from callcoach.model.voice import StretchKind, VoiceMeasures, VoiceStretch
from callcoach.reports import labels
from callcoach.reports.axis import AxisTick, bar, percent, settled, time_step, time_ticks
from callcoach.reports.call.stretches import NumberedStretch, numbered_stretches, stretch_value
from callcoach.reports.facts import NO_REASON, parties_of, tense_turns, voice_of, voice_reason
from callcoach.text import formatting

_VALUE_STEPS = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0)

_MOST_VALUE_TICKS = 5

_MARGIN = 0.08  # of the scale, kept free above and below

_THINNEST = 0.3  # percent; thinner blocks vanish on a phone

_LABEL = 8.0  # percent that the label of a mark needs on a phone

_MOST_LEVELS = 5  # lines of marks; in a crowded call the rest have no label

_JOIN_S = 0.01  # windows this close follow on each other


@dataclass(frozen=True)
class Axis:
    """How one measure of a window is drawn.

    ``least`` is the smallest height of the scale, in the measure's unit: without it a steady voice
    would look wild.
    """

    measure: str
    name: str
    more: str
    less: str
    least: float
    kinds: tuple[StretchKind, ...]


AXES = (
    Axis(
        "pitch_median_st",
        "Pitch",
        "higher",
        "lower",
        8.0,
        (StretchKind.PITCH_UP, StretchKind.UNSTEADY, StretchKind.FLAT),
    ),
    Axis("level_dbov", "Level", "louder", "softer", 16.0, (StretchKind.RAISED,)),
    Axis("rate_syll_s", "Rate", "faster", "slower", 3.0, (StretchKind.HURRIED, StretchKind.SLOW)),
)

PRESSED = (StretchKind.PRESSED,)
"""Kinds on the line of their own under the curves: effort has no curve."""


@dataclass(frozen=True)
class PanelPoint:
    """A place on a plot, in percent."""

    x: float
    y: float


@dataclass(frozen=True)
class Band:
    """The usual band: its upper edge, height and middle, in percent of the plot."""

    y: float
    height: float
    middle: float


@dataclass(frozen=True)
class StretchMark:
    """A named stretch over a plot; ``level`` is its line, 0 nearest to the plot.

    ``edge`` where the label ends with the mark, ``sign`` is empty where it has no room.
    """

    sign: str
    x: float
    width: float
    level: int
    edge: bool
    title: str


@dataclass(frozen=True)
class TenseBlock:
    """A customer's turn: its height shows its tension, ``tense`` whether it counts as tense."""

    x: float
    width: float
    height: float
    tense: bool
    title: str


@dataclass(frozen=True)
class Curve:
    """One measure over the call. ``runs`` are the stretches of line without a gap.

    ``reason`` says why there is no line at all. ``levels`` is the number of lines of marks.
    """

    axis: Axis
    unit: str
    runs: tuple[tuple[PanelPoint, ...], ...]
    band: Band | None
    ticks: tuple[AxisTick, ...]
    marks: tuple[StretchMark, ...]
    levels: int
    usual: str
    label: str
    reason: str | None


@dataclass(frozen=True)
class VoicePanel:
    """One party's picture; ``pressed`` are the marks under the curves.

    ``drawn`` is false where nothing could be measured, so that there is no curve at all.
    """

    party: str
    tone: str
    drawn: bool
    curves: tuple[Curve, ...]
    pressed: tuple[StretchMark, ...]
    pressed_levels: int
    pressed_label: str
    tense: tuple[TenseBlock, ...]
    tense_label: str
    ticks: tuple[AxisTick, ...]


@dataclass(frozen=True)
class _Scale:
    """The values at the upper and the lower edge of a plot."""

    top: float
    bottom: float

    def y(self, value: float) -> float:
        return settled(100 * (self.top - value) / (self.top - self.bottom))


def voice_panels(analysis: CallAnalysis) -> tuple[VoicePanel, ...]:
    """A panel for each party whose voice was looked at, the agent's first."""
    parties = parties_of(analysis)
    window = Span(0.0, max(analysis.call.duration_s, 1.0))
    blocks = tense_blocks(analysis, window)
    tense_label = tension_label(analysis)
    stretches = numbered_stretches(analysis)
    result = []
    for party, tone in zip(parties, labels.tones(len(parties)), strict=True):
        voice = voice_of(analysis, party.id)
        if voice is None:
            continue
        own = [item for item in stretches if item.speaker == party.id]
        curves = tuple(_curve(party, voice, axis, own, window) for axis in AXES)
        pressed, levels = _marks(own, PRESSED, window)
        name = labels.party_name(party)
        result.append(
            VoicePanel(
                party=name,
                tone=tone,
                drawn=any(curve.runs for curve in curves),
                curves=curves,
                pressed=pressed,
                pressed_levels=levels,
                pressed_label=f"{name}, vocal effort. {' '.join(m.title for m in pressed)}".strip(),
                tense=blocks,
                tense_label=tense_label,
                ticks=time_ticks(window, time_step(window.end_s)),
            )
        )
    return tuple(result)


def _curve(
    party: Party,
    voice: VoiceMeasures,
    axis: Axis,
    stretches: Sequence[NumberedStretch],
    window: Span,
) -> Curve:
    usual = voice.usual_of(axis.measure)
    measured = [(w, value) for w in voice.windows if (value := _value(w, axis)) is not None]
    marks, levels = _marks(stretches, axis.kinds, window)
    unit = labels.measured(axis.measure, 0.0).split(formatting.NBSP)[-1]
    name = f"{labels.party_name(party)}, {axis.name.lower()}"
    if not measured:
        reason = "no part of the call has enough speech"
        if getattr(voice, axis.measure) is None:
            reason = formatting.clean(voice_reason(voice.unmeasured, axis.measure) or NO_REASON)
        label = f"{name}: not measured, {reason}"
        return Curve(axis, unit, (), None, (), marks, levels, "", label, reason)
    values = [value for _, value in measured]
    if usual is None:
        scale, band = _scale(values, axis.least), None
        words = "what is usual is not known: too little speech"
    else:
        low_edge, high_edge = usual.median - usual.spread, usual.median + usual.spread
        scale = _scale([*values, low_edge, high_edge], axis.least)
        upper, lower = scale.y(high_edge), scale.y(low_edge)
        band = Band(upper, settled(lower - upper), scale.y(usual.median))
        words = (
            f"usually {labels.measured(axis.measure, usual.median)}, mostly "
            f"{_number(axis, low_edge)} to {_number(axis, high_edge)}"
        )
    low = min(measured, key=lambda pair: pair[1])
    high = max(measured, key=lambda pair: pair[1])
    told = [
        f"{name} over the call: {words}.",
        f"{axis.less.capitalize()} end {labels.measured(axis.measure, low[1])} "
        f"at {formatting.clock(low[0].start_s)}, {axis.more} end "
        f"{labels.measured(axis.measure, high[1])} at {formatting.clock(high[0].start_s)}.",
        *(mark.title for mark in marks),
    ]
    return Curve(
        axis=axis,
        unit=unit,
        runs=_runs(voice.windows, axis, scale, window),
        band=band,
        ticks=_value_ticks(scale),
        marks=marks,
        levels=levels,
        usual=words,
        label=" ".join(told),
        reason=None,
    )


def _runs(
    windows: Sequence[VoiceStretch], axis: Axis, scale: _Scale, window: Span
) -> tuple[tuple[PanelPoint, ...], ...]:
    """The line through the middles of the windows; it breaks wherever a window has no value.

    The first and the last window of a run reach to their outer ends, so that a window that stands
    alone is a short level line.
    """
    runs: list[list[VoiceStretch]] = []
    joined = False
    for stretch in sorted(windows, key=lambda w: w.start_s):
        if _value(stretch, axis) is None:
            joined = False
            continue
        if joined and stretch.start_s - runs[-1][-1].end_s <= _JOIN_S:
            runs[-1].append(stretch)
        else:
            runs.append([stretch])
        joined = True
    return tuple(
        (
            PanelPoint(percent(run[0].start_s, window), scale.y(_value(run[0], axis) or 0.0)),
            *(
                PanelPoint(percent(w.middle_s, window), scale.y(_value(w, axis) or 0.0))
                for w in run
            ),
            PanelPoint(percent(run[-1].end_s, window), scale.y(_value(run[-1], axis) or 0.0)),
        )
        for run in runs
    )


def _marks(
    stretches: Sequence[NumberedStretch], kinds: tuple[StretchKind, ...], window: Span
) -> tuple[tuple[StretchMark, ...], int]:
    """The marks of some kinds, on as few lines as keep their labels apart."""
    ends: list[float] = []
    marks = []
    for item in stretches:
        stretch = item.stretch
        if stretch.kind not in kinds:
            continue
        x, width = bar(stretch, window, _THINNEST)
        edge = x > 100 - _LABEL
        first, last = (x + width - _LABEL, x + width) if edge else (x, x + max(width, _LABEL))
        level = next((i for i, end in enumerate(ends) if end <= first), len(ends))
        labelled = level < _MOST_LEVELS
        if labelled:
            ends[level : level + 1] = [last]
        else:
            level = 0
        title = (
            f"{item.sign} {labels.STRETCH_WORDS[stretch.kind]} at "
            f"{formatting.clock(stretch.start_s)} for {formatting.seconds(stretch.duration_s)}: "
            f"{stretch_value(stretch)}."
        )
        marks.append(StretchMark(item.sign if labelled else "", x, width, level, edge, title))
    return tuple(marks), len(ends)


def tense_blocks(analysis: CallAnalysis, window: Span) -> tuple[TenseBlock, ...]:
    """The customer's turns with their tension, over a plot of the whole call."""
    return tuple(
        TenseBlock(
            *bar(turn, window, _THINNEST),
            height=settled(100 * min(1.0, max(0.0, turn.tension))),
            tense=turn.tense,
            title=f"{formatting.clock(turn.start_s)} tension "
            f"{formatting.number(turn.tension, 2)} of 1",
        )
        for turn in analysis.tension or ()
    )


def tension_label(analysis: CallAnalysis) -> str:
    """The tense turns in words, for readers who cannot see the picture."""
    found = [formatting.clock(turn.start_s) for turn in tense_turns(analysis)]
    times = f", at {', '.join(found)}" if found else ""
    many = len(analysis.tension or ())
    return f"Tension of the customer's turns: {len(found)} of {many} are tense{times}"


def _scale(values: Sequence[float], least: float) -> _Scale:
    low, high = min(values), max(values)
    missing = max(0.0, least - (high - low)) / 2
    margin = _MARGIN * (high - low + 2 * missing)
    return _Scale(high + missing + margin, low - missing - margin)


def _value_ticks(scale: _Scale) -> tuple[AxisTick, ...]:
    for step in _VALUE_STEPS:
        first = -int(-scale.bottom // step)
        last = int(scale.top // step)
        if last - first + 1 <= _MOST_VALUE_TICKS:
            break
    digits = 0 if step >= 1 else 1
    return tuple(
        AxisTick(scale.y(i * step), formatting.number(i * step, digits))
        for i in range(first, last + 1)
    )


def _value(window: VoiceStretch, axis: Axis) -> float | None:
    value: float | None = getattr(window, axis.measure)
    return value


def _number(axis: Axis, value: float) -> str:
    return labels.measured(axis.measure, value).split(formatting.NBSP)[0]
