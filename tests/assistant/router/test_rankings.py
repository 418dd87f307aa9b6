"""Single customers ranked: the best, the worst, those about to leave."""

from dataclasses import replace
from typing import Any

import pytest

from assistant.router.catalogue import Catalogue
from assistant.router.reading import read
from assistant.router.router import Router
from assistant.router.slots import fill

BEST = {"metric": "revenue", "by": "customer", "order": "desc"}
WORST = {"metric": "revenue", "by": "customer", "order": "asc"}
LEAVING = {"metric": "days_since_last_order", "by": "customer", "order": "desc"}


@pytest.mark.parametrize(
    ("question", "args"),
    [
        ("who are my best customers?", BEST),
        ("our VIPs", BEST),
        ("show me the whales", BEST),
        ("most valuable clients", BEST),
        ("who spends the most", BEST),
        ("who is our biggest customer", BEST),
        ("top 7 customers", BEST | {"top_n": 7}),
        ("least valuable customers", WORST),
        ("the worst 5 customers", WORST | {"top_n": 5}),
        ("most loyal customers", BEST | {"metric": "orders"}),
        ("which customers are about to churn", LEAVING),
        ("show me shoppers at risk", LEAVING),
        ("谁是我最好的客户", BEST),
        ("大客户有哪些", BEST),
        ("哪些客户最值钱", BEST),
        ("消费最高的20位客户", BEST | {"top_n": 20}),
        ("快流失的客户", LEAVING),
        ("哪些客户有流失风险", LEAVING),
    ],
)
def test_arguments(question: str, args: dict[str, Any], catalogue: Catalogue) -> None:
    assert fill("query_customers", read(question, catalogue), catalogue) == args


@pytest.mark.parametrize(
    ("question", "by"),
    [
        ("which segment has the best customers", "segment"),
        ("which segments are at risk of churning", "segment"),
        ("哪个客群的大客户最多", "segment"),
        ("in which country are our most valuable customers", "country"),
    ],
)
def test_groups_are_ranked_where_groups_are_asked_for(
    question: str, by: str, catalogue: Catalogue
) -> None:
    assert fill("query_customers", read(question, catalogue), catalogue)["by"] == by


@pytest.mark.parametrize("question", ["who are my best customers?", "谁是我最好的客户", "our VIPs"])
def test_the_tool_is_a_query(question: str, router: Router) -> None:
    decision = router.decide(question)
    assert (decision.tool, decision.args) == ("query_customers", BEST)


def test_a_segments_name_is_no_ranking(catalogue: Catalogue) -> None:
    named = replace(catalogue, segments={1: "Loyal big spenders", 2: "Others"})
    args = fill("query_customers", read("revenue of the loyal big spenders", named), named)
    assert "by" not in args
    assert args["filters"] == [{"field": "segment", "op": "eq", "value": 1}]


@pytest.mark.parametrize(
    ("question", "metric", "order"),
    [
        ("which weekday brings in the most orders", "orders", "desc"),
        ("which country brought in the most money", "revenue", "desc"),
        ("which month earned us the most", "revenue", "desc"),
        ("which segment earns the most per order", "average_order_value", "desc"),
        ("revenue in the last 30 days by country", "revenue", None),
        ("the last 3 countries by revenue", "revenue", "asc"),
        ("orders over the last quarter by country", "orders", None),
    ],
)
def test_a_verb_gives_way_to_its_object_and_a_time_is_no_ranking(
    question: str, metric: str, order: str | None, catalogue: Catalogue
) -> None:
    args = fill("query_customers", read(question, catalogue), catalogue)
    assert (args["metric"], args.get("order")) == (metric, order)
