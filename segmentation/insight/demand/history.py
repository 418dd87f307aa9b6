"""What was sold, day by day, as far as a forecast may learn from it.

Units are those of the ledger: sales without charges, returns not subtracted; where there are no
orders, purchase events, one unit each. A day that is not over is left out, and so are single lines
so large that nothing can be learned from them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import ibis
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from segmentation.insight.demand.calendar import Shop
from segmentation.insight.demand.models import Sales
from segmentation.insight.errors import NotLoaded
from segmentation.insight.ledger import Ledger, open_ledger
from segmentation.insight.metrics import Source
from segmentation.types import CustomerBase, period_between

__all__ = ["History", "Huge", "Things", "read_history"]

HUGE, MOST_TOLD = 100, 5
"""A line of more than so many times what 99 % of lines stay below is left out; some are told."""
FEWEST_LINES = 20
EARLY_OF, EARLY = 60, 0.05
"""The last day is not over if so few of the days before it had their last sale as early."""
DAY = timedelta(days=1)
KEYS = {"product": "product_no", "category": "category", "customer": "customer_no"}


@dataclass(frozen=True)
class Huge:
    """A line that nothing is learned from; no id and name where the product is not known."""

    product_id: str | None
    name: str | None
    day: date
    units: float


@dataclass(frozen=True)
class Things:
    """Sales by product, category or customer; `keys[i]` names series i (None: not known)."""

    keys: tuple[Any, ...]
    sales: Sales


@dataclass(frozen=True)
class History:
    """The days of sales that forecasts learn from.

    Args:
        source: `orders` or `events`.
        first, last: of the days, both inclusive. Days without a sale at the end belong to them if
            as many in a row have been seen before; otherwise the data is taken to end there.
        today: the first day that can be forecast.
        unfinished: a day with sales left out because it is not over.
        huge: lines left out, largest first.
        shop: the units of its days.
        lines: the lines learned from, as an ibis table `at, units, customer_no, product_no,
            category`.
    """

    source: Source
    first: date
    last: date
    today: date
    unfinished: date | None
    huge: tuple[Huge, ...]
    shop: Shop
    lines: Any

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def period(self) -> str:
        return period_between(self.first, self.last)

    @property
    def gap(self) -> int:
        """Days between the last day learned from and the first to forecast."""
        return (self.today - self.last).days - 1

    def day(self, number: int) -> date:
        return self.first + timedelta(days=int(number))

    def things(self, ledger: Ledger, kind: str) -> Things:
        """Sales by `product`, `category` or `customer`. Found once."""
        return ledger.once(("demand things", kind, "everyone"), lambda: self._things(ledger, kind))

    def _things(self, ledger: Ledger, kind: str) -> Things:
        lines = self.lines
        frame = ledger.run(
            lines.group_by(key=lines[KEYS[kind]], day=lines["at"].truncate("D"))
            .aggregate(units=lines.units.sum())
            .order_by("key", "day")
        )
        codes, keys = pd.factorize(frame["key"], use_na_sentinel=False)
        number = (frame["day"] - pd.Timestamp(self.first)).dt.days.to_numpy().astype(np.int64)
        units = frame["units"].to_numpy(float)
        sales = Sales(codes.astype(np.int64), number, units, len(keys), self.days)
        return Things(tuple(None if pd.isna(key) else key for key in keys), sales)

    def pairs(self, ledger: Ledger, kind: str) -> pd.DataFrame:
        """customer_no, key, units: what each customer bought so far. Found once."""
        lines = self.lines
        table = lines.group_by("customer_no", key=lines[KEYS[kind]])
        table = table.aggregate(units=lines.units.sum()).order_by("customer_no", "key")
        return ledger.once(("demand pairs", kind, "everyone"), lambda: ledger.run(table))

    def bought_since(
        self, ledger: Ledger, kind: str, day: date, customers: NDArray[Any]
    ) -> pd.DataFrame:
        """key (None: not known), units: what these customers (numbers) bought from a day on."""
        begin = ibis.literal(datetime.combine(day, time()), type="timestamp")
        lines = self.lines.filter(self.lines["at"] >= begin)
        lines = lines.filter(lines.customer_no.isin([int(number) for number in customers]))
        frame = ledger.run(lines.group_by(key=lines[KEYS[kind]]).aggregate(units=lines.units.sum()))
        return frame.assign(key=frame["key"].astype(object).where(frame["key"].notna(), None))


def read_history(base: CustomerBase) -> History:
    """The history of a base's sales, found once. Raises NotLoaded where nothing was sold."""
    ledger = open_ledger(base)
    return ledger.once(("demand history", "everyone"), lambda: _read(base, ledger))


def _read(base: CustomerBase, ledger: Ledger) -> History:
    source: Source = "orders" if ledger.has("orders") else "events"
    if not ledger.has(source):
        raise NotLoaded("orders", "units")
    sold = _sold(ledger, source)
    days = _days(ledger, sold)
    if not len(days):
        raise NotLoaded("orders" if source == "orders" else "purchases", "units")
    first, last = days.index[0].date(), days.index[-1].date()
    today = base.as_of.date() if base.as_of.time() == time() else base.as_of.date() + DAY
    unfinished = None
    if last > first and (base.as_of.date() == last or _stops_early(days, today)):
        unfinished, last = last, last - DAY
    elif (today - last).days <= _longest_wait(days):
        last = today - DAY
    most = _most(ledger, sold)
    end = ibis.literal(datetime.combine(last + DAY, time()), type="timestamp")
    known = sold.filter(sold["at"] < end)
    lines = known if most is None else known.filter(known.units <= most)
    usual = days if most is None else _days(ledger, lines)
    by_day = usual["units"].reindex(pd.date_range(first, last), fill_value=0.0)
    return History(
        source=source,
        first=first,
        last=last,
        today=today,
        unfinished=unfinished,
        huge=() if most is None else _huge(ledger, known.filter(known.units > most)),
        shop=Shop(by_day.to_numpy(float), first.weekday()),
        lines=lines,
    )


def _sold(ledger: Ledger, source: Source) -> Any:
    """Lines with units: `at, units, customer_no, product_no, category`."""
    rows = ledger.source(source)
    if source == "events":
        rows = rows.filter(rows.purchase).mutate(units=ibis.literal(1.0))
    rows = rows.filter((rows.units > 0) & rows["at"].notnull())
    return rows.select("at", "units", "customer_no", "product_no", "category")


def _days(ledger: Ledger, lines: Any) -> pd.DataFrame:
    """units and the moment of the last sale, by day."""
    days = lines.group_by(day=lines["at"].truncate("D")).aggregate(
        units=lines.units.sum(), last=lines["at"].max()
    )
    return ledger.run(days).set_index("day").sort_index()


def _longest_wait(days: pd.DataFrame) -> int:
    """Most days there have been from one day with sales to the next; 1 with fewer than two."""
    return int(np.diff(days.index).max() / np.timedelta64(1, "D")) if len(days) > 1 else 1


def _stops_early(days: pd.DataFrame, today: date) -> bool:
    """Whether the day before today has its last sale earlier than almost any day before it."""
    if days.index[-1].date() != today - DAY:
        return False
    clock = days["last"] - days.index
    before = clock.iloc[-EARLY_OF - 1 : -1]
    return len(before) >= 1 / EARLY and float((before <= clock.iloc[-1]).mean()) < EARLY


def _most(ledger: Ledger, lines: Any) -> float | None:
    """The largest number of units of a line to learn from; None where none is too large."""
    ranked = ibis.row_number().over(order_by=lines.units.desc())
    count = int(ledger.run(lines.aggregate(n=lines.count()))["n"].iloc[0])
    if count < FEWEST_LINES:
        return None
    top = ledger.run(
        lines.select("units", place=ranked)
        .filter(lambda row: row.place.isin([0, max(1, count // 100)]))
        .order_by("place")
    )["units"]
    most = HUGE * float(top.iloc[-1])
    return most if float(top.iloc[0]) > most else None


def _huge(ledger: Ledger, lines: Any) -> tuple[Huge, ...]:
    products = ledger.products.select("product_no", "product_id", "product")
    named = lines.left_join(products, "product_no")
    found = ledger.run(named.order_by(named.units.desc(), named["at"]).limit(MOST_TOLD))
    return tuple(
        Huge(_text(row["product_id"]), _text(row["product"]), row["at"].date(), float(row["units"]))
        for row in found.to_dict("records")
    )


def _text(value: Any) -> str | None:
    return None if pd.isna(value) else str(value)
