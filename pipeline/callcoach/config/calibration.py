"""Settings of calibration against people and of the fairness check."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from callcoach.config.section import Section, setting

_CHOSEN = "chosen"


class CalibrationConfig(Section):
    """Comparing the machine's scores with people's, and groups of calls with each other."""

    band_edges: tuple[float, ...] = setting(
        (50.0, 75.0),
        "Scores fall into bands at these values; a score on an edge belongs to the band above it.",
        unit="points",
        source=_CHOSEN,
        min_length=1,
        max_length=4,
    )
    band_names: tuple[str, ...] = setting(
        ("low", "middle", "high"),
        "Names of the bands from the lowest up, one more than there are edges.",
        source=_CHOSEN,
    )
    min_calls: int = setting(
        30,
        "With fewer calls there is a warning, no practice may be automatic and no other edges are "
        "suggested.",
        unit="calls",
        source="docs/calibration.md shows how many calls are needed for what",
        ge=2,
    )
    min_interval_calls: int = setting(
        10,
        "With fewer calls a number has no interval.",
        unit="calls",
        source=_CHOSEN,
        ge=2,
    )
    min_shared_calls: int = setting(
        10,
        "Two raters, or a rater and the machine, are compared when both scored at least so many "
        "calls.",
        unit="calls",
        source=_CHOSEN,
        ge=2,
    )
    automatic_kappa: float = setting(
        0.6,
        "A practice may be automatic when the lower end of kappa's interval is at least this.",
        source="Landis and Koch 1977 call kappa from 0.61 substantial; McHugh 2012 calls 0.60 to "
        "0.79 moderate and asks for it at least",
        gt=0,
        lt=1,
    )
    confidence: float = setting(
        0.95, "Intervals hold the true value so often.", unit="share", gt=0.5, lt=1
    )
    resamples: int = setting(
        2000,
        "Bootstrap resamples behind an interval.",
        source="Efron and Tibshirani 1993: 1000 or more for percentile intervals",
        ge=200,
        le=100_000,
    )
    seed: int = setting(
        1, "Start of the random numbers: the same seed gives the same intervals.", ge=0
    )
    max_undefined: float = setting(
        0.1,
        "No interval when a number could not be worked out in more than this share of the "
        "resamples.",
        unit="share",
        source=_CHOSEN,
        ge=0,
        lt=1,
    )
    common_band: float = setting(
        0.9,
        "A note tells when people put more than this share of the calls into one band: kappa is "
        "then low or unsure also when machine and people mostly agree.",
        unit="share",
        source="Feinstein and Cicchetti 1990 show the effect; the limit is chosen",
        gt=0.5,
        lt=1,
    )
    most_different: int = setting(
        5, "The calls that differ most are listed up to this number.", unit="calls", ge=0
    )
    edge_step: int = setting(
        5, "Edges that may be suggested are multiples of this.", unit="points", ge=2, le=25
    )
    folds: int = setting(
        5,
        "Suggested edges are tried on calls they were not found on: the calls are dealt into so "
        "many parts.",
        source="the usual 5 or 10",
        ge=2,
    )
    min_gain: float = setting(
        0.05,
        "Other edges are suggested when they raise the weighted kappa of the calls they were not "
        "found on by at least this.",
        source=_CHOSEN,
        gt=0,
    )
    min_group_calls: int = setting(
        15,
        "A group with fewer calls is listed, but gets no interval.",
        unit="calls",
        source=_CHOSEN,
        ge=2,
    )

    @model_validator(mode="after")
    def _check_bands(self) -> Self:
        edges = list(self.band_edges)
        if edges != sorted(set(edges)) or edges[0] <= 0 or edges[-1] > 100:
            raise ValueError("band_edges must rise and lie above 0 and up to 100")
        if len(self.band_names) != len(edges) + 1:
            raise ValueError(
                f"band_names must name {len(edges) + 1} bands, found {len(self.band_names)}"
            )
        if len({name.strip().casefold() for name in self.band_names} - {""}) != len(edges) + 1:
            raise ValueError("band_names must differ and not be empty")
        return self
