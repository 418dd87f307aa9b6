"""What is measured of each customer, and how a segment's number is tested against the others'.

What is shown of a segment is a total over a total or a mean; what is tested is how its customers'
own numbers rank among everybody's, as a few large customers can lift a mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from segmentation.insight.evidence.significance import Array, Outcome, cohens_h, rank_test
from segmentation.insight.ledger import Ledger, open_ledger
from segmentation.insight.metrics import METRICS
from segmentation.types import CustomerBase
from segmentation.views.features import feature

__all__ = ["HABITS", "Measurement", "measurements", "number_tests", "period_of", "unit_of"]

HABITS = (
    *("tenure", "gap_mean", "distinct_products", "median_price", "discount_share"),
    *("low_price_share", "weekend_share", "views", "searches", "wishlists", "carts"),
    "review_count",
)
"""Behaviour features that say what no metric says; weekdays, parts of the day and categories are
told as leanings."""

YES_NO = "repeat_rate"
"""The metric of which each customer has 0 or 1."""

RATIOS = {
    "average_order_value": ("revenue", "orders"),
    "items_per_order": ("units", "orders"),
    "return_rate": ("returned", "units"),
    "average_rating": ("rated", "ratings"),
    "conversion_rate": ("conversions", "visits"),
}
MEANS = {
    "orders_per_customer": "orders",
    "days_since_last_order": "days_since_last_order",
    "repeat_rate": YES_NO,
    "lifetime_value": "lifetime_value",
}
"""Metric → what it is the mean of, over customers who bought."""


@dataclass(frozen=True)
class Measurement:
    """One number of every customer, in the order of the base; NaN where a customer has none.

    Args:
        values: (n,) the customer's own number.
        y, x: (n,) of which the group's number is the sum of y over that of x; a mean has x = 1.
    """

    metric: str
    values: Array
    y: Array
    x: Array

    def number(self, rows: NDArray[np.bool_]) -> float | None:
        """The number of a group of customers; None where undefined."""
        total = float(np.nansum(self.x[rows]))
        return float(np.nansum(self.y[rows])) / total if total else None

    def counted(self, rows: NDArray[np.bool_]) -> int:
        """The customers behind that."""
        return int((~np.isnan(self.values[rows])).sum())


def unit_of(base: CustomerBase, metric: str) -> str:
    """The unit of a metric or a habit, money resolved."""
    unit = METRICS[metric].unit if metric in METRICS else feature(metric).unit
    return base.currency if unit == "money" else unit


def period_of(base: CustomerBase, metric: str) -> str:
    """The days a number speaks of, `first/last`; one day where it is a state as of then."""
    if metric not in METRICS or METRICS[metric].is_state:
        return base.as_of.date().isoformat()
    return open_ledger(base).period(METRICS[metric].source)


def measurements(base: CustomerBase) -> dict[str, Measurement]:
    """Every number that can be told of customers, by metric or habit. Found once."""
    ledger = open_ledger(base)

    def find() -> dict[str, Measurement]:
        found = [*_metrics(ledger, _columns(base, ledger)), *_habits(base)]
        return {one.metric: one for one in found}

    return ledger.once(("measurements", None), find)


def _columns(base: CustomerBase, ledger: Ledger) -> pd.DataFrame:
    """What each customer's numbers are made of; a row per customer of the base, in its order."""
    people = ledger.people
    wanted = {c.removeprefix("metric_"): c for c in people.columns if c.startswith("metric_")}
    if "sum_units" in people.columns:
        wanted |= {"units": "sum_units", "returned": "sum_returned"}
    for part in (_ratings(ledger), _visits(ledger)):
        if part is not None:
            people = people.left_join(part, "customer_no").drop("customer_no_right")
            wanted |= {c: c for c in part.columns if c != "customer_no"}
    frame = ledger.run(people.select("customer_id", **wanted)).set_index("customer_id")
    return frame.reindex(base.customers.astype(str)).astype(float)


def _ratings(ledger: Ledger) -> Any:
    if ledger.lacks(METRICS["average_rating"]):
        return None
    reviews = ledger.reviews
    return reviews.group_by("customer_no").aggregate(
        rated=reviews.rating.sum(), ratings=reviews.rating.count()
    )


def _visits(ledger: Ledger) -> Any:
    if ledger.lacks(METRICS["conversion_rate"]):
        return None
    visits = ledger.visits
    sessions = visits.group_by("customer_no", "session").aggregate(bought=visits.purchase.max())
    return sessions.group_by("customer_no").aggregate(
        conversions=sessions.bought.cast("float64").sum(), visits=sessions.count()
    )


def _metrics(ledger: Ledger, frame: pd.DataFrame) -> list[Measurement]:
    found = []
    for name in METRICS:
        if ledger.lacks(METRICS[name]):
            continue
        if name in RATIOS:
            y, x = (_column(frame, part) for part in RATIOS[name])
            own = np.divide(y, x, out=np.full_like(y, np.nan), where=x > 0)
            found.append(Measurement(name, own, y, x))
        elif name in MEANS:
            bought = _column(frame, "orders") > 0
            own = np.where(bought, _column(frame, MEANS[name]), np.nan)
            found.append(_mean(name, own))
    return found


def _column(frame: pd.DataFrame, name: str) -> Array:
    return frame[name].to_numpy(dtype=np.float64)


def _habits(base: CustomerBase) -> list[Measurement]:
    found = []
    for name in HABITS:
        if name in base.features:
            found.append(_mean(name, base.features[name].to_numpy(dtype=np.float64)))
    return [one for one in found if len(np.unique(one.values[~np.isnan(one.values)])) > 1]


def _mean(name: str, own: Array) -> Measurement:
    return Measurement(name, own, own, np.where(np.isnan(own), 0.0, 1.0))


def number_tests(
    known: Sequence[Measurement], labels: NDArray[np.int32]
) -> dict[tuple[str, int], Outcome]:
    """(metric, segment id) → its test against all other rows; those too few to say left out."""
    return {
        (one.metric, number): test for one in known for number, test in _tests(one, labels).items()
    }


def _tests(one: Measurement, labels: NDArray[np.int32]) -> dict[int, Outcome]:
    known = ~np.isnan(one.values)
    values, groups = one.values[known], labels[known]
    ranked = rank_test(values, groups)
    if one.metric != YES_NO:
        return {number: Outcome(delta, "cliffs_delta", p) for number, (delta, p) in ranked.items()}
    return {
        number: Outcome(
            cohens_h(
                float(values[groups == number].mean()), float(values[groups != number].mean())
            ),
            "cohens_h",
            p,
        )
        for number, (_, p) in ranked.items()
    }
