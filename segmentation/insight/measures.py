"""How each kind of metric is computed from the ledger, for everyone in scope or for each group."""

from __future__ import annotations

from typing import Any

import pandas as pd

from segmentation.insight.ledger import Ledger
from segmentation.insight.metrics import Metric

__all__ = ["line_measures", "measure"]


def measure(ledger: Ledger, metric: Metric, rows: Any, key: Any) -> pd.DataFrame:
    """Frame `key, value, n`: one row per group, or one row without a key."""
    compute = {"repeat": _repeat, "state": _state, "rating": _rating, "conversion": _conversion}
    table = compute.get(metric.method, _sums)(ledger, metric, rows, key)
    frame = ledger.run(table)
    frame["n"] = frame["n"].fillna(0).astype(int)
    frame["value"] = frame["value"].astype(float)
    return frame


def _group(rows: Any, key: Any, **measures: Any) -> Any:
    return (
        rows.aggregate(**measures) if key is None else rows.group_by(key=key).aggregate(**measures)
    )


def line_measures(rows: Any) -> dict[str, Any]:
    return {
        "customers": rows.customer_no.nunique(where=rows.sale),
        "orders": rows.order_no.nunique(where=rows.sale),
        "revenue": rows.revenue.sum().cast("float64"),
        "net_revenue": rows.net_revenue.sum().cast("float64"),
        "units": rows.units.sum(),
        "returned": rows.returned.sum(),
    }


def _sums(ledger: Ledger, metric: Metric, rows: Any, key: Any) -> Any:
    available = line_measures(rows)
    wanted = {name: available[name] for name in (*metric.parts, metric.counted)}
    table = _group(rows, key, **wanted)
    value = table[metric.parts[0]]
    if metric.method == "ratio":
        value = value / table[metric.parts[1]].nullif(0)
    kept = {} if key is None else {"key": table.key}
    found = table.select(**kept, value=value, n=table[metric.counted])
    if metric.name == "net_revenue" or metric.name == "return_rate":
        return found
    return found if key is None else found.filter(found.n > 0)


def _per_customer(rows: Any, key: Any) -> Any:
    """One row per group and customer with a purchase: key?, customer_no, orders."""
    bought = rows.filter(rows.sale)
    keys: dict[str, Any] = {"customer_no": rows.customer_no}
    if key is not None:
        keys["key"] = key
    return bought.group_by(**keys).aggregate(orders=rows.order_no.nunique())


def _repeat(ledger: Ledger, metric: Metric, rows: Any, key: Any) -> Any:
    one = _per_customer(rows, key)
    again = (one.orders > 1).cast("float64").mean()
    return _group(one, None if key is None else one.key, value=again, n=one.count())


def _state(ledger: Ledger, metric: Metric, rows: Any, key: Any) -> Any:
    one = _per_customer(rows, key)
    column = f"metric_{metric.parts[0]}"
    state = ledger.holder(column).select("customer_no", state=column)
    one = one.inner_join(state, "customer_no")
    key = None if key is None else one.key
    return _group(one, key, value=one.state.mean(), n=one.state.count())


def _rating(ledger: Ledger, metric: Metric, rows: Any, key: Any) -> Any:
    table = _group(rows, key, value=rows.rating.mean(), n=rows.rating.count())
    return table.filter(table.n > 0) if key is not None else table


def _conversion(ledger: Ledger, metric: Metric, rows: Any, key: Any) -> Any:
    keys: dict[str, Any] = {"session": rows.session}
    if key is not None:
        keys["key"] = key
    sessions = rows.group_by(**keys).aggregate(bought=rows.purchase.max())
    bought = sessions.bought.cast("float64").mean()
    return _group(sessions, None if key is None else sessions.key, value=bought, n=sessions.count())
