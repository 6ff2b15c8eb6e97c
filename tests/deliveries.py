"""Made-up deliveries: voice measures, tension and composure for tests of reports and tables."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from callcoach.model.speech import Turn
from callcoach.model.timeline import Span, intersections, total_s
from callcoach.model.unmeasured import Unmeasured
from callcoach.model.voice import (
    Baseline,
    BaselineSource,
    CalmnessPart,
    Composure,
    Contribution,
    NamedStretch,
    StretchKind,
    TurnTension,
    VoiceChange,
    VoiceMeasures,
    VoiceStretch,
    VoiceSupport,
)

TOO_LITTLE = "not enough evidence: 0.4 s of voiced speech, 5 s needed"
# Every value of a voice; a stretch has those that are its fields.
NONE_MEASURED = dict.fromkeys(
    (
        "pitch_median_st", "pitch_sd_st", "pitch_variance_st2", "pitch_range_st",
        "pitch_movement_st_s", "pitch_trend_st_min", "level_dbov", "active_level_dbov",
        "active_factor", "level_trend_db_min", "rate_syll_s", "rate_wpm", "pauses", "pause_s",
        "effort_db", "calmness", "baseline",
    )
)  # fmt: skip
GROUPS = ("pitch", "level", "rate", "pauses", "effort", "calmness")

# Part of calmness: its measure, its weight of 5, and the departure that takes half of its points.
_PARTS = {
    CalmnessPart.PITCH: ("pitch_median_st", 1.0, 2.5),
    CalmnessPart.PITCH_SPREAD: ("pitch_sd_st", 0.5, 1.0),
    CalmnessPart.PITCH_MOVEMENT: ("pitch_movement_st_s", 0.5, 4.0),
    CalmnessPart.RATE: ("rate_syll_s", 1.0, 0.2),
    CalmnessPart.LEVEL: ("level_dbov", 1.0, 6.0),
    CalmnessPart.EFFORT: ("effort_db", 1.0, 3.0),
}
# Kind of stretch: its measure and the step from the usual value that names it.
_STEPS = {
    StretchKind.RAISED: ("level_dbov", 6.0),
    StretchKind.PRESSED: ("effort_db", 3.0),
    StretchKind.PITCH_UP: ("pitch_median_st", 3.0),
    StretchKind.UNSTEADY: ("pitch_movement_st_s", 6.0),
    StretchKind.HURRIED: ("rate_syll_s", 1.15),
    StretchKind.SLOW: ("rate_syll_s", -1.15),
}


def stretch(
    start_s: float, end_s: float, turn: str | None = None, **changes: object
) -> VoiceStretch:
    """A turn (with its id) or a window."""
    base = VoiceStretch(
        start_s=start_s,
        end_s=end_s,
        turn=turn,
        pitch_median_st=35.1,
        pitch_sd_st=2.2,
        pitch_range_st=3.6,
        pitch_slope_st_s=-0.31,
        pitch_movement_st_s=14.2,
        level_dbov=-24.0,
        rate_syll_s=4.5,
        rate_wpm=175.6,
        pauses=None if turn is None else 1,
        pause_s=None if turn is None else 0.3,
        effort_db=-11.9,
        calmness=78.5,
        contributions=(
            Contribution(CalmnessPart.PITCH, 35.1, 34.812, -1.0),
            Contribution(CalmnessPart.LEVEL, -24.0, -24.118, -0.5),
        ),
        speech_s=4.1,
        voiced_s=2.3,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def unmeasured_stretch(start_s: float, end_s: float, turn: str | None = None) -> VoiceStretch:
    """A stretch with too little speech for anything."""
    fields = VoiceStretch.__dataclass_fields__
    return stretch(
        start_s,
        end_s,
        turn,
        **{name: None for name in NONE_MEASURED if name in fields},
        pitch_slope_st_s=None,
        contributions=(),
        speech_s=0.4,
        voiced_s=0.2,
        unmeasured=tuple(Unmeasured(name, TOO_LITTLE) for name in GROUPS),
    )


def voice(speaker: str, **changes: object) -> VoiceMeasures:
    """Voice measures as a two-minute call gives them: everything measured, little happened."""
    base = VoiceMeasures(
        speaker=speaker,
        pitch_median_st=34.812,
        pitch_sd_st=2.347,
        pitch_variance_st2=5.508,
        pitch_range_st=3.914,
        pitch_movement_st_s=14.6,
        pitch_trend_st_min=-0.214,
        level_dbov=-24.118,
        active_level_dbov=-23.402,
        active_factor=0.4713,
        level_trend_db_min=0.662,
        rate_syll_s=4.62,
        rate_wpm=182.4,
        pauses=7,
        pause_s=4.85,
        effort_db=-12.3,
        calmness=77.0,
        contributions=(
            Contribution(CalmnessPart.PITCH, 35.112, 34.812, -2.0),
            Contribution(CalmnessPart.RATE, 4.4, 4.6, 1.0),
            Contribution(CalmnessPart.LEVEL, -22.1, -24.1, -2.0),
        ),
        support_s=56.7,
        support=VoiceSupport(
            speech_s=56.7, voiced_s=31.2, rated_s=55.9, rated_words=131, windows=3
        ),
        baseline=BaselineSource.OWN_CALL,
        usual=(
            Baseline("pitch_median_st", 34.8, 0.9, BaselineSource.OWN_CALL, 3),
            Baseline("level_dbov", -24.1, 1.4, BaselineSource.OWN_CALL, 3),
            Baseline("rate_syll_s", 4.6, 0.4, BaselineSource.OWN_CALL, 3),
        ),
        timeline=(stretch(0.8, 4.9, "t1"),),
        windows=(
            stretch(0.0, 5.0, pitch_median_st=34.6, level_dbov=-24.4, rate_syll_s=4.4),
            stretch(15.0, 20.0, pitch_median_st=34.8, level_dbov=-23.9, rate_syll_s=4.7),
            stretch(20.0, 25.0, pitch_median_st=36.2, level_dbov=-16.0, rate_syll_s=4.6),
        ),
        stretches=(
            NamedStretch(20.0, 25.0, StretchKind.RAISED, "level_dbov", -16.0, -24.1, -18.1),
        ),
        parts=(stretch(0.8, 4.9, "t1"),),
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def unmeasured_voice(
    speaker: str, reason: str = TOO_LITTLE, names: Iterable[str] = GROUPS
) -> VoiceMeasures:
    """A voice of which nothing could be measured, with the reason by group."""
    return voice(
        speaker,
        **NONE_MEASURED,
        contributions=(),
        support_s=0.4,
        support=VoiceSupport(0.4, 0.2, 0.4, 1, 0),
        usual=(),
        timeline=(unmeasured_stretch(0.5, 0.9, "t1"),),
        parts=(),
        windows=(),
        stretches=(),
        unmeasured=tuple(Unmeasured(name, reason) for name in names),
    )


def told_voice(
    speaker: str,
    usual: dict[str, float],
    bumps: Sequence[tuple[float, float, dict[str, float]]],
    turns: Sequence[Turn],
    speech: Sequence[Span],
    length_s: float,
) -> VoiceMeasures:
    """A voice that wavers around its usual values and leaves them in ``bumps``.

    A bump is (start, end, departure by measure). Windows with less than 1 s of own speech have no
    entry, those under 2 s no pitch and no effort.
    """

    def values(span: Span) -> dict[str, float]:
        found = {
            name: middle + wave * math.sin(span.middle_s / 7 + 1.3 * i)
            for i, ((name, middle), wave) in enumerate(
                zip(usual.items(), (0.7, 0.25, 1.4, 1.2, 0.3, 0.8), strict=True)
            )
        }
        for start_s, end_s, by in bumps:
            if start_s <= span.middle_s < end_s:
                for name, change in by.items():
                    found[name] += change
        return {name: round(value, 3) for name, value in found.items()}

    def made(span: Span, turn: str | None) -> VoiceStretch:
        own_s = round(total_s(intersections(tuple(speech), [span])), 3)
        measured: dict[str, object] = dict(values(span))
        unmeasured: tuple[Unmeasured, ...] = ()
        if own_s < 2.0:
            gone = ("pitch_median_st", "pitch_sd_st", "pitch_movement_st_s", "effort_db")
            measured |= dict.fromkeys((*gone, "pitch_range_st", "pitch_slope_st_s"))
            reason = f"not enough evidence: {own_s:.1f} s of voiced speech, 1 s needed"
            unmeasured = (Unmeasured("pitch", reason), Unmeasured("effort", reason))
        measured["rate_wpm"] = round(39.5 * float(measured["rate_syll_s"]), 3)  # type: ignore[arg-type]
        parts = _contributions(measured, usual)
        return stretch(
            span.start_s,
            span.end_s,
            turn,
            **measured,
            calmness=round(80 + sum(part.points for part in parts), 3),
            contributions=parts,
            speech_s=own_s,
            voiced_s=round(0.55 * own_s, 3),
            unmeasured=unmeasured,
        )

    spans = [Span(at, min(at + 5.0, length_s)) for at in range(0, int(length_s), 5)]
    windows = tuple(
        made(span, None) for span in spans if total_s(intersections(tuple(speech), [span])) >= 1.0
    )
    whole = {
        name: round(statistics.fmean(v for w in windows if (v := getattr(w, name)) is not None), 3)
        for name in usual
    }
    parts = tuple(
        Contribution(
            part,
            whole[_PARTS[part][0]],
            usual[_PARTS[part][0]],
            round(
                sum(c.points for w in windows for c in w.contributions if c.part is part)
                / len(windows),
                3,
            ),
        )
        for part in CalmnessPart
    )
    own_s = round(total_s(speech), 3)
    timeline = tuple(made(turn.span, turn.id) for turn in turns if turn.speaker == speaker)
    return voice(
        speaker,
        **whole,
        pitch_variance_st2=round(whole["pitch_sd_st"] ** 2, 3),
        active_level_dbov=round(whole["level_dbov"] + 0.7, 3),
        rate_wpm=round(39.5 * whole["rate_syll_s"], 3),
        calmness=round(80 + sum(part.points for part in parts), 3),
        contributions=parts,
        support_s=own_s,
        support=VoiceSupport(own_s, round(0.55 * own_s, 3), own_s, int(3.1 * own_s), len(windows)),
        usual=tuple(
            Baseline(name, value, spread, BaselineSource.OWN_CALL, len(windows))
            for (name, value), spread in zip(
                usual.items(), (0.8, 0.3, 1.5, 1.4, 0.35, 0.9), strict=True
            )
        ),
        timeline=timeline,
        parts=tuple(turn for turn in timeline if turn.speech_s >= 1.0),
        windows=windows,
        stretches=_named(windows, usual),
    )


def tension_of(turn: Turn, tension: float, *phrases: str, **changes: object) -> TurnTension:
    """How tense a turn was."""
    words = round(min(1.0, 0.3 * len(phrases)), 2)
    base = TurnTension(
        turn.start_s,
        turn.end_s,
        turn.id,
        tension,
        tension >= 0.5,
        round(tension * 0.8, 3),
        words,
        phrases,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def composure(**changes: object) -> Composure:
    """The agent's voice after three tense turns."""
    base = Composure(
        tense_turns=("t4", "t10", "t16"),
        agent_turns=("t5", "t11", "t17"),
        after_s=24.1,
        rest_s=80.2,
        changes=(
            VoiceChange("pitch_median_st", 36.0, 34.8, 1.2),
            VoiceChange("pitch_movement_st_s", 16.1, 14.0, 2.1),
            VoiceChange("level_dbov", -22.0, -25.0, 3.0),
            VoiceChange("rate_syll_s", 4.97, 4.6, 8.043),
            VoiceChange("effort_db", -11.4, -12.3, 0.9),
            VoiceChange("calmness", 72.4, 78.3, -5.9),
        ),
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def _contributions(
    measured: dict[str, object], usual: dict[str, float]
) -> tuple[Contribution, ...]:
    result = []
    for part, (measure, weight, scale) in _PARTS.items():
        value = measured[measure]
        if not isinstance(value, float):
            continue
        change = value - usual[measure]
        units = (change / usual[measure] if part is CalmnessPart.RATE else change) / scale
        most = -80.0 if units > 0 else 0.0 if part is CalmnessPart.PITCH_SPREAD else 20.0
        points = round(most * weight / 5 * units**2 / (1 + units**2), 3)
        result.append(Contribution(part, value, usual[measure], points))
    return tuple(result)


def _named(windows: Sequence[VoiceStretch], usual: dict[str, float]) -> tuple[NamedStretch, ...]:
    found: list[NamedStretch] = []
    for kind, (measure, step) in _STEPS.items():
        limit = round(usual[measure] + step, 3)

        def beyond(value: float, limit: float = limit, up: bool = step > 0) -> bool:
            return value >= limit if up else value <= limit

        found += _joined(windows, kind, measure, usual[measure], limit, beyond)
    flat = _joined(windows, StretchKind.FLAT, "pitch_sd_st", None, 1.2, lambda value: value <= 1.2)
    found += [item for item in flat if item.duration_s >= 10.0]
    return tuple(sorted(found, key=lambda item: (item.start_s, item.end_s, item.kind)))


def _joined(
    windows: Sequence[VoiceStretch],
    kind: StretchKind,
    measure: str,
    usual: float | None,
    limit: float,
    beyond: Callable[[float], bool],
) -> list[NamedStretch]:
    groups: list[list[VoiceStretch]] = []
    for window in windows:
        value = getattr(window, measure)
        if value is None or not beyond(value):
            continue
        if groups and groups[-1][-1].end_s == window.start_s:
            groups[-1].append(window)
        else:
            groups.append([window])
    return [
        NamedStretch(
            group[0].start_s,
            group[-1].end_s,
            kind,
            measure,
            round(statistics.fmean(getattr(window, measure) for window in group), 3),
            usual,
            limit,
        )
        for group in groups
    ]
