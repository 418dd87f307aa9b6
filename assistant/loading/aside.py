"""The rows of a build that were set aside, as a file to mend them by. It enters the export log."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq

from assistant.export.cells import csv_bytes
from assistant.export.files import enter
from segmentation.types import TABLES, InputError

__all__ = ["MOST_ROWS", "set_aside"]

MOST_ROWS = 100_000
"""Rows of a file that goes through the page."""


def set_aside(root: Path, snapshot: Path, table: str, by: str) -> str:
    """The rows of a table that were set aside, with reason, file and line, as CSV.

    Args:
        root: the workspace, whose export log gets an entry.
        snapshot: the snapshot's folder.
        by: who asked for it.

    Raises:
        InputError: there is no such table.
    """
    path = snapshot / "quarantine" / f"{table}.parquet"
    if table not in TABLES or not path.exists():
        raise InputError(f"No rows of {table!r} were set aside", fix="Choose another table.")
    rows = pq.read_table(path).slice(0, MOST_ROWS)
    first = [name for name in ("reason", "file", "line") if name in rows.column_names]
    rows = rows.select([*first, *(name for name in rows.column_names if name not in first)])
    content = csv_bytes(rows.column_names, zip(*(c.to_pylist() for c in rows.columns), strict=True))
    entry = {"what": "set_aside", "table": table, "format": "csv", "rows": rows.num_rows, "by": by}
    enter(root, f"set-aside-{table}.csv", content, entry)
    return content.decode("utf-8")
