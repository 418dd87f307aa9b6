"""Segments as the means of their members, and how clearly somebody belongs to one."""

from __future__ import annotations

import numpy as np

from segmentation.types import FloatMatrix, Labels

__all__ = ["belonging", "centres_of", "confidence"]


def confidence(vectors: FloatMatrix, labels: Labels) -> FloatMatrix:
    """How clearly each customer belongs: 1 - d(own centre) / d(nearest other centre); (n,).

    0 on the border (or beyond it, as non-spherical methods allow) and for the unassigned; towards 1
    at the centre.
    """
    return belonging(vectors, labels, *centres_of(vectors, labels))


def centres_of(vectors: FloatMatrix, labels: Labels) -> tuple[Labels, FloatMatrix]:
    """Segment ids, ascending, and the mean of each one's members; (k,) and (k, d)."""
    ids = np.unique(labels[labels > 0])
    return ids, np.stack([vectors[labels == i].mean(axis=0) for i in ids])


def belonging(
    vectors: FloatMatrix, labels: Labels, ids: Labels, centres: FloatMatrix
) -> FloatMatrix:
    """The confidence of customers in segments with these centres; they need not be members."""
    from sklearn.metrics import pairwise_distances

    if len(ids) == 1:
        return (labels > 0).astype(np.float32)
    distances = pairwise_distances(vectors, centres)
    columns = np.searchsorted(ids, np.where(labels > 0, labels, ids[0]))
    own = distances[np.arange(len(labels)), columns]
    others = np.where(ids[None, :] == labels[:, None], np.inf, distances).min(axis=1)
    share = 1 - own / np.maximum(others, 1e-12)
    kept: FloatMatrix = np.where(labels > 0, np.clip(share, 0, 1), 0).astype(np.float32)
    return kept
