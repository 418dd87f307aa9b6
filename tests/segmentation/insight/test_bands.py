"""Numbers that tell segments apart: true of most of one, of few of the others, and round."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from segmentation.insight.evidence.bands import MOST, holds, median_ratio, told_apart

AS_OF = pd.Timestamp("2024-04-01")


def shop_with(shop, prices, days=None):
    """One order a customer: segment -> its customers' prices, and how long ago they bought."""
    rows, segments = [], {}
    for number, values in prices.items():
        members = [f"s{number}c{i:03}" for i in range(len(values))]
        segments[number] = (f"Segment {number}", members)
        ago = (days or {}).get(number, [30] * len(values))
        rows += [
            {
                "customer_id": member,
                "order_id": f"o-{member}",
                "ordered_at": AS_OF - pd.Timedelta(days=int(past), hours=1),
                "product_id": "P",
                "product": "P",
                "quantity": 1.0,
                "unit_price": float(price),
                "kind": "sale",
                "is_charge": False,
            }
            for member, price, past in zip(members, values, ago, strict=True)
        ]
    return shop.open_base({"orders": pd.DataFrame(rows)}, segments)


def spread(low, high, n=40, seed=0):
    return np.random.default_rng(seed).uniform(low, high, n).round(2)


def test_two_are_told_apart_at_a_round_number(shop):
    base = shop_with(shop, {1: spread(5, 18), 2: spread(23, 90)})
    assert told_apart(base, [1, 2]) == {
        1: ("average_order_value", "..20"),
        2: ("average_order_value", "20.."),
    }


def test_several_lie_side_by_side_whatever_their_ids(shop):
    base = shop_with(shop, {7: spread(55, 90), 2: spread(1, 9), 4: spread(22, 38)})
    bands = {n: band for n, (_, band) in told_apart(base, [2, 4, 7]).items()}
    assert bands[2].startswith("..")
    assert bands[7].endswith("..")
    low, high = map(float, bands[4].split(".."))
    assert 9 <= low < 22
    assert 38 < high < 55


def test_where_no_number_separates_nothing_is_said(shop):
    base = shop_with(shop, {1: spread(5, 90, seed=1), 2: spread(5, 90, seed=2)})
    assert told_apart(base, [1, 2]) == {}


def test_each_by_its_own_number_where_no_one_number_serves_all(shop):
    prices = {1: spread(50, 90), 2: spread(5, 20, seed=1), 3: spread(5, 20, seed=2)}
    days = {1: [30] * 40, 2: [80] * 40, 3: [30] * 40}
    found = told_apart(shop_with(shop, prices, days), [1, 2, 3])
    assert found[1][0] == "average_order_value"
    assert found[2][0] == "days_since_last_order"
    assert 3 not in found or found[3] not in (found[1], found[2])


@pytest.mark.parametrize(
    "seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 8))]
)
def test_a_band_is_true_of_most_of_its_segment_and_of_few_with_another(shop, seed):
    generator = np.random.default_rng(seed)
    centres = generator.uniform(5, 300, size=3)
    prices = {n + 1: generator.lognormal(np.log(c), 0.4, 60) for n, c in enumerate(centres)}
    days = {n + 1: generator.integers(1, 90 * (n + 1), 60) for n in range(3)}
    values = {"average_order_value": prices, "days_since_last_order": days}
    found = told_apart(shop_with(shop, prices, days), [1, 2, 3])
    assert {measure for measure, _ in found.values()} <= values.keys()
    for number, (measure, band) in found.items():
        rivals = [n for n in found if n != number and found[n][0] == measure]
        assert share_within(values[measure][number], band) >= MOST
        assert all(share_within(values[measure][n], band) <= 1 - MOST for n in rivals)


def share_within(values, band):
    low, high = (float(bound) if bound else None for bound in band.split(".."))
    kept = pd.Series(values, dtype=float)
    if low is not None and high is not None:
        return kept.between(low, high).mean()
    return ((kept > low) if low is not None else (kept < high)).mean()


def test_a_name_holds_as_long_as_most_are_within_it(shop):
    base = shop_with(shop, {1: [10] * 8 + [30] * 2, 2: [10] * 5 + [30] * 5})
    assert holds(base, 1, "average_order_value", "..20")
    assert not holds(base, 2, "average_order_value", "..20")
    assert not holds(base, 1, "mood", "..20")


def test_a_median_is_set_against_everybody_elses(shop):
    base = shop_with(shop, {1: [10, 20, 900], 2: [40, 40], 3: [60]})
    assert median_ratio(base, 1, "lifetime_value") == pytest.approx(20 / 40)
    assert median_ratio(base, 3, "lifetime_value") == pytest.approx(60 / 40)
