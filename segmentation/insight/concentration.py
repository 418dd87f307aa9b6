"""How concentrated revenue is: what share of it the customers bring in who spend most."""

from __future__ import annotations

from math import ceil

import numpy as np
from numpy.typing import NDArray

from segmentation.insight.query import SMALL_GROUP

__all__ = ["TOP_SHARES", "top_shares"]

TOP_SHARES = {"top_10_revenue_share": 0.1, "top_20_revenue_share": 0.2}
"""Name of the fact → the part of the customers it is of."""


def top_shares(spent: NDArray[np.float64]) -> dict[str, float | None]:
    """The share of revenue that the top 10% and 20% of customers bring in.

    With revenue in order, largest first, r₁ ≥ r₂ ≥ … ≥ rₙ, the share of the top p is
    Σ_{i ≤ ⌈p·n⌉} rᵢ / Σ_{i ≤ n} rᵢ. None where nothing was spent, and for a small group: there it
    would tell of single customers.

    Args:
        spent: (n,) revenue of every customer with a purchase in scope, in any order.
    """
    ordered = np.sort(spent)[::-1]
    total = float(ordered.sum())
    if len(ordered) < SMALL_GROUP or total <= 0:
        return dict.fromkeys(TOP_SHARES)
    counts = {name: ceil(round(part * len(ordered), 9)) for name, part in TOP_SHARES.items()}
    return {name: float(ordered[:n].sum()) / total for name, n in counts.items()}
