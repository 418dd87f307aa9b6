from __future__ import annotations

from datetime import date

import pytest

from segmentation.insight.customer import customer_profile
from segmentation.insight.describe import describe
from segmentation.insight.errors import UnknownName


def test_one_customer_by_hand(base):
    anna = customer_profile(base, "anna")
    assert anna.segment.name == "Regulars"
    assert anna.numbers["orders"] == 3
    assert anna.numbers["revenue"] == pytest.approx(35.5)
    assert anna.numbers["lifetime_value"] == pytest.approx(30.0)
    assert anna.numbers["return_rate"] == pytest.approx(1 / 8)
    assert anna.numbers["average_rating"] == 5
    assert (anna.first, anna.last) == (date(2024, 1, 1), date(2024, 3, 5))
    # hugo 200, ines 81, carl 74, dora 40 spent more
    assert (anna.rank, anna.out_of) == (5, 10)
    assert [(p.name, p.revenue) for p in anna.products] == [
        ("Red mug", pytest.approx(15.5)),
        ("Oak candle", pytest.approx(12.0)),
        ("Blue plate", pytest.approx(8.0)),
    ]
    assert anna.profile["country"] == "Germany"
    assert anna.profile["source"] == "email"


def test_signs_speak_for_the_segment(base):
    carl = customer_profile(base, "carl")
    orders = next(sign for sign in carl.signs if sign.metric == "orders_per_customer")
    assert (orders.value, orders.segment, orders.everyone) == (3, 2.5, 1.6)
    for sign in carl.signs:
        assert (sign.segment > sign.everyone) == (sign.value > sign.everyone)


def test_a_customer_who_never_bought(base):
    lee = customer_profile(base, "lee")
    assert lee.numbers["orders"] is None
    assert (lee.rank, lee.first, lee.products) == (None, None, ())
    assert lee.numbers["conversion_rate"] == 0


def test_charges_are_no_favourite_product(base):
    assert "POSTAGE" not in [p.name for p in customer_profile(base, "bob").products]


@pytest.mark.parametrize("unknown", ["quinn", "an na", "99"])
def test_an_unknown_customer(base, unknown):
    with pytest.raises(UnknownName):
        customer_profile(base, unknown)


def test_overview_of_the_whole_shop(base):
    found = describe(base)
    assert (found.customers, found.known, found.registered) == (10, 12, 13)
    assert found.numbers["orders"] == 16
    assert found.numbers["net_revenue"] == pytest.approx(470.5)
    assert found.numbers["products"] == 5
    assert found.numbers["countries"] == 3
    assert (found.first, found.last) == (date(2024, 1, 1), date(2024, 3, 31))
    assert found.tables == {"orders": 22, "events": 10, "reviews": 5, "customers": 13}


def test_overview_of_a_part(base):
    french = describe(base, [{"field": "country", "op": "eq", "value": "France"}])
    assert (french.customers, french.numbers["orders"]) == (3, 5)
    assert french.subject == "country:France"
    assert {fact.subject for fact in french.facts} == {"country:France", "all"}


def test_overview_without_orders(shop, frames):
    browsing = shop.open_base(
        {"events": frames["events"]}, {1: ("Visitors", ["anna", "bob", "lee"])}
    )
    found = describe(browsing)
    assert (found.customers, found.known) == (0, 3)
    assert found.numbers == {}
