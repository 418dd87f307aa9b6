"""Who has which product, as one sparse matrix: bought, or looked at where there are no orders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from segmentation.insight.ledger import Ledger, open_ledger
from segmentation.insight.metrics import Source
from segmentation.types import CustomerBase

__all__ = ["Baskets", "baskets"]


@dataclass(frozen=True)
class Baskets:
    """What everybody has.

    Args:
        has: (customers, products) sparse bool, rows in the base's order.
        names: (products,) what they are called.
        share: (products,) of the customers with any product, how many have it.
        source: `orders` or `events`, whichever it was read from.
    """

    has: Any
    names: NDArray[Any]
    share: NDArray[np.float64]
    source: Source


def baskets(base: CustomerBase) -> Baskets | None:
    """The baskets of a base, read once; None where neither orders nor events are known.

    Charges are no products, and what was only sent back was never had.
    """
    ledger = open_ledger(base)
    source: Source = "orders" if ledger.has("orders") else "events"
    if not ledger.has(source):
        return None
    return ledger.once(("baskets", source), lambda: _read(base, ledger, source))


def _read(base: CustomerBase, ledger: Ledger, source: Source) -> Baskets:
    from scipy.sparse import csr_matrix

    rows = ledger.source(source)
    if source == "orders":
        rows = rows.filter(rows.sale & ~rows.is_charge)
    rows = rows.filter(rows.product_no.notnull())
    pairs = rows.select("customer_no", "product_no").distinct()
    pairs = ledger.run(pairs.inner_join(ledger.customers, "customer_no"))
    products = ledger.run(ledger.products.select("product_no", "product").order_by("product_no"))
    places = base.customers.get_indexer(pd.Index(pairs.customer_id))
    known = pairs[places >= 0]
    cells = (places[places >= 0], known.product_no.to_numpy())
    shape = (len(base.customers), len(products))
    has = csr_matrix((np.ones(len(known), dtype=bool), cells), shape=shape)
    has.sort_indices()
    owners = np.bincount(has.indices, minlength=shape[1])
    buyers = int((np.diff(has.indptr) > 0).sum())
    return Baskets(has, products["product"].to_numpy(), owners / max(1, buyers), source)
