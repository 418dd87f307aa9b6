"""Who has which product, since when and how often, and who only looked: sparse, read once per base.

`baskets` of a customer for look-alikes are in baskets.py; here is what an offer needs besides:
dates, repetition, interest short of buying, and which products can be offered at all. What to offer
is decided in affinity.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from segmentation.insight.errors import NotLoaded
from segmentation.insight.ledger import Ledger, open_ledger
from segmentation.types import CustomerBase, period_between
from segmentation.views.behaviour import UNKNOWN, days_before

__all__ = ["LATELY", "RECENT", "Deeds", "deeds"]

INTEREST = {"view": 0.3, "wishlist": 0.6, "cart": 0.6, "checkout": 0.6, "purchase": 1.0}
"""How much of a purchase one such event is worth, fresh; together at most 1."""
HALF_LIFE = 90.0
"""Days after which an event that led to no purchase is worth half."""
LATELY = 90
"""A product that nobody touched for so many days is not sold any more."""
RECENT = 30
"""Days that show which way a product is going."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Deeds:
    """Customers and products; rows in the base's order, columns in the ledger's.

    Args:
        products: product_id, product, category, stock (NaN where unknown), is_charge by column.
        has: (customers, products) sparse float32 ones: who has what.
        days: entry by entry of `has`, on how many different days it was bought.
        first, last: likewise, days from the first and the last purchase to `end`.
        interest: (customers, products) sparse float32, 0 to 1: 1 for what they have or reviewed,
            less for what they only looked at.
        settled: (customers, products) sparse float32: what they have or reviewed.
        touched: (products,) days from the last purchase or event to `end`; inf where there is none.
        start, end: the first and the last moment the data speaks of.
        bought: False where the data has no purchases, and `has` says who showed interest.
    """

    products: pd.DataFrame
    has: Any
    days: NDArray[np.float32]
    first: NDArray[np.float32]
    last: NDArray[np.float32]
    interest: Any
    settled: Any
    touched: Floats
    start: datetime
    end: datetime
    bought: bool

    @cached_property
    def by_product(self) -> Any:
        """`has` by columns."""
        return self.has.tocsc()

    @cached_property
    def owners(self) -> Floats:
        """(products,) how many customers have it."""
        return np.bincount(self.has.indices, minlength=self.has.shape[1]).astype(np.float64)

    @cached_property
    def held(self) -> NDArray[np.float32]:
        """(products,) how much interest there is in each, at least 1."""
        found = np.asarray(self.interest.sum(axis=0), np.float32).ravel()
        return np.maximum(found, np.float32(1))

    @cached_property
    def much(self) -> NDArray[np.float32]:
        """(customers,) how much interest each has in everything, at least 1."""
        found = np.asarray(self.interest.sum(axis=1), np.float32).ravel()
        return np.maximum(found, np.float32(1))

    @cached_property
    def buyers(self) -> int:
        """Customers who have anything."""
        return int((np.diff(self.has.indptr) > 0).sum())

    @cached_property
    def takers(self) -> Floats:
        """(products,) how many bought it within the last RECENT days."""
        late = self.has.indices[self.last < RECENT]
        return np.bincount(late, minlength=self.has.shape[1]).astype(np.float64)

    @cached_property
    def out_of_stock(self) -> NDArray[np.bool_]:
        """(products,) where the stock is known to be used up."""
        return np.asarray(self.products["stock"].to_numpy(np.float64) <= 0)

    @cached_property
    def gone(self) -> NDArray[np.bool_]:
        """(products,) once sold or looked at, and not for LATELY days."""
        return np.isfinite(self.touched) & (self.touched > LATELY)

    @cached_property
    def offered(self) -> NDArray[np.bool_]:
        """(products,) what may be offered: no charges, in stock or unknown, sold lately."""
        kept = ~self.products["is_charge"].to_numpy(bool) & ~self.out_of_stock
        return np.asarray(kept & (self.touched <= LATELY))

    @property
    def recent_days(self) -> int:
        """RECENT, or as many days as there are where they are fewer."""
        return min(RECENT, (self.end.date() - self.start.date()).days + 1)

    @property
    def recently(self) -> str:
        """The last RECENT days as facts write a period."""
        first = self.end - timedelta(days=self.recent_days - 1)
        return period_between(first.date(), self.end.date())

    def named(self, column: int) -> tuple[str, str, str | None]:
        """A product's id, name and category."""
        row = self.products.iloc[column]
        category = None if pd.isna(row["category"]) else str(row["category"])
        return str(row["product_id"]), str(row["product"]), category

    def day(self, before: float) -> str:
        """The day so many days before the end, in ISO; after it where negative."""
        return (self.end - timedelta(days=float(before))).date().isoformat()


def deeds(base: CustomerBase) -> Deeds:
    """Read once per base.

    Raises:
        NotLoaded: no order line, event or review names a product.
    """
    ledger = open_ledger(base)
    return ledger.once(("deeds", None), lambda: _read(base, ledger))


def _read(base: CustomerBase, ledger: Ledger) -> Deeds:
    places = _places(base, ledger)
    products = _products(ledger)
    start = min((first for first, _ in ledger.coverage.values()), default=ledger.as_of)
    end = max((last for _, last in ledger.coverage.values()), default=ledger.as_of)
    shape = (len(base.customers), len(products))
    purchases = _purchases(ledger, places, products, end)
    looks, touched = _looks(ledger, places, products, end)
    reviewed = _pairs(ledger, "reviews", places, products)
    settled = _matrix(pd.concat([purchases, reviewed])[["row", "column"]], None, shape)
    interest = _matrix(looks, "worth", shape).minimum(1.0).maximum(settled)
    if not interest.nnz:
        raise NotLoaded("products", "recommendations")
    bought = bool(len(purchases))
    if not bought:
        purchases = _shown(interest)
    has = _matrix(purchases, None, shape)
    late = np.full(shape[1], np.inf)
    np.minimum.at(late, purchases["column"].to_numpy(np.intp), purchases["last"].to_numpy())
    return Deeds(
        products=products,
        has=has,
        days=purchases["days"].to_numpy(np.float32),
        first=purchases["first"].to_numpy(np.float32),
        last=purchases["last"].to_numpy(np.float32),
        interest=interest.tocsr(),
        settled=settled,
        touched=np.minimum(late, touched),
        start=start,
        end=end,
        bought=bought,
    )


def _places(base: CustomerBase, ledger: Ledger) -> NDArray[np.intp]:
    """customer_no → row of the base; -1 for those who are not in it."""
    people = ledger.run(ledger.customers.select("customer_no", "customer_id"))
    found = np.full(int(people.customer_no.max()) + 1 if len(people) else 0, -1)
    found[people.customer_no] = base.customers.get_indexer(pd.Index(people.customer_id))
    return found


def _products(ledger: Ledger) -> pd.DataFrame:
    """By product_no, 0 and up."""
    known = ("product_no", "product_id", "product", "category")
    products = ledger.run(ledger.products.select(*known).order_by("product_no"))
    stock = _stock(ledger)
    charges: set[int] = set()
    if ledger.has("orders"):
        lines = ledger.lines.filter(ledger.lines.is_charge & ledger.lines.product_no.notnull())
        charges = set(ledger.run(lines.select("product_no").distinct())["product_no"])
    charged = products["product_no"].isin(charges) | (products["product_id"] == UNKNOWN)
    return products.assign(
        stock=products["product_id"].map(stock).astype("float64"), is_charge=charged
    )


def _stock(ledger: Ledger) -> pd.Series[float]:
    """product_id → units there are, where the catalogue says so."""
    table = ledger.tables.get("products")
    if table is None or "stock" not in table.columns:
        return pd.Series(dtype="float64")
    rows = ledger.run(table.select("product_id", stock=table.stock.cast("float64")).distinct())
    return rows.groupby("product_id")["stock"].max()


def _purchases(
    ledger: Ledger, places: NDArray[np.intp], products: pd.DataFrame, end: datetime
) -> pd.DataFrame:
    """`row, column, days, first, last`, ascending: of the orders, else of the purchase events."""
    if ledger.has("orders"):
        rows = ledger.lines.filter(ledger.lines.sale)
        rows = rows.select("customer_no", "product_no", moment=rows["at"])
    elif ledger.has("events"):
        rows = ledger.visits.filter(ledger.visits.purchase)
    else:
        return _nothing()
    rows = rows.filter(rows.product_no.notnull())
    found = rows.group_by("customer_no", "product_no").aggregate(
        days=rows.moment.truncate("D").nunique(),
        first=days_before(end, rows.moment.min()),
        last=days_before(end, rows.moment.max()),
    )
    return _placed(ledger.run(found), places, products)


def _looks(
    ledger: Ledger, places: NDArray[np.intp], products: pd.DataFrame, end: datetime
) -> tuple[pd.DataFrame, Floats]:
    """`row, column, worth` of the events, and per product days since the last of them."""
    touched = np.full(len(products), np.inf)
    if not ledger.has("events"):
        return _nothing().assign(worth=[]), touched
    visits = ledger.visits
    worth = visits.kind.cases(*INTEREST.items(), else_=0.0)
    age = days_before(end, visits.moment)
    rows = visits.mutate(age=age, worth=worth * (age * (-np.log(2) / HALF_LIFE)).exp())
    rows = rows.filter(rows.product_no.notnull() & (rows.worth > 0))
    if ledger.has("orders"):
        rows = rows.filter(~rows.purchase)
    found = rows.group_by("customer_no", "product_no").aggregate(
        worth=rows.worth.sum(), last=rows.age.min()
    )
    looks = _placed(ledger.run(found), places, products)
    np.minimum.at(touched, looks["column"].to_numpy(np.intp), looks["last"].to_numpy())
    return looks, touched


def _pairs(
    ledger: Ledger, source: Any, places: NDArray[np.intp], products: pd.DataFrame
) -> pd.DataFrame:
    """`row, column` of who is in a source together with what."""
    if not ledger.has(source):
        return _nothing()
    rows = ledger.source(source)
    rows = rows.filter(rows.product_no.notnull()).select("customer_no", "product_no").distinct()
    return _placed(ledger.run(rows), places, products)


def _placed(pairs: pd.DataFrame, places: NDArray[np.intp], products: pd.DataFrame) -> pd.DataFrame:
    """Numbers as rows and columns, ascending; charges and strangers left out."""
    column = pairs["product_no"].to_numpy(np.intp)
    placed = pairs.assign(row=places[pairs["customer_no"].to_numpy(np.intp)], column=column)
    goods = ~products["is_charge"].to_numpy(bool)[column]
    kept: pd.DataFrame = placed[(placed["row"] >= 0) & goods]
    return kept.sort_values(["row", "column"], ignore_index=True)


def _nothing() -> pd.DataFrame:
    names = ("row", "column", "days", "first", "last")
    return pd.DataFrame({name: np.empty(0, np.float64) for name in names})


def _shown(interest: Any) -> pd.DataFrame:
    """Interest in place of purchases, where there are none."""
    entries = interest.tocoo()
    shown = pd.DataFrame({"row": entries.row, "column": entries.col})
    shown = shown.assign(days=0.0, first=np.nan, last=0.0)
    return shown.sort_values(["row", "column"], ignore_index=True)


def _matrix(pairs: pd.DataFrame, values: str | None, shape: tuple[int, int]) -> Any:
    from scipy.sparse import csr_matrix

    pairs = pairs if values else pairs.drop_duplicates()
    cells = pairs["row"].to_numpy(np.intp), pairs["column"].to_numpy(np.intp)
    data = pairs[values].to_numpy(np.float32) if values else np.ones(len(pairs), np.float32)
    made = csr_matrix((data, cells), shape=shape)
    made.sort_indices()
    return made
