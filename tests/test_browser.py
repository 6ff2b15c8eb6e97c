"""The pages in a real browser."""

from __future__ import annotations

import functools
import json
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from callcoach.reports.site.index_page import FailureRow
from coached import coached, scored
from factory import long_call, mono, tense_call, two_channels
from shipped import digest_of, render_html, render_index

sync_api = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")


def opened(html: str) -> str:
    """A page with its chapters and sections unfolded."""
    for name in ("chapter", "fold", "box fold"):
        html = html.replace(f'<details class="{name}', f'<details open class="{name}')
    return html


def unguarded(html: str) -> str:
    """A page without its policy, so that a script of the test's own runs in it."""
    return re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", html)


@functools.cache
def pages() -> Mapping[str, str]:
    analyses = [two_channels(), mono(), long_call(), tense_call(), coached(tense_call()), scored()]
    failed = [FailureRow("bad", "bad.wav", "bad.wav is empty; fetch it again", "reading the sound")]
    made = {f"call{i}": opened(render_html(analysis)) for i, analysis in enumerate(analyses)}
    return made | {"index": render_index([digest_of(a) for a in analyses], failed)}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with sync_api.sync_playwright() as started:
        flags = ["--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        browser = started.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser
        browser.close()


@contextmanager
def shown(chromium: Any, file: Path, html: str, width: int, height: int = 900) -> Iterator[Any]:
    """A page as a file in a window; what it complains of fails the test."""
    file.write_text(html, encoding="utf-8")
    complaints: list[str] = []
    page = chromium.new_page(viewport={"width": width, "height": height})
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(file.as_uri())
    yield page
    page.close()
    assert complaints == []


@pytest.mark.parametrize("name", ["call0", "call1", "call2", "call3", "call4", "call5", "index"])
@pytest.mark.parametrize("width", [1440, 500, 390])
def test_pages_open_without_complaint_and_fit_the_window(
    chromium: Any, tmp_path: Path, name: str, width: int
) -> None:
    with shown(chromium, tmp_path / "page.html", pages()[name], width) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= width


# What sticks out of the window, is drawn on top of another text of its scale, or is not drawn.
PROBE = """
const wrong = [];
const wide = document.documentElement.clientWidth;
const rects = (within, what) => [...within.querySelectorAll(what)].map((element) =>
  [element.textContent.trim(), element.getBoundingClientRect()]);
for (const curve of document.querySelectorAll(".panel .curve")) {
  for (const [text, rect] of rects(curve, "text")) {
    if (rect.width === 0 || rect.left < 0 || rect.right > wide) wrong.push("text " + text);
  }
  const texts = rects(curve.querySelector("svg"), "text");
  texts.forEach(([one, a], i) => texts.slice(i + 1).forEach(([other, b]) => {
    const beside = a.right <= b.left || b.right <= a.left;
    const above = a.bottom <= b.top + 3 || b.bottom <= a.top + 3;
    if (!beside && !above) wrong.push(one + " on " + other);
  }));
  const picture = curve.querySelector("[role=img]");
  if (picture && picture.getBoundingClientRect().width < 250) wrong.push("narrow picture");
}
for (const [, rect] of rects(document, ".panel polyline, .panel .tense-bar, .panel .named-bar")) {
  if (rect.width + rect.height <= 0 || rect.right > wide + 1) wrong.push("line");
}
const lines = document.querySelectorAll(".panel polyline").length;
document.title = lines + " lines; " + wrong.join(", ");
"""


@pytest.mark.parametrize("width", [1440, 500])
def test_the_voice_panel_is_drawn_and_nothing_sticks_out(
    chromium: Any, tmp_path: Path, width: int
) -> None:
    with shown(chromium, tmp_path / "page.html", pages()["call3"], width) as page:
        page.evaluate(f"() => {{{PROBE}}}")
        lines, _, wrong = page.title().partition(" lines;")
    assert wrong == "" and int(lines) > 20


# The page in a frame as narrow as a phone. The probe opens everything that folds and lists what
# sticks out of the sections on what was said.
FRAME = """<!doctype html><iframe style="width:{width}px;height:900px;border:0"></iframe><script>
const frame = document.querySelector("iframe");
frame.onload = () => {{
  const page = frame.contentDocument;
  page.querySelectorAll("details").forEach((one) => {{ one.open = true; }});
  const sections = ["gist", "heard"].map((id) => page.getElementById(id).closest("section"));
  const wrong = sections.flatMap((one) => [...one.querySelectorAll("*")]).filter((element) => {{
    const rect = element.getBoundingClientRect();
    return rect.right > {width} + 0.5 || rect.left < 0 || element.scrollWidth > {width};
  }});
  const seen = sections.filter((one) => one.checkVisibility() && one.offsetHeight > 100).length;
  const whys = [...page.querySelectorAll(".why li")].filter((one) => one.offsetHeight > 10).length;
  const wide = page.documentElement.scrollWidth;
  const out = wrong.map((one) => one.outerHTML.slice(0, 60)).join(" ");
  document.title = `${{seen}} seen, ${{whys}} whys, ${{wide}} wide, out: ${{out}}`;
}};
frame.srcdoc = {page};
</script>"""


@pytest.mark.parametrize("width", [400, 1000])
def test_what_was_said_is_seen_and_nothing_sticks_out(
    chromium: Any, tmp_path: Path, width: int
) -> None:
    analysis = two_channels()
    long = replace((analysis.concerns or ())[0], quote="Donaudampfschiff" * 20)
    mark = replace((analysis.closing or ())[0], when="x" * 300)
    html = render_html(replace(analysis, concerns=(long,), closing=(mark,)))
    inner = json.dumps(unguarded(html)).replace("</", "<\\/")
    framed = FRAME.format(width=width, page=inner)
    with shown(chromium, tmp_path / "frame.html", framed, 1200) as page:
        page.wait_for_function("document.title")
        assert page.title() == f"2 seen, 9 whys, {width} wide, out:"


def test_the_policy_blocks_nothing_the_page_needs(chromium: Any, tmp_path: Path) -> None:
    picture = tmp_path / "page.png"
    with shown(chromium, tmp_path / "page.html", pages()["call0"], 1440, 1200) as page:
        page.screenshot(path=picture)
    colours = _colours(picture)
    assert colours > 50, "a blank or unstyled page has few colours"


def test_a_complaint_of_the_browser_is_noticed(chromium: Any, tmp_path: Path) -> None:
    html = pages()["call0"].replace("</body>", "<script>document.title = 1</script></body>")
    with (
        pytest.raises(AssertionError, match="Content Security Policy"),
        shown(chromium, tmp_path / "page.html", html, 1440),
    ):
        pass


def _colours(picture: Path) -> int:
    import av

    with av.open(str(picture)) as container:
        frame = next(container.decode(video=0)).to_ndarray(format="rgb24")
    return len(np.unique(frame.reshape(-1, 3), axis=0))
