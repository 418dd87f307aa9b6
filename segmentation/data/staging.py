"""A source -> staged Parquet: string columns as they were, plus where each row stood.

A staged file has the source's columns (all strings) and `_row` (unique over the source), `_file`,
`_line` (counted from 1), `_fault` (why a line is no row, else null) and `_raw` (that line). What
the columns mean is mapping.py's business.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from segmentation.data.readers import Part
from segmentation.data.sources import Source, parts_of
from segmentation.data.text_files import Fault, Layout
from segmentation.data.words import plain
from segmentation.types import InputError, Progress, silent

__all__ = ["OWN_COLUMNS", "Staged", "stage"]

OWN_COLUMNS = ("_row", "_file", "_line", "_fault", "_raw")


@dataclass(frozen=True)
class Staged:
    """One source, staged: `files` are Parquet files to be read together, columns joined by name."""

    files: tuple[Path, ...]
    columns: tuple[str, ...]
    rows: int
    names: tuple[str, ...]
    """What was read: file names, a table's, `DataFrame`."""
    notes: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """Where this is, for messages."""
        return (
            self.names[0]
            if len(self.names) == 1
            else f"{self.names[0]} and {len(self.names) - 1} more"
        )


@dataclass
class _Tally:
    rows: int = 0
    columns: dict[str, str] = field(default_factory=dict)
    """plain name -> the name as first seen; a later file's `customer id` joins `CustomerID`."""


def stage(
    source: Source,
    folder: Path,
    *,
    table: str = "orders",
    layout: Layout | None = None,
    most: int | None = None,
    progress: Progress = silent,
) -> Staged:
    """Read a source into staged Parquet files under `folder`.

    Args:
        table: the canonical table it is for; the name of a database table where only a URL is
            given.
        most: stop once there are so many rows, or some more; None reads all.

    Raises:
        InputError: missing, unusable or empty.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tally, files = _Tally(), list[Path]()
    names, notes = list[str](), list[str]()
    for number, part in enumerate(parts_of(source, table, layout, folder)):
        target = folder / f"{number:05d}.parquet"
        _write(part, target, tally, lambda rows: progress(f"reading {table}", rows, None), most)
        files.append(target)
        names.append(part.name)
        notes.extend(part.notes)
        if most is not None and tally.rows >= most:
            break
    if not tally.rows:
        raise InputError(
            "there are no rows", where=", ".join(names[:3]), fix="Give a source with rows."
        )
    return Staged(
        tuple(files), tuple(tally.columns.values()), tally.rows, tuple(names), tuple(notes)
    )


def _write(part: Part, target: Path, tally: _Tally, report: Any, most: int | None) -> None:
    names = _stored_names(part.columns, tally)
    own = [(n, pa.int64() if n in ("_row", "_line") else pa.string()) for n in OWN_COLUMNS]
    schema = pa.schema([*((name, pa.string()) for name in names), *own])
    with pq.ParquetWriter(target, schema, compression="snappy") as writer:
        for arrays, lines, faults in part.batches:
            for batch in (_good(arrays, lines), _bad(len(names), faults)):
                if len(batch[1]):
                    _append(writer, schema, part.name, tally, *batch)
            report(tally.rows)
            if most is not None and tally.rows >= most:
                break


def _stored_names(columns: Sequence[str], tally: _Tally) -> list[str]:
    """Names for staging: as an earlier file spelt them, told apart where they differ in case
    only."""
    names: list[str] = []
    for column in columns:
        same = plain(column) or column
        name = tally.columns.get(same, column)
        taken = {n.casefold() for n in names} | set(OWN_COLUMNS)
        if name.casefold() in taken:
            name = next(
                f"{column}_{i}" for i in range(2, 10_000) if f"{column}_{i}".casefold() not in taken
            )
            same = name
        tally.columns.setdefault(same, name)
        names.append(name)
    return names


def _good(arrays: list[Any], lines: list[int]) -> tuple[list[Any], list[int], list[Any]]:
    nothing = pa.nulls(len(lines), pa.string())
    return arrays, lines, [nothing, nothing]


def _bad(width: int, faults: list[Fault]) -> tuple[list[Any], list[int], list[Any]]:
    nothing = [pa.nulls(len(faults), pa.string())] * width
    said = [
        pa.array([f.reason for f in faults], pa.string()),
        pa.array([f.raw for f in faults], pa.string()),
    ]
    return nothing, [fault.line for fault in faults], said


def _append(
    writer: Any,
    schema: Any,
    name: str,
    tally: _Tally,
    arrays: list[Any],
    lines: list[int],
    said: list[Any],
) -> None:
    count = len(lines)
    rows = pa.array(range(tally.rows, tally.rows + count), pa.int64())
    place = pa.array([name], pa.string()).take(pa.array([0] * count))
    lines = pa.array(lines, pa.int64())
    writer.write_table(pa.Table.from_arrays([*arrays, rows, place, lines, *said], schema=schema))
    tally.rows += count
