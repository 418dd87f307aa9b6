"""Which two numbers tell a segment best: far from everybody else's, and not the same thing twice.

Of the numbers that differ clearly, the pair is taken whose difference from everybody else is large
and in which even the segment most like it lies elsewhere. Two numbers that rank customers alike
say the same twice, and are no pair. Nothing here is worded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np

from segmentation.insight.evidence.contrasts import Contrast, contrasts, habits, segment_sums
from segmentation.insight.evidence.measurements import Measurement, measurements
from segmentation.insight.evidence.significance import Array
from segmentation.insight.ledger import open_ledger
from segmentation.types import CustomerBase

__all__ = ["TELLING", "telling"]

TELLING = (
    *("lifetime_value", "average_order_value", "orders_per_customer", "items_per_order"),
    *("days_since_last_order", "repeat_rate", "return_rate", "average_rating", "conversion_rate"),
    *("median_price", "discount_share", "gap_mean", "weekend_share"),
    *("views", "carts", "searches", "wishlists"),
)
"""Numbers that say something by themselves; where too few were tested, the earlier ones."""

ALIKE = 0.6
"""Spearman's correlation from which two numbers say the same of customers."""
LARGEST = 2.0
"""Standard deviations above which an effect is just large."""

Places = Mapping[str, Mapping[int, float]]
"""Measure → segment id → the mean rank of its customers, 0 to 1."""


def telling(base: CustomerBase) -> dict[int, tuple[Contrast, ...]]:
    """Segment id → its two most telling numbers, the stronger first; fewer where there are none."""
    key = ("telling", id(base.segmentation.labels))
    return open_ledger(base).once(key, lambda: _telling(base))


def _telling(base: CustomerBase) -> dict[int, tuple[Contrast, ...]]:
    known = {name: one for name, one in measurements(base).items() if name in TELLING}
    ranks = {name: _ranks(one) for name, one in known.items()}
    ids = [segment.id for segment in base.segmentation.segments]
    labels, sums = np.asarray(base.segmentation.labels), segment_sums(base)
    places = {
        name: {one: _mean(own[labels == one]) for one in ids if one} for name, own in ranks.items()
    }
    alike = _alike(ranks)
    found = {}
    for one in ids:
        numbers = (*contrasts(base, sums, one), *habits(base, one))
        found[one] = _pair([c for c in numbers if c.metric in known], one, places, alike)
    return found


def _pair(
    numbers: Sequence[Contrast], segment: int, places: Places, alike: set[frozenset[str]]
) -> tuple[Contrast, ...]:
    """The best pair of what differs clearly; without one, of whatever there is."""
    told = sorted((c for c in numbers if c.value is not None), key=_rank)
    pool = [c for c in told if c.clear]
    pool += [c for c in told if not c.clear][: max(0, 2 - len(pool))]
    apart = [(a, b) for a, b in combinations(pool, 2) if {a.metric, b.metric} not in alike]
    if not apart:
        return tuple(pool[:2])
    return max(apart, key=lambda pair: _score(pair, segment, places))


def _rank(one: Contrast) -> tuple[bool, float, int]:
    return (not one.clear, -one.magnitude, TELLING.index(one.metric))


def _score(pair: Sequence[Contrast], segment: int, places: Places) -> float:
    """How far from everybody else on average, and how far from the segment most like it."""
    strength = sum(min(c.magnitude, LARGEST) for c in pair) / (2 * LARGEST)
    mine = [places[c.metric] for c in pair]
    others = [
        max((abs(m[segment] - m[n]) for m in mine if segment in m and n in m), default=0.0)
        for n in {n for m in mine for n in m} - {segment}
    ]
    return strength + min(others, default=0.0)


def _ranks(one: Measurement) -> Array:
    """Each customer's rank from 0 to 1; NaN where they have no such number."""
    from scipy.stats import rankdata

    ranks = np.full(len(one.values), np.nan)
    known = ~np.isnan(one.values)
    ranks[known] = rankdata(one.values[known]) / max(int(known.sum()), 1)
    return ranks


def _mean(ranks: Array) -> float:
    known = ranks[~np.isnan(ranks)]
    return float(known.mean()) if len(known) else 0.5


def _alike(ranks: Mapping[str, Array]) -> set[frozenset[str]]:
    """Pairs of measures that rank customers alike, or the other way round."""
    return {
        frozenset((a, b))
        for a, b in combinations(ranks, 2)
        if abs(_correlation(ranks[a], ranks[b])) >= ALIKE
    }


def _correlation(a: Array, b: Array) -> float:
    both = ~(np.isnan(a) | np.isnan(b))
    a, b = a[both], b[both]
    if len(a) < 3 or not a.std() or not b.std():
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])
