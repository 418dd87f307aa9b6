"""Charts that compare: months along lines, segments in coloured tiles and on radars.

Like basic.py it draws what it is given, words and numbers alike. What it adds is the scale: ratios
are placed by their logarithm, so that half as much lies as far from 1 as twice as much.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, log2
from typing import TYPE_CHECKING, Any

import pandas as pd

from assistant.charts.basic import (
    INK,
    RULE,
    SYMBOLS,
    Labels,
    escaped,
    layout,
    segment_colour,
    wrapped,
)

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = [
    "EVERYONE",
    "FARTHEST",
    "LESS",
    "MORE",
    "ON_TILES",
    "SAME",
    "line_of",
    "month_axis",
    "month_lines",
    "radar",
    "tick_format",
    "tiles",
]

EVERYONE = "all"
"""The group that stands for all customers together."""

FARTHEST = 8
"""A radar reaches this many times everybody else's number, and 1 in so many; beyond is its edge."""

LESS, SAME, MORE = "#e9a65a", "#eceae4", "#9fa0ee"
"""Tiles of less, as much and more: dark figures can be read on each and on all between them."""

ON_TILES = "#1f1e1b"

_DEEPEST = 4
"""Tiles have their full colour from this ratio on."""

_FRACTIONS = {0.125: "⅛", 0.25: "¼", 0.5: "½"}
_STEPS = (1, 2, 3, 6, 12)
_MOST_TICKS = 6
_HALF_MONTH = pd.Timedelta(days=15)
_BAND = "rgba(128, 124, 114, 0.16)"
_LEGEND_LINE = 21
_TILE, _TILE_GAP = 56, 24
"""Pixels from tile to tile downwards, and how much of that is free for the name above."""


# --- months ------------------------------------------------------------------------------------


def month_lines(
    frame: pd.DataFrame,
    labels: Labels,
    *,
    unit: str = "",
    incomplete: Mapping[str, str] | None = None,
) -> go.Figure:
    """A value by month, one line per group.

    Args:
        frame: columns `group` (segment id, or EVERYONE), `name`, `month` (`2011-09`), `value` (NaN
            leaves a gap), `text` (the value as it is written). Every group has every month.
        labels: `month_ticks`, a d3 time format for the axis; `value`, what is measured and in what.
        unit: of the value: `share`, or anything else.
        incomplete: months that the data covers only in part, with the words to say so.
    """
    import plotly.graph_objects as go

    groups = frame["group"].drop_duplicates().tolist()
    many = len(groups) > 1
    figure = go.Figure(layout=layout(320 + _LEGEND_LINE * len(groups) * many))
    for group in groups:
        mine = frame[frame["group"] == group]
        figure.add_trace(go.Scatter(**line_of(mine, group, many, incomplete or {})))
    months = sorted(frame["month"].unique())
    month_axis(figure, months, labels["month_ticks"])
    figure.update_yaxes(rangemode="tozero", tickformat=tick_format(unit, frame["value"]), nticks=6)
    figure.update_yaxes(title={"text": escaped(labels["value"]), "font": {"size": 11}})
    for month, words in (incomplete or {}).items():
        if month in months:
            _mark_month(figure, month, words, first=month == months[0])
    _legend_below(figure, many)
    return figure


def line_of(
    frame: pd.DataFrame, group: Any, many: bool, incomplete: Mapping[str, str]
) -> dict[str, Any]:
    """One group's line, as arguments of a scatter trace; incomplete months are hollow points."""
    name = escaped(str(frame["name"].iloc[0]))
    whole = group == EVERYONE
    colour = INK if whole else segment_colour(int(group))
    symbol = "circle" if whole else SYMBOLS[max(int(group) - 1, 0) % len(SYMBOLS)]
    hollow = [month in incomplete for month in frame["month"]]
    return {
        "x": [f"{month}-01" for month in frame["month"]],
        "y": [None if value != value else value for value in frame["value"]],
        "name": name,
        "mode": "lines+markers",
        "line": {"color": colour, "width": 2.5, "dash": "dot" if whole and many else "solid"},
        "marker": {"size": 7, "symbol": [f"{symbol}-open" if open else symbol for open in hollow]},
        "customdata": [escaped(str(text)) for text in frame["text"]],
        "hovertemplate": f"{name}<br>%{{customdata}}<extra></extra>",
    }


def month_axis(
    figure: go.Figure, months: Sequence[str], ticks: str, most: int = _MOST_TICKS
) -> None:
    """Months as the x axis, with at most so many ticks."""
    wanted = ceil(len(months) / most)
    step = next((step for step in _STEPS if step >= wanted), 12 * ceil(wanted / 12))
    ends = [pd.Timestamp(months[0]) - _HALF_MONTH, pd.Timestamp(months[-1]) + _HALF_MONTH]
    figure.update_xaxes(
        type="date",
        range=[end.isoformat() for end in ends],
        tickformat=ticks,
        tick0=f"{months[0]}-01",
        dtick=f"M{step}",
        tickangle=0,
        showgrid=False,
    )


def _mark_month(figure: go.Figure, month: str, words: str, *, first: bool) -> None:
    """A band behind a month that is not whole, with the words at its top."""
    begin, end = (pd.Timestamp(month) + side * _HALF_MONTH for side in (-1, 1))
    figure.add_shape(
        type="rect", xref="x", yref="paper", layer="below", line_width=0,
        x0=begin.isoformat(), x1=end.isoformat(), y0=0, y1=1, fillcolor=_BAND,
    )  # fmt: skip
    figure.add_annotation(
        text=escaped(words), showarrow=False, yref="paper", y=1, yanchor="bottom",
        x=(begin if first else end).isoformat(), xanchor="left" if first else "right",
        font={"size": 11},
    )  # fmt: skip
    figure.update_layout(margin={"t": 26})


def tick_format(unit: str, values: pd.Series[Any]) -> str:
    largest = values.abs().max()
    if unit == "share":
        return ".0%" if largest >= 0.1 else ".1%"
    return ",.0f" if largest >= 20 else ",~f"


def _legend_below(figure: go.Figure, shown: bool) -> None:
    figure.update_layout(showlegend=shown, legend={"y": -0.14, "yanchor": "top"})


# --- tiles -------------------------------------------------------------------------------------


def tiles(frame: pd.DataFrame, labels: Labels) -> go.Figure:
    """Groups by measures: the number itself on a tile that is coloured by how it compares.

    A group's name stands above its tiles, so that a narrow screen leaves its width to the numbers.

    Args:
        frame: columns `name` (of the group: a row), `measure` (a column), `lift` (ratio to what it
            is compared with; NaN where there is none), `text` (the number as it is written; empty
            where there is none), `hover`. Rows and columns in order of appearance.
        labels: `times`, a template with `{n}`; `scale`, what the ratio is to.
    """
    import plotly.graph_objects as go

    names, measures = (frame[key].drop_duplicates().tolist() for key in ("name", "measure"))
    figure = go.Figure(layout=layout(_TILE * len(names) + 150))
    figure.add_trace(
        go.Heatmap(
            z=_table(frame, "depth", names, measures, _depths(frame)),
            text=_table(frame, "text", names, measures, frame["text"].map(str).map(escaped)),
            customdata=_table(frame, "hover", names, measures, frame["hover"].map(_lines)),
            x=list(range(len(measures))),
            y=list(range(len(names))),
            zmin=-log2(_DEEPEST),
            zmax=log2(_DEEPEST),
            colorscale=[[0, LESS], [0.5, SAME], [1, MORE]],
            colorbar=_colour_bar(labels),
            texttemplate="%{text}",
            textfont={"color": ON_TILES, "size": 11},
            hovertemplate="%{customdata}<extra></extra>",
            hoverongaps=False,
            xgap=3,
            ygap=_TILE_GAP,
        )
    )
    heads = [wrapped(str(measure), 9) for measure in measures]
    figure.update_xaxes(side="top", tickvals=list(range(len(heads))), ticktext=heads, tickangle=0)
    figure.update_xaxes(showgrid=False, zeroline=False, showline=False, ticks="")
    figure.update_xaxes(tickfont={"size": 10})
    figure.update_yaxes(visible=False, autorange="reversed")
    for row, name in enumerate(names):
        _name_above(figure, row, str(name))
    return figure


def _depths(frame: pd.DataFrame) -> pd.Series[Any]:
    """log2 of the lift, clipped; 0 where a number cannot be compared, none without a number."""
    depths = frame["lift"].map(lambda lift: _position(lift, _DEEPEST))
    return depths.fillna(0.0).where(frame["text"].astype(str) != "", None)


def _position(lift: float, farthest: float) -> float:
    """log2 of a ratio, no further out than `farthest` times or 1 in so many; NaN stays NaN."""
    if lift != lift:
        return lift
    return log2(min(max(lift, 1 / farthest), farthest))


def _table(
    frame: pd.DataFrame,
    column: str,
    names: Sequence[Any],
    measures: Sequence[Any],
    values: pd.Series[Any],
) -> list[list[Any]]:
    """Values of the frame's rows as rows of names and columns of measures."""
    wide = frame.assign(**{column: values.astype(object)}).set_index(["name", "measure"])[column]
    return [[_plain(wide.get((name, measure))) for measure in measures] for name in names]


def _plain(value: Any) -> Any:
    return None if value is None or value != value else value


def _colour_bar(labels: Labels) -> dict[str, Any]:
    ratios = [1 / 4, 1 / 2, 1, 2, 4]
    texts = [_times(ratio, labels) for ratio in ratios]
    texts[0], texts[-1] = f"≤ {texts[0]}", f"≥ {texts[-1]}"
    return {
        "orientation": "h",
        "x": 0.5,
        "xanchor": "center",
        "y": 0,
        "yanchor": "top",
        "len": 0.9,
        "thickness": 10,
        "outlinewidth": 0,
        "tickvals": [log2(ratio) for ratio in ratios],
        "ticktext": texts,
        "tickfont": {"size": 11},
        "title": {"text": escaped(labels["scale"]), "side": "top", "font": {"size": 11}},
    }


def _times(ratio: float, labels: Labels) -> str:
    return labels["times"].format(n=_FRACTIONS.get(ratio, f"{ratio:g}"))


def _name_above(figure: go.Figure, row: int, name: str) -> None:
    figure.add_annotation(
        text=escaped(name), showarrow=False, xref="paper", x=0, xanchor="left", xshift=-2,
        y=row - 0.5, yanchor="middle", yshift=-3, font={"size": 12},
    )  # fmt: skip


def _lines(text: Any) -> str:
    return escaped(str(text)).replace("\n", "<br>")


# --- radars ------------------------------------------------------------------------------------


def radar(frame: pd.DataFrame, labels: Labels, *, shown: Sequence[int]) -> go.Figure:
    """Segments' numbers as ratios to everybody else's, one axis a measure; a ring is 1.

    Args:
        frame: columns `group` (segment id), `name`, `measure` (an axis), `lift` (beyond FARTHEST it
            is drawn at the edge), `hover`. Every segment has every measure.
        labels: `times`, a template with `{n}`; `everyone_else`, what the ring is called.
        shown: the segments drawn at first; the others appear when their name is clicked.
    """
    import plotly.graph_objects as go

    groups = frame["group"].drop_duplicates().tolist()
    measures = [str(measure) for measure in frame["measure"].drop_duplicates()]
    edge = _edge(frame["lift"])
    figure = go.Figure(layout=layout(410 + _LEGEND_LINE * (len(groups) + 1)))
    figure.add_trace(go.Scatterpolar(**_ring(labels)))
    for group in groups:
        outline = _outline(frame[frame["group"] == group], int(group), edge)
        visible = True if group in shown else "legendonly"
        figure.add_trace(go.Scatterpolar(**outline, visible=visible))
    figure.update_polars(
        bgcolor="rgba(0,0,0,0)",
        angularaxis=_angles(measures),
        radialaxis=_radius(len(measures), edge, labels),
    )
    figure.update_layout(margin={"l": 66, "r": 66, "t": 44, "b": 44})
    _legend_below(figure, True)
    return figure


def _edge(lifts: pd.Series[Any]) -> int:
    """The outermost ratio: 2, 4 or 8, whichever holds every ratio and its inverse."""
    farthest = max(max(lift, 1 / lift) if lift > 0 else FARTHEST for lift in lifts)
    return next((edge for edge in (2, 4) if farthest <= edge), FARTHEST)


def _ring(labels: Labels) -> dict[str, Any]:
    """The ratio 1 all the way round."""
    round_ = list(range(0, 361, 5))
    return {
        "r": [0] * len(round_),
        "theta": round_,
        "name": escaped(labels["everyone_else"]),
        "mode": "lines",
        "line": {"color": INK, "width": 2, "dash": "dot"},
        "hoverinfo": "skip",
    }


def _outline(frame: pd.DataFrame, group: int, edge: int) -> dict[str, Any]:
    """One segment's closed line, as arguments of a polar trace."""
    places = [_position(lift, edge) for lift in frame["lift"]]
    hovers = [_lines(hover) for hover in frame["hover"]]
    angles = _spread(len(places))
    colour = segment_colour(group)
    return {
        "r": [*places, places[0]],
        "theta": [*angles, angles[0]],
        "name": escaped(str(frame["name"].iloc[0])),
        "mode": "lines+markers",
        "line": {"color": colour, "width": 2.5},
        "marker": {"size": 7, "symbol": SYMBOLS[max(group - 1, 0) % len(SYMBOLS)]},
        "fill": "toself",
        "fillcolor": _pale(colour),
        "customdata": [*hovers, hovers[0]],
        "hovertemplate": "%{customdata}<extra></extra>",
        "hoveron": "points",
    }


def _spread(axes: int) -> list[float]:
    """The angles of so many axes, in degrees from the first."""
    return [360 * axis / axes for axis in range(axes)]


def _pale(colour: str) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, 0.12)"


def _angles(measures: Sequence[str]) -> dict[str, Any]:
    return {
        "direction": "clockwise",
        "rotation": 90,
        "tickvals": _spread(len(measures)),
        "ticktext": [wrapped(measure, 10) for measure in measures],
        "tickfont": {"size": 12},
        "ticks": "",
        "gridcolor": RULE,
        "linecolor": RULE,
    }


def _radius(axes: int, edge: int, labels: Labels) -> dict[str, Any]:
    """Rings at powers of two, their words between the first two axes; the innermost is no point."""
    reach = round(log2(edge))
    rings = list(range(-reach, reach + 1))
    told = [ring for ring in rings if reach < 3 or ring % 2 == 0]
    between = 90 - 180 / axes
    return {
        "range": [-reach - 0.35, reach],
        "tickvals": rings,
        "ticktext": [_times(2.0**ring, labels) if ring in told else "" for ring in rings],
        "tickfont": {"size": 11},
        "angle": between,
        "tickangle": between,
        "gridcolor": RULE,
        "showline": False,
        "ticks": "",
    }
