"""What a snapshot holds, opened: tables, features, views, embedding, segmentation.

The layout is DESIGN's; writing it is the pipeline's work, this is the way back.
"""

from __future__ import annotations

import threading
from datetime import datetime
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pandas as pd

from segmentation.clusters.archive import load_segmentation
from segmentation.types import TABLES, CustomerBase, FloatMatrix
from segmentation.views.text import Texts
from store.snapshots import Snapshot

__all__ = [
    "VIEWS",
    "fingerprint",
    "open_base",
    "open_tables",
    "open_texts",
    "read_views",
    "write_base",
    "write_texts",
]

VIEWS = ("behaviour", "text")
IN_MEMORY_BYTES = 200 * 2**20
"""Tables whose Parquet file is larger stay on disk and are scanned there."""


def open_tables(folder: Path) -> dict[str, Any]:
    """The canonical tables in `folder` as Ibis tables over one DuckDB connection."""
    connection = ibis.duckdb.connect()
    tables = {}
    for name in TABLES:
        path = folder / f"{name}.parquet"
        if path.exists():
            view = connection.read_parquet(path, table_name=f"{name}_file")
            small = path.stat().st_size <= IN_MEMORY_BYTES
            tables[name] = connection.create_table(name, view) if small else view
    return tables


def write_base(base: CustomerBase, folder: Path) -> None:
    """Write features, embedding and views of `base` into `folder`; tables are there already."""
    base.features.reset_index().to_parquet(folder / "features.parquet", index=False)
    np.save(folder / "vectors.npy", base.vectors, allow_pickle=False)
    (folder / "views").mkdir()
    for name, rows in base.views.items():
        np.save(folder / "views" / f"{name}.npy", rows, allow_pickle=False)


def write_texts(texts: Texts, folder: Path) -> None:
    """Write the distinct texts, who they belong to, and their encodings into `folder`."""
    from scipy.sparse import save_npz

    folder.mkdir()
    pd.DataFrame({"text": list(texts.texts)}).to_parquet(folder / "texts.parquet", index=False)
    save_npz(folder / "weights.npz", texts.weights)
    np.save(folder / "encodings.npy", texts.encodings, allow_pickle=False)


def open_texts(snapshot: Snapshot) -> Texts:
    """Read back what `write_texts` wrote, encodings memory-mapped."""
    from scipy.sparse import load_npz

    folder = snapshot.path / "texts"
    return Texts(
        texts=tuple(pd.read_parquet(folder / "texts.parquet")["text"]),
        weights=load_npz(folder / "weights.npz").tocsr(),
        encodings=np.load(folder / "encodings.npy", mmap_mode="r", allow_pickle=False),
    )


def fingerprint(snapshot: Snapshot) -> dict[str, str | int]:
    """What an index over `snapshot` must stand for, to be believed."""
    embedding = snapshot.manifest["embedding"]
    return {
        "snapshot": snapshot.id,
        "encoder": str(embedding["digest"]),
        "dim": int(embedding["dim"]),
        "count": int(snapshot.manifest["customers"]),
        "vectors": str(snapshot.manifest["files"]["vectors.npy"]["sha256"]),
    }


def read_views(folder: Path) -> dict[str, FloatMatrix]:
    """The views of a snapshot, memory-mapped."""
    return {
        name: np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
        for name in VIEWS
        if (folder / f"{name}.npy").exists()
    }


def open_base(snapshot: Snapshot) -> CustomerBase:
    """Everything known about the customers of `snapshot`, row-aligned (checked here, once)."""
    folder = snapshot.path
    features = pd.read_parquet(folder / "features.parquet").set_index("customer_id")
    vectors = np.load(folder / "vectors.npy", mmap_mode="r", allow_pickle=False)
    segmentation = load_segmentation(snapshot.segmentation())
    as_of = datetime.fromisoformat(str(snapshot.manifest["as_of"]))
    views = read_views(folder / "views")
    lengths = {len(features), len(vectors), len(segmentation.labels), *map(len, views.values())}
    if len(lengths) != 1:
        raise AssertionError(f"rows of {folder.name} are not aligned: {sorted(lengths)}")
    return CustomerBase(
        tables=open_tables(folder / "tables"),
        features=features,
        vectors=vectors,
        views=views,
        segmentation=segmentation,
        as_of=as_of,
        currency=str(snapshot.manifest["currency"]),
        extras={"lock": threading.RLock(), **_kept_value(folder)},
    )


def _kept_value(folder: Path) -> dict[str, Path]:
    """Where a snapshot keeps what is expected of its customers; those of old do not."""
    return {"value": folder / "value"} if (folder / "value").is_dir() else {}
