"""What customers did, order by order and visit by visit, and what it comes to in a window of days.

Which rows count as an order is the ledger's; nothing is estimated here.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from segmentation.insight.ledger import Ledger, open_ledger
from segmentation.types import CustomerBase

__all__ = ["OUTCOMES", "happenings", "outcomes"]

OUTCOMES = ("bought", "orders", "revenue", "net_revenue", "average_order_value", "items_per_order")
"""What one customer did in one window; the last two only of who bought, else NaN."""


def happenings(base: CustomerBase) -> pd.DataFrame:
    """Everything customers did, one row per order or visit, in order of time: `customer_id`, `at`,
    `kind` (`order`, `return`, `visit`), `bought` (0 or 1 order), `revenue`, `net_revenue`, `units`.

    Where there are no orders a visit with a purchase is one that bought; money is NaN then. Empty
    where there is neither. Read once.
    """
    ledger = open_ledger(base)
    return ledger.once(("happenings",), lambda: _happenings(ledger))


def _happenings(ledger: Ledger) -> pd.DataFrame:
    parts = [_orders(ledger)] if ledger.has("orders") else []
    parts += [_visits(ledger)] if ledger.has("events") else []
    columns = ["customer_id", "at", "kind", "bought", "revenue", "net_revenue", "units"]
    if not parts:
        return pd.DataFrame(columns=columns)
    whole = pd.concat(parts, ignore_index=True)[columns]
    return whole.sort_values(["at", "customer_id", "kind"], kind="stable", ignore_index=True)


def _orders(ledger: Ledger) -> pd.DataFrame:
    lines = ledger.lines
    orders = lines.group_by("customer_no", "order_no").aggregate(
        at=lines["at"].min(),
        bought=lines.sale.max().cast("float64"),
        revenue=lines.revenue.sum().cast("float64"),
        net_revenue=lines.net_revenue.sum().cast("float64"),
        units=lines.units.sum(),
    )
    frame = ledger.run(orders.inner_join(ledger.customers, "customer_no"))
    return frame.assign(kind=np.where(frame["bought"] > 0, "order", "return"))


def _visits(ledger: Ledger) -> pd.DataFrame:
    visits = ledger.visits
    sessions = visits.group_by("customer_no", "session").aggregate(
        at=visits["at"].min(), bought=visits.purchase.max().cast("float64")
    )
    frame = ledger.run(sessions.inner_join(ledger.customers, "customer_no"))
    bought = 0.0 if ledger.has("orders") else frame["bought"]
    none = dict.fromkeys(("revenue", "net_revenue", "units"), np.nan)
    return frame.assign(kind="visit", bought=bought, **none)


def outcomes(
    history: pd.DataFrame, customers: pd.Index[Any], since: datetime, until: datetime
) -> pd.DataFrame:
    """What each of `customers` did from `since` on, before `until`: OUTCOMES, indexed by id."""
    inside = history[(history["at"] >= since) & (history["at"] < until)]
    sums = inside.groupby("customer_id")[["bought", "revenue", "net_revenue", "units"]].sum()
    sums = sums.reindex(customers, fill_value=0.0).astype(float)
    if history["revenue"].isna().all():
        sums[["revenue", "net_revenue", "units"]] = np.nan
    orders = sums["bought"]
    some = orders.where(orders > 0)
    return pd.DataFrame(
        {
            "bought": (orders > 0).astype(float),
            "orders": orders,
            "revenue": sums["revenue"],
            "net_revenue": sums["net_revenue"],
            "average_order_value": sums["revenue"] / some,
            "items_per_order": sums["units"] / some,
        }
    )
