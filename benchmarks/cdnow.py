"""CDNOW on recency, frequency and money alone: what the rule picks, beside the published figures.

Customers as they were before 1997-10-01, judged by what they spent until 1998-06-30; log1p of days
since the last order, orders and dollars, standardised; 50 bootstraps, k-means.

    python benchmarks/cdnow.py > benchmarks/results/cdnow.md
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from clouds import DATA, cdnow_rfm
from sklearn.tree import DecisionTreeClassifier

from segmentation.clusters.algorithms import cluster
from segmentation.clusters.choose import HALVINGS, choose_k
from segmentation.clusters.foretold import foretold
from segmentation.clusters.quality import (
    eta_squared,
    indices,
    prediction_strength,
    resampler,
    segment_jaccards,
    verdict_of,
)
from segmentation.types import Future

EXPECTED = {
    "k=2 silhouette": 0.561, "k=2 η²": 0.232, "k=4 minimum Jaccard": 0.920,
    "k=4 prediction strength": 0.842, "k=4 η²": 0.253, "k=4 tree fidelity": 0.918,
    "k=8 η²": 0.292, "k=8 minimum Jaccard": 0.546, "regression ceiling": 0.300,
}  # fmt: skip
BOOTSTRAPS = 50


def later_spend() -> np.ndarray:
    """(2357,) log1p of dollars from 1997-10-01 on, customers ascending."""
    columns = ["master", "customer", "date", "discs", "dollars"]
    lines = pd.read_csv(DATA / "cdnow/CDNOW_sample.txt", sep=r"\s+", names=columns)
    dates = pd.to_datetime(lines.date.astype(str))
    later = lines[dates >= "1997-10-01"].groupby("customer").dollars.sum()
    return np.log1p(later.reindex(sorted(lines.customer.unique()), fill_value=0)).to_numpy()


def jaccards_of(rfm: np.ndarray, labels: np.ndarray) -> dict[int, float]:
    again = resampler("kmeans", int(labels.max()))
    return segment_jaccards(rfm, labels, again, rounds=BOOTSTRAPS)


def tree_fidelity(rfm: np.ndarray, labels: np.ndarray) -> float:
    """How many customers a tree of at most 2k leaves puts into their own segment."""
    tree = DecisionTreeClassifier(max_leaf_nodes=2 * int(labels.max()), random_state=0)
    return float(tree.fit(rfm, labels).score(rfm, labels))


def ceiling(rfm: np.ndarray, spend: np.ndarray) -> float:
    """R² of a linear regression of later spend."""
    columns = np.c_[np.ones(len(rfm)), rfm]
    left = spend - columns @ np.linalg.lstsq(columns, spend, rcond=None)[0]
    return float(1 - left.var() / spend.var())


def figures(rfm: np.ndarray, spend: np.ndarray) -> dict[str, float]:
    labels = {k: cluster(rfm, method="kmeans", k=k) for k in (2, 4, 8)}
    measured = {f"k={k} η²": eta_squared(spend, each) for k, each in labels.items()}
    for k in (4, 8):
        measured[f"k={k} minimum Jaccard"] = min(jaccards_of(rfm, labels[k]).values())
    measured["k=2 silhouette"] = indices(rfm, labels[2])["silhouette"] or 0.0
    measured["k=4 prediction strength"] = prediction_strength(rfm, 4, rounds=HALVINGS)
    measured["k=4 tree fidelity"] = tree_fidelity(rfm, labels[4])
    measured["regression ceiling"] = ceiling(rfm, spend)
    return measured


def print_choice(rfm: np.ndarray, spend: np.ndarray) -> None:
    future = Future(rfm, spend, spend > 0, None, 273)
    choice = choose_k(rfm, future=future)
    labels = cluster(rfm, method="kmeans", k=choice.k)
    verdict = verdict_of(jaccards_of(rfm, labels), choice.structure, foretold(labels, future))
    print(f"\nThe rule: {choice.reason} Verdict: {verdict}.\n")
    print("| k | minimum Jaccard | prediction strength | smallest share | silhouette "
          "| future η² | gap |\n|---|---|---|---|---|---|---|")  # fmt: skip
    for c in choice.candidates:
        numbers = (c.min_jaccard, c.prediction_strength, c.smallest_share, c.silhouette,
                   c.future_eta2, c.gap)  # fmt: skip
        print(f"| {c.k} | " + " | ".join("" if n is None else f"{n:.3f}" for n in numbers) + " |")


def main() -> None:
    rfm, spend = cdnow_rfm().astype(np.float32), later_spend()
    measured = figures(rfm, spend)
    print(f"# CDNOW: {len(rfm):,} customers\n")
    print("| figure | expected | measured | within .02 |\n|---|---|---|---|")
    for name, expected in EXPECTED.items():
        near = "yes" if abs(measured[name] - expected) <= 0.02 else "no"
        print(f"| {name} | {expected:.3f} | {measured[name]:.3f} | {near} |")
    print_choice(rfm, spend)


if __name__ == "__main__":
    main()
