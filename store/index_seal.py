"""Is the index on disk still what was written? Answered before Chroma touches it; no chromadb here.

`ready.json`, written last, holds the checksums of Chroma's files. Chroma changes its database at
every opening, always in the same few bytes; these are left out of the checksum (`_database_mask`).
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from store.errors import StoreError
from store.files import describe_file, replace_file, sync_tree

__all__ = [
    "DATABASE",
    "OPENING",
    "READY",
    "Fingerprint",
    "index_damage",
    "read_ready",
    "seal_index",
    "trim",
]

FORMAT = 1
READY = "ready.json"
OPENING = "opening"
DATABASE = "chroma.sqlite3"
Fingerprint = Mapping[str, str | int]


def index_damage(folder: Path, fingerprint: Fingerprint | None = None) -> str:
    """Why the index in `folder` must be built anew; empty when it is whole. Chroma is not involved.

    Args:
        fingerprint: what the index must stand for; None to look at the files alone.
    """
    if not folder.is_dir():
        return "there is no index yet"
    if (folder / OPENING).exists():
        return "a process died while opening the index"
    try:
        ready = read_ready(folder)
    except StoreError as error:
        return error.what
    if fingerprint is not None and ready["fingerprint"] != dict(fingerprint):
        return "the index stands for something else"
    return _changed(folder / ready["chroma"], ready)


def read_ready(folder: Path) -> dict[str, Any]:
    path = folder / READY
    try:
        ready = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise StoreError("the index was not finished", where=str(path)) from None
    except (OSError, ValueError):
        ready = None
    if not _well_formed(ready):
        raise StoreError("the index's record cannot be read", where=str(path))
    return dict(ready)


def _well_formed(ready: object) -> bool:
    kinds = {
        "format": int,
        "chroma": str,
        "fingerprint": dict,
        "dim": int,
        "count": int,
        "fields": dict,
    }
    kinds |= {"files": dict, "database_mask": list, "state": str}
    return (
        isinstance(ready, dict)
        and all(isinstance(ready.get(key), kind) for key, kind in kinds.items())
        and ready["format"] == FORMAT
        and Path(ready["chroma"]).name == ready["chroma"]
    )


def _changed(chroma: Path, ready: Mapping[str, Any]) -> str:
    """Name the first of Chroma's files that is not as it was sealed; empty if none."""
    for name, entry in ready["files"].items():
        try:
            found = _describe(chroma / name, ready["database_mask"])
        except OSError:
            return f"{name} is missing from the index"
        if found != entry:
            return f"{name} of the index is damaged"
    return ""


def seal_index(folder: Path, ready: Mapping[str, Any]) -> dict[str, Any]:
    """Seal what Chroma wrote: flush it, and record its checksums in ready.json."""
    chroma = folder / ready["chroma"]
    sync_tree(folder)
    mask = _database_mask(chroma / DATABASE)
    names = [path for path in sorted(chroma.rglob("*")) if path.is_file()]
    files = {
        path.relative_to(chroma).as_posix(): _describe(path, mask)
        for path in names
        if not path.name.startswith(f"{DATABASE}-")  # journals come and go
    }
    sealed = {**ready, "format": FORMAT, "database_mask": mask, "files": files}
    replace_file(folder / READY, json.dumps(sealed, ensure_ascii=False).encode())
    return sealed


def _database_mask(database: Path) -> list[list[int]]:
    """The byte ranges that opening alone changes.

    Chroma takes its write lock by inserting into a table of its own, `acquire_write`, and SQLite
    counts the change in bytes 24-27 and 92-99 (SQLite file format, "The Database Header").
    """
    with closing(sqlite3.connect(database)) as connection:
        size = connection.execute("PRAGMA page_size").fetchone()[0]
        query = "SELECT rootpage FROM sqlite_master WHERE name = 'acquire_write'"
        page = connection.execute(query).fetchone()[0]
    return [[24, 28], [92, 100], [(page - 1) * size, page * size]]


def trim(database: Path) -> None:
    """Empty `acquire_write`, which grows with every opening, before it outgrows its one page."""
    with closing(sqlite3.connect(database, timeout=30)) as connection, connection:
        connection.execute("DELETE FROM acquire_write")


def _describe(path: Path, mask: Sequence[Sequence[int]]) -> dict[str, Any]:
    if path.name != DATABASE:
        return describe_file(path)
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for start, stop in mask:
            _digest_until(file, start, digest)
            file.seek(stop)
        _digest_until(file, None, digest)
    return {"size": path.stat().st_size, "sha256": digest.hexdigest()}


def _digest_until(file: Any, stop: int | None, digest: Any) -> None:
    while stop is None or file.tell() < stop:
        chunk = file.read(1 << 20 if stop is None else min(1 << 20, stop - file.tell()))
        if not chunk:
            return
        digest.update(chunk)
