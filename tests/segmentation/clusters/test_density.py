import numpy as np
import pytest
from sklearn.datasets import make_moons
from sklearn.metrics import adjusted_rand_score

from segmentation.clusters.algorithms import attached, cluster, tune
from segmentation.types import InputError

BOTH = pytest.mark.parametrize("method", ["dbscan", "hdbscan"])


def groups(truth, spreads, noise=0, tails=None, seed=0):
    """Points around corners of a cube, 10 apart; the last `noise` rows are scattered anywhere."""
    generator = np.random.default_rng(seed)
    centres = 10 * np.array(
        [[0, 0, 0, 0], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1], [1, 1, 1, 1]]
    )
    shape = (len(truth), 4)
    errors = generator.normal(size=shape) if tails is None else generator.standard_t(tails, shape)
    points = centres[truth] + errors * np.asarray(spreads)[truth][:, None]
    scattered = generator.uniform(-10, 20, size=(noise, 4))
    return np.vstack([points, scattered]).astype(np.float32)


def score(points, truth, method):
    """Segments found, share unassigned, adjusted Rand index of the planted once all are attached"""
    labels = cluster(points, method=method, k=0)
    everybody = attached(points, labels)[: len(truth)]
    return labels.max(), (labels == 0).mean(), adjusted_rand_score(truth, everybody)


@BOTH
@pytest.mark.parametrize(
    ("sizes", "spreads", "noise"),
    [
        ([150, 150], [1, 1], 0),
        ([300, 200, 100, 60], [1, 1, 1, 1], 100),
        ([250] * 6, [1] * 6, 0),
        ([200, 200, 200], [0.3, 1, 1.8], 40),
    ],
    ids=["two", "unequal, noise", "six", "unequal densities, noise"],
)
def test_planted_groups_are_found_and_few_are_left_out(method, sizes, spreads, noise):
    truth = np.repeat(np.arange(len(sizes)), sizes)
    found, left_out, index = score(groups(truth, spreads, noise), truth, method)
    assert found == len(sizes)
    assert left_out < 0.3
    assert index > 0.95


@BOTH
def test_heavy_tails_do_not_hide_groups(method):
    truth = np.repeat(np.arange(4), 150)
    found, left_out, index = score(groups(truth, [0.7] * 4, tails=3), truth, method)
    assert (found, left_out < 0.3, index > 0.9) == (4, True, True)


@BOTH
@pytest.mark.parametrize("size", [300, pytest.param(4000, marks=pytest.mark.slow)])
def test_curved_groups_are_followed(method, size):
    points, truth = make_moons(size, noise=0.07, random_state=1)
    found, left_out, index = score(points.astype(np.float32), truth, method)
    assert (found, left_out < 0.1, index > 0.95) == (2, True, True)


@BOTH
@pytest.mark.parametrize("dimensions", [2, 6, 40])
def test_where_nothing_is_dense_it_says_so_and_what_would_work(method, dimensions):
    points = np.random.default_rng(3).normal(size=(800, dimensions)).astype(np.float32)
    with pytest.raises(InputError, match=rf"{method} finds no dense groups.*kmeans"):
        cluster(points, method=method, k=0)


@BOTH
def test_a_setting_holds_for_resamples(method):
    truth = np.repeat(np.arange(3), 200)
    points = groups(truth, [1, 1, 1])
    setting = tune(points, method)
    drawn = np.random.default_rng(0).choice(600, 300, replace=False)
    labels = cluster(points[drawn], method=method, k=0, density=setting)
    assert labels.max() == 3
    assert adjusted_rand_score(truth[drawn][labels > 0], labels[labels > 0]) == 1


@BOTH
def test_customers_who_are_all_alike_in_two_ways_are_two_segments(method):
    points = np.repeat(np.array([[0, 0, 1], [4, 4, 0]], dtype=np.float32), [60, 40], axis=0)
    labels = cluster(points, method=method, k=0)
    assert labels.tolist() == [1] * 60 + [2] * 40


@pytest.mark.slow
@BOTH
def test_a_hundred_thousand_are_clustered_by_a_sample_and_its_neighbours(method):
    truth = np.random.default_rng(0).choice(5, size=100_000)
    found, left_out, index = score(groups(truth, [1] * 5), truth, method)
    assert (found, left_out < 0.1, index > 0.99) == (5, True, True)
