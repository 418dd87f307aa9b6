"""Who is held out: a draw that anybody can repeat, evenly from customers of every worth."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import pandas as pd

from segmentation.insight.campaign.happenings import happenings
from segmentation.insight.ledger import open_ledger
from segmentation.types import CustomerBase

__all__ = ["draw_control", "worth_of"]

STRATA = 5


def worth_of(base: CustomerBase, people: Sequence[str]) -> pd.Series[float]:
    """What each spent so far; orders or purchases where no money is known."""
    history = happenings(base)
    column = "net_revenue" if open_ledger(base).has("orders") else "bought"
    return history.groupby("customer_id")[column].sum().reindex(list(people), fill_value=0.0)


def draw_control(
    people: Sequence[str], size: int, seed: str, worth: pd.Series[float]
) -> tuple[str, ...]:
    """`size` of `people` by lot, as many from each of five layers of worth; in their order.

    The lot is sha256 of seed and id: it does not depend on the order of `people`, and anybody can
    draw it again. Layers keep the big spenders from ending up on one side by chance.
    """
    lots = {one: hashlib.sha256(f"{seed}\n{one}".encode()).hexdigest() for one in people}
    ranked = sorted(people, key=lambda one: (float(worth[one]), lots[one]))
    edges = [len(ranked) * i // STRATA for i in range(STRATA + 1)]
    shares = [size * edge // max(len(ranked), 1) for edge in edges]
    drawn: set[str] = set()
    for i in range(STRATA):
        layer = sorted(ranked[edges[i] : edges[i + 1]], key=lots.__getitem__)
        drawn.update(layer[: shares[i + 1] - shares[i]])
    return tuple(one for one in people if one in drawn)
