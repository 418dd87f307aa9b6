"""The cut: customers embedded as known before it, and what they did after it.

Nothing from the cut on reaches what is fitted before it: not the scaling, not the rarity of texts,
not the catalogue, and no review without a date, since nobody knows when it was written. How good a
segmentation looks from here is not decided here (validity.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import ibis
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from segmentation.types import (
    Encoder,
    FloatMatrix,
    Future,
    InputError,
    Progress,
    period_between,
    silent,
)
from segmentation.views.behaviour import UNKNOWN, customer_base
from segmentation.views.embedding import Embedding, embed
from segmentation.views.fusion import Fusion

__all__ = ["FEWEST", "FEWEST_RETURNED", "Holdout", "Joined", "Reason", "future_of", "hold_out"]

Reason = str
"""Why something cannot be said, in one plain sentence."""

LONGEST_WINDOW = 90  # days
SHARE_OF_SPAN = 4
FEWEST = 50
"""Customers before the cut below which no figure is worth showing."""
FEWEST_RETURNED = 20
"""Likewise, customers who came back after it."""

NO_SPEND = "The data says what people did, not what they spent."
NO_PRODUCTS = "The data does not say which products were bought."


@dataclass(frozen=True)
class Joined:
    """Views and how they are joined, at any weight of text, without encoding anything again."""

    views: Mapping[str, FloatMatrix]
    fusion: Fusion

    def vectors(self, text_weight: float | None) -> FloatMatrix:
        """(n, d) float32; None takes the weight that the views' structure asks for."""
        return self.fusion.reweight(text_weight).join(self.views)

    def take(self, rows: NDArray[np.intp]) -> Joined:
        """These rows alone."""
        return replace(self, views={name: view[rows] for name, view in self.views.items()})


@dataclass(frozen=True)
class Holdout:
    """Customers before a cut and after it; row i is the same customer in all but `later`.

    Args:
        cut, end: the window after the cut, end excluded.
        features: behaviour before the cut, indexed by customer_id (str).
        past: their views as of the cut, fitted to what was known then.
        spend: (m,) float64, log1p of what they spent in the window; NaN where no data says so.
        returned: (m,) bool, whether they bought in it (came back, where purchases are not marked).
        later: what they did in the window alone, embedded.
        later_rows: (n_later,) int, the customer each row of `later` belongs to.
        had, new: (m, products) sparse bool: bought before the cut; bought in the window for the
            first time, of products somebody had bought before.
        reasons: metric -> why it cannot be computed.
    """

    cut: datetime
    end: datetime
    features: pd.DataFrame
    past: Joined
    spend: NDArray[np.float64]
    returned: NDArray[np.bool_]
    later: Joined
    later_rows: NDArray[np.int64]
    had: Any
    new: Any
    reasons: Mapping[str, Reason] = field(default_factory=dict)

    @property
    def period(self) -> str:
        """First and last day of the window, as facts write it."""
        last = self.end - timedelta(microseconds=1)
        return period_between(self.cut.date(), last.date())

    @property
    def days(self) -> int:
        return (self.end - self.cut).days

    def take(self, rows: NDArray[np.intp]) -> Holdout:
        """These customers alone; views stay as fitted to all, and products as they are."""
        places = np.full(len(self.spend), -1)
        places[rows] = np.arange(len(rows))
        kept = places[self.later_rows]
        return replace(
            self,
            features=self.features.iloc[rows],
            past=self.past.take(rows),
            spend=self.spend[rows],
            returned=self.returned[rows],
            later=self.later.take(np.flatnonzero(kept >= 0)),
            later_rows=kept[kept >= 0],
            had=self.had[rows],
            new=self.new[rows],
        )

    def future(self, text_weight: float | None) -> Future:
        """The past embedding at this weight of text, beside what came after it."""
        return Future(
            vectors=self.past.vectors(text_weight),
            spend=self.spend,
            returned=self.returned,
            later=self._later(text_weight),
            days=self.days,
        )

    def _later(self, text_weight: float | None) -> FloatMatrix:
        known = self.later.vectors(text_weight)
        rows = np.full((len(self.returned), known.shape[1]), np.nan, dtype=np.float32)
        rows[self.later_rows] = known
        return rows


def future_of(holdout: Holdout | Reason, text_weight: float | None) -> Future | None:
    """The holdout as what segments are chosen by; None where there is none."""
    return None if isinstance(holdout, str) else holdout.future(text_weight)


def hold_out(
    tables: Mapping[str, Any],
    encoder: Encoder,
    *,
    as_of: datetime,
    days: int | None = None,
    text_weight: float | None = None,
    progress: Progress = silent,
) -> Holdout | Reason:
    """Embed everybody as known `days` before `as_of`, and look at what they did since.

    Args:
        tables: canonical name -> Ibis table; what happened at `as_of` or later is not looked at.
        encoder: texts → unit vectors.
        as_of: where the window ends.
        days: its length; None takes a quarter of the time the data spans, at most 90 days.
        text_weight: what the embedding to be judged decided its share of text to be; the past is
            joined with the same while its own would be near.
        progress: told about the encoding.

    Returns:
        The holdout, or the reason why the dates allow none.

    Raises:
        InputError: the data does not reach back over the `days` that were asked for.
    """
    window = _window(tables, as_of, days)
    if isinstance(window, str):
        return window
    cut = as_of - timedelta(days=window)
    known = _between(tables, None, cut)
    progress("looking at what came after", 0, None)
    customers = customer_base(known).count().to_pandas()
    if customers < FEWEST:
        return f"Only {customers:,} customers were known before {cut:%Y-%m-%d}."
    past = embed(known, encoder, as_of=cut, earlier_weight=text_weight, progress=progress)
    outcome = _Outcome.of(_between(tables, None, as_of), past.features.index, cut)
    returned = int(outcome.returned.sum())
    if returned < FEWEST_RETURNED:
        return (
            f"Only {returned:,} of {len(past.features):,} customers known before {cut:%Y-%m-%d} "
            f"came back in the {window} days from then: too few to measure anything by."
        )
    later = embed(_between(tables, cut, as_of), encoder, as_of=as_of, earlier_weight=text_weight)
    return _holdout(past, later, outcome, cut, as_of)


def _window(tables: Mapping[str, Any], as_of: datetime, days: int | None) -> int | Reason:
    """Days after the cut, or why there is no cut."""
    first = _first_moment(_between(tables, None, as_of))
    if first is None:
        return "There is nothing with a date."
    span = (as_of - first).days
    if days is None:
        chosen = min(LONGEST_WINDOW, span // SHARE_OF_SPAN)
        return chosen or f"The data spans {span} days: too few to set some of them apart."
    if not 1 <= days < span:
        raise InputError(
            f"{days:,} days cannot be held out of data that spans {span:,} days",
            where="--holdout",
            fix=f"Give a number of days from 1 to {max(1, span - 1):,}; "
            f"{max(1, min(LONGEST_WINDOW, span // SHARE_OF_SPAN))} is usual here.",
        )
    return days


def _first_moment(tables: Mapping[str, Any]) -> datetime | None:
    moments = [
        tables[name][column].min().to_pandas()
        for name, column in (("orders", "ordered_at"), ("events", "at"))
        if name in tables
    ]
    known = [pd.Timestamp(moment).to_pydatetime() for moment in moments if not pd.isna(moment)]
    return min(known, default=None)


def _between(tables: Mapping[str, Any], start: datetime | None, end: datetime) -> dict[str, Any]:
    """What is dated in [start, end), and the catalogue, of which only products met there count."""
    kept = {name: tables[name] for name in ("products",) if name in tables}
    for name, column in (("orders", "ordered_at"), ("events", "at"), ("reviews", "at")):
        if name in tables and column in tables[name].columns:
            rows = tables[name]
            moment = rows[column]
            rows = rows.filter(moment < ibis.literal(end, type="timestamp"))
            if start is not None:
                rows = rows.filter(rows[column] >= ibis.literal(start, type="timestamp"))
            kept[name] = rows
    return kept


def _holdout(
    past: Embedding, later: Embedding, outcome: _Outcome, cut: datetime, end: datetime
) -> Holdout:
    places = past.features.index.get_indexer(later.features.index)
    return Holdout(
        cut=cut,
        end=end,
        features=past.features,
        past=Joined(past.views, past.fusion),
        spend=outcome.spend,
        returned=outcome.returned,
        later=Joined(later.views, later.fusion).take(np.flatnonzero(places >= 0)),
        later_rows=places[places >= 0],
        had=outcome.had,
        new=outcome.new,
        reasons=outcome.reasons(),
    )


@dataclass(frozen=True)
class _Outcome:
    """The outcome columns of `Holdout`."""

    spend: NDArray[np.float64]
    returned: NDArray[np.bool_]
    had: Any
    new: Any

    @classmethod
    def of(cls, tables: Mapping[str, Any], customers: pd.Index[str], cut: datetime) -> _Outcome:
        """From everything until the end of the window."""
        bought, spend = _bought(tables), np.full(len(customers), np.nan)
        since = bought.filter(bought.moment >= ibis.literal(cut, type="timestamp"))
        totals = since.group_by("customer_id").aggregate(money=since.money.sum())
        money = totals.to_pandas().set_index("customer_id").money
        returned = np.asarray(customers.isin(money.index))
        if "orders" in tables:
            spend = np.log1p(money.reindex(customers, fill_value=0).to_numpy(dtype=np.float64))
        had, new = _baskets(bought, customers, cut)
        return cls(spend, returned, had, new)

    def reasons(self) -> dict[str, Reason]:
        found: dict[str, Reason] = {}
        if np.isnan(self.spend).all():
            found |= dict.fromkeys(("future_spend_eta2", "neighbours_spend_error"), NO_SPEND)
        if self.returned.all():
            found["future_repurchase_eta2"] = "Everybody came back: there is nothing to tell apart."
        buyers = int((self.new.sum(axis=1) > 0).sum())
        if buyers < FEWEST_RETURNED:
            few = f"Only {buyers} customers bought a product that was new to them and known before."
            why = few if self.new.shape[1] else NO_PRODUCTS
            found |= dict.fromkeys(("taste_hit20", "neighbours_hit20"), why)
        return found


def _bought(tables: Mapping[str, Any]) -> Any:
    """`customer_id, product_id, is_goods, money, moment`: sale lines, or purchases browsing shows.

    Where no event is a purchase, every event counts: that people came back is all there is to know.
    """
    if "orders" in tables:
        lines = tables["orders"].filter(tables["orders"].kind == "sale")
        return lines.select(
            "customer_id",
            "product_id",
            is_goods=~lines.is_charge & (lines.product_id != UNKNOWN),
            money=lines.quantity * lines.unit_price,
            moment=lines.ordered_at,
        )
    events = tables["events"]
    purchases = events.filter(events.kind == "purchase")
    rows = purchases if purchases.count().to_pandas() else events
    product = rows.product_id if "product_id" in rows.columns else ibis.null("string")
    return rows.select(
        "customer_id",
        product_id=product,
        is_goods=product.notnull() & (product != UNKNOWN),
        money=ibis.literal(0.0),
        moment=rows["at"],
    )


def _baskets(bought: Any, customers: pd.Index[str], cut: datetime) -> tuple[Any, Any]:
    """`had` and `new` of `Holdout`; products ascending by id, without those nobody had before."""
    from scipy.sparse import csr_matrix

    goods = bought.filter(bought.is_goods)
    early = goods.moment < ibis.literal(cut, type="timestamp")
    pairs = goods.group_by("customer_id", "product_id").aggregate(early=early.any()).to_pandas()
    pairs["row"] = customers.get_indexer(pd.Index(pairs.customer_id))
    pairs = pairs[pairs.row >= 0]
    products = pd.Index(sorted(pairs.product_id[pairs.early].unique()))
    pairs["column"] = products.get_indexer(pd.Index(pairs.product_id))
    shape = (len(customers), len(products))

    def matrix(rows: pd.DataFrame) -> Any:
        made = csr_matrix((np.ones(len(rows), bool), (rows.row, rows.column)), shape=shape)
        made.sort_indices()
        return made

    known = pairs[pairs.column >= 0]
    return matrix(known[known.early]), matrix(known[~known.early])
