"""A file that leaves: written whole or not at all, readable by its owner only, entered in the log.

The entry is on disk before the file bears its name, so that no file is ever without one; a crash in
between leaves an entry without a file.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from assistant.export.log import append
from segmentation.types import InputError
from store.files import sync_folder

__all__ = ["deliver", "digest", "format_of", "private_folder"]

FORMATS = {"csv": "CSV", "html": "HTML", "json": "JSON", "md": "Markdown", "parquet": "Parquet"}


def digest(content: bytes) -> str:
    """sha256 in hex."""
    return hashlib.sha256(content).hexdigest()


def format_of(out: Path, *formats: str) -> str:
    """Which of `formats` (`csv`, `parquet`, ...) the name of a file ends in. Raises InputError."""
    found = out.suffix.lower().removeprefix(".")
    if found in formats:
        return found
    names = [FORMATS[one] for one in formats]
    raise InputError(
        f"{out.name!r} is {'not' if len(names) == 1 else 'neither'} {' nor '.join(names)}",
        where="--out",
        fix=f"Give a name that ends in {' or '.join(f'.{one}' for one in formats)}.",
    )


def private_folder(folder: Path) -> Path:
    """The folder, made if it is not there; only its owner may look into it. Raises InputError."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from error
    return folder


def deliver(root: Path, out: Path, content: bytes, entry: Mapping[str, Any]) -> dict[str, Any]:
    """Write `content` to `out`, which it replaces, and enter it in the workspace's log.

    Args:
        root: the workspace.
        entry: what the log says of it besides file, sha256 and time: what, format, rows, ...

    Returns:
        The entry as logged.

    Raises:
        InputError: a place that cannot be written to, or a log that cannot.
    """
    fresh = out.with_name(f".{out.name}.{secrets.token_hex(4)}")
    try:
        _write(fresh, content)
        logged = enter(root, out.name, content, entry)
        fresh.replace(out)
        sync_folder(out.parent)
    except OSError as error:
        raise _unwritable(out, error) from error
    finally:
        fresh.unlink(missing_ok=True)
    return logged


def enter(root: Path, name: str, content: bytes, entry: Mapping[str, Any]) -> dict[str, Any]:
    """Enter a file in the export log: one written here, or one that a browser saves.

    Raises:
        InputError: the log cannot be written to; then nothing may leave.
    """
    return append(root, {**entry, "file": name, "sha256": digest(content)})


def _unwritable(path: Path, error: OSError) -> InputError:
    return InputError(
        f"The file cannot be written: {error.strerror or error}",
        where=str(path),
        fix="Choose a folder that exists and that you may write to.",
    )


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
