"""One segment of a small shop: what may be said of it, and of everybody else."""

import pytest

from assistant.grounding.about import About, Names
from assistant.grounding.given import Given
from segmentation.types import Fact

PERIOD, DAY = "2023-04-01/2024-03-31", "2024-04-01"


def fact(metric, value, unit, period=PERIOD, subject="segment:2"):
    return Fact(subject, metric, period, value, unit)


def given():
    """Facts of segment 2 of three: £38.20 an order against £52.75, 40 orders, ..."""
    return (
        Given("f1", fact("size", 1234, "customers", DAY), "customers in the segment"),
        Given("f2", fact("size_share", 0.384, "share", DAY), "share of all", rank=2, of=3),
        Given("f3", fact("revenue_share", 0.271, "share"), "share of revenue", rank=3, of=3),
        Given(
            "f4",
            fact("average_order_value", 38.2, "GBP"),
            "average order value",
            rest=52.75,
            lift=0.724,
            clear=True,
            rank=3,
            of=3,
        ),
        Given(
            "f5",
            fact("lifetime_value", 240.4, "GBP", DAY),
            "lifetime value",
            rest=231.1,
            lift=1.04,
            clear=False,
            rank=1,
            of=3,
        ),
        Given(
            "f6",
            fact("orders_per_customer", 6.3, "orders"),
            "orders per customer",
            rest=2.1,
            lift=3.0,
            clear=True,
            rank=1,
            of=3,
        ),
        Given(
            "f7",
            fact("days_since_last_order", 33.6, "days", DAY),
            "days since the last order",
            rest=91.2,
            lift=0.368,
            clear=True,
            rank=3,
            of=3,
        ),
        Given(
            "f8",
            fact("repeat_rate", 0.667, "share"),
            "repeat rate",
            rest=0.41,
            lift=1.63,
            clear=True,
        ),
        Given("f9", fact("return_rate", 0.031, "share"), "return rate", rest=0.03, lift=1.03),
        Given(
            "f10",
            fact("lift", 2.3, "ratio", subject="product:P1&segment:2"),
            "times as much as others",
            name="Red mug",
            lift=2.3,
            clear=True,
        ),
        Given(
            "f11",
            fact("reach", 0.22, "share", subject="category:Kitchen & Dining&segment:2"),
            "share who bought it",
            name="Kitchen & Dining",
        ),
        Given("f12", fact("lifetime_value_p50", 120.5, "GBP", DAY), "median lifetime value"),
        Given("f13", fact("expected_orders", 4.4, "orders", "2024-04-01/2025-03-31"), "expected"),
    )


ABOUT = {
    "subject": "segment:2",
    "subjects": {
        "segment:1": ("Lapsed buyers", "久未光顾的客户"),
        "segment:2": ("Regulars", "常客"),
        "segment:3": ("Newcomers", "新客"),
    },
    "names": Names(
        frozenset({"Red mug", "Blue plate", "Oak candle"}),
        frozenset({"Kitchen & Dining", "Garden"}),
        frozenset({"Germany", "France"}),
        {"channel": ("web", "store")},
    ),
    "stated": frozenset({"channel"}),
    "currency": "GBP",
}


@pytest.fixture(scope="session")
def facts():
    return given()


@pytest.fixture(scope="session")
def english():
    return About("en", **ABOUT)


@pytest.fixture(scope="session")
def chinese():
    return About("zh", **ABOUT)
