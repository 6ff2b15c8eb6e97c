"""The call page's parts: its timeline, its words, what people said, and how plainly it speaks."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from html import unescape
from importlib.resources import files
from urllib.parse import unquote

import pytest

import factory
import said
from callcoach.config.reports import SiteConfig
from callcoach.model.analysis import CallAnalysis
from callcoach.model.language import ConcernKind, ResponseKind
from callcoach.model.playback import Playback, PlaybackKind, Waveform
from callcoach.model.reviews import (
    CallComment,
    CallReviews,
    Discussion,
    FindingReview,
    Opinion,
    Reply,
    ReviewedFinding,
    ReviewRole,
    ScoreReview,
)
from callcoach.model.speech import Turn
from callcoach.reports import labels
from callcoach.reports.call import language_words, people
from callcoach.reports.call.quotes import play_of
from callcoach.reports.call.timeline import Timeline, timeline_of
from callcoach.reports.call.transcript import transcript_lines
from callcoach.reports.hrefs import agent_href
from callcoach.text import formatting
from callcoach.voice.syllables import count_syllables
from coached import coached, scored
from shipped import digest_of, page_of, render_html, render_markdown

NAMES = {"agent": "Agent", "customer": "Customer"}


def line_of(analysis: CallAnalysis) -> Timeline:
    names = {party.id: labels.party_name(party) for party in analysis.call.parties}
    return timeline_of(analysis, transcript_lines(analysis, names), names)


# --------------------------------------------------------------------------- timeline


def test_moments_land_at_their_time() -> None:
    analysis = scored()
    line = line_of(analysis)
    length = analysis.call.duration_s
    (work,) = [mark for mark in line.above if mark.shape == "opportunity"]
    assert work.x == pytest.approx(100 * 58.9 / length, abs=0.01)
    assert work.play == "57.90 60.20" and "You cut in" in work.title
    assert [mark.shape for mark in line.under] == ["concern"] * len(analysis.concerns or ())
    assert len(line.between) == len(analysis.overlaps or ())
    assert {mark.down for mark in line.between} == {True, False}
    anchors = set(re.findall(r'id="([^"]+)"', render_html(analysis)))
    for mark in (*line.above, *line.between, *line.under):
        assert mark.link in anchors


def test_a_wave_is_as_high_as_its_levels_and_as_wide_as_the_call() -> None:
    base = factory.two_channels()
    call = dataclasses.replace(base.call, duration_s=4.0)
    waves = (Waveform("agent", 1.0, (0, 50, 50, 100)),)
    analysis = dataclasses.replace(base, call=call, waveform=waves)
    agent, customer = line_of(analysis).lanes
    assert customer.wave is None and agent.wave is not None
    assert agent.wave.width == 4
    assert agent.wave.path == "M0 50V50h1V25h2V0h1V100h-1V75h-2V50h-1Z"
    silent = dataclasses.replace(analysis, waveform=(Waveform("agent", 1.0, (0, 0, 0, 0)),))
    assert line_of(silent).lanes[0].wave is None


def test_marks_close_together_take_two_lines_at_most() -> None:
    line = line_of(coached(factory.tense_call()))
    assert 1 <= line.levels <= 2
    for level in range(line.levels):
        places = [mark.x for mark in line.above if mark.level == level]
        assert places == sorted(places)


@pytest.mark.parametrize("seconds", [1.0, 12.0, 61.0, 600.0, 3599.0, 7200.0])
def test_the_axis_has_few_ticks_at_first_and_more_when_wider(seconds: float) -> None:
    base = factory.empty()
    call = dataclasses.replace(base.call, duration_s=seconds)
    ticks = line_of(dataclasses.replace(base, call=call)).ticks
    always = [tick for tick in ticks if tick.zoom == 1]
    assert 1 <= len(always) <= 8 and len(ticks) <= 80
    assert len({tick.at.label for tick in ticks}) == len(ticks)
    places = [tick.at.at for tick in ticks]
    assert places == sorted(places) and places[0] == 0 and places[-1] <= 100


def test_a_moment_is_played_from_a_second_before_it() -> None:
    assert play_of(58.9, 60.2) == "57.90 60.20"
    assert play_of(0.4, 2.0) == "0.00 2.00"


# --------------------------------------------------------------------------- transcript


def test_what_was_heard_in_a_line_is_a_word_beside_it() -> None:
    lines = {line.anchor: line for line in page_of(factory.two_channels()).lines}
    tags = {anchor: [tag.text for tag in line.tags] for anchor, line in lines.items()}
    assert any(text.startswith("concern: ") for text in tags["turn-2"])
    assert "came in and took over" in tags["turn-10"]
    said = [text for texts in tags.values() for text in texts]
    assert any(text.startswith("answer: ") for text in said) and "open question" in said
    page = render_html(factory.two_channels())
    for line in lines.values():
        for tag in line.tags:
            assert f'<span class="tag {tag.family}">{tag.text}</span>' in page


def test_what_was_hidden_has_a_style_of_its_own() -> None:
    turn = Turn(1.0, 5.0, "t1", "agent", "It ends in [card number] and [names] is no token")
    analysis = factory.two_channels(turns=(turn,), words=())
    (line,) = page_of(analysis).lines
    assert [(p.text, p.private) for p in line.pieces] == [
        ("It ends in", False),
        ("[card number]", True),
        ("and [names] is no token", False),
    ]
    assert '<span class="private">[card number]</span>' in render_html(analysis)


def test_a_sign_stands_right_behind_what_was_hidden() -> None:
    turn = Turn(1.0, 5.0, "t1", "agent", "Hello [name], is it [name]'s car? Yes, [name] .")
    analysis = factory.two_channels(turns=(turn,), words=())
    hidden = '<span class="private">[name]</span>'
    assert f"Hello {hidden}, is it {hidden}'s car? Yes, {hidden}.</p>" in unescape(
        render_html(analysis)
    )
    assert "\\[name\\], is it \\[name\\]'s car? Yes, \\[name\\]." in render_markdown(analysis)


def test_the_page_says_why_its_numbers_are_not_trusted() -> None:
    analysis = dataclasses.replace(scored(), warnings=())
    assert analysis.scorecard is not None
    card = dataclasses.replace(analysis.scorecard, coverage=0.2)
    page = page_of(dataclasses.replace(analysis, scorecard=card))
    assert page.trust.value == f"poor, 1{formatting.NBSP}thing to know"
    assert page.warnings == (f"Only {formatting.percent(0.2)} of the guide could be scored.",)


# --------------------------------------------------------------------------- people


def reviews() -> CallReviews:
    finding = (scored().findings or ())[0]
    call, at = scored().call.id, datetime(2026, 3, 5, 9, 30, tzinfo=UTC)
    coach, agent = ("R. <b>", ReviewRole.COACH, at), ("", ReviewRole.AGENT, at)
    about = ReviewedFinding.of(finding)
    return CallReviews(
        findings=(
            FindingReview(call, *coach, finding.key, Opinion.DISAGREE, "a pause <i>", about),
            FindingReview(call, *coach, "gone-1", Opinion.AGREE, "", about),
        ),
        scores=(
            ScoreReview(call, *coach, "attend", 80.0, ""),
            ScoreReview(call, *coach, "overall", None, "a test call"),
        ),
        comments=(
            CallComment(call, *coach, "c1", "well held", False),
            CallComment(call, *coach, "c2", "SECRET", True),
        ),
        discussed=(Discussion(call, *coach, date(2026, 3, 6)),),
        replies=(Reply(call, *agent, "r1", "I was new"),),
    )


def test_what_people_say_stands_beside_what_was_measured() -> None:
    page = render_html(scored(), reviews=reviews())
    text = " ".join(unescape(re.sub("<[^>]+>", " ", page)).split())
    for expected in (
        "R. <b> (a coach) does not agree: a pause <i>",
        "R. <b> (a coach): 80 of 100",
        "R. <b> (a coach): did not apply (a test call)",
        "well held",
        "Talked about the call on Friday 6 March 2026.",
        "The agent : I was new",
        "this report no longer has it",
        "72 of 100",  # the machine's score stays
    ):
        assert expected in text, expected
    assert "SECRET" not in page and "<i>" not in page and "<b>" not in page
    card = page.split('id="finding-cut_in-58900"')[1].split("</article>")[0]
    assert "does not agree" in card
    assert "What people said" not in render_html(scored())


def test_every_finding_has_one_place_on_the_page() -> None:
    for analysis in (scored(), coached(factory.tense_call()), coached(factory.two_channels())):
        page = render_html(analysis)
        for item in analysis.findings or ():
            assert page.count(f'id="finding-{item.key}"') == 1
            assert page.count(f'data-finding="{item.key}"') == 1
        ids = re.findall(r' id="([^"]+)"', page)
        assert len(ids) == len(set(ids))


def test_every_opinion_and_role_has_its_words() -> None:
    assert set(people.OPINION_WORDS) == set(Opinion)
    assert set(people.ROLE_WORDS) == set(ReviewRole)


# --------------------------------------------------------------------------- sound and states


def test_only_a_page_with_sound_may_play_it() -> None:
    silent = render_html(factory.two_channels())
    assert "media-src" not in silent and "<audio" not in silent
    assert "No sound is kept with this report" in silent
    playback = Playback(PlaybackKind.COPY, 'a.m4a"><script>', "audio/mp4")
    page = render_html(factory.two_channels(playback=playback))
    assert "media-src &#39;self&#39; file:;" in page
    assert page.count("<script>") == 1 and 'src="a.m4a&#34;&gt;&lt;script&gt;"' in page


def test_the_head_leads_to_the_agents_page_and_trusts_by_the_settings() -> None:
    analysis = scored()
    named = dataclasses.replace(
        analysis, call=dataclasses.replace(analysis.call, agent_id="Ana/<b>")
    )
    (link,) = re.findall(r'<dt>Agent</dt><dd><a href="([^"]+)"', render_html(named))
    assert unquote(link) == unquote(f"../../{agent_href('Ana/<b>')}")
    nobody = dataclasses.replace(named, call=dataclasses.replace(named.call, agent_id=None))
    assert "<dt>Agent</dt><dd><bdi>not given</bdi>" in render_html(nobody)
    strict = SiteConfig(coverage_fair=0.98, coverage_good=0.99)
    for site in (SiteConfig(), strict):
        level = digest_of(analysis, site).trust.level
        assert page_of(analysis, site=site).trust.value.split(",")[0] == level
    assert page_of(analysis).trust != page_of(analysis, site=strict).trust


def test_nothing_to_judge_is_told_apart_from_too_little_and_from_a_low_score() -> None:
    part = page_of(scored()).guide
    states = {row.anchor: row.state for row in part.chapters}
    assert states["chapter-attend"] == "scored" and states["chapter-empathy"] == "open"
    assert states["chapter-escalate"] == "none" and states["chapter-body_language"] == "silent"
    many = {state: list(states.values()).count(state) for state in set(states.values())}
    assert part.counted.startswith(f"{many['scored']} with a score, {many['open']} not judged")
    assert f"{many['none']} did not come up" in part.counted
    assert f"{many['silent']} cannot be heard" in part.counted


def test_the_script_is_small_and_asks_for_nothing() -> None:
    script = files("callcoach.reports").joinpath("assets/call.js").read_text(encoding="utf-8")
    assert len(script.encode()) < 20_000
    for word in ("fetch(", "XMLHttpRequest", "innerHTML", "eval(", "import ", "localStorage"):
        assert word not in script


def test_a_long_call_is_a_small_page() -> None:
    analysis = factory.long_call(10)
    steps = 2000
    waves = tuple(
        Waveform(
            p.id, analysis.call.duration_s / steps, tuple((i * 37) % 101 for i in range(steps))
        )
        for p in analysis.call.parties
    )
    page = render_html(coached(dataclasses.replace(analysis, waveform=waves)))
    assert len(page.encode()) < 1_000_000


def test_markdown_has_no_player() -> None:
    playback = Playback(PlaybackKind.COPY, "audio.m4a", "audio/mp4")
    report = render_markdown(factory.two_channels(playback=playback))
    assert "audio.m4a" not in report and report == render_markdown(factory.two_channels())


# --------------------------------------------------------------------------- plain words


def grade(text: str) -> float:
    """Flesch-Kincaid grade of a text: years of school that a reader needs.

    J. P. Kincaid, R. P. Fishburne, R. L. Rogers, B. S. Chissom (1975): Derivation of new
    readability formulas for Navy enlisted personnel.
    """
    words = re.findall(r"[A-Za-z][A-Za-z'’-]*", text)
    sentences = max(1, len(re.findall(r"[.!?:;]+(?=\s|$)", text)))
    syllables = sum(max(1, count_syllables(word)) for word in words)
    return 0.39 * len(words) / sentences + 11.8 * syllables / len(words) - 15.59


def fixed_sentences() -> Iterator[str]:
    """What the call page says in its own words: its templates' paragraphs, and tables of words."""
    folder = files("callcoach.reports").joinpath("templates")
    for item in folder.iterdir():
        if item.name.endswith(".html.j2") and item.name.startswith(("_", "call")):
            html = re.sub(r"\{#.*?#\}|\{%.*?%\}", " ", item.read_text(encoding="utf-8"), flags=re.S)
            html = re.sub(r"\{\{.*?\}\}", "8", html, flags=re.S)
            for paragraph in re.findall(r"<p\b[^>]*>(.*?)</p>", html, re.S):
                yield " ".join(unescape(re.sub("<[^>]+>", " ", paragraph)).split())
    for table in (labels.OVERLAP_WORDS, labels.SILENCE_WORDS, language_words.GIST_MISSING):
        yield from table.values()


def test_our_own_words_are_easy_to_read() -> None:
    texts = [text for text in fixed_sentences() if len(re.findall("[A-Za-z]{2,}", text)) >= 8]
    assert len(texts) > 15
    worst = max(texts, key=grade)
    assert grade(worst) < 10, (round(grade(worst), 1), worst)
    together = " ".join(texts)
    assert grade(together) < 7, round(grade(together), 1)


def test_each_answer_stands_with_the_turn_in_which_it_was_said() -> None:
    lines = [
        said.agent("Harbour Energy, Maya speaking."),
        said.customer("My heating is off and I am upset.", ConcernKind.FEELING),
        said.agent("That sounds awful.", ResponseKind.VALIDATE),
        said.customer("It is."),
        said.agent("We can not do that today.", ResponseKind.STATE_LIMIT),
    ]
    call = said.call_of(lines)
    answers = [
        [tag.text for tag in line.tags if tag.family == "answer"]
        for line in transcript_lines(call, {"agent": "Agent", "customer": "Customer"})
    ]
    assert [len(texts) for texts in answers] == [0, 0, 1, 0, 1]
    assert answers[2] != answers[4]
