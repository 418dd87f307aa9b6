"""Who is in which segment, as CSV or Parquet: of the current customers, or of new ones."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from assistant.export.cells import csv_bytes
from assistant.export.files import deliver, format_of
from segmentation.clusters.identity import Assignment
from segmentation.types import CustomerBase, FloatMatrix, Labels

__all__ = ["write_assignments", "write_placed"]


def write_assignments(
    root: Path, base: CustomerBase, out: Path, by: str = "python"
) -> dict[str, Any]:
    """Write who is in which segment: `customer_id, segment, segment_name, confidence`.

    Args:
        root: the workspace, in whose log it is entered.
        out: a `.csv` or `.parquet` file; replaced if it exists.
        by: who said so, for the log: `command line` or `python`.

    Raises:
        InputError: another ending, or a place that cannot be written to.
    """
    segmentation = base.segmentation
    frame = _members(base, base.customers, segmentation.labels, segmentation.confidence)
    return _written(root, base, frame, out, {"what": "assignments", "by": by})


def write_placed(
    root: Path, base: CustomerBase, customers: Sequence[str], placed: Assignment, out: Path
) -> dict[str, Any]:
    """Write where new customers belong: as `write_assignments`, with a `flag`.

    The flag is `far` for who is farther out than nearly all members of the segment, `between` for
    who is almost as near to the next one, and else empty. Raises InputError as there.
    """
    flags = np.select([placed.far, placed.between], ["far", "between"], "")
    frame = _members(base, customers, placed.labels, placed.confidence).assign(flag=flags)
    return {
        **_written(root, base, frame, out, {"what": "placed"}),
        "far": int((flags == "far").sum()),
        "between": int((flags == "between").sum()),
    }


def _written(
    root: Path, base: CustomerBase, frame: pd.DataFrame, out: Path, told: Mapping[str, str]
) -> dict[str, Any]:
    writers = {"csv": _csv, "parquet": _parquet}
    format, verdict = format_of(out, *writers), base.segmentation.verdict
    content = writers[format](frame)
    entry = {
        **told,
        "format": format,
        "rows": len(frame),
        "segmentation": base.segmentation.id,
        "verdict": verdict,
    }
    logged = deliver(root, out, content, entry)
    return {
        "what": "assignments",
        "file": str(out),
        "rows": len(frame),
        "sha256": logged["sha256"],
        "verdict": verdict,
    }


def _members(
    base: CustomerBase, customers: Iterable[str], labels: Labels, confidence: FloatMatrix
) -> pd.DataFrame:
    names = {segment.id: segment.name for segment in base.segmentation.segments}
    return pd.DataFrame(
        {
            "customer_id": list(customers),
            "segment": labels,
            "segment_name": [names[int(label)] for label in labels],
            "confidence": confidence,
        }
    )


def _csv(frame: pd.DataFrame) -> bytes:
    columns = (frame[name].to_numpy() for name in frame.columns)  # a float32 keeps its few digits
    return csv_bytes(list(frame.columns), zip(*columns, strict=True))


def _parquet(frame: pd.DataFrame) -> bytes:
    content = io.BytesIO()
    frame.to_parquet(content, index=False)
    return content.getvalue()
