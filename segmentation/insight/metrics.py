"""The metrics of the product, as data: what each is called, counts, and is measured in.

This is the one place that says what a metric means; `measures.py` computes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from segmentation.insight.errors import UnknownName

__all__ = ["CUSTOMER_FIELDS", "FORECASTS", "METRICS", "Metric", "Source", "find_metric"]

Source = Literal["orders", "events", "reviews"]
Method = Literal["sum", "ratio", "repeat", "state", "rating", "conversion"]


@dataclass(frozen=True)
class Metric:
    """One thing that can be asked of any group of customers.

    Args:
        name: as in the contract.
        unit: `money` stands for the shop's currency.
        source: the table it is computed from.
        counted: what a group's `n` counts: the observations the number rests on.
        method: how `measures.py` computes it.
        parts: the measures (`sum`: one; `ratio`: numerator, denominator) or, for `state`, the
            column of the customer that is averaged.
        formula: the definition, for people.
    """

    name: str
    unit: str
    source: Source
    counted: str
    method: Method
    parts: tuple[str, ...]
    formula: str

    @property
    def adds_up(self) -> bool:
        """Whether a group without rows has the value 0 rather than none."""
        return self.method == "sum"

    @property
    def is_state(self) -> bool:
        """Whether the number describes customers as of one day rather than lines over a period."""
        return self.method == "state"

    @property
    def is_forecast(self) -> bool:
        """Whether it says what is expected rather than what was."""
        return self.name in FORECASTS


FORECASTS = ("repeat_probability", "expected_orders", "expected_value")
"""Metrics that look ahead, twelve months from the reference day (insight/value)."""

METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric(
            "customers",
            "customers",
            "orders",
            "customers",
            "sum",
            ("customers",),
            "distinct customers with a purchase in scope",
        ),
        Metric(
            "orders",
            "orders",
            "orders",
            "customers",
            "sum",
            ("orders",),
            "distinct orders with a purchase in scope",
        ),
        Metric(
            "revenue",
            "money",
            "orders",
            "customers",
            "sum",
            ("revenue",),
            "quantity × unit price of purchases, postage and fees included, returns not subtracted",
        ),
        Metric(
            "net_revenue",
            "money",
            "orders",
            "customers",
            "sum",
            ("net_revenue",),
            "revenue minus the value of returned and cancelled lines",
        ),
        Metric(
            "average_order_value",
            "money",
            "orders",
            "orders",
            "ratio",
            ("revenue", "orders"),
            "revenue / orders",
        ),
        Metric(
            "orders_per_customer",
            "orders",
            "orders",
            "customers",
            "ratio",
            ("orders", "customers"),
            "orders / customers with a purchase in scope",
        ),
        Metric(
            "items_per_order",
            "items",
            "orders",
            "orders",
            "ratio",
            ("units", "orders"),
            "units bought, charges left out / orders",
        ),
        Metric(
            "days_since_last_order",
            "days",
            "orders",
            "customers",
            "state",
            ("days_since_last_order",),
            "whole days from the last purchase to the reference day, averaged over customers",
        ),
        Metric(
            "repeat_rate",
            "share",
            "orders",
            "customers",
            "repeat",
            (),
            "share of customers with at least two orders in scope",
        ),
        Metric(
            "lifetime_value",
            "money",
            "orders",
            "customers",
            "state",
            ("lifetime_value",),
            "observed revenue so far, net of returns, per customer: a look back, not a forecast",
        ),
        Metric(
            "repeat_probability",
            "share",
            "orders",
            "customers",
            "state",
            ("repeat_probability",),
            "probability of buying at least once in the next 365 days (BG/NBD), averaged over "
            "customers",
        ),
        Metric(
            "expected_orders",
            "orders",
            "orders",
            "customers",
            "state",
            ("expected_orders",),
            "orders expected in the next 365 days (BG/NBD), those of one day counted as one, per "
            "customer",
        ),
        Metric(
            "expected_value",
            "money",
            "orders",
            "customers",
            "state",
            ("expected_value",),
            "expected orders × expected revenue of one, net of returns (Gamma-Gamma), in the next "
            "365 days, not discounted, per customer",
        ),
        Metric(
            "return_rate",
            "share",
            "orders",
            "customers",
            "ratio",
            ("returned", "units"),
            "units returned / units bought, charges left out",
        ),
        Metric(
            "average_rating",
            "rating",
            "reviews",
            "reviews",
            "rating",
            (),
            "mean rating of the reviews in scope",
        ),
        Metric(
            "conversion_rate",
            "share",
            "events",
            "sessions",
            "conversion",
            (),
            "sessions with a purchase / sessions",
        ),
    )
}

CUSTOMER_FIELDS: dict[str, str] = {
    name: ("orders" if name == "orders_per_customer" else name)
    for name in METRICS
    if name != "customers"
}
"""Metric → the column of the ledger's people that holds it for one customer's whole history."""


def find_metric(name: object) -> Metric:
    """The metric called `name`, whatever its case and spacing. Raises UnknownName."""
    key = str(name).strip().lower().replace(" ", "_").replace("-", "_")
    if key not in METRICS:
        raise UnknownName("metric", name, tuple(METRICS))
    return METRICS[key]
