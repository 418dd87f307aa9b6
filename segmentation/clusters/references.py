"""Structureless clouds of the same shape as a given one: what structure is measured against.

Each keeps something of the cloud (its columns, its axes, its radii) and nothing of its groups. What
follows from a comparison is decided in structure.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

__all__ = ["Draw", "latent_root", "ranked", "references", "shuffled", "smoothed"]

Values = NDArray[np.float64]
Draw = Callable[[np.random.Generator], Values]


def references(cloud: Values, seed: int) -> Iterator[tuple[str, Draw]]:
    """Structureless clouds of the same shape, by what they keep of it."""
    generator = np.random.default_rng([seed, 1])
    yield "the same columns, independent of each other", lambda g: shuffled(cloud, g)
    variances, axes = np.linalg.eigh(np.atleast_2d(np.cov(cloud.T)))
    kept = variances > 1e-9 * variances.max()
    components = (cloud - cloud.mean(axis=0)) @ axes[:, kept]
    yield "the same principal components, independent", lambda g: shuffled(components, g)
    spread = np.sqrt(variances[kept])
    radii = np.linalg.norm(components / spread, axis=1)
    yield "an elliptical cloud of the same radii", lambda g: _turned(radii, spread.size, g) * spread
    smooth = smoothed(cloud, generator, lump=2.0)
    latent, score_radii = latent_root(smooth, generator)
    columns = np.sort(smooth, axis=0)
    yield (
        "the same columns and correlations, jointly normal",
        lambda g: ranked(g.normal(size=cloud.shape) @ latent.T, columns),
    )
    yield (
        "the same columns and correlations, jointly elliptical",
        lambda g: ranked(_turned(score_radii, cloud.shape[1], g) @ latent.T, columns),
    )


def shuffled(cloud: Values, generator: np.random.Generator) -> Values:
    return np.column_stack([generator.permutation(column) for column in cloud.T])


def _turned(radii: Values, dimensions: int, generator: np.random.Generator) -> Values:
    """Points at these distances from the origin, in random directions."""
    directions = generator.normal(size=(len(radii), dimensions))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    return np.asarray(directions * generator.permutation(radii)[:, None])


def ranked(latent: Values, columns: Values) -> Values:
    """Sorted `columns` put in the order of the columns of `latent`: their values, its ranks."""
    return np.take_along_axis(columns, latent.argsort(axis=0).argsort(axis=0), axis=0)


def latent_root(cloud: Values, generator: np.random.Generator) -> tuple[Values, Values]:
    """Of a normal copula: its correlations' root, fitted so that the cloud's own come out, and how
    far from the middle each customer is in normal scores (Cario & Nelson, 1997)."""
    from scipy.special import ndtri

    n, d = cloud.shape
    columns, wanted = np.sort(cloud, axis=0), np.atleast_2d(np.corrcoef(cloud.T))
    latent, base = wanted.copy(), generator.normal(size=(n, d))
    for _ in range(4):
        drawn = ranked(base @ _root(latent).T, columns)
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


def smoothed(cloud: Values, generator: np.random.Generator, lump: float) -> Values:
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
