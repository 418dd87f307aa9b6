"""The embedding as a whole: the same customers have the same vectors without fitting again."""

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from segmentation.views.embedding import embed, embed_new

# Ibis calls what DuckDB 2 has renamed.
pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")

AS_OF = datetime(2024, 7, 1)
GOODS = {"Kitchen": ["red mug", "blue mug", "tea towel"], "Garden": ["gnome", "spade", "red pot"]}


def shop_of(customers, days=400, seed=0, orders=5):
    """Customers of one of two tastes who buy at random times, some with a discount."""
    rng = np.random.default_rng(seed)
    rows = []
    for person in range(customers):
        category = list(GOODS)[person % 2]
        for order in range(1 + int(rng.integers(orders))):
            at = pd.Timestamp(AS_OF) - timedelta(days=float(rng.uniform(0, days)) + 0.01)
            for _ in range(3):
                product = GOODS[category][int(rng.integers(3))]
                price, discount = float(rng.lognormal(2, 1)), float(rng.random() < 0.3) / 5
                line = (f"c{person:04d}", f"o{person}-{order}", at, product, category)
                rows.append((*line, price, discount))
    columns = ["customer_id", "order_id", "ordered_at", "product", "category"]
    frame = pd.DataFrame(rows, columns=[*columns, "unit_price", "discount"])
    return frame.assign(product_id=frame["product"], quantity=1.0, kind="sale", is_charge=False)


@pytest.fixture(scope="module")
def tables(make_tables):
    return make_tables({"orders": shop_of(300)})


@pytest.fixture(scope="module")
def words(same_words):
    return same_words


@pytest.fixture(scope="module")
def made(tables, words):
    return embed(tables, words, as_of=AS_OF)


def test_the_bases_own_customers_have_their_own_vectors(made, tables, words, tmp_path):
    made.save(tmp_path)
    some = list(made.features.index[::7])[::-1]
    again = embed_new(tmp_path, tables, some, words, AS_OF)
    assert again.dtype == np.float32
    assert again == pytest.approx(made.vectors[::7][::-1], abs=1e-4)


def test_a_weight_given_later_is_a_weight_given_at_once(made, tables, words, tmp_path):
    made.save(tmp_path)
    customers = list(made.features.index)
    again = embed_new(tmp_path, tables, customers, words, AS_OF, text_weight=0.9)
    given = embed(tables, words, as_of=AS_OF, text_weight=0.9)
    assert again == pytest.approx(given.vectors, abs=1e-4)


def test_they_need_not_bring_the_others_with_them(made, words, make_tables, tmp_path):
    """Rarity, ranks and factors are the base's: a customer alone is where they were."""
    made.save(tmp_path)
    alone = shop_of(300)
    alone = alone[alone.customer_id == "c0004"]
    vector = embed_new(tmp_path, make_tables({"orders": alone}), ["c0004"], words, AS_OF)
    own = made.vectors[made.features.index.get_loc("c0004")]
    others = np.linalg.norm(made.vectors - vector, axis=1)
    assert np.linalg.norm(vector[0] - own) < np.quantile(others, 0.02)


def test_new_products_and_strangers_do_no_harm(made, words, make_tables, tmp_path):
    made.save(tmp_path)
    new = shop_of(1).assign(customer_id="new", product="green mug", product_id="green mug")
    vectors = embed_new(tmp_path, make_tables({"orders": new}), ["new", "nobody"], words, AS_OF)
    assert vectors.shape == (2, made.vectors.shape[1])
    assert np.isfinite(vectors).all()


def test_the_same_data_give_the_same_bytes(made, tables, words):
    assert embed(tables, words, as_of=AS_OF).vectors.tobytes() == made.vectors.tobytes()


def test_views_have_variance_one_and_rows_are_finite(made):
    assert made.vectors.dtype == np.float32
    assert np.isfinite(made.vectors).all()
    assert set(made.views) == {"behaviour", "text"}
    for rows in made.views.values():
        assert rows.var(axis=0, dtype=np.float64).sum() == pytest.approx(1, abs=1e-3)


def test_words_find_those_who_buy_such_things(made, words):
    scores = made.vectors @ made.fusion.query(words.encode(["gnome"])[0])
    mix = pd.Series(made.features["category_share:garden"].to_numpy())
    assert mix[np.argsort(-scores)[:20]].mean() > 0.95


@pytest.mark.parametrize(("customers", "days"), [(10, 400), (10, 0.5), (40, 0.5)])
def test_tiny_shops_and_single_days(customers, days, words, make_tables, tmp_path):
    tables = make_tables({"orders": shop_of(customers, days)})
    made = embed(tables, words, as_of=AS_OF)
    assert made.foresight is None
    assert np.isfinite(made.vectors).all() and made.vectors.std() > 0
    made.save(tmp_path)
    again = embed_new(tmp_path, tables, list(made.features.index), words, AS_OF)
    assert again == pytest.approx(made.vectors, abs=1e-4)


def test_a_shop_without_texts_or_orders(words, make_tables, tmp_path):
    rng = np.random.default_rng(2)
    events = pd.DataFrame(
        {
            "customer_id": [f"c{i}" for i in rng.integers(0, 30, 400)],
            "at": [
                pd.Timestamp(AS_OF) - timedelta(hours=float(h)) for h in rng.uniform(1, 99, 400)
            ],
            "kind": rng.choice(["view", "cart", "purchase"], 400),
        }
    )
    tables = make_tables({"events": events})
    made = embed(tables, words, as_of=AS_OF)
    assert made.fusion.weights == {"behaviour": 1.0, "text": 0.0}
    made.save(tmp_path)
    again = embed_new(tmp_path, tables, list(made.features.index), words, AS_OF)
    assert again == pytest.approx(made.vectors, abs=1e-4)
