"""What there is: how many customers and orders, from when to when, how much, which tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from segmentation.insight.concentration import TOP_SHARES, top_shares
from segmentation.insight.filters import home
from segmentation.insight.ledger import Ledger, open_ledger
from segmentation.insight.measures import line_measures, measure
from segmentation.insight.metrics import METRICS
from segmentation.insight.query import Note, subject_of
from segmentation.insight.scope import Scope, people_in, scope
from segmentation.types import CustomerBase, Fact, period_between

__all__ = ["Description", "describe"]


@dataclass(frozen=True)
class Description:
    """What there is, among what the filters leave.

    Args:
        customers: with a purchase in scope.
        known: customers of the base in scope (a purchase, an event or a review).
        registered: profiles in scope, or None where there are no profiles or lines are filtered.
        numbers: name → value for the shop's main numbers; None where undefined.
        tables: canonical table → rows, whole.
        notes, facts: as in an Answer.
    """

    subject: str
    first: date
    last: date
    customers: int
    known: int
    registered: int | None
    numbers: Mapping[str, float | None]
    tables: Mapping[str, int]
    facts: tuple[Fact, ...]
    notes: tuple[Note, ...]
    currency: str


NUMBERS: dict[str, str] = {
    "customers": "customers",
    "orders": "orders",
    "revenue": "money",
    "net_revenue": "money",
    "average_order_value": "money",
    "orders_per_customer": "orders",
    "repeat_rate": "share",
    "return_rate": "share",
    **dict.fromkeys(TOP_SHARES, "share"),
    "products": "products",
    "countries": "countries",
}


def describe(base: CustomerBase, filters: Sequence[Any] = ()) -> Description:
    """How many customers and orders, from when to when, how much, and what data there is."""
    ledger = open_ledger(base)
    with ledger.lock:
        source = home(ledger)
        whole = scope(base, source, filters)
        people = people_in(base, filters)
        known = int(ledger.run(people.aggregate(n=people.count()))["n"].iloc[0])
        numbers = _main_numbers(base, ledger, whole) if source == "orders" else {}
        registered = _registered(ledger, whole)
    bought = int(numbers.get("customers") or 0)
    first, last = numbers.pop("first", None) or whole.first, numbers.pop("last", None) or whole.last
    subject = subject_of(whole.filters)
    period = period_between(first, last)
    facts = [
        Fact(subject, name, period, value, base.currency if unit == "money" else unit)
        for name, unit in NUMBERS.items()
        if (value := numbers.get(name)) is not None
    ]
    facts += [
        Fact(subject, "first_order", period, first.isoformat(), "date"),
        Fact(subject, "last_order", period, last.isoformat(), "date"),
        Fact(subject, "known_customers", base.as_of.date().isoformat(), known, "customers"),
    ]
    facts += [Fact("all", f"{t}_rows", whole.period, n, "rows") for t, n in ledger.rows.items()]
    if registered is not None:
        facts.append(
            Fact(subject, "registered", base.as_of.date().isoformat(), registered, "customers")
        )
    notes = [Note("definition", {"metric": "revenue"})] if source == "orders" else []
    if not known:
        notes.append(Note("nothing_in_scope"))
    return Description(
        subject, first, last, bought, known, registered, numbers, dict(ledger.rows), tuple(facts),
        tuple(notes), base.currency,
    )  # fmt: skip


def _main_numbers(base: CustomerBase, ledger: Ledger, whole: Scope) -> dict[str, Any]:
    rows = whole.rows
    country = {}
    if "profile_country" in ledger.people.columns:
        rows = rows.left_join(ledger.people.select("customer_no", "profile_country"), "customer_no")
        country = {"countries": rows.profile_country.nunique(where=rows.sale)}
    elif "line_country" in rows.columns:
        country = {"countries": rows.line_country.nunique(where=rows.sale)}
    goods = rows.sale & ~rows.is_charge
    table = rows.aggregate(
        **line_measures(rows),
        **country,
        products=rows.product_no.nunique(where=goods),
        first=rows["at"].min(where=rows.sale),
        last=rows["at"].max(where=rows.sale),
    )
    row = ledger.run(table).iloc[0].to_dict()
    found: dict[str, Any] = {
        name: None if pd.isna(row[name]) else row[name] for name in row if name in NUMBERS
    }
    for count in ("customers", "orders", "products", "countries"):
        if found.get(count) is not None:
            found[count] = int(found[count])
    for name in ("average_order_value", "orders_per_customer", "return_rate"):
        top, bottom = (row[part] for part in METRICS[name].parts)
        found[name] = float(top) / float(bottom) if bottom else None
    found["repeat_rate"] = _scalar(measure(ledger, METRICS["repeat_rate"], rows, None))
    found |= top_shares(_spent(ledger, rows))
    for end in ("first", "last"):
        found[end] = None if pd.isna(row[end]) else row[end].date()
    return found


def _spent(ledger: Ledger, rows: Any) -> NDArray[np.float64]:
    """Revenue of each customer with a purchase."""
    bought = rows.filter(rows.sale).group_by("customer_no")
    spent = ledger.run(bought.aggregate(revenue=rows.revenue.sum().cast("float64")))["revenue"]
    return spent.fillna(0).to_numpy(dtype=float)


def _scalar(frame: pd.DataFrame) -> float | None:
    value = float(frame["value"].iloc[0])
    return None if np.isnan(value) else value


def _registered(ledger: Ledger, whole: Scope) -> int | None:
    if not ledger.has("customers") or whole.filters:
        return None
    return ledger.rows["customers"]
