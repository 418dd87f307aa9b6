"""One writer at a time, across processes: a lock file, and a note beside it that says who holds it.

The operating system drops the lock when its process ends, however it ends; the note may outlive it
and is read only while the lock is held.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from store.errors import StoreError, WorkspaceBusy

__all__ = ["holder", "locked"]


@contextmanager
def locked(path: Path, *, doing: str, wait: float = 0.0) -> Iterator[None]:
    """Hold the lock at `path` for the block.

    Args:
        doing: what for, in a few words; shown to whoever is refused meanwhile.
        wait: seconds to wait for another holder.

    Raises:
        WorkspaceBusy: another process (or thread) still holds it; names the process.
        StoreError: the folder cannot be written to.
    """
    lock = _lock(path)
    try:
        lock.acquire(timeout=wait, poll_interval=0.02)
    except Timeout:
        raise _busy(path) from None
    note = _note(path)
    try:
        note.write_text(json.dumps({"pid": os.getpid(), "doing": doing, "since": _now()}))
        yield
    finally:
        note.unlink(missing_ok=True)
        lock.release()


def holder(path: Path) -> str | None:
    """Who holds the lock at `path` ("process 4711, building a snapshot since ..."), if anyone."""
    if not path.exists():
        return None
    lock = _lock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return _read_note(path)
    lock.release()
    return None


def _lock(path: Path) -> FileLock:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    except OSError as error:
        reason = error.strerror or str(error)
        fix = "Make the folder writable, or use another --workspace."
        raise StoreError(f"Cannot write here: {reason}", where=str(path.parent), fix=fix) from error
    return FileLock(path, thread_local=False)


def _note(path: Path) -> Path:
    return path.with_name(f"{path.name}.holder")


def _read_note(path: Path) -> str:
    try:
        note = json.loads(_note(path).read_text())
        return f"process {note['pid']}, {note['doing']} since {note['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "a process that did not leave its name"  # it got the lock this very moment


def _busy(path: Path) -> WorkspaceBusy:
    return WorkspaceBusy(
        f"Another process is writing to this workspace: {_read_note(path)}",
        where=str(path.parent),
        fix="Wait for it or end it, then try again; or use another --workspace.",
    )


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
