"""The small shop of doubles/shop.py, opened as a workspace by hand."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix

from assistant.results import ResultShelf
from segmentation.clusters.choose import choose_k
from segmentation.insight.evidence.evidence import described
from segmentation.insight.similar.closeness import Space
from segmentation.lineage import NothingBefore
from segmentation.views.fusion import Fusion
from segmentation.views.text import Texts


class Workspace:
    """What tools may touch, without files: exact search, words that mean tea towels."""

    def __init__(self, base):
        self.base = replace(base, segmentation=described(base))
        self.results = ResultShelf()
        self.manifest = {}
        self.index = self
        self.encoder = Letters()
        self.space = Space(self.base.vectors)
        self.texts = texts_of(self.base, self.encoder)
        self.fusion = Fusion({}, text_weight=0.4, own_weight=0.4)
        self.recipes = []
        self.before = None
        self.root = None
        self.snapshot = SimpleNamespace(id="snapshot-1")
        self.barred = frozenset()
        self.writer = None

    def suppressed(self):
        return self.barred

    def nearest(self, vector, n, *, where=(), exclude=()):
        scores = self.base.vectors @ np.asarray(vector)
        order = [i for i in np.argsort(-scores) if self.base.customers[i] not in exclude]
        return [SimpleNamespace(customer_id=self.base.customers[i]) for i in order[:n]]

    def text_evidence(self, customer_id, n=5):
        return [("Tea towel", 0.9), ("Garden gnome", 0.1)][:n]

    def past(self, since=None):
        if self.before is None:
            raise NothingBefore("first")
        return self.before

    def weigh_counts(self, *, method, k_min, k_max, progress):
        return choose_k(
            self.base.vectors, method=method, k_min=k_min, k_max=k_max, progress=progress
        )

    def resegment(self, recipe, progress):
        self.recipes.append(recipe)
        progress("clustering", 1, 1)
        segmentation = replace(self.base.segmentation, recipe=recipe, verdict="reproducible")
        self.base = replace(self.base, segmentation=segmentation)
        return segmentation


def texts_of(base, encoder):
    """The products of the shop as texts, a product everybody of its buyers has once."""
    orders = base.tables["orders"].to_pandas() if "orders" in base.tables else None
    if orders is None or "product" not in orders:
        nothing = np.zeros((0, encoder.dim), dtype=np.float32)
        return Texts((), csr_matrix((len(base.customers), 0), dtype=np.float32), nothing)
    sales = orders[(orders.kind == "sale") & ~orders.is_charge]
    names = sorted(sales["product"].unique())
    pairs = sales[["customer_id", "product"]].drop_duplicates()
    places = (
        base.customers.get_indexer(pairs.customer_id),
        pd.Index(names).get_indexer(pairs["product"]),
    )
    shape = (len(base.customers), len(names))
    weights = csr_matrix((np.ones(len(pairs), dtype=np.float32), places), shape=shape)
    return Texts(tuple(names), weights, encoder.encode(names))


class Letters:
    """An encoder that counts letters."""

    name, digest, dim = "letters", "0", 26

    def encode(self, texts, progress=None):
        letters = [chr(97 + i) for i in range(26)]
        counts = np.array([[text.lower().count(one) for one in letters] for text in texts])
        return (counts / np.linalg.norm(counts, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="session")
def workspace_of():
    """Called with a base, opens it as a workspace."""
    return Workspace


@pytest.fixture(scope="session")
def open_workspace(shop):
    """Called with tables, opens them as a workspace."""
    return lambda tables: Workspace(shop.open_base(tables))


@pytest.fixture(scope="session")
def base(shop):
    return shop.open_base(shop.frames())


@pytest.fixture(scope="session")
def orders_base(shop):
    return shop.open_base({"orders": shop.frames()["orders"]})


@pytest.fixture
def workspace(base):
    return Workspace(base)


@pytest.fixture
def orders_only(orders_base):
    """A shop of which only orders are known."""
    return Workspace(orders_base)
