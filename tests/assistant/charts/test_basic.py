"""Charts show what they were given, in the words they were given."""

from datetime import datetime

import numpy as np
import pandas as pd
import pytest

from assistant.charts.basic import (
    INK,
    PALETTE,
    UNASSIGNED,
    figure_json,
    segment_bars,
    segment_colour,
    segment_sizes,
)
from segmentation.types import CustomerBase, Recipe, Segment, Segmentation

LABELS = {
    "customer": "客户",
    "segment": "客群",
    "revenue": "销售额",
    "orders": "订单",
    "customers": "客户数",
    "share": "占比",
    "unassigned": "未分群",
    "sampled": "显示 {total} 位客户中的 {shown} 位",
    "value": "销售额（£）",
    "on_chart": "{id} · {name}",
}


def make_base(labels, names=("Loyal", "", "New & <b>bold</b>"), currency="GBP", features=True):
    """A base whose i-th customer is `c<i>`, at (i, -i), with revenue 10·i and i orders."""
    labels = np.asarray(labels, dtype=np.int32)
    count = len(labels)
    ids = pd.Index([f"c{i}" for i in range(count)], name="customer_id")
    columns = {"monetary": np.arange(count) * 10.0, "frequency": np.arange(count, dtype=float)}
    segments = tuple(
        Segment(
            id, "" if id == 0 else names[id - 1], int((labels == id).sum()), (labels == id).mean()
        )
        for id in sorted(set(labels.tolist()))
    )
    segmentation = Segmentation(
        id="001",
        recipe=Recipe(),
        method="kmeans",
        labels=labels,
        confidence=np.ones(count, np.float32),
        map=np.stack([np.arange(count), -np.arange(count)], axis=1).astype(np.float32),
        segments=segments,
        metrics={},
        verdict="natural",
    )
    return CustomerBase(
        tables={},
        features=pd.DataFrame(columns if features else {}, index=ids),
        vectors=np.zeros((count, 2), np.float32),
        views={},
        segmentation=segmentation,
        as_of=datetime(2026, 7, 1),
        currency=currency,
    )


@pytest.fixture
def base():
    return make_base([1, 1, 2, 0, 3, 2, 1])


def written(figure):
    """The names above the bars."""
    return [one.text for one in figure.layout.annotations]


def test_sizes_are_those_of_the_segmentation_largest_first(base):
    figure = segment_sizes(base, LABELS)
    bars = figure.data[0]
    names = ["1 · Loyal", "客群 2", "3 · New &amp; &lt;b>bold&lt;/b>", "未分群"]
    assert written(figure) == names
    assert list(bars.x) == [3, 2, 1, 1]
    assert list(bars.text) == ["3 · 43%", "2 · 29%", "1 · 14%", "1 · 14%"]
    assert list(bars.marker.color) == [*PALETTE[:3], UNASSIGNED]
    assert list(bars.customdata)[2] == "3 · New &amp; &lt;b>bold&lt;/b><br>1 · 14%"
    assert figure.layout.xaxis.title.text == "客户数"


def bars_of(*rows):
    return pd.DataFrame(rows, columns=["group", "name", "value", "text"])


def test_values_keep_order_and_leave_the_unknown_out():
    rows = (3, "C", 1234567.5, "£1,234,568"), (1, "A", 20.0, "£20"), (2, "B", np.nan, "")
    figure = segment_bars(bars_of(*rows), LABELS)
    assert list(figure.data[0].x) == [1234567.5, 20.0]
    assert written(figure) == ["C", "A"]
    assert list(figure.data[0].marker.color) == [segment_colour(3), segment_colour(1)]
    assert list(figure.data[0].text) == ["£1,234,568", "£20"]
    assert figure.layout.xaxis.title.text == "销售额（£）"


def test_groups_that_are_no_segments_share_one_colour():
    frame = bars_of(("Germany", "Germany", 2, "2"), ("France", "France", 1, "1"))
    assert set(segment_bars(frame, LABELS).data[0].marker.color) == {PALETTE[0]}


def test_a_chosen_bar_keeps_its_colour_and_the_others_turn_grey(base):
    bars = segment_sizes(base, LABELS, segment=2).data[0]
    assert list(bars.marker.color) == [UNASSIGNED, segment_colour(2), UNASSIGNED, UNASSIGNED]
    assert list(bars.marker.opacity) == [0.45, 1, 0.45, 0.45]
    frame = bars_of((2, "B", 2.0, "2"), (1, "A", 1.0, "1"))
    bars = segment_bars(frame, LABELS, segment=1).data[0]
    assert list(bars.marker.color) == [UNASSIGNED, segment_colour(1)]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Recent small spenders with larger orders", "Recent small spenders with larger orders"),
        ("a <b> " * 20, "a &lt;b> a &lt;b> a &lt;b> a &lt;b> a &lt;b> a &lt;b> a &lt;b> a…"),
        ("近期活跃的低消费客户（单笔较大）", "近期活跃的低消费客户（单笔较大）"),
        ("客" * 40, "客" * 21 + "…"),
    ],
)
def test_names_stand_on_one_line_of_a_narrow_screen(name, shown):
    assert written(segment_bars(bars_of((1, name, 1.0, "1")), LABELS)) == [shown]


def test_an_empty_frame_is_an_empty_chart():
    frame = bars_of()
    assert list(segment_bars(frame, LABELS).data[0].x) == []


def test_a_finger_scrolls_past_and_nothing_clutters(base):
    layout = figure_json(segment_sizes(base, LABELS))["layout"]
    assert layout["dragmode"] is False
    assert {"zoom", "pan", "select", "lasso"} <= set(layout["modebar"]["remove"])


def test_charts_are_transparent(base):
    figure = figure_json(segment_sizes(base, LABELS))
    template = figure["layout"]["template"]["layout"]
    assert template["paper_bgcolor"] == template["plot_bgcolor"] == "rgba(0,0,0,0)"


# Colours, by the formulas of their sources.


def linear(colour):
    values = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def contrast(colour, ground):
    """WCAG 2 contrast ratio."""
    one, other = sorted(linear(c) @ [0.2126, 0.7152, 0.0722] + 0.05 for c in (colour, ground))
    return other / one


@pytest.mark.parametrize("ground", ["#ffffff", "#faf9f7", "#1d1c19", "#141412"])
def test_colours_read_on_light_and_on_dark(ground):
    assert contrast(INK, ground) > 3.9
    assert min(contrast(colour, ground) for colour in (*PALETTE, UNASSIGNED)) > 2.6


SIGHT = {
    "all": np.eye(3),
    # Machado, Oliveira and Fernandes 2009, severity 1.0
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.01182, 0.04294, 0.968881],
    ],
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
}


def lab(rgb):
    """CIE L*a*b* of linear sRGB, D65."""
    matrix = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    x, y, z = (np.array(matrix) @ rgb) / [0.9505, 1, 1.089]
    f = [np.cbrt(v) if v > 0.008856 else 7.787 * v + 16 / 116 for v in (x, y, z)]
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("sight", SIGHT)
def test_colours_are_told_apart_by_every_eye(sight):
    seen = [lab(np.clip(np.array(SIGHT[sight]) @ linear(c), 0, 1)) for c in PALETTE]
    distances = [np.linalg.norm(a - b) for i, a in enumerate(seen) for b in seen[:i]]
    assert min(distances) > 14


def test_a_segment_keeps_its_colour():
    assert [segment_colour(id) for id in range(1, 13)] == list(PALETTE)
    assert segment_colour(13) == segment_colour(1)
    assert segment_colour(0) == UNASSIGNED
