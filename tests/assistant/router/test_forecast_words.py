"""Questions about what customers will do, told from those about what they did."""

import pytest

from assistant.router.catalogue import Catalogue
from assistant.router.reading import read
from assistant.router.slots import fill


@pytest.mark.parametrize(
    ("question", "metric"),
    [
        ("expected value by segment", "expected_value"),
        ("predicted CLV of segment 3", "expected_value"),
        ("what will a customer of segment 2 be worth next year", "expected_value"),
        ("预测德国客户的终身价值", "expected_value"),
        ("各客群的预期价值", "expected_value"),
        ("how likely are they to buy again", "repeat_probability"),
        ("how likely are customers in Germany to buy again", "repeat_probability"),
        ("what share of customers will come back", "repeat_probability"),
        ("客群3的复购概率", "repeat_probability"),
        ("德国客户再次购买的可能性有多大", "repeat_probability"),
        ("expected number of orders in France", "expected_orders"),
        ("预期订单数是多少", "expected_orders"),
        ("lifetime value by segment", "lifetime_value"),
        ("what share of customers came back", "repeat_rate"),
        ("repeat rate by country", "repeat_rate"),
        ("各国的复购率", "repeat_rate"),
        ("终身价值按客群", "lifetime_value"),
    ],
)
def test_looking_ahead_and_looking_back(question: str, metric: str, catalogue: Catalogue) -> None:
    assert fill("query_customers", read(question, catalogue), catalogue)["metric"] == metric


@pytest.mark.parametrize(
    ("question", "field", "value"),
    [
        ("how many customers have an expected value over 1000", "expected_value", 1000),
        ("how many customers have a repeat probability above 20%", "repeat_probability", 0.2),
        ("预期价值超过1000的客户有多少", "expected_value", 1000),
    ],
)
def test_conditions_on_forecasts(
    question: str, field: str, value: float, catalogue: Catalogue
) -> None:
    args = fill("query_customers", read(question, catalogue), catalogue)
    assert args["filters"] == [{"field": field, "op": "gt", "value": value}]
