"""What customers like these did next, in earlier windows of the same length: a campaign's baseline.

What a segment did lately says little about what it does next: who counts as lapsed bought nothing
lately by definition, and the best customers are called so for having just bought. So nobody's past
is used here for being a member now. Instead every earlier window is opened anew: whoever was a
customer before it is described as known then (days since the last order, orders, spend per order,
days since the last visit), each customer of the audience is put beside those who stood as they
stand now, and what those did in the window counts: direct standardisation by nearest neighbours
(Rubin, Biometrics 1973). Nothing is fitted, nothing after a window's start describes anybody in it.

What the audience buys by taste or season beyond that state is not seen; the spread between the
windows is shown for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from segmentation.insight.campaign.happenings import OUTCOMES, happenings, outcomes
from segmentation.insight.evidence.significance import Array
from segmentation.insight.ledger import open_ledger
from segmentation.sampling import sample_rows
from segmentation.types import CustomerBase, period_between

__all__ = ["Past", "Window", "longest_window", "past_in", "past_of"]

ALIKE = 25
"""So many customers, or a few more, stand for each of the audience; in a small shop the square root
of all."""
SAME = 1e-6
"""A number that differs by less tells nobody apart."""
MOST_WINDOWS = 12
MOST_ASKED = 5_000
"""Members of an audience looked up in each window; a seeded sample of more."""
MOST_KEPT = 20_000
"""Customers up to which the state of everybody in every window is kept for the next question."""
DAY = 86_400.0
Lookups = dict[tuple[datetime, ...], pd.DataFrame]
"""(moment,) → how everybody stood; (since, until) → what everybody did."""


@dataclass(frozen=True)
class Window:
    """One earlier window: its first and last day, and how many were customers before it."""

    first: date
    last: date
    customers: int


@dataclass(frozen=True)
class Past:
    """What became of customers in the audience's state, in each earlier window.

    Args:
        days: length of each window.
        windows: the latest first; empty where the data does not reach back.
        rows: one row per customer and window that counts: `window` (its place in `windows`),
            `customer_id`, `weight` (adds up to one in each window), and OUTCOMES.
    """

    days: int
    windows: tuple[Window, ...]
    rows: pd.DataFrame

    @property
    def period(self) -> str:
        """All windows together, as facts write it."""
        return period_between(self.windows[-1].first, self.windows[0].last)

    @property
    def customers(self) -> int:
        """Different customers whose doings count."""
        return int(self.rows["customer_id"].nunique())

    def values(self, outcome: str, cap: float | None = None) -> tuple[Array, Array]:
        """(what each did, the weight of each), of those the outcome is defined for."""
        found = self.rows[outcome].to_numpy(dtype=np.float64)
        known = ~np.isnan(found)
        values, weights = found[known], self.rows["weight"].to_numpy(dtype=np.float64)[known]
        return (values if cap is None else np.minimum(values, cap)), weights

    def mean(self, outcome: str, cap: float | None = None) -> float:
        """The average over the windows; NaN where nobody did."""
        values, weights = self.values(outcome, cap)
        return float(np.average(values, weights=weights)) if weights.sum() > 0 else float("nan")

    def deviation(self, outcome: str, cap: float | None = None) -> float:
        """Standard deviation between customers."""
        values, weights = self.values(outcome, cap)
        if not weights.sum() > 0:
            return float("nan")
        mean = np.average(values, weights=weights)
        return float(np.sqrt(np.average((values - mean) ** 2, weights=weights)))

    def by_window(self, outcome: str, cap: float | None = None) -> Array:
        """(windows,) the average in each; NaN where nobody did."""
        places = range(len(self.windows))
        parts = [replace(self, rows=self.rows[self.rows["window"] == i]) for i in places]
        return np.array([part.mean(outcome, cap) for part in parts], dtype=np.float64)

    def expected(self, outcome: str, people: int, cap: float | None = None) -> tuple[float, float]:
        """95 % prediction interval of the average of `people` customers in the next window.

        From how the windows differ (Student's t; Hahn & Meeker, Statistical Intervals, ch. 4),
        which holds season and chance; of fewer than three from chance alone.
        """
        from scipy.stats import t

        mean, means = self.mean(outcome, cap), self.by_window(outcome, cap)
        means = means[~np.isnan(means)]
        if len(means) > 2:
            spread = float(means.std(ddof=1)) * np.sqrt(1 + 1 / len(means))
            margin = float(t.ppf(0.975, len(means) - 1)) * spread
        else:
            _, weights = self.values(outcome, cap)
            seen = float(weights.sum() ** 2 / (weights**2).sum()) if len(weights) else 1.0
            margin = 1.96 * self.deviation(outcome, cap) * np.sqrt(1 / max(people, 1) + 1 / seen)
        return max(mean - margin, 0.0), mean + margin


def past_of(base: CustomerBase, customers: Sequence[str], days: int) -> Past:
    """What customers in the state of these did in each earlier window of `days` days.

    Windows end at the last day of the data and follow each other backwards, at most MOST_WINDOWS,
    as far as half of the data, and one window's length, lies before them.
    """
    history = happenings(base)
    ledger = open_ledger(base)
    seen: Lookups = ledger.once(("earlier windows",), dict)
    if len(base.customers) > MOST_KEPT:
        seen = {}
    return past_in(history, customers, days, _end(history, base.as_of), seen)


def past_in(
    history: pd.DataFrame,
    customers: Sequence[str],
    days: int,
    end: datetime,
    seen: Lookups | None = None,
) -> Past:
    """The same of any history (see `happenings`), as if it ended at `end`.

    `seen` holds what was looked up in it before, and gets what is now.
    """
    seen = {} if seen is None else seen
    asked = _standing(history, end, seen).reindex(list(customers)).dropna(how="all")
    asked = asked.iloc[sample_rows(len(asked), MOST_ASKED, seed=0)]
    windows, parts = [], []
    for place in range(_room(history, end, days) if len(asked) else 0):
        until = end - timedelta(days=place * days)
        since = until - timedelta(days=days)
        state, did = _standing(history, since, seen), _done(history, since, until, seen)
        rows = did.assign(weight=_likeness(state, asked), window=place)
        parts.append(rows[rows["weight"] > 0])
        last = (until - timedelta(microseconds=1)).date()
        windows.append(Window(since.date(), last, len(state)))
    kept = pd.concat(parts) if parts else pd.DataFrame(columns=["window", "weight", *OUTCOMES])
    return Past(days, tuple(windows), kept.rename_axis("customer_id").reset_index())


def _standing(history: pd.DataFrame, moment: datetime, seen: Lookups) -> pd.DataFrame:
    if (moment,) not in seen:
        seen[moment,] = _state(history, moment)
    return seen[moment,]


def _done(history: pd.DataFrame, since: datetime, until: datetime, seen: Lookups) -> pd.DataFrame:
    if (since, until) not in seen:
        known = _standing(history, since, seen).index
        seen[since, until] = outcomes(history, known, since, until)
    return seen[since, until]


def longest_window(base: CustomerBase) -> int:
    """The most days for which there is an earlier window at all; 0 where the data is too short."""
    history = happenings(base)
    return max(0, int(_span(history, _end(history, base.as_of)) // 2))


def _room(history: pd.DataFrame, end: datetime, days: int) -> int:
    """How many windows fit."""
    span = _span(history, end)
    return min(MOST_WINDOWS, max(0, int((span - max(days, span / 2)) // days)))


def _span(history: pd.DataFrame, end: datetime) -> float:
    """Days from the first happening to the end of the data."""
    if history.empty:
        return 0.0
    return float((end - history["at"].min().normalize()).total_seconds() / DAY)


def _end(history: pd.DataFrame, as_of: datetime) -> datetime:
    """The end of the last day of the data, as far as it is before `as_of`."""
    if history.empty:
        return as_of
    midnight: datetime = (history["at"].max().normalize() + pd.Timedelta(days=1)).to_pydatetime()
    return min(as_of, midnight)


def _state(history: pd.DataFrame, moment: datetime) -> pd.DataFrame:
    """How every customer stood just before `moment`, on scales where equal ratios are equal steps.

    Who never ordered (or visited) stands farther away than anybody who did.
    """
    known = history[history["at"] < moment]
    far = np.log1p(2 * _span(history, moment)) + 1
    columns: dict[str, Any] = {}
    for name, kinds in (("order", known["bought"] > 0), ("visit", known["kind"] == "visit")):
        if not kinds.any():
            continue
        own = known[kinds].groupby("customer_id")
        elapsed = (moment - own["at"].max()).dt.total_seconds() / DAY
        columns[f"since_{name}"] = np.log1p(elapsed)
        columns[f"{name}s"] = np.log1p(own.size())
        if name == "order":
            columns["spend"] = np.log1p((own["revenue"].sum() / own.size()).clip(lower=0))
    frame = pd.DataFrame(columns, index=pd.Index(known["customer_id"].unique()).sort_values())
    fill = {name: far if name.startswith("since_") else 0.0 for name in frame.columns}
    return frame.fillna(fill)


def _likeness(state: pd.DataFrame, asked: pd.DataFrame) -> NDArray[np.float64]:
    """(len(state),) how much of the audience each of these stands for; adds up to one.

    Each member of the audience is spread evenly over the customers nearest to them: as many states
    as it takes for ALIKE customers, each with everybody who stood exactly so.
    """
    from scipy.spatial import cKDTree

    spread = state.std(ddof=0)
    apart = [name for name in state.columns if name in asked.columns and spread[name] > SAME]
    if not apart:
        return np.full(len(state), 1 / max(len(state), 1))
    own, scale = state[apart].to_numpy(dtype=np.float64), spread[apart].to_numpy(dtype=np.float64)
    points, place, sizes = np.unique(own / scale, axis=0, return_inverse=True, return_counts=True)
    wanted = min(ALIKE, int(np.ceil(np.sqrt(len(state)))))
    near = min(wanted, len(points))
    members = asked[apart].to_numpy(dtype=np.float64) / scale
    found = np.asarray(cKDTree(points).query(members, k=[*range(1, near + 1)])[1])
    there = sizes[found]
    taken = np.cumsum(there, axis=1) - there < wanted
    each = taken / (there * taken).sum(axis=1, keepdims=True) / len(members)
    weights = np.bincount(found.ravel(), weights=each.ravel(), minlength=len(points))
    return np.asarray(weights[place.ravel()], dtype=np.float64)
