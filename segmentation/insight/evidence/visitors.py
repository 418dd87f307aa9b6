"""What kind of visitors a segment has, in a shop whose browsing is known and whose orders are not.

Each kind is true of the segment beside everybody else. Who buys is told by purchase events.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from segmentation.insight.evidence.measurements import Measurement, measurements
from segmentation.types import CustomerBase

__all__ = ["visitor_kinds"]

CONVERTS, BROWSES = 1.25, 0.8
"""Share of visits with a purchase, as a multiple of everybody else's."""
OFTEN, SELDOM = 1.5, 0.67
"""Visits per customer, likewise."""


def visitor_kinds(base: CustomerBase) -> Mapping[int, str]:
    """Segment id → `visitors` (nobody bought), `converting`, `browsing`, `frequent_visitors`,
    `seldom_visitors` or `average_visitors`; segment 0 is left out."""
    visits = measurements(base).get("conversion_rate")
    labels = base.segmentation.labels
    numbers = [segment.id for segment in base.segmentation.segments if segment.id]
    if visits is None:
        return dict.fromkeys(numbers, "visitors")
    return {number: _kind(visits, labels == number) for number in numbers}


def _kind(visits: Measurement, own: NDArray[np.bool_]) -> str:
    converted = visits.number(own)
    if not converted:
        return "visitors"
    others = visits.number(~own) or converted
    if not BROWSES < converted / others < CONVERTS:
        return "converting" if converted > others else "browsing"
    often = _per_customer(visits, own) / (_per_customer(visits, ~own) or 1.0)
    if SELDOM < often < OFTEN:
        return "average_visitors"
    return "frequent_visitors" if often >= OFTEN else "seldom_visitors"


def _per_customer(visits: Measurement, rows: NDArray[np.bool_]) -> float:
    counted = visits.counted(rows)
    return float(np.nansum(visits.x[rows])) / counted if counted else 0.0
