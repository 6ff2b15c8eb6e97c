"""How big a call's page is, and how long a browser needs to show it.

    python benchmarks/pages.py

The call is made up: ten minutes with two voices, waveforms and everything that coaching says. The
times are medians of several loads in Debian's Chromium, beside those of an empty page in the same
run, so that the machine's own speed can be taken off. It needs playwright and Chromium.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

import factory
from callcoach.playback import Waveform
from callcoach.reports.call_page import render_html
from callcoach.settings.site import SiteConfig
from coached import coached

LOADS = 9
TIMES = """() => {
  const [page] = performance.getEntriesByType("navigation");
  const paint = performance.getEntriesByName("first-contentful-paint")[0];
  return [page.domContentLoadedEventEnd, paint ? paint.startTime : null];
}"""
EMPTY = "<!doctype html><title>empty</title><p>empty</p>"


def ten_minutes() -> str:
    """The page of a made-up call of ten minutes."""
    analysis = factory.long_call(10)
    step_s = analysis.call.duration_s / 2000
    waves = tuple(
        Waveform(party.id, step_s, tuple((i * 37) % 101 for i in range(2000)))
        for party in analysis.call.parties
    )
    started = time.perf_counter()
    html = render_html(coached(replace(analysis, waveform=waves)), site=SiteConfig())
    print(f"scored and rendered in {time.perf_counter() - started:.2f} s")
    return html


def main() -> None:
    """Print the table."""
    from playwright.sync_api import sync_playwright

    pages = {"empty": EMPTY, "ten minutes": ten_minutes()}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as started:
        browser = started.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        print(f"{'page':12} {'bytes':>9} {'DOM ready':>10} {'first paint':>12}")
        for name, html in pages.items():
            path = Path(folder) / f"{name}.html"
            path.write_text(html, encoding="utf-8")
            ready, paints = [], []
            for _ in range(LOADS):
                page = browser.new_page(viewport={"width": 1440, "height": 900})
                page.goto(path.as_uri())
                page.wait_for_timeout(300)
                dom_ms, paint_ms = page.evaluate(TIMES)
                ready.append(dom_ms)
                paints += [] if paint_ms is None else [paint_ms]
                page.close()
            paint = f"{statistics.median(paints):.0f} ms" if paints else "none"
            dom = f"{statistics.median(ready):.0f} ms"
            print(f"{name:12} {len(html.encode()):>9} {dom:>10} {paint:>12}")
        browser.close()


if __name__ == "__main__":
    main()
