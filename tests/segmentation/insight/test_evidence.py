"""What is said of segments, against numbers counted by hand on the small shop."""

from __future__ import annotations

import numpy as np
import pytest

from segmentation.insight.errors import UnknownName
from segmentation.insight.evidence.contrasts import segment_sums
from segmentation.insight.evidence.evidence import (
    described,
    distinguishing_products,
    evidence,
    segment_facts,
)
from segmentation.insight.evidence.family import family_of
from segmentation.insight.evidence.leanings import leanings, lifts
from segmentation.types import Fact


def test_numbers_of_a_segment_and_of_everyone_else(base):
    # Regulars: anna 35.5, carl 74, finn 10, ines 81 in 3 + 3 + 2 + 2 orders
    found = evidence(base, 1)
    revenue = found.contrast("revenue")
    assert (revenue.value, revenue.rest) == pytest.approx((200.5, 510 - 200.5))
    assert found.contrast("orders").value == 10
    assert found.contrast("average_order_value").value == pytest.approx(20.05)
    assert found.contrast("average_order_value").rest == pytest.approx(309.5 / 6)
    assert found.contrast("repeat_rate").value == 1.0
    assert found.contrast("repeat_rate").rest == 0.0
    assert found.contrast("lifetime_value").value == pytest.approx(195 / 4)
    assert found.contrast("days_since_last_order").value == pytest.approx((26 + 16 + 25 + 48) / 4)
    assert found.contrast("return_rate").value == pytest.approx(1 / 43)
    assert found.revenue_share == pytest.approx(200.5 / 510)
    assert found.contrast("average_rating").value == pytest.approx(4.5)
    assert found.contrast("average_rating").rest == pytest.approx(2.5)
    assert found.contrast("conversion_rate").value == 0.5


def test_lift_and_difference_follow_from_the_two_numbers(base):
    contrast = evidence(base, 1).contrast("average_order_value")
    assert contrast.lift == pytest.approx(20.05 / (309.5 / 6))
    assert contrast.difference == pytest.approx(20.05 - 309.5 / 6)
    assert evidence(base, 1).contrast("repeat_rate").lift is None


def test_sums_of_segments_add_up_to_everyone(base):
    sums = segment_sums(base)
    assert sum(row["revenue"] for row in sums.values()) == pytest.approx(510)
    assert sum(row["size"] for row in sums.values()) == 12
    assert sums[0]["orders"] == 0


def test_facts_name_the_segment_and_the_rest(base):
    facts = segment_facts(base, "regulars")
    assert Fact("segment:1", "size", "2024-04-01", 4, "customers") in facts
    assert Fact("segment:1", "orders", "2024-01-01/2024-03-31", 10.0, "orders") in facts
    assert Fact("segment!=1", "orders", "2024-01-01/2024-03-31", 6.0, "orders") in facts
    assert all(fact.subject for fact in facts)


def test_described_fills_the_facts_and_keeps_the_rest(base):
    segmentation = described(base)
    assert [s.name for s in segmentation.segments] == [
        "Regulars", "One-timers", "Big baskets", "Unassigned",
    ]  # fmt: skip
    by_metric = {fact.metric: fact.value for fact in segmentation.segments[2].facts}
    assert by_metric["revenue"] == pytest.approx(218)
    assert by_metric["size"] == 2
    assert segmentation.labels is base.segmentation.labels


def test_an_unknown_segment_is_answered_with_the_known_ones(base):
    with pytest.raises(UnknownName, match="One-timers"):
        evidence(base, "one timer club")


def test_a_segment_without_purchases_has_no_leanings(base):
    found = evidence(base, 0)
    assert found.contrast("average_order_value").value is None
    assert found.leanings == ()


def test_lift_is_a_ratio_of_shares_with_a_lower_bound_below_it():
    own, rest = np.array([30.0, 10.0, 0.0]), np.array([10.0, 20.0, 10.0])
    lift, floor = lifts(own, rest)
    assert lift[:2] == pytest.approx([(30 / 40) / (10 / 40), (10 / 40) / (20 / 40)])
    assert (floor[:2] < lift[:2]).all()
    # Katz: log lift 1.07 (smoothed), standard error 0.28, lower end exp(1.07 - 1.96 * 0.28)
    a, b, n, m = 30.5, 10.5, 40.5, 40.5
    error = np.sqrt(1 / a - 1 / n + 1 / b - 1 / m)
    assert floor[0] == pytest.approx(np.exp(np.log((a / n) / (b / m)) - 1.96 * error))


@pytest.fixture(scope="module")
def tasteful(shop, frames):
    """Thirty mug lovers who buy on Monday mornings, thirty towel buyers on Sunday evenings."""
    import pandas as pd

    line = frames["orders"].iloc[0].to_dict()
    rows = []
    for i in range(60):
        mugs = i < 30
        liked = ("P1", "Red mug", "kitchen") if mugs else ("P4", "Tea towel", "home")
        day = "2024-03-04" if mugs else "2024-03-03"
        for product in (liked, ("P9", "Common soap", "bath")):
            rows.append(
                line
                | {"customer_id": f"c{i:02}", "order_id": f"o{i}"}
                | dict(zip(("product_id", "product", "category"), product, strict=True))
                | {"ordered_at": pd.Timestamp(f"{day}T{9 if mugs else 20:02}:00")}
            )
    ids = [f"c{i:02}" for i in range(60)]
    segments = {1: ("Mugs", ids[:30]), 2: ("Towels", ids[30:])}
    return shop.open_base({"orders": pd.DataFrame(rows)}, segments)


def test_what_a_segment_buys_more_of(tasteful):
    (mug,) = distinguishing_products(tasteful, 1)
    assert (mug.key, mug.name) == ("P1", "Red mug")
    assert (mug.share, mug.rest, mug.n, mug.reach) == (0.5, 0.0, 30, 1.0)
    assert distinguishing_products(tasteful, "towels")[0].key == "P4"


def test_common_goods_are_no_leaning(tasteful):
    assert "P9" not in [one.key for one in distinguishing_products(tasteful, 1, 10)]


def test_categories_weekdays_and_times_of_day(tasteful):
    assert [one.name for one in leanings(tasteful, "category", 2, 3)] == ["home"]
    assert leanings(tasteful, "weekday", 2, 1)[0].key == "sunday"
    assert leanings(tasteful, "weekday", 1, 1)[0].key == "monday"
    assert leanings(tasteful, "daypart", 1, 1)[0].key == "morning"
    assert leanings(tasteful, "daypart", 2, 1)[0].key == "evening"


def test_the_main_country_is_told_even_where_it_is_no_leaning(tasteful):
    found = evidence(tasteful, 1).country
    assert (found.name, found.reach, found.lift) == ("Germany", 1.0, 1.0)


# --- chance ------------------------------------------------------------------------------------


def sixty(shop, frames, seed=0, apart=1.0):
    """Sixty customers in segments 2 and 5 (ids need not be in a row): who spends, who returns.

    `apart` is how many times as much customers of segment 2 spend.
    """
    import pandas as pd

    rng = np.random.default_rng(seed)
    line = frames["orders"].iloc[0].to_dict()
    rows = []
    for i in range(60):
        for order in range(int(rng.integers(1, 5))):
            price = float(rng.lognormal(3, 0.8)) * (apart if i < 30 else 1.0)
            product = f"P{rng.integers(1, 6)}"
            named = {"product_id": product, "product": f"Thing {product}", "category": product}
            sold = {"customer_id": f"c{i:02}", "order_id": f"o{i}-{order}", "unit_price": price}
            day = pd.Timestamp("2024-01-01") + pd.Timedelta(days=int(rng.integers(0, 80)))
            rows.append(line | named | sold | {"quantity": 1.0, "ordered_at": day})
    ids = [f"c{i:02}" for i in range(60)]
    segments = {2: ("Spenders", ids[:30]), 5: ("Savers", ids[30:])}
    return shop.open_base({"orders": pd.DataFrame(rows)}, segments)


@pytest.fixture(scope="module")
def spending(shop, frames):
    return sixty(shop, frames, apart=5.0)


def frame_of(base):
    """Orders with the segment of who placed them, as pandas has them."""
    labels = dict(zip(base.customers, base.segmentation.labels, strict=True))
    orders = base.tables["orders"].to_pandas()
    return orders.assign(segment=orders["customer_id"].map(labels))


def test_numbers_are_tested_by_the_ranks_of_customers(spending):
    from scipy import stats

    orders = frame_of(spending)
    spent = orders.groupby(["customer_id", "segment"])["unit_price"].sum().reset_index()
    own, rest = (spent["unit_price"][spent["segment"] == n] for n in (2, 5))
    contrast = evidence(spending, 2).contrast("lifetime_value")
    known = stats.mannwhitneyu(own, rest, method="asymptotic")
    assert contrast.test.p == pytest.approx(known.pvalue, rel=1e-9)
    assert contrast.test.kind == "cliffs_delta"
    assert contrast.test.effect == pytest.approx(2 * known.statistic / 900 - 1)
    assert contrast.lift == pytest.approx(own.mean() / rest.mean())
    assert contrast.clear
    assert not evidence(spending, 2).contrast("orders_per_customer").clear


def test_p_is_corrected_for_every_comparison_of_every_segment(spending):
    from scipy import stats

    family = family_of(spending)
    plain = [test.p for test in family.numbers.values()]
    plain += [p for one in family.shares.values() for p in one.p[~np.isnan(one.p)]]
    q = [test.q for test in family.numbers.values()]
    q += [value for one in family.shares.values() for value in one.q[~np.isnan(one.q)]]
    assert {segment for _, segment in family.numbers} == {2, 5}
    assert {kind for kind, _ in family.shares} >= {"product", "category", "weekday", "word"}
    assert family.size == len(plain) / 2  # the tests of one of two segments mirror the other's
    assert q == pytest.approx(stats.false_discovery_control(plain).tolist())
    assert evidence(spending, 2).tests == family.size


def test_segments_at_random_lean_to_nothing(shop, frames):
    for seed in range(3):
        base = sixty(shop, frames, seed)
        found = evidence(base, 2)
        assert not any(c.clear for c in (*found.contrasts, *found.habits))
        assert [one for one in found.leanings if one.clear] == []


def test_totals_are_not_tested_as_they_grow_with_the_segment(spending):
    found = evidence(spending, 2)
    assert [found.contrast(name).test for name in ("customers", "orders", "revenue")] == [None] * 3


def test_small_segments_are_too_few_to_say(base):
    found = evidence(base, 1)
    assert not found.tested
    assert found.ranges == ()
    assert all(c.test is None and not c.clear for c in found.contrasts)
    assert found.products == ()


def test_facts_carry_effect_and_corrected_p(spending):
    facts = {(f.subject, f.metric): f for f in segment_facts(spending, 2)}
    contrast = evidence(spending, 2).contrast("lifetime_value")
    assert facts["segment:2", "lifetime_value_lift"].value == contrast.lift
    assert facts["segment:2", "lifetime_value_effect"].unit == "cliffs_delta"
    assert facts["segment:2", "lifetime_value_q"].value == contrast.test.q
    assert facts["segment!=2", "lifetime_value"].value == contrast.rest


def test_ranges_are_percentiles_of_customers(spending):
    orders = frame_of(spending)
    spent = orders[orders["segment"] == 5].groupby("customer_id")["unit_price"].sum()
    facts = {f.metric: f for f in segment_facts(spending, 5) if f.subject == "segment:5"}
    for name, percent in (("p5", 5), ("p50", 50), ("p95", 95)):
        fact = facts[f"revenue_{name}"]
        assert fact.value == pytest.approx(np.percentile(spent, percent))
        assert fact.unit == "EUR"


def test_exemplars_are_near_the_centre_and_apart(spending):
    found = [one.customer_id for one in evidence(spending, 5).exemplars]
    rows = np.flatnonzero(spending.segmentation.labels == 5)
    vectors = spending.vectors[rows].astype(float)
    far = np.linalg.norm(vectors - vectors.mean(axis=0), axis=1)
    nearest = [spending.customers[rows[i]] for i in np.argsort(far, kind="stable")]
    assert found[0] == nearest[0]
    assert len(set(found)) == 3
    assert set(found) <= set(nearest[:10])
    by_id = {str(spending.customers[row]): spending.vectors[row] for row in rows}
    gaps = {c: np.linalg.norm(by_id[c] - by_id[found[0]]) for c in nearest[:10]}
    assert gaps[found[1]] == pytest.approx(max(gaps.values()))
    facts = [f for f in segment_facts(spending, 5) if f.subject == f"customer:{found[0]}"]
    assert {"orders", "revenue"} <= {f.metric for f in facts}
