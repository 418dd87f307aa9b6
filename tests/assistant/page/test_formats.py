"""Numbers as readers of two languages write them."""

from datetime import date

import pytest

from assistant.formats import (
    format_cells,
    format_count,
    format_period,
    format_seconds,
    format_value,
)


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (1234.5, "GBP", "£1,234.50"),
        (1234.5, "money", "1,234.5"),
        (0.3756, "share", "37.6%"),
        (0.5, "share", "50%"),
        (4338, "customers", "4,338"),
        (27.256, "days", "27.26"),
        (-3, "items", "-3"),
        (0, "orders", "0"),
        (None, "GBP", "–"),
        (float("nan"), "share", "–"),
        ("Germany", "country", "Germany"),
        (True, "flag", "True"),
    ],
)
def test_a_value_is_shown_with_its_unit(value, unit, shown):
    assert format_value(value, unit, "en") == shown


def test_chinese_readers_see_their_own_currency_sign():
    assert format_value(88.0, "CNY", "zh") == "¥88.00"


def test_counts_have_thousands():
    assert format_count(1_234_567, "en") == "1,234,567"


@pytest.mark.parametrize(
    ("language", "shown"), [("en", "Jul 2024 – Jun 2026"), ("zh", "2024年7月 – 2026年6月")]
)
def test_a_period_is_its_first_and_last_month(language, shown):
    assert format_period(date(2024, 7, 3), date(2026, 6, 30), language) == shown


def test_a_period_within_one_month_is_that_month():
    assert format_period(date(2024, 7, 3), date(2024, 7, 9), "en") == "Jul 2024"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.0001, "1 ms"), (0.038, "38 ms"), (0.949, "949 ms"), (0.97, "1.0 s"), (12.34, "12.3 s")],
)
def test_durations(seconds, shown):
    assert format_seconds(seconds, "en") == shown


@pytest.mark.parametrize(
    ("name", "cells", "shown"),
    [
        ("revenue", [1.0, 22.5, None], ["1.00", "22.50", "–"]),
        ("revenue", [181_204.5, 22.25], ["181,204", "22"]),
        ("orders", [1200, 3], ["1,200", "3"]),
        ("share", [0.5, 0.25], ["50.0%", "25.0%"]),
        ("return_rate", [0.034], ["3.4%"]),
        ("复购率", [0.5], ["50.0%"]),
        ("exchange rate", [7.5], ["7.50"]),
        ("year", [2011, 2012], ["2011", "2012"]),
        ("customer", ["00042", "007"], ["00042", "007"]),
        ("empty", [], []),
    ],
)
def test_a_column_has_one_format(name, cells, shown):
    assert format_cells(name, cells, "en") == shown


def test_rows_that_are_different_measures_have_a_format_each():
    labels = ["Customers", "Revenue", "Orders per customer", "Repeat rate", "Rating"]
    cells = [811, 769_509.25, 3.39, 0.994, None]
    shown = ["811", "769,509", "3.39", "99.4%", "–"]
    assert format_cells("This segment", cells, "en", labels) == shown
    ratios = [0.23, 0.09, 0.76, 0.58, None]
    assert format_cells("Ratio", ratios, "en", labels) == ["0.23", "0.09", "0.76", "0.58", "–"]


def test_a_corrected_p_is_never_written_as_nothing():
    cells = format_cells("Corrected p", [0.0, 0.00004, 0.0123, None], "en")
    assert cells == ["<0.001", "<0.001", "0.012", "–"]
