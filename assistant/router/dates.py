"""Dates, periods and durations in a text, relative to the data's last day.

"Today" is always a date that is passed in: the shop's data may end years ago.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta
from typing import NamedTuple

from assistant.router.patterns import wording

__all__ = [
    "Duration",
    "Period",
    "a_year_earlier",
    "find_durations",
    "find_periods",
    "one_earlier",
]

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july",
            "aug august", "sep sept september", "oct october", "nov november", "dec december",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_UNIT_DAYS = {
    "day": 1, "week": 7, "fortnight": 14, "month": 30, "quarter": 90, "year": 365,
    "天": 1, "日": 1, "周": 7, "星期": 7, "礼拜": 7, "月": 30, "季度": 90, "季": 90, "年": 365,
}  # fmt: skip


class Period(NamedTuple):
    """A stretch of whole days in a text, both ends inclusive."""

    start: int
    end: int
    first: date
    last: date


class Duration(NamedTuple):
    """A length of time in a text."""

    start: int
    end: int
    days: int


def find_periods(text: str, today: date) -> list[Period]:
    """Every date or period named in a lower-case text, in order, none overlapping."""
    found: list[Period] = []
    taken = [False] * (len(text) + 1)
    for name, read in _PERIODS:
        for match in wording(f"dates.{name}").finditer(text):
            span = range(match.start(), match.end())
            if any(taken[i] for i in span) or (days := _safely(read, match, today)) is None:
                continue
            found.append(Period(match.start(), match.end(), *days))
            for i in span:
                taken[i] = True
    return sorted(found)


def find_durations(text: str) -> list[Duration]:
    """Every length of time in a lower-case text, months as 30 days, quarters as 90."""
    found = [
        Duration(m.start(), m.end(), _days(m["unit"], m["n"], bool(m["half"])))
        for m in wording("dates.duration").finditer(text)
        if m["n"] or m["half"] or m["one"]
    ]
    found += [
        Duration(
            m.start(), m.end(), 365 if m["ny"] else _days(m["unit"] or m["unit2"], m["n"], False)
        )
        for m in wording("dates.zh_duration").finditer(text)
    ]
    return sorted(found)


def one_earlier(first: date, last: date) -> tuple[date, date]:
    """The stretch of the same length that ends where this one begins; whole months stay whole."""
    before = first - timedelta(days=1)
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    if first.day == 1 and last == _month(last.year, last.month)[1]:
        index = first.year * 12 + first.month - 1 - months
        return date(index // 12, index % 12 + 1, 1), before
    return before - (last - first), before


def a_year_earlier(first: date, last: date) -> tuple[date, date]:
    """The same days of the year before."""
    whole = last == _month(last.year, last.month)[1]
    end = _month(last.year - 1, last.month)[1]
    start = first.replace(
        year=first.year - 1, day=min(first.day, 28) if first.month == 2 else first.day
    )
    return start, end if whole else last.replace(year=last.year - 1)


def _days(unit: str, amount: str | None, half: bool) -> int:
    days = _UNIT_DAYS.get(unit) or _UNIT_DAYS[unit.removesuffix("s")]
    return round(days * (0.5 if half else float(amount or 1)))


Days = tuple[date, date]
Reader = Callable[[re.Match[str], date], Days | None]


def _safely(read: Reader, match: re.Match[str], today: date) -> Days | None:
    """What the reader says, or None for a day that does not exist, as the 31st of June."""
    try:
        return read(match, today)
    except ValueError:
        return None


def _month(year: int, month: int) -> Days:
    return date(year, month, 1), date(year, month, monthrange(year, month)[1])


def _quarter(year: int, quarter: int) -> Days:
    return date(year, 3 * quarter - 2, 1), _month(year, 3 * quarter)[1]


def _year(year: int) -> Days:
    return date(year, 1, 1), date(year, 12, 31)


def _single(year: int, month: int, day: int) -> Days:
    return date(year, month, day), date(year, month, day)


def _year_of(said: str | None, month: int, today: date, day: int = 1) -> int:
    """The year said, else the latest in which that day is not after today."""
    if said in ("去年", "last year"):
        return today.year - 1
    if said == "前年":
        return today.year - 2
    if said and (digits := re.search(r"\d{4}", said)):
        return int(digits.group())
    return (
        today.year
        if (month, day) <= (today.month, today.day) or said in ("今年", "this year")
        else today.year - 1
    )


def _day_number(text: str) -> int:
    return int(re.match(r"\d+", text)[0])  # type: ignore[index]


def _number(name: str) -> int:
    return _MONTHS[name.rstrip(".")]


def _iso(m: re.Match[str], _: date) -> Days:
    return _single(int(m[1]), int(m[2]), int(m[3]))


def _day_first(m: re.Match[str], _: date) -> Days:
    day, month, year = int(m[1]), int(m[2]), int(m[3])
    return _single(year, day, month) if month > 12 else _single(year, month, day)


def _day_month(m: re.Match[str], today: date) -> Days:
    month, day = _number(m["month"]), _day_number(m["day"])
    return _single(_year_of(m["year"], month, today, day), month, day)


def _month_year(m: re.Match[str], today: date) -> Days:
    month = _number(m["month"])
    return _month(_year_of(m["year"], month, today), month)


def _last_named_month(m: re.Match[str], today: date) -> Days:
    month = _number(m["month"])
    return _month(today.year - (month >= today.month), month)


def _year_and_month(m: re.Match[str], _: date) -> Days:
    return _month(int(m["year"]), int(m["month2"]))


def _zh_day(m: re.Match[str], today: date) -> Days:
    month, day = int(m["month"]), int(m["day"])
    return _single(_year_of(m["year"], month, today, day), month, day)


def _zh_month(m: re.Match[str], today: date) -> Days:
    return _month(_year_of(m["year"], int(m["month"]), today), int(m["month"]))


def _said_quarter(m: re.Match[str], today: date) -> Days:
    said = m["q"]
    quarter = int(said) if said.isdigit() else _ORDINALS.get(said, 4)
    return _quarter(_year_of(m["year"], 3 * quarter - 2, today), quarter)


def _half(m: re.Match[str], today: date) -> Days:
    first = m["h"] in ("1", "first", "上")
    year = _year_of(m["year"], 1 if first else 7, today)
    return date(year, 1 if first else 7, 1), date(year, 6 if first else 12, 30 if first else 31)


_SEASONS = {
    "spring": 3, "春": 3, "summer": 6, "夏": 6, "autumn": 9, "fall": 9, "秋": 9,
    "winter": 12, "冬": 12,
}  # fmt: skip


def _season(m: re.Match[str], today: date) -> Days:
    """Three whole months, winter from December on: the latest one that has begun."""
    month = _SEASONS[m["season"]]
    year = _year_of(m["year"], month, today)
    if m.groupdict().get("which") in ("last", "past") and _month(year, month)[0] > today:
        year -= 1
    end_year, end_month = (year + 1, 2) if month == 12 else (year, month + 2)
    return date(year, month, 1), _month(end_year, end_month)[1]


def _weekend(_: re.Match[str], today: date) -> Days:
    saturday = today - timedelta(days=today.weekday() + 2)
    return saturday, saturday + timedelta(days=1)


def _sale(m: re.Match[str], today: date) -> Days:
    """The shopping festivals: the first of the month up to the day they are named after."""
    month, day = next(
        _SALES[name] for name, said in m.groupdict().items() if said and name in _SALES
    )
    year = _year_of(m["year"], month, today)
    return date(year, month, 1), date(year, month, day)


_SALES = {"nov": (11, 11), "dec": (12, 12), "june": (6, 18)}
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": 4, "final": 4}


def _black_friday(m: re.Match[str], today: date) -> Days:
    """The day after the fourth Thursday of November."""
    year = _year_of(m["year"], 11, today, 29)
    thursday = date(year, 11, 22) + timedelta(days=(3 - date(year, 11, 22).weekday()) % 7)
    return thursday + timedelta(days=1), thursday + timedelta(days=1)


def _past(m: re.Match[str], today: date) -> Days:
    return today - timedelta(days=_days(m["unit"], None, False)), today


def _said_year(m: re.Match[str], _: date) -> Days:
    return _year(int(m["year"]))


def _relative(m: re.Match[str], today: date) -> Days:
    """last / this month, quarter, year, week; 上个月, 本季度, 去年."""
    last = {"前": 2}.get(m["which"], m["which"] in ("last", "previous", "prior", "上", "去"))
    unit = m["unit"]
    if unit in ("year", "年"):
        return _year(today.year - last)
    if unit in ("week", "周", "星期"):
        monday = today - timedelta(days=today.weekday() + 7 * last)
        return monday, monday + timedelta(days=6)
    if unit in ("quarter", "季度"):
        index = today.year * 4 + (today.month - 1) // 3 - last
        return _quarter(index // 4, index % 4 + 1)
    index = today.year * 12 + today.month - 1 - last
    return _month(index // 12, index % 12 + 1)


def _trailing(m: re.Match[str], today: date) -> Days:
    days = _days(m["unit"], m["n"], False)
    return today - timedelta(days=days), today


def _yesterday(_: re.Match[str], today: date) -> Days:
    return today - timedelta(days=1), today - timedelta(days=1)


_PERIODS: tuple[tuple[str, Reader], ...] = (
    ("sale", _sale),
    ("black_friday", _black_friday),
    ("zh_black_friday", _black_friday),
    ("half", _half),
    ("short_half", _half),
    ("zh_half", _half),
    ("season", _season),
    ("zh_season", _season),
    ("weekend_zh", _weekend),
    ("iso", _iso),
    ("day_first", _day_first),
    ("zh_day", _zh_day),
    ("zh_month", _zh_month),
    ("day_month", _day_month),
    ("month_day", _day_month),
    ("month_year", _month_year),
    ("year_month", _year_and_month),
    ("quarter", _said_quarter),
    ("year_quarter", _said_quarter),
    ("ordinal_quarter", _said_quarter),
    ("zh_quarter", _said_quarter),
    ("zh_year", _said_year),
    ("trailing", _trailing),
    ("zh_trailing", _trailing),
    ("past", _past),
    ("relative", _relative),
    ("zh_relative", _relative),
    ("zh_relative_year", _relative),
    ("last_named_month", _last_named_month),
    ("month_after_word", _month_year),
    ("month_alone", _month_year),
    ("year", _said_year),
    ("yesterday", _yesterday),
)
"""Pattern of `patterns.yaml` -> how to read it; an earlier one wins."""
