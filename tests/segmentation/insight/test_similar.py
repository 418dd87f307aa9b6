from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from segmentation.insight.errors import BadArgument, UnknownName
from segmentation.insight.similar.closeness import Space, best, closeness
from segmentation.insight.similar.likeness import Chances
from segmentation.insight.similar.lookalikes import known_id, lookalikes, similar

HALF = Chances("same", (0.0, 1.0), (0.0, 1.0), 100, 0.01)
"""A curve on which the chance is the cosine itself."""


class Index:
    """Exact search over the base's vectors, in place of the store's."""

    def __init__(self, base):
        self.base, self.asked = base, []

    def nearest(self, vector, n, *, exclude=()):
        self.asked.append(n)
        scores = self.base.vectors @ np.asarray(vector)
        order = [i for i in np.argsort(-scores) if self.base.customers[i] not in exclude]
        return [SimpleNamespace(customer_id=self.base.customers[i]) for i in order[:n]]


@pytest.fixture
def space(base):
    return Space(base.vectors)


def cosine(base, one, other):
    rows = [base.vectors[base.customers.get_loc(customer)] for customer in (one, other)]
    lengths = np.prod([np.linalg.norm(row) for row in rows])
    return float(np.dot(*rows) / lengths) if lengths else 0.0


def ids(found):
    return [match.customer_id for match in found.matches]


def test_the_most_alike_come_first_without_the_seed(base, space):
    found = similar(base, space, customer_ids=["carl"], n=3)
    assert ids(found)[0] == "hugo"  # both bought tea towels and nothing else
    assert found.matches[0].score == pytest.approx(cosine(base, "carl", "hugo"), abs=1e-6)
    assert found.matches[0].segment == 3
    assert "carl" not in ids(found)
    scores = [match.score for match in found.matches]
    assert scores == sorted(scores, reverse=True)
    assert found.considered == len(base.customers) - 1


def test_several_seeds_are_averaged_and_left_out(base, space):
    found = similar(base, space, customer_ids=["bob", "gina", "bob"], n=3)
    assert ids(found)[0] == "jack"  # blue plates only, as both seeds
    assert not {"bob", "gina"} & set(ids(found))
    assert found.groups == (("bob", "gina"),)
    assert found.matches[0].like == ()


def test_seeds_unlike_each_other_are_not_averaged(base, space):
    found = similar(base, space, customer_ids=["carl", "bob", "gina"], n=2)
    assert found.groups == (("carl",), ("bob", "gina"))
    told = {match.customer_id: match for match in found.matches}
    assert told["hugo"].like == ("carl",)
    assert told["jack"].like == ("bob", "gina")
    assert told["hugo"].score == pytest.approx(1, abs=1e-6)  # and not diluted by the others


def test_a_likeness_is_the_chance_at_the_mean_cosine_to_the_seeds(base):
    space = Space(base.vectors, chances=HALF)
    found = similar(base, space, customer_ids=["anna"], n=12)
    for match in found.matches:
        expected = max(0, cosine(base, "anna", match.customer_id))
        assert match.likeness == pytest.approx(expected, abs=1e-5)
    pair = similar(base, space, customer_ids=["bob", "anna"], n=12)
    if len(pair.groups) == 1:
        for match in pair.matches:
            mean = np.mean([cosine(base, seed, match.customer_id) for seed in ("bob", "anna")])
            assert match.likeness == pytest.approx(max(0, mean), abs=1e-5)
    assert similar(base, Space(base.vectors), customer_ids=["anna"]).expected is None


def test_filters_are_exact_and_need_no_index(base):
    index = Index(base)
    only = [{"field": "country", "op": "eq", "value": "Germany"}]
    space = Space(base.vectors, index)
    found = similar(base, space, customer_ids=["carl"], n=50, filters=only)
    assert set(ids(found)) == {"anna", "bob", "finn", "hugo", "ines"}
    assert found.considered == 5
    assert index.asked == []
    busy = [
        {"field": "orders", "op": "ge", "value": 2},
        {"field": "segment", "op": "eq", "value": 1},
    ]
    found = similar(base, space, customer_ids=["carl"], filters=busy)
    assert set(ids(found)) == {"anna", "finn", "ines"}


def test_the_index_finds_whom_comparing_everybody_finds(base, space):
    index = Index(base)
    for seeds in (["carl"], ["carl", "bob", "gina"], ["anna", "eve"]):
        one = similar(base, Space(base.vectors, index), customer_ids=seeds, n=4)
        assert ids(one) == ids(similar(base, space, customer_ids=seeds, n=4))
    assert index.asked


def test_within_and_outside_segments(base, space):
    for op, value, segments in (("eq", 2, {2}), ("ne", 2, {0, 1, 3}), ("in", [1, 3], {1, 3})):
        within = [{"field": "segment", "op": op, "value": value}]
        found = similar(base, space, customer_ids=["carl"], n=50, filters=within)
        assert {match.segment for match in found.matches} == segments


def test_why_names_what_they_share_and_how_much_would_be_usual(base, space):
    (match,) = similar(base, space, customer_ids=["bob"], n=1).matches
    shared = next(reason for reason in match.because if reason.key == "shared_products")
    assert shared.values["names"] == ["Blue plate"]
    assert shared.values["count"] == 1
    assert shared.values["expected"] == pytest.approx(0.4)  # 4 of the 10 who bought have one
    assert shared.facts[0].subject == f"customer:{match.customer_id}"


def test_what_everybody_has_is_no_reason(shop, frames):
    everybody = frames["orders"].assign(product_id="P1", product="Red mug", quantity=1.0)
    everybody = everybody.assign(kind="sale", is_charge=False)
    base = shop.open_base({"orders": everybody})
    for match in similar(base, Space(base.vectors), customer_ids=["bob"], n=5).matches:
        assert "shared_products" not in [reason.key for reason in match.because]


def test_a_number_most_have_is_no_reason(base, space):
    found = similar(base, space, customer_ids=["bob"], n=50)  # one order, as six of ten have
    shared = [r.values for m in found.matches for r in m.because if r.key == "close_numbers"]
    assert "orders" not in [values["metric"] for values in shared]
    for values in shared:
        assert abs(values["value"] - values["seeds"]) <= 0.2 * abs(values["seeds"]) + 1e-9


def test_equals_go_by_the_order_of_customers():
    scores = np.array([0.5, 0.9, 0.5, 0.9, 0.5, 0.1], dtype=np.float32)
    rows = np.array([3, 10, 2, 4, 9, 1])
    assert best(scores, rows, 4).tolist() == [3, 1, 2, 0]
    assert best(scores, rows, 9).tolist() == [3, 1, 2, 0, 4, 5]


def test_blocks_do_not_change_a_cosine(monkeypatch):
    vectors = np.random.default_rng(0).normal(size=(57, 5)).astype(np.float32)
    vectors[3] = 0
    whole = closeness(vectors, vectors[0], np.arange(57))
    monkeypatch.setattr("segmentation.insight.similar.closeness.BLOCK", 4)
    assert np.array_equal(whole, closeness(vectors, vectors[0], np.arange(57)))
    lengths = np.linalg.norm(vectors, axis=1) * np.linalg.norm(vectors[0])
    expected = np.divide(vectors @ vectors[0], lengths, out=np.zeros(57), where=lengths > 0)
    assert whole == pytest.approx(expected, abs=2e-6)


# --- a segment ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def clouds(shop):
    """Two clouds of 60 customers that touch, each a segment, and ids without order."""
    generator = np.random.default_rng(3)
    angle = np.concatenate([generator.normal(0, 0.35, 60), generator.normal(1.2, 0.35, 60)])
    vectors = np.column_stack([np.cos(angle), np.sin(angle)]).astype(np.float32)
    names = [f"c{number:03}" for number in range(120)]
    template = shop.open_base(shop.frames(), {1: ("One", names[:60]), 4: ("Four", names[60:])})
    return replace(template, vectors=vectors)


def test_look_alikes_of_a_segment_are_outside_it_and_nearest_its_middle(clouds):
    found = lookalikes(clouds, Space(clouds.vectors), 4, n=7)
    middle = clouds.vectors[60:].mean(axis=0)
    order = np.argsort(-(clouds.vectors[:60] @ middle), kind="stable")[:7]
    assert ids(found) == [f"c{number:03}" for number in order]
    assert found.chances is not None
    assert found.chances.kind == "member"
    likely = [match.likeness for match in found.matches]
    assert likely == sorted(likely, reverse=True)


def test_without_a_number_the_likely_ones_are_given(clouds):
    found = lookalikes(clouds, Space(clouds.vectors), 1)
    assert found.matches
    assert all(match.likeness >= 0.5 for match in found.matches)
    more = lookalikes(clouds, Space(clouds.vectors), 1, n=len(found.matches) + 1)
    assert more.matches[-1].likeness < 0.5
    assert found.expected == pytest.approx(np.mean([m.likeness for m in found.matches]))


def test_a_segment_too_small_to_hide_anybody_has_no_chances(base, space):
    found = lookalikes(base, space, 3, n=2)
    assert len(found.matches) == 2
    assert found.chances is None
    assert lookalikes(base, space, 3).matches == ()
    assert {match.segment for match in lookalikes(base, space, 0, n=99).matches} == {1, 2, 3}
    with pytest.raises(BadArgument):
        lookalikes(base, space, 9, n=2)


# --- what cannot be asked -------------------------------------------------------------------


def test_unknown_seeds_are_answered_with_the_nearest_ids(base, space):
    with pytest.raises(UnknownName) as caught:
        similar(base, space, customer_ids=["anne"])
    assert caught.value.nearest[0] == "anna"


@pytest.mark.parametrize("arguments", [{"customer_ids": []}, {"customer_ids": ["anna"], "n": 0}])
def test_bad_arguments(base, space, arguments):
    with pytest.raises(BadArgument):
        similar(base, space, **arguments)


def test_nobody_left_is_an_empty_answer(base, space):
    nobody = [{"field": "orders", "op": "gt", "value": 100}]
    found = similar(base, space, customer_ids=["anna"], filters=nobody)
    assert (found.matches, found.considered) == ((), 0)


def test_a_shop_of_one(shop, frames):
    orders = frames["orders"][frames["orders"].customer_id == "anna"]
    base = shop.open_base({"orders": orders}, {1: ("One", ["anna"])})
    assert similar(base, Space(base.vectors), customer_ids=["anna"]).matches == ()


@pytest.mark.parametrize("kept", [["events"], ["reviews"], ["events", "customers"]])
def test_shops_without_orders(shop, frames, kept):
    base = shop.open_base({name: frames[name] for name in kept})
    found = similar(base, Space(base.vectors), customer_ids=["anna"], n=2)
    assert len(found.matches) == 2


@pytest.mark.parametrize(
    ("given", "known"),
    [("12748", "12748"), (" 12748.0 ", "12748"), (12748.0, "12748"), ("9.0", "9.0"), ("9", None)],
)
def test_an_id_is_known_as_a_spreadsheet_writes_it(given, known):
    assert known_id(SimpleNamespace(customers=pd.Index(["12748", "9.0"])), given) == known
