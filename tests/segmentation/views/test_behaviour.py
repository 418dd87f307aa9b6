"""Behaviour features against values worked out by hand, and by pandas on real data."""

from datetime import datetime, timedelta

import ibis
import numpy as np
import pandas as pd
import pytest

from segmentation.views.behaviour import behaviour
from segmentation.views.features import FEATURES, GROUP_WEIGHTS, feature

# Ibis calls what DuckDB 2 has renamed.
pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")

AS_OF = datetime(2024, 7, 1)


def features_of(tables, as_of=AS_OF):
    return behaviour(tables, as_of=as_of).to_pandas().set_index("customer_id")


@pytest.fixture(scope="module")
def features(shop):
    return features_of(shop)


def test_rows_are_the_customer_base_in_order_of_id(features):
    # cy only returned something: no sale, no event, no review.
    assert list(features.index) == ["ann", "bob", "dee", "eve", "fay"]


def test_every_column_is_in_the_catalogue(features):
    for column in features.columns:
        described = feature(column)
        assert described.unit and described.formula
        assert described.group in GROUP_WEIGHTS


def test_every_feature_of_the_catalogue_can_be_made(shop):
    discounted = shop["orders"].mutate(discount=0.0)
    columns = features_of({**shop, "orders": discounted, "events": all_kinds(shop["events"])})
    made = {feature(column).name for column in columns}
    assert made == {each.name for each in FEATURES}


def all_kinds(events):
    return events.union(events.mutate(kind=ibis.literal("wishlist")))


# ann: order 1 of 20 + 3 postage on day 181 before as_of (10:00 on 2 January to midnight of 1 July
# is 180 days 14 hours), order 2 of 18, order 3 of 8, all by hand.
ANN = {
    "recency": 8,  # 22 June 10:00 to 1 July 00:00: 8 days 14 hours
    "frequency": 3,
    "monetary": 23 + 18 + 8,
    "tenure": 180,
    "gap_mean": 172 / 2,  # 2 January 10:00 to 22 June 10:00, two gaps
    "gap_spread": abs((100 + 9.5 / 24) - (71 + 14.5 / 24)) / 2**0.5,
    "trend": (26 - 0) / (26 + 0),  # o2 and o3 in the last 90 days; o1 more than 180 days ago
    "average_order_value": 49 / 3,
    "items_per_order": 8 / 3,
    "distinct_products": 3,
    "median_price": 5.5,  # of 5, 6, 12, 4
    "return_rate": 1 / 8,
    "low_price_share": 1 / 4,  # mugs sell at 5, 4, 5: the median is 5
    "tuesday_share": 1 / 3,
    "thursday_share": 1 / 3,
    "saturday_share": 1 / 3,
    "weekend_share": 1 / 3,
    "morning_share": 2 / 3,
    "evening_share": 1 / 3,
    "night_share": 0,
    "category_share:kitchen": 34 / 46,
    "category_share:garden": 12 / 46,
    "category_entropy": -(34 / 46) * np.log(34 / 46) - (12 / 46) * np.log(12 / 46),
    "visit_recency": 8,
    "views": 1,
    "carts": 1,
    "purchases": 1,
    "searches": 0,
    "cart_rate": 1,
    "purchase_rate": 1,
    "review_count": 1,
    "mean_rating": 5,
}


@pytest.mark.parametrize("name", ANN)
def test_a_customer_worked_out_by_hand(features, name):
    assert features.loc["ann", name] == pytest.approx(ANN[name], abs=1e-9)


def test_a_gift_is_no_purchase_and_everything_may_come_back(features):
    bob = features.loc["bob"]
    assert (bob.frequency, bob.monetary, bob.recency) == (1, 24, 119)
    assert bob.return_rate == 1
    assert (bob.sunday_share, bob.night_share, bob.weekend_share) == (1, 1, 1)
    assert bob.distinct_products == 1


def test_what_one_order_cannot_say_is_unknown(features):
    assert features.loc["bob", ["gap_mean", "gap_spread"]].isna().all()
    assert features.loc["dee", "trend"] == 1


def test_what_happens_from_as_of_on_is_not_looked_at(features):
    assert features.loc["dee", "monetary"] == 5
    assert features.loc["dee", "recency"] == 60


def test_only_browsing_counts_nothing_bought_and_knows_no_recency(features):
    eve = features.loc["eve"]
    assert (eve.frequency, eve.monetary, eve.views, eve.carts, eve.searches) == (0, 0, 2, 1, 1)
    assert eve[["recency", "average_order_value", "return_rate", "mean_rating"]].isna().all()
    assert eve.visit_recency == 1
    assert eve.cart_rate == 0.5
    assert eve.purchase_rate == 0


def test_only_reviewing(features):
    fay = features.loc["fay"]
    assert (fay.review_count, fay.mean_rating, fay.views) == (2, 4, 0)


def test_orders_alone(shop):
    features = features_of({"orders": shop["orders"]})
    assert list(features.index) == ["ann", "bob", "dee"]
    assert not {"views", "review_count", "discount_share"} & set(features.columns)


def test_browsing_alone_takes_its_profile_from_events(shop):
    features = features_of({"events": shop["events"], "products": shop["products"]})
    assert "recency" not in features.columns
    assert features.loc["eve", "friday_share"] == 0.75
    assert features.loc["eve", "evening_share"] == 0.25
    assert features.loc["eve", "category_share:kitchen"] == pytest.approx(2 / 3)


def test_reviews_alone_without_dates_or_ratings(make_tables):
    frame = pd.DataFrame({"customer_id": ["b", "a", "b"], "text": ["x", "y", "z"]})
    features = features_of(make_tables({"reviews": frame}))
    assert features.review_count.to_dict() == {"a": 1, "b": 2}
    assert "mean_rating" not in features.columns


def test_dates_without_a_clock_have_no_hours(shop):
    orders = shop["orders"].mutate(ordered_at=shop["orders"].ordered_at.truncate("day"))
    columns = features_of({"orders": orders}).columns
    assert "monday_share" in columns
    assert "night_share" not in columns


def test_orders_that_name_no_product_say_nothing_of_products(shop):
    columns = features_of(
        {"orders": shop["orders"].mutate(product_id=ibis.literal("unknown"))}
    ).columns
    assert "monetary" in columns
    assert not {"distinct_products", "low_price_share"} & set(columns)


def test_categories_of_the_products_table_fill_in(shop):
    orders = shop["orders"].drop("category")
    features = features_of({"orders": orders, "products": shop["products"]})
    assert features.loc["ann", "category_share:garden"] == pytest.approx(12 / 46)


def test_categories_that_differ_only_in_case_are_one(shop):
    orders = shop["orders"].mutate(
        category=(shop["orders"].order_id == "o3").ifelse("KITCHEN", shop["orders"].category)
    )
    features = features_of({"orders": orders})
    assert features.loc["ann", "category_share:kitchen"] == pytest.approx(34 / 46)


def test_discounts_where_the_data_has_them(shop):
    orders = shop["orders"].mutate(
        discount=(shop["orders"].order_id == "o2").ifelse(0.1, ibis.null("float64"))
    )
    assert features_of({"orders": orders}).loc["ann", "discount_share"] == 0.5


def test_the_row_order_of_the_data_does_not_matter(shop, features):
    shuffled = shop["orders"].order_by(ibis.desc("unit_price"))
    pd.testing.assert_frame_equal(features_of({**shop, "orders": shuffled}), features)


def test_a_later_as_of_ages_everybody_alike(shop, features):
    orders = {"orders": shop["orders"].filter(shop["orders"].order_id != "o7")}
    later = features_of(orders, AS_OF + timedelta(days=10))
    assert (later.recency - features.recency.loc[later.index]).tolist() == [10, 10, 10]


def test_the_same_expressions_compile_for_spark(shop):
    sql = str(ibis.to_sql(behaviour(shop, as_of=AS_OF), dialect="databricks"))  # Spark's SQL
    assert "purchase_rate" in sql
