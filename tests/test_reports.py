"""Pages and index: safe, complete, honest about what was not measured, and stable."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import re
from collections.abc import Callable
from html import unescape
from html.parser import HTMLParser

import pytest

import factory
from callcoach.model.analysis import CallAnalysis
from callcoach.model.interaction import OverlapEvent, OverlapKind
from callcoach.model.party import Side
from callcoach.model.recording import CallWarning, MetadataItem, Severity
from callcoach.model.speech import Turn
from callcoach.model.unmeasured import Unmeasured
from callcoach.reports import labels
from callcoach.reports.call.strip import strip_rows
from callcoach.reports.call.transcript import transcript_lines
from callcoach.reports.facts import facts_of
from callcoach.reports.site.index_page import FailureRow
from callcoach.text import formatting
from coached import coached, finding, scored
from shipped import digest_of, render_html, render_index, render_markdown

CASES = [
    factory.two_channels,
    factory.mono,
    factory.empty,
    factory.tense_call,
    factory.long_call,
]
NASTY = "<script>alert(\"x\")</script> & 'q' | `c` *b* [l](http://x.y) \u202eback\x00 \u05d0\u200f"
INLINE = {"bdi", "abbr", "strong", "a"}
VOID = {"meta", "link", "br", "img", "input", "hr"}


class Checker(HTMLParser):
    """Fails on tags that do not close in order; keeps tags, attributes and the text people see."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.values: list[tuple[str, str]] = []
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.values += [(name, value or "") for name, value in attrs]
        if tag not in INLINE:
            self.seen.append(" ")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.values += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-3:]}"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "title", "script"):
            self.seen.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.seen).split())


def read(page: str) -> Checker:
    checker = Checker()
    checker.feed(page)
    checker.close()
    assert checker.open == []
    return checker


def without_script(page: str) -> str:
    """A page without its own script, which must be the one that the policy names by its hash."""
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.S)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"default-src 'none'; script-src 'sha256-{digest}'; style-src" in unescape(page)
    return page.replace(f"<script>{script}</script>", "")


def nasty() -> CallAnalysis:
    """Hostile text in every place where text can come from outside."""
    base = factory.two_channels()
    hostile = scored(NASTY, NASTY)
    card = hostile.scorecard
    assert card is not None and hostile.findings is not None
    card = dataclasses.replace(card, name=NASTY, version=NASTY, guide=NASTY, reason=NASTY)
    worst = finding(NASTY, rank=2, title=NASTY, why=NASTY, advice=NASTY, before=NASTY, practice="x")
    call = dataclasses.replace(
        base.call,
        id=NASTY,
        agent_id=NASTY,
        started_at=NASTY,
        source_name=NASTY,
        codec=NASTY,
        metadata=(MetadataItem(NASTY, NASTY),),
    )
    turns = tuple(dataclasses.replace(turn, text=NASTY) for turn in base.turns)
    unsure = dataclasses.replace(base.words[0], text=NASTY, probability=0.1)
    overlaps = tuple(dataclasses.replace(e, text=NASTY) for e in base.overlaps or ())
    tension = tuple(dataclasses.replace(t, phrases=(NASTY,)) for t in base.tension or ())
    voice = tuple(
        dataclasses.replace(v, calmness=None, unmeasured=(Unmeasured("calmness", NASTY),))
        for v in base.voice
    )
    return dataclasses.replace(
        base,
        call=call,
        turns=turns,
        words=(unsure,),
        overlaps=overlaps,
        warnings=(CallWarning("x", NASTY),),
        tension=tension,
        voice=voice,
        unmeasured=(Unmeasured("composure", NASTY), Unmeasured(NASTY, NASTY)),
        **{"scorecard": card, "findings": (*hostile.findings, worst)},
    )


@pytest.mark.parametrize("build", [*CASES, nasty, scored, lambda: coached(factory.tense_call())])
def test_pages_are_well_formed_and_need_nothing_from_outside(
    build: Callable[[], CallAnalysis],
) -> None:
    analysis = build()
    for page in (
        render_html(analysis),
        render_index([digest_of(analysis)], [FailureRow(NASTY, NASTY, NASTY, NASTY)]),
    ):
        checker = read(page)
        assert not {"link", "img", "iframe", "object"} & set(checker.tags)
        assert not [name for name, _ in checker.values if name.startswith("on") or name == "src"]
        for name, value in checker.values:
            if name == "href":
                inside = ("#", "../../index.html", "../../agents/", "calls/", "agents/", "team")
                assert value.startswith(inside), value
            assert not re.match(r"(https?:)?//|javascript:", value)
        policy = dict(checker.values)
        assert policy["http-equiv"] == "Content-Security-Policy"
        scripts = re.findall(r"<script>(.*?)</script>", page, re.S)
        assert len(scripts) == 1 and checker.tags.count("script") <= 2
        digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
        assert (
            f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; "
            "img-src data:; base-uri 'none'; form-action 'none'"
        ) in unescape(page)
        page.encode("utf-8")
        assert render_html(analysis) == render_html(build())


def test_hostile_text_is_shown_as_text() -> None:
    page = render_html(nasty())
    page = without_script(page)
    assert "<script" not in page and "\u202e" not in page and "\x00" not in page
    shown = "<script>alert(\"x\")</script> & 'q' | `c` *b* [l](http://x.y) back \u05d0\u200f"
    checker = read(page)
    assert checker.text.count(shown) > len(factory.SCRIPT)
    assert checker.tags.count("script") == 0
    report = render_markdown(nasty())
    assert "<script" not in re.sub(r"\\<", "", report) and "\u202e" not in report
    assert r"\<script\>" in report and r"\[l\](http\://x.y)" in report
    assert r"\`c\` \*b\*" in report and r"\|" in report


def test_a_call_id_cannot_leave_the_folder_of_calls() -> None:
    base = factory.two_channels()
    call = dataclasses.replace(base.call, id="../a b?#")
    page = render_index([digest_of(dataclasses.replace(base, call=call))], [])
    assert 'href="calls/..%2Fa%20b%3F%23/report.html"' in page


@pytest.mark.parametrize("render", [render_html, render_markdown])
def test_numbers_of_the_call(render: Callable[[CallAnalysis], str]) -> None:
    text = render(factory.two_channels())
    if render is render_html:
        text = read(text).text
    text = text.replace(formatting.NBSP, " ").replace(formatting.MINUS, "-").replace("\\", "")
    for expected in (
        "2025-03-04_harbour_0017", "maya.r", "Tuesday 4 March 2025, 14:05 (UTC)", "1 min 45 s",
        "billing", "two channels, 8 kHz", "34.8 st", "about 205 Hz", "measured on 31.2 s of voiced",
        "5.5 st²", "-24.1 dBov", "182 words/min", "4.6 syll/s", "131 words", "5 times",
        "Came in: Agent 1, Customer 3", "Took over: Agent 0, Customer 1", "1 sound of listening",
        "11.4 s", "So you do see it.", "Customer: came in and took over", "not clear", "0:58",
        "(short sound, no words)", "Not looked for: not part of this version", "2 words",
        "no speech under it", "5f3c5f3c", "Right channel (agent): 14 % of the speech",
    ):  # fmt: skip
        assert expected in text, expected


def test_markdown_has_the_shares_and_the_transcript_of_the_page() -> None:
    analysis = factory.two_channels()
    page, report = read(render_html(analysis)).text, render_markdown(analysis)
    for number in re.findall(r"\d+ %", report):
        assert number.replace(" ", formatting.NBSP) in page or number in page
    for turn in analysis.turns:
        assert turn.text in page and turn.text in report


@pytest.mark.parametrize("build", CASES)
def test_every_warning_and_every_reason_is_told(build: Callable[[], CallAnalysis]) -> None:
    analysis = build()
    for text in (read(render_html(analysis)).text, render_markdown(analysis)):
        for warning in analysis.warnings:
            assert warning.text in text
        for item in analysis.unmeasured:
            assert item.reason in text
        for voice in analysis.voice:
            for item in voice.unmeasured:
                assert item.reason in text


def test_not_measured_is_never_zero() -> None:
    text = read(render_html(factory.mono())).text
    assert "Both spoke at once not measured both people share one channel" in text
    assert "Not measured: both people share one channel." in text
    assert "Pitch spread" in text and "not measured two people share this channel" in text
    assert "0.0 st" not in text and "0 times" not in text and "0 % Both" not in text
    index = read(render_index([digest_of(factory.mono())], [])).text
    assert "not measured" in index and "took over" not in index
    empty = read(render_html(factory.empty())).text
    assert "Not measured: there is no speech to measure." in empty
    assert "0 times" in empty.replace(formatting.NBSP, " ")  # measured, none found


def test_a_measure_without_a_reason_says_so() -> None:
    base = factory.two_channels()
    bare = dataclasses.replace(base.voice[1], level_dbov=None, unmeasured=())
    text = read(render_html(dataclasses.replace(base, voice=(bare,)))).text
    assert "not measured the analysis gives no reason" in text


def test_scores_and_findings_appear_when_they_exist() -> None:
    for text in (read(render_html(scored())).text, render_markdown(scored())):
        text = text.replace(formatting.NBSP, " ")
        for expected in (
            "Coverage 40 %", "Scorecard: house card, version 7.", "Guide: house guide.",
            "Held at 60: More than one line of blame.", "You cut in",
            "two payments in March", "Let the customer finish.", "So you do see it.",
            "Cut in and took over: 2 in 10 minutes, limit 1 in 10 minutes", "heard 3 times",
            "72 of 100", "not judged", "Too little speech.", "did not come up",
            "Nothing called for it.", "This was not heard.", "cannot be heard",
            "checked against people", "house card, version 7, abab", "Listen at 0:05",
        ):  # fmt: skip
            assert expected in text, expected


def test_strengths_stand_before_what_to_work_on_and_only_leads_are_cards() -> None:
    for text in (read(render_html(scored())).text, render_markdown(scored())):
        overall, well = text.index("60 of 100"), text.index("Your voice stayed even")
        work, rows = text.index("You cut in"), text.index("The guide, chapter by chapter")
        assert overall < well < work < rows
    page = render_html(scored())
    assert page.count('<article class="lead"') == 2
    one = scored().findings
    assert one is not None
    none = dataclasses.replace(
        scored(), findings=tuple(dataclasses.replace(item, rank=None) for item in one)
    )
    assert read(render_html(none)).text.count("Nothing was heard clearly enough") == 2


def test_a_lead_links_to_the_words_and_every_item_says_what_is_good() -> None:
    page = render_html(scored())
    assert '<a class="nowrap" href="#turn-9" data-play="57.90 60.20">0:58</a>' in page
    text = read(page).text.replace(formatting.NBSP, " ")
    assert "In this call" in text and "no points: 10 in 10 minutes or more" in text
    assert "A bonus: it can only raise the score." in text
    assert "Long turns of the customer left uncut" in text and "not counted" in text


def test_a_call_that_was_not_scored_says_so() -> None:
    analysis = dataclasses.replace(
        factory.two_channels(), unmeasured=(Unmeasured("scorecard", "nobody asked for it"),)
    )
    for text in (read(render_html(analysis)).text, render_markdown(analysis)):
        assert "Not scored: nobody asked for it" in text and "not scored" in text
        assert "of 100 overall" not in text and "Overall:" not in text


def test_no_overall_score_is_no_zero() -> None:
    card = scored().scorecard
    assert card is not None
    card = dataclasses.replace(card, overall=None, reason="only 40 % of the guide was measured")
    analysis = dataclasses.replace(scored(), scorecard=card)
    for text in (read(render_html(analysis)).text, render_markdown(analysis)):
        assert "No overall score" in text and "Only 40 % of the guide was measured." in text
    assert "none coverage 40" in read(render_index([digest_of(analysis)], [])).text
    assert "60 coverage 40" in read(render_index([digest_of(scored())], [])).text


def test_unsure_words_are_marked_only_where_words_make_up_the_turn() -> None:
    base = factory.two_channels()
    assert '<span class="unsure" title="31\u00a0% sure">Harbour</span>' in render_html(base)
    other = tuple(dataclasses.replace(turn, text=f"{turn.text} x") for turn in base.turns)
    assert "% sure" not in render_html(dataclasses.replace(base, turns=other))


def test_speech_without_words_is_not_called_short_when_it_is_long() -> None:
    turn = Turn(1.0, 5.0, id="t1", speaker="agent", text="")
    text = read(render_html(factory.two_channels(turns=(turn,), words=()))).text
    assert "(4.0\u00a0s of speech, no words understood)".replace("\u00a0", " ") in text


def test_facts_by_hand() -> None:
    facts = facts_of(factory.two_channels())
    assert [talk.speaker for talk in facts.talk] == ["agent", "customer"]
    assert facts.longest_silence is not None
    assert facts.longest_silence.duration_s == pytest.approx(11.4)
    assert facts.both_s is not None and 2.0 < facts.both_s < 3.6
    spoken = sum(talk.speech_s for talk in facts.talk) - facts.both_s
    assert spoken + facts.silent_s == pytest.approx(104.96, abs=0.01)
    assert facts_of(factory.mono()).both_s is None


@pytest.mark.parametrize(
    ("duration_s", "rows", "first_ticks"),
    [
        (12, 1, 4),
        (30, 1, 7),
        (60, 1, 7),
        (119.5, 1, 7),
        (121, 2, 5),
        (245, 3, 6),
        (3600, 12, 11),
        (7200, 12, 11),
    ],
)
def test_timeline_rows(duration_s: float, rows: int, first_ticks: int) -> None:
    base = factory.empty()
    call = dataclasses.replace(base.call, duration_s=duration_s)
    strip = strip_rows(dataclasses.replace(base, call=call))
    assert len(strip) == rows
    assert len(strip[0].ticks) == first_ticks
    assert 0 < strip[-1].end <= 100
    assert all(row.end == 100 for row in strip[:-1])


def test_timeline_places() -> None:
    (row,) = strip_rows(factory.two_channels())
    agent, customer = row.lanes
    assert (agent.name, agent.tone, customer.tone) == ("Agent", "a", "b")
    assert agent.blocks[0].x == pytest.approx(100 * 0.8 / 120, abs=0.01)
    assert [mark.kind for mark in row.marks][2] == "interruption"
    assert row.marks[2].x == pytest.approx(100 * 58.9 / 120, abs=0.01)
    assert [mark.down for mark in row.marks] == [True, False, False, False, True]
    assert row.silences[0].title.startswith("Long silence")
    assert "both speak at once 5" in row.label


def test_a_mark_is_drawn_once_where_rows_meet() -> None:
    strip = strip_rows(factory.long_call())
    drawn = sum(len(row.marks) for row in strip)
    assert drawn == len(factory.long_call().overlaps or ())


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2025-03-04T14:05:00+01:00", "Tuesday 4 March 2025, 14:05 (UTC+01:00)"),
        ("2025-03-04 14:05", "Tuesday 4 March 2025, 14:05"),
        ("2025-03-04", "Tuesday 4 March 2025"),
        ("4th of March", "4th of March"),
        ("", "not given"),
        (None, "not given"),
    ],
)
def test_dates(value: str | None, expected: str) -> None:
    assert formatting.readable_date(value) == expected


def test_times_and_numbers() -> None:
    assert [formatting.clock(s) for s in (0, 59.99, 60, 3599, 3600, 3725)] == [
        "0:00", "0:59", "1:00", "59:59", "1:00:00", "1:02:05",
    ]  # fmt: skip
    assert formatting.length(59.96).replace(formatting.NBSP, " ") == "1 min 0 s"
    assert formatting.length(3599.9).replace(formatting.NBSP, " ") == "1 h 0 min"
    assert formatting.number(-0.04, 1) == "0.0" and formatting.number(-3.26, 1) == "−3.3"


def test_index_order_links_and_failures() -> None:
    base = factory.two_channels()

    def dated(call_id: str, started_at: str | None) -> CallAnalysis:
        call = dataclasses.replace(base.call, id=call_id, started_at=started_at)
        return dataclasses.replace(base, call=call)

    calls = [
        dated("none", None),
        dated("old", "2025-03-01"),
        dated("zoned", "2025-03-04T10:00:00+02:00"),
        dated("naive", "2025-03-04T09:00:00"),
    ]
    failure = FailureRow("c9", "c9.wav", "c9.wav is empty; export it again", "decode")
    page = render_index([digest_of(call) for call in calls], [failure])
    links = [value for name, value in read(page).values if name == "href"]
    ordered = [f"calls/{name}/report.html" for name in ("naive", "zoned", "old", "none")]
    assert links[-4:] == ordered and set(links) == set(ordered)  # before: what to listen to first
    text = read(page).text.replace(formatting.NBSP, " ")
    assert "c9.wav is empty; export it again" in text and "--retry-failed" in text
    assert "Calls analysed 4" in text and "Calls that failed 1" in text
    assert "Agent 47 %, Customer 32 %" in text
    assert page == render_index([digest_of(call) for call in reversed(calls)], [failure])
    assert "No call was analysed." in render_index([], [])


def test_side_of_a_warning_is_named() -> None:
    warning = CallWarning("noisy", "it is noisy", Side.LEFT)
    parties = factory.two_channels().call.parties
    assert labels.warning_text(warning, parties) == "Left channel (customer): it is noisy"
    named = CallWarning("noisy", "On the left channel it is noisy", Side.LEFT)
    assert labels.warning_text(named, parties) == named.text


def test_turns_of_one_speaker_in_a_row_are_one_line() -> None:
    base = factory.empty()
    turns = (
        Turn(0.0, 1.0, "t1", "speaker_1", "I called because"),
        Turn(2.0, 2.3, "t2", "speaker_1", ""),
        Turn(3.0, 4.0, "t3", "speaker_1", "the light came on"),
        Turn(8.0, 9.0, "t4", "speaker_1", "hello?"),
        Turn(9.5, 9.8, "t5", "speaker_2", ""),
    )
    lines = transcript_lines(dataclasses.replace(base, turns=turns), {})
    assert [(line.anchor, line.time) for line in lines] == [
        ("turn-1", "0:00"),
        ("turn-4", "0:08"),
        ("turn-5", "0:09"),
    ]
    assert [" ".join(p.text for p in line.pieces) for line in lines] == [
        "I called because the light came on",
        "hello?",
        "",
    ]


def test_links_within_a_page_lead_somewhere() -> None:
    """Also where several turns of the incomer share one line of the transcript."""
    base = factory.two_channels()
    turns = (
        Turn(0.0, 1.0, "t1", "agent", "one moment"),
        Turn(2.0, 6.0, "t2", "agent", "I will look it up"),
        Turn(3.0, 3.5, "t3", "customer", ""),
        Turn(4.0, 5.0, "t4", "customer", "wait"),
    )
    event = OverlapEvent(4.0, 5.0, OverlapKind.UNCLEAR, "customer", "agent", None, "wait")
    grouped = dataclasses.replace(base, turns=turns, overlaps=(event,))
    for analysis in (grouped, *(build() for build in CASES), *(coached(b()) for b in CASES)):
        page = render_html(analysis)
        anchors = set(re.findall(r'id="([^"]+)"', page))
        links = re.findall(r'href="#([^"]+)"', page)
        assert set(links) <= anchors
    assert 'href="#turn-3" data-play="3.00 5.00">0:04' in render_html(grouped)


def test_notes_are_told_but_are_no_warnings() -> None:
    note = CallWarning("narrowband", "Telephone sound.", severity=Severity.NOTE)
    analysis = dataclasses.replace(factory.two_channels(), warnings=(note,))
    for text in (render_html(analysis), render_markdown(analysis)):
        assert "Telephone sound." in text
        assert "Before you trust the numbers" not in text
    assert digest_of(analysis).warnings == ()
