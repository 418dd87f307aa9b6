"""How often each thing is bought, by segment: products, categories, countries, times of the week.

Counted in the database; customers are counted once per thing (for times: once per order).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ibis
import pandas as pd

from segmentation.insight.evidence.significance import Array, Moments
from segmentation.insight.ledger import Ledger, open_ledger
from segmentation.types import CustomerBase
from segmentation.views.features import DAYPARTS

__all__ = ["OF_ORDERS", "Counts", "count_things"]

OF_ORDERS = ("weekday", "daypart")
GOODS = ("product", "category")
SUMS = ("y", "yy", "xy")


@dataclass(frozen=True)
class Counts:
    """How often each thing of a kind goes with each segment.

    Args:
        kind: `product`, `category`, `country`, `weekday`, `daypart`, `word`, `searched` or
            `reviewed`.
        keys: product_no, or the thing itself.
        own: segment id → sums over its customers with anything of the kind: y how often they have
            the thing (once at most; for times: orders; for words: texts with it), x the sum of y
            over all things of the kind.
        people: segment id → (things,) its customers with the thing.
    """

    kind: str
    keys: tuple[Any, ...]
    own: dict[int, Moments]
    people: dict[int, Array]

    def others(self, segment: int, among: Sequence[int] | None = None) -> Moments | None:
        """Sums over all other segments, or over those of `among`; None without any."""
        rest = [m for number, m in self.own.items() if number != segment and _in(number, among)]
        if not rest:
            return None
        found, *more = rest
        for one in more:
            found = found + one
        return found

    @property
    def totals(self) -> pd.Series[float]:
        """How often everyone has each thing."""
        return pd.Series(sum(one.y for one in self.own.values()), index=list(self.keys))


def _in(number: int, among: Sequence[int] | None) -> bool:
    return among is None or number in among


def count_things(base: CustomerBase, kind: str) -> Counts | None:
    """Counts of products, categories, countries, weekdays or parts of the day; charges left out.

    None where the data cannot say. Found once.
    """
    ledger = open_ledger(base)
    if not ledger.has("orders"):
        return None
    return ledger.once(
        ("counts", kind, id(base.segmentation.labels)), lambda: _count(base, ledger, kind)
    )


def _count(base: CustomerBase, ledger: Ledger, kind: str) -> Counts | None:
    lines = ledger.lines.filter(ledger.lines.sale)
    if kind in GOODS:
        lines = lines.filter(~lines.is_charge)
    if kind == "country" and "profile_country" in ledger.people.columns:
        lines = lines.inner_join(
            ledger.people.select("customer_no", "profile_country"), "customer_no"
        )
    column = _column(ledger, lines, kind)
    if column is None:
        return None
    counted = "order_no" if kind in OF_ORDERS else "customer_no"
    pairs = lines.select(counted=lines[counted], customer_no=lines.customer_no, key=column)
    pairs = pairs.filter(pairs.key.notnull()).distinct()
    each = pairs.group_by("customer_no", "key").aggregate(y=pairs.count().cast("float64"))
    whole = each.group_by("customer_no").aggregate(x=each.y.sum())
    labels = ledger.labels(base.segmentation)
    return _summed(kind, ledger, each.inner_join(whole, "customer_no"), whole, labels)


def _summed(kind: str, ledger: Ledger, each: Any, whole: Any, labels: Any) -> Counts:
    """Rows of customers (key, y, x; and x alone) → sums by segment."""
    each, whole = each.inner_join(labels, "customer_no"), whole.inner_join(labels, "customer_no")
    things = ledger.run(
        each.group_by("key", "segment").aggregate(
            y=each.y.sum(),
            yy=(each.y * each.y).sum(),
            xy=(each.x * each.y).sum(),
            people=each.count().cast("float64"),
        )
    )
    sizes = ledger.run(
        whole.group_by("segment").aggregate(
            n=whole.count().cast("float64"), x=whole.x.sum(), xx=(whole.x * whole.x).sum()
        )
    )
    keys = tuple(sorted(things["key"].unique().tolist()))
    own, people = {}, {}
    for row in sizes.sort_values("segment").to_dict("records"):
        mine = things[things["segment"] == row["segment"]].set_index("key")
        mine = mine.reindex(list(keys), fill_value=0.0)
        number, columns = int(row["segment"]), [mine[name].to_numpy(float) for name in SUMS]
        own[number] = Moments(row["n"], row["x"], row["xx"], *columns)
        people[number] = mine["people"].to_numpy(float)
    return Counts(kind, keys, own, people)


def _column(ledger: Ledger, lines: Any, kind: str) -> Any | None:
    if kind == "product":
        return lines.product_no
    if kind == "category":
        return lines.category
    if kind == "country":
        known = [name for name in ("profile_country", "line_country") if name in lines.columns]
        return lines[known[0]] if known else None
    if kind == "weekday":
        return lines["at"].day_of_week.index()
    hour = lines["at"].hour()
    parts = ((hour < end, part) for part, (_, end) in DAYPARTS.items())
    return ibis.cases(*parts) if ledger.has_clock else None
