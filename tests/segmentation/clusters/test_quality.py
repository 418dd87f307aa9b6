import numpy as np
import pytest
from sklearn.metrics import silhouette_samples

from segmentation.clusters.algorithms import cluster
from segmentation.clusters.quality import indices, segment_jaccards, verdict_of


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
    jaccards = segment_jaccards(points, truth, by_kmeans(3), rounds=10)
    assert set(jaccards) == {1, 2, 3}
    assert min(jaccards.values()) > 0.95
    assert verdict_of(jaccards) == "reproducible"


def test_a_segment_cut_out_of_nothing_does_not(blobs):
    points, truth = blobs
    labels = truth.copy()
    split = np.flatnonzero(truth == 1)[::2]
    labels[split] = 4
    jaccards = segment_jaccards(points, labels, by_kmeans(4), rounds=10)
    assert jaccards[4] < 0.75 < jaccards[2]
    assert verdict_of(jaccards) == "constructed"
