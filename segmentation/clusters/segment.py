"""One clustering run, whole: recipe in, segmentation out."""

from __future__ import annotations

import numpy as np

from segmentation.clusters.algorithms import DENSITY_METHODS, check_method, cluster
from segmentation.clusters.choose import choose_k
from segmentation.clusters.quality import indices, segment_jaccards, verdict_of
from segmentation.types import (
    FloatMatrix,
    InputError,
    Labels,
    Progress,
    Recipe,
    Segment,
    Segmentation,
    silent,
)

__all__ = ["SMALLEST_BASE", "segment"]

SMALLEST_BASE = 10
STABILITY_ROUNDS = 20
STABILITY_SAMPLE = 5_000
NOT_TESTED = (
    "Whether the data has natural gaps between segments, or no structure at all, was not tested.",
)


def segment(
    vectors: FloatMatrix, recipe: Recipe, *, id: str = "", progress: Progress = silent
) -> Segmentation:
    """Cluster `vectors` (n, d) as `recipe` says and judge the result.

    Raises:
        InputError: unknown method, fewer than 10 customers, or an impossible number of segments.
    """
    if len(vectors) < SMALLEST_BASE:
        raise InputError(
            f"{len(vectors)} customers are too few to segment",
            where="customers",
            fix=f"Give the orders of at least {SMALLEST_BASE} customers.",
        )
    method = "kmeans" if recipe.method == "auto" else check_method(recipe.method)
    notes: tuple[str, ...] = ()
    k = recipe.n_segments
    if k is None and method not in DENSITY_METHODS:
        choice = choose_k(vectors, method=method, seed=recipe.seed, progress=progress)
        k, notes = choice.k, (choice.reason + ".",)
    progress("clustering", 0, None)
    labels = cluster(vectors, method=method, k=k or 1, seed=recipe.seed)
    if not labels.any():
        raise InputError(
            f"{method} found no dense group of customers here",
            where="method",
            fix="Use kmeans or gaussian_mixture, which place everybody.",
        )
    return _judged(vectors, labels, recipe, method, notes, id=id, progress=progress)


def _judged(
    vectors: FloatMatrix,
    labels: Labels,
    recipe: Recipe,
    method: str,
    notes: tuple[str, ...],
    *,
    id: str,
    progress: Progress,
) -> Segmentation:
    jaccards, stability_notes = _stability(vectors, labels, method, recipe.seed, progress)
    metrics: dict[str, float | None] = {
        **indices(vectors, labels, recipe.seed),
        "stability_min_jaccard": min(jaccards.values()) if jaccards else None,
    }
    return Segmentation(
        id=id,
        recipe=recipe,
        method=method,
        labels=labels,
        confidence=confidence(vectors, labels),
        map=customer_map(vectors, recipe.seed),
        segments=_segments(labels),
        metrics=metrics,
        verdict=verdict_of(jaccards),
        notes=notes + stability_notes + NOT_TESTED,
        jaccards=jaccards,
    )


def _stability(
    vectors: FloatMatrix, labels: Labels, method: str, seed: int, progress: Progress
) -> tuple[dict[int, float], tuple[str, ...]]:
    """Bootstrap Jaccard per segment, on a seeded sample where the base is large."""
    generator = np.random.default_rng(seed)
    rows = np.arange(len(vectors))
    if len(rows) > STABILITY_SAMPLE:
        rows = np.sort(generator.choice(rows, STABILITY_SAMPLE, replace=False))
    k = int(labels.max())
    jaccards = segment_jaccards(
        vectors[rows],
        labels[rows],
        lambda drawn, s: cluster(drawn, method=method, k=min(k, len(drawn)), seed=s),
        rounds=STABILITY_ROUNDS,
        seed=seed,
        progress=progress,
    )
    unstable = [str(i) for i, jaccard in jaccards.items() if jaccard < 0.6]
    note = f"Unstable under resampling: segment {', '.join(unstable)}." if unstable else ""
    return jaccards, (note,) if note else ()


def confidence(vectors: FloatMatrix, labels: Labels) -> FloatMatrix:
    """How clearly each customer belongs: 1 - d(own centre) / d(nearest other centre); (n,).

    0 on the border (or beyond it, as non-spherical methods allow) and for the unassigned; towards 1
    at the centre.
    """
    from sklearn.metrics import pairwise_distances

    ids = np.arange(1, int(labels.max()) + 1)
    centres = np.stack([vectors[labels == i].mean(axis=0) for i in ids])
    if len(ids) == 1:
        return (labels > 0).astype(np.float32)
    distances = pairwise_distances(vectors, centres)
    own = distances[np.arange(len(labels)), np.maximum(labels, 1) - 1]
    others = np.where(ids[None, :] == labels[:, None], np.inf, distances).min(axis=1)
    share = 1 - own / np.maximum(others, 1e-12)
    kept: FloatMatrix = np.where(labels > 0, np.clip(share, 0, 1), 0).astype(np.float32)
    return kept


def customer_map(vectors: FloatMatrix, seed: int = 0) -> FloatMatrix:
    """Each customer's place on a flat map: the first two principal components; (n, 2) float32."""
    from sklearn.decomposition import PCA
    from threadpoolctl import threadpool_limits

    flat = np.zeros((len(vectors), 2), dtype=np.float32)
    dimensions = min(2, vectors.shape[1])
    with threadpool_limits(limits=1):
        flat[:, :dimensions] = PCA(dimensions, random_state=seed).fit_transform(vectors)
    return flat


def _segments(labels: Labels) -> tuple[Segment, ...]:
    """Largest first; the unassigned, if any, last. Names and facts are given by `insight`."""
    sizes = np.bincount(labels)
    ids = [*range(1, len(sizes)), *([0] if sizes[0] else [])]
    return tuple(
        Segment(
            id=i,
            name=f"Segment {i}" if i else "Unassigned",
            size=int(sizes[i]),
            share=float(sizes[i] / len(labels)),
        )
        for i in ids
    )
