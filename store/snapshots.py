"""Snapshots: all that was built from one state of the data, in folders that never change.

One is current, and a crash at any instant leaves the last good one current. What is inside is the
builder's affair: this module keeps it whole, and knows segmentations only as folders added later.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from store.errors import DamagedSnapshot, NoSnapshot, OldSnapshot, StoreError
from store.files import (
    MANIFEST,
    Listing,
    damage,
    describe_file,
    list_files,
    read_manifest,
    remove_folder,
    replace_file,
    seal,
    sync_folder,
    write_manifest,
)
from store.lock import locked

__all__ = [
    "FORMAT",
    "Draft",
    "Snapshot",
    "SnapshotStore",
    "leftovers",
    "lock_path",
    "remove_leftovers",
]

FORMAT = 2
OLDEST = 2
"""Snapshots from this format on can be read."""
"""Version of the layout on disk, for snapshots and segmentations."""

SEGMENTATIONS = "segmentations"
_ID = re.compile(r"\d{8}T\d{9}-[0-9a-f]{8}")
_SEGMENTATION_ID = re.compile(r"\d{3,}")
_RESERVED = {"format", "id", "created", "parent", "files", "sha256"}
_WAIT = 5.0
"""Seconds a small write (a segmentation, personas) waits for another writer."""


def lock_path(root: Path) -> Path:
    """The workspace's write lock."""
    return root / "write.lock"


@dataclass(frozen=True)
class Snapshot:
    """One complete snapshot.

    Args:
        id: sorts by time of building.
        path: its folder.
        manifest: format, id, created, parent, files, and what its builder added (recipe, ...).
    """

    id: str
    path: Path
    manifest: Mapping[str, Any]

    def verify(self) -> None:
        """Compare every file, those of the segmentations too, with its checksum.

        Raises:
            DamagedSnapshot: names the first file that differs.
        """
        _check(self.path, self.manifest, full=True)
        for segmentation in self.segmentations():
            folder = self.path / SEGMENTATIONS / segmentation
            _check(folder, _manifest(folder), full=True)

    def segmentations(self) -> list[str]:
        """Ids of the complete segmentations, oldest first; the last one is current."""
        return _segmentations(self.path)

    def segmentation(self, id: str | None = None) -> Path:
        """The folder of a segmentation, of the current one by default.

        Raises:
            StoreError: there is none (with this id).
            DamagedSnapshot: a file of it is missing or has another size.
        """
        known = self.segmentations()
        chosen = id if id is not None else (known[-1] if known else None)
        if chosen is None or chosen not in known:
            what = (
                f"There is no segmentation {id}"
                if id is not None
                else "There is no segmentation yet"
            )
            fix = f"Known: {', '.join(known)}." if known else "Run `kindred segment`."
            raise StoreError(what, where=str(self.path), fix=fix)
        folder = self.path / SEGMENTATIONS / chosen
        _check(folder, _manifest(folder), full=False)
        return folder

    @contextmanager
    def new_segmentation(
        self, recipe: Mapping[str, Any] | None = None, *, wait: float = _WAIT
    ) -> Iterator[Path]:
        """Add a segmentation: fill the folder given; leaving the block makes it whole and current.

        The folder's name is the new id. Leaving by an exception leaves nothing behind.

        Raises:
            WorkspaceBusy: another process is writing.
        """
        root = self.path.parent.parent
        with (
            locked(lock_path(root), doing="adding a segmentation", wait=wait),
            _segmentation(self.path, recipe) as folder,
        ):
            yield folder

    def replace(self, segmentation: str, name: str, content: bytes) -> None:
        """Replace (or add) one file of a segmentation, such as `personas.json`, atomically.

        A crash in between leaves the old or the new file, and either passes the check: the manifest
        names the coming checksum before the file changes.
        """
        root = self.path.parent.parent
        if Path(name).name != name or name in ("", MANIFEST) or name.startswith("."):
            raise ValueError(f"not the name of a file in a segmentation: {name!r}")
        with locked(lock_path(root), doing="changing a segmentation", wait=_WAIT):
            folder = self.segmentation(segmentation)
            manifest = _manifest(folder)
            entry = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            if name in manifest["files"]:
                manifest["files"][name] = {**describe_file(folder / name), "next": entry}
                write_manifest(folder, manifest)
            replace_file(folder / name, content)
            manifest["files"][name] = entry
            write_manifest(folder, manifest)


def _manifest(folder: Path) -> dict[str, Any]:
    return read_manifest(folder, newest_format=FORMAT, oldest_format=OLDEST)


class Draft:
    """A snapshot being built. Fill `path`, then `commit`; else it vanishes with its block."""

    def __init__(self, store: SnapshotStore, path: Path, parent: str | None) -> None:
        self.path, self.parent = path, parent
        self.snapshot: Snapshot | None = None
        self._store = store

    @contextmanager
    def new_segmentation(self, recipe: Mapping[str, Any] | None = None) -> Iterator[Path]:
        """As `Snapshot.new_segmentation`, before the commit, so that no snapshot is without one."""
        with _segmentation(self.path, recipe) as folder:
            yield folder

    def commit(self, manifest: Mapping[str, Any]) -> Snapshot:
        """Make the draft a snapshot and make it current.

        Args:
            manifest: what the builder says of it: recipe, counts, seconds, ...; JSON values.

        Raises:
            ValueError: a key that is ours, or committed twice.
        """
        if clash := _RESERVED & set(manifest):
            raise ValueError(f"reserved in a manifest: {', '.join(sorted(clash))}")
        if self.snapshot is not None:
            raise ValueError("this draft is committed already")
        self.snapshot = self._store._adopt(self, manifest)
        return self.snapshot


class SnapshotStore:
    """The snapshots of one workspace.

    Args:
        root: the workspace; made when first written to.
        keep: how many snapshots stay; older ones go, with their index, after a commit. The one
            that the new snapshot was built after stays too.
        clock: the time of building, for ids; the data's own time is never taken from it.
    """

    def __init__(
        self,
        root: Path,
        *,
        keep: int = 5,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        if keep < 1:
            raise ValueError(f"keep must be at least 1, not {keep}")
        self.root, self.keep = Path(root), keep
        self._clock = clock

    @property
    def folder(self) -> Path:
        return self.root / "snapshots"

    def ids(self) -> list[str]:
        """Ids of the complete snapshots, oldest first."""
        if not self.folder.is_dir():
            return []
        names = (path.parent.name for path in self.folder.glob(f"*/{MANIFEST}"))
        return sorted(name for name in names if _ID.fullmatch(name))

    def get(self, id: str) -> Snapshot:
        """A snapshot by id, its files checked for existence and size.

        Raises:
            NoSnapshot: there is none with this id.
            OldSnapshot: it must be built again.
            DamagedSnapshot: names the file that is missing or has another size.
        """
        path = self.folder / id
        if not _ID.fullmatch(id) or not path.is_dir():
            known = ", ".join(self.ids()) or "none"
            raise NoSnapshot(
                f"There is no snapshot {id}", where=str(self.folder), fix=f"Known: {known}."
            )
        manifest = _manifest(path)
        if manifest.get("id") != id:
            raise DamagedSnapshot(
                "The manifest belongs to another snapshot", where=str(path), fix=_FIX
            )
        _check(path, manifest, full=False)
        return Snapshot(id, path, manifest)

    def current(self) -> Snapshot:
        """The current snapshot, its files checked for existence and size.

        Raises:
            NoSnapshot: nothing has been built here yet.
            DamagedSnapshot: names the file that is missing or has another size.
        """
        return self.get(self._current_id())

    def lineage(self, id: str | None) -> Iterator[Snapshot]:
        """The snapshot `id`, the one it was built after, and so on: as far as kept and whole."""
        while id is not None:
            try:
                snapshot = self.get(id)
            except (NoSnapshot, DamagedSnapshot, OldSnapshot):
                return
            yield snapshot
            id = snapshot.manifest.get("parent")

    def point_to(self, id: str) -> Snapshot:
        """Make another snapshot current: an older one, or one whose pointer was lost."""
        with locked(lock_path(self.root), doing="choosing a snapshot", wait=_WAIT):
            snapshot = self.get(id)
            self._point(id)
        return snapshot

    @contextmanager
    def draft(self, *, parent: str | None = None) -> Iterator[Draft]:
        """A new snapshot, to be filled and committed inside the block; else it leaves no trace.

        Args:
            parent: the snapshot this one follows; the current one by default.

        Raises:
            WorkspaceBusy: another process is writing; says which.
        """
        with locked(lock_path(self.root), doing="building a snapshot"):
            remove_leftovers(self.root)
            path = self.folder / ".draft"
            path.mkdir(parents=True)
            try:
                yield Draft(self, path, parent or self._parent())
            finally:
                shutil.rmtree(path, ignore_errors=True)  # gone already when committed

    def _parent(self) -> str | None:
        try:
            return self._current_id()
        except (NoSnapshot, DamagedSnapshot):
            return None

    def _current_id(self) -> str:
        pointer = self.root / "CURRENT"
        try:
            id = pointer.read_text().strip()
        except (OSError, ValueError):
            id = ""
        if _ID.fullmatch(id) and (self.folder / id).is_dir():
            return id
        if not self.ids():
            fix = "Run `kindred build` on your data, or `kindred demo` to look around."
            raise NoSnapshot("Nothing has been built here yet", where=str(self.root), fix=fix)
        raise DamagedSnapshot("The pointer names no snapshot", where=str(pointer), fix=_FIX)

    def _adopt(self, draft: Draft, content: Mapping[str, Any]) -> Snapshot:
        created = self._next_moment()
        files = list_files(draft.path, skip={MANIFEST, SEGMENTATIONS})
        id = f"{_stamp(created)}-{_digest(content, files)}"
        head = {"format": FORMAT, "id": id, "created": created.isoformat(), "parent": draft.parent}
        manifest = seal(draft.path, {**head, **content}, files)
        draft.path.replace(self.folder / id)
        sync_folder(self.folder)
        self._point(id)
        self._prune({id, draft.parent})
        return Snapshot(id, self.folder / id, manifest)

    def _next_moment(self) -> datetime:
        """Now, in whole milliseconds; moved on if the clock has not passed the newest snapshot."""
        now = self._clock().astimezone(UTC)
        now = now.replace(microsecond=now.microsecond // 1000 * 1000)
        newest = max((_moment(id) for id in self.ids()), default=None)
        return now if newest is None or now > newest else newest + timedelta(milliseconds=1)

    def _point(self, id: str) -> None:
        replace_file(self.root / "CURRENT", f"{id}\n".encode())

    def _prune(self, kept: set[str | None]) -> None:
        """Remove the oldest, but never the current one, nor the one it is compared with."""
        for id in self.ids()[: -self.keep]:
            if id not in kept:
                remove_folder(self.folder / id)
                remove_folder(self.root / "index" / id)
                (self.root / "index" / f"{id}.lock").unlink(missing_ok=True)


_FIX = "Run `kindred doctor`, or `kindred build` for a new snapshot."


def leftovers(root: Path) -> list[Path]:
    """Temporary folders and files of processes that ended halfway, if nobody is writing now."""
    snapshots = Path(root) / "snapshots"
    inside = f"[!.]*/{SEGMENTATIONS}"
    patterns = (".draft", ".trash-*", f"{inside}/.*", f"{inside}/[!.]*/.*")
    found = [path for pattern in patterns for path in snapshots.glob(pattern)]
    found += (Path(root) / "index").glob(".trash-*")
    return sorted([*found, *Path(root).glob(".CURRENT.*")])


def remove_leftovers(root: Path) -> None:
    """Remove what `leftovers` names; call it with the write lock held."""
    for path in leftovers(root):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y%m%dT%H%M%S}{moment.microsecond // 1000:03d}"


def _moment(id: str) -> datetime:
    stamp = id.split("-")[0]
    return datetime.strptime(f"{stamp}000", "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC)


def _digest(content: Mapping[str, Any], files: Listing) -> str:
    """Eight hex digits over recipe and files, so that equal snapshots are seen to be equal."""
    text = json.dumps([content.get("recipe"), files], sort_keys=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _segmentations(snapshot: Path) -> list[str]:
    names = (path.parent.name for path in (snapshot / SEGMENTATIONS).glob(f"*/{MANIFEST}"))
    return sorted((name for name in names if _SEGMENTATION_ID.fullmatch(name)), key=int)


@contextmanager
def _segmentation(snapshot: Path, recipe: Mapping[str, Any] | None) -> Iterator[Path]:
    """A new segmentation's folder, sealed and put in place when the block ends well."""
    home = snapshot / SEGMENTATIONS
    id = f"{int(max(_segmentations(snapshot), default='0', key=int)) + 1:03d}"
    draft = home / ".draft"
    shutil.rmtree(draft, ignore_errors=True)
    (draft / id).mkdir(parents=True)
    try:
        yield draft / id
        head = {"format": FORMAT, "id": id, "recipe": dict(recipe or {})}
        seal(draft / id, head, list_files(draft / id))
        remove_folder(home / id)  # of a damaged one that has no manifest
        (draft / id).replace(home / id)
        sync_folder(home)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _check(folder: Path, manifest: Mapping[str, Any], *, full: bool) -> None:
    if found := damage(folder, manifest["files"], full=full):
        raise DamagedSnapshot(found, where=str(folder), fix=_FIX)
