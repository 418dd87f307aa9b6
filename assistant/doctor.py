"""What is installed, configured, current and damaged. Looks; mends nothing but the search index.

Every check stands alone: what one finds damaged does not keep the others from looking. Nothing here
prints, and no check needs the network.
"""

from __future__ import annotations

import platform
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

from assistant.export.log import LOG, damaged_lines, read
from assistant.settings import Settings
from segmentation.types import KindredError, Progress, silent
from store.errors import NoSnapshot
from store.index import index_damage, index_lock
from store.lock import holder
from store.snapshots import Snapshot, SnapshotStore, leftovers, lock_path

__all__ = ["Check", "examine", "report_of"]

Status = Literal["ok", "warning", "damaged"]

OLDEST_PYTHON = (3, 11)
SHOWN = ("chromadb", "duckdb", "gradio", "langchain", "langgraph", "torch", "transformers")
"""Packages whose version is told even when all is well."""

SHOWN_LINES = 5
"""Numbers of damaged lines that are told."""

ROOM = 2**30
"""Free bytes below which a build may not fit."""


@dataclass(frozen=True)
class Check:
    """One thing looked at.

    Args:
        name: what was looked at.
        status: `damaged` keeps Kindred, or a part of it, from working.
        detail: what was found.
        fix: what to do about it; empty where there is nothing to do.
    """

    name: str
    status: Status
    detail: str
    fix: str = ""


def examine(
    root: Path,
    settings: Settings,
    *,
    repair: Callable[[], object] | None = None,
    progress: Progress = silent,
) -> list[Check]:
    """Look at everything, in the order in which one thing rests on another.

    Args:
        root: the workspace.
        repair: opens the index of the current snapshot, which builds it where it must; called only
            when the index is damaged or missing and the snapshot is whole.
        progress: called as progress(check, checks done, None).
    """
    checks: list[Check] = []
    for check in _checks(Path(root), settings, repair):
        checks.append(check)
        progress(check.name, len(checks), None)
    return checks


def report_of(checks: list[Check]) -> dict[str, Any]:
    """The JSON of `kindred doctor`: the checks, and whether anything is damaged."""
    return {
        "checks": [asdict(check) for check in checks],
        "damaged": any(check.status == "damaged" for check in checks),
    }


def _checks(root: Path, settings: Settings, repair: Callable[[], object] | None) -> Iterator[Check]:
    yield _python()
    yield _packages()
    yield _encoder(settings)
    yield _language_model(settings)
    yield _workspace(root)
    yield _writer(root)
    yield _leftovers(root)
    yield _room(root)
    snapshot, check = _current(root)
    yield check
    if snapshot is not None:
        check = _checksums(snapshot)
        yield check
        yield _index(root, snapshot, repair if check.status == "ok" else None)
    if (root / "conversations.sqlite").exists():
        yield _conversations(root / "conversations.sqlite")
    if (root / LOG).exists():
        yield _exports(root)


def _python() -> Check:
    found = f"{platform.python_version()} at {sys.executable}"
    if sys.version_info >= OLDEST_PYTHON:
        return Check("python", "ok", found)
    oldest = ".".join(map(str, OLDEST_PYTHON))
    return Check("python", "damaged", found, f"Install Python {oldest} or newer.")


def _packages() -> Check:
    try:
        wanted = metadata.requires("kindred") or []
    except metadata.PackageNotFoundError:
        return Check("packages", "warning", "kindred itself is not installed", _INSTALL)
    if wrong := [fault for line in wanted if (fault := _package_fault(line))]:
        return Check("packages", "damaged", "; ".join(wrong), _INSTALL)
    versions = [f"{name} {metadata.version(name)}" for name in SHOWN]
    return Check("packages", "ok", ", ".join(["kindred " + metadata.version("kindred"), *versions]))


_INSTALL = "Run `make setup`, or `pip install .` in the environment Kindred runs in."


def _package_fault(line: str) -> str:
    """What is wrong with one required package; empty if nothing, or if it is not needed here."""
    from packaging.requirements import Requirement

    needed = Requirement(line)
    if needed.marker is not None and not needed.marker.evaluate({"extra": ""}):
        return ""
    try:
        found = metadata.version(needed.name)
    except metadata.PackageNotFoundError:
        return f"{needed.name} is not installed"
    fits = needed.specifier.contains(found, prereleases=True)
    return "" if fits else f"{needed.name} {found} is installed, {needed.specifier} is needed"


def _encoder(settings: Settings) -> Check:
    from segmentation.views.encoder import load_encoder

    try:
        encoder = load_encoder(settings.encoder)
        return Check("encoder", "ok", f"{encoder.name}, weights {encoder.digest[:12]}")
    except KindredError as error:
        return _failed("encoder", error)


def _language_model(settings: Settings) -> Check:
    from assistant.models import OFFLINE, chat_model

    if settings.model == OFFLINE:
        return Check("language model", "ok", "offline: answers come from Kindred's own grammar")
    try:
        chat_model(settings, _no_offline_model)
    except KindredError as error:
        return _failed("language model", error)
    server = f" at {settings.model_base_url}" if settings.model_base_url else ""
    return Check("language model", "ok", f"{settings.model}{server}: set up, not called")


def _no_offline_model() -> Any:
    raise AssertionError("asked for a model by name, not for the offline one")


def _workspace(root: Path) -> Check:
    if root.is_dir():
        return Check("workspace", "ok", str(root.resolve()))
    if root.exists():
        fix = "Choose another --workspace."
        return Check("workspace", "damaged", f"{root} is not a folder", fix)
    return Check("workspace", "warning", f"{root} does not exist yet", _BUILD)


_BUILD = "Run `kindred build` on your data, or `kindred demo` to look around."


def _writer(root: Path) -> Check:
    try:
        busy = holder(lock_path(root))
    except KindredError as error:
        return _failed("writing", error)
    if busy is None:
        return Check("writing", "ok", "nobody is writing")
    fix = "Wait for it; if it hangs, end that process."
    return Check("writing", "warning", busy, fix)


def _leftovers(root: Path) -> Check:
    found = leftovers(root)
    if not found or holder(lock_path(root)):
        return Check("temporary files", "ok", "none left over")
    size = _megabytes(sum(_size(path) for path in found))
    detail = f"{len(found)} left over by a process that was stopped ({size})"
    return Check("temporary files", "warning", detail, "The next `kindred build` clears them.")


def _room(root: Path) -> Check:
    place = next(path for path in (root.absolute(), *root.absolute().parents) if path.is_dir())
    free, used = shutil.disk_usage(place).free, _size(root)
    detail = f"{_megabytes(free)} free, {_megabytes(used)} used by this workspace"
    if free >= max(ROOM, used // 2):
        return Check("disk", "ok", detail)
    return Check("disk", "warning", detail, "Make room before the next build.")


def _current(root: Path) -> tuple[Snapshot | None, Check]:
    store = SnapshotStore(root)
    try:
        snapshot = store.current()
        segmentation = snapshot.segmentation().name
    except NoSnapshot as error:
        return None, Check("snapshot", "warning", error.what, error.fix)
    except KindredError as error:
        return None, _failed("snapshot", error)
    known = len(store.ids())
    detail = f"{snapshot.id}, segmentation {segmentation}; {known} kept"
    return snapshot, Check("snapshot", "ok", detail)


def _checksums(snapshot: Snapshot) -> Check:
    try:
        snapshot.verify()
    except KindredError as error:
        return _failed("checksums", error)
    count = len(snapshot.manifest["files"])
    return Check("checksums", "ok", f"{count} files and the segmentations are as written")


def _index(root: Path, snapshot: Snapshot, repair: Callable[[], object] | None) -> Check:
    folder = root / "index" / snapshot.id
    if busy := holder(index_lock(folder)):
        return Check("index", "warning", busy, "Look again when it is done.")
    reason = index_damage(folder)
    if not reason:
        return Check("index", "ok", "whole")
    if repair is None:
        return Check("index", "damaged", reason, "It is built anew when the chat is next opened.")
    try:
        repair()
    except KindredError as error:
        return _failed("index", error)
    if left := index_damage(folder):
        return Check("index", "damaged", f"{reason}; after a repair: {left}", _BUILD)
    return Check("index", "ok", f"built anew: {reason}")


def _conversations(path: Path) -> Check:
    fix = f"Move {path.name} away; a new one is made, without the old conversations."
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
            answer = database.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.Error as error:
        return Check("conversations", "damaged", str(error), fix)
    if answer != "ok":
        return Check("conversations", "damaged", str(answer), fix)
    return Check("conversations", "ok", _megabytes(path.stat().st_size))


def _exports(root: Path) -> Check:
    """The log of what left; a damaged line is told, never mended: it is an audit trail."""
    try:
        entries, damaged = read(root), damaged_lines(root)
    except OSError as error:
        return Check("exports", "damaged", error.strerror or str(error), "Make it readable.")
    if damaged:
        lines = ", ".join(map(str, damaged[:SHOWN_LINES]))
        detail = f"{LOG}: {len(damaged)} of its lines cannot be read ({lines})"
        fix = "Keep a copy of it, and take those lines out; the others still count."
        return Check("exports", "damaged", detail, fix)
    last = f", the last {entries[-1]['at']}" if entries else ""
    return Check("exports", "ok", f"{len(entries)} entered{last}")


def _failed(name: str, error: KindredError) -> Check:
    place = f" ({error.where})" if error.where else ""
    return Check(name, "damaged", f"{error.what}{place}", error.fix)


def _size(path: Path) -> int:
    """Bytes of a file, or of all files below a folder; what vanishes meanwhile counts nothing."""
    total = 0
    for one in (path, *path.rglob("*")):
        try:
            total += one.stat().st_size if one.is_file() else 0
        except OSError:
            continue
    return total


def _megabytes(size: int) -> str:
    return f"{size / 2**20:,.0f} MiB"
