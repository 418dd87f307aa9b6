"""Segments of a shop that knows browsing alone are named for how its visitors buy."""

from __future__ import annotations

from datetime import datetime, timedelta

import pandas as pd
import pytest

from segmentation.insight.evidence.traits import segment_traits

FIRST = datetime(2024, 3, 1)
GROUPS = {
    1: ("", [f"a{n}" for n in range(10)]),
    4: ("", [f"b{n}" for n in range(10)]),
    7: ("", [f"c{n}" for n in range(10)]),
}


def events(buys: dict[str, int], visits: dict[str, int]) -> pd.DataFrame:
    """Each customer of a group (a, b, c) comes so many days, and buys on the first so many."""
    rows = []
    for _, members in GROUPS.values():
        for customer in members:
            for day in range(visits[customer[0]]):
                at = FIRST + timedelta(days=day)
                rows.append((customer, at, "view"))
                if day < buys[customer[0]]:
                    rows.append((customer, at + timedelta(minutes=5), "purchase"))
    return pd.DataFrame(rows, columns=["customer_id", "at", "kind"]).assign(product_id="P1")


@pytest.mark.parametrize(
    ("buys", "visits", "kinds"),
    [
        (
            {"a": 3, "b": 1, "c": 0},
            {"a": 4, "b": 4, "c": 4},
            ["converting", "browsing", "visitors"],
        ),
        (
            {"a": 1, "b": 2, "c": 4},
            {"a": 2, "b": 4, "c": 8},
            ["seldom_visitors", "average_visitors", "frequent_visitors"],
        ),
        ({"a": 0, "b": 0, "c": 0}, {"a": 1, "b": 2, "c": 3}, ["visitors"] * 3),
    ],
)
def test_kinds_by_hand(shop, buys, visits, kinds) -> None:
    base = shop.open_base({"events": events(buys, visits)}, GROUPS, FIRST + timedelta(days=9))
    traits = segment_traits(base)
    assert [traits[n].kind for n in (1, 4, 7)] == kinds
