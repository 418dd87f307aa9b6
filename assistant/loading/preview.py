"""A first look at a file: its columns with some values, from a small copy of it.

The copy is read as every file is, so that what is shown is what will be read. A text file is copied
from its beginning and from places spread over it: dates at the beginning of a year can be read two
ways, and those at its end cannot.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from segmentation.data.columns import Columns, profile, relation
from segmentation.data.dates import Dates, read_date
from segmentation.data.encodings import open_bytes, whole
from segmentation.data.mapping import Pick
from segmentation.data.privacy import identifying_columns
from segmentation.data.shapes import Column
from segmentation.data.staging import Staged, stage
from segmentation.data.text_files import Layout
from segmentation.types import InputError

__all__ = ["Preview", "TooMuchInside", "look"]

HEAD = 1 << 18
PIECE = 1 << 15
PIECES = 16
STAGED = ".staged"
"""No upload can be called so: its copy lies beside."""
ROWS = 4_000
MOST_INSIDE = 200
"""A packed file that holds more than this many times its size is no table."""
ALWAYS = 1 << 26
"""Bytes that any packed file may hold."""


class TooMuchInside(InputError):
    """A packed file that would fill the disk."""


@dataclass(frozen=True)
class Preview:
    """What a first look at a file found.

    Args:
        copy: the small copy that was looked at.
        columns: profile by column, in the file's order.
        identifying: columns that identify a person -> kind.
        two_ways: columns of dates -> a value that can be read two ways, with no other to tell.
        rows: rows looked at.
        notes: what the reading took for granted.
    """

    copy: Path
    columns: Mapping[str, Column]
    identifying: Mapping[str, str] = field(default_factory=dict)
    two_ways: Mapping[str, str] = field(default_factory=dict)
    rows: int = 0
    notes: tuple[str, ...] = ()


def look(file: Path, scratch: Path, layout: Layout | None = None) -> Preview:
    """Look at a file, writing below `scratch`.

    Raises:
        InputError: it cannot be read as a table.
    """
    _refuse_bombs(file)
    copy = _small_copy(file, scratch)
    staged = stage(copy, scratch / STAGED, layout=layout, most=ROWS)
    with duckdb.connect() as con:
        columns = profile(con, staged)
        samples = {name: column.sample for name, column in columns.items()}
        return Preview(
            copy,
            columns,
            identifying_columns(samples),
            _two_ways(con, staged, columns),
            staged.rows,
            staged.notes,
        )


def _two_ways(
    con: duckdb.DuckDBPyConnection, staged: Staged, columns: Mapping[str, Column]
) -> dict[str, str]:
    found = {}
    for name, column in columns.items():
        if column.dates <= 0.5:
            continue
        try:
            Columns(con, relation(staged), "", staged.place).moment(Pick((name,)))
        except InputError:
            found[name] = next(filter(_reads_two_ways, column.sample), column.sample[0])
    return found


def _reads_two_ways(value: str) -> bool:
    return read_date(value, Dates("dmy")) != read_date(value, Dates("mdy"))


# A small copy


def _small_copy(file: Path, scratch: Path) -> Path:
    """A file of the same name and kind with some rows of it; the file itself where it is small, or
    is of a kind that has to be read whole."""
    with file.open("rb") as handle:
        magic = handle.read(8)
    copy = scratch / file.name
    if magic[:4] == b"PAR1":
        return _some_row_groups(file, copy)
    if magic[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0"):
        return file
    with whole(file), open_bytes(file) as source, copy.open("wb") as target:
        head = source.read(HEAD)
        if len(head) < HEAD:
            target.write(head)
            return copy
        target.write(head[: head.rfind(b"\n") + 1] or head)
        if not _is_packed(magic):
            _copy_pieces(source, file.stat().st_size, head, target)
    return copy


def _is_packed(magic: bytes) -> bool:
    return magic.startswith((b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00"))


def _copy_pieces(source: IO[bytes], size: int, head: bytes, target: IO[bytes]) -> None:
    """Whole lines from places spread over the rest; none where a line's end is more than a byte."""
    if head[:64].count(0) > 8:  # UTF-16 or UTF-32
        return
    for number in range(1, PIECES + 1):
        source.seek(HEAD + (size - HEAD) * number // (PIECES + 1))
        source.readline(PIECE)
        piece = source.read(PIECE)
        target.write(piece[: piece.rfind(b"\n") + 1])


def _some_row_groups(file: Path, copy: Path) -> Path:
    try:
        source = pq.ParquetFile(file)
        groups = range(0, source.num_row_groups, max(1, source.num_row_groups // 8))
        with pq.ParquetWriter(copy, source.schema_arrow) as target:
            for group in groups:
                for batch in source.iter_batches(ROWS, row_groups=[group]):
                    target.write_batch(batch)
                    break
    except (pa.ArrowException, OSError):
        return file  # reading it says what is wrong with it
    return copy


# What is packed too densely


def _refuse_bombs(file: Path) -> None:
    """Raises TooMuchInside for a packed file that holds far more than a table would."""
    packed = file.stat().st_size
    most = ALWAYS + MOST_INSIDE * packed
    if _inside(file, most) > most:
        raise TooMuchInside(
            f"the packed file holds more than {MOST_INSIDE} times its size", where=file.name
        )


def _inside(file: Path, most: int) -> int:
    """Bytes that a packed file holds, counted no further than `most`; 0 for one that is not."""
    with file.open("rb") as handle:
        magic = handle.read(8)
    if magic.startswith(b"PK\x03\x04"):
        try:
            with zipfile.ZipFile(file) as archive:
                return sum(entry.file_size for entry in archive.infolist())
        except (zipfile.BadZipFile, OSError):
            return 0
    if not _is_packed(magic):
        return 0
    size = 0
    with whole(file), open_bytes(file) as source:
        while size <= most and (block := source.read(1 << 20)):
            size += len(block)
    return size
