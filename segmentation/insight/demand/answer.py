"""The answer to how much will be bought, as data: units and intervals, weeks, lines, stock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd

from segmentation.insight.demand.calendar import YEAR
from segmentation.insight.demand.history import History, Huge
from segmentation.insight.demand.stock import Idle
from segmentation.types import Fact, period_between

__all__ = ["Accuracy", "Demand", "Shelf", "Week"]

STOCK_UNITS = {"stock": "units", "cover": "days", "risk": "probability", "reorder": "units"}
STOCK_METRICS = {"cover": "stock_cover", "risk": "shortage_risk", "reorder": "units_to_order"}


@dataclass(frozen=True)
class Week:
    """Seven days (at the end 4 to 10): what was sold, or what is expected with its interval."""

    first: date
    last: date
    units: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Accuracy:
    """How far off forecasts were on earlier days of the shop's own past.

    Args:
        tries, days: how many days were replayed, and how many days ahead they looked.
        error, naive_error: absolute error of the sums as a share of what was sold, and that of
            repeating the last week; None where nothing was sold.
    """

    tries: int
    days: int
    error: float | None
    naive_error: float | None

    def facts(self, subject: str, period: str) -> list[Fact]:
        shares = {"forecast_error": self.error, "naive_forecast_error": self.naive_error}
        facts = [Fact(subject, "replays", period, self.tries, "replays")]
        facts.append(Fact(subject, "replayed_days", period, self.days, "days"))
        return facts + [
            Fact(subject, name, period, value, "share")
            for name, value in shares.items()
            if value is not None
        ]


@dataclass(frozen=True)
class Shelf:
    """Stock beside demand.

    Args:
        known, unknown: products with a sale whose stock is known, and whose is not.
        n_short, n_idle: how many may run out, and how many lie idle.
        short: rows of those that may run out, as in `Demand.lines`, riskiest first.
        idle: what lies far longer than the days asked about, most units first.
    """

    known: int
    unknown: int
    n_short: int
    n_idle: int
    short: pd.DataFrame
    idle: tuple[Idle, ...]

    def facts(self, period: str) -> Iterator[Fact]:
        yield Fact("all", "products_short", period, self.n_short, "products")
        yield Fact("all", "products_idle", period, self.n_idle, "products")
        yield Fact("all", "products_without_stock_figure", period, self.unknown, "products")
        for one in self.idle:
            subject = f"product:{one.product_id}"
            yield Fact(subject, "stock", period.partition("/")[0], one.stock, "units")
            if one.cover is not None:
                yield Fact(subject, "stock_cover", period, one.cover, "days")
            if one.segment is not None:
                own, others = f"segment:{one.segment}", f"segment!={one.segment}"
                day = period.partition("/")[0]
                yield Fact(f"{subject}&{own}", "reach", day, one.share, "share")
                yield Fact(f"{subject}&{others}", "reach", day, one.rest, "share")


@dataclass(frozen=True)
class Demand:
    """Units to expect.

    Args:
        segment, by: as asked.
        first, last: the days forecast.
        history: what it is learned from.
        expected, low, high: units, and the ends of the 80 % interval of their sum.
        before: units sold in as many days up to the end of the history; None where it is shorter.
        method: of everyone's demand; a name of demand_models.
        accuracy: of everyone's sums.
        lines_accuracy: of single lines; None where not split, and for a segment's.
        share, newcomers: of everyone's demand, what the segment is expected to bring, and what
            customers who have not bought yet; None where no segment was asked about.
        members: customers of the segment with a purchase; None where none was asked about.
        past, ahead: weeks, oldest first.
        lines: by product or category: `key`, `name`, `expected`, `low`, `high`, `before` and, where
            stock is known, `stock`, `cover`, `risk`, `reorder`; what may run out first, then the
            most units. None where not split.
        has_stock: whether any product's stock is known.
        shelf: None where no stock is known, and for a segment: stock is everybody's.
        closed: weekdays without business, Monday 0.
        closures: days ahead on which the shop is expected to be closed as it was a year before.
    """

    segment: int | None
    by: str | None
    first: date
    last: date
    history: History
    expected: float
    low: float
    high: float
    before: float | None
    method: str
    accuracy: Accuracy
    lines_accuracy: Accuracy | None
    share: float | None
    newcomers: float | None
    members: int | None
    past: tuple[Week, ...]
    ahead: tuple[Week, ...]
    lines: pd.DataFrame | None
    has_stock: bool
    shelf: Shelf | None
    closed: tuple[int, ...]
    closures: tuple[tuple[date, date], ...]

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def period(self) -> str:
        return period_between(self.first, self.last)

    @property
    def period_before(self) -> str:
        """As many days as are forecast, up to the end of the history."""
        first = self.history.last - timedelta(days=self.days - 1)
        return period_between(first, self.history.last)

    @property
    def knows_seasons(self) -> bool:
        """Whether the history has two years, so that a season can be told from growth."""
        return self.history.days >= 2 * YEAR

    @property
    def change(self) -> float | None:
        """Expected against as many days before, as a share; None where nothing was sold then."""
        return self.expected / self.before - 1 if self.before else None

    @property
    def subject(self) -> str:
        return "all" if self.segment is None else f"segment:{self.segment}"

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Every number here."""
        learned = self.history.period
        facts = [*_units(self.subject, self.period, self.expected, self.low, self.high)]
        if self.before is not None:
            facts.append(Fact(self.subject, "units", self.period_before, self.before, "units"))
        if self.change is not None:
            facts.append(Fact(self.subject, "change_in_units", self.period, self.change, "share"))
        facts += self.accuracy.facts("all", learned)
        if self.lines_accuracy is not None:
            facts += self.lines_accuracy.facts(f"each {self.by}", learned)
        facts += [_huge(one) for one in self.history.huge]
        if self.newcomers is not None and self.share is not None:
            facts.append(Fact(self.subject, "share_of_demand", self.period, self.share, "share"))
            facts.append(Fact("all", "newcomers_share", self.period, self.newcomers, "share"))
            facts.append(Fact(self.subject, "customers", learned, self.members, "customers"))
        for week in self.past:
            days = period_between(week.first, week.last)
            facts.append(Fact(self.subject, "units", days, week.units, "units"))
        for week in self.ahead:
            days = period_between(week.first, week.last)
            facts += _units(self.subject, days, week.units, week.low, week.high)
        if self.lines is not None:
            facts += [f for row in self.lines.to_dict("records") for f in self._line_facts(row)]
        if self.shelf is not None:
            rows = self.shelf.short.to_dict("records")
            facts += [f for row in rows for f in self._line_facts(row, "product")]
            facts += self.shelf.facts(self.period)
        return tuple(dict.fromkeys(facts))

    def _line_facts(self, row: Mapping[Any, Any], by: str | None = None) -> Iterator[Fact]:
        rest = "" if self.segment is None else f"&{self.subject}"
        subject = f"{by or self.by}:{'unknown' if row['key'] is None else row['key']}{rest}"
        yield from _units(subject, self.period, row["expected"], row["low"], row["high"])
        if row["before"] == row["before"]:
            yield Fact(subject, "units", self.period_before, row["before"], "units")
        for name, unit in STOCK_UNITS.items():
            value = row.get(name)
            if value is not None and value == value:
                metric = STOCK_METRICS.get(name, name)
                yield Fact(subject, metric, self.period, float(value), unit)


def _huge(one: Huge) -> Fact:
    subject = "all" if one.product_id is None else f"product:{one.product_id}"
    return Fact(subject, "exceptional_units", one.day.isoformat(), one.units, "units")


def _units(
    subject: str, period: str, expected: float, low: float | None, high: float | None
) -> Iterator[Fact]:
    yield Fact(subject, "expected_units", period, float(expected), "units")
    if low is not None and high is not None:
        yield Fact(subject, "expected_units_low", period, float(low), "units")
        yield Fact(subject, "expected_units_high", period, float(high), "units")
