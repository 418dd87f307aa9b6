"""Segments as dense regions: DBSCAN and HDBSCAN, tuned to the data instead of left to luck.

Several settings are tried on one sample. Each is judged by the valleys between what it finds: how
much longer is the longest step one must take to leave a segment for another than the usual step
inside it? Where no setting shows valleys deeper than chance digs, nothing is dense, and that is
said. Customers in thin regions stay unassigned (negative labels); `attach` places them on request.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segmentation.sampling import sample_rows
from segmentation.types import Labels, NotInData

__all__ = ["Density", "attach", "density_labels", "tuned"]

SAMPLE = 2_500
"""Customers that density is measured on; the others follow their nearest neighbours among them."""
NEIGHBOURS = 5
MOST_NEIGHBOURS = 0.04  # of the customers
DIMENSIONS = 10
"""Distances in many dimensions are all alike: density is measured on principal components."""
MOST_SEGMENTS = 20
SMALLEST_SHARES = (0.01, 0.02, 0.05)
FEWEST = 5  # customers
DENSE_SHARES = (0.3, 0.4, 0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
DEEP_ENOUGH = 0.045
"""Valleys of structureless samples are shallower (benchmarks/density.py)."""
NEARLY = 0.75
"""Of settings whose score is this share of the best, the one with most segments is taken (and of
these the one that assigns most customers), but none that leaves out half of them if another does
not."""

Rows = NDArray[np.float64]
Raw = NDArray[np.intp]


@dataclass(frozen=True)
class Density:
    """How a density method was tuned; in shares, so that it holds for resamples as well.

    Args:
        method: `dbscan` or `hdbscan`.
        share: for DBSCAN, the share of customers that are dense enough to be in a segment's core;
            for HDBSCAN, the share of customers that make the smallest segment.
        leaves: for HDBSCAN, whether the finest segments are taken rather than the most stable.
    """

    method: str
    share: float
    leaves: bool = False


def tuned(rows: Rows, method: str, seed: int) -> Density:
    """The setting whose segments are parted by the deepest valleys.

    Args:
        rows: (n, d), in an order of their own.

    Raises:
        NotInData: no setting finds two dense regions.
    """
    sample = reduced(rows, seed)[sample_rows(len(rows), SAMPLE, seed)]
    valleys = _Valleys.of(sample)
    settings = list(_settings(method, valleys))
    found = [_fitted(sample, setting) for setting in settings]
    scores = [valleys.score(labels) for labels in found]
    if max(scores) < DEEP_ENOUGH:
        raise NotInData(
            f"{method} finds no dense groups with thinner regions between them here",
            where="method",
            fix="Use kmeans or gaussian_mixture, which cut without needing gaps.",
        )
    assigned = [float((labels >= 0).mean()) for labels in found]
    good = [i for i, score in enumerate(scores) if score >= NEARLY * max(scores)]
    return settings[max(good, key=lambda i: (assigned[i] >= 0.5, len(_ids(found[i])), assigned[i]))]


def density_labels(rows: Rows, setting: Density, seed: int) -> Raw:
    """Label rows (n, d) from 0; -1 where it is thin. Large bases by a sample and its neighbours."""
    places, drawn = reduced(rows, seed), sample_rows(len(rows), SAMPLE, seed)
    found = _fitted(places[drawn], setting)
    if len(drawn) == len(rows):
        return found
    labels = _nearest(places[drawn], found, places)
    labels[drawn] = found
    return labels


def attach(rows: Rows, labels: Labels, seed: int) -> Labels:
    """Give the unassigned (0) the segment most of their five nearest assigned neighbours have.

    Neighbours rather than centres: dense regions may be curved, and a centre may lie outside.
    """
    outside = labels == 0
    if outside.all():
        return labels
    places, attached = reduced(rows, seed), labels.copy()
    attached[outside] = _nearest(places[~outside], labels[~outside], places[outside])
    return attached


def reduced(rows: Rows, seed: int) -> Rows:
    """Rows on at most ten principal components."""
    from sklearn.decomposition import PCA

    dimensions = min(DIMENSIONS, *rows.shape)
    places: Rows = PCA(dimensions, random_state=seed).fit_transform(rows)
    return places


def _nearest(known: Rows, labels: NDArray[Any], asked: Rows) -> NDArray[Any]:
    from sklearn.neighbors import KNeighborsClassifier

    if not len(asked):
        return labels[:0]
    neighbours = min(NEIGHBOURS, len(known))
    model = KNeighborsClassifier(neighbours, weights="distance").fit(known, labels)
    return np.asarray(model.predict(asked))


# --- fitting -----------------------------------------------------------------------------------


def _settings(method: str, valleys: _Valleys) -> Iterator[Density]:
    if method == "dbscan":
        for share in (valleys.knee(), *DENSE_SHARES):
            yield Density(method, share)
        return
    for share in SMALLEST_SHARES:
        for leaves in (False, True):
            yield Density(method, share, leaves)


def _fitted(places: Rows, setting: Density) -> Raw:
    if setting.method == "dbscan":
        return _dbscan(places, setting.share)
    return _hdbscan(places, setting.share, setting.leaves)


def _dbscan(places: Rows, share: float) -> Raw:
    """DBSCAN (Ester et al., 1996) with eps where `share` of the k-distance curve lies below."""
    from sklearn.cluster import DBSCAN

    eps = float(np.quantile(_steps(places), share))
    model = DBSCAN(eps=max(eps, 1e-9), min_samples=_neighbours(places) + 1)
    return _without_specks(model.fit_predict(places))


def _hdbscan(places: Rows, share: float, leaves: bool) -> Raw:
    """HDBSCAN (Campello et al., 2013)."""
    from sklearn.cluster import HDBSCAN

    model = HDBSCAN(
        min_cluster_size=max(FEWEST, round(share * len(places))),
        min_samples=_neighbours(places) + 1,
        cluster_selection_method="leaf" if leaves else "eom",
        copy=True,
    )
    return np.asarray(model.fit_predict(places), dtype=np.intp)


def _ids(labels: Raw) -> Raw:
    return np.unique(labels[labels >= 0])


def _without_specks(labels: NDArray[Any]) -> Raw:
    """Segments below the smallest share are thin regions."""
    kept = np.array(labels, dtype=np.intp)
    sizes = np.bincount(kept[kept >= 0], minlength=1)
    small = np.flatnonzero(sizes < max(FEWEST, SMALLEST_SHARES[0] * len(kept)))
    kept[np.isin(kept, small)] = -1
    return kept


def _neighbours(places: Rows) -> int:
    """How many neighbours tell the density as surely in few dimensions as five do in ten.

    The distance to the m-th of them has a relative error of about 1 / (d sqrt(m)).
    """
    size, dimensions = places.shape
    wanted = NEIGHBOURS * (DIMENSIONS / dimensions) ** 2
    return int(max(NEIGHBOURS, min(wanted, MOST_NEIGHBOURS * size)))


def _steps(places: Rows) -> NDArray[np.float64]:
    """How far each row is from the last of the neighbours that count: (n,)."""
    from sklearn.neighbors import NearestNeighbors

    model = NearestNeighbors(n_neighbors=_neighbours(places)).fit(places)
    distances, _ = model.kneighbors()
    steps: NDArray[np.float64] = distances[:, -1]
    return steps


# --- judging -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Valleys:
    """How densely a sample lies and how far apart its regions are.

    Args:
        steps: (n,) distance of each row to its fifth neighbour.
        passes: (n, n) longest step of the best way from one row to another, no step shorter than
            the steps at both its ends (mutual reachability).
    """

    steps: NDArray[np.float64]
    passes: NDArray[np.float64]

    @classmethod
    def of(cls, places: Rows) -> _Valleys:
        from scipy.cluster.hierarchy import cophenet, linkage
        from scipy.spatial.distance import pdist, squareform

        steps = _steps(places)
        first, second = np.triu_indices(len(places), k=1)
        distances = np.maximum(pdist(places), np.maximum(steps[first], steps[second]))
        return cls(steps, squareform(cophenet(linkage(distances, "single"))))

    def score(self, labels: Raw) -> float:
        """Sum over segments of share x (1 - share) x depth; 0 unless there are two to twenty.

        The depth of the valley between two segments is 1 - step / pass: the usual step inside the
        thinner of the two, and the longest step on the best way from one to the other. A segment's
        is that of its shallowest valley. The shares make settings win that assign many customers,
        and not all of them to one segment.
        """
        ids = _ids(labels)
        if not 2 <= len(ids) <= MOST_SEGMENTS:
            return 0.0
        members = [np.flatnonzero(labels == i) for i in ids]
        shares = np.array([len(rows) for rows in members]) / len(labels)
        usual = np.array([np.median(self.steps[rows]) for rows in members])
        middles = [rows[np.argmin(self.steps[rows])] for rows in members]
        passes = self.passes[np.ix_(middles, middles)]
        steps = np.maximum(usual[:, None], usual[None, :])
        depths = np.maximum(0, 1 - steps / np.maximum(passes, 1e-12))
        np.fill_diagonal(depths, np.inf)
        return float((shares * (1 - shares)) @ depths.min(axis=1))

    def knee(self) -> float:
        """Where the sorted steps bend most, as a share (kneedle, Satopaa et al., 2011)."""
        curve = np.sort(self.steps)
        x = np.linspace(0, 1, len(curve))
        span = float(curve[-1] - curve[0])
        return float(x[np.argmax(x - (curve - curve[0]) / span)]) if span > 0 else 1.0
