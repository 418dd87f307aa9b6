"""Stock beside expected demand: how long it lasts, what may run out, what to order, what is idle.

Demand is a distribution (spread.py): the risk of running out is its share beyond the stock.
Stock is as the products table has it; what is on its way is not known.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from segmentation.insight.demand.spread import Spread
from segmentation.insight.evidence.counts import Counts
from segmentation.insight.evidence.family import counts_of
from segmentation.insight.evidence.leanings import lifts
from segmentation.insight.ledger import Ledger, open_ledger
from segmentation.types import CustomerBase

__all__ = ["RISKY", "SAFE", "Idle", "idle_limit", "idle_stock", "known_stock", "with_stock"]

SAFE = 0.9
"""What is ordered makes the stock last with this probability."""
RISKY = 1 - SAFE
IDLE_TIMES, IDLE_DAYS = 4, 120
"""Stock lies idle that lasts so many times the days asked about, and at least so many days."""
SHOWN = 5


@dataclass(frozen=True)
class Idle:
    """A product with far more stock than is expected to sell, and who most likely wants it.

    Args:
        cover: days the stock lasts; None where nothing is expected to sell.
        segment: the id of the segment whose members bought it most against the others; None where
            none did more than by chance.
        share, rest: of its customers, and of all others, how many bought it.
    """

    product_id: str
    name: str
    stock: float
    cover: float | None
    segment: int | None = None
    share: float | None = None
    rest: float | None = None


def known_stock(ledger: Ledger) -> pd.Series[float]:
    """Units by product_id where they are known; empty where no product's are."""
    if not ledger.has("products") or "stock" not in ledger.tables["products"].columns:
        return pd.Series(dtype=float)
    table = ledger.run(ledger.tables["products"].select("product_id", "stock"))
    known = table[np.isfinite(table["stock"].astype(float)) & table["product_id"].notna()]
    return known.groupby("product_id")["stock"].max().astype(float)


def with_stock(
    frame: pd.DataFrame, spread: Spread, stock: pd.Series[float], days: int
) -> pd.DataFrame:
    """A frame of products with `stock`, `cover` (days), `risk` and `reorder` (units) of each.

    Args:
        frame: `key` (product_id) and `expected` units of so many `days`, a row for each series of
            the spread.
        stock: units by product_id.
    """
    units = frame["key"].map(stock).to_numpy().astype(np.float64)
    a_day = frame["expected"].to_numpy().astype(np.float64) / days
    cover = np.divide(np.maximum(units, 0), a_day, out=np.full(len(units), np.nan), where=a_day > 0)
    return frame.assign(
        stock=units,
        cover=cover,
        risk=spread.beyond(units),
        reorder=np.maximum(np.ceil(spread.quantile(SAFE)) - units, 0.0),
    )


def idle_limit(days: int) -> int:
    """Days that stock must last to count as idle when so many days are asked about."""
    return max(IDLE_TIMES * days, IDLE_DAYS)


def idle_stock(
    base: CustomerBase, lines: pd.DataFrame, stock: pd.Series[float], days: int
) -> tuple[Idle, ...]:
    """Products whose stock lasts far beyond the days asked about, most units beyond them first.

    Args:
        lines: as `with_stock` made them, of every product with a sale; others in stock never sold.
    """
    ledger = open_ledger(base)
    sold = lines.set_index("key")[["expected", "cover"]]
    frame = stock[stock > 0].rename("stock").to_frame().join(sold)
    frame = frame[~(frame["cover"] <= idle_limit(days))]
    frame["beyond"] = frame["stock"] - frame["expected"].fillna(0) * idle_limit(days) / days
    frame = frame.sort_values("beyond", ascending=False, kind="stable")
    known = ledger.run(ledger.products.select("product_id", "product"))
    names = dict(zip(known["product_id"], known["product"], strict=True))
    wanted = _wanted_by(base, [str(key) for key in frame.index[:SHOWN]])
    return tuple(
        Idle(
            str(key),
            str(names.get(key, key)),
            float(units),
            None if np.isnan(cover) else float(cover),
            *wanted.get(str(key), (None, None, None)),
        )
        for key, units, cover in zip(frame.index, frame["stock"], frame["cover"], strict=True)
    )


def _wanted_by(base: CustomerBase, products: list[str]) -> dict[str, tuple[int, float, float]]:
    """product_id → the segment that leans to it most, its share of buyers, and the others'.

    By the lower end of the interval of the ratio of the two shares, where that is above 1.
    """
    counts = counts_of(base, "product")
    if counts is None or len(counts.own) < 2:
        return {}
    ledger = open_ledger(base)
    table = ledger.run(ledger.products.filter(ledger.products.product_id.isin(products)))
    rows = {key: place for place, key in enumerate(counts.keys)}
    found = {}
    for number, key in zip(table["product_no"], table["product_id"], strict=True):
        best = _leaning(counts, rows[number]) if number in rows else None
        if best is not None:
            found[str(key)] = best
    return found


def _leaning(counts: Counts, row: int) -> tuple[int, float, float] | None:
    people = {number: float(own[row]) for number, own in counts.people.items()}
    sizes = {number: float(one.n) for number, one in counts.own.items()}
    all_people, all_sizes = sum(people.values()), sum(sizes.values())
    best, floor = None, 1.0
    for number in (number for number in people if number > 0):
        rest, others = all_people - people[number], all_sizes - sizes[number]
        own = np.array([people[number]])
        _, low = lifts(own, np.array([rest]), (sizes[number], others))
        if low[0] > floor:
            share, elsewhere = people[number] / sizes[number], rest / max(others, 1.0)
            best, floor = (number, share, elsewhere), float(low[0])
    return best
