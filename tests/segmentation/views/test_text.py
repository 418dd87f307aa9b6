"""Texts pooled per customer: encoded once, weighted by rarity and age, silent on what came back."""

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from segmentation.views.text import HALF_LIFE, SOURCES, text_view

# Ibis calls what DuckDB 2 has renamed.
pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")

AS_OF = datetime(2024, 7, 1)
CUSTOMERS = ["ann", "bob", "dee", "eve", "fay"]


@pytest.fixture
def view(shop, words):
    return text_view(shop, CUSTOMERS, words, as_of=AS_OF)


def lines(*rows):
    """Order lines `customer, product, days ago` with an order of their own each."""
    made = [
        {
            "customer_id": customer,
            "order_id": f"o{i}",
            "ordered_at": pd.Timestamp(AS_OF) - timedelta(days=days),
            "product_id": product,
            "product": product,
            "quantity": 1.0,
            "unit_price": 2.0,
            "kind": "sale",
            "is_charge": False,
        }
        for i, (customer, product, days) in enumerate(rows)
    ]
    return pd.DataFrame(made)


def weight(view, customer, text, customers=CUSTOMERS):
    return view.weights[list(customers).index(customer), view.texts.index(text)]


def test_shapes_agree(view, words):
    assert view.vectors.shape == (5, words.dim)
    assert view.weights.shape == (5, len(view.texts))
    assert view.encodings.shape == (len(view.texts), words.dim)
    assert view.vectors.dtype == view.encodings.dtype == np.float32


def test_every_distinct_text_is_encoded_once(view, words):
    assert sorted(words.asked) == sorted(view.texts)
    assert len(set(view.texts)) == len(view.texts)


def test_texts_come_from_orders_searches_and_reviews(view):
    assert {"tea towel", "tea towel with cats", "lovely mug", "Garden"} <= set(view.texts)
    assert weight(view, "eve", "tea towel with cats") > 0
    assert weight(view, "fay", "lovely mug") > 0


def test_charges_say_nothing(view):
    assert not any("postage" in text for text in view.texts)


def test_what_was_sent_back_says_nothing(view):
    # bob's only purchase was returned whole; the mug he was given is no purchase.
    assert view.weights[CUSTOMERS.index("bob")].nnz == 0
    assert not view.vectors[CUSTOMERS.index("bob")].any()


def test_sending_back_a_part_counts_by_what_was_kept(make_tables, words):
    orders = lines(("a", "mug", 1), ("b", "mug", 1), ("c", "gnome", 1))
    back = orders[:1].assign(order_id="r", quantity=-0.75, kind="return")
    view = text_view(
        make_tables({"orders": pd.concat([orders, back])}), list("abc"), words, as_of=AS_OF
    )
    kept = weight(view, "a", "mug", "abc") / weight(view, "b", "mug", "abc")
    assert view.weights.shape == (3, 2)
    assert kept == pytest.approx(np.log1p(0.25) / np.log1p(1), rel=1e-3)


def test_weights_by_rarity_age_and_count(make_tables, words):
    orders = lines(
        ("a", "mug", 1), ("a", "mug", HALF_LIFE), ("a", "gnome", HALF_LIFE), ("b", "mug", 1),
        ("c", "tea", 1),
    )  # fmt: skip
    view = text_view(make_tables({"orders": orders}), list("abc"), words, as_of=AS_OF)

    def expected(owners, *ages):
        amount = sum(2 ** (-age / HALF_LIFE) for age in ages)
        return SOURCES["bought"] * np.log1p(amount) * np.log(4 / (1 + owners))

    assert weight(view, "a", "mug", "abc") == pytest.approx(expected(2, 1, HALF_LIFE), rel=1e-4)
    assert weight(view, "a", "gnome", "abc") == pytest.approx(expected(1, HALF_LIFE), rel=1e-4)
    assert weight(view, "b", "mug", "abc") == pytest.approx(expected(2, 1), rel=1e-4)


def test_a_vector_is_the_weighted_mean_of_encodings(view):
    row = view.weights[[0]].toarray()[0]
    expected = (row[:, None] * view.encodings).sum(axis=0) / row.sum()
    assert view.vectors[0] == pytest.approx(expected, abs=1e-6)


def test_what_happens_from_as_of_on_is_not_looked_at(view):
    dee = view.weights[[CUSTOMERS.index("dee")]]
    assert {view.texts[column] for column in dee.indices} == {"red mug", "Kitchen"}


def test_main_texts_are_the_heaviest_first(view):
    main = view.main_texts(0, n=3)
    shares = [share for _, share in main]
    assert len(main) == 3
    assert shares == sorted(shares, reverse=True)
    assert main[0][0] == "lovely gnome"  # only she wrote it, a week ago
    assert sum(share for _, share in view.main_texts(0, n=99)) == pytest.approx(1)
    assert view.main_texts(CUSTOMERS.index("bob")) == []


def test_customers_not_asked_for_are_left_out_and_strangers_are_silent(shop, words):
    view = text_view(shop, ["ann", "zoe"], words, as_of=AS_OF)
    assert view.vectors.shape[0] == 2
    assert view.vectors[0].any()
    assert not view.vectors[1].any()
    assert "tea towel with cats" not in view.texts


def test_numbers_standing_for_names_and_a_text_all_share_say_nothing(make_tables, words):
    orders = lines(("a", "4756105", 1), ("a", "mug", 1), ("b", "mug", 1))
    view = text_view(make_tables({"orders": orders}), ["a", "b"], words, as_of=AS_OF)
    assert view.texts == ()
    assert view.vectors.shape == (2, words.dim)
    assert not view.vectors.any()
    assert words.asked == []


def test_a_shop_without_texts(words, make_tables):
    events = pd.DataFrame(
        {"customer_id": ["a"], "at": [pd.Timestamp("2024-01-01")], "kind": "view"}
    )
    view = text_view(make_tables({"events": events}), ["a"], words, as_of=AS_OF)
    assert (view.texts, view.vectors.shape, view.axes) == ((), (1, words.dim), None)


def test_purchases_of_the_events_count_where_there_are_no_orders(shop, words):
    events = {"events": shop["events"], "products": shop["products"]}
    alone = text_view(events, ["ann", "eve", "zoe"], words, as_of=AS_OF)
    mug = alone.texts.index("red mug")
    assert alone.weights[0, mug] > 2 * alone.weights[1, mug]


def test_the_same_data_give_the_same_bytes(shop, words, view):
    again = text_view(shop, CUSTOMERS, words, as_of=AS_OF)
    assert again.texts == view.texts
    assert again.vectors.tobytes() == view.vectors.tobytes()
    assert again.weights.data.tobytes() == view.weights.data.tobytes()


def test_the_mix_is_the_square_root_of_category_shares(make_tables, words):
    orders = lines(("a", "mug", 0), ("a", "gnome", 0), ("a", "pot", 0), ("b", "mug", 0))
    orders["category"] = ["Kitchen", "Garden", "Garden", "Kitchen"]
    orders["ordered_at"] = pd.Timestamp(AS_OF) - timedelta(seconds=1)
    view = text_view(make_tables({"orders": orders}), list("abc"), words, as_of=AS_OF)
    names = [view.lexicon.texts[place] for place in view.lexicon.categories]
    assert names == ["Kitchen", "Garden"]  # most owners first
    expected = np.sqrt([[1 / 3, 2 / 3], [1, 0], [0, 0]])
    assert view.mix == pytest.approx(expected, abs=1e-4)


def test_customers_of_like_baskets_have_like_habits(make_tables, words):
    baskets = {"a": "mn", "b": "mn", "c": "op", "d": "op", "e": "mo"}
    orders = lines(*((who, f"{what} thing", 1) for who, had in baskets.items() for what in had))
    habits = text_view(make_tables({"orders": orders}), list("abcde"), words, as_of=AS_OF).habits
    assert habits[0] == pytest.approx(habits[1], abs=1e-5)
    likeness = habits @ habits.T
    assert likeness[0, 1] > likeness[0, 4] > likeness[0, 2]
