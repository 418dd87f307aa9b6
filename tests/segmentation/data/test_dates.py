"""Dates: forms, decisions per column, time zones, sane ranges."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from segmentation.data.columns import plain_formats
from segmentation.data.dates import (
    DateEvidence,
    Dates,
    decide_dates,
    parse_date_format,
    read_date,
    sane_days,
    zone,
)
from segmentation.types import InputError


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2011-12-31", datetime(2011, 12, 31)),
        ("2011/12/31 18:30", datetime(2011, 12, 31, 18, 30)),
        ("2011-12-31T18:30:05.123", datetime(2011, 12, 31, 18, 30, 5)),
        ("2011.12.31", datetime(2011, 12, 31)),
        ("31/12/2011 18:30:05", datetime(2011, 12, 31, 18, 30, 5)),
        ("31.12.11", datetime(2011, 12, 31)),
        ("1-2-2011", datetime(2011, 2, 1)),
        ("31-Dec-2011", datetime(2011, 12, 31)),
        ("31 décembre 2011", datetime(2011, 12, 31)),
        ("31. Dezember 2011", datetime(2011, 12, 31)),
        ("31 de dezembro de 2011", datetime(2011, 12, 31)),
        ("31 de diciembre de 2011", datetime(2011, 12, 31)),
        ("Sat, Dec 31, 2011 6:30 PM", datetime(2011, 12, 31, 18, 30)),
        ("December 31st, 2011", datetime(2011, 12, 31)),
        ("12/31/2011", None),
        ("2011年12月31日 18时30分", datetime(2011, 12, 31, 18, 30)),
        ("2011年12月31日 下午6:30", datetime(2011, 12, 31, 18, 30)),
        ("20111231", datetime(2011, 12, 31)),
        ("20111231183005", datetime(2011, 12, 31, 18, 30, 5)),
        ("1325356205", datetime(2011, 12, 31, 18, 30, 5)),
        ("1325356205000", datetime(2011, 12, 31, 18, 30, 5)),
        ("40908", datetime(2011, 12, 31)),
        ("40908.770891", datetime(2011, 12, 31, 18, 30, 5)),
        ("12:00 AM", None),
        ("31/02/2011", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_forms_of_dates(text: str, moment: datetime | None) -> None:
    assert read_date(text, Dates("dmy")) == moment


def test_month_first_is_read_when_decided() -> None:
    assert read_date("12/31/2011 1:05 AM", Dates("mdy")) == datetime(2011, 12, 31, 1, 5)


def test_points_are_day_first_everywhere() -> None:
    assert read_date("03.02.2011", Dates("mdy")) == datetime(2011, 2, 3)


def test_one_impossible_reading_decides_for_the_column() -> None:
    assert decide_dates(DateEvidence(only_day_first=1, two_ways=500), where="").order == "dmy"
    assert decide_dates(DateEvidence(only_month_first=1, two_ways=500), where="").order == "mdy"


def test_few_contradicting_values_are_typing_errors() -> None:
    assert (
        decide_dates(DateEvidence(only_day_first=1000, only_month_first=3), where="").order == "dmy"
    )


def test_a_column_that_can_be_read_two_ways_asks_and_shows_both() -> None:
    with pytest.raises(InputError) as error:
        decide_dates(DateEvidence(two_ways=9, example="03/04/2020"), where="f.csv, column date")

    assert str(error.value) == (
        'dates such as "03/04/2020" can be read two ways: 3 April 2020 (day first) or 4 March 2020 '
        "(month first) (f.csv, column date). Say which one with --date-format day-first or "
        "--date-format month-first."
    )


def test_contradicting_values_ask_too() -> None:
    with pytest.raises(InputError, match="day first in 5 rows and month first in 4 rows"):
        decide_dates(DateEvidence(only_day_first=5, only_month_first=4), where="f.csv")


def test_the_users_word_settles_it() -> None:
    evidence = DateEvidence(two_ways=9, example="03/04/2020")

    assert decide_dates(evidence, where="", date_format="month-first").order == "mdy"
    assert decide_dates(evidence, where="", date_format="DD/MM/YYYY").strptime == "%d/%m/%Y"
    assert parse_date_format("%m/%d/%y") == ("mdy", "%m/%d/%y")
    assert parse_date_format("YYYY-MM-DD HH:mm") == ("ymd", "%Y-%m-%d %H:%M")


@pytest.mark.parametrize("text", ["sometimes", "%H:%M", "MM"])
def test_a_date_format_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="is not understood"):
        parse_date_format(text)


def test_offsets_of_summer_time_keep_the_wall_clock() -> None:
    dates = decide_dates(DateEvidence(offsets={"+01:00": 5, "+0200": 5}), where="f.csv")

    assert read_date("2020-07-01T10:00:00+02:00", dates) == datetime(2020, 7, 1, 10)
    assert read_date("2020-01-01T10:00:00+01:00", dates) == datetime(2020, 1, 1, 10)


def test_many_offsets_are_moved_to_the_commonest() -> None:
    dates = decide_dates(DateEvidence(offsets={"+01:00": 1, "-08:00": 5}), where="f.csv")

    assert dates.offset == timedelta(hours=-8)
    assert read_date("2020-01-01T10:00:00+01:00", dates) == datetime(2020, 1, 1, 1)


def test_epochs_are_moved_to_the_shops_zone() -> None:
    dates = Dates(clock=zone("+08:00"))

    assert read_date("1511544070", dates) == datetime(2017, 11, 25, 1, 21, 10)
    assert read_date("2020-07-01T10:00:00Z", Dates(clock=zone("Europe/Berlin"))) == datetime(
        2020, 7, 1, 12
    )


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(InputError, match="no time zone 'Mars/Crater'"):
        zone("Mars/Crater")


def days(start: date, count: int, rows: int = 10) -> list[tuple[date, int]]:
    return [(start + timedelta(days=i), rows) for i in range(count)]


def test_stray_days_far_from_everything_are_out_of_range() -> None:
    usual = days(date(2011, 1, 1), 300)

    assert sane_days([(date(1911, 1, 1), 1), *usual, (date(2029, 1, 1), 1)]) == (
        usual[0][0],
        usual[-1][0],
    )


def test_a_quiet_year_is_no_reason_to_doubt_a_date() -> None:
    usual = [*days(date(2011, 1, 1), 100), *days(date(2013, 1, 1), 100)]

    assert sane_days(usual) == (usual[0][0], usual[-1][0])


def test_the_beginning_of_the_epoch_and_far_centuries_are_out_of_range() -> None:
    usual = days(date(2011, 1, 1), 3)

    assert sane_days([(date(1970, 1, 1), 50), *usual, (date(2911, 1, 1), 50)]) == (
        usual[0][0],
        usual[-1][0],
    )


def test_few_rows_are_all_believed() -> None:
    few = [(date(2011, 1, 1), 1), (date(2013, 5, 1), 1), (date(2016, 1, 1), 1)]

    assert sane_days(few) == (few[0][0], few[-1][0])


def test_plain_shapes_are_left_to_the_database() -> None:
    shapes = [
        "99/99/9999 9:99",
        "9/9/9999",
        "9999-99-99",
        "9999-99-99T99:99:99",
        "soon",
        "9.9.9999",
    ]

    assert plain_formats(shapes, Dates("mdy")) == [
        "%Y-%m-%d",
        "%Y-%m-%dT%H:%M:%S",
        "%d.%m.%Y",
        "%m/%d/%Y",
        "%m/%d/%Y %H:%M",
    ]


def test_years_of_two_digits_are_not() -> None:
    assert plain_formats(["99/99/9999", "99/99/99"], Dates("dmy")) == []
