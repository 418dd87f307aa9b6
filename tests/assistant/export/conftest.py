"""Forty customers with kept contacts, opened by hand: odd numbers consented, mostly."""

from __future__ import annotations

import pandas as pd
import pytest

REGIONS = {"Germany": "0151 2345", "United Kingdom": "07400 12", "France": "06 12 34 "}


def people(n=40):
    """Customers c01..: e-mail and phone as shops write them, consent of all but every fourth."""
    countries = list(REGIONS)
    rows = []
    for i in range(1, n + 1):
        country = countries[i % 3]
        rows.append(
            {
                "customer_id": f"c{i:02d}",
                "email": f" User.{i}@Example.com",
                "phone": f"{REGIONS[country]}{i:04d}",
                "country": country,
                "consent": i % 4 != 0,
            }
        )
    return pd.DataFrame(rows)


@pytest.fixture(scope="session")
def open_people(shop):
    """Called with a frame of profiles, opens it: segment 7 is everybody, 9 is the last two."""

    def opened(frame):
        ids = list(frame["customer_id"])
        orders = pd.DataFrame(
            {
                "customer_id": ids,
                "order_id": [f"o{i}" for i in range(len(ids))],
                "ordered_at": pd.Timestamp("2024-03-01T10:00"),
                "product_id": "P1",
                "product": "Red mug",
                "quantity": 1.0,
                "unit_price": 5.0,
                "kind": "sale",
                "is_charge": False,
            }
        )
        segments = {7: ("Everyday buyers", ids[:-2]), 9: ("The rest", ids[-2:])}
        return shop.open_base({"orders": orders, "customers": frame}, segments)

    return opened


@pytest.fixture(scope="session")
def base(open_people):
    return open_people(people())


@pytest.fixture
def everybody():
    """The frame itself, to change."""
    return people()
