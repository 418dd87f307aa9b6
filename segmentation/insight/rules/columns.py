"""The columns that rules are made of: behaviour in its own units, and tastes one can name.

Where the data has categories, the behaviour features say what share of the money goes to each.
Where it has none, words in product names stand in for them: `name_share:christmas` is the share of
a customer's money spent on products with that word in their name. Which words is decided without
looking at segments, so that the same columns serve every segmentation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from segmentation.insight.evidence.themes import words_of
from segmentation.insight.ledger import open_ledger
from segmentation.types import CustomerBase
from segmentation.views.behaviour import before
from segmentation.views.features import CATEGORY_SHARE, feature

__all__ = ["DIGITS", "NAME_SHARE", "rule_columns", "unit_of"]

NAME_SHARE = "name_share:"
"""Prefix of the columns of words; the word follows, in lower case."""

WORDS = 40
COMMON = 0.02
"""A word is a column when products named so were bought by this share of the customers."""

DIGITS = 6
"""Decimals that shares of money are rounded to: sums differ in the last bits from run to run."""


def rule_columns(base: CustomerBase) -> pd.DataFrame:
    """One row per customer, aligned with `base.features`: its columns, and words where needed.

    Numbers only, float64; unknown is NaN. Made once per base.
    """
    ledger = open_ledger(base)

    def find() -> pd.DataFrame:
        numbers = base.features.select_dtypes("number").astype(float)
        return numbers.join(_name_shares(base))

    return ledger.once(("rule columns",), find)


def unit_of(base: CustomerBase, column: str) -> str:
    """The unit of a column: `days`, `orders`, an ISO currency code, `share`, ... or empty."""
    if column.startswith(NAME_SHARE):
        return "share"
    try:
        unit = feature(column).unit
    except KeyError:
        return ""
    return base.currency if unit == "money" else unit


def _name_shares(base: CustomerBase) -> pd.DataFrame:
    """Share of money by word; no columns where categories or names of products say nothing."""
    from scipy.sparse import csr_matrix

    bought = _bought(base)
    places, names = pd.factorize(bought["name"])
    rows = base.features.index.get_indexer(pd.Index(bought["customer_id"]))
    shape = (len(base.features), len(names))
    paid = csr_matrix((bought["paid"].to_numpy(dtype=float), (rows, places)), shape)
    words = _words([str(name) for name in names], paid)
    if not words:
        return pd.DataFrame(index=base.features.index)
    named = np.array([[word in name for word in words] for name in names], dtype=float)
    total = np.asarray(paid.sum(axis=1))
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = np.where(total == 0, np.nan, (paid @ named) / total)
    columns = [f"{NAME_SHARE}{word}" for word in words]
    return pd.DataFrame(shares.round(DIGITS), base.features.index, columns)


def _bought(base: CustomerBase) -> pd.DataFrame:
    """What each customer paid for goods of each name (in lower case): customer_id, name, paid."""
    nothing = pd.DataFrame({"customer_id": [], "name": [], "paid": []})
    if any(str(name).startswith(CATEGORY_SHARE) for name in base.features.columns):
        return nothing
    if "orders" not in base.tables or "product" not in base.tables["orders"].columns:
        return nothing
    lines = before(base.tables, base.as_of)["orders"]
    goods = lines.filter((lines.kind == "sale") & ~lines.is_charge)
    name = goods["product"].lower().fill_null("")
    sums = goods.group_by("customer_id", name=name).aggregate(
        paid=(goods.quantity * goods.unit_price).sum()
    )
    frame = open_ledger(base).run(sums)
    return frame[frame["customer_id"].isin(base.features.index)]


def _words(names: Sequence[str], paid: Any) -> list[str]:
    """The words whose products most customers bought, ties by the alphabet.

    Args:
        paid: (customers, names) sparse, what was paid; a name somebody bought for nothing counts.
    """
    from scipy.sparse import csr_matrix

    known: dict[str, int] = {}
    pairs = [
        (place, known.setdefault(word, len(known)))
        for place, name in enumerate(names)
        for word in sorted(words_of(name))
    ]
    if not pairs:
        return []
    says = csr_matrix(
        (np.ones(len(pairs)), tuple(zip(*pairs, strict=True))), (len(names), len(known))
    )
    bought = paid.copy()
    bought.data = np.ones_like(bought.data)
    buyers = np.diff((bought @ says).tocsc().indptr)
    least = max(2, COMMON * paid.shape[0])
    ranked = sorted((-int(n), word) for word, n in zip(known, buyers, strict=True) if n >= least)
    return [word for _, word in ranked[:WORDS]]
