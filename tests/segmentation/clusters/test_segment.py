import numpy as np
import pytest
from sklearn.metrics import silhouette_score

from segmentation.clusters.algorithms import cluster
from segmentation.clusters.centres import confidence
from segmentation.clusters.segment import segment
from segmentation.types import Continuity, Future, InputError, Recipe

CONTINUITY = Continuity("s1", "001", (), ())


@pytest.fixture(scope="module")
def three(blobs):
    """Three clear groups and two whales, asked for as three segments."""
    points, truth = blobs
    whales = np.array([[900] * 6, [-400, 0, 0, 0, 0, 0]], dtype=np.float32)
    return segment(np.vstack([points, whales]), Recipe(n_segments=3), id="001"), points, truth


@pytest.fixture(scope="module")
def dense(blobs):
    """The groups with twenty customers scattered between them."""
    points = blobs[0]
    between = np.random.default_rng(0).uniform(points.min(), points.max(), size=(20, 6))
    return np.vstack([points, between]).astype(np.float32)


def test_a_segmentation_counts_everybody_once(three):
    made, _, truth = three
    assert np.array_equal(made.labels[:270], truth)
    assert sum(s.size for s in made.segments) == 272
    assert sum(s.share for s in made.segments) == pytest.approx(1)
    assert [s.name for s in made.segments] == ["Segment 1", "Segment 2", "Segment 3"]
    assert made.verdict == "natural"
    assert made.map.shape == (272, 2)


def test_every_metric_is_of_this_segmentation(three):
    made, points, truth = three
    expected = silhouette_score(points, truth)
    assert made.metrics["silhouette"] == pytest.approx(expected, abs=0.01)
    assert made.metrics["stability_min_jaccard"] == min(made.jaccards.values()) > 0.9
    assert made.metrics["prediction_strength"] > 0.9
    assert made.choice is None


def test_whales_are_told_of_and_distort_nothing(three):
    made, points, _ = three
    assert any("2 customers lie far outside" in note for note in made.notes)
    assert made.metrics["davies_bouldin"] < 1
    assert np.abs(made.map).max() < 3 * np.abs(points).max()
    assert np.median(made.confidence) > 0.5


def test_auto_says_why_with_figures(three):
    made, *_ = three
    assert made.method == "kmeans"
    reasons = [note for note in made.notes if note.startswith("kmeans was chosen at 3 segments")]
    assert len(reasons) == 1
    for other in ("Jaccard of 1.00", "gaussian_mixture", "agglomerative", "hdbscan"):
        assert other in reasons[0]


def test_confidence_falls_towards_the_border():
    line = np.linspace(0, 10, 101, dtype=np.float32)[:, None]
    sure = confidence(line, cluster(line, method="kmeans", k=2))
    assert sure.min() >= 0
    assert sure[:5].mean() > sure[48:53].mean()


@pytest.mark.slow
def test_unassigned_customers_are_segment_zero_and_come_last(dense):
    made = segment(dense, Recipe(method="hdbscan"))
    assert made.segments[-1].id == 0
    assert made.segments[-1].size == made.unassigned == (made.labels == 0).sum() >= 10
    assert (made.confidence[made.labels == 0] == 0).all()


@pytest.mark.slow
def test_the_unassigned_are_attached_when_asked_with_little_confidence(dense):
    labels = cluster(dense, method="hdbscan", k=0)
    outside = labels == 0
    everybody = segment(dense, Recipe(method="hdbscan", attach_unassigned=True))
    assert outside.sum() >= 10 and everybody.unassigned == 0
    assert np.array_equal(everybody.labels[~outside], labels[~outside])
    assert everybody.confidence[outside].max() <= 0.25 < np.median(everybody.confidence[~outside])
    assert any(f"{outside.sum()} customers" in note for note in everybody.notes)


@pytest.mark.slow
def test_segments_follow_the_customers_and_keep_the_ids_they_are_given(blobs):
    points, truth = blobs
    order = np.random.default_rng(2).permutation(len(points))
    given = []

    def renumber(labels):
        given.append(labels)
        return np.where(labels == 2, 7, labels).astype(np.int32), CONTINUITY

    recipe = Recipe(method="kmeans", n_segments=3)
    plain = segment(points, recipe)
    made = segment(points[order], recipe, renumber=renumber)
    assert np.array_equal(given[0], truth[order])
    assert np.array_equal(made.labels, np.where(truth == 2, 7, truth)[order])
    assert [(s.id, s.name, s.size) for s in made.segments] == [
        (1, "Segment 1", 120),
        (3, "Segment 3", 60),
        (7, "Segment 7", 90),
    ]
    assert set(made.jaccards) == {1, 3, 7}
    assert made.k == 3 and made.continuity is CONTINUITY
    assert made.confidence.tobytes() == plain.confidence[order].tobytes()
    assert made.map.tobytes() == plain.map[order].tobytes()


def test_what_structureless_data_is_cut_into_is_not_called_a_segment():
    points = np.random.default_rng(0).normal(size=(300, 4)).astype(np.float32)
    made = segment(points, Recipe(method="kmeans", n_segments=3))
    assert made.verdict == "none"
    assert [s.name for s in made.segments] == ["Part 1", "Part 2", "Part 3"]


@pytest.mark.slow
def test_segments_the_future_knows_nothing_of_are_not_believed(blobs):
    points, _ = blobs
    generator = np.random.default_rng(1)
    crowd = np.vstack([points] * 3) + generator.normal(scale=0.2, size=(810, 6)).astype(np.float32)
    spend = generator.normal(size=810)
    later = Future(crowd, spend, spend > 0, None, 90)
    recipe = Recipe(method="kmeans", n_segments=3)
    assert segment(crowd, recipe, future=later).verdict == "none"
    labels = cluster(crowd, method="kmeans", k=3)
    kept = Future(crowd, spend + labels, spend + labels > 2, None, 90)
    assert segment(crowd, recipe, future=kept).verdict == "natural"


def test_what_cannot_be_done_is_said_before_anything_is_done():
    with pytest.raises(InputError, match="9 customers are too few"):
        segment(np.eye(9, dtype=np.float32), Recipe())
    with pytest.raises(InputError, match="bisecting_kmeans"):
        segment(np.zeros((20_001, 2), dtype=np.float32), Recipe(method="agglomerative"))
    with pytest.raises(InputError, match="no clustering method 'spectral'"):
        segment(np.eye(12, dtype=np.float32), Recipe(method="spectral"))


@pytest.mark.slow
def test_the_number_is_chosen_and_the_choice_kept(blobs):
    points, truth = blobs
    made = segment(points, Recipe())
    assert made.choice is not None
    assert made.choice.k == made.k == 3
    assert np.array_equal(made.labels, truth)
    assert made.choice.reason in made.notes
