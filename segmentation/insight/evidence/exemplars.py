"""Who stands for a segment, and how far its customers range. Ids and numbers; nothing is worded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentation.insight.evidence.measurements import period_of, unit_of
from segmentation.insight.evidence.significance import FEWEST_TESTED
from segmentation.insight.metrics import METRICS
from segmentation.insight.similar.shared import customer_numbers
from segmentation.types import CustomerBase, Fact

__all__ = ["RANGED", "Exemplar", "Range", "exemplars", "ranges"]

NEAREST = 0.1
FEWEST_NEAR = 10
"""Exemplars come from this nearest part of the segment, or so many customers where that is more."""

RANGED = (
    *("orders", "revenue", "lifetime_value", "average_order_value", "items_per_order"),
    *("days_since_last_order", "conversion_rate"),
)
POINTS = {"p5": 5, "p50": 50, "p95": 95}


@dataclass(frozen=True)
class Exemplar:
    """A customer near the middle of the segment, with their main numbers as far as known."""

    customer_id: str
    numbers: Mapping[str, float]


@dataclass(frozen=True)
class Range:
    """Between which values nine of ten customers of a segment lie, and the middle one.

    Args:
        n: the customers for whom the number is defined.
        period: the days it speaks of.
    """

    metric: str
    unit: str
    p5: float
    p50: float
    p95: float
    n: int
    period: str

    def facts(self, segment: int) -> list[Fact]:
        """`revenue_p5`, `revenue_p50` and `revenue_p95`, each in the metric's unit."""
        subject = f"segment:{segment}"
        return [
            Fact(subject, f"{self.metric}_{point}", self.period, getattr(self, point), self.unit)
            for point in POINTS
        ]


def exemplars(base: CustomerBase, segment: int, n: int = 3) -> tuple[Exemplar, ...]:
    """Customers who stand for a segment: near its centre in the embedding, apart from each other.

    The nearest comes first; each further one is, of the nearest tenth of the segment, the one
    farthest from those taken (Gonzalez 1985), so that they show its breadth and none of its edge.
    """
    rows = np.flatnonzero(np.asarray(base.segmentation.labels) == segment)
    if not len(rows):
        return ()
    vectors = np.asarray(base.vectors[rows], dtype=np.float64)
    far = np.linalg.norm(vectors - vectors.mean(axis=0), axis=1)
    pool = np.argsort(far, kind="stable")[: max(FEWEST_NEAR, int(NEAREST * len(rows)))]
    taken = _spread(vectors[pool], n)
    chosen = rows[pool[taken]].tolist()
    numbers = customer_numbers(base, chosen)
    kept = numbers[[name for name in RANGED if name in numbers.columns]].astype(float)
    return tuple(
        Exemplar(str(customer), {str(name): v for name, v in row.items() if v == v})
        for customer, row in zip(kept.index, kept.to_dict("records"), strict=True)
    )


def _spread(vectors: NDArray[np.float64], n: int) -> list[int]:
    """Up to `n` rows: the first, then always the one farthest from those taken."""
    taken = [0]
    gap = np.linalg.norm(vectors - vectors[0], axis=1)
    while len(taken) < min(n, len(vectors)):
        taken.append(int(gap.argmax()))
        gap = np.minimum(gap, np.linalg.norm(vectors - vectors[taken[-1]], axis=1))
    return taken


def ranges(base: CustomerBase, segment: int) -> tuple[Range, ...]:
    """The 5th, 50th and 95th percentile of customers' own numbers; of those who bought.

    A number that fewer than FEWEST_TESTED customers have is left out: too few to say.
    """
    labels = np.asarray(base.segmentation.labels)
    numbers = customer_numbers(base, np.flatnonzero(labels == segment).tolist())
    found = []
    for name in RANGED:
        if name not in numbers.columns:
            continue
        values = numbers[name].astype(float)
        if METRICS[name].source == "orders":
            values = values[numbers["orders"] > 0]
        values = values.dropna()
        if len(values) >= FEWEST_TESTED:
            low, middle, high = np.percentile(values, list(POINTS.values())).tolist()
            unit, period = unit_of(base, name), period_of(base, name)
            found.append(Range(name, unit, low, middle, high, len(values), period))
    return tuple(found)
