import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from segmentation.clusters.algorithms import METHODS, cluster
from segmentation.clusters.outliers import drawn_in


@pytest.fixture(scope="module")
def crowd():
    """Four groups of 100 in six dimensions, and the truth."""
    generator = np.random.default_rng(4)
    truth = np.repeat([0, 1, 2, 3], 100)
    points = 7 * np.eye(4, 6)[truth] + generator.normal(size=(400, 6))
    return points.astype(np.float32), truth


def whales(crowd, count, *, one_way, seed=0):
    """Rows 10 to 1,000 times as far out as the crowd is wide."""
    generator = np.random.default_rng(seed)
    width = np.sqrt(crowd.var(axis=0).sum())
    ways = generator.normal(size=(1 if one_way else count, crowd.shape[1]))
    ways = ways / np.linalg.norm(ways, axis=1, keepdims=True)
    far = 10 ** generator.uniform(1, 3, size=(count, 1))
    return (crowd.mean(axis=0) + ways * far * width).astype(np.float32)


@pytest.mark.parametrize("one_way", [False, True], ids=["scattered", "one way"])
@pytest.mark.parametrize("count", [1, 3, 20])
@pytest.mark.parametrize("method", [m for m in METHODS if "dbscan" not in m])
def test_whales_cost_the_others_no_segment(crowd, method, count, one_way):
    points, truth = crowd
    beside = np.vstack([points, whales(points, count, one_way=one_way)])
    alone = cluster(points, method=method, k=4)
    together = cluster(beside, method=method, k=4)
    assert adjusted_rand_score(truth, alone) > 0.97
    assert adjusted_rand_score(truth, together[:400]) > 0.97
    assert np.isin(together[400:], together[:400]).all()


def test_whales_are_drawn_in_and_nobody_else_is_moved(crowd):
    points, _ = crowd
    beside = np.vstack([points, whales(points, 5, one_way=False)])
    kept, outside = drawn_in(beside)
    assert np.flatnonzero(outside).tolist() == list(range(400, 405))
    assert np.array_equal(kept[:400], points)
    assert np.linalg.norm(kept[400:], axis=1).max() < np.linalg.norm(points, axis=1).max()
    again, none = drawn_in(kept)
    assert again is kept and not none.any()


def test_a_small_group_far_away_stays_a_group(crowd):
    points, _ = crowd
    there = np.random.default_rng(1).normal(size=(21, 6)) + 300
    beside = np.vstack([points, there]).astype(np.float32)
    assert drawn_in(beside)[0] is beside
    labels = cluster(beside, method="kmeans", k=5)
    assert set(labels[400:]) == {5} and 5 not in labels[:400]


@pytest.mark.parametrize("size", [300, 3000])
def test_heavy_tails_are_left_alone(size):
    generator = np.random.default_rng(size)
    for points in (
        np.exp(generator.normal(size=(size, 8))),
        generator.standard_t(4, size=(size, 8)),
        generator.exponential(size=(size, 3)),
    ):
        assert drawn_in(points)[1].mean() < 0.002


def test_a_base_where_half_are_alike_is_left_alone():
    points = np.vstack([np.zeros((60, 2)), np.random.default_rng(0).normal(size=(40, 2))])
    assert not drawn_in(points)[1].any()
