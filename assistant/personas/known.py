"""A fact on its way to a writer: it has a key for templates, and no id yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from assistant.sight.names import is_fit_to_print
from assistant.tools.voice import clean
from segmentation.types import Fact

__all__ = ["Known", "placed", "told"]


@dataclass(frozen=True)
class Known:
    """A fact before it has an id.

    Args:
        key: what templates call it: a metric, or a kind of thing with its place (`product.1`).
        strength: size of its effect in standard deviations; 0 where it was not tested.
        tested: whether its difference was tested.
    """

    key: str
    fact: Fact
    name: str = ""
    rest: float | None = None
    lift: float | None = None
    clear: bool = False
    strength: float = 0.0
    tested: bool = False
    rank: int | None = None
    of: int | None = None


def told(name: str) -> bool:
    """Names that read like an order to a program, or say nothing, are told in tables only."""
    return is_fit_to_print(clean(name)) and any(c.isalpha() for c in name)


def placed(one: Known, values: Mapping[int, float | None], segment: int) -> Known:
    """The fact with its rank among the segments, 1 the largest, where there is one."""
    ranked = {n: value for n, value in values.items() if n and value is not None}
    if segment not in ranked or len(ranked) < 2:
        return one
    rank = 1 + sum(value > ranked[segment] for value in ranked.values())
    return replace(one, rank=rank, of=len(ranked))
