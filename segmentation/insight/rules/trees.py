"""Surrogate trees: how well short conditions can say who is in which segment.

A tree is only a way to find conditions; what a condition catches is counted elsewhere, on
everybody. Unknown values need no filling in: a split says to which side they go.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from segmentation.types import Labels

__all__ = ["LEAVES", "SAMPLE", "Bounds", "fidelity", "nodes"]

FOLDS = 5
DEPTH = 4
"""A rule has at most this many conditions."""

LEAVES = 2
"""Leaves of a surrogate tree per segment."""

SAMPLE = 4_000
"""Customers a tree is fitted on; what it says is counted on everybody."""

SMALLEST_LEAF = 2
Members = NDArray[np.bool_]


@dataclass(frozen=True)
class Bounds:
    """One condition of a tree: low < value <= high, and whether unknown values meet it too."""

    column: str
    low: float = -np.inf
    high: float = np.inf
    unknown: bool = True

    def narrowed(self, other: Bounds) -> Bounds:
        """Both at once."""
        return Bounds(
            self.column,
            max(self.low, other.low),
            min(self.high, other.high),
            self.unknown and other.unknown,
        )


def fidelity(columns: pd.DataFrame, labels: Labels, seed: int = 0) -> float | None:
    """How often a tree of at most two leaves per segment names the right segment.

    Each customer is judged by a tree that has not seen them (five folds), so that a tree which
    learns members by heart gains nothing. The unassigned are left out.

    Args:
        columns: (n, d), one row per customer; NaN where unknown.
        labels: (n,) segment ids; 0 is unassigned.

    Returns:
        Accuracy, 0 to 1; None with fewer than two segments or than five customers.
    """
    values, known = columns.to_numpy()[labels > 0], labels[labels > 0]
    k = len(np.unique(known))
    if k < 2 or len(known) < FOLDS or not values.shape[1]:
        return None
    generator = np.random.default_rng(seed)
    fold = generator.permutation(len(known)) % FOLDS
    right = 0
    for number in range(FOLDS):
        rest = np.flatnonzero(fold != number)
        drawn = np.sort(generator.permutation(rest)[:SAMPLE])
        tree = _fit(values[drawn], known[drawn], LEAVES * k, depth=None, balanced=False)
        asked = fold == number
        right += int((tree.predict(values[asked]) == known[asked]).sum())
    return right / len(known)


def nodes(columns: pd.DataFrame, members: Members, leaves: int) -> list[tuple[Bounds, ...]]:
    """Every conjunction of at most four conditions that a tree for `members` finds on its way.

    Members weigh as much as all others, so that a small segment is looked for, too; inner nodes
    count as well as leaves, so that shorter conjunctions are among the result.
    """
    if columns.empty:
        return []
    tree = _fit(columns.to_numpy(), members, leaves, depth=DEPTH, balanced=True)
    paths = _paths(tree.tree_, [str(name) for name in columns.columns])
    return list(dict.fromkeys(_merged(path) for path in paths))


def _fit(values: Any, wanted: Any, leaves: int, *, depth: int | None, balanced: bool) -> Any:
    from sklearn.tree import DecisionTreeClassifier

    tree = DecisionTreeClassifier(
        max_leaf_nodes=max(2, leaves),
        max_depth=depth,
        min_samples_leaf=SMALLEST_LEAF,
        class_weight="balanced" if balanced else None,
        random_state=0,
    )
    return tree.fit(values, wanted)


def _paths(tree: Any, names: list[str]) -> Iterator[tuple[Bounds, ...]]:
    """The way to each node but the root."""
    waiting: list[tuple[int, tuple[Bounds, ...]]] = [(0, ())]
    while waiting:
        node, path = waiting.pop()
        if path:
            yield path
        if tree.children_left[node] < 0:
            continue
        column, at = names[tree.feature[node]], float(tree.threshold[node])
        left = bool(tree.missing_go_to_left[node])
        below = Bounds(column, high=at, unknown=left)
        above = Bounds(column, low=at, unknown=not left)
        waiting.append((int(tree.children_right[node]), (*path, above)))
        waiting.append((int(tree.children_left[node]), (*path, below)))


def _merged(path: tuple[Bounds, ...]) -> tuple[Bounds, ...]:
    """One condition per column, in the order in which the columns were first asked."""
    merged: dict[str, Bounds] = {}
    for one in path:
        merged[one.column] = merged[one.column].narrowed(one) if one.column in merged else one
    return tuple(merged.values())
