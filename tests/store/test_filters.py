"""Filters as a Chroma clause and a predicate."""

import pytest

from store.filters import translate

FIELDS = {
    "country": "text",
    "joined": "text",
    "revenue": "number",
    "orders": "number",
    "vip": "flag",
}


def one(field, op, value):
    return translate([{"field": field, "op": op, "value": value}], FIELDS)


@pytest.mark.parametrize(
    ("field", "op", "value", "clause"),
    [
        ("country", "eq", "Germany", {"country": {"$eq": "Germany"}}),
        ("country", "ne", "Germany", {"country": {"$ne": "Germany"}}),
        ("country", "in", ["Germany", "France"], {"country": {"$in": ["Germany", "France"]}}),
        ("revenue", "lt", 5, {"revenue": {"$lt": 5.0}}),
        ("revenue", "le", 5.5, {"revenue": {"$lte": 5.5}}),
        ("orders", "gt", 0, {"orders": {"$gt": 0.0}}),
        ("orders", "ge", 2, {"orders": {"$gte": 2.0}}),
        ("orders", "in", (1, 2.0), {"orders": {"$in": [1.0, 2.0]}}),
        ("vip", "eq", True, {"vip": {"$eq": True}}),
    ],
)
def test_what_chroma_can_say_it_says(field, op, value, clause):
    assert one(field, op, value) == (clause, None)


def test_between_includes_both_ends():
    clause, predicate = one("orders", "between", [1, 3])
    assert clause == {"$and": [{"orders": {"$gte": 1.0}}, {"orders": {"$lte": 3.0}}]}
    assert predicate is None


@pytest.mark.parametrize(
    ("op", "value", "expected"),
    [
        ("lt", "2026-02-01", ["2026-01-31"]),
        ("le", "2026-02-01", ["2026-01-31", "2026-02-01"]),
        ("gt", "2026-02-01", ["2026-02-02"]),
        ("ge", "2026-02-01", ["2026-02-01", "2026-02-02"]),
        ("between", ["2026-01-31", "2026-02-01"], ["2026-01-31", "2026-02-01"]),
        ("contains", "-02-0", ["2026-02-01", "2026-02-02"]),
    ],
)
def test_text_is_compared_by_a_predicate(op, value, expected):
    clause, holds = one("joined", op, value)
    days = ["2026-01-31", "2026-02-01", "2026-02-02"]
    assert clause is None
    assert [day for day in days if holds({"joined": day})] == expected
    assert not holds({})


def test_contains_ignores_case():
    _, holds = one("country", "contains", "KING")
    assert holds({"country": "United Kingdom"})


def test_all_filters_hold_together():
    where = [
        {"field": "country", "op": "eq", "value": "Germany"},
        {"field": "revenue", "op": "gt", "value": 1},
        {"field": "joined", "op": "ge", "value": "2026"},
        {"field": "joined", "op": "contains", "value": "-05-"},
    ]
    clause, holds = translate(where, FIELDS)
    assert clause == {"$and": [{"country": {"$eq": "Germany"}}, {"revenue": {"$gt": 1.0}}]}
    assert holds({"joined": "2026-05-04"})
    assert not holds({"joined": "2026-06-04"})
    assert not holds({"joined": "2025-05-04"})


def test_no_filters_say_nothing():
    assert translate([], FIELDS) == (None, None)


@pytest.mark.parametrize(
    ("field", "op", "value", "message"),
    [
        ("colour", "eq", 1, "unknown field 'colour'; known: country, joined, orders, revenue, vip"),
        (
            "country",
            "like",
            "x",
            "unknown op 'like'; known: eq, ne, lt, le, gt, ge, in, between, contains",
        ),
        ("revenue", "eq", "much", "revenue is a number field; 'much' does not fit"),
        ("revenue", "eq", True, "revenue is a number field"),
        ("revenue", "gt", float("nan"), "revenue is a number field"),
        ("country", "eq", 5, "country is a text field"),
        ("country", "in", [], "in needs a list"),
        ("country", "in", "Germany", "in needs a list"),
        ("revenue", "between", [1], "between needs a pair"),
        ("revenue", "contains", "1", "contains needs a text field"),
        ("vip", "gt", True, "knows eq, ne and in"),
        ("vip", "eq", 1, "vip is a flag field"),
    ],
)
def test_a_filter_that_cannot_be_says_what_would_be_right(field, op, value, message):
    with pytest.raises(ValueError) as caught:
        one(field, op, value)
    assert message in str(caught.value)


def test_all_faults_are_told_at_once():
    where = [{"field": "a", "op": "eq", "value": 1}, {"field": "country", "op": "eq"}]
    with pytest.raises(ValueError, match=r"unknown field 'a'.*; a filter needs .*value missing"):
        translate(where, FIELDS)
