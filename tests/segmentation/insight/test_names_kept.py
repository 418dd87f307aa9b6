"""A segment keeps what it was named for while that is still true."""

from dataclasses import astuple, replace

import pandas as pd
import pytest

from segmentation.insight.evidence.traits import Traits, carried_traits, segment_traits, with_traits

REGULARS, ONE_TIMERS, BIG = 1, 2, 3


def kept(base, **earlier):
    """The traits of the base's segments where segment 1 was named `s1` before, and so on."""
    before = {int(key[1:]): traits for key, traits in earlier.items()}
    return carried_traits(with_traits(base, before))


def test_what_was_found_is_carried_by_the_segmentation(base):
    fresh = segment_traits(base)
    again = with_traits(base, {})
    assert carried_traits(again) == fresh
    assert carried_traits(base.segmentation) == {}
    other = Traits("", "loyal", "number", "1")
    segments = [replace(s, traits=astuple(other)) for s in again.segments if s.id == REGULARS]
    segments += [s for s in again.segments if s.id != REGULARS]
    renamed = replace(base, segmentation=replace(again, segments=tuple(segments)))
    assert segment_traits(renamed)[REGULARS] == other


@pytest.mark.parametrize(
    ("segment", "before", "stays"),
    [
        (REGULARS, Traits("", "loyal", "number", "1"), True),
        (REGULARS, Traits("", "regular"), False),
        (ONE_TIMERS, Traits("recent", "one_time"), True),
        (ONE_TIMERS, Traits("", "one_time"), False),
        (ONE_TIMERS, Traits("lapsed", "one_time"), False),
        (BIG, Traits("lapsed", "one_time_big", "product", "lantern"), False),
        (BIG, Traits("lapsed", "one_time_big", "category", "kitchen"), False),
    ],
)
def test_a_name_goes_when_it_is_no_longer_true(base, segment, before, stays):
    found = kept(base, **{f"s{segment}": before})
    assert (found[segment] == before) is stays
    if not stays:
        assert found[segment] == segment_traits(base)[segment]


def test_a_word_that_a_segment_is_still_fond_of_stays(shop, frames):
    """Hugo alone bought tea towels by the hundred; only he and carl bought any."""
    lines = frames["orders"]
    many = [lines.assign(customer_id=lines.customer_id + str(i)) for i in range(40)]

    orders = pd.concat(many, ignore_index=True)
    orders["order_id"] = orders.order_id + orders.customer_id
    towels = [f"hugo{i}" for i in range(40)]
    others = [f"{name}{i}" for name in ("bob", "dora", "gina") for i in range(40)]
    base = shop.open_base({"orders": orders}, {1: ("", towels), 2: ("", others)})
    fresh = segment_traits(base)[1]
    fond = replace(fresh, told_apart_by="product", detail="towel")
    assert kept(base, s1=fond)[1] == fond
    lost = replace(fresh, told_apart_by="product", detail="gnome")
    assert kept(base, s1=lost)[1] == fresh


def test_no_two_segments_are_called_the_same(shop, frames):
    """Segment 1 keeps its plain name; a new one of the same kind must be told apart from it."""
    segments = {1: ("", ["anna", "carl"]), 4: ("", ["finn", "ines"]), 5: ("", ["bob", "dora"])}
    base = shop.open_base(frames, segments)
    fresh = segment_traits(base)
    found = kept(base, s1=replace(fresh[1], told_apart_by="", detail=""))
    assert found[1].told_apart_by == ""
    assert len(set(found.values())) == 3
    taken = kept(base, s1=replace(fresh[1], told_apart_by="number", detail="4"))
    assert len(set(taken.values())) == 3
