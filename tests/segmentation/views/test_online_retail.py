"""Behaviour features and texts of real data, against pandas; figures that were promised."""

import time
from datetime import datetime
from pathlib import Path

import ibis
import numpy as np
import pandas as pd
import pytest

from segmentation.views.behaviour import behaviour
from segmentation.views.features import DAYPARTS, WEEKDAYS
from segmentation.views.fusion import Fusion
from segmentation.views.scaling import standardise
from segmentation.views.text import text_view

DATA = Path(__file__).resolve().parents[3].parent / "shared/data/online_retail"
AS_OF = datetime(2011, 12, 10)

pytestmark = [
    pytest.mark.slow,
    # Ibis calls what DuckDB 2 has renamed.
    pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning"),
    pytest.mark.skipif(not DATA.exists(), reason="Online Retail is not at ../shared/data"),
]


@pytest.fixture(scope="module")
def lines():
    """The canonical order lines, made here and not by the reader."""
    raw = pd.read_parquet(DATA / "online_retail.parquet")
    raw = raw[raw.CustomerID.notna()]
    kind = np.where(raw.UnitPrice > 0, "sale", "gift")
    frame = pd.DataFrame(
        {
            "customer_id": raw.CustomerID.astype(int).astype(str),
            "order_id": raw.InvoiceNo.astype(str),
            "ordered_at": raw.InvoiceDate,
            "product_id": raw.StockCode.astype(str),
            "product": raw.Description.astype(str).str.strip(),
            "quantity": raw.Quantity.astype(float),
            "unit_price": raw.UnitPrice.astype(float),
            "kind": np.where(raw.Quantity < 0, "return", kind),
            "is_charge": raw.StockCode.isin(["POST", "DOT", "M", "C2", "D", "BANK CHARGES"]),
        }
    )
    return frame.reset_index(drop=True)


@pytest.fixture(scope="module")
def tables(lines, tmp_path_factory):
    path = tmp_path_factory.mktemp("online_retail") / "orders.parquet"
    lines.to_parquet(path)
    database = ibis.duckdb.connect()
    return {"orders": database.create_table("orders", database.read_parquet(path))}


@pytest.fixture(scope="module")
def features(tables):
    return behaviour(tables, as_of=AS_OF).to_pandas().set_index("customer_id")


@pytest.fixture(scope="module")
def expected(lines):
    """The same features by pandas, customer by customer where that is plainer."""
    sales = lines[lines.kind == "sale"].assign(money=lambda d: d.quantity * d.unit_price)
    goods = sales[~sales.is_charge]
    orders = sales.groupby(["customer_id", "order_id"]).agg(
        at=("ordered_at", "min"), last=("ordered_at", "max"), spent=("money", "sum")
    )
    orders = orders.reset_index().sort_values(["customer_id", "at", "order_id"])
    made = orders.groupby("customer_id").apply(_of_orders, include_groups=False)
    by = goods.groupby("customer_id")
    made["items_per_order"] = by.quantity.sum().reindex(made.index, fill_value=0) / made.frequency
    made["distinct_products"] = by.product_id.nunique().reindex(made.index, fill_value=0)
    made["median_price"] = by.unit_price.median()
    returned = lines[(lines.kind == "return") & ~lines.is_charge].groupby("customer_id").quantity
    back = -returned.sum().reindex(made.index, fill_value=0)
    made["return_rate"] = back / by.quantity.sum()
    usual = goods.groupby("product_id").unit_price.transform("median")
    made["low_price_share"] = (goods.unit_price < usual).groupby(goods.customer_id).mean()
    return made


def _of_orders(orders):
    days = (AS_OF - orders["at"]) / pd.Timedelta(days=1)
    gaps = orders["at"].diff().dt.total_seconds() / 86_400
    recent = orders.spent[days <= 90].sum()
    before = orders.spent[(days > 90) & (days <= 180)].sum()
    weekday, hour = orders["at"].dt.weekday, orders["at"].dt.hour
    parts = {n: ((hour >= a) & (hour < b)).mean() for n, (a, b) in DAYPARTS.items()}
    shares = {n: (weekday == i).mean() for i, n in enumerate(WEEKDAYS)} | parts
    return pd.Series(
        {
            "recency": (AS_OF - orders["last"].max()).days,
            "frequency": len(orders),
            "monetary": orders.spent.sum(),
            "tenure": (AS_OF - orders["at"].min()).days,
            "gap_mean": gaps.mean(),
            "gap_spread": gaps.std(),
            "trend": (recent - before) / (recent + before) if recent + before else np.nan,
            "average_order_value": orders.spent.sum() / len(orders),
            "weekend_share": (weekday >= 5).mean(),
            **{f"{name}_share": value for name, value in shares.items()},
        }
    )


def test_every_feature_of_every_customer_agrees_with_pandas(features, expected):
    assert len(features) == 4_338
    assert features.monetary.sum() == pytest.approx(8_911_407.904)
    assert features.frequency.sum() == 18_532
    assert set(features.columns) == set(expected.columns)
    ordered = expected.loc[features.index, features.columns].astype(float)
    pd.testing.assert_frame_equal(features.astype(float), ordered, rtol=1e-9, atol=1e-9)


def test_a_cut_in_time_knows_only_what_came_before(tables, lines):
    cut = datetime(2011, 9, 9)
    early = behaviour(tables, as_of=cut).to_pandas()
    past = lines[(lines.kind == "sale") & (lines.ordered_at < cut)]
    assert list(early.customer_id) == sorted(past.customer_id.unique())
    assert early.monetary.sum() == pytest.approx((past.quantity * past.unit_price).sum())


def test_takes_less_than_three_seconds_of_this_processor(tables):
    started = time.process_time()
    behaviour(tables, as_of=AS_OF).to_pandas()
    assert time.process_time() - started < 3


def test_customers_of_like_taste_are_found_again(tables, features, words):
    """Texts alone: a customer is nearer to the rest of their own baskets than to others'."""
    view = text_view(tables, list(features.index), words, as_of=AS_OF)
    assert len(words.asked) == len(view.texts) < 3_900
    views = {"behaviour": standardise(features), "text": view.vectors}
    vectors = Fusion.fit(views, 0.4, {"text": view.axes}).transform(views)
    assert vectors.shape[0] == len(features)
    assert np.isfinite(vectors).all()
    assert vectors.var(axis=0).sum() == pytest.approx(1, abs=1e-3)
