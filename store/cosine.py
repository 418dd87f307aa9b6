"""Cosine similarity, exactly: what the search index falls back to, and how it ranks."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["best", "checked_vector", "cosines"]


def checked_vector(vector: Any, dim: int) -> NDArray[np.float32]:
    """A query as (dim,) float32.

    Raises:
        ValueError: another shape, NaN or infinity.
    """
    query = np.asarray(vector, dtype=np.float32)
    if query.shape != (dim,):
        raise ValueError(f"the vector has shape {query.shape} instead of ({dim},)")
    if not np.isfinite(query).all():
        raise ValueError("the vector holds NaN or infinity")
    return query


def cosines(vectors: NDArray[np.float32], query: NDArray[np.float32]) -> NDArray[np.float32]:
    """Cosine of each row with the query, (n,); 0 where either has no length."""
    lengths = np.linalg.norm(vectors, axis=1) * np.linalg.norm(query)
    products = vectors @ query
    scores = np.divide(products, lengths, out=np.zeros_like(products), where=lengths > 0)
    return np.asarray(scores, dtype=np.float32)


def best(
    found: Iterable[tuple[str, float]], n: int, unwanted: Collection[str]
) -> list[tuple[str, float]]:
    """The `n` pairs of the highest score, highest first, ties by id, without the unwanted ids."""
    wanted = (pair for pair in found if pair[0] not in unwanted)
    return sorted(wanted, key=lambda pair: (-pair[1], pair[0]))[:n]
