"""Which earlier segmentation is continued, and which one a question looks back to."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from segmentation.clusters.archive import save_segmentation
from segmentation.lineage import NothingBefore, before, newest, numbered_as, open_past
from segmentation.types import Change, Continuity, Recipe, Segment, Segmentation
from store.snapshots import SnapshotStore

AUTO, EIGHT = Recipe(), Recipe(n_segments=8)
CUSTOMERS = [f"c{i}" for i in range(6)]


@pytest.fixture
def store(tmp_path):
    times = iter(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=i) for i in range(99))
    return SnapshotStore(tmp_path, clock=lambda: next(times))


def segmentation(id, recipe, labels, continuity=None):
    labels = np.array(labels, dtype=np.int32)
    sizes = {int(i): int((labels == i).sum()) for i in np.unique(labels)}
    return Segmentation(
        id=id,
        recipe=recipe,
        method="kmeans",
        labels=labels,
        confidence=np.ones(len(labels), dtype=np.float32),
        map=np.zeros((len(labels), 2), dtype=np.float32),
        segments=tuple(
            Segment(i, f"Segment {i}", n, n / len(labels), traits=("recent", "loyal", "", ""))
            for i, n in sizes.items()
        ),
        metrics={},
        verdict="reproducible",
        continuity=continuity,
    )


def build(store, as_of, *recipes, labels=(1, 1, 1, 2, 2, 3), continuity=None):
    """A snapshot with a segmentation of each recipe."""
    with store.draft() as draft:
        for number, recipe in enumerate(recipes, start=1):
            with draft.new_segmentation(asdict(recipe)) as folder:
                made = segmentation(f"{number:03d}", recipe, labels, continuity)
                save_segmentation(made, CUSTOMERS, folder)
        return draft.commit({"as_of": as_of.isoformat()})


def found(past):
    return past.snapshot, past.segmentation.id


def test_the_newest_of_the_same_recipe_is_found_first_here_then_further_back(store):
    first = build(store, datetime(2024, 1, 1), AUTO, EIGHT, AUTO)
    second = build(store, datetime(2024, 2, 1), AUTO)
    lineage = list(store.lineage(second.id))
    assert found(newest(lineage, AUTO)) == (second.id, "001")
    assert found(newest(lineage, EIGHT)) == (first.id, "002")
    assert found(newest([first], AUTO)) == (first.id, "003")
    assert newest(lineage, Recipe(n_segments=5)) is None
    assert newest(lineage, Recipe(text_weight=0.9)) is None


def test_a_damaged_segmentation_is_passed_over(store):
    snapshot = build(store, datetime(2024, 1, 1), AUTO, AUTO)
    (snapshot.path / "segmentations" / "002" / "labels.parquet").unlink()
    assert found(newest([snapshot], AUTO)) == (snapshot.id, "001")


def test_a_recipe_written_before_it_knew_an_option_has_the_default(store):
    snapshot = build(store, datetime(2024, 1, 1), AUTO)
    path = snapshot.path / "segmentations" / "001" / "report.json"
    report = json.loads(path.read_text(encoding="utf-8"))
    del report["recipe"]["attach_unassigned"]
    snapshot.replace("001", "report.json", json.dumps(report).encode())
    assert found(newest([snapshot], AUTO)) == (snapshot.id, "001")
    assert newest([snapshot], Recipe(attach_unassigned=True)) is None


def test_ids_once_used_are_remembered_over_several_snapshots(store):
    build(store, datetime(2024, 1, 1), AUTO, labels=(1, 1, 1, 2, 2, 3))
    gone = Continuity("x", "001", (Change("gone", None, (3,), 0.0),), ((3, None, 1),), highest=9)
    snapshot = build(store, datetime(2024, 2, 1), AUTO, labels=(1, 1, 1, 2, 2, 2), continuity=gone)
    past = open_past(snapshot)
    assert past.segmentation.continuity == gone
    assert past.earlier.highest == 9
    assert past.segmentation.segments[0].traits == ("recent", "loyal", "", "")
    labels = np.array([1, 1, 1, 2, 2, 2], dtype=np.int32)
    strangers = numbered_as(past, [*CUSTOMERS[:3], "n1", "n2", "n3"])
    assert strangers(labels)[0].tolist() == [1, 1, 1, 10, 10, 10]


def test_what_was_current_before_or_on_a_day(store):
    first = build(store, datetime(2024, 1, 1), AUTO)
    second = build(store, datetime(2024, 2, 1), EIGHT, AUTO, EIGHT)
    third = build(store, datetime(2024, 3, 1), AUTO)
    assert found(before(store, third, AUTO)) == (second.id, "002")
    assert found(before(store, third, Recipe(n_segments=4))) == (second.id, "003")
    assert found(before(store, third, AUTO, date(2024, 2, 1))) == (second.id, "002")
    assert found(before(store, third, AUTO, date(2024, 1, 31))) == (first.id, "001")
    for day, reason, told in (
        (date(2023, 12, 31), "too_early", date(2024, 1, 1)),
        (date(2024, 3, 1), "too_late", date(2024, 3, 1)),
    ):
        with pytest.raises(NothingBefore) as caught:
            before(store, third, AUTO, day)
        assert (caught.value.reason, caught.value.day) == (reason, told)


def test_a_first_snapshot_has_only_its_own_earlier_segmentations(store):
    only = build(store, datetime(2024, 1, 1), AUTO)
    for since in (None, date(2024, 1, 1), date(2030, 1, 1)):
        with pytest.raises(NothingBefore) as caught:
            before(store, only, AUTO, since)
        assert caught.value.reason == "first"
    with only.new_segmentation(asdict(EIGHT)) as folder:
        save_segmentation(segmentation("002", EIGHT, (1, 1, 2, 2, 3, 3)), CUSTOMERS, folder)
    assert found(before(store, only, EIGHT)) == (only.id, "001")


def test_a_snapshot_that_was_removed_is_told_apart_from_a_first_one(store):
    build(store, datetime(2024, 1, 1), AUTO)
    second = build(store, datetime(2024, 2, 1), AUTO)
    (store.folder / second.manifest["parent"] / "manifest.json").unlink()
    with pytest.raises(NothingBefore) as caught:
        before(store, second, AUTO)
    assert caught.value.reason == "removed"
