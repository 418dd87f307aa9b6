"""Rows as CSV that is safe to open in a spreadsheet: UTF-8, RFC 4180, no cell that is a formula.

A cell that a spreadsheet would run (it begins with `=`, `+`, `-`, `@`, or white space before them)
gets an apostrophe in front. A plain number may keep its sign: `-5` and `+447400123456` compute
nothing, and an id or a phone number with an apostrophe would match nobody any more.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

__all__ = ["csv_bytes", "is_formula", "safe_cell"]

_FORMULA = re.compile(r"[\s\x00-\x1f]*[=+\-@＝＋－＠]")
_CONTROL_FIRST = re.compile(r"[\t\r\n\x00]")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")


def is_formula(cell: object) -> bool:
    """Whether a spreadsheet might run a cell instead of showing it."""
    if not isinstance(cell, str) or _NUMBER.fullmatch(cell):
        return False
    return bool(_FORMULA.match(cell) or _CONTROL_FIRST.match(cell))


def safe_cell(cell: object) -> object:
    """The cell as it may be written."""
    return f"'{cell}" if is_formula(cell) else cell


def csv_bytes(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """A header and rows; None is an empty cell, and what holds commas, quotes or breaks is quoted.

    Header cells are made safe, too: some are names from data.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([safe_cell(name) for name in columns])
    for row in rows:
        writer.writerow([safe_cell(cell) for cell in row])
    return text.getvalue().encode("utf-8")
