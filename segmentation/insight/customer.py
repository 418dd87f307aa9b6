"""One customer: their numbers, what they buy, their segment and why they are in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from segmentation.insight.evidence.contrasts import ratios, segment_sums
from segmentation.insight.evidence.leanings import leanings
from segmentation.insight.evidence.measurements import unit_of
from segmentation.insight.ledger import Ledger, open_ledger
from segmentation.insight.metrics import FORECASTS, METRICS
from segmentation.insight.similar.lookalikes import find_customer
from segmentation.insight.similar.shared import customer_numbers
from segmentation.insight.value.valuation import forecast_days, valuation
from segmentation.types import CustomerBase, Fact, Segment

__all__ = ["Bought", "Customer", "Sign", "customer_profile", "last_orders"]

SHOWN = (
    "orders",
    "revenue",
    "lifetime_value",
    "average_order_value",
    "items_per_order",
    "days_since_last_order",
    "return_rate",
    "average_rating",
    "conversion_rate",
)
SIGNS = {
    "orders": "orders_per_customer",
    "lifetime_value": "lifetime_value",
    "average_order_value": "average_order_value",
    "days_since_last_order": "days_since_last_order",
}
"""A customer's number → the segment's number it is held against."""

FAR = 1.25
"""A segment's number says something when it is this many times everybody's, or 1 in so many."""

LIKED = 100
"""How many of the products that a segment leans to are looked for among a customer's."""


@dataclass(frozen=True)
class Bought:
    """A product the customer bought: units, and what they paid."""

    product_id: str
    name: str
    units: float
    revenue: float


@dataclass(frozen=True)
class Sign:
    """A number that speaks for the customer's segment: theirs, the segment's and everybody's."""

    metric: str
    value: float
    segment: float
    everyone: float


@dataclass(frozen=True)
class Customer:
    """What is known of one customer.

    Args:
        confidence: how clearly they belong to their segment, 0 to 1.
        numbers: metric → value over their whole history; None where undefined.
        expected: forecast → value, those there are; for the days of value.forecast_days.
        first, last: days of their first and last purchase.
        rank, out_of: place by revenue among the customers who bought.
        products: what they spent most on.
        profile: the attributes of their profile, and the country of their orders.
        signs: why they are in their segment, the strongest first.
        tastes: products they bought that their segment leans to.
    """

    customer_id: str
    segment: Segment
    confidence: float
    numbers: Mapping[str, float | None]
    expected: Mapping[str, float]
    first: date | None
    last: date | None
    rank: int | None
    out_of: int
    products: tuple[Bought, ...]
    profile: Mapping[str, Any]
    signs: tuple[Sign, ...]
    tastes: tuple[str, ...]
    facts: tuple[Fact, ...]


def customer_profile(base: CustomerBase, customer_id: Any, *, products: int = 5) -> Customer:
    """What is known of one customer. Raises UnknownName with the nearest ids."""
    row = find_customer(base, customer_id)
    name, label = str(base.customers[row]), int(base.segmentation.labels[row])
    segment = next(s for s in base.segmentation.segments if s.id == label)
    ledger = open_ledger(base)
    with ledger.lock:
        numbers, expected = _numbers(base, row), _expected(base, row)
        bought = _bought(ledger, name)
        rank, out_of = _rank(ledger, numbers.get("revenue"))
        signs = _signs(base, label, numbers)
        return Customer(
            customer_id=name,
            segment=segment,
            confidence=float(base.segmentation.confidence[row]),
            numbers=numbers,
            expected=expected,
            first=_day(bought["first"].min()) if len(bought) else None,
            last=_day(bought["last"].max()) if len(bought) else None,
            rank=rank,
            out_of=out_of,
            products=_top(bought, products),
            profile=_profile(ledger, name),
            signs=signs,
            tastes=_tastes(base, label, bought),
            facts=(
                *_facts(base, name, numbers, signs, segment, rank),
                *_forecasts(base, name, expected),
            ),
        )


def last_orders(base: CustomerBase) -> pd.Series[Any]:
    """Customer id → the day of their last purchase; who never bought is not there."""
    ledger = open_ledger(base)
    if not ledger.has("orders"):
        return pd.Series(dtype=object)
    with ledger.lock:
        lines = ledger.lines.filter(ledger.lines.sale & ledger.lines["at"].notnull())
        last = lines.group_by("customer_no").aggregate(last=lines["at"].max().date())
        found = ledger.run(last.inner_join(ledger.customers, "customer_no"))
    days = pd.to_datetime(found["last"]).dt.date
    return pd.Series(days.to_numpy(), index=found["customer_id"].astype(str))


def _numbers(base: CustomerBase, row: int) -> dict[str, float | None]:
    found = customer_numbers(base, [row]).iloc[0]
    return {
        name: None if pd.isna(found[name]) else float(found[name])
        for name in SHOWN
        if name in found.index
    }


def _expected(base: CustomerBase, row: int) -> dict[str, float]:
    found = valuation(base).table[list(FORECASTS)].iloc[row].dropna()
    return {str(name): float(value) for name, value in found.items()}


def _forecasts(base: CustomerBase, name: str, expected: Mapping[str, float]) -> Iterable[Fact]:
    period = "/".join(day.isoformat() for day in forecast_days(base))
    for metric, value in expected.items():
        yield Fact(f"customer:{name}", metric, period, value, unit_of(base, metric))


def _bought(ledger: Ledger, customer_id: str) -> pd.DataFrame:
    """One row per product the customer bought: product_no, ids, units, revenue, first, last."""
    if not ledger.has("orders"):
        return pd.DataFrame({"first": [], "last": []})
    customers = ledger.customers
    lines = ledger.lines.filter(ledger.lines.sale)
    lines = lines.inner_join(customers.filter(customers.customer_id == customer_id), "customer_no")
    sums = lines.group_by("product_no", "is_charge").aggregate(
        units=lines.units.sum(),
        revenue=lines.revenue.sum().cast("float64"),
        first=lines["at"].min(),
        last=lines["at"].max(),
    )
    frame = ledger.run(sums.left_join(ledger.products, "product_no"))
    return frame.sort_values(["revenue", "product_id"], ascending=[False, True])


def _top(bought: pd.DataFrame, n: int) -> tuple[Bought, ...]:
    if not len(bought):
        return ()
    goods = bought[~bought["is_charge"]].head(n)
    return tuple(
        Bought(str(r["product_id"]), str(r["product"]), float(r["units"]), float(r["revenue"]))
        for r in goods.to_dict("records")
    )


def _rank(ledger: Ledger, revenue: float | None) -> tuple[int | None, int]:
    if not ledger.has("orders"):
        return None, 0
    spent = ledger.numbers["revenue"]
    out_of = int((spent > 0).sum())
    return (int((spent > revenue).sum()) + 1 if revenue else None), out_of


def _profile(ledger: Ledger, customer_id: str) -> dict[str, Any]:
    people = ledger.people
    row = ledger.run(people.filter(people.customer_id == customer_id)).iloc[0]
    known = {
        name.removeprefix("profile_"): row[name]
        for name in people.columns
        if name.startswith("profile_") and not pd.isna(row[name])
    }
    if "country" not in known and "country" in ledger.line_attributes:
        lines = ledger.lines.filter(ledger.lines.customer_no == int(row["customer_no"]))
        counts = lines.group_by(country=lines.line_country).aggregate(n=lines.count())
        best = ledger.run(counts.order_by([counts.n.desc(), counts.country]).limit(1))
        known["country"] = next(iter(best["country"]), None)
    return known


def _signs(
    base: CustomerBase, segment: int, numbers: Mapping[str, float | None]
) -> tuple[Sign, ...]:
    """Numbers in which the segment differs from everybody, and the customer differs alike."""
    sums = segment_sums(base)
    own = ratios(sums[segment])
    everyone = ratios({name: sum(row[name] for row in sums.values()) for name in sums[segment]})
    found = []
    for mine, metric in SIGNS.items():
        value, typical, usual = numbers.get(mine), own.get(metric), everyone.get(metric)
        if value is None or not typical or not usual:
            continue
        pull = np.log(typical / usual)
        agrees = np.sign(pull) == np.sign(value - usual)
        if abs(pull) >= np.log(FAR) and agrees:
            found.append((abs(pull), Sign(metric, value, typical, usual)))
    return tuple(sign for _, sign in sorted(found, key=lambda one: (-one[0], one[1].metric)))


def _tastes(base: CustomerBase, segment: int, bought: pd.DataFrame, n: int = 3) -> tuple[str, ...]:
    """Names of the products they bought that their segment leans to, the strongest first."""
    if not len(bought):
        return ()
    mine = dict(zip(bought["product_id"].astype(str), bought["product"], strict=True))
    liked = (one.key for one in leanings(base, "product", segment, LIKED))
    return tuple(str(mine[key]) for key in liked if key in mine)[:n]


def _facts(
    base: CustomerBase,
    name: str,
    numbers: Mapping[str, float | None],
    signs: tuple[Sign, ...],
    segment: Segment,
    rank: int | None,
) -> tuple[Fact, ...]:
    period, today = open_ledger(base).period("orders"), base.as_of.date().isoformat()

    def fact(subject: str, metric: str, value: float) -> Fact:
        when = today if METRICS[metric].is_state else period
        return Fact(subject, metric, when, value, unit_of(base, metric))

    facts = [fact(f"customer:{name}", m, v) for m, v in numbers.items() if v is not None]
    facts.append(Fact(f"customer:{name}", "segment", today, segment.id, "segment"))
    if rank:
        facts.append(Fact(f"customer:{name}", "revenue_rank", period, rank, "rank"))
    for sign in signs:
        facts.append(fact(f"segment:{segment.id}", sign.metric, sign.segment))
        facts.append(fact("all", sign.metric, sign.everyone))
    return tuple(facts)


def _day(moment: Any) -> date | None:
    return None if pd.isna(moment) else pd.Timestamp(moment).date()
