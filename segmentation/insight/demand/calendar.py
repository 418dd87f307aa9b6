"""On which days a shop sells, and how much of an ordinary week each day makes.

Learned from the shop's own days alone: weekdays it is closed on, closures such as the one around
Christmas, the shape of its week. It knows no public holidays.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["WEEK", "YEAR", "Array", "Calendar", "Shop", "learn_calendar"]

Array = NDArray[np.float64]
Span = tuple[int, int]

WEEK = 7
YEAR = 364
"""Fifty-two weeks: the same weekday a year before."""
SAME_DATE = 365
RARE = 0.1
"""A weekday with fewer than this share of the others' chance of a sale is closed."""
EXPECTED_SALES = 5
"""So many days with a sale must be missing before a weekday counts as closed."""
BY_CHANCE = 1e-4
"""A stretch without a sale is a closure if chance alone would bring it less often than this."""
LONGEST = 31
"""A longer one is a break in the data, and is not expected again a year later."""
RECENT_DAYS = 13 * WEEK
PRIOR_DAYS = 4.0
"""The shape of the week is drawn towards an even one by so many days of each weekday."""


@dataclass(frozen=True)
class Calendar:
    """The days of the past, and those ahead.

    Args:
        weights: (past + ahead,) the share of an ordinary week's units that each day brings; 0 on
            days without business. Seven days of an ordinary week add up to 1.
        past: how many of the days lie in the past.
        closed_weekdays: Monday 0.
        closures: first and last day of every closure in the past, as positions.
        expected: the same of those ahead: on the dates of a closure a year before.
    """

    weights: Array
    past: int
    closed_weekdays: tuple[int, ...]
    closures: tuple[Span, ...]
    expected: tuple[Span, ...]

    def between(self, first: int, end: int) -> float:
        """How many ordinary weeks the days from `first` to before `end` come to."""
        return float(self.weights[first:end].sum())

    def blocks(self) -> Array:
        """(weeks,) the same of the past cut into sevens backwards from its last day."""
        days = self.weights[self.past % WEEK : self.past]
        whole: Array = days.reshape(-1, WEEK).sum(axis=1)
        return whole


@dataclass(frozen=True)
class Shop:
    """The days of a whole shop.

    Args:
        by_day: (days,) units sold by everyone.
        weekday: of the first day, Monday 0.
    """

    by_day: Array
    weekday: int

    def calendar(self, now: int, end: int) -> Calendar:
        """As learned before the day `now`, for the days to before `end`."""
        return learn_calendar(self.by_day[:now], self.weekday, end - now)


def learn_calendar(totals: Array, weekday: int, ahead: int) -> Calendar:
    """The calendar of a shop.

    Args:
        totals: (days,) units sold by everyone on each day.
        weekday: of the first day, Monday 0.
        ahead: days to come that it should cover.
    """
    past = len(totals)
    weekdays = (np.arange(past + ahead) + weekday) % WEEK
    sold = totals > 0
    shut = _closed_weekdays(sold, weekdays[:past])
    business = ~np.isin(weekdays, shut)
    closures = _closures(sold, business[:past])
    resting = np.zeros(past + ahead, dtype=bool)
    for first, last in closures:
        resting[first : last + 1] = True
    for first, last in closures:
        if last - first < LONGEST:
            resting[max(first + SAME_DATE, past) : max(last + SAME_DATE + 1, past)] = True
    open_days = business & ~resting
    shape = _shape_of_week(totals, weekdays[:past], open_days[:past])
    return Calendar(
        weights=np.where(open_days, shape[weekdays], 0.0),
        past=past,
        closed_weekdays=tuple(int(day) for day in shut),
        closures=closures,
        expected=_spans(resting[past:], past),
    )


def _closed_weekdays(sold: NDArray[np.bool_], weekdays: NDArray[np.int_]) -> NDArray[np.int_]:
    """Weekdays on which the shop hardly ever sells though others would lead to expect it."""
    days = np.bincount(weekdays, minlength=WEEK)
    with_sale = np.bincount(weekdays, weights=sold, minlength=WEEK)
    rate = with_sale / np.maximum(days, 1)
    usual = float(np.median(rate[days > 0])) if len(sold) else 0.0
    missing = (days * usual >= EXPECTED_SALES) & (rate <= RARE * usual)
    return np.flatnonzero(missing)


def _closures(sold: NDArray[np.bool_], business: NDArray[np.bool_]) -> tuple[Span, ...]:
    """Stretches without a sale that chance would hardly bring, at the shop's own pace."""
    rate = sold[business].mean() if business.any() else 1.0
    quiet = 1.0 - min(float(rate), 1 - 1e-9)
    return tuple(
        (first, last)
        for first, last in _spans(~sold, 0)
        if quiet ** int(business[first : last + 1].sum()) < BY_CHANCE
    )


def _spans(flags: NDArray[np.bool_], offset: int) -> tuple[Span, ...]:
    """First and last position of every run of True, `offset` added."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    starts, ends = edges[::2] + offset, edges[1::2] - 1 + offset
    return tuple((int(a), int(b)) for a, b in zip(starts, ends, strict=True))


def _shape_of_week(
    totals: Array, weekdays: NDArray[np.int_], open_days: NDArray[np.bool_]
) -> Array:
    """(7,) each weekday's share of a week's units over the last quarter of a year."""
    recent = open_days.copy()
    recent[: max(0, len(totals) - RECENT_DAYS)] = False
    days = np.bincount(weekdays[recent], minlength=WEEK)
    units = np.bincount(weekdays[recent], weights=totals[recent], minlength=WEEK)
    mean = units.sum() / max(days.sum(), 1)
    level = (units + PRIOR_DAYS * mean) / (days + PRIOR_DAYS)
    level[days == 0] = mean if not open_days.any() else 0.0
    whole = level.sum()
    return level / whole if whole > 0 else np.full(WEEK, 1 / WEEK)
