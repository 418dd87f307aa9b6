"""How good a segmentation is: internal indices, stability under resampling, and the verdict.

All indices are of the space that was clustered: silhouettes of different spaces say nothing about
each other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from segmentation.types import FloatMatrix, Labels, Progress, Verdict, silent

__all__ = ["REPRODUCIBLE", "Clusterer", "indices", "segment_jaccards", "verdict_of"]

SILHOUETTE_SAMPLE = 10_000
REPRODUCIBLE = 0.75
"""A segment whose bootstrap Jaccard is below this is not a pattern to rely on (Hennig, 2007)."""

Clusterer = Callable[[FloatMatrix, int], Labels]
"""Called as clusterer(vectors, seed)."""


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
    sums = np.zeros(len(ids))
    for done in range(rounds):
        drawn = np.unique(generator.integers(0, len(vectors), len(vectors)))
        again = clusterer(vectors[drawn], seed + done)
        sums += [_best_jaccard(labels[drawn] == i, again) for i in ids]
        progress("stability", done + 1, rounds)
    return dict(zip(ids, (sums / rounds).tolist(), strict=True))


def verdict_of(jaccards: dict[int, float]) -> Verdict:
    """`reproducible` if every segment comes back under resampling, else `constructed`.

    Whether the data has gaps between segments (`natural`) or no structure at all (`none`) is not
    tested here.
    """
    return "reproducible" if min(jaccards.values(), default=0.0) >= REPRODUCIBLE else "constructed"


def _best_jaccard(members: np.ndarray[Any, Any], again: Labels) -> float:
    """Largest |A ∩ B| / |A ∪ B| between one old segment (mask) and any new one."""
    size = int(members.sum())
    if size == 0:
        return 0.0
    shared = np.bincount(again[members], minlength=int(again.max()) + 1)
    sizes = np.bincount(again, minlength=len(shared))
    jaccards = shared / (sizes + size - shared)
    return float(jaccards[1:].max(initial=0.0))
