"""How many units will be bought: by everyone or one segment, in all or by product or category.

Everyone's demand is forecast from the shop's own days; products and categories are made to add up
to it; a segment is the share of it that customers in its members' position brought before. Nothing
is worded.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from segmentation.insight.demand.answer import Accuracy, Demand, Shelf, Week
from segmentation.insight.demand.backtest import (
    FEWEST_SALES,
    Outlook,
    TooRare,
    foresee,
    horizon_of,
)
from segmentation.insight.demand.calendar import WEEK, Array, Shop
from segmentation.insight.demand.history import History, read_history
from segmentation.insight.demand.many import foresee_many
from segmentation.insight.demand.models import Sales
from segmentation.insight.demand.segments import Group, learn_shares, replayed_groups
from segmentation.insight.demand.spread import Spread, shared_spread
from segmentation.insight.demand.stock import RISKY, idle_stock, known_stock, with_stock
from segmentation.insight.errors import BadArgument, NotLoaded, UnknownName
from segmentation.insight.ledger import Ledger, open_ledger
from segmentation.types import CustomerBase

__all__ = ["DAYS", "MOST_DAYS", "SPLITS", "demand"]

DAYS, MOST_DAYS = 30, 366
SPLITS = ("product", "category")
PAST_WEEKS = 26


def demand(
    base: CustomerBase,
    *,
    segment: int | None = None,
    days: int | None = None,
    by: str | None = None,
) -> Demand:
    """Units to expect in the days after the base's reference day. Found once.

    Args:
        segment: the id of one of the base's segments; everyone if None.
        days: how many, at most MOST_DAYS; DAYS if None.
        by: `product` or `category`; not split if None.

    Raises:
        BadArgument, UnknownName, NotLoaded; TooShort or TooRare where there is too little history.
    """
    days = _checked_days(days)
    if by is not None and by not in SPLITS:
        raise UnknownName("split", by, SPLITS)
    ledger = open_ledger(base)
    key = ("demand", segment, days, by, id(base.segmentation.labels))
    return ledger.once(key, lambda: _Question(base, ledger, segment, days, by).answer())


def _checked_days(days: Any) -> int:
    if days is None:
        return DAYS
    if isinstance(days, bool) or not isinstance(days, int | float) or days % 1 or days < 1:
        raise BadArgument("days", days, "positive")
    if days > MOST_DAYS:
        raise BadArgument("days", days, "window")
    return int(days)


class _Question:
    """One question on its way to the answer."""

    def __init__(
        self, base: CustomerBase, ledger: Ledger, segment: int | None, days: int, by: str | None
    ) -> None:
        self.base, self.ledger, self.days = base, ledger, days
        self.segment, self.by = segment, by
        self.history: History = read_history(base)
        self.total: Outlook = self._once("total", self._total)
        self.group = None if segment is None else self._group(segment)

    @property
    def _asked(self) -> tuple[Shop, int, int]:
        """What every forecast is told: the shop, the days ahead, the gap before them."""
        return self.history.shop, self.days, self.history.gap

    def _once(self, name: str, find: Any) -> Any:
        """What does not depend on segments, found once."""
        return self.ledger.once(("demand of", name, self.days, "everyone"), find)

    def answer(self) -> Demand:
        history, total = self.history, self.total
        ahead = self._weeks_ahead()
        low, high, expected = self._sum()
        calendar = history.shop.calendar(history.days, history.days + history.gap + self.days)
        lines, outlook = (None, None) if self.by is None else self._lines(self.by)
        shelf = None if self.segment is not None else self._shelf(lines)
        before = self._before_all()
        return Demand(
            segment=self.segment,
            by=self.by,
            first=history.today,
            last=history.today + timedelta(days=self.days - 1),
            history=history,
            expected=expected,
            low=low,
            high=high,
            before=before,
            method=total.methods[0],
            accuracy=_accuracy(total),
            lines_accuracy=_accuracy(outlook) if outlook and self.group is None else None,
            share=None if self.group is None else self.group.share,
            newcomers=None if self.group is None else self.group.shares.newcomers,
            members=None if self.group is None else int(self.group.member.sum()),
            past=self._weeks_past(),
            ahead=ahead,
            lines=lines,
            has_stock=len(known_stock(self.ledger)) > 0,
            shelf=shelf,
            closed=calendar.closed_weekdays,
            closures=tuple(
                (history.day(a), history.day(b))
                for a, b in calendar.expected
                if history.day(b) >= history.today
            ),
        )

    def _total(self) -> Outlook:
        days, sold = self.history.days, int((self.history.shop.by_day > 0).sum())
        horizon_of(days, self.days, self.history.gap)
        if sold < FEWEST_SALES:
            raise TooRare(sold, FEWEST_SALES)
        place = np.arange(days)
        sales = Sales(np.zeros_like(place), place, self.history.shop.by_day, 1, days)
        return foresee(sales, *self._asked)

    # --- the sum -------------------------------------------------------------------------------

    def _sum(self) -> tuple[float, float, float]:
        """Low, high, expected."""
        if self.group is None:
            expected, spread = self.total.expected, self.total.spread
        else:
            expected = self.total.expected * self.group.share
            spread = self.group.spread(expected, self.total.spread.whole)
        low, high = spread.interval()
        return float(low[0]), float(high[0]), float(expected[0])

    def _weeks_ahead(self) -> tuple[Week, ...]:
        assert self.total.weeks is not None and self.total.week_ends is not None
        units, (low, high) = self.total.weeks[0], (ends[0] for ends in self.total.week_ends)
        if self.group is not None:
            units = units * self.group.share
            low, high = self.group.spread(units, self.total.spread.whole).interval()
        first, last = self.history.today, self.history.today + timedelta(days=self.days - 1)
        begins = [first + timedelta(days=WEEK * k) for k in range(len(units))]
        ends = [*(begin - timedelta(days=1) for begin in begins[1:]), last]
        return tuple(
            Week(begin, end, float(expected), float(lowest), float(highest))
            for begin, end, expected, lowest, highest in zip(
                begins, ends, units, low, high, strict=True
            )
        )

    @property
    def _own(self) -> Array:
        """(days,) units by day of those asked about."""
        if self.group is None:
            return self.history.shop.by_day
        sales = self.history.things(self.ledger, "customer").sales
        return sales.only(np.flatnonzero(self.group.member)).by_day

    def _weeks_past(self) -> tuple[Week, ...]:
        own, history = self._own, self.history
        begins = range(history.days % WEEK, history.days, WEEK)[-PAST_WEEKS:]
        return tuple(
            Week(history.day(i), history.day(i + WEEK - 1), float(own[i : i + WEEK].sum()))
            for i in begins
        )

    def _before_all(self) -> float | None:
        return float(self._own[-self.days :].sum()) if self.days <= self.history.days else None

    # --- a segment -----------------------------------------------------------------------------

    def _group(self, segment: int) -> Group:
        history, days, gap = self.history, self.days, self.history.gap
        buyers = history.things(self.ledger, "customer")
        tested = horizon_of(history.days, days, gap).tested
        shares = self._once("shares", lambda: learn_shares(buyers.sales, history.days, tested, gap))
        replayed = self._once(
            "groups",
            lambda: replayed_groups(buyers.sales, *self._asked, self.total.methods[0]),
        )
        labels = self.ledger.run(self.ledger.labels(self.base.segmentation))
        mine = labels.loc[labels["segment"] == segment, "customer_no"]
        return Group(np.isin(np.array(buyers.keys), mine.to_numpy()), shares, replayed)

    # --- products and categories ---------------------------------------------------------------

    def _outlook(self, by: str) -> tuple[tuple[Any, ...], Outlook]:
        """The keys of products or categories, and everyone's demand for each."""
        things = self.history.things(self.ledger, by)
        if by == "category" and not any(key is not None for key in things.keys):
            raise NotLoaded("categories", "units")
        return things.keys, self._once(
            by, lambda: foresee_many(things.sales, *self._asked, self.total)
        )

    def _lines(self, by: str) -> tuple[pd.DataFrame, Outlook]:
        keys, outlook = self._outlook(by)
        expected, spread = outlook.expected, outlook.spread
        if self.group is not None:
            pairs = self.history.pairs(self.ledger, by)
            customers = self.history.things(self.ledger, "customer").keys
            expected = self.group.part_of(pairs, keys, customers, outlook.expected)
            if by == "product":
                spread = shared_spread(expected, *outlook.replayed, spread.whole)
            else:
                spread = self.group.spread(expected, spread.whole)
        frame = self._frame(by, keys, expected, spread)
        stock = known_stock(self.ledger)
        if by == "product" and self.group is None and len(stock):
            frame = with_stock(frame, spread, stock, self.days)
        return _urgent_first(frame), outlook

    def _frame(
        self, by: str, keys: tuple[Any, ...], expected: Array, spread: Spread
    ) -> pd.DataFrame:
        low, high = spread.interval()
        named: list[Any] = list(keys)
        if by == "product":
            known = self.ledger.run(self.ledger.products).set_index("product_no")
            ids, names = known["product_id"].to_dict(), known["product"].to_dict()
            named = [names.get(key) for key in keys]
            keys = tuple(ids.get(key) for key in keys)
        return pd.DataFrame(
            {
                "key": pd.Series(list(keys), dtype=object),
                "name": pd.Series(named, dtype=object),
                "expected": expected,
                "low": low,
                "high": high,
                "before": self._before(by),
            }
        )

    def _before(self, by: str) -> Array:
        """(things,) units of as many days up to the end of the history; NaN if it is shorter."""
        things, history = self.history.things(self.ledger, by), self.history
        if self.days > history.days:
            return np.full(things.sales.n, np.nan)
        if self.group is None:
            return things.sales.between(history.days - self.days, history.days)
        buyers = np.array(history.things(self.ledger, "customer").keys)
        since = history.day(history.days - self.days)
        frame = history.bought_since(self.ledger, by, since, buyers[self.group.member])
        found = dict(zip(frame["key"], frame["units"], strict=True))
        return np.array([found.get(key, 0.0) for key in things.keys])

    def _shelf(self, lines: pd.DataFrame | None) -> Shelf | None:
        stock = known_stock(self.ledger)
        if not len(stock):
            return None
        if self.by != "product" or lines is None:
            lines, _ = self._once("product lines", lambda: self._lines("product"))
        known = int(lines["stock"].notna().sum())
        short = lines[lines["risk"] >= RISKY].reset_index(drop=True)
        idle = idle_stock(self.base, lines, stock, self.days)
        return Shelf(known, len(lines) - known, len(short), len(idle), short, idle)


def _urgent_first(frame: pd.DataFrame) -> pd.DataFrame:
    """What may run out first, riskiest first; then the most units; ties by key."""
    risk = frame["risk"] if "risk" in frame else pd.Series(0.0, index=frame.index)
    frame = frame.assign(urgency=risk.where(risk >= RISKY, 0.0))
    order = ["urgency", "expected", "key"]
    ranked = frame.sort_values(order, ascending=[False, False, True], kind="stable")
    return ranked.drop(columns="urgency").reset_index(drop=True)


def _accuracy(outlook: Outlook) -> Accuracy:
    return Accuracy(outlook.tries, outlook.tested, outlook.error, outlook.naive_error)
