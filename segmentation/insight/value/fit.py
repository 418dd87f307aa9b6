"""Buying days in, a valuation out: whether the data allow one, what it says, how far to believe it.

The models are in models.py, bases and groups of customers in value.py. A shop that gives the
models too little to go by gets none: then the only value is the one observed, `method` is
`observed`, and `notes` say why. Value is revenue net of returns, not discounted, of the customers
there are: new ones are not counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

import numpy as np
import pandas as pd

from segmentation.insight.metrics import FORECASTS
from segmentation.insight.notes import Note
from segmentation.insight.value.models import WEEK, Models, fit_models, histories

__all__ = ["DAYS", "Valuation", "valued"]

Method = Literal["bg_nbd+gamma_gamma", "bg_nbd", "observed"]

DAYS = 365
"""How far is looked ahead."""

FEWEST_REPEATERS = 50
SMALLEST_SHARE = 0.05
"""Customers who bought on two days or more: at least so many, and this share of all buyers."""

SHORTEST = 2
"""The orders must span at least the days looked ahead / this."""

MOST_RELATED = 0.3
"""Gamma-Gamma takes spend to have nothing to do with frequency: the largest rank correlation of the
two, over customers who came back, with which it is still used."""

SMALLEST_Q = 1.05
"""Spend has a mean only where Gamma-Gamma's q is larger than one."""

LONGEST_WINDOW, WINDOWS = 91, 4
"""Past windows (days, a quarter of the span at most) that the models are held against."""
GROUPS = 6
"""Groups of customers in each: a segment may come out differently from the shop as a whole."""

COLUMNS = (*FORECASTS, "orders_sd", "value_sd")


@dataclass(frozen=True)
class Valuation:
    """What is expected of every customer of a base.

    Args:
        table: a row per customer of the base, in its order: `repeat_probability` (of buying at
            least once in `days`), `expected_orders` (days they buy on), `expected_value` (money
            net of returns), `orders_sd` and `value_sd` (standard deviations of what may come),
            `observed_value` (money net of returns so far). NaN where nothing is expected: of who
            never bought, and of everybody where `notes` say so.
        method: `bg_nbd+gamma_gamma`; `bg_nbd` where spend is refused (expected_value is NaN);
            `observed` where nothing can be foretold.
        notes: why not: `few_repeaters`, `short_history`, `spend_follows_frequency`, `few_payers`,
            `heavy_tail`, `no_library`.
        days: how far it looks ahead.
        parameters: of the models (value_models.Models.parameters); empty for `observed`.
        departures: `expected_orders`, `expected_value` -> how far totals of groups of customers in
            past windows lay from the models, as root mean square of log(actual / expected).
    """

    table: pd.DataFrame
    method: Method
    notes: tuple[Note, ...] = ()
    days: int = DAYS
    parameters: Mapping[str, float] = field(default_factory=dict)
    departures: Mapping[str, float] = field(default_factory=dict)


def valued(
    days: pd.DataFrame, customers: pd.Index[str], as_of: date, ahead: int = DAYS
) -> Valuation:
    """What is expected of `customers` in the `ahead` days from `as_of`, which itself is not known.

    Args:
        days: `customer_id, day, net, bought`, as value_models.histories takes them; what lies at
            `as_of` or later is not looked at.
    """
    # Sums of floats depend on their order.
    days = days[days["day"] < pd.Timestamp(as_of)].sort_values(["customer_id", "day"])
    net = days.groupby("customer_id")["net"].sum()
    known = histories(days, as_of - timedelta(days=1))
    note = _refused(known, ahead)
    if note is not None:
        return _observed(customers, net, note, ahead)
    refused = _spend_refused(known)
    try:
        models = fit_models(known, with_spend=refused is None)
    except (ImportError, OSError):
        return _observed(customers, net, Note("no_library"), ahead)
    if refused is None and models.parameters["q"] < SMALLEST_Q:
        refused = Note("heavy_tail")
    table = _columns(models, known, ahead, with_value=refused is None).reindex(customers)
    return Valuation(
        table=table.assign(observed_value=net.reindex(customers)),
        method="bg_nbd" if refused else "bg_nbd+gamma_gamma",
        notes=(refused,) if refused else (),
        days=ahead,
        parameters=models.parameters,
        departures=_departures(models, days, as_of, with_value=refused is None),
    )


def _observed(customers: pd.Index[str], net: pd.Series[float], note: Note, ahead: int) -> Valuation:
    table = pd.DataFrame(np.nan, index=customers, columns=list(COLUMNS))
    table = table.assign(observed_value=net.reindex(customers))
    return Valuation(table, "observed", (note,), ahead)


def _refused(known: pd.DataFrame, ahead: int) -> Note | None:
    """Why nothing can be foretold from these histories."""
    repeaters, customers = int((known["frequency"] > 0).sum()), len(known)
    needed = max(FEWEST_REPEATERS, int(np.ceil(SMALLEST_SHARE * customers)))
    if repeaters < needed:
        return Note(
            "few_repeaters", {"repeaters": repeaters, "customers": customers, "needed": needed}
        )
    span, least = round(WEEK * float(known["T"].max())) + 1, int(np.ceil(ahead / SHORTEST))
    if span < least:
        return Note("short_history", {"days": span, "needed": least})
    return None


def _spend_refused(known: pd.DataFrame) -> Note | None:
    """Why spend cannot be foretold from them."""
    back = known[known["frequency"] > 0]
    payers = int((back["monetary_value"] > 0).sum())
    if payers < FEWEST_REPEATERS:
        return Note("few_payers", {"payers": payers, "needed": FEWEST_REPEATERS})
    related = float(back["frequency"].rank().corr(back["monetary_value"].rank()))
    if abs(related) > MOST_RELATED:
        return Note("spend_follows_frequency", {"correlation": related, "limit": MOST_RELATED})
    return None


def _columns(models: Models, known: pd.DataFrame, ahead: int, *, with_value: bool) -> pd.DataFrame:
    """COLUMNS of the customers in `known`."""
    orders, spread = models.orders(known, ahead), models.orders_sd(known, ahead)
    return pd.DataFrame(
        {
            "repeat_probability": models.repeat(known, ahead),
            "expected_orders": orders,
            "expected_value": orders * models.worth(known) if with_value else np.nan,
            "orders_sd": spread,
            "value_sd": models.value_sd(known, orders, spread) if with_value else np.nan,
        },
        index=known.index,
    )


def _departures(
    models: Models, days: pd.DataFrame, as_of: date, *, with_value: bool
) -> dict[str, float]:
    """How far groups of customers came out in past windows from what was expected of them.

    In each window customers are sorted by what is expected and cut into equal groups; the log
    ratios of all groups count by their share of the expectation.
    """
    first = days.loc[days["bought"], "day"].min().date()
    length = min(LONGEST_WINDOW, (as_of - first).days // 4)
    parts = []
    for back in range(1, WINDOWS + 1):
        cut = as_of - timedelta(days=length * back)
        if (cut - first).days >= length:
            parts.append(_window(models, days, cut, length, with_value=with_value))
    groups = pd.concat(parts)
    found = {"expected_orders": _spread(groups["came"], groups["orders"])}
    if with_value:
        found["expected_value"] = _spread(groups["paid"], groups["value"])
    return found


def _window(
    models: Models, days: pd.DataFrame, cut: date, length: int, *, with_value: bool
) -> pd.DataFrame:
    """Per group of customers: orders, value expected in the days from `cut`; came, paid actual."""
    start = pd.Timestamp(cut)
    known = histories(days[days["day"] < start], cut - timedelta(days=1))
    inside = (days["day"] >= start) & (days["day"] < start + pd.Timedelta(days=length))
    after = days[inside].groupby("customer_id")[["bought", "net"]].sum()
    after = after.reindex(known.index, fill_value=0)
    frame = pd.DataFrame({"orders": models.orders(known, length)}, index=known.index)
    frame["value"] = frame["orders"] * models.worth(known) if with_value else 0.0
    frame = frame.assign(came=after["bought"].astype(float), paid=after["net"])
    place = frame["orders"].rank(method="first") - 1
    return frame.groupby((place * GROUPS / len(frame)).astype(int)).sum()


def _spread(actual: pd.Series[float], expected: pd.Series[float]) -> float:
    """Root mean square of log(actual / expected); at most a factor of ten counts, either way."""
    known = expected > 0
    logs = np.log(np.clip(actual[known] / expected[known], 0.1, 10.0))
    return float(np.sqrt(np.average(np.square(logs), weights=expected[known])))
