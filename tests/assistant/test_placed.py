"""The file of new customers: everybody is in it, and who hardly fits is flagged."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from assistant.export.assignments import write_placed
from segmentation.clusters.identity import Assignment
from segmentation.types import InputError, Segment, Segmentation


class Base:
    """What the file needs of a base: its segments' names and its verdict."""

    segmentation = Segmentation(
        id="001",
        recipe=None,
        method="kmeans",
        labels=np.array([3, 8]),
        confidence=np.ones(2),
        map=np.zeros((2, 2)),
        segments=(Segment(3, "Loyal", 1, 0.5), Segment(8, "New", 1, 0.5)),
        metrics={},
        verdict="reproducible",
    )


PLACED = Assignment(
    np.array([8, 3, 3, 8], dtype=np.int32),
    np.array([0.8, 0.05, 0.5, 0.02], dtype=np.float32),
    np.array([False, False, True, True]),
)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_nobody_is_hidden_and_who_hardly_fits_is_flagged(tmp_path, ending):
    out = tmp_path / f"placed.{ending}"
    report = write_placed(tmp_path, Base, ["001", "b", "c", "d"], PLACED, out)
    read = pd.read_csv(out, dtype={"customer_id": str}) if ending == "csv" else pd.read_parquet(out)
    assert read.customer_id.tolist() == ["001", "b", "c", "d"]
    assert read.segment.tolist() == [8, 3, 3, 8]
    assert read.segment_name.tolist() == ["New", "Loyal", "Loyal", "New"]
    assert read.flag.fillna("").tolist() == ["", "between", "far", "far"]
    assert read.confidence.tolist() == pytest.approx([0.8, 0.05, 0.5, 0.02])
    assert (report["rows"], report["far"], report["between"]) == (4, 2, 1)
    assert report["verdict"] == "reproducible"


def test_another_ending_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(InputError, match="neither CSV nor Parquet"):
        write_placed(tmp_path, Base, list("abcd"), PLACED, tmp_path / "placed.xlsx")
    assert list(tmp_path.iterdir()) == []
