"""What charts show of the small shop: every number is counted here once more, with pandas alone."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from assistant.tools.registry import call_tool
from assistant.tools.trends import MOST_LINES
from segmentation.types import Segment

LANGUAGES = pytest.mark.parametrize("language", ["en", "zh"])


def draw(workspace, language="en", **arguments):
    return call_tool(workspace, "draw_chart", language, arguments)


def facts(result):
    return {(fact.subject, fact.metric): fact.value for fact in result.facts}


def traces(result):
    return result.charts[0].figure["data"]


@pytest.fixture(scope="session")
def sales(shop):
    """The sale lines of the shop, with revenue, month and segment."""
    orders = shop.frames()["orders"]
    of = {customer: number for number, (_, who) in shop.SEGMENTS.items() for customer in who}
    orders = orders.assign(
        revenue=orders.quantity * orders.unit_price,
        month=orders.ordered_at.dt.strftime("%Y-%m"),
        segment=orders.customer_id.map(of),
    )
    return orders[orders.kind == "sale"]


MONTHS = ["2024-01", "2024-02", "2024-03"]


def by_month(lines):
    return lines.groupby("month").revenue.sum().reindex(MONTHS, fill_value=0).tolist()


# --- trend -------------------------------------------------------------------------------------


@LANGUAGES
def test_the_trend_draws_everyone_and_every_segment(workspace, sales, language):
    result = draw(workspace, language, kind="trend")
    everyone, *segments = traces(result)
    assert everyone["x"] == [f"{month}-01" for month in MONTHS]
    assert everyone["y"] == pytest.approx(by_month(sales))
    assert len(segments) == 3  # nobody unassigned has bought
    for number, line in enumerate(segments, start=1):
        assert line["y"] == pytest.approx(by_month(sales[sales.segment == number]))
    known = facts(result)
    for month, value in zip(MONTHS, by_month(sales[sales.segment == 3]), strict=True):
        assert known[f"month:{month}&segment:3", "revenue"] == pytest.approx(value)


def test_the_table_has_what_the_lines_have(workspace):
    result = draw(workspace, kind="trend")
    (table,) = result.tables
    assert table.columns[:3] == ("Month", "Revenue", "Segment 1: revenue")
    assert [row[0] for row in table.rows] == ["January 2024", "February 2024", "March 2024"]
    columns = list(zip(*table.rows, strict=True))[1:]
    assert [list(column) for column in columns] == [line["y"] for line in traces(result)]


def test_a_trend_of_one_segment_has_one_line(workspace, sales):
    result = draw(workspace, kind="trend", segment="Regulars", metric="orders")
    (line,) = traces(result)
    own = sales[sales.segment == 1]
    assert line["y"] == own.groupby("month").order_id.nunique().reindex(MONTHS).tolist()
    assert "Orders of segment 1 “Regulars” by month" in result.text
    assert {subject for subject, _ in facts(result)} == {
        "segment:1",
        *(f"month:{month}&segment:1" for month in MONTHS),
    }


@LANGUAGES
def test_the_words_tell_the_extremes_and_the_last_month(workspace, language):
    text = draw(workspace, language, kind="trend").text
    expected = {
        "en": [
            "most in January 2024 (€273.00)",
            "In March 2024, the last whole month: segment 2 “One-timers” €63.50",
        ],
        "zh": ["2024年1月（€273.00）最高", "最近一个完整月份2024年3月："],
    }
    for words in expected[language]:
        assert words in text


@LANGUAGES
def test_an_incomplete_last_month_is_marked_as_such(shop, open_workspace, language):
    frames = shop.frames()
    orders = frames["orders"]
    frames["orders"] = orders[orders.ordered_at < "2024-03-18"]
    result = draw(open_workspace(frames), language, kind="trend")
    assert {"en": "March 2024 ends on 15 Mar 2024", "zh": "2024年3月的数据只到"}[
        language
    ] in result.text
    assert {"en": "In February 2024, the last", "zh": "最近一个完整月份2024年2月"}[
        language
    ] in result.text
    assert {"en": "incomplete", "zh": "不完整"}[language] in result.tables[0].rows[-1][0]
    assert traces(result)[0]["marker"]["symbol"][-1] == "circle-open"
    (note,) = result.charts[0].figure["layout"]["annotations"]
    assert "15" in note["text"]


@LANGUAGES
@pytest.mark.parametrize("metric", ["lifetime_value", "days_since_last_order"])
def test_what_describes_whole_histories_has_no_trend(workspace, metric, language):
    result = draw(workspace, language, kind="trend", metric=metric)
    assert result.status == "error"
    assert not result.charts
    assert {"en": "whole history", "zh": "全部历史"}[language] in result.text
    assert {"en": "repeat rate", "zh": "复购率"}[language] in result.text


def test_a_rate_has_gaps_where_there_is_nothing_to_divide(workspace):
    result = draw(workspace, kind="trend", segment=3, metric="average_order_value")
    (line,) = traces(result)
    assert line["y"] == [pytest.approx((18 + 200) / 2), None, None]
    assert [row[1] for row in result.tables[0].rows] == line["y"]


def test_a_segment_without_a_purchase_is_told_so(workspace):
    result = draw(workspace, kind="trend", segment=0)
    assert not result.charts
    assert "There is no revenue of segment 0" in result.text


def test_many_segments_are_not_drawn_on_top_of_each_other(workspace):
    segmentation = workspace.base.segmentation
    more = tuple(Segment(number, f"S{number}", 0, 0.0) for number in range(4, MOST_LINES + 2))
    segments = (*segmentation.segments, *more)
    workspace.base = replace(workspace.base, segmentation=replace(segmentation, segments=segments))
    result = draw(workspace, kind="trend")
    assert len(traces(result)) == 1
    assert "name a segment" in result.text


# --- heat map ----------------------------------------------------------------------------------


@LANGUAGES
def test_the_heat_map_shows_each_segments_own_numbers(workspace, sales, language):
    result = draw(workspace, language, kind="heatmap")
    (tile,) = traces(result)
    known = facts(result)
    for number in (1, 2, 3):
        own = sales[sales.segment == number]
        orders, buyers = own.order_id.nunique(), own.customer_id.nunique()
        value, everyone = own.revenue.sum() / orders, sales.revenue.sum() / sales.order_id.nunique()
        subject = f"segment:{number}"
        assert known[subject, "average_order_value"] == pytest.approx(value)
        assert known[subject, "average_order_value_lift"] == pytest.approx(value / everyone)
        assert known[subject, "orders_per_customer"] == pytest.approx(orders / buyers)
        again = (own.groupby("customer_id").order_id.nunique() > 1).mean()
        assert known[subject, "repeat_rate"] == pytest.approx(again)
    sizes = [len(row) for row in tile["text"]]
    assert sizes == [8] * 4  # three segments and everyone
    assert tile["text"][0][2] == "€20.05"
    assert tile["z"][-1] == [0] * 8
    assert tile["z"][1][4] == -2  # no one-timer ordered twice
    assert "{" not in result.text


def test_the_heat_maps_table_has_its_numbers(workspace):
    result = draw(workspace, kind="heatmap")
    (table,) = result.tables
    known = facts(result)
    for row, subject in zip(table.rows, ("segment:1", "segment:2", "segment:3"), strict=False):
        assert row[4] == known[subject, "average_order_value"]
    assert table.rows[-1][:2] == (None, "Everyone")
    assert table.rows[-1][4] == known["all", "average_order_value"]


def test_a_heat_map_of_one_segment_sets_it_beside_everyone(workspace):
    result = draw(workspace, kind="heatmap", segment=2)
    assert len(traces(result)[0]["text"]) == 2
    assert {subject for subject, _ in facts(result)} == {"all", "segment:2"}


def test_tiles_without_data_for_them_are_left_out(orders_only):
    (tile,) = traces(draw(orders_only, kind="heatmap"))
    assert len(tile["text"][0]) == 6  # no ratings, no visits


# --- radar -------------------------------------------------------------------------------------


@LANGUAGES
def test_the_radar_sets_a_segment_beside_everybody_else(workspace, sales, language):
    result = draw(workspace, language, kind="radar", segment=1)
    _, outline = traces(result)
    own, rest = sales[sales.segment == 1], sales[sales.segment != 1]
    value = own.revenue.sum() / own.order_id.nunique()
    other = rest.revenue.sum() / rest.order_id.nunique()
    known = facts(result)
    assert known["segment:1", "average_order_value"] == pytest.approx(value)
    assert known["segment!=1", "average_order_value"] == pytest.approx(other)
    assert known["segment:1", "average_order_value_lift"] == pytest.approx(value / other)
    (row,) = [row for row in result.tables[0].rows if row[0] in ("Average order value", "客单价")]
    assert row[1:] == pytest.approx((value, other, value / other))
    assert len(outline["r"]) == len(result.tables[0].rows) + 1


def test_a_number_without_anything_to_compare_is_left_out_and_told(workspace):
    # nobody but the regulars orders twice
    text = draw(workspace, kind="radar", segment=1).text
    assert "Left out, as there is nothing to compare: repeat rate" in text


@LANGUAGES
def test_the_radar_of_all_shows_three_at_once(workspace, language):
    result = draw(workspace, language, kind="radar")
    assert [trace["visible"] for trace in traces(result)[1:]] == [True, True, True]
    assert len(result.tables[0].columns) == 4
    known = facts(result)
    for number, lift in enumerate(result.tables[0].rows[0][1:], start=1):
        assert lift == known[f"segment:{number}", "lifetime_value_lift"]
    assert "{" not in result.text


# --- all of them -------------------------------------------------------------------------------


@LANGUAGES
def test_any_metric_can_be_drawn_by_segment(workspace, sales, language):
    result = draw(workspace, language, kind="revenue", metric="orders", segment=2)
    (bars,) = traces(result)
    orders = sales.groupby("segment").order_id.nunique().sort_values(ascending=False)
    assert bars["x"] == orders.tolist()
    assert [row[2] for row in result.tables[0].rows] == orders.tolist()
    assert {"en": "stands out: 4 orders", "zh": "突出显示的是"}[language] in result.text


def test_a_segment_stands_out_among_the_sizes(workspace):
    result = draw(workspace, kind="sizes", segment="Big baskets")
    assert result.text.startswith("Segment 3 “Big baskets” stands out: 2 customers (16.7%).")
    assert [row[0] for row in result.tables[0].rows] == [1, 2, 3, 0]


@LANGUAGES
@pytest.mark.parametrize("kind", ["map", "sizes", "revenue", "trend", "heatmap", "radar"])
def test_every_chart_is_json_and_of_its_language(workspace, kind, language):
    for segment in (None, "all", 1):
        result = draw(workspace, language, kind=kind, segment=segment)
        assert result.status == "ok"
        assert json.dumps(result.to_json(), allow_nan=False)
        assert bool(re.search("[\u4e00-\u9fff]", result.text)) == (language == "zh")
        assert "{" not in result.text + result.charts[0].title


@pytest.mark.parametrize("kind", ["map", "sizes", "revenue", "trend", "heatmap", "radar"])
def test_an_unknown_segment_is_answered_with_the_known(workspace, kind):
    result = draw(workspace, kind=kind, segment="Regulas")
    assert result.status == "error"
    assert "Regulars" in result.text


@pytest.mark.parametrize("kind", ["revenue", "trend"])
def test_an_unknown_metric_is_answered_with_the_known(workspace, kind):
    result = draw(workspace, kind=kind, metric="revenues")
    assert result.status == "error"
    assert "Did you mean revenue" in result.text


@pytest.mark.parametrize(
    ("kind", "metric"), [("revenue", "average_rating"), ("trend", "conversion_rate")]
)
def test_a_metric_without_data_says_what_is_missing(orders_only, kind, metric):
    result = draw(orders_only, kind=kind, metric=metric)
    assert result.status == "ok"
    assert "were loaded" in result.text


def test_what_was_only_looked_at_is_too_little_for_a_radar(shop, open_workspace):
    frames = shop.frames()
    workspace = open_workspace({"events": frames["events"], "reviews": frames["reviews"]})
    result = draw(workspace, kind="radar")
    assert result.status == "ok"
    assert "needs 3 numbers" in result.text
    assert draw(workspace, kind="heatmap").status == "ok"


def test_one_segment_alone_has_nobody_to_be_compared_with(shop, workspace):
    everyone = {1: ("All", [who for _, members in shop.SEGMENTS.values() for who in members])}
    workspace.base = shop.open_base(shop.frames(), everyone)
    assert draw(workspace, kind="radar").status == "error"
    assert draw(workspace, kind="heatmap").status == "ok"
    assert len(traces(draw(workspace, kind="trend"))) == 2
