"""Does the data hold anything to be segmented? Asked before any segmentation is believed.

K-means cuts every cloud into k pieces, and often into the same ones again. What makes groups is
space between them: a direction along which customers have two tops. It is sought with one half of
the customers and tested on the other, by Hartigan's dip; bodies of one top (boxes, balls,
simplices, heavy tails, whichever way they are turned) have no such direction.

Without space, the customers may still lie tighter around k centres than structureless clouds of the
same shape (Tibshirani, Walther & Hastie's gap statistic, 2001). No list of shapes is complete, so
that alone earns no belief: it needs the word of time (foretold.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from segmentation.clusters.quality import in_threads, leading_components
from segmentation.clusters.references import (
    Draw,
    latent_root,
    ranked,
    references,
    shuffled,
    smoothed,
)
from segmentation.sampling import sample_rows
from segmentation.types import FloatMatrix, Progress, silent

__all__ = ["Structure", "dip", "structure_of"]

SAMPLE = 2_000
COUNTS = (2, 3, 4, 6, 8, 12)
"""Numbers of centres the clouds are compared at."""
REFERENCES = 8
"""Clouds drawn of every kind."""
STANDARD_ERRORS = 3.0
"""No more is asked, since time has to bear out what is found this way."""
LEAST_GAP = 0.01
LUMP = 0.5
"""A value that half of all customers share is a group; a finer lattice only a coarse look."""

DEEP_DIP = 0.50
"""√n · dip, the mean over halves: structureless clouds reach .40, uniform ones the most."""
SPLITS = 3
SMALL_LUMP = 0.30
"""A value that so many customers share has a top of its own, also where nothing goes together."""
ABOVE_LUMPS = 2.0
"""How many times as deep as in structureless clouds with the same lumps."""
LUMPY_DRAWS = 2
COMPONENTS = 30
SMALLEST_SAMPLE = 30

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Structure:
    """What the data looks like as a whole.

    Args:
        kind: `gaps`: space between groups; `clumped`: none, but tighter around some centres than
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
    space, needed = _space(sampled, seed, progress), _needed(sampled, seed, progress)
    gaps, errors, names = _gaps(sampled, seed, progress)
    best = max(gaps, key=lambda k: (gaps[k] >= LEAST_GAP, errors[k]))
    clumped = errors[best] >= STANDARD_ERRORS and gaps[best] >= LEAST_GAP
    kind: Literal["gaps", "clumped", "none"] = "clumped" if clumped else "none"
    if space >= needed:
        kind = "gaps"
    reason = _reason(kind, best, gaps[best], errors[best], names[best], space, needed)
    return Structure(kind, gaps, errors, names[best], space, reason)


def _reason(
    kind: str, k: int, gap: float, error: float, name: str, space: float, needed: float
) -> str:
    than = "tighter" if gap >= 0 else "looser"
    compared = (
        f"around {k} centres the customers lie {abs(np.expm1(gap)):.1%} {than} than the most alike "
        f"structureless data ({name}; {error:.1f} standard deviations)"
    )
    if kind == "gaps":
        return f"There is space between groups (dip {space:.2f}), and {compared}."
    if kind == "clumped":
        return f"There are no clear gaps between groups, but {compared}."
    return (
        f"Nothing here is better than structureless data of the same shape: there is space in no "
        f"direction (dip {space:.2f} of {needed:.2f}), and {compared}."
    )


def _too_few(n: int) -> Structure:
    reason = f"{n} different customers are too few to tell structure from chance."
    return Structure("none", {}, {}, "", 0.0, reason)


def _sampled(vectors: FloatMatrix, seed: int) -> Values:
    cloud = vectors[sample_rows(len(vectors), SAMPLE, seed)].astype(np.float64)
    return cloud[:, cloud.std(axis=0) > 1e-9 * max(1e-300, float(cloud.std()))]


# Tightness around centres, against clouds drawn at random


def _gaps(
    cloud: Values, seed: int, progress: Progress
) -> tuple[dict[int, float], dict[int, float], dict[int, str]]:
    """Per number of centres, the smallest gap over all kinds of reference, its size, its kind."""
    cloud = smoothed(cloud, np.random.default_rng(seed), LUMP)
    counts = [k for k in COUNTS if k <= len(cloud) // 5]
    draws = dict(references(cloud, seed))
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
    drawn = np.array(tables).reshape(len(draws), REFERENCES, len(counts))
    observed = _tightness(cloud, counts, seed)
    excess = drawn.mean(axis=1) - observed
    errors = excess / np.maximum(drawn.std(axis=1, ddof=1), 1e-9)
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

    leading = leading_components(cloud.astype(np.float32))
    within = [
        KMeans(k, n_init=2, max_iter=50, random_state=seed).fit(leading).inertia_ for k in counts
    ]
    shares: Values = np.log(np.maximum(within, 1e-300)) - np.log((leading**2).sum())
    return shares


# Space between groups


def _space(cloud: Values, seed: int, progress: Progress) -> float:
    """√n · dip along the direction between two centres, each half of the customers telling where to
    look in the other; the mean over halves.

    Repeated values are spread: steps between counts are no space between groups. It reports that it
    is under way, not how far: work can be ended there.
    """
    spread = smoothed(cloud, np.random.default_rng([seed, 4]), lump=2.0)
    tasks = []
    for number in range(SPLITS):
        order = np.random.default_rng([seed, 3, number]).permutation(len(spread))
        one, other = np.array_split(order, 2)
        tasks += [(one, other), (other, one)]

    def deepest(task: tuple[NDArray[np.intp], NDArray[np.intp]]) -> float:
        seen, unseen = spread[task[0]], spread[task[1]]
        return max((_depth(unseen @ each) for each in _directions(seen, seed)), default=0.0)

    depths = []
    for depth in in_threads(deepest, tasks):
        depths.append(depth)
        progress("structure", 0, None)
    return float(np.mean(depths))


def _needed(cloud: Values, seed: int, progress: Progress) -> float:
    """The dip to ask for.

    Where columns have lumps (most of it zero, say), clouds with the same lumps that are otherwise
    structureless show dips as well: more than theirs. Where none has, a column of two tops is
    groups enough.
    """
    if all(_largest_share(column) < SMALL_LUMP for column in cloud.T):
        return DEEP_DIP
    generator = np.random.default_rng([seed, 2])
    latent, _ = latent_root(smoothed(cloud, generator, lump=2.0), generator)
    columns = np.sort(cloud, axis=0)
    draws = [
        drawn
        for _ in range(LUMPY_DRAWS)
        for drawn in (
            shuffled(cloud, generator),
            ranked(generator.normal(size=cloud.shape) @ latent.T, columns),
        )
    ]
    return max(DEEP_DIP, ABOVE_LUMPS * max(_space(drawn, seed, progress) for drawn in draws))


def _largest_share(column: Values) -> float:
    """How many customers share the commonest value, of all."""
    return float(np.unique(column, return_counts=True)[1].max() / len(column))


def _directions(cloud: Values, seed: int) -> Iterator[Values]:
    """Fisher's discriminants between neighbouring centres of 2, 3, 5 and 8 clusters, on the leading
    principal components: of more than a few, so many customers tell no covariances."""
    from sklearn.cluster import KMeans

    axes = np.linalg.eigh(np.atleast_2d(np.cov(cloud.T)))[1]
    kept = axes[:, ::-1][:, : min(COMPONENTS, max(2, len(cloud) // 6))]
    rows = (cloud - cloud.mean(axis=0)) @ kept
    for k in (2, 3, 5, 8):
        if k > len(rows) // 10:
            return
        model = KMeans(k, n_init=3, random_state=seed).fit(rows)
        centres = model.cluster_centers_
        within = np.atleast_2d(np.cov((rows - centres[model.labels_]).T))
        ridge = 1e-3 * np.trace(within) / len(within) * np.eye(len(within))
        for i, j in _neighbours(centres):
            yield kept @ np.linalg.solve(within + ridge, centres[i] - centres[j])


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
