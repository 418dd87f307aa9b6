"""The rows of a build that were set aside, as a file to mend them by. It enters the export log."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from assistant.export.files import enter
from assistant.export.tables import table_csv
from assistant.tools.result import Table
from segmentation.types import TABLES, InputError

__all__ = ["MOST_ROWS", "set_aside"]

MOST_ROWS = 100_000
"""Rows of a file that goes through the page; the page says so where there are more."""


def set_aside(root: Path, snapshot: Path, table: str, by: str) -> str:
    """The rows of a table that were set aside, with reason, file and line, as CSV.

    Of more than `MOST_ROWS` they are the first; the log says how many were left off.

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
    every = pq.read_table(path)
    name, rows = f"set-aside-{table}.csv", _ordered(every.slice(0, MOST_ROWS))
    content = table_csv(Table(name, tuple(rows.column_names), _cells(rows)))
    entry = {"what": "set_aside", "table": table, "format": "csv", "rows": rows.num_rows, "by": by}
    if left_off := every.num_rows - rows.num_rows:
        entry["left_off"] = left_off
    enter(root, name, content, entry)
    return content.decode("utf-8")


def _ordered(rows: pa.Table) -> pa.Table:
    """Why and where come first."""
    first = [name for name in ("reason", "file", "line") if name in rows.column_names]
    return rows.select([*first, *(name for name in rows.column_names if name not in first)])


def _cells(rows: pa.Table) -> tuple[tuple[Any, ...], ...]:
    return tuple(zip(*(column.to_pylist() for column in rows.columns), strict=True))
