"""Numbers by which segments of one kind can be told apart, as bands: over 50, under 20, 20 to 50.

A band is only given where most customers of its segment lie within it and most of the others' do
not, so that a name made of it is true. Bounds are round. Nothing here is worded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import floor, inf, log10

import numpy as np
from numpy.typing import NDArray

from segmentation.insight.ledger import open_ledger
from segmentation.types import CustomerBase

__all__ = ["MEASURES", "MOST", "holds", "median_ratio", "told_apart"]

MEASURES = (
    "average_order_value",
    "days_since_last_order",
    "lifetime_value",
    "orders",
    "items_per_order",
    "return_rate",
)
"""What is tried, the more telling first."""

MOST = 0.75
"""Share of a segment's customers within its band, and of every other's customers outside."""

BETTER = 0.05
"""A later measure is taken instead of an earlier one where it separates by so much more."""

ODD = 0.03
"""How much better a number must separate to be taken instead of the next rounder kind."""

Band = tuple[float, float]
Numbers = Mapping[int, NDArray[np.float64]]


def told_apart(base: CustomerBase, segments: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Segment id → (measure, band) for those of `segments` that a number tells from the others.

    One measure for all of them where there is one, else each by its own. A band is written
    `50..` (more than 50), `..20` (less than 20) or `20..50` (both included).
    """
    numbers = {measure: _numbers(base, measure, segments) for measure in MEASURES}
    known = {m: found for m, found in numbers.items() if found and all(map(len, found.values()))}
    together = _together(known)
    if together or len(segments) == 2:
        return together
    alone = {n: found for n in segments if (found := _alone(known, n))}
    left = [n for n in segments if n not in alone]
    more = told_apart(base, left) if alone and len(left) > 1 else {}
    return alone | more


def holds(base: CustomerBase, segment: int, measure: str, band: str) -> bool:
    """Whether most customers of a segment lie within a band."""
    own = _numbers(base, measure, [segment]).get(segment, ()) if measure in MEASURES else ()
    return len(own) > 0 and _within(np.asarray(own), _read(band)) >= MOST


def median_ratio(base: CustomerBase, segment: int, measure: str) -> float | None:
    """The median of a segment's customers over everybody else's; None where that says nothing."""
    numbers = _numbers(base, measure, [one.id for one in base.segmentation.segments])
    own = numbers.get(segment, np.zeros(0))
    rest = np.concatenate([np.zeros(0), *(v for n, v in numbers.items() if n != segment)])
    if not len(own) or not len(rest) or np.median(rest) <= 0:
        return None
    return float(np.median(own) / np.median(rest))


def _numbers(base: CustomerBase, measure: str, segments: Sequence[int]) -> Numbers:
    """Customers' numbers by segment, sorted; empty where the data does not know the measure."""
    ledger = open_ledger(base)
    column = f"metric_{measure}"
    with ledger.lock:
        people = ledger.people
        if column not in people.columns:
            return {}
        rows = people.inner_join(ledger.labels(base.segmentation), "customer_no")
        rows = rows.filter(rows.segment.isin(list(segments)) & rows[column].notnull())
        frame = ledger.run(rows.select("segment", value=rows[column].cast("float64")))
    return {n: np.sort(frame["value"][frame["segment"] == n].to_numpy()) for n in segments}


# --- all by one measure ------------------------------------------------------------------------


def _together(known: Mapping[str, Numbers]) -> dict[int, tuple[str, str]]:
    """Bands of the one measure that separates all segments best; empty if none does well enough."""
    best: dict[int, tuple[str, str]] = {}
    highest = MOST - BETTER
    for measure, numbers in known.items():
        bands = _row_of_bands(numbers)
        score = min((_within(numbers[n], band) for n, band in bands.items()), default=0.0)
        if score >= MOST and score >= highest + BETTER:
            best = {n: (measure, _written(band)) for n, band in bands.items()}
            highest = score
    return best


def _row_of_bands(numbers: Numbers) -> dict[int, Band]:
    """Bands side by side in the order of the medians; empty where two of these are the same."""
    order = sorted(numbers, key=lambda n: (float(np.median(numbers[n])), n))
    bounds = [_bound(numbers[a], numbers[b]) for a, b in pairwise(order)]
    if any(bound is None for bound in bounds) or len(set(bounds)) < len(bounds):
        return {}
    edges = [-inf, *(bound for bound in bounds if bound is not None), inf]
    return dict(zip(order, pairwise(edges), strict=True))


def _bound(lower: NDArray[np.float64], upper: NDArray[np.float64]) -> float | None:
    """The number between two medians that separates best, a rounder one sooner; None without."""
    low, high = float(np.median(lower)), float(np.median(upper))
    scored = [
        (min(_within(lower, (-inf, t)), _within(upper, (t, inf))) - ODD * roughness, -t)
        for t, roughness in _round_numbers(low, high)
    ]
    return -max(scored)[1] if scored else None


def _round_numbers(low: float, high: float) -> list[tuple[float, int]]:
    """Numbers of two digits and zeros between two others: 20 is rounder (0) than 25 (1) than 24."""
    if not 0 <= low < high:
        return []
    tens = [10.0**power for power in range(floor(log10(high)) - 3, floor(log10(high)) + 1)]
    numbers = [
        (round(times / 10 * ten, 6), 0 if times % 10 == 0 else 1 if times % 5 == 0 else 2)
        for ten in tens
        for times in range(10, 100)
    ]
    return [(number, roughness) for number, roughness in numbers if low < number < high]


# --- one by its own ----------------------------------------------------------------------------


def _alone(known: Mapping[str, Numbers], segment: int) -> tuple[str, str] | None:
    """The measure and band that set one segment apart from all the others; None if none does."""
    found: tuple[str, str] | None = None
    highest = MOST - BETTER
    for measure, numbers in known.items():
        score, band = max(_sides(numbers, segment), default=(0.0, (-inf, inf)))
        if score >= MOST and score >= highest + BETTER:
            found, highest = (measure, _written(band)), score
    return found


def _sides(numbers: Numbers, segment: int) -> list[tuple[float, Band]]:
    """How well the segment is above, and below, all others, with the band that says so."""
    own = numbers[segment]
    others = sorted(
        (values for n, values in numbers.items() if n != segment),
        key=lambda values: float(np.median(values)),
    )
    above, below = _bound(others[-1], own), _bound(own, others[0])
    bands = [(above, inf)] if above is not None else []
    bands += [(-inf, below)] if below is not None else []
    return [
        (min(_within(own, band), *(1 - _within(values, band) for values in others)), band)
        for band in bands
    ]


# --- bands -------------------------------------------------------------------------------------


def _within(values: NDArray[np.float64], band: Band) -> float:
    """Share of sorted values in a band: its bounds belong to it where it has two."""
    low, high = band
    both = low > -inf and high < inf
    first = np.searchsorted(values, low, "left" if both else "right")
    last = np.searchsorted(values, high, "right" if both else "left")
    return float((last - first) / len(values))


def _written(band: Band) -> str:
    low, high = ("" if abs(bound) == inf else f"{bound:g}" for bound in band)
    return f"{low}..{high}"


def _read(band: str) -> Band:
    low, _, high = band.partition("..")
    return (float(low) if low else -inf, float(high) if high else inf)
