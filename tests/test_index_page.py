"""The index in a real browser, opened from a folder: filters, order, pages, and hostile texts."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest

from callcoach.config.config import Config
from callcoach.config.reports import SiteConfig
from callcoach.model.coaching import Verdict
from callcoach.model.recording import MetadataItem
from callcoach.reports.scripts import inline_script, json_block
from callcoach.reports.shares import ShareBar
from callcoach.reports.site.digest import CallDigest
from callcoach.reports.site.index_data import QUOTE_CHARACTERS, filter_columns, index_data, short
from callcoach.reports.site.index_page import FailureRow
from callcoach.text import formatting
from coached import scored
from digests import digest, many, told
from factory import mono, two_channels
from shipped import digest_of, render_index

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")

HOSTILE = (
    "<script>window.hit=1</script>",
    '"><img src=x onerror="window.hit=1">',
    '=HYPERLINK("http://x.example","y")',
    "</script><script>window.hit=1</script>",
    "<!-- \u2028 \u202etxt.exe \u05d0\u200f \U0001f600 &amp; %3Cb%3E",
    "__proto__",
)
BAR = (ShareBar("Agent", "a", "60 %", 0.0, 60.0), ShareBar("Customer", "b", "40 %", 60.0, 40.0))


def batch() -> list[CallDigest]:
    """Three agents with 60 calls each, a call nobody knows anything of, and a real one."""
    calls = [call for n, name in enumerate(("ana", "bo", "cy")) for call in many(name, 60, seed=n)]
    calls = [replace(call, shares=BAR) for call in calls]
    bare = digest("bare", None, None, overall=None)
    return [*calls, bare, digest_of(scored()), digest_of(mono())]


def hostile() -> list[CallDigest]:
    calls = []
    for number, text in enumerate(HOSTILE * 2):
        finding = replace(told(quote=text), title=text)
        good = replace(told(quote=text, verdict=Verdict.STRENGTH), title=text)
        call = digest(f"{number} {text}", text, 1.0, findings=[finding, good], categories=[text])
        calls.append(
            replace(
                call,
                started_at=text,
                warnings=(formatting.clean(text),),
                metadata=(MetadataItem(text, text), MetadataItem("queue", text)),
                shares=(ShareBar(formatting.clean(text), "a", "60 %", 0.0, 60.0),),
            )
        )
    return calls


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as run:
        found = run.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield found
        found.close()


Opened = Callable[..., "Page"]


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Opened]:
    """Opens an index; the test fails on console messages and on requests for anything else."""
    complaints: list[str] = []
    contexts = []
    path = tmp_path / "index.html"

    def open_page(
        calls: list[CallDigest], hash_text: str = "", *, width: int = 1440, **options: object
    ) -> Page:
        failed = [FailureRow("broken", "broken.wav", "it is empty; export it again", "reading")]
        path.write_text(render_index(calls, failed), encoding="utf-8")
        size = {"width": width, "height": 900}
        context = browser.new_context(viewport=size, **options)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "request",
            lambda request: (
                None
                if request.url.split("#")[0] == path.as_uri()
                else complaints.append(request.url)
            ),
        )
        page.goto(path.as_uri() + hash_text)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def ids(page: Page) -> list[str]:
    return page.locator("#list tbody th").all_inner_texts()


def column(page: Page, name: str) -> list[str]:
    return page.locator(f'#list tbody td[data-name="{name}"]').all_inner_texts()


def count(page: Page) -> str:
    return page.locator("#count").inner_text().replace("\u00a0", " ")


def settled(page: Page, text: str) -> None:
    """Wait until the number of calls is told in words that begin like this.

    The browser asks, not a function in the page: the page's policy lets nothing be evaluated.
    """
    begun = re.compile("^" + re.escape(text).replace("\\ ", r"\s"))
    page.locator("#count", has_text=begun).wait_for(timeout=10_000)


def state(page: Page) -> str:
    return unquote(page.evaluate("location.hash"))


@needs_browser
def test_all_calls_come_newest_first_by_the_page(opened: Opened) -> None:
    page = opened(batch())
    assert count(page) == "183 calls. Page 1 of 2."
    first = ids(page)
    assert len(first) == 100 and first[:3] == ["ana-059", "bo-059", "cy-059"]
    page.get_by_role("button", name="Next page").click()
    assert count(page) == "183 calls. Page 2 of 2." and state(page) == "#page=2"
    assert ids(page)[-1] in ("bare", "mono_0003")  # without a date at the end
    assert page.get_by_role("button", name="Next page").is_disabled()
    page.get_by_role("button", name="Previous page").click()
    assert ids(page) == first and state(page) in ("", "#")


@needs_browser
def test_filters_work_together_and_stay_in_the_address(opened: Opened) -> None:
    calls = batch()
    page = opened(calls)
    page.get_by_label("Agent", exact=True).select_option("bo")
    page.get_by_label("Queue").select_option("billing")
    page.get_by_label("Trust in the numbers").select_option("good")
    expected = {
        c.call_id
        for c in calls
        if c.agent_id == "bo" and c.described("queue") == "billing" and c.trust.level == "good"
    }
    assert set(ids(page)) == expected and 0 < len(expected) < 20
    assert count(page) == f"{len(expected)} of 183 calls."
    assert state(page) == "#agent=bo&m.queue=billing&trust=good"
    shared = opened(calls, "#agent=bo&m.queue=billing&trust=good")
    assert ids(shared) == ids(page)
    assert shared.get_by_label("Agent", exact=True).input_value() == "bo"
    shared.evaluate("location.hash = '#agent=cy&page=7&sort=nonsense&agent2=x&trust=none'")
    settled(shared, "60")
    assert set(ids(shared)) == {c.call_id for c in calls if c.agent_id == "cy"}
    shared.get_by_role("button", name="Clear filters").click()
    assert count(shared) == "183 calls. Page 1 of 2."


@needs_browser
def test_dates_scores_and_categories(opened: Opened) -> None:
    calls = batch()
    page = opened(calls)
    page.get_by_label("From", exact=True).fill("2026-01-20")
    page.get_by_label("To", exact=True).fill("2026-01-21")
    assert sorted(ids(page)) == sorted(
        c.call_id for c in calls if (c.started_at or "")[:10] in ("2026-01-20", "2026-01-21")
    )
    page.get_by_role("button", name="Clear filters").click()
    page.get_by_label("Chapter of the guide").select_option("attend")
    page.get_by_label("Score", exact=True).fill("40")
    scores = {c.call_id: p.score for c in calls if (p := c.practice("attend")) is not None}
    low = {call_id for call_id, score in scores.items() if score is not None and score < 40}
    settled(page, f"{len(low)} of 183")
    assert set(ids(page)) == low and 5 < len(low) < 100
    assert all(": " in text for text in column(page, "Overall score, of 100"))
    page.get_by_label("Below or from").select_option("from")
    high = sum(score is not None and score >= 40 for score in scores.values())
    assert count(page).startswith(f"{high} of 183")
    page.get_by_role("button", name="Clear filters").click()
    page.get_by_label("Category").select_option("May leave")
    assert set(ids(page)) == {c.call_id for c in calls if "May leave" in c.categories}


@needs_browser
def test_search_finds_every_word_and_tells_when_there_is_nothing(opened: Opened) -> None:
    page = opened(batch())
    page.keyboard.press("/")
    page.keyboard.type("CY repairs")
    settled(page, "20 of")
    assert all(call_id.startswith("cy-") for call_id in ids(page))
    assert state(page) == "#q=CY+repairs"
    page.keyboard.type(" nosuchword")
    settled(page, "0 of")
    assert "No call fits" in page.locator("#list tbody").inner_text()


@needs_browser
def test_every_column_sorts_both_ways_by_keyboard(opened: Opened) -> None:
    calls = batch()
    page = opened(calls, "#agent=ana")
    heads = page.locator("#list thead th")
    for place in range(heads.count()):
        button = heads.nth(place).get_by_role("button")
        button.focus()
        page.keyboard.press("Enter")
        first, one = heads.nth(place).get_attribute("aria-sort"), ids(page)
        page.keyboard.press("Enter")
        second, other = heads.nth(place).get_attribute("aria-sort"), ids(page)
        assert {first, second} == {"ascending", "descending"}
        assert sorted(one) == sorted(other) and len(one) == 60
        assert page.locator("#list thead th[aria-sort]").count() == 1
    page.get_by_label("Sort by").select_option("-score")
    shown = [int(text.split()[0]) for text in column(page, "Overall score, of 100")]
    assert shown == sorted(shown, reverse=True)


@needs_browser
def test_the_weightiest_moment_comes_first_and_leads_to_its_finding(opened: Opened) -> None:
    calls = batch()
    page = opened(calls, "#sort=-work")
    moments = {c.call_id: c.strongest(Verdict.OPPORTUNITY) for c in calls}
    weight = {i: round(f.impact, 3) for i, f in moments.items() if f is not None}
    shown = ids(page)
    assert [weight[i] for i in shown] == sorted(weight.values(), reverse=True)[:100]
    found = moments[shown[0]]
    assert found is not None
    link = page.locator("#list tbody tr").first.locator('td[data-name="To work on"] a')
    assert link.get_attribute("href") == f"calls/{shown[0]}/report.html#finding-{found.key}"
    page.evaluate("location.hash = '#sort=work&page=2'")
    settled(page, "183\u00a0calls. Page 2 of 2")
    assert column(page, "To work on")[-1] == "nothing stood out"  # unmeasured last, both ways


@needs_browser
@pytest.mark.parametrize("width", [1440, 390])
def test_hostile_texts_are_texts(opened: Opened, width: int) -> None:
    calls = hostile()
    page = opened(calls, width=width)
    assert page.evaluate("window.hit") is None
    assert page.locator("#list img, #list script, .first img, .first script").count() == 0
    assert len(ids(page)) == len(calls)
    body = page.locator("#list").inner_text()
    assert HOSTILE[0] in body and HOSTILE[1] in body and HOSTILE[3] in body
    assert "\u202e" not in page.content()
    hrefs = page.locator("#list tbody th a").evaluate_all("all => all.map((a) => a.href)")
    folder = page.url.split("#")[0].rsplit("/", 1)[0]
    for href in hrefs:
        assert re.fullmatch(re.escape(folder) + "/calls/[^/#?]+/report\\.html", href), href
    assert {unquote(href).split("/calls/")[1] for href in hrefs} == {
        f"{call.call_id}/report.html" for call in calls
    }
    page.evaluate("document.getElementById('box').open = true")
    page.get_by_label("Agent", exact=True).select_option(HOSTILE[1])
    assert len(ids(page)) == 2
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@needs_browser
def test_rows_are_the_same_with_and_without_scripts(opened: Opened) -> None:
    calls = batch()
    with_scripts = opened(calls).locator("#list tbody").inner_text()
    page = opened(calls, java_script_enabled=False)
    without = page.locator("#list tbody tr")
    assert without.count() == 183
    plain = page.locator("#list tbody").inner_text()
    assert plain.replace("\u00a0", " ").startswith(with_scripts.replace("\u00a0", " "))
    assert not page.locator("#filters").is_visible() and not page.locator("#pages").is_visible()
    assert "The newest 183 of 183 calls" in page.locator("#count").inner_text()


@needs_browser
@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (1440, "dark"), (390, "light")])
def test_it_fits_and_a_checker_of_access_finds_nothing_serious(
    opened: Opened, width: int, scheme: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page = opened(batch(), "#sort=agent", width=width, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = axe.Axe().run(page).response["violations"]
    assert [(v["id"], v["nodes"][0]["html"]) for v in found] == []


@needs_browser
def test_a_phone_shows_calls_before_filters(opened: Opened) -> None:
    page = opened(batch(), width=390)
    assert not page.locator("#filters").is_visible()
    page.get_by_text("Filter and sort").click()
    assert page.locator("#filters").is_visible()
    assert opened(batch(), "#agent=bo", width=390).locator("#filters").is_visible()


@needs_browser
def test_what_to_listen_to_first_follows_the_agent(opened: Opened) -> None:
    page = opened(batch())
    first = page.locator(".first [data-agent]:visible")
    assert first.count() >= 3
    page.get_by_label("Agent", exact=True).select_option("bo")
    assert first.all_inner_texts()[0].startswith("bo") and first.count() == 1
    links = first.locator("a").evaluate_all("all => all.map((a) => a.getAttribute('href'))")
    assert all(href.startswith("calls/bo-") for href in links) and len(links) == 5


# --------------------------------------------------------------------------- data


def test_only_columns_that_calls_share_are_filters() -> None:
    calls = [
        digest(
            f"c{n}", metadata={"queue": "ab"[n % 2], "case": str(n), "site": "north", "age": "x"}
        )
        for n in range(10)
    ]
    calls[0] = replace(calls[0], metadata=(*calls[0].metadata[:3], MetadataItem("age", "y")))
    assert filter_columns(calls, 30) == ("queue", "age")
    assert filter_columns(calls, 2) == ("queue", "age") and filter_columns([], 30) == ()


def test_data_are_plain_and_end_no_block() -> None:
    text = json_block(index_data(hostile(), {}, {}, Config()))
    assert text.isascii() and not set("<>&") & set(text)
    assert len(json.loads(text)["calls"]) == len(HOSTILE) * 2


def test_a_long_quote_is_cut_between_words() -> None:
    assert short("word " * 40) == "word " * 18 + "…"
    assert len(short("x" * 500)) <= QUOTE_CHARACTERS + 2 and short(None) == ""


def test_a_page_holds_no_more_rows_than_the_setting_says() -> None:
    config = Config(site=SiteConfig(static_rows=3))
    page = render_index(many("ana", 10), [], config=config)
    assert page.count('<th scope="row">') == 3
    assert "The newest 3 of 10 calls" in page


def test_the_script_is_small_and_writes_no_html() -> None:
    text = inline_script("index.js").text
    assert len(text.encode()) < 20_000
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", text)


def test_the_order_of_calls_does_not_matter() -> None:
    calls = [digest_of(two_channels()), *many("ana", 5), *many("bo", 5, seed=1)]
    assert render_index(calls, []) == render_index(calls[::-1], [])
