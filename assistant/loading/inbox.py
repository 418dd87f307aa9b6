"""Where a visitor's files lie from the upload until they are built: a private folder, then gone.

It goes with the inbox itself or with the program, whichever ends first. Each inbox holds a lock on
its folder, so that the ones that a crash left behind are told apart from those in use.
"""

from __future__ import annotations

import contextlib
import secrets
import shutil
import threading
import weakref
from collections.abc import Callable
from pathlib import Path

from store.errors import WorkspaceBusy
from store.lock import locked

__all__ = ["Inbox", "clean_name", "remove_forgotten"]

FOLDER = "incoming"
LOOKED_AT = ".looked-at"
"""Beside a file: what is made of it to look at it. No upload can be called so (`clean_name`)."""
LONGEST_NAME = 180
"""Bytes of a file's name; file systems take 255."""


class Inbox:
    """The files of one visitor. Nothing is made before the first file comes; threads may share it.

    Args:
        root: the workspace.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lock = threading.Lock()
        self._held = contextlib.ExitStack()
        self._folder: Path | None = None
        self._end: Callable[[], object] = lambda: None
        self._count = 0

    def take(self, upload: Path, name: str) -> Path:
        """Move an uploaded file in under a name that is safe to have; where it is now."""
        with self._lock:
            self._count += 1
            place = self._opened() / f"{self._count:04d}" / clean_name(name)
        place.parent.mkdir(mode=0o700)
        shutil.move(upload, place)
        place.chmod(0o600)
        with contextlib.suppress(OSError):  # something else may lie there
            upload.parent.rmdir()
        return place

    def scratch(self) -> Path:
        """A folder for what is made of all files to look at them; whoever asked removes it."""
        with self._lock:
            self._count += 1
            place = self._opened() / f"{self._count:04d}"
        place.mkdir(mode=0o700)
        return place

    def beside(self, file: Path) -> Path:
        """A folder for what is made of one file to look at it; it is removed with the file."""
        place = file.parent / LOOKED_AT
        place.mkdir(mode=0o700)
        return place

    def remove(self, file: Path) -> None:
        """Delete one file and what was made of it."""
        shutil.rmtree(file.parent, ignore_errors=True)

    def clear(self) -> None:
        """Delete everything; the inbox may be used again."""
        with self._lock:
            self._end()
            self._held.close()
            self._folder = None

    def _opened(self) -> Path:
        if self._folder is None:
            folder = self._root / FOLDER / secrets.token_hex(8)
            folder.mkdir(parents=True, mode=0o700)
            self._held.enter_context(locked(folder / "lock", doing="keeping uploaded files"))
            self._end = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
            self._folder = folder
        return self._folder


def clean_name(name: str) -> str:
    """A file's name without folders, and without signs that are not seen."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    seen = "".join(c for c in last if c.isprintable()).strip(" .") or "file"
    stem, dot, ending = seen.rpartition(".")
    short = (stem or ending).encode()[: LONGEST_NAME - 12].decode("utf-8", "ignore")
    return f"{short}{dot}{ending[:10]}" if stem else short


def remove_forgotten(root: Path) -> None:
    """Delete the inboxes of processes that are gone."""
    for folder in (root / FOLDER).glob("*"):
        with (
            contextlib.suppress(WorkspaceBusy, OSError),
            locked(folder / "lock", doing="removing forgotten files"),
        ):
            shutil.rmtree(folder)
