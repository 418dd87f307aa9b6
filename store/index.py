"""The search index over one snapshot's customers; the only file that knows chromadb.

Derived, never the only copy: everything in it can be made again from the snapshot. A damaged Chroma
folder can take a process down or refuse to open for good, so what lies on disk is compared with
checksums before Chroma sees it, and on any doubt the index is built anew. Which vectors of which
encoder it stands for is its fingerprint; an index with another one is foreign.

On disk, in the index's folder:

    ready.json      fingerprint, fields, checksums; written last, gone while anything changes
    opening         there only while Chroma opens the files: who dies of that leaves it behind
    chroma-<n>/     the collection; a rebuild makes the next <n>, a new place for new handles
"""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from store.cosine import best, checked_vector, cosines
from store.errors import StoreError
from store.filters import Predicate, Where, translate
from store.index_seal import (
    DATABASE,
    OPENING,
    READY,
    Fingerprint,
    index_damage,
    read_ready,
    seal_index,
    trim,
)
from store.lock import locked
from store.rows import Metadata, Rows, Scalar, batches, check_rows, kinds, scalar

__all__ = ["CustomerIndex", "Entry", "Match", "Rows", "index_damage", "index_lock"]

Progress = Callable[[str, int, int | None], None]

PAGE = 5_000
"""Most ids in one read or one HNSW query; Chroma runs out of SQL variables somewhat above."""

_COLLECTION = "customers"
_HNSW = {
    "space": "cosine",
    "max_neighbors": 32,
    "ef_construction": 200,
    "ef_search": 800,
    "sync_threshold": 1,  # a call returns with its vectors on disk: an open has nothing to replay
}
"""Recall@10 of .99 and more at 120,000 customers; Chroma's defaults find far fewer and build faster
(benchmarks/results/index_recall.md)."""
_WAIT = 600.0
"""Seconds to wait while another process builds this very index."""


@dataclass(frozen=True)
class Match:
    """A customer found, with the cosine similarity to what was asked for, in [-1, 1]."""

    customer_id: str
    score: float
    metadata: Mapping[str, Scalar]
    document: str


@dataclass(frozen=True)
class Entry:
    """A customer as stored."""

    customer_id: str
    vector: NDArray[np.float32]
    metadata: Mapping[str, Scalar]
    document: str


class CustomerIndex:
    """Nearest customers by cosine, filtered by metadata. Made by `open`; threads may share it."""

    def __init__(self, folder: Path, ready: Mapping[str, Any], rebuilt: str) -> None:
        self.folder = folder
        self.rebuilt = rebuilt
        """Why the index was built anew when it was opened; empty when it was found whole."""
        self._ready = dict(ready)
        self._lock = threading.RLock()
        self._client, self._collection = _connect(folder / self._ready["chroma"])

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        fingerprint: Fingerprint,
        rows: Callable[[], Iterable[Rows]],
        state: str = "",
        progress: Progress = lambda stage, done, total: None,
    ) -> Self:
        """Open the index in `folder`; build it from `rows` when it is missing, damaged or foreign.

        Args:
            fingerprint: what the index stands for (encoder digest, dim, count, snapshot, sha256 of
                the vectors); `dim` and `count` are held against the rows.
            rows: gives all customers, in batches of any size; called only to build.
            state: what the metadata in `rows` reflect (a segmentation's id), kept when it is built.
            progress: called as progress("index", customers done, customers or None) while building.

        Raises:
            ValueError: the rows do not agree with each other or with the fingerprint.
            WorkspaceBusy: another process has been building it for ten minutes.
            StoreError: the folder cannot be written to.
        """
        folder = Path(folder)
        fingerprint = {k: v if isinstance(v, str) else int(v) for k, v in fingerprint.items()}
        with locked(index_lock(folder), doing="opening the index", wait=_WAIT):
            reason = index_damage(folder, fingerprint)
            if not reason:
                opened = cls._try(folder, rebuilt="")
                if isinstance(opened, cls):
                    return opened
                reason = str(opened)
            _build(folder, fingerprint, rows, state, progress)
            opened = cls._try(folder, rebuilt=reason)
        if isinstance(opened, cls):
            return opened
        raise StoreError(f"A new index does not open: {opened}", where=str(folder), fix=_FIX)

    @classmethod
    def _try(cls, folder: Path, *, rebuilt: str) -> Self | str:
        """The opened index, or why Chroma refuses it; the marker stays if the process dies here."""
        marker = folder / OPENING
        marker.touch()
        try:
            ready = read_ready(folder)
            trim(folder / ready["chroma"] / DATABASE)
            index = cls(folder, ready, rebuilt)
            try:
                index._probe()
            except StoreError:
                index.close()
                raise
        except (StoreError, sqlite3.Error) as error:
            return f"the index does not open: {error}"
        finally:
            marker.unlink(missing_ok=True)
        return index

    def _probe(self) -> None:
        """Load the vectors and ask for one: what is wrong shows here or not at all."""
        dim, count = self._ready["dim"], self._ready["count"]
        if self.count() != count:
            raise StoreError(f"the index holds {self.count()} customers instead of {count}")
        if count and not self.nearest(np.ones(dim, dtype=np.float32), 1):
            raise StoreError("the index finds nobody")

    @property
    def fields(self) -> list[str]:
        """Names of the metadata that filters can use."""
        return sorted(self._ready["fields"])

    @property
    def state(self) -> str:
        """What the metadata reflect, as last told to `open` or `update_metadata`."""
        return str(self._ready["state"])

    def count(self) -> int:
        """How many customers the index holds."""
        with self._chroma():
            return int(self._collection.count())

    def nearest(
        self,
        vector: NDArray[np.floating[Any]] | Sequence[float],
        n: int,
        *,
        where: Where = (),
        exclude: Collection[str] = (),
    ) -> list[Match]:
        """The `n` customers closest to a vector, closest first, ties by id.

        Fewer than `n` only when no more exist that fit.

        Args:
            vector: (dim,), of any length but zero.
            where: filters `{field, op, value}`, all of which hold; see `store.filters`.
            exclude: ids that are not wanted.

        Raises:
            ValueError: a vector of another dimension or with NaN, n below 1, an unusable filter.
        """
        query = checked_vector(vector, self._ready["dim"])
        if n < 1:
            raise ValueError(f"n must be at least 1, not {n}")
        clause, holds = translate(where, self._ready["fields"])
        unwanted = set(exclude)
        with self._chroma():
            wanted = min(n + len(unwanted), self.count())
            if not wanted:
                return []
            found = None
            if holds is None and wanted <= PAGE:
                found = self._approximate(query, wanted, clause)
            if found is None:
                found = self._exact(query, clause, holds)
            return self._matches(best(found, n, unwanted))

    def _approximate(
        self, query: NDArray[np.float32], wanted: int, clause: dict[str, Any] | None
    ) -> list[tuple[str, float]] | None:
        """Ids and scores from the HNSW graph; None when it found fewer than there are."""
        answer = self._collection.query(
            query_embeddings=[query], n_results=wanted, where=clause, include=["distances"]
        )
        ids, distances = answer["ids"][0], answer["distances"][0]
        if len(ids) < wanted and len(ids) < self._matching(clause):
            return None
        return [(id, 1.0 - distance) for id, distance in zip(ids, distances, strict=True)]

    def _matching(self, clause: dict[str, Any] | None) -> int:
        if clause is None:
            return self.count()
        return len(self._collection.get(where=clause, include=[])["ids"])

    def _exact(
        self,
        query: NDArray[np.float32],
        clause: dict[str, Any] | None,
        holds: Predicate | None,
    ) -> list[tuple[str, float]]:
        """Ids and scores of every customer that fits, one by one."""
        include = ["embeddings"] + (["metadatas"] if holds else [])
        found: list[tuple[str, float]] = []
        for page in self._pages(where=clause, include=include):
            scores = cosines(np.asarray(page["embeddings"], dtype=np.float32), query)
            metadatas = page["metadatas"] if holds else [None] * len(scores)
            found += [
                (id, float(score))
                for id, score, metadata in zip(page["ids"], scores, metadatas, strict=True)
                if holds is None or holds(metadata or {})
            ]
        return found

    def _pages(self, **query: Any) -> Iterator[dict[str, Any]]:
        offset = 0
        while True:
            page = self._collection.get(limit=PAGE, offset=offset, **query)
            if page["ids"]:
                yield page
            if len(page["ids"]) < PAGE:
                return
            offset += PAGE

    def _matches(self, ranked: Sequence[tuple[str, float]]) -> list[Match]:
        stored = self._stored([id for id, _ in ranked], ["metadatas", "documents"])
        return [
            Match(
                id,
                max(-1.0, min(1.0, score)),
                stored[id]["metadatas"] or {},
                stored[id]["documents"] or "",
            )
            for id, score in ranked
            if id in stored
        ]

    def get(self, ids: Sequence[str]) -> list[Entry]:
        """The customers with these ids, in the order asked for; unknown ids are left out."""
        with self._chroma():
            stored = self._stored(ids, ["embeddings", "metadatas", "documents"])
        return [
            Entry(
                id,
                np.asarray(stored[id]["embeddings"], dtype=np.float32),
                stored[id]["metadatas"] or {},
                stored[id]["documents"] or "",
            )
            for id in ids
            if id in stored
        ]

    def _stored(self, ids: Sequence[str], include: list[str]) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        unique = list(dict.fromkeys(ids))
        for start in range(0, len(unique), PAGE):
            page = self._collection.get(ids=unique[start : start + PAGE], include=include)
            for i, id in enumerate(page["ids"]):
                found[id] = {name: page[name][i] for name in include}
        return found

    def update_metadata(
        self, ids: Sequence[str], metadatas: Sequence[Metadata], *, state: str | None = None
    ) -> None:
        """Set metadata of customers; their other fields stay, None or NaN removes a field.

        Args:
            state: what the metadata reflect from now on; None to leave it as it was.

        Raises:
            ValueError: not one metadata per id, or a value that is no scalar.
            WorkspaceBusy: another process is opening or changing this index.
        """
        if len(ids) != len(metadatas):
            raise ValueError(f"{len(ids)} ids but {len(metadatas)} metadatas")
        cleaned = [{key: scalar(key, value) for key, value in row.items()} for row in metadatas]
        with (
            locked(index_lock(self.folder), doing="changing the index", wait=_WAIT),
            self._chroma(),
        ):
            ready = self._still_ours()
            (self.folder / READY).unlink()
            for start in range(0, len(ids), PAGE):
                part = slice(start, start + PAGE)
                self._collection.update(ids=list(ids[part]), metadatas=cleaned[part])
            ready["fields"].update(kinds(metadatas))
            ready["state"] = ready["state"] if state is None else state
            self._ready = seal_index(self.folder, ready)

    def _still_ours(self) -> dict[str, Any]:
        """The record on disk, unless another process has built the index anew meanwhile."""
        ready = read_ready(self.folder)
        if ready["chroma"] != self._ready["chroma"]:
            where, fix = str(self.folder), "Open it again."
            raise StoreError("Another process built the index anew", where=where, fix=fix)
        return ready

    def close(self) -> None:
        """Let go of the files; a second call does nothing."""
        with self._lock:
            self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _chroma(self) -> Iterator[None]:
        """One caller at a time; Chroma's errors become ours."""
        with self._lock, _chroma_errors(self.folder):
            yield


_FIX = "Run `kindred doctor`: it builds the index anew."


def _build(
    folder: Path,
    fingerprint: Fingerprint,
    rows: Callable[[], Iterable[Rows]],
    state: str,
    progress: Progress,
) -> None:
    """Remove whatever is there, write a new collection, seal it."""
    name = f"chroma-{1 + max(map(_generation, folder.glob('chroma-*')), default=0)}"
    _clear(folder)
    with _chroma_errors(folder):
        count, dim, fields = _fill(folder / name, fingerprint, rows, progress)
    ready = {
        "chroma": name,
        "fingerprint": dict(fingerprint),
        "dim": dim,
        "count": count,
        "fields": fields,
        "state": state,
    }
    seal_index(folder, ready)


def _clear(folder: Path) -> None:
    """Make the folder an empty one; the record goes first, for what follows may be interrupted."""
    if not folder.is_dir():
        folder.unlink(missing_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / READY).unlink(missing_ok=True)
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _generation(path: Path) -> int:
    number = path.name.partition("-")[2]
    return int(number) if number.isdecimal() else 0


def _fill(
    path: Path,
    fingerprint: Fingerprint,
    rows: Callable[[], Iterable[Rows]],
    progress: Progress,
) -> tuple[int, int, dict[str, str]]:
    """Put all rows into a new collection; how many, of what dimension, with which metadata."""
    expected, dim = _number(fingerprint, "count"), _number(fingerprint, "dim")
    count, fields = 0, dict[str, str]()
    client, collection = _connect(path, create=True)
    try:
        batch = min(PAGE, int(client.get_max_batch_size()))
        progress("index", 0, expected)
        for part in batches(rows(), batch):
            dim = check_rows(part, dim)
            fields.update(kinds(part.metadatas))
            _add(collection, part)
            count += len(part.ids)
            progress("index", count, expected)
    finally:
        client.close()
    if expected is not None and count != expected:
        raise ValueError(f"the rows hold {count} customers, the fingerprint says {expected}")
    return count, dim or 0, fields


def _number(fingerprint: Fingerprint, key: str) -> int | None:
    return int(fingerprint[key]) if key in fingerprint else None


def _add(collection: Any, rows: Rows) -> None:
    cleaned = [
        {key: value for key, raw in row.items() if (value := scalar(key, raw)) is not None}
        for row in rows.metadatas
    ]
    collection.add(
        ids=list(rows.ids),
        embeddings=np.ascontiguousarray(rows.vectors, dtype=np.float32),
        metadatas=[row or None for row in cleaned],
        documents=list(rows.documents),
    )


def index_lock(folder: Path) -> Path:
    """The lock of the index in `folder`, beside it: held while it is opened, built or changed."""
    return folder.with_name(f"{folder.name}.lock")


def _connect(path: Path, *, create: bool = False) -> tuple[Any, Any]:
    """A client on a folder and its collection; without embedding function, or Chroma loads one."""
    import chromadb
    from chromadb.config import Settings

    settings = Settings(anonymized_telemetry=False, allow_reset=False)
    with _chroma_errors(path):
        client = chromadb.PersistentClient(str(path), settings=settings)
        try:
            if create:
                options: Any = {"embedding_function": None, "configuration": {"hnsw": _HNSW}}
                return client, client.create_collection(_COLLECTION, **options)
            return client, client.get_collection(_COLLECTION, embedding_function=None)
        except BaseException:
            client.close()
            raise


@contextmanager
def _chroma_errors(folder: Path) -> Iterator[None]:
    from chromadb.errors import ChromaError

    try:
        yield
    except ChromaError as error:
        raise StoreError(f"The index refused: {error}", where=str(folder), fix=_FIX) from error
