"""One signature over scikit-learn's clusterers: vectors in, labels out.

Labels count from 1, largest segment first; 0 is "unassigned" and only the density methods use it.
How many segments there should be is not decided here (choose.py), nor whether they deserve belief
(quality.py).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from segmentation.types import FloatMatrix, InputError, Labels

__all__ = ["AGGLOMERATIVE_LIMIT", "DENSITY_METHODS", "METHODS", "check_method", "cluster"]

AGGLOMERATIVE_LIMIT = 20_000
"""Ward linkage keeps every pair of customers in memory: 20,000 need about 3 GB."""
DENSITY_DIMENSIONS = 10
SMALLEST_DENSE_SHARE = 0.01


def _kmeans(vectors: FloatMatrix, k: int, seed: int) -> Any:
    from sklearn.cluster import KMeans

    return KMeans(n_clusters=k, n_init=10, random_state=seed).fit_predict(vectors)


def _minibatch_kmeans(vectors: FloatMatrix, k: int, seed: int) -> Any:
    from sklearn.cluster import MiniBatchKMeans

    model = MiniBatchKMeans(n_clusters=k, n_init=10, batch_size=2048, random_state=seed)
    return model.fit_predict(vectors)


def _bisecting_kmeans(vectors: FloatMatrix, k: int, seed: int) -> Any:
    from sklearn.cluster import BisectingKMeans

    return BisectingKMeans(n_clusters=k, n_init=5, random_state=seed).fit_predict(vectors)


def _gaussian_mixture(vectors: FloatMatrix, k: int, seed: int) -> Any:
    from sklearn.mixture import GaussianMixture

    model = GaussianMixture(k, covariance_type="diag", n_init=3, reg_covar=1e-5, random_state=seed)
    return model.fit_predict(vectors)


def _agglomerative(vectors: FloatMatrix, k: int, seed: int) -> Any:
    from sklearn.cluster import AgglomerativeClustering

    if len(vectors) > AGGLOMERATIVE_LIMIT:
        raise InputError(
            f"Agglomerative clustering keeps every pair of customers in memory and cannot take "
            f"{len(vectors):,} of them",
            where="method",
            fix="Use bisecting_kmeans (also hierarchical) or kmeans.",
        )
    return AgglomerativeClustering(n_clusters=k, linkage="ward").fit_predict(vectors)


def _dbscan(vectors: FloatMatrix, k: int, seed: int) -> Any:
    """DBSCAN with eps at the knee of the k-distance curve (Ester et al., 1996)."""
    from sklearn.cluster import DBSCAN
    from sklearn.neighbors import NearestNeighbors

    reduced = _reduced(vectors, seed)
    neighbours = 2 * reduced.shape[1]
    distances, _ = (
        NearestNeighbors(n_neighbors=min(neighbours, len(reduced))).fit(reduced).kneighbors()
    )
    curve = np.sort(distances[:, -1])
    return DBSCAN(eps=_knee(curve), min_samples=neighbours).fit_predict(reduced)


def _hdbscan(vectors: FloatMatrix, k: int, seed: int) -> Any:
    from sklearn.cluster import HDBSCAN

    size = max(10, round(SMALLEST_DENSE_SHARE * len(vectors)))
    model = HDBSCAN(min_cluster_size=size, min_samples=5, copy=True)
    return model.fit_predict(_reduced(vectors, seed))


_CLUSTERERS: dict[str, Callable[[FloatMatrix, int, int], Any]] = {
    "kmeans": _kmeans,
    "minibatch_kmeans": _minibatch_kmeans,
    "bisecting_kmeans": _bisecting_kmeans,
    "gaussian_mixture": _gaussian_mixture,
    "agglomerative": _agglomerative,
    "dbscan": _dbscan,
    "hdbscan": _hdbscan,
}
METHODS = tuple(_CLUSTERERS)
DENSITY_METHODS = frozenset({"dbscan", "hdbscan"})
"""These find their own number of segments and may leave customers unassigned."""


def check_method(method: str) -> str:
    """Return `method` unchanged. Raises InputError naming the valid ones."""
    if method not in _CLUSTERERS:
        raise InputError(
            f"There is no clustering method {method!r}",
            where="method",
            fix=f"Use one of auto, {', '.join(METHODS)}.",
        )
    return method


def cluster(vectors: FloatMatrix, *, method: str, k: int, seed: int = 0) -> Labels:
    """Cluster `vectors` (n, d) into segments 1..k, largest first; (n,) int32.

    One thread throughout: sums in another order could move a customer on the border, and the same
    data must give the same labels on every machine.

    Raises:
        InputError: unknown method, or more segments than distinct customers.
    """
    from threadpoolctl import threadpool_limits

    check_method(method)
    _check_count(vectors, k)
    with threadpool_limits(limits=1):
        raw = _CLUSTERERS[method](np.ascontiguousarray(vectors, dtype=np.float64), k, seed)
    return largest_first(np.asarray(raw))


def largest_first(raw: np.ndarray[Any, Any]) -> Labels:
    """Renumber arbitrary labels to 1.. by falling size; negative ones become 0."""
    values, first, counts = np.unique(raw[raw >= 0], return_index=True, return_counts=True)
    order = np.lexsort((first, -counts))
    labels = np.zeros(len(raw), dtype=np.int32)
    for number, position in enumerate(order, start=1):
        labels[raw == values[position]] = number
    return labels


def _check_count(vectors: FloatMatrix, k: int) -> None:
    distinct = len(np.unique(vectors, axis=0)) if len(vectors) < 1000 else len(vectors)
    if not 1 <= k <= distinct:
        raise InputError(
            f"{k} segments cannot be made of {distinct} different customers",
            where="n_segments",
            fix=f"Ask for between 1 and {distinct}.",
        )


def _reduced(vectors: FloatMatrix, seed: int) -> FloatMatrix:
    """Density means little in many dimensions, so the density methods see principal components."""
    from sklearn.decomposition import PCA

    dimensions = min(DENSITY_DIMENSIONS, *vectors.shape)
    reduced: FloatMatrix = PCA(dimensions, random_state=seed).fit_transform(vectors)
    return reduced


def _knee(curve: np.ndarray[Any, Any]) -> float:
    """The point of a rising curve farthest below its chord (kneedle, Satopaa et al., 2011)."""
    x = np.linspace(0, 1, len(curve))
    span = float(curve[-1] - curve[0])
    if span == 0:
        return max(float(curve[0]), 1e-9)
    y = (curve - curve[0]) / span
    return max(float(curve[int(np.argmax(x - y))]), 1e-9)
