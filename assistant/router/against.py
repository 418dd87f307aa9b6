"""The other period where a number is set against one: `last month versus the month before`."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.router.dates import Period, a_year_earlier, one_earlier
from assistant.router.patterns import wording

__all__ = ["is_yardstick", "with_the_other"]


def with_the_other(text: str, periods: Sequence[Period]) -> list[Period]:
    """The periods named, and the one that is only told by its place: `the one before`, `同期`."""
    if len(periods) == 2 and _is_said_twice(text, *periods):
        return [periods[0], _earlier(periods[1], periods[0])]
    for kind, moved in (("against.year_before", a_year_earlier), ("against.before", one_earlier)):
        if match := wording(kind).search(text):
            start, end = match.span(match.lastgroup or 0)
            named = [period for period in periods if period.end <= start]
            if len(named) == 1 and all(p in named or p.end <= end for p in periods):
                return [*named, Period(start, end, *moved(named[0].first, named[0].last))]
    return list(periods)


def is_yardstick(text: str, period: Period) -> bool:
    """`compared to last month`, `比去年`: what something is measured by, not what is measured."""
    before, after = text[: period.start], text[period.end :]
    if wording("against.compared_to").search(before):
        return True
    with_ = wording("against.with").search(before)
    return bool(with_ and wording("against.compared").match(after))


def _is_said_twice(text: str, first: Period, second: Period) -> bool:
    """`last quarter compared to the previous quarter`, `上季度与上一季度相比`."""
    same = (first.first, first.last) == (second.first, second.last)
    return same and (
        is_yardstick(text, second)
        or bool(wording("periods.against").match(text[first.end : second.start]))
    )


def _earlier(place: Period, than: Period) -> Period:
    return Period(place.start, place.end, *one_earlier(than.first, than.last))
