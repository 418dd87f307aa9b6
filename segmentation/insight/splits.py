"""What a metric can be split by: segments, products, months, columns of profiles and lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from segmentation.insight.errors import NotLoaded, UnknownName
from segmentation.insight.filters import fields
from segmentation.insight.ledger import Ledger
from segmentation.insight.metrics import Metric
from segmentation.types import CustomerBase

__all__ = ["CHRONOLOGICAL", "UNKNOWN", "WEEKDAYS", "Split", "find_split", "named", "splits"]

CHRONOLOGICAL = ("month", "weekday")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Split:
    """What the rows are grouped by. `column` is where the ledger has it."""

    name: str
    column: str
    place: str
    is_date: bool = False

    @property
    def goods_only(self) -> bool:
        """Rankings of products leave out charges such as postage."""
        return self.place == "line" and self.name in ("product", "category")

    def apply(self, base: CustomerBase, ledger: Ledger, rows: Any) -> tuple[Any, Any]:
        """The rows (joined to what they are grouped by) and the column to group by."""
        if self.name == "month":
            return rows, rows["at"].truncate("M").cast("date")
        if self.name == "weekday":
            return rows, rows["at"].day_of_week.index()
        if self.name == "product":
            return rows, rows.product_no
        if self.name == "customer":
            return rows, rows.customer_no
        if self.place == "line":
            return rows, rows[self.column].truncate("M") if self.is_date else rows[self.column]
        people = ledger.labels(base.segmentation) if self.name == "segment" else ledger.people
        rows = rows.inner_join(people.select("customer_no", key=self.column), "customer_no")
        return rows, rows.key.truncate("M").cast("date") if self.is_date else rows.key


def splits(base: CustomerBase) -> tuple[str, ...]:
    """Everything a metric can be split by."""
    known = fields(base)
    own = [name for name, f in known.items() if _splittable(f.column, f.kind)]
    return tuple(
        dict.fromkeys(("segment", "product", "customer", "month", "weekday", *sorted(own)))
    )


def _splittable(column: str, kind: str) -> bool:
    if column in ("line_quantity", "line_unit_price", "line_discount"):
        return False
    return column.startswith(("profile_", "line_")) or column == "category" or kind == "segment"


def find_split(base: CustomerBase, metric: Metric, by: str | None) -> Split | None:
    if by is None:
        return None
    name = str(by).strip().lower().replace(" ", "_")
    if name in ("month", "weekday", "product", "customer"):
        return Split(name, name, "line" if name != "customer" else "person")
    known = fields(base)
    if name == "category" and name not in known:
        raise NotLoaded("categories", metric.name)
    if name not in splits(base):
        raise UnknownName("split", by, splits(base))
    found = known[name]
    if found.column.startswith("line_") and metric.source != "orders":
        here = [s for s in splits(base) if not known.get(s, found).column.startswith("line_")]
        raise UnknownName("split", by, here, where=metric.name)
    return Split(name, found.column, found.place, found.kind == "date")


def named(base: CustomerBase, ledger: Ledger, split: Split, frame: pd.DataFrame) -> pd.DataFrame:
    """Frame `key, value, n` → `group, name, value, n`: what each key stands for, in words."""
    key = frame["key"]
    group = key.astype(object)
    if split.name in ("product", "customer"):
        group, name = _numbered_names(ledger, split.name, key)
    elif split.name in ("segment", "weekday"):
        group = key.astype("Int64").astype(object)
        name = group.map(_number_names(base, split.name))
    elif split.name == "month" or split.is_date:
        group = name = key.astype("string").str[:7].astype(object)
    else:
        name = key.astype("string").astype(object)
    return pd.DataFrame(
        {
            "group": group.where(key.notna(), None),
            "name": name.where(key.notna(), UNKNOWN).fillna(UNKNOWN),
            "value": frame["value"],
            "n": frame["n"],
        }
    )


def _numbered_names(ledger: Ledger, noun: str, key: pd.Series[Any]) -> tuple[Any, Any]:
    table = ledger.products if noun == "product" else ledger.customers
    known = ledger.run(table).set_index(f"{noun}_no")
    group = key.map(known[f"{noun}_id"])
    return group, key.map(known["product"]) if noun == "product" else group


def _number_names(base: CustomerBase, noun: str) -> dict[int, str]:
    if noun == "weekday":
        return dict(enumerate(WEEKDAYS))
    return {segment.id: segment.name for segment in base.segmentation.segments}
