"""Which calls' reports are as they would come out, and which must be written again.

A report is made from the call's analysis, the guide's words and what people said about the call;
code and settings have emptied the memory where they are others. What a report was made from is
noted with the stamps of its files, so that one that was edited or removed is seen.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from callcoach.batch.digests import KeptDigest
from callcoach.batch.store import Store, stamp_of
from callcoach.review.store import last_events, load_reviews
from callcoach.settings.guide import shipped_guide

_FILES = ("report.html", "report.md")


class Reports:
    """The reports of the calls of an output folder.

    Parameters
    ----------
    store
        The output folder.
    stamps
        The calls with the stamps of their analyses.
    known
        What each report was made from when it was written last, by name.
    written
        Calls whose report was written just now.
    """

    def __init__(
        self,
        store: Store,
        stamps: Mapping[str, str],
        known: Mapping[str, str],
        written: Collection[str] = (),
    ) -> None:
        self._store = store
        self._known = known
        self._said = last_events(store.root)
        self._disputed = {
            call_id: disputed
            for call_id, reviews in load_reviews(store.root).items()
            if (disputed := reviews.disputed())
        }
        guide = (store.guide() or shipped_guide()).sha256
        self._sources = {
            call_id: f"{guide} {stamp} {self._said.get(call_id, 0)}"
            for call_id, stamp in stamps.items()
        }
        # What was said while they were written may stand in them or not.
        self._written = {c for c in written if c in stamps and c not in self._said}

    def old(self, *, everything: bool) -> set[str]:
        """Calls whose report must be written again.

        Without ``everything`` only calls that somebody said something about are looked at.
        """
        calls = self._sources if everything else self._sources.keys() & self._said.keys()
        return {
            call_id
            for call_id in calls
            if call_id not in self._written
            and self._known.get(_name(call_id)) != self._now(call_id)
        }

    def made_from(self, made: Collection[str], calls: Collection[str]) -> dict[str, str]:
        """What the reports of ``calls`` are made from now, of those of which it is known.

        ``made`` are those that were written again.
        """
        result = {}
        for call_id in calls:
            name = _name(call_id)
            if call_id in made or call_id in self._written:
                result[name] = self._now(call_id)
            elif self._known.get(name, "").startswith(f"{self._sources[call_id]} "):
                result[name] = self._known[name]
        return result

    def judged(self, call: KeptDigest) -> KeptDigest:
        """The call without the findings that coaches did not agree with."""
        disputed = self._disputed.get(call.digest.call_id)
        if disputed is None:
            return call
        return replace(
            call,
            digest=call.digest.without(disputed),
            stamp=f"{call.stamp} without {sorted(disputed)}",
        )

    def _now(self, call_id: str) -> str:
        folder = self._store.call_folder(call_id)
        stamps = [stamp_of(folder / name) for name in _FILES]
        return " ".join([self._sources[call_id], *stamps])


def _name(call_id: str) -> str:
    return f"calls/{call_id}/{_FILES[0]}"
