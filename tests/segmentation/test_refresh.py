"""A shop that is built again: its segments are the same ones, as far as its customers are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from segmentation.archive import open_base
from segmentation.data.demo import write_demo_shop
from segmentation.lineage import open_past
from segmentation.pipeline import BuildOptions, build, resegment
from segmentation.trials import place
from segmentation.types import Recipe
from segmentation.views.fusion import Fusion
from store.snapshots import SnapshotStore

pytestmark = pytest.mark.slow

RECIPE = Recipe(method="kmeans", n_segments=4)


class Letters:
    """An encoder that counts letters."""

    name, digest, dim = "letters", "0", 26

    def load(self):
        pass

    def encode(self, texts, progress=None):
        letters = [chr(97 + i) for i in range(26)]
        counts = np.array([[1 + text.lower().count(one) for one in letters] for text in texts])
        return (counts / np.linalg.norm(counts, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def orders(tmp_path_factory):
    return pd.read_csv(write_demo_shop(tmp_path_factory.mktemp("shop"), customers=200).orders)


@pytest.fixture(scope="module")
def built(orders, tmp_path_factory):
    """Up to three months before the end, to the end, and to the end again."""
    store = SnapshotStore(tmp_path_factory.mktemp("workspace"))
    days = pd.to_datetime(orders["order_date"], errors="coerce")
    early = orders[days < days.max() - pd.Timedelta(days=90)]
    options = BuildOptions(recipe=RECIPE)
    return store, [build(store, {"orders": o}, options, Letters()) for o in (early, orders, orders)]


def made(snapshot):
    """The segmentation it was built with; tests add others."""
    return open_past(snapshot, "001").segmentation


def labels_of(snapshot):
    return pd.Series(made(snapshot).labels, index=open_past(snapshot, "001").customers)


def test_the_first_has_nothing_to_continue_and_counts_from_one(built):
    _, (first, _, _) = built
    labels = made(first).labels
    assert made(first).continuity is None
    assert sorted(np.unique(labels)) == [1, 2, 3, 4]
    sizes = labels[labels > 0]
    assert list(np.bincount(sizes)[1:]) == sorted(np.bincount(sizes)[1:], reverse=True)


def test_a_refresh_says_what_it_continues(built):
    _, (first, second, _) = built
    then, now = labels_of(first), labels_of(second)
    continuity = made(second).continuity
    assert (continuity.snapshot, continuity.segmentation) == (first.id, "001")
    flows = pd.concat([then, now], axis=1, keys=["then", "now"])
    for old, new, customers in continuity.flows:
        was = flows.then.isna() if old is None else flows.then == old
        is_ = flows.now.isna() if new is None else flows.now == new
        assert (was & is_).sum() == customers
    assert continuity.highest == max(then.max(), now.max())
    new = {c.segment for c in continuity.changes if c.segment and c.segment not in set(then)}
    assert all(segment > 4 for segment in new)
    assert any(c.kind == "kept" for c in continuity.changes)


def test_the_same_data_again_gives_the_same_segments_to_the_byte(built):
    _, (_, second, third) = built
    one, two = made(second), made(third)
    assert one.labels.tobytes() == two.labels.tobytes()
    assert one.confidence.tobytes() == two.confidence.tobytes()
    assert [c.kind for c in two.continuity.changes] == ["kept"] * 4
    assert [s.traits for s in one.segments] == [s.traits for s in two.segments]
    assert all(s.traits for s in one.segments)


def test_a_new_segmentation_continues_the_last_one_of_its_recipe(built):
    _, (_, second, third) = built
    other = resegment(second, open_base(second), Recipe(method="kmeans", n_segments=3))
    assert other.continuity is None
    assert sorted(np.unique(other.labels)) == [1, 2, 3]
    later = resegment(third, open_base(third), Recipe(method="kmeans", n_segments=3))
    assert (later.continuity.snapshot, later.continuity.segmentation) == (second.id, other.id)
    assert np.array_equal(later.labels, other.labels)
    again = resegment(third, open_base(third), RECIPE)
    assert again.continuity.snapshot == third.id
    assert np.array_equal(again.labels, made(third).labels)


def test_rows_in_another_order_change_nothing(orders, built, tmp_path):
    _, (_, second, _) = built
    store = SnapshotStore(tmp_path)
    mixed = orders.sample(frac=1, random_state=0)
    kept = Fusion.load(second.path / "fusion").own_weight  # it lasts from the build before
    recipe = replace(RECIPE, text_weight=kept)
    alone = build(store, {"orders": mixed}, BuildOptions(recipe=recipe), Letters())
    now = labels_of(second)
    table = pd.crosstab(labels_of(alone), now)
    assert (table > 0).sum().sum() == 4  # the same segments, by their first ids


def test_customers_are_placed_where_they_are_when_nothing_else_is_known(orders, built):
    """The base's own orders put its customers where they are, as surely."""
    _, (_, second, _) = built
    base = replace(open_base(second), segmentation=made(second))
    customers, placed = place(second, base, {"orders": orders}, BuildOptions(), Letters())
    assert customers == list(base.customers)
    same = placed.labels == base.segmentation.labels
    assert same.mean() > 0.98  # customers far outside were drawn in before clustering
    assert placed.confidence[same] == pytest.approx(base.segmentation.confidence[same], abs=0.1)


def test_customers_nobody_knew_are_placed_too(orders, built):
    _, (_, second, _) = built
    base = replace(open_base(second), segmentation=made(second))
    some = orders[orders.customer_id.isin(orders.customer_id.dropna().unique()[:20])]
    strangers = some.assign(customer_id="new" + some.customer_id.astype(int).astype(str))
    customers, placed = place(second, base, {"orders": strangers}, BuildOptions(), Letters())
    assert all(name.startswith("new") for name in customers)
    assert set(placed.labels) <= set(base.segmentation.labels)
    now = labels_of(second)
    known = [now[name.removeprefix("new")] for name in customers]
    assert (placed.labels == known).mean() > 0.8
