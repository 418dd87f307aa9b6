"""What each customer is expected to do and to be worth in the next twelve months.

How that is found, and where it is not, is in fit.py; groups are in groups.py. It is
found once per snapshot: in the build, which keeps it in the folder `value`, or at the first need
where an old snapshot has none.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from segmentation.insight.errors import NoForecast
from segmentation.insight.ledger import Ledger, open_ledger
from segmentation.insight.metrics import FORECASTS
from segmentation.insight.notes import Note
from segmentation.insight.value.fit import DAYS, Valuation, valued
from segmentation.types import CustomerBase

__all__ = [
    "DAYS",
    "Valuation",
    "buying_days",
    "demand_forecast",
    "forecast_days",
    "forecast_table",
    "load_valuation",
    "save_valuation",
    "valuation",
]

CUSTOMERS_FILE, REPORT_FILE = "customers.parquet", "report.json"


def valuation(base: CustomerBase) -> Valuation:
    """What is expected of the customers of `base`: from its snapshot, or else found once."""
    return _value_of(open_ledger(base))


def _value_of(ledger: Ledger) -> Valuation:
    def find() -> Valuation:
        if ledger.kept_value is not None:
            return load_valuation(ledger.kept_value)
        return valued(buying_days(ledger), ledger.everyone, _first_day(ledger.as_of))

    return ledger.once(("valuation", None), find)


def forecast_table(ledger: Ledger) -> pd.DataFrame:
    """`customer_id` and the forecasts as the ledger has metrics: `metric_expected_value`, ..."""
    table = _value_of(ledger).table[list(FORECASTS)].add_prefix("metric_")
    return table.rename_axis("customer_id").reset_index()


def demand_forecast(base: CustomerBase, metric: str) -> Valuation:
    """The valuation, where it has this forecast. Raises NoForecast with the reason."""
    found = valuation(base)
    if not found.table[metric].notna().any():
        note = found.notes[0]
        raise NoForecast(metric, note.key, note.values)
    return found


def forecast_days(base: CustomerBase) -> tuple[date, date]:
    """First and last day that a forecast speaks of."""
    first = _first_day(base.as_of)
    return first, first + timedelta(days=DAYS - 1)


def _first_day(as_of: datetime) -> date:
    """The day after the last one that was seen, be it in part."""
    return (as_of - timedelta(microseconds=1)).date() + timedelta(days=1)


def buying_days(ledger: Ledger) -> pd.DataFrame:
    """`customer_id, day, net, bought`: a row per customer and day with an order line."""
    if not ledger.has("orders"):
        return pd.DataFrame(
            {"customer_id": [], "day": pd.to_datetime([]), "net": [], "bought": np.array([], bool)}
        )
    lines = ledger.lines
    daily = lines.group_by("customer_no", day=lines["at"].truncate("D")).aggregate(
        net=lines.net_revenue.sum().cast("float64"), bought=lines.sale.any()
    )
    named = daily.inner_join(ledger.customers, "customer_no")
    return ledger.run(named.select("customer_id", "day", "net", "bought"))


# --- in a snapshot -----------------------------------------------------------------------------


def save_valuation(found: Valuation, folder: Path) -> None:
    """Write a valuation into the new `folder`."""
    folder.mkdir()
    table = found.table.rename_axis("customer_id").reset_index()
    table.to_parquet(folder / CUSTOMERS_FILE, index=False)
    report = {
        "method": found.method,
        "days": found.days,
        "notes": [{"key": note.key, "values": dict(note.values)} for note in found.notes],
        "parameters": dict(found.parameters),
        "departures": dict(found.departures),
    }
    text = json.dumps(report, ensure_ascii=False, indent=1)
    (folder / REPORT_FILE).write_text(text, encoding="utf-8")


def load_valuation(folder: Path) -> Valuation:
    """Read back what `save_valuation` wrote."""
    report: dict[str, Any] = json.loads((folder / REPORT_FILE).read_text(encoding="utf-8"))
    notes: Sequence[dict[str, Any]] = report.pop("notes")
    table = pd.read_parquet(folder / CUSTOMERS_FILE).set_index("customer_id")
    return Valuation(table, notes=tuple(Note(**note) for note in notes), **report)
