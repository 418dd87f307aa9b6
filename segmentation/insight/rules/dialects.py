"""A rule as shops' own tools write it: Shopify segment queries and Klaviyo segment definitions.

They know less of a customer than we do: orders, money and days, but no shares of categories, no
weekdays. What cannot be said is left out of the rule; where a rule found among the numbers they do
know describes the segment better than what is left, that one is taken. Either is counted anew on
every customer: the fidelity is that of the very rule that is handed out. SQL is in text.py and
says all of it.

Sources: Shopify's customer segment filter reference (`amount_spent`, `number_of_orders`,
`first_order_date`, `last_order_date`; whole days, `-90d` is 90 days ago); Klaviyo's segments API
(condition groups hold together, one condition of each group has to).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, combinations, product
from math import ceil, floor
from typing import Any

import numpy as np

from segmentation.insight.rules.columns import rule_columns, unit_of
from segmentation.insight.rules.rules import Rule
from segmentation.insight.rules.search import Condition, Conjunction, find_rule, meets
from segmentation.insight.rules.trees import LEAVES, SAMPLE
from segmentation.sampling import sample_rows
from segmentation.types import CustomerBase

__all__ = ["DIALECTS", "METRIC_ID", "Translation", "can_say", "translated"]

DIALECTS = ("sql", "shopify", "klaviyo")
METRIC_ID = "PLACED_ORDER_METRIC_ID"
"""Stands for the id that the metric Placed Order has in the user's account."""

MOST_GROUPS = 30
"""Condition groups of a Klaviyo definition that one can still read."""

LEAST_ORDERS = {"gap_mean": 2, "gap_spread": 3}
"""Known from this many orders on (views/features.py)."""

Groups = tuple[tuple[str, ...], ...]
"""What has to hold: of each group, one; each in JSON."""


@dataclass(frozen=True)
class Translation:
    """A rule in a dialect, and how well that very rule describes the segment.

    Args:
        dialect: one of `DIALECTS`.
        text: to paste there; empty where nothing of the rule can be said.
        said: the conjunctions it says, without what it cannot.
        dropped: conditions it cannot say, each once.
        size, matched, hits: members, customers who meet it, members among them.
        is_new: whether it was found among the numbers the tool knows, since that describes the
            segment better than what of the rule can be said there.
    """

    dialect: str
    text: str
    said: tuple[Conjunction, ...]
    dropped: tuple[Condition, ...]
    size: int
    matched: int
    hits: int
    is_new: bool = False

    @property
    def precision(self) -> float:
        """Share of those who meet it that are members."""
        return self.hits / self.matched if self.matched else 0.0

    @property
    def recall(self) -> float:
        """Share of the members that meet it."""
        return self.hits / self.size if self.size else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * self.hits / (self.matched + self.size) if self.matched + self.size else 0.0


def translated(base: CustomerBase, rule: Rule, dialect: str) -> Translation:
    """The rule in a dialect: of its conjunctions those that, as far as said, describe best.

    Args:
        dialect: one of `DIALECTS`.
    """
    if dialect == "sql":
        numbers = (rule.size, rule.matched, rule.hits)
        return Translation(dialect, rule.sql, rule.conjunctions, (), *numbers)
    write = _WRITERS[dialect]
    kept = [tuple(one for one in each if can_say(one)) for each in rule.conjunctions]
    anew = _found_anew(base, rule)
    options = [_counted(base, rule, dialect, write, one) for one in _subsets(kept)]
    options += [
        replace(_counted(base, rule, dialect, write, one), is_new=True) for one in _subsets(anew)
    ]
    nothing = Translation(dialect, "", (), (), rule.size, 0, 0)
    best = max((one for one in options if one.text), key=lambda one: one.f1, default=nothing)
    if best.is_new:
        return best
    said = {one for each in best.said for one in each}
    conditions = dict.fromkeys(one for each in rule.conjunctions for one in each)
    return replace(best, dropped=tuple(one for one in conditions if one not in said))


def _found_anew(base: CustomerBase, rule: Rule) -> tuple[Conjunction, ...]:
    """The rule that would have been found if we knew no more of customers than these tools do."""
    columns, labels = rule_columns(base), np.asarray(base.segmentation.labels)
    shared = [name for name in (*DAYS, *ORDERS) if name in columns.columns]
    if not shared:
        return ()
    rows = sample_rows(len(labels), SAMPLE, base.segmentation.recipe.seed)
    units = {name: unit_of(base, name) for name in shared}
    leaves = LEAVES * len(np.unique(labels[labels > 0]))
    return find_rule(columns[shared].iloc[rows], units, labels[rows] == rule.segment, leaves)


def _subsets(kept: Sequence[Conjunction]) -> Iterator[tuple[Conjunction, ...]]:
    """Every choice of the conjunctions of which anything can be said, the whole one first."""
    some = [one for one in dict.fromkeys(kept) if one]
    for size in range(len(some), 0, -1):
        yield from combinations(some, size)


def _counted(
    base: CustomerBase,
    rule: Rule,
    dialect: str,
    write: Callable[[Sequence[Conjunction]], str],
    said: tuple[Conjunction, ...],
) -> Translation:
    """These conjunctions in the dialect, with what they catch among all customers."""
    columns = rule_columns(base)
    values = {one.feature: columns[one.feature].to_numpy() for each in said for one in each}
    caught = np.logical_or.reduce([meets(values, one) for one in said])
    members = np.asarray(base.segmentation.labels) == rule.segment
    hits = int((caught & members).sum())
    return Translation(dialect, write(said), said, (), rule.size, int(caught.sum()), hits)


DAYS = {"recency": "last_order_date", "tenure": "first_order_date"}
"""Days since the last and since the first order."""
ORDERS = {"frequency": "number_of_orders", "monetary": "amount_spent"}


def can_say(one: Condition) -> bool:
    """Both tools know orders, money and days; whether a number is known, they know by orders."""
    known = LEAST_ORDERS if one.op in ("known", "unknown") else {}
    return one.feature in (*DAYS, *ORDERS, *known)


def _is_few(one: Condition) -> bool:
    return one.op in ("<", "<=")


def _days(one: Condition) -> int:
    """The whole days of a bound: so many at most, or so many at least."""
    value = one.value or 0.0
    whole = {"<=": floor(value), "<": ceil(value) - 1, ">=": ceil(value), ">": floor(value) + 1}
    return whole[one.op]


def _lets_in_strangers(one: Condition) -> bool:
    """Whether somebody who never ordered meets it there, though here they do not."""
    return one.feature in ORDERS and _is_few(one) and not one.or_unknown


# --- Shopify -----------------------------------------------------------------------------------


def _shopify(conjunctions: Sequence[Conjunction]) -> str:
    parts = [_shopify_all(each) for each in conjunctions]
    return parts[0] if len(parts) == 1 else " OR ".join(f"({part})" for part in parts)


def _shopify_all(conjunction: Conjunction) -> str:
    parts = [_shopify_one(one) for one in conjunction]
    strangers = [_lets_in_strangers(one) for one in conjunction]
    open_to_all = all(s or one.or_unknown for s, one in zip(strangers, conjunction, strict=True))
    shut = any(strangers) and open_to_all
    return " AND ".join([*parts, "number_of_orders > 0"] if shut else parts)


def _shopify_one(one: Condition) -> str:
    if one.op in ("known", "unknown"):
        return _shopify_known(one)
    if one.feature in DAYS:
        name = DAYS[one.feature]
        text = f"{name} {'>=' if _is_few(one) else '<='} -{_days(one)}d"
        return f"({text} OR {name} IS NULL)" if one.or_unknown else text
    text = f"{ORDERS[one.feature]} {one.op} {_number(one.value)}"
    return f"({text} OR number_of_orders = 0)" if one.or_unknown else text


def _shopify_known(one: Condition) -> str:
    if one.feature in DAYS:
        return f"{DAYS[one.feature]} IS {'NOT NULL' if one.op == 'known' else 'NULL'}"
    least = LEAST_ORDERS.get(one.feature, 1)
    return f"number_of_orders {'>=' if one.op == 'known' else '<'} {least}"


# --- Klaviyo -----------------------------------------------------------------------------------

NUMERIC = {
    "<": "less-than",
    "<=": "less-than-or-equal",
    ">": "greater-than",
    ">=": "greater-than-or-equal",
    "==": "equals",
}
MEASUREMENTS = {"frequency": "count", "monetary": "sum"}


def _klaviyo(conjunctions: Sequence[Conjunction]) -> str:
    """The definition; empty where alternatives would multiply it beyond reading.

    Alternatives of conditions become conditions of alternatives: of every choice of one group
    from each alternative, one condition has to hold.
    """
    each = [[group for one in each for group in _groups(one)] for each in conjunctions]
    whole = dict.fromkeys(tuple(dict.fromkeys(chain(*some))) for some in product(*each))
    if len(whole) > MOST_GROUPS:
        return ""
    groups = [{"conditions": [json.loads(one) for one in group]} for group in whole]
    return json.dumps({"condition_groups": groups}, indent=2)


def _groups(one: Condition) -> Groups:
    """One condition in Klaviyo's terms; `no_order` is met by those of whom a number is unknown."""
    no_order, an_order = _ordered("==", 0), _ordered(">=", 1)
    if one.op in ("known", "unknown"):
        least = LEAST_ORDERS.get(one.feature, 1)
        return ((_ordered(">=" if one.op == "known" else "<", least),),)
    if one.feature in ORDERS:
        value = _number(one.value)
        asked = _ordered(one.op, value, measurement=MEASUREMENTS[one.feature])
        needs_order = _lets_in_strangers(one)
    else:
        asked, needs_order = _in_time(one)
    if one.or_unknown:
        return ((asked, no_order),)
    return ((asked,), (an_order,)) if needs_order else ((asked,),)


def _in_time(one: Condition) -> tuple[str, bool]:
    """Days since the last or the first order as orders in a time; whether strangers meet it."""
    few, last = _is_few(one), one.feature == "recency"
    beyond = _days(one) + (0 if few == last else 1 if few else -1)
    operator = "in-the-last" if last else "at-least"
    time = {"type": "date", "operator": operator, "unit": "day", "quantity": max(1, beyond)}
    return (_ordered(">=", 1, time), False) if few == last else (_ordered("==", 0, time), True)


def _ordered(
    op: str, value: float, time: Mapping[str, Any] | None = None, *, measurement: str = "count"
) -> str:
    """The condition that Placed Order was so often, or worth so much, in a time."""
    condition = {
        "type": "profile-metric",
        "metric_id": METRIC_ID,
        "measurement": measurement,
        "measurement_filter": {"type": "numeric", "operator": NUMERIC[op], "value": value},
        "timeframe_filter": time or {"type": "date", "operator": "alltime"},
    }
    return json.dumps(condition)


def _number(value: float | None) -> float:
    number = float(value or 0)
    return int(number) if number.is_integer() else number


_WRITERS: Mapping[str, Callable[[Sequence[Conjunction]], str]] = {
    "shopify": _shopify,
    "klaviyo": _klaviyo,
}
