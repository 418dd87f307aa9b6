"""Months along lines, a panel for each segment: where one chart would tangle them.

Everyone is on top; below, all segments' panels have one scale, so that they can be compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from assistant.charts.basic import INK, Labels, escaped, layout, shortened
from assistant.charts.compare import EVERYONE, line_of, month_axis, tick_format

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["month_panels"]

_TALL, _WHOLE, _GAP, _HEAD, _FOOT = 72, 150, 26, 22, 40
"""Pixels: a segment's panel, everyone's, the room for a name between panels, what lies above the
first and the months below the last."""


def month_panels(
    frame: pd.DataFrame,
    labels: Labels,
    *,
    unit: str = "",
    incomplete: Mapping[str, str] | None = None,
    reference: bool = False,
) -> go.Figure:
    """A value by month, one panel per group below everyone's; arguments as of `month_lines`.

    Args:
        reference: whether everyone's line is drawn in every panel too, dotted.
    """
    everyone, known = frame[frame["group"] == EVERYONE], incomplete or {}
    groups = [group for group in frame["group"].drop_duplicates() if group != EVERYONE]
    figure = _stack(len(groups))
    figure.add_trace(_trace(everyone, EVERYONE, known), row=1, col=1)
    _name_above(figure, 1, str(everyone["name"].iloc[0]))
    for row, group in enumerate(groups, start=2):
        mine = frame[frame["group"] == group]
        if reference:
            figure.add_trace(_dotted(everyone), row=row, col=1)
        figure.add_trace(_trace(mine, group, known), row=row, col=1)
        _name_above(figure, row, str(mine["name"].iloc[0]))
    month_axis(figure, sorted(frame["month"].unique()), labels["month_ticks"])
    drawn = frame if reference else frame[frame["group"] != EVERYONE]
    figure.update_yaxes(range=_range(drawn["value"]), nticks=3, tickfont={"size": 11})
    figure.update_yaxes(tickformat=tick_format(unit, frame["value"]))
    title = {"text": escaped(labels["value"]), "font": {"size": 11}}
    figure.update_yaxes(title=title, nticks=5, range=_range(everyone["value"]), row=1)
    return figure


def _stack(panels: int) -> go.Figure:
    """Everyone's panel above so many lower ones, with the look of all charts."""
    from plotly.subplots import make_subplots

    tall = _WHOLE + panels * (_GAP + _TALL)
    figure = make_subplots(
        rows=panels + 1,
        cols=1,
        shared_xaxes=True,
        row_heights=[_WHOLE, *[_TALL] * panels],
        vertical_spacing=_GAP / tall,
    )
    figure.update_layout(layout(tall + _HEAD + _FOOT))
    figure.update_layout(showlegend=False, margin={"t": _HEAD, "b": _FOOT})
    return figure


def _range(values: pd.Series[float]) -> list[float]:
    """From 0, or below it, to a little above the largest."""
    low, high = min(float(values.min()), 0.0), max(float(values.max()), 0.0)
    room = 0.08 * (high - low) or 1.0
    return [low - room * (low < 0), high + room]


def _trace(frame: pd.DataFrame, group: Any, incomplete: Mapping[str, str]) -> dict[str, Any]:
    line = line_of(frame, group, False, incomplete)
    return {**line, "type": "scatter", "marker": {**line["marker"], "size": 5}}


def _dotted(frame: pd.DataFrame) -> dict[str, Any]:
    line = line_of(frame, EVERYONE, True, {})
    thin = {"color": INK, "width": 1, "dash": "dot"}
    return {**line, "type": "scatter", "mode": "lines", "line": thin, "hoverinfo": "skip"}


def _name_above(figure: go.Figure, row: int, name: str) -> None:
    axis = "" if row == 1 else str(row)
    figure.add_annotation(
        text=escaped(shortened(name)), showarrow=False, font={"size": 12},
        xref="paper", x=0, xanchor="left", xshift=-2,
        yref=f"y{axis} domain", y=1, yanchor="bottom",
    )  # fmt: skip
