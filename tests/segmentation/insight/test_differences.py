"""Segments beside each other: only they are looked at."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from segmentation.insight.evidence.differences import differences


@pytest.fixture(scope="module")
def three(shop, frames):
    """Segments 1, 4 and 9 of thirty: 4 spends ten times as much, 9 buys towels alone."""
    rng = np.random.default_rng(1)
    line = frames["orders"].iloc[0].to_dict()
    rows, segments = [], {}
    for number in (1, 4, 9):
        segments[number] = (f"Group {number}", [f"s{number}c{i:02}" for i in range(30)])
        for customer in segments[number][1]:
            for order in range(int(rng.integers(1, 4))):
                price = float(rng.lognormal(2, 0.5)) * (10 if number == 4 else 1)
                product = ("P4", "Tea towel", "home") if number == 9 else ("P1", "Mug", "kitchen")
                named = dict(zip(("product_id", "product", "category"), product, strict=True))
                sold = {"customer_id": customer, "order_id": f"{customer}-{order}"}
                rows.append(line | named | sold | {"unit_price": price, "quantity": 1.0})
    return shop.open_base({"orders": pd.DataFrame(rows)}, segments)


def test_the_largest_difference_comes_first_with_the_numbers_of_each(three):
    found = differences(three, [4, 1])
    orders = three.tables["orders"].to_pandas()
    spent = orders.groupby("customer_id")["unit_price"].sum()
    mean = {n: spent[spent.index.str.startswith(f"s{n}")].mean() for n in (1, 4)}
    first = found.numbers[0]
    assert first.contrast.clear
    assert {n.metric for n in found.clear} == {"average_order_value", "lifetime_value"}
    value = next(n for n in found.numbers if n.metric == "lifetime_value")
    assert value.values == pytest.approx(mean)
    assert value.farthest == 4
    assert value.contrast.lift == pytest.approx(mean[4] / mean[1])
    sizes = [n.contrast.magnitude for n in found.clear]
    assert sizes == sorted(sizes, reverse=True)


def test_who_was_not_asked_for_does_not_count(three):
    # Against everybody, mugs would set segment 1 apart from 9; against 4 alone they do not.
    pair = differences(three, [1, 4])
    assert not any(pair.things.values())
    towels = differences(three, [1, 9])
    assert [one.name for one in towels.things[9] if one.kind == "product"] == ["Tea towel"]
    assert [one.name for one in towels.things[1] if one.kind == "category"] == ["kitchen"]


def test_of_several_the_one_that_stands_out_is_told(three):
    found = differences(three, [1, 4, 9])
    value = next(n for n in found.numbers if n.metric == "lifetime_value")
    assert value.farthest == 4
    assert set(value.values) == {1, 4, 9}
    assert {one.name for one in found.things[9] if one.kind == "category"} == {"home"}


def test_facts_name_both_sides(three):
    facts = {(f.subject, f.metric) for f in differences(three, [4, 1]).facts}
    assert {("segment:4", "lifetime_value"), ("segment:1", "lifetime_value")} <= facts
    assert ("segment:4", "lifetime_value_q") in facts
    several = {f.subject for f in differences(three, [1, 4, 9]).facts}
    assert "product:P4&segment:9" in several
    assert "product:P4&segment:1|4" in several


def test_few_customers_are_compared_but_not_tested(base):
    found = differences(base, [1, 3])
    assert found.tests == 0
    assert found.clear == ()
    value = next(n for n in found.numbers if n.metric == "average_order_value")
    assert value.values == pytest.approx({1: 20.05, 3: 109})
