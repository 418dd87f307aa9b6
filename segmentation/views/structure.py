"""How much a view looks like groups rather than one cloud: what decides between views.

k-means cuts any cloud into pieces. What counts is how much tighter the pieces are than those of a
structureless cloud of the same spread: the gap statistic of Tibshirani, Walther and Hastie (2001),
with a normal reference, on the leading principal components. Says nothing about which segments
there are or how many: clusters/choose.py does.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from segmentation.types import FloatMatrix

__all__ = ["lasting_share", "structure", "text_share"]

SAMPLE = 1_000
SAMPLES = 5
"""One sample says it to a fifth or so; the mean of five to a tenth."""
COMPONENTS = 10
COUNTS = (2, 3, 4, 6, 8)
CLOUDS = 2

USUAL_TEXT = 0.57
"""Share of text where neither view has more structure than the other."""
NOISE = 0.01
"""A gap this small says nothing: structureless samples reach it."""
LEAN = 2.0
NEAR = 0.15
"""A share asked for before stays where the one asked for now is this near: segments last longer."""
MOST = 0.99
"""Neither view is ever left out by itself: the user can, with a weight of 0 or 1."""

Values = NDArray[np.float64]


def text_share(text: float, others: float) -> float:
    """Share of text in an embedding, from the structure of text and of the other views.

    The odds are the usual ones times the ratio of the structures to the power LEAN: a view that is
    but noise must not blur the groups of the other.
    """
    ratio = max(text, NOISE) / max(others, NOISE)
    odds = USUAL_TEXT / (1 - USUAL_TEXT) * ratio**LEAN
    return float(np.clip(odds / (1 + odds), 1 - MOST, MOST))


def lasting_share(asked: float, earlier: float | None) -> float:
    """The share to take: the earlier one while the data asks for much the same, else the new."""
    return asked if earlier is None or abs(asked - earlier) > NEAR else earlier


def structure(rows: FloatMatrix, *, direction: bool = False, seed: int = 0) -> float:
    """The largest gap over COUNTS groups, at least 0: log of the reference's scatter over ours.

    Args:
        rows: (n, d); the mean over SAMPLES seeded samples of SAMPLE rows each.
        direction: whether rows have length one; the reference has then, too.
        seed: of the samples, the references and k-means.
    """
    drawn = [_gap(rows, direction, seed + turn) for turn in range(SAMPLES)]
    return float(np.mean(drawn))


def _gap(rows: FloatMatrix, direction: bool, seed: int) -> float:
    """The same on one sample."""
    from threadpoolctl import threadpool_limits

    generator = np.random.default_rng(seed)
    chosen = np.sort(generator.permutation(len(rows))[:SAMPLE])
    centred = np.asarray(rows[chosen], dtype=np.float64)
    centred = centred - centred.mean(axis=0)
    spread = np.linalg.svd(centred, compute_uv=False)
    if len(rows) <= max(COUNTS) or spread[0] == 0:
        return 0.0
    with threadpool_limits(limits=1):
        own = _scatter(centred, seed)
        clouds = [_cloud(len(centred), spread, direction, generator) for _ in range(CLOUDS)]
        reference = np.mean([_scatter(cloud, seed) for cloud in clouds], axis=0)
    return max(0.0, float(np.log(reference / np.maximum(own, 1e-12)).max()))


def _cloud(count: int, spread: Values, direction: bool, generator: np.random.Generator) -> Values:
    """A normal cloud of the same spread; if `direction`, on a sphere and of the same variance."""
    cloud = generator.normal(size=(count, len(spread))) * spread / np.sqrt(count)
    if direction:
        cloud /= np.linalg.norm(cloud, axis=1, keepdims=True)
    cloud -= cloud.mean(axis=0)
    scaled: Values = cloud * np.sqrt((spread**2).sum() / (cloud**2).sum())
    return scaled


def _scatter(rows: Values, seed: int) -> Values:
    """Share of the scatter that is left within groups, for each of COUNTS; leading components."""
    from sklearn.cluster import KMeans

    left, values, _ = np.linalg.svd(rows, full_matrices=False)
    leading = left[:, :COMPONENTS] * values[:COMPONENTS]
    inertias = [
        KMeans(count, n_init=2, random_state=seed).fit(leading).inertia_ for count in COUNTS
    ]
    return np.asarray(np.array(inertias) / (leading**2).sum(), dtype=np.float64)
