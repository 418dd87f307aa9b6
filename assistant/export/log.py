"""The export log: one line of JSON for every file that left, in `<workspace>/exports.jsonl`.

It says when (UTC), what, how many rows and with which sha256, never whom: ids, names and addresses
are not in it. Lines are only ever added, each in one write that is on disk before the file is.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from segmentation.types import InputError
from store.lock import locked

__all__ = ["LOG", "append", "damaged_lines", "read"]

LOG = "exports.jsonl"
REQUIRED = {"at", "what", "file", "format", "rows", "sha256"}
PATIENCE = 10.0
"""Seconds to wait for another process that is writing its own line."""


def append(root: Path, entry: Mapping[str, Any]) -> dict[str, Any]:
    """Add a line and flush it to disk; the entry with its time.

    Raises:
        InputError: the workspace cannot be written to.
    """
    line = {"at": datetime.now(UTC).isoformat(timespec="seconds"), **entry}
    text = json.dumps(line, ensure_ascii=False, allow_nan=False)
    try:
        with locked(root / f"{LOG}.lock", doing="writing the export log", wait=PATIENCE):
            _write(root / LOG, text)
    except OSError as error:
        raise InputError(
            f"The export log cannot be written: {error.strerror or error}",
            where=str(root / LOG),
            fix="Make the workspace writable: nothing leaves without an entry.",
        ) from error
    return line


def _write(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        size = os.fstat(descriptor).st_size
        torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
        os.write(descriptor, ("\n" * torn + text + "\n").encode("utf-8"))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read(root: Path) -> list[dict[str, Any]]:
    """The entries that can be read, oldest first."""
    return [entry for _, entry in _lines(root) if entry is not None]


def damaged_lines(root: Path) -> list[int]:
    """Numbers, from 1, of the lines that are not whole entries."""
    return [number for number, entry in _lines(root) if entry is None]


def _lines(root: Path) -> list[tuple[int, dict[str, Any] | None]]:
    path = root / LOG
    if not path.exists():
        return []
    lines = path.read_bytes().split(b"\n")
    return [(n, _entry(line)) for n, line in enumerate(lines, 1) if line.strip()]


def _entry(line: bytes) -> dict[str, Any] | None:
    try:
        entry = json.loads(line.decode("utf-8"))
    except ValueError:
        return None
    return entry if isinstance(entry, dict) and entry.keys() >= REQUIRED else None
