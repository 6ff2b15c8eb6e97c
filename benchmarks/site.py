"""How long the pages about many calls take to make and to open.

    python benchmarks/site.py [ANALYSIS ...] [--calls 1000] [--index 10000] [--jobs 2]

Copies of stored analyses (``analysis.json`` files; without any, a made-up scored call of 2.5
minutes) fill an output folder. Then it is timed in processes of their own, from the start of the
program to the last file:

- ``callcoach report OUT``: every call's page, all tables, the index and the agents' pages;
- what a run does after one new call was analysed: scoring, tables, index and that agent's page;
- the same when nothing has changed.

The index of as many made-up calls as ``--index`` says is opened in Chromium from a file, and timed
from the navigation to the content being loaded, to the first rows being painted, and for filtering.

The exit code is 1 when a full build of 1,000 calls takes more than 120 s, one new call more than
5 s, or opening the index more than 2 s. The ratio of the first two is what to compare between
machines.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
FULL_S, ONE_MORE_S, OPEN_S = 120.0, 5.0, 2.0
AGENTS = 50

AFTER_A_CALL = """
import sys
from pathlib import Path
from callcoach.batch.ledger import Ledger
from callcoach.batch.rescore import load_standard, rescore
from callcoach.batch.site import write_site
from callcoach.batch.store import Store
from callcoach.config import Config
store, config = Store(Path(sys.argv[1])), Config()
ledger = Ledger(store.ledger)
rescore(store, ledger, load_standard(config), jobs=2)
write_site(store, ledger, config, jobs=2)
"""


def documents(paths: list[Path]) -> list[dict[str, object]]:
    """The analyses to copy."""
    from callcoach.document import to_json
    from coached import coached
    from factory import tense_call

    texts = [path.read_text(encoding="utf-8") for path in paths]
    return [json.loads(text) for text in texts or [to_json(coached(tense_call()))]]


def add(out: Path, samples: list[dict[str, object]], numbers: range) -> None:
    """Put finished calls into an output folder, as if they had been analysed."""
    from callcoach.batch.ledger import Entry, Ledger, State
    from callcoach.batch.store import Store

    store = Store(out)
    ledger = Ledger(store.ledger)
    for number in numbers:
        document = dict(samples[number % len(samples)])
        call_id = f"call-{number:05d}"
        document["call"] = document["call"] | {  # type: ignore[operator]
            "id": call_id,
            "agent_id": f"agent-{number % AGENTS:02d}",
            "started_at": f"2026-{number // 25 % 12 + 1:02d}-{number % 25 + 1:02d}T10:00:00",
            "queue": ("billing", "repairs", "delivery")[number % 3],
        }
        path = store.analysis_path(call_id)
        path.parent.mkdir()
        path.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")
        ledger.put(Entry(call_id, "copy.wav", "key", State.DONE, 1))
    ledger.close()


def seconds(*arguments: str) -> float:
    """How long Python takes for these arguments, from its start to its end."""
    started = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
    return time.perf_counter() - started


def index_page(folder: Path, calls: int) -> Path:
    """An index of made-up calls."""
    from callcoach.config import Config
    from callcoach.reports.hrefs import agent_href
    from callcoach.reports.site import render_index
    from digests import many

    names = [f"agent-{number:02d}" for number in range(AGENTS)]
    digests = [d for n, name in enumerate(names) for d in many(name, calls // AGENTS, seed=n)]
    started = time.perf_counter()
    text = render_index(
        digests, [], config=Config(), agents={name: agent_href(name) for name in names}
    )
    took_s = time.perf_counter() - started
    print(f"index of {len(digests)} calls: made in {took_s:.2f} s, {len(text) / 1e6:.1f} MB")
    path = folder / "index.html"
    path.write_text(text, encoding="utf-8")
    return path


def open_index(path: Path) -> float | None:
    """Seconds until the first rows of the index are painted; ``None`` without a browser."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        print("no Chromium here: opening was not timed")
        return None
    from playwright.sync_api import sync_playwright

    with sync_playwright() as run:
        browser = run.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto("about:blank")
        page.goto(path.as_uri())
        page.locator("#count", has_text="Page 1 of").wait_for()
        loaded, painted = page.evaluate(
            """() => new Promise((done) => requestAnimationFrame(() => setTimeout(() => {
                const [entry] = performance.getEntriesByType("navigation");
                const [paint] = performance.getEntriesByName("first-contentful-paint");
                const loaded = entry.domContentLoadedEventEnd;
                done([loaded / 1000, Math.max(loaded, paint ? paint.startTime : 0) / 1000]);
            })))"""
        )
        filtered, sorted_s = page.evaluate(
            """() => {
                const form = document.getElementById("filters");
                const timed = (key, value) => {
                    const from = performance.now();
                    form.elements[key].value = value;
                    form.dispatchEvent(new Event("change"));
                    document.body.offsetHeight;
                    return (performance.now() - from) / 1000;
                };
                return [timed("q", "agent-07 cut"), timed("sort", "agent")];
            }"""
        )
        browser.close()
    print(f"  content loaded      {loaded:6.2f} s\n  first rows painted  {painted:6.2f} s")
    print(f"  searching           {filtered:6.2f} s\n  sorting             {sorted_s:6.2f} s")
    return float(painted)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("analyses", nargs="*", type=Path)
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--index", type=int, default=10000)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        samples = documents(options.analyses)
        add(out, samples, range(options.calls))
        full_s = seconds("-m", "callcoach", "report", str(out), "--jobs", str(options.jobs))
        seconds("-c", AFTER_A_CALL, str(out))  # scores what the copies were not scored by
        add(out, samples, range(options.calls, options.calls + 1))
        one_s = seconds("-c", AFTER_A_CALL, str(out))
        none_s = seconds("-c", AFTER_A_CALL, str(out))
        print(f"{options.calls} calls, {options.jobs} processes")
        print(
            f"everything           {full_s:6.1f} s, {1000 * full_s / options.calls:.0f} ms a call"
        )
        print(f"after one new call   {one_s:6.1f} s, {one_s / full_s:.1%} of everything")
        print(f"after no new call    {none_s:6.1f} s")
        painted_s = open_index(index_page(Path(folder), options.index))
    slow = full_s > FULL_S * options.calls / 1000 or one_s > ONE_MORE_S
    sys.exit(slow or (painted_s is not None and painted_s > OPEN_S))


if __name__ == "__main__":
    main()
