"""What groups, or neighbours, of customers before a cut say about the same customers after it.

hit@20: of the 20 products a group likes best and the customer never had, how many did the customer
buy next, out of min(20, new products bought)? Asked of customers who bought something new to them;
products nobody had before the cut are not counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segmentation.clusters.quality import eta_squared
from segmentation.holdout.data import Holdout
from segmentation.sampling import sample_rows
from segmentation.types import FUTURE_FIGURES, FloatMatrix, Labels

__all__ = [
    "Scores",
    "group_scores",
    "intervals",
    "neighbour_scores",
]

OFFERED = 20
NEIGHBOURS = 50
ASKED = 4_000
"""Customers whose neighbours are looked up; a seeded sample where there are more."""
RESAMPLES = 200
CELLS_AT_ONCE = 2**23

Scores = dict[str, float | None]
Floats = NDArray[np.float64]


def group_scores(holdout: Holdout, labels: Labels) -> Scores:
    """The three figures of FUTURE_FIGURES for a grouping; None where `holdout.reasons` says why.

    η² is the share of the variance of log spend (of coming back) that lies between the groups. The
    unassigned are a group like any other.
    """
    made: dict[str, Callable[[], float]] = {
        "future_spend_eta2": lambda: eta_squared(holdout.spend, labels),
        "future_repurchase_eta2": lambda: eta_squared(holdout.returned, labels),
        "taste_hit20": lambda: float(group_hits(holdout, labels).mean()),
    }
    return _asked(holdout, made)


def neighbour_scores(holdout: Holdout, vectors: FloatMatrix, seed: int = 0) -> Scores:
    """hit@20 and mean absolute error of log spend, each customer foretold by the 50 nearest."""
    rows = sample_rows(len(vectors), ASKED, seed)
    near = _nearest(vectors, rows)
    foretold = holdout.spend[near].mean(axis=1)
    made: dict[str, Callable[[], float]] = {
        "neighbours_hit20": lambda: float(_neighbour_hits(holdout, rows, near).mean()),
        "neighbours_spend_error": lambda: float(np.abs(foretold - holdout.spend[rows]).mean()),
    }
    return _asked(holdout, made)


def intervals(holdout: Holdout, labels: Labels, seed: int = 0) -> dict[str, tuple[float, float]]:
    """95 % percentile bootstrap over customers, the grouping as it is; of FUTURE_FIGURES."""
    generator = np.random.default_rng(seed)
    drawn: dict[str, list[float]] = {name: [] for name in FUTURE_FIGURES}
    hits = group_hits(holdout, labels)
    for _ in range(RESAMPLES):
        rows = generator.integers(0, len(labels), len(labels))
        drawn["future_spend_eta2"].append(eta_squared(holdout.spend[rows], labels[rows]))
        drawn["future_repurchase_eta2"].append(eta_squared(holdout.returned[rows], labels[rows]))
        if len(hits):
            drawn["taste_hit20"].append(float(generator.choice(hits, len(hits)).mean()))
    return {
        name: _ends(values)
        for name, values in drawn.items()
        if values and name not in holdout.reasons
    }


def group_hits(holdout: Holdout, labels: Labels) -> Floats:
    """hit@20 of every customer who bought something new; ascending by row.

    A new product was offered if fewer than 20 products that the customer never had stand before it
    in the order of the group: its place in that order, less the products before it that the
    customer had. So only what was bought is looked at, not every product of every customer.
    """
    if not holdout.new.nnz:
        return np.empty(0)
    had, new = holdout.had, holdout.new
    _, groups = np.unique(labels, return_inverse=True)
    places = _places(had, groups)
    width = had.shape[1]
    owners = _owners(had)
    taken = np.sort(owners * width + places[groups[owners], had.indices])
    asked = _owners(new)
    place = places[groups[asked], new.indices]
    before = np.searchsorted(taken, asked * width + place) - had.indptr[asked]
    return _shares(new, place - before < OFFERED)


def _places(had: Any, groups: NDArray[np.intp]) -> NDArray[np.int64]:
    """(groups, products): each product's place in the group's order, most owners first."""
    from scipy.sparse import csr_matrix

    count = int(groups.max()) + 1
    members = csr_matrix((np.ones(len(groups)), (groups, np.arange(len(groups)))))
    owners = np.asarray((members @ had).todense()).reshape(count, -1)
    order = np.argsort(-owners, axis=1, kind="stable")
    places = np.empty_like(order)
    np.put_along_axis(places, order, np.arange(order.shape[1])[None, :], axis=1)
    return places


def _neighbour_hits(holdout: Holdout, rows: NDArray[np.intp], near: NDArray[np.intp]) -> Floats:
    """hit@20 of those of `rows` who bought something new, offered what their neighbours had."""
    counts = np.diff(holdout.new.indptr)[rows] > 0
    rows, near = rows[counts], near[counts]
    hits = [np.empty(0)]
    for part in _portions(len(rows), holdout.had.shape[1]):
        chosen = holdout.new[rows[part]]
        liked = _liked(holdout.had, near[part])
        liked[holdout.had[rows[part]].toarray()] = -1
        offered = np.zeros(liked.shape, dtype=bool)
        top = np.argpartition(-liked, min(OFFERED, liked.shape[1] - 1), axis=1)[:, :OFFERED]
        np.put_along_axis(offered, top, True, axis=1)
        hits.append(_shares(chosen, offered[_owners(chosen), chosen.indices]))
    return np.concatenate(hits)


def _liked(had: Any, near: NDArray[np.intp]) -> FloatMatrix:
    """(customers, products): how many of each customer's neighbours had the product."""
    from scipy.sparse import csr_matrix

    count, width = near.shape
    starts = np.arange(0, near.size + 1, width)
    shape = (count, had.shape[0])
    links = csr_matrix((np.ones(near.size, np.float32), near.ravel(), starts), shape=shape)
    liked: FloatMatrix = (links @ had).toarray()
    return liked


def _nearest(vectors: FloatMatrix, rows: NDArray[np.intp]) -> NDArray[np.intp]:
    """(rows, 50): the nearest other customers of each of `rows`, in no order."""
    squares = (vectors**2).sum(axis=1)
    count = min(NEIGHBOURS, len(vectors) - 1)
    found = []
    for part in _portions(len(rows), len(vectors)):
        own = rows[part]
        distance = squares - 2 * vectors[own] @ vectors.T
        distance[np.arange(len(own)), own] = np.inf
        found.append(np.argpartition(distance, count - 1, axis=1)[:, :count])
    return np.concatenate(found)


def _portions(rows: int, width: int) -> Iterator[slice]:
    """Slices of rows such that a dense table of so many columns fits into little memory."""
    step = max(1, CELLS_AT_ONCE // max(1, width))
    return (slice(start, start + step) for start in range(0, rows, step))


def _shares(new: Any, hit: NDArray[np.bool_]) -> Floats:
    """Per customer with anything new: entries hit, of at most as many as were offered."""
    counts = np.diff(new.indptr)
    hits = np.bincount(_owners(new), hit, minlength=len(counts))
    asked = counts > 0
    return np.asarray(hits[asked] / np.minimum(OFFERED, counts[asked]))


def _owners(matrix: Any) -> NDArray[np.int64]:
    """The row of every entry of a CSR matrix."""
    counts = np.diff(matrix.indptr)
    return np.repeat(np.arange(len(counts)), counts)


def _asked(holdout: Holdout, made: dict[str, Callable[[], float]]) -> Scores:
    return {name: None if name in holdout.reasons else make() for name, make in made.items()}


def _ends(values: list[float]) -> tuple[float, float]:
    low, high = np.quantile(values, (0.025, 0.975))
    return float(low), float(high)
