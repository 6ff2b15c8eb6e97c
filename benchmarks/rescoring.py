"""How long it takes to score stored analyses anew.

    python benchmarks/rescoring.py [ANALYSIS ...] [--calls 1000] [--jobs 2]

Copies of stored analyses (``analysis.json`` files; without any, the sample calls are analysed
first) fill an output folder. Then it is timed in a process of its own, from the start of the
program to the last file:

- ``callcoach report OUT --scorecard FILE``: every call's findings, scores, tags, ``analysis.json``
  and pages, then all tables and the index;
- the same command again, when nothing has changed;
- how much of the first was writing the pages (measured on some calls and scaled up).

The seconds of work are those of all processors together: they are about the same on a busy machine.

The exit code is 1 when the first takes more than 60 s.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MOST_S = 60.0
TIMED_PAGES = 20


def sample_analyses(folder: Path) -> list[Path]:
    """The analyses of the sample calls, made now."""
    out = folder / "samples"
    arguments = ["run", str(ROOT / "data_samples" / "calls.csv"), "--out", str(out)]
    subprocess.run([sys.executable, "-m", "callcoach", *arguments], check=True)
    return sorted(out.glob("calls/*/analysis.json"))


def fill(out: Path, analyses: list[Path], calls: int) -> float:
    """An output folder with copies that were never scored; returns the mean length of a call."""
    from callcoach.batch.ledger import Entry, Ledger, State
    from callcoach.batch.store import Store

    store = Store(out)
    documents = [json.loads(path.read_text(encoding="utf-8")) for path in analyses]
    ledger = Ledger(store.ledger)
    total_s = 0.0
    for number in range(calls):
        document = documents[number % len(documents)]
        document["call"]["id"] = f"call-{number:05d}"
        document |= {"findings": None, "scorecard": None, "categories": None}
        total_s += document["call"]["duration_s"]
        path = store.analysis_path(document["call"]["id"])
        path.parent.mkdir()
        path.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")
        ledger.put(Entry(document["call"]["id"], "copy.wav", "key", State.DONE, 1))
    ledger.close()
    return total_s / calls


def report_seconds(out: Path, jobs: int) -> tuple[float, float, str]:
    """Seconds of ``callcoach report``, those of all processors together, and what it says."""
    card = ROOT / "configs" / "scorecard.toml"
    arguments = ["report", str(out), "--scorecard", str(card), "--jobs", str(jobs)]
    started, worked = time.perf_counter(), processor_seconds()
    done = subprocess.run(
        [sys.executable, "-m", "callcoach", *arguments], check=True, capture_output=True, text=True
    )
    seconds = time.perf_counter() - started
    return seconds, processor_seconds() - worked, done.stdout.splitlines()[0]


def processor_seconds() -> float:
    """Processor time of all processes that were started and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def page_seconds(out: Path) -> float:
    """Seconds that the pages of one call take in one process."""
    from callcoach.batch.store import Store
    from callcoach.batch.worker import write_reports
    from callcoach.settings.site import SiteConfig

    store = Store(out)
    ids = sorted(path.name for path in store.calls.iterdir())[:TIMED_PAGES]
    analyses = [store.load(call_id) for call_id in ids]
    write_reports(store, analyses[0], SiteConfig())  # loads the templates
    started = time.perf_counter()
    for analysis in analyses:
        write_reports(store, analysis, SiteConfig())
    return (time.perf_counter() - started) / len(analyses)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("analyses", nargs="*", type=Path)
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        analyses = options.analyses or sample_analyses(Path(folder))
        out = Path(folder) / "out"
        length_s = fill(out, analyses, options.calls)
        first_s, first_work_s, said = report_seconds(out, options.jobs)
        again_s, again_work_s, said_again = report_seconds(out, options.jobs)
        pages_s = page_seconds(out) * options.calls / options.jobs
    print(f"{options.calls} calls of {length_s:.0f} s on average, {options.jobs} processes")
    print(
        f"scored, written, with all pages and tables  {first_s:8.1f} s  ({first_work_s:.1f} s work)"
    )
    print(f"  {said}")
    print(f"of these for the pages of the calls, about  {pages_s:8.1f} s")
    print(
        f"again, when nothing has changed             {again_s:8.1f} s  ({again_work_s:.1f} s work)"
    )
    print(f"  {said_again}")
    sys.exit(first_s > MOST_S)


if __name__ == "__main__":
    main()
