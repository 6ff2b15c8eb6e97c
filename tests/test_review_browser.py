"""The review app as people use it: started by its command, in a real browser."""

from __future__ import annotations

import http.client
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

from callcoach.batch.store import Store
from callcoach.reviews import Opinion, ReviewRole
from coached import finding
from reviewing import KEY, folder
from shipped import ReviewStore, write_analysis

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
CALL = "/calls/c1/report.html"
HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(1)> \U0001f44d'
CARD = f'[id="finding-{KEY}"]'


@contextmanager
def running(out: Path) -> Iterator[tuple[dict[str, str], subprocess.Popen[str]]]:
    """The app with a link for a coach and one for Maya, by whom they are for."""
    command = [sys.executable, "-m", "callcoach", "review", str(out), "--port", "0"]
    command += ["--link", "coach", "--link", "agent:maya"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as app:
        try:
            assert app.stdout is not None
            links = {}
            for line in app.stdout:
                found = re.match(r"  (\S+): (http\S+)", line)
                if found:
                    links[found[1]] = found[2]
                if line.startswith("The review app runs"):
                    break
            yield links, app
        finally:
            app.kill()


@pytest.fixture
def out(tmp_path: Path) -> Path:
    made = folder(tmp_path / "out")
    store = Store.existing(made)
    # A second thing to hear, not among the first, and a hostile one.
    analysis = store.load("c1")
    more = finding(HOSTILE, start_s=62.0, end_s=63.0, title=HOSTILE, rank=2)
    write_analysis(store, replace(analysis, findings=(*(analysis.findings or ()), more)))
    return made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        yield play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])


class Visitor:
    """A person with a browser of their own; ``problems`` is what went wrong in it."""

    def __init__(self, browser: Browser, link: str, name: str, scripts: bool = True) -> None:
        self.root = link.split("/open/")[0]
        self.problems: list[str] = []
        context = browser.new_context(
            viewport={"width": 1440, "height": 900}, java_script_enabled=scripts
        )
        self.page: Page = context.new_page()
        self.page.on("console", self._told)
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("dialog", lambda dialog: self.problems.append(dialog.message))
        self.page.on("request", self._inside)
        self.page.goto(link)
        self.page.wait_for_url(f"{self.root}/")
        self.page.fill("input[name=name]", name)
        self.page.click("button.save")

    def _told(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.problems.append(message.text)

    def _inside(self, request: Request) -> None:
        if not request.url.startswith((self.root, "data:", "blob:")):
            self.problems.append(f"asked for {request.url}")

    def goto(self, path: str) -> Page:
        self.page.goto(self.root + path)
        return self.page


@needs_browser
def test_a_coach_says_what_is_wrong_and_the_agent_answers(out: Path, browser: Browser) -> None:
    with running(out) as (links, _):
        ana = Visitor(browser, links["coach"], "Ana")
        page = ana.goto(CALL)
        form = page.locator(f"{CARD} .review-form")
        form.locator("summary").click()
        form.get_by_label("Disagree").check()
        form.locator("textarea").fill(HOSTILE)
        # What is begun elsewhere on the page is not lost by saving this.
        page.get_by_text("Write a comment on the call").click()
        page.get_by_label("Your comment").fill("half a sent")
        page.get_by_label("The agent too").check()
        form.get_by_role("button", name="Save").click()
        page.get_by_role("status").filter(has_text="Saved").wait_for()
        assert page.get_by_label("Your comment").input_value() == "half a sent"
        assert page.get_by_label("The agent too").is_checked()
        page.reload()
        assert "does not agree" in page.locator(CARD).inner_text()
        assert HOSTILE.split('"')[0] in page.locator(CARD).inner_text()
        assert page.locator(f"{CARD} .review-form input[value=disagree]").is_checked()

        maya = Visitor(browser, links["agent:maya"], "Maya")
        maya.page.get_by_role("link", name="c1").click()
        assert "Ana (coach)" in maya.page.locator("#review").inner_text()
        maya.page.get_by_text("Write to your coach").click()
        maya.page.get_by_label("Your words").fill("The line was bad.\nI could not hear it.")
        maya.page.locator("#review-call").get_by_role("button", name="Save").click()
        maya.page.get_by_role("status").filter(has_text="Saved").wait_for()
        maya.page.reload()
        assert "The line was bad." in maya.page.locator("#review-call").inner_text()

        ana.goto("/")
        assert "The line was bad." in ana.page.locator("table").inner_text()
        assert ana.problems == [] and maya.problems == []
    reviews = ReviewStore(out).of_call("c1")
    assert [one.opinion for one in reviews.findings] == [Opinion.DISAGREE]
    assert [(one.role, one.reviewer) for one in reviews.replies] == [(ReviewRole.AGENT, "Maya")]


@needs_browser
def test_all_of_it_works_without_scripts(out: Path, browser: Browser) -> None:
    with running(out) as (links, _):
        ana = Visitor(browser, links["coach"], "Ana", scripts=False)
        page = ana.goto(CALL)
        form = page.locator(f'[id="review-{KEY}"]')
        form.locator("summary").click()
        form.get_by_label("Not sure").check()
        form.get_by_role("button", name="Save").click()
        page.wait_for_url(f"**{CALL}#review-{KEY}")
        assert "Not sure" in page.locator(f'[id="about-{KEY}"] .review-said').inner_text()
        page.locator("#score-attend summary").click()
        page.locator("#score-attend input[type=number]").fill("40")
        page.locator("#score-attend").get_by_role("button", name="Save").click()
        page.wait_for_url(f"**{CALL}#score-attend")
    (score,) = ReviewStore(out).of_call("c1").scores
    assert score.score == 40


@needs_browser
def test_what_could_not_be_saved_is_still_there_to_save_again(out: Path, browser: Browser) -> None:
    with running(out) as (links, _):
        ana = Visitor(browser, links["coach"], "Ana")
        page = ana.goto(CALL)
        page.get_by_text("Write a comment on the call").click()
        page.get_by_label("Your comment").fill("half a thought")
        page.evaluate("document.querySelector('#review-call input[name=form_token]').value = 'x'")
        page.locator("#review-call").get_by_role("button", name="Save").first.click()
        page.get_by_role("status").filter(has_text="Not saved").wait_for()
        assert page.get_by_label("Your comment").input_value() == "half a thought"
    assert ReviewStore(out).events() == ()


@needs_browser
@pytest.mark.parametrize("who", ["coach", "agent:maya"])
def test_pages_are_accessible_and_fit(out: Path, browser: Browser, who: str) -> None:
    paths = ["/", CALL, *(["/calls/c2/score.html"] if who == "coach" else [])]
    with running(out) as (links, _):
        visitor = Visitor(browser, links[who], "Ana")
        for scheme in ("light", "dark"):
            visitor.page.emulate_media(color_scheme=scheme)
            for path in paths:
                page = visitor.goto(path)
                page.evaluate(
                    "for (const d of document.querySelectorAll('.review-form')) d.open = true"
                )
                for width in (1440, 390):
                    page.set_viewport_size({"width": width, "height": 844})
                    wide = page.evaluate("document.documentElement.scrollWidth")
                    assert wide <= width, (path, width)
                    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa"]}).response
                    serious = [
                        (one["id"], one["nodes"][0]["html"], one["nodes"][0]["failureSummary"])
                        for one in found["violations"]
                        if one["impact"] in ("serious", "critical")
                    ]
                    assert not serious, (path, scheme, width)
        assert visitor.problems == []


def test_no_raw_path_leads_out_of_the_folder(out: Path) -> None:
    """A browser tidies ``..`` away before it asks; somebody else does not."""
    with running(out) as (links, _):
        host = links["coach"].split("/")[2]
        token = links["coach"].split("/open/")[1]
        connection = http.client.HTTPConnection(host, timeout=20)
        connection.request("GET", f"/open/{token}")
        answer = connection.getresponse()
        answer.read()
        cookie = answer.headers["set-cookie"].partition(";")[0]
        for path, status in (
            ("/calls/../reviews.sqlite", 404),
            ("/../../../../etc/passwd", 404),
            ("/calls/%2e%2e/%2e%2e/report.html", 404),
            ("/assets/../ledger.sqlite", 404),
            ("/index.html", 200),
        ):
            connection.putrequest("GET", path, skip_host=True)
            connection.putheader("Host", host)
            connection.putheader("Cookie", cookie)
            connection.endheaders()
            answer = connection.getresponse()
            body = answer.read()
            assert answer.status == status, path
            assert b"SQLite format" not in body and b"root:" not in body


def test_the_app_stops_cleanly_and_keeps_no_links_in_its_words(out: Path) -> None:
    with running(out) as (links, app):
        host = links["coach"].split("/")[2]
        connection = http.client.HTTPConnection(host, timeout=20)
        connection.request("GET", "/open/" + links["coach"].split("/open/")[1])
        connection.getresponse().read()
        app.send_signal(signal.SIGINT)
        said, complained = app.communicate(timeout=30)
        assert app.returncode == 0
        assert "Stopped." in said and "/open/" not in said
        assert complained == ""


def test_a_port_that_is_taken_is_told(out: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "callcoach", "review", str(out), "--port", port]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "another program may use the port" in done.stderr and "Traceback" not in done.stderr
