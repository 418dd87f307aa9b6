"""Files that survive a crash: atomic replacement, flushing to disk, checksums, sealed folders.

A folder is sealed when its `manifest.json`, written last, lists size and sha256 of its other files.
This module knows nothing of snapshots; it answers "is this still what was written?".
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from store.errors import DamagedSnapshot, OldSnapshot, StoreError

__all__ = [
    "MANIFEST",
    "Listing",
    "damage",
    "describe_file",
    "list_files",
    "read_manifest",
    "remove_folder",
    "replace_file",
    "seal",
    "sha256",
    "sync_folder",
    "sync_tree",
    "write_manifest",
]

MANIFEST = "manifest.json"

Listing = dict[str, dict[str, Any]]
"""Relative path with forward slashes -> {"size": bytes, "sha256": hex}."""


def sha256(path: Path) -> str:
    """sha256 of a file's content, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync_folder(folder: Path) -> None:
    """Make the folder's entries (new names, renames) durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(folder: Path) -> None:
    """Make every file and folder below, and the folder itself, durable."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
        elif path.is_dir():
            sync_folder(path)
    sync_folder(folder)


def replace_file(path: Path, content: bytes) -> None:
    """Replace a file atomically: whoever opens it, whenever, sees the old or the new one whole."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    with fresh.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    sync_folder(path.parent)


def remove_folder(folder: Path) -> None:
    """Remove a folder so that a half-removed one never bears its name; absent is fine."""
    if not folder.exists():
        return
    doomed = folder.with_name(f".trash-{folder.name.lstrip('.')}")
    shutil.rmtree(doomed, ignore_errors=True)
    folder.replace(doomed)
    shutil.rmtree(doomed, ignore_errors=True)  # what stays bears a name that the next writer clears


def list_files(folder: Path, *, skip: Collection[str] = ()) -> Listing:
    """Size and sha256 of every file below, except what lies under the top-level names in `skip`."""
    return {
        name: describe_file(path)
        for name, path in _files(folder)
        if name.split("/", 1)[0] not in skip
    }


def describe_file(path: Path) -> dict[str, Any]:
    """A listing's entry for one file."""
    return {"size": path.stat().st_size, "sha256": sha256(path)}


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), path


def damage(folder: Path, listing: Mapping[str, Mapping[str, Any]], *, full: bool) -> str | None:
    """Name the first listed file that is not as written, and why; None if all are.

    Args:
        full: also compare checksums, which reads every byte; otherwise existence and size only.
    """
    for name, entry in listing.items():
        accepted = [entry, *([entry["next"]] if "next" in entry else [])]
        if reason := _difference(folder / name, accepted, full=full):
            return f"{name} {reason}"
    return None


def _difference(path: Path, accepted: list[Mapping[str, Any]], *, full: bool) -> str | None:
    try:
        status = path.stat()
    except OSError:
        return "is missing"
    if not stat.S_ISREG(status.st_mode):
        return "is not a file"
    alike = [entry for entry in accepted if entry["size"] == status.st_size]
    if not alike:
        return f"has {status.st_size} bytes instead of {accepted[0]['size']}"
    if full and sha256(path) not in {entry["sha256"] for entry in alike}:
        return "differs from its checksum"
    return None


def seal(folder: Path, content: Mapping[str, Any], files: Listing) -> dict[str, Any]:
    """Flush everything in a folder to disk and then write its manifest: `content` and `files`."""
    manifest = {**content, "files": files}
    sync_tree(folder)
    write_manifest(folder, manifest)
    return manifest


def write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Write a folder's manifest, with a checksum over itself, atomically."""
    body = {**manifest, "sha256": _digest(manifest)}
    text = json.dumps(body, ensure_ascii=False, allow_nan=False, indent=1)
    replace_file(folder / MANIFEST, text.encode())


def read_manifest(folder: Path, *, newest_format: int, oldest_format: int = 1) -> dict[str, Any]:
    """A sealed folder's manifest, without its own checksum.

    Raises:
        DamagedSnapshot: it is missing, unreadable, or differs from its checksum.
        OldSnapshot: a Kindred wrote it whose snapshots this one no longer reads.
        StoreError: a newer Kindred wrote it.
    """
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_bytes())
        written, version = manifest.pop("sha256"), int(manifest["format"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise DamagedSnapshot(
            "The manifest cannot be read", where=str(path), fix=_REBUILD
        ) from None
    if version > newest_format:
        what = (
            f"A newer Kindred wrote this (format {version}; this one reads up to {newest_format})"
        )
        raise StoreError(what, where=str(path), fix="Update Kindred, or use another --workspace.")
    if version < oldest_format:
        what = (
            f"An older Kindred built this (format {version}; this one reads from {oldest_format})"
        )
        fix = "Run `kindred build` with the same files; conversations and exports stay."
        raise OldSnapshot(what, where=str(path), fix=fix)
    if written != _digest(manifest):
        raise DamagedSnapshot(
            "The manifest differs from its checksum", where=str(path), fix=_REBUILD
        )
    return dict(manifest)


_REBUILD = "Run `kindred doctor`, or `kindred build` for a new snapshot."


def _digest(manifest: Mapping[str, Any]) -> str:
    canonical = json.dumps(manifest, ensure_ascii=True, allow_nan=False, sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()
