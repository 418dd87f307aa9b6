"""From the splits of a tree to a rule people can say: few conditions, rounded numbers.

Rules are compared by F1, the harmonic mean of precision and recall, and every condition must earn
its place. Where one conjunction leaves out too many, others stand beside it.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from segmentation.insight.rules.trees import Bounds, Members, nodes

__all__ = ["Condition", "Conjunction", "find_rule", "meets"]

PRICE = 0.02
"""F1 that a condition must add to be kept."""

ALTERNATIVES, EARNED = 3, 0.05
"""Conjunctions at most, and F1 that another one must add beside the price of its conditions."""

TRIED = 6
"""Conjunctions that are rounded and shortened before the best is taken."""

DIGITS = (1, 2, 3)
DECIMALS, SHARE_DECIMALS = 2, 3
"""No number is finer than this: people read cents, and tenths of a per cent."""

SPARED = 0.005
"""A rounder number is taken when it costs no more F1 than this."""

Op = Literal["<", "<=", ">", ">=", "known", "unknown"]
Values = Mapping[str, NDArray[np.float64]]
COMPARE: dict[str, Any] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True)
class Condition:
    """One condition on one number of a customer.

    Args:
        feature: a column of `rule_columns`.
        op: how the number is compared; `known` and `unknown` take no value.
        value: in the column's own unit; shares are fractions.
        unit: `days`, `orders`, an ISO currency code, `share`, ... or empty.
        or_unknown: customers whose number is unknown meet it, too.
    """

    feature: str
    op: Op
    value: float | None = None
    unit: str = ""
    or_unknown: bool = False


Conjunction = tuple[Condition, ...]


def meets(values: Values, conjunction: Conjunction) -> Members:
    """Which customers meet all conditions; everybody where there are none."""
    size = len(next(iter(values.values()))) if values else 0
    met = np.ones(size, dtype=np.bool_)
    for one in conjunction:
        met &= _holds(values[one.feature], one)
    return met


def _holds(values: NDArray[np.float64], condition: Condition) -> Members:
    missing = np.isnan(values)
    if condition.op in ("known", "unknown"):
        return missing if condition.op == "unknown" else ~missing
    met: Members = COMPARE[condition.op](values, condition.value)  # not a number meets nothing
    return met | missing if condition.or_unknown else met


def find_rule(
    columns: pd.DataFrame, units: Mapping[str, str], members: Members, leaves: int
) -> tuple[Conjunction, ...]:
    """One to three conjunctions that together describe `members` best, the main one first.

    Args:
        columns: (n, d) of numbers; NaN where unknown.
        units: of the columns, by name.
        members: (n,) who is to be described.
        leaves: of the trees that are asked, at most.

    Returns:
        Empty where no column tells members from others.
    """
    values = {str(name): columns[name].to_numpy() for name in columns.columns}
    search = _Search(values, units, members)
    found = [search.conditions(path) for path in nodes(columns, members, leaves)]
    caught = [(one, meets(search.values, one)) for one in found if one]
    chosen: list[Conjunction] = []
    covered = np.zeros_like(members)
    while caught and len(chosen) < ALTERNATIVES:
        ranked = sorted(caught, key=lambda one: -search.worth(one[0], covered | one[1]))
        tidied = [search.tidied(one, covered) for one, _ in ranked[:TRIED]]
        best = max(tidied, key=lambda one: search.worth_beside(one, covered))
        together = covered | meets(search.values, best)
        if chosen and search.worth(best, together) < search.f1(covered) + EARNED:
            break
        chosen.append(best)
        covered = together
    return tuple(chosen)


@dataclass(frozen=True)
class _Search:
    """The numbers of the customers, and which of them are to be described."""

    values: Values
    units: Mapping[str, str]
    members: Members

    def f1(self, caught: Members) -> float:
        both = int((caught & self.members).sum())
        return 2 * both / max(1, int(caught.sum()) + int(self.members.sum()))

    def worth(self, conjunction: Conjunction, caught: Members) -> float:
        return self.f1(caught) - PRICE * len(conjunction)

    def worth_beside(self, conjunction: Conjunction, covered: Members) -> float:
        return self.worth(conjunction, covered | meets(self.values, conjunction))

    def conditions(self, path: Iterable[Bounds]) -> Conjunction:
        """A way through a tree, as conditions."""
        return tuple(one for bounds in path for one in self._of(bounds))

    def _of(self, bounds: Bounds) -> list[Condition]:
        column, low, high = bounds.column, bounds.low, bounds.high
        unit = self.units[column]
        if not np.isnan(self.values[column]).any():
            bounds = replace(bounds, unknown=False)
        elif np.isposinf(low):  # nothing but the unknown lies beyond
            return [Condition(column, "unknown", unit=unit)]
        elif np.isinf(low) and np.isinf(high) and not bounds.unknown:
            return [Condition(column, "known", unit=unit)]
        ends: list[tuple[Op, float]] = [(">", low), ("<=", high)]
        return [
            Condition(column, op, end, unit, bounds.unknown) for op, end in ends if np.isfinite(end)
        ]

    def tidied(self, conjunction: Conjunction, covered: Members) -> Conjunction:
        """The same with round numbers and without what adds nothing beside `covered`."""
        for place in range(len(conjunction)):
            conjunction = self._rounded(conjunction, place, covered)
        return self._shortened(conjunction, covered)

    def _rounded(self, conjunction: Conjunction, place: int, covered: Members) -> Conjunction:
        one = conjunction[place]
        if one.value is None:
            return conjunction
        tried = []
        for option in _round_options(one, self._is_whole(one.feature)):
            changed = (*conjunction[:place], option, *conjunction[place + 1 :])
            tried.append((changed, self.f1(covered | meets(self.values, changed))))
        best = max(f1 for _, f1 in tried)
        return next(changed for changed, f1 in tried if f1 >= best - SPARED)

    def _is_whole(self, column: str) -> bool:
        known = self.values[column][~np.isnan(self.values[column])]
        return bool((known == np.floor(known)).all())

    def _shortened(self, conjunction: Conjunction, covered: Members) -> Conjunction:
        """Without conditions, and remarks on the unknown, that do not earn their place."""
        while True:
            here = self.worth_beside(conjunction, covered)
            shorter = [
                (*conjunction[:i], *left, *conjunction[i + 1 :])
                for i, one in enumerate(conjunction)
                for left in ((), (replace(one, or_unknown=False),))
                if left != (one,) and (left or len(conjunction) > 1)
            ]
            worths = [self.worth_beside(one, covered) for one in shorter]
            if not shorter or max(worths) < here:
                return conjunction
            conjunction = shorter[int(np.argmax(worths))]


def _round_options(condition: Condition, whole: bool) -> list[Condition]:
    """The condition with rounder numbers, the roundest first; `at least` rather than `above`."""
    assert condition.value is not None
    at, upper = condition.value, condition.op in ("<", "<=")
    if whole:
        ops: tuple[Op, ...] = ("<=",) if upper else (">=",)
        at = float(np.floor(at)) if upper else float(np.floor(at)) + 1
    else:
        ops = ("<=", "<") if upper else (">=", ">")
    decimals = SHARE_DECIMALS if condition.unit == "share" else DECIMALS
    rounded = dict.fromkeys(_rounded(at, digits, decimals) for digits in DIGITS)
    return [replace(condition, op=op, value=value) for value in rounded for op in ops]


def _rounded(value: float, digits: int, decimals: int) -> float:
    """To so many significant digits, but no more decimals: 0.0543 → 0.05 or 0.054."""
    return round(float(f"{value:.{digits - 1}e}"), decimals)
