"""The map of customers: every customer a point, where alike lies close together.

Drawn as SVG, not WebGL: a browser keeps some sixteen WebGL canvases and blanks the oldest, and
without a graphics card it warns in its console. A few thousand points is what SVG draws at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from assistant.charts.basic import (
    PALETTE,
    SYMBOLS,
    UNASSIGNED,
    Labels,
    escaped,
    layout,
    segment_colour,
    segment_name,
)
from segmentation.types import CustomerBase, Segmentation

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["FEWEST_POINTS", "MOST_POINTS", "Hover", "customer_map"]

MOST_POINTS = 4_000
FEWEST_POINTS = 50
"""So many of a segment are drawn, if it has them, however small its share."""

Rows = NDArray[np.intp]
Hover = Callable[[Rows], Sequence[str]]
"""Rows of customers → what is told of each below who they are, lines parted by line breaks."""


def customer_map(
    base: CustomerBase,
    labels: Labels,
    hover: Hover,
    *,
    segment: int | None = None,
    most: int = MOST_POINTS,
    seed: int = 0,
) -> go.Figure:
    """Customers as points on the segmentation's two-dimensional map, coloured by segment.

    A point's `customdata` begins with its customer's id; `layout.meta.ask` is the question about
    a customer, with `{id}` in it.

    Args:
        labels: words for `customer`, `segment`, `unassigned`; `ask`; `on_chart`, a template with
            `{id}` and `{name}`; `sampled`, one with `{shown}` and `{total}`.
        segment: one to bring out; the others turn grey.
        most: with more customers than about this a seeded sample is drawn, and the chart says so.
    """
    import plotly.graph_objects as go

    rows = _sample(base.segmentation.labels, most, seed)
    figure = go.Figure(layout=layout(460))
    for one in _drawing_order(base.segmentation, segment):
        mine = rows[base.segmentation.labels[rows] == one]
        if len(mine):
            figure.add_trace(go.Scatter(**_points(base, labels, hover, mine, one, segment)))
            if one > 0 and segment in (None, one):
                _mark(figure, base.segmentation.map[mine], one)
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False, scaleanchor="x")
    legend = {"itemclick": "toggleothers", "itemdoubleclick": "toggle"}
    figure.update_layout(meta={"ask": labels["ask"]}, legend=legend, hovermode="closest")
    if len(rows) < len(base.customers):
        _say_sampled(figure, labels, len(rows), len(base.customers))
    return figure


def _sample(labels: NDArray[np.int32], most: int, seed: int) -> Rows:
    """All rows, or of each segment its share of `most`, small segments more fully."""
    if len(labels) <= most:
        return np.arange(len(labels))
    chance = np.random.default_rng(seed)
    drawn = []
    for one in np.unique(labels):
        mine = np.flatnonzero(labels == one)
        count = min(len(mine), max(FEWEST_POINTS, most * len(mine) // len(labels)))
        drawn.append(chance.choice(mine, size=count, replace=False))
    return np.sort(np.concatenate(drawn))


def _drawing_order(segmentation: Segmentation, chosen: int | None) -> list[int]:
    """Segment ids, the unassigned first and the chosen one last, so that it lies on top."""
    ids = sorted(int(id) for id in np.unique(segmentation.labels))
    return sorted(ids, key=lambda id: (id == chosen, id))


def _points(
    base: CustomerBase, labels: Labels, hover: Hover, rows: Rows, segment: int, chosen: int | None
) -> dict[str, Any]:
    """One segment's points, as arguments of a scatter trace."""
    name = segment_name(base.segmentation, segment, labels)
    dimmed = chosen is not None and segment != chosen
    ids = [str(id) for id in base.customers[rows]]
    told = ["".join(f"<br>{line}" for line in one.splitlines()) for one in hover(rows)]
    who = f"{labels['customer']} %{{customdata[1]}}<br>{labels['segment']}: {escaped(name)}"
    return {
        "x": base.segmentation.map[rows, 0].astype(np.float32),
        "y": base.segmentation.map[rows, 1].astype(np.float32),
        "mode": "markers",
        "legendrank": segment if segment > 0 else len(PALETTE) * len(SYMBOLS),
        "name": escaped(name),
        "meta": {"segment": segment},
        "marker": {
            "color": UNASSIGNED if dimmed else segment_colour(segment),
            "symbol": SYMBOLS[max(segment - 1, 0) // len(PALETTE) % len(SYMBOLS)],
            "size": 6,
            "opacity": 0.25 if dimmed else 0.75,
        },
        "customdata": [[id, escaped(id), text] for id, text in zip(ids, told, strict=True)],
        "hovertemplate": f"{who}%{{customdata[2]}}<extra></extra>",
    }


def _mark(figure: go.Figure, places: NDArray[np.float32], segment: int) -> None:
    """A segment's id in the midst of its points: colour alone is not for every eye."""
    x, y = (float(middle) for middle in np.median(places, axis=0))
    figure.add_annotation(
        x=x, y=y, text=f"<b>{segment}</b>", showarrow=False, borderpad=2,
        font={"size": 12, "color": "#ffffff"}, bgcolor="rgba(31, 30, 27, 0.72)",
    )  # fmt: skip


def _say_sampled(figure: go.Figure, labels: Labels, shown: int, total: int) -> None:
    text = labels["sampled"].format(shown=f"{shown:,}", total=f"{total:,}")
    figure.add_annotation(
        text=text, showarrow=False, xref="paper", yref="paper", x=0, y=0, yshift=-14, xanchor="left"
    )
