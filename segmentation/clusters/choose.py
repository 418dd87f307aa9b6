"""How many segments: the largest number of which every one comes back under resampling.

Silhouette alone misleads (it likes two segments wherever there are a few very large customers), so
it is reported but does not decide.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from segmentation.clusters.algorithms import DENSITY_METHODS, cluster
from segmentation.clusters.quality import REPRODUCIBLE, indices, segment_jaccards
from segmentation.types import FloatMatrix, Progress, silent

__all__ = ["Candidate", "Choice", "choose_k"]

SAMPLE = 2_000
ROUNDS = 10
SMALLEST_SHARE = 0.03
LAST_RESORT = 0.60


@dataclass(frozen=True)
class Candidate:
    """One number of segments and what speaks for or against it."""

    k: int
    min_jaccard: float
    smallest_share: float
    silhouette: float | None


@dataclass(frozen=True)
class Choice:
    """The number chosen, all candidates, and the reason in one sentence."""

    k: int
    candidates: tuple[Candidate, ...]
    reason: str


def choose_k(
    vectors: FloatMatrix,
    *,
    method: str = "kmeans",
    k_min: int = 3,
    k_max: int = 8,
    seed: int = 0,
    progress: Progress = silent,
) -> Choice:
    """Choose a number of segments between `k_min` and `k_max` for `vectors` (n, d).

    Density methods find their own number: for them kmeans stands in.
    """
    method = "kmeans" if method in DENSITY_METHODS else method
    sample = _sample(vectors, seed)
    k_max = min(k_max, max(1, len(np.unique(sample, axis=0)) // 2))
    counts = range(min(k_min, k_max), k_max + 1)
    candidates = []
    for done, k in enumerate(counts, start=1):
        candidates.append(_candidate(sample, method, k, seed))
        progress("choosing the number of segments", done, len(counts))
    return _choose(tuple(candidates))


def _sample(vectors: FloatMatrix, seed: int) -> FloatMatrix:
    if len(vectors) <= SAMPLE:
        return vectors
    drawn = np.random.default_rng(seed).choice(len(vectors), SAMPLE, replace=False)
    return vectors[np.sort(drawn)]


def _candidate(sample: FloatMatrix, method: str, k: int, seed: int) -> Candidate:
    labels = cluster(sample, method=method, k=k, seed=seed)
    jaccards = segment_jaccards(
        sample,
        labels,
        lambda rows, s: cluster(rows, method=method, k=min(k, len(rows)), seed=s),
        rounds=ROUNDS,
        seed=seed,
    )
    smallest = float(np.bincount(labels)[1:].min() / len(labels))
    silhouette = indices(sample, labels, seed)["silhouette"]
    return Candidate(k, min(jaccards.values()), smallest, silhouette)


def _choose(candidates: tuple[Candidate, ...]) -> Choice:
    for floor, wording in (
        (REPRODUCIBLE, "the largest number of which every segment comes back under resampling"),
        (LAST_RESORT, "no number gives only reproducible segments; this is the largest tolerable"),
    ):
        kept = [
            c for c in candidates if c.min_jaccard >= floor and c.smallest_share >= SMALLEST_SHARE
        ]
        if kept:
            best = kept[-1]
            return Choice(best.k, candidates, _reason(best, wording))
    best = max(candidates, key=lambda c: c.min_jaccard)
    return Choice(best.k, candidates, _reason(best, "no number is stable; this is the least bad"))


def _reason(best: Candidate, wording: str) -> str:
    return (
        f"k = {best.k}: {wording} (lowest bootstrap Jaccard {best.min_jaccard:.2f}, "
        f"smallest segment {best.smallest_share:.0%} of customers)"
    )
