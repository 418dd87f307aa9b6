"""Every metric against what pandas counts on the small shop, by other means."""

from __future__ import annotations

import threading

import pandas as pd
import pytest

from segmentation.insight.describe import describe
from segmentation.insight.errors import BadArgument, NotLoaded, UnknownName
from segmentation.insight.query import query
from segmentation.types import Fact


def where(field, op, value):
    return {"field": field, "op": op, "value": value}


@pytest.fixture(scope="session")
def lines(frames, shop):
    """Order lines with segment, profile and money, as a spreadsheet would have them."""
    lines = frames["orders"].merge(
        frames["customers"].rename(columns={"country": "home"}), on="customer_id", how="left"
    )
    segment = {c: number for number, (_, who) in shop.SEGMENTS.items() for c in who}
    lines["segment"] = lines.customer_id.map(segment)
    lines["money"] = lines.quantity * lines.unit_price
    return lines


@pytest.fixture(scope="session")
def sales(lines):
    return lines[lines.kind == "sale"]


def values(answer):
    return dict(zip(answer.frame["group"], answer.frame["value"], strict=True))


def test_totals_by_hand(base):
    assert query(base, "customers").total == 10
    assert query(base, "orders").total == 16
    assert query(base, "revenue").total == pytest.approx(
        18 + 12 + 5.5 + 28 + 74 + 40 + 18 + 10 + 16.5 + 200 + 81 + 7, abs=1e-9
    )
    assert query(base, "net_revenue").total == pytest.approx(510.0 - 5.5 - 18 - 16, abs=1e-9)
    assert query(base, "average_order_value").total == pytest.approx(510 / 16)
    assert query(base, "orders_per_customer").total == pytest.approx(1.6)
    # anna 3, carl 3, finn 2, ines 2 orders; the other six one each
    assert query(base, "repeat_rate").total == pytest.approx(0.4)
    # units 158 without postage; returned 1 + 6 + 2
    assert query(base, "items_per_order").total == pytest.approx(156 / 16)
    assert query(base, "return_rate").total == pytest.approx(9 / 156)


def test_days_since_last_order_floors_elapsed_days_per_customer(base):
    expected = {
        "anna": 26, "bob": 31, "carl": 16, "dora": 0, "eve": 60,
        "finn": 25, "gina": 11, "hugo": 83, "ines": 48, "jack": 30,
    }  # fmt: skip
    answer = query(base, "days_since_last_order", by="customer")
    assert values(answer) == expected
    assert answer.total == pytest.approx(sum(expected.values()) / 10)
    assert answer.period == "2024-04-01"


def test_lifetime_value_is_net_of_returns_and_ignores_who_never_bought(base):
    answer = query(base, "lifetime_value", by="customer")
    assert values(answer)["anna"] == pytest.approx(30.0)
    assert values(answer)["eve"] == pytest.approx(0.0)
    assert "quinn" not in values(answer)
    assert answer.total == pytest.approx((510 - 5.5 - 18) / 10)


def test_rating_counts_reviews_with_a_rating(base):
    answer = query(base, "average_rating")
    assert answer.total == pytest.approx((5 + 2 + 4 + 3) / 4)
    assert answer.total_n == 4
    assert values(query(base, "average_rating", by="product")) == {"P1": 4.0, "P4": 4.0, "P2": 2.0}
    assert values(query(base, "average_rating", by="segment"))[0] == 3.0


def test_conversion_counts_sessions_by_id_or_by_a_gap_of_thirty_minutes(base):
    # anna: 09:40-10:00 with a purchase; 10:30 begins a new one. bob: s1 (bought), s2. lee: two.
    answer = query(base, "conversion_rate")
    assert answer.total_n == 6
    assert answer.total == pytest.approx(2 / 6)
    by_segment = values(query(base, "conversion_rate", by="segment"))
    assert by_segment == pytest.approx({1: 0.5, 2: 0.5, 0: 0.0})


SPLITS = [
    ("revenue", "segment", lambda s: s.groupby("segment").money.sum()),
    ("orders", "segment", lambda s: s.groupby("segment").order_id.nunique()),
    ("customers", "country", lambda s: s.groupby("home").customer_id.nunique()),
    ("revenue", "channel", lambda s: s.groupby("channel").money.sum()),
    ("revenue", "source", lambda s: s.groupby("source", dropna=False).money.sum()),
    ("orders", "weekday", lambda s: s.groupby(s.ordered_at.dt.weekday).order_id.nunique()),
    ("revenue", "month", lambda s: s.groupby(s.ordered_at.dt.strftime("%Y-%m")).money.sum()),
    ("customers", "consent", lambda s: s.groupby("consent").customer_id.nunique()),
    (
        "revenue",
        "signup_date",
        lambda s: s.groupby(s.signup_date.dt.strftime("%Y-%m")).money.sum(),
    ),
    ("revenue", "product", lambda s: s[~s.is_charge].groupby("product_id").money.sum()),
    (
        "revenue",
        "category",
        lambda s: s[~s.is_charge].groupby("category", dropna=False).money.sum(),
    ),
    (
        "average_order_value",
        "channel",
        lambda s: s.groupby("channel").money.sum() / s.groupby("channel").order_id.nunique(),
    ),
    (
        "items_per_order",
        "country",
        lambda s: (
            s[~s.is_charge].groupby("home").quantity.sum() / s.groupby("home").order_id.nunique()
        ),
    ),
    (
        "repeat_rate",
        "country",
        lambda s: (
            s.groupby(["home", "customer_id"]).order_id.nunique().ge(2).groupby("home").mean()
        ),
    ),
]


def named(value):
    """What a case is called: the same in every process, so no addresses of functions."""
    return "" if callable(value) else str(value)[:60]


@pytest.mark.parametrize(("metric", "by", "expected"), SPLITS, ids=named)
def test_splits(base, sales, metric, by, expected):
    wanted = {None if pd.isna(k) else k: float(v) for k, v in expected(sales).items()}
    assert values(query(base, metric, by=by)) == pytest.approx(wanted)


FILTERS = [
    ([where("country", "eq", "germany")], lambda s: s.home == "Germany"),
    ([where("country", "ne", "Germany")], lambda s: s.home != "Germany"),
    ([where("country", "in", ["France", "SPAIN"])], lambda s: s.home.isin(["France", "Spain"])),
    ([where("country", "contains", "an")], lambda s: s.home.str.contains("an")),
    ([where("channel", "eq", "store")], lambda s: s.channel == "store"),
    ([where("segment", "eq", 1)], lambda s: s.segment == 1),
    ([where("segment", "eq", "one-timers")], lambda s: s.segment == 2),
    ([where("segment", "ne", "3")], lambda s: s.segment != 3),
    ([where("segment", "in", [1, "Big baskets"])], lambda s: s.segment.isin([1, 3])),
    ([where("product", "eq", "p1")], lambda s: s.product_id == "P1"),
    ([where("product", "eq", "Red Mug")], lambda s: s.product_id == "P1"),
    ([where("product", "in", ["P1", "blue plate"])], lambda s: s.product_id.isin(["P1", "P2"])),
    ([where("product", "contains", "PLATE")], lambda s: s.product_id == "P2"),
    ([where("product", "ne", "P4")], lambda s: s.product_id != "P4"),
    ([where("category", "eq", "Home")], lambda s: s.category == "home"),
    (
        [where("ordered_at", "eq", "2024-02-29")],
        lambda s: s.ordered_at.dt.date.astype(str) == "2024-02-29",
    ),
    ([where("ordered_at", "eq", "2024-02")], lambda s: s.ordered_at.dt.month == 2),
    (
        [where("ordered_at", "between", ["2024-01-31", "2024-03-01"])],
        lambda s: s.ordered_at.between("2024-01-31", "2024-03-02"),
    ),
    (
        [where("ordered_at", "eq", ["2024-01-31", "2024-03-01"])],
        lambda s: s.ordered_at.between("2024-01-31", "2024-03-02"),
    ),
    ([where("ordered_at", "gt", "2024-03-01")], lambda s: s.ordered_at >= "2024-03-02"),
    ([where("ordered_at", "ge", "2024-03-01")], lambda s: s.ordered_at >= "2024-03-01"),
    ([where("ordered_at", "lt", "2024-02-29")], lambda s: s.ordered_at < "2024-02-29"),
    ([where("ordered_at", "le", "2024-02-29")], lambda s: s.ordered_at < "2024-03-01"),
    ([where("quantity", "ge", 10)], lambda s: s.quantity >= 10),
    ([where("unit_price", "between", [3, 5])], lambda s: s.unit_price.between(3, 5)),
    ([where("orders", "ge", 2)], lambda s: s.customer_id.isin(["anna", "carl", "finn", "ines"])),
    ([where("orders", "in", [2])], lambda s: s.customer_id.isin(["finn", "ines"])),
    ([where("revenue", "gt", "74")], lambda s: s.customer_id.isin(["hugo", "ines"])),
    ([where("average_order_value", "lt", 8)], lambda s: s.customer_id.isin(["finn", "jack"])),
    (
        [where("days_since_last_order", "between", [26, 31])],
        lambda s: s.customer_id.isin(["anna", "bob", "jack"]),
    ),
    ([where("lifetime_value", "le", 7)], lambda s: s.customer_id.isin(["eve", "jack"])),
    ([where("return_rate", "gt", 0)], lambda s: s.customer_id.isin(["anna", "eve"])),
    ([where("return_rate", "ge", "50%")], lambda s: s.customer_id == "eve"),
    ([where("average_rating", "ge", 4)], lambda s: s.customer_id.isin(["anna", "carl"])),
    (
        [where("repeat_rate", "eq", 1)],
        lambda s: s.customer_id.isin(["anna", "carl", "finn", "ines"]),
    ),
    ([where("conversion_rate", "gt", 0)], lambda s: s.customer_id.isin(["anna", "bob"])),
    ([where("consent", "eq", "no")], lambda s: ~s.consent.astype(bool)),
    ([where("signup_date", "ge", "2024")], lambda s: s.signup_date >= "2024-01-01"),
    ([where("vectors_filled", "ge", 3)], lambda s: s.customer_id == "anna"),
    ([where("customer_id", "in", ["anna", "BOB"])], lambda s: s.customer_id.isin(["anna", "bob"])),
    (
        [
            where("country", "eq", "Germany"),
            where("ordered_at", "le", "2024-01"),
            where("product", "contains", "e"),
        ],
        lambda s: (s.home == "Germany") & (s.ordered_at < "2024-02-01"),
    ),
]


@pytest.mark.parametrize(("filters", "mask"), FILTERS, ids=named)
def test_filters(base, sales, filters, mask):
    kept = sales[mask(sales)]
    assert query(base, "revenue", filters=filters).total == pytest.approx(kept.money.sum())
    assert query(base, "orders", filters=filters).total == kept.order_id.nunique()


def test_filters_on_orders_reach_reviews_and_visits_through_the_customer(base):
    by_buyers = query(base, "average_rating", filters=[where("channel", "eq", "store")])
    assert by_buyers.total == pytest.approx((5 + 4) / 2)  # anna and carl bought in the store
    of_segment = query(base, "conversion_rate", filters=[where("segment", "eq", 2)])
    assert of_segment.total == pytest.approx(0.5)
    dated = query(base, "average_rating", filters=[where("ordered_at", "ge", "2024-03-21")])
    assert dated.total == pytest.approx(2.5)


def test_states_describe_the_whole_history_of_who_is_in_scope(base):
    answer = query(base, "lifetime_value", filters=[where("product", "eq", "P5")])
    assert answer.total == pytest.approx((40 + 81) / 2)
    assert "state_of_buyers" in [note.key for note in answer.notes]


def test_default_order_is_by_value_and_ties_go_by_name(base):
    answer = query(base, "orders", by="product", top_n=4)
    assert list(answer.frame["name"]) == ["Blue plate", "Red mug", "Tea towel", "Oak candle"]
    assert list(answer.frame["value"]) == [4, 4, 4, 3]
    assert answer.groups == 5
    upward = query(base, "orders", by="product", top_n=2, order="asc")
    assert list(upward.frame["name"]) == ["Garden gnome", "Oak candle"]


def test_months_and_weekdays_come_in_order_of_time_unless_ranked(base):
    assert list(query(base, "orders", by="month").frame["group"]) == [
        "2024-01",
        "2024-02",
        "2024-03",
    ]
    assert list(query(base, "orders", by="weekday").frame["name"])[:2] == ["monday", "tuesday"]
    ranked = query(base, "revenue", by="month", top_n=1)
    assert list(ranked.frame["group"]) == ["2024-01"]


def test_a_month_without_purchases_is_zero(base):
    answer = query(base, "revenue", by="month", filters=[where("customer", "eq", "anna")])
    assert values(answer) == pytest.approx({"2024-01": 30.0, "2024-02": 0.0, "2024-03": 5.5})


def test_product_rankings_leave_out_charges_and_say_so(base):
    answer = query(base, "revenue", by="product")
    assert "POST" not in values(answer)
    assert "charges_left_out" in [note.key for note in answer.notes]
    asked_for = query(base, "revenue", by="product", filters=[where("product", "eq", "POST")])
    assert values(asked_for) == {"POST": 4.0}


def test_facts_speak_of_group_period_and_filters(base):
    answer = query(
        base,
        "revenue",
        by="country",
        filters=[where("ordered_at", "eq", "2024-01"), where("segment", "eq", 1)],
    )
    period = "2024-01-01/2024-01-31"
    assert answer.facts == (
        Fact("segment:1", "revenue", period, 55.0, "EUR"),
        Fact("country:Germany&segment:1", "revenue", period, 30.0, "EUR"),
        Fact("country:France&segment:1", "revenue", period, 25.0, "EUR"),
    )
    months = query(base, "orders", by="month").facts
    assert months[1] == Fact("month:2024-01", "orders", "2024-01-01/2024-01-31", 5.0, "orders")


def test_facts_of_single_groups_have_the_contracts_subjects(base):
    subjects = {fact.subject for fact in query(base, "revenue", by="product").facts}
    assert {"all", "product:P1", "product:P5"} <= subjects
    only = query(base, "orders", filters=[where("country", "eq", "GERMANY")])
    assert [fact.subject for fact in only.facts] == ["country:Germany"]


def test_an_empty_scope_answers_zero_and_says_so(base):
    answer = query(base, "revenue", filters=[where("ordered_at", "ge", "2030-01-01")])
    assert answer.total in (None, 0.0)
    assert "nothing_in_scope" in [note.key for note in answer.notes]
    assert query(base, "revenue", by="country", filters=[where("orders", "gt", 99)]).frame.empty


@pytest.mark.parametrize(
    ("arguments", "nearest"),
    [
        ({"metric": "revenu"}, "revenue"),
        ({"metric": "revenue", "by": "contry"}, "country"),
        ({"metric": "revenue", "filters": [where("cuntry", "eq", "Spain")]}, "country"),
        ({"metric": "revenue", "filters": [where("country", "eq", "Germny")]}, "Germany"),
        ({"metric": "revenue", "filters": [where("country", "in", ["Spain", "Frence"])]}, "France"),
        ({"metric": "revenue", "filters": [where("product", "eq", "red mugs")]}, "Red mug"),
        ({"metric": "revenue", "filters": [where("segment", "eq", "regulrs")]}, "1 (Regulars)"),
        ({"metric": "revenue", "filters": [where("customer", "eq", "ana")]}, "anna"),
    ],
)
def test_a_wrong_name_is_answered_with_the_nearest(base, arguments, nearest):
    with pytest.raises(UnknownName) as caught:
        query(base, **arguments)
    assert caught.value.nearest[0] == nearest
    assert nearest in str(caught.value)


@pytest.mark.parametrize(
    ("filter_", "error"),
    [
        (where("country", "gt", "Spain"), UnknownName),
        (where("orders", "contains", 3), UnknownName),
        (where("orders", "ge", "many"), BadArgument),
        (where("orders", "between", 3), BadArgument),
        (where("ordered_at", "ge", "yesterday"), BadArgument),
        (where("ordered_at", "eq", "2024-02-30"), BadArgument),
        (where("consent", "eq", "perhaps"), BadArgument),
        ({"op": "eq"}, BadArgument),
        ("country = Spain", BadArgument),
        (where("segment", "eq", 9), UnknownName),
    ],
)
def test_a_wrong_filter_says_what_would_be_right(base, filter_, error):
    with pytest.raises(error) as caught:
        query(base, "revenue", filters=[filter_])
    assert caught.value.fix


def test_wrong_numbers_of_groups_and_orders(base):
    for arguments in ({"top_n": 0}, {"top_n": -3}, {"order": "down"}):
        with pytest.raises(BadArgument):
            query(base, "revenue", by="country", **arguments)


def test_a_metric_without_its_table_says_so(shop, frames):
    orders_only = shop.open_base({"orders": frames["orders"]})
    with pytest.raises(NotLoaded, match="No reviews were loaded"):
        query(orders_only, "average_rating")
    with pytest.raises(NotLoaded, match="No browsing events"):
        query(orders_only, "conversion_rate")
    # without profiles, the country of the order lines splits and filters
    by_country = values(query(orders_only, "revenue", by="country"))
    assert by_country["France"] == pytest.approx(5.5 + 74 + 16.5 + 7)
    plain = frames["orders"].drop(columns="category")
    with pytest.raises(NotLoaded, match="categories"):
        query(shop.open_base({"orders": plain}), "revenue", by="category")
    looks = frames["events"][frames["events"].kind != "purchase"]
    looking = shop.open_base({"orders": plain, "events": looks})
    with pytest.raises(NotLoaded, match="purchases"):
        query(looking, "conversion_rate")


def test_categories_may_come_from_the_products_table(shop, frames):
    products = pd.DataFrame(
        {"product_id": ["P1", "P4"], "product": ["Mug, red", "Towel"], "category": ["A", "B"]}
    )
    plain = frames["orders"].drop(columns="category")
    base = shop.open_base({"orders": plain, "products": products})
    by_category = values(query(base, "revenue", by="category"))
    assert by_category["A"] == pytest.approx(25.5)
    assert by_category["B"] == pytest.approx(274)
    assert "Mug, red" in list(query(base, "revenue", by="product").frame["name"])


def test_lines_after_the_reference_moment_do_not_count(shop, frames):
    late = frames["orders"].tail(1).assign(ordered_at=shop.AS_OF, kind="sale", quantity=1000.0)
    base = shop.open_base({**frames, "orders": pd.concat([frames["orders"], late])})
    assert query(base, "revenue").total == pytest.approx(510)


def test_a_new_segmentation_over_the_same_tables_is_seen_at_once(shop, base):
    from dataclasses import replace

    swapped = replace(
        base,
        segmentation=replace(base.segmentation, labels=(base.segmentation.labels % 3 + 1)),
    )
    before = values(query(base, "customers", by="segment"))
    after = values(query(swapped, "customers", by="segment"))
    assert before == {1: 4.0, 2: 4.0, 3: 2.0}
    assert after == {2: 4.0, 3: 4.0, 1: 2.0}


def test_many_threads_get_the_same_answers(base):
    answers, questions = [], [("revenue", "segment"), ("orders", "country"), ("repeat_rate", None)]
    expected = [query(base, metric, by=by).facts for metric, by in questions]

    def ask():
        answers.append([query(base, metric, by=by).facts for metric, by in questions])

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [expected] * 8


def test_a_cancelled_order_is_neither_sold_nor_given_back(shop, frames):
    """Its sale is in no other line, so there is nothing to subtract: gnomes cost 40 + 2 * 39."""
    orders = frames["orders"].assign(cancelled=False)
    gnomes = orders[orders["product_id"] == "P5"].iloc[:1]
    void = gnomes.assign(order_id="o99", quantity=-1.0, kind="return", cancelled=True)
    base = shop.open_base({"orders": pd.concat([orders, void])})
    only = [{"field": "product", "op": "eq", "value": "P5"}]
    assert query(base, "return_rate", filters=only).total == 0
    assert describe(base, only).numbers["net_revenue"] == pytest.approx(118)
