"""The main numbers of each segment and of everybody else: sums that add up, what comes of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from segmentation.insight.ledger import Ledger, open_ledger
from segmentation.insight.metrics import METRICS
from segmentation.insight.query import query
from segmentation.types import CustomerBase

__all__ = ["Contrast", "Sums", "contrasts", "ratios", "revenue_share", "segment_sums"]

Sums = Mapping[str, float]
EXACT = "decimal(28, 8)"


@dataclass(frozen=True)
class Contrast:
    """One number of a segment beside the same number of everybody else.

    Args:
        metric, unit: as in METRICS, money resolved.
        value, rest: of the segment, of all other customers; None where undefined.
        n, n_rest: the customers (or what the metric counts) either rests on.
    """

    metric: str
    unit: str
    value: float | None
    rest: float | None
    n: int
    n_rest: int

    @property
    def lift(self) -> float | None:
        """value / rest: 1 means no difference."""
        return None if self.value is None or not self.rest else self.value / self.rest

    @property
    def difference(self) -> float | None:
        """value - rest, in the metric's unit."""
        return None if self.value is None or self.rest is None else self.value - self.rest


def segment_sums(base: CustomerBase) -> dict[int, dict[str, float]]:
    """Segment id → sums over its customers, which add up over segments.

    size, and where there are orders: customers (who bought), orders, revenue, net_revenue, units,
    returned, repeaters, days (since the last order), spent (net, by who bought).
    """
    ledger = open_ledger(base)
    key = ("sums", id(base.segmentation.labels))
    with ledger.lock:
        if key not in ledger.notebook:
            ledger.notebook[key] = _segment_sums(base, ledger)
        found: dict[int, dict[str, float]] = ledger.notebook[key]
    return found


def _segment_sums(base: CustomerBase, ledger: Ledger) -> dict[int, dict[str, float]]:
    with ledger.lock:
        people = ledger.people.inner_join(ledger.labels(base.segmentation), "customer_no")
        sums = {"size": people.count()}
        if ledger.has("orders"):
            orders = people.metric_orders
            sums |= {
                "customers": (orders > 0).sum(),
                "orders": orders.sum(),
                "revenue": people.metric_revenue.cast(EXACT).sum(),
                "net_revenue": people.metric_net_revenue.cast(EXACT).sum(),
                "units": people.sum_units.sum(),
                "returned": people.sum_returned.sum(),
                "repeaters": (orders > 1).sum(),
                "days": people.metric_days_since_last_order.sum(),
                "spent": people.metric_lifetime_value.cast(EXACT).sum(),
            }
        sums = {name: value.cast("float64").fill_null(0.0) for name, value in sums.items()}
        frame = ledger.run(people.group_by("segment").aggregate(**sums))
    found = {
        int(number): {name: float(value) for name, value in zip(sums, row, strict=True)}
        for number, *row in frame[["segment", *sums]].itertuples(index=False)
    }
    nothing = dict.fromkeys(sums, 0.0)
    return {s.id: found.get(s.id, nothing) for s in base.segmentation.segments}


def ratios(sums: Sums) -> dict[str, float | None]:
    """The metrics that come of the sums of one group of customers."""
    if "orders" not in sums:
        return {}

    def over(top: str, bottom: str) -> float | None:
        return sums[top] / sums[bottom] if sums[bottom] else None

    return {
        "customers": sums["customers"],
        "orders": sums["orders"],
        "revenue": sums["revenue"],
        "net_revenue": sums["net_revenue"],
        "average_order_value": over("revenue", "orders"),
        "orders_per_customer": over("orders", "customers"),
        "items_per_order": over("units", "orders"),
        "days_since_last_order": over("days", "customers"),
        "repeat_rate": over("repeaters", "customers"),
        "lifetime_value": over("spent", "customers"),
        "return_rate": over("returned", "units"),
    }


def rest_of(sums: Mapping[int, Sums], segment: int) -> dict[str, float]:
    """The sums of everybody else."""
    others = [row for number, row in sums.items() if number != segment]
    return {name: sum(row[name] for row in others) for name in sums[segment]}


def revenue_share(sums: Mapping[int, Sums], segment: int) -> float | None:
    """A segment's share of the revenue of all segments."""
    total = sum(row.get("revenue", 0.0) for row in sums.values())
    return sums[segment]["revenue"] / total if total else None


def contrasts(base: CustomerBase, sums: Mapping[int, Sums], segment: int) -> tuple[Contrast, ...]:
    """Every main number of a segment beside everybody else's."""
    own, rest = sums[segment], rest_of(sums, segment)
    values, others = ratios(own), ratios(rest)
    found = [
        Contrast(
            name,
            base.currency if METRICS[name].unit == "money" else METRICS[name].unit,
            value,
            others.get(name),
            int(own["customers"]),
            int(rest.get("customers", 0)),
        )
        for name, value in values.items()
    ]
    return (*found, *_asked(base, segment))


def _asked(base: CustomerBase, segment: int) -> list[Contrast]:
    """Ratings and conversion, where reviews and events were loaded."""
    ledger, found = open_ledger(base), []
    for name in ("average_rating", "conversion_rate"):
        if ledger.lacks(METRICS[name]):
            continue
        own, rest = (
            query(base, name, filters=[{"field": "segment", "op": op, "value": segment}])
            for op in ("eq", "ne")
        )
        if own.total is not None:
            found.append(Contrast(name, own.unit, own.total, rest.total, own.total_n, rest.total_n))
    return found
