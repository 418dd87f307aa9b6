"""What chosen customers will buy, as their share of everybody's demand.

A segment's own past cannot simply be carried on: its members were put together for what they did
of late, so that recent buyers look busier and lapsed ones quieter than they will be. Carried on is
what customers in the same position did: at earlier days, everyone is sorted by how recently and how
often they had bought by then, and what each such group then brought is learned.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from segmentation.insight.demand.backtest import (
    Horizon,
    TooShort,
    horizon_of,
    said_of_total,
    scaled,
)
from segmentation.insight.demand.calendar import WEEK, Array, Shop
from segmentation.insight.demand.models import Sales, summed
from segmentation.insight.demand.spread import Spread, shared_spread

__all__ = ["Group", "Shares", "learn_shares", "replayed_groups"]

RECENCY = (1 / 52, 1 / 26, 1 / 12, 1 / 6, 1 / 4, 1 / 2)
"""Bands of days since the last purchase, as shares of the history."""
FREQUENCY = (2, 3, 5, 9)
"""Bands of days with a purchase."""
CELLS = (len(RECENCY) + 1, len(FREQUENCY) + 1)
BEFORE_FIRST = 6 * WEEK
"""Days of history before customers are first sorted."""
LOOKS = 8
"""Earlier days to learn from."""
TESTS = 12
PRIOR = 0.001
"""A cell is drawn towards its neighbours by this share of all customers' weight."""
LIKE_OTHERS = 2.0
"""A product's buyers are joined by so many average ones who belong to the group as all units do."""
NEAREST = 50
"""Replayed groups of about the same demand that an interval rests on."""


@dataclass(frozen=True)
class Shares:
    """Who is expected to bring how much of everybody's units.

    Args:
        each: (customers,) share of each customer; 0 for those who have not bought yet.
        newcomers: share of customers that have not bought yet. All together 1.
    """

    each: Array
    newcomers: float


def learn_shares(buyers: Sales, now: int, days: int, gap: int) -> Shares:
    """Shares of the units of `days` days from `now + gap`, from what was known before `now`.

    Args:
        buyers: units by customer and day.

    Raises:
        TooShort: no earlier day could be looked at.
    """
    looks = _looks(now, days, gap)
    if not looks:
        raise TooShort(now, BEFORE_FIRST + gap + days)
    brought, weight = np.zeros(CELLS), np.zeros(CELLS)
    from_new = 0.0
    for look in looks:
        cells, usual, known = _positions(buyers, look, now)
        came = buyers.between(look + gap, look + gap + days)
        whole = came.sum()
        if whole <= 0 or usual.sum() <= 0:
            continue
        np.add.at(brought, tuple(cells[known].T), came[known] / whole)
        np.add.at(weight, tuple(cells[known].T), usual[known] / usual.sum())
        from_new += float(came[~known].sum() / whole) / len(looks)
    factors = _smoothed(brought, weight)
    cells, usual, known = _positions(buyers, now, now)
    each = np.where(known, usual * factors[tuple(cells.T)], 0.0)
    whole = each.sum()
    from_new = min(from_new, 1.0)
    return Shares(each * ((1 - from_new) / whole) if whole > 0 else each, from_new)


def _looks(now: int, days: int, gap: int) -> list[int]:
    every = max(2 * WEEK, days // 2)
    return list(range(now - gap - days, BEFORE_FIRST - 1, -every))[:LOOKS]


def _positions(
    buyers: Sales, now: int, history: int
) -> tuple[NDArray[np.int64], Array, NDArray[np.bool_]]:
    """(n, 2) cells of recency and frequency, (n,) usual units of a day with a purchase, (n,) known.

    The usual units are drawn towards everyone's by one such day; 0 where nothing was bought.
    """
    mine = buyers.day < now
    series, day = buyers.series[mine], buyers.day[mine]
    last = np.full(buyers.n, -1)
    np.maximum.at(last, series, day)
    often = np.bincount(np.unique(series * now + day) // max(now, 1), minlength=buyers.n)
    units = summed(series, buyers.units[mine], buyers.n)
    known = last >= 0
    mean = units.sum() / max(often.sum(), 1)
    usual = np.where(known, (units + mean) / (often + 1), 0.0)
    recency = np.digitize(now - 1 - last, np.array(RECENCY) * history)
    return np.column_stack([recency, np.digitize(often, FREQUENCY)]), usual, known


def _smoothed(brought: Array, weight: Array) -> Array:
    """Units brought per weight in each cell, drawn towards its band of recency, that to all."""
    prior = PRIOR * max(weight.sum(), 1e-12)
    overall = brought.sum() / max(weight.sum(), 1e-12)
    band = (brought.sum(axis=1) + prior * overall) / (weight.sum(axis=1) + prior)
    smoothed: Array = (brought + prior * band[:, None]) / (weight + prior)
    return smoothed


def replayed_groups(
    buyers: Sales, shop: Shop, days: int, gap: int, method: str
) -> tuple[Array, Array]:
    """What was said of groups of customers on earlier days, and what came: (pairs,) units each.

    Args:
        shop, days, gap: as in demand_backtest.foresee.
        method: of everyone's demand.

    Raises:
        TooShort: no earlier day could be looked at.
    """
    horizon, total = horizon_of(buyers.days, days, gap), buyers.whole
    said, came = [], []
    for now in _tests(buyers.days, horizon):
        if not _looks(now, horizon.tested, gap):
            continue
        shares = learn_shares(buyers, now, horizon.tested, gap)
        whole = said_of_total(total, shop, horizon, now, method)
        bought = buyers.between(now + gap, now + gap + horizon.tested)
        for group in _groups(buyers, now):
            said.append(whole * float(shares.each[group].sum()))
            came.append(float(bought[group].sum()))
    if not said:
        raise TooShort(buyers.days, BEFORE_FIRST + 2 * (gap + horizon.tested))
    return np.array(said), np.array(came)


def _tests(history: int, horizon: Horizon) -> list[int]:
    last = history - horizon.gap - horizon.tested
    room = last - BEFORE_FIRST - horizon.tested - horizon.gap
    every = max(WEEK, room // TESTS)
    return list(range(last, BEFORE_FIRST, -every))[:TESTS]


def _groups(buyers: Sales, now: int) -> Iterator[NDArray[np.bool_]]:
    """Bands of recency, of frequency, and their meetings: groups as segments tend to be."""
    cells, _, known = _positions(buyers, now, now)
    bands = [cells[:, side] == band for side in (0, 1) for band in range(CELLS[side])]
    both = [one & other for one in bands[: CELLS[0]] for other in bands[CELLS[0] :]]
    return (known & group for group in (*bands, *both) if (known & group).any())


@dataclass(frozen=True)
class Group:
    """Some of the customers, and their part of everybody's demand.

    Args:
        member: (customers,) whether in the group.
        shares: of everyone.
        replayed: as `replayed_groups` found.
    """

    member: NDArray[np.bool_]
    shares: Shares
    replayed: tuple[Array, Array]

    @property
    def share(self) -> float:
        return float(self.shares.each[self.member].sum())

    def spread(self, expected: Array, whole: bool) -> Spread:
        """What so many expected units of the group may come to."""
        return shared_spread(expected, *self.replayed, whole, NEAREST)

    def part_of(
        self, pairs: pd.DataFrame, things: Sequence[Any], customers: Sequence[Any], demand: Array
    ) -> Array:
        """(things,) the part of each thing's demand that the group brings, as it bought before.

        Args:
            pairs: customer_no, key, units bought so far.
            things, customers: the keys of either, in order.
            demand: (things,) everybody's.
        """
        keys = pairs["key"].astype(object).where(pairs["key"].notna(), None)
        thing = pd.Index(list(things), dtype=object).get_indexer(pd.Index(keys))
        who = pd.Index(list(customers)).get_indexer(pd.Index(pairs["customer_no"]))
        units, n = pairs["units"].to_numpy(float), len(things)
        so_far = summed(who, units, len(customers))
        each = self.shares.each
        worth = units * np.divide(each, so_far, out=np.zeros_like(each), where=so_far > 0)[who]
        whole, own = summed(thing, worth, n), summed(thing, worth * self.member[who], n)
        prior = LIKE_OTHERS * whole / np.maximum(np.bincount(thing, minlength=n), 1)
        parts = demand * np.divide(
            own + prior * self.share, whole + prior, out=np.zeros(n), where=whole > 0
        )
        return scaled(parts, float(demand.sum()) * self.share)
