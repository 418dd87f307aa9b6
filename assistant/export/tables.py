"""A table of an answer as a file that the user saves: CSV that Excel opens as what it is.

Files with customers in them are entered in the export log, as all that leave are.
"""

from __future__ import annotations

from typing import Any

from assistant.export.cells import csv_bytes
from assistant.export.files import enter
from assistant.tools.result import Table

__all__ = ["enter_table", "table_csv"]

BOM = "\ufeff".encode()
"""Without it Excel takes UTF-8 for the machine's own code page."""


def table_csv(table: Table) -> bytes:
    """All rows of a table, numbers unformatted, no cell that a spreadsheet would run."""
    return BOM + csv_bytes(table.columns, table.rows)


def enter_table(workspace: Any, table: Table, content: bytes, by: str) -> None:
    """Enter in the export log that a table was saved, if there are customers in it.

    Raises:
        InputError: the log cannot be written to; then nothing may leave.
    """
    if not _holds_customers(workspace, table):
        return
    entry = {"what": "table", "by": by, "format": "csv", "rows": len(table.rows)}
    enter(workspace.root, table.title, content, entry)


def _holds_customers(workspace: Any, table: Table) -> bool:
    """Whether a column of the table is made of ids of customers."""
    known = workspace.base.customers
    columns = zip(*table.rows, strict=True)
    texts = (column for column in columns if all(isinstance(cell, str) for cell in column))
    return any(known.isin(set(column)).any() for column in texts)
