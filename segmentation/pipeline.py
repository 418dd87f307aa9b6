"""The whole run: files in, a snapshot out. Readable in one screen; each stage lives in its room."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from segmentation.archive import open_tables, write_base, write_texts
from segmentation.clusters.archive import report_of, save_segmentation
from segmentation.clusters.segment import segment
from segmentation.data.privacy import PrivacyOptions
from segmentation.data.reading import ReadReport, read_shop
from segmentation.insight.evidence import described
from segmentation.types import (
    CustomerBase,
    Encoder,
    InputError,
    Progress,
    Recipe,
    Segmentation,
    silent,
)
from segmentation.views.embedding import Embedding, embed
from segmentation.views.fusion import Fusion
from store.snapshots import Snapshot, SnapshotStore

__all__ = ["BuildOptions", "build", "resegment"]


@dataclass(frozen=True)
class BuildOptions:
    """How to read and encode; everything but the files themselves.

    Args:
        recipe: how to cluster.
        preset: online-retail, olist, cdnow or taobao.
        mapping: YAML file that says which column is what.
        date_format: for columns whose dates can be read two ways.
        as_of: the moment recency counts from; midnight after the last order or event if None.
        currency: ISO code; learned from the data if None.
        privacy: what to keep, drop and replace.
    """

    recipe: Recipe = field(default_factory=Recipe)
    preset: str | None = None
    mapping: Path | None = None
    date_format: str | None = None
    as_of: datetime | None = None
    currency: str | None = None
    privacy: PrivacyOptions = field(default_factory=PrivacyOptions)


def build(
    store: SnapshotStore,
    sources: Mapping[str, Any],
    options: BuildOptions,
    encoder: Encoder,
    progress: Progress = silent,
) -> Snapshot:
    """Read, check, encode and cluster `sources`; the result becomes the current snapshot.

    Whatever goes wrong, the snapshot that was current before stays so.

    Raises:
        InputError: nothing in the sources can be used, or too little to segment.
        WorkspaceBusy: another process is building here.
    """
    clock = _Stopwatch()
    with store.draft() as draft:
        with clock.stage("read"):
            reading = _read(sources, options, draft.path, progress)
        tables = open_tables(draft.path / "tables")
        as_of = options.as_of or _day_after(tables)
        embedding = embed(
            tables,
            encoder,
            as_of=as_of,
            text_weight=options.recipe.text_weight,
            progress=progress,
            stage=clock.stage,
        )
        with clock.stage("cluster"):
            segmentation = segment(embedding.vectors, options.recipe, id="001", progress=progress)
        with clock.stage("write"):
            currency = options.currency or reading.currency
            base = _base(tables, embedding, segmentation, as_of, currency)
            base = replace(base, segmentation=described(base))
            write_base(base, draft.path)
            write_texts(embedding.texts, draft.path / "texts")
            embedding.fusion.save(draft.path / "fusion")
            embedding.scaling.save(draft.path / "fusion" / "behaviour.json")
            with draft.new_segmentation(asdict(options.recipe)) as folder:
                save_segmentation(base.segmentation, list(base.customers), folder)
        return draft.commit(_manifest(reading, options, base, encoder, clock.seconds))


def resegment(
    snapshot: Snapshot, base: CustomerBase, recipe: Recipe, progress: Progress = silent
) -> Segmentation:
    """Cluster `base` anew as `recipe` says, and add the result to its snapshot."""
    fusion = Fusion.load(snapshot.path / "fusion").reweight(recipe.text_weight)
    vectors = fusion.join(base.views)
    with snapshot.new_segmentation(asdict(recipe)) as folder:
        segmentation = segment(vectors, recipe, id=folder.name, progress=progress)
        segmentation = described(replace(base, segmentation=segmentation))
        save_segmentation(segmentation, list(base.customers), folder)
    return segmentation


def _base(
    tables: Mapping[str, Any],
    embedding: Embedding,
    segmentation: Segmentation,
    as_of: datetime,
    currency: str,
) -> CustomerBase:
    return CustomerBase(
        tables=tables,
        features=embedding.features,
        vectors=embedding.vectors,
        views=embedding.views,
        segmentation=segmentation,
        as_of=as_of,
        currency=currency,
    )


def _read(
    sources: Mapping[str, Any], options: BuildOptions, folder: Path, progress: Progress
) -> ReadReport:
    return read_shop(
        sources,
        preset=options.preset,
        mapping=options.mapping,
        date_format=options.date_format,
        privacy=options.privacy,
        workdir=folder,
        progress=progress,
    )


def _day_after(tables: Mapping[str, Any]) -> datetime:
    """Midnight after the last order or event."""
    moments = [
        tables[name][column].max().to_pandas()
        for name, column in (("orders", "ordered_at"), ("events", "at"))
        if name in tables
    ]
    if not moments:
        raise InputError(
            "There are neither orders nor events", where="sources", fix="Give --orders or --events."
        )
    last: datetime = max(moments)
    return datetime(last.year, last.month, last.day) + timedelta(days=1)


def _manifest(
    reading: ReadReport,
    options: BuildOptions,
    base: CustomerBase,
    encoder: Encoder,
    seconds: Mapping[str, float],
) -> dict[str, Any]:
    """The JSON of `kindred build`, but for the snapshot's own id."""
    weight = options.recipe.text_weight
    return {
        **asdict(reading),
        "currency": base.currency,
        "as_of": base.as_of.isoformat(),
        "customers": len(base.features),
        "embedding": {
            "encoder": encoder.name,
            "digest": encoder.digest,
            "dim": int(base.vectors.shape[1]),
            "views": {"behaviour": 1 - weight, "text": weight},
        },
        "segmentation": report_of(base.segmentation),
        "seconds": dict(seconds),
    }


class _Stopwatch:
    """Seconds by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - started, 3)
