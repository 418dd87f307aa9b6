"""The funnel and the panels draw what they are given; all charts keep one colour a segment, name it
in letters too, and read no HTML in what came from data."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from assistant.charts.basic import INK, figure_json, segment_colour, shortened
from assistant.charts.compare import EVERYONE
from assistant.charts.funnel import funnel_bars
from assistant.charts.panels import month_panels

HOSTILE = "<script>x</script> <b>%{x}</b>"
LABELS = {"share_of_first": "Share <of> visits"}


def steps(group, name, shares):
    rows = zip(("View", "Cart <1>", "Buy"), shares, ("↓ 50% go on", "↓ 10% go on", ""), strict=True)
    return pd.DataFrame(
        {
            "group": group,
            "name": name,
            "step": step,
            "share": share,
            "text": f"{share:.0%}",
            "onward": onward,
            "hover": f"{name}\n{step}",
        }
        for step, share, onward in rows
    )


def test_steps_run_from_top_to_bottom_with_who_goes_on_between():
    figure = figure_json(funnel_bars(steps(EVERYONE, "Everyone", [1, 0.5, 0.05]), LABELS))
    (bars,) = figure["data"]
    assert bars["x"] == [1, 0.5, 0.05]
    assert bars["y"] == sorted(bars["y"])
    assert figure["layout"]["yaxis"]["range"][0] > figure["layout"]["yaxis"]["range"][1]
    words = [one["text"] for one in figure["layout"]["annotations"]]
    assert words == ["View", "↓ 50% go on", "Cart &lt;1>", "↓ 10% go on", "Buy"]
    assert figure["layout"]["xaxis"]["title"]["text"] == "Share &lt;of> visits"
    assert figure["layout"]["showlegend"] is False


def test_a_segment_and_everyone_else_do_not_overlap():
    frame = pd.concat([steps(14, HOSTILE, [1, 0.4, 0.1]), steps(EVERYONE, "Others", [1, 0.5, 0.2])])
    figure = funnel_bars(frame, LABELS)
    own, rest = figure.data
    assert (own.marker.color, rest.marker.color) == (segment_colour(14), INK)
    assert rest.marker.pattern.shape and not own.marker.pattern.shape
    middles = sorted([*own.y, *rest.y])
    assert min(np.diff(middles)) >= own.width
    assert figure.layout.showlegend
    assert max(middles) + own.width / 2 <= figure.layout.yaxis.range[0] < figure.layout.height


# --- panels ------------------------------------------------------------------------------------


def months(count):
    rows = [
        (EVERYONE, "Everyone", [10.0, 30.0]),
        *((i, f"{i} <b>", [i, -i]) for i in range(1, count)),
    ]
    return pd.DataFrame(
        {"group": group, "name": name, "month": month, "value": value, "text": f"{value}"}
        for group, name, values in rows
        for month, value in zip(("2024-01", "2024-02"), values, strict=True)
    )


PANELS = {"value": "Revenue (£)", "month_ticks": "%b"}


def test_each_segment_has_its_panel_on_one_scale():
    figure = month_panels(months(8), PANELS, incomplete={"2024-02": "to 9 Feb"})
    assert [line.yaxis or "y" for line in figure.data] == ["y", *[f"y{i}" for i in range(2, 9)]]
    assert figure.data[3].line.color == segment_colour(3)
    assert figure.data[3].marker.symbol[1].endswith("-open")
    ranges = {tuple(figure.layout[f"yaxis{i}"].range) for i in range(2, 9)}
    assert len(ranges) == 1
    ((low, high),) = ranges
    assert low < -7 and 7 < high < 10
    assert figure.layout.yaxis.range[1] > 30
    names = [one.text for one in figure.layout.annotations]
    assert names == ["Everyone", *[f"{i} &lt;b>" for i in range(1, 8)]]


def test_everyone_is_dotted_in_every_panel_of_a_rate():
    figure = month_panels(months(7), PANELS, reference=True)
    dotted = [line for line in figure.data if line.line.dash == "dot"]
    assert len(dotted) == 6
    assert {tuple(line.y) for line in dotted} == {(10.0, 30.0)}


@pytest.mark.parametrize(
    ("text", "longest", "shown"),
    [("Lapsed", 6, "Lapsed"), ("Lapsed one", 6, "Lapse…"), ("低消费客户", 10, "低消费客户"),
     ("低消费客户", 8, "低消费…")],
)  # fmt: skip
def test_names_are_cut_by_the_room_they_take(text, longest, shown):
    assert shortened(text, longest) == shown


# --- all kinds ---------------------------------------------------------------------------------


class Opened:
    """A workspace of which charts see only the base, with segments named by hostile data."""

    def __init__(self, base):
        self.manifest = {}
        segments = tuple(replace(s, name=f"{HOSTILE} {s.id}") for s in base.segmentation.segments)
        self.base = replace(base, segmentation=replace(base.segmentation, segments=segments))


@pytest.fixture(scope="module")
def opened(shop):
    ids = {1: 4, 2: 9, 3: 14, 0: 0}
    segments = {ids[number]: kept for number, kept in shop.SEGMENTS.items()}
    return Opened(shop.open_base(shop.frames(), segments))


KINDS = ("map", "sizes", "revenue", "heatmap", "trend", "funnel", "radar")


def draw(opened, kind, language="en", **arguments):
    from assistant.tools.registry import call_tool

    result = call_tool(opened, "draw_chart", language, {"kind": kind, **arguments})
    assert result.status == "ok", result.text
    return result


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("segment", [None, 4])
def test_nothing_from_data_is_read_as_html(opened, kind, segment):
    figure = json.dumps(draw(opened, kind, segment=segment).charts[0].figure)
    assert "<script" not in figure
    assert "<b>%" not in figure
    assert "%{x}" not in figure


def colours(figure):
    """Segment id → its colours in a figure, by the names of traces or of bars."""
    found = {}
    for trace in figure["data"]:
        marker, line = trace.get("marker", {}), trace.get("line", {})
        if isinstance(marker.get("color"), list):
            names = [text.partition("<br>")[0] for text in trace["customdata"]]
            pairs = zip(names, marker["color"], strict=True)
        else:
            pairs = [(trace.get("name", ""), line.get("color") or marker.get("color"))]
        for name, colour in pairs:
            number = name.partition(" · ")[0]
            if number.isdigit():
                found.setdefault(int(number), set()).add(colour)
    return found


@pytest.mark.parametrize("kind", ["map", "sizes", "revenue", "trend", "radar"])
def test_a_segment_has_one_colour_everywhere_and_its_id_in_letters(opened, kind):
    known = colours(draw(opened, kind).charts[0].figure)
    assert known == {number: {segment_colour(number)} for number in (4, 9, 14)}


FINDINGS = {
    "map": ("the largest is segment 4", "最大的是客群 4"),
    "sizes": ("is the largest: 4 customers (33.3%)", "4 位客户 (33.3%)"),
    "revenue": ("€218.00, 42.7% of all", "占全部的 42.7%"),
    "heatmap": ("Furthest from everyone: segment", "与全部客户差异最大的是客群"),
    "trend": ("Revenue was highest in January 2024", "销售额在2024年1月最高"),
    "funnel": (
        "Most visits end between view and cart: 60%",
        "多数访问在浏览与加购之间离开：60%",
    ),
    "radar": ("Furthest from everyone else: segment", "与其他客户差异最大的是客群"),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_titles_say_what_was_found(opened, kind, language):
    result = draw(opened, kind, language)
    title = result.charts[0].title
    assert FINDINGS[kind][language == "zh"] in title
    assert "\n" not in title
    assert ("constructed" in title or "人为划分" in title) == (kind != "funnel")


def test_the_share_in_a_title_is_a_fact(opened):
    result = draw(opened, "revenue")
    (fact,) = [fact for fact in result.facts if fact.metric == "revenue_share"]
    assert fact.subject == "segment:14"
    assert fact.value == pytest.approx(218 / 510)


def test_rates_say_both_ends_and_shares_of_nothing_are_not_claimed(opened):
    title = draw(opened, "revenue", metric="average_order_value").charts[0].title
    assert "is highest in segment 14" in title and "and lowest in segment" in title
    assert "of all" not in title
