"""What a writer is given: facts under ids, with all that may be said of each."""

from __future__ import annotations

from dataclasses import dataclass

from segmentation.types import Fact

__all__ = ["Given"]


@dataclass(frozen=True)
class Given:
    """A fact as a writer is given it, and as a reader unfolds it.

    Args:
        id: `f1`, `f2`, ...: what a sentence names to rest on it.
        fact: subject, metric, period, value, unit.
        label: what the number is, in the language of the text.
        name: of the product, category, country, weekday or theme it is about, as the data have it;
            empty for a plain metric.
        rest: the same number of everybody else; None where there is none.
        lift: value / rest.
        clear: whether the difference counts: a lift of 1.2 (or 1 in 1.2) and a corrected p < .05.
        rank, of: its place among the segments by this metric, 1 the largest; None where unranked.
    """

    id: str
    fact: Fact
    label: str
    name: str = ""
    rest: float | None = None
    lift: float | None = None
    clear: bool = False
    rank: int | None = None
    of: int | None = None
