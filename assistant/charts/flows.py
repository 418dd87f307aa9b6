"""Flows between segments as a Sankey diagram: then on the left, now on the right.

Like basic.py it draws what it is given, words and numbers alike. It places everything itself, so
that a name can stand above its segment and leave a narrow screen to the bands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from assistant.charts.basic import UNASSIGNED, Labels, escaped, layout, segment_colour, shortened

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["flow_bands"]

_NODE, _GAP, _HEAD, _FOOT = 60, 24, 52, 8
"""Pixels a segment takes downwards, how much of that is free for the name above, and what the days
at the top and the edge at the bottom need."""

_NAME = 26
"""Letters of a name: on a narrow screen both sides must fit beside each other."""

_EDGE = 0.001
"""Plotly does not place what lies at 0 or 1."""

_STRONG, _FAINT = 0.42, 0.14


def flow_bands(frame: pd.DataFrame, labels: Labels, *, segment: int | None = None) -> go.Figure:
    """Customers from where they were to where they are, as bands as wide as they are many.

    A band has the colour of the segment it comes from; of the one it goes to, where its customers
    are new.

    Args:
        frame: columns `then` and `now` (segment id; 0 unassigned, None not a customer), `then_name`
            and `now_name`, `customers`, `hover`.
        labels: `then` and `now`, what stands above each side.
        segment: one to bring out; bands that neither leave nor reach it fade.
    """
    import plotly.graph_objects as go

    sides = {side: _nodes(frame, side) for side in ("then", "now")}
    most = max(map(len, sides.values()))
    tall = _NODE * most - _GAP
    scale = (tall - _GAP * (most - 1)) / frame["customers"].sum()
    left, right = (side.assign(y=_places(side["size"] * scale, tall)) for side in sides.values())
    figure = go.Figure(layout=layout(tall + _HEAD + _FOOT))
    figure.add_trace(
        go.Sankey(
            arrangement="fixed",
            node=_drawn(left, right, tall),
            link={
                "source": _rows(left, frame["then"]),
                "target": [len(left) + row for row in _rows(right, frame["now"])],
                "value": frame["customers"].tolist(),
                "color": [_band(r.then, r.now, segment) for r in frame.itertuples(index=False)],
                "customdata": [_lines(hover) for hover in frame["hover"]],
                "hovertemplate": "%{customdata}<extra></extra>",
            },
        )
    )
    for side, nodes, x in (("left", left, 0), ("right", right, 1)):
        above = nodes["y"] - nodes["size"] * scale / 2
        for name, top in zip(nodes["name"], above, strict=True):
            _write(figure, shortened(name, _NAME), side, x, 1 - top / tall, 1, 12)
    _write(figure, labels["then"], "left", 0, 1, 26, 13)
    _write(figure, labels["now"], "right", 1, 1, 26, 13)
    figure.update_layout(margin={"t": _HEAD, "b": _FOOT})
    return figure


def _key(segment: Any) -> int:
    """A segment's id; -1 where there is none, so that it can be looked up."""
    return -1 if segment is None or segment != segment else int(segment)


def _nodes(frame: pd.DataFrame, side: str) -> pd.DataFrame:
    """The segments of one side: `name` and `size`, by id, the unassigned and nobody's last."""
    keyed = frame.assign(key=frame[side].map(_key))
    nodes = keyed.groupby("key").agg(name=(f"{side}_name", "first"), size=("customers", "sum"))
    order = sorted(nodes.index, key=lambda key: (key < 0, key == 0, key))
    return nodes.loc[order]


def _rows(nodes: pd.DataFrame, segments: pd.Series[Any]) -> list[int]:
    """Where each of these segments stands among the nodes of its side."""
    return [int(row) for row in nodes.index.get_indexer(pd.Index(segments.map(_key)))]


def _places(heights: pd.Series[float], tall: int) -> pd.Series[float]:
    """The middle of each node, in pixels from the top, spread over the whole height."""
    gaps = (tall - heights.sum()) / max(len(heights) - 1, 1)
    return heights.cumsum() - heights / 2 + gaps * pd.Series(range(len(heights)), heights.index)


def _drawn(left: pd.DataFrame, right: pd.DataFrame, tall: int) -> dict[str, Any]:
    nodes = pd.concat([left, right])
    return {
        "x": [_EDGE] * len(left) + [1 - _EDGE] * len(right),
        "y": (nodes["y"] / tall).clip(_EDGE, 1 - _EDGE).tolist(),
        "color": [_colour(key) for key in nodes.index],
        "pad": _GAP,
        "thickness": 12,
        "line": {"width": 0},
        "label": [""] * len(nodes),
        "customdata": [escaped(name) for name in nodes["name"]],
        "hovertemplate": "%{customdata}: %{value:,}<extra></extra>",
    }


def _colour(key: int) -> str:
    return segment_colour(key) if key > 0 else UNASSIGNED


def _band(then: Any, now: Any, chosen: int | None) -> str:
    source, target = _key(then), _key(now)
    colour = _colour(target if source < 0 else source)
    faint = chosen is not None and chosen not in (source, target)
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {_FAINT if faint else _STRONG})"


def _lines(text: Any) -> str:
    return escaped(str(text)).replace("\n", "<br>")


def _write(
    figure: go.Figure, words: str, side: str, x: int, y: float, shift: int, size: int
) -> None:
    out = -2 if side == "left" else 2  # an annotation has a border of its own
    figure.add_annotation(
        text=escaped(words), showarrow=False, xref="paper", yref="paper", x=x, xanchor=side,
        xshift=out, y=y, yanchor="bottom", yshift=shift, font={"size": size},
    )  # fmt: skip
