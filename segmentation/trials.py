"""What can be tried on a snapshot: other numbers of segments, other days, other customers.

Nothing is kept, and nothing that the snapshot holds is changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from segmentation.archive import open_tables
from segmentation.clusters.choose import choose_k
from segmentation.clusters.identity import Assignment, assign
from segmentation.holdout.archive import load_holdout
from segmentation.holdout.data import future_of, hold_out
from segmentation.holdout.validity import judged_beside_all
from segmentation.pipeline import BuildOptions, moment_of, read_tables, vectors_at
from segmentation.types import Choice, CustomerBase, Encoder, Progress, Segmentation, silent
from segmentation.views.behaviour import before, customer_base
from segmentation.views.embedding import embed_new
from segmentation.views.fusion import Fusion
from store.snapshots import Snapshot

__all__ = ["foretell", "place", "weigh_counts"]


def weigh_counts(
    snapshot: Snapshot,
    base: CustomerBase,
    *,
    method: str,
    k_min: int,
    k_max: int,
    progress: Progress = silent,
) -> Choice:
    """Which number of segments the data supports, of the embedding that the current ones are of.

    See `clusters.choose.choose_k`.
    """
    recipe = base.segmentation.recipe
    holdout = load_holdout(snapshot.path / "holdout")
    return choose_k(
        vectors_at(snapshot, base, recipe.text_weight),
        method=method,
        k_min=k_min,
        k_max=k_max,
        seed=recipe.seed,
        future=future_of(holdout, recipe.text_weight),
        progress=progress,
    )


def place(
    snapshot: Snapshot,
    base: CustomerBase,
    sources: Mapping[str, Any],
    options: BuildOptions,
    encoder: Encoder,
    progress: Progress = silent,
) -> tuple[list[str], Assignment]:
    """Put the customers of `sources` into the segments of `base`, which stay as they are.

    Nothing is fitted. A customer who is in `base` already is placed by what
    `sources` know of them alone.

    Args:
        snapshot: that of `base`; it was built with `encoder`.
        options: how to read; its recipe does not matter.
    """
    recipe = base.segmentation.recipe
    with TemporaryDirectory() as folder:
        read_tables(sources, options, Path(folder), progress)
        tables = open_tables(Path(folder) / "tables")
        as_of = moment_of(tables, options)
        known = customer_base(before(tables, as_of)).customer_id.to_pandas()
        customers = sorted(str(one) for one in known)
        fitted, weight = snapshot.path / "fusion", recipe.text_weight
        vectors = embed_new(fitted, tables, customers, encoder, as_of, text_weight=weight)
    members = vectors_at(snapshot, base, weight)
    return customers, assign(vectors, members, base.segmentation.labels)


def foretell(
    snapshot: Snapshot,
    base: CustomerBase,
    encoder: Encoder,
    days: int,
    progress: Progress = silent,
) -> Segmentation:
    """The current segmentation, its figures of the future those of the last `days` and beside all
    baselines.

    Raises:
        InputError: the data does not reach back over so many days.
    """
    holdout = hold_out(
        base.tables,
        encoder,
        as_of=base.as_of,
        days=days,
        text_weight=Fusion.load(snapshot.path / "fusion").own_weight,
        progress=progress,
    )
    return judged_beside_all(base.segmentation, holdout, base.tables, encoder, progress)
