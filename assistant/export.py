"""Files for other tools."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from segmentation.types import CustomerBase, InputError

__all__ = ["write_assignments"]


def write_assignments(base: CustomerBase, out: Path) -> dict[str, Any]:
    """Write who is in which segment: `customer_id, segment, segment_name, confidence`.

    Args:
        out: a `.csv` or `.parquet` file; replaced if it exists.

    Raises:
        InputError: another ending, or a place that cannot be written to.
    """
    writers = {".csv": _write_csv, ".parquet": _write_parquet}
    writer = writers.get(out.suffix.lower())
    if writer is None:
        raise InputError(
            f"{out.name!r} is neither CSV nor Parquet",
            where="--out",
            fix="Give a name that ends in .csv or .parquet.",
        )
    frame = _assignments(base)
    try:
        writer(frame, out)
    except OSError as error:
        raise InputError(
            f"The file cannot be written: {error.strerror or error}",
            where=str(out),
            fix="Choose a folder that exists and that you may write to.",
        ) from error
    return {"what": "assignments", "file": str(out), "rows": len(frame)}


def _assignments(base: CustomerBase) -> pd.DataFrame:
    names = {segment.id: segment.name for segment in base.segmentation.segments}
    labels = base.segmentation.labels
    return pd.DataFrame(
        {
            "customer_id": list(base.customers),
            "segment": labels,
            "segment_name": [names[int(label)] for label in labels],
            "confidence": base.segmentation.confidence,
        }
    )


def _write_csv(frame: pd.DataFrame, out: Path) -> None:
    frame.to_csv(out, index=False)


def _write_parquet(frame: pd.DataFrame, out: Path) -> None:
    frame.to_parquet(out, index=False)
