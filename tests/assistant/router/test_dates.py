"""Periods and durations, relative to the data's last day and never to the clock."""

from datetime import date

import pytest

from assistant.router.dates import find_durations, find_periods

LAST_DAY = date(2011, 12, 9)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("on 2011-09-01", "2011-09-01", "2011-09-01"),
        ("on 15/10/2011", "2011-10-15", "2011-10-15"),
        ("since 1 september 2011", "2011-09-01", "2011-09-01"),
        ("september 1st, 2011", "2011-09-01", "2011-09-01"),
        ("in october 2011", "2011-10-01", "2011-10-31"),
        ("in february 2012", "2012-02-01", "2012-02-29"),
        ("in march", "2011-03-01", "2011-03-31"),
        ("q3 2011", "2011-07-01", "2011-09-30"),
        ("the first quarter of 2011", "2011-01-01", "2011-03-31"),
        ("first half of 2011", "2011-01-01", "2011-06-30"),
        ("h2 2010", "2010-07-01", "2010-12-31"),
        ("second half of last year", "2010-07-01", "2010-12-31"),
        ("the last quarter of 2010", "2010-10-01", "2010-12-31"),
        ("q2 this year", "2011-04-01", "2011-06-30"),
        ("black friday", "2011-11-25", "2011-11-25"),
        ("black friday 2010", "2010-11-26", "2010-11-26"),
        ("over the past week", "2011-12-02", "2011-12-09"),
        ("double 11", "2011-11-01", "2011-11-11"),
        ("双十一期间", "2011-11-01", "2011-11-11"),
        ("去年双十一", "2010-11-01", "2010-11-11"),
        ("2010年双12", "2010-12-01", "2010-12-12"),
        ("618大促", "2011-06-01", "2011-06-18"),
        ("今年上半年", "2011-01-01", "2011-06-30"),
        ("2010年下半年", "2010-07-01", "2010-12-31"),
        ("去年第4季度", "2010-10-01", "2010-12-31"),
        ("前年", "2009-01-01", "2009-12-31"),
        ("last month", "2011-11-01", "2011-11-30"),
        ("last quarter", "2011-07-01", "2011-09-30"),
        ("this year", "2011-01-01", "2011-12-31"),
        ("last december", "2010-12-01", "2010-12-31"),
        ("the last 30 days", "2011-11-09", "2011-12-09"),
        ("2011年9月", "2011-09-01", "2011-09-30"),
        ("2011年9月3日", "2011-09-03", "2011-09-03"),
        ("去年12月", "2010-12-01", "2010-12-31"),
        ("上个月", "2011-11-01", "2011-11-30"),
        ("2011年第3季度", "2011-07-01", "2011-09-30"),
    ],
)
def test_periods(text: str, first: str, last: str) -> None:
    (period,) = find_periods(text, LAST_DAY)
    assert (period.first.isoformat(), period.last.isoformat()) == (first, last)


@pytest.mark.parametrize("text", ["may i ask", "march on", "no date"])
def test_words_that_are_no_dates(text: str) -> None:
    assert find_periods(text, LAST_DAY) == []


def test_a_day_that_does_not_exist_is_none() -> None:
    assert find_periods("2011-02-30", LAST_DAY) == []


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("next 30 days", 30),
        ("the next fortnight", 14),
        ("next month", 30),
        ("2 weeks", 14),
        ("over 90 days", 90),
        ("a quarter", 90),
        ("half a year", 182),
        ("未来2周", 14),
        ("下个月", 30),
        ("1个季度", 90),
        ("6个月", 180),
    ],
)
def test_durations_in_days(text: str, days: int) -> None:
    assert [duration.days for duration in find_durations(text)] == [days]
