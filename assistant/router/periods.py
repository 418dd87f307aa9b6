"""Conditions on when: what the dates of a question say about orders, or about silence since."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta

from assistant.router.against import is_yardstick
from assistant.router.conditions import Filter
from assistant.router.dates import Period
from assistant.router.patterns import wording
from assistant.router.scan import Scan, regex

__all__ = ["period_filters"]

_SINCE = regex(
    r"(?:since|from|after|starting(?: from| on| in)?|as of|onwards from|自从?|从|以来)\s?(?:the )?$"
)
_AFTER = regex(r"(?:after|later than)\s?(?:the )?$")
_SINCE_AFTER = regex(r"^\s?(?:以来|之后|以后|开始|起|至今|到现在|onwards?|or later)")
_UNTIL = regex(r"(?:until|till|up to|through|by|截至|截止到?|到)\s?(?:the )?(?:end of )?$")
_BEFORE = regex(r"(?:before|prior to|earlier than|早于)\s?(?:the )?$")
_BEFORE_AFTER = regex(r"^\s?(?:之前|以前|前)")
_TO = regex(r"^\s?(?:to|and|until|till|through|-|到|至|和|~)\s?(?:the )?$")


def period_filters(scan: Scan, periods: Sequence[Period], today: date) -> list[Filter]:
    """The condition that the periods of a question make; they are taken out of the scan.

    Args:
        today: the day silence is counted to.
    """
    for period in periods:
        scan.take(period.start, period.end, "june 2011")
    if not periods:
        return []
    first, last = periods[0], periods[-1]
    if len(periods) > 1:
        between = scan.text[first.end : periods[1].start]
        compared = is_yardstick(scan.text, periods[1]) or wording("periods.against").match(between)
        if compared or (_TO.match(between) and last.last < first.first):
            return [_within(min(first.first, last.first), max(first.last, last.last))]
        if _TO.match(between):
            return [_within(_year_like(first, last), last.last)]
    if is_yardstick(scan.text, first) and first.last < today:
        return [_within(first.first, today)]
    if since := _quiet_since(scan, first):
        return [Filter("days_since_last_order", "gt", (today + timedelta(days=1) - since).days)]
    return [_period_filter(scan, first)]


def _within(first: date, last: date) -> Filter:
    return Filter("ordered_at", "between", (first.isoformat(), last.isoformat()))


def _quiet_since(scan: Scan, period: Period) -> date | None:
    """`not bought since March`: the day from which on they have been silent."""
    if wording("periods.quiet_since").search(scan.before(period.start, 90)):
        return period.first
    after = wording("periods.quiet_since_after").match(scan.after(period.end, 16))
    return period.first if after else None


def _year_like(first: Period, last: Period) -> date:
    """`March to May 2011`: the year said last holds for both."""
    year = (
        last.first.year if first.first > last.last or first.first.year < last.first.year else None
    )
    return (
        first.first.replace(year=year)
        if year and first.first.replace(year=year) <= last.last
        else first.first
    )


def _period_filter(scan: Scan, period: Period) -> Filter:
    before, after = scan.before(period.start, 16), scan.after(period.end, 6)
    start, end = period.first.isoformat(), period.last.isoformat()
    if _BEFORE.search(before) or _BEFORE_AFTER.match(after):
        return Filter("ordered_at", "lt", start)
    if _AFTER.search(before) and not after.startswith("以来"):
        return Filter("ordered_at", "gt", end)
    if _SINCE.search(before) or _SINCE_AFTER.match(after) or _is_trailing(scan, period):
        return Filter("ordered_at", "ge", start)
    if _UNTIL.search(before):
        return Filter("ordered_at", "le", end)
    return Filter("ordered_at", "between", (start, end))


def _is_trailing(scan: Scan, period: Period) -> bool:
    """`the last 30 days`: up to the data's last day, so only its beginning is a condition."""
    said = scan.text[period.start : period.end]
    return bool(re.search(r"\bpast\b|(?:last|previous|最近|过去|近|前)\D{0,3}\d", said))
