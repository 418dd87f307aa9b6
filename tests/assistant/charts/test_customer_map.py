"""The map shows every customer, or a fair sample, and tells of each what it was given."""

import base64
import json
import struct
from datetime import datetime

import numpy as np
import pandas as pd
import pytest

from assistant.charts.basic import UNASSIGNED, figure_json, segment_colour
from assistant.charts.customer_map import FEWEST_POINTS, customer_map
from segmentation.types import CustomerBase, Recipe, Segment, Segmentation

LABELS = {
    "customer": "客户",
    "segment": "客群",
    "unassigned": "未分群",
    "sampled": "显示 {total} 位客户中的 {shown} 位",
    "on_chart": "{id} · {name}",
    "ask": "介绍一下客户 {id}",
}


def make_base(labels, names=("Loyal", "", "New & <b>bold</b>"), ids="c{}"):
    """A base whose i-th customer is `c<i>`, at (i, -i)."""
    labels = np.asarray(labels, dtype=np.int32)
    count = len(labels)
    index = pd.Index([ids.format(i) for i in range(count)], name="customer_id")
    segments = tuple(
        Segment(id, "" if id == 0 else names[id - 1], int((labels == id).sum()), 0.1)
        for id in sorted(set(labels.tolist()))
    )
    places = np.stack([np.arange(count), -np.arange(count)], axis=1).astype(np.float32)
    segmentation = Segmentation(
        "001", Recipe(), "kmeans", labels, np.ones(count, np.float32), places, segments, {},
        "natural",
    )  # fmt: skip
    vectors = np.zeros((count, 2), np.float32)
    features = pd.DataFrame(index=index)
    return CustomerBase({}, features, vectors, {}, segmentation, datetime(2026, 7, 1))


def told(rows):
    return [f"订单：{row}" for row in rows]


def drawn(base, **options):
    return figure_json(customer_map(base, LABELS, told, **options))


@pytest.fixture
def base():
    return make_base([1, 1, 2, 0, 3, 2, 1])


def floats(packed):
    """Plotly's packed float32 array, unpacked by hand."""
    assert packed["dtype"] == "f4"
    content = base64.b64decode(packed["bdata"])
    return list(struct.unpack(f"<{len(content) // 4}f", content))


def test_a_trace_per_segment_with_its_own_points(base):
    figure = drawn(base)
    names = [trace["name"] for trace in figure["data"]]
    assert names == ["未分群", "1 · Loyal", "客群 2", "3 · New &amp; &lt;b>bold&lt;/b>"]
    assert [trace["meta"] for trace in figure["data"]] == [{"segment": n} for n in range(4)]
    assert {trace["type"] for trace in figure["data"]} == {"scatter"}
    loyal = figure["data"][1]
    assert floats(loyal["x"]) == [0, 1, 6]
    assert floats(loyal["y"]) == [0, -1, -6]
    assert [row[0] for row in loyal["customdata"]] == ["c0", "c1", "c6"]
    assert loyal["marker"]["color"] == segment_colour(1)
    ranks = [trace["legendrank"] for trace in figure["data"]]
    assert sorted(ranks) == [*ranks[1:], ranks[0]]
    # colour is not all that tells them apart: ids stand in their midst, but of the unassigned
    marks = [(one["text"], one["x"], one["y"]) for one in figure["layout"]["annotations"]]
    assert marks == [("<b>1</b>", 1, -1), ("<b>2</b>", 3.5, -3.5), ("<b>3</b>", 4, -4)]


def test_the_hover_says_who_and_what_is_told_and_a_point_can_be_asked_about(base):
    figure = drawn(base)
    loyal, new = figure["data"][1], figure["data"][3]
    template = "客户 %{customdata[1]}<br>客群: 1 · Loyal%{customdata[2]}<extra></extra>"
    assert loyal["hovertemplate"] == template
    assert loyal["customdata"][2] == ["c6", "c6", "<br>订单：6"]
    assert "New &amp; &lt;b>bold" in new["hovertemplate"]
    assert figure["layout"]["meta"]["ask"] == "介绍一下客户 {id}"


def test_an_id_that_looks_like_markup_is_read_and_asked_for_as_it_is():
    row = drawn(make_base([1], ids="<b>%{{x}}"))["data"][0]["customdata"][0]
    assert row[:2] == ["<b>%{x}", "&lt;b>%&#123;x}"]


def test_a_large_base_is_sampled_with_its_small_segments_and_says_so():
    base = make_base([1, 2] * 5000 + [3] * 60)
    figure = drawn(base, most=1000)
    shown = {trace["meta"]["segment"]: len(trace["customdata"]) for trace in figure["data"]}
    assert shown[1] == shown[2] == 1000 * 5000 // 10_060
    assert shown[3] == FEWEST_POINTS
    ids = [row[0] for trace in figure["data"] for row in trace["customdata"]]
    assert len(set(ids)) == len(ids)
    total = f"显示 10,060 位客户中的 {len(ids):,} 位"
    assert figure["layout"]["annotations"][-1]["text"] == total
    assert drawn(base, most=1000) == figure
    assert drawn(base, most=1000, seed=1) != figure


def test_a_chosen_segment_lies_on_top_and_keeps_its_colour(base):
    traces = customer_map(base, LABELS, told, segment=1).data
    assert traces[-1].name == "1 · Loyal"
    assert traces[-1].marker.color == segment_colour(1)
    assert {trace.marker.color for trace in traces[:-1]} == {UNASSIGNED}


def test_the_map_is_small_enough_to_send():
    assert len(json.dumps(drawn(make_base([1, 2] * 2500)))) < 300_000
