"""One signature over scikit-learn's clusterers: vectors in, labels out.

Labels count from 1, largest segment first; 0 is "unassigned" and only the density methods use it.
They follow the customers: rows in another order, or other numbers of threads, change nothing. How
many segments there should be is not decided here (choose.py), nor whether they deserve belief
(quality.py); how dense regions are found is density.py's business.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segmentation.clusters.density import Density, attach, density_labels, reduced, tuned
from segmentation.clusters.outliers import drawn_in
from segmentation.types import FloatMatrix, InputError, Labels

__all__ = [
    "AGGLOMERATIVE_LIMIT",
    "DENSITY_METHODS",
    "METHODS",
    "attached",
    "check_method",
    "check_size",
    "cluster",
    "largest_first",
    "order_of",
    "tune",
]

AGGLOMERATIVE_LIMIT = 20_000
"""Ward linkage keeps every pair of customers in memory: 20,000 need about 3 GB."""
FULL_COVARIANCE = 10
"""Customers per number of a full covariance matrix; with fewer, its diagonal is estimated."""
ROUNDED_TO = 2.0**-22
"""Of the largest coordinate: what sums in another order can change is rounded away."""

Rows = NDArray[np.float64]


def _kmeans(rows: Rows, k: int, seed: int) -> Any:
    from sklearn.cluster import KMeans

    return KMeans(n_clusters=k, n_init=10, random_state=seed).fit_predict(rows)


def _minibatch_kmeans(rows: Rows, k: int, seed: int) -> Any:
    from sklearn.cluster import MiniBatchKMeans

    model = MiniBatchKMeans(n_clusters=k, n_init=10, batch_size=2048, random_state=seed)
    return model.fit_predict(rows)


def _bisecting_kmeans(rows: Rows, k: int, seed: int) -> Any:
    from sklearn.cluster import BisectingKMeans

    return BisectingKMeans(n_clusters=k, n_init=5, random_state=seed).fit_predict(rows)


def _gaussian_mixture(rows: Rows, k: int, seed: int) -> Any:
    """On principal components, started from k-means; full covariances where customers suffice."""
    from sklearn.cluster import KMeans
    from sklearn.mixture import GaussianMixture

    places = reduced(rows, seed)
    dimensions = places.shape[1]
    if len(rows) < k * (dimensions + 1):
        raise InputError(
            f"A Gaussian mixture of {k} segments in {dimensions} dimensions needs at least "
            f"{k * (dimensions + 1)} customers, not {len(rows)}",
            where="method",
            fix="Use kmeans, or ask for fewer segments.",
        )
    full = len(rows) >= FULL_COVARIANCE * k * dimensions * (dimensions + 1) / 2
    model = GaussianMixture(
        k,
        covariance_type="full" if full else "diag",
        means_init=KMeans(k, n_init=10, random_state=seed).fit(places).cluster_centers_,
        max_iter=500,
        reg_covar=1e-3 * float(places.var(axis=0).mean()) + 1e-12,
        random_state=seed,
    )
    return model.fit_predict(places)


def _agglomerative(rows: Rows, k: int, seed: int) -> Any:
    from sklearn.cluster import AgglomerativeClustering

    return AgglomerativeClustering(n_clusters=k, linkage="ward").fit_predict(rows)


_CLUSTERERS: dict[str, Callable[[Rows, int, int], Any]] = {
    "kmeans": _kmeans,
    "minibatch_kmeans": _minibatch_kmeans,
    "bisecting_kmeans": _bisecting_kmeans,
    "gaussian_mixture": _gaussian_mixture,
    "agglomerative": _agglomerative,
}
DENSITY_METHODS = frozenset({"dbscan", "hdbscan"})
"""These find their own number of segments and may leave customers unassigned."""
METHODS = (*_CLUSTERERS, *sorted(DENSITY_METHODS))


def check_method(method: str) -> str:
    """Return `method` unchanged. Raises InputError naming the valid ones."""
    if method not in METHODS:
        raise InputError(
            f"There is no clustering method {method!r}",
            where="method",
            fix=f"Use one of auto, {', '.join(METHODS)}.",
        )
    return method


def check_size(vectors: FloatMatrix, method: str) -> None:
    """Raises InputError where `method` cannot take `vectors`, with what can."""
    if method == "agglomerative" and len(vectors) > AGGLOMERATIVE_LIMIT:
        raise InputError(
            f"Agglomerative clustering keeps every pair of customers in memory and cannot take "
            f"{len(vectors):,} of them",
            where="method",
            fix="Use bisecting_kmeans (also hierarchical) or kmeans.",
        )
    if not np.isfinite(vectors).all():
        raise InputError("Some customers have no finite vector", where="vectors", fix="Build anew.")


def cluster(
    vectors: FloatMatrix, *, method: str, k: int, seed: int = 0, density: Density | None = None
) -> Labels:
    """Cluster `vectors` (n, d) into segments 1..k, largest first; (n,) int32.

    Outliers are drawn in to the others first (outliers.py); density methods leave them unassigned.

    Args:
        k: how many segments; the density methods find their own number.
        density: how a density method was tuned before (`tune`), for resamples; tuned anew if None.

    Raises:
        InputError: unknown method, more segments than distinct customers, a method that cannot work
            at this size, or no dense regions for one that needs them.
    """
    check_method(method)
    check_size(vectors, method)

    def labels_of(rows: Rows) -> NDArray[Any]:
        if method in DENSITY_METHODS:
            return density_labels(rows, density or tuned(rows, method, seed), seed)
        _check_count(rows, k)
        return np.asarray(_CLUSTERERS[method](rows, k, seed))

    labels = _in_own_order(vectors, lambda rows, _: largest_first(labels_of(rows)))
    if method in DENSITY_METHODS:
        labels[drawn_in(vectors)[1]] = 0
    return labels


def tune(vectors: FloatMatrix, method: str, seed: int = 0) -> Density:
    """How the density method `method` is best set for `vectors` (n, d).

    Raises:
        InputError: nothing here is dense.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        rows, _ = _ordered(vectors)
        return tuned(rows, method, seed)


def attached(vectors: FloatMatrix, labels: Labels, seed: int = 0) -> Labels:
    """`labels` with the unassigned given the segment of their nearest assigned neighbours."""
    return _in_own_order(vectors, lambda rows, order: attach(rows, labels[order], seed))


def order_of(vectors: FloatMatrix) -> NDArray[np.intp]:
    """Row numbers in an order that depends on the rows alone: by first column, then second, ..."""
    return _ordered(vectors)[1]


def largest_first(raw: NDArray[Any]) -> Labels:
    """Renumber arbitrary labels to 1.. by falling size; negative ones become 0."""
    values, first, counts = np.unique(raw[raw >= 0], return_index=True, return_counts=True)
    order = np.lexsort((first, -counts))
    labels = np.zeros(len(raw), dtype=np.int32)
    for number, position in enumerate(order, start=1):
        labels[raw == values[position]] = number
    return labels


def _in_own_order(
    vectors: FloatMatrix, labels_of: Callable[[Rows, NDArray[np.intp]], Labels]
) -> Labels:
    """Labels of `vectors`, computed on sorted rows, with one thread, equal rows alike.

    Sums in another order could move a customer on the border, and the same data must give the same
    labels on every machine.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        rows, order = _ordered(vectors)
        labels = np.empty(len(rows), dtype=np.int32)
        labels[order] = labels_of(rows, order)[_first_equal(rows)]
    return labels


def _ordered(vectors: FloatMatrix) -> tuple[Rows, NDArray[np.intp]]:
    """Rows as they are clustered, sorted, and their row numbers in `vectors`."""
    rows = _rounded(drawn_in(vectors)[0])
    order = np.lexsort(rows.T[::-1])
    return rows[order], order


def _rounded(vectors: FloatMatrix) -> Rows:
    """Coordinates as float64, on a grid; its step is a power of two, so that rounding is exact."""
    rows = np.asarray(vectors, dtype=np.float64)
    largest = float(np.abs(rows).max(initial=0.0))
    step = 2.0 ** np.ceil(np.log2(largest)) * ROUNDED_TO if largest > 0 else 1.0
    return np.round(rows / step) * step + 0.0


def _first_equal(rows: Rows) -> NDArray[np.intp]:
    """For each of the sorted rows, the first one equal to it."""
    starts = np.r_[True, (rows[1:] != rows[:-1]).any(axis=1)]
    first: NDArray[np.intp] = np.maximum.accumulate(np.where(starts, np.arange(len(rows)), 0))
    return first


def _check_count(rows: Rows, k: int) -> None:
    distinct = len(np.unique(_first_equal(rows)))
    if not 1 <= k <= distinct:
        raise InputError(
            f"{k} segments cannot be made of {distinct} different customers",
            where="n_segments",
            fix=f"Ask for between 1 and {distinct}.",
        )
