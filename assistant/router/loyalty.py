"""Customers told by how often they bought: returning ones, and those of one order so far."""

from __future__ import annotations

import re
from collections.abc import Iterable

from assistant.router.conditions import Filter
from assistant.router.lexicon import lexicon
from assistant.router.patterns import wording
from assistant.router.scan import Scan

__all__ = ["loyalty_filters"]

_OF_RETURNING = ("customers", "repeat_rate", "repeat_probability")
"""Metrics that ask of returning customers how many they are, not what else they do."""


def loyalty_filters(scan: Scan, timed: bool) -> list[Filter]:
    """`revenue from returning customers`: those with two orders or more, where more is asked.

    Args:
        timed: whether a period is named: first orders of a period are not told by their number.
    """
    returning = [m for m in scan.matches(wording("loyalty.returning")) if _asks_more(scan, m)]
    if returning:
        return _taken(scan, returning, Filter("orders", "ge", 2))
    first = [] if timed else list(scan.matches(wording("loyalty.first_time")))
    return _taken(scan, first, Filter("orders", "eq", 1)) if first else []


def _taken(scan: Scan, matches: Iterable[re.Match[str]], condition: Filter) -> list[Filter]:
    for match in matches:
        scan.take(*match.span("kind"), "more than 9 orders")
    return [condition]


def _asks_more(scan: Scan, match: re.Match[str]) -> bool:
    """Whether they are counted, or something is asked of them besides whether they come back."""
    if wording("metrics.count_before").search(scan.before(match.start())):
        return True
    if wording("loyalty.counted_after").match(scan.text[match.end() :]):
        return True
    rest = scan.free[: match.start()] + " " * len(match.group()) + scan.free[match.end() :]
    asked = {hit.name for hit in lexicon("metrics").find(rest)} - {*_OF_RETURNING}
    goods = any(hit.name in ("product", "category") for hit in lexicon("dimensions").find(rest))
    return bool(asked) or goods
