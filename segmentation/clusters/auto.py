"""Which method suits: several are tried on a sample at the same number of segments.

Stability comes first: the lowest bootstrap Jaccard. Methods within noise of the best are told apart
by how rarely they part near neighbours; k-means keeps its place unless another is clearly better.
How many segments there should be is not asked here (choose.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from segmentation.clusters.algorithms import AGGLOMERATIVE_LIMIT, DENSITY_METHODS, cluster, tune
from segmentation.clusters.quality import (
    Clusterer,
    prediction_strength,
    reduced_sample,
    resampler,
    segment_jaccards,
)
from segmentation.types import FloatMatrix, InputError, Labels, Progress, silent

__all__ = ["best_method"]

ROUNDS = 20
JACCARD_NOISE = 0.05
TOGETHER_NOISE = 0.03
NEIGHBOURS = 10
MOST_UNASSIGNED = 0.10
SMALLEST_SHARE = 0.05


@dataclass(frozen=True)
class _Trial:
    """What one method made of the sample.

    Args:
        jaccard: of the least stable segment; 0 where the method cannot be used, see `why_not`.
        together: mean over segments of the share of a customer's ten nearest neighbours that are in
            the same segment.
    """

    method: str
    jaccard: float
    together: float
    why_not: str = ""

    def __str__(self) -> str:
        return f"{self.method} {self.why_not or f'{self.jaccard:.2f} and {self.together:.0%}'}"


def best_method(
    vectors: FloatMatrix, k: int, seed: int = 0, progress: Progress = silent
) -> tuple[str, str]:
    """The method that suits `vectors` (n, d) at `k` segments, and why: one English sentence."""
    _, sample = reduced_sample(vectors, "gaussian_mixture", seed)
    tree = "agglomerative" if len(vectors) <= AGGLOMERATIVE_LIMIT else "bisecting_kmeans"
    methods = ("kmeans", "gaussian_mixture", tree, "hdbscan")
    trials = []
    for done, method in enumerate(methods, start=1):
        trials.append(_trial(sample, method, min(k, len(sample)), seed))
        progress("comparing methods", done, len(methods))
    best = _best(trials)
    others = ", ".join(str(trial) for trial in trials if trial is not best)
    return best.method, (
        f"{best.method} was chosen at {k} segments: its least stable one comes back with a Jaccard "
        f"of {best.jaccard:.2f} over {ROUNDS} resamples and {best.together:.0%} of nearest "
        f"neighbours stay together ({others})."
    )


def _best(trials: Sequence[_Trial]) -> _Trial:
    """The first trial is the one to beat."""
    usable = [trial for trial in trials if not trial.why_not] or trials[:1]
    highest = max(trial.jaccard for trial in usable)
    stable = [trial for trial in usable if trial.jaccard >= highest - JACCARD_NOISE]
    best = max(stable, key=lambda trial: trial.together)
    first = stable[0]
    return best if best.together > first.together + TOGETHER_NOISE else first


def _trial(sample: FloatMatrix, method: str, k: int, seed: int) -> _Trial:
    try:
        labels, clusterer = _clustered(sample, method, k, seed)
    except InputError:
        why = "finds nothing dense" if method in DENSITY_METHODS else "needs more customers"
        return _Trial(method, 0.0, 0.0, why)
    sizes = np.bincount(labels)[1:]
    unassigned = float((labels == 0).mean())
    if len(sizes) != k:
        return _Trial(method, 0.0, 0.0, f"finds {len(sizes)}")
    if unassigned > MOST_UNASSIGNED:
        return _Trial(method, 0.0, 0.0, f"leaves {unassigned:.0%} unassigned")
    if method != "kmeans" and sizes.min() < SMALLEST_SHARE * len(labels):
        return _Trial(method, 0.0, 0.0, f"has a segment of {sizes.min() / len(labels):.1%}")
    try:
        jaccards = segment_jaccards(sample, labels, clusterer, rounds=ROUNDS, seed=seed)
        if method not in DENSITY_METHODS:  # their prediction strength will be asked for
            prediction_strength(sample, k, method, seed, rounds=1)
    except InputError:  # a resample, or a half, has fewer customers than the sample
        return _Trial(method, 0.0, 0.0, "needs more customers")
    return _Trial(method, min(jaccards.values()), _together(sample, labels))


def _clustered(sample: FloatMatrix, method: str, k: int, seed: int) -> tuple[Labels, Clusterer]:
    if method not in DENSITY_METHODS:
        return cluster(sample, method=method, k=k, seed=seed), resampler(method, k)
    density = tune(sample, method, seed)

    def again(rows: FloatMatrix, number: int) -> Labels:
        return cluster(rows, method=method, k=k, seed=number, density=density)

    return again(sample, seed), again


def _together(sample: FloatMatrix, labels: Labels) -> float:
    from sklearn.neighbors import NearestNeighbors

    neighbours = min(NEIGHBOURS, len(sample) - 1)
    model = NearestNeighbors(n_neighbors=neighbours).fit(sample)
    near = labels[model.kneighbors(return_distance=False)]
    same = (near == labels[:, None]).mean(axis=1)
    return float(np.mean([same[labels == i].mean() for i in np.unique(labels[labels > 0])]))
