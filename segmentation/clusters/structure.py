"""Does the data hold anything to be segmented? Asked before any segmentation is believed.

K-means cuts every cloud into k pieces, and often into the same ones again. So the cloud is compared
with structureless clouds of the same shape, drawn afresh from the data in five ways; it has to be
tighter around k centres (Tibshirani, Walther & Hastie's gap statistic, 2001) than every one of
them, or else that shape alone explains what k-means finds. Empty space between groups is asked for
separately, by Hartigan's dip. Whether what was found also holds in time is foretold.py's question.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from segmentation.clusters.quality import in_threads
from segmentation.types import FloatMatrix, Progress, silent

__all__ = ["Structure", "dip", "structure_of"]

SAMPLE = 2_000
COUNTS = (2, 3, 4, 6, 8, 12)
"""Numbers of centres the clouds are compared at."""
REFERENCES = 12
"""Clouds drawn of every kind."""
STANDARD_ERRORS = 4.0
LEAST_GAP = 0.01
LUMP = 0.5
"""A value that half of all customers share is a group; a finer lattice only a coarse look."""
SMALL_LUMP = 0.05
DEEP_DIP = 0.70
"""√n · dip of one half of the customers; of 400 uniform samples the largest reached .56."""
SMALLEST_SAMPLE = 30

Values = NDArray[np.float64]
Draw = Callable[[np.random.Generator], Values]


@dataclass(frozen=True)
class Structure:
    """What the data looks like as a whole.

    Args:
        kind: `gaps`: space between groups; `clumped`: tighter around some centres than
            structureless data of the same shape; `none`: not even that.
        gaps: number of centres -> gap statistic (natural logarithm) over the reference that comes
            closest.
        errors: the same in standard deviations of that reference.
        reference: the kind of structureless data that comes closest.
        dip: √n · dip along the most telling direction, of customers it was not chosen by.
        reason: one English sentence.
    """

    kind: Literal["gaps", "clumped", "none"]
    gaps: Mapping[int, float]
    errors: Mapping[int, float]
    reference: str
    dip: float
    reason: str


def structure_of(vectors: FloatMatrix, seed: int = 0, progress: Progress = silent) -> Structure:
    """Compare `vectors` (n, d) with structureless data of their shape.

    Of more than 2,000 customers a seeded sample is looked at.
    """
    sampled = _sampled(vectors, seed)
    different = len(np.unique(sampled, axis=0)) if sampled.size else 1
    if different < SMALLEST_SAMPLE:
        return _too_few(different)
    cloud = _smoothed(sampled, np.random.default_rng(seed), LUMP)
    deepest = _deepest_dip(cloud, seed)
    gaps, errors, names = _gaps(cloud, seed, progress)
    best = max(gaps, key=lambda k: (gaps[k] >= LEAST_GAP, errors[k]))
    clumped = errors[best] >= STANDARD_ERRORS and gaps[best] >= LEAST_GAP
    kind: Literal["gaps", "clumped", "none"] = "clumped" if clumped else "none"
    if deepest >= DEEP_DIP:
        kind = "gaps"
    reason = _reason(kind, best, gaps[best], errors[best], names[best], deepest)
    return Structure(kind, gaps, errors, names[best], deepest, reason)


def _reason(kind: str, k: int, gap: float, error: float, name: str, deepest: float) -> str:
    compared = (
        f"around {k} centres the customers lie {np.expm1(gap):.1%} tighter than the most alike "
        f"structureless data ({name}; {error:.1f} standard deviations)"
    )
    if kind == "gaps":
        return f"There is space between groups (dip {deepest:.2f}), and {compared}."
    if kind == "clumped":
        return f"There are no clear gaps between groups, but {compared}."
    return f"Nothing here is better than structureless data of the same shape: {compared}."


def _too_few(n: int) -> Structure:
    reason = f"{n} different customers are too few to tell structure from chance."
    return Structure("none", {}, {}, "", 0.0, reason)


def _sampled(vectors: FloatMatrix, seed: int) -> Values:
    rows = np.arange(len(vectors))
    if len(rows) > SAMPLE:
        rows = np.sort(np.random.default_rng(seed).choice(len(rows), SAMPLE, replace=False))
    cloud = vectors[rows].astype(np.float64)
    return cloud[:, cloud.std(axis=0) > 1e-9 * max(1e-300, float(cloud.std()))]


# Tightness around centres, against clouds drawn at random


def _gaps(
    cloud: Values, seed: int, progress: Progress
) -> tuple[dict[int, float], dict[int, float], dict[int, str]]:
    """Per number of centres, the smallest gap over all kinds of reference, its size, its kind."""
    counts = [k for k in COUNTS if k <= len(cloud) // 5]
    draws = dict(_references(cloud, seed))
    tasks = [
        (place, draw, number)
        for place, draw in enumerate(draws.values())
        for number in range(REFERENCES)
    ]

    def one(task: tuple[int, Draw, int]) -> Values:
        place, draw, number = task
        drawn = draw(np.random.default_rng([seed, place, number]))
        return _tightness(drawn, counts, seed + number)

    tables = []
    for done, row in enumerate(in_threads(one, tasks), start=1):
        tables.append(row)
        progress("structure", done, len(tasks))
    references = np.array(tables).reshape(len(draws), REFERENCES, len(counts))
    observed = _tightness(cloud, counts, seed)
    excess = references.mean(axis=1) - observed
    errors = excess / np.maximum(references.std(axis=1, ddof=1), 1e-9)
    closest = errors.argmin(axis=0)
    names = list(draws)
    places = range(len(counts))
    return (
        {counts[i]: float(excess[closest[i], i]) for i in places},
        {counts[i]: float(errors[closest[i], i]) for i in places},
        {counts[i]: names[closest[i]] for i in places},
    )


def _tightness(cloud: Values, counts: list[int], seed: int) -> Values:
    """log of the sum of squares within k clusters as a share of all; one per k."""
    from sklearn.cluster import KMeans

    centred = cloud - cloud.mean(axis=0)
    within = [
        KMeans(k, n_init=2, max_iter=50, random_state=seed).fit(centred).inertia_ for k in counts
    ]
    shares: Values = np.log(np.maximum(within, 1e-300)) - np.log((centred**2).sum())
    return shares


def _references(cloud: Values, seed: int) -> Iterator[tuple[str, Draw]]:
    """Structureless clouds of the same shape, by what they keep of it."""
    generator = np.random.default_rng([seed, 1])
    yield "the same columns, independent of each other", lambda g: _shuffled(cloud, g)
    variances, axes = np.linalg.eigh(np.atleast_2d(np.cov(cloud.T)))
    kept = variances > 1e-9 * variances.max()
    components = (cloud - cloud.mean(axis=0)) @ axes[:, kept]
    yield "the same principal components, independent", lambda g: _shuffled(components, g)
    spread = np.sqrt(variances[kept])
    radii = np.linalg.norm(components / spread, axis=1)
    yield "an elliptical cloud of the same radii", lambda g: _turned(radii, spread.size, g) * spread
    smooth = _smoothed(cloud, generator, lump=2.0)
    latent, score_radii = _latent(smooth, generator)
    columns = np.sort(smooth, axis=0)
    yield (
        "the same columns and correlations, jointly normal",
        lambda g: _ranked(g.normal(size=cloud.shape) @ latent.T, columns),
    )
    yield (
        "the same columns and correlations, jointly elliptical",
        lambda g: _ranked(_turned(score_radii, cloud.shape[1], g) @ latent.T, columns),
    )


def _shuffled(cloud: Values, generator: np.random.Generator) -> Values:
    return np.column_stack([generator.permutation(column) for column in cloud.T])


def _turned(radii: Values, dimensions: int, generator: np.random.Generator) -> Values:
    """Points at these distances from the origin, in random directions."""
    directions = generator.normal(size=(len(radii), dimensions))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    return np.asarray(directions * generator.permutation(radii)[:, None])


def _ranked(latent: Values, columns: Values) -> Values:
    """Sorted `columns` put in the order of the columns of `latent`: their values, its ranks."""
    return np.take_along_axis(columns, latent.argsort(axis=0).argsort(axis=0), axis=0)


def _latent(cloud: Values, generator: np.random.Generator) -> tuple[Values, Values]:
    """Of a normal copula: its correlations' root, fitted so that the cloud's own come out, and how
    far from the middle each customer is in normal scores (Cario & Nelson, 1997)."""
    from scipy.special import ndtri

    n, d = cloud.shape
    columns, wanted = np.sort(cloud, axis=0), np.atleast_2d(np.corrcoef(cloud.T))
    latent, base = wanted.copy(), generator.normal(size=(n, d))
    for _ in range(4):
        drawn = _ranked(base @ _root(latent).T, columns)
        latent = np.clip(latent + wanted - np.atleast_2d(np.corrcoef(drawn.T)), -0.999, 0.999)
        np.fill_diagonal(latent, 1.0)
    scores = ndtri((cloud.argsort(axis=0).argsort(axis=0) + 0.5) / n)
    variances, axes = np.linalg.eigh(np.atleast_2d(np.corrcoef(scores.T)))
    kept = variances > 1e-6
    radii = np.linalg.norm(scores @ axes[:, kept] / np.sqrt(variances[kept]), axis=1)
    return _root(latent), radii


def _root(correlations: Values) -> Values:
    """A square root of the nearest correlation matrix."""
    variances, axes = np.linalg.eigh(correlations)
    root = axes * np.sqrt(np.maximum(variances, 1e-8))
    return np.asarray(root / np.linalg.norm(root, axis=1, keepdims=True))


def _smoothed(cloud: Values, generator: np.random.Generator, lump: float) -> Values:
    """Repeated values spread evenly towards their neighbours, unless a share `lump` has them."""
    spread = cloud.copy()
    for column in range(cloud.shape[1]):
        values, place, counts = np.unique(cloud[:, column], return_inverse=True, return_counts=True)
        if len(values) == len(cloud):
            continue
        steps = np.diff(values) / 2
        width = np.minimum(np.r_[steps[0], steps], np.r_[steps, steps[-1]])
        width[(counts == 1) | (counts >= lump * len(cloud))] = 0.0
        spread[:, column] += generator.uniform(-1, 1, len(cloud)) * width[place]
    return spread


# Space between groups


def _deepest_dip(cloud: Values, seed: int) -> float:
    """√n · dip along the direction between two centres, each half telling where to look in the
    other; of the two halves the shallower, and nothing where independent columns show as much.

    Repeated values are spread: steps between counts are no space between groups. Where a column has
    lumps (most of it zero, say), independent columns show as much by themselves; where none has, a
    column of several tops is groups enough.
    """
    lumpy = any(_largest_share(column) >= SMALL_LUMP for column in cloud.T)
    cloud = _smoothed(cloud, np.random.default_rng([seed, 4]), lump=2.0)
    shuffled = _shuffled(cloud, np.random.default_rng([seed, 2]))
    order = np.random.default_rng([seed, 3]).permutation(len(cloud))
    halves = np.array_split(order, 2)
    found = []
    for half, other in (halves, halves[::-1]):
        best = 0.0
        for direction in _directions(cloud[half], seed):
            depth = _depth(cloud[other] @ direction)
            if depth <= best:
                continue
            if not lumpy or _depth(shuffled[other] @ direction) < DEEP_DIP:
                best = depth
        found.append(best)
    return min(found)


def _largest_share(column: Values) -> float:
    """How many customers share the commonest value, of all."""
    return float(np.unique(column, return_counts=True)[1].max() / len(column))


def _directions(cloud: Values, seed: int) -> Iterator[Values]:
    """Fisher's discriminants between neighbouring centres of 2, 3, 5 and 8 clusters."""
    from sklearn.cluster import KMeans

    for k in (2, 3, 5, 8):
        if k > len(cloud) // 10:
            return
        model = KMeans(k, n_init=3, random_state=seed).fit(cloud)
        centres = model.cluster_centers_
        within = np.atleast_2d(np.cov((cloud - centres[model.labels_]).T))
        ridge = 1e-3 * np.trace(within) / len(within) * np.eye(len(within))
        for i, j in _neighbours(centres):
            yield np.linalg.solve(within + ridge, centres[i] - centres[j])


def _neighbours(centres: Values) -> Iterator[tuple[int, int]]:
    """Pairs of which no third centre is closer to the middle (Gabriel's graph)."""
    for i in range(len(centres)):
        for j in range(i):
            middle = (centres[i] + centres[j]) / 2
            distances = ((centres - middle) ** 2).sum(axis=1)
            if distances.min() >= min(distances[i], distances[j]) * (1 - 1e-9):
                yield i, j


def _depth(values: Values) -> float:
    return float(np.sqrt(len(values)) * dip(values))


def dip(values: NDArray[Any]) -> float:
    """Hartigan & Hartigan's dip (1985): distance of the distribution from the nearest unimodal one.

    For a given mode, that is half of how far the distribution function rises above its greatest
    convex minorant on the left, or falls below its least concave majorant on the right; one grows
    and the other falls as the mode moves right, so it is found by bisection.
    """
    x = np.sort(np.asarray(values, dtype=np.float64))
    if x[0] == x[-1]:
        return 0.0
    x = (x - x[0]) / (x[-1] - x[0])
    heights = np.arange(len(x) + 1) / len(x)
    low, high = 0, len(x) - 1
    best = 1.0
    while low <= high:
        mode = (low + high) // 2
        left = _above_minorant(x[: mode + 1], heights[: mode + 1])
        right = _above_minorant(-x[mode:][::-1], 1 - heights[mode + 1 :][::-1])
        best = min(best, max(left, right))
        low, high = (mode + 1, high) if left < right else (low, mode - 1)
    return best / 2


def _above_minorant(x: Values, heights: Values) -> float:
    """Largest distance of points, x ascending, above the greatest convex function below them.

    Its slopes are the isotonic regression of theirs (Barlow et al., 1972).
    """
    from scipy.optimize import isotonic_regression

    if len(x) < 3:
        return 0.0
    steps = np.maximum(np.diff(x), 1e-12)
    slopes = isotonic_regression(np.diff(heights) / steps, weights=steps).x
    minorant = heights[0] + np.r_[0.0, np.cumsum(slopes * steps)]
    return float((heights - minorant).max())
