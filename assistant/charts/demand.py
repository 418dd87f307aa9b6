"""Demand as a line: what was sold by week, what is expected next, and the band it may lie in.

Like basic.py it draws what it is given, words and numbers alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from assistant.charts.basic import INK, PALETTE, Labels, escaped, layout

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["Point", "demand_line"]

_BAND = "rgba(128, 124, 114, 0.25)"


@dataclass(frozen=True)
class Point:
    """Some days in a row.

    Args:
        first, last: the days, both inclusive.
        a_day: units a day; low, high: ends of its interval, None for what was sold.
        text: what the point says when looked at.
    """

    first: date
    last: date
    a_day: float
    low: float | None
    high: float | None
    text: str

    @property
    def middle(self) -> str:
        return (self.first + (self.last - self.first) / 2 + timedelta(0)).isoformat()


def demand_line(
    past: Sequence[Point], ahead: Sequence[Point], labels: Labels, *, colour: str = PALETTE[0]
) -> go.Figure:
    """What was sold and what is expected, in units a day, so that shorter stretches compare.

    Args:
        labels: words for `sold`, `expected`, `interval` and `axis`.
    """
    import plotly.graph_objects as go

    figure = go.Figure(layout=layout(360))
    figure.add_trace(go.Scatter(**_band(ahead, labels)))
    figure.add_trace(go.Scatter(**_line(past, labels["sold"], INK, "solid", "circle")))
    figure.add_trace(go.Scatter(**_line(ahead, labels["expected"], colour, "dash", "diamond")))
    figure.update_yaxes(rangemode="tozero", tickformat=",~r", nticks=6)
    figure.update_yaxes(title={"text": escaped(labels["axis"]), "font": {"size": 12}})
    figure.update_xaxes(type="date", showgrid=False)
    figure.update_layout(legend={"y": -0.14, "yanchor": "top"})
    return figure


def _band(points: Sequence[Point], labels: Labels) -> dict[str, Any]:
    """The interval as one closed outline: there along its upper end, back along its lower."""
    days = [point.middle for point in points]
    return {
        "x": [*days, *reversed(days)],
        "y": [*(point.high for point in points), *(point.low for point in reversed(points))],
        "name": escaped(labels["interval"]),
        "mode": "lines",
        "line": {"width": 0},
        "fill": "toself",
        "fillcolor": _BAND,
        "hoverinfo": "skip",
    }


def _line(
    points: Sequence[Point], name: str, colour: str, dash: str, symbol: str
) -> dict[str, Any]:
    return {
        "x": [point.middle for point in points],
        "y": [point.a_day for point in points],
        "name": escaped(name),
        "mode": "lines+markers",
        "line": {"color": colour, "width": 2.5, "dash": dash},
        "marker": {"size": 7, "symbol": symbol},
        "customdata": [escaped(point.text) for point in points],
        "hovertemplate": "%{customdata}<extra></extra>",
    }
