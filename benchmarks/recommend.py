"""What is offered against what was newly bought: hit@20 and nDCG@20 after a cut.

Everything is made of what was known before the cut; new are products the customer had not bought
before, of those somebody had (segmentation/holdout/measures.py has the same hit@20). nDCG@20 has
a gain of 1 for each such product and min(20, new products) at the top as its ideal. Segments are
eight, by k-means.

The blend (insight/recommend/affinity.py) and its weights were chosen on the first two quarters
of Online Retail and on the demo shop's seed 7. Untouched by any choice are the quarter from
2011-03-09 and seed 23. Also: offers to segments (of the new purchases of the best 20 products in
hindsight, how many are of the 20 offered), and hit@20 of everything bought, where what is bought
again may be offered too: what is due within the window (repeats.py), before what is new.

    python benchmarks/recommend.py [--cache FOLDER]
"""

from __future__ import annotations

import argparse
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix, diags
from sklearn.utils.extmath import randomized_svd
from threadpoolctl import threadpool_limits

from segmentation.archive import open_tables
from segmentation.clusters.algorithms import cluster
from segmentation.data.demo import write_demo_shop
from segmentation.data.reading import read_shop
from segmentation.holdout.data import Holdout, hold_out
from segmentation.insight.recommend.affinity import (
    LOOKED,
    NEAR,
    SEGMENT,
    TREND,
    WORDS,
    Affinity,
    affinity,
)
from segmentation.insight.recommend.deeds import Deeds, deeds
from segmentation.insight.recommend.recommend import recommend
from segmentation.insight.recommend.repeats import due, habits
from segmentation.types import CustomerBase, Encoder, Recipe, Segment, Segmentation
from segmentation.views.behaviour import before
from segmentation.views.encoder import load_encoder
from segmentation.views.text import Texts, text_view
from store.encodings import EncodingCache

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
RESULT = Path(__file__).parent / "results" / "recommend.md"
QUARTERS = {"2011-09-09": "chosen on", "2011-06-09": "chosen on", "2011-03-09": "untouched"}
SEEDS = {7: "chosen on", 23: "untouched"}
DAYS, K, OFFERED = 91, 8, 20
DISCOUNT = 1 / np.log2(np.arange(2, OFFERED + 2))

Scores = np.ndarray
"""(asked, products) of the holdout."""


@dataclass(frozen=True)
class Trial:
    """A shop at a cut: what the tool would know, and what came after."""

    name: str
    held: Holdout
    base: CustomerBase
    texts: Texts
    later: Any
    """(customers, products of the deeds) sparse bool: what they bought in the window."""

    @cached_property
    def deeds(self) -> Deeds:
        return deeds(self.base)

    @cached_property
    def columns(self) -> np.ndarray:
        """Products of the holdout among those of the deeds: both ascend by id."""
        found = np.flatnonzero(self.deeds.owners > 0)
        assert len(found) == self.held.had.shape[1]
        return found

    @cached_property
    def asked(self) -> np.ndarray:
        """Who bought something new."""
        return np.flatnonzero(np.diff(self.held.new.indptr) > 0)

    @cached_property
    def parts(self) -> Affinity:
        return affinity(self.base, self.deeds, self.asked, self.texts)

    @cached_property
    def had(self) -> Any:
        return self.held.had.astype(np.float32)

    def every(self, scores: np.ndarray) -> Scores:
        """One score per product, the same for everybody."""
        return np.tile(scores[self.columns], (len(self.asked), 1))

    def new(self, scores: Scores) -> tuple[float, float]:
        """hit@20 and nDCG@20 of new products."""
        had, new = self.held.had[self.asked].toarray(), self.held.new[self.asked].toarray()
        return judged(np.where(had, -np.inf, scores), new)


def judged(scores: np.ndarray, wanted: np.ndarray) -> tuple[float, float]:
    top = np.argsort(-scores, axis=1, kind="stable")[:, :OFFERED]
    hits = np.take_along_axis(wanted, top, 1)
    most = np.minimum(OFFERED, wanted.sum(axis=1))
    gain = (hits * DISCOUNT[: top.shape[1]]).sum(axis=1) / np.cumsum(DISCOUNT)[most - 1]
    return float((hits.sum(axis=1) / most).mean()), float(gain.mean())


# --- shops --------------------------------------------------------------------------------------


def trials(folder: Path, encoder: Encoder) -> Iterator[Trial]:
    retail = DATA / "online_retail/online_retail.parquet"
    if retail.exists():
        read_shop({"orders": retail}, preset="online-retail", workdir=folder / "retail")
        for cut, role in QUARTERS.items():
            tables = open_tables(folder / "retail/tables")
            end = datetime.fromisoformat(cut) + timedelta(days=DAYS)
            yield from trial(f"Online Retail, from {cut} ({role})", tables, encoder, end, DAYS)
    else:
        print("Online Retail is not there: skipped.")
    for seed, role in SEEDS.items():
        shop = write_demo_shop(folder / f"shop{seed}", customers=2000, seed=seed)
        read_shop(shop.sources, workdir=folder / f"demo{seed}")
        tables = open_tables(folder / f"demo{seed}/tables")
        # Today's stock says nothing of what could be offered then.
        tables["products"] = tables["products"].drop("stock")
        end = tables["orders"].ordered_at.max().to_pandas().normalize().to_pydatetime()
        yield from trial(f"Demo shop, seed {seed} ({role})", tables, encoder, end, None)


def trial(
    name: str, tables: Mapping[str, Any], encoder: Encoder, end: datetime, days: int | None
) -> Iterator[Trial]:
    held = hold_out(tables, encoder, as_of=end, days=days)
    if isinstance(held, str):
        print(f"{name}: {held}")
        return
    customers = list(held.features.index)
    texts = text_view(before(tables, held.cut), customers, encoder, as_of=held.cut)
    base = as_known(held, tables)
    yield Trial(name, held, base, texts, bought(tables, base, held))


def as_known(held: Holdout, tables: Mapping[str, Any]) -> CustomerBase:
    """The shop as the tool would have found it at the cut."""
    vectors = np.asarray(held.past.vectors(Recipe.text_weight))
    labels = cluster(vectors, method="kmeans", k=K, seed=0)
    sizes = np.bincount(labels)
    segments = tuple(
        Segment(int(i), f"Segment {i}", int(sizes[i]), float(sizes[i] / len(labels)))
        for i in np.unique(labels)
    )
    nothing = np.zeros((len(labels), 2), np.float32)
    segmentation = Segmentation(
        "benchmark", Recipe(), "kmeans", labels, nothing[:, 0], nothing, segments, {}, "constructed"
    )
    return CustomerBase(tables, held.features, vectors, {}, segmentation, held.cut)


def bought(tables: Mapping[str, Any], base: CustomerBase, held: Holdout) -> Any:
    lines = tables["orders"]
    lines = lines.filter((lines.kind == "sale") & (lines.ordered_at >= held.cut))
    lines = lines.filter(lines.ordered_at < held.end).select("customer_id", "product_id").distinct()
    pairs, products = lines.to_pandas(), pd.Index(deeds(base).products.product_id)
    rows = base.customers.get_indexer(pairs.customer_id)
    columns = products.get_indexer(pairs.product_id)
    kept = (rows >= 0) & (columns >= 0)
    kept[kept] &= deeds(base).owners[columns[kept]] > 0
    shape = (len(base.customers), len(products))
    return csr_matrix((np.ones(kept.sum(), bool), (rows[kept], columns[kept])), shape=shape)


# --- ways to offer ------------------------------------------------------------------------------


def ways(one: Trial) -> Iterator[tuple[str, Callable[[], Scores]]]:
    known, parts, columns = one.deeds, one.parts, one.columns
    ages = {30: known.takers, 90: np.bincount(known.has.indices[known.last < 90],
                                              minlength=len(known.products))}  # fmt: skip
    yield "global popularity", lambda: one.every(known.owners)
    yield "recent popularity, 30 days", lambda: one.every(ages[30])
    yield "recent popularity, 90 days", lambda: one.every(ages[90])
    yield "segment popularity", lambda: parts.segment[:, columns]
    yield "words alone", lambda: parts.words[:, columns]
    yield "50 nearest in the embedding", lambda: parts.near[:, columns]
    yield "items: cosine", lambda: items(one, 0.0, 0.5)
    yield "items: cosine, customers with much discounted", lambda: items(one, 0.25, 0.5)
    yield "items: of the blend", lambda: parts.items[:, columns]
    for factors in (32, 64, 128):
        yield f"SVD of purchases, {factors}", lambda factors=factors: svd(one, factors)
    yield "EASE, 300", lambda: ease(one, 300.0)
    yield from by_implicit(one)
    for name, weights in VARIANTS.items():
        yield name, lambda weights=weights: blend(parts, **weights)[:, columns]
    yield "**the blend**", lambda: parts.score[:, columns]
    yield (
        "the blend, products not sold lately left out",
        lambda: np.where(known.offered[columns], parts.score[:, columns], -1),
    )


VARIANTS: Mapping[str, Mapping[str, float]] = {
    "blend without trend": {"trend": 0},
    "blend without words": {"words": 0},
    "blend without nearest and segment": {"near": 0, "segment": 0},
    "blend without what they looked at": {"looked": 0},
    "blend, nearest twice as much": {"near": 2 * NEAR},
    "blend, segment five times as much": {"segment": 5 * SEGMENT},
    "blend, words twice as much": {"words": 2 * WORDS},
    "blend, trend twice as much": {"trend": 2 * TREND},
}


def blend(
    parts: Affinity,
    near: float = NEAR,
    segment: float = SEGMENT,
    looked: float = LOOKED,
    trend: float = TREND,
    words: float = WORDS,
) -> Scores:
    kinds = parts.items + near * parts.near + segment * parts.segment + looked * parts.looked
    return kinds * parts.trend**trend * np.exp(words * parts.words)


def items(one: Trial, much: float, discount: float) -> Scores:
    """What is bought together: customers count by their products ** -2 much."""
    had = one.had
    each = np.maximum(np.asarray(had.sum(axis=1)).ravel(), 1) ** (-2 * much)
    owners = np.asarray(had.sum(axis=0)).ravel()
    both = (had.T @ (diags(each) @ had)).toarray()
    np.fill_diagonal(both, 0)
    return had[one.asked] @ (both * owners[:, None] ** (discount - 1) * owners**-discount)


def svd(one: Trial, factors: int) -> Scores:
    counts = np.asarray(one.had.sum(axis=1)).ravel()
    rows = csr_matrix(diags(np.maximum(counts, 1) ** -0.5) @ one.had)
    left, values, right = randomized_svd(rows, factors, random_state=0)
    return (left * values)[one.asked] @ right


def ease(one: Trial, ridge: float) -> Scores:
    """Steck, WWW 2019: the ridge regression of every product on all others, inverted densely."""
    gram = (one.had.T @ one.had).toarray().astype(np.float64)
    gram[np.diag_indices_from(gram)] += ridge
    inverse = np.linalg.inv(gram)
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0)
    return one.had[one.asked] @ weights


def by_implicit(one: Trial) -> Iterator[tuple[str, Callable[[], Scores]]]:
    from implicit.als import AlternatingLeastSquares
    from implicit.bpr import BayesianPersonalizedRanking
    from implicit.nearest_neighbours import BM25Recommender, CosineRecommender, TFIDFRecommender

    seeded = {"num_threads": 1, "random_state": 0}
    models = {
        "cosine, 1,000": CosineRecommender(K=1000, num_threads=1),
        "TF-IDF, 1,000": TFIDFRecommender(K=1000, num_threads=1),
        "BM25, 50": BM25Recommender(K=50, num_threads=1),
        "BM25, 1,000": BM25Recommender(K=1000, num_threads=1),
        "ALS, 32": AlternatingLeastSquares(factors=32, regularization=0.05, **seeded),
        "ALS, 64": AlternatingLeastSquares(factors=64, regularization=0.05, **seeded),
        "BPR, 64": BayesianPersonalizedRanking(factors=64, learning_rate=0.05, **seeded),
    }
    for name, model in models.items():
        yield f"implicit: {name}", lambda model=model: offered(one, model)


def offered(one: Trial, model: Any) -> Scores:
    """An implicit model's 20 as scores."""
    had = one.had.tocsr()
    model.fit(had, show_progress=False)
    ids, _ = model.recommend(one.asked, had[one.asked], N=OFFERED, filter_already_liked_items=True)
    scores = np.full((len(one.asked), had.shape[1]), -1.0)
    for place in range(ids.shape[1]):
        rows = np.flatnonzero(ids[:, place] >= 0)
        scores[rows, ids[rows, place]] = OFFERED - place
    return scores


# --- what is measured ---------------------------------------------------------------------------


def new_products(one: Trial) -> str:
    rows, least = [], 0.0
    for name, make in ways(one):
        hit, gain = one.new(make())
        least = least or hit
        rows.append((name, f"{hit:.4f}", f"{gain:.4f}", f"{hit / least:.2f}"))
    return table(("offered by", "hit@20 ↑", "nDCG@20 ↑", "× global popularity"), rows)


def to_segments(one: Trial) -> str:
    """Of the new purchases that the best 20 products would have met, the share of each way."""
    labels = one.base.segmentation.labels
    places = pd.Series(range(len(one.columns)), one.deeds.products.product_id[one.columns])
    totals: dict[str, float] = {}
    best = 0.0
    for segment in one.base.segmentation.segments:
        members = labels == segment.id
        wanted = np.asarray(one.held.new[members].sum(axis=0)).ravel()
        best += np.sort(wanted)[-OFFERED:].sum()
        features = recommend(one.base, segment=segment.id, n=OFFERED, texts=one.texts).features
        own = np.bincount(one.deeds.has[members].indices, minlength=len(one.deeds.products))
        lists = {
            "global popularity": top(one.deeds.owners[one.columns]),
            "recent popularity, 30 days": top(one.deeds.takers[one.columns]),
            "segment popularity": top(own[one.columns]),
            "**offers to the segment**": places[[f.product_id for f in features]].to_numpy(),
        }
        for name, chosen in lists.items():
            totals[name] = totals.get(name, 0) + wanted[chosen].sum()
    least = totals["global popularity"]
    rows = [(n, f"{t / best:.3f}", f"{t / least:.2f}") for n, t in totals.items()]
    return table(("offered to segments by", "of the best 20 ↑", "× global popularity"), rows)


def top(scores: np.ndarray) -> np.ndarray:
    return np.argsort(-scores, kind="stable")[:OFFERED]


def with_repeats(one: Trial) -> str:
    """hit@20 of everything bought, by everybody who came back."""
    known, later = one.deeds, one.later
    asked = np.flatnonzero(np.diff(later.indptr) > 0)
    wanted = later[asked].toarray()
    has = csr_matrix((known.days, known.has.indices, known.has.indptr), shape=later.shape)
    usual = habits(one.base, known)
    score = affinity(one.base, known, asked, one.texts).score
    score[known.settled[asked].toarray() > 0] = 0
    again = np.zeros(score.shape)
    for place, row in enumerate(asked):
        for rank, found in enumerate(due(known, usual, np.array([row]), ahead=one.held.days)):
            again[place, found.column] = 1 / (1 + rank)
    half = np.where(again >= 2 / OFFERED, 10 + again, 0)
    often = has[asked].toarray()
    rows = {
        "global popularity": np.tile(known.owners, (len(asked), 1)),
        "what they bought most often": often + known.owners / 1e6,
        "new products only": score,
        "what they bought most often, then new": np.where(often > 0, 10 + often, score),
        "due again, at most 10, then new": np.where(half > 0, half, score),
        "**due again, then new**": np.where(again > 0, 10 + again, score),
    }
    share = float(later.multiply(known.has > 0).nnz / later.nnz)
    head = (
        f"{len(asked):,} customers came back; {share:.0%} of what they bought was bought again. "
        f"{int(usual.natural.sum()):,} of {int((known.owners > 0).sum()):,} products are bought "
        "again by nature."
    )
    told = [(n, *(f"{v:.4f}" for v in judged(s, wanted))) for n, s in rows.items()]
    return f"{head}\n\n{table(('repeats allowed', 'hit@20 ↑', 'nDCG@20 ↑'), told)}"


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [" | ".join(head), "|".join(["---", *["---:"] * (len(head) - 1)])]
    return "\n".join(f"| {line} |" for line in [*lines, *map(" | ".join, rows)])


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cache", type=Path, help="encoded texts, kept between runs")
    cache = parser.parse_args().cache
    warnings.filterwarnings("ignore", module="implicit")
    encoder = load_encoder(cache=EncodingCache(cache) if cache else None)
    parts = ["# What is offered against what was bought"]
    with tempfile.TemporaryDirectory() as folder, threadpool_limits(1):
        for one in trials(Path(folder), encoder):
            head = (
                f"## {one.name}\n\n{len(one.base.customers):,} customers, "
                f"{len(one.columns):,} products; {len(one.asked):,} customers bought something "
                f"new to them {one.held.period.replace('/', ' to ')}."
            )
            parts += [head, new_products(one), to_segments(one), with_repeats(one)]
            print("\n\n".join(parts[-4:]), flush=True)
    RESULT.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
