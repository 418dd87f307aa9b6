import numpy as np
import pytest

from segmentation.clusters.archive import load_segmentation, report_of, save_segmentation
from segmentation.clusters.choose import choose_k
from segmentation.clusters.segment import segment
from segmentation.types import InputError, Recipe


def test_the_number_of_segments_is_found_where_the_data_has_one(blobs):
    choice = choose_k(blobs[0], k_min=2, k_max=6)
    assert choice.k == 3
    assert [c.k for c in choice.candidates] == [2, 3, 4, 5, 6]
    assert "0.9" in choice.reason or "1.00" in choice.reason


def test_a_segmentation_counts_everybody_once(blobs):
    points, truth = blobs
    made = segment(points, Recipe(n_segments=3), id="001")
    assert [s.size for s in made.segments] == [120, 90, 60]
    assert sum(s.share for s in made.segments) == pytest.approx(1)
    assert np.array_equal(made.labels, truth)
    assert made.verdict == "reproducible"
    assert made.map.shape == (270, 2)


def test_confidence_falls_towards_the_border():
    line = np.linspace(0, 10, 101, dtype=np.float32)[:, None]
    made = segment(line, Recipe(n_segments=2))
    assert made.confidence.min() >= 0
    assert made.confidence[:5].mean() > made.confidence[48:53].mean()


def test_unassigned_customers_are_segment_zero_and_come_last(blobs):
    points, _ = blobs
    far = np.vstack([points, np.full((1, 6), 60, dtype=np.float32)])
    made = segment(far, Recipe(method="hdbscan"))
    assert made.labels[-1] == 0
    assert made.segments[-1].id == 0
    assert made.segments[-1].size == made.unassigned > 0
    assert made.confidence[-1] == 0


def test_too_few_customers_are_not_segmented():
    with pytest.raises(InputError, match="9 customers are too few"):
        segment(np.eye(9, dtype=np.float32), Recipe())


def test_a_segmentation_is_read_back_as_it_was_written(blobs, tmp_path):
    points, _ = blobs
    made = segment(points, Recipe(n_segments=3, text_weight=0.7), id="001")
    save_segmentation(made, [f"c{i}" for i in range(len(points))], tmp_path)
    again = load_segmentation(tmp_path)
    assert report_of(again) == report_of(made)
    assert np.array_equal(again.labels, made.labels)
    assert np.array_equal(again.map, made.map)
    assert again.recipe == made.recipe


def test_a_report_names_what_was_not_computed(blobs):
    report = report_of(segment(blobs[0], Recipe(n_segments=3)))
    assert report["metrics"]["future_spend_eta2"] is None
    assert any("future_spend_eta2" in note for note in report["notes"])
