"""The whole run: files in, a snapshot out. Readable in one screen; each stage lives in its room."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from segmentation.archive import open_tables, write_base, write_texts
from segmentation.clusters.archive import report_of, save_segmentation
from segmentation.clusters.segment import segment
from segmentation.data.privacy import PrivacyOptions
from segmentation.data.reading import ReadReport, read_shop
from segmentation.holdout.archive import load_holdout, save_holdout
from segmentation.holdout.data import Holdout, Joined, Reason, future_of, hold_out
from segmentation.holdout.validity import judged
from segmentation.insight.evidence.evidence import described
from segmentation.insight.rules.rules import explained
from segmentation.insight.value.valuation import save_valuation, valuation
from segmentation.lineage import Past, named_as, newest, numbered_as
from segmentation.types import (
    CustomerBase,
    Encoder,
    FloatMatrix,
    InputError,
    Progress,
    Recipe,
    Segmentation,
    silent,
)
from segmentation.views.embedding import Embedding, embed
from segmentation.views.fusion import Fusion
from store.snapshots import Snapshot, SnapshotStore

__all__ = ["BuildOptions", "build", "moment_of", "read_tables", "resegment", "vectors_at"]


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
            reading = read_tables(sources, options, draft.path, progress)
        tables = open_tables(draft.path / "tables")
        as_of = moment_of(tables, options)
        embedding = embed(
            tables,
            encoder,
            as_of=as_of,
            text_weight=options.recipe.text_weight,
            earlier_weight=_earlier_weight(store, draft.parent),
            progress=progress,
            stage=clock.stage,
        )
        own_weight = embedding.fusion.own_weight
        with clock.stage("holdout"):
            holdout = hold_out(
                tables, encoder, as_of=as_of, text_weight=own_weight, progress=progress
            )
        with clock.stage("cluster"):
            past = newest(store.lineage(draft.parent), options.recipe)
            known = _Known(embedding.vectors, embedding.features.index, holdout, past)
            segmentation = _segmented(known, options.recipe, "001", progress)
        with clock.stage("write"):
            currency = options.currency or reading.currency
            base = _base(tables, embedding, segmentation, as_of, currency)
            base = replace(base, segmentation=_told(base, past))
            write_base(base, draft.path)
            write_texts(embedding.texts, draft.path / "texts")
            embedding.save(draft.path / "fusion")
            save_holdout(holdout, draft.path / "holdout")
            with draft.new_segmentation(asdict(options.recipe)) as folder:
                save_segmentation(base.segmentation, list(base.customers), folder)
        with clock.stage("value"):
            progress("estimating what customers will be worth", 0, None)
            save_valuation(valuation(base), draft.path / "value")
        weights = embedding.fusion.weights
        return draft.commit(_manifest(reading, options, base, encoder, weights, clock.seconds))


def resegment(
    snapshot: Snapshot, base: CustomerBase, recipe: Recipe, progress: Progress = silent
) -> Segmentation:
    """Cluster `base` anew as `recipe` says, and add the result to its snapshot.

    Segments keep the ids they had when that was last done, here or in a snapshot before.
    """
    vectors = vectors_at(snapshot, base, recipe.text_weight)
    holdout = load_holdout(snapshot.path / "holdout")
    store = SnapshotStore(snapshot.path.parent.parent)
    with snapshot.new_segmentation(asdict(recipe)) as folder:
        past = newest(store.lineage(snapshot.id), recipe)
        known = _Known(vectors, base.customers, holdout, past)
        segmentation = _segmented(known, recipe, folder.name, progress)
        segmentation = _told(replace(base, segmentation=segmentation), past)
        save_segmentation(segmentation, list(base.customers), folder)
    return segmentation


def _earlier_weight(store: SnapshotStore, parent: str | None) -> float | None:
    """The share of text that the data asked for when the snapshot before was built."""
    for snapshot in store.lineage(parent):
        return Fusion.load(snapshot.path / "fusion").own_weight
    return None


def vectors_at(snapshot: Snapshot, base: CustomerBase, text_weight: float | None) -> FloatMatrix:
    """The embedding of `base` at another weight of text; nothing is encoded anew."""
    return Joined(base.views, Fusion.load(snapshot.path / "fusion")).vectors(text_weight)


@dataclass(frozen=True)
class _Known:
    """What a clustering starts from; `vectors[i]` is `customers[i]`."""

    vectors: FloatMatrix
    customers: pd.Index[str]
    holdout: Holdout | Reason
    past: Past | None


def _segmented(known: _Known, recipe: Recipe, id: str, progress: Progress) -> Segmentation:
    """Cluster, keep the ids of the past, and judge against the future."""
    segmentation = segment(
        known.vectors,
        recipe,
        id=id,
        future=future_of(known.holdout, recipe.text_weight),
        before=known.past.chosen if known.past else None,
        renumber=numbered_as(known.past, known.customers),
        progress=progress,
    )
    return judged(segmentation, known.holdout)


def _told(base: CustomerBase, past: Past | None) -> Segmentation:
    """The base's segmentation with facts, how well short rules tell it, and what names it keeps."""
    for tell in (described, explained):
        base = replace(base, segmentation=tell(base))
    return named_as(past, base)


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


def read_tables(
    sources: Mapping[str, Any], options: BuildOptions, folder: Path, progress: Progress
) -> ReadReport:
    """Read and check `sources` into `folder`/tables and `folder`/quarantine."""
    return read_shop(
        sources,
        preset=options.preset,
        mapping=options.mapping,
        date_format=options.date_format,
        privacy=options.privacy,
        workdir=folder,
        progress=progress,
    )


def moment_of(tables: Mapping[str, Any], options: BuildOptions) -> datetime:
    """The moment recency counts from: as asked for, or midnight after the last order or event."""
    if options.as_of is not None:
        return options.as_of
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
    weights: Mapping[str, float],
    seconds: Mapping[str, float],
) -> dict[str, Any]:
    """The JSON of `kindred build`, but for the snapshot's own id."""
    return {
        **asdict(reading),
        "currency": base.currency,
        "as_of": base.as_of.isoformat(),
        "customers": len(base.features),
        "embedding": {
            "encoder": encoder.name,
            "digest": encoder.digest,
            "dim": int(base.vectors.shape[1]),
            "views": dict(weights),
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
