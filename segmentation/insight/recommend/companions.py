"""What of a customer's own an offer goes with: the thing of theirs that speaks most for it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from segmentation.insight.recommend.affinity import HAVING, MUCH
from segmentation.insight.recommend.deeds import Deeds
from segmentation.insight.recommend.offers import Companion

__all__ = ["companions"]

FEWEST = 2
"""Others with both below which two things are not said to go together."""
TRIED = 3
"""Of what speaks most for an offer, how many are looked at."""

Rows = NDArray[np.intp]


def companions(deeds: Deeds, row: int, columns: Rows) -> dict[int, Companion]:
    """Column → its companion: several others have both, and more of its owners than usual.

    Args:
        row: the customer.
        columns: what they are offered.
    """
    theirs = deeds.interest[[row]].indices
    mine = set(deeds.has[[row]].indices.tolist())
    added = _added(deeds, row, theirs, columns)
    found = {}
    for place, column in enumerate(columns.tolist()):
        for i in np.lexsort((theirs, -added[:, place]))[:TRIED].tolist():
            own = int(theirs[i])
            both = np.intersect1d(_owners(deeds, own), _owners(deeds, column)).size
            buyers = int(deeds.owners[own]) - (own in mine)
            usual = deeds.owners[column] / deeds.buyers
            if own != column and both >= FEWEST and both > usual * buyers:
                found[column] = Companion(*deeds.named(own)[:2], buyers, both, own in mine)
                break
    return found


def _added(deeds: Deeds, row: int, theirs: Rows, columns: Rows) -> Any:
    """(theirs, columns) what others with each of theirs add to the items of an offer: affinity.py,
    up to a factor per column."""
    each = deeds.much**-MUCH
    each[row] = 0
    first, second = deeds.interest[:, theirs], deeds.interest[:, columns]
    both = (first.multiply(each[:, None]).T @ second).toarray()
    mine = deeds.interest[[row]][:, theirs].toarray()[0] * deeds.held[theirs] ** -HAVING
    return both * mine[:, None]


def _owners(deeds: Deeds, column: int) -> Rows:
    has = deeds.by_product
    return np.asarray(has.indices[has.indptr[column] : has.indptr[column + 1]], dtype=np.intp)
