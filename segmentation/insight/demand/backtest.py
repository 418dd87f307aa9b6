"""Which method forecasts demand best on the shop's own past, and how far off it was there.

The past is replayed: at many earlier days only what was known then is looked at, the same number of
days ahead is forecast, and the sum is set beside what came. The method with the smallest absolute
error is taken, and its errors on these sums are what an interval is made of: no distribution is
assumed, and sums are never made by adding up quantiles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from segmentation.insight.demand.calendar import WEEK, YEAR, Array, Shop
from segmentation.insight.demand.models import (
    FEW,
    GROWTH_DAYS,
    Past,
    Sales,
    kinds_of_demand,
    predict,
)
from segmentation.insight.demand.spread import Spread, own_spread
from segmentation.types import NotInData

__all__ = [
    "FEWEST_SALES",
    "FIRST_TRY",
    "Horizon",
    "Outlook",
    "Replay",
    "TooRare",
    "TooShort",
    "best_method",
    "foresee",
    "horizon_of",
    "replay",
    "said_of_total",
    "scaled",
]

FIRST_TRY = 4 * WEEK
"""Days of history before the first replay."""
FEWEST_SALES = 8
"""Days with a sale below which nothing can be said."""
FEWEST_TRIES = 4
MOST_TRIES = 104
YEARLY_TRIES = 8
"""A year before is used once so many replays could use it."""


class TooShort(NotInData):
    """The history is too short to forecast so far ahead. Args: days there are; days needed."""

    def __init__(self, days: int, needed: int) -> None:
        self.days, self.needed = days, needed
        super().__init__(
            f"There are only {days} days of sales",
            fix=f"A forecast needs at least {needed} days of history.",
        )


class TooRare(NotInData):
    """There are too few days with a sale. Args: days with a sale; days needed."""

    def __init__(self, days: int, needed: int) -> None:
        self.days, self.needed = days, needed
        super().__init__(
            f"Something was sold on only {days} days",
            fix=f"A forecast needs at least {needed} days with a sale.",
        )


@dataclass(frozen=True)
class Horizon:
    """The days to forecast.

    Args:
        days: how many.
        gap: days between the end of the history and the first of them.
        tested: how many days ahead the replays look: fewer than `days` where the history is short.
    """

    days: int
    gap: int
    tested: int

    def stretches(self, now: int, days: int) -> NDArray[np.int64]:
        """Where the sevens of days ahead begin, and where the last ends, which has 4 to 10."""
        first = now + self.gap
        begins = first + WEEK * np.arange(max(1, round(days / WEEK)))
        return np.append(begins, first + days)

    def tries(self, history: int, every: int, most: int) -> list[int]:
        """The days to replay, first to last."""
        last = history - self.gap - self.tested
        return list(range(last, FIRST_TRY - 1, -every))[:most][::-1]


def horizon_of(history: int, days: int, gap: int) -> Horizon:
    """Raises TooShort."""
    room = history - FIRST_TRY - gap
    tested = min(days, max(room - (FEWEST_TRIES - 1) * WEEK, min(room - WEEK, WEEK)))
    if tested < min(days, WEEK):
        raise TooShort(history, FIRST_TRY + gap + 2 * WEEK)
    return Horizon(days, gap, tested)


@dataclass(frozen=True)
class Outlook:
    """A forecast of several series over one stretch of days.

    Args:
        expected: (n,) units.
        spread: what they may come to.
        methods: the method of each series.
        tries, tested: how many days were replayed, and how many days ahead they looked.
        error, naive_error: absolute error of sums on the replays over what was sold then, of the
            methods chosen and of repeating the last week; None where nothing was sold.
        weeks: (n, stretches) expected units in each seven days; None for many series.
        week_ends: lower and upper ends of these; None for many series.
        replayed: (pairs,) what was said of single series on earlier days, and what came.
    """

    expected: Array
    spread: Spread
    methods: tuple[str, ...]
    tries: int
    tested: int
    error: float | None
    naive_error: float | None
    replayed: tuple[Array, Array]
    weeks: Array | None = None
    week_ends: tuple[Array, Array] | None = None


@dataclass(frozen=True)
class Replay:
    """What would have been said on earlier days, beside what came.

    Args:
        said: method → (tries, n, stretches); came: (tries, n, stretches).
        kinds: (tries, n) of demand, as known then; -1 where nothing had been sold yet.
        with_year: (tries,) whether a year before could be looked at.
    """

    said: dict[str, Array]
    came: Array
    kinds: NDArray[np.int64]
    with_year: NDArray[np.bool_]


def replay(
    sales: Sales, shop: Shop, horizon: Horizon, tries: Sequence[int], methods: Sequence[str]
) -> Replay:
    """What each method would have said on the days `tries`, `horizon.tested` days ahead."""
    said: dict[str, list[Array]] = {method: [] for method in methods}
    came, kinds = [], []
    for now in tries:
        ahead = horizon.stretches(now, horizon.tested)
        past = Past(sales, shop.calendar(now, int(ahead[-1])))
        for method in methods:
            said[method].append(predict(method, past, ahead))
        came.append(np.array([sales.between(a, b) for a, b in pairwise(ahead)]))
        kinds.append(kinds_of_demand(sales.weeks(now)))
    return Replay(
        {method: np.array(values) for method, values in said.items()},
        np.array(came).transpose(0, 2, 1),
        np.array(kinds),
        np.array(tries) >= YEAR + GROWTH_DAYS,
    )


def best_method(replayed: Replay, weights: Array) -> tuple[str, NDArray[np.bool_]]:
    """The method with the smallest absolute error of sums, and the replays it is judged on.

    Args:
        weights: (tries, n) of each error; 0 leaves it out.
    """
    used = np.ones(len(replayed.came), dtype=bool)
    methods = list(replayed.said)
    if "yearly" in methods:
        if replayed.with_year.sum() >= YEARLY_TRIES:
            used = replayed.with_year
        else:
            methods.remove("yearly")
    came = replayed.came.sum(axis=2)
    wrong = {
        method: float((np.abs(replayed.said[method].sum(axis=2) - came) * weights)[used].sum())
        for method in methods
    }
    return min(wrong, key=lambda method: wrong[method]), used


def foresee(
    sales: Sales, shop: Shop, days: int, gap: int, scale_to: float | None = None
) -> Outlook:
    """A forecast of few series, each with an interval of its own errors.

    The interval is that of split conformal prediction on the absolute log ratio (Vovk et al. 2005).

    Args:
        sales: the series.
        shop: from whose days the calendar is learned.
        days, gap: as in Horizon.
        scale_to: what the expected units are scaled to add up to.
    """
    horizon = horizon_of(sales.days, days, gap)
    tries = horizon.tries(sales.days, WEEK, MOST_TRIES)
    replayed = replay(sales, shop, horizon, tries, FEW)
    method, used = best_method(replayed, np.ones(replayed.came.shape[:2]))
    ahead = horizon.stretches(sales.days, days)
    past = Past(sales, shop.calendar(sales.days, int(ahead[-1])))
    weeks = scaled(predict(method, past, ahead), scale_to)
    said, came = replayed.said[method][used], replayed.came[used]
    naive = replayed.said["last_week"][used]
    wider = float(np.sqrt(horizon.days / horizon.tested))
    spread = own_spread(
        weeks.sum(axis=1), said.sum(axis=2), came.sum(axis=2), wider, sales.whole_units
    )
    return Outlook(
        expected=weeks.sum(axis=1),
        spread=spread,
        methods=(method,) * sales.n,
        tries=int(used.sum()),
        tested=horizon.tested,
        error=_error(said, came),
        naive_error=_error(naive, came),
        weeks=weeks,
        week_ends=_week_ends(weeks, said, came, sales.whole_units),
        replayed=(said.sum(axis=2).ravel(), came.sum(axis=2).ravel()),
    )


def _week_ends(weeks: Array, said: Array, came: Array, whole: bool) -> tuple[Array, Array]:
    """Ends of every week's interval, by the errors on weeks as far ahead, or the farthest there."""
    low, high = np.empty_like(weeks), np.empty_like(weeks)
    for k in range(weeks.shape[1]):
        j = min(k, said.shape[2] - 1)
        own = own_spread(weeks[:, k], said[:, :, j], came[:, :, j], 1.0, whole)
        low[:, k], high[:, k] = own.interval()
    return low, high


def scaled(values: Array, to: float | None) -> Array:
    """The values, adding up to `to`; as they are where that is None or nothing adds up."""
    whole = values.sum()
    return values if to is None or whole <= 0 else values * (to / whole)


def _error(said: Array, came: Array) -> float | None:
    """Sum of absolute errors of the sums over the stretches, over what came."""
    said, came = said.sum(axis=2), came.sum(axis=2)
    return float(np.abs(said - came).sum() / came.sum()) if came.sum() > 0 else None


def said_of_total(total: Sales, shop: Shop, horizon: Horizon, now: int, method: str) -> float:
    """What would have been said of the total on the day `now`."""
    ahead = horizon.stretches(now, horizon.tested)
    past = Past(total, shop.calendar(now, int(ahead[-1])))
    return float(predict(method, past, ahead).sum())
