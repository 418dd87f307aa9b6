"""New, returning and frequent customers, stars, churn: taken as conditions, or named."""

from __future__ import annotations

from typing import Any

import pytest

from assistant.router.replies import beside
from assistant.router.router import Router

RETURNING = {"field": "orders", "op": "ge", "value": 2}
ONCE = {"field": "orders", "op": "eq", "value": 1}
QUIET = {"field": "days_since_last_order", "op": "ge", "value": 90}


@pytest.mark.parametrize(
    ("question", "args"),
    [
        ("revenue from returning customers", {"metric": "revenue", "filters": [RETURNING]}),
        ("老客户贡献了多少销售额", {"metric": "revenue", "filters": [RETURNING]}),
        ("how many repeat customers do we have", {"metric": "customers", "filters": [RETURNING]}),
        ("首次购买的客户有多少", {"metric": "customers", "filters": [ONCE]}),
        ("how many first-time buyers do we have", {"metric": "customers", "filters": [ONCE]}),
        ("回头客多吗", {"metric": "repeat_rate"}),
        ("what's our churn rate", {"metric": "customers", "filters": [QUIET]}),
        ("流失率是多少", {"metric": "customers", "filters": [QUIET]}),
    ],
)
def test_conditions_that_are_told_by_orders(
    question: str, args: dict[str, Any], router: Router
) -> None:
    decision = router.decide(question)
    assert (decision.args, decision.left_out) == (args, ())


@pytest.mark.parametrize("question", ["how many customers gave us one star", "打一星的客户有多少"])
def test_stars_are_a_condition(question: str, router: Router) -> None:
    star = {"field": "average_rating", "op": "eq", "value": 1}
    assert router.decide(question).args == {"metric": "customers", "filters": [star]}


@pytest.mark.parametrize(
    ("question", "left_out"),
    [
        ("how many new customers do we have", "new customers"),
        ("新客户的客单价", "新客户"),
        ("how many customers ordered for the first time in October", "for the first time"),
        ("how many first-time buyers did we get in October", "first-time buyers"),
        ("每周三次下单的客户有多少", "每周3次"),
        ("how many customers order twice a week", "twice a week"),
        ("AOV of loyal customers", "loyal customers"),
        ("top 5 products among women", "women"),
    ],
)
def test_conditions_that_nothing_tells_are_named(
    question: str, left_out: str, router: Router
) -> None:
    decision = router.decide(question)
    assert decision.tool in ("query_customers", "describe_customers")
    assert left_out in decision.left_out


def test_a_group_that_anybody_may_draw_otherwise_is_asked_back_about(router: Router) -> None:
    assert router.decide("best selling products for loyal customers").clarify == "who"


@pytest.mark.parametrize("question", ["what's our churn rate", "churn by segment", "流失率是多少"])
def test_what_churn_means_is_said(question: str, router: Router) -> None:
    decision = router.decide(question)
    assert decision.notes and "churn" in beside(decision, "en")
    assert "流失" in beside(decision, "zh")
