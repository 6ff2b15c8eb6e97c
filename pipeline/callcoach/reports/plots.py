"""Plots: a picture that every browser and printer shows, and a figure that Plotly makes of it.

The picture is an SVG in the page, so a page reads without scripts, on paper and where the script
that draws is not there. With scripts, ``assets/plots.js`` puts a Plotly figure in its place, with
the calls to point at. The script is the one inside the installed ``plotly`` package.

Colours are of Okabe and Ito's palette (2008, https://jfly.uni-koeln.de/color/), which people with
all common kinds of colour blindness tell apart. Nothing is told by colour alone: the band is an
area, the median a line, a call a dot; and every number also stands in a table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from callcoach.reports.scripts import json_block
from callcoach.reports.spread import Spread
from callcoach.text import formatting

BLUE, SKY, GREY = "#0072B2", "#56B4E9", "#5a6675"
"""Median, band and single calls; ``plots.js`` knows what stands for each on a dark page."""

_WIDTH, _HEIGHT = 320.0, 128.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 30.0, 8.0, 8.0, 20.0


@dataclass(frozen=True)
class Cell:
    """A cell of a plot's table, with a link where there is one."""

    text: str
    href: str | None = None


@dataclass(frozen=True)
class Plot:
    """One plot.

    ``summary`` tells it in words, ``picture`` is its SVG, ``figure`` its Plotly figure as JSON
    that is safe inside a page. ``header`` and ``rows`` are its numbers as a table.
    """

    summary: str
    picture: str
    figure: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Scale:
    """How values of a measure are shown: unit, decimals, and the ends of the axis if fixed."""

    unit: str
    digits: int
    low: float | None = None
    high: float | None = None

    def text(self, value: float) -> str:
        """A value with its unit."""
        return f"{self.number(value)}{formatting.NBSP}{self.unit}".rstrip()

    def number(self, value: float) -> str:
        """A value without its unit."""
        return formatting.number(value, self.digits)


SCORE = Scale("points", 0, 0.0, 100.0)


@dataclass(frozen=True)
class Dot:
    """One call in a plot: its place among the calls (0, 1, ...), label, link, and its value."""

    place: int
    label: str
    href: str
    value: float
    usual: Spread | None


def plotly_path() -> Path:
    """Where the installed ``plotly`` package has its script; the package is not imported."""
    return Path(
        str(metadata.distribution("plotly").locate_file("plotly/package_data/plotly.min.js"))
    )


def plotly_script() -> bytes:
    """The script that draws, as it lies in the installed package (about 5 MB, MIT licence)."""
    return plotly_path().read_bytes()


def plotly_name() -> str:
    """The script's name in ``OUT/assets``: another version is another file."""
    return f"plotly-{metadata.version('plotly')}.min.js"


def trend_plot(
    dots: Sequence[Dot],
    calls: int,
    newest: int | None,
    scale: Scale,
    summary: str,
    ends: tuple[str, str],
) -> Plot:
    """Values over calls, with the running median and quartiles.

    Parameters
    ----------
    dots
        The calls that have a value, in order of time.
    calls
        How many calls the axis has room for.
    newest
        Place of the first call of the newest period, ``None`` where nothing is compared.
    scale
        Unit, decimals and axis.
    summary
        The plot in words.
    ends
        Dates of the first and last call on the axis.
    """
    trend = _Trend(dots, calls, newest, scale, ends)
    return Plot(
        summary=summary,
        picture=_trend_picture(trend, summary),
        figure=json_block(_trend_figure(trend)),
        header=("Call", "Value", "Usual until then (middle half)"),
        rows=tuple(
            (Cell(dot.label, dot.href), Cell(scale.text(dot.value)), Cell(_usual(dot, scale)))
            for dot in reversed(dots)
        ),
    )


@dataclass(frozen=True)
class _Trend:
    """What a trend's picture and its figure both draw, as in :func:`trend_plot`."""

    dots: Sequence[Dot]
    calls: int
    newest: int | None
    scale: Scale
    ends: tuple[str, str]

    @property
    def usual(self) -> list[tuple[int, Spread]]:
        """Places and spreads of the calls that have one."""
        return [(dot.place, dot.usual) for dot in self.dots if dot.usual is not None]

    @property
    def border(self) -> float | None:
        """Where the newest period begins, between two calls."""
        return None if self.newest is None else self.newest - 0.5

    @property
    def limits(self) -> tuple[float, float]:
        """Ends of the axis."""
        scale = self.scale
        if scale.low is not None and scale.high is not None:
            return scale.low, scale.high
        values = [dot.value for dot in self.dots] or [0.0, 1.0]
        low = min(values) if scale.low is None else scale.low
        room = 0.08 * (max(values) - low) or 1.0
        return (low - room if scale.low is None else low), max(values) + room


def _usual(dot: Dot, scale: Scale) -> str:
    if dot.usual is None:
        return "too few calls"
    spread = dot.usual
    between = f"{scale.number(spread.low)} to {scale.text(spread.high)}"
    return f"{scale.number(spread.median)} ({between})"


def _trend_figure(trend: _Trend) -> dict[str, Any]:
    dots, known = trend.dots, trend.usual
    x = [place for place, _ in known]
    edge = {"mode": "lines", "line": {"width": 0, "color": SKY}, "hoverinfo": "skip", "x": x}
    shapes = []
    if trend.border is not None:
        shapes.append(
            {
                "type": "line",
                "x0": trend.border,
                "x1": trend.border,
                "yref": "paper",
                "y0": 0,
                "y1": 1,
                "line": {"color": GREY, "width": 1, "dash": "dash"},
            }
        )
    below = {"xref": "paper", "yref": "paper", "y": 0, "yanchor": "top", "showarrow": False}
    return {
        "data": [
            {"type": "scatter", **edge, "y": [_rounded(s.low) for _, s in known]},
            {
                "type": "scatter",
                **edge,
                "y": [_rounded(s.high) for _, s in known],
                "fill": "tonexty",
                "fillcolor": _see_through(SKY),
            },
            {
                "type": "scatter",
                "mode": "lines",
                "x": x,
                "y": [_rounded(s.median) for _, s in known],
                "line": {"color": BLUE, "width": 2.5},
                "hoverinfo": "skip",
            },
            {
                "type": "scatter",
                "mode": "markers",
                "cliponaxis": False,
                "x": [dot.place for dot in dots],
                "y": [_rounded(dot.value) for dot in dots],
                "customdata": [
                    [_literal(dot.label), trend.scale.text(dot.value), dot.href] for dot in dots
                ],
                "marker": {"color": GREY, "size": 6, "opacity": 0.75},
                "hovertemplate": "%{customdata[0]}<br>%{customdata[1]}<extra></extra>",
            },
        ],
        "layout": {
            "height": 170,
            "margin": {"l": 38, "r": 10, "t": 8, "b": 24},
            "showlegend": False,
            "xaxis": {
                "range": [-0.7, trend.calls - 0.3],
                "showticklabels": False,
                "fixedrange": True,
                "showgrid": False,
                "zeroline": False,
            },
            "yaxis": {
                "range": list(trend.limits),
                "nticks": 4,
                "fixedrange": True,
                "zeroline": False,
            },
            "annotations": [
                {**below, "x": place, "xanchor": side, "text": day}
                for place, side, day in zip((0, 1), ("left", "right"), trend.ends, strict=True)
            ][: max(1, min(trend.calls, 2))],
            "shapes": shapes,
        },
    }


def _literal(text: str) -> str:
    """Text as it stands: Plotly reads a few tags in its texts."""
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _see_through(colour: str) -> str:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.35)"


def _rounded(value: float) -> float:
    return round(value, 3)


def _trend_picture(trend: _Trend, summary: str) -> str:
    low, high = trend.limits
    bottom = _HEIGHT - _BOTTOM

    def x(place: float) -> str:
        return f"{_LEFT + (place + 0.5) / max(1, trend.calls) * (_WIDTH - _LEFT - _RIGHT):.1f}"

    def y(value: float) -> str:
        return f"{bottom - (value - low) / (high - low) * (bottom - _TOP):.1f}"

    parts = [
        f'<line class="axis" x1="{_LEFT:g}" x2="{_WIDTH - _RIGHT:g}" '
        f'y1="{bottom:g}" y2="{bottom:g}"/>'
    ]
    parts += [
        f'<text class="tick end" x="{_LEFT - 4:g}" y="{float(y(value)) + 4:.1f}">'
        f"{escaped(trend.scale.number(value))}</text>"
        for value in ((low + high) / 2, high, low)
    ]
    known = trend.usual
    if known:
        top = " ".join(f"{x(place)},{y(s.high)}" for place, s in known)
        under = " ".join(f"{x(place)},{y(s.low)}" for place, s in reversed(known))
        middle = " ".join(f"{x(place)},{y(s.median)}" for place, s in known)
        parts.append(f'<polygon class="band" points="{top} {under}"/>')
        parts.append(f'<polyline class="middle" points="{middle}"/>')
    if trend.border is not None:
        parts.append(
            f'<line class="border" x1="{x(trend.border)}" x2="{x(trend.border)}" '
            f'y1="{_TOP:g}" y2="{bottom:g}"/>'
        )
    parts += [
        f'<circle class="dot" cx="{x(dot.place)}" cy="{y(dot.value)}" r="2.6"/>'
        for dot in trend.dots
    ]
    first, last = map(escaped, trend.ends)
    parts.append(f'<text class="tick" x="{_LEFT:g}" y="{_HEIGHT - 5:g}">{first}</text>')
    if trend.calls > 1:
        parts.append(
            f'<text class="tick end" x="{_WIDTH - _RIGHT:g}" y="{_HEIGHT - 5:g}">{last}</text>'
        )
    return svg(_WIDTH, _HEIGHT, parts, summary)


def svg(width: float, height: float, parts: Sequence[str], summary: str) -> str:
    """A picture of these parts with its words for who cannot see it."""
    return (
        f'<svg viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escaped(summary)}">'
        f"{''.join(parts)}</svg>"
    )


def escaped(text: str) -> str:
    """Text as it may stand in HTML, also inside quotes."""
    from html import escape

    return escape(formatting.clean(text), quote=True)
