"""What demand may come to: what was said, times how far off the same way was before.

No distribution is assumed. A draw is the expected units times a ratio of what came to what was
said on an earlier day, of whole sums over the days asked about: quantiles of single days are never
added up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentation.insight.demand.calendar import Array

__all__ = ["COVERAGE", "NEIGHBOURS", "Spread", "own_spread", "shared_spread"]

COVERAGE = 0.8
NEIGHBOURS = 200
"""Past forecasts of about the same size that an interval of many series rests on."""
SHIFT = 1.0
"""Ratios are of units plus one, so that none sold is no division by nothing."""
CHUNK = 4_000


@dataclass(frozen=True)
class Spread:
    """What demand may come to: the expected units times past ratios of what came to what was said.

    Series i uses `ratios[start[i] : start[i] + width]`, ratios of units plus SHIFT.
    """

    expected: Array
    ratios: Array
    start: NDArray[np.int64]
    width: int
    whole: bool

    def draws(self, rows: slice) -> Array:
        """(rows, width) equally likely demands, in no order."""
        places = self.start[rows, None] + np.arange(self.width)
        found = (self.expected[rows, None] + SHIFT) * self.ratios[places] - SHIFT
        found = np.maximum(found, 0.0)
        drawn: Array = np.rint(found) if self.whole else found
        return drawn

    def _chunks(self) -> Iterator[slice]:
        return (slice(i, i + CHUNK) for i in range(0, len(self.expected), CHUNK))

    def interval(self) -> tuple[Array, Array]:
        """Ends of the 80 % interval; from 0 where selling nothing is likely enough for an end.

        Where all past forecasts were off to the same side, the forecast itself is one end.
        """
        ends = [_interval(self.draws(rows)) for rows in self._chunks()]
        low, high = (np.concatenate(side) for side in zip(*ends, strict=True))
        low, high = np.minimum(low, self.expected), np.maximum(high, self.expected)
        return (np.rint(low), np.rint(high)) if self.whole else (low, high)

    def quantile(self, level: float) -> Array:
        """(n,) units that demand stays within with this probability."""
        parts = [np.quantile(self.draws(rows), level, axis=1) for rows in self._chunks()]
        return np.concatenate(parts)

    def beyond(self, stock: Array) -> Array:
        """(n,) probability that demand is more than the stock; NaN where that is NaN.

        By Laplace's rule, so that what never happened so far is not held impossible.
        """
        more = [(self.draws(rows) > stock[rows, None]).sum(axis=1) for rows in self._chunks()]
        risk = (np.concatenate(more) + 1) / (self.width + 2)
        return np.where(np.isnan(stock), np.nan, risk)


def _interval(draws: Array) -> tuple[Array, Array]:
    tail = (1 - COVERAGE) / 2
    low, high = np.quantile(draws, [tail, 1 - tail], axis=1)
    nothing = (draws < 0.5).mean(axis=1) >= tail
    return (
        np.where(nothing, 0.0, low),
        np.where(nothing, np.quantile(draws, COVERAGE, axis=1), high),
    )


def own_spread(expected: Array, said: Array, came: Array, wider: float, whole: bool) -> Spread:
    """Every series' own errors (tries, n), to both sides alike."""
    wrong = np.abs(np.log((came + SHIFT) / (said + SHIFT)))
    level = min(1.0, COVERAGE * (1 + 1 / len(wrong)))
    # Moved so that their 80 % quantile is where so few errors put it safely.
    safe = np.quantile(wrong, level, axis=0) - np.quantile(wrong, COVERAGE, axis=0)
    wrong = wider * (wrong + safe)
    ratios = np.exp(np.concatenate([wrong, -wrong])).T
    width = ratios.shape[1]
    return Spread(expected, ratios.ravel(), np.arange(len(expected)) * width, width, whole)


def shared_spread(
    expected: Array, said: Array, came: Array, whole: bool, width: int = NEIGHBOURS
) -> Spread:
    """Each series' ratios are those of the `width` past forecasts nearest to its own in size."""
    order = np.argsort(said, kind="stable")
    ratios = ((came + SHIFT) / (said + SHIFT))[order]
    width = min(width, len(ratios))
    place = np.searchsorted(said[order], expected) - width // 2
    start = np.clip(place, 0, len(ratios) - width)
    return Spread(expected, ratios, start, width, whole)
