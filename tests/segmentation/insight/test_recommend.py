"""What is offered, on shops small enough to count by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix

from segmentation.insight.errors import BadArgument, NotLoaded, UnknownName
from segmentation.insight.recommend import affinity as blend
from segmentation.insight.recommend.affinity import affinity, nearest
from segmentation.insight.recommend.deeds import deeds
from segmentation.insight.recommend.recommend import recommend
from segmentation.insight.recommend.repeats import habits
from segmentation.views.text import Texts

AS_OF = datetime(2024, 4, 1)


def lines(rows, **extra):
    """Sale lines of (customer, day, product)."""
    frame = pd.DataFrame(rows, columns=["customer_id", "ordered_at", "product_id"])
    frame["ordered_at"] = pd.to_datetime(frame["ordered_at"])
    given = {"quantity": 1.0, "unit_price": 5.0, "kind": "sale", "is_charge": False, **extra}
    return frame.assign(
        order_id=frame.customer_id + "-" + frame.ordered_at.astype(str),
        product=frame.product_id.str.lower(),
        **given,
    )


def names(found):
    return [one.product_id for one in (found.offers or found.features)]


def offer(found, product):
    return next(one for one in (found.offers or found.features) if one.product_id == product)


def values(found):
    return {(fact.subject, fact.metric): fact.value for fact in found.facts}


# --- who has what --------------------------------------------------------------------------------


def test_deeds_are_the_sales_of_goods_and_interest_in_what_was_not_bought(base):
    known = deeds(base)
    has = pd.DataFrame(
        known.has.toarray() > 0, index=base.customers, columns=known.products.product_id
    )
    assert set(has.columns[has.loc["anna"]]) == {"P1", "P2", "P3"}
    assert set(has.columns[has.loc["bob"]]) == {"P2"}  # postage is no product
    assert not has.loc[["lee", "mia"]].any(axis=None)
    assert known.takers[known.products.product_id == "P1"] == 2  # anna 5 March, finn 6 March
    interest = pd.DataFrame(
        known.interest.toarray(), index=base.customers, columns=known.products.product_id
    )
    # lee looked at gnomes twice on 11 March; the last thing known is dora's order on 31 March
    ages = [(datetime(2024, 3, 31, 23, 59) - datetime(2024, 3, 11, 10, m)) for m in (0, 29)]
    worth = sum(0.3 * 2 ** -(age.total_seconds() / 86_400 / 90) for age in ages)
    assert interest.loc["lee", "P5"] == pytest.approx(worth, abs=1e-6)
    assert interest.loc["mia", "P1"] == 1  # reviewed it: it is theirs
    assert interest.loc["anna", "P1"] == 1


def test_days_first_and_last_stand_beside_every_entry(base):
    known = deeds(base)
    row, column = base.customers.get_loc("carl"), list(known.products.product_id).index("P4")
    entry = known.has.indptr[row] + list(known.has[[row]].indices).index(column)
    end = datetime(2024, 3, 31, 23, 59)
    assert known.days[entry] == 3
    for found, day in (
        (known.first, datetime(2024, 1, 15, 8)),
        (known.last, datetime(2024, 3, 15, 8)),
    ):
        assert found[entry] == pytest.approx((end - day).total_seconds() / 86_400, abs=1e-3)


# --- the blend -----------------------------------------------------------------------------------


def by_hand(known, row):
    """The items of the module's formula, in loops."""
    interest = known.interest.toarray().astype(float)
    much = np.maximum(interest.sum(axis=1), 1)
    held = np.maximum(interest.sum(axis=0), 1)
    found = np.zeros(interest.shape[1])
    for offered in range(interest.shape[1]):
        for theirs in range(interest.shape[1]):
            if interest[row, theirs]:
                both = (interest[:, theirs] * interest[:, offered] / np.sqrt(much)).sum()
                found[offered] += interest[row, theirs] * both / held[theirs] ** 0.3
        found[offered] /= held[offered] ** 0.7
    found[known.settled[[row]].indices] = 0
    return found / found.max()


@pytest.mark.parametrize("customer", ["anna", "bob", "lee"])
def test_items_are_counted_as_stated(base, customer):
    known, row = deeds(base), base.customers.get_loc(customer)
    items = affinity(base, known, np.array([row])).items[0]
    assert items == pytest.approx(by_hand(known, row), abs=1e-5)


def test_the_score_is_the_stated_blend(base):
    known, row = deeds(base), base.customers.get_loc("bob")
    one = affinity(base, known, np.array([row]))
    segment = np.isin(base.customers, ["bob", "dora", "gina", "jack"])
    has = known.has.toarray()
    shares = (has[segment].sum(axis=0) + 5 * has.mean(axis=0)) / (4 + 5)
    trend = (known.takers + 10 * known.takers.sum() / known.owners.sum()) / (known.owners + 10)
    kinds = one.items[0] + 0.5 * one.near[0] + 0.2 * shares + 0.5 * one.looked[0]
    assert one.score[0] == pytest.approx(kinds * trend**0.25, rel=1e-5)
    assert (blend.NEAR, blend.SEGMENT, blend.LOOKED, blend.TREND) == (0.5, 0.2, 0.5, 0.25)


def test_nearest_leaves_out_the_customer_and_those_without_a_vector():
    vectors = np.array([[1, 0], [0.9, 0.1], [0, 1], [0, 0]], np.float32)
    first, nothing = nearest(vectors, np.array([0, 3]))
    assert first.tolist() == [1, 2, 3]
    assert nothing.tolist() == []


# --- one customer --------------------------------------------------------------------------------


def test_a_customer_is_offered_what_they_have_not(base):
    found = recommend(base, customer_id="anna", n=10)
    assert not {"P1", "P2", "P3", "POST", "P9"} & set(names(found))
    assert found.had == 3
    assert (found.kind, found.subject, found.segment) == ("customer", "anna", 1)


def test_reasons_are_counted_by_hand(base):
    found = recommend(base, customer_id="bob")
    candle = offer(found, "P3")
    assert found.neighbours == 11
    assert candle.near == 3  # anna, eve, ines: all others are neighbours here
    assert candle.own_share == 0  # of bob, dora, gina, jack
    assert candle.rest_share == pytest.approx(3 / 8)
    assert candle.looked == ("view", "2024-03-10")
    facts = values(found)
    assert facts["product:P3&nearest:bob", "customers"] == 3
    assert facts["nearest:bob", "customers"] == 11
    assert facts["product:P3&segment!=2", "share"] == pytest.approx(3 / 8)
    assert facts["product:P3&customer:bob", "last_view"] == "2024-03-10"


def test_what_it_goes_with_is_counted_among_others(shop):
    pairs = [("a", "X"), ("b", "X"), ("b", "Y"), ("c", "X"), ("c", "Y"), ("d", "X"), ("e", "Z")]
    rows = [(customer, "2024-03-20", product) for customer, product in pairs]
    base = shop.open_base({"orders": lines(rows)}, {1: ("All", list("abcde"))})
    companion = offer(recommend(base, customer_id="a"), "Y").companion
    assert (companion.product_id, companion.buyers, companion.both) == ("X", 3, 2)
    assert companion.share == pytest.approx(2 / 3)
    facts = values(recommend(base, customer_id="a"))
    assert facts["product:Y&product:X", "customers"] == 2
    assert facts["product:Y&product:X", "share"] == pytest.approx(2 / 3)


def test_a_customer_who_only_looked_gets_what_they_looked_at(base):
    found = recommend(base, customer_id="lee")
    assert found.had == 0
    assert names(found)[0] == "P5"
    assert found.offers[0].looked == ("view", "2024-03-11")


def test_what_was_reviewed_is_not_offered(base):
    assert not {"P1", "P2"} & set(names(recommend(base, customer_id="mia")))


def test_words_decide_between_equals(shop):
    pairs = [("a", "TEA"), ("b", "TEA"), ("b", "CUP"), ("c", "TEA"), ("c", "SAW")]
    rows = [(customer, "2024-03-20", product) for customer, product in pairs]
    base = shop.open_base({"orders": lines(rows)}, {1: ("All", list("abc"))})
    base = replace(base, vectors=np.ones((3, 2), np.float32))
    weights = csr_matrix(np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0]], np.float32))
    encodings = np.array([[0.8, 0.6], [-0.6, 0.8], [1, 0]], np.float32)
    texts = Texts(("cup", "saw", "tea"), weights, encodings)
    without = recommend(base, customer_id="a")
    assert without.offers[0].score == pytest.approx(without.offers[1].score)
    assert without.offers[0].words is None
    told = recommend(base, customer_id="a", texts=texts)
    assert names(told) == ["CUP", "SAW"]
    assert told.offers[0].words > 0 > told.offers[1].words


def test_numbers_as_ids_and_n_are_understood(base):
    assert len(recommend(base, customer_id="anna", n=1).offers) == 1
    with pytest.raises(BadArgument):
        recommend(base, customer_id="anna", n=0)
    with pytest.raises(BadArgument):
        recommend(base, customer_id="anna", segment=1)
    with pytest.raises(UnknownName) as error:
        recommend(base, customer_id="ana")
    assert "anna" in error.value.nearest
    with pytest.raises(UnknownName):
        recommend(base, segment=9)


# --- groups --------------------------------------------------------------------------------------


def test_a_segment_is_offered_what_members_are_expected_to_buy(base):
    found = recommend(base, segment=2)  # bob, dora, gina, jack; 30 days: since 1 March 23:59
    assert found.size == 4
    plate = offer(found, "P2")
    assert (plate.have, plate.without) == (3, 1)
    assert plate.own_share == pytest.approx(3 / 4)
    assert plate.rest_share == pytest.approx(1 / 8)  # anna, of eight others
    assert plate.lift == pytest.approx(6)
    assert plate.takers == 1  # gina; jack's first of March at 16:45 is 30.3 days back
    # everybody's take-up: one of the 12 - 3 who could; the members': one of the 4 - 2 who could
    assert plate.take_up == pytest.approx((1 + 50 * (1 / 9)) / (2 + 50))
    assert plate.expected == pytest.approx(plate.take_up)
    facts = values(found)
    assert facts["product:P2&segment:2", "customers"] == 3
    assert facts["product:P2&segment:2", "customers_without"] == 1
    assert facts["product:P2&segment:2", "take_up"] == pytest.approx(plate.take_up)
    assert facts["product:P2&segment!=2", "share"] == pytest.approx(1 / 8)


def test_everyone_is_one_group_without_others(base):
    found = recommend(base)
    assert (found.kind, found.segment, found.size) == ("all", None, 12)
    gnome = offer(found, "P5")
    assert (gnome.have, gnome.takers, gnome.rest_share, gnome.lift) == (2, 1, None, None)
    assert gnome.take_up == pytest.approx(1 / 11)
    assert values(found)["product:P5", "take_up"] == pytest.approx(1 / 11)


def test_segments_may_have_any_ids_and_the_unassigned_are_a_group(shop, frames):
    segments = {7: ("Some", ["anna", "carl", "finn"]), 0: ("Unassigned", ["bob", "dora"])}
    base = shop.open_base({"orders": frames["orders"]}, segments)
    assert recommend(base, segment=7).size == 3
    assert recommend(base, segment=0).size == 2


# --- what is left out ----------------------------------------------------------------------------


def test_out_of_stock_is_left_out_where_stock_is_known(shop, frames):
    catalogue = pd.DataFrame({"product_id": ["P1", "P3", "P4"], "stock": [4.0, 0.0, np.nan]})
    base = shop.open_base({"orders": frames["orders"], "products": catalogue}, BUYERS)
    found = recommend(base, customer_id="bob")
    assert "P3" not in names(found)
    assert {"P1", "P4"} <= set(names(found))
    assert found.out_of_stock == 1
    assert recommend(shop.open_base({"orders": frames["orders"]}, BUYERS)).out_of_stock is None


BUYERS = {
    1: ("Buyers", ["anna", "bob", "carl", "dora", "eve", "finn", "gina", "hugo", "ines", "jack"])
}


def test_what_nobody_touched_for_long_is_not_offered_unless_somebody_looks(shop):
    rows = [("a", "2023-06-01", "OLD"), ("a", "2024-03-20", "X"), ("b", "2024-03-20", "X")]
    rows += [("c", "2024-03-20", "Y"), ("a", "2024-03-20", "Y")]
    tables = {"orders": lines(rows)}
    found = recommend(shop.open_base(tables, {1: ("All", list("abc"))}), customer_id="b")
    assert (names(found), found.gone) == (["Y"], 1)
    seen = pd.DataFrame(
        {
            "customer_id": ["c"],
            "at": [datetime(2024, 3, 21)],
            "kind": ["view"],
            "product_id": ["OLD"],
        }
    )
    base = shop.open_base({**tables, "events": seen}, {1: ("All", list("abc"))})
    found = recommend(base, customer_id="b")
    assert (sorted(names(found)), found.gone) == (["OLD", "Y"], 0)


# --- bought again --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def coffee(request):
    """Eight customers buy coffee every 30 days, and each time something else; one just started."""
    rows = []
    for number in range(8):
        for turn in range(4):
            day = datetime(2023, 12, 5) + timedelta(days=30 * turn + number)
            rows += [(f"c{number}", day, "COFFEE"), (f"c{number}", day, f"T{number}{turn}")]
    rows += [("new", datetime(2024, 3, 10), "COFFEE"), ("new", datetime(2024, 3, 31), "T00")]
    rows += [("own", datetime(2024, 1, 1) + timedelta(days=20 * i), "T11") for i in range(4)]
    shop = request.getfixturevalue("shop")
    who = [f"c{number}" for number in range(8)]
    return shop.open_base({"orders": lines(rows)}, {1: ("Old", who), 2: ("New", ["new", "own"])})


def test_a_product_bought_again_by_nature_is_found(coffee):
    known = deeds(coffee)
    found = habits(coffee, known)
    names_ = known.products.product_id.to_numpy()
    assert names_[found.natural].tolist() == ["COFFEE"]
    at = list(names_).index("COFFEE")
    assert found.share[at] == pytest.approx(8 / 9)
    assert found.interval[at] == pytest.approx(30)
    assert found.usual[at] < 8 / 9 / 1.5


def test_it_is_due_an_interval_after_the_last_purchase(coffee):
    (mine,) = recommend(coffee, customer_id="new").repeats
    assert (mine.product_id, mine.natural, mine.days) == ("COFFEE", True, 1)
    assert (mine.last, mine.day) == ("2024-03-10", "2024-04-09")
    assert mine.again_share == pytest.approx(8 / 9)
    assert "COFFEE" not in names(recommend(coffee, customer_id="new"))
    facts = values(recommend(coffee, customer_id="new"))
    assert facts["product:COFFEE&customer:new", "due"] == "2024-04-09"


def test_a_habit_of_ones_own_counts_too(coffee):
    (mine,) = recommend(coffee, customer_id="own").repeats
    assert (mine.product_id, mine.natural, mine.days) == ("T11", False, 4)
    assert (mine.last, mine.day) == ("2024-03-01", "2024-03-21")


def test_of_a_segment_it_is_said_for_how_many_it_is_due(coffee):
    (ours,) = recommend(coffee, segment=1).repeats
    assert (ours.product_id, ours.members, ours.day) == ("COFFEE", 8, None)
    assert values(recommend(coffee, segment=1))["product:COFFEE&segment:1", "customers_due"] == 8


def test_long_ago_is_not_waited_for(shop, coffee):
    later = replace(coffee, as_of=datetime(2024, 9, 1), features=coffee.features.copy())
    assert recommend(later, customer_id="new").repeats == ()


# --- shops of every kind -------------------------------------------------------------------------


def test_a_shop_without_products_says_so(shop, frames):
    unknown = pd.Series(None, index=frames["orders"].index, dtype="string")
    orders = frames["orders"].assign(product_id=unknown, product=unknown, category=unknown)
    with pytest.raises(NotLoaded):
        recommend(shop.open_base({"orders": orders}, BUYERS))


def test_purchases_among_the_events_are_purchases_where_there_are_no_orders(shop, frames):
    base = shop.open_base({"events": frames["events"]}, {1: ("All", ["anna", "bob", "lee"])})
    found = recommend(base, customer_id="bob")
    assert found.bought
    assert found.had == 1
    assert offer(found, "P3").looked == ("view", "2024-03-10")
    assert "P2" not in names(found)


def test_a_shop_with_views_only_goes_by_views(shop, frames):
    views = frames["events"][frames["events"].kind == "view"]
    base = shop.open_base({"events": views}, {1: ("All", ["anna", "bob", "lee"])})
    found = recommend(base, customer_id="lee")
    assert not found.bought
    assert names(found)[0] == "P5"
    assert not found.repeats
    assert recommend(base, segment=1).features


@pytest.mark.parametrize(
    "rows", [[("a", "2024-03-20", "X")], [("a", "2024-03-20", "X"), ("b", "2024-03-20", "X")]]
)
def test_one_customer_one_product_one_day(shop, rows):
    who = sorted({row[0] for row in rows})
    base = shop.open_base({"orders": lines(rows)}, {1: ("All", who)})
    assert recommend(base, customer_id="a").offers == ()
    found = recommend(base, segment=1)
    assert [one.expected for one in found.features] == [0] * len(found.features)
    assert found.days == 1
    assert recommend(base).facts


def test_the_same_again(base):
    assert recommend(base, customer_id="gina") == recommend(base, customer_id="gina")
    assert recommend(base, segment=1) == recommend(base, segment=1)
