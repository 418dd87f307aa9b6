"""What customers bought, looked at, searched for and wrote → one text vector per customer.

Each distinct text is encoded once, whoever it belongs to, and pooled per customer by a sparse
matrix product: cost grows with the catalogue, not with the customers. A text's weight for a
customer is

    weight = source * log(1 + sum over occurrences of 2^(-age / HALF_LIFE)) * idf(text)
    idf(text) = log((1 + customers) / (1 + customers with the text))

Charges say nothing, and neither does what was sent back: an occurrence of a product counts by the
share of its units the customer kept. Scaling against the other views is not here: fusion.py.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pandas as pd

from segmentation.types import Encoder, FloatMatrix, Progress, silent
from segmentation.views.behaviour import before, days_before, described
from segmentation.views.taste import habit_factors, habits, pool, taste_axes

__all__ = ["HALF_LIFE", "SOURCES", "Lexicon", "TextView", "Texts", "text_view"]

HALF_LIFE = 180.0
"""Days after which an occurrence counts half."""

SOURCES = {"bought": 1.0, "browsed": 0.3, "searched": 1.0, "written": 1.0, "category": 0.3}
"""How much an occurrence says about taste, by where it comes from."""

MOST_CATEGORIES = 64

LN2 = math.log(2)


@dataclass(frozen=True)
class Texts:
    """The distinct texts of a shop, and what counts how much for whom.

    Args:
        texts: the distinct texts that tell customers apart (one that all have does not).
        weights: (customers, texts) sparse float32.
        encodings: (texts, dim) float32, rows of length one.
    """

    texts: tuple[str, ...]
    weights: Any
    encodings: FloatMatrix

    def main_texts(self, customer: int, n: int = 5) -> list[tuple[str, float]]:
        """The texts that count most for the customer in that row, with their share of weight."""
        row = self.weights[[customer]]
        order = np.lexsort((row.indices, -row.data))[:n]
        total = float(row.data.sum())
        return [(self.texts[row.indices[i]], float(row.data[i]) / total) for i in order]


@dataclass(frozen=True)
class Lexicon:
    """What a base's texts are worth, for customers that come later.

    Args:
        texts: every distinct text of the base.
        rarity: (texts,) float32, the idf; 0 for a text that all have.
        factors: (texts, m) float32, what is bought together: see taste.py.
        categories: places of the leading categories among the texts.
        customers: how many the base has.
    """

    texts: tuple[str, ...]
    rarity: FloatMatrix
    factors: FloatMatrix
    categories: tuple[int, ...]
    customers: int

    def save(self, folder: Path) -> None:
        """Write lexicon.parquet and factors.npy into `folder`."""
        frame = pd.DataFrame({"text": list(self.texts), "rarity": self.rarity})
        frame.attrs = {"customers": self.customers, "categories": list(self.categories)}
        frame.to_parquet(folder / "lexicon.parquet", index=False)
        np.save(folder / "factors.npy", self.factors, allow_pickle=False)

    @classmethod
    def load(cls, folder: Path) -> Lexicon:
        """Read what `save` wrote."""
        frame = pd.read_parquet(folder / "lexicon.parquet")
        factors = np.load(folder / "factors.npy", allow_pickle=False)
        rarity = frame.rarity.to_numpy(dtype=np.float32)
        places = tuple(frame.attrs["categories"])
        return cls(tuple(frame.text), rarity, factors, places, int(frame.attrs["customers"]))

    def view(
        self,
        tables: Mapping[str, Any],
        customers: Sequence[str],
        encoder: Encoder,
        *,
        as_of: datetime,
        progress: Progress = silent,
    ) -> tuple[FloatMatrix, FloatMatrix, FloatMatrix]:
        """Meanings, habits and mix of customers as in `TextView`, weighed as the base's were.

        A text the base never saw is as rare as can be, and has no factors.
        """
        found = _found(tables, customers, as_of)
        unseen = sorted(set(found.text.unique()) - set(self.texts))
        texts = [*self.texts, *unseen]
        rarity = np.concatenate([self.rarity, np.full(len(unseen), np.log1p(self.customers))])
        weights = _weighted(_counted(found, texts, len(customers)), rarity)
        used = np.flatnonzero(np.bincount(weights.indices, minlength=len(texts)))
        encodings = encoder.encode([texts[column] for column in used], progress)
        known = weights[:, : len(self.texts)]
        mix = _mix(found, texts, self.categories, len(customers))
        return pool(weights[:, used], encodings), habits(known, self.factors), mix


@dataclass(frozen=True)
class TextView(Texts):
    """The texts of all customers, and the vectors made of them.

    Args:
        vectors: (customers, dim) float32: weighted mean of the encodings of a customer's texts;
            zeros for a customer without any.
        habits: (customers, m) float32: what they buy, look at and write, by what goes together.
        mix: (customers, c) float32: square roots of the shares of the leading categories, so that
            distances are Hellinger's.
        axes: (dim, m') float32, the directions that mean taste in this shop, or None: see taste.py.
        lexicon: what the texts are worth.
    """

    vectors: FloatMatrix
    habits: FloatMatrix
    mix: FloatMatrix
    axes: FloatMatrix | None
    lexicon: Lexicon


def text_view(
    tables: Mapping[str, Any],
    customers: Sequence[str],
    encoder: Encoder,
    *,
    as_of: datetime,
    progress: Progress = silent,
) -> TextView:
    """Encode every distinct text once and pool per customer.

    Args:
        tables: canonical name -> Ibis table; what is missing is not used.
        customers: ids in row order; others are not looked at.
        encoder: texts → unit vectors.
        as_of: ages count from here; what happened then or later is not looked at.
        progress: told about the encoding.
    """
    found = _found(tables, customers, as_of)
    every = sorted(found.text.unique())
    counts = _counted(found, every, len(customers))
    rarity = _rarity(counts)
    telling = np.flatnonzero(rarity > 0)
    texts, weights = [every[column] for column in telling], _weighted(counts, rarity)[:, telling]
    encodings = encoder.encode(texts, progress)
    factors, categories = habit_factors(weights), _categories(found, every)
    kept = np.zeros((len(every), factors.shape[1]), dtype=np.float32)
    kept[telling] = factors
    return TextView(
        tuple(texts),
        weights,
        encodings,
        vectors=pool(weights, encodings),
        habits=habits(weights, factors),
        mix=_mix(found, every, categories, len(customers)),
        axes=taste_axes(weights, encodings),
        lexicon=Lexicon(tuple(every), rarity, kept, categories, len(customers)),
    )


def _found(tables: Mapping[str, Any], customers: Sequence[str], as_of: datetime) -> pd.DataFrame:
    """The occurrences of the customers known just before `as_of`, with their `row`."""
    found = _occurrences(before(tables, as_of), as_of)
    found["row"] = pd.Index(customers).get_indexer(pd.Index(found.customer_id))
    return found[found.row >= 0]


def _counted(found: pd.DataFrame, texts: Sequence[str], customers: int) -> Any:
    """(customers, texts) sparse float64 out of occurrences `row, text, source, amount`."""
    from scipy.sparse import csr_matrix

    columns = pd.Index(texts).get_indexer(pd.Index(found.text))
    counts = np.log1p(found.amount.to_numpy(dtype=np.float64))
    values = counts * found.source.map(SOURCES).to_numpy(dtype=np.float64)
    return csr_matrix((values, (found.row, columns)), shape=(customers, len(texts)))


def _categories(found: pd.DataFrame, texts: Sequence[str]) -> tuple[int, ...]:
    """Places of the categories that most customers have, among the texts."""
    owners = found.text[found.source == "category"].value_counts().sort_index()
    leading = owners.sort_values(ascending=False, kind="stable").index[:MOST_CATEGORIES]
    return tuple(pd.Index(texts).get_indexer(leading).tolist())


def _mix(
    found: pd.DataFrame, texts: Sequence[str], categories: Sequence[int], customers: int
) -> FloatMatrix:
    """(customers, categories) float32; zeros for a customer without any."""
    from scipy.sparse import csr_matrix

    rows = found[found.source == "category"]
    places = (rows.row, pd.Index(texts).get_indexer(pd.Index(rows.text)))
    amounts = csr_matrix((rows.amount, places), shape=(customers, len(texts)), dtype=np.float64)
    total = np.asarray(amounts.sum(axis=1))
    shares = amounts[:, list(categories)].toarray() / np.where(total > 0, total, 1.0)
    return np.asarray(np.sqrt(shares), dtype=np.float32)


def _rarity(counts: Any) -> FloatMatrix:
    """(texts,) float32: idf as the module says."""
    customers, texts = counts.shape
    owners = np.bincount(counts.indices, minlength=texts)
    return np.asarray(np.log((1 + customers) / (1 + owners)), dtype=np.float32)


def _weighted(counts: Any, rarity: FloatMatrix) -> Any:
    """(customers, texts) sparse float32; what weighs nothing is not stored."""
    from scipy.sparse import csr_matrix, diags

    weighted = csr_matrix(counts @ diags(rarity.astype(np.float64)), dtype=np.float32)
    weighted.eliminate_zeros()
    weighted.sort_indices()
    return weighted


def _occurrences(tables: Mapping[str, Any], as_of: datetime) -> pd.DataFrame:
    """`customer_id, text, source, amount`: recency-weighted occurrences, one row per source."""
    parts = [part.to_pandas() for part in _sources(tables, as_of)]
    columns = ["customer_id", "text", "source", "amount"]
    found = pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)
    spoken = {text for text in found.text.unique() if any(map(str.isalpha, text))}
    # Numbers that stand in for names mean nothing to an encoder.
    found = found[found.text.isin(spoken)]
    return found.sort_values(["source", "customer_id", "text"], ignore_index=True)


def _sources(tables: Mapping[str, Any], as_of: datetime) -> Iterator[Any]:
    """One Ibis table `customer_id, text, source, amount` per place that texts come from."""
    products = tables.get("products")
    if "orders" in tables:
        bought = described(_kept(tables["orders"]), products)
        yield _summed(bought, "product", "bought", as_of)
        yield from _summed_if_there(bought, "category", "category", as_of)
    if "events" in tables:
        yield from _browsed(tables, as_of)
    if "reviews" in tables:
        written = tables["reviews"].mutate(amount=1.0)
        yield from _summed_if_there(written, "text", "written", as_of)


def _kept(lines: Any) -> Any:
    """Goods lines with `amount`, the share of the product's units that the customer kept."""
    goods, returned = (lines.kind == "sale") & ~lines.is_charge, lines.kind == "return"
    own = ibis.window(group_by=["customer_id", "product_id"])
    sold = lines.quantity.sum(where=goods).over(own)
    back = lines.quantity.abs().sum(where=returned).over(own).fill_null(0)
    marked = lines.mutate(is_goods=goods, amount=1 - back / sold.nullif(0), at=lines.ordered_at)
    return marked.filter(marked.is_goods & (marked.amount > 0))


def _browsed(tables: Mapping[str, Any], as_of: datetime) -> Iterator[Any]:
    """Texts of the events; purchases count as bought, unless the orders say so already."""
    events = described(tables["events"].mutate(amount=1.0), tables.get("products"))
    purchase = events.kind == "purchase"
    for rows, source in (
        (events.filter(~purchase), "browsed"),
        (events.filter(purchase), "bought"),
    ):
        if source == "browsed" or "orders" not in tables:
            yield from _summed_if_there(rows, "product", source, as_of)
            yield from _summed_if_there(rows, "category", "category", as_of)
    yield from _summed_if_there(events, "query", "searched", as_of)


def _summed_if_there(rows: Any, column: str, source: str, as_of: datetime) -> Iterator[Any]:
    if column in rows.columns:
        yield _summed(rows, column, source, as_of)


def _summed(rows: Any, column: str, source: str, as_of: datetime) -> Any:
    """Occurrences of texts in a column, aged and summed per customer; undated ones as if new."""
    age = days_before(as_of, rows["at"]).fill_null(0) if "at" in rows.columns else ibis.literal(0.0)
    rows = rows.select(
        "customer_id",
        text=rows[column].strip(),
        amount=rows.amount * (age * -LN2 / HALF_LIFE).exp(),
    )
    rows = rows.filter(rows.text.notnull() & (rows.text != ""))
    summed = rows.group_by("customer_id", "text").aggregate(amount=rows.amount.sum())
    return summed.mutate(source=ibis.literal(source))
