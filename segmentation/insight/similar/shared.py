"""What look-alikes have in common with those they are like: products few buy, numbers few have.

What everybody has in common is no reason. Products count where more of them are shared than a
customer picked at random shares; numbers count where most customers are not that close.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from segmentation.insight.evidence.measurements import unit_of
from segmentation.insight.ledger import open_ledger
from segmentation.insight.metrics import METRICS
from segmentation.insight.similar.baskets import Baskets, baskets
from segmentation.types import CustomerBase, Fact

__all__ = ["Reason", "customer_numbers", "shared"]

COMPARED = ("orders", "lifetime_value", "average_order_value", "days_since_last_order")
CLOSE = 0.2
"""Numbers within a fifth of the seeds' mean are close."""
RARE = 0.5
"""A number says something where fewer than this share of all customers are as close."""
NAMED = 3
CROWD = 30
"""Of as many seeds, a product counts only if it is theirs more than others'."""
LEANING, REACH = 1.5, 0.05
"""That is: this many times as many of them buy it as of all, and this share of them."""


@dataclass(frozen=True)
class Reason:
    """One thing a match shares with what was asked for: a key of the language layer, with values.

    Keys: `shared_products` (names, count, expected), `close_numbers` (metric, value, seeds),
    `words` (texts).
    """

    key: str
    values: Mapping[str, Any]
    facts: tuple[Fact, ...] = ()


def customer_numbers(base: CustomerBase, rows: Sequence[int]) -> pd.DataFrame:
    """The metrics of these customers' whole history, indexed by id, in the order of `rows`."""
    ledger = open_ledger(base)
    with ledger.lock:
        return ledger.numbers.reindex([str(base.customers[row]) for row in rows])


def shared(
    base: CustomerBase, seeds: Sequence[int], rows: Sequence[int]
) -> list[tuple[Reason, ...]]:
    """What each of `rows` shares with the seeds, products before numbers; rarest first."""
    if not len(rows):
        return []
    products = _shared_products(base, seeds, rows)
    numbers = _close_numbers(base, seeds, rows)
    return [(*products[row], *numbers[row]) for row in rows]


# --- products ---------------------------------------------------------------------------


def _shared_products(
    base: CustomerBase, seeds: Sequence[int], rows: Sequence[int]
) -> dict[int, list[Reason]]:
    """Products a match and a seed both have, the rarest first."""
    known = baskets(base)
    if known is None:
        return {row: [] for row in rows}
    wanted = _wanted(known, seeds)
    expected = float(known.share[wanted].sum())
    period = open_ledger(base).period(known.source)
    found = {}
    for row in rows:
        own = known.has.indices[known.has.indptr[row] : known.has.indptr[row + 1]]
        both = own[wanted[own]]
        rarest = both[np.lexsort((known.names[both].astype(str), known.share[both]))]
        names = list(dict.fromkeys(known.names[rarest].tolist()))[:NAMED]
        found[row] = [
            _product_reason(str(base.customers[row]), names, len(both), expected, period)
        ][: len(both) > expected]
    return found


def _wanted(known: Baskets, seeds: Sequence[int]) -> NDArray[np.bool_]:
    """Which products are the seeds'; of a crowd, those it has more than others do."""
    counts = np.asarray(known.has[list(seeds)].sum(axis=0)).ravel()
    if len(seeds) < CROWD:
        return np.asarray(counts > 0)
    reach = counts / len(seeds)
    return np.asarray((reach >= REACH) & (reach >= LEANING * known.share))


def _product_reason(
    customer: str, names: Sequence[str], count: int, expected: float, period: str
) -> Reason:
    facts = (
        Fact(f"customer:{customer}", "shared_products", period, count, "products"),
        Fact("seeds", "expected_shared_products", period, expected, "products"),
    )
    values = {"names": list(names), "count": count, "expected": expected}
    return Reason("shared_products", values, facts)


# --- numbers ----------------------------------------------------------------------------


def _close_numbers(
    base: CustomerBase, seeds: Sequence[int], rows: Sequence[int]
) -> dict[int, list[Reason]]:
    """Main numbers of a match that are within a fifth of the seeds' mean, the rarest first."""
    table = _compared(base)
    target = table.iloc[list(seeds)].mean()
    near = (table - target).abs() <= CLOSE * target.abs()
    common = near.mean()
    telling = [name for name in common.sort_values(kind="stable").index if common[name] < RARE]
    return {
        row: [
            _number_reason(base, row, name, float(table[name].iloc[row]), float(target[name]))
            for name in telling
            if near[name].iloc[row]
        ]
        for row in rows
    }


def _compared(base: CustomerBase) -> pd.DataFrame:
    """The numbers compared, of everybody, in the base's order; put together once."""

    def find() -> pd.DataFrame:
        everyone = customer_numbers(base, range(len(base.customers)))
        return everyone[[name for name in COMPARED if name in everyone]].astype(float)

    return open_ledger(base).once(("compared numbers",), find)


def _number_reason(base: CustomerBase, row: int, metric: str, value: float, seeds: float) -> Reason:
    unit, state = unit_of(base, metric), METRICS[metric].is_state
    period = base.as_of.date().isoformat() if state else open_ledger(base).period("orders")
    subject = f"customer:{base.customers[row]}"
    facts = (
        Fact(subject, metric, period, value, unit),
        Fact("seeds", metric, period, seeds, unit),
    )
    return Reason("close_numbers", {"metric": metric, "value": value, "seeds": seeds}, facts)
