"""Whether the course of a number over time is asked for: `how did sales develop`, `怎么变化`."""

from __future__ import annotations

from datetime import date

from assistant.router.patterns import wording
from assistant.router.reading import Reading

__all__ = ["asks_course"]

_SHORT = 31
"""In no more days than these, months show no course."""


def asks_course(reading: Reading, last_day: date) -> bool:
    """Whether the words ask how a number went, over more than a month of the past.

    Args:
        last_day: the last day of the data, up to which open periods reach.
    """
    told = wording("course.strong").search(reading.own) or wording("course.weak").search(
        reading.masked
    )
    ahead = wording("course.ahead").search(reading.text)
    return bool(told) and not ahead and not _is_short(reading, last_day)


def _is_short(reading: Reading, last_day: date) -> bool:
    for condition in reading.filters_on("ordered_at"):
        if condition.op in ("between", "ge"):
            ends = condition.value if condition.op == "between" else (condition.value, last_day)
            first, last = (date.fromisoformat(str(end)) for end in ends)
            return (last - first).days <= _SHORT
    return False
