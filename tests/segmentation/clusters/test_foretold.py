"""Shops where everybody is alike, and shops with kinds of customers, wholly embedded."""

import hashlib
from datetime import datetime, timedelta

import ibis
import numpy as np
import pandas as pd
import pytest

from segmentation.clusters.algorithms import cluster
from segmentation.clusters.foretold import foretold
from segmentation.clusters.quality import verdict_of
from segmentation.clusters.structure import structure_of
from segmentation.holdout.data import future_of, hold_out
from segmentation.types import Future
from segmentation.views.embedding import embed

START, DAYS = datetime(2024, 1, 1), 360
WORDS = ["red", "blue", "green", "mug", "towel", "gnome", "lamp", "rug", "vase", "clock"]


class BagOfWords:
    """Texts that share words are alike."""

    name, digest, dim = "bag", "1" * 64, 24

    def load(self):
        pass

    def encode(self, texts, progress=lambda stage, done, total: None):
        vectors = np.array([self._bag(text) for text in texts], dtype=np.float32)
        return vectors.reshape(len(texts), self.dim)

    def _bag(self, text):
        seeds = [int(hashlib.sha256(w.encode()).hexdigest()[:8], 16) for w in text.lower().split()]
        bag = sum(np.random.default_rng(seed).normal(size=self.dim) for seed in seeds)
        return bag / np.linalg.norm(bag)


def shop(seed, *, customers=900, orders=6.0, lines=2.0, popularity=1.0, kinds=1):
    """Poisson orders at any time of the year, one price law; `kinds` differ in rate and goods."""
    g = np.random.default_rng(seed)
    rows = []
    for customer in range(customers):
        kind = customer % kinds
        rate = orders * (1 if kinds == 1 else 0.5 + kind)
        for order in range(g.poisson(rate)):
            when = START + timedelta(minutes=int(g.uniform(0, DAYS * 1440)))
            for _ in range(1 + g.poisson(lines - 1)):
                weights = np.arange(1, 61.0) ** -popularity if popularity else np.ones(60)
                if kinds > 1:
                    weights = weights * np.where(np.arange(60) % kinds == kind, 30, 1)
                product = int(g.choice(60, p=weights / weights.sum()))
                name = f"{WORDS[product % 3]} {WORDS[3 + product % 7]} {WORDS[product // 7 % 10]}"
                price = round(float(np.exp(np.random.default_rng(product).normal(2, 0.6))), 2)
                rows.append(
                    (f"c{customer}", f"{customer}-{order}", when, f"p{product}", name, price)
                )
    names = ["customer_id", "order_id", "ordered_at", "product_id", "product", "unit_price"]
    frame = pd.DataFrame(rows, columns=names)
    frame["quantity"] = g.integers(1, 4, len(frame)).astype(float)
    frame["category"] = None
    frame["category"] = frame["category"].astype("string")
    return frame.assign(kind="sale", is_charge=False)


def judged(frame, folder, k=4):
    """Kind of structure, whether segments foretold, and the verdict if all came back always."""
    frame.to_parquet(folder / "orders.parquet")
    tables = {"orders": ibis.duckdb.connect().read_parquet(folder / "orders.parquet")}
    as_of = START + timedelta(days=DAYS)
    structure = structure_of(embed(tables, BagOfWords(), as_of=as_of).vectors)
    future = future_of(hold_out(tables, BagOfWords(), as_of=as_of), None)
    held = foretold(cluster(future.vectors, method="kmeans", k=k), future)
    return structure.kind, held, verdict_of({1: 1.0, 2: 1.0}, structure.kind, held)


HOMOGENEOUS = {
    "some orders each": {},
    "few orders, most buy once": {"orders": 1.6, "customers": 1200},
    "large baskets of a skewed catalogue": {"lines": 5.0, "popularity": 1.5},
}


@pytest.mark.slow
@pytest.mark.parametrize("name", HOMOGENEOUS)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_shop_where_everybody_is_alike_has_no_segments(name, seed, tmp_path):
    *_, verdict = judged(shop(seed, **HOMOGENEOUS[name]), tmp_path)
    assert verdict == "none"


@pytest.mark.slow
@pytest.mark.parametrize("kinds", [2, 3])
def test_a_shop_with_kinds_of_customers_has(kinds, tmp_path):
    _, held, verdict = judged(shop(5, kinds=kinds), tmp_path, k=kinds)
    assert held is True
    assert verdict != "none"


def future_with(spend, later=None):
    vectors = np.zeros((len(spend), 2), dtype=np.float32)
    return Future(vectors, np.asarray(spend, dtype=float), np.asarray(spend) > 0, later, 90)


def test_segments_that_spend_differently_afterwards_are_foretold():
    g = np.random.default_rng(0)
    labels = np.repeat([1, 2, 7], 300).astype(np.int32)
    spend = np.maximum(0, g.normal(labels / 3.0, 2.0))
    assert foretold(labels, future_with(spend)) is True


def test_labels_by_lot_are_not():
    g = np.random.default_rng(0)
    assert (
        foretold(g.integers(1, 5, 2000).astype(np.int32), future_with(g.exponential(size=2000)))
        is False
    )


def test_among_few_customers_nothing_found_says_nothing():
    g = np.random.default_rng(0)
    assert (
        foretold(g.integers(1, 5, 60).astype(np.int32), future_with(g.exponential(size=60))) is None
    )


def test_a_future_in_which_nobody_does_anything_says_nothing():
    labels = np.repeat([1, 2], 1000).astype(np.int32)
    assert foretold(labels, future_with(np.zeros(2000))) is None


def test_where_no_money_is_known_coming_back_is_asked():
    g = np.random.default_rng(0)
    labels = np.repeat([1, 2], 1000).astype(np.int32)
    unknown = np.full(2000, np.nan)
    zeros = np.zeros((2000, 2), dtype=np.float32)
    back = g.uniform(size=2000) < np.where(labels == 1, 0.2, 0.6)
    assert foretold(labels, Future(zeros, unknown, back, None, 90)) is True
    assert foretold(g.permutation(labels), Future(zeros, unknown, back, None, 90)) is False


def test_what_they_bought_counts_where_they_spent_alike():
    g = np.random.default_rng(0)
    labels = np.repeat([1, 2], 500).astype(np.int32)
    later = g.normal(size=(1000, 30)).astype(np.float32)
    later[:, 0] += 2 * labels
    later[::3] = np.nan
    assert foretold(labels, future_with(g.exponential(size=1000), later)) is True


def test_the_unassigned_are_left_out():
    g = np.random.default_rng(0)
    labels = g.integers(1, 4, 2000).astype(np.int32)
    labels[:1000] = 0
    spend = g.exponential(size=2000)
    spend[:1000] += 5
    assert foretold(labels, future_with(spend)) is False
