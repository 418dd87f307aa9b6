"""Files for other tools."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from segmentation.clusters.identity import Assignment
from segmentation.types import CustomerBase, FloatMatrix, InputError, Labels

__all__ = ["write_assignments", "write_placed"]


def write_assignments(base: CustomerBase, out: Path) -> dict[str, Any]:
    """Write who is in which segment: `customer_id, segment, segment_name, confidence`.

    Args:
        out: a `.csv` or `.parquet` file; replaced if it exists.

    Raises:
        InputError: another ending, or a place that cannot be written to.
    """
    frame = _assignments(base)
    _write(frame, out)
    verdict = base.segmentation.verdict
    return {"what": "assignments", "file": str(out), "rows": len(frame), "verdict": verdict}


def write_placed(
    base: CustomerBase, customers: Sequence[str], placed: Assignment, out: Path
) -> dict[str, Any]:
    """Write where new customers belong: as `write_assignments`, with a `flag`.

    The flag is `far` for who is farther out than nearly all members of the segment, `between` for
    who is almost as near to the next one, and else empty. Raises InputError as there.
    """
    flags = np.select([placed.far, placed.between], ["far", "between"], "")
    frame = _members(base, customers, placed.labels, placed.confidence).assign(flag=flags)
    _write(frame, out)
    return {
        "what": "assignments",
        "file": str(out),
        "rows": len(frame),
        "far": int((flags == "far").sum()),
        "between": int((flags == "between").sum()),
        "verdict": base.segmentation.verdict,
    }


def _write(frame: pd.DataFrame, out: Path) -> None:
    writers = {".csv": _write_csv, ".parquet": _write_parquet}
    writer = writers.get(out.suffix.lower())
    if writer is None:
        raise InputError(
            f"{out.name!r} is neither CSV nor Parquet",
            where="--out",
            fix="Give a name that ends in .csv or .parquet.",
        )
    try:
        writer(frame, out)
    except OSError as error:
        raise InputError(
            f"The file cannot be written: {error.strerror or error}",
            where=str(out),
            fix="Choose a folder that exists and that you may write to.",
        ) from error


def _assignments(base: CustomerBase) -> pd.DataFrame:
    segmentation = base.segmentation
    return _members(base, base.customers, segmentation.labels, segmentation.confidence)


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


def _write_csv(frame: pd.DataFrame, out: Path) -> None:
    frame.to_csv(out, index=False)


def _write_parquet(frame: pd.DataFrame, out: Path) -> None:
    frame.to_parquet(out, index=False)
