"""One reader per kind of source: each gives parts (a file, a sheet, a table) of string columns.

Everything is streamed, but for Excel, which its library holds in memory. Nothing is interpreted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from segmentation.data import text_files
from segmentation.data.text_files import BATCH, Fault, Layout, header_of
from segmentation.types import InputError

__all__ = [
    "Part",
    "Rows",
    "damaged",
    "database_part",
    "excel_parts",
    "frame_part",
    "is_workbook",
    "parquet_part",
    "text_part",
]

Rows: TypeAlias = "Iterator[tuple[list[Any], list[int], list[Fault]]]"
"""(one string array per column, line numbers, faults) per batch."""


@dataclass
class Part:
    """Rows of one file, sheet or table, to be written to one staged file."""

    name: str
    columns: tuple[str, ...]
    batches: Rows
    notes: tuple[str, ...] = ()


def damaged(path: Path, kind: str) -> InputError:
    return InputError(
        f"the file is not readable as {kind}", where=str(path), fix="Export it again."
    )


# Text


def text_part(path: Path, layout: Layout | None) -> Part:
    file = text_files.open_text_file(path, layout)
    return Part(path.name, file.columns, _text_batches(file), file.notes)


def _text_batches(
    file: text_files.TextFile,
) -> Rows:
    for batch in text_files.read_batches(file):
        columns = zip(*batch.rows, strict=True) if batch.rows else ([] for _ in file.columns)
        yield [pa.array(column, pa.string()) for column in columns], batch.lines, batch.faults


# Parquet, databases, frames


def parquet_part(path: Path) -> Part:
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise damaged(path, "Parquet") from error
    return Part(path.name, tuple(file.schema_arrow.names), _parquet_batches(file, path))


def _parquet_batches(file: Any, path: Path) -> Rows:
    try:
        yield from _arrow_batches(file.iter_batches(BATCH))
    except (pa.ArrowInvalid, OSError) as error:
        raise damaged(path, "Parquet") from error


def database_part(url: str, table: str, scratch: Path) -> Part:
    """A table of any database that Ibis can connect to.

    Raises:
        InputError: no such database, table or driver.
    """
    import ibis
    from ibis.common.exceptions import IbisError, TableNotFound

    shown = re.sub(r"//[^/@]*@", "//", url).split("?")[0]
    _refuse_missing_database(url, shown)
    try:
        found = ibis.connect(url).table(table)
        batches = _table_batches(found, scratch)
    except (IbisError, TableNotFound, ImportError, OSError, ValueError, RuntimeError) as error:
        reason = "no such table" if isinstance(error, TableNotFound) else _first_line(error)
        raise InputError(
            f"the table {table!r} cannot be read from the database: {reason}",
            where=shown,
            fix="Check the URL, the table's name, and that the driver is installed.",
        ) from error
    return Part(f"{shown} {table}", tuple(found.columns), batches)


def _table_batches(found: Any, scratch: Path) -> Rows:
    """DuckDB writes Parquet by itself; the others give batches."""
    if found.get_backend().name == "duckdb":
        target = scratch / "table.parquet"
        found.to_parquet(target)
        return _parquet_batches(pq.ParquetFile(target), target)
    return _arrow_batches(found.to_pyarrow_batches(chunk_size=BATCH))


def _refuse_missing_database(url: str, shown: str) -> None:
    """Connecting to a file that is not there would make it."""
    scheme, _, rest = url.partition("://")
    if scheme in ("duckdb", "sqlite") and rest and not Path(rest.split("?")[0]).exists():
        raise InputError("the database file does not exist", where=shown, fix="Check the path.")


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _arrow_batches(batches: Iterable[Any]) -> Rows:
    line = 1
    for batch in batches:
        yield (
            [_strings(column) for column in batch.columns],
            list(range(line, line + len(batch))),
            [],
        )
        line += len(batch)


def _strings(column: Any) -> Any:
    """An Arrow array as strings: dates in ISO form, whole floats without `.0`."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _strings(column.dictionary_decode())
    if pa.types.is_nested(kind):
        return pa.array([None if v is None else str(v) for v in column.to_pylist()], pa.string())
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        texts = [None if v is None else v.decode("utf-8", "replace") for v in column.to_pylist()]
        return pa.array(texts, pa.string())
    if pa.types.is_decimal(kind):
        return pa.array(
            [None if v is None else format(v, "f") for v in column.to_pylist()], pa.string()
        )
    if pa.types.is_floating(kind):
        column = pc.if_else(pc.is_nan(column), None, column)
    if pa.types.is_timestamp(kind):
        text = pc.cast(column, pa.string())
        return pc.replace_substring_regex(text, r"\.0+([Z+-].*)?$", r"\1")
    return pc.cast(column, pa.string())


def frame_part(frame: pd.DataFrame) -> Part:
    if frame.index.name is not None and frame.index.name not in frame.columns:
        frame = frame.reset_index()
    columns = tuple(str(name) for name in frame.columns)
    if len(set(columns)) < len(columns):
        twice = sorted({name for name in columns if columns.count(name) > 1})
        raise InputError(f"the DataFrame has columns twice: {', '.join(twice)}", fix="Rename them.")
    return Part("DataFrame", columns, _frame_batches(frame))


def _frame_batches(frame: pd.DataFrame) -> Rows:
    for start in range(0, len(frame), BATCH):
        part = frame.iloc[start : start + BATCH]
        arrays = [_series_strings(part.iloc[:, i]) for i in range(part.shape[1])]
        yield arrays, list(range(start + 1, start + len(part) + 1)), []


def _series_strings(series: pd.Series[Any]) -> Any:
    if series.dtype == object:
        return pa.array([_cell(value) for value in series], pa.string())
    return _strings(pa.array(series, from_pandas=True))


def _cell(value: object) -> str | None:
    """A Python value as the text a CSV file would have."""
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, float):
        return None if value != value else str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, timedelta):
        return str(value)
    if isinstance(value, (date, time)):
        return value.isoformat()
    return str(value)


# Excel


def is_workbook(path: Path) -> bool:
    import zipfile

    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError):
        return path.suffix.lower() in (".xlsx", ".xlsm", ".xlsb", ".ods")
    return bool(names & {"xl/workbook.xml", "xl/workbook.bin", "content.xml"})


def excel_parts(path: Path) -> Iterator[Part]:
    """The first sheet with a table, and the further sheets that have the same header."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(path)
        sheets = [(name, book.get_sheet_by_name(name)) for name in book.sheet_names]
    except (CalamineError, OSError) as error:
        raise damaged(path, "Excel") from error
    parts = [part for name, sheet in sheets if (part := _sheet_part(path, name, sheet))]
    if not parts:
        raise InputError(
            "the workbook has no rows", where=str(path), fix="Give a sheet with a header and rows."
        )
    same = [part for part in parts if part.columns == parts[0].columns]
    others = [part.name for part in parts if part.columns != parts[0].columns]
    if others:
        parts[0].notes += (f"sheets with other columns were passed over: {', '.join(others)}",)
    yield from same


def _sheet_part(path: Path, name: str, sheet: Any) -> Part | None:
    rows = ([_cell(value) or "" for value in row] for row in sheet.iter_rows())
    head = list(islice(rows, 100))
    at, columns, notes = header_of(head)
    if len(head) <= at or not columns:
        return None
    return Part(
        f"{path.name}#{name}",
        columns,
        _sheet_batches(head[at:], rows, columns, at + 1),
        notes,
    )


def _sheet_batches(
    head: list[list[str]], rest: Iterator[list[str]], columns: tuple[str, ...], line: int
) -> Rows:
    block = head + list(islice(rest, BATCH))
    while block:
        full = [(line + i, row) for i, row in enumerate(block) if any(row)]
        cells = [[row[c] for _, row in full] for c in range(len(columns))]
        yield [pa.array(column, pa.string()) for column in cells], [at for at, _ in full], []
        line += len(block)
        block = list(islice(rest, BATCH))
