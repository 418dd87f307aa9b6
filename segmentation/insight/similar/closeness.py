"""How close customers are: cosines of their embeddings, exactly, a block of vectors at a time.

In shops of `EXACT` customers and more a search index may pick who is compared (similar.py says
when); closeness itself is always computed here, from the vectors.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from segmentation.insight.ledger import open_ledger
from segmentation.insight.scope import people_in
from segmentation.insight.similar.likeness import Chances
from segmentation.types import CustomerBase, FloatMatrix
from segmentation.views.taste import unit
from store.cosine import cosines

__all__ = [
    "EXACT",
    "Index",
    "Rows",
    "Space",
    "allowed",
    "best",
    "closeness",
    "middle",
    "picked",
    "strangers",
]

Rows = NDArray[np.intp]

EXACT = 100_000
"""Customers below which everybody is compared with everybody asked for."""

BLOCK = 16_384
DECIMALS = 6
"""Of a cosine: closer than that are equals, which go by the order of customers."""
PAIRS = 2_000


class Found(Protocol):
    """One answer of an index."""

    @property
    def customer_id(self) -> str: ...


class Index(Protocol):
    """What a search index must do; `store.index.CustomerIndex` is the real one."""

    def nearest(self, vector: Any, n: int, *, exclude: Collection[str] = ()) -> Sequence[Found]: ...


@dataclass(frozen=True)
class Space:
    """Where closeness is measured.

    Args:
        vectors: (n, d) float32, in the order of the base's customers.
        index: over the same vectors; None where everybody is to be compared.
        chances: what a cosine of two customers is worth, or None where that was not learned.
    """

    vectors: FloatMatrix
    index: Index | None = None
    chances: Chances | None = None


def allowed(
    base: CustomerBase, filters: Sequence[Any], *, without: Any = (), only: Rows | None = None
) -> Rows:
    """Rows of the customers that filters leave, ascending, of `only` these, some left out."""
    rows = np.arange(len(base.customers))
    if filters:
        people = people_in(base, filters).select("customer_id")
        found = base.customers.get_indexer(pd.Index(open_ledger(base).run(people)["customer_id"]))
        rows = np.unique(found[found >= 0])
    rows = rows if only is None else np.intersect1d(rows, only)
    return np.setdiff1d(rows, np.asarray(without, dtype=np.intp))


def best(scores: FloatMatrix, rows: Rows, n: int) -> Rows:
    """Places of the `n` highest scores, highest first; equals by the order of rows."""
    if n < len(scores):
        least = np.partition(scores, len(scores) - n)[len(scores) - n]
        places = np.flatnonzero(scores >= least)
    else:
        places = np.arange(len(scores))
    order = np.lexsort((rows[places], -scores[places]))
    return np.asarray(places[order][:n], dtype=np.intp)


def closeness(vectors: FloatMatrix, middle: FloatMatrix, rows: Rows) -> FloatMatrix:
    """Cosines of some rows, (len(rows),), a block at a time: vectors may lie on disk."""
    parts = [
        cosines(np.asarray(vectors[rows[start : start + BLOCK]], dtype=np.float32), middle)
        for start in range(0, len(rows), BLOCK)
    ]
    joined = np.concatenate(parts) if parts else np.zeros(0, dtype=np.float32)
    return np.asarray(np.round(joined, DECIMALS), dtype=np.float32)


def middle(vectors: FloatMatrix, rows: Sequence[int] | Rows) -> FloatMatrix:
    """The mean direction of the rows: every one counts the same, however long its vector."""
    return np.asarray(unit(vectors[np.asarray(rows)]).mean(axis=0), dtype=np.float32)


def picked(base: CustomerBase, space: Space, groups: Sequence[Rows], n: int, seeds: Rows) -> Rows:
    """Rows that the index finds near any of the groups."""
    assert space.index is not None
    unwanted = {str(base.customers[row]) for row in seeds}
    found = {
        match.customer_id
        for group in groups
        for match in space.index.nearest(middle(space.vectors, group), n, exclude=unwanted)
    }
    rows = base.customers.get_indexer(pd.Index(sorted(found)))
    return np.unique(rows[rows >= 0])


def strangers(vectors: FloatMatrix, share: float) -> float:
    """The cosine that this share of the pairs of any two customers are below; of a sample."""
    generator = np.random.default_rng(0)
    one, other = generator.integers(len(vectors), size=(2, PAIRS))
    one, other = one[one != other], other[one != other]
    cosine = (unit(vectors[one]) * unit(vectors[other])).sum(axis=1)
    return float(np.quantile(cosine, share)) if len(cosine) else 1.0
