"""Segments keep their ids by their members; what became of each is counted by hand here."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from segmentation.clusters.centres import confidence
from segmentation.clusters.identity import FLOOR, PART, Earlier, assign, compared, continued


def rows(**segments):
    """Customers and labels: `s2_a=10` are ten customers a0 ... a9 in segment 2."""
    customers, labels = [], []
    for key, size in segments.items():
        segment, letter = key.split("_")
        customers += [f"{letter}{i}" for i in range(size)]
        labels += [int(segment[1:])] * size
    return customers, np.array(labels, dtype=np.int32)


def earlier(customers, labels, highest=0):
    return Earlier("then", "001", customers, labels, highest)


def kinds(continuity):
    return {(c.kind, c.segment): c.earlier for c in continuity.changes}


def test_the_same_customers_keep_their_ids_whatever_their_order():
    customers, labels = rows(s4_a=30, s2_b=20, s7_c=10)
    before = earlier(customers, labels)
    turned = np.random.default_rng(0).permutation(len(customers))
    fresh = np.select([labels == 4, labels == 2], [1, 2], 3).astype(np.int32)
    again, continuity = continued(fresh[turned], [customers[i] for i in turned], before)
    assert again.dtype == np.int32
    assert (again == labels[turned]).all()
    assert kinds(continuity) == {("kept", 2): (2,), ("kept", 4): (4,), ("kept", 7): (7,)}
    assert {change.overlap for change in continuity.changes} == {1.0}
    assert continuity.flows == ((2, 2, 20), (4, 4, 30), (7, 7, 10))
    assert (continuity.snapshot, continuity.segmentation) == ("then", "001")


def test_ids_of_segments_that_are_gone_are_not_given_again():
    before = earlier(*rows(s1_a=40, s2_b=30), highest=5)
    customers = [f"a{i}" for i in range(40)] + [f"n{i}" for i in range(30)]
    customers += [f"m{i}" for i in range(20)]
    labels = np.repeat([1, 2, 3], [40, 30, 20])
    again, continuity = continued(labels, customers, before)
    assert again.tolist() == [1] * 40 + [6] * 30 + [7] * 20  # the larger one first
    assert kinds(continuity) == {
        ("kept", 1): (1,), ("new", 6): (), ("new", 7): (), ("gone", None): (2,)
    }  # fmt: skip
    assert continuity.highest == 7
    assert continuity.flows == ((1, 1, 40), (2, None, 30), (None, 6, 30), (None, 7, 20))


def test_where_nobody_is_known_nothing_is_continued():
    labels = np.array([1, 1, 2], dtype=np.int32)
    again, continuity = continued(labels, ["x", "y", "z"], earlier(["a", "b"], np.array([1, 2])))
    assert continuity is None
    assert again.tolist() == [1, 1, 2]


def test_the_matching_is_the_best_of_all_one_to_one_ones():
    generator = np.random.default_rng(3)
    customers = [str(i) for i in range(400)]
    then, now = (generator.integers(1, 5, 400) for _ in range(2))
    now = np.where(generator.random(400) < 0.5, then % 4 + 1, now).astype(np.int32)
    again, _ = continued(now, customers, earlier(customers, then.astype(np.int32)))

    def jaccard(old, new):
        a, b = set(np.flatnonzero(then == old)), set(np.flatnonzero(now == new))
        return len(a & b) / len(a | b)

    best = max(
        permutations(range(1, 5)),
        key=lambda olds: sum(jaccard(o, n) for o, n in zip(olds, range(1, 5), strict=True)),
    )
    assert all(jaccard(o, n) >= FLOOR for o, n in zip(best, range(1, 5), strict=True))
    assert [set(again[now == new]) for new in range(1, 5)] == [{old} for old in best]


@pytest.mark.parametrize(("shared", "kept"), [(16, True), (15, False)])
def test_too_little_overlap_is_no_match(shared, kept):
    """16 of 40 and 40 shared are 16 / 64 = 1/4, which is FLOOR."""
    customers, labels = rows(s1_a=40, s0_b=40)
    now = np.repeat([1, 0, 1, 0], [shared, 40 - shared, 40 - shared, shared]).astype(np.int32)
    again, continuity = continued(now, customers, earlier(customers, labels))
    expected = {("kept", 1): (1,)} if kept else {("new", 2): (), ("gone", None): (1,)}
    assert kinds(continuity) == expected
    assert continuity.changes[-1].overlap == pytest.approx(shared / (80 - shared))
    assert set(again) == {0, 1 if kept else 2}


def test_a_split_names_the_segment_that_its_parts_came_from():
    customers, labels = rows(s1_a=100, s2_b=50)
    now = np.repeat([1, 3, 2], [60, 40, 50]).astype(np.int32)
    again, continuity = continued(now, customers, earlier(customers, labels))
    assert kinds(continuity) == {("split", 1): (1,), ("kept", 2): (2,), ("split", 3): (1,)}
    assert again.tolist() == [1] * 60 + [3] * 40 + [2] * 50
    by_segment = {c.segment: c.overlap for c in continuity.changes}
    assert by_segment == {1: pytest.approx(0.6), 2: 1.0, 3: pytest.approx(0.4)}


def test_a_small_part_that_breaks_off_is_new_and_the_rest_is_kept():
    customers, labels = rows(s1_a=100)
    small = int(100 * PART) - 1
    now = np.repeat([1, 2], [100 - small, small]).astype(np.int32)
    _, continuity = continued(now, customers, earlier(customers, labels))
    assert kinds(continuity) == {("kept", 1): (1,), ("new", 2): (1,)}


def test_a_merger_names_all_it_was_made_of_and_none_of_them_is_gone():
    customers, labels = rows(s1_a=60, s2_b=40, s3_c=50)
    now = np.repeat([1, 2], [100, 50]).astype(np.int32)
    again, continuity = continued(now, customers, earlier(customers, labels))
    assert kinds(continuity) == {("merged", 1): (1, 2), ("kept", 3): (3,)}
    assert again.tolist() == [1] * 100 + [3] * 50


def test_segments_are_compared_on_those_who_are_there_both_times():
    """Half of each segment left and as many came: what is left over is the same segment."""
    before = earlier(*rows(s1_a=40, s2_b=40))
    customers = [f"{name}{i}" for name in "ab" for i in range(20)] + [f"n{i}" for i in range(40)]
    labels = np.repeat([2, 1, 2, 1], 20).astype(np.int32)
    again, continuity = continued(labels, customers, before)
    assert again.tolist() == np.repeat([1, 2, 1, 2], 20).tolist()
    assert [c.overlap for c in continuity.changes] == [1.0, 1.0]
    assert continuity.flows == (
        (1, 1, 20), (1, None, 20), (2, 2, 20), (2, None, 20), (None, 1, 20), (None, 2, 20)
    )  # fmt: skip


def test_the_unassigned_stay_unassigned_and_are_no_segment():
    customers, labels = rows(s0_a=30, s1_b=30)
    now = np.repeat([0, 1, 0], [20, 30, 10]).astype(np.int32)
    again, continuity = continued(now, customers, earlier(customers, labels))
    assert (again == 0).sum() == 30
    assert kinds(continuity) == {("kept", 1): (1,)}
    assert continuity.flows == ((0, 0, 20), (0, 1, 10), (1, 0, 10), (1, 1, 20))


def test_equal_ids_mean_nothing_where_segments_were_made_another_way():
    customers, labels = rows(s1_a=30, s2_b=20)
    turned = np.repeat([2, 1], [30, 20]).astype(np.int32)
    continuity = compared(turned, customers, earlier(customers, labels), same_ids=False)
    assert kinds(continuity) == {("kept", 1): (2,), ("kept", 2): (1,)}
    lasting = compared(turned, customers, earlier(customers, labels), same_ids=True)
    assert kinds(lasting) == {("kept", 1): (1,), ("kept", 2): (2,)}
    assert {c.overlap for c in lasting.changes} == {0.0}


def test_everybody_is_in_one_flow():
    generator = np.random.default_rng(1)
    then = [str(i) for i in generator.choice(500, 300, replace=False)]
    now = [str(i) for i in generator.choice(500, 350, replace=False)]
    before = earlier(then, generator.integers(0, 4, 300).astype(np.int32))
    again, continuity = continued(generator.integers(0, 5, 350).astype(np.int32), now, before)
    assert sum(n for old, _, n in continuity.flows if old is not None) == 300
    assert sum(n for _, new, n in continuity.flows if new is not None) == 350
    for segment in np.unique(again):
        size = sum(n for _, new, n in continuity.flows if new == segment)
        assert size == (again == segment).sum()


# --- those who came later ----------------------------------------------------------------------


def test_a_new_customer_belongs_where_the_nearest_centre_is():
    """On a line: members 0 to 10 of segment 3, 90 to 110 of segment 8; centres 5 and 100."""
    base = np.array([*range(11), *range(90, 111)], dtype=np.float32)[:, None]
    labels = np.array([3] * 11 + [8] * 21, dtype=np.int32)
    new = np.array([[5.0], [24.0], [52.0], [100.0], [110.5]], dtype=np.float32)
    placed = assign(new, base, labels)
    assert placed.labels.tolist() == [3, 3, 3, 8, 8]
    expected = [1, 1 - 19 / 76, 1 - 47 / 48, 1, 1 - 10.5 / 105.5]
    assert placed.confidence == pytest.approx(np.array(expected), abs=1e-6)
    assert placed.far.tolist() == [False, True, True, False, True]


def test_members_are_placed_as_sure_as_they_are_said_to_be():
    generator = np.random.default_rng(0)
    centres = np.repeat(np.array([[0, 0], [8, 0], [0, 8]]), 40, axis=0)
    points = (centres + generator.normal(size=(120, 2))).astype(np.float32)
    labels = np.repeat([2, 5, 9], 40).astype(np.int32)
    placed = assign(points, points, labels)
    assert (placed.labels == labels).all()
    assert placed.confidence == pytest.approx(confidence(points, labels))
    assert placed.far.sum() == 3  # the farthest of each 40


def test_with_one_segment_everybody_belongs_to_it():
    base = np.zeros((20, 2), dtype=np.float32)
    placed = assign(np.ones((1, 2), dtype=np.float32), base, np.full(20, 4, dtype=np.int32))
    assert (placed.labels.tolist(), placed.confidence.tolist()) == ([4], [1.0])
    assert placed.far.tolist() == [True]
