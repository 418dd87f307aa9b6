"""How demand is forecast: units by series and week in, a level for the weeks to come out.

Every method is a published one, most of them from statsforecast. Series are rates: units of seven
days over what share of an ordinary week these days were, so that closures and closed weekdays are
no demand of nothing. Which method is used is decided elsewhere, by its errors on the shop's past.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segmentation.insight.demand.calendar import WEEK, YEAR, Array, Calendar

__all__ = [
    "CROWD",
    "FEW",
    "GROWTH_DAYS",
    "KINDS",
    "Past",
    "Sales",
    "kinds_of_demand",
    "predict",
    "summed",
]

FEW = ("last_week", "recent", "two_months", "smoothed", "adida", "yearly")
"""Methods for few series that sell every week: a shop, its categories."""
CROWD = ("two_months", "average", "smoothed", "tsb", "croston", "imapa")
"""Methods for many series, most of which sell now and then: products."""

OPEN_ENOUGH = 0.3
"""Weeks with less business than this share of an ordinary one are left out."""
EXCEPTIONAL, LEAST_SPREAD, ENOUGH_WEEKS = 4.0, 0.5, 6
GROWTH_DAYS = 8 * WEEK
KINDS = 4
OFTEN, EVEN = 1.32, 0.49
"""Syntetos, Boylan & Croston (2005): where demand is intermittent, and where it is erratic."""


@dataclass(frozen=True)
class Sales:
    """Units by series and day, only where there are any.

    Args:
        series, day, units: (m,) aligned; a series by its position, a day by its number from 0.
        n: series.
        days: days of the history.
    """

    series: NDArray[np.int64]
    day: NDArray[np.int64]
    units: Array
    n: int
    days: int

    def between(self, first: int, end: int) -> Array:
        """(n,) units from day `first` to before `end`."""
        mine = (self.day >= first) & (self.day < end)
        return summed(self.series[mine], self.units[mine], self.n)

    def weeks(self, until: int) -> Array:
        """(n, weeks) units in sevens of days counted backwards from before `until`."""
        count = until // WEEK
        week = (self.day - until % WEEK) // WEEK
        mine = (week >= 0) & (self.day < until)
        place = self.series[mine] * count + week[mine]
        return summed(place, self.units[mine], self.n * count).reshape(self.n, count)

    @property
    def by_day(self) -> Array:
        """(days,) units of all series together."""
        return summed(self.day, self.units, self.days)

    def only(self, rows: NDArray[np.int64]) -> Sales:
        """The series at these positions, in this order."""
        place = np.full(self.n, -1)
        place[rows] = np.arange(len(rows))
        mine = place[self.series] >= 0
        return Sales(
            place[self.series[mine]], self.day[mine], self.units[mine], len(rows), self.days
        )

    @property
    def whole_units(self) -> bool:
        """Whether nothing is sold by parts of a unit."""
        return bool((self.units % 1 == 0).all())

    @property
    def whole(self) -> Sales:
        """All series as one."""
        days = np.arange(self.days)
        return Sales(np.zeros_like(days), days, self.by_day, 1, self.days)


def summed(place: NDArray[np.int64], values: Array, n: int) -> Array:
    """(n,) the sum of the values at each place."""
    return np.bincount(place, values, minlength=n).astype(np.float64)


@dataclass(frozen=True)
class Past:
    """What is known before the day `calendar.past`; later days of the sales are not looked at."""

    sales: Sales
    calendar: Calendar

    @cached_property
    def rates(self) -> Array:
        """(n, weeks) units per ordinary week; closures left out, exceptional weeks tempered."""
        weights = self.calendar.blocks()
        used = weights >= OPEN_ENOUGH
        used = used if used.any() else weights > 0
        return _tempered(self.sales.weeks(self.calendar.past)[:, used] / weights[used])


def predict(method: str, past: Past, ahead: NDArray[np.int64]) -> Array:
    """(n, blocks) units expected in each stretch of days ahead, never negative.

    Args:
        ahead: (blocks + 1,) positions of days at which the stretches begin, and the last ends.
    """
    weights = np.array([past.calendar.between(a, b) for a, b in pairwise(ahead)])
    if method == "yearly":
        return _yearly(past, ahead, weights)
    return np.outer(_levels(method, past.rates), weights)


def _tempered(rates: Array) -> Array:
    """No week above four deviations of the logarithms of the series' own weeks with sales."""
    logs = np.where(rates > 0, np.log(np.maximum(rates, 1e-12)), np.nan)
    often = (rates > 0).sum(axis=1) >= ENOUGH_WEEKS
    most = np.full(len(rates), np.inf)
    if often.any():
        middle = np.nanmedian(logs[often], axis=1)
        spread = 1.4826 * np.nanmedian(np.abs(logs[often] - middle[:, None]), axis=1)
        most[often] = np.exp(middle + EXCEPTIONAL * np.maximum(spread, LEAST_SPREAD))
    tempered: Array = np.minimum(rates, most[:, None])
    return tempered


def _levels(method: str, rates: Array) -> Array:
    """(n,) units per ordinary week to come; a series begins with its first sale."""
    simple = {"last_week": 1, "recent": 4, "two_months": 8, "average": rates.shape[1]}
    first = np.where(rates.any(axis=1), (rates > 0).argmax(axis=1), 0)
    if method in simple:
        return _mean_of_last(rates, first, simple[method])
    model = _models()[method]
    short = rates.shape[1] - first < 2
    levels = _mean_of_last(rates, first, 1)
    series = np.ascontiguousarray(rates, dtype=np.float32)
    for row in np.flatnonzero(~short & rates.any(axis=1)):
        levels[row] = model(series[row, first[row] :])
    return np.maximum(np.nan_to_num(levels), 0.0)


def _mean_of_last(rates: Array, first: NDArray[np.int64], weeks: int) -> Array:
    """The mean of the last weeks, of as many as the series has."""
    weeks = min(weeks, rates.shape[1])
    counted = np.minimum(rates.shape[1] - first, weeks)
    mean: Array = rates[:, rates.shape[1] - weeks :].sum(axis=1) / np.maximum(counted, 1)
    return mean


def _models() -> Mapping[str, Callable[[Any], float]]:
    from statsforecast import models

    known = {
        "smoothed": models.SimpleExponentialSmoothingOptimized(),
        "tsb": models.TSB(alpha_d=0.1, alpha_p=0.1),
        "croston": models.CrostonSBA(),
        "adida": models.ADIDA(),
        "imapa": models.IMAPA(),
    }

    def level(model: Any) -> Callable[[Any], float]:
        return lambda series: float(model.forecast(series, h=1)["mean"][0])

    return {name: level(model) for name, model in known.items()}


def _yearly(past: Past, ahead: NDArray[np.int64], weights: Array) -> Array:
    """What the same days a year before brought, times the growth of the last eight weeks on theirs.

    Zeros where there is no such year; where a series sold nothing then, its recent level.
    """
    sales, now = past.sales, past.calendar.past
    if now - YEAR - GROWTH_DAYS < 0:
        return np.zeros((sales.n, len(weights)))
    then = [sales.between(a - YEAR, b - YEAR) for a, b in pairwise(ahead)]
    before = sales.between(now - YEAR - GROWTH_DAYS, now - YEAR)
    growth = sales.between(now - GROWTH_DAYS, now) / np.maximum(before, 1e-12)
    known = before > 0
    return np.where(
        known[:, None],
        np.array(then).T * growth[:, None],
        np.outer(_levels("two_months", past.rates), weights),
    )


def kinds_of_demand(rates: Array) -> NDArray[np.int64]:
    """(n,) 0 smooth, 1 erratic, 2 intermittent, 3 lumpy; -1 where nothing was sold.

    By the weeks between weeks with demand, and by how much the sizes of these vary.
    """
    first = np.where(rates.any(axis=1), (rates > 0).argmax(axis=1), 0)
    count = np.maximum((rates > 0).sum(axis=1), 1)
    mean = rates.sum(axis=1) / count
    square = (rates**2).sum(axis=1) / count
    varied = (square - mean**2) / np.maximum(mean**2, 1e-12) >= EVEN
    rare = (rates.shape[1] - first) / count >= OFTEN
    kinds = varied.astype(np.int64) + 2 * rare.astype(np.int64)
    return np.where(rates.any(axis=1), kinds, -1)
