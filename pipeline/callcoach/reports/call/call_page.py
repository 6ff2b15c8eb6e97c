"""The report of one call, as a self-contained HTML page and as Markdown."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from callcoach.config.guide import Guide, read_guide
from callcoach.config.reports import SiteConfig
from callcoach.model.analysis import CallAnalysis
from callcoach.model.playback import Playback
from callcoach.model.recording import Severity
from callcoach.model.reviews import NO_REVIEWS, CallReviews
from callcoach.reports import labels
from callcoach.reports.call.agent_naming import NamingPart, naming_part
from callcoach.reports.call.calmness import CalmnessBlock, calmness_blocks
from callcoach.reports.call.chapters import GuidePart, guide_part
from callcoach.reports.call.gist import GistBlock, gist_block
from callcoach.reports.call.language_panel import LanguagePart, language_part
from callcoach.reports.call.lead_cards import LeadsPart, leads_part
from callcoach.reports.call.listening import RoomPart, room_part
from callcoach.reports.call.moments import Moment, Quiet, moment_rows, quiet_rows
from callcoach.reports.call.origin import (
    Fact,
    dropped_words,
    head_facts,
    not_measured,
    origin_facts,
)
from callcoach.reports.call.people import PeoplePart, people_part, scores_of
from callcoach.reports.call.quotes import QuotePlaces
from callcoach.reports.call.silent_parts import SilentPart, silent_part
from callcoach.reports.call.stretches import StretchLine, not_looked_for, stretch_lines
from callcoach.reports.call.strip import Row, strip_rows
from callcoach.reports.call.tension import ComposurePart, TensionPart, composure_part, tension_part
from callcoach.reports.call.timeline import Timeline, timeline_of
from callcoach.reports.call.transcript import TranscriptLine, transcript_lines
from callcoach.reports.call.voice_panel import VoicePanel, voice_panels
from callcoach.reports.call.voice_table import VoiceRow, voice_rows
from callcoach.reports.facts import Facts, facts_of, reason_for
from callcoach.reports.scripts import Script, inline_script
from callcoach.reports.shares import ShareBar, share_bars
from callcoach.reports.trust import Trust, trust_of
from callcoach.text import formatting

if TYPE_CHECKING:
    from jinja2 import Environment


@dataclass(frozen=True)
class Card:
    """One key number with lines of explanation."""

    name: str
    value: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    """Everything the templates show, in words.

    ``nothing`` says why the page has neither the call in three lines nor what went well; then one
    box says it instead of two.
    """

    title: str
    head: tuple[Fact, ...]
    trust: Fact
    naming: NamingPart | None
    playback: Playback | None
    silent: SilentPart | None
    gist: GistBlock
    language: LanguagePart
    warnings: tuple[str, ...]
    notes: tuple[str, ...]
    shares: tuple[ShareBar, ...]
    cards: tuple[Card, ...]
    timeline: Timeline
    rows: tuple[Row, ...]
    panels: tuple[VoicePanel, ...]
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
    lines: tuple[TranscriptLine, ...]
    unsure: bool
    leads: LeadsPart
    nothing: str | None
    guide: GuidePart
    people: PeoplePart
    overall_people: tuple[str, ...]
    not_measured: tuple[Fact, ...]
    dropped: tuple[Fact, ...]
    origin: tuple[Fact, ...]


def render_html(
    analysis: CallAnalysis,
    guide: Guide | None = None,
    reviews: CallReviews | None = None,
    *,
    site: SiteConfig,
) -> str:
    """One HTML page with everything inside it but the sound; it needs no network.

    Its one script stands in it and is named by its hash in the page's policy. Without scripts
    the page can still be read, and its links and an audio element work.

    ``guide`` is the guide that the call was scored with, ``None`` for the shipped one. ``reviews``
    is what people said about the report; what is for coaches alone is left out. ``site`` says from
    where on a call is trusted.
    """
    return render_with("call.html.j2", analysis, guide, reviews, site)


def render_with(
    template: str,
    analysis: CallAnalysis,
    guide: Guide | None,
    reviews: CallReviews | None,
    site: SiteConfig,
    **more: object,
) -> str:
    """The page by a template that extends ``call.html.j2``; ``more`` is what that one shows."""
    script = inline_script("call.js")
    return (
        environment()
        .get_template(template)
        .render(
            page=page_of(analysis, guide, reviews, site=site),
            script=script.text,
            policy=_policy(script, analysis),
            **more,
        )
    )


def render_markdown(analysis: CallAnalysis, guide: Guide | None = None, *, site: SiteConfig) -> str:
    """The same report as Markdown (CommonMark with tables)."""
    page = page_of(analysis, guide, site=site)
    text = environment().get_template("call.md.j2").render(page=page)
    # Plain characters, so that a search for "42 %" or "-24.1" finds its number.
    return text.replace(formatting.NBSP, " ").replace(formatting.MINUS, "-")


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
    result.filters["md"] = formatting.markdown
    return result


def _policy(script: Script, analysis: CallAnalysis) -> str:
    """The page's Content-Security-Policy: its own script, and the sound where it has one.

    Browsers do not agree on whether ``'self'`` covers a file beside a page that was opened as a
    file (in Chromium it does), so ``file:`` is named too; to a page from a server it opens nothing.
    """
    media = "" if analysis.playback is None else " media-src 'self' file:;"
    return (
        f"default-src 'none'; script-src {script.source}; style-src 'unsafe-inline'; "
        f"img-src data:;{media} base-uri 'none'; form-action 'none'"
    )


def page_of(
    analysis: CallAnalysis,
    guide: Guide | None = None,
    reviews: CallReviews | None = None,
    *,
    site: SiteConfig,
) -> Page:
    """What the page says about a call, as in :func:`render_html`."""
    call = analysis.call
    guide = guide or read_guide(None)
    reviews = (reviews or NO_REVIEWS).without_private()
    facts = facts_of(analysis)
    names = {party.id: labels.party_name(party) for party in call.parties}
    trust = trust_of(analysis, site)
    lines = transcript_lines(analysis, names)
    places = QuotePlaces(analysis, lines)
    gist = gist_block(analysis, places)
    leads = leads_part(analysis, guide, places, lines, names, reviews)
    return Page(
        title=formatting.clean(call.id),
        head=head_facts(analysis),
        trust=_trust_fact(trust),
        naming=naming_part(analysis),
        playback=analysis.playback,
        silent=silent_part(analysis),
        gist=gist,
        language=language_part(analysis, places),
        warnings=trust.reasons,
        notes=labels.warning_texts(analysis.warnings, Severity.NOTE, call.parties),
        shares=share_bars(facts, names),
        cards=_cards(analysis, facts, names),
        timeline=timeline_of(analysis, lines, names),
        rows=strip_rows(analysis),
        panels=voice_panels(analysis),
        stretches=stretch_lines(analysis, lines, names),
        no_stretches=not_looked_for(analysis, names),
        calmness=calmness_blocks(analysis),
        tension=tension_part(analysis, lines),
        composure=composure_part(analysis, lines),
        voice=voice_rows(analysis),
        voice_reason=formatting.clean(reason_for(analysis, "voice")),
        moments=moment_rows(analysis, lines, names),
        moments_reason=formatting.clean(reason_for(analysis, "overlaps")),
        quiet=quiet_rows(facts, names),
        room=room_part(analysis, lines, names),
        lines=lines,
        unsure=any(piece.unsure for line in lines for piece in line.pieces),
        leads=leads,
        nothing=_nothing(gist, leads),
        guide=guide_part(analysis, guide, places, lines, reviews),
        people=people_part(reviews, frozenset(item.key for item in analysis.findings or ())),
        overall_people=scores_of(reviews, "overall"),
        not_measured=not_measured(analysis),
        dropped=dropped_words(analysis),
        origin=origin_facts(analysis),
    )


def _nothing(gist: GistBlock, leads: LeadsPart) -> str | None:
    """Why the top of a page is empty, ``None`` where there is something to read."""
    if leads.reason is None or gist.reason is None or gist.reason != gist.arc.reason:
        return None
    return gist.reason


def _trust_fact(trust: Trust) -> Fact:
    """How far the numbers can be trusted, with how many things stand in the way."""
    words = trust.level.value
    if trust.reasons:
        words += f", {formatting.count(len(trust.reasons), 'thing', 'things')} to know"
    return Fact("Trust in the numbers", words)


def _cards(analysis: CallAnalysis, facts: Facts, names: dict[str, str]) -> tuple[Card, ...]:
    turns = ", ".join(f"{names[talk.speaker]} {talk.turns}" for talk in facts.talk)
    longest = facts.longest_silence
    if longest is None:
        silence = Card("Longest silence", "none", ("No silence was found",))
    else:
        after = f", after {names.get(longest.after, longest.after)}" if longest.after else ""
        silence = Card(
            "Longest silence",
            formatting.seconds(longest.duration_s),
            (
                f"At {formatting.clock(longest.start_s)}{after}",
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
        return Card(name, "not measured", (formatting.clean(reason_for(analysis, "overlaps")),))
    came_in = ", ".join(f"{names[item.speaker]} {item.times}" for item in facts.came_in)
    took_over = ", ".join(f"{names[item.speaker]} {item.took_over}" for item in facts.came_in)
    notes = [f"Came in: {came_in}", f"Took over: {took_over}"]
    for item in facts.came_in:
        if item.took_over and item.per_10min is not None:
            rate = formatting.number(item.per_10min, 1)
            notes.append(f"{names[item.speaker]}: {rate} in 10 minutes")
    listening = sum(item.listening for item in facts.came_in)
    if listening:
        notes.append(formatting.count(listening, "sound of listening", "sounds of listening"))
    if facts.dual_starts:
        notes.append(f"{formatting.count(facts.dual_starts, 'start', 'starts')} together")
    return Card(name, formatting.count(facts.overlaps, "time", "times"), tuple(notes))
