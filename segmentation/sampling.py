"""Which rows are looked at where all would be too many: a seeded sample, in the rows' order."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["sample_rows"]


def sample_rows(count: int, most: int, seed: int) -> NDArray[np.intp]:
    """Ascending row numbers: all of `count`, or `most` of them drawn without replacement."""
    if count <= most:
        return np.arange(count)
    return np.sort(np.random.default_rng(seed).choice(count, most, replace=False))
