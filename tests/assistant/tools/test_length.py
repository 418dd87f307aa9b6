"""Answers are read, not studied: short, and with a number in the first sentence."""

from __future__ import annotations

import re

import pytest

from assistant.tools.registry import call_tool

CALLS = [
    ("describe_customers", {}),
    ("query_customers", {"metric": "orders", "by": "weekday"}),
    ("list_segments", {}),
    ("compare_segments", {"segments": [1, 2]}),
    ("explain_segment", {"segment": 1}),
    ("describe_customer", {"customer_id": "anna"}),
    ("find_similar_customers", {"customer_ids": ["anna"]}),
    ("recommend_products", {"segment": 2}),
    ("recommend_products", {"customer_id": "bob"}),
    ("analyse_funnel", {}),
    ("analyse_funnel", {"segment": 1, "by": "product"}),
    ("export_audience", {"segment": 1, "format": "csv"}),
    ("draw_chart", {"kind": "radar", "segment": 1}),
]
MOST = 110
CODE = re.compile("```.*?```", re.DOTALL)


def words(text, language):
    """Words; of Chinese, about as many as a translation would have."""
    prose = CODE.sub("", text)
    han = len(re.findall("[\u4e00-\u9fff]", prose))
    return len(re.sub("[\u4e00-\u9fff]", " ", prose).split()) + han / 1.6


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(("tool", "arguments"), CALLS)
def test_an_answer_is_short_and_begins_with_a_number(workspace, tool, arguments, language):
    result = call_tool(workspace, tool, language, dict(arguments))
    assert result.status != "error"
    assert words(result.text, language) <= MOST
    first = re.split(r"(?<=[.。])\s|。", result.text)[0]
    assert re.search(r"\d", first)
    assert all(notice.strip() for notice in result.notices)
