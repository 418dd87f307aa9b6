"""The rule of a segment in words and as code, and why a customer is where they are."""

from __future__ import annotations

import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from assistant.tools.registry import call_tool
from segmentation.types import Segment

MEMBERS = {"anna": 1, "carl": 1, "finn": 1, "ines": 1, "bob": 4, "dora": 4, "gina": 4, "jack": 4}


def explain(workspace, segment, language="en"):
    return call_tool(workspace, "explain_segment", language, {"segment": segment})


@pytest.fixture(scope="module")
def told_base(base):
    """The small shop: who ordered at least twice is in segment 1, once in 4, never in none (0)."""
    orders = {"anna": 3, "carl": 3, "finn": 2, "ines": 2, "lee": 0, "mia": 0}
    ids = list(base.customers)
    features = pd.DataFrame(
        {"frequency": [orders.get(one, 1) for one in ids], "category_share:home & <b>": 0.5},
        index=base.customers,
    )
    labels = np.array(
        [0 if orders.get(one, 1) == 0 else 1 if one in orders else 4 for one in ids], dtype=np.int32
    )
    return with_segments(SimpleNamespace(base=base), features, labels).base


@pytest.fixture
def told(workspace, told_base):
    workspace.base = told_base
    return workspace


def with_segments(workspace, features, labels, verdict="constructed"):
    ids, sizes = np.unique(labels, return_counts=True)
    names = {0: "Unassigned"} | ({1: "Regulars", 4: "Singles"} if verdict != "none" else {})
    segments = tuple(
        Segment(int(i), names.get(int(i), f"Part {i}"), int(size), size / 12)
        for i, size in zip(ids, sizes, strict=True)
    )
    old = workspace.base.segmentation
    segmentation = replace(
        old, labels=labels, segments=segments, verdict=verdict, jaccards={}, continuity=None
    )
    workspace.base = replace(workspace.base, features=features, segmentation=segmentation)
    return workspace


def test_a_rule_in_words_with_what_it_catches(told):
    result = explain(told, 1)
    assert result.text.startswith(
        "The rule for segment 1 “Regulars”: orders at least 2. It catches 4 of the 4 customers "
        "there (recall 100%); of the 4 customers it catches in all, 100% belong there (precision). "
        "It covers 33.3% of all customers."
    )
    assert (
        '```sql\nSELECT "customer_id"\nFROM "features"\nWHERE "frequency" >= 2\n```' in result.text
    )
    assert "```python\nfeatures[(features['frequency'] >= 2)]\n```" in result.text
    (table,) = result.tables
    assert table.rows == (("Orders at least 2", 4, 1.0, 1.0, 4 / 12),)


def test_every_number_of_the_words_is_a_fact(told):
    result = explain(told, 4)
    values = {fact.value for fact in result.facts}
    words = result.text.split("\n")[0].replace("segment 4 “Singles”", "")
    for number in re.findall(r"\d+(?:\.\d+)?%?", words):
        known = float(number.rstrip("%")) / (100 if number.endswith("%") else 1)
        assert any(abs(known - value) < 0.0006 for value in values), number
    assert {fact.subject for fact in result.facts} == {"segment:4"}


def test_two_bounds_are_one_phrase(told):
    assert ": orders exactly 1. It" in explain(told, 4).text
    features = told.base.features.assign(frequency=range(12))
    labels = np.array([2] * 3 + [4] * 5 + [2] * 4, dtype=np.int32)
    with_segments(told, features, labels)
    assert ": orders from 3 to 7. It" in explain(told, 4).text
    assert "订单数在 3 到 7 之间" in explain(told, 4, "zh").text


def test_a_shop_that_only_knows_visits(open_workspace, shop):
    visits = open_workspace({"events": shop.frames()["events"]})
    shares = np.linspace(0, 1, len(visits.base.customers))
    features = pd.DataFrame({"monday_share": shares}, index=visits.base.customers)
    labels = np.where(shares > 0.4, 1, 4).astype(np.int32)
    text = explain(with_segments(visits, features, labels), 1).text
    assert "share of browsing on Monday at least" in text


def test_a_rule_in_chinese(told):
    text = explain(told, 1, "zh").text
    assert text.startswith("客群 1“")
    assert "订单数不少于 2" in text
    assert "SELECT" in text


def test_a_segment_by_name(told):
    assert explain(told, "regulars").text == explain(told, 1).text


@pytest.mark.parametrize("unknown", [2, 99, "Irregulars"])
def test_an_unknown_segment_is_answered_with_the_valid_ones(told, unknown):
    result = explain(told, unknown)
    assert result.status == "error"
    assert "Regulars" in result.text


def test_the_unassigned_have_no_rule(told):
    result = explain(told, 0)
    assert result.text.startswith("The 2 customers who are not assigned have no rule")
    assert [(fact.metric, fact.value) for fact in result.facts] == [("size", 2)]
    assert explain(told, 0, "zh").status == "ok"


def test_where_there_are_no_segments_the_rule_says_so_first(told):
    base = told.base
    with_segments(told, base.features, base.segmentation.labels, "none")
    text = explain(told, 4).text
    assert text.startswith("There are no segments in this data")
    assert "The rule for Part 4: " in text


def test_no_short_rule_is_said(workspace):
    labels = np.arange(12, dtype=np.int32) % 2 + 1
    features = pd.DataFrame(
        {"recency": [3, 3, 9, 9] * 3, "category_share:toys": 0.0}, index=workspace.base.customers
    )
    text = explain(with_segments(workspace, features, labels), 2).text
    assert text.startswith("No short rule describes Part 2 well.")


def test_nothing_to_tell_apart(workspace):
    labels = np.ones(12, dtype=np.int32)
    features = pd.DataFrame({"recency": range(12)}, index=workspace.base.customers)
    found = with_segments(workspace, features, labels)
    assert explain(found, 1).text.startswith("Segment 1 “Regulars” holds everybody")


def test_a_name_from_data_stays_in_its_fence(workspace):
    name = 'category_share:```\n# heading [x](http://evil) "q"'
    features = pd.DataFrame({name: [0.0] * 6 + [0.5] * 6}, index=workspace.base.customers)
    labels = np.array([1] * 6 + [2] * 6, dtype=np.int32)
    text = explain(with_segments(workspace, features, labels), 2).text
    words, _, code = text.partition("````sql\n")
    assert "\n#" not in words
    assert code.split("\n````")[0].endswith('\n# heading [x](http://evil) ""q""" >= 0.2')


def test_a_customer_is_told_which_conditions_they_meet(told):
    result = call_tool(told, "describe_customer", "en", {"customer_id": "carl"})
    notices = "\n".join(result.notices)
    assert "By that segment's rule they belong there: orders 3 (at least 2)." in notices
    assert "The next nearest is segment 4 “Singles”." in notices
    facts = {(fact.subject, fact.metric): fact.value for fact in result.facts}
    assert facts["customer:carl", "frequency"] == 3
    assert facts["segment:1", "rule:frequency>="] == 2
    left = call_tool(told, "describe_customer", "en", {"customer_id": "lee"})
    assert not any("rule" in notice for notice in left.notices)
    assert any("The next nearest is" in notice for notice in left.notices)
