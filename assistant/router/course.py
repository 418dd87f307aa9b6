"""Whether the course of a number is asked for: `how did sales develop`, `this year vs last`."""

from __future__ import annotations

from datetime import date

from assistant.router.patterns import wording
from assistant.router.reading import Reading

__all__ = ["asks_course", "compares_periods"]

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


def compares_periods(reading: Reading) -> bool:
    """Whether a number of one time is set against that of another."""
    return bool(wording("metrics.compared_periods").search(reading.masked))


def _is_short(reading: Reading, last_day: date) -> bool:
    for condition in reading.filters_on("ordered_at"):
        if condition.op in ("between", "ge"):
            ends = condition.value if condition.op == "between" else (condition.value, last_day)
            first, last = (date.fromisoformat(str(end)) for end in ends)
            return (last - first).days <= _SHORT
    return False
