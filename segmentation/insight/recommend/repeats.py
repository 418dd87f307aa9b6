"""Which products are bought again by the same customers, and when each is due.

A product is bought again by nature where at least SHARE of its buyers bought it on another day, at
least FEWEST of them, and LIFT times as many as come back for a thing: of each buyer that is the
share of their other products that they bought on another day. So neither a loyal shop nor loyal
customers make everything a repeat purchase. Whether that many could be chance is asked of a Poisson
variable (corrected over all products).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from segmentation.insight.evidence.significance import LEVEL, corrected
from segmentation.insight.ledger import open_ledger
from segmentation.insight.recommend.deeds import Deeds
from segmentation.types import CustomerBase

__all__ = ["AHEAD", "FEWEST", "LIFT", "SHARE", "Due", "Habits", "due", "habits"]

SHARE, LIFT, FEWEST = 0.25, 1.5, 5
OWN_DAYS = 2
"""A customer who bought a product on so many days has come back for it, whatever others do."""
OWN_GAPS = 3
"""Days bought from which the customer's own interval is told, and not that of others."""
AHEAD = 30
"""Days from now within which a purchase is due."""
LAPSED = 3.0
"""Intervals since the last purchase after which nobody is waited for any more."""
HALF_LIFE = 180.0
"""Days after which a habit counts half."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Habits:
    """By product: who came back for it.

    Args:
        again: customers who bought it on more than one day.
        share: of its buyers.
        usual: the share that would if they came back for it as for their other products.
        interval: median days between purchases of those who came back; NaN where nobody did.
        natural: whether it is bought again by nature.
    """

    again: Floats
    share: Floats
    usual: Floats
    interval: Floats
    natural: NDArray[np.bool_]


@dataclass(frozen=True)
class Due:
    """A product that customers buy again.

    Args:
        column: of the deeds.
        natural: by the product's nature; else by the customer's own habit.
        days: on how many days the customer bought it; 0 of a group.
        last, day: the last purchase, and when the next is due: days before the deeds' end, the
            latter negative where it lies ahead. NaN of a group.
        interval: days between purchases.
        members: customers it is due for.
    """

    column: int
    natural: bool
    days: int
    last: float
    day: float
    interval: float
    members: int = 1


def habits(base: CustomerBase, deeds: Deeds) -> Habits:
    """Found once per base."""
    ledger = open_ledger(base)
    return ledger.once(("habits", None), lambda: _habits(deeds))


def _habits(deeds: Deeds) -> Habits:
    from scipy.special import pdtrc

    columns, width = deeds.has.indices, deeds.has.shape[1]
    if not deeds.bought:
        nothing = np.zeros(width)
        return Habits(nothing, nothing, nothing, np.full(width, np.nan), np.zeros(width, bool))
    more = deeds.days > 1
    again = np.bincount(columns[more], minlength=width).astype(np.float64)
    owners = np.maximum(deeds.owners, 1)
    expected = np.bincount(columns, _usual(deeds), width)
    share, usual = again / owners, expected / owners
    p = np.where(again > 0, pdtrc(again - 1, np.maximum(expected, 1e-9)), 1.0)
    natural = (share >= SHARE) & (again >= FEWEST) & (again >= LIFT * expected)
    return Habits(again, share, usual, _intervals(deeds), natural & (corrected(p) < LEVEL))


def _usual(deeds: Deeds) -> Floats:
    """(entries of has,) the share of their other products that the customer came back for.

    Drawn to everybody's as far as one product would.
    """
    counts = np.diff(deeds.has.indptr)
    owner = np.repeat(np.arange(len(counts)), counts)
    again = (deeds.days > 1).astype(np.float64)
    theirs = np.bincount(owner, again, len(counts))[owner]
    return np.asarray((theirs - again + again.mean()) / counts[owner], np.float64)


def _intervals(deeds: Deeds) -> Floats:
    """(products,) median over those who came back of their mean days between purchases."""
    more = np.flatnonzero(deeds.days > 1)
    gaps = pd.Series(_gaps(deeds, more)).groupby(deeds.has.indices[more]).median()
    return gaps.reindex(np.arange(deeds.has.shape[1])).to_numpy(np.float64)


def _gaps(deeds: Deeds, entries: NDArray[np.intp]) -> Floats:
    span = deeds.first[entries].astype(np.float64) - deeds.last[entries]
    return np.asarray(span / np.maximum(deeds.days[entries] - 1, 1), np.float64)


def due(
    deeds: Deeds, known: Habits, rows: NDArray[np.intp], now: float = 0.0, ahead: float = AHEAD
) -> Sequence[Due]:
    """What is due for the customers in `rows`: of one what they want most, of several what most do.

    Args:
        now: days from the deeds' end to now.
        ahead: days from now within which it is due.
    """
    theirs = np.zeros(deeds.has.shape[0], dtype=bool)
    theirs[rows] = True
    entries = np.flatnonzero(np.repeat(theirs, np.diff(deeds.has.indptr)))
    columns, days = deeds.has.indices[entries], deeds.days[entries]
    natural, own = known.natural[columns], days >= OWN_DAYS
    interval = np.where(days >= OWN_GAPS, _gaps(deeds, entries), known.interval[columns])
    interval = np.maximum(interval, 1.0)
    since = deeds.last[entries] + now
    awaited = (natural | own) & (since <= LAPSED * interval) & (since >= interval - ahead)
    kept = np.flatnonzero(awaited & deeds.offered[columns] & (days > 0))
    if len(rows) == 1:
        want = days * 2.0 ** (-since / HALF_LIFE) * known.share[columns]
        order = kept[np.lexsort((columns[kept], -want[kept]))]
        return [
            Due(
                column=int(columns[i]),
                natural=bool(natural[i]),
                days=int(days[i]),
                last=float(deeds.last[entries[i]]),
                day=float(deeds.last[entries[i]] - interval[i]),
                interval=float(interval[i]),
            )
            for i in order
        ]
    return _of_many(known, columns[kept][natural[kept]])


def _of_many(known: Habits, columns: NDArray[Any]) -> list[Due]:
    found, members = np.unique(columns, return_counts=True)
    order = np.lexsort((found, -members))
    nothing = float("nan")
    return [
        Due(int(found[i]), True, 0, nothing, nothing, float(known.interval[found[i]]),
            int(members[i]))
        for i in order
    ]  # fmt: skip
