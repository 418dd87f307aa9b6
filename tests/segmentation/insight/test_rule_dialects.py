"""Rules in the words of Shopify and Klaviyo, read again by other code: the same customers."""

from __future__ import annotations

import json
import operator
import re
from datetime import date, datetime, timedelta

import duckdb
import ibis
import numpy as np
import pandas as pd
import pytest

from segmentation.insight.rules.dialects import METRIC_ID, translated
from segmentation.insight.rules.rules import Rule, rules
from segmentation.insight.rules.search import Condition, meets
from segmentation.types import CustomerBase, Recipe, Segment, Segmentation

TODAY = date(2024, 4, 1)
TOOLS = ("shopify", "klaviyo")
SEEDS = [*range(8), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(8, 40))]
BOUNDS = {"recency": (0, 365), "tenure": (0, 700), "frequency": (1, 9), "monetary": (1, 900)}


def people(n=600, seed=0):
    """Behaviour of customers, of whom every tenth only ever looked."""
    draw = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "recency": draw.integers(0, 366, n).astype(float),
            "frequency": draw.integers(1, 10, n).astype(float),
            "monetary": draw.lognormal(5, 1, n).round(2),
            "monday_share": draw.random(n),
        }
    )
    frame["tenure"] = frame["recency"] + draw.integers(0, 300, n)
    frame["gap_mean"] = np.where(frame["frequency"] > 1, draw.random(n) * 90, np.nan)
    frame.loc[::10] = np.nan
    return frame


def base_of(features, labels):
    ids = [f"c{i:04d}" for i in range(len(labels))]
    connection = ibis.duckdb.connect()
    known = connection.create_table("customers", ibis.memtable(pd.DataFrame({"customer_id": ids})))
    labels = np.asarray(labels, dtype=np.int32)
    numbers, sizes = np.unique(labels, return_counts=True)
    segments = (
        Segment(int(n), f"Segment {n}", int(size), float(size / len(labels)))
        for n, size in zip(numbers, sizes, strict=True)
    )
    return CustomerBase(
        tables={"customers": known},
        features=features.set_axis(pd.Index(ids, name="customer_id"), axis=0),
        vectors=np.eye(len(labels), 2, dtype=np.float32),
        views={},
        segmentation=Segmentation(
            id="first",
            recipe=Recipe(),
            method="kmeans",
            labels=labels,
            confidence=np.ones(len(labels), dtype=np.float32),
            map=np.zeros((len(labels), 2), dtype=np.float32),
            segments=tuple(segments),
            metrics={},
            verdict="natural",
        ),
        as_of=datetime(2024, 4, 1),
        currency="EUR",
    )


def rule_of(base, *conjunctions):
    members = np.asarray(base.segmentation.labels) == 1
    caught = np.logical_or.reduce(
        [
            meets({c: base.features[c].to_numpy() for c in base.features}, one)
            for one in conjunctions
        ]
    )
    return Rule(
        segment=1,
        conditions=conjunctions[0],
        alternatives=tuple(conjunctions[1:]),
        size=int(members.sum()),
        matched=int(caught.sum()),
        hits=int((caught & members).sum()),
        customers=len(members),
        parts=(),
        sql="SELECT 1",
        pandas="",
    )


# --- two readers that share nothing with the writers ----------------------------------------------


def shopify_members(text, features):
    """The query run as SQL over what Shopify would know of these customers."""

    def days(column):
        ago = features[column]
        return [None if np.isnan(d) else TODAY - timedelta(days=int(d)) for d in ago]

    customers = pd.DataFrame(
        {
            "number_of_orders": features["frequency"].fillna(0),
            "amount_spent": features["monetary"].fillna(0),
            "last_order_date": pd.Series(days("recency"), dtype="object"),
            "first_order_date": pd.Series(days("tenure"), dtype="object"),
        }
    )
    dated = re.sub(r"-(\d+)d\b", lambda m: f"(DATE '{TODAY}' - INTERVAL {m[1]} DAY)", text)
    assert re.fullmatch(r"[\w\s()<>=.\-]+", text)
    with duckdb.connect() as connection:
        connection.register("customers_frame", customers)
        query = (
            "SELECT number_of_orders, amount_spent, last_order_date::DATE AS last_order_date, "
            "first_order_date::DATE AS first_order_date FROM customers_frame"
        )
        met = connection.execute(f"SELECT coalesce({dated}, FALSE) FROM ({query})").fetchall()
    return np.array([bool(row[0]) for row in met])


OPERATORS = {
    "equals": operator.eq,
    "less-than": operator.lt,
    "less-than-or-equal": operator.le,
    "greater-than": operator.gt,
    "greater-than-or-equal": operator.ge,
}


def klaviyo_condition(condition, person):
    assert condition["type"] == "profile-metric"
    assert condition["metric_id"] == METRIC_ID
    bought, time = not np.isnan(person["recency"]), condition["timeframe_filter"]
    orders = person["frequency"] if bought else 0
    if time["operator"] == "alltime":
        measured = orders if condition["measurement"] == "count" else person["monetary"]
        measured = measured if bought else 0
    elif time["operator"] == "in-the-last":
        measured = int(bought and person["recency"] <= time["quantity"])
    else:
        assert time["operator"] == "at-least"
        measured = int(bought and person["tenure"] >= time["quantity"])
    wanted = condition["measurement_filter"]
    return OPERATORS[wanted["operator"]](measured, wanted["value"])


def klaviyo_members(text, features):
    groups = json.loads(text)["condition_groups"]
    return np.array(
        [
            all(any(klaviyo_condition(c, person) for c in g["conditions"]) for g in groups)
            for person in features.to_dict("records")
        ]
    )


READERS = {"shopify": shopify_members, "klaviyo": klaviyo_members}


# --- the rules -----------------------------------------------------------------------------------


def random_condition(draw):
    feature = str(draw.choice(list(BOUNDS)))
    low, high = BOUNDS[feature]
    value = float(draw.integers(low + 1, high)) + float(draw.choice([0.0, 0.5]))
    op = str(draw.choice(["<", "<=", ">", ">="]))
    return Condition(feature, op, value, or_unknown=bool(draw.random() < 0.3))


@pytest.mark.parametrize("dialect", TOOLS)
@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_handed_out_catches_whom_it_says(dialect, seed):
    draw = np.random.default_rng(seed)
    features = people(seed=seed)
    conjunctions = [
        tuple(random_condition(draw) for _ in range(draw.integers(1, 4)))
        for _ in range(draw.integers(1, 4))
    ]
    values = {name: features[name].to_numpy() for name in features}
    caught = np.logical_or.reduce([meets(values, one) for one in conjunctions])
    labels = np.where(caught ^ (draw.random(len(features)) < 0.05), 1, 2)
    base = base_of(features, labels)
    found = translated(base, rule_of(base, *conjunctions), dialect)
    members = READERS[dialect](found.text, features)
    assert int(members.sum()) == found.matched
    assert int((members & (labels == 1)).sum()) == found.hits
    assert found.size == int((labels == 1).sum())


@pytest.mark.parametrize("dialect", TOOLS)
def test_what_cannot_be_said_is_dropped_and_the_rest_is_counted_anew(dialect):
    features = people()
    money = Condition("monetary", ">=", 100.0)
    monday = Condition("monday_share", ">=", 0.1)
    labels = np.where((features["monetary"] >= 100) & (features["monday_share"] >= 0.1), 1, 2)
    base = base_of(features, labels)
    found = translated(base, rule_of(base, (money, monday)), dialect)
    assert (found.said, found.dropped, found.is_new) == (((money,),), (monday,), False)
    assert found.matched == int((features["monetary"] >= 100).sum())
    assert found.recall == 1.0
    assert found.precision == pytest.approx((labels == 1).sum() / found.matched)


@pytest.mark.parametrize("dialect", TOOLS)
def test_a_rule_of_which_little_can_be_said_is_found_anew(dialect):
    features = people()
    labels = np.where(features["recency"] <= 60, 1, 2)
    base = base_of(features, labels)
    monday = Condition("monday_share", ">=", 0.02)
    found = translated(base, rule_of(base, (monday,)), dialect)
    assert found.is_new
    assert found.dropped == ()
    assert found.f1 > 0.95
    assert int(READERS[dialect](found.text, features).sum()) == found.matched


@pytest.mark.parametrize("dialect", TOOLS)
def test_where_nothing_is_known_there_is_no_text(dialect):
    draw = np.random.default_rng(0)
    features = pd.DataFrame({"views": draw.integers(0, 9, 200).astype(float)})
    base = base_of(features, np.where(features["views"] > 4, 1, 2))
    found = translated(base, rules(base)[1], dialect)
    assert found.text == ""
    assert {one.feature for one in found.dropped} == {"views"}


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        (Condition("recency", "<=", 90.0), "last_order_date >= -90d"),
        (Condition("recency", ">", 90.0), "last_order_date <= -91d"),
        (Condition("tenure", ">=", 30.5), "first_order_date <= -31d"),
        (Condition("frequency", ">", 3.0), "number_of_orders > 3"),
        (Condition("monetary", "<", 200.0), "amount_spent < 200 AND number_of_orders > 0"),
        (
            Condition("recency", ">=", 5.0, or_unknown=True),
            "(last_order_date <= -5d OR last_order_date IS NULL)",
        ),
        (Condition("gap_mean", "known"), "number_of_orders >= 2"),
        (Condition("tenure", "unknown"), "first_order_date IS NULL"),
    ],
)
def test_shopify_writes(condition, text):
    features = people()
    values = {name: features[name].to_numpy() for name in features}
    base = base_of(features, np.where(meets(values, (condition,)), 1, 2))
    found = translated(base, rule_of(base, (condition,)), "shopify")
    assert found.text == text
    assert shopify_members(text, features).tolist() == meets(values, (condition,)).tolist()


def test_sql_says_all_of_it():
    base = base_of(people(), np.where(people()["recency"] <= 60, 1, 2))
    found = translated(base, rules(base)[1], "sql")
    assert found.text == rules(base)[1].sql
    assert found.dropped == ()
