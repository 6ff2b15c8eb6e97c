"""The pages of agents and of the team: what they say, and how they behave in a real browser."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcoach.config import Config
from callcoach.findings import Verdict
from callcoach.reports.boxes import box_figure
from callcoach.reports.hrefs import agent_file, agent_href
from callcoach.reports.plots import plotly_name, plotly_script
from callcoach.reports.trend_cards import OVERALL_TITLE
from callcoach.reports.trends import median_interval
from callcoach.settings.guide import shipped_guide
from digests import digest, many, told
from shipped import render_agent, render_team

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
in_browser = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
HOSTILE = (
    "<script>document.title='hacked'</script>",
    '"><img src=x onerror="document.title=\'hacked\'">',
    "</script><svg onload=\"document.title='hacked'\">",
    "a/../..\\b: 'q' \u202eabc 😀",
)


def plain(html: str) -> str:
    """The words of a page, without markup, scripts and styles."""
    html = re.sub(r"<(script|style)\b.*?</\1>", " ", html, flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def figures(html: str) -> list[dict[str, Any]]:
    found = re.findall(r'<script type="application/json">(.*?)</script>', html, flags=re.S)
    return [json.loads(text) for text in found]


# --------------------------------------------------------------------------- file names


@given(st.lists(st.text(min_size=1, max_size=120), min_size=1, max_size=8, unique=True))
def test_agent_files_are_safe_and_each_agents_own(agents: list[str]) -> None:
    names = [agent_file(agent) for agent in agents]
    assert len({name.lower() for name in names}) == len(agents)
    for name, agent in zip(names, agents, strict=True):
        assert re.fullmatch(r"[a-z0-9_%A-F.-]+\.html", name) and ".." not in name
        assert len(name) < 100 and not name.startswith(".")
        assert unquote(agent_href(agent)) == f"agents/{name}"


def test_names_that_differ_by_capitals_or_mean_a_device_have_files_of_their_own() -> None:
    assert agent_file("ana") == "ana.html"
    assert agent_file("Ana").lower() not in ("ana.html", agent_file("ANA").lower())
    assert agent_file("con") != "con.html"
    assert "/" not in agent_file("a/b") and agent_file("\ud800").endswith(".html")


# --------------------------------------------------------------------------- agent


def test_a_planted_change_is_told_with_its_size_and_only_that() -> None:
    words = plain(render_agent("ana", many(rise={"validate": 60.0}, findings=False, seed=4)))
    told_change = re.search(
        r"Recognise and validate emotions: higher than before\. On average (\d+) points more than "
        r"in the \d+ calls before \(likely between \+(\d+) and \+(\d+)\)",
        words,
    )
    assert told_change is not None
    size, low, high = map(int, told_change.groups())
    assert 0 < low <= size <= high
    assert "No clear change in 18 measures." in words


def test_nothing_is_compared_with_too_few_calls() -> None:
    words = plain(render_agent("few", many("few", 6, rise={"validate": 90.0})))
    assert "No change stands out." in words and "Too few calls to compare 19 measures." in words
    assert "higher than before" not in words and "lower than before" not in words


def test_no_call_and_undated_calls_still_make_a_page() -> None:
    assert "no call has a date" in plain(render_agent("nobody", []))
    words = plain(render_agent("u", [digest(day=None), digest("call-2", day=1.0)]))
    assert "stand in no trend: 1." in words


def test_the_page_shows_at_most_two_focus_areas_with_moments_that_link() -> None:
    calls = many(calls=30, seed=2)
    html = render_agent("ana", calls)
    part = html.split('id="focus"')[1].split("</section>")[0]
    assert 1 <= part.count('class="habit"') <= 2
    links = re.findall(r'href="\.\./calls/([^/]+)/report\.html#finding-([^"]+)"', part)
    known = {(call.call_id, finding.key) for call in calls for finding in call.findings}
    assert links and set(links) <= known
    moment = told(at_s=1.0)
    none = render_agent(
        "x", [digest(f"c{i}", "x", i, findings=[moment][: i == 0]) for i in range(9)]
    )
    assert "Nothing came back often and clearly enough" in plain(none)


def test_an_agents_page_names_no_colleague_and_what_a_recording_cannot_show() -> None:
    words = plain(render_agent("ana", many("ana", 20)))
    assert "A recording cannot show this." in words
    assert "ben" not in words.split() and "rank" not in words


def test_every_figure_is_valid_for_plotly_and_stands_as_picture_and_table_too() -> None:
    import plotly.graph_objects as go

    html = render_agent("ana", many(calls=20))
    found = figures(html)
    assert len(found) == 19
    for one in [*found, box_figure()]:
        go.Figure(one)
    assert html.count('<svg viewBox="0 0 320') == 19
    table = html.split("<table>")[1].split("</table>")[0]
    figure = found[0]["data"][3]
    assert table.count("<tr>") == 1 + len(figure["y"])
    for _, text, href in figure["customdata"]:
        assert text in table and f'href="{href}"' in table


def test_the_newest_call_stands_at_the_right_of_every_plot() -> None:
    calls = many(calls=25)
    (figure, *_) = figures(render_agent("ana", calls[::-1]))
    dots = figure["data"][3]
    assert dots["x"] == sorted(dots["x"]) and max(dots["x"]) == 24
    assert calls[-1].call_id in dots["customdata"][-1][0]


# --------------------------------------------------------------------------- team


def team() -> list[Any]:
    sizes = (("zoe", 30, 70.0), ("ana", 20, 40.0), ("bo", 4, 90.0))
    return [c for i, (n, k, m) in enumerate(sizes) for c in many(n, k, seed=i, middle=m)]


def test_agents_stand_by_name_with_counts_medians_and_intervals() -> None:
    calls = team()
    html = render_team(calls)
    rows = re.findall(r"<tr data-agent.*?</tr>", html, flags=re.S)
    cells = [plain(row) for row in rows]
    assert [row.split()[0] for row in cells] == ["ana", "bo", "zoe"]
    assert "too few calls" in cells[1] and "too few calls" not in cells[0] + cells[2]
    own = [c.overall for c in calls if c.agent_id == "zoe" and c.overall is not None]
    ends = median_interval(own)
    assert ends is not None
    assert f"{ends[0]:.0f} to {ends[1]:.0f} points" in cells[2]


def test_moments_are_the_strongest_one_of_each_call() -> None:
    calls = team()
    html = render_team(calls)
    lists = re.findall(r'<ul class="team-moments">.*?</ul>', html, flags=re.S)
    for found, verdict in zip(lists, (Verdict.STRENGTH, Verdict.OPPORTUNITY), strict=True):
        shown = re.findall(r'<li data-call="\d+"><strong>.*?calls/([^/]+)/', found)
        best = {c.call_id: f for c in calls if (f := c.strongest(verdict)) is not None}
        order = sorted(best, key=lambda n: (-best[n].impact, n))
        assert shown == order[: Config().trends.team_moments]


def test_a_team_without_calls_and_calls_without_scores_still_make_a_page() -> None:
    assert "No strength was named yet." in plain(render_team([]))
    words = plain(render_team([digest(agent_id=None, overall=None)]))
    assert "agent not given" in words and "no score" in words


def test_hostile_names_are_text_on_both_pages() -> None:
    calls = [
        digest(
            f"{text}{i}", text, i, findings=[told(quote=text)], categories=[text],
            metadata={f"queue {text}": f"{text}{i % 2}"}, scores={"attend": 10.0 * i},
        )
        for text in HOSTILE
        for i in range(5)
    ]  # fmt: skip
    pages = [
        render_team(calls),
        *(render_agent(t, [c for c in calls if c.agent_id == t]) for t in HOSTILE),
    ]
    for html in pages:
        assert "<img" not in html and "<svg onload" not in html and "\u202e" not in html
        assert "<script>document" not in html
    assert "<script>document.title" in plain(pages[0])


# --------------------------------------------------------------------------- browser


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("site")
    (root / "agents").mkdir()
    (root / "assets").mkdir()
    (root / "assets" / plotly_name()).write_bytes(plotly_script())
    calls = [*team(), *many(HOSTILE[1], 12, seed=9)]
    (root / "team.html").write_text(render_team(calls), encoding="utf-8")
    ana = many(calls=40, rise={"validate": 60.0}, seed=4)
    (root / "agents" / agent_file("ana")).write_text(render_agent("ana", ana), encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield chromium
        chromium.close()


def opened(browser: Any, path: Path, **options: Any) -> tuple[Any, list[str], list[str]]:
    page = browser.new_page(**options)
    complaints: list[str] = []
    requests: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(path.as_uri())
    page.locator("figure.plot").first.scroll_into_view_if_needed()
    page.wait_for_selector("figure.drawn .main-svg")
    return page, complaints, requests


@in_browser
@pytest.mark.parametrize("name", ["team.html", "agents/ana.html"])
@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (1440, "dark"), (390, "light")])
def test_pages_open_without_complaint_fit_and_are_accessible(
    browser: Any, folder: Path, name: str, width: int, scheme: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page, complaints, requests = opened(
        browser, folder / name, viewport={"width": width, "height": 900}, color_scheme=scheme
    )
    page.wait_for_timeout(300)
    assert complaints == []
    assert set(requests) == {(folder / name).as_uri(), (folder / "assets" / plotly_name()).as_uri()}
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.title() in ("Team", "Calls of ana")
    # The page's own policy allows no script of the test: axe looks at it in a world of its own.
    page.close()
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True
    )
    page, _, _ = opened(context, folder / name)
    found = Axe().run(page).response["violations"]
    assert [v["id"] for v in found if v["impact"] in ("serious", "critical")] == []
    context.close()


@in_browser
def test_a_click_on_a_call_in_a_plot_opens_it(browser: Any, folder: Path) -> None:
    page, _, _ = opened(browser, folder / "agents" / "ana.html")
    figure = page.locator("figure.drawn").first
    figure.scroll_into_view_if_needed()
    page.wait_for_timeout(500)
    dot = figure.locator(".points path.point").first.bounding_box()
    where: list[str] = []
    page.on("request", lambda request: where.append(request.url))
    page.mouse.move(dot["x"] + dot["width"] / 2, dot["y"] + dot["height"] / 2)
    page.wait_for_timeout(300)
    page.mouse.down()
    page.mouse.up()
    page.wait_for_timeout(500)
    assert any(re.search(r"/calls/ana-\d+/report\.html$", url) for url in where)
    page.close()


@in_browser
def test_without_scripts_or_without_plotly_the_pictures_stand(browser: Any, folder: Path) -> None:
    for name in ("team.html", "agents/ana.html"):
        context = browser.new_context(java_script_enabled=False)
        page = context.new_page()
        page.goto((folder / name).as_uri())
        assert page.locator("figure.plot .static svg").first.is_visible()
        assert not page.locator("#filters").is_visible()
        context.close()
        alone = folder / "alone" / name
        alone.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(folder / name, alone)
        page = browser.new_page()
        page.goto(alone.as_uri())
        page.wait_for_timeout(500)
        assert page.locator("figure.plot .static svg").first.is_visible()
        page.close()


@in_browser
def test_on_paper_the_pictures_stand(browser: Any, folder: Path) -> None:
    page, _, _ = opened(browser, folder / "team.html")
    picture = page.locator("figure.plot .static svg")
    assert not picture.is_visible()
    page.emulate_media(media="print")
    assert picture.is_visible() and not page.locator("figure.plot .live").is_visible()
    assert not page.locator("#filters").is_visible()
    page.close()


@in_browser
def test_filters_change_table_plot_and_moments_together(browser: Any, folder: Path) -> None:
    page, complaints, _ = opened(browser, folder / "team.html")
    calls = [*team(), *many(HOSTILE[1], 12, seed=9)]
    table = page.locator("#agents tbody")
    before = plain(render_team(calls)).split("Trust, all calls ")[1].split(" Moments to hear")[0]
    # What the script works out for all calls is what the server wrote.
    assert " ".join(table.inner_text().split()) == " ".join(before.split())
    assert HOSTILE[1][:24] in page.locator("figure .live").inner_text().replace("\u00a0", " ")
    page.select_option("#column0", label="billing")
    billing = [c for c in calls if c.described("queue") == "billing"]
    zoe = [c for c in billing if c.agent_id == "zoe"]
    row = page.locator("#agents tr", has_text="zoe")
    assert row.locator("[data-cell=calls]").inner_text() == str(len(zoe))
    assert f"{len(billing)} of {len(calls)} calls" in page.locator("#found").inner_text()
    ends = median_interval([c.overall for c in zoe if c.overall is not None])
    assert ends is not None
    shown = row.locator("[data-cell=between]").inner_text().replace("\u00a0", " ")
    assert shown == f"{ends[0]:.0f} to {ends[1]:.0f} points"
    ids = {c.call_id for c in billing}
    for link in page.locator(".team-moments li:visible a").all():
        assert unquote(link.get_attribute("href")).split("/")[1] in ids
    page.select_option("#measure", label="Attentive listening")
    assert page.locator("#measure-name").inner_text() == "Attentive listening"
    assert not page.locator("figcaption").is_visible()
    page.fill("#from", "2030-01-01")
    assert page.locator("#found").inner_text().startswith("0 of ")
    page.click("button[type=reset]")
    page.wait_for_timeout(100)
    assert page.locator("#found").inner_text().startswith(f"{len(calls)} of ")
    assert page.locator("#measure-name").inner_text() == OVERALL_TITLE
    assert complaints == []
    page.close()


def test_every_chapter_of_the_guide_has_its_place() -> None:
    html = unescape(render_agent("ana", many(calls=10)))
    for chapter in shipped_guide().chapters:
        assert f"<h3>{chapter.title}" in html
