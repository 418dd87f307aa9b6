"""Which views, which weight of text: what each representation of a customer knows about the future.

Online Retail, fitted before 2011-09-09, asked about the three months after. Four questions:

* eta2: how much of the variance of log future spend do 8 segments explain? (k-means, 3 seeds)
* hit@20: of the 20 products a segment likes best and the customer never had, how many did they buy
  next, of min(20, new products bought)? Products nobody had before are not counted.
* neighbours' hit@20 and spend error: the same, and the mean error of log spend, by the 50 nearest.

And for free text: what share of their money do the 20 customers found spend on products whose name
matches obvious keywords?

    python benchmarks/views.py > benchmarks/results/views.md
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import ibis
import numpy as np
import pandas as pd
import scipy.sparse as sp
from sklearn.cluster import KMeans
from sklearn.utils.extmath import randomized_svd

from segmentation.views import taste
from segmentation.views.behaviour import behaviour
from segmentation.views.encoder import load_encoder
from segmentation.views.fusion import DEFAULT_TEXT_WEIGHT, Block, Fusion
from segmentation.views.scaling import standardise
from segmentation.views.text import TextView, text_view

DATA = Path(__file__).resolve().parents[2] / "shared/data/online_retail/online_retail.parquet"
CUT, END = datetime(2011, 9, 9), datetime(2011, 12, 9)
CHARGES = ["POST", "DOT", "M", "C2", "D", "BANK CHARGES"]
SEEDS = range(3)

SEARCHES = {
    "Christmas decorations": "CHRISTMAS|XMAS|ADVENT|SANTA|REINDEER|SNOWMAN|BAUBLE",
    "vintage kitchen things": "KITCHEN|CAKE|BAKING|RECIPE|TEA TOWEL|APRON|JAM|PANTRY|BOWL|CUTLERY",
    "toys for children": "TOY|CHILD|DOLL|PUZZLE|PLAYHOUSE|SPACEBOY|GAME|SOLDIER|CIRCUS|SKITTLES",
    "gardening": "GARDEN|PLANT|FLOWER POT|WATERING|SEED|HERB",
    "bags for lunch and shopping": r"\bBAG\b|SHOPPER|LUNCH",
    "candles and lights": "CANDLE|LIGHT|LANTERN",
}


def order_lines() -> pd.DataFrame:
    """Canonical order lines of the customers that are named."""
    raw = pd.read_parquet(DATA)
    raw = raw[raw.CustomerID.notna()]
    kind = np.where(raw.UnitPrice > 0, "sale", "gift")
    return pd.DataFrame(
        {
            "customer_id": raw.CustomerID.astype(int).astype(str),
            "order_id": raw.InvoiceNo.astype(str),
            "ordered_at": raw.InvoiceDate,
            "product_id": raw.StockCode.astype(str).str.upper(),
            "product": raw.Description.astype(str).str.strip(),
            "quantity": raw.Quantity.astype(float),
            "unit_price": raw.UnitPrice.astype(float),
            "kind": np.where(raw.Quantity < 0, "return", kind),
            "is_charge": raw.StockCode.isin(CHARGES),
        }
    ).reset_index(drop=True)


@dataclass(frozen=True)
class Future:
    """What became of the customers: `spend` log1p money, `had` and `new` (customers, products)."""

    spend: np.ndarray
    had: np.ndarray
    new: np.ndarray

    @classmethod
    def of(cls, lines: pd.DataFrame, customers: pd.Index) -> Future:
        sales = lines[(lines.kind == "sale") & (lines.ordered_at < END)]
        sales = sales[sales.customer_id.isin(customers)]
        later = sales[sales.ordered_at >= CUT]
        money = (later.quantity * later.unit_price).groupby(later.customer_id).sum()
        goods = sales[~sales.is_charge]
        products = pd.Index(sorted(goods.product_id.unique()))

        def bought(rows: pd.DataFrame) -> np.ndarray:
            matrix = np.zeros((len(customers), len(products)), dtype=bool)
            matrix[
                customers.get_indexer(rows.customer_id), products.get_indexer(rows.product_id)
            ] = 1
            return matrix

        had, after = bought(goods[goods.ordered_at < CUT]), bought(goods[goods.ordered_at >= CUT])
        spend = np.log1p(money.reindex(customers, fill_value=0).to_numpy())
        return cls(spend, had, after & ~had & had.any(axis=0))

    def hit(self, liked: np.ndarray) -> float:
        """hit@20 of (customers, products) scores, asked of customers who bought something new."""
        top = np.argpartition(-np.where(self.had, -1, liked), 20, axis=1)[:, :20]
        hits, news = np.take_along_axis(self.new, top, 1).sum(axis=1), self.new.sum(axis=1)
        return float((hits / np.minimum(20, news.clip(1)))[news > 0].mean())

    def score(self, vectors: np.ndarray) -> list[float]:
        """The four figures, and the share of the smallest segment."""
        rounds = np.array([self._segments(vectors, seed) for seed in SEEDS]).mean(axis=0)
        eta2, hit, smallest = rounds.tolist()
        return [eta2, hit, *self._neighbours(vectors), smallest]

    def _segments(self, vectors: np.ndarray, seed: int) -> list[float]:
        labels = KMeans(8, n_init=10, random_state=seed).fit_predict(vectors)
        sizes = np.bincount(labels)
        means = np.bincount(labels, self.spend) / sizes
        between = (sizes * (means - self.spend.mean()) ** 2).sum()
        liked = np.stack([self.had[labels == label].mean(axis=0) for label in range(8)])
        total = ((self.spend - self.spend.mean()) ** 2).sum()
        return [between / total, self.hit(liked[labels]), sizes.min() / len(labels)]

    def _neighbours(self, vectors: np.ndarray) -> list[float]:
        squares = (vectors**2).sum(axis=1)
        distance = squares[:, None] + squares - 2 * vectors @ vectors.T
        np.fill_diagonal(distance, np.inf)
        near = np.argpartition(distance, 50, axis=1)[:, :50]
        rows = np.repeat(np.arange(len(near)), 50)
        links = sp.csr_matrix((np.full(near.size, 0.02, np.float32), (rows, near.ravel())))
        error = np.abs(self.spend[near].mean(axis=1) - self.spend).mean()
        return [self.hit(links @ self.had.astype(np.float32)), float(error)]


def one(rows: np.ndarray) -> np.ndarray:
    """Centred, total variance 1."""
    centred = rows - rows.mean(axis=0)
    return centred / np.sqrt(centred.var(axis=0).sum())


def join(text: np.ndarray, behaviour: np.ndarray, weight: float) -> np.ndarray:
    return np.hstack([weight**0.5 * one(text), (1 - weight) ** 0.5 * one(behaviour)])


def text_variants(view: TextView) -> Iterator[tuple[str, np.ndarray]]:
    """Ways to make a text block of the same weights and encodings."""
    centre = taste.centre_of(view.vectors)
    straight = taste.directions(view.vectors, centre)
    yield "pooled mean", view.vectors
    yield "pooled, direction only", straight
    axes = np.linalg.svd(straight - straight.mean(axis=0), full_matrices=False)[2][:64]
    yield "pooled, direction only, PCA-64", straight @ axes.T
    yield "co-purchase SVD-64, no text", co_purchase(view.weights)
    yield "co-purchase over the 10 nearest texts, SVD-64", co_purchase(smoothed(view))
    for ridge in (0.01, taste.RIDGE, 3.0):
        axes = taste.learn(view.weights, view.encodings, seed=0, ridge=ridge)
        yield (
            f"taste axes, ridge {ridge}",
            Block.fit(view.vectors, True, axes).transform(view.vectors),
        )


def co_purchase(weights: sp.csr_matrix) -> np.ndarray:
    left, values, _ = randomized_svd(taste.unit_rows(weights), 64, random_state=0)
    return taste.unit(left * values)


def smoothed(view: TextView) -> sp.csr_matrix:
    likeness = view.encodings @ view.encodings.T
    near = np.argpartition(-likeness, 10, axis=1)[:, :10]
    rows = np.repeat(np.arange(len(near)), 10)
    values = np.take_along_axis(likeness, near, 1).ravel()
    return view.weights @ sp.csr_matrix((values, (rows, near.ravel())), shape=likeness.shape)


def rfm(features: pd.DataFrame) -> np.ndarray:
    logs = np.log1p(features[["recency", "frequency", "monetary"]].to_numpy())
    return (logs - logs.mean(axis=0)) / logs.std(axis=0)


def search_variants(
    view: TextView, fusion: Fusion, behaviour: np.ndarray, query: np.ndarray
) -> Iterator[tuple[str, np.ndarray]]:
    """Ways to rank customers for an encoded text."""
    fused = fusion.transform({"behaviour": behaviour, "text": view.vectors})
    asked = fusion.query(query)
    yield "fused space, inner product (`Fusion.query`)", fused @ asked
    yield "fused space, cosine", fused @ asked / np.linalg.norm(fused, axis=1)
    yield "pooled texts, cosine", taste.unit(view.vectors) @ query
    closest = np.argsort(-(view.encodings @ query))[:100]
    imagined = fusion.query(view.encodings[closest].mean(axis=0))
    yield "fused space, inner product, as a buyer of the 100 nearest texts", fused @ imagined


def table(head: list[str], rows: list[list[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def figures(name: str, scores: list[float]) -> list[object]:
    eta2, hit, near_hit, error, smallest = scores
    return [name, f"{eta2:.3f}", f"{hit:.4f}", f"{near_hit:.4f}", f"{error:.3f}", f"{smallest:.3f}"]


def print_representations(future: Future, features: pd.DataFrame, view: TextView) -> None:
    block = standardise(features)
    rows = [figures("RFM, log, standardised", future.score(rfm(features)))]
    rows += [figures("behaviour block", future.score(block))]
    for name, text in text_variants(view):
        rows.append(figures(f"text alone: {name}", future.score(one(text))))
    for name, text in text_variants(view):
        rows.append(figures(f"50/50: {name}", future.score(join(text, block, 0.5))))
    views = {"behaviour": block, "text": view.vectors}
    for weight in (0.2, 0.3, 0.4, 0.5, 0.6, 0.7):
        vectors = Fusion.fit(views, weight, {"text": view.axes}).transform(views)
        rows.append(figures(f"Fusion, text weight {weight}", future.score(vectors)))
    head = ["representation", "eta2 spend ↑", "hit@20 ↑", "neighbours' hit@20 ↑"]
    print(table([*head, "neighbours' spend error ↓", "smallest segment"], rows))


def print_searches(lines: pd.DataFrame, features: pd.DataFrame, view: TextView) -> None:
    goods = lines[(lines.kind == "sale") & ~lines.is_charge & (lines.ordered_at < CUT)]
    money = (goods.quantity * goods.unit_price).groupby(goods.customer_id).sum()
    money = money.reindex(features.index, fill_value=0)
    block, encoder = standardise(features), load_encoder()
    views = {"behaviour": block, "text": view.vectors}
    fusion = Fusion.fit(views, DEFAULT_TEXT_WEIGHT, {"text": view.axes})
    found: dict[str, list[float]] = {"everybody": []}
    for text, pattern in SEARCHES.items():
        wanted = goods[goods["product"].str.contains(pattern)]
        spent = (wanted.quantity * wanted.unit_price).groupby(wanted.customer_id).sum()
        share = (spent.reindex(money.index, fill_value=0) / money.clip(lower=0.01)).to_numpy()
        found["everybody"].append(float(spent.sum() / money.sum()))
        for name, scores in search_variants(view, fusion, block, encoder.encode([text])[0]):
            found.setdefault(name, []).append(float(share[np.argsort(-scores)[:20]].mean()))
    rows = [[n, *(f"{v:.2f}" for v in vs), f"{np.mean(vs):.3f}"] for n, vs in found.items()]
    print(table(["share of money on what was asked", *SEARCHES, "mean"], rows))


def main() -> None:
    lines = order_lines()
    with tempfile.TemporaryDirectory() as folder:
        lines.to_parquet(Path(folder) / "orders.parquet")
        database = ibis.duckdb.connect()
        source = database.read_parquet(Path(folder) / "orders.parquet")
        tables = {"orders": database.create_table("orders", source)}
    features = behaviour(tables, as_of=CUT).to_pandas().set_index("customer_id")
    view = text_view(tables, list(features.index), load_encoder(), as_of=CUT)
    print(f"# Views\n\nOnline Retail before {CUT:%Y-%m-%d}: {len(features):,} customers, "
          f"{len(view.texts):,} texts.\n")  # fmt: skip
    print_representations(Future.of(lines, features.index), features, view)
    print()
    print_searches(lines, features, view)


if __name__ == "__main__":
    main()
