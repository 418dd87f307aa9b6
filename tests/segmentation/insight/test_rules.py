"""Rules whose truth is known, counted again by DuckDB and by pandas."""

from __future__ import annotations

import re
from datetime import datetime

import duckdb
import ibis
import numpy as np
import pandas as pd
import pytest

from segmentation.insight.errors import UnknownName
from segmentation.insight.rules.rules import explained, rules, segment_rule, why
from segmentation.types import CustomerBase, Recipe, Segment, Segmentation

AS_OF = datetime(2024, 4, 1)
SKINCARE = "category_share:skincare"
ODD_NAMES = (
    'category_share:women\'s "best"; -- no',
    "category_share:厨房与餐具",
    "category_share:two\nlines",
    "category_share:x'); DROP TABLE features; --",
    "category_share:`code` \\ {braces} %s",
)


def base_of(features, labels, orders=None, vectors=None):
    """A base of these columns and labels; a table of customers stands for the data."""
    ids = [f"c{i:05d}" for i in range(len(labels))]
    features = pd.DataFrame(features).set_axis(pd.Index(ids, name="customer_id"), axis=0)
    labels = np.asarray(labels, dtype=np.int32)
    connection = ibis.duckdb.connect()
    given = {"customers": pd.DataFrame({"customer_id": ids})}
    given |= {} if orders is None else {"orders": orders}
    tables = {name: connection.create_table(name, ibis.memtable(t)) for name, t in given.items()}
    vectors = np.eye(len(labels), 2, dtype=np.float32) if vectors is None else vectors
    numbers, sizes = np.unique(labels, return_counts=True)
    return CustomerBase(
        tables=tables,
        features=features,
        vectors=vectors,
        views={},
        segmentation=Segmentation(
            id="first",
            recipe=Recipe(),
            method="kmeans",
            labels=labels,
            confidence=np.ones(len(labels), dtype=np.float32),
            map=np.zeros((len(labels), 2), dtype=np.float32),
            segments=tuple(
                Segment(int(n), f"Segment {n}", int(size), float(size / len(labels)))
                for n, size in zip(numbers, sizes, strict=True)
            ),
            metrics={"silhouette": 0.3},
            verdict="constructed",
        ),
        as_of=AS_OF,
        currency="EUR",
    )


def behaviour_of(n, seed=0):
    """Recency, frequency, money and noise, as shops have them."""
    draw = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "recency": draw.integers(0, 366, n),
            "frequency": draw.integers(1, 21, n),
            "monetary": draw.lognormal(5, 1, n).round(2),
            "monday_share": draw.random(n),
            "noise": draw.normal(size=n),
        }
    )


def told(rule):
    return {(one.feature, one.op, one.value) for one in rule.conditions}


# --- rules that are known ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def known():
    """Segment 7: ordered within 30 days, and five times or more; ids have gaps."""
    features = behaviour_of(1500)
    recent, often = features.recency <= 30, features.frequency >= 5
    labels = np.where(recent & often, 7, np.where(features.monetary > 400, 12, 3))
    return base_of(features, labels)


def test_a_known_rule_is_found_in_round_numbers(known):
    rule = segment_rule(known, 7)
    assert told(rule) == {("recency", "<=", 30), ("frequency", ">=", 5)}
    assert rule.alternatives == ()
    assert (rule.precision, rule.recall, rule.f1) == (1, 1, 1)
    assert rule.coverage == rule.size / 1500
    assert {one.feature: one.unit for one in rule.conditions} == {
        "recency": "days",
        "frequency": "orders",
    }
    assert rule.is_useful


def test_money_is_in_the_shops_currency(known):
    money = next(one for one in segment_rule(known, 12).conditions if one.feature == "monetary")
    assert (money.op, money.value, money.unit) == (">=", 400, "EUR")


def test_every_segment_has_a_rule_whatever_its_id(known):
    assert list(rules(known)) == [3, 7, 12]
    assert segment_rule(known, "Segment 12") is rules(known)[12]
    with pytest.raises(UnknownName):
        segment_rule(known, 1)


def test_two_bounds_on_a_number_stand_together():
    features = behaviour_of(1000)
    base = base_of(features, np.where(features.recency.between(60, 90), 1, 2))
    assert told(segment_rule(base, 1)) == {("recency", ">=", 60), ("recency", "<=", 90)}


def test_what_is_left_out_by_one_conjunction_is_caught_by_another():
    features = behaviour_of(1000)
    extremes = (features.recency <= 50) | (features.recency >= 300)
    rule = segment_rule(base_of(features, np.where(extremes, 1, 2)), 1)
    assert {one for c in rule.conjunctions for one in ((x.op, x.value) for x in c)} == {
        ("<=", 50),
        (">=", 300),
    }
    assert rule.f1 == 1
    assert sum(hits for _, hits in rule.parts) == rule.hits


def test_the_unknown_are_told():
    features = behaviour_of(600)
    features["mean_rating"] = np.where(features.noise > 0, np.nan, 4.0)
    labels = np.where(features.noise > 0, 1, 2)
    rule = segment_rule(base_of(features.drop(columns="noise"), labels), 1)
    assert told(rule) == {("mean_rating", "unknown", None)}
    assert rule.f1 == 1


def test_or_unknown_is_said_where_it_matters():
    features = behaviour_of(800)
    features["gap_mean"] = np.where(features.frequency > 10, np.nan, features.recency * 1.0)
    low = features.gap_mean.isna() | (features.gap_mean <= 100)
    rule = segment_rule(base_of(features[["gap_mean", "noise"]], np.where(low, 1, 2)), 1)
    (only,) = rule.conditions
    assert (only.op, only.value, only.or_unknown) == ("<=", 100, True)
    assert rule.f1 == 1


def test_a_mark_at_a_heavy_tie_is_not_rounded_over_it():
    share = np.r_[np.zeros(300), np.full(300, 0.5), np.full(100, 1.0)]
    base = base_of({SKINCARE: share}, np.r_[np.full(600, 1), np.full(100, 2)])
    assert segment_rule(base, 2).f1 == 1
    base = base_of({SKINCARE: share}, np.r_[np.full(300, 1), np.full(400, 2)])
    assert segment_rule(base, 2).f1 == segment_rule(base, 1).f1 == 1


# --- rules that cannot be ------------------------------------------------------------------------


def test_no_rule_is_claimed_where_there_is_none():
    features = behaviour_of(1000)
    labels = np.random.default_rng(1).integers(1, 4, 1000)
    for rule in rules(base_of(features, labels)).values():
        assert not rule.is_useful


def test_nearly_everybody_is_no_rule():
    features = behaviour_of(1000)
    labels = np.where(np.random.default_rng(1).random(1000) < 0.8, 1, 2)
    rule = segment_rule(base_of(features, labels), 1)
    assert rule.f1 > 0.8  # everybody is a member four times out of five
    assert not rule.is_useful


def test_constant_columns_tell_nothing():
    base = base_of(
        {"recency": np.full(40, 3), "frequency": np.full(40, np.nan)}, [1] * 20 + [2] * 20
    )
    rule = segment_rule(base, 1)
    assert (rule.conditions, rule.conjunctions) == ((), ())
    assert (rule.matched, rule.hits, rule.precision) == (40, 20, 0.5)
    assert not rule.is_useful


def test_a_base_without_numbers():
    base = base_of(pd.DataFrame(index=range(20)), [1] * 10 + [2] * 10)
    assert segment_rule(base, 1).conditions == ()
    assert explained(base).metrics["tree_fidelity"] is None


def test_the_unassigned_have_no_rule_but_count_against_others():
    features = behaviour_of(400)
    labels = np.where(features.recency <= 100, 1, 2)
    labels[features.recency <= 20] = 0
    base = base_of(features, labels)
    assert segment_rule(base, 0) is None
    assert 0 not in rules(base)
    rule = segment_rule(base, 1)
    assert ("recency", ">=") in {(one.feature, one.op) for one in rule.conditions}
    assert rule.precision == 1
    assert rule.customers == 400


# --- the same rule as code -----------------------------------------------------------------------


def shops():
    """Bases of many kinds: (name, features, labels)."""
    draw = np.random.default_rng(3)
    plain = behaviour_of(500, 3)
    yield "two", plain, np.where(plain.recency + 10 * plain.frequency > 250, 1, 2)
    yield "twelve", plain, pd.qcut(plain.recency + 15 * plain.frequency, 12, labels=False) * 3 + 2
    ties = pd.DataFrame({f"f{i}": draw.integers(0, 2, 300) / 2 for i in range(4)})
    yield "ties", ties, 1 + (ties.f0 + ties.f1 > draw.random(300)).astype(int)
    holes = plain.astype(float).mask(draw.random(plain.shape) < 0.3)
    yield "holes", holes, 1 + (holes.recency.fillna(400) > 180) + (holes.monetary.fillna(0) > 90)
    yield "ten", behaviour_of(10), [1] * 5 + [2] * 5
    odd = pd.DataFrame({name: draw.dirichlet(np.ones(5), 400)[:, 0] for name in ODD_NAMES})
    yield "odd", odd, 1 + odd.to_numpy().argmax(axis=1)
    left = np.where(plain.recency < 60, 0, 1 + (plain.monetary > 150))
    yield "unassigned", plain, left


@pytest.fixture(scope="module", params=list(shops()), ids=lambda one: one[0])
def any_base(request):
    _, features, labels = request.param
    return base_of(features, labels)


def test_a_rule_is_short_and_its_numbers_round(any_base):
    for rule in rules(any_base).values():
        assert len(rule.conjunctions) <= 3
        for conjunction in rule.conjunctions:
            assert 1 <= len(conjunction) <= 4
            ends = [(one.feature, one.op[0]) for one in conjunction]
            assert len(ends) == len(set(ends))
            for one in conjunction:
                assert one.value is None or float(f"{one.value:.2e}") == one.value


def test_sql_catches_whom_the_rule_counts(any_base, tmp_path):
    path = tmp_path / "features.parquet"
    any_base.features.reset_index().to_parquet(path, index=False)
    members = any_base.segmentation.labels
    for number, rule in rules(any_base).items():
        with duckdb.connect() as connection:
            connection.execute(f"CREATE VIEW features AS FROM '{path}'")
            caught = {row[0] for row in connection.execute(rule.sql).fetchall()}
            assert connection.execute("SELECT count(*) FROM features").fetchone()[0] == len(members)
        hits = sum(member in caught for member in any_base.customers[members == number])
        assert (len(caught), hits) == (rule.matched, rule.hits)
        assert rule.size == (members == number).sum()


def test_pandas_catches_whom_the_rule_counts(any_base):
    features = any_base.features.reset_index()
    for number, rule in rules(any_base).items():
        mask = re.fullmatch(r"features\[(.*)\]", rule.pandas, re.DOTALL).group(1)
        names = {"features": features}
        met = pd.eval(mask, engine="python", parser="pandas", local_dict=names).to_numpy()
        assert met.sum() == rule.matched
        assert (met & (any_base.segmentation.labels == number)).sum() == rule.hits


def test_facts_are_what_the_rule_says(any_base):
    for number, rule in rules(any_base).items():
        facts = {fact.metric: fact.value for fact in rule.facts}
        assert {fact.subject for fact in rule.facts} == {f"segment:{number}"}
        assert facts["rule_precision"] == pytest.approx(rule.hits / max(rule.matched, 1))
        assert facts["rule_recall"] == pytest.approx(rule.hits / rule.size)
        assert facts["rule_coverage"] == pytest.approx(rule.matched / len(any_base.customers))
        thresholds = [one.value for c in rule.conjunctions for one in c if one.value is not None]
        told = [fact.value for fact in rule.facts if fact.metric.startswith("rule:")]
        assert told == thresholds


def test_rules_are_the_same_every_time(any_base):
    twin = base_of(any_base.features.reset_index(drop=True), any_base.segmentation.labels)
    assert rules(twin) == rules(any_base)
    assert rules(any_base) is rules(any_base)


# --- words instead of categories -----------------------------------------------------------------


@pytest.fixture(scope="module")
def festive():
    """A shop without categories: those who spend a fifth or more on Christmas are segment 2.

    Postage, returns and what came after the reference day are no taste of anybody's.
    """
    draw, rows, labels = np.random.default_rng(5), [], []
    names = ["Red CHRISTMAS star", "Blue mug", 'Tea towel, it\'s "plain"', None]
    for i in range(300):
        share = draw.choice([0.0, 0.1, 0.3, 0.6])
        labels.append(2 if share >= 0.2 else 1)
        spent = [100 * share, *(100 * (1 - share) * draw.dirichlet([1, 1, 1]))]
        rows += [
            (f"c{i:05d}", name, paid, "sale", False)
            for name, paid in zip(names, spent, strict=True)
        ]
        rows.append((f"c{i:05d}", "Christmas postage", 500.0, "sale", True))
        rows.append((f"c{i:05d}", "Red Christmas star", -500.0, "return", False))
    orders = pd.DataFrame(
        rows, columns=["customer_id", "product", "unit_price", "kind", "is_charge"]
    )
    orders = orders.assign(
        order_id="o", product_id="p", quantity=1.0, ordered_at=pd.Timestamp("2024-03-01")
    )
    late = orders.assign(product="Christmas tree", ordered_at=pd.Timestamp("2024-05-01"))
    orders = pd.concat([orders, late.iloc[:50]], ignore_index=True)
    return base_of({"recency": draw.integers(0, 90, 300)}, labels, orders), orders


def test_words_describe_tastes(festive):
    base, _ = festive
    rule = segment_rule(base, 2)
    (only,) = rule.conditions
    assert only.feature == "name_share:christmas"
    assert only.op == ">="
    assert 0.1 < only.value <= 0.3
    assert (only.unit, rule.f1) == ("share", 1)


def test_words_as_sql_and_pandas(festive, tmp_path):
    base, orders = festive
    base.features.reset_index().to_parquet(tmp_path / "features.parquet", index=False)
    orders.to_parquet(tmp_path / "orders.parquet", index=False)
    for number, rule in rules(base).items():
        with duckdb.connect() as connection:
            for name in ("features", "orders"):
                connection.execute(f"CREATE VIEW {name} AS FROM '{tmp_path / name}.parquet'")
            caught = sorted(row[0] for row in connection.execute(rule.sql).fetchall())
        assert caught == list(base.customers[base.segmentation.labels == number])
        *lines, last = rule.pandas.split("\n")
        names = {"features": base.features.copy(), "orders": orders}
        exec("\n".join(lines), names)  # noqa: S102 - what a user would paste
        mask = re.fullmatch(r"features\[(.*)\]", last).group(1)
        met = pd.eval(mask, engine="python", parser="pandas", local_dict=names)
        assert list(base.customers[met]) == caught


def test_categories_leave_no_room_for_words(festive):
    base, orders = festive
    features = base.features.assign(**{SKINCARE: 0.5}).reset_index(drop=True)
    rule = segment_rule(base_of(features, base.segmentation.labels, orders), 2)
    assert "name_share" not in rule.sql


# --- how far a tree can tell segments apart ------------------------------------------------------


def test_fidelity_of_segments_that_a_tree_can_tell(known):
    value = explained(known).metrics["tree_fidelity"]
    assert 0.99 <= value <= 1
    assert explained(known).metrics["silhouette"] == 0.3


def test_fidelity_of_labels_without_reason_is_chance():
    draw = np.random.default_rng(0)
    features = pd.DataFrame({f"noise{i}": draw.normal(size=600) for i in range(40)})
    value = explained(base_of(features, draw.integers(1, 5, 600))).metrics["tree_fidelity"]
    assert 0.15 < value < 0.35  # a tree that is judged on what it learned reaches more


def test_fidelity_leaves_the_unassigned_out(known):
    labels = known.segmentation.labels.copy()
    labels[::2] = 0
    half = base_of(known.features.reset_index(drop=True), labels)
    assert explained(half).metrics["tree_fidelity"] > 0.98
    assert explained(base_of(behaviour_of(30), [1] * 30)).metrics["tree_fidelity"] is None


# --- one customer --------------------------------------------------------------------------------


def test_why_somebody_is_there(known):
    row = int(np.flatnonzero(known.segmentation.labels == 7)[0])
    found = why(known, known.customers[row])
    own = known.features.iloc[row]
    assert {(one.condition.feature, one.value) for one in found.met} == {
        ("recency", own.recency),
        ("frequency", own.frequency),
    }
    assert found.missed == ()
    facts = {(fact.subject, fact.metric): fact.value for fact in found.facts}
    assert facts[f"customer:{known.customers[row]}", "recency"] == own.recency
    assert facts["segment:7", "rule:recency<="] == 30


def test_what_a_member_does_not_meet():
    features = behaviour_of(500)
    labels = np.where(features.recency <= 30, 1, 2)
    odd = int(np.flatnonzero(features.recency > 300)[0])
    labels[odd] = 1
    found = why(base_of(features, labels), f"c{odd:05d}")
    assert [one.condition.feature for one in found.missed] == ["recency"]
    assert found.missed[0].value == features.recency[odd]


def test_the_nearest_other_segment():
    vectors = np.array([[0, 0], [1, 0], [4, 0], [5, 0], [50, 0], [51, 0], [8, 0]], dtype=np.float32)
    features = {"recency": np.arange(7.0)}
    base = base_of(features, [2, 2, 5, 5, 9, 9, 0], vectors=vectors)
    assert [why(base, name).nearest for name in base.customers] == [5, 5, 2, 2, 5, 5, 5]
    left = why(base, "c00006")
    assert (left.segment, left.rule, left.conditions) == (0, None, ())


def test_why_with_one_segment_has_no_nearest():
    assert why(base_of(behaviour_of(20), [4] * 20), "c00003").nearest is None
    with pytest.raises(UnknownName):
        why(base_of(behaviour_of(20), [4] * 20), "nobody")
