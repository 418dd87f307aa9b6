"""The funnel against a shop counted by hand, and against pandas that goes another way."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from segmentation.insight.errors import NotLoaded, UnknownName
from segmentation.insight.evidence.significance import share_test
from segmentation.insight.funnel.funnel import funnel
from segmentation.insight.funnel.left_behind import Bought, left_behind

TAOBAO = Path(__file__).parents[3] / "../shared/data/taobao/UserBehavior_815users.csv.gz"
RANK = {"view": 0, "wishlist": 0, "cart": 1, "checkout": 2, "purchase": 3}
STEPS = ("view", "cart", "checkout", "purchase")

# ada views, carts, checks out and buys over midnight in one session, and views again next day; bea
# carts without a view and comes back 31 minutes later to buy; cyd buys before viewing, and searches
# for nothing in the end; dot makes one event; eli is in no segment; fay is unassigned.
EVENTS = """
customer_id,at,kind,product_id,category,session_id,query
ada,2024-03-01T23:50,view,P1,kitchen,a1,
ada,2024-03-01T23:58,cart,P1,kitchen,a1,
ada,2024-03-02T00:05,checkout,,,a1,
ada,2024-03-02T00:07,purchase,P1,kitchen,a1,
ada,2024-03-02T09:00,view,P2,home,a2,
ada,2024-03-02T09:05,wishlist,P2,home,a2,
bea,2024-03-03T10:00,cart,P2,home,,
bea,2024-03-03T10:00,cart,P3,home,,
bea,2024-03-03T10:31,purchase,P2,home,,
cyd,2024-03-04T08:00,purchase,P1,kitchen,,
cyd,2024-03-04T08:01,view,P1,kitchen,,
cyd,2024-03-04T08:20,search,,,,Oak  Table
dot,2024-03-05T12:00,view,P3,home,,
eli,2024-03-05T13:00,cart,P1,kitchen,,
fay,2024-03-06T13:00,search,,,,oak table
fay,2024-03-06T13:00,view,P3,home,,
"""
PRODUCTS = pd.DataFrame(
    {
        "product_id": ["P1", "P2", "P3"],
        "product": ["Mug", "Lamp", "=SUM(A1) <b>Chair</b>"],
        "unit_price": [5.0, np.nan, 30.0],
    }
)
SEGMENTS = {2: ("Doers", ["ada", "bea"]), 7: ("Lookers", ["cyd", "dot"]), 0: ("Rest", ["fay"])}


def read(text):
    return pd.read_csv(StringIO(text.strip()), parse_dates=["at"], dtype={"query": str})


@pytest.fixture(scope="module")
def events():
    return read(EVENTS)


@pytest.fixture(scope="module")
def base(shop, events):
    return shop.open_base({"events": events, "products": PRODUCTS}, SEGMENTS)


def counts(group):
    return [(one.step, one.visits, one.customers, one.skipped) for one in group.stages]


def test_everyone_by_hand(base):
    found = funnel(base)
    assert found.steps == STEPS
    assert found.missing == ()
    assert (found.whole.visits, found.whole.customers, found.whole.wished) == (8, 6, 1)
    # view: a1 a2 b1 b2 c d e f, of which b1, b2 and e viewed nothing; cart: a1 b1 b2 c e
    assert counts(found.whole) == [
        ("view", 8, 6, 3),
        ("cart", 5, 4, 2),
        ("checkout", 3, 3, 2),
        ("purchase", 3, 3, 0),
    ]
    assert found.whole.conversion == 3 / 8
    assert found.whole.biggest_loss.metric == "view_to_cart"
    assert found.whole.biggest_loss.lost == 3
    assert found.period == "2024-03-01/2024-03-06"
    assert (found.elsewhere, found.busiest, found.own_sessions) == (1, 2 / 8, 6 / 16)


def test_segments_keep_their_ids_and_only_their_members(base):
    found = funnel(base)
    assert [one.key for one in found.groups] == [2, 7, 0]
    doers = found.group(2)
    assert (doers.visits, doers.customers) == (4, 2)
    assert [one.visits for one in doers.stages] == [4, 3, 2, 2]
    assert [one.visits for one in found.group(7).stages] == [2, 1, 1, 1]
    assert [one.visits for one in found.group(0).stages] == [1, 0, 0, 0]
    # everyone else of the doers: cyd, dot, fay and eli
    assert [(leak.rest.visits, leak.rest.went_on) for leak in doers.leaks] == [
        (4, 2),
        (2, 1),
        (1, 1),
    ]


def test_groups_that_are_too_few_are_not_tested(base):
    found = funnel(base)
    assert found.tests == 0
    assert not any(leak.test or leak.clear for group in found.groups for leak in group.leaks)


def test_products_by_hand(base):
    found = funnel(base, "product")
    # the checkout names no product
    assert found.unnamed == ("checkout",)
    assert [(one.key, one.name) for one in found.groups] == [
        ("P1", "Mug"),
        ("P2", "Lamp"),
        ("P3", "=SUM(A1) <b>Chair</b>"),
    ]
    assert counts(found.group("P1")) == [
        ("view", 3, 3, 1),
        ("cart", 3, 3, 1),
        ("purchase", 2, 2, 0),
    ]
    assert counts(found.group("P2")) == [
        ("view", 3, 2, 2),
        ("cart", 2, 1, 1),
        ("purchase", 1, 1, 0),
    ]
    assert found.group("P2").wished == 1


def test_products_of_one_segment(base):
    found = funnel(base, "product", 7)
    assert (found.whole.visits, found.whole.customers) == (2, 2)
    assert {one.key for one in found.groups} == {"P1", "P3"}
    assert funnel(base, "category").group("kitchen").visits == 3


def test_baskets_by_hand(base):
    baskets = left_behind(base).baskets
    # a1 bought at once; b1: P2 bought later, P3 left; e: P1 left
    assert (baskets.visits, baskets.bought, baskets.later, baskets.left) == (3, 1, 0, 2)
    assert (baskets.customers, baskets.products, baskets.priced) == (2, 2, 2)
    assert baskets.value == 35.0
    assert left_behind(base, 2).baskets.value == 30.0
    assert left_behind(base, 0).baskets is None


def test_searches_by_hand(base):
    searches = left_behind(base).searches
    # cyd's view came before the search, fay's at the same moment
    assert (searches.searches, searches.without, searches.customers) == (2, 1, 1)
    assert searches.worded
    assert searches.terms == ()  # too few typed it


def test_where_what_was_bought_had_been_seen(base):
    # ada's and cyd's in the same visit; bea never viewed what she bought
    assert left_behind(base).bought == Bought(3, 2, 0)


def test_an_order_line_settles_a_basket(shop, events):
    orders = pd.DataFrame(
        {
            "customer_id": ["bea", "eli"],
            "order_id": ["o1", "o2"],
            "ordered_at": pd.to_datetime(["2024-03-03", "2024-03-04"]),
            "product_id": ["P3", "P1"],
            "product": ["Chair", "Mug"],
            "quantity": [1.0, 1.0],
            "unit_price": [30.0, 5.0],
            "kind": "sale",
            "is_charge": False,
        }
    )
    baskets = left_behind(shop.open_base({"events": events, "orders": orders}, SEGMENTS)).baskets
    # days without hours count to their end: bea's chair came the same day, eli's mug the day before
    assert (baskets.later, baskets.left, baskets.products) == (1, 1, 1)
    assert (baskets.priced, baskets.value) == (0, None)


def test_a_purchase_without_a_product_takes_its_visits_basket(shop, events):
    nameless = events.assign(product_id=events.product_id.where(events.kind != "purchase"))
    found = left_behind(shop.open_base({"events": nameless}, SEGMENTS))
    assert (found.baskets.bought, found.baskets.left) == (1, 2)
    assert found.bought is None


def test_terms_need_many_customers_and_are_one_whatever_their_case(shop):
    who = [f"c{i:02}" for i in range(25)]
    rows = [
        (w, f"2024-01-{i + 1:02}", "search", None, None, "oak TABLE ") for i, w in enumerate(who)
    ]
    rows += [
        (w, f"2024-02-{i + 1:02}", "search", None, None, "secret") for i, w in enumerate(who[:19])
    ]
    rows += [(who[0], "2024-01-01T00:10", "view", "P1", None, None)]
    columns = ["customer_id", "at", "kind", "product_id", "session_id", "query"]
    events = pd.DataFrame(rows, columns=columns).astype({"session_id": "string"})
    events["at"] = pd.to_datetime(events["at"], format="ISO8601")
    searches = left_behind(shop.open_base({"events": events}, {1: ("All", who)})).searches
    (term,) = searches.terms
    assert (term.text, term.searches, term.without, term.customers) == ("oak table", 25, 24, 25)
    assert (searches.searches, searches.without) == (44, 43)


# --- what the data lacks -----------------------------------------------------------------------


def test_what_is_missing_is_said(shop, frames, events):
    with pytest.raises(NotLoaded) as error:
        funnel(shop.open_base({"orders": frames["orders"]}))
    assert error.value.table == "events"
    with pytest.raises(NotLoaded) as error:
        funnel(shop.open_base({"events": events.drop(columns="category")}, SEGMENTS), "category")
    assert error.value.table == "categories"
    with pytest.raises(UnknownName):
        funnel(shop.open_base({"events": events}, SEGMENTS), "country")
    views = events[events.kind == "view"].drop(columns="query")
    only_views = shop.open_base({"events": views}, SEGMENTS)
    assert funnel(only_views).steps == ("view",)
    assert funnel(only_views).missing == ("cart", "checkout", "purchase", "wishlist")
    assert left_behind(only_views).baskets is None


def test_nothing_before_the_reference_day_is_no_funnel(shop, events):
    found = funnel(shop.open_base({"events": events}, SEGMENTS, as_of=datetime(2020, 1, 1)))
    assert (found.steps, found.whole.visits, found.groups) == ((), 0, ())


def test_steps_without_events_are_left_out(shop, events):
    found = funnel(shop.open_base({"events": events[events.kind != "checkout"]}, SEGMENTS))
    assert found.steps == ("view", "cart", "purchase")
    assert found.missing == ("checkout",)
    assert [one.visits for one in found.whole.stages] == [8, 5, 3]


# --- against pandas ----------------------------------------------------------------------------


def sessions_of(events):
    """Events with their session, by sorting and counting gaps."""
    events = events.sort_values(["customer_id", "at"], kind="stable")
    own = events.session_id.notna()
    gap = events[~own].groupby("customer_id")["at"].diff() >= pd.Timedelta(minutes=30)
    run = gap.groupby(events[~own].customer_id).cumsum()
    session = events.session_id.where(own, run.reindex(events.index).map(lambda r: f"run {r}"))
    return events.assign(session=events.customer_id + "/" + session.astype(str))


def reached(events, steps, keys=("customer_id", "session")):
    """One row per visit (and thing): a column per step, whether it came that far."""
    known = events[events.kind.isin(RANK)]
    visits = events[list(keys)].drop_duplicates()
    farthest = known.assign(rank=known.kind.map(RANK)).groupby(list(keys))["rank"].max()
    visits = visits.merge(farthest.rename("rank").reset_index(), how="left", on=list(keys))
    for step in steps:
        visits[step] = visits["rank"] >= RANK[step]
    return visits


def random_events(seed, customers=60, length=4000):
    """Everything at once: bots, ids of sessions or none, missing products, equal times."""
    rng = np.random.default_rng(seed)
    who = rng.choice(customers, length, p=rng.dirichlet(np.full(customers, 0.3)))
    kinds = rng.choice([*RANK, "search"], length, p=[0.5, 0.1, 0.15, 0.05, 0.1, 0.1])
    minutes = np.round(rng.exponential(25, length).cumsum() / 5) * 5
    product = rng.integers(0, 30, length)
    given = rng.random(length) < 0.3
    return pd.DataFrame(
        {
            "customer_id": [f"c{i:02}" for i in who],
            "at": pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.permutation(minutes), unit="m"),
            "kind": kinds,
            "product_id": [
                None if k == "search" or lost else f"P{p:02}"
                for k, p, lost in zip(kinds, product, rng.random(length) < 0.04, strict=True)
            ],
            "category": [f"K{p % 4}" for p in product],
            "session_id": [f"s{i % 7}" if own else None for i, own in enumerate(given)],
            "query": ["word" if k == "search" else None for k in kinds],
        }
    )


@pytest.fixture(scope="module", params=[0, 1])
def other(shop, request):
    events = random_events(request.param)
    names = sorted(events.customer_id.unique())
    segments = {3: ("A", names[:20]), 11: ("B", names[20:45]), 0: ("C", names[45:55])}
    label = {name: number for number, (_, who) in segments.items() for name in who}
    base = shop.open_base({"events": events}, segments, as_of=datetime(2030, 1, 1))
    return base, sessions_of(events), label


def test_visits_equal_pandas(other):
    base, events, label = other
    found = funnel(base)
    visits = reached(events, STEPS)
    visits["segment"] = visits.customer_id.map(label)
    for group in (found.whole, *found.groups):
        mine = visits if group.key is None else visits[visits.segment == group.key]
        assert group.visits == len(mine)
        assert group.customers == mine.customer_id.nunique()
        for stage in group.stages:
            at = mine[mine[stage.step]]
            own = set(events[events.kind == stage.step].session)
            assert stage.visits == len(at)
            assert stage.customers == at.customer_id.nunique()
            assert stage.skipped == (~at.session.isin(own)).sum()
        wished = set(events[events.kind == "wishlist"].session)
        assert group.wished == mine.session.isin(wished).sum()
    assert found.elsewhere == visits.segment.isna().sum()


@pytest.mark.parametrize(("by", "column"), [("product", "product_id"), ("category", "category")])
def test_things_equal_pandas(other, by, column):
    base, events, _ = other
    found = funnel(base, by)
    known = events[events[column].notna()]
    visits = reached(known, found.steps, ("customer_id", "session", column))
    assert len(found.groups) == known[column].nunique()
    for group in found.groups:
        mine = visits[visits[column] == group.key]
        assert group.visits == len(mine)
        assert [s.visits for s in group.stages] == [mine[s.step].sum() for s in group.stages]


def test_intervals_and_tests_equal_a_second_way(other):
    """Wilson and Benjamini-Hochberg of statsmodels; sums over customers by pandas."""
    from statsmodels.stats.multitest import multipletests
    from statsmodels.stats.proportion import proportion_confint

    from segmentation.insight.evidence.significance import Moments

    base, events, label = other
    visits = reached(events, STEPS)
    one = visits.groupby("customer_id")[list(STEPS)].sum().astype(float)
    segment = one.index.map(label)
    plain, told = [], []
    for group in funnel(base).groups:
        for leak in group.leaks:
            x, y = one[leak.own.since], one[leak.own.step]
            sides = []
            for side in (segment == group.key, segment != group.key):
                u, v = x[side], y[side]
                sums = (np.array([s]) for s in (v.sum(), (v * v).sum(), (u * v).sum()))
                sides.append(Moments((u > 0).sum(), u.sum(), (u * u).sum(), *sums))
            plain.append(share_test(*sides)[0][0])
            told.append(leak.test)
            u, v = x[segment == group.key], y[segment == group.key]
            n, share = (u > 0).sum(), v.sum() / u.sum()
            spread = ((v - share * u) ** 2).sum() * n / (n - 1) / (u.sum() * share * (1 - share))
            whole = u.sum() / max(spread, 1)
            bounds = proportion_confint(share * whole, whole, method="wilson")
            assert (leak.own.low, leak.own.high) == pytest.approx(bounds, abs=1e-4)
    made = [i for i, p in enumerate(plain) if not np.isnan(p)]
    assert [i for i, test in enumerate(told) if test] == made
    assert [told[i].p for i in made] == pytest.approx([plain[i] for i in made])
    adjusted = multipletests([plain[i] for i in made], method="fdr_bh")[1]
    assert [told[i].q for i in made] == pytest.approx(list(adjusted))


def test_what_was_left_equals_pandas(other):
    base, events, _ = other
    found = left_behind(base)
    named = events[events.product_id.notna()]
    carts = (
        events[events.kind == "cart"]
        .groupby(["customer_id", "session", "product_id"], dropna=False, as_index=False)["at"]
        .min()
    )
    sold = named[named.kind == "purchase"]
    whole = set(events[(events.kind == "purchase") & events.product_id.isna()].session)
    own = set(zip(sold.session, sold.product_id, strict=True))
    last = sold.groupby(["customer_id", "product_id"])["at"].max().to_dict()
    here = [
        s in whole or (s, p) in own for s, p in zip(carts.session, carts.product_id, strict=True)
    ]
    later = [
        last.get((c, p), pd.Timestamp.min) >= at
        for c, p, at in zip(carts.customer_id, carts.product_id, carts["at"], strict=True)
    ]
    carts = carts.assign(here=here, done=np.array(here) | np.array(later))
    by_visit = carts.groupby("session")[["here", "done"]].all()
    baskets = found.baskets
    assert baskets.visits == len(by_visit)
    assert baskets.bought == by_visit.here.sum()
    assert baskets.left == (~by_visit.done).sum()
    assert baskets.later == baskets.visits - baskets.bought - baskets.left
    left = carts[~carts.done]
    assert baskets.customers == left.customer_id.nunique()
    known = left[left.product_id.notna()]
    assert baskets.products == len(known[["customer_id", "product_id"]].drop_duplicates())

    opened = events[events.kind.isin(["cart", "checkout", "purchase"])]
    opened = pd.concat([opened, named[named.kind.isin(["view", "wishlist"])]])
    moments = opened.groupby("session")["at"].max()
    searches = events[events.kind == "search"]
    followed = searches.session.map(moments) >= searches["at"]
    assert found.searches.searches == len(searches)
    assert found.searches.without == (~followed).sum()
    assert found.searches.customers == searches[~followed].customer_id.nunique()


def test_a_robot_breaks_nothing(shop):
    """One customer with 30,000 views is one of many where intervals and tests are made."""
    rng = np.random.default_rng(0)
    people = pd.DataFrame(
        {
            "customer_id": np.repeat([f"c{i:03}" for i in range(200)], 4),
            "at": pd.Timestamp("2024-01-01") + pd.to_timedelta(np.tile(range(4), 200), unit="D"),
            "kind": rng.choice(["view", "cart"], 800, p=[0.7, 0.3]),
        }
    )
    times = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(30_000) * 5, unit="m")
    robot = pd.DataFrame({"customer_id": "robot", "at": times, "kind": "view"})
    robot["at"] += pd.to_timedelta(np.arange(30_000) // 100 * 60, unit="m")
    names = [f"c{i:03}" for i in range(200)]
    segments = {1: ("A", [*names[:100], "robot"]), 2: ("B", names[100:])}
    events = pd.concat([people, robot]).assign(product_id="P1")
    found = funnel(shop.open_base({"events": events}, segments, as_of=datetime(2030, 1, 1)))
    assert found.busiest == pytest.approx(300 / 1100)
    (leak,) = found.group(1).leaks
    assert leak.own.value < 0.25 < leak.rest.value
    assert leak.own.high - leak.own.low > 0.2  # the robot's visits are no 300 witnesses
    assert not leak.clear


def test_labels_dealt_out_at_random_leave_alike(shop):
    """Visits of one customer are alike; still about one in twenty plain tests finds something."""
    rng = np.random.default_rng(5)
    habits = rng.beta(1, 3, 120)
    visits = rng.geometric(0.1, 120)
    rows = [
        (f"c{i:03}", day, kind)
        for i, (habit, n) in enumerate(zip(habits, visits, strict=True))
        for day, carted in enumerate(rng.random(n) < habit)
        for kind in (["view", "cart"] if carted else ["view"])
    ]
    events = pd.DataFrame(rows, columns=["customer_id", "day", "kind"])
    events["at"] = pd.Timestamp("2023-01-01") + pd.to_timedelta(events.day, unit="D")
    events["product_id"] = "P1"
    names = [f"c{i:03}" for i in range(120)]
    segments = {1: ("A", names[:40]), 2: ("B", names[40:80]), 3: ("C", names[80:])}
    tables = {"events": events.drop(columns="day")}
    base = shop.open_base(tables, segments, as_of=datetime(2030, 1, 1))
    found = []
    for _ in range(30):
        dealt = replace(base.segmentation, labels=rng.permutation(base.segmentation.labels))
        other = replace(base, segmentation=dealt)
        found += [leak.test.p for group in funnel(other).groups for leak in group.leaks]
    assert np.mean(np.array(found) < 0.05) < 0.1


@pytest.mark.slow
@pytest.mark.skipif(not TAOBAO.exists(), reason="../shared/data/taobao is not here")
def test_taobao_equals_pandas(shop):
    kinds = {"pv": "view", "cart": "cart", "fav": "wishlist", "buy": "purchase"}
    names = ["customer_id", "product_id", "category", "kind", "seconds"]
    raw = pd.read_csv(TAOBAO, header=None, names=names).dropna()
    raw["at"] = pd.to_datetime(raw.seconds + 8 * 3600, unit="s")
    raw = raw[raw["at"].between("2017-11-25", "2017-12-04", inclusive="left")]
    events = raw.assign(
        customer_id=raw.customer_id.astype(str),
        product_id=raw.product_id.astype(int).astype(str),
        category=raw.category.astype(int).astype(str),
        kind=raw.kind.map(kinds),
    ).drop(columns="seconds")
    assert len(events) == 84_440
    buyers = set(events[events.kind == "purchase"].customer_id)
    rest = sorted(set(events.customer_id) - buyers)
    segments = {4: ("Buyers", sorted(buyers)), 9: ("Others", rest)}
    found = funnel(shop.open_base({"events": events}, segments, as_of=datetime(2017, 12, 4)))
    visits = reached(sessions_of(events.assign(session_id=None)), STEPS)
    assert found.steps == ("view", "cart", "purchase")
    assert found.whole.visits == len(visits) == 14_099
    for group in found.groups:
        mine = visits[visits.customer_id.isin(segments[group.key][1])]
        assert [s.visits for s in group.stages] == [mine[s].sum() for s in found.steps]
        customers = [mine[mine[s]].customer_id.nunique() for s in found.steps]
        assert [s.customers for s in group.stages] == customers
