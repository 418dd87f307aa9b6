"""What groups of customers are expected to do together, and how far that may be off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segmentation.insight.ledger import open_ledger
from segmentation.insight.scope import scope
from segmentation.insight.value.fit import Valuation
from segmentation.insight.value.valuation import demand_forecast
from segmentation.types import CustomerBase

__all__ = ["SPREADS", "Estimate", "estimate", "estimate_of", "estimate_where", "segment_values"]

NORMAL_95 = 1.959964
SPREADS = {"expected_value": "value_sd", "expected_orders": "orders_sd"}
"""Forecasts that add up → the column of a valuation with each customer's standard deviation."""


@dataclass(frozen=True)
class Estimate:
    """What a group is expected to do together.

    `low` to `high` is a 95 % prediction interval of the total: log-normal, of two parts. One is
    chance of each customer (whether still there, how often, how much), the other how far groups of
    customers in past windows came out from the models, taken to hit all of this group alike: a
    season, a trend, what the models do not fit. It knows nothing of what no window of the past has
    seen. benchmarks/value.py says how often it held.

    Args:
        customers: of whom something is expected.
        mean: per customer.
    """

    customers: int
    mean: float
    total: float
    low: float
    high: float


def estimate(base: CustomerBase, metric: str, rows: NDArray[np.bool_]) -> Estimate | None:
    """`expected_value` or `expected_orders` of the customers in `rows` (n,); None for nobody.

    Raises:
        NoForecast: this shop has no such forecast.
    """
    return estimate_of(demand_forecast(base, metric), metric, rows)


def estimate_of(found: Valuation, metric: str, rows: NDArray[np.bool_]) -> Estimate | None:
    """The same from a valuation that has this forecast."""
    part = found.table[np.asarray(rows)].dropna(subset=[metric])
    total = float(part[metric].sum())
    if not len(part) or total <= 0:
        return None
    own = float(np.sqrt((part[SPREADS[metric]] ** 2).sum())) / total
    spread = float(np.sqrt(np.log1p(own**2) + found.departures[metric] ** 2))
    factor = float(np.exp(NORMAL_95 * spread))
    return Estimate(len(part), total / len(part), total, total / factor, total * factor)


def estimate_where(base: CustomerBase, metric: str, filters: Sequence[Any] = ()) -> Estimate | None:
    """The same of those with a purchase that the filters leave. Raises NoForecast, UnknownName."""
    ledger = open_ledger(base)
    with ledger.lock:
        rows = scope(base, "orders", filters).rows
        buyers = rows.filter(rows.sale).select("customer_no").distinct()
        found = ledger.run(buyers.inner_join(ledger.customers, "customer_no").select("customer_id"))
    return estimate(base, metric, base.customers.isin(found["customer_id"]))


def segment_values(base: CustomerBase, metric: str = "expected_value") -> dict[int, Estimate]:
    """Segment id -> what its customers are expected to do; empty ones left out.

    Raises:
        NoForecast: as `estimate`.
    """
    labels = base.segmentation.labels
    found = {one.id: estimate(base, metric, labels == one.id) for one in base.segmentation.segments}
    return {number: one for number, one in found.items() if one is not None}
