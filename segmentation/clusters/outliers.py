"""A few customers far outside everybody else must not cost the others a segment.

They are drawn in to the rim of the others, on the line to the middle, before anything is clustered
or measured. Heavy tails that lead out step by step, and far groups large enough to be a segment,
are left as they are.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from segmentation.types import FloatMatrix

__all__ = ["drawn_in"]

TIMES_USUAL = 5.0
"""Usual: the median distance from the middle (the median of every column)."""
DEVIATIONS = 10.0
"""Median absolute deviations of that distance."""
GAP = 2.0
"""Times as far from the middle as the next one in; tails lead out in smaller steps."""
RIM = 0.90
"""Quantile of the distance from the middle."""
GROUP = 0.03
"""So large a share of the customers, close to each other, is a group however far away."""
FEW, FEW_SHARE = 20, 0.01
"""Where more customers are far outside, being there is nothing special."""


def drawn_in(vectors: FloatMatrix) -> tuple[FloatMatrix, NDArray[np.bool_]]:
    """The vectors (n, d) with outliers at the rim of the others, and who they are: (n,).

    Applied again, nothing changes.
    """
    middle = np.median(vectors, axis=0)
    distances = np.linalg.norm(vectors - middle, axis=1)
    outside = np.zeros(len(vectors), dtype=bool)
    outside[_lonely(vectors, distances)] = True
    if not outside.any():
        return vectors, outside
    rim = np.quantile(distances[~outside], RIM)
    kept = np.array(vectors)
    kept[outside] = middle + (vectors[outside] - middle) * (rim / distances[outside])[:, None]
    return kept, outside


def _lonely(vectors: FloatMatrix, distances: NDArray[np.floating]) -> list[int]:
    """Rows beyond a gap and not part of a group there; none where there are many such."""
    usual = float(np.median(distances))
    beyond = _beyond_a_gap(distances, usual)
    near = np.zeros(len(vectors), dtype=bool)
    lonely: list[int] = []
    for row in beyond:
        reach = max(3 * usual, float(distances[row]) / 3)
        around = beyond[np.linalg.norm(vectors[beyond] - vectors[row], axis=1) <= reach]
        if near[row] or len(around) >= GROUP * len(vectors):
            near[around] = True
        elif len(lonely) < max(FEW, FEW_SHARE * len(vectors)):
            lonely.append(int(row))
        else:
            return []
    return [row for row in lonely if not near[row]]


def _beyond_a_gap(distances: NDArray[np.floating], usual: float) -> NDArray[np.intp]:
    """Rows far from the middle, the farthest first, from where the next one in is half as far."""
    spread = float(np.median(np.abs(distances - usual)))
    limit = usual + max((TIMES_USUAL - 1) * usual, DEVIATIONS * spread)
    outwards = np.argsort(distances, kind="stable")
    sorted_out = distances[outwards]
    gaps = (sorted_out[1:] > limit) & (sorted_out[1:] > GAP * sorted_out[:-1])
    if usual == 0 or not gaps.any():
        return outwards[:0]
    return outwards[1 + int(np.argmax(gaps)) :][::-1]
