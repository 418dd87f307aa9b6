"""How good a segmentation is: internal indices, stability under resampling, and the verdict.

All indices are of the space that was clustered: silhouettes of different spaces say nothing about
each other. Whether the data has any structure to be segmented is asked in structure.py.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from segmentation.clusters.algorithms import DENSITY_METHODS, cluster, largest_first
from segmentation.clusters.centres import centres_of
from segmentation.sampling import sample_rows
from segmentation.types import FloatMatrix, Labels, Progress, Verdict, silent

__all__ = [
    "NATURAL",
    "REPRODUCIBLE",
    "UNSTABLE",
    "Clusterer",
    "eta_squared",
    "in_threads",
    "indices",
    "prediction_strength",
    "reduced_sample",
    "resampler",
    "segment_jaccards",
    "squares_between",
    "verdict_of",
]

SILHOUETTE_SAMPLE = 10_000
REPRODUCIBLE = 0.75
"""A segment whose bootstrap Jaccard is below this is not a pattern to rely on (Hennig, 2007)."""
NATURAL = 0.85
"""Above this a segment is highly stable (Hennig, 2007)."""
UNSTABLE = 0.60
"""Below this a segment dissolves under resampling (Hennig, 2007)."""

SAMPLE = 2_000
SLOW_SAMPLE = 1_000
"""Customers resampled where a method is slow: mixtures and Ward linkage."""
FAST_METHODS = frozenset({"kmeans", "minibatch_kmeans", "bisecting_kmeans"}) | DENSITY_METHODS
KEPT_VARIANCE = 0.95
MOST_COMPONENTS = 30
RESAMPLED_STARTS = 4

Clusterer = Callable[[FloatMatrix, int], Labels]
"""Called as clusterer(vectors, seed)."""
T = TypeVar("T")
R = TypeVar("R")


def indices(vectors: FloatMatrix, labels: Labels, seed: int = 0) -> dict[str, float | None]:
    """Silhouette (Rousseeuw, 1987), Davies-Bouldin (1979) and Calinski-Harabasz (1974).

    Unassigned customers are left out; all three are None with fewer than two segments. The
    silhouette is of a seeded sample where there are more than 10,000 customers.
    """
    from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score, silhouette_score

    kept, known = vectors[labels > 0], labels[labels > 0]
    if not 2 <= len(np.unique(known)) < len(known):
        return {"silhouette": None, "davies_bouldin": None, "calinski_harabasz": None}
    sample = SILHOUETTE_SAMPLE if len(kept) > SILHOUETTE_SAMPLE else None
    return {
        "silhouette": float(silhouette_score(kept, known, sample_size=sample, random_state=seed)),
        "davies_bouldin": float(davies_bouldin_score(kept, known)),
        "calinski_harabasz": float(calinski_harabasz_score(kept, known)),
    }


def eta_squared(values: NDArray[Any], labels: Labels) -> float:
    """Share of the variance of `values` (n,) or (n, m) between the groups of `labels`, 0 to 1."""
    columns = values.reshape(len(values), -1)
    deviations = columns - columns.mean(axis=0)
    groups = np.unique(labels, return_inverse=True)[1]
    total = float((deviations**2).sum())
    return squares_between(deviations, groups) / total if total > 0 else 0.0


def squares_between(deviations: NDArray[np.float64], groups: NDArray[np.intp]) -> float:
    """Sum of squares between groups, numbered from 0, of centred columns (n, m)."""
    sizes = np.bincount(groups)
    sums = np.stack([np.bincount(groups, column, len(sizes)) for column in deviations.T])
    return float((sums**2 / np.maximum(sizes, 1)).sum())


def reduced_sample(
    vectors: FloatMatrix, method: str, seed: int = 0
) -> tuple[NDArray[np.intp], FloatMatrix]:
    """What is resampled in place of everybody: ascending rows (m,), and their leading components.

    At most 2,000 customers (1,000 for slow methods), on the principal components that hold 95 % of
    the variance (at most 30), where distances are nearly what they were.
    """
    most = SAMPLE if method in FAST_METHODS else SLOW_SAMPLE
    rows = sample_rows(len(vectors), most, seed)
    return rows, leading_components(vectors[rows])


def leading_components(vectors: FloatMatrix) -> FloatMatrix:
    """Rows on their leading principal components; up to ten columns are only centred."""
    centred = vectors.astype(np.float64) - vectors.mean(axis=0, dtype=np.float64)
    if centred.shape[1] <= 10:
        return np.asarray(centred, dtype=np.float32)
    variances, axes = np.linalg.eigh(centred.T @ centred)
    shares = np.cumsum(variances[::-1]) / max(float(variances.sum()), 1e-300)
    kept = min(int(np.searchsorted(shares, KEPT_VARIANCE)) + 1, MOST_COMPONENTS)
    return np.asarray(centred @ axes[:, ::-1][:, :kept], dtype=np.float32)


def resampler(method: str, k: int) -> Clusterer:
    """Clusters a resample: k-means with fewer starts; density methods are stood in for by it."""

    def by_kmeans(vectors: FloatMatrix, seed: int) -> Labels:
        from sklearn.cluster import KMeans

        model = KMeans(min(k, len(vectors)), n_init=RESAMPLED_STARTS, random_state=seed)
        return largest_first(model.fit_predict(vectors))

    def by_method(vectors: FloatMatrix, seed: int) -> Labels:
        return cluster(vectors, method=method, k=min(k, len(vectors)), seed=seed)

    return by_kmeans if method in DENSITY_METHODS | {"kmeans"} else by_method


def segment_jaccards(
    vectors: FloatMatrix,
    labels: Labels,
    clusterer: Clusterer,
    *,
    rounds: int,
    seed: int = 0,
    progress: Progress = silent,
) -> dict[int, float]:
    """Mean bootstrap Jaccard of each segment: Hennig's clusterboot (2007).

    In every round customers are drawn with replacement and clustered anew; each original segment
    is compared, on the customers drawn, with the new segment it overlaps most.
    """
    generator = np.random.default_rng(seed)
    ids = [int(i) for i in np.unique(labels) if i > 0]
    draws = [
        (done, np.unique(generator.integers(0, len(vectors), len(vectors))))
        for done in range(rounds)
    ]

    def one_round(draw: tuple[int, NDArray[np.intp]]) -> list[float]:
        done, drawn = draw
        again = clusterer(vectors[drawn], seed + done)
        return [_best_jaccard(labels[drawn] == i, again) for i in ids]

    sums = np.zeros(len(ids))
    for done, jaccards in enumerate(in_threads(one_round, draws), start=1):
        sums += jaccards
        progress("stability", done, rounds)
    return dict(zip(ids, (sums / rounds).tolist(), strict=True))


def prediction_strength(
    vectors: FloatMatrix, k: int, method: str = "kmeans", seed: int = 0, rounds: int = 20
) -> float:
    """Prediction strength of k segments (Tibshirani & Walther, 2005), 0 to 1.

    In every round both halves of the customers are clustered; of each segment of one half, the
    share of its pairs that the other half's centres also keep together; the lowest of these counts.
    The mean over rounds, each half judging the other.
    """
    clusterer = resampler(method, k)

    def one_round(number: int) -> float:
        order = np.random.default_rng([seed, number]).permutation(len(vectors))
        halves = [vectors[np.sort(part)] for part in np.array_split(order, 2)]
        labels = [clusterer(half, seed + number) for half in halves]
        return 0.5 * (
            _kept_together(labels[1], _assigned(halves[1], halves[0], labels[0]))
            + _kept_together(labels[0], _assigned(halves[0], halves[1], labels[1]))
        )

    return float(np.mean(list(in_threads(one_round, range(rounds)))))


def verdict_of(
    jaccards: Mapping[int, float],
    structure: Literal["gaps", "clumped", "none"],
    foretold: bool | None,
) -> Verdict:
    """How far to believe a segmentation.

    What is merely clumped is believed where time bears it out: there are always shapes that no
    reference has.

    Args:
        jaccards: bootstrap Jaccard per segment.
        structure: what the data looks like as a whole (structure.py).
        foretold: whether segments made earlier differed in what their customers did later; None
            where that could not be asked.
    """
    lowest = min(jaccards.values(), default=0.0)
    if structure == "none" or foretold is False:
        return "none"
    if structure == "clumped" and foretold is None:
        return "none"
    if structure == "gaps" and lowest >= NATURAL:
        return "natural"
    return "reproducible" if lowest >= REPRODUCIBLE else "constructed"


def in_threads(function: Callable[[T], R], items: Iterable[T]) -> Iterable[R]:
    """`map` over one thread per core, in order.

    Every call computes on one thread of its own, so results do not depend on how many cores there
    are. Threads, not processes: a forked child can hang once OpenMP has run.
    """
    from threadpoolctl import threadpool_limits

    with (
        threadpool_limits(limits=1),
        ThreadPoolExecutor(_cores(), initializer=_one_thread) as pool,
    ):
        yield from pool.map(function, items)


def _one_thread() -> None:
    """OpenMP counts threads per calling thread: the limit set outside is not inherited."""
    from threadpoolctl import threadpool_limits

    threadpool_limits(limits=1)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _assigned(vectors: FloatMatrix, others: FloatMatrix, labels: Labels) -> Labels:
    """Each row's nearest centre of the segments `labels` of `others`; (n,) from 1."""
    _, centres = centres_of(others, labels)
    scores = vectors @ centres.T - (centres**2).sum(axis=1) / 2
    return np.asarray(scores.argmax(axis=1) + 1, dtype=np.int32)


def _kept_together(own: Labels, predicted: Labels) -> float:
    """The lowest share, over segments `own`, of pairs that `predicted` also puts together."""
    table = np.zeros((int(own.max()) + 1, int(predicted.max()) + 1))
    np.add.at(table, (own, predicted), 1)
    sizes = table[1:].sum(axis=1)
    together = (table[1:] * (table[1:] - 1)).sum(axis=1)
    pairs = sizes * (sizes - 1)
    shares = np.divide(together, pairs, out=np.ones_like(pairs), where=pairs > 0)
    return float(shares.min())


def _best_jaccard(members: NDArray[np.bool_], again: Labels) -> float:
    """Largest |A ∩ B| / |A ∪ B| between one old segment (mask) and any new one."""
    size = int(members.sum())
    if size == 0:
        return 0.0
    shared = np.bincount(again[members], minlength=int(again.max()) + 1)
    sizes = np.bincount(again, minlength=len(shared))
    jaccards = shared / (sizes + size - shared)
    return float(jaccards[1:].max(initial=0.0))
