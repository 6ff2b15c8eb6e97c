"""Voice stretches with chosen measures."""

from __future__ import annotations

from callcoach.model.voice import Baseline, BaselineSource, VoiceStretch


def stretch(start_s: float = 0.0, end_s: float = 5.0, **measures: object) -> VoiceStretch:
    """A stretch in which nothing was measured but what is given."""
    values: dict[str, object] = {
        "turn": None,
        "pitch_median_st": None,
        "pitch_sd_st": None,
        "pitch_range_st": None,
        "pitch_slope_st_s": None,
        "pitch_movement_st_s": None,
        "level_dbov": None,
        "rate_syll_s": None,
        "rate_wpm": None,
        "pauses": None,
        "pause_s": None,
        "effort_db": None,
        "calmness": None,
        "contributions": (),
        "speech_s": end_s - start_s,
        "voiced_s": (end_s - start_s) / 2,
    }
    return VoiceStretch(start_s, end_s, **{**values, **measures})  # type: ignore[arg-type]


USUAL = {
    "pitch_median_st": 30.0,
    "pitch_sd_st": 3.0,
    "pitch_movement_st_s": 18.0,
    "rate_syll_s": 5.0,
    "level_dbov": -25.0,
    "effort_db": -12.0,
}


def usual(spread: float = 0.0, **changes: float) -> tuple[Baseline, ...]:
    """What is usual in every measure."""
    return tuple(
        Baseline(measure, median, spread, BaselineSource.OWN_CALL, 10)
        for measure, median in {**USUAL, **changes}.items()
    )
