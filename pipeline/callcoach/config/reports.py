"""Settings of the pages: call, index, trends."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from callcoach.config.section import Section, rising, setting


class ReportsConfig(Section):
    """What the pages hold beside words and numbers.

    They are made from analyses that are there already: changing this transcribes nothing again.
    """

    audio: Literal["copy", "link", "none"] = setting(
        "copy",
        "The sound that a call's page plays: a compact copy beside the page, a link to the "
        "recording where it lies, or none. Private parts are silent in the copy alone.",
    )
    audio_kbps: int = setting(
        48,
        "Bit rate of the copy for each channel: speech at telephone quality stays clear.",
        unit="kbit/s",
        ge=16,
        le=192,
    )
    silence_margin_s: float = setting(
        0.5,
        "How much before and after a private part is silent in the copy too, on both channels: "
        "the times of words are off by up to 0.4 s, and the other side may say it after.",
        unit="s",
        ge=0.0,
        le=5.0,
    )


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


_CHOSEN = "chosen"


class TrendsConfig(Section):
    """How an agent's calls are compared over time.

    Pages alone depend on these: changing them analyses nothing again.
    """

    window_calls: int = setting(
        10, "The running median and quartiles stand on so many measured calls.", unit="calls", ge=3
    )
    min_window_calls: int = setting(
        5,
        "With fewer measured calls there is no running median.",
        unit="calls",
        source=_CHOSEN,
        ge=3,
    )
    period: Literal["calls", "week", "month"] = setting(
        "calls",
        "What is compared with what: the newest calls with as many before them, or the calendar "
        "week (from Monday) or month of the newest call with the one before it.",
    )
    period_calls: int = setting(
        20, "So many measured calls make a period, where a period is made of calls.", ge=5
    )
    min_period_calls: int = setting(
        8,
        "With fewer measured calls in one of the two periods there is no comparison.",
        unit="calls",
        source="chosen: with 8 and 8 the smallest p value of the rank test is 0.0002, low enough "
        "to be named beside 20 other measures",
        ge=5,
    )
    false_changes: float = setting(
        0.1,
        "Share of agents without any change for whom the page may name one (false discovery rate "
        "over all practices and measures of an agent).",
        unit="share",
        source="Benjamini and Hochberg 1995 for the method; 0.1 is chosen: a change is a reason "
        "to listen, not a verdict",
        gt=0,
        lt=0.5,
    )
    recent_calls: int = setting(
        20, "Strengths and focus areas are looked for in the newest calls.", unit="calls", ge=3
    )
    focus_areas: int = setting(
        2, "At most so many focus areas: more than two are not worked on.", ge=0, le=2
    )
    focus_share: float = setting(
        0.25,
        "A focus area was heard in at least this share of the newest calls in which its practice "
        "was scored.",
        unit="share",
        source=_CHOSEN,
        gt=0,
        le=1,
    )
    strengths: int = setting(3, "At most so many repeated strengths.", ge=0)
    strength_share: float = setting(
        0.5,
        "A repeated strength was heard in at least this share of the newest calls in which its "
        "practice was scored.",
        unit="share",
        source=_CHOSEN,
        gt=0,
        le=1,
    )
    min_heard_calls: int = setting(
        3,
        "A focus area or a repeated strength was heard in at least so many calls: one call is no "
        "habit.",
        unit="calls",
        source=_CHOSEN,
        ge=2,
    )
    min_confidence: float = setting(
        0.5,
        "What is less sure than this is neither a strength nor a focus area.",
        unit="0..1",
        source=_CHOSEN,
        ge=0,
        le=1,
    )
    shown_calls: int = setting(
        60, "Plots and lists of an agent's page show so many of the newest calls.", ge=10, le=1000
    )
    moments: int = setting(3, "Moments to hear for each strength and focus area.", ge=1)
    team_moments: int = setting(
        8, "Moments of each kind, strengths and things to work on, on the team page.", ge=1
    )
    min_group_calls: int = setting(
        8,
        "An agent with fewer calls is shown on the team page without an interval, and marked.",
        unit="calls",
        source="chosen: the median has no 95 % interval under 6 calls, and one from the lowest "
        "to the highest call under 9",
        ge=6,
    )
    filter_values: int = setting(
        30,
        "The team page can be filtered by a column of the manifest with at most so many "
        "different values.",
        ge=2,
    )

    @model_validator(mode="after")
    def _check_windows(self) -> Self:
        if self.min_window_calls > self.window_calls:
            raise ValueError("min_window_calls must not be above window_calls")
        if self.period == "calls" and self.min_period_calls > self.period_calls:
            raise ValueError("min_period_calls must not be above period_calls")
        return self


class SamplingConfig(Section):
    """Which calls to listen to first.

    Every agent gets the same number of calls, whatever the scores. Pages alone depend on these.
    """

    days: int = setting(
        30,
        "Calls are chosen from so many days before the newest call, and from calls without a date.",
        unit="days",
        ge=1,
    )
    per_agent: int = setting(5, "Calls to listen to for each agent.", unit="calls", ge=1)
    by_chance: int = setting(
        2,
        "So many of them are drawn by chance, before anything else is looked at.",
        unit="calls",
        source="chosen: enough that no agent is heard only where something stood out",
        ge=1,
    )
    seed: int = setting(1, "Start of the draw: the same seed draws the same calls.", ge=0)
    categories: tuple[str, ...] = setting(
        ("Manager asked for", "May leave", "Feelings not taken up"),
        "A call in one of these categories is worth hearing, whatever its scores.",
    )
    min_impact: float = setting(
        0.3,
        "A finding is worth hearing for when its impact is at least this.",
        unit="0..1",
        source="chosen: on the sample calls about half of the things to work on reach it",
        ge=0,
        le=1,
    )
    min_confidence: float = setting(
        0.7,
        "A finding is worth hearing for when it is at least so sure.",
        unit="0..1",
        source=_CHOSEN,
        ge=0,
        le=1,
    )
    edge_points: float = setting(
        8.0,
        "A score so near to an edge of the bands of [calibration] could be in either band.",
        unit="points",
        source=_CHOSEN,
        gt=0,
        le=25,
    )
    unsure_below: float = setting(
        0.75,
        "A score with less confidence than this is unsure: hearing it teaches most.",
        unit="0..1",
        source=_CHOSEN,
        gt=0,
        le=1,
    )

    @model_validator(mode="after")
    def _check_shares(self) -> Self:
        if self.by_chance > self.per_agent:
            raise ValueError("by_chance must not be above per_agent")
        return self
