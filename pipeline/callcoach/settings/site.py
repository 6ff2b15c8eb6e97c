"""Settings of the index: how far a call is trusted, and how much a page holds."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from callcoach.settings.section import Section, rising, setting

_JUDGED = "callcoach's choice"


class SiteConfig(Section):
    """How far a call's numbers are trusted on the index, and how many calls it shows at once.

    They are made from analyses that are there already: changing this transcribes nothing again.
    """

    trust_fair: float = setting(
        0.5,
        "Under this much of the trust in the recording, what is left by its warnings "
        "([measures] trust_...), a call's trust is poor.",
        unit="share",
        source=_JUDGED,
        ge=0,
        le=1,
    )
    trust_good: float = setting(
        0.8,
        "From this much of the trust in the recording on, a call's trust is good.",
        unit="share",
        source=_JUDGED,
        ge=0,
        le=1,
    )
    coverage_fair: float = setting(
        0.25,
        "With less of the guide behind its scores, a call's trust is poor.",
        unit="share",
        source=_JUDGED,
        ge=0,
        le=1,
    )
    coverage_good: float = setting(
        0.5,
        "With less of the guide behind its scores, a call's trust is fair at most.",
        unit="share",
        source=_JUDGED,
        ge=0,
        le=1,
    )
    rows: int = setting(100, "Calls on one page of the index.", unit="calls", ge=10, le=1000)
    static_rows: int = setting(
        200,
        "Calls that the index shows where JavaScript is off, the newest first.",
        unit="calls",
        ge=0,
        le=1000,
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        rising(self, "trust_fair", "trust_good")
        rising(self, "coverage_fair", "coverage_good")
        return self
