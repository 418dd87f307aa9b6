"""What a segment has more of than everybody else: products, categories, countries, times.

A leaning is a share set against the rest's share of the same thing, so that a segment which buys
more of everything does not lean to everything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ibis
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from segmentation.insight.ledger import Ledger, open_ledger
from segmentation.insight.splits import WEEKDAYS
from segmentation.types import CustomerBase, Fact
from segmentation.views.features import DAYPARTS

__all__ = ["Leaning", "leanings", "lifts", "main_country", "mix"]

CONFIDENCE = 1.96
"""Leanings are ranked by the lower end of this many standard errors of log lift: 95 %."""

FEWEST = 3
REACHES = (0.05, 0.02, 0.0)
"""At least FEWEST customers and this share of the segment; the first that leaves any is taken."""

OF_ORDERS = ("weekday", "daypart")
GOODS = ("product", "category")
Counts = NDArray[np.float64]


@dataclass(frozen=True)
class Leaning:
    """One thing a segment leans to.

    Args:
        kind: `product`, `category`, `country`, `weekday` or `daypart`.
        key, name: a product_id and its name; the same twice for the rest.
        share, rest: its share of all that the segment, and everybody else, bought (distinct pairs
            of customer and thing; for times: orders).
        lift: share / rest.
        n: the segment's customers (for times: orders) behind it.
        reach: n as a share of the segment's customers (for times: orders).
    """

    kind: str
    key: str
    name: str
    share: float
    rest: float
    lift: float
    n: int
    reach: float

    def facts(self, segment: int, period: str) -> list[Fact]:
        """Its numbers, of the segment and of the rest."""
        own = f"{self.kind}:{self.key}&segment:{segment}"
        rest = f"{self.kind}:{self.key}&segment!={segment}"
        counted = "orders" if self.kind in OF_ORDERS else "customers"
        return [
            Fact(own, "share", period, self.share, "share"),
            Fact(rest, "share", period, self.rest, "share"),
            Fact(own, "lift", period, self.lift, "ratio"),
            Fact(own, counted, period, self.n, counted),
            Fact(own, "reach", period, self.reach, "share"),
        ]


def leanings(base: CustomerBase, kind: str, segment: int, n: int) -> tuple[Leaning, ...]:
    """What a segment leans to most, strongest first; empty where the data cannot say."""
    counts = mix(base, kind)
    if counts is None or segment not in counts.columns:
        return ()
    own, rest = _own_and_rest(counts, segment)
    if not own.sum() or not rest.sum():
        return ()
    _, floor = lifts(own, rest)
    size = own.sum() if kind in OF_ORDERS else _buyers(base, segment)
    clear = (own >= FEWEST) & (floor > 1)
    for reach in REACHES:
        wanted = np.flatnonzero(clear & (own >= reach * size))
        if len(wanted):
            break
    ranked = sorted(wanted.tolist(), key=lambda row: (-floor[row], row))[:n]
    return _told(base, kind, counts, own, rest, size, ranked)


def main_country(base: CustomerBase, segment: int) -> Leaning | None:
    """The country most customers of a segment buy from, whether or not others do too."""
    counts = mix(base, "country")
    if counts is None or segment not in counts.columns or not counts[segment].sum():
        return None
    own, rest = _own_and_rest(counts, segment)
    return _told(base, "country", counts, own, rest, _buyers(base, segment), [int(own.argmax())])[0]


def _own_and_rest(counts: pd.DataFrame, segment: int) -> tuple[Counts, Counts]:
    own = counts[segment].to_numpy(dtype=float)
    return own, counts.to_numpy(dtype=float).sum(axis=1) - own


def _told(
    base: CustomerBase,
    kind: str,
    counts: pd.DataFrame,
    own: Counts,
    rest: Counts,
    size: float,
    rows: Sequence[int],
) -> tuple[Leaning, ...]:
    lift, _ = lifts(own, rest)
    keys = counts.index.to_list()
    names = _names(open_ledger(base), kind, [keys[row] for row in rows])
    return tuple(
        Leaning(
            kind=kind,
            key=key,
            name=name,
            share=float(own[row] / own.sum()),
            rest=float(rest[row] / max(rest.sum(), 1)),
            lift=float(lift[row]),
            n=int(own[row]),
            reach=float(own[row] / max(size, 1)),
        )
        for row, (key, name) in zip(rows, names, strict=True)
    )


def lifts(own: Counts, rest: Counts) -> tuple[Counts, Counts]:
    """Lift of each share against the rest's, and the lower end of its 95 % interval.

    The interval is Katz's for a ratio of proportions: log lift ± 1.96 sqrt(1/a - 1/A + 1/b - 1/B),
    with half an observation added, so that the lift of what the rest never bought is finite.
    """
    a, b = own + 0.5, rest + 0.5
    all_a, all_b = own.sum() + 0.5, rest.sum() + 0.5
    error = np.sqrt(np.maximum(1 / a - 1 / all_a + 1 / b - 1 / all_b, 0))
    smoothed = np.log(a / all_a) - np.log(b / all_b)
    plain = (own / max(own.sum(), 1)) / np.where(rest > 0, rest / max(rest.sum(), 1), 1)
    return np.where(rest > 0, plain, np.exp(smoothed)), np.exp(smoothed - CONFIDENCE * error)


def mix(base: CustomerBase, kind: str) -> pd.DataFrame | None:
    """Distinct customers (for times: orders) per thing and segment, charges left out.

    Rows are product_no, category, country, weekday or part of the day; columns segment ids. None
    where the data cannot say.
    """
    ledger = open_ledger(base)
    if not ledger.has("orders"):
        return None
    key = ("mix", kind, id(base.segmentation.labels))
    with ledger.lock:
        if key not in ledger.notebook:
            ledger.notebook[key] = _count_mix(base, ledger, kind)
        found: pd.DataFrame | None = ledger.notebook[key]
    return found


def _buyers(base: CustomerBase, segment: int) -> float:
    """Customers of the segment with a purchase."""
    ledger = open_ledger(base)
    key = ("buyers", id(base.segmentation.labels))
    with ledger.lock:
        if key not in ledger.notebook:
            people = ledger.people.filter(ledger.people.metric_orders > 0)
            people = people.inner_join(ledger.labels(base.segmentation), "customer_no")
            counts = ledger.run(people.group_by("segment").aggregate(n=people.count()))
            ledger.notebook[key] = dict(zip(counts["segment"], counts["n"], strict=True))
        return float(ledger.notebook[key].get(segment, 0))


def _count_mix(base: CustomerBase, ledger: Ledger, kind: str) -> pd.DataFrame | None:
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
    pairs = pairs.inner_join(ledger.labels(base.segmentation), "customer_no")
    frame = ledger.run(pairs.group_by("key", "segment").aggregate(n=pairs.count()))
    return frame.pivot(index="key", columns="segment", values="n").fillna(0).sort_index()


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


def _names(ledger: Ledger, kind: str, keys: Sequence[Any]) -> list[tuple[str, str]]:
    if kind == "product":
        table = ledger.products.filter(ledger.products.product_no.isin([int(key) for key in keys]))
        known = ledger.run(table).set_index("product_no") if keys else pd.DataFrame()
        return [(str(known["product_id"][k]), str(known["product"][k])) for k in keys]
    if kind == "weekday":
        return [(WEEKDAYS[int(key)], WEEKDAYS[int(key)]) for key in keys]
    return [(str(key), str(key)) for key in keys]
