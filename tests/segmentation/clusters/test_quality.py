import itertools

import numpy as np
import pytest
from sklearn.metrics import silhouette_samples

from segmentation.clusters.algorithms import cluster
from segmentation.clusters.quality import (
    eta_squared,
    indices,
    prediction_strength,
    reduced_sample,
    resampler,
    segment_jaccards,
    verdict_of,
)


def by_kmeans(k):
    return lambda vectors, seed: cluster(vectors, method="kmeans", k=k, seed=seed)


def test_silhouette_is_the_mean_over_assigned_customers(blobs):
    points, truth = blobs
    labels = truth.copy()
    labels[:20] = 0
    expected = silhouette_samples(points[20:], truth[20:]).mean()
    assert indices(points, labels)["silhouette"] == pytest.approx(expected, rel=1e-5)


def test_one_segment_has_no_indices(blobs):
    points, truth = blobs
    assert set(indices(points, np.ones_like(truth)).values()) == {None}


def test_clear_groups_come_back_under_resampling(blobs):
    points, truth = blobs
    ids = np.array([0, 4, 9, 2])[truth]  # ids need not count from 1
    jaccards = segment_jaccards(points, ids, by_kmeans(3), rounds=10)
    assert set(jaccards) == {2, 4, 9}
    assert min(jaccards.values()) > 0.95


def test_a_segment_cut_out_of_nothing_does_not(blobs):
    points, truth = blobs
    labels = truth.copy()
    split = np.flatnonzero(truth == 1)[::2]
    labels[split] = 4
    jaccards = segment_jaccards(points, labels, by_kmeans(4), rounds=10)
    assert jaccards[4] < 0.75 < jaccards[2]


def test_halves_of_clear_groups_foretell_each_other_and_of_a_cut_group_do_not(blobs):
    assert prediction_strength(blobs[0], 3, rounds=5) > 0.95
    assert prediction_strength(blobs[0], 4, rounds=5) < 0.75


def test_prediction_strength_of_one_segment_is_perfect(blobs):
    assert prediction_strength(blobs[0], 1, rounds=2) == 1.0


def test_the_share_of_variance_between_groups_by_hand():
    values = np.array([1.0, 3.0, 5.0, 7.0])
    # total 20 around 4; groups (1, 3) and (5, 7): 4 * 2 squared = 16 between
    assert eta_squared(values, np.array([3, 3, 8, 8])) == pytest.approx(16 / 20)
    assert eta_squared(np.ones(4), np.array([1, 1, 2, 2])) == 0.0


def test_distances_survive_the_reduction():
    g = np.random.default_rng(0)
    rows = (g.normal(size=(4_000, 60)) * 0.8 ** np.arange(60)).astype(np.float32)
    drawn, reduced = reduced_sample(rows, "kmeans", 0)
    assert len(drawn) == len(reduced) == 2_000
    assert (np.diff(drawn) > 0).all()
    pairs = g.integers(0, len(drawn), (500, 2))
    before = np.linalg.norm(rows[drawn][pairs[:, 0]] - rows[drawn][pairs[:, 1]], axis=1)
    after = np.linalg.norm(reduced[pairs[:, 0]] - reduced[pairs[:, 1]], axis=1)
    assert np.corrcoef(before, after)[0, 1] > 0.97


def test_fewer_starts_on_resamples_cluster_as_the_method_itself_does(blobs):
    points, truth = blobs
    for method in ("kmeans", "hdbscan", "agglomerative", "gaussian_mixture"):
        assert np.array_equal(resampler(method, 3)(points, 1), truth)


VERDICTS = {
    ("gaps", 0.9): "natural",
    ("gaps", 0.8): "reproducible",
    ("gaps", 0.7): "constructed",
    ("clumped", 0.9): "reproducible",
    ("clumped", 0.7): "constructed",
    ("none", 0.9): "none",
}


@pytest.mark.parametrize(("structure", "lowest"), VERDICTS)
@pytest.mark.parametrize("foretold", [True, None])
def test_the_verdict_rests_on_the_least_stable_segment(structure, lowest, foretold):
    jaccards = {1: 0.99, 5: lowest}
    unproven = structure == "clumped" and foretold is None
    expected = "none" if unproven else VERDICTS[structure, lowest]
    assert verdict_of(jaccards, structure, foretold) == expected


def test_segments_that_foretell_nothing_are_none():
    for structure, lowest in itertools.product(("gaps", "clumped"), (0.7, 0.99)):
        assert verdict_of({1: lowest}, structure, False) == "none"
