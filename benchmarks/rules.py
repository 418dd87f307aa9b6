"""How well short rules describe segments, from segments of behaviour to segments of taste.

For each workspace, weight of text and number of segments (k-means, seed 0): the held-out accuracy
of a tree of at most two leaves per segment (`tree_fidelity`), the mean F1 of the rules by size of
segment, how many of them are called useful, and conditions per rule. Beside it the F1 that the best
leaf of one tree for all segments reaches: what rules would be without a tree for each segment.

    python benchmarks/rules.py WORKSPACE ... > benchmarks/results/rules.md
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from sklearn.tree import DecisionTreeClassifier

from segmentation.archive import open_base
from segmentation.clusters.algorithms import cluster
from segmentation.insight.rules.columns import rule_columns
from segmentation.insight.rules.rules import explained, rules
from segmentation.insight.rules.trees import LEAVES
from segmentation.types import CustomerBase, Segment
from segmentation.views.fusion import Fusion
from store.snapshots import SnapshotStore

WEIGHTS = (0.0, 0.4, 0.7, 0.9)
SIZES = (4, 8)
HEAD = (
    *("workspace", "customers", "text weight", "segments", "tree fidelity"),
    *("F1 of rules", "useful", "conditions", "F1 of leaves"),
)


def bases(folder: Path) -> Iterator[tuple[float, CustomerBase]]:
    """The customers of a workspace, clustered anew with each weight and number."""
    snapshot = SnapshotStore(folder).current()
    base = open_base(snapshot)
    fusion = Fusion.load(snapshot.path / "fusion")
    for weight in WEIGHTS:
        vectors = fusion.reweight(weight).join(base.views)
        for k in SIZES:
            labels = cluster(vectors, method="kmeans", k=k, seed=0)
            sizes = zip(*np.unique(labels, return_counts=True), strict=True)
            segments = tuple(Segment(int(i), str(i), int(n), n / len(labels)) for i, n in sizes)
            found = replace(base.segmentation, labels=labels, segments=segments)
            yield weight, replace(base, vectors=vectors, segmentation=found)


def of_leaves(base: CustomerBase) -> float:
    """Mean F1 of the best leaf for each segment, of one tree for all of them."""
    labels, columns = base.segmentation.labels, rule_columns(base).to_numpy()
    ids, sizes = np.unique(labels, return_counts=True)
    tree = DecisionTreeClassifier(max_leaf_nodes=LEAVES * len(ids), random_state=0)
    leaves = tree.fit(columns, labels).apply(columns)
    best = [
        max(
            2 * ((leaves == leaf) & (labels == i)).sum() / ((leaves == leaf).sum() + size)
            for leaf in np.unique(leaves)
        )
        for i, size in zip(ids, sizes, strict=True)
    ]
    return float(np.average(best, weights=sizes))


def row(name: str, weight: float, base: CustomerBase) -> list[str]:
    found = list(rules(base).values())
    f1 = np.average([rule.f1 for rule in found], weights=[rule.size for rule in found])
    conditions = np.mean([sum(map(len, rule.conjunctions)) for rule in found])
    return [
        *(name, f"{len(base.customers):,}", f"{weight:.1f}", str(len(found))),
        f"{explained(base).metrics['tree_fidelity']:.3f}",
        f"{f1:.3f}",
        f"{sum(rule.is_useful for rule in found)} of {len(found)}",
        f"{conditions:.1f}",
        f"{of_leaves(base):.3f}",
    ]


def main() -> None:
    print(f"| {' | '.join(HEAD)} |")
    print(f"|{'---|' * len(HEAD)}")
    for folder in map(Path, sys.argv[1:]):
        for weight, base in bases(folder):
            print(f"| {' | '.join(row(folder.name, weight, base))} |", flush=True)


if __name__ == "__main__":
    main()
