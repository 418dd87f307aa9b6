"""How concentrated revenue is: what share of it the customers bring in who spend most."""

from __future__ import annotations

from math import ceil
from typing import Any

import numpy as np

from segmentation.insight.ledger import Ledger

__all__ = ["FEWEST", "TOP_SHARES", "top_shares"]

TOP_SHARES = {"top_10_revenue_share": 0.1, "top_20_revenue_share": 0.2}
"""Name of the fact → the part of the customers it is of."""

FEWEST = 10
"""Of fewer customers a tenth is nobody."""


def top_shares(ledger: Ledger, rows: Any) -> dict[str, float | None]:
    """The share of revenue that the top 10% and 20% of customers bring in.

    The n customers with a purchase in scope are put in order of their revenue in scope, largest
    first, r₁ ≥ r₂ ≥ … ≥ rₙ. The share of the top p is Σ_{i ≤ ⌈p·n⌉} rᵢ / Σ_{i ≤ n} rᵢ; None where
    n < FEWEST or nothing was spent.
    """
    bought = rows.filter(rows.sale).group_by("customer_no")
    spent = ledger.run(bought.aggregate(revenue=rows.revenue.sum().cast("float64")))["revenue"]
    ordered = np.sort(spent.fillna(0).to_numpy(dtype=float))[::-1]
    total = float(ordered.sum())
    if len(ordered) < FEWEST or total <= 0:
        return dict.fromkeys(TOP_SHARES)
    counts = {name: ceil(round(part * len(ordered), 9)) for name, part in TOP_SHARES.items()}
    return {name: float(ordered[:n].sum()) / total for name, n in counts.items()}
