"""Geometry of the call's timeline: two lanes with their sound, and the moments worth hearing.

The whole call is one line. Places are percent of its width; the template draws them, and a reader
can make the line wider. A waveform is a path in a box of its own, which stretches with the line.
"""

from __future__ import annotations

from dataclasses import dataclass

from callcoach.model.analysis import CallAnalysis
from callcoach.model.coaching import Verdict
from callcoach.model.interaction import OverlapKind, SilenceKind
from callcoach.model.language import ResponseKind
from callcoach.model.party import Party
from callcoach.model.playback import Waveform
from callcoach.model.timeline import Span
from callcoach.reports import labels
from callcoach.reports.axis import AxisTick, bar, percent, time_step, time_ticks
from callcoach.reports.call.agent_naming import is_unnamed
from callcoach.reports.call.language_words import CONCERN_WORDS, RESPONSE_WORDS, capital
from callcoach.reports.call.quotes import play_of
from callcoach.reports.call.strip import Block, overlap_title
from callcoach.reports.call.transcript import TranscriptLine, anchor_of
from callcoach.reports.call.voice_panel import (
    TenseBlock,
    tense_blocks,
    tension_label,
)
from callcoach.reports.facts import parties_of
from callcoach.text import formatting

_THINNEST = 0.15  # percent; the line is at least 300 px wide, and thinner blocks vanish

_APART = 1.6  # percent between marks on one level: a mark is 14 px wide on a line of 1100 px

_MOST_LEVELS = 2

_FINER = (2, 5, 10)  # how many times finer the time axis becomes when the line is made wider


@dataclass(frozen=True)
class Wave:
    """A waveform as an SVG path in a box ``width`` wide and 100 high, silence on its middle."""

    width: int
    path: str


@dataclass(frozen=True)
class TimelineLane:
    """One party: when they speak, and their waveform, ``None`` where the call has none."""

    name: str
    tone: str
    blocks: tuple[Block, ...]
    wave: Wave | None


@dataclass(frozen=True)
class Marker:
    """A moment as a sign on the line.

    ``shape`` names the sign (templates/_marks.html.j2), ``down`` turns it to the lower lane,
    ``level`` is its line, 0 nearest to the lane. ``link`` is the anchor it leads to, ``None`` where
    the page has no place for it; ``play`` is what a player plays.
    """

    x: float
    shape: str
    down: bool
    level: int
    title: str
    link: str | None
    play: str


@dataclass(frozen=True)
class TimelineTick:
    """A time on the axis. ``zoom`` is how many times wider the line must be to show its label."""

    at: AxisTick
    zoom: int


@dataclass(frozen=True)
class Timeline:
    """The line of a whole call.

    ``agent`` and ``customer`` are the marks above and under the lanes, ``between`` those of
    simultaneous speech. ``levels`` and ``low_levels`` count the lines of marks above and under.
    """

    length_s: float
    label: str
    lanes: tuple[TimelineLane, ...]
    silences: tuple[Block, ...]
    above: tuple[Marker, ...]
    between: tuple[Marker, ...]
    under: tuple[Marker, ...]
    levels: int
    low_levels: int
    tense: tuple[TenseBlock, ...]
    tense_label: str
    ticks: tuple[TimelineTick, ...]

    @property
    def shapes(self) -> frozenset[str]:
        """The signs that the line shows, for its legend."""
        return frozenset(m.shape for m in (*self.above, *self.between, *self.under))


def timeline_of(
    analysis: CallAnalysis, lines: tuple[TranscriptLine, ...], names: dict[str, str]
) -> Timeline:
    """The timeline of a call. ``lines`` are the transcript's, ``names`` the parties'."""
    window = Span(0.0, max(analysis.call.duration_s, 1.0))
    parties = parties_of(analysis)
    waves = {wave.speaker: wave for wave in analysis.waveform or ()}
    above, levels = _stacked([*_leads(analysis, lines, window), *_answers(analysis, lines, window)])
    under, low_levels = _stacked(_concerns(analysis, lines, names, window))
    between = _overlaps(analysis, parties, lines, names, window)
    return Timeline(
        length_s=window.end_s,
        label=_label(analysis, names, len(above) + len(between) + len(under)),
        lanes=tuple(
            TimelineLane(
                name=names[party.id],
                tone=tone,
                blocks=tuple(
                    _block(region, window, "")
                    for region in analysis.activity
                    if region.speaker == party.id
                ),
                wave=_wave(waves.get(party.id), window),
            )
            for party, tone in zip(parties, labels.tones(len(parties)), strict=True)
        ),
        silences=tuple(
            _block(
                silence,
                window,
                f"{formatting.clock(silence.start_s)} {labels.SILENCE_WORDS[silence.kind]}, "
                f"{formatting.seconds(silence.duration_s)}",
            )
            for silence in analysis.silences
            if silence.kind in (SilenceKind.DEAD_AIR, SilenceKind.HOLD)
        ),
        above=above,
        between=between,
        under=under,
        levels=levels,
        low_levels=low_levels,
        tense=tense_blocks(analysis, window),
        tense_label=tension_label(analysis),
        ticks=_ticks(window),
    )


def _wave(wave: Waveform | None, window: Span) -> Wave | None:
    """The outline of a waveform, mirrored about the middle; equal steps in a row become one."""
    if wave is None or not any(wave.levels):
        return None
    runs: list[tuple[int, int]] = []
    for level in wave.levels:
        level = min(100, max(0, level))
        if runs and runs[-1][0] == level:
            runs[-1] = (level, runs[-1][1] + 1)
        else:
            runs.append((level, 1))
    over = "".join(f"V{_half(50 - level / 2)}h{many}" for level, many in runs)
    under = "".join(f"V{_half(50 + level / 2)}h-{many}" for level, many in reversed(runs))
    # The last step may reach over the end of the call; the box then ends before the path does.
    width = max(1, round(window.end_s / wave.step_s))
    return Wave(width, f"M0 50{over}{under}Z")


def _half(value: float) -> str:
    return f"{value:g}"


def _leads(analysis: CallAnalysis, lines: tuple[TranscriptLine, ...], window: Span) -> list[Marker]:
    words = {Verdict.STRENGTH: "Went well", Verdict.OPPORTUNITY: "To work on"}
    return [
        Marker(
            x=percent(item.start_s, window),
            shape="strength" if item.verdict is Verdict.STRENGTH else "opportunity",
            down=False,
            level=0,
            title=f"{formatting.clock(item.start_s)} {words[item.verdict]}: "
            f"{formatting.clean(item.title)}",
            link=anchor_of(item.speaker, item, analysis.turns, lines) or f"finding-{item.key}",
            play=play_of(item.start_s, item.end_s),
        )
        for item in analysis.findings or ()
        if item.rank is not None and item.verdict in words
    ]


def _answers(
    analysis: CallAnalysis, lines: tuple[TranscriptLine, ...], window: Span
) -> list[Marker]:
    """What the agent did with a concern; going on with something else leaves no mark."""
    turns = {turn.id: turn for turn in analysis.turns}
    result = []
    for item in analysis.responses or ():
        turn = turns.get(item.turn or "")
        kinds = [RESPONSE_WORDS[k] for k in item.kinds if k is not ResponseKind.IGNORE]
        if turn is None or not kinds:
            continue
        title = f"{formatting.clock(turn.start_s)} Answer: {', '.join(kinds)}"
        anchor = anchor_of(turn.speaker, turn, analysis.turns, lines)
        play = play_of(turn.start_s, turn.end_s)
        x = percent(turn.start_s, window)
        result.append(Marker(x, "answer", False, 0, title, anchor, play))
    return result


def _concerns(
    analysis: CallAnalysis,
    lines: tuple[TranscriptLine, ...],
    names: dict[str, str],
    window: Span,
) -> list[Marker]:
    unnamed = is_unnamed(analysis.call.parties)
    turns = {turn.id: turn for turn in analysis.turns}
    result = []
    for item in analysis.concerns or ():
        turn = turns.get(item.turn)
        if turn is None:
            continue
        title = f"{formatting.clock(turn.start_s)} {capital(CONCERN_WORDS[item.kind])}"
        if unnamed:
            title += f" ({names[turn.speaker]})"
        anchor = anchor_of(turn.speaker, turn, analysis.turns, lines)
        play = play_of(turn.start_s, turn.end_s)
        x = percent(turn.start_s, window)
        result.append(Marker(x, "concern", False, 0, title, anchor, play))
    return result


def _overlaps(
    analysis: CallAnalysis,
    parties: tuple[Party, ...],
    lines: tuple[TranscriptLine, ...],
    names: dict[str, str],
    window: Span,
) -> tuple[Marker, ...]:
    """Simultaneous speech, sounds of listening first: they are drawn under the others."""
    upper = parties[0].id if parties else ""
    events = sorted(
        analysis.overlaps or (), key=lambda e: (e.kind is not OverlapKind.BACKCHANNEL, e.start_s)
    )
    return tuple(
        Marker(
            x=percent(event.start_s, window),
            shape=event.kind.value,
            down=event.incomer == upper,
            level=0,
            title=f"{formatting.clock(event.start_s)} {overlap_title(event, names)}",
            link=anchor_of(event.incomer, event, analysis.turns, lines),
            play=play_of(event.start_s, event.end_s),
        )
        for event in events
    )


def _stacked(markers: list[Marker]) -> tuple[tuple[Marker, ...], int]:
    """The marks in order of time on as few levels as keep them apart, and how many levels."""
    ends: list[float] = []
    result = []
    for mark in sorted(markers, key=lambda m: (m.x, m.shape, m.title)):
        level = next((i for i, end in enumerate(ends) if end <= mark.x), len(ends))
        if level >= _MOST_LEVELS:
            level = min(range(len(ends)), key=lambda i: ends[i])
        ends[level : level + 1] = [mark.x + _APART]
        result.append(
            Marker(mark.x, mark.shape, mark.down, level, mark.title, mark.link, mark.play)
        )
    return tuple(result), len(ends)


def _ticks(window: Span) -> tuple[TimelineTick, ...]:
    """Ticks that always have room, and finer ones for a line that was made wider."""
    step = time_step(window.end_s)
    result: dict[str, TimelineTick] = {}
    for zoom, finer in ((1, 1), *((many, many) for many in _FINER)):
        if step % finer:
            continue
        for tick in time_ticks(window, step // finer):
            result.setdefault(tick.label, TimelineTick(tick, zoom))
    return tuple(sorted(result.values(), key=lambda tick: tick.at.at))


def _label(analysis: CallAnalysis, names: dict[str, str], moments: int) -> str:
    """What the picture shows, for readers who cannot see it."""
    parts = [f"Timeline of {formatting.length(analysis.call.duration_s)}"]
    for party in parties_of(analysis):
        parts.append(f"{names[party.id]} speaks {formatting.length(party.speech_s)}")
    parts.append(f"{formatting.count(moments, 'moment', 'moments')} marked, each a link")
    return ", ".join(parts)


def _block(span: Span, window: Span, title: str) -> Block:
    return Block(*bar(span, window, _THINNEST), title)
