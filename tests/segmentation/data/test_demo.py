"""The demo shop: same seed, same bytes; kinds that differ and overlap; gaps as in real shops."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import yaml

from segmentation.data.demo import CHUNK, DemoShop, demo_chunks, write_demo_shop
from segmentation.data.demo.plan import plan_shop
from segmentation.data.privacy import identifying_columns, scrub
from segmentation.types import InputError

TEXT = dict.fromkeys(["customer_id", "order_id", "product_id", "session_id"], str)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> DemoShop:
    return write_demo_shop(tmp_path_factory.mktemp("demo") / "shop")


@pytest.fixture(scope="module")
def orders(shop: DemoShop) -> pd.DataFrame:
    return pd.read_csv(shop.orders, dtype=TEXT, parse_dates=["order_date"])


@pytest.fixture(scope="module")
def sales(orders: pd.DataFrame) -> pd.DataFrame:
    sold = orders[(orders.quantity > 0) & (orders.unit_price > 0) & orders.customer_id.notna()]
    return sold.assign(revenue=sold.quantity * sold.unit_price)


@pytest.fixture(scope="module")
def events(shop: DemoShop) -> pd.DataFrame:
    return pd.read_csv(shop.events, dtype=TEXT, parse_dates=["event_time"])


@pytest.fixture(scope="module")
def reviews(shop: DemoShop) -> pd.DataFrame:
    return pd.read_csv(shop.reviews, dtype=TEXT, parse_dates=["review_date"])


@pytest.fixture(scope="module")
def customers(shop: DemoShop) -> pd.DataFrame:
    return pd.read_csv(shop.customers, dtype=TEXT, parse_dates=["signup_date"])


@pytest.fixture(scope="module")
def kind(shop: DemoShop) -> pd.Series:
    return pd.read_csv(shop.truth / "truth.csv", dtype=TEXT).set_index("customer_id").kind


@pytest.fixture(scope="module")
def features(sales: pd.DataFrame, orders: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """A dozen simple numbers per buyer, straight from the files."""
    by = sales.groupby("customer_id")
    last = sales.order_date.max()
    frame = pd.DataFrame({"orders": by.order_id.nunique(), "revenue": by.revenue.sum()})
    frame["recency"] = (last - by.order_date.max()).dt.days
    frame["gap"] = (by.order_date.max() - by.order_date.min()).dt.days / (frame.orders - 1).clip(1)
    frame["order_value"] = frame.revenue / frame.orders
    frame["price"] = by.unit_price.median()
    frame["units"] = by.quantity.mean()
    frame["variety"] = by.product_id.nunique() / by.size()
    frame["discounted"] = (sales.discount > 0).groupby(sales.customer_id).mean()
    frame["year_end"] = sales.order_date.dt.month.isin([11, 12]).groupby(sales.customer_id).mean()
    frame["weekend"] = (sales.order_date.dt.weekday >= 5).groupby(sales.customer_id).mean()
    back = orders[orders.quantity < 0].groupby("customer_id").quantity.sum()
    frame["returned"] = (-back / by.quantity.sum()).reindex(frame.index).fillna(0)
    sessions = events.groupby("customer_id").session_id.nunique()
    buying = events[events.event_type == "purchase"].groupby("customer_id").session_id.nunique()
    frame["sessions"] = sessions
    frame["conversion"] = (buying / sessions).reindex(frame.index)
    return frame


def digests(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir())}


def test_the_same_seed_gives_the_same_bytes_and_another_others(tmp_path: Path) -> None:
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        write_demo_shop(tmp_path / name, customers=60, months=6, seed=seed)
    assert digests(tmp_path / "a") == digests(tmp_path / "b")
    assert digests(tmp_path / "a-truth") == digests(tmp_path / "b-truth")
    others = digests(tmp_path / "c")
    assert all(others[name] != digest for name, digest in digests(tmp_path / "a").items())


def test_a_full_chunk_does_not_depend_on_the_size_of_the_shop() -> None:
    plan = plan_shop(seed=5, months=2, until=date(2026, 6, 30))
    first = next(iter(demo_chunks(plan, CHUNK, 5)))
    of_many = next(iter(demo_chunks(plan, 10 * CHUNK, 5)))
    assert all(first[name].equals(of_many[name]) for name in first)


def test_a_large_shop_is_drawn_chunk_by_chunk() -> None:
    chunks = demo_chunks(plan_shop(seed=5, months=1, until=date(2026, 6, 30)), 5_000_000, 5)
    assert isinstance(chunks, Iterator)
    before = pa.total_allocated_bytes()
    ids = [set(next(chunks)["customers"]["customer_id"].to_pylist()) for _ in range(3)]
    assert [len(found) for found in ids] == [CHUNK] * 3
    assert not ids[0] & ids[1] and not ids[1] & ids[2]
    assert pa.total_allocated_bytes() - before < 50_000_000


def test_progress_counts_customers(tmp_path: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    write_demo_shop(
        tmp_path / "shop",
        customers=1500,
        months=1,
        progress=lambda stage, done, total: seen.append((done, total)),
    )
    assert seen == [(1000, 1500), (1500, 1500)]


@pytest.mark.parametrize(("customers", "months"), [(0, 1), (5, 0)])
def test_an_empty_shop_is_refused(tmp_path: Path, customers: int, months: int) -> None:
    with pytest.raises(InputError, match="customer and a month"):
        write_demo_shop(tmp_path / "shop", customers=customers, months=months)


@pytest.mark.parametrize("customers", [1, 2, 3])
def test_the_smallest_shops_have_all_files(tmp_path: Path, customers: int) -> None:
    made = write_demo_shop(tmp_path / "shop", customers=customers, months=1, seed=customers)
    assert len(pd.read_csv(made.customers)) == customers
    for path in (made.orders, made.events, made.reviews):
        assert path.read_text("utf-8").startswith('"')


def test_the_shop_has_the_size_that_was_asked_for(
    shop: DemoShop, orders: pd.DataFrame, events: pd.DataFrame, customers: pd.DataFrame
) -> None:
    products = pd.read_csv(shop.products)
    assert len(customers) == customers.customer_id.nunique() == 2000
    assert len(products) == products.product_id.nunique() == products.product_name.nunique() == 304
    assert products.category.nunique() == 16
    assert products.unit_price.between(3, 400).all() and (products.stock >= 0).all()
    assert orders.order_date.min() >= pd.Timestamp(2024, 7, 1)
    assert pd.Timestamp(2026, 6, 29) < orders.order_date.max() < pd.Timestamp(2026, 7, 1)
    assert pd.Timestamp(2026, 6, 29) < events.event_time.max() < pd.Timestamp(2026, 7, 1)
    assert set(orders.product_id) - set(products.product_id) == {"POST"}
    assert set(orders.customer_id.dropna()) <= set(customers.customer_id)


def test_the_truth_is_kept_apart(shop: DemoShop, kind: pd.Series) -> None:
    planted = yaml.safe_load((shop.truth / "kinds.yaml").read_text("utf-8"))
    names = set(planted["kinds"])
    assert len(names) == 8 and set(kind) == {*names, "noise"}
    assert 0.05 < (kind == "noise").mean() < 0.12
    folder = shop.orders.parent
    assert shop.truth.parent == folder.parent and shop.truth != folder
    text = "".join(path.read_text("utf-8") for path in folder.glob("*.csv"))
    assert not any(name in text for name in {*names, "noise"})


def test_the_truth_goes_where_it_is_told(tmp_path: Path) -> None:
    elsewhere = tmp_path / "deep" / "secret"
    made = write_demo_shop(tmp_path / "shop", customers=5, months=1, truth_folder=elsewhere)
    assert made.truth == elsewhere and (elsewhere / "truth.csv").exists()
    assert not (tmp_path / "shop-truth").exists()


def test_planted_kinds_differ_in_what_was_planted(features: pd.DataFrame, kind: pd.Series) -> None:
    median = features.groupby(kind.reindex(features.index)).median()
    assert median.revenue.idxmax() == "trade_buyers"
    assert median.revenue["trade_buyers"] > 5 * median.revenue.drop("trade_buyers").max()
    assert median.units.idxmax() == "trade_buyers" and median.weekend["trade_buyers"] == 0
    assert median.discounted.idxmax() == "bargain_hunters"
    assert median.conversion.idxmin() == "bargain_hunters"
    assert median.year_end.idxmax() == "gift_givers"
    assert median.returned.idxmax() == "style_explorers"
    assert median.price.idxmax() == "trail_people"
    assert median.variety["ritual_keepers"] < 0.7 < median.variety["style_explorers"]
    assert median.conversion["ritual_keepers"] > 2 * median.conversion["nest_builders"]


def test_kinds_differ_in_taste_and_words(
    sales: pd.DataFrame, events: pd.DataFrame, reviews: pd.DataFrame, kind: pd.Series
) -> None:
    favourite = sales.groupby([sales.customer_id.map(kind), "category"]).size()
    favourite = favourite.groupby(level=0).idxmax().str[1]
    assert favourite["trail_people"] in {"Camping & Hiking", "Cycling & Running"}
    assert favourite["gift_givers"] == "Gifts & Stationery"
    assert favourite["style_explorers"] == "Women's Clothing"
    searches = events.dropna(subset="search_term")
    by = searches.customer_id.map(kind)
    assert by[searches.search_term == "ultralight tent"].mode()[0] == "trail_people"
    assert by[searches.search_term == "discount code"].mode()[0] == "bargain_hunters"
    chinese = reviews.review_text.str.contains("[一-鿿]", na=False)
    share = chinese.groupby(reviews.customer_id.map(kind)).mean()
    assert share["singles_day_shoppers"] > 0.6 > 5 * share["trail_people"]


def test_kinds_are_neither_obvious_nor_hopeless(
    features: pd.DataFrame, sales: pd.DataFrame, kind: pd.Series
) -> None:
    from sklearn.cluster import KMeans
    from sklearn.metrics import adjusted_rand_score
    from sklearn.preprocessing import StandardScaler
    from threadpoolctl import threadpool_limits

    heavy = ["orders", "revenue", "recency", "gap", "order_value", "price", "units", "sessions"]
    numbers = features.assign(**np.log1p(features[heavy])).fillna(features.median())
    spent = sales.pivot_table(
        index="customer_id", columns="category", values="revenue", aggfunc="sum", fill_value=0
    )
    taste = np.sqrt(spent.div(spent.sum(axis=1), axis=0)).reindex(features.index)
    blocks = [StandardScaler().fit_transform(block) for block in (numbers, taste)]
    space = np.hstack([block / np.sqrt(block.shape[1]) for block in blocks])
    truth = kind.reindex(features.index)
    planted = (truth != "noise").to_numpy()

    def recovered(space: np.ndarray) -> float:
        with threadpool_limits(1):  # small data: threads wait for each other on a busy machine
            labels = KMeans(8, n_init=5, random_state=0).fit_predict(space)
        return float(adjusted_rand_score(truth[planted], labels[planted]))

    assert 0.3 < recovered(space) < 0.9
    assert recovered(blocks[0][:, :3]) < 0.2  # recency, frequency and money alone do not do it


def test_the_year_has_its_seasons_and_the_shop_grows(sales: pd.DataFrame) -> None:
    day = sales.groupby(sales.order_date.dt.normalize()).revenue.sum()
    month = sales.groupby(sales.order_date.dt.to_period("M")).revenue.sum()
    for year in (2024, 2025):
        november = day[(day.index.year == year) & (day.index.month == 11)]
        usual = november.median()
        assert november[pd.Timestamp(year, 11, 11)] > 2 * usual
        assert november[pd.Timestamp(year, 11, 27)] > 2 * usual
    assert month["2025-11"] > 1.3 * month["2025-09"] and month["2025-12"] > month["2025-08"]
    outdoor = sales[sales.category == "Camping & Hiking"]
    summer = outdoor.order_date.dt.month.isin([4, 5, 6, 7]).mean()
    assert summer > 1.15 * sales.order_date.dt.month.isin([4, 5, 6, 7]).mean()
    assert month[:12].sum() < month[12:].sum()


def test_returns_have_a_reference_of_their_own_and_come_later(orders: pd.DataFrame) -> None:
    back, sold = orders[orders.quantity < 0], orders[orders.quantity > 0]
    assert 0.04 < len(back) / len(sold) < 0.15
    assert not set(back.order_id) & set(sold.order_id)
    number = back.order_id.str.removeprefix("RT")
    pairs = back.assign(order_id="SO" + number).merge(sold, on=["order_id", "product_id"])
    pairs = pairs[pairs.unit_price_y > 0]
    assert len(pairs) == len(back)
    assert (pairs.order_date_x > pairs.order_date_y).all()
    assert (-pairs.quantity_x <= pairs.quantity_y).all()
    assert (pairs.unit_price_x == pairs.unit_price_y).all()


def test_charges_samples_and_currency(orders: pd.DataFrame) -> None:
    post = orders[orders.product_id == "POST"]
    assert 100 < len(post) < 2000 and post.category.isna().all()
    assert 50 < (orders.unit_price == 0).sum() < 1000
    assert set(orders.currency) == {"EUR"}
    assert not orders.duplicated(["order_id", "product_id"]).any()


def test_values_are_missing_here_and_there(
    orders: pd.DataFrame, reviews: pd.DataFrame, customers: pd.DataFrame
) -> None:
    for column in ("country", "channel", "age_band"):
        assert 0.005 < customers[column].isna().mean() < 0.12, column
    assert customers.signup_date.notna().all()
    assert 0.003 < orders.customer_id.isna().mean() < 0.04
    assert 0.01 < reviews.rating.isna().mean() < 0.06
    assert 0.05 < reviews.review_text.isna().mean() < 0.2
    assert not (reviews.rating.isna() & reviews.review_text.isna()).any()


def test_reviews_are_varied_good_and_bad_and_about_the_product(
    shop: DemoShop, reviews: pd.DataFrame
) -> None:
    texts = reviews.review_text.dropna()
    assert texts.nunique() / len(texts) > 0.85
    assert 0.07 < texts.str.contains("[一-鿿]").mean() < 0.3
    assert set(reviews.rating.dropna()) == {1, 2, 3, 4, 5}
    assert not texts.str.contains(r"[{}]").any()
    tents = set(pd.read_csv(shop.products).query("product_name.str.contains('Tent')").product_id)
    about = reviews[reviews.review_text.str.contains(r"\btent\b|帐篷", na=False)]
    assert len(about) and set(about.product_id) <= tents


def test_sessions_run_forward_and_purchases_end_them(events: pd.DataFrame) -> None:
    assert set(events.event_type) == {
        "view", "search", "wishlist", "cart", "checkout", "purchase"
    }  # fmt: skip
    by = events.groupby("session_id", sort=False)
    assert (by.customer_id.nunique() == 1).all()
    assert (by.event_time.max() - by.event_time.min() < pd.Timedelta(hours=2)).all()
    assert (by.event_time.diff().dropna() > pd.Timedelta(0)).all()
    bought = events[events.event_type == "purchase"].session_id.unique()
    assert 0.1 < len(bought) / events.session_id.nunique() < 0.35
    assert set(bought) <= set(events[events.event_type == "cart"].session_id)
    assert ((events.event_type == "search") == events.search_term.notna()).all()


def test_privacy_finds_something_to_do(reviews: pd.DataFrame, shop: DemoShop) -> None:
    found = {}
    for name in ("customers", "orders", "events", "reviews", "products"):
        frame = pd.read_csv(getattr(shop, name), dtype=str, nrows=500).fillna("")
        found |= identifying_columns({column: frame[column].tolist() for column in frame})
    assert found == {"name": "name", "email": "email"}
    counts = [scrub(text)[1] for text in reviews.review_text.dropna()]
    assert sum(count["email"] for count in counts) >= 3
    assert sum(count["phone"] for count in counts) >= 3
    assert sum(map(bool, counts)) < 0.03 * len(counts)
