"""What a question says: whom, which conditions, which numbers."""

from typing import Any

import pytest

from assistant.router.catalogue import Catalogue
from assistant.router.reading import read


def _filters(question: str, catalogue: Catalogue) -> list[tuple[str, str, Any]]:
    return [tuple(condition) for condition in read(question, catalogue).filters]


@pytest.mark.parametrize(
    ("question", "segments"),
    [
        ("seg1 vs seg5", (1, 5)),
        ("segments 1, 2 and 4", (1, 2, 4)),
        ("clusters 2-4", (2, 3, 4)),
        ("the third segment", (3,)),
        ("segment two", (2,)),
        ("the bargain hunters", (2,)),
        ("our largest segment please", (1,)),
        ("细分2、3、5", (2, 3, 5)),
        ("第三个细分和细分四", (3, 4)),
        ("分成5个群", ()),
        ("which is the largest segment", ()),
        ("5 segments please", ()),
    ],
)
def test_segments(question: str, segments: tuple[int, ...], catalogue: Catalogue) -> None:
    assert read(question, catalogue).who.segments == segments


@pytest.mark.parametrize(
    ("question", "customers"),
    [
        ("who is 20017?", ("20017",)),
        ("20017, 20018 and customer 31000", ("20017", "20018", "31000")),
        ("customer no. 7", ("7",)),
        ("与20017最像的", ("20017",)),
        ("spent more than 20050", ()),
        ("revenue in 2011", ()),
        ("product 20017", ()),
    ],
)
def test_customers(question: str, customers: tuple[str, ...], catalogue: Catalogue) -> None:
    assert read(question, catalogue).who.customers == customers


@pytest.mark.parametrize(
    ("question", "pointer"),
    [
        ("what would she like", "customer"),
        ("tell me about this customer", "customer"),
        ("how big is that segment", "segment"),
        ("how do the two differ", "two"),
        ("and the other group", "other"),
        ("给他推荐", "customer"),
        ("这个细分多大", "segment"),
        ("这两个群", "two"),
    ],
)
def test_pointers(question: str, pointer: str, catalogue: Catalogue) -> None:
    assert pointer in read(question, catalogue).who.pointers


@pytest.mark.parametrize(
    "question", ["the customer map", "the segment sizes", "customers in all segments"]
)
def test_words_that_point_at_nobody(question: str, catalogue: Catalogue) -> None:
    assert not read(question, catalogue).who.pointers & {"customer", "segment"}


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("french customers", [("country", "eq", "France")]),
        ("in France and Germany", [("country", "in", ("France", "Germany"))]),
        ("outside the UK", [("country", "ne", "United Kingdom")]),
        ("除了英国以外", [("country", "ne", "United Kingdom")]),
        ("non-German buyers", [("country", "ne", "Germany")]),
        ("without Spain and Ireland", [("country", "ne", "Spain"), ("country", "ne", "EIRE")]),
        ("who came through instagram", [("channel", "eq", "instagram")]),
        ("sales of toys", [("category", "eq", "Toys")]),
        ("home and garden revenue", [("category", "eq", "Home & Garden")]),
        (
            "who bought the red retrospot cake stand",
            [("product", "eq", "RED RETROSPOT CAKE STAND")],
        ),
        ("buyers of set of three cake tins", [("product", "eq", "SET OF THREE CAKE TINS")]),
    ],
)
def test_names_become_conditions(
    question: str, expected: list[tuple[str, str, Any]], catalogue: Catalogue
) -> None:
    assert _filters(question, catalogue) == expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("people who spent more than 500", ("revenue", "gt", 500)),
        ("spent between 100 and 250", ("revenue", "between", (100, 250))),
        ("with at least 3 orders", ("orders", "ge", 3)),
        ("who ordered exactly 2 times", ("orders", "eq", 2)),
        ("ordered more than once, how many", ("orders", "gt", 1)),
        ("nobody who hasn't bought for 90 days", ("days_since_last_order", "ge", 90)),
        ("no order for more than two weeks", ("days_since_last_order", "gt", 14)),
        ("who ordered in the last 30 days", ("days_since_last_order", "le", 30)),
        ("average order value above 50", ("average_order_value", "gt", 50)),
        ("a return rate over 20%", ("return_rate", "gt", 0.2)),
        ("rating below 3", ("average_rating", "lt", 3)),
        ("消费超过500的客户", ("revenue", "gt", 500)),
        ("下过3次以上的单", ("orders", "ge", 3)),
        ("超过60天没下单", ("days_since_last_order", "gt", 60)),
        ("客单价不低于50", ("average_order_value", "ge", 50)),
    ],
)
def test_numbers_become_conditions(
    question: str, expected: tuple[str, str, Any], catalogue: Catalogue
) -> None:
    assert _filters(question, catalogue) == [expected]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("revenue since 1 September 2011", ("ordered_at", "ge", "2011-09-01")),
        ("orders in October 2011", ("ordered_at", "between", ("2011-10-01", "2011-10-31"))),
        ("sales before June 2011", ("ordered_at", "lt", "2011-06-01")),
        ("from March to May 2011", ("ordered_at", "between", ("2011-03-01", "2011-05-31"))),
        ("revenue in the last 30 days", ("ordered_at", "ge", "2011-11-09")),
        ("去年12月的销售额", ("ordered_at", "between", ("2010-12-01", "2010-12-31"))),
        ("自2011年9月1日以来", ("ordered_at", "ge", "2011-09-01")),
    ],
)
def test_periods_become_conditions(
    question: str, expected: tuple[str, str, Any], catalogue: Catalogue
) -> None:
    assert _filters(question, catalogue) == [expected]


def test_what_is_understood_is_masked_alike_whatever_the_value(catalogue: Catalogue) -> None:
    one = read("find 20 customers like 20017 in Germany", catalogue).masked
    other = read("find a dozen customers like 20044 in the US", catalogue).masked
    assert one.replace("the ", "") == other.replace("the ", "")
