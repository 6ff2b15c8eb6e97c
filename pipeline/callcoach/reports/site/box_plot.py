"""Boxes: the scores of several agents' calls beside each other, in the order of their names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from callcoach.reports.plots import BLUE, GREY, SCORE, SKY, Cell, Plot, escaped, svg
from callcoach.reports.scripts import json_block
from callcoach.reports.spread import Spread

_ROW = 30.0  # height of an agent's row

_NAMES = 118.0  # room for the agents' names


@dataclass(frozen=True)
class Box:
    """One agent's calls: name and link, how many, the quartiles, and the ends."""

    name: str
    spread: Spread | None
    lowest: float
    highest: float
    small: bool


def box_plot(boxes: Sequence[Box], summary: str) -> Plot:
    """Scores of several agents beside each other, in the order given.

    The figure is empty: ``team.js`` fills in the calls that pass the filter.
    """
    return Plot(
        summary=summary,
        picture=_box_picture(boxes, summary),
        figure=json_block(box_figure()),
        header=("Agent", "Calls", "Middle", "Middle half", "Lowest and highest"),
        rows=tuple(_box_cells(box) for box in boxes),
    )


def box_figure() -> dict[str, Any]:
    """A Plotly figure of boxes without data: agents with enough calls, and the others."""
    marker = {"color": GREY, "size": 5, "opacity": 0.6}
    return {
        "data": [
            {
                "type": "box",
                "name": "enough calls",
                "orientation": "h",
                "x": [],
                "y": [],
                "customdata": [],
                "fillcolor": SKY,
                "line": {"color": BLUE, "width": 1.5},
                "marker": marker,
                "boxpoints": "all",
                "jitter": 0.5,
                "pointpos": 0,
                "hoveron": "points",
                "hovertemplate": "%{customdata[0]}<br>%{x} points<extra></extra>",
            },
            {
                "type": "scatter",
                "name": "too few calls for a box",
                "mode": "markers",
                "x": [],
                "y": [],
                "customdata": [],
                "marker": {**marker, "symbol": "diamond-open", "size": 8, "opacity": 1.0},
                "hovertemplate": "%{customdata[0]}<br>%{x} points<extra></extra>",
            },
        ],
        "layout": {
            "margin": {"l": 10, "r": 16, "t": 10, "b": 40},
            "showlegend": False,
            "xaxis": {
                "range": [-3, 103],
                "title": {"text": "points"},
                "fixedrange": True,
                "zeroline": False,
            },
            "yaxis": {"automargin": True, "fixedrange": True, "autorange": "reversed"},
        },
    }


def _box_cells(box: Box) -> tuple[Cell, ...]:
    if box.spread is None:
        return (Cell(box.name), Cell("0"), Cell("no score"), Cell(""), Cell(""))
    spread = box.spread
    return (
        Cell(box.name),
        Cell(f"{spread.calls}{' (few)' if box.small else ''}"),
        Cell(SCORE.text(spread.median)),
        Cell("too few calls" if box.small else _range(spread.low, spread.high)),
        Cell(_range(box.lowest, box.highest)),
    )


def _range(low: float, high: float) -> str:
    return f"{SCORE.number(low)} to {SCORE.text(high)}"


def _box_picture(boxes: Sequence[Box], summary: str) -> str:
    width = 640.0
    height = _ROW * len(boxes) + 26.0
    room = width - _NAMES - 60.0

    def x(value: float) -> float:
        return round(_NAMES + value / 100.0 * room, 1)

    parts = [
        f'<line class="axis" x1="{x(value)}" x2="{x(value)}" y1="0" y2="{height - 20:g}"/>'
        f'<text class="tick mid" x="{x(value)}" y="{height - 6:g}">{value}</text>'
        for value in (0, 25, 50, 75, 100)
    ]
    for place, box in enumerate(boxes):
        middle = _ROW * (place + 0.5)
        parts.append(
            f'<text class="name end" x="{_NAMES - 8:g}" y="{middle + 4:g}">'
            f"{escaped(_cut(box.name))}</text>"
        )
        if box.spread is None:
            continue
        spread = box.spread
        parts.append(
            f'<line class="whisker" x1="{x(box.lowest)}" x2="{x(box.highest)}" '
            f'y1="{middle:g}" y2="{middle:g}"/>'
        )
        if not box.small:
            wide = max(1.0, x(spread.high) - x(spread.low))
            parts.append(
                f'<rect class="band" x="{x(spread.low)}" width="{wide:.1f}" '
                f'y="{middle - 8:g}" height="16"/>'
            )
        parts.append(
            f'<line class="middle" x1="{x(spread.median)}" x2="{x(spread.median)}" '
            f'y1="{middle - 9:g}" y2="{middle + 9:g}"/>'
        )
        few = " few" if box.small else ""
        parts.append(
            f'<text class="tick" x="{x(100) + 8:g}" y="{middle + 4:g}">{spread.calls}{few}</text>'
        )
    return svg(width, height, parts, summary)


def _cut(name: str) -> str:
    return name if len(name) <= 16 else f"{name[:15]}…"
