"""The report of one call, as a self-contained HTML page and as Markdown."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from callcoach.call import (
    CallAnalysis,
    OverlapEvent,
    OverlapNext,
    Severity,
    Silence,
    Turn,
)
from callcoach.reports import wording
from callcoach.reports.calmness import CalmnessBlock, calmness_blocks
from callcoach.reports.chapters import GuidePart, guide_part
from callcoach.reports.facts import Facts, facts_of, reason_for
from callcoach.reports.gist import GistBlock, gist_block
from callcoach.reports.language_panel import LanguagePart, language_part
from callcoach.reports.lead_cards import LeadsPart, leads_part
from callcoach.reports.listening import RoomPart, room_part, wait_words
from callcoach.reports.quotes import Places
from callcoach.reports.stretches import StretchLine, not_looked_for, stretch_lines
from callcoach.reports.strip import Row, overlap_title, strip_rows
from callcoach.reports.tension import (
    ComposurePart,
    TensionPart,
    composure_part,
    tension_part,
)
from callcoach.reports.transcript import Line, anchor_of, transcript_lines
from callcoach.reports.voice_panel import Panel, voice_panels
from callcoach.reports.voice_table import VoiceRow, voice_rows
from callcoach.settings.guide import Guide, read_guide

if TYPE_CHECKING:
    from jinja2 import Environment


@dataclass(frozen=True)
class Fact:
    """A name with what it is, for the page's head."""

    name: str
    value: str


@dataclass(frozen=True)
class ShareBar:
    """A part of the call's time: who speaks in it, and its share as text and in percent."""

    name: str
    tone: str
    text: str
    x: float
    width: float


@dataclass(frozen=True)
class Card:
    """One key number with lines of explanation."""

    name: str
    value: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Moment:
    """A moment in which both spoke. ``turn`` is the anchor of the incomer's line.

    ``cut_off`` quotes what an interrupted holder said last; ``notes`` are what else to know.
    """

    time: str
    length: str
    what: str
    went_on: str
    text: str
    turn: str | None
    cut_off: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Quiet:
    """A silence or hold worth listing."""

    time: str
    length: str
    what: str
    after: str


@dataclass(frozen=True)
class Page:
    """Everything the templates show, in words."""

    title: str
    head: tuple[Fact, ...]
    gist: GistBlock
    language: LanguagePart
    warnings: tuple[str, ...]
    notes: tuple[str, ...]
    shares: tuple[ShareBar, ...]
    cards: tuple[Card, ...]
    rows: tuple[Row, ...]
    panels: tuple[Panel, ...]
    stretches: tuple[StretchLine, ...]
    no_stretches: tuple[str, ...]
    calmness: tuple[CalmnessBlock, ...]
    tension: TensionPart
    composure: ComposurePart
    voice: tuple[VoiceRow, ...]
    voice_reason: str
    moments: tuple[Moment, ...] | None
    moments_reason: str
    quiet: tuple[Quiet, ...]
    room: RoomPart
    lines: tuple[Line, ...]
    unsure: bool
    leads: LeadsPart
    guide: GuidePart
    not_measured: tuple[Fact, ...]
    dropped: tuple[Fact, ...]
    origin: tuple[Fact, ...]


def render_html(analysis: CallAnalysis, guide: Guide | None = None) -> str:
    """One HTML page without scripts, without network access, with everything inside it.

    ``guide`` is the guide that the call was scored with, ``None`` for the shipped one.
    """
    return environment().get_template("call.html.j2").render(page=page_of(analysis, guide))


def render_markdown(analysis: CallAnalysis, guide: Guide | None = None) -> str:
    """The same report as Markdown (CommonMark with tables)."""
    text = environment().get_template("call.md.j2").render(page=page_of(analysis, guide))
    # Plain characters, so that a search for "42 %" or "-24.1" finds its number.
    return text.replace(wording.NBSP, " ").replace(wording.MINUS, "-")


@cache
def environment() -> Environment:
    """The templates. HTML is escaped by itself; Markdown templates use the filter ``md``."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    result = Environment(
        loader=PackageLoader("callcoach.reports"),
        autoescape=lambda name: name is None or ".html" in name,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    result.filters["md"] = wording.markdown
    return result


def page_of(analysis: CallAnalysis, guide: Guide | None = None) -> Page:
    """What the page says about a call. ``guide`` has the words; ``None`` is the shipped one."""
    call = analysis.call
    guide = guide or read_guide(None)
    facts = facts_of(analysis)
    names = {party.id: wording.party_name(party) for party in call.parties}
    lines = transcript_lines(analysis, names)
    places = Places(analysis, lines)
    return Page(
        title=wording.clean(call.id),
        head=_head(analysis),
        gist=gist_block(analysis, places),
        language=language_part(analysis, places),
        warnings=wording.warning_texts(analysis.warnings, Severity.WARNING, call.parties),
        notes=wording.warning_texts(analysis.warnings, Severity.NOTE, call.parties),
        shares=share_bars(facts, names),
        cards=_cards(analysis, facts, names),
        rows=strip_rows(analysis),
        panels=voice_panels(analysis),
        stretches=stretch_lines(analysis, lines, names),
        no_stretches=not_looked_for(analysis, names),
        calmness=calmness_blocks(analysis),
        tension=tension_part(analysis, lines),
        composure=composure_part(analysis, lines),
        voice=voice_rows(analysis),
        voice_reason=wording.clean(reason_for(analysis, "voice")),
        moments=(
            None
            if analysis.overlaps is None
            else tuple(_moment(e, analysis.turns, lines, names) for e in analysis.overlaps)
        ),
        moments_reason=wording.clean(reason_for(analysis, "overlaps")),
        quiet=tuple(
            _quiet(s, names)
            for s in sorted((*facts.long, *facts.holds), key=lambda s: (s.start_s, s.end_s))
        ),
        room=room_part(analysis, lines, names),
        lines=lines,
        unsure=any(piece.unsure for line in lines for piece in line.pieces),
        leads=leads_part(analysis, guide, places, lines, names),
        guide=guide_part(analysis, guide, places, lines),
        not_measured=_not_measured(analysis),
        dropped=_dropped(analysis),
        origin=_origin(analysis),
    )


def share_bars(facts: Facts, names: dict[str, str]) -> tuple[ShareBar, ...]:
    """How the call's time is shared: each party alone, both at once, nobody; together 100 %."""
    both = facts.both_share or 0.0
    parts = [
        (names[talk.speaker], tone, talk.share, max(0.0, talk.share - both))
        for talk, tone in zip(facts.talk, wording.tones(len(facts.talk)), strict=True)
    ]
    if facts.both_share is not None:
        parts.insert(1, ("Both at once", "both", both, both))
    parts.append(("Nobody", "nobody", facts.silent_share, facts.silent_share))
    result = []
    x = 0.0
    for name, tone, share, alone in parts:
        width = round(min(100 * alone, 100 - x), 2)
        result.append(ShareBar(name, tone, wording.percent(share), round(x, 2), width))
        x += width
    return tuple(result)


def _head(analysis: CallAnalysis) -> tuple[Fact, ...]:
    call = analysis.call
    audio = "one channel" if call.channels == 1 else "two channels"
    if analysis.health.identical_channels:
        audio = "two channels with the same sound, used as one"
    rate = call.sample_rate_hz / 1000
    sides = [
        wording.channel_name(party.channel, call.parties) for party in call.parties if party.channel
    ]
    audio_parts = [audio, f"{rate:g}{wording.NBSP}kHz", wording.clean(call.codec)]
    return (
        Fact("Agent", wording.clean(call.agent_id or "") or "not given"),
        Fact("Date", wording.readable_date(call.started_at)),
        Fact("Length", wording.length(call.duration_s)),
        *(
            Fact(
                wording.clean(item.name.replace("_", " ").capitalize()),
                wording.clean(item.value) or "empty",
            )
            for item in call.metadata
        ),
        Fact("Audio", ", ".join(audio_parts)),
        *([Fact("Channels", ", ".join(sides))] if sides else []),
        Fact("Recording", wording.clean(call.source_name)),
    )


def _cards(analysis: CallAnalysis, facts: Facts, names: dict[str, str]) -> tuple[Card, ...]:
    turns = ", ".join(f"{names[talk.speaker]} {talk.turns}" for talk in facts.talk)
    longest = facts.longest_silence
    if longest is None:
        silence = Card("Longest silence", "none", ("No silence was found",))
    else:
        after = f", after {names.get(longest.after, longest.after)}" if longest.after else ""
        silence = Card(
            "Longest silence",
            wording.seconds(longest.duration_s),
            (
                f"At {wording.clock(longest.start_s)}{after}",
                f"Long silences: {len(facts.long)}",
            ),
        )
    return (
        Card("Turns", str(len(analysis.turns)), (turns,)),
        _overlap_card(analysis, facts, names),
        silence,
    )


def _overlap_card(analysis: CallAnalysis, facts: Facts, names: dict[str, str]) -> Card:
    name = "Both spoke at once"
    if facts.came_in is None or facts.overlaps is None:
        return Card(name, "not measured", (wording.clean(reason_for(analysis, "overlaps")),))
    came_in = ", ".join(f"{names[item.speaker]} {item.times}" for item in facts.came_in)
    took_over = ", ".join(f"{names[item.speaker]} {item.took_over}" for item in facts.came_in)
    notes = [f"Came in: {came_in}", f"Took over: {took_over}"]
    for item in facts.came_in:
        if item.took_over and item.per_10min is not None:
            rate = wording.number(item.per_10min, 1)
            notes.append(f"{names[item.speaker]}: {rate} in 10 minutes of the other's talk")
    listening = sum(item.listening for item in facts.came_in)
    if listening:
        notes.append(wording.count(listening, "sound of listening", "sounds of listening"))
    if facts.dual_starts:
        notes.append(f"{wording.count(facts.dual_starts, 'start', 'starts')} together")
    return Card(name, wording.count(facts.overlaps, "time", "times"), tuple(notes))


def _moment(
    event: OverlapEvent, turns: tuple[Turn, ...], lines: tuple[Line, ...], names: dict[str, str]
) -> Moment:
    incomer = names.get(event.incomer, event.incomer)
    holder = names.get(event.holder, event.holder)
    went_on = {True: incomer, False: holder, None: "not clear"}[event.holder_yielded]
    if event.holder_yielded is None and event.next in (OverlapNext.INCOMER, OverlapNext.HOLDER):
        went_on = incomer if event.next is OverlapNext.INCOMER else holder
    repaired = {OverlapNext.INCOMER_REPAIRED: incomer, OverlapNext.HOLDER_REPAIRED: holder}
    notes = []
    if event.mid_sentence:
        notes.append(f"{holder} stopped in mid-sentence")
    if event.next in repaired:
        notes.append(f"{repaired[event.next]} made up for it in words")
    if event.confidence is not None and event.confidence < wording.UNSURE_OVERLAP:
        notes.append("listen first: this may be something else")
    return Moment(
        time=wording.clock(event.start_s),
        length=wording.seconds(event.duration_s),
        what=overlap_title(event, names),
        went_on=went_on,
        text=wording.clean(event.text),
        turn=anchor_of(event.incomer, event, turns, lines),
        cut_off=wording.clean(event.cut_off or ""),
        notes=tuple(notes),
    )


def _quiet(silence: Silence, names: dict[str, str]) -> Quiet:
    return Quiet(
        time=wording.clock(silence.start_s),
        length=wording.seconds(silence.duration_s),
        what=wait_words(silence),
        after=names.get(silence.after, silence.after) if silence.after else "start of the call",
    )


def _not_measured(analysis: CallAnalysis) -> tuple[Fact, ...]:
    """What was not measured, parts with the same reason together."""
    by_reason: dict[str, list[str]] = {}
    for item in analysis.unmeasured:
        by_reason.setdefault(item.reason, []).append(wording.measure_name(item.measure))
    return tuple(
        Fact(", ".join(names), wording.clean(reason)) for reason, names in by_reason.items()
    )


def _dropped(analysis: CallAnalysis) -> tuple[Fact, ...]:
    reasons: dict[str, int] = {}
    for word in analysis.dropped_words:
        reasons[word.reason] = reasons.get(word.reason, 0) + 1
    return tuple(
        Fact(wording.clean(reason), wording.count(many, "word", "words"))
        for reason, many in sorted(reasons.items(), key=lambda pair: (-pair[1], pair[0]))
    )


def _origin(analysis: CallAnalysis) -> tuple[Fact, ...]:
    made = analysis.provenance
    card = analysis.scorecard
    return (
        Fact("callcoach", made.callcoach),
        Fact("Settings (SHA-256)", made.config_sha256),
        Fact("Recording (SHA-256)", analysis.call.source_sha256),
        Fact("Speech engine", made.engine),
        *(
            Fact(f"Model for {item.task}", f"{item.name}, SHA-256 {item.sha256}, {item.source}")
            for item in made.models
        ),
        *(
            ()
            if card is None
            else (
                Fact(
                    "Scorecard (SHA-256)",
                    f"{wording.clean(card.name)}, version {wording.clean(card.version)}, "
                    f"{card.sha256}",
                ),
                Fact("Guide (SHA-256)", f"{wording.clean(card.guide)}, {card.guide_sha256}"),
            )
        ),
        Fact("Packages", ", ".join(f"{p.name} {p.version}" for p in made.packages)),
    )
