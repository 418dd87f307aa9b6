"""Any metric of the contract, of anyone, split by anything: counted from the data, told as facts.

Nothing here is worded: notes are keys with values, for the language layer.
"""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from segmentation.insight.errors import BadArgument, NotLoaded
from segmentation.insight.filters import Filter
from segmentation.insight.ledger import Ledger, open_ledger
from segmentation.insight.measures import measure
from segmentation.insight.metrics import Metric, find_metric
from segmentation.insight.notes import Note
from segmentation.insight.scope import Scope, scope
from segmentation.insight.splits import CHRONOLOGICAL, Split, find_split, named
from segmentation.insight.value.valuation import demand_forecast, forecast_days
from segmentation.types import CustomerBase, Fact, period_between

__all__ = ["SMALL_GROUP", "Answer", "Note", "query", "subject_of"]

SMALL_GROUP = 30


@dataclass(frozen=True)
class Answer:
    """What a question came to.

    Args:
        metric: what was measured.
        by: what it was split by, or None.
        frame: one row per group: `group` (segment id, country, product_id, `2011-09`, weekday with
            Monday 0; None where unknown), `name` (how to call it), `value` (NaN where undefined),
            `n` (what `metric.counted` counts), `subject` (as in facts). One row, group `all`, when
            not split.
        facts: one per row of the frame with a value, and one for the total.
        notes: what the answer rests on.
        total: the metric over everyone in scope; None where undefined.
        total_n: the observations under the total.
        period: `first/last`, or one day for a state.
        subject: what the whole answer is about: `all`, `country:Germany`, ...
        groups: how many groups there are; more than rows when `top_n` cut them.
        unit: the metric's unit, money resolved to the shop's currency.
    """

    metric: Metric
    by: str | None
    frame: pd.DataFrame
    facts: tuple[Fact, ...]
    notes: tuple[Note, ...]
    total: float | None
    total_n: int
    period: str
    subject: str
    groups: int
    unit: str

    @property
    def counts(self) -> tuple[Fact, ...]:
        """What each number rests on, as facts: the customers (or orders, reviews) behind it."""
        counted = self.metric.counted
        if counted == self.metric.name:
            return ()
        rows = [(self.subject, self.total_n)] if self.by else []
        rows += zip(self.frame["subject"], self.frame["n"], strict=True)
        return tuple(Fact(subject, counted, self.period, int(n), counted) for subject, n in rows)


def query(
    base: CustomerBase,
    metric: str,
    *,
    by: str | None = None,
    filters: Sequence[Any] = (),
    top_n: int | None = None,
    order: str | None = None,
) -> Answer:
    """Answer one metric, whole or split, among what the filters leave.

    Args:
        metric: a name of METRICS.
        by: segment, country, category, product, customer, month, weekday, or any field of a
            profile or an order line.
        filters: mappings {field, op, value}, or checked `Filter`s.
        top_n: how many groups to keep; all when None.
        order: `asc` or `desc` by value; months and weekdays in order of time when None.

    Raises:
        UnknownName, BadArgument, NotLoaded, NoForecast: each says what would be right.
    """
    measured = find_metric(metric)
    _check(top_n, order)
    ledger = open_ledger(base)
    with ledger.lock:
        _demand(base, ledger, measured)
        split = find_split(base, measured, by)
        whole = scope(base, measured.source, filters)
        total = measure(ledger, measured, whole.rows, None)
        frame = total
        if split is not None:
            rows = _goods(whole) if split.goods_only else whole.rows
            frame = named(
                base, ledger, split, measure(ledger, measured, *split.apply(base, ledger, rows))
            )
    return _answer(base, measured, split, whole, frame, total, top_n, order)


def _check(top_n: int | None, order: str | None) -> None:
    if top_n is not None and (isinstance(top_n, bool) or int(top_n) < 1):
        raise BadArgument("top_n", top_n, "positive")
    if order not in (None, "asc", "desc"):
        raise BadArgument("order", order, "order")


def _demand(base: CustomerBase, ledger: Ledger, metric: Metric) -> None:
    """The metric's table is there and can answer. Raises NotLoaded, NoForecast."""
    lacking = ledger.lacks(metric)
    if lacking:
        raise NotLoaded(lacking, metric.name)
    if metric.is_forecast:
        demand_forecast(base, metric.name)


def _goods(whole: Scope) -> Any:
    """The rows without charges such as postage, unless a product was asked for by name."""
    asked = any(filter_.field.kind == "product" for filter_ in whole.filters)
    if asked or "is_charge" not in whole.rows.columns:
        return whole.rows
    return whole.rows.filter(~whole.rows.is_charge)


def _answer(
    base: CustomerBase,
    metric: Metric,
    split: Split | None,
    whole: Scope,
    frame: pd.DataFrame,
    total: pd.DataFrame,
    top_n: int | None,
    order: str | None,
) -> Answer:
    unit = base.currency if metric.unit == "money" else metric.unit
    period = _period(base, metric, whole)
    subject = subject_of(whole.filters)
    value, n = float(total["value"].fillna(np.nan).iloc[0]), int(total["n"].iloc[0])
    overall = None if np.isnan(value) else value
    facts = [] if overall is None else [_fact(metric, subject, period, overall, unit)]
    notes = _notes(metric, split, whole, base, n)
    if split is None:
        one = {"group": ["all"], "name": ["all"], "value": [value], "n": [n], "subject": [subject]}
        frame, groups = pd.DataFrame(one), 1
    else:
        frame, groups = _arranged(frame, metric, split, whole, top_n, order)
        facts += _facts(frame, metric, split, whole, period, unit)
        notes += _small_groups(frame, split)
    return Answer(
        metric, split.name if split else None, frame, tuple(facts), tuple(notes), overall, n,
        period, subject, groups, unit,
    )  # fmt: skip


def _period(base: CustomerBase, metric: Metric, whole: Scope) -> str:
    """The days that the number speaks of, as facts write them."""
    if metric.is_forecast:
        return "/".join(day.isoformat() for day in forecast_days(base))
    return base.as_of.date().isoformat() if metric.is_state else whole.period


def _arranged(
    frame: pd.DataFrame,
    metric: Metric,
    split: Split,
    whole: Scope,
    top_n: int | None,
    order: str | None,
) -> tuple[pd.DataFrame, int]:
    """The groups to show, in order, with their subjects; and how many there are."""
    if split.name == "month" and metric.adds_up:
        frame = _fill_months(frame)
    groups = len(frame)
    frame = _ordered(frame, split, top_n, order)
    rest = subject_of(whole.filters, "\0", split.name).partition("\0")[2]
    named = [split.name == "weekday" or group is None for group in frame["group"]]
    keys = [
        name if by_name else group
        for by_name, group, name in zip(named, frame["group"], frame["name"], strict=True)
    ]
    subjects = [f"{split.name}:{key}{rest}" for key in keys]
    return frame.assign(subject=subjects), groups


def _small_groups(frame: pd.DataFrame, split: Split) -> list[Note]:
    if split.name in ("customer", *CHRONOLOGICAL):
        return []
    small = frame[frame["n"] < SMALL_GROUP]
    groups = list(zip(small["group"], small["name"], strict=True))
    return [Note("small_groups", {"groups": groups, "limit": SMALL_GROUP})] if groups else []


def _fill_months(frame: pd.DataFrame) -> pd.DataFrame:
    """Months without a purchase count as zero, not as absent."""
    known = [group for group in frame["group"] if group]
    if not known:
        return frame
    every = [str(month) for month in pd.period_range(min(known), max(known), freq="M")]
    missing = [month for month in every if month not in set(known)]
    if not missing:
        return frame
    rows = pd.DataFrame({"group": missing, "name": missing, "value": 0.0, "n": 0})
    return pd.concat([frame, rows], ignore_index=True)


def _ordered(
    frame: pd.DataFrame, split: Split, top_n: int | None, order: str | None
) -> pd.DataFrame:
    """By value, ties by name; months and weekdays by time unless a ranking is asked for."""
    if split.name in CHRONOLOGICAL and order is None and top_n is None:
        return frame.sort_values("group", kind="stable", ignore_index=True)
    ranked = frame.sort_values(
        ["value", "name"], ascending=[order == "asc", True], kind="stable", na_position="last"
    )
    return ranked.head(top_n).reset_index(drop=True) if top_n else ranked.reset_index(drop=True)


def subject_of(filters: Sequence[Filter], group: str = "", by: str = "") -> str:
    """A fact's subject: the group first, then the filters on anything else, or `all`."""
    parts = [f"{by}:{group}"] if by else []
    parts += [filter_.label for filter_ in filters if filter_.field.name != by]
    return "&".join(parts) or "all"


def _fact(metric: Metric, subject: str, period: str, value: float, unit: str) -> Fact:
    whole = metric.name in ("customers", "orders")
    return Fact(subject, metric.name, period, int(value) if whole else float(value), unit)


def _facts(
    frame: pd.DataFrame, metric: Metric, split: Split, whole: Scope, period: str, unit: str
) -> list[Fact]:
    facts = []
    for group, value, subject in zip(frame["group"], frame["value"], frame["subject"], strict=True):
        when = period
        if split.name == "month" and group and not metric.is_state:
            when = _month_period(str(group), whole)
        if not np.isnan(value):
            facts.append(_fact(metric, subject, when, value, unit))
    return facts


def _month_period(month: str, whole: Scope) -> str:
    first, last = month_days(month)
    return period_between(max(first, whole.first), min(last, whole.last))


def month_days(month: str) -> tuple[date, date]:
    """First and last day of `2011-09`."""
    year, number = map(int, month.split("-"))
    return date(year, number, 1), date(year, number, calendar.monthrange(year, number)[1])


def _notes(
    metric: Metric, split: Split | None, whole: Scope, base: CustomerBase, n: int
) -> list[Note]:
    notes = [Note("definition", {"metric": metric.name})]
    on_lines = [f for f in whole.filters if f.field.place == "line"]
    if metric.is_state and (on_lines or (split and split.place == "line")):
        key = "forecast_of_buyers" if metric.is_forecast else "state_of_buyers"
        notes.append(Note(key, {"metric": metric.name}))
    if any(f.field.column.startswith("metric_") for f in whole.filters) and _is_cut(base, whole):
        notes.append(Note("filters_look_at_all_time"))
    if split is not None and split.goods_only and metric.source == "orders":
        notes.append(Note("charges_left_out"))
    if split is not None and split.name == "month":
        notes += [Note("partial_month", {"month": m, "day": d}) for m, d in _partial_months(whole)]
    if n == 0:
        notes.append(Note("nothing_in_scope"))
    elif n < SMALL_GROUP and split is None:
        notes.append(Note("small_scope", {"n": n, "counted": metric.counted, "limit": SMALL_GROUP}))
    return notes


def _is_cut(base: CustomerBase, whole: Scope) -> bool:
    return (whole.first, whole.last) != open_ledger(base).days("orders")


def _partial_months(whole: Scope) -> list[tuple[str, date]]:
    """Months covered only in part, with the first or last day there is of them."""
    cut = []
    if whole.first.day != 1:
        cut.append((f"{whole.first:%Y-%m}", whole.first))
    if (whole.last + timedelta(days=1)).day != 1:
        cut.append((f"{whole.last:%Y-%m}", whole.last))
    return cut
