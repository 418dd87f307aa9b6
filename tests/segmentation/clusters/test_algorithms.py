import numpy as np
import pytest

from segmentation.clusters.algorithms import METHODS, cluster, largest_first
from segmentation.types import InputError


@pytest.mark.parametrize("method", METHODS)
def test_every_method_finds_three_clear_groups(blobs, method):
    points, truth = blobs
    labels = cluster(points, method=method, k=3, seed=0)
    assigned = labels > 0
    assert assigned.mean() > 0.9
    assert np.array_equal(labels[assigned], truth[assigned])


def test_segments_are_numbered_from_one_largest_first():
    raw = np.array([5, 5, 2, 2, 2, -1, 9])
    assert largest_first(raw).tolist() == [2, 2, 1, 1, 1, 0, 3]


def test_the_same_seed_gives_the_same_labels_byte_for_byte(blobs):
    points, _ = blobs
    noisy = points + np.random.default_rng(0).normal(scale=4, size=points.shape)
    runs = [cluster(noisy.astype(np.float32), method="kmeans", k=5, seed=1) for _ in range(2)]
    assert runs[0].tobytes() == runs[1].tobytes()


def test_an_unknown_method_is_answered_with_the_valid_ones(blobs):
    with pytest.raises(InputError, match=r"spectral.*kmeans.*hdbscan"):
        cluster(blobs[0], method="spectral", k=3)


def test_more_segments_than_different_customers_is_refused():
    points = np.repeat(np.eye(3, dtype=np.float32), 5, axis=0)
    with pytest.raises(InputError, match="4 segments cannot be made of 3 different"):
        cluster(points, method="kmeans", k=4)


def test_a_method_that_cannot_work_at_this_size_says_what_would():
    with pytest.raises(InputError, match="bisecting_kmeans"):
        cluster(np.zeros((20_001, 2), dtype=np.float32), method="agglomerative", k=3)
