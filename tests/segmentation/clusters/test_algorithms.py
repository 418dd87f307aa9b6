import subprocess
import sys

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from segmentation.clusters.algorithms import METHODS, attached, cluster, largest_first, order_of
from segmentation.types import InputError

LABELS_AND_DIGEST = """
import os, sys
os.environ.update(OMP_NUM_THREADS=sys.argv[2], OPENBLAS_NUM_THREADS=sys.argv[2])
import hashlib
import numpy as np
from segmentation.clusters.algorithms import METHODS, cluster
points = np.load(sys.argv[1])
for method in METHODS:
    labels = cluster(points, method=method, k=5, seed=1)
    print(method, hashlib.sha256(labels.tobytes()).hexdigest())
"""


@pytest.fixture(scope="module")
def near():
    """Four groups that touch, 400 points in five dimensions: many lie on a border."""
    generator = np.random.default_rng(8)
    truth = np.repeat([0, 1, 2, 3], 100)
    centres = np.eye(4, 5) * 5.5
    points = centres[truth] + generator.normal(size=(400, 5))
    return points.astype(np.float32), truth


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


@pytest.mark.parametrize("method", METHODS)
def test_labels_follow_the_customers_whatever_order_they_come_in(near, method):
    points, _ = near
    twins = np.vstack([points, points[:50]])
    order = np.random.default_rng(1).permutation(len(twins))
    labels = cluster(twins, method=method, k=5, seed=1)
    assert labels.tobytes() == cluster(twins, method=method, k=5, seed=1).tobytes()
    assert labels[order].tobytes() == cluster(twins[order], method=method, k=5, seed=1).tobytes()
    assert np.array_equal(labels[:50], labels[400:])


def test_what_another_order_of_sums_changes_does_not_change_labels(near):
    points, _ = near
    shaken = points * (1 + np.float32(1e-7) * np.where(np.arange(5) % 2, 1, -1)).astype(np.float32)
    labels = cluster(points, method="kmeans", k=5, seed=1)
    assert np.array_equal(labels, cluster(shaken, method="kmeans", k=5, seed=1))


@pytest.mark.slow
def test_one_thread_or_two_give_the_same_labels(near, tmp_path):
    generator = np.random.default_rng(0)
    points = np.vstack([near[0]] * 4)
    points += generator.normal(scale=0.5, size=points.shape).astype(np.float32)
    np.save(tmp_path / "points.npy", points)
    command = [sys.executable, "-c", LABELS_AND_DIGEST, str(tmp_path / "points.npy")]
    runs = [
        subprocess.Popen([*command, threads], stdout=subprocess.PIPE, text=True)
        for threads in ("1", "2")
    ]
    first, second = (run.communicate(timeout=120)[0] for run in runs)
    assert first.count("\n") == len(METHODS)
    assert first == second


def test_rows_are_ordered_by_what_they_hold():
    rows = np.array([[2, 0], [1, 5], [1, 4]], dtype=np.float32)
    assert order_of(rows).tolist() == [2, 1, 0]


def test_the_unassigned_join_the_segment_of_their_neighbours(near):
    points, truth = near
    labels = cluster(points, method="hdbscan", k=0)
    everybody = attached(points, labels)
    kept = labels > 0
    assert (~kept).any() and (everybody > 0).all()
    assert np.array_equal(everybody[kept], labels[kept])
    assert adjusted_rand_score(truth, everybody) > adjusted_rand_score(truth, labels)


def test_a_whale_is_unassigned_by_a_density_method(blobs):
    far = np.vstack([blobs[0], np.full((1, 6), 600, dtype=np.float32)])
    for method in ("dbscan", "hdbscan"):
        assert cluster(far, method=method, k=0)[-1] == 0


def test_an_unknown_method_is_answered_with_the_valid_ones(blobs):
    with pytest.raises(InputError, match=r"spectral.*kmeans.*hdbscan"):
        cluster(blobs[0], method="spectral", k=3)


def test_more_segments_than_different_customers_is_refused():
    points = np.repeat(np.eye(3, dtype=np.float32), 500, axis=0)
    with pytest.raises(InputError, match="4 segments cannot be made of 3 different"):
        cluster(points, method="kmeans", k=4)


def test_a_method_that_cannot_work_at_this_size_says_what_would(blobs):
    with pytest.raises(InputError, match="bisecting_kmeans"):
        cluster(np.zeros((20_001, 2), dtype=np.float32), method="agglomerative", k=3)
    with pytest.raises(InputError, match=r"at least 28 customers, not 20.*kmeans"):
        cluster(blobs[0][:20], method="gaussian_mixture", k=4)


def test_vectors_that_are_no_numbers_are_refused(blobs):
    broken = blobs[0].copy()
    broken[3, 1] = np.nan
    with pytest.raises(InputError, match="no finite vector"):
        cluster(broken, method="kmeans", k=3)
