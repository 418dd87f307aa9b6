"""What a source of data is: a file, folder, glob, DataFrame, database table, or a list of these."""

from __future__ import annotations

import glob as globbing
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

import pandas as pd

from segmentation.data.readers import (
    Part,
    damaged,
    database_part,
    excel_parts,
    frame_part,
    is_workbook,
    parquet_part,
    text_part,
)
from segmentation.data.text_files import Layout
from segmentation.types import InputError

__all__ = ["Source", "files_of", "parts_of"]

Source: TypeAlias = str | Path | pd.DataFrame | tuple[str, str] | Sequence["Source"]
"""A file, a folder, a glob, a DataFrame, (Ibis URL, table), or a list of these."""

TEXT = (".csv", ".tsv", ".tab", ".txt", ".dat", ".psv")
READABLE = (*TEXT, ".parquet", ".pq", ".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
PACKED = (".gz", ".bz2", ".xz")


def files_of(source: Source) -> list[Path]:
    """The files a source stands for, sorted; of folders only those that can be read.

    Raises:
        InputError: nothing there, or nothing usable.
    """
    if isinstance(source, (list,)):
        return [path for one in source for path in files_of(one)]
    if not isinstance(source, (str, Path)):
        raise InputError(
            "this source has no files", where=type(source).__name__, fix="Give a path."
        )
    path = Path(source).expanduser()
    if path.is_dir():
        return _files_in(path)
    if path.exists():
        return [path]
    if globbing.has_magic(str(source)):
        found = sorted(Path(p) for p in globbing.glob(str(path), recursive=True))  # noqa: PTH207
        if files := [f for f in found if f.is_file()]:
            return files
        raise InputError("no file matches the pattern", where=str(source), fix="Check the path.")
    raise InputError("the file does not exist", where=str(source), fix="Check the path.")


def _files_in(folder: Path) -> list[Path]:
    files = sorted(path for path in folder.rglob("*") if path.is_file() and _is_data(path, folder))
    if not files:
        raise InputError(
            "the folder has no file that can be read",
            where=str(folder),
            fix="Readable are CSV, TSV and TXT (also gzipped), Parquet and Excel.",
        )
    return files


def _is_data(path: Path, folder: Path) -> bool:
    """Whether a file's name says a table: hidden files and what lies in hidden folders say none."""
    hidden = any(part.startswith((".", "~")) for part in path.relative_to(folder).parts)
    name = path.stem if path.suffix.lower() in PACKED else path.name
    return not hidden and Path(name).suffix.lower() in READABLE


def parts_of(source: Source, table: str, layout: Layout | None, scratch: Path) -> Iterator[Part]:
    """The parts of a source, one after the other.

    Args:
        table: name of the database table where only a URL is given.
        scratch: folder for what a database has to write before it can be read.

    Raises:
        InputError: it is no source, or cannot be read.
    """
    if isinstance(source, pd.DataFrame):
        yield frame_part(source)
    elif isinstance(source, tuple) and len(source) == 2 and "://" in str(source[0]):
        yield database_part(str(source[0]), str(source[1]), scratch)
    elif isinstance(source, str) and "://" in source:
        yield database_part(source, table, scratch)
    elif isinstance(source, (str, Path)):
        for path in files_of(source):
            yield from _file_parts(path, layout)
    elif isinstance(source, Sequence):
        for one in source:
            yield from parts_of(one, table, layout, scratch)
    else:
        raise InputError(
            f"a {type(source).__name__} is no source of data",
            where=table,
            fix="Give a path, a folder, a glob, a DataFrame, or (URL, table).",
        )


def _file_parts(path: Path, layout: Layout | None) -> Iterator[Part]:
    try:
        with path.open("rb") as handle:
            magic = handle.read(8)
    except OSError as error:
        raise InputError(f"the file cannot be read: {error.strerror}", where=str(path)) from error
    if magic[:4] == b"PAR1":
        yield parquet_part(path)
    elif magic == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" or (
        magic[:4] == b"PK\x03\x04" and is_workbook(path)
    ):
        yield from excel_parts(path)
    elif path.suffix.lower() in (".parquet", ".pq"):
        raise damaged(path, "Parquet")
    else:
        yield text_part(path, layout)
