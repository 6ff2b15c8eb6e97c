"""An agent's measures over time as cards of the page: words, numbers and a plot for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from callcoach.config.guide import Guide
from callcoach.config.reports import TrendsConfig
from callcoach.model.coaching import OVERALL, FindingKind
from callcoach.model.timeline import moment_of
from callcoach.reports.hrefs import call_href
from callcoach.reports.plots import SCORE, Dot, Plot, Scale, trend_plot
from callcoach.reports.site.digest import CallDigest
from callcoach.reports.site.trends import Direction, Series, Trend, TrendPoint, find_trends
from callcoach.text import formatting

OVERALL_TITLE = "Overall score"


@dataclass(frozen=True)
class VoiceMeasure:
    """One voice measure on the page: its column, title, scale, and what it is in a sentence."""

    name: str
    title: str
    scale: Scale
    about: str
    factor: float = 1.0


VOICE_MEASURES = (
    VoiceMeasure(
        "calmness",
        "Calmness of the delivery",
        Scale("points", 0, 0.0, 100.0),
        "How near pitch, level, rate and effort stay to the usual ones. It is no feeling.",
    ),
    VoiceMeasure(
        "pitch_sd_st",
        "Melody of the voice",
        Scale("semitones", 1, 0.0),
        "How far the pitch moves up and down. A small number is a flat voice.",
    ),
    VoiceMeasure(
        "rate_wpm",
        "Speaking rate",
        Scale("words a minute", 0),
        "Words a minute while this agent speaks, pauses left out.",
    ),
    VoiceMeasure(
        "level_trend_db_min",
        "Level over the call",
        Scale("dB a minute", 1),
        "Above 0 the voice gets louder during the call, below 0 quieter.",
    ),
    VoiceMeasure(
        "talk_share",
        "Share of the call that the agent speaks",
        Scale("%", 0, 0.0, 100.0),
        "How much of the call's length. No share is right for every call.",
        100.0,
    ),
    VoiceMeasure(
        "interruptions_per_10min",
        "Came in and took over",
        Scale("times in 10 minutes", 1, 0.0),
        "Times the agent came in and took over, in 10 minutes of the call.",
    ),
    VoiceMeasure(
        "answer_median_s",
        "Time until an answer",
        Scale("s", 1),
        "From the end of the customer's turn. Below 0 the answer began before that end.",
    ),
)
"""The voice measures of the page, in its order."""


@dataclass(frozen=True)
class TrendCard:
    """A measure over the calls: what it is, how it lies now, what changed, and its plot.

    ``plot`` is ``None`` with a ``reason`` where nothing was measured.
    """

    title: str
    about: str
    direction: str
    now: str
    change: str
    plot: Plot | None
    reason: str

    @property
    def named(self) -> bool:
        """Whether a change is named."""
        return self.direction in (Direction.HIGHER.value, Direction.LOWER.value)


def trend_cards(
    calls: Sequence[CallDigest], guide: Guide, config: TrendsConfig
) -> tuple[tuple[TrendCard, ...], tuple[TrendCard, ...]]:
    """The cards of the scores and of the voice, of an agent's calls in order of time.

    Calls without a date stand in no trend. All measures are judged together.
    """
    dated = [call for call in calls if moment_of(call.started_at) is not None]
    shown = dated[-config.shown_calls :]
    found = {trend.name: trend for trend in find_trends(_series(dated, guide), config)}
    scores = (
        _trend_card(OVERALL_TITLE, "", SCORE, found.get(OVERALL), shown, config),
        *(_practice_card(guide, chapter.id, found, shown, config) for chapter in guide.chapters),
    )
    voice = tuple(
        _trend_card(m.title, m.about, m.scale, found.get(m.name), shown, config)
        for m in VOICE_MEASURES
    )
    return scores, voice


def _series(calls: Sequence[CallDigest], guide: Guide) -> list[Series]:
    scores = [
        Series(
            chapter.id,
            _points(calls, [call.score(chapter.id) for call in calls]),
        )
        for chapter in guide.chapters
        if chapter.kind is not FindingKind.NOT_AUDIBLE
    ]
    voice = [
        Series(m.name, _points(calls, [_times(call.measure(m.name), m.factor) for call in calls]))
        for m in VOICE_MEASURES
    ]
    return [Series(OVERALL, _points(calls, [call.overall for call in calls])), *scores, *voice]


def _times(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor


def _points(calls: Sequence[CallDigest], values: Sequence[float | None]) -> tuple[TrendPoint, ...]:
    points = []
    for call, value in zip(calls, values, strict=True):
        at = moment_of(call.started_at)
        if at is not None and value is not None:
            points.append(TrendPoint(call.call_id, at, value))
    return tuple(points)


def _practice_card(
    guide: Guide,
    practice: str,
    found: Mapping[str, Trend],
    shown: Sequence[CallDigest],
    config: TrendsConfig,
) -> TrendCard:
    chapter = guide.chapter(practice)
    assert chapter is not None
    title, asks = formatting.clean(chapter.title), formatting.clean(chapter.asks)
    if chapter.kind is FindingKind.NOT_AUDIBLE:
        reason = f"A recording cannot show this. {formatting.clean(chapter.not_heard)}".strip()
        return TrendCard(title, "", "", "", "", None, reason)
    return _trend_card(title, asks, SCORE, found.get(practice), shown, config)


def _trend_card(
    title: str,
    about: str,
    scale: Scale,
    trend: Trend | None,
    shown: Sequence[CallDigest],
    config: TrendsConfig,
) -> TrendCard:
    if trend is None or not trend.points:
        return TrendCard(title, about, "", "", "", None, "Not measured in any call with a date.")
    change = trend.change
    places = {call.call_id: place for place, call in enumerate(shown)}
    dots = [
        Dot(
            places[point.call_id],
            f"{formatting.clean(point.call_id)}, {point.at:%Y-%m-%d}",
            f"../{call_href(point.call_id)}",
            point.value,
            usual,
        )
        for point, usual in zip(trend.points, trend.running, strict=True)
        if point.call_id in places
    ]
    newest = None
    if change.direction is not Direction.TOO_FEW:
        newest = places.get(trend.points[trend.newest].call_id)
    now = _now(trend, scale)
    words = _change_words(trend, scale, config)
    plot = trend_plot(
        dots,
        len(shown),
        newest,
        scale,
        f"{title}. {now} {words}",
        (day_of(shown[0]), day_of(shown[-1])),
    )
    return TrendCard(title, about, change.direction.value, now, words, plot, "")


def _now(trend: Trend, scale: Scale) -> str:
    """Where the newest calls lie, with their spread."""
    after = trend.change.after
    many = len(trend.points)
    if after is None or trend.change.direction is Direction.TOO_FEW:
        values = ", ".join(scale.number(point.value) for point in trend.points[-5:])
        unit = f"{formatting.NBSP}{scale.unit}".rstrip()
        return f"{formatting.count(many, 'call', 'calls')}, the newest: {values}{unit}."
    return (
        f"Newest {formatting.count(after.calls, 'call', 'calls')}: the middle is "
        f"{scale.text(after.median)}, half of the calls lie between {scale.number(after.low)} and "
        f"{scale.text(after.high)}."
    )


def _change_words(trend: Trend, scale: Scale, config: TrendsConfig) -> str:
    change = trend.change
    if change.shift is None or change.low is None or change.high is None or not change.before:
        return (
            f"A comparison needs {config.min_period_calls} measured calls in each of two periods."
        )
    before = formatting.count(change.before.calls, "call", "calls")
    between = f"{_signed(change.low, scale)} and {_signed(change.high, scale)}"
    if change.direction is Direction.SAME:
        return (
            f"Against the {before} before: no clear change, on average between {between} "
            f"{scale.unit}."
        ).replace(" .", ".")
    more = "more" if change.direction is Direction.HIGHER else "less"
    return (
        f"On average {scale.text(abs(change.shift))} {more} than in the {before} before (likely "
        f"between {between})."
    )


def _signed(value: float, scale: Scale) -> str:
    return formatting.signed(value, scale.digits)


def unchanged(cards: Sequence[TrendCard]) -> str:
    """What has no clear change and what cannot be compared yet, counted."""
    same = sum(card.direction == Direction.SAME.value for card in cards)
    few = sum(card.direction == Direction.TOO_FEW.value for card in cards)
    parts = []
    if same:
        parts.append(f"No clear change in {formatting.count(same, 'measure', 'measures')}.")
    if few:
        parts.append(f"Too few calls to compare {formatting.count(few, 'measure', 'measures')}.")
    return " ".join(parts)


def compared(config: TrendsConfig) -> str:
    """What is compared with what, as a sentence."""
    if config.period == "calls":
        return (
            f"The newest calls (up to {config.period_calls}) are compared with as many calls "
            "before them."
        )
    return f"The {config.period} of the newest call is compared with the {config.period} before it."


def day_of(call: CallDigest) -> str:
    """The date of a call, such as ``4 Mar 2026``."""
    return formatting.short_date(call.started_at).split(",")[0]
