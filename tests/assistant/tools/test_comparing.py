"""Segments compared, in words of both languages."""

from __future__ import annotations

import pytest

from assistant.tools.registry import call_tool


def ask(workspace, language="en", **arguments):
    return call_tool(workspace, "compare_segments", language, arguments)


def test_the_numbers_of_each_stand_beside_each_other(workspace):
    result = ask(workspace, segments=[1, "Big baskets"])
    assert result.status == "ok"
    assert "segment 1 “Regulars” (4 customers)" in result.text
    (table,) = result.tables
    assert table.columns[:3] == ("Measure", "Segment 1", "Segment 3")
    row = next(row for row in table.rows if row[0] == "Average order value")
    # Regulars: 200.50 in 10 orders; hugo's one of 200 and eve's of 18
    assert row[1:4] == pytest.approx((20.05, 109.0, 20.05 / 109))
    values = {(f.subject, f.metric): f.value for f in result.facts}
    assert values["segment:3", "average_order_value"] == pytest.approx(109)


def test_few_customers_are_said_to_be_too_few(workspace):
    result = ask(workspace, segments=[1, 2])
    assert "Too few customers (under 10) to say what is chance" in result.text
    assert not any("Benjamini" in notice for notice in result.notices)


@pytest.mark.parametrize(
    ("language", "said"), [("en", "Name two or more segments"), ("zh", "请给出两个或更多")]
)
@pytest.mark.parametrize("segments", [[], [1], [1, "1"]])
def test_one_segment_is_no_comparison(workspace, segments, language, said):
    result = ask(workspace, language, segments=segments)
    assert result.status == "error"
    assert said in result.text
    assert "One-timers" in ask(workspace, segments=segments).text


def test_all_unknown_segments_are_named_with_those_there_are(workspace):
    result = ask(workspace, segments=[1, 9, "Strangers"])
    assert result.status == "error"
    assert "9, Strangers" in result.text
    assert "Regulars" in result.text


def test_in_chinese(workspace):
    result = ask(workspace, "zh", segments=[1, 2])
    assert "无法判断差异是否出于偶然" in result.text
    assert "customers" not in result.text + "".join(result.notices)
