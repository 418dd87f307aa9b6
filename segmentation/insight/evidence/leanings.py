"""What a segment has more of than everybody else: products, categories, countries, times, words.

A leaning is a share set against the rest's share of the same thing, so that a segment which buys
more of everything does not lean to everything. What is listed counts by the one rule of
`significance.is_clear`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from segmentation.insight.evidence.counts import OF_ORDERS, Counts
from segmentation.insight.evidence.family import Shares, counts_of, family_of
from segmentation.insight.evidence.significance import (
    LEVEL,
    LIFT,
    Array,
    Moments,
    Outcome,
    cohens_h,
    is_clear,
)
from segmentation.insight.evidence.themes import WORDS, class_weights
from segmentation.insight.ledger import Ledger, open_ledger
from segmentation.insight.metrics import Source
from segmentation.insight.splits import WEEKDAYS
from segmentation.types import CustomerBase, Fact

__all__ = ["Leaning", "leanings", "lifts", "main_country", "mix"]

CONFIDENCE = 1.96
"""Leanings are ranked by the lower end of this many standard errors of log lift: 95 %."""

SOURCES: dict[str, Source] = {"searched": "events", "reviewed": "reviews"}
"""Where a kind of thing comes from, if not from orders."""

FEWEST = 3
REACHES = (0.05, 0.02, 0.0)
"""At least FEWEST customers and this share of the segment; the first that leaves any is taken."""


@dataclass(frozen=True)
class Leaning:
    """One thing a segment leans to.

    Args:
        kind: `product`, `category`, `country`, `weekday`, `daypart`, `word` (of names of products
            bought), `searched` or `reviewed` (a word of searches, of reviews).
        key, name: a product_id and its name; the same twice for the rest.
        share, rest: its share of all that the segment, and everybody else, bought (distinct pairs
            of customer and thing; for times: orders; for words: of all their words).
        lift: share / rest.
        n: the segment's customers (for times: orders) behind it.
        reach: n as a share of the segment's customers with anything of the kind (for times: of
            its orders).
        period: the days it speaks of.
        test: effect (Cohen's h), p and corrected p; None where too few to say.
        weight: a word's class-based tf-idf; None for the rest.
    """

    kind: str
    key: str
    name: str
    share: float
    rest: float
    lift: float
    n: int
    reach: float
    period: str
    test: Outcome | None = None
    weight: float | None = None

    @property
    def clear(self) -> bool:
        """Whether the difference counts: see `is_clear`."""
        return self.test is not None and is_clear(self.lift, self.test.q, self.test.effect)

    def facts(self, segment: int, rest: str = "") -> list[Fact]:
        """Its numbers, of the segment and of the rest (subject `segment!=3` unless given)."""
        own = f"{self.kind}:{self.key}&segment:{segment}"
        others = f"{self.kind}:{self.key}&{rest or f'segment!={segment}'}"
        counted = "orders" if self.kind in OF_ORDERS else "customers"
        period = self.period
        facts = [
            Fact(own, "share", period, self.share, "share"),
            Fact(others, "share", period, self.rest, "share"),
            Fact(own, "lift", period, self.lift, "ratio"),
            Fact(own, counted, period, self.n, counted),
            Fact(own, "reach", period, self.reach, "share"),
        ]
        if self.test:
            facts.append(Fact(own, "effect", period, self.test.effect, self.test.kind))
            facts.append(Fact(own, "q", period, self.test.q, "probability"))
        if self.weight is not None:
            facts.append(Fact(own, "c_tf_idf", period, self.weight, "weight"))
        return facts


def leanings(
    base: CustomerBase, kind: str, segment: int, n: int, among: Sequence[int] | None = None
) -> tuple[Leaning, ...]:
    """What a segment leans to most against the others (of `among`), strongest first.

    Only what counts; words by their class-based tf-idf, all else by the lower end of the interval
    of its lift. Empty where the data cannot say.
    """
    counts = counts_of(base, kind)
    tested = family_of(base, among).shares.get((kind, segment))
    if counts is None or tested is None:
        return ()
    told = _Told(base, counts, segment, among, tested)
    wanted = told.common(np.flatnonzero(told.clear))
    order = sorted(wanted.tolist(), key=lambda row: (-told.strength[row], row))
    return told.leanings(order[:n])


def main_country(
    base: CustomerBase, segment: int, among: Sequence[int] | None = None
) -> Leaning | None:
    """The country most customers of a segment buy from, whether or not others do too."""
    counts = counts_of(base, "country")
    if counts is None or segment not in counts.own or not counts.own[segment].y.sum():
        return None
    tested = family_of(base, among).shares.get(("country", segment))
    told = _Told(base, counts, segment, among, tested)
    return told.leanings([int(counts.own[segment].y.argmax())])[0]


class _Told:
    """One kind of things, of one segment beside others: (things,) arrays of what is told."""

    def __init__(
        self,
        base: CustomerBase,
        counts: Counts,
        segment: int,
        among: Sequence[int] | None,
        tested: Shares | None,
    ) -> None:
        self.base, self.counts, self.tested, self.segment = base, counts, tested, segment
        self.own = counts.own[segment]
        nothing = np.zeros_like(self.own.y)
        self.rest = counts.others(segment, among) or Moments(0, 0, 0, nothing, nothing, nothing)
        dispersion = np.ones_like(nothing) if tested is None else tested.dispersion
        totals = self.own.x, self.rest.x
        self.lift, self.floor = lifts(self.own.y, self.rest.y, totals, dispersion)
        self.weight = class_weights(counts)[segment] if counts.kind in WORDS else None
        self.strength = self.floor if self.weight is None else self.weight
        self.period = open_ledger(base).period(SOURCES.get(counts.kind, "orders"))
        of_orders = counts.kind in OF_ORDERS
        self.behind = self.own.y if of_orders else counts.people[segment]
        self.size = self.own.x if of_orders else self.own.n

    @property
    def clear(self) -> Any:
        """More of it, and not by chance."""
        if self.tested is None:
            return np.zeros(len(self.lift), dtype=bool)
        return (self.lift >= LIFT) & (self.tested.q < LEVEL)

    def common(self, rows: Any) -> Any:
        """The rows that enough of the segment have; of what is left when nothing else is."""
        rows = rows[self.behind[rows] >= FEWEST]
        for reach in REACHES:
            wanted = rows[self.behind[rows] >= reach * self.size]
            if len(wanted):
                return wanted
        return rows

    def leanings(self, rows: Sequence[int]) -> tuple[Leaning, ...]:
        names = _names(
            open_ledger(self.base), self.counts.kind, [self.counts.keys[row] for row in rows]
        )
        return tuple(self._leaning(row, *name) for row, name in zip(rows, names, strict=True))

    def _leaning(self, row: int, key: str, name: str) -> Leaning:
        share = float(self.own.y[row] / max(self.own.x, 1))
        rest = float(self.rest.y[row] / max(self.rest.x, 1))
        return Leaning(
            kind=self.counts.kind,
            key=key,
            name=name,
            share=share,
            rest=rest,
            lift=float(self.lift[row]),
            n=int(self.behind[row]),
            reach=float(self.behind[row] / max(self.size, 1)),
            period=self.period,
            test=self._test(row, share, rest),
            weight=None if self.weight is None else float(self.weight[row]),
        )

    def _test(self, row: int, share: float, rest: float) -> Outcome | None:
        if self.tested is None or np.isnan(self.tested.p[row]):
            return None
        p, q = float(self.tested.p[row]), float(self.tested.q[row])
        return Outcome(cohens_h(share, rest), "cohens_h", p, q)


def lifts(
    own: Array,
    rest: Array,
    totals: tuple[float, float] | None = None,
    dispersion: Array | float = 1.0,
) -> tuple[Array, Array]:
    """Lift of each share against the rest's, and the lower end of its 95 % interval.

    The interval is Katz's for a ratio of proportions: log lift ± 1.96 sqrt(1/a - 1/A + 1/b - 1/B),
    with half an observation added, so that the lift of what the rest never bought is finite; the
    variance times the dispersion, where that is more than 1.

    Args:
        own, rest: (things,) counts.
        totals: what they are shares of; their sums if None.
    """
    all_own, all_rest = (float(own.sum()), float(rest.sum())) if totals is None else totals
    a, b, all_a, all_b = own + 0.5, rest + 0.5, all_own + 0.5, all_rest + 0.5
    variance = np.maximum(1 / a - 1 / all_a + 1 / b - 1 / all_b, 0) * np.maximum(dispersion, 1)
    smoothed = np.log(a / all_a) - np.log(b / all_b)
    plain = (own / max(all_own, 1)) / np.where(rest > 0, rest / max(all_rest, 1), 1)
    floor = np.exp(smoothed - CONFIDENCE * np.sqrt(variance))
    return np.where(rest > 0, plain, np.exp(smoothed)), floor


def mix(base: CustomerBase, kind: str) -> pd.DataFrame | None:
    """Distinct customers (for times: orders) per thing and segment, charges left out.

    Rows are `Counts.keys`; columns segment ids. None where the data cannot say.
    """
    counts = counts_of(base, kind)
    if counts is None:
        return None
    columns = {number: one.y for number, one in counts.own.items()}
    return pd.DataFrame(columns, index=pd.Index(list(counts.keys), name="key"))


def _names(ledger: Ledger, kind: str, keys: Sequence[Any]) -> list[tuple[str, str]]:
    if kind == "product":
        table = ledger.products.filter(ledger.products.product_no.isin([int(key) for key in keys]))
        known = ledger.run(table).set_index("product_no") if keys else pd.DataFrame()
        return [(str(known["product_id"][k]), str(known["product"][k])) for k in keys]
    if kind == "weekday":
        return [(WEEKDAYS[int(key)], WEEKDAYS[int(key)]) for key in keys]
    return [(str(key), str(key)) for key in keys]
