"""Demand of many series, such as products: methods and errors are shared among those alike.

What backtest.py does for each of a few series would here rest on almost nothing, as most
products sell now and then; together they have plenty of past.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from segmentation.insight.demand.backtest import (
    FIRST_TRY,
    Horizon,
    Outlook,
    Replay,
    best_method,
    foresee,
    horizon_of,
    replay,
    said_of_total,
    scaled,
)
from segmentation.insight.demand.calendar import WEEK, YEAR, Array, Calendar, Shop
from segmentation.insight.demand.models import CROWD, KINDS, Past, Sales, kinds_of_demand, predict
from segmentation.insight.demand.spread import NEIGHBOURS, shared_spread

__all__ = ["foresee_many"]

MOST_OWN = 60
"""Up to so many series each have their own errors."""
TRIES = 8
CHOSEN_ON, LEARNED_ON = 300, 2_000
"""So many drawn at random choose the methods, and so many teach the interval."""


def foresee_many(
    sales: Sales, shop: Shop, days: int, gap: int, total: Outlook, seed: int = 0
) -> Outlook:
    """A forecast of many series that add up to `total`; what is learned is shared among the alike.

    A method is chosen per kind of demand; an interval is made of the ratios of what came to what
    was said among the NEIGHBOURS past forecasts of about the same size. The past is replayed for a
    sample of the series, scaled to add up to what was said of the total then.
    """
    if sales.n <= MOST_OWN:
        return foresee(sales, shop, days, gap, float(total.expected.sum()))
    horizon = horizon_of(sales.days, days, gap)
    room = min(YEAR, sales.days - gap - horizon.tested - FIRST_TRY)
    tries = horizon.tries(sales.days, max(WEEK, room // TRIES), TRIES)
    drawn = np.random.default_rng(seed).permutation(sales.n)
    few, some = (sales.only(np.sort(drawn[:size])) for size in (CHOSEN_ON, LEARNED_ON))
    replayed = replay(few, shop, horizon, tries, CROWD)
    methods = _methods_of_kinds(replayed)
    said, naive, came, known = _said_of_many(
        sales, some, shop, horizon, tries, methods, total.methods[0]
    )
    kinds = kinds_of_demand(sales.weeks(sales.days))
    ahead = horizon.stretches(sales.days, days)
    calendar = shop.calendar(sales.days, int(ahead[-1]))
    expected = scaled(_mixed(sales, calendar, ahead, kinds, methods), float(total.expected.sum()))
    sold = float(came[known].sum())
    return Outlook(
        expected=expected,
        spread=shared_spread(expected, said[known], came[known], sales.whole_units),
        methods=tuple(methods[kind] for kind in kinds),
        tries=len(tries),
        tested=horizon.tested,
        error=float(np.abs(said - came)[known].sum()) / sold if sold else None,
        naive_error=float(np.abs(naive - came)[known].sum()) / sold if sold else None,
        replayed=(said[known], came[known]),
    )


def _methods_of_kinds(replayed: Replay) -> list[str]:
    """The best method of each kind of demand; where a kind is too rare to say, the best of all."""
    overall, _ = best_method(replayed, (replayed.kinds >= 0).astype(float))
    found = []
    for kind in range(KINDS):
        mine = replayed.kinds == kind
        enough = mine.sum() >= NEIGHBOURS
        found.append(best_method(replayed, mine.astype(float))[0] if enough else overall)
    return found


def _mixed(
    sales: Sales,
    calendar: Calendar,
    ahead: NDArray[np.int64],
    kinds: NDArray[np.int64],
    methods: Sequence[str],
) -> Array:
    """(n,) units expected over all stretches, each series by the method of its kind."""
    each = np.array([methods[max(kind, 0)] for kind in kinds])
    expected = np.zeros(sales.n)
    for method in np.unique(each):
        mine = np.flatnonzero(each == method)
        expected[mine] = predict(str(method), Past(sales.only(mine), calendar), ahead).sum(axis=1)
    return expected


def _said_of_many(
    sales: Sales,
    some: Sales,
    shop: Shop,
    horizon: Horizon,
    tries: Sequence[int],
    methods: Sequence[str],
    of_total: str,
) -> tuple[Array, Array, Array, NDArray[np.bool_]]:
    """(tries, n) of the sample: what was said, what the last week said, what came, what was known.

    What all series would have added up to is estimated by the ratio to a method that is cheap.
    """
    said, naive, came, known = [], [], [], []
    total = sales.whole
    for now in tries:
        ahead = horizon.stretches(now, horizon.tested)
        calendar = shop.calendar(now, int(ahead[-1]))
        weeks = some.weeks(now)
        mixed = _mixed(some, calendar, ahead, kinds_of_demand(weeks), methods)
        sample = Past(some, calendar)
        cheap = predict("two_months", sample, ahead).sum()
        all_cheap = predict("two_months", Past(sales, calendar), ahead).sum()
        whole = said_of_total(total, shop, horizon, now, of_total)
        added = mixed.sum() * all_cheap / cheap if cheap > 0 else 0.0
        said.append(mixed * (whole / added) if added > 0 else mixed)
        naive.append(predict("last_week", sample, ahead).sum(axis=1))
        came.append(some.between(int(ahead[0]), int(ahead[-1])))
        known.append(weeks.any(axis=1))
    return np.array(said), np.array(naive), np.array(came), np.array(known)
