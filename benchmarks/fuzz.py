"""Broken recordings, manifests and settings by the thousand: nothing may hang, die or escape.

    python benchmarks/fuzz.py [--recordings 2000] [--texts 500] [--seed 0]

Each file is read in a process of its own with a limit of ten seconds. A recording must be decoded
or refused with a message of ours, a manifest or a file of settings likewise. A decoder that takes
its process down is counted apart: it costs its call, no other. The exit code is 1 on a traceback, a
hang, or a file that was written or changed anywhere but in the output folder.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from mutated import (
    Reader,
    broken_manifests,
    broken_recordings,
    broken_settings,
    recordings,
    snapshot,
)

_BAD = frozenset({"traceback", "hangs"})


def main() -> int:
    """Read the broken files, print what came of them; 1 where something is wrong."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--recordings", type=int, default=2000)
    parser.add_argument("--texts", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    texts = [given.texts - given.texts // 2, given.texts // 2]
    manifests = broken_manifests(texts[0], given.seed)
    settings = broken_settings(texts[1], given.seed)
    failed = _fuzz("recording", broken_recordings(given.recordings, given.seed))
    failed |= _fuzz("manifest", ((f"{n:05d}.csv", data) for n, data in enumerate(manifests)))
    failed |= _fuzz("settings", ((f"{n:05d}.toml", data) for n, data in enumerate(settings)))
    return int(failed)


def _fuzz(kind: str, files: Iterable[tuple[str, bytes]]) -> bool:
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        source = root / "in"
        source.mkdir()
        for name, data in recordings().items():
            (source / name).write_bytes(data)
        (source / "a.wav").write_bytes(b"x")
        (source / "link.wav").symlink_to("/etc/hostname")
        with Reader(kind, root) as reader:
            for name, data in files:
                path = source / name
                path.write_bytes(data)
                before = _outside(root)
                verdict = reader.read(path)
                kinds = [verdict.kind, *(["writes"] if _outside(root) != before else [])]
                counts.update(kinds)
                if verdict.kind in (*_BAD, "died") or "writes" in kinds:
                    print(f"  {kind} {name}: {' '.join(kinds)} {verdict.text}")
                path.unlink()
    total = sum(many for what, many in counts.items() if what != "writes")
    said = ", ".join(f"{many} {what}" for what, many in sorted(counts.items()))
    print(f"{kind}: {total} files: {said}")
    return bool(counts["writes"] or any(counts[what] for what in _BAD))


def _outside(root: Path) -> dict[str, str]:
    """All that lies beside the output folder."""
    return {name: h for name, h in snapshot(root).items() if name.split("/")[0] != "out"}


if __name__ == "__main__":
    sys.exit(main())
