"""The funnel of one group in numbers, and beside everyone else's: shares, intervals and tests.

Pure arithmetic on sums over customers, which `funnel.py` counts. Visits of one customer are no
independent witnesses: customers are the unit of every interval and test.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from segmentation.insight.evidence.significance import (
    Moments,
    Outcome,
    cohens_h,
    corrected,
    is_clear,
    share_test,
    wilson,
)
from segmentation.types import Fact

__all__ = ["STEPS", "Group", "Leak", "Rate", "Stage", "compared", "group_of"]

STEPS = ("view", "cart", "checkout", "purchase")


@dataclass(frozen=True)
class Stage:
    """One step of a group: how many visits and customers reached it, and how many visits reached a
    later one without an event of its own."""

    step: str
    visits: int
    customers: int
    skipped: int


@dataclass(frozen=True)
class Rate:
    """How many visits at one step went on to the next.

    Args:
        since, step: the two steps.
        visits, went_on: at the first, and of these at the second.
        low, high: 95 % interval of the share (Wilson, on as many independent visits as the
            customers' own spread leaves).
    """

    since: str
    step: str
    visits: int
    went_on: int
    low: float
    high: float

    @property
    def metric(self) -> str:
        return f"{self.since}_to_{self.step}"

    @property
    def value(self) -> float | None:
        return self.went_on / self.visits if self.visits else None

    @property
    def lost(self) -> int:
        return self.visits - self.went_on

    def facts(self, subject: str, period: str) -> list[Fact]:
        if self.value is None:
            return []
        shares = {"": self.value, "_low": self.low, "_high": self.high}
        facts = [Fact(subject, self.metric + end, period, v, "share") for end, v in shares.items()]
        lost = (Fact(subject, f"{self.metric}_lost", period, self.lost, "sessions"),)
        left = Fact(subject, f"{self.metric}_left", period, 1 - self.value, "share")
        return [*facts, *lost, left]


@dataclass(frozen=True)
class Leak:
    """One group's way from one step to the next beside everyone else's.

    Args:
        lift: of what is rarer, going on or leaving: the group's share / everyone else's.
        test: effect Cohen's h (positive: goes on more), p and corrected p; None: too few to say.
    """

    own: Rate
    rest: Rate
    lift: float | None = None
    test: Outcome | None = None

    @property
    def clear(self) -> bool:
        """Whether the difference counts: see `significance.is_clear`."""
        return self.test is not None and is_clear(self.lift, self.test.q)

    @property
    def excess(self) -> float:
        """Visits that would have gone on as well, had as many as of everyone else's."""
        return self.own.visits * ((self.rest.value or 0.0) - (self.own.value or 0.0))

    @property
    def leaves_more(self) -> bool:
        return self.clear and self.excess > 0

    def facts(self, subject: str, rest: str, period: str) -> list[Fact]:
        facts = self.own.facts(subject, period) + self.rest.facts(rest, period)
        if self.test:
            metric, kind = self.own.metric, self.test.kind
            facts.append(Fact(subject, f"{metric}_effect", period, self.test.effect, kind))
            facts.append(Fact(subject, f"{metric}_q", period, self.test.q, "probability"))
        return facts


@dataclass(frozen=True)
class Group:
    """The funnel of everyone (key None), a segment (its id), a product (its id) or a category.

    Args:
        name: of a product or category; empty for the rest.
        visits, customers: all visits and who made them; by product or category, those that had
            anything to do with it.
        wished: visits with something put on the wish list.
        leaks: each step's way on, beside everyone else's; of everyone empty.
    """

    key: int | str | None
    name: str
    visits: int
    customers: int
    wished: int
    stages: tuple[Stage, ...]
    rates: tuple[Rate, ...]
    leaks: tuple[Leak, ...] = ()

    @property
    def conversion(self) -> float | None:
        """Visits with a purchase / visits; None where purchases are not known."""
        if not self.visits or not self.stages or self.stages[-1].step != STEPS[-1]:
            return None
        return self.stages[-1].visits / self.visits

    @property
    def biggest_loss(self) -> Rate | None:
        """Where most visits end."""
        return max(self.rates, key=lambda rate: rate.lost, default=None)

    def facts(self, subject: str, period: str, rest: str = "") -> tuple[Fact, ...]:
        """Every number of it; `rest` is the subject of everyone else."""
        counts = {"visits": self.visits, "wished": self.wished}
        facts = [Fact(subject, name, period, n, "sessions") for name, n in counts.items()]
        facts.append(Fact(subject, "visitors", period, self.customers, "customers"))
        if self.conversion is not None:
            facts.append(Fact(subject, "conversion_rate", period, self.conversion, "share"))
        for one in self.stages:
            reached = f"reached_{one.step}"
            facts.append(Fact(subject, reached, period, one.visits, "sessions"))
            facts.append(Fact(subject, f"{reached}_customers", period, one.customers, "customers"))
            facts.append(Fact(subject, f"skipped_{one.step}", period, one.skipped, "sessions"))
        for rate in self.rates:
            facts += rate.facts(subject, period)
        for leak in self.leaks:
            facts += leak.facts(subject, rest, period)
        return tuple(dict.fromkeys(facts))


def group_of(sums: Any, steps: Sequence[str]) -> Group:
    """A group of its sums over customers: visits, wished, customers, and by step `at_…`,
    `customers_…`, `skipped_…`; by step and the one before it (x: visits there, y: here) `xx_…`,
    `yy_…`, `xy_…`; key where there is one."""
    return Group(
        key=sums.get("key"),
        name="",
        visits=int(sums["visits"]),
        customers=int(sums["customers"]),
        wished=int(sums["wished"]),
        stages=tuple(
            Stage(step, *(int(sums[f"{of}_{step}"]) for of in ("at", "customers", "skipped")))
            for step in steps
        ),
        rates=tuple(_rate(sums, since, step) for since, step in pairwise(steps)),
    )


def _rate(sums: Any, since: str, step: str) -> Rate:
    own = _moments(sums, since, step)
    low, high = wilson(float(own.y[0]) / own.x, _independent(own)) if own.x else (0.0, 1.0)
    return Rate(since, step, int(own.x), int(own.y[0]), low, high)


def _moments(sums: Any, since: str, step: str) -> Moments:
    """Visits at `step` (y) of those at `since` (x), summed over customers."""
    y, yy, xy = (np.array([float(sums[f"{of}_{step}"])]) for of in ("at", "yy", "xy"))
    x = float(sums[f"at_{since}"])
    return Moments(float(sums[f"customers_{since}"]), x, float(sums[f"xx_{step}"]), y, yy, xy)


def _independent(own: Moments) -> float:
    """As how many independent visits these are: a customer's visits are alike (Kish, Survey
    Sampling, 1965). Where all or none went on, or one customer made them, customers count."""
    share = own.y / own.x
    plain = float(own.x * share[0] * (1 - share[0]))
    if plain == 0 or own.n < 2:
        return max(own.n, 1.0)
    spread = float(own.squares(share)[0]) * own.n / (own.n - 1)
    return own.x / max(spread / plain, 1.0)


def compared(frame: pd.DataFrame, total: Any, steps: Sequence[str]) -> tuple[list[Group], int]:
    """Groups beside all others together, tested and corrected together; how many tests.

    Args:
        frame: one row of sums per group: key, and as `group_of` takes them.
        total: the same sums over all groups, those not in the frame too.
    """
    groups = []
    for sums in frame.to_dict("records"):
        rest = {name: total[name] - sums[name] for name in sums if name not in ("key", "busiest")}
        leaks = tuple(_leak(sums, rest, since, step) for since, step in pairwise(steps))
        groups.append(replace(group_of(sums, steps), leaks=leaks))
    q = corrected(np.array([leak.test.p for g in groups for leak in g.leaks if leak.test]))
    made = iter(q.tolist())
    told = [replace(g, leaks=tuple(_with_q(leak, made) for leak in g.leaks)) for g in groups]
    return told, len(q)


def _leak(own: Any, rest: Any, since: str, step: str) -> Leak:
    mine, others = _moments(own, since, step), _moments(rest, since, step)
    leak = Leak(_rate(own, since, step), _rate(rest, since, step))
    p = share_test(mine, others)[0][0]
    if np.isnan(p) or leak.own.value is None or leak.rest.value is None:
        return leak
    both = (mine.y[0] + others.y[0]) / (mine.x + others.x)
    a, b = leak.own.value, leak.rest.value
    if both > 0.5:
        a, b = 1 - a, 1 - b
    effect = cohens_h(leak.own.value, leak.rest.value)
    return replace(leak, lift=a / b if b else None, test=Outcome(effect, "cohens_h", float(p)))


def _with_q(leak: Leak, made: Iterator[float]) -> Leak:
    return replace(leak, test=replace(leak.test, q=next(made))) if leak.test else leak
