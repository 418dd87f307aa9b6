from __future__ import annotations

from datetime import datetime, timedelta

import pandas as pd

from segmentation.insight.evidence.traits import Traits, segment_traits

AS_OF = datetime(2024, 4, 1)
OTHERS = [(4, 10, 50, "P3", "books"), (4, 10, 50, "P4", "books")]


def shop_of(shop, kinds):
    """A shop whose segments are these kinds: (orders, price, days ago, product, category) each."""
    rows, segments = [], {}
    for number, (orders, price, days, product, category) in enumerate(kinds, start=1):
        members = [f"s{number}c{i:02}" for i in range(20)]
        segments[number] = (f"Segment {number}", members)
        for member in members:
            for order in range(orders):
                rows.append(
                    {
                        "customer_id": member,
                        "order_id": f"{member}-{order}",
                        "ordered_at": AS_OF - timedelta(days=days + order, hours=1),
                        "product_id": product,
                        "product": product,
                        "category": category,
                        "quantity": 1.0,
                        "unit_price": float(price),
                        "kind": "sale",
                        "is_charge": False,
                    }
                )
    orders = pd.DataFrame(rows).dropna(axis="columns")
    return shop.open_base({"orders": orders}, segments)


def test_recency_and_kind(shop):
    base = shop_of(
        shop,
        [
            (10, 100, 2, "P1", "a"),
            (1, 10, 200, "P2", "b"),
            (2, 10, 90, "P3", "c"),
        ],
    )
    assert segment_traits(base) == {
        1: Traits("recent", "loyal_big"),
        2: Traits("lapsed", "one_time"),
        3: Traits("", "light"),
    }


def test_segments_of_one_kind_are_told_apart_by_what_they_buy(shop):
    base = shop_of(shop, [(3, 10, 50, "P1", "toys"), (3, 10, 50, "P2", "books")])
    traits = segment_traits(base)
    assert traits[1] == Traits("", "regular", "category", "toys")
    assert traits[2] == Traits("", "regular", "category", "books")


def test_who_leans_to_a_category_most_is_named_for_it_and_others_for_their_next(shop):
    frames = shop_of(shop, [(4, 10, 50, "P1", "toys"), (4, 10, 50, "P2", "toys"), *OTHERS])
    lines = frames.tables["orders"].to_pandas()
    second = lines.customer_id.str.startswith("s2") & ~lines.order_id.str.endswith("-0")
    lines.loc[second & lines.order_id.str.endswith(("-1", "-2")), "category"] = "games"
    members = {
        number: (
            f"Segment {number}",
            sorted(lines.customer_id[lines.customer_id.str[1] == str(number)].unique()),
        )
        for number in (1, 2, 3, 4)
    }
    traits = segment_traits(shop.open_base({"orders": lines}, members))
    assert traits[1] == Traits("", "regular", "category", "toys")
    assert traits[2] == Traits("", "regular", "category", "games")


def test_without_categories_a_word_of_the_products_tells_them_apart(shop):
    kinds = [(3, 10, 50, "wooden train", None), (3, 10, 50, "picture books", None)]
    details = {t.detail for t in segment_traits(shop_of(shop, kinds)).values()}
    assert details <= {"wooden", "train", "picture", "books"}
    assert len(details) == 2


def test_then_a_number_that_separates_them_and_at_last_the_id(shop):
    by_size = segment_traits(shop_of(shop, [(3, 10, 50, "P", None), (3, 12, 50, "P", None)]))
    assert by_size[1] == Traits("", "regular", "average_order_value", "..11")
    assert by_size[2] == Traits("", "regular", "average_order_value", "11..")
    three = segment_traits(shop_of(shop, [(3, 10, 50, "P", None)] * 3))
    assert [three[i].detail for i in (1, 2, 3)] == ["1", "2", "3"]


def test_a_category_that_few_of_a_segment_buy_does_not_name_it(shop):
    kinds = [(3, 10, 50, "P1", "toys"), (3, 10, 50, "P1", "toys")]
    base = shop_of(shop, kinds)
    frame = base.tables["orders"].to_pandas()
    few = frame.customer_id.isin([f"s1c{i:02}" for i in range(5)])
    frame.loc[few, "category"] = "books"
    segments = {n: (f"Segment {n}", [f"s{n}c{i:02}" for i in range(20)]) for n in (1, 2)}
    traits = segment_traits(shop.open_base({"orders": frame}, segments))
    assert traits[1].told_apart_by == "number"


def test_recent_is_lately_and_lapsed_is_long_ago_whatever_others_do(shop):
    base = shop_of(shop, [(3, 10, 200, "P1", "a"), (3, 10, 500, "P2", "b")])
    assert segment_traits(base)[1].recency == ""
    base = shop_of(shop, [(3, 10, 5, "P1", "a"), (3, 10, 20, "P2", "b")])
    assert [t.recency for t in segment_traits(base).values()] == ["recent", ""]


def test_every_segment_has_its_own_traits(base):
    traits = segment_traits(base)
    assert set(traits) == {0, 1, 2, 3}
    assert len(set(traits.values())) == 4
    assert traits[0] == Traits("", "unassigned")
    assert traits[2].kind == "one_time"


def test_traits_are_the_same_every_time(shop, frames, base):
    assert segment_traits(shop.open_base(frames)) == segment_traits(base)


def test_one_whale_does_not_make_the_others_small_spenders(shop):
    base = shop_of(shop, [(3, 10, 50, "P1", "a"), (3, 12, 50, "P2", "b")])
    frame = base.tables["orders"].to_pandas()
    frame.loc[frame.customer_id == "s2c00", "unit_price"] = 5_000.0
    segments = {n: (f"Segment {n}", [f"s{n}c{i:02}" for i in range(20)]) for n in (1, 2)}
    kinds = {
        n: t.kind for n, t in segment_traits(shop.open_base({"orders": frame}, segments)).items()
    }
    assert kinds == {1: "regular", 2: "regular"}
