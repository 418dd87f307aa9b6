"""Demand of small shops whose future can be worked out by hand."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from segmentation.insight.demand.backtest import TooShort, horizon_of
from segmentation.insight.demand.calendar import learn_calendar
from segmentation.insight.demand.forecast import demand
from segmentation.insight.demand.models import Past, Sales, kinds_of_demand, predict
from segmentation.insight.demand.spread import own_spread, shared_spread
from segmentation.insight.errors import BadArgument, NotLoaded, UnknownName

START = datetime(2024, 1, 1)  # a Monday


def order(day, customer, product, units, hour=12, **columns):
    at = START + timedelta(days=day, hours=hour)
    return {
        "customer_id": customer,
        "order_id": f"{customer}-{day}-{product}",
        "ordered_at": at,
        "product_id": product,
        "product": f"The {product}",
        "category": {"A": "toys", "B": "books"}.get(product, "toys"),
        "quantity": float(units),
        "unit_price": 2.0,
        "kind": "sale",
        "is_charge": False,
        **columns,
    }


def steady(days=112, closed=(5, 6)):
    """Ten of A by ann on every open day, and five of B by bob on Mondays."""
    rows = []
    for day in range(days):
        if day % 7 in closed:
            continue
        rows.append(order(day, "ann", "A", 10))
        if day % 7 == 0:
            rows.append(order(day, "bob", "B", 5))
    return rows


SEGMENTS = {2: ("Daily", ["ann"]), 7: ("Weekly", ["bob"]), 0: ("Unassigned", ["eve"])}


@pytest.fixture(scope="module")
def open_shop(shop):
    def opened(rows, days=112, segments=None, **tables):
        frames = {"orders": pd.DataFrame(rows), **tables}
        as_of = START + timedelta(days=days)
        return shop.open_base(frames, segments or SEGMENTS, as_of)

    return opened


# --- everyone ----------------------------------------------------------------------------------


def test_a_steady_shop_goes_on_as_it_did(open_shop):
    found = demand(open_shop(steady()), days=28)
    # four weeks of five days at ten, and four Mondays at five
    assert found.expected == pytest.approx(220)
    assert (found.low, found.high) == (220, 220)
    assert found.before == 220
    assert found.change == pytest.approx(0)
    assert (found.first, found.last) == (date(2024, 4, 22), date(2024, 5, 19))
    assert found.closed == (5, 6)
    assert found.accuracy.error == pytest.approx(0)


def test_days_are_counted_by_the_weekdays_they_fall_on(open_shop):
    base = open_shop(steady())
    # from a Monday: Monday 15, then Tuesday to Friday 10 each, and a closed weekend
    assert demand(base, days=1).expected == pytest.approx(15, rel=0.1)
    assert demand(base, days=7).expected == pytest.approx(55)
    weekend = demand(open_shop(steady(), days=110), days=2)
    assert (weekend.first, weekend.expected) == (date(2024, 4, 20), 0)


def test_returns_and_charges_are_no_units(open_shop):
    rows = steady()
    rows.append(order(100, "ann", "A", -10, kind="return"))
    rows.append(order(100, "ann", "POST", 400, is_charge=True))
    assert demand(open_shop(rows), days=28).expected == pytest.approx(220)


def test_a_day_that_is_not_over_is_left_out(open_shop, shop):
    rows = [*steady(), order(112, "ann", "A", 1, hour=8)]
    frames = {"orders": pd.DataFrame(rows)}
    base = shop.open_base(frames, SEGMENTS, START + timedelta(days=112, hours=9))
    found = demand(base, days=7)
    assert found.history.unfinished == date(2024, 4, 22)
    assert found.first == date(2024, 4, 23)
    assert found.expected == pytest.approx(55)


def test_a_last_day_that_stops_early_is_left_out(open_shop):
    rows = [one for one in steady() if one["ordered_at"] < START + timedelta(days=109)]
    rows.append(order(109, "ann", "A", 1, hour=7))
    found = demand(open_shop(rows, days=110), days=7)
    assert found.history.unfinished == date(2024, 4, 19)
    assert found.expected == pytest.approx(55)


def test_one_huge_line_teaches_nothing_but_is_named(open_shop):
    rows = [*steady(), order(100, "ann", "C", 90_000)]
    found = demand(open_shop(rows), days=28)
    assert found.expected == pytest.approx(220)
    (huge,) = found.history.huge
    assert (huge.product_id, huge.units, huge.day) == ("C", 90_000, date(2024, 4, 10))
    assert any(f.metric == "exceptional_units" and f.value == 90_000 for f in found.facts)


def test_a_closure_comes_again_on_its_dates(open_shop):
    # closed from 24 to 31 December 2024, open every other day; asked on 20 December 2025
    rows = [
        order(day, "ann", "A", 10)
        for day in range(719)
        if not date(2024, 12, 24) <= (START + timedelta(day)).date() <= date(2024, 12, 31)
    ]
    found = demand(open_shop(rows, days=719), days=20)
    assert found.closures == ((date(2025, 12, 24), date(2025, 12, 31)),)
    assert found.expected == pytest.approx(12 * 10, rel=0.02)


def test_a_long_break_in_the_data_is_no_closure_to_expect_again(open_shop):
    rows = [order(day, "ann", "A", 10) for day in range(440) if not 60 <= day < 120]
    found = demand(open_shop(rows, days=440), days=28)
    assert found.closures == ()
    assert found.expected == pytest.approx(280, rel=0.02)


def test_growth_a_year_ago_is_used_where_it_was_best(open_shop):
    # twice as many in every second quarter of the year, and a tenth more a year
    def units(day):
        when = START + timedelta(day)
        return round((20 if 4 <= when.month <= 6 else 10) * (1.1 if when.year > 2024 else 1))

    rows = [order(day, "ann", "A", units(day)) for day in range(820)]
    found = demand(open_shop(rows, days=820), days=30)
    assert found.method == "yearly"
    assert found.knows_seasons
    # 31 March 2026: the spring of 2025 sold 22 a day
    assert found.expected == pytest.approx(30 * 22, rel=0.06)


def test_where_the_data_ends_long_before_today_it_is_told_apart_from_no_sales(open_shop):
    weekend, weeks = (demand(open_shop(steady(), days=days), days=7) for days in (112, 133))
    assert (weekend.history.last, weekend.history.gap) == (date(2024, 4, 21), 0)
    assert (weeks.history.last, weeks.history.gap) == (date(2024, 4, 19), 23)
    assert weeks.first == date(2024, 5, 13)
    assert weeks.expected == pytest.approx(55)


@pytest.mark.parametrize("days", [0, -3, 1.5, True, "many", 367])
def test_days_that_are_none(open_shop, days):
    with pytest.raises(BadArgument):
        demand(open_shop(steady()), days=days)


def test_what_cannot_be_split_or_is_too_short(open_shop):
    with pytest.raises(UnknownName):
        demand(open_shop(steady()), by="colour")
    with pytest.raises(TooShort) as short:
        demand(open_shop(steady(28), days=28))
    assert (short.value.days, short.value.needed) == (28, 42)
    rows = [{k: v for k, v in row.items() if k != "category"} for row in steady()]
    with pytest.raises(NotLoaded):
        demand(open_shop(rows), by="category")


def test_history_shorter_than_the_horizon_widens_the_interval(open_shop):
    rng = np.random.default_rng(0)
    rows = [order(day, "ann", "A", units) for day, units in enumerate(rng.poisson(10, 56) + 1)]
    base = open_shop(rows, days=56)
    near, far = demand(base, days=7), demand(base, days=60)
    assert far.accuracy.days < 60
    assert far.before is None
    assert (far.high - far.low) / far.expected > (near.high - near.low) / near.expected * 0.9
    assert 0 <= far.low <= far.expected <= far.high


def test_it_is_found_once_and_never_from_what_came_later(open_shop):
    rows = steady()
    base = open_shop(rows)
    assert demand(base, days=14) is demand(base, days=14)
    later = [*rows, *(order(day, "ann", "A", 500) for day in range(112, 140))]
    assert demand(open_shop(later), days=14).expected == demand(base, days=14).expected


# --- products and categories -------------------------------------------------------------------


def test_products_and_categories_add_up_to_the_sum(open_shop):
    for by, keys in (("product", ["A", "B"]), ("category", ["toys", "books"])):
        found = demand(open_shop(steady()), days=28, by=by)
        lines = found.lines.set_index("key")
        assert list(lines.index) == keys
        assert lines["expected"].tolist() == pytest.approx([200, 20])
        assert lines["expected"].sum() == pytest.approx(found.expected)
        assert lines["before"].tolist() == [200, 20]


@pytest.fixture(scope="module")
def many(open_shop):
    """Two hundred products: product i is bought by ann with chance i in 400 each day."""
    rng = np.random.default_rng(1)
    rows = [
        order(day, "ann" if rng.random() < 0.7 else "bob", f"P{i}", rng.integers(1, 4))
        for day in range(200)
        for i in np.flatnonzero(rng.random(200) < np.arange(200) / 400)
    ]
    stock = pd.DataFrame(
        {
            "product_id": ["P199", "P198", "P150", "P5", "NEW"],
            "product": ["Much", "Most", "Some", "Little", "Never sold"],
            "stock": [1.0, 10_000.0, np.nan, 900.0, 50.0],
        }
    )
    return open_shop(rows, days=200, products=stock)


def test_many_products_share_what_they_teach(many):
    found = demand(many, days=14, by="product")
    lines = found.lines.set_index("key")
    assert lines["expected"].sum() == pytest.approx(found.expected)
    assert (lines["low"] <= lines["high"]).all()
    assert (lines["expected"] >= 0).all()
    # two units a purchase, at a chance of i in 400 a day
    truth = pd.Series({f"P{i}": i / 400 * 14 * 2 for i in range(200)}).reindex(lines.index)
    assert np.abs(lines["expected"] - truth).sum() / truth.sum() < 0.25
    covered = ((lines["low"] <= truth) & (truth <= lines["high"])).mean()
    assert covered > 0.9
    assert found.lines_accuracy.error < found.lines_accuracy.naive_error


def test_stock_says_what_runs_out_and_what_lies_idle(many):
    found = demand(many, days=14, by="product")
    first = found.lines.iloc[0]
    assert (first["key"], first["stock"]) == ("P199", 1)
    assert first["risk"] > 0.95
    # what is ordered makes the stock last with 90 % probability
    assert first["reorder"] + 1 >= first["high"] - 1
    assert first["cover"] == pytest.approx(1 / (first["expected"] / 14))
    shelf = found.shelf
    assert (shelf.known, shelf.unknown) == (3, len(found.lines) - 3)
    assert shelf.short["key"].tolist() == ["P199"]
    idle = {one.product_id: one for one in shelf.idle}
    assert list(idle) == ["P198", "P5", "NEW"]
    assert idle["NEW"].cover is None
    assert found.lines.set_index("key")["risk"].isna()["P150"]


def test_no_stock_is_no_shelf(open_shop):
    assert demand(open_shop(steady())).shelf is None


# --- segments ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def crowd(open_shop):
    """Sixty customers: each buys a unit in one of four weeks at random, the first ten all twice."""
    rng = np.random.default_rng(2)
    rows = [
        order(week * 7 + int(rng.integers(7)), f"c{i:02}", "A" if i % 2 else "B", 1 + (i < 10))
        for week in range(40)
        for i in range(60)
        if rng.random() < 0.25
    ]
    last = pd.DataFrame(rows).groupby("customer_id")["ordered_at"].max()
    lately = last[last > START + timedelta(days=280 - 14)].index.tolist()
    seldom = [name for name in last.index if name not in lately]
    segments = {3: ("Lately", lately), 9: ("Not lately", seldom), 0: ("Unassigned", ["nobody"])}
    return open_shop(rows, days=280, segments=segments)


def test_a_segment_is_not_carried_on_but_judged_by_customers_like_its_members(crowd):
    whole = demand(crowd, days=28)
    lately, seldom = (demand(crowd, days=28, segment=number) for number in (3, 9))
    assert lately.expected + seldom.expected == pytest.approx(whole.expected, rel=0.05)
    # everyone buys at the same pace: those who did not lately will buy again
    assert seldom.before < seldom.expected
    assert lately.before > lately.expected
    per_head = [found.expected / found.members for found in (lately, seldom)]
    assert per_head[1] > 0.5 * per_head[0]
    assert seldom.low <= seldom.expected <= seldom.high
    assert seldom.share == pytest.approx(seldom.expected / whole.expected)


def test_a_segments_products_follow_what_its_members_bought(crowd):
    found = demand(crowd, days=28, segment=3, by="product")
    assert found.lines["expected"].sum() == pytest.approx(found.expected)
    whole = demand(crowd, days=28, by="product").lines.set_index("key")["expected"]
    assert (found.lines.set_index("key")["expected"].reindex(whole.index) < whole).all()
    assert found.shelf is None


def test_nobody_of_a_segment_bought(crowd):
    found = demand(crowd, segment=0)
    assert (found.members, found.expected) == (0, 0)


# --- parts -------------------------------------------------------------------------------------


def test_a_weekday_is_closed_only_where_sales_were_to_be_expected():
    weekdays = np.arange(70) % 7
    assert learn_calendar(np.where(weekdays == 6, 0.0, 5.0), 0, 7).closed_weekdays == (6,)
    rare = np.zeros(70)
    rare[[3, 20, 40]] = 2.0
    calendar = learn_calendar(rare, 0, 7)
    assert (calendar.closed_weekdays, calendar.closures) == ((), ())
    assert calendar.between(70, 77) == pytest.approx(1)


def test_kinds_of_demand():
    rates = np.array(
        [[5, 5, 5, 5, 5, 5], [1, 9, 1, 30, 1, 1], [0, 5, 0, 0, 5, 0], [0, 1, 0, 0, 30, 0],
         [0, 0, 0, 0, 0, 0]], dtype=float)  # fmt: skip
    assert kinds_of_demand(rates).tolist() == [0, 1, 2, 3, -1]


@pytest.mark.parametrize("method", ["smoothed", "tsb", "croston", "adida", "imapa", "average"])
def test_every_method_carries_on_what_is_constant(method):
    days = np.arange(70)
    sales = Sales(np.zeros(70, np.int64), days, np.full(70, 3.0), 1, 70)
    calendar = learn_calendar(np.full(70, 3.0), 0, 7)
    said = predict(method, Past(sales, calendar), np.array([70, 77]))
    assert said.tolist() == [[pytest.approx(21, rel=0.06)]]


def test_an_interval_holds_four_of_five_past_errors():
    said, came = np.full((40, 1), 100.0), np.linspace(60, 140, 40)[:, None]
    spread = own_spread(np.array([100.0]), said, came, 1.0, False)
    low, high = spread.interval()
    held = ((low[0] <= came) & (came <= high[0])).mean()
    assert 0.75 <= held <= 0.9
    assert spread.beyond(np.array([np.nan]))[0] != spread.beyond(np.array([np.nan]))[0]


def test_an_interval_of_rare_sales_begins_at_nothing():
    said, came = np.full(200, 0.3), np.repeat([0.0, 1.0], [150, 50])
    spread = shared_spread(np.array([0.3]), said, came, True)
    assert [float(end[0]) for end in spread.interval()] == [0, 1]
    assert spread.beyond(np.array([0.0]))[0] == pytest.approx(51 / 202)
    assert spread.quantile(0.9)[0] == 1


def test_an_interval_holds_its_forecast_even_where_all_past_ones_were_too_low():
    said = np.linspace(90, 110, 50)
    low, high = shared_spread(np.array([100.0]), said, said * 1.3, True).interval()
    assert low[0] == 100
    assert 120 < high[0] < 140


def test_how_far_ahead_can_be_tested():
    assert horizon_of(374, 30, 1).tested == 30
    assert horizon_of(60, 30, 0).tested == 11
    assert horizon_of(42, 30, 0).tested == 7
    with pytest.raises(TooShort):
        horizon_of(41, 30, 0)
