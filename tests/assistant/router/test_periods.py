"""Conditions on when; the shop's data end on 9 December 2011."""

from datetime import date
from typing import Any

import pytest

from assistant.router.catalogue import Catalogue
from assistant.router.conditions import Filter
from assistant.router.dates import a_year_earlier, one_earlier
from assistant.router.reading import read


@pytest.mark.parametrize(
    ("said", "field", "op", "value"),
    [
        ("takings of last spring", "ordered_at", "between", ("2011-03-01", "2011-05-31")),
        ("前年冬天的营收", "ordered_at", "between", ("2009-12-01", "2010-02-28")),
        ("orders made before 2011-05-01", "ordered_at", "lt", "2011-05-01"),
        ("takings in q1 versus q2", "ordered_at", "between", ("2011-01-01", "2011-06-30")),
        ("nobody who has not bought since 1 October 2011", "days_since_last_order", "gt", 70),
        ("last purchase before 1 October 2011", "days_since_last_order", "gt", 70),
        ("10月以来没买过东西的人", "days_since_last_order", "gt", 70),
        ("不活跃了3个月以上的会员", "days_since_last_order", "ge", 90),
    ],
)
def test_when(said: str, field: str, op: str, value: Any, catalogue: Catalogue) -> None:
    assert read(said, catalogue).filters == (Filter(field, op, value),)


def test_a_range_of_numbers_is_no_date(catalogue: Catalogue) -> None:
    assert read("people with 3-7 orders", catalogue).filters == (
        Filter("orders", "between", (3, 7)),
    )


@pytest.mark.parametrize(
    ("first", "last", "before"),
    [
        (date(2011, 7, 1), date(2011, 9, 30), (date(2011, 4, 1), date(2011, 6, 30))),
        (date(2011, 3, 1), date(2011, 3, 31), (date(2011, 2, 1), date(2011, 2, 28))),
        (date(2011, 1, 1), date(2011, 12, 31), (date(2010, 1, 1), date(2010, 12, 31))),
        (date(2011, 5, 10), date(2011, 5, 16), (date(2011, 5, 3), date(2011, 5, 9))),
    ],
)
def test_one_earlier(first: date, last: date, before: tuple[date, date]) -> None:
    assert one_earlier(first, last) == before


def test_a_year_earlier_keeps_whole_months() -> None:
    assert a_year_earlier(date(2012, 2, 1), date(2012, 2, 29)) == (
        date(2011, 2, 1),
        date(2011, 2, 28),
    )
    assert a_year_earlier(date(2012, 2, 29), date(2012, 3, 5)) == (
        date(2011, 2, 28),
        date(2011, 3, 5),
    )
