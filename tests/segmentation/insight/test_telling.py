"""Two numbers that tell a segment, on shops whose differences are planted."""

from datetime import datetime

import numpy as np
import pandas as pd
import pytest

from segmentation.insight.evidence.telling import telling

EACH = 25


def frame(kinds):
    """Orders of EACH customers of every kind: (orders, items, unit price, days since)."""
    draw = np.random.default_rng(0)
    rows = []
    for kind, (orders, items, price, quiet) in kinds.items():
        for customer in range(EACH):
            for order in range(orders):
                back = quiet + 9 * order + int(draw.integers(0, 6))
                rows.append(
                    {
                        "customer_id": f"{kind}{customer}",
                        "order_id": f"{kind}{customer}-{order}",
                        "ordered_at": pd.Timestamp("2024-12-30") - pd.Timedelta(days=back),
                        "product_id": "P1",
                        "product": "Thing",
                        "category": "Things",
                        "quantity": float(items + draw.integers(0, 2)),
                        "unit_price": price * float(draw.uniform(0.9, 1.1)),
                        "kind": "sale",
                        "is_charge": False,
                    }
                )
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def base(shop):
    kinds = {"a": (6, 2, 10.0, 5), "b": (1, 9, 10.0, 5), "c": (1, 2, 10.0, 150)}
    members = {
        number: (f"Kind {kind}", [f"{kind}{n}" for n in range(EACH)])
        for number, kind in ((1, "a"), (4, "b"), (6, "c"))
    }
    return shop.open_base({"orders": frame(kinds)}, members, datetime(2024, 12, 31))


def test_each_segment_is_told_by_what_only_it_has(base):
    told = {number: {one.metric for one in pair} for number, pair in telling(base).items()}
    assert told.keys() == {1, 4, 6}
    assert told[1] & {"orders_per_customer", "repeat_rate", "lifetime_value"}
    assert told[4] & {"items_per_order", "average_order_value"}
    assert "days_since_last_order" in told[6]


def test_the_two_differ_clearly_and_do_not_say_the_same(base):
    for pair in telling(base).values():
        assert len(pair) == 2
        assert all(one.clear for one in pair)
        # what an order holds and what it is worth go hand in hand where all costs the same
        assert {one.metric for one in pair} != {"items_per_order", "average_order_value"}


def test_values_are_those_of_the_evidence(base):
    quiet = next(one for one in telling(base)[6] if one.metric == "days_since_last_order")
    assert 150 <= quiet.value <= 157
    assert quiet.rest < 30


def test_too_few_for_any_test_are_told_without_a_claim(shop):
    base = shop.open_base(shop.frames())
    told = telling(base)
    assert all(len(pair) == 2 for number, pair in told.items() if number)
    assert not any(one.clear for pair in told.values() for one in pair)


def test_one_segment_has_nobody_to_differ_from(shop):
    frames = {"orders": frame({"a": (2, 2, 10.0, 5)})}
    everyone = {1: ("All", [f"a{n}" for n in range(EACH)])}
    told = telling(shop.open_base(frames, everyone, datetime(2024, 12, 31)))
    assert [one.rest for one in told[1]] == [None, None]
