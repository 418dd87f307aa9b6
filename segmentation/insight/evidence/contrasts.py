"""The main numbers of each segment and of everybody else, and whether they could differ by chance.

Sums that add up over segments, what comes of them, and the tests of `family.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from segmentation.insight.evidence.family import family_of
from segmentation.insight.evidence.measurements import (
    HABITS,
    Measurement,
    measurements,
    period_of,
    unit_of,
)
from segmentation.insight.evidence.significance import Outcome, is_clear, magnitude
from segmentation.insight.ledger import Ledger, open_ledger
from segmentation.insight.metrics import METRICS
from segmentation.types import CustomerBase, Fact

__all__ = [
    "Contrast",
    "Sums",
    "contrasts",
    "habits",
    "ratios",
    "rest_of",
    "revenue_share",
    "segment_sums",
]

Sums = Mapping[str, float]
EXACT = "decimal(28, 8)"
ASKED = ("average_rating", "conversion_rate")
"""Metrics that no sums of order lines give: where reviews and events were loaded."""


@dataclass(frozen=True)
class Contrast:
    """One number of a segment beside the same number of everybody else.

    Args:
        metric, unit: as in METRICS, money resolved; or a behaviour feature.
        value, rest: of the segment, of all other customers; None where undefined.
        n, n_rest: the customers either rests on.
        period: the days it speaks of.
        test: effect, p and corrected p; None for plain totals, and where there are too few
            customers to say.
    """

    metric: str
    unit: str
    value: float | None
    rest: float | None
    n: int
    n_rest: int
    period: str
    test: Outcome | None = None

    @property
    def lift(self) -> float | None:
        """value / rest: 1 means no difference."""
        return None if self.value is None or not self.rest else self.value / self.rest

    @property
    def difference(self) -> float | None:
        """value - rest, in the metric's unit."""
        return None if self.value is None or self.rest is None else self.value - self.rest

    @property
    def clear(self) -> bool:
        """Whether the difference counts: see `is_clear`."""
        return self.test is not None and is_clear(self.lift, self.test.q, self.test.effect)

    @property
    def magnitude(self) -> float:
        """The size of the effect in standard deviations; 0 where it was not tested."""
        return magnitude(self.test.effect, self.test.kind) if self.test else 0.0

    @property
    def is_total(self) -> bool:
        """Whether it adds up over customers, so that it says as much of a segment's size."""
        return self.metric in METRICS and METRICS[self.metric].adds_up

    def facts(self, segment: int, rest: str = "") -> list[Fact]:
        """Its numbers, of the segment and of the rest (subject `segment!=3` unless given)."""
        own, others = f"segment:{segment}", rest or f"segment!={segment}"
        facts = [
            Fact(subject, self.metric, self.period, value, self.unit)
            for subject, value in ((own, self.value), (others, self.rest))
            if value is not None
        ]
        tested = []
        if self.test and self.lift is not None:
            tested.append(("lift", self.lift, "ratio"))
        if self.test:
            tested.append(("effect", self.test.effect, self.test.kind))
            tested.append(("q", self.test.q, "probability"))
        facts += [Fact(own, f"{self.metric}_{n}", self.period, v, unit) for n, v, unit in tested]
        return facts


def segment_sums(base: CustomerBase) -> dict[int, dict[str, float]]:
    """Segment id → sums over its customers, which add up over segments.

    size, and where there are orders: customers (who bought), orders, revenue, net_revenue, units,
    returned, repeaters, days (since the last order), spent (net, by who bought).
    """
    ledger = open_ledger(base)
    return ledger.once(("sums", id(base.segmentation.labels)), lambda: _segment_sums(base, ledger))


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


def contrasts(
    base: CustomerBase, sums: Mapping[int, Sums], segment: int, among: Sequence[int] | None = None
) -> tuple[Contrast, ...]:
    """Every main number of a segment beside everybody else's, or that of the others of `among`."""
    kept = sums if among is None else {number: sums[number] for number in among}
    own, rest = kept[segment], rest_of(kept, segment)
    values, others = ratios(own), ratios(rest)
    tests = family_of(base, among).numbers
    found = [
        Contrast(
            name,
            unit_of(base, name),
            value,
            others.get(name),
            int(own["customers"]),
            int(rest.get("customers", 0)),
            period_of(base, name),
            tests.get((name, segment)),
        )
        for name, value in values.items()
    ]
    asked = [one for name, one in measurements(base).items() if name in ASKED]
    return (*found, *_averages(base, asked, segment, among))


def habits(
    base: CustomerBase, segment: int, among: Sequence[int] | None = None
) -> tuple[Contrast, ...]:
    """Means of the behaviour features that no metric tells, beside everybody else's."""
    known = [one for name, one in measurements(base).items() if name in HABITS]
    return tuple(_averages(base, known, segment, among))


def _averages(
    base: CustomerBase, known: Sequence[Measurement], segment: int, among: Sequence[int] | None
) -> list[Contrast]:
    labels = np.asarray(base.segmentation.labels)
    own = labels == segment
    rest = ~own if among is None else np.isin(labels, list(among)) & ~own
    tests = family_of(base, among).numbers
    return [
        Contrast(
            one.metric,
            unit_of(base, one.metric),
            one.number(own),
            one.number(rest),
            one.counted(own),
            one.counted(rest),
            period_of(base, one.metric),
            tests.get((one.metric, segment)),
        )
        for one in known
        if one.number(own) is not None
    ]
