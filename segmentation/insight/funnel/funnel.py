"""How far visits come on the way to a purchase, and where each group leaves against the others.

A visit (sessions.py) reaches a step when it holds an event of that kind or of any later one, in
whatever order, so a purchase without a view reaches the view as well; such visits are counted as
having skipped it. A wish list is no step: most who buy never keep one. It is counted beside.
What visits left behind (searches, baskets) is in `visits.py`. Nothing is worded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Literal

import pandas as pd

from segmentation.insight.errors import NotLoaded, UnknownName
from segmentation.insight.funnel.groups import STEPS, Group, compared, group_of
from segmentation.insight.ledger import Ledger, open_ledger
from segmentation.types import CustomerBase

__all__ = ["BY", "WISHLIST", "Funnel", "funnel", "rows_of"]

WISHLIST = "wishlist"
KNOWN_AT = {
    step: (*STEPS[i:], WISHLIST) if step == "view" else STEPS[i:] for i, step in enumerate(STEPS)
}
"""Step → the kinds of events that say a visit came that far."""

By = Literal["segment", "product", "category"]
BY: tuple[By, ...] = ("segment", "product", "category")

MOST_GROUPS = 200
"""Products or categories that are tested: those most visited, however they fare."""

NAMED = 0.9
"""A step is counted by product where this share of its events name one."""

NOBODY = -1
"""The segment of customers who are in none."""


@dataclass(frozen=True)
class Funnel:
    """The way to a purchase of everyone and of each group.

    Args:
        by: what the groups are.
        steps: those the data has, in order; with fewer than two there is no funnel.
        missing: kinds that no event is of, the wish list among them.
        unnamed: steps left out by product or category, as their events name no product.
        whole: everyone, or all visits of one segment where its products were asked for.
        groups: segments by id, the unassigned last; others by visits.
        elsewhere: visits of customers who are in no segment; they count for everyone alone.
        busiest: the largest share of all visits that one customer makes.
        own_sessions: share of visits that the shop's own session id tells apart.
        tests: comparisons corrected together.
    """

    by: By
    steps: tuple[str, ...]
    missing: tuple[str, ...]
    unnamed: tuple[str, ...]
    whole: Group
    groups: tuple[Group, ...]
    elsewhere: int
    busiest: float
    own_sessions: float
    tests: int
    period: str

    def group(self, key: int | str) -> Group | None:
        return next((one for one in self.groups if one.key == key), None)


def funnel(base: CustomerBase, by: str = "segment", segment: int | None = None) -> Funnel:
    """The funnel of everyone and of each segment, product or category. Found once.

    Args:
        segment: with `by` product or category, whose visits are looked at; everyone's if None.

    Raises:
        NotLoaded: there are no browsing events, or none that name a category.
        UnknownName: `by` is none of BY.
    """
    if by not in BY:
        raise UnknownName("split", by, BY)
    ledger = open_ledger(base)
    if not ledger.has("events") or not ledger.rows["events"]:
        raise NotLoaded("events", "funnel")
    whose = None if by == "segment" else segment
    key = ("funnel", by, whose, id(base.segmentation.labels))
    return ledger.once(key, lambda: _find(base, ledger, by, whose))


def _find(base: CustomerBase, ledger: Ledger, by: By, segment: int | None) -> Funnel:
    rows = rows_of(base, ledger, segment)
    named = _named(ledger, rows, by)
    steps = tuple(step for step in STEPS if step in named.index)
    everyone = _each(rows, steps)
    if by == "segment":
        told, each = steps, _in_segments(base, ledger, everyone)
    else:
        told = tuple(step for step in steps if named[step] >= NAMED)
        each = _each(rows.filter(_about(rows, by).notnull()), told, by)
    found = _summed(ledger, each, told, keyed=True)
    found = found.sort_values(["visits", "key"], ascending=[False, True]).head(MOST_GROUPS)
    groups, tests = compared(found, _summed(ledger, each, told).iloc[0], told)
    whole = _summed(ledger, everyone, steps).iloc[0]
    return Funnel(
        by=by,
        steps=steps,
        missing=tuple(kind for kind in (*STEPS, WISHLIST) if kind not in named.index),
        unnamed=tuple(step for step in steps if step not in told),
        whole=group_of(whole, steps),
        groups=_called(ledger, by, [one for one in groups if one.key != NOBODY]),
        elsewhere=sum(one.visits for one in groups if one.key == NOBODY),
        busiest=float(whole["busiest"]) / max(float(whole["visits"]), 1),
        own_sessions=_own_sessions(ledger),
        tests=tests,
        period=ledger.period("events"),
    )


def rows_of(base: CustomerBase, ledger: Ledger, segment: int | None) -> Any:
    """The events of everyone, or of a segment's customers."""
    if segment is None:
        return ledger.visits
    labels = ledger.labels(base.segmentation)
    members = labels.filter(labels.segment == segment)
    return ledger.visits.filter(ledger.visits.customer_no.isin(members.customer_no))


def _about(rows: Any, by: By) -> Any:
    return rows.category if by == "category" else rows.product_no


def _named(ledger: Ledger, rows: Any, by: By) -> pd.Series[float]:
    """Kind of event → the share of its events that say what they are about. Raises NotLoaded."""
    named = _about(rows, by).notnull().cast("float64").mean()
    found = ledger.run(rows.group_by("kind").aggregate(named=named)).set_index("kind")["named"]
    if by == "category" and not (found > 0).any():
        raise NotLoaded("categories", "funnel")
    return found


def _own_sessions(ledger: Ledger) -> float:
    events = ledger.tables["events"]
    if "session_id" not in events.columns:
        return 0.0
    told = events.session_id.notnull().cast("float64").mean()
    return float(ledger.run(events.aggregate(told=told))["told"].iloc[0])


# --- counted in the database -------------------------------------------------------------------


def _each(rows: Any, steps: Sequence[str], by: By | None = None) -> Any:
    """Customers (and each thing they had to do with) with their visits, those with a wish, and by
    step those that reached and those that skipped it: `at_…`, `skipped_…`."""
    keys = {} if by is None else {"key": _about(rows, by)}
    reached = {f"at_{step}": rows.kind.isin(KNOWN_AT[step]).any().cast("int64") for step in steps}
    own = {f"own_{step}": (rows.kind == step).any().cast("int64") for step in steps}
    wished = (rows.kind == WISHLIST).any().cast("int64")
    visits = rows.group_by("customer_no", "session", **keys).aggregate(
        **reached, **own, wished=wished
    )
    counts = {name: visits[name].sum() for name in (*reached, "wished")}
    counts |= {f"skipped_{s}": (visits[f"at_{s}"] - visits[f"own_{s}"]).sum() for s in steps}
    return visits.group_by("customer_no", *keys).aggregate(visits=visits.count(), **counts)


def _in_segments(base: CustomerBase, ledger: Ledger, each: Any) -> Any:
    labels = ledger.labels(base.segmentation)
    each = each.left_join(labels, "customer_no")
    return each.mutate(key=each.segment.fill_null(NOBODY)).drop("customer_no_right", "segment")


def _summed(
    ledger: Ledger, each: Any, steps: Sequence[str], *, keyed: bool = False
) -> pd.DataFrame:
    """Sums over customers, of all or by key: what `group_of` takes."""
    sums = {
        "visits": each.visits.sum(),
        "wished": each.wished.sum(),
        "customers": each.count(),
        "busiest": each.visits.max(),
    }
    for step in steps:
        at = each[f"at_{step}"]
        sums |= {f"at_{step}": at.sum(), f"skipped_{step}": each[f"skipped_{step}"].sum()}
        sums |= {f"customers_{step}": (at > 0).sum()}
    for since, step in pairwise(steps):
        x, y = (each[f"at_{name}"].cast("float64") for name in (since, step))
        sums |= {f"xx_{step}": (x * x).sum(), f"yy_{step}": (y * y).sum()}
        sums |= {f"xy_{step}": (x * y).sum()}
    known = {name: value.fill_null(0) for name, value in sums.items()}
    return ledger.run(each.group_by("key").aggregate(**known) if keyed else each.aggregate(**known))


def _called(ledger: Ledger, by: By, groups: Sequence[Group]) -> tuple[Group, ...]:
    """The groups by the keys that people know, products and categories with their names."""
    if by == "segment":
        known = [replace(one, key=int(one.key or 0)) for one in groups]
        return tuple(sorted(known, key=lambda one: (one.key == 0, one.key)))
    if by == "category":
        return tuple(replace(one, name=str(one.key)) for one in groups)
    products = ledger.products
    wanted = products.filter(products.product_no.isin([one.key for one in groups]))
    found = ledger.run(wanted).set_index("product_no")
    ids, called = found["product_id"].to_dict(), found["product"].to_dict()
    return tuple(replace(one, key=ids[one.key], name=called[one.key]) for one in groups)
