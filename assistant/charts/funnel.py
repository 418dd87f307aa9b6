"""The way to a purchase as bars: how many visits reach each step, one segment's beside the others'.

Like basic.py it draws what it is given, words and numbers alike. Bars are shares of the visits at
the first step, so that a small segment can be held against everyone else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from assistant.charts.basic import INK, Labels, escaped, layout, segment_colour
from assistant.charts.compare import EVERYONE

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["funnel_bars"]

_BAR, _HEAD, _BETWEEN = 20, 24, 26
"""Pixels: a bar, the name above a step's bars, the line on who goes on below them."""

_REACH = 1.4
"""The axis ends here, where the longest bar ends at 1: the rest is for the figures."""

_HATCHED = {"shape": "/", "size": 6, "solidity": 0.25}
"""Everyone else beside a segment: some eyes do not tell this grey from the green of segment 1."""


def funnel_bars(frame: pd.DataFrame, labels: Labels) -> go.Figure:
    """Steps from top to bottom, each with a bar per group and below it how many go on.

    Args:
        frame: columns `group` (segment id, or EVERYONE), `name`, `step` (as it is called), `share`
            (of the visits at the first step), `text` (the figure at the bar's end), `onward` (the
            line below the step; empty at the last), `hover`. Every group has every step.
        labels: `share_of_first`, what the bars' lengths are.
    """
    import plotly.graph_objects as go

    groups = frame["group"].drop_duplicates().tolist()
    steps = frame["step"].drop_duplicates().tolist()
    tall = _HEAD + _BAR * len(groups) + _BETWEEN
    figure = go.Figure(layout=layout(tall * len(steps) + 40 + 24 * (len(groups) > 1)))
    for place, group in enumerate(groups):
        mine = frame[frame["group"] == group]
        tops = [tall * i + _HEAD + _BAR * place for i in range(len(steps))]
        bars = go.Bar(**_bars(mine, group, [top + _BAR / 2 for top in tops]))
        if group == EVERYONE and len(groups) > 1:
            bars.marker.pattern = _HATCHED
        figure.add_trace(bars)
    for i, step in enumerate(steps):
        _write(figure, str(step), tall * i + _HEAD / 2, 13)
        onward = frame[frame["step"] == step]["onward"].iloc[0]
        if onward:
            _write(figure, str(onward), tall * (i + 1) - _BETWEEN / 2, 11)
    figure.update_yaxes(visible=False, range=[tall * len(steps), 0])
    figure.update_xaxes(
        range=[0, _REACH], tickvals=[0, 0.25, 0.5, 0.75, 1], tickformat=".0%",
        showgrid=False, zeroline=False,
        title={"text": escaped(labels["share_of_first"]), "font": {"size": 11}, "standoff": 4},
        tickfont={"size": 11},
    )  # fmt: skip
    figure.update_layout(showlegend=len(groups) > 1, margin={"b": 40})
    return figure


def _bars(frame: pd.DataFrame, group: Any, middles: list[float]) -> dict[str, Any]:
    """One group's bars, as arguments of a bar trace."""
    return {
        "x": frame["share"].tolist(),
        "y": middles,
        "width": _BAR - 3,
        "orientation": "h",
        "name": escaped(str(frame["name"].iloc[0])),
        "marker": {"color": INK if group == EVERYONE else segment_colour(int(group))},
        "text": [escaped(str(text)) for text in frame["text"]],
        "textposition": "outside",
        "textfont": {"size": 12},
        "cliponaxis": False,
        "customdata": [escaped(str(text)).replace("\n", "<br>") for text in frame["hover"]],
        "hovertemplate": "%{customdata}<extra></extra>",
    }


def _write(figure: go.Figure, words: str, middle: float, size: int) -> None:
    figure.add_annotation(
        text=escaped(words), showarrow=False, xref="paper", x=0, xanchor="left", xshift=-2,
        y=middle, yanchor="middle", font={"size": size},
    )  # fmt: skip
