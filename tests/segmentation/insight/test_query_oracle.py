"""Hundreds of generated questions of Online Retail against pandas, straight from the file.

Every metric that the data can answer × every split × every set of filters is a question; a seeded
draw of them is asked, among them every pair of metric and split. The pandas side shares no code
with the product: it reads the file itself and knows only the definitions of docs/metrics.md.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from segmentation.data.reading import read_shop
from segmentation.insight.query import query

FILE = Path(__file__).parents[3] / "../shared/data/online_retail/online_retail.csv.gz"
CHARGES = {"POST", "DOT", "M", "C2", "D", "BANK CHARGES", "PADS", "CRUK", "23444"}
"""Postage, manual entries, fees, and 23444: next day carriage."""
TODAY = pd.Timestamp("2011-12-10")
ASKED = 300

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not FILE.exists(), reason="../shared/data/online_retail is not here"),
]


# --- the oracle -----------------------------------------------------------------------------------


class Lines(NamedTuple):
    """What pandas knows: all lines of known customers, those in scope, segment by customer."""

    all: pd.DataFrame
    scope: pd.DataFrame

    @property
    def sold(self) -> pd.DataFrame:
        return self.scope[self.scope.sale]


def _ratio(over: pd.Series, under: pd.Series) -> pd.Series:
    return over / under.where(under != 0)


def _orders(lines: Lines, key: str) -> pd.Series:
    return lines.sold.groupby(key).InvoiceNo.nunique()


def _customers(lines: Lines, key: str) -> pd.Series:
    return lines.sold.groupby(key).CustomerID.nunique()


def _revenue(lines: Lines, key: str) -> pd.Series:
    return lines.sold.groupby(key).money.sum()


def _net(lines: Lines, key: str) -> pd.Series:
    return lines.scope[~lines.scope.gift].groupby(key).money.sum()


def _units(lines: Lines, key: str) -> pd.Series:
    goods = lines.sold[~lines.sold.charge].groupby(key).Quantity.sum()
    return goods.reindex(lines.scope[key].dropna().unique(), fill_value=0)


def _returned(lines: Lines, key: str) -> pd.Series:
    back = lines.scope[lines.scope.back & ~lines.scope.charge].groupby(key).Quantity.sum()
    return -back.reindex(lines.scope[key].dropna().unique(), fill_value=0)


def _repeat(lines: Lines, key: str) -> pd.Series:
    orders = (
        lines.sold.groupby([key, "CustomerID"]).InvoiceNo.nunique()
        if key != "CustomerID"
        else (lines.sold.groupby("CustomerID").InvoiceNo.nunique())
    )
    return (orders > 1).groupby(level=0).mean()


def _state(of: Callable[[pd.DataFrame], pd.Series]) -> Callable[[Lines, str], pd.Series]:
    """The mean, over the customers who bought in scope, of a number of their whole history."""

    def measure(lines: Lines, key: str) -> pd.Series:
        buyers = lines.sold[["CustomerID"] if key == "CustomerID" else [key, "CustomerID"]]
        buyers = buyers.drop_duplicates()
        return buyers.CustomerID.map(of(lines.all)).groupby(buyers[key]).mean()

    return measure


def _recency(lines: pd.DataFrame) -> pd.Series:
    return (TODAY - lines[lines.sale].groupby("CustomerID").InvoiceDate.max()).dt.days


def _spent(lines: pd.DataFrame) -> pd.Series:
    return lines[~lines.gift].groupby("CustomerID").money.sum()


METRICS: dict[str, Callable[[Lines, str], pd.Series]] = {
    "customers": _customers,
    "orders": _orders,
    "revenue": _revenue,
    "net_revenue": _net,
    "average_order_value": lambda n, k: _ratio(_revenue(n, k), _orders(n, k)),
    "orders_per_customer": lambda n, k: _ratio(_orders(n, k), _customers(n, k)),
    "items_per_order": lambda n, k: _ratio(
        _units(n, k).reindex(_orders(n, k).index), _orders(n, k)
    ),
    "return_rate": lambda n, k: _ratio(_returned(n, k), _units(n, k)),
    "repeat_rate": _repeat,
    "days_since_last_order": _state(_recency),
    "lifetime_value": _state(_spent),
}
ADDS_UP = {"customers", "orders", "revenue", "net_revenue"}
SPLITS = {
    None: "everything",
    "segment": "segment",
    "country": "Country",
    "product": "StockCode",
    "month": "month",
    "weekday": "weekday",
    "customer": "CustomerID",
}


def _number(
    which: str, test: Callable[[pd.Series], pd.Series]
) -> Callable[[pd.DataFrame], pd.Series]:
    """Lines of the customers whose own number meets a test."""

    def keep(lines: pd.DataFrame) -> pd.Series:
        sold = lines[lines.sale]
        numbers = {
            "orders": lambda: sold.groupby("CustomerID").InvoiceNo.nunique(),
            "revenue": lambda: sold.groupby("CustomerID").money.sum(),
            "average_order_value": lambda: (
                sold.groupby("CustomerID").money.sum()
                / sold.groupby("CustomerID").InvoiceNo.nunique()
            ),
            "days_since_last_order": lambda: _recency(lines),
            "lifetime_value": lambda: _spent(lines).where(
                sold.groupby("CustomerID").size().reindex(_spent(lines).index).notna()
            ),
        }[which]()
        return lines.CustomerID.isin(numbers.index[test(numbers)])

    return keep


def _days(first: str, last: str) -> Callable[[pd.DataFrame], pd.Series]:
    begin, end = pd.Timestamp(first), pd.Timestamp(last) + pd.Timedelta(days=1)
    return lambda lines: (lines.InvoiceDate >= begin) & (lines.InvoiceDate < end)


def _called(word: str) -> Callable[[pd.DataFrame], pd.Series]:
    """Lines of products whose commonest description has a word."""

    def keep(lines: pd.DataFrame) -> pd.Series:
        counts = lines.dropna(subset=["Description"]).groupby(["StockCode", "Description"]).size()
        counts = counts.reset_index(name="n")
        best = counts.sort_values(["n", "Description"], ascending=[False, True])
        best = best.drop_duplicates("StockCode")
        return lines.StockCode.isin(best.StockCode[best.Description.str.contains(word)])

    return keep


FILTERS: dict[tuple[str, str, object], Callable[[pd.DataFrame], pd.Series]] = {
    ("country", "eq", "France"): lambda n: n.Country == "France",
    ("country", "ne", "United Kingdom"): lambda n: n.Country != "United Kingdom",
    ("country", "in", ("germany", "EIRE", "Spain")): lambda n: n.Country.isin(
        ["Germany", "EIRE", "Spain"]
    ),
    ("country", "contains", "land"): lambda n: n.Country.str.contains("land", case=False),
    ("ordered_at", "eq", "2011-06"): _days("2011-06-01", "2011-06-30"),
    ("ordered_at", "between", ("2011-03-05", "2011-08-17")): _days("2011-03-05", "2011-08-17"),
    ("ordered_at", "ge", "2011-09-01"): _days("2011-09-01", "2012-12-31"),
    ("ordered_at", "lt", "2011-02"): _days("2000-01-01", "2011-01-31"),
    ("ordered_at", "ne", "2011-11"): lambda n: n.InvoiceDate.dt.strftime("%Y-%m") != "2011-11",
    ("segment", "eq", 2): lambda n: n.segment == 2,
    # Who only sent things back is in no segment, neither in 1 nor in another.
    ("segment", "ne", 1): lambda n: n.segment.notna() & (n.segment != 1),
    ("segment", "in", (4, 5)): lambda n: n.segment.isin([4, 5]),
    ("orders", "ge", 3): _number("orders", lambda s: s >= 3),
    ("orders", "eq", 1): _number("orders", lambda s: s == 1),
    ("revenue", "between", (200, 1000)): _number("revenue", lambda s: s.between(200, 1000)),
    ("average_order_value", "gt", 500): _number("average_order_value", lambda s: s > 500),
    ("days_since_last_order", "le", 30): _number("days_since_last_order", lambda s: s <= 30),
    ("lifetime_value", "lt", 100): _number("lifetime_value", lambda s: s < 100),
    ("product", "eq", "85123A"): lambda n: n.StockCode.str.upper() == "85123A",
    ("product", "contains", "lunch box"): _called("LUNCH BOX"),
    ("product", "ne", "85123A"): lambda n: n.StockCode.str.upper() != "85123A",
}  # fmt: skip
KEYS = list(FILTERS)
SETS = [(), *((key,) for key in KEYS)] + [
    (a, b) for a, b in product(KEYS, KEYS) if KEYS.index(a) < KEYS.index(b) and a[0] != b[0]
]


_masks: dict[tuple, pd.Series] = {}


def _kept(lines: pd.DataFrame, key: tuple) -> pd.Series:
    """The lines that one filter keeps, found once."""
    if key not in _masks:
        _masks[key] = FILTERS[key](lines)
    return _masks[key]


def oracle(lines: pd.DataFrame, metric: str, by: str | None, filters: tuple) -> dict:
    """Group → value, groups without a value left out."""
    kept = lines
    for key in filters:
        kept = kept[_kept(lines, key).loc[kept.index]]
    if by == "product" and not any(key[0] == "product" for key in filters):
        kept = kept[~kept.charge]
    return METRICS[metric](Lines(lines, kept), SPLITS[by]).dropna().to_dict()


# --- the questions --------------------------------------------------------------------------------


def _draw() -> list[tuple[str, str | None, tuple]]:
    generator = np.random.default_rng(2011)
    pairs = list(product(METRICS, SPLITS))
    chosen = [(m, s, SETS[generator.integers(len(SETS))]) for m, s in pairs]
    while len(chosen) < ASKED:
        metric, split = pairs[generator.integers(len(pairs))]
        chosen.append((metric, split, SETS[generator.integers(len(SETS))]))
    return chosen


QUESTIONS = _draw()


@pytest.fixture(scope="module")
def lines():
    raw = pd.read_csv(FILE, dtype={"CustomerID": str, "InvoiceNo": str, "StockCode": str})
    raw = raw[raw.CustomerID.notna()].reset_index(drop=True)
    raw["InvoiceDate"] = pd.to_datetime(raw.InvoiceDate)
    raw["money"] = raw.Quantity * raw.UnitPrice
    raw["sale"] = (raw.Quantity > 0) & (raw.UnitPrice > 0)
    raw["gift"] = (raw.Quantity > 0) & (raw.UnitPrice <= 0)
    raw["back"] = raw.Quantity < 0
    raw["charge"] = raw.StockCode.isin(CHARGES)
    raw["everything"] = "all"
    raw["month"] = raw.InvoiceDate.dt.strftime("%Y-%m")
    raw["weekday"] = raw.InvoiceDate.dt.weekday
    spent = raw[raw.sale].groupby("CustomerID").money.sum()
    segment = pd.qcut(-spent, [0, 0.1, 0.3, 0.6, 0.8, 1], labels=False) + 1
    raw["segment"] = raw.CustomerID.map(segment)
    return raw


@pytest.fixture(scope="module")
def base(shop, lines, tmp_path_factory):
    """The file as the product itself reads it; the segments are given."""
    folder = tmp_path_factory.mktemp("read")
    read_shop({"orders": FILE}, preset="online-retail", workdir=folder)
    orders = pd.read_parquet(folder / "tables" / "orders.parquet").dropna(axis=1, how="all")
    members = lines.drop_duplicates("CustomerID").set_index("CustomerID").segment.dropna()
    groups = {n: (f"Group {n}", list(members.index[members == n])) for n in range(1, 6)}
    return shop.open_base({"orders": orders}, groups, datetime(2011, 12, 10))


def test_there_are_at_least_200_questions() -> None:
    assert len(set(QUESTIONS)) >= 200
    assert {(metric, split) for metric, split, _ in QUESTIONS} == set(product(METRICS, SPLITS))


@pytest.mark.parametrize(("metric", "by", "filters"), QUESTIONS, ids=range(len(QUESTIONS)))
def test_equals_pandas(base, lines, metric, by, filters) -> None:
    wanted = oracle(lines, metric, by, filters)
    given = [
        {"field": field, "op": op, "value": list(v) if isinstance(v, tuple) else v}
        for field, op, v in filters
    ]
    frame = query(base, metric, by=by, filters=given).frame.dropna(subset=["group", "value"])
    found = dict(zip(frame["group"], frame["value"], strict=True))
    if metric in ADDS_UP:  # nothing bought is told as zero by one side and left out by the other
        wanted = {key: value for key, value in wanted.items() if abs(value) > 1e-9}
        found = {key: value for key, value in found.items() if abs(value) > 1e-9}
    assert found.keys() == wanted.keys()
    groups = list(wanted)
    np.testing.assert_allclose(
        [found[g] for g in groups], [wanted[g] for g in groups], rtol=1e-9, atol=1e-9
    )
