"""Histories cut in two, on a shop small enough to deal by hand and on one that was embedded."""

from __future__ import annotations

from datetime import datetime

import ibis
import numpy as np
import pandas as pd
import pytest

from segmentation.insight.similar.halves import MOST, both_halves, same_customer
from segmentation.insight.similar.halves import _dealt as dealt
from segmentation.views.embedding import embed

AS_OF = datetime(2024, 7, 1)
GOODS = ("mug", "plate", "towel", "gnome", "candle", "bowl", "apron", "clock")


class Letters:
    """An encoder that counts letters, and how often it was asked."""

    name, digest, dim = "letters", "0", 26

    def __init__(self):
        self.asked = 0

    def load(self):
        pass

    def encode(self, texts, progress=None):
        self.asked += len(texts)
        counts = [[text.lower().count(chr(97 + i)) for i in range(26)] for text in texts]
        rows = np.array(counts, dtype=np.float32).reshape(len(texts), 26)
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


def opened(frame):
    return {"orders": ibis.duckdb.connect().create_table("orders", ibis.memtable(frame))}


@pytest.fixture(scope="module")
def tables():
    """90 customers of six orders, each true to three goods; ten of one order."""
    generator = np.random.default_rng(0)
    rows = []
    for number in range(100):
        own = generator.permutation(GOODS)[:3]
        for order in range(6 if number < 90 else 1):
            day = datetime(2024, 1, 1) + pd.Timedelta(days=int(generator.integers(0, 180)))
            for product in generator.permutation(own)[:2]:
                price = 2.0 + GOODS.index(product)
                rows.append((f"c{number:03}", f"o{number}-{order}", day, product, 1.0, price))
    columns = ["customer_id", "order_id", "ordered_at", "product", "quantity", "unit_price"]
    frame = pd.DataFrame(rows, columns=columns)
    return opened(frame.assign(product_id=frame["product"], kind="sale", is_charge=False))


@pytest.fixture(scope="module")
def made(tables, tmp_path_factory):
    folder = tmp_path_factory.mktemp("fitted") / "fusion"
    embedding = embed(tables, Letters(), as_of=AS_OF)
    embedding.save(folder)
    return embedding, folder


def test_orders_are_dealt_in_turn_and_whole():
    times = ["2024-01-01", "2024-01-01", "2024-02-01", "2024-03-01", "2024-03-01"]
    frame = pd.DataFrame(
        {
            "customer_id": ["a", "a", "a", "a", "b"],
            "order_id": ["1", "1", "2", "3", "4"],
            "ordered_at": pd.to_datetime(times),
        }
    )
    rows = dealt(opened(frame))["orders"].to_pandas().sort_values(["customer_id", "order_id"])
    first = rows.half.iloc[0]
    assert rows.half.tolist() == [first, first, 1 - first, first, first]


def test_halves_are_of_those_who_have_two_and_encode_nothing(tables, made):
    embedding, folder = made
    first, second = both_halves(tables, folder, embedding.texts, AS_OF)
    assert first.shape == second.shape == (90, embedding.vectors.shape[1])
    assert len(first) <= MOST
    assert np.isfinite(first).all()
    assert not np.array_equal(first, second)


def test_a_customers_halves_are_nearer_than_strangers(tables, made):
    embedding, folder = made
    chances = same_customer(tables, folder, embedding.texts, AS_OF)
    assert chances.hidden == 90
    assert chances.of([0.9])[0] > 0.8 > 0.4 > chances.of([0.0])[0]
    assert chances == same_customer(tables, folder, embedding.texts, AS_OF)


def test_single_orders_have_no_halves(tables, made):
    embedding, folder = made
    orders = tables["orders"]
    single = {"orders": orders.filter(orders.customer_id >= "c090")}
    assert both_halves(single, folder, embedding.texts, AS_OF)[0].shape == (0, 0)
    assert same_customer(single, folder, embedding.texts, AS_OF) is None
