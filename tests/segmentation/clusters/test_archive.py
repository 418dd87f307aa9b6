import json
from dataclasses import replace

import numpy as np
import pytest

from segmentation.clusters.archive import load_segmentation, report_of, save_segmentation
from segmentation.types import (
    Candidate,
    Change,
    Choice,
    Continuity,
    Fact,
    Recipe,
    Segment,
    Segmentation,
    Validity,
)

CUSTOMERS = ["a", "b", "c", "d"]


@pytest.fixture
def made():
    """Four customers, one of them unassigned; ids with a gap."""
    return Segmentation(
        id="002",
        recipe=Recipe(method="hdbscan", text_weight=0.7, attach_unassigned=True),
        method="hdbscan",
        labels=np.array([1, 4, 4, 0], dtype=np.int32),
        confidence=np.array([0.5, 0.25, 1, 0], dtype=np.float32),
        map=np.array([[0, 1], [2, 3], [4, 5], [6, 7]], dtype=np.float32),
        segments=(
            Segment(1, "Segment 1", 1, 0.25, (Fact("segment:1", "size", "2024-01-01", 1, "x"),)),
            Segment(4, "Segment 4", 2, 0.5, (), ("gone quiet",)),
            Segment(0, "Unassigned", 1, 0.25),
        ),
        metrics={"silhouette": 0.25, "stability_min_jaccard": 0.5},
        verdict="constructed",
        notes=("A note.",),
        jaccards={1: 0.5, 4: 0.75},
        choice=Choice(
            k=2,
            candidates=(
                Candidate(2, 0.9, 0.8, 0.3, 0.4, 0.1, 0.02),
                Candidate(3, 0.5, None, 0.1, None),
            ),
            reason="k = 2: because.",
            structure="clumped",
        ),
        continuity=Continuity(
            "s1",
            "001",
            (Change("kept", 4, (4,), 0.8), Change("gone", None, (2,), 0.1)),
            ((2, 4, 1), (None, 1, 1), (4, None, 3)),
            5,
        ),
        validity=Validity(
            "2024-01-01/2024-03-31",
            4,
            2,
            {"future_spend_eta2": 0.2},
            {"future_spend_eta2": (0.1, 0.3)},
            {"random partition": {"future_spend_eta2": 0.0, "taste_hit20": None}},
            ("Measured.",),
        ),
    )


def test_a_segmentation_is_read_back_as_it_was_written(made, tmp_path):
    save_segmentation(made, CUSTOMERS, tmp_path)
    again = load_segmentation(tmp_path)
    for array in ("labels", "confidence", "map"):
        assert getattr(again, array).tobytes() == getattr(made, array).tobytes()
    for name in ("id", "recipe", "method", "segments", "verdict", "jaccards"):
        assert getattr(again, name) == getattr(made, name)
    for name in ("choice", "continuity", "validity"):
        assert getattr(again, name) == getattr(made, name)
    assert report_of(again) == report_of(made)


def test_the_report_is_json_and_has_what_the_contract_names(made):
    report = json.loads(json.dumps(report_of(made), allow_nan=False))
    assert {"segmentation", "method", "k", "customers", "unassigned", "verdict"} <= set(report)
    assert (report["k"], report["customers"], report["unassigned"]) == (2, 4, 1)
    assert report["choice"]["k"] == 2
    assert [c["k"] for c in report["choice"]["candidates"]] == [2, 3]
    assert report["choice"]["structure"] == "clumped"
    assert report["continuity"]["changes"][1]["kind"] == "gone"
    assert report["baselines"]["random partition"]["taste_hit20"] is None
    assert [s["jaccard"] for s in report["segments"]] == [0.5, 0.75, None]


def test_a_report_names_what_was_not_computed(made):
    report = report_of(made)
    assert report["metrics"]["tree_fidelity"] is None
    assert report["metrics"]["silhouette"] == 0.25
    missing = [note for note in report["notes"] if note.startswith("Not computed: ")]
    assert len(missing) == 1 and "tree_fidelity" in missing[0] and "silhouette" not in missing[0]


def test_a_first_segmentation_whose_number_was_given_has_neither_choice_nor_continuity(
    made, tmp_path
):
    first = replace(made, choice=None, continuity=None, validity=None)
    save_segmentation(first, CUSTOMERS, tmp_path)
    again = load_segmentation(tmp_path)
    assert (again.choice, again.continuity, again.validity) == (None, None, None)
    assert report_of(again)["choice"] is None


def test_folders_written_before_there_were_choices_still_open(made, tmp_path):
    save_segmentation(made, CUSTOMERS, tmp_path)
    path = tmp_path / "report.json"
    report = json.loads(path.read_text(encoding="utf-8"))
    for name in ("choice", "continuity", "validity"):
        del report[name]
    del report["recipe"]["attach_unassigned"]
    for entry in report["segments"]:
        del entry["traits"]
    path.write_text(json.dumps(report), encoding="utf-8")
    old = load_segmentation(tmp_path)
    assert old.recipe.attach_unassigned is False
    assert (old.choice, old.continuity) == (None, None)
    assert np.array_equal(old.labels, made.labels)
