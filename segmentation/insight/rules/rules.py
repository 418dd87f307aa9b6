"""For each segment a short rule in the customers' own numbers: who is in it, as conditions.

A rule is found by surrogate trees (trees.py), then rounded to numbers that people use and rid
of what adds nothing; what it catches is counted on every customer, after the rounding. A rule is a
description, not the segmentation: how well it describes is part of it, and may be "badly".
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from segmentation.insight.filters import resolve_segment
from segmentation.insight.ledger import open_ledger
from segmentation.insight.rules.columns import rule_columns, unit_of
from segmentation.insight.rules.search import Condition, Conjunction, find_rule, meets
from segmentation.insight.rules.text import pandas_of, sql_of
from segmentation.insight.rules.trees import LEAVES, SAMPLE, fidelity
from segmentation.insight.similar.lookalikes import find_customer
from segmentation.sampling import sample_rows
from segmentation.types import CustomerBase, Fact, Segmentation

__all__ = ["Condition", "Met", "Rule", "Why", "explained", "rules", "segment_rule", "why"]

USEFUL = 0.6
"""A rule describes a segment when its F1 reaches this."""

BETTER = 0.25
"""... and covers this much of the way from calling everybody a member to a perfect rule."""


BOUND = "rule:"
"""Prefix of the facts that are thresholds: `rule:recency<=`."""


@dataclass(frozen=True)
class Rule:
    """What describes a segment, and how well; counted on every customer.

    Args:
        segment: its id.
        conditions: all of these hold; empty where no number tells members from others.
        alternatives: or else all of one of these.
        size, matched, hits: members, customers who meet the rule, members among them.
        customers: everybody, unassigned ones included.
        parts: matched and hits of each conjunction by itself.
        sql, pandas: the same rule as code; see text.py.
        facts: every number of it.
    """

    segment: int
    conditions: Conjunction
    alternatives: tuple[Conjunction, ...]
    size: int
    matched: int
    hits: int
    customers: int
    parts: tuple[tuple[int, int], ...]
    sql: str
    pandas: str
    facts: tuple[Fact, ...] = ()

    @property
    def conjunctions(self) -> tuple[Conjunction, ...]:
        """All of them, the main one first."""
        return (self.conditions, *self.alternatives) if self.conditions else ()

    @property
    def precision(self) -> float:
        """Share of those who meet the rule that are members."""
        return self.hits / self.matched if self.matched else 0.0

    @property
    def recall(self) -> float:
        """Share of the members that meet the rule."""
        return self.hits / self.size

    @property
    def coverage(self) -> float:
        """Share of all customers that meet the rule."""
        return self.matched / self.customers

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * self.hits / (self.matched + self.size)

    @property
    def is_useful(self) -> bool:
        """Whether it describes the segment, rather than a part of it or nearly everybody."""
        everybody = 2 * self.size / (self.customers + self.size)
        return self.f1 >= max(USEFUL, everybody + BETTER * (1 - everybody))


@dataclass(frozen=True)
class Met:
    """A condition of a segment's rule, a customer's own number, and whether it is met."""

    condition: Condition
    value: float | None
    met: bool


@dataclass(frozen=True)
class Why:
    """Why a customer is in their segment, as far as its rule can say.

    Args:
        rule: of their segment; None where they are in none.
        conditions: of the conjunction that fits them best, each with their own number.
        nearest: the segment, other than theirs, whose centre is nearest; None if there is none.
        facts: the customer's numbers, and the thresholds of the rule.
    """

    customer_id: str
    segment: int
    rule: Rule | None
    conditions: tuple[Met, ...]
    nearest: int | None
    facts: tuple[Fact, ...]

    @property
    def met(self) -> tuple[Met, ...]:
        return tuple(one for one in self.conditions if one.met)

    @property
    def missed(self) -> tuple[Met, ...]:
        return tuple(one for one in self.conditions if not one.met)


def rules(base: CustomerBase) -> dict[int, Rule]:
    """Segment id → its rule, ascending; without 0, whom nothing but being left over unites."""
    ledger = open_ledger(base)
    return ledger.once(("rules", id(base.segmentation.labels)), lambda: _find_rules(base))


def segment_rule(base: CustomerBase, segment: Any) -> Rule | None:
    """The rule of a segment given by id or name; None for the unassigned.

    Raises:
        UnknownName: no segment is called so.
    """
    return rules(base).get(resolve_segment(base, segment))


def explained(base: CustomerBase) -> Segmentation:
    """The base's segmentation with `tree_fidelity` among its metrics.

    The accuracy, on customers it has not seen, of a decision tree of at most two leaves per segment
    over the same columns that rules are made of; None where there is nothing to tell apart.
    """
    segmentation = base.segmentation
    value = fidelity(rule_columns(base), segmentation.labels, segmentation.recipe.seed)
    return replace(segmentation, metrics={**segmentation.metrics, "tree_fidelity": value})


def _find_rules(base: CustomerBase) -> dict[int, Rule]:
    columns, labels = rule_columns(base), base.segmentation.labels
    ids = [int(one) for one in np.unique(labels[labels > 0])]
    rows = sample_rows(len(labels), SAMPLE, base.segmentation.recipe.seed)
    sample, leaves = columns.iloc[rows], LEAVES * len(ids)
    units = {str(name): unit_of(base, str(name)) for name in columns.columns}
    with ThreadPoolExecutor() as pool:
        found = pool.map(lambda i: find_rule(sample, units, labels[rows] == i, leaves), ids)
        return {i: _measured(base, i, one, columns) for i, one in zip(ids, found, strict=True)}


def _measured(
    base: CustomerBase,
    segment: int,
    conjunctions: tuple[Conjunction, ...],
    columns: pd.DataFrame,
) -> Rule:
    """The rule with what it catches among all customers."""
    used = {one.feature for conjunction in conjunctions for one in conjunction}
    values = {name: columns[name].to_numpy() for name in used}
    members = base.segmentation.labels == segment
    masks = [meets(values, conjunction) for conjunction in conjunctions]
    caught = np.logical_or.reduce(masks) if masks else np.ones_like(members)
    rule = Rule(
        segment=segment,
        conditions=conjunctions[0] if conjunctions else (),
        alternatives=conjunctions[1:],
        size=int(members.sum()),
        matched=int(caught.sum()),
        hits=int((caught & members).sum()),
        customers=len(members),
        parts=tuple((int(mask.sum()), int((mask & members).sum())) for mask in masks),
        sql=sql_of(conjunctions, base.as_of),
        pandas=pandas_of(conjunctions, base.as_of),
    )
    return replace(rule, facts=_facts(base, rule))


def _facts(base: CustomerBase, rule: Rule) -> tuple[Fact, ...]:
    today, subject = base.as_of.date().isoformat(), f"segment:{rule.segment}"
    whole = _measures(rule, rule.matched, rule.hits, "rule")
    parts = [
        one
        for number, (matched, hits) in enumerate(rule.parts if rule.alternatives else (), 1)
        for one in _measures(rule, matched, hits, f"rule_part_{number}")
    ]
    measures = [("size", rule.size, "customers"), *whole, ("rule_f1", rule.f1, "index"), *parts]
    bounds = tuple(
        Fact(subject, f"{BOUND}{one.feature}{one.op}", today, one.value, one.unit)
        for conjunction in rule.conjunctions
        for one in conjunction
        if one.value is not None
    )
    return (*(Fact(subject, name, today, value, unit) for name, value, unit in measures), *bounds)


def _measures(rule: Rule, matched: int, hits: int, name: str) -> list[tuple[str, float, str]]:
    """Metric, value and unit of how well a rule, or one of its conjunctions, catches."""
    return [
        (f"{name}_matched", matched, "customers"),
        (f"{name}_hits", hits, "customers"),
        (f"{name}_precision", hits / matched if matched else 0.0, "share"),
        (f"{name}_recall", hits / rule.size, "share"),
        (f"{name}_coverage", matched / rule.customers, "share"),
    ]


# --- one customer ------------------------------------------------------------------------------


def why(base: CustomerBase, customer_id: Any) -> Why:
    """Which conditions of their segment's rule a customer meets, and which other segment is next.

    Raises:
        UnknownName: no customer has that id.
    """
    row = find_customer(base, customer_id)
    name, segment = str(base.customers[row]), int(base.segmentation.labels[row])
    rule = rules(base).get(segment)
    own = rule_columns(base).iloc[row]
    options = [
        tuple(_met(one, float(own[one.feature])) for one in conjunction)
        for conjunction in (rule.conjunctions if rule else ())
    ]
    best = max(options, key=_share_met, default=())
    today = base.as_of.date().isoformat()
    facts = tuple(
        Fact(f"customer:{name}", one.condition.feature, today, one.value, one.condition.unit)
        for one in best
        if one.value is not None
    )
    if rule:
        facts += tuple(fact for fact in rule.facts if fact.metric.startswith(BOUND))
    return Why(name, segment, rule, best, _nearest_other(base, row, segment), facts)


def _met(condition: Condition, value: float) -> Met:
    alone = {condition.feature: np.array([value])}
    met = bool(meets(alone, (condition,))[0])
    return Met(condition, None if np.isnan(value) else value, met)


def _share_met(conditions: tuple[Met, ...]) -> float:
    return sum(one.met for one in conditions) / len(conditions)


def _nearest_other(base: CustomerBase, row: int, segment: int) -> int | None:
    """The segment other than theirs whose centre is nearest to a customer."""
    centres = {i: centre for i, centre in _centres(base).items() if i != segment}
    here = np.asarray(base.vectors[row], dtype=np.float64)
    return min(centres, key=lambda i: (float(np.sum((centres[i] - here) ** 2)), i), default=None)


def _centres(base: CustomerBase) -> dict[int, NDArray[np.float64]]:
    ledger = open_ledger(base)

    def find() -> dict[int, NDArray[np.float64]]:
        labels = base.segmentation.labels
        return {
            int(i): base.vectors[labels == i].mean(axis=0, dtype=np.float64)
            for i in np.unique(labels[labels > 0])
        }

    return ledger.once(("centres", id(base.segmentation.labels)), find)
