"""What can be wrong with a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Kind", "Problem"]

Kind = Literal[
    "number", "unit", "percentage", "rank", "comparison", "subject", "metric", "period", "date",
    "name", "demographic", "cause", "negation", "unfounded",
]  # fmt: skip


@dataclass(frozen=True)
class Problem:
    """What of a sentence no listed fact supports, and the words that say it."""

    kind: Kind
    said: str
