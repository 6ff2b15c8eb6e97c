"""A night with many kills: every call is done exactly once, and the result is the same.

    python benchmarks/kills.py [--calls 200] [--kills 20] [--seed 1]

A batch of short calls (models are fakes, processes are real) is run once undisturbed. Then it is
run again while ``kill -9`` ends it at random moments, every third time without its workers, and
resumed each time. The exit code is 1 when a call was finished twice or not at all, when more calls
were begun again than were under way at the kills, or when a file differs (logs and the ledger hold
times, and are left out).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

import batch_process as batch  # noqa: E402

JOBS = 2


def main() -> int:
    """Run the batch twice and compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        source, config = batch.write_batch(root / "in", asked.calls), batch.write_settings(root)
        began = time.monotonic()
        plain = batch.run(source, root / "plain", config)
        undisturbed_s = time.monotonic() - began
        print(f"undisturbed: exit code {plain.code}, {undisturbed_s:.0f} s")
        batch.watch(root / "killed")
        # The work that is left shrinks from kill to kill; most moments must lie within it.
        longest_s = 4.0 + 2.0 * undisturbed_s / asked.kills
        killed = batch.run_with_kills(
            source,
            root / "killed",
            config,
            kills=asked.kills,
            seed=asked.seed,
            longest_s=longest_s,
        )
        starts, ends = batch.seen(root / "killed", "running"), batch.seen(root / "killed", "done")
        one, two = batch.files(root / "plain"), batch.files(root / "killed")
    moments = ", ".join(f"{s:.1f}" for s in killed.moments_s)
    print(f"killed {len(killed.moments_s)} times, after {moments} s")
    print(f"ended before its moment: {killed.too_late}")
    print(f"calls done when it was killed: {killed.done}")
    print(f"last run: exit code {killed.last.code}, {killed.last.out.strip()}")
    wrong = [call for call in starts | ends if ends[call] != 1]
    again = sum(starts.values()) - len(starts)
    differ = sorted(name for name in one.keys() | two.keys() if one.get(name) != two.get(name))
    print(f"{len(ends)} calls, finished exactly once: {len(ends) - len(wrong)}")
    print(f"begun again after a kill: {again}, at most {JOBS * len(killed.moments_s)}")
    print(f"{len(one)} files, different: {len(differ)} {differ[:5]}")
    bad = wrong or differ or again > JOBS * len(killed.moments_s) or len(ends) != asked.calls
    return int(bool(bad) or plain.code != 0 or killed.last.code != 0)


if __name__ == "__main__":
    sys.exit(main())
