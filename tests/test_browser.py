"""The pages in a real browser."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from callcoach.reports.site import Failure
from coached import coached, scored
from factory import long_call, mono, tense_call, two_channels
from shipped import digest_of, render_html, render_index

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


def pages() -> dict[str, str]:
    analyses = [two_channels(), mono(), long_call(), tense_call(), coached(tense_call()), scored()]
    failed = [Failure("bad", "bad.wav", "bad.wav is empty; fetch it again", "reading the sound")]
    made = {f"call{i}": opened(render_html(analysis)) for i, analysis in enumerate(analyses)}
    return made | {"index": render_index([digest_of(a) for a in analyses], failed)}


def browse(page: Path, profile: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    assert CHROMIUM is not None
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars"]
    flags += ["--disable-background-networking", "--enable-logging=stderr", "--v=0"]
    flags += [f"--user-data-dir={profile}", *arguments, page.as_uri()]
    return subprocess.run(
        [CHROMIUM, *flags], capture_output=True, text=True, timeout=120, check=True
    )


@pytest.mark.parametrize("name", ["call0", "call1", "call2", "call3", "call4", "call5", "index"])
@pytest.mark.parametrize("width", [1440, 390])
def test_pages_open_without_complaint_and_fit_the_window(
    tmp_path: Path, name: str, width: int
) -> None:
    # A script of the test's own asks for the page's width; the page itself has none, so its
    # policy is taken out of this copy.
    html = unguarded(pages()[name])
    probe = "<script>document.title = document.documentElement.scrollWidth</script></body>"
    page = tmp_path / "page.html"
    page.write_text(html.replace("</body>", probe), encoding="utf-8")
    shown = browse(page, tmp_path / "profile", "--dump-dom", f"--window-size={width},900")
    title = shown.stdout.split("<title>")[1].split("</title>")[0]
    # Headless Chromium has no window narrower than 500 px.
    assert int(title) <= max(width, 500)
    assert "CONSOLE" not in shown.stderr


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
def test_the_voice_panel_is_drawn_and_nothing_sticks_out(tmp_path: Path, width: int) -> None:
    html = unguarded(pages()["call3"])
    page = tmp_path / "page.html"
    page.write_text(html.replace("</body>", f"<script>{PROBE}</script></body>"), encoding="utf-8")
    shown = browse(page, tmp_path / "profile", "--dump-dom", f"--window-size={width},900")
    title = shown.stdout.split("<title>")[1].split("</title>")[0]
    lines, _, wrong = title.partition(" lines; ")
    assert wrong == "" and int(lines) > 20, title
    assert "CONSOLE" not in shown.stderr


# Headless Chromium has no window narrower than 500 px, a frame can be as narrow as a phone. The
# probe opens everything that folds and lists what sticks out of the sections on what was said.
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
def test_what_was_said_is_seen_and_nothing_sticks_out(tmp_path: Path, width: int) -> None:
    analysis = two_channels()
    long = replace((analysis.concerns or ())[0], quote="Donaudampfschiff" * 20)
    mark = replace((analysis.closing or ())[0], when="x" * 300)
    html = render_html(replace(analysis, concerns=(long,), closing=(mark,)))
    frame = tmp_path / "frame.html"
    inner = json.dumps(unguarded(html)).replace("</", "<\\/")
    frame.write_text(FRAME.format(width=width, page=inner), encoding="utf-8")
    shown = browse(frame, tmp_path / "profile", "--dump-dom", "--window-size=1200,900")
    title = shown.stdout.split("<title>")[1].split("</title>")[0]
    assert title == f"2 seen, 9 whys, {width} wide, out: "


def test_the_policy_blocks_nothing_the_page_needs(tmp_path: Path) -> None:
    page, picture = tmp_path / "page.html", tmp_path / "page.png"
    page.write_text(pages()["call0"], encoding="utf-8")
    shown = browse(page, tmp_path / "profile", f"--screenshot={picture}", "--window-size=1440,1200")
    assert "CONSOLE" not in shown.stderr
    colours = _colours(picture)
    assert colours > 50, "a blank or unstyled page has few colours"


def _colours(picture: Path) -> int:
    import av

    with av.open(str(picture)) as container:
        frame = next(container.decode(video=0)).to_ndarray(format="rgb24")
    return len(np.unique(frame.reshape(-1, 3), axis=0))
