"""The call page in a real browser: hear a moment, follow the words, search, and fit the screen."""

from __future__ import annotations

import dataclasses
import math
import shutil
import struct
import wave
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import factory
from callcoach.call import CallAnalysis
from callcoach.playback import Playback, PlaybackKind, Waveform
from coached import coached, scored
from shipped import render_html
from test_reports import NASTY, nasty

sync_api = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
SOUND = "document.querySelector('#sound')"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with sync_api.sync_playwright() as started:
        flags = ["--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"]
        browser = started.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser
        browser.close()


def tone(path: Path, seconds: float, rate_hz: int = 8000) -> None:
    """A quiet tone, as long as a call."""
    samples = (int(3000 * math.sin(i * 0.35)) for i in range(int(seconds * rate_hz)))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))


def heard(analysis: CallAnalysis) -> CallAnalysis:
    """A call with sound and waveforms."""
    steps = int(analysis.call.duration_s / 0.25) + 1
    waves = tuple(
        Waveform(
            party.id,
            0.25,
            tuple(
                60 + 7 * (i % 5)
                if any(
                    r.speaker == party.id and r.start_s <= i * 0.25 < r.end_s
                    for r in analysis.activity
                )
                else 0
                for i in range(steps)
            ),
        )
        for party in analysis.call.parties
    )
    playback = Playback(PlaybackKind.COPY, "audio.wav", "audio/wav")
    return dataclasses.replace(analysis, waveform=waves, playback=playback)


def full_call() -> CallAnalysis:
    """Three strengths and three opportunities, with sound."""
    base = scored()
    lead = next(f for f in base.findings or () if f.verdict == "opportunity")
    well = next(f for f in base.findings or () if f.verdict == "strength")
    findings = tuple(
        dataclasses.replace(
            kind, start_s=at, end_s=at + 4.0, rank=rank, turn=turn, quote="So you do see it.",
            why="A customer who is not heard tells the story again.",
            advice="Say one sentence about what they went through. Then go on to the repair.",
        )
        for kind, places in ((well, ((5.4, "t2"), (14.6, "t3"), (67.3, "t11"))),
                             (lead, ((21.0, "t5"), (58.9, "t10"), (85.1, "t14"))))
        for rank, (at, turn) in enumerate(places, start=1)
    )  # fmt: skip
    return heard(dataclasses.replace(base, findings=findings))


class Opened:
    """A page in its own folder, with what it logged and asked for."""

    def __init__(self, browser: Any, folder: Path, html: str, **options: Any) -> None:
        self.path = folder / "report.html"
        self.path.write_text(html, encoding="utf-8")
        if "audio.wav" in html:
            tone(folder / "audio.wav", 106.0)
        options = {"viewport": {"width": 1440, "height": 900}} | options
        self.context = browser.new_context(**options)
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))

    def go(self, part: str = "") -> Any:
        # A new address for each: going to a part of the page that is open would not load it again.
        self.page.goto(self.path.as_uri() + part)
        return self.page


@pytest.fixture
def opened(chromium: Any, tmp_path: Path) -> Iterator[Callable[..., Opened]]:
    made: list[Opened] = []

    def make(html: str, **options: Any) -> Opened:
        made.append(Opened(chromium, tmp_path, html, **options))
        return made[-1]

    yield make
    folder = tmp_path.as_uri()
    for one in made:
        assert one.complaints == []
        assert [url for url in one.asked if not url.startswith(folder)] == []
        one.context.close()


def wait(page: Any, what: str) -> None:
    """Wait until an expression is true. Playwright's own way needs what the policy forbids."""
    for _ in range(200):
        if page.evaluate(f"Boolean({what})"):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"never true: {what}")


def at_s(page: Any) -> float:
    return float(page.evaluate(f"{SOUND}.currentTime"))


def test_a_card_plays_its_moment_and_the_words_follow(opened: Callable[..., Opened]) -> None:
    page = opened(render_html(full_call())).go()
    page.click(".lead[data-finding=cut_in-58900] .play")
    wait(page, f"{SOUND}.currentTime > 58.3")
    assert 57.9 < at_s(page) < 63.5
    wait(page, "document.querySelector('[aria-current]') !== null")
    line = page.locator(".line[aria-current=true]")
    assert "both payments here" in line.inner_text()
    box, pane = line.bounding_box(), page.locator("#words").bounding_box()
    assert pane["y"] <= box["y"] + 1 and box["y"] + box["height"] <= pane["y"] + pane["height"] + 1
    assert page.locator("#caption").inner_text() != ""
    page.evaluate(f"{SOUND}.currentTime = 62.7")
    wait(page, f"{SOUND}.paused")
    assert 62.9 <= at_s(page) < 63.6, "it stops where the moment ends"
    assert "Stopped" in page.locator("#live").inner_text()


def test_the_timeline_and_the_transcript_play_from_a_click(opened: Callable[..., Opened]) -> None:
    page = opened(render_html(full_call())).go()
    box = page.locator(".plotted .lane").first.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 20)
    length = float(page.get_attribute("main", "data-length"))
    wait(page, f"{SOUND}.currentTime > {length / 2}")
    assert at_s(page) == pytest.approx(length / 2, abs=1.5)
    cursor = page.locator(".cursor").bounding_box()
    assert cursor["x"] == pytest.approx(box["x"] + box["width"] / 2, abs=30)
    page.locator("#turn-7 .time").click()
    wait(page, f"{SOUND}.currentTime < 40")
    assert 32.2 <= at_s(page) < 34
    page.click("[data-zoom='4']")
    wide = page.locator(".plotted").bounding_box()["width"]
    assert wide == pytest.approx(4 * page.locator(".scroller").bounding_box()["width"], rel=0.02)
    assert page.evaluate("document.documentElement.scrollWidth") <= 1440


@pytest.mark.parametrize("zoom", [1, 2, 4, 8])
def test_the_times_of_the_timeline_are_as_far_apart_as_each_other(
    opened: Callable[..., Opened], zoom: int
) -> None:
    page = opened(render_html(full_call())).go()
    page.click(f"[data-zoom='{zoom}']")
    ticks = page.locator(".plotted g > line.axis").evaluate_all(
        "all => all.filter(one => getComputedStyle(one.parentNode).display !== 'none')"
        ".map(one => parseFloat(one.getAttribute('x1')))"
    )
    steps = [after - before for before, after in pairwise(ticks)]
    assert len(steps) > 2 and steps == pytest.approx([steps[0]] * len(steps), abs=0.03)


def test_keys(opened: Callable[..., Opened]) -> None:
    page = opened(render_html(full_call())).go("#t=20")
    assert at_s(page) == 20 and page.evaluate(f"{SOUND}.paused")
    page.keyboard.press("ArrowRight")
    assert at_s(page) == 25
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert at_s(page) == 15
    page.keyboard.press("Space")
    wait(page, f"!{SOUND}.paused && {SOUND}.currentTime > 15")
    page.keyboard.press("Space")
    wait(page, f"{SOUND}.paused")
    before = at_s(page)
    page.keyboard.press("n")
    later = at_s(page)
    assert later > before
    page.keyboard.press("n")
    assert at_s(page) > later
    page.keyboard.press("p")
    page.keyboard.press("p")
    assert at_s(page) < later
    page.keyboard.press("?")
    assert page.locator("#keys").is_visible()
    page.keyboard.press("Escape")
    page.evaluate(f"{SOUND}.pause()")
    still = at_s(page)
    page.keyboard.press("/")
    page.keyboard.type("n p ?")
    assert page.input_value("#search") == "n p ?"
    assert at_s(page) == still and not page.locator("#keys").is_visible()
    page.select_option("#speed", "1.5")
    assert page.evaluate(f"{SOUND}.playbackRate") == 1.5


def test_search_counts_marks_and_leads_on(opened: Callable[..., Opened]) -> None:
    page = opened(render_html(full_call())).go()
    words = page.locator("#words").inner_text()
    page.keyboard.press("/")
    page.keyboard.type("payments")
    many = page.evaluate(
        "[...document.querySelectorAll('.said')].map(e => e.textContent).join(' ').toLowerCase()"
        ".split('payments').length - 1"
    )
    assert many > 2 and page.locator("mark").count() == many
    assert page.inner_text("#found") == f"1 of {many}"
    page.keyboard.press("Enter")
    assert page.inner_text("#found") == f"2 of {many}"
    page.click("#found-before")
    page.click("#found-before")
    assert page.inner_text("#found") == f"{many} of {many}"
    assert page.locator("mark.on").count() == 1
    page.fill("#search", "zebra")
    assert page.inner_text("#found") == "not found" and page.locator("mark").count() == 0
    assert page.locator("#words").inner_text() == words


def test_the_words_stop_following_when_the_reader_scrolls(opened: Callable[..., Opened]) -> None:
    page = opened(render_html(full_call())).go()
    page.locator("#words").hover()
    page.mouse.wheel(0, 120)
    wait(page, "!document.querySelector('#follow').checked")
    page.evaluate("document.querySelector('#words').scrollTop = 0")
    page.evaluate(f"{SOUND}.currentTime = 98")
    wait(page, "document.querySelector('.line[aria-current]')?.id.startsWith('turn-1')")
    assert page.evaluate("document.querySelector('#words').scrollTop") == 0
    page.check("#follow")
    wait(page, "document.querySelector('#words').scrollTop > 50")


@pytest.mark.parametrize("part, shown", [
    ("#finding-cut_in-58900", ".lead[data-finding=cut_in-58900]"),
    ("#t10", "#turn-10"),
    ("#turn-13", "#turn-13"),
    ("#calmness", "#calmness"),
    ("#t=83.5", "#turn-13"),
])  # fmt: skip
def test_links_from_outside_show_their_place(
    opened: Callable[..., Opened], part: str, shown: str
) -> None:
    page = opened(render_html(full_call())).go(part)
    page.wait_for_timeout(600)
    if part.startswith("#t="):
        assert at_s(page) == 83.5
        page.locator("#words").scroll_into_view_if_needed()
    box = page.locator(shown).bounding_box()
    assert box is not None and -1 <= box["y"] < 900


def test_the_first_screen_holds_cards_player_and_timeline(opened: Callable[..., Opened]) -> None:
    page = opened(render_html(full_call())).go()
    assert page.locator(".lead").count() == 6
    for what in (".gist", "#player .main", ".timeline", ".overall"):
        box = page.locator(what).bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= 900, what
    for card in page.locator(".lead").all():
        box = card.bounding_box()
        assert box["y"] + box["height"] <= 900
        assert card.locator(".play").first.is_visible()


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("build", [
    full_call, factory.mono, factory.empty, factory.long_call, nasty,
    lambda: coached(factory.tense_call()),
])  # fmt: skip
def test_nothing_sticks_out(
    opened: Callable[..., Opened], build: Callable[[], CallAnalysis], width: int
) -> None:
    page = opened(render_html(build()), viewport={"width": width, "height": 844}).go()
    page.evaluate("document.querySelectorAll('details').forEach(e => { e.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("build", [full_call, lambda: coached(factory.tense_call())])
def test_axe_finds_nothing_serious(
    opened: Callable[..., Opened], build: Callable[[], CallAnalysis], scheme: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    # The checker is put into the page, which the page's own policy forbids.
    page = opened(render_html(build()), color_scheme=scheme, bypass_csp=True).go()
    page.evaluate("document.querySelectorAll('details').forEach(e => { e.open = true; })")
    found = axe.Axe().run(page).response["violations"]
    serious = [
        (item["id"], [node["html"][:120] for node in item["nodes"][:3]])
        for item in found
        if item["impact"] in ("serious", "critical")
    ]
    assert serious == []


def test_without_scripts_the_page_reads_links_and_plays(opened: Callable[..., Opened]) -> None:
    one = opened(render_html(full_call()), java_script_enabled=False)
    page = one.go()
    assert page.locator("#sound").is_visible() and page.locator("#sound[controls]").count() == 1
    for hidden in (".controls", ".find", ".zooms"):
        assert not page.locator(hidden).is_visible()
    page.locator(".lead a[data-play]").first.click()
    assert "#turn-" in page.url
    assert page.locator(".line:target").is_visible()
    # Chromium reports the blocked script of the page as a complaint of its own.
    one.complaints.clear()


def test_a_page_without_sound_leads_to_the_words(opened: Callable[..., Opened]) -> None:
    html = render_html(dataclasses.replace(full_call(), playback=None))
    page = opened(html).go()
    assert "No sound is kept with this report" in page.inner_text("main")
    assert page.locator("audio, .play").count() == 0 and "media-src" not in html
    page.locator(".plotted a").first.click()
    assert "#turn-" in page.url and page.locator(".line.here").is_visible()
    page.keyboard.press("n")
    assert page.locator(".plotted a.on").count() == 1


def test_sound_that_is_gone_is_told(opened: Callable[..., Opened], tmp_path: Path) -> None:
    one = opened(render_html(full_call()))
    (tmp_path / "audio.wav").unlink()
    page = one.go()
    page.wait_for_selector("#lost:not([hidden])")
    assert not page.locator(".play").first.is_visible()
    one.complaints.clear()  # the browser's own line on the missing file


def test_hostile_text_is_shown_and_never_run(opened: Callable[..., Opened]) -> None:
    texts = (
        NASTY,
        '"><img src=x onerror=alert(1)>',
        '=HYPERLINK("http://x.y")',
        "\u202e\U0001f600",
    )
    evil = dataclasses.replace(
        nasty(),
        turns=tuple(
            dataclasses.replace(turn, text=texts[i % len(texts)])
            for i, turn in enumerate(nasty().turns)
        ),
        playback=Playback(PlaybackKind.LINK, 'audio.wav"><img src=x onerror=alert(1)>', "x"),
    )
    one = opened(render_html(evil))
    page = one.go()
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    shown = page.inner_text("#words")
    assert '<script>alert("x")</script>' in shown and '"><img src=x onerror' in shown
    assert "\U0001f600" in shown and "\u202e" not in shown
    assert page.locator("img").count() == 0 and page.locator("script").count() == 1
    page.wait_for_selector("#lost:not([hidden])")
    one.complaints.clear()  # the sound with that name is not there
    one.asked.clear()


def test_print_shows_the_rows_and_what_was_folded(opened: Callable[..., Opened]) -> None:
    page = opened(render_html(full_call())).go()
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator(".rows").is_visible() and not page.locator(".timeline").is_visible()
    assert not page.locator("#player").is_visible()
    assert page.locator("#numbers").is_visible()
    assert page.locator("main details").count() == page.locator("main details[open]").count() > 12
    pane = page.locator("#words")
    assert pane.evaluate("e => e.scrollHeight - e.clientHeight") <= 1
