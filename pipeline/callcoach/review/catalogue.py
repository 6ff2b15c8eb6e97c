"""The calls of an output folder as the app finds them, also while a run writes there."""

from __future__ import annotations

import threading
from pathlib import Path

from callcoach.batch.publish.digest_store import read_digests
from callcoach.config.guide import Guide, read_guide
from callcoach.config.reports import SiteConfig
from callcoach.errors import CallCoachError
from callcoach.model.analysis import CallAnalysis
from callcoach.reports.site.digest import CallDigest, digest_of
from callcoach.storage.output_folder import Store, stamp_of

_ANALYSES = 8  # kept in memory: pages ask for the same call again and again


class Catalogue:
    """The analysed calls; what was read once is read again only after it changed.

    A call that cannot be read at the moment is left out.
    """

    def __init__(self, store: Store, site: SiteConfig) -> None:
        self._store = store
        self._site = site
        self._lock = threading.Lock()
        self._digests: dict[str, tuple[str, CallDigest]] = {}
        self._analyses: dict[str, tuple[str, CallAnalysis]] = {}

    def calls(self) -> tuple[CallDigest, ...]:
        """All calls, the latest first; those without a date come last."""
        try:
            names = sorted(folder.name for folder in self._store.calls.iterdir())
        except OSError:
            names = []
        stamps = {name: stamp_of(self._store.analysis_path(name)) for name in names}
        with self._lock:
            known = {n: d for n, d in self._digests.items() if d[0] and stamps.get(n) == d[0]}
            new = [name for name, stamp in stamps.items() if stamp and name not in known]
            if new:
                kept = read_digests(self._store.site)
                for name in new:
                    one = kept.get(name)
                    if one is None or one.stamp != stamps[name]:
                        digest = self._digest(name)
                    else:
                        digest = one.digest
                    if digest is not None:
                        known[name] = stamps[name], digest
            self._digests = known
        found = sorted((digest for _, digest in known.values()), key=lambda call: call.call_id)
        return tuple(sorted(found, key=lambda call: call.started_at or "", reverse=True))

    def analysis(self, call_id: str) -> CallAnalysis | None:
        """A call's analysis, ``None`` where there is no such call or it cannot be read."""
        path = inside(self._store.root, "calls", call_id, "analysis.json")
        if path is None:
            return None
        stamp = stamp_of(path)
        kept = self._analyses.get(call_id)
        if kept is not None and kept[0] == stamp:
            return kept[1]
        try:
            analysis = self._store.load(call_id)
        except CallCoachError:
            return None
        if analysis.call.id != call_id:  # a file system that knows no capitals
            return None
        with self._lock:
            self._analyses[call_id] = stamp, analysis
            while len(self._analyses) > _ANALYSES:
                del self._analyses[next(iter(self._analyses))]
        return analysis

    def guide(self) -> Guide:
        """The guide in whose words the reports are."""
        return self._store.guide() or read_guide(None)

    def _digest(self, call_id: str) -> CallDigest | None:
        try:
            return digest_of(self._store.load(call_id), self._site)
        except CallCoachError:
            return None


def inside(root: Path, *names: str) -> Path | None:
    """The file below a folder, ``None`` where there is none.

    Each name is one step down: no separators, no ``..``, and no step may be a symbolic link, so
    that nothing outside the folder can be reached.
    """
    if any(name in ("", ".", "..") or set(name) & set("/\\\0") for name in names):
        return None
    try:
        path = root.resolve(strict=True).joinpath(*names)
        return path if path.resolve(strict=True) == path and path.is_file() else None
    except (OSError, ValueError):
        return None
