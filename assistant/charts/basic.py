"""Facts and frames in, Plotly figures out. Counts nothing, and says nothing of its own.

Here are the bars, and the look that all charts share; the map is in customer_map.py; lines, tiles
and radars are in compare.py.

Every word on a chart comes in through `labels`; titles stand beside the chart, not in it. A segment
has the same colour on every chart. Colours and greys can be told apart by colour-blind eyes
and read on white and on near-black alike: a chart does not know which of the two it lies on.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any
from unicodedata import east_asian_width

import numpy as np
import pandas as pd

from segmentation.types import CustomerBase, Segmentation

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = [
    "INK",
    "PALETTE",
    "RULE",
    "SYMBOLS",
    "UNASSIGNED",
    "Labels",
    "escaped",
    "figure_json",
    "layout",
    "segment_bars",
    "segment_colour",
    "segment_name",
    "segment_sizes",
    "shortened",
    "wrapped",
]

PALETTE = (
    "#37856c",
    "#cf8408",
    "#5859c0",
    "#b62546",
    "#c578c2",
    "#586d0f",
    "#026a8a",
    "#9f9870",
    "#8f88f2",
    "#b57840",
    "#d976a3",
    "#0d7371",
)
UNASSIGNED = "#8a867c"
INK = "#7d7a71"
RULE = "rgba(128, 124, 114, 0.28)"
_FONT = "IBM Plex Sans, PingFang SC, Microsoft YaHei, Noto Sans CJK SC, system-ui, sans-serif"
SYMBOLS = ("circle", "diamond", "square", "triangle-up")
_BAR = 48
"""Height of one bar with the name above it, in pixels."""

_NAME = 44
"""Letters of a name on one line of a narrow screen."""

_BUTTONS = (
    *("zoom", "pan", "select", "lasso", "zoomIn", "zoomOut", "autoScale", "resetScale"),
    *("hoverClosestCartesian", "hoverCompareCartesian", "toggleSpikelines"),
)
"""What the bar above a chart would offer beside the picture."""

Labels = Mapping[str, str]


def segment_colour(segment: int) -> str:
    """The colour of a segment, the same everywhere; grey for the unassigned."""
    return PALETTE[(segment - 1) % len(PALETTE)] if segment > 0 else UNASSIGNED


def segment_sizes(base: CustomerBase, labels: Labels, *, segment: int | None = None) -> go.Figure:
    """Customers per segment, as the segmentation counted them, largest first.

    Args:
        labels: words for `segment`, `customers`, `share` and `unassigned`, and `on_chart`, a
            template with `{id}` and `{name}`.
        segment: one to bring out; the others turn grey.
    """
    segments = sorted(base.segmentation.segments, key=lambda one: (one.id == 0, -one.size, one.id))
    frame = pd.DataFrame(
        {
            "group": [one.id for one in segments],
            "value": [one.size for one in segments],
            "text": [f"{one.size:,} · {one.share:.0%}" for one in segments],
            "name": [segment_name(base.segmentation, one.id, labels) for one in segments],
        }
    )
    return segment_bars(frame, {**labels, "value": labels["customers"]}, segment=segment)


def segment_bars(frame: pd.DataFrame, labels: Labels, *, segment: int | None = None) -> go.Figure:
    """One value per segment (revenue, orders, a rate) as horizontal bars, first row on top.

    A bar's name stands above it, so that a narrow screen leaves its width to the bars.

    Args:
        frame: columns `group` (segment id, or another group's key), `name`, `value`, `text` (the
            value as it is written); rows without a value are left out.
        labels: `value`, what the bars measure, and in what.
        segment: one to bring out; the others turn grey.
    """
    import plotly.graph_objects as go

    known = frame[frame["value"].notna()]
    places = list(range(len(known)))
    names = [escaped(str(name)) for name in known["name"]]
    texts = [escaped(str(text)) for text in known["text"]]
    figure = go.Figure(layout=layout(_BAR * max(len(known), 1) + 40))
    figure.add_trace(
        go.Bar(
            x=known["value"].tolist(),
            y=places,
            width=0.42,
            orientation="h",
            marker=_bar_marker(known["group"].tolist(), segment),
            text=texts,
            textposition="outside",
            cliponaxis=False,
            customdata=[f"{name}<br>{text}" for name, text in zip(names, texts, strict=True)],
            hovertemplate="%{customdata}<extra></extra>",
        )
    )
    for place, name in zip(places, known["name"], strict=True):
        _name_above(figure, place, str(name))
    title = {"text": escaped(labels["value"]), "font": {"size": 11}, "standoff": 2}
    figure.update_xaxes(title=title, rangemode="tozero", showticklabels=False)
    figure.update_xaxes(showgrid=False, zeroline=False)
    figure.update_yaxes(visible=False, range=[len(known) - 0.7, -0.75])
    figure.update_layout(showlegend=False, margin={"r": 100, "b": 30})
    return figure


def _name_above(figure: go.Figure, place: int, name: str) -> None:
    figure.add_annotation(
        text=escaped(shortened(name)), showarrow=False, xref="paper", x=0, xanchor="left",
        xshift=-2, y=place - 0.42, yanchor="middle", font={"size": 12},
    )  # fmt: skip


def figure_json(figure: go.Figure) -> dict[str, Any]:
    """The figure as JSON values, arrays packed the way Plotly.js reads them."""
    document: dict[str, Any] = json.loads(figure.to_json())
    return document


def segment_name(segmentation: Segmentation, id: int, labels: Labels) -> str:
    """A segment as charts call it."""
    if id == 0:
        return labels["unassigned"]
    names = {one.id: one.name for one in segmentation.segments}
    if not names.get(id):
        return f"{labels['segment']} {id}"
    return labels["on_chart"].format(id=id, name=names[id])


def _bar_marker(groups: Sequence[Any], chosen: int | None) -> dict[str, Any]:
    """Each bar in its colour; where one is chosen, the others grey and pale."""
    if chosen is None:
        return {"color": [_group_colour(group) for group in groups]}
    return {
        "color": [_group_colour(group) if group == chosen else UNASSIGNED for group in groups],
        "opacity": [1 if group == chosen else 0.45 for group in groups],
    }


def _group_colour(group: Any) -> str:
    is_segment = isinstance(group, int | np.integer) and not isinstance(group, bool)
    return segment_colour(int(group)) if is_segment else PALETTE[0]


def escaped(text: str) -> str:
    """Text that Plotly shows as it is: it reads a few HTML tags, and `%{` as a placeholder."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("%{", "%&#123;")


def shortened(text: str, longest: int = _NAME) -> str:
    """The text on one line, its end left out where it is longer; a Chinese character counts two."""
    widths = [2 if east_asian_width(letter) in "WF" else 1 for letter in text]
    if sum(widths) <= longest:
        return text
    fits = sum(1 for width in accumulate(widths) if width < longest)
    return text[:fits].rstrip(" ,") + "…"


def wrapped(text: str, width: int, most: int | None = None) -> str:
    """Text over lines of so many letters, or half as many Chinese characters; at most so many."""
    wide = not text.isascii() and " " not in text
    lines = textwrap.wrap(
        text,
        (width + 1) // 2 if wide else width,
        break_long_words=wide,
        max_lines=most,
        placeholder="…",
    )
    return "<br>".join(escaped(line) for line in lines)


def layout(height: int) -> dict[str, Any]:
    """The look that all charts share, as a figure's layout; `height` in pixels."""
    axis = {"gridcolor": RULE, "linecolor": RULE, "zerolinecolor": RULE, "automargin": True}
    return {
        "template": {
            "layout": {
                "font": {"family": _FONT, "size": 13, "color": INK},
                "colorway": list(PALETTE),
                "paper_bgcolor": "rgba(0,0,0,0)",
                "plot_bgcolor": "rgba(0,0,0,0)",
                "xaxis": axis,
                "yaxis": axis,
                "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
                "hoverlabel": {"align": "left", "font": {"family": _FONT}},
                "margin": {"l": 8, "r": 8, "t": 8, "b": 24},
            }
        },
        "dragmode": False,  # a finger that scrolls past must not draw a frame
        "modebar": {"remove": list(_BUTTONS)},
        "height": height,
    }
