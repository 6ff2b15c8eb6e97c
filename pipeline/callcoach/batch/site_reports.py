"""Which calls' reports are as they would come out, and which must be written again.

A report is made from the call's analysis, the guide's words and what people said about the call;
code and settings have emptied the memory where they are others. What a report was made from is
noted with the stamps of its files, so that one that was edited or removed is seen.

Workers write reports without what people said; those of calls that somebody said something about
are written again with it. Reviews that cannot be read cost no report: what stands stays as it is,
what must be written is written without them, and is seen as old once they can be read again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from callcoach.batch.digests import KeptDigest
from callcoach.batch.store import Store, stamp_of
from callcoach.errors import StoreError
from callcoach.review.store import last_events, load_reviews
from callcoach.reviews import CallReviews
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
        Calls whose report was written just now, without what people said.

    Attributes
    ----------
    reviews
        What people said that reports may show, by call.
    unread
        Why the reviews cannot be read, ``None`` where they can.
    """

    def __init__(
        self,
        store: Store,
        stamps: Mapping[str, str],
        known: Mapping[str, str],
        busy_s: float,
        written: Collection[str] = (),
    ) -> None:
        self._store = store
        self._known = known
        self.reviews: Mapping[str, CallReviews] = {}
        self.unread: str | None = None
        self._said: Mapping[str, int] = {}
        try:
            said = last_events(store.root, busy_s)
            self.reviews, self._said = load_reviews(store.root, busy_s), said
        except StoreError as error:
            self.unread = str(error)
        self._disputed = {
            call_id: disputed
            for call_id, reviews in self.reviews.items()
            if (disputed := reviews.disputed())
        }
        guide = (store.guide() or shipped_guide()).sha256
        self._sources = {call_id: f"{guide} {stamp}" for call_id, stamp in stamps.items()}
        self._written = {c for c in written if c in stamps and c not in self._said}

    def old(self, *, everything: bool) -> set[str]:
        """Calls whose report must be written again.

        Without ``everything`` only calls that somebody said something about are looked at.
        """
        calls = self._sources if everything else self._sources.keys() & self._said.keys()
        return {
            call_id
            for call_id in calls
            if call_id not in self._written and not self._stands(call_id)
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

    def _stands(self, call_id: str) -> bool:
        """Whether a report is as it would come out, or as good as that can be told."""
        known = self._known.get(_name(call_id), "")
        if self.unread is None:
            return known == self._now(call_id)
        source, files = self._sources[call_id], self._files(call_id)
        return known.startswith(f"{source} ") and known.endswith(f" {files}")

    def _now(self, call_id: str) -> str:
        return f"{self._sources[call_id]} {self._said.get(call_id, 0)} {self._files(call_id)}"

    def _files(self, call_id: str) -> str:
        folder = self._store.call_folder(call_id)
        return " ".join(stamp_of(folder / name) for name in _FILES)


def _name(call_id: str) -> str:
    return f"calls/{call_id}/{_FILES[0]}"
